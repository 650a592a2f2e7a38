"""The engine's end of one fork server: start it, have it fork, end its child, end it."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import site
import socket
import subprocess
import sys
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from codereal.errors import SandboxError
from codereal.sandbox.limits import Limits
from codereal.sandbox.verdict import Isolation

Image: TypeAlias = Literal["standard", "scientific"]

_PATIENCE = 60.0  # seconds for a server to answer; loading the scientific image on a busy machine takes several
ROOT = str(Path(__file__).resolve().parents[2])
_BOOT = (
    "import sys; sys.path.insert(0, {root!r}); from codereal.sandbox.server import main; main({descriptor})  # {mark}"
)


class RefusedError(SandboxError):
    """This machine does not give the isolation level; the text says what was refused."""


class ServerLostError(SandboxError):
    """The fork server ended or stopped answering."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a child ended: its wait status, and whether it was ended for filling the disk."""

    status: int
    full: bool


class Server:
    """One fork server; serves one run at a time. Not thread-safe: whoever holds the slot holds the server.

    `sockets` is the folder of a database server's socket, which its children reach, by means of the module `client`.
    Raises RefusedError when the level is not to be had, ServerLostError when it does not come up.
    """

    def __init__(
        self, level: Isolation, image: Image = "standard", *, sockets: str | None = None, client: str | None = None
    ) -> None:
        self.level = level
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control = ours
        self.running = False
        try:
            # A fresh program: a fork of this process would carry the tests in its memory.
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-s",
                    "-B",
                    "-c",
                    _BOOT.format(root=ROOT, descriptor=theirs.fileno(), mark=mark()),
                ],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=None if os.environ.get("CODEREAL_SANDBOX_DEBUG") else subprocess.DEVNULL,
                env=_environment(image),
                cwd="/",
                start_new_session=True,  # Ctrl-C in the terminal is the engine's to handle
            )
        except OSError as error:
            ours.close()
            raise ServerLostError(f"the fork server does not start: {error}") from error
        finally:
            theirs.close()
        try:
            ours.settimeout(_PATIENCE)
            paths = {"readable": readable_paths(), "hidden": hidden_paths(), "sockets": sockets}
            self._send({"level": level, "image": image, "client": client} | paths)
            answer = self._receive()
        except ServerLostError:
            self.close()
            raise
        if "refused" in answer:
            self.close()
            raise RefusedError(f"isolation {level}: {answer['refused']}")

    def fork(self, limits: Limits, cpu_seconds: int, descriptors: tuple[int, int, int], *, fresh: bool) -> int:
        """A confined child with these descriptors as channel, stdout and stderr; returns its process id.

        `fresh` gives it an empty working folder, otherwise it gets the one of the child before.
        """
        try:
            socket.send_fds(self._control, [_fork_request(limits, cpu_seconds, fresh)], descriptors)
        except OSError as error:
            raise ServerLostError(f"the fork server is gone: {error}") from error
        self.running = True
        return int(self._receive()["pid"])

    def end(self, *, kill: bool) -> Ending:
        """Wait for the child's end, after killing it if asked. It has left nothing running when this returns."""
        if kill:
            self._send({"op": "kill"})
        answer = self._receive()
        self.running = False
        return Ending(int(answer["status"]), bool(answer["full"]))

    def clean(self) -> None:
        """Empty the working folder."""
        self._send({"op": "clean"})

    def fileno(self) -> int:
        """Readable when the child has ended by itself, or the server has."""
        return self._control.fileno()

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._process.pid

    def close(self) -> None:
        """End the server, and with it its child; waits until both are gone."""
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def forget(self) -> None:
        """In a forked copy of the engine: let go without ending the server, which is the original's."""
        self._control.close()
        self._process.returncode = 0  # it is not this process's child: nothing to wait for

    def _send(self, request: dict[str, Any]) -> None:
        try:
            self._control.send(json.dumps(request).encode())
        except OSError as error:
            raise ServerLostError(f"the fork server is gone: {error}") from error

    def _receive(self) -> dict[str, Any]:
        try:
            packet = self._control.recv(1 << 16)
        except OSError as error:
            raise ServerLostError(f"the fork server does not answer: {error}") from error
        if not packet:
            raise ServerLostError("the fork server ended")
        answer: dict[str, Any] = json.loads(packet)
        return answer


@functools.lru_cache(64)
def _fork_request(limits: Limits, cpu_seconds: int, fresh: bool) -> bytes:
    return json.dumps({"op": "fork", "limits": limits.to_dict(), "cpu": cpu_seconds, "fresh": fresh}).encode()


def mark() -> str:
    """Stands in the command line of this process's fork servers, and so of all that is forked from them."""
    return f"codereal of {os.getpid()};"


def _environment(image: Image) -> dict[str, str]:
    """Nothing of the engine's environment, which may hold keys; fixed hash seed and zone: same run, same verdict."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": "/tmp",
        "TMPDIR": "/tmp",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "LD_BIND_NOW": "1",  # else each child looks up anew what it calls
    }
    for library in ("OPENBLAS", "OMP", "MKL", "NUMEXPR"):
        environment[f"{library}_NUM_THREADS"] = "1"
    if image == "scientific":
        # Large pages make forking a large image faster.
        environment |= {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1", "PYTHONMALLOC": "malloc"}
    return environment


def readable_paths() -> list[str]:
    """The folders that Python, its packages and their shared libraries need; no other file of the host is visible."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.path.dirname(sys.executable))}
    prefixes.add(os.path.dirname(os.path.dirname(os.path.realpath(sys.executable))))
    found = {f"{prefix}/{part}" for prefix in prefixes for part in ("bin", "lib", "lib64", "pyvenv.cfg")}
    found |= {"/usr/bin", "/usr/lib", "/usr/lib64", "/bin", "/lib", "/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache"}
    found |= {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    there = sorted(path for path in found if os.path.exists(path))
    return [path for path in there if not any(path.startswith(f"{other}/") for other in there)]


def hidden_paths() -> list[str]:
    """This package where it is installed among the libraries, by all its names: its built-in tasks hold answers."""
    folders = {*site.getsitepackages(), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    packages = {os.path.realpath(f"{folder}/codereal") for folder in folders} | {os.path.realpath(f"{ROOT}/codereal")}
    found: set[str] = set()
    for readable in readable_paths():
        real = os.path.realpath(readable)  # lib64 may be a link to lib
        found |= {readable + path[len(real) :] for path in packages if path.startswith(f"{real}/")}
    return sorted(path for path in found if os.path.isdir(path))


def processor_seconds(pid: int, before: float) -> float:
    """Processor time of a process and its threads; the reading before when it has ended."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return before


def waiting_seconds(pid: int) -> float:
    """How long the process stood ready without being given a processor; 0 where the kernel does not count it."""
    with contextlib.suppress(OSError, IndexError, ValueError), open(f"/proc/{pid}/schedstat", "rb") as file:
        return int(file.read().split()[1]) / 1e9
    return 0.0

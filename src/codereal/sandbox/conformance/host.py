"""What there is to attack on this host: canaries that show whether a program reached out of the sandbox.

All of it is harmless, so that the programs can also be let loose where there are no walls.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

import codereal

_CANARY = "CODEREAL_CANARY"
_ECHO = "import os\nwhile os.read(0, 1):\n    os.write(1, b'x')"
_PATIENCE = 10.0


class Host:
    """Files, sockets and a process for hostile programs to find. A context manager; leaves nothing behind."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix=f"codereal-bait-{os.getpid()}-"))
        self._folder.chmod(0o755)  # what stops a candidate must be the sandbox
        self.token = secrets.token_hex(16)
        """A secret: it stands in a file and in this process's environment."""
        (self._folder / "secret").write_text(self.token)
        self._doomed = self._folder / "doomed"
        self._untouched = self._folder / "open" / "untouched"
        self._untouched.parent.mkdir()
        self._untouched.parent.chmod(0o777)
        self._former = os.environ.get(_CANARY)
        os.environ[_CANARY] = self.token
        self._victim = self._start_victim()
        self._doors = (
            _bound(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            _bound(socket.AF_UNIX, socket.SOCK_STREAM, str(self._folder / "socket")),
            _bound(socket.AF_UNIX, socket.SOCK_STREAM, f"\0codereal-{self.token}"),
        )
        port = self._doors[0].getsockname()[1]
        self._letters = _bound(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", port))
        (self._folder / "socket").chmod(0o777)  # nosec: a bait, open to all on purpose
        self._refresh()

    def __enter__(self) -> Host:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for door in (*self._doors, self._letters):
            door.close()
        self._end_victim()
        if self._former is None:
            os.environ.pop(_CANARY, None)
        else:
            os.environ[_CANARY] = self._former
        shutil.rmtree(self._folder)

    def bait(self) -> dict[str, object]:
        """What a program is told; the values of the dict `HOST` in its text."""
        return {
            "secret": str(self._folder / "secret"),
            "doomed": str(self._doomed),
            "untouched": str(self._untouched),
            "port": self._doors[0].getsockname()[1],
            "socket": str(self._folder / "socket"),
            "abstract": f"codereal-{self.token}",
            "victim": self._victim.pid,
            "engine": os.getpid(),
            "answers": str(Path(codereal.__file__).parent / "tasks" / "core" / "database.jsonl.gz"),
        }

    def harm(self, said: str) -> list[str]:
        """What has been done to the host since the last call, in words; `said` is all that the program put out."""
        found: list[str] = []
        if self.token in said:
            found.append("a secret of the host came out")
        if self._untouched.exists():
            found.append("a file was written on the host")
        if not self._doomed.exists():
            found.append("a file of the host is gone")
        if not self._victim_answers():
            found.append("a process of the host was killed")
            self._end_victim()
            self._victim = self._start_victim()
        for door in self._doors:
            with contextlib.suppress(BlockingIOError):
                door.accept()[0].close()
                found.append("a connection to the host was made")
        with contextlib.suppress(BlockingIOError):
            self._letters.recv(100)
            found.append("a datagram reached the host")
        self._refresh()
        return found

    def _refresh(self) -> None:
        self._untouched.unlink(missing_ok=True)
        self._doomed.touch()

    def _start_victim(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-I", "-S", "-c", _ECHO]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def _victim_answers(self) -> bool:
        """A signal takes effect when it pleases the kernel; but a process that was killed never answers again."""
        assert self._victim.stdin is not None
        assert self._victim.stdout is not None
        try:
            self._victim.stdin.write(b"x")
        except BrokenPipeError:
            return False
        ready, _, _ = select.select([self._victim.stdout], [], [], _PATIENCE)
        return bool(ready) and self._victim.stdout.read(1) == b"x"

    def _end_victim(self) -> None:
        self._victim.kill()
        for stream in (self._victim.stdin, self._victim.stdout):
            if stream is not None:
                stream.close()
        self._victim.wait()


def _bound(family: socket.AddressFamily, kind: socket.SocketKind, address: tuple[str, int] | str) -> socket.socket:
    door = socket.socket(family, kind)
    door.bind(address)
    if kind == socket.SOCK_STREAM:
        door.listen()
    door.setblocking(False)
    return door

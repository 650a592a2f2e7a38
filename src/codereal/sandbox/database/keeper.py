"""The process that keeps an embedded PostgreSQL: it makes the cluster, runs the server, and ends it with the engine.

A program of its own: the kernel can tie a server's life to one thread only, and the engine's threads come and go. Its
first line of input says what to do; the end of its input means that the engine is gone.
"""

from __future__ import annotations

import json
import os
import pwd
import resource
import select
import shutil
import signal
import subprocess
from typing import Any

from codereal.sandbox import linux

_PATIENCE = 10.0  # seconds for the server to leave in order


def main() -> None:
    """Make, start, say so in one line of JSON, wait for the end, clean up."""
    os.setsid()
    settings: dict[str, Any] = json.loads(_first_line())
    folder = settings["folder"]
    try:
        try:
            server = _start(settings)
        except (OSError, subprocess.SubprocessError) as error:
            output = getattr(error, "stderr", None) or b""
            print(json.dumps({"failed": f"{error} {output.decode(errors='replace')}"[:2000]}), flush=True)
            return
        print(json.dumps({"pid": server.pid}), flush=True)
        ended = os.pidfd_open(server.pid)
        select.select([0, ended], [], [])
        server.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
        try:
            server.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _first_line() -> bytes:
    """Byte by byte: what comes after it is for `select` to see."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(0, 1)):
        line += byte
    return line


def _start(settings: dict[str, Any]) -> subprocess.Popen[bytes]:
    folder, binaries = settings["folder"], settings["binaries"]
    data = f"{folder}/data"
    maker = _somebody() if os.geteuid() == 0 else None
    if maker is not None:
        os.chown(folder, maker, maker)
    password = f"{folder}/password"
    with open(password, "w", encoding="ascii") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(settings["password"])
    if maker is not None:
        os.chown(password, maker, maker)
    subprocess.run(
        [
            f"{binaries}/initdb",
            f"--pgdata={data}",
            "--username=codereal",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
        ],
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env=_ENVIRONMENT,
        cwd="/",
        preexec_fn=lambda: _become(maker),
    )
    os.unlink(password)
    # initdb wants a user that has a name. The server does not: it gets one that nobody else has.
    keeper = None if maker is None else settings["uid"]
    sockets = f"{folder}/sockets"
    os.mkdir(sockets, 0o755)
    if keeper is not None:
        os.chmod(folder, 0o711)
        for path, folders, files in os.walk(folder):
            for name in (*folders, *files):
                os.chown(os.path.join(path, name), keeper, keeper)
    options = [part for name, value in settings["options"].items() for part in ("-c", f"{name}={value}")]
    return subprocess.Popen(
        [f"{binaries}/postgres", "-D", data, "-k", sockets, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=None if os.environ.get("CODEREAL_SANDBOX_DEBUG") else subprocess.DEVNULL,
        env=_ENVIRONMENT,
        cwd="/",
        preexec_fn=lambda: _confine(keeper, settings["memory_mb"], settings["file_mb"]),
    )


_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C", "TZ": "UTC"}


def _somebody() -> int:
    """A user with a name who is not root."""
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return next(entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid)


def _become(uid: int | None) -> None:
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    linux.die_with_parent()


def _confine(uid: int | None, memory_mb: int, file_mb: int) -> None:
    _become(uid)
    linux.no_new_privileges()
    for what, value in (
        (resource.RLIMIT_AS, memory_mb << 20),
        (resource.RLIMIT_FSIZE, file_mb << 20),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (value, value))

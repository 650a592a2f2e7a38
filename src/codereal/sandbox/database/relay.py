"""A Unix socket in front of a server elsewhere: candidates have no network, and reach it through this alone."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator

from codereal.errors import SandboxError

_STEP = 1 << 16


@contextlib.contextmanager
def unreachable(place: str) -> Iterator[None]:
    """Errors in it mean that no server can be reached there."""
    try:
        yield
    except OSError as error:
        raise SandboxError(f"the database server at {place} cannot be reached: {error}") from error


class Relay:
    """Listens at `name` in a folder of its own and passes bytes on to a host and port. Ends with `close`."""

    def __init__(self, host: str, port: int, name: str) -> None:
        self._target = (host, port)
        with unreachable(f"{host}:{port}"):
            socket.create_connection(self._target, 10).close()
        self.folder = tempfile.mkdtemp(prefix=f"codereal-{os.getpid()}-relay-")
        os.chmod(self.folder, 0o755)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"{self.folder}/{name}")
        os.chmod(f"{self.folder}/{name}", 0o777)  # nosec: whoever reaches it still needs a password
        self._listener.listen(64)
        threading.Thread(target=self._serve, name="codereal-relay", daemon=True).start()

    def close(self) -> None:
        """Take no more connections; those that are open end with their clients."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def forget(self) -> None:
        """In a forked copy of the engine, which has no thread that serves."""
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._pass_on, args=(near,), name="codereal-relay", daemon=True).start()

    def _pass_on(self, near: socket.socket) -> None:
        """One connection to its end; where the server is down, the client sees one that ends at once."""
        with contextlib.suppress(OSError), near, socket.create_connection(self._target, 10) as far:
            far.settimeout(None)
            others = {near.fileno(): (near, far), far.fileno(): (far, near)}
            poll = select.poll()
            for descriptor in others:
                poll.register(descriptor, select.POLLIN)
            while True:
                for descriptor, _ in poll.poll():
                    source, sink = others[descriptor]
                    data = source.recv(_STEP)
                    if not data:
                        return
                    sink.sendall(data)

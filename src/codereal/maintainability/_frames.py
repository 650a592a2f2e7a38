"""Length-prefixed JSON over a pipe: how a type checker, its server and its workers talk.

JSON, never pickle: what travels was derived from code that a model wrote. Lone surrogates survive,
because JSON escapes them.
"""

from __future__ import annotations

import json
import os
import select
import struct
import time
from collections.abc import Callable
from typing import Any

_HEADER = struct.Struct(">I")
_CHUNK = 1 << 16


def write_frame(fd: int, message: dict[str, Any]) -> None:
    """Write one message; blocks until it is out. Raises `OSError` if the other end is gone."""
    payload = json.dumps(message, separators=(",", ":")).encode("ascii")
    view = memoryview(_HEADER.pack(len(payload)) + payload)
    while view:
        view = view[os.write(fd, view) :]


def read_frame(fd: int, *, timeout: float | None = None, idle: Callable[[], None] | None = None) -> dict[str, Any]:
    """Read one message.

    `timeout` is in seconds of wall time. `idle` is called about once a second while nothing comes.
    Raises `EOFError` if the other end closed, `TimeoutError` if the message is not complete in time.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    (size,) = _HEADER.unpack(_read_exactly(fd, _HEADER.size, deadline, idle))
    message: dict[str, Any] = json.loads(_read_exactly(fd, size, deadline, idle))
    return message


def _read_exactly(fd: int, size: int, deadline: float | None, idle: Callable[[], None] | None) -> bytes:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    parts = bytearray()
    while len(parts) < size:
        wait = 1.0 if deadline is None else min(1.0, deadline - time.monotonic())
        if wait <= 0:
            raise TimeoutError("no answer in time")
        if not poll.poll(wait * 1000):
            if idle is not None:
                idle()
            continue
        part = os.read(fd, min(_CHUNK, size - len(parts)))
        if not part:
            raise EOFError("the other end closed")
        parts += part
    return bytes(parts)

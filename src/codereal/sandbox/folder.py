"""The working folder as the candidate's process has it: filled, put back between cases, and what of it is read later.

Runs where the candidate is: what is said or done here is a claim like any other.
"""

from __future__ import annotations

import binascii
import gc
import os
import select
import stat
import threading
from collections.abc import Iterator

_MODE = 0o644
_LOOKED_AT = range(4, 36)  # descriptors: a file gets the lowest that is free, and channel and streams lie below
_looking = select.poll()
for _descriptor in _LOOKED_AT:
    _looking.register(_descriptor, 0)


class Folder:
    """The folder in which the process starts, with the files that a case finds in it."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._path = "."
        self._open: set[int] = set()
        self._left: set[str] = set()

    def fill(self, files: dict[str, str], *, lasts: bool) -> None:
        """Once, before the candidate's code runs. `files` in base64 by path; `lasts` says that it may be restored."""
        self._files = {path: binascii.a2b_base64(data) for path, data in files.items()}
        self._path = os.getcwd()
        self._unpack()
        if lasts:
            self._open = _descriptors()

    def restore(self) -> bool:
        """As it was after `fill`; False where something of the last case lasts."""
        if threading.active_count() > 1:
            return False
        if _descriptors() - self._open:
            gc.collect()
            if _descriptors() - self._open:
                return False
        try:
            os.chdir(self._path)
            self._clear(".", os.stat(".").st_dev)
            self._unpack()
        except OSError:
            return False
        return True

    def _unpack(self) -> None:
        """Write what is not there."""
        for path, data in self._files.items():
            if path in self._left:
                continue
            if folder := os.path.dirname(path):
                os.makedirs(folder, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE)
            os.fchmod(descriptor, _MODE)
            write(descriptor, data)
            os.close(descriptor)
        self._left.clear()

    def _clear(self, folder: str, device: int) -> None:
        """Remove what is in the folder, but for what is mounted there and for files that are as they should be, which
        is cheaper to see than to do.
        """
        for entry in os.scandir(folder):
            status = entry.stat(follow_symlinks=False)
            if status.st_dev != device:
                continue
            if stat.S_ISDIR(status.st_mode):
                self._clear(entry.path, device)
                if not os.listdir(entry.path):
                    os.rmdir(entry.path)
                continue
            path = entry.path[2:]
            wanted = self._files.get(path)
            alike = wanted is not None and (status.st_mode, status.st_size) == (stat.S_IFREG | _MODE, len(wanted))
            if alike and content(path) == wanted:
                self._left.add(path)
            else:
                os.unlink(entry.path)


def own_files() -> Iterator[str]:
    """All regular files of the working folder, but not what is mounted in it."""
    device = os.stat(".").st_dev
    for folder, folders, names in os.walk("."):
        folders[:] = [name for name in folders if os.lstat(os.path.join(folder, name)).st_dev == device]
        for path in (os.path.join(folder, name) for name in names):
            status = os.lstat(path)
            if stat.S_ISREG(status.st_mode) and status.st_dev == device:
                yield path


def write(descriptor: int, data: bytes) -> None:
    """All of it, however small the steps."""
    while data:
        data = data[os.write(descriptor, data) :]


def content(path: str) -> bytes:
    """What a file holds."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        parts: list[bytes] = []
        while part := os.read(descriptor, 1 << 20):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def _descriptors() -> set[int]:
    """Those in use; one question for all is cheaper than one each."""
    return set(_LOOKED_AT).difference(number for number, event in _looking.poll(0) if event & select.POLLNVAL)

"""The working folder as the candidate's process has it: filled, put back between cases, and what of it is read later.

Runs where the candidate is: what is said or done here is a claim like any other.
"""

from __future__ import annotations

import binascii
import contextlib
import gc
import os
import stat
import threading
from collections.abc import Iterator

_LOOKED_AT = range(16, 32)  # descriptors: a file gets the lowest that is free, and those below are taken


class Folder:
    """The folder in which the process starts, with the files that a case finds in it."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._path = "."
        self._open: set[int] = set()
        self._spare = ""

    def fill(self, files: dict[str, str], *, lasts: bool) -> None:
        """Once, before the candidate's code runs. `files` in base64 by path; `lasts` says that it may be restored."""
        self._files = {path: binascii.a2b_base64(data) for path, data in files.items()}
        self._path = os.getcwd()
        self._unpack()
        if lasts:
            self._open = _descriptors()

    def restore(self, keep: list[str]) -> bool:
        """As it was after `fill`; False where something of the last case lasts. `keep` is a file that is moved away,
        and where to, or empty.
        """
        if threading.active_count() > 1:
            return False
        if _descriptors() - self._open:
            gc.collect()
            if _descriptors() - self._open:
                return False
        try:
            os.chdir(self._path)
            if keep:
                source, target = keep
                self._spare = os.path.dirname(target)
                os.makedirs(self._spare, exist_ok=True)
                with contextlib.suppress(FileNotFoundError):
                    os.rename(source, target)
            _empty(".", os.stat(".").st_dev, self._spare)
            self._unpack()
        except OSError:
            return False
        return True

    def _unpack(self) -> None:
        for path, data in self._files.items():
            if folder := os.path.dirname(path):
                os.makedirs(folder, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            write(descriptor, data)
            os.close(descriptor)


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


def _descriptors() -> set[int]:
    found: set[int] = set()
    for descriptor in _LOOKED_AT:
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        found.add(descriptor)
    return found


def _empty(folder: str, device: int, spare: str = "") -> None:
    """Remove what is in the folder, but for what is mounted there and the folder `spare`."""
    for entry in os.scandir(folder):
        status = entry.stat(follow_symlinks=False)
        if status.st_dev != device or entry.name == spare:
            continue
        if stat.S_ISDIR(status.st_mode):
            _empty(entry.path, device)
            if not os.listdir(entry.path):
                os.rmdir(entry.path)
        else:
            os.unlink(entry.path)

"""Where decisions are kept: a folder with a JSONL file for each reviewer, to which lines are only ever added.

A line is on the disk before its reviewer sees the next item. Who decides again adds a line; the last one holds. A
line that a crash cut off is named and left out, and does no harm to the next.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import threading
import warnings
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from codereal.errors import DataError, ResourceError, UsageError

SCHEMA = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


class BrokenLineWarning(UserWarning):
    """A line of a decisions file is no decision and was left out."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What one reviewer said of one item.

    `digest` is that of the item as it was shown (see `Item.digest`): what was said of an earlier wording does not count
    for a later one. `dispute` tells a decision that was made with the others' in sight from an independent one. `shown`
    is the order in which a pair stood on the screen, `seconds` the time that it was looked at, `at` when (UTC).
    """

    item: str
    decision: str
    reviewer: str
    digest: str
    reason: str = ""
    comment: str = ""
    dispute: bool = False
    shown: str = ""
    seconds: float = 0.0
    at: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"schema": SCHEMA, **asdict(self)}

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> Decision:
        """The inverse of `to_dict`; raises `DataError` for what is no decision."""
        if row.get("schema") != SCHEMA:
            raise DataError(f"a decision of schema {row.get('schema')!r}; this codereal reads {SCHEMA}")
        try:
            return cls(**{name: value for name, value in row.items() if name != "schema"})
        except TypeError as error:
            raise DataError(f"no decision: {error}") from error


class Writer:
    """One reviewer's file. A context manager: nobody else writes to it meanwhile. Threads may share it."""

    def __init__(self, folder: Path, reviewer: str) -> None:
        self._file = _file(folder, reviewer)
        self._threads = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(self._file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            directory = os.open(folder, os.O_RDONLY)
            os.fsync(directory)
            os.close(directory)
        except OSError as error:
            raise ResourceError(f"cannot write decisions to {self._file}: {error.strerror}") from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._handle)
            raise UsageError(f"{reviewer} is reviewing already: {self._file} is in use") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._handle)

    def add(self, decision: Decision) -> None:
        """Store it; it is on the disk when this returns. Raises `ResourceError` when it could not be."""
        line = json.dumps(decision.to_dict(), ensure_ascii=False) + "\n"
        with self._threads:
            try:
                size = os.fstat(self._handle).st_size
                if size and os.pread(self._handle, 1, size - 1) != b"\n":
                    line = "\n" + line  # the end of a line that a crash cut off
                data = line.encode()
                while data:
                    data = data[os.write(self._handle, data) :]
                os.fsync(self._handle)
            except OSError as error:
                raise ResourceError(f"the decision was not stored in {self._file}: {error.strerror}") from error


def read(folder: Path) -> list[Decision]:
    """All decisions of all reviewers, each file in its order; warns (`BrokenLineWarning`) about lines that are none."""
    found = []
    for file in sorted(folder.glob("*.jsonl")):
        try:
            lines = file.read_bytes().splitlines()
        except OSError as error:
            raise ResourceError(f"cannot read {file}: {error.strerror}") from error
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    decision = Decision.from_dict(json.loads(line))
                    if _file(folder, decision.reviewer) != file:
                        raise DataError(f"a decision of {decision.reviewer}")
                    found.append(decision)
                except (ValueError, AttributeError, DataError, UsageError) as error:
                    warnings.warn(f"{file}, line {number}: left out: {error}", BrokenLineWarning, stacklevel=2)
    return found


def latest(decisions: Iterable[Decision]) -> dict[str, dict[str, Decision]]:
    """The decision that holds, by item and reviewer."""
    found: dict[str, dict[str, Decision]] = {}
    for decision in decisions:
        found.setdefault(decision.item, {})[decision.reviewer] = decision
    return found


def _file(folder: Path, reviewer: str) -> Path:
    if not isinstance(reviewer, str) or not _NAME.fullmatch(reviewer):
        raise UsageError(f"a reviewer's name is letters, digits, ., _ and -, at most 60 of them, not {reviewer!r}")
    return folder / f"{reviewer}.jsonl"

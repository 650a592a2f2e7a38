"""Exact, warm `mypy --strict`: the verdicts of the command line at about a fiftieth of its cost.

    with TypeChecker() as checker:
        report = checker.check("def double(x): return 2 * x")
        print(report.issues[0])   # candidate.py:1: error: Function is missing a type annotation  [no-untyped-def]

Verdicts (codes, lines, messages) equal those of `python -m mypy` with the flags of `command_line_flags()` in an
empty folder; an identity test guards that. Time and memory limits, crashes and hangs cost one snippet a
`TypeReport.failure`, never its neighbours and never the batch.

What it does not see: packages that are not in the standard library. Every import of one is an error,
`import-not-found` or `import-untyped`, so that no verdict depends on what happens to be installed.
"""

from __future__ import annotations

import os
import re
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from codereal.errors import UsageError
from codereal.maintainability._cache import default_root
from codereal.maintainability._connection import Connection, ServerDiedError
from codereal.maintainability._flags import PLATFORM, PYTHON_VERSION, command_line_flags

__all__ = ["PLATFORM", "PYTHON_VERSION", "TypeChecker", "TypeIssue", "TypeReport", "command_line_flags"]

_NEWLINE = re.compile(r"\r\n|\r|\n")  # what mypy counts as the end of a line


@dataclass(frozen=True, slots=True)
class TypeIssue:
    """One line of mypy's output. Lines and columns count from 1; 0 means that mypy gave none."""

    line: int
    column: int
    end_line: int
    end_column: int
    severity: str  # "error" or "note"
    code: str | None
    message: str

    def __str__(self) -> str:
        """Return the line as the command line prints it for a file `candidate.py`."""
        place = f"candidate.py:{self.line}" if self.line else "candidate.py"
        return f"{place}: {self.severity}: {self.message}" + (f"  [{self.code}]" if self.code else "")


@dataclass(frozen=True, slots=True)
class TypeReport:
    """What mypy says about one snippet."""

    issues: tuple[TypeIssue, ...] = ()
    blocked: bool = False  # mypy stopped early: the code does not parse, or worse
    failure: str | None = None  # our side failed (limit, crash); the snippet is not judged
    seconds: float = 0.0  # processor time of mypy on this snippet

    @property
    def errors(self) -> tuple[TypeIssue, ...]:
        """Return the issues without the notes."""
        return tuple(issue for issue in self.issues if issue.severity == "error")

    @property
    def passed(self) -> bool:
        """Return whether mypy was able to judge and found no error."""
        return self.failure is None and not self.blocked and not self.errors


class TypeChecker:
    """mypy in a server process of its own, which starts at the first check (0.6 s; 6 s once per machine).

    It may be used from many threads (one check runs at a time; for more, make more checkers), and in
    processes forked from this one (each then starts its own server). Close it, or use it in `with`; if
    neither is done, the server ends with the interpreter.

    `time_limit` is in seconds of processor time a snippet, `memory_mb` in MiB a worker beyond the standard
    library's 90, `group` the number of snippets that share one forked worker before it is replaced.
    `cache` is the folder that keeps the serialized standard library (default: the user's cache folder; if
    that cannot be written, a temporary one).
    """

    def __init__(
        self, *, time_limit: float = 20.0, memory_mb: int = 1024, group: int = 256, cache: str | Path | None = None
    ) -> None:
        if time_limit <= 0 or memory_mb <= 0 or group <= 0:
            raise UsageError("time_limit, memory_mb and group of a TypeChecker must be positive")
        self._settings: dict[str, Any] = {
            "time_limit": time_limit,
            "memory_mb": memory_mb,
            "group": group,
            "cache": os.path.abspath(cache or default_root()),
            "python_version": PYTHON_VERSION,
            "platform": PLATFORM,
        }
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        _checkers.add(self)

    @property
    def server_pid(self) -> int | None:
        """Return the server's process id, or None while there is none."""
        connection = self._connection
        return None if connection is None else connection.pid

    def start(self) -> None:
        """Start the server now. Raises `ResourceError` if it cannot be started."""
        with self._lock:
            self._connected()

    def check(self, code: str, *, context: str = "") -> TypeReport:
        """Check one snippet as a module of its own.

        `context` is code that stands before it: checked with it, never reported on; lines refer to `code`.
        """
        prefix = context if not context or context.endswith("\n") else context + "\n"
        with self._lock:
            report = _report(self._ask(prefix + code))
            if prefix and report.blocked and _report(self._ask(prefix)).blocked:
                return TypeReport(failure="the context does not parse by itself", seconds=report.seconds)
        return without_context(report, prefix)

    def check_many(self, codes: Sequence[str], *, contexts: Sequence[str] | None = None) -> list[TypeReport]:
        """Check snippets one after the other; `contexts`, if given, has one for each."""
        if contexts is not None and len(contexts) != len(codes):
            raise UsageError(f"check_many was given {len(codes)} codes but {len(contexts)} contexts")
        pairs = zip(codes, contexts or [""] * len(codes), strict=True)
        return [self.check(code, context=context) for code, context in pairs]

    def close(self) -> None:
        """End the server. The checker can be used again: it then starts a new one."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = Connection(self._settings)
        return self._connection

    def _ask(self, code: str) -> dict[str, Any]:
        died: ServerDiedError | None = None
        for _attempt in range(2):  # a server that was killed is replaced; one that dies again is reported
            connection = self._connected()
            self._connection = None  # an interrupt below closes it: never leave a closed one behind
            try:
                reply = connection.ask(code)
            except ServerDiedError as error:
                died = error
                continue
            self._connection = connection
            return reply
        return {"failure": str(died)}

    def _forked(self) -> None:
        """In a forked child: the lock may be held by a thread that does not exist here, the server is not ours."""
        self._lock = threading.Lock()
        if self._connection is not None:
            self._connection.abandon()
            self._connection = None


_checkers: weakref.WeakSet[TypeChecker] = weakref.WeakSet()


def _after_fork() -> None:
    for checker in list(_checkers):
        checker._forked()


os.register_at_fork(after_in_child=_after_fork)


def _report(reply: dict[str, Any]) -> TypeReport:
    seconds = float(reply.get("seconds", 0.0))
    if "failure" in reply:
        return TypeReport(failure=reply["failure"], seconds=seconds)
    return TypeReport(tuple(TypeIssue(*row) for row in reply["issues"]), reply["blocked"], None, seconds)


def without_context(report: TypeReport, context: str) -> TypeReport:
    """Drop what is said about the lines of `context`, which stands before the code, and move the rest up."""
    lines = len(_NEWLINE.findall(context))
    if not lines:
        return report
    kept = [issue for issue in report.issues if not 0 < issue.line <= lines]
    return replace(report, issues=tuple(_moved_up(issue, lines) for issue in kept))


def _moved_up(issue: TypeIssue, lines: int) -> TypeIssue:
    if not issue.line:
        return issue
    return replace(issue, line=issue.line - lines, end_line=max(issue.end_line - lines, 0))

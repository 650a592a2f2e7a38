"""The errors that cross codereal's boundary.

    CoderealError
    ├── UsageError        the caller asked for something that makes no sense (exit code 2)
    │   └── MissingExtra  a part that is not installed; the message names the command that brings it
    ├── DataError         a file, row or checkpoint is broken; the message names it
    ├── SandboxError      our sandbox failed; never the candidate's fault
    └── ResourceError     disk, memory or network gave out; what was done is kept

What a candidate program does wrong is never an exception: it is data in a `Verdict` or a `Report`.
"""

from __future__ import annotations


class CoderealError(Exception):
    """Root of all errors that callers may catch; its text is one line that says what to do."""


class UsageError(CoderealError):
    """The request itself is wrong: an unknown name, a value out of range."""


class MissingExtra(UsageError):  # noqa: N818 - the name says what happened
    """A part of codereal needs packages that are not installed."""

    def __init__(self, part: str, extra: str) -> None:
        super().__init__(f"{part} needs packages that are not installed: pip install 'codereal[{extra}]'")


class DataError(CoderealError):
    """A file, a row or a checkpoint cannot be used; the message names it and the reason."""


class SandboxError(CoderealError):
    """The sandbox failed through no fault of the candidate."""


class ResourceError(CoderealError):
    """Disk, memory or network gave out. What was written before stays whole."""

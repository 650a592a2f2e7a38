"""What one run of a candidate may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from codereal.errors import UsageError


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a run. Times are per case and count processor time, so that a verdict does not depend on load.

    Raises UsageError for a value out of range.
    """

    cpu_seconds: float = 4.0
    """Processor time of one case; loading the program is one case of its own."""
    wall_seconds: float = 8.0
    """Backstop for programs that sleep: wall-clock time of one case, less the time spent waiting for a processor."""
    memory_mb: int = 512
    """Address space of a process above that of the pre-loaded image."""
    output_kb: int = 1024
    """What a run may print, and the size of one returned value."""
    processes: int = 0
    """How many processes the candidate may start; 0 refuses fork and exec. Each has its own `memory_mb`."""
    threads: int = 64
    """How many threads (and processes) there may be at once."""
    writable_mb: int = 32
    """Size of the working folder, and of one file in it."""
    restarts: int = 3
    """How many fresh processes one run may use up after cases that timed out, crashed or left."""
    timeouts: int = 2
    """After how many cases that ran out of time the others are not run, and count as out of time too."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            floor = 0 if name in ("processes", "restarts") else 1e-3 if name.endswith("_seconds") else 1
            if not isinstance(value, (int, float)) or isinstance(value, bool) or not floor <= value <= 1e6:
                raise UsageError(f"limit {name} must be a number from {floor} to 1000000, not {value!r}")
            if not name.endswith("_seconds") and not isinstance(value, int):
                raise UsageError(f"limit {name} must be a whole number, not {value!r}")

    def to_dict(self) -> dict[str, float]:
        """Plain JSON; `from_dict` reads it back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Limits:
        """Reads what `to_dict` wrote. Raises UsageError for an unknown name."""
        unknown = data.keys() - set(cls.__dataclass_fields__)
        if unknown:
            raise UsageError(f"unknown limit {sorted(unknown)[0]!r}; there are {', '.join(cls.__dataclass_fields__)}")
        return cls(**data)


READER = Limits(output_kb=64 << 10, cpu_seconds=10)
"""For processes of ours that read what a candidate has left."""

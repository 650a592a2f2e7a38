"""What a run came to, case by case and as a whole."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal, TypeAlias

Isolation: TypeAlias = Literal["L2", "L1", "L0"]
"""L2: namespaces, private file system, seccomp. L1: seccomp and Landlock. L0: resource limits only, by request."""


class Outcome(StrEnum):
    """One word for a case or a run. All but INFRA are the candidate's doing."""

    PASS = "PASS"
    FAIL = "FAIL"
    TIMEOUT = "TIMEOUT"
    OOM = "OOM"
    OUTPUT_LIMIT = "OUTPUT_LIMIT"
    CRASH = "CRASH"
    EXIT = "EXIT"
    INFRA = "INFRA"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case: `seconds` is the processor time it used, `detail` says in words what went wrong ("" for a pass)."""

    outcome: Outcome
    detail: str = ""
    name: str = ""
    seconds: float = 0.0
    output: str = ""
    """The beginning of what the candidate printed."""
    weak: bool = False
    """The answer rests on the candidate's own word (say, on an `__eq__` it defines): a strict reward refuses it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole run: PASS when every case passed, otherwise the outcome of the first that did not; INFRA if any is."""

    outcome: Outcome
    passed: int
    total: int
    cases: tuple[CaseResult, ...]
    isolation: Isolation
    seconds: float
    """Processor time of all cases."""
    weak: bool = False

    @classmethod
    def of(cls, cases: list[CaseResult], isolation: Isolation) -> Verdict:
        """The verdict that follows from the cases."""
        outcomes = [case.outcome for case in cases if case.outcome is not Outcome.PASS]
        outcome = Outcome.INFRA if Outcome.INFRA in outcomes else outcomes[0] if outcomes else Outcome.PASS
        passed = len(cases) - len(outcomes)
        seconds = sum(case.seconds for case in cases)
        return cls(outcome, passed, len(cases), tuple(cases), isolation, seconds, any(case.weak for case in cases))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; `from_dict` reads it back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Verdict:
        """Reads what `to_dict` wrote."""
        cases = tuple(CaseResult(**{**case, "outcome": Outcome(case["outcome"])}) for case in data["cases"])
        return cls(**{**data, "outcome": Outcome(data["outcome"]), "cases": cases})

"""`Score`: what one response earned, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from codereal.analysis.finding import Report
from codereal.sandbox.verdict import Verdict

# The same for every sample of every task, so that trainers can batch them.
TERMS = ("function", "security", "attacks", "maintainability", "format")


@dataclass(frozen=True, slots=True)
class Score:
    """One response's reward.

    `value` is the reward, or None when our infrastructure failed (never a penalty). `function` and
    `quality` lie in [0, 1]; `passed_function` and `passed_quality` say whether all of each holds. `terms`
    has the keys of `TERMS`, each in [0, 1], where 1 is nothing wrong. `reasons` says in words what cost
    what. `report` holds the findings, `verdict` the tests, `attacked` the attacks (None: there were none).
    """

    value: float | None
    function: float
    quality: float
    passed_function: bool
    passed_quality: bool
    terms: dict[str, float]
    program: str
    reasons: tuple[str, ...] = ()
    report: Report | None = None
    verdict: Verdict | None = None
    attacked: Verdict | None = None

    @property
    def passed(self) -> bool:
        """Func-Qual: correct, safe and maintainable at once."""
        return self.passed_function and self.passed_quality

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "value": self.value,
            "function": self.function,
            "quality": self.quality,
            "passed_function": self.passed_function,
            "passed_quality": self.passed_quality,
            "terms": self.terms,
            "reasons": list(self.reasons),
            "program": self.program,
            "findings": [finding.to_dict() for finding in self.report.findings] if self.report else [],
            "outcome": str(self.verdict.outcome) if self.verdict else None,
            "passed_tests": self.verdict.passed if self.verdict else 0,
            "tests": self.verdict.total if self.verdict else 0,
            "passed_attacks": self.attacked.passed if self.attacked else 0,
            "attacks": self.attacked.total if self.attacked else 0,
            "isolation": self.verdict.isolation if self.verdict else None,
        }

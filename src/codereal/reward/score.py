"""`Score`: what one response earned, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from codereal.analysis.finding import Report
from codereal.reward.extract import Extraction
from codereal.reward.judged import Judged
from codereal.sandbox.verdict import Outcome, Verdict

# The same for every sample of every task, so that trainers can batch them.
TERMS = ("function", "security", "attacks", "maintainability", "seen", "format", "length")


@dataclass(frozen=True, slots=True)
class Span:
    """Where in the response a finding stands: characters [start, end) of the response, from 0."""

    start: int
    end: int
    rule: str
    message: str

    def tokens(self, offsets: Sequence[tuple[int, int]]) -> list[int]:
        """The places of the tokens that the span touches, given each token's (start, end) in the response."""
        return [at for at, (start, end) in enumerate(offsets) if start < self.end and end > self.start]


@dataclass(frozen=True, slots=True)
class Score:
    """One response's reward.

    `value` is the reward, or None when our infrastructure failed (never a penalty). `function` and `quality` lie in
    [0, 1]; `passed_function` and `passed_quality` say whether all of each holds. `terms` has the keys of `TERMS`, each
    in [0, 1], where 1 is nothing wrong. `reasons` says in words what cost what, `spans` where in the response its
    findings stand. `report` holds the findings, `verdict` the tests, `attacked` the attacks (None: there were none).
    """

    value: float | None
    function: float
    quality: float
    passed_function: bool
    passed_quality: bool
    terms: dict[str, float]
    program: str
    reasons: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
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
            "spans": [asdict(span) for span in self.spans],
            "program": self.program,
            "findings": [finding.to_dict() for finding in self.report.findings] if self.report else [],
            "outcome": str(self.verdict.outcome) if self.verdict else None,
            "passed_tests": self.verdict.passed if self.verdict else 0,
            "tests": self.verdict.total if self.verdict else 0,
            "passed_attacks": self.attacked.passed if self.attacked else 0,
            "attacks": self.attacked.total if self.attacked else 0,
            "isolation": self.verdict.isolation if self.verdict else None,
        }


def explain(judged: Judged) -> tuple[str, ...]:
    """What went wrong, in words: tests and attacks that failed, findings, what could not be analysed."""
    out = []
    for kind, verdict in (("test", judged.tests), ("attack", judged.attacked)):
        for number, case in enumerate(verdict.cases if verdict else (), 1):
            if case.outcome is not Outcome.PASS:
                out.append(f"{kind} {case.name or number}: {case.outcome} {case.detail}".rstrip())
    out += [f"line {finding.line}: {finding.message} [{finding.rule}]" for finding in judged.findings]
    out += [f"not analysed: {error}" for error in judged.report.errors]
    return tuple(out)


def spans(judged: Judged, found: Extraction, response: str) -> tuple[Span, ...]:
    """The findings as ranges of the response; those in what the task put before it have none."""
    if not judged.findings:
        return ()
    starts = [0]
    for line in judged.program.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    shift = found.start - found.lead
    placed = []
    for finding in judged.findings:
        start, end = _place(starts, finding.line, finding.column), _place(starts, finding.end_line, finding.end_column)
        if start >= found.lead and start + shift < len(response):
            last = min(max(end, start + 1) + shift, len(response))
            placed.append(Span(start + shift, last, finding.rule, finding.message))
    return tuple(placed)


def _place(starts: list[int], line: int, column: int) -> int:
    return starts[min(line, len(starts)) - 1] + column - 1

"""What the judges said of one program: all that a term of the reward may look at."""

from __future__ import annotations

from dataclasses import dataclass

from codereal.analysis.finding import Finding, Report
from codereal.maintainability.check import MaintainabilityScore
from codereal.sandbox.verdict import Outcome, Verdict
from codereal.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Judged:
    """One program for one task, analysed and run. `attacked` and `care` are None where the task does not ask."""

    program: str
    task: Task
    report: Report
    tests: Verdict
    attacked: Verdict | None = None
    care: MaintainabilityScore | None = None

    @property
    def defects(self) -> list[Finding]:
        """The findings that count: errors and warnings. Notes are for readers."""
        return [finding for finding in self.report.findings if finding.severity != "note"]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Of both analyses: security, and maintainability where the task asks for it."""
        return (*self.report.findings, *(self.care.findings if self.care else ()))

    @property
    def failure(self) -> str:
        """Why there can be no score, when that is our fault; else nothing."""
        for verdict in (self.tests, self.attacked):
            if verdict is not None and verdict.outcome is Outcome.INFRA:
                return "our sandbox failed: " + next(c.detail for c in verdict.cases if c.outcome is Outcome.INFRA)
        if self.care is not None and self.care.failure is not None:
            return f"our type checker failed: {self.care.failure}"
        return ""

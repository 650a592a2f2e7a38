"""The terms of the reward: each a function from what the judges said to a number in [0, 1], 1 where nothing is wrong.

A new term is one function here and its name in `TERMS`; every sample has all of them.
"""

from __future__ import annotations

from collections.abc import Callable

from codereal.analysis.finding import Finding
from codereal.reward.judged import Judged
from codereal.sandbox.case import Call, Case, Stdio
from codereal.sandbox.verdict import Outcome

# What one finding costs in the graded form, by severity and confidence; costs multiply, so that each finding counts.
_KEPT = {"error": 0.4, "warning": 0.7, "note": 1.0}
_SURE = {"high": 1.0, "medium": 0.8, "low": 0.5}
LONGEST = 20_000  # characters of a program; a longer one is no answer to any task


def function(judged: Judged) -> float:
    """The share of tests that pass (ReaL, section 3.2)."""
    return judged.tests.passed / judged.tests.total if judged.tests.total else 1.0


def working_function(judged: Judged) -> float:
    """The share of tests that pass, and nothing where only such pass as a program passes that does nothing.

    A test that expects no output, or None, says little by itself: 218 of SafeSQL's 339 rows have some, and would pay
    an empty program for them.
    """
    verdicts = zip(judged.task.tests, judged.tests.cases, strict=True)
    told = [result for case, result in verdicts if not _is_idle(case)]
    if told and all(result.outcome is not Outcome.PASS for result in told):
        return 0.0
    return function(judged)


def _is_idle(case: Case) -> bool:
    """Whether doing nothing is the right answer."""
    if isinstance(case, Stdio):
        return case.tables is None and not case.stdout.strip()
    return isinstance(case, Call) and case.tables is None and case.expected is None


def security(judged: Judged) -> float:
    """1 without a finding of the analysis, else 0 (ReaL, section 3.1: quality is binary)."""
    return float(not judged.defects)


def graded_security(judged: Judged) -> float:
    """The product of what each finding leaves: less for severe and certain ones."""
    left = 1.0
    for finding in judged.defects:
        left *= kept(finding)
    return left


def kept(finding: Finding) -> float:
    """What one finding leaves of a graded term."""
    return 1 - (1 - _KEPT[finding.severity]) * _SURE[finding.confidence]


def attacks(judged: Judged) -> float:
    """The share of attacks that fail to change what the program does."""
    return judged.attacked.passed / judged.attacked.total if judged.attacked and judged.attacked.total else 1.0


def maintainability(judged: Judged) -> float:
    """The value of the maintainability profile; 1 where the task does not ask for it."""
    return (judged.care.value or 0.0) if judged.care is not None else 1.0


def seen(judged: Judged) -> float:
    """0 when the analysis could not see all of the program: too large, too deep, or text that it runs as code.

    Without this term whatever cannot be analysed would count as clean.
    """
    if judged.report.errors or len(judged.program) > LONGEST:
        return 0.0
    return float(all(finding.rule != "hidden-code" for finding in judged.report.findings))


TERMS: dict[str, Callable[[Judged], float]] = {
    "function": function,
    "security": security,
    "attacks": attacks,
    "maintainability": maintainability,
    "seen": seen,
}

"""Maintainability as one number, and the findings that explain it.

Terms, each in [0, 1], the same four for every sample and profile:

    typed         1 / (1 + number of mypy errors); 0 if mypy had to stop early
    annotated     share of the signatures that say something
    unsuppressed  1 without suppressions, half with each, 0 with one that blinds the checker
    substance     0 if the program does nothing

Profiles:

    real-paper    as published: 1 if `mypy --strict` has no error, else 0; comments that silence mypy are
                  obeyed and `from typing import *` stands before the code. It can be cheated; it is kept
                  as the baseline.
    default       substance × unsuppressed × (⅔ typed + ⅓ annotated); passed without mypy errors, without
                  suppressions and with ¾ of the signatures saying something. What silences mypy is
                  removed before mypy looks.
    strict        the same, and passed means that every term is 1.

`value` is 1 only if all terms are; no way of silencing a check is worth more than failing it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from codereal.analysis.finding import Finding
from codereal.errors import SandboxError, UsageError
from codereal.maintainability._source import Source, Spot
from codereal.maintainability.annotations import annotated, annotation_slots
from codereal.maintainability.null_body import null_spots, substance
from codereal.maintainability.suppressions import suppressions, unsuppressed, without_silencers
from codereal.maintainability.types import TypeChecker, TypeIssue, TypeReport

PROFILES = ("real-paper", "default", "strict")
TERMS = ("typed", "annotated", "unsuppressed", "substance")
_ENOUGH = 0.75  # of `annotated`, for the default profile to pass
_PAPER_CONTEXT = "from typing import *\n"

_lock = threading.Lock()
_shared: list[TypeChecker] = []


@dataclass(frozen=True, slots=True)
class MaintainabilityScore:
    """How maintainable one candidate is.

    `value` is None, `passed` False and `failure` says why if the type checker failed on it: that is our
    failure, never the candidate's. The terms that need no type checker hold even then; `typed` is then 0.
    """

    value: float | None
    passed: bool
    terms: dict[str, float]
    findings: tuple[Finding, ...]
    failure: str | None = None


def check_maintainability(
    code: str, *, context: str = "", profile: str = "default", checker: TypeChecker | None = None
) -> list[Finding]:
    """Return what is wrong with the code, in the order of the text.

    `context` is code that stands before it: known to the type checker, never reported on. Raises
    `SandboxError` if the type checker failed on this code, `UsageError` for an unknown profile.
    """
    score = score_maintainability(code, context=context, profile=profile, checker=checker)
    if score.failure is not None:
        raise SandboxError(score.failure)
    return list(score.findings)


def score_maintainability(
    code: str, *, context: str = "", profile: str = "default", checker: TypeChecker | None = None
) -> MaintainabilityScore:
    """Return the score. `checker` is by default one that is shared by the process and ends with it."""
    if profile not in PROFILES:
        raise UsageError(f"unknown maintainability profile {profile!r}: one of {', '.join(PROFILES)}")
    paper = profile == "real-paper"
    source = Source(code)
    checked, before = (code, _PAPER_CONTEXT + context) if paper else (without_silencers(source), context)
    report = (checker or shared_checker()).check(checked, context=before)
    silenced, slots, null = suppressions(source), annotation_slots(source), null_spots(source)
    terms = {
        "typed": _typed(report),
        "annotated": annotated(slots) if source.tree is not None else 0.0,
        "unsuppressed": unsuppressed(silenced),
        "substance": substance(null),
    }
    findings = [_from_issue(issue) for issue in report.errors]
    if not paper:
        findings += [_from_spot("suppression", spot, "error", "say the type, or mend the code") for spot in silenced]
        empty = [slot.spot for slot in slots if slot.worth == 0]
        findings += [_from_spot("missing-annotation", spot, "warning", "declare the type") for spot in empty]
        findings += [_from_spot("null-body", spot, "error", "write the body") for spot in null]
    ordered = tuple(sorted(findings, key=lambda finding: (finding.line, finding.column, finding.rule)))
    if report.failure is not None:
        return MaintainabilityScore(None, False, terms, ordered, report.failure)
    return MaintainabilityScore(_value(terms, paper=paper), _passed(terms, profile), terms, ordered)


def shared_checker() -> TypeChecker:
    """Return the type checker that all callers in this process share; it starts at its first check."""
    with _lock:
        if not _shared:
            _shared.append(TypeChecker())
        return _shared[0]


def _typed(report: TypeReport) -> float:
    if report.failure is not None or report.blocked:
        return 0.0
    return 1.0 / (1 + len(report.errors))


def _value(terms: dict[str, float], *, paper: bool) -> float:
    if paper:
        return float(terms["typed"] == 1)
    return terms["substance"] * terms["unsuppressed"] * (2 * terms["typed"] + terms["annotated"]) / 3


def _passed(terms: dict[str, float], profile: str) -> bool:
    if profile == "real-paper":
        return terms["typed"] == 1
    enough = _ENOUGH if profile == "default" else 1.0
    rest = all(terms[name] == 1 for name in TERMS if name != "annotated")
    return rest and terms["annotated"] >= enough


def _from_issue(issue: TypeIssue) -> Finding:
    line = max(issue.line, 1)  # mypy gives none for what concerns the whole file
    return Finding(
        rule=f"mypy-{issue.code or 'error'}",
        cwe=(),
        line=line,
        column=max(issue.column, 1),
        end_line=max(issue.end_line, line),
        end_column=issue.end_column + 1,
        message=issue.message,
        hint="",
        severity="error",
        confidence="high",
        flow=(),
    )


def _from_spot(rule: str, spot: Spot, severity: str, hint: str) -> Finding:
    return Finding(
        rule=rule,
        cwe=(),
        line=spot.line,
        column=spot.column,
        end_line=spot.end_line,
        end_column=spot.end_column,
        message=spot.message,
        hint=hint,
        severity=severity,
        confidence="high",
        flow=(),
    )

"""Maintainability as one number, and the findings that explain it.

Terms, each in [0, 1], the same seven for every sample and profile:

    typed         1 / (1 + number of mypy errors); 0 if mypy had to stop early
    annotated     share of the signatures that say something
    unsuppressed  1 without suppressions, half with each, 0 with one that blinds the checker
    substance     0 if the program does nothing
    simple        how far the functions stay within the limits of complexity, nesting and length
    clean         0.8 to the number of unused names, traps, swallowed errors, dead and duplicate code
    documented    share of what is public that says what it is for

How they become a value, and what passes, is a profile's: see `profiles`. `value` is 1 only if all terms that weigh
something are; no way of silencing a check is worth more than failing it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from codereal.analysis.finding import Finding
from codereal.errors import SandboxError, UsageError
from codereal.maintainability._ruff import Lint, lint
from codereal.maintainability._source import Source, Spot
from codereal.maintainability.annotations import annotated, annotation_slots
from codereal.maintainability.clean import RUFF, clean, clean_spots
from codereal.maintainability.documented import document_slots, documented
from codereal.maintainability.null_body import null_spots, substance
from codereal.maintainability.profiles import PROFILES, TERMS, Profile
from codereal.maintainability.simple import simple, simple_spots, units
from codereal.maintainability.suppressions import suppressions, unsuppressed, without_silencers
from codereal.maintainability.types import TypeChecker, TypeIssue, TypeReport

__all__ = [
    "PROFILES",
    "TERMS",
    "MaintainabilityScore",
    "check_maintainability",
    "score_maintainability",
    "score_maintainability_many",
    "shared_checker",
]

_PAPER_CONTEXT = "from typing import *\n"
_RULES = tuple(RUFF)

_lock = threading.Lock()
_shared: list[TypeChecker] = []


class Checker(Protocol):
    """Whatever gives mypy's verdict on one snippet: `TypeChecker`, or `zuban.ZubanChecker`."""

    def check_many(self, codes: Sequence[str], *, contexts: Sequence[str] | None = None) -> list[TypeReport]:
        """Check each code after its context, and report on the code alone."""


@dataclass(frozen=True, slots=True)
class MaintainabilityScore:
    """How maintainable one candidate is.

    `value` is None, `passed` False and `failure` says why if a tool of ours failed on it: that is our failure, never
    the candidate's. The other terms hold even then; those of the tool are 0.
    """

    value: float | None
    passed: bool
    terms: dict[str, float]
    findings: tuple[Finding, ...]
    failure: str | None = None


def check_maintainability(
    code: str, *, context: str = "", profile: str = "default", checker: Checker | None = None
) -> list[Finding]:
    """Return what is wrong with the code, in the order of the text.

    `context` is code that stands before it: known to the type checker, never reported on. Raises
    `SandboxError` if a tool of ours failed on this code, `UsageError` for an unknown profile.
    """
    score = score_maintainability(code, context=context, profile=profile, checker=checker)
    if score.failure is not None:
        raise SandboxError(score.failure)
    return list(score.findings)


def score_maintainability(
    code: str, *, context: str = "", profile: str = "default", checker: Checker | None = None
) -> MaintainabilityScore:
    """Return the score. `checker` is by default one that is shared by the process and ends with it."""
    return score_maintainability_many([code], contexts=[context], profile=profile, checker=checker)[0]


def score_maintainability_many(
    codes: Sequence[str],
    *,
    contexts: Sequence[str] | None = None,
    profile: str = "default",
    checker: Checker | None = None,
) -> list[MaintainabilityScore]:
    """Return the scores of many snippets; cheaper than one by one, because ruff starts once.

    Raises `UsageError` for an unknown profile and when `contexts` are not as many as `codes`.
    """
    if profile not in PROFILES:
        raise UsageError(f"unknown maintainability profile {profile!r}: one of {', '.join(PROFILES)}")
    if contexts is not None and len(contexts) != len(codes):
        raise UsageError(f"{len(codes)} snippets but {len(contexts)} contexts")
    chosen, types = PROFILES[profile], checker or shared_checker()
    sources = [Source(code) for code in codes]
    linted = dict.fromkeys(range(len(codes)), Lint())
    if not chosen.as_published:
        readable = [number for number, source in enumerate(sources) if source.tree is not None]
        linted |= zip(readable, lint([codes[number] for number in readable], _RULES), strict=True)
    before = list(contexts or [""] * len(codes))
    if chosen.as_published:
        reports = types.check_many(codes, contexts=[_PAPER_CONTEXT + context for context in before])
    else:
        reports = types.check_many([without_silencers(source) for source in sources], contexts=before)
    return [
        _score(source, chosen, report, linted[number])
        for number, (source, report) in enumerate(zip(sources, reports, strict=True))
    ]


def shared_checker() -> TypeChecker:
    """Return the type checker that all callers in this process share; it starts at its first check."""
    with _lock:
        if not _shared:
            _shared.append(TypeChecker())
        return _shared[0]


def _score(source: Source, profile: Profile, report: TypeReport, linted: Lint) -> MaintainabilityScore:
    silenced, slots, null = suppressions(source), annotation_slots(source), null_spots(source)
    measured, (public, undocumented) = units(source), document_slots(source)
    unclean = [*clean_spots(source), *linted.spots]
    parsed = source.tree is not None
    terms = {
        "typed": _typed(report),
        "annotated": annotated(slots) if parsed else 0.0,
        "unsuppressed": unsuppressed(silenced),
        "substance": substance(null),
        "simple": simple(measured) if parsed else 0.0,
        "clean": clean(unclean) if parsed and linted.failure is None else 0.0,
        "documented": documented(public, undocumented) if parsed else 0.0,
    }
    findings = [_from_issue(issue) for issue in report.errors]
    if not profile.as_published:
        findings += [_from_spot("suppression", spot, "error", "say the type, or mend the code") for spot in silenced]
        empty = [slot.spot for slot in slots if slot.worth == 0]
        findings += [_from_spot("missing-annotation", spot, "warning", "declare the type") for spot in empty]
        findings += [_from_spot("null-body", spot, "error", "write the body") for spot in null]
        findings += [_from_spot(spot.kind, spot, "warning", "split it") for spot in simple_spots(measured)]
        findings += [_unclean(spot) for spot in unclean]
    if profile.weights["documented"]:
        findings += [_from_spot("missing-docstring", spot, "note", "say what it is for") for spot in undocumented]
    ordered = tuple(sorted(findings, key=lambda finding: (finding.line, finding.column, finding.rule)))
    failure = report.failure or linted.failure
    if failure is not None:
        return MaintainabilityScore(None, False, terms, ordered, failure)
    return MaintainabilityScore(profile.value(terms), profile.passes(terms), terms, ordered)


def _typed(report: TypeReport) -> float:
    if report.failure is not None or report.blocked:
        return 0.0
    return 1.0 / (1 + len(report.errors))


def _unclean(spot: Spot) -> Finding:
    rule, hint = RUFF.get(spot.kind, (spot.kind, "remove it"))
    return _from_spot(rule, spot, "warning", hint)


def _from_issue(issue: TypeIssue) -> Finding:
    line = max(issue.line, 1)  # mypy gives none for what concerns the whole file
    spot = Spot(line, max(issue.column, 1), max(issue.end_line, line), issue.end_column + 1, issue.message, "")
    return _from_spot(f"mypy-{issue.code or 'error'}", spot, "error", "")


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

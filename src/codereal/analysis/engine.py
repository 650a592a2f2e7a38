"""Rules × program: `check` and `check_many`. What goes wrong is data in the report, never an exception."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache, lru_cache, partial
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from time import perf_counter

from codereal.analysis import library, source, taint
from codereal.analysis.entries import Entries, Entry
from codereal.analysis.finding import Finding, Report, Step
from codereal.analysis.interpret import Activation
from codereal.analysis.lower import lower
from codereal.analysis.program import Hit, OutOfBudget, Program
from codereal.errors import UsageError
from codereal.rules import RULES, Rule, Spot, Verdict

BUDGET_SECONDS = (
    20.0  # of wall time for one text: a safety net; the budget of steps comes first, the same on any machine
)
_CONFIDENCE = {"high": 2, "medium": 1, "low": 0}


def check(
    code: str,
    *,
    context: str = "",
    select: Collection[str] | None = None,
    ignore: Collection[str] | None = None,
) -> Report:
    """Find defects in `code`.

    `context` is code that stands before it: analysed with it, never reported on. `select` and `ignore` hold rule ids.
    Raises UsageError for an unknown rule id and DataError for a broken library file; nothing that `code` says raises.
    """
    with _no_collection:
        return _Check(_plan(None if select is None else tuple(select), tuple(ignore or ()))).run(code, context)


def check_many(
    codes: Iterable[str],
    *,
    contexts: Sequence[str] | None = None,
    jobs: int | None = None,
    select: Collection[str] | None = None,
    ignore: Collection[str] | None = None,
) -> list[Report]:
    """`check` for each of `codes`, in order; `jobs` processes, kept for the next call (default: in this process)."""
    texts = list(codes)
    before = list(contexts) if contexts is not None else [""] * len(texts)
    if len(before) != len(texts):
        raise UsageError(f"{len(texts)} codes but {len(before)} contexts")
    one = partial(_check_pair, select=select, ignore=ignore)
    if jobs is None or jobs <= 1 or len(texts) < 2 * jobs:
        return list(map(one, zip(texts, before, strict=True)))
    from concurrent.futures.process import BrokenProcessPool

    from codereal.analysis.pool import discard, pool

    size = max(1, min(64, len(texts) // (jobs * 4)))
    try:
        return list(pool(jobs).map(one, zip(texts, before, strict=True), chunksize=size))
    except BrokenProcessPool:
        discard(jobs)  # somebody ended one of its processes: once more with new ones
        return list(pool(jobs).map(one, zip(texts, before, strict=True), chunksize=size))


def _check_pair(pair: tuple[str, str], select: Collection[str] | None, ignore: Collection[str] | None) -> Report:
    return check(pair[0], context=pair[1], select=select, ignore=ignore)


class _Plan:
    """The rules that are asked for, by how they look."""

    __slots__ = ("judges", "reviews", "scans")

    def __init__(self, rules: list[Rule]) -> None:
        self.judges: dict[str, list[tuple[Rule, Callable[[Hit], Verdict | None]]]] = {}  # kind of sink → who judges
        for rule in rules:
            if rule.judge is not None:
                for kind in rule.sinks:
                    self.judges.setdefault(kind, []).append((rule, rule.judge))
        self.scans = [(rule, rule.scan) for rule in rules if rule.scan is not None]
        self.reviews = [(rule, rule.review) for rule in rules if rule.review is not None]


@lru_cache(maxsize=64)
def _plan(select: tuple[str, ...] | None, ignore: tuple[str, ...]) -> _Plan:
    for asked in (*(select or ()), *ignore):
        if asked not in RULES:
            raise UsageError(f"unknown rule {asked!r}; `codereal rules` lists them")
    return _Plan(
        [
            rule
            for name, rule in RULES.items()
            if (not rule.is_asked_for if select is None else name in select) and name not in ignore
        ]
    )


@cache
def ruleset_hash() -> str:
    """Twelve hex digits of a SHA-256 over rules, libraries, both analyses and the versions of the tools they use."""
    package = Path(__file__).parent.parent
    tools = [f"{tool} {version(tool)}" for tool in ("mypy", "ruff", "complexipy")]
    digest = hashlib.sha256("\n".join([source.parser_version(), *tools]).encode())
    for folder, ending in (
        ("analysis", "*.py"),
        ("maintainability", "*.py"),
        ("rules", "*.py"),
        ("libraries", "*.toml"),
    ):
        for path in sorted((package / folder).glob(ending)):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _is_mentioned(rule: Rule, code: str, context: str) -> bool:
    for word in rule.mentions:
        if word in code or word in context:
            return True
    return not rule.mentions


class _NoCollection:
    """Python's cyclic collector stands still while a text is analysed: it finds nothing then, and costs a fifth."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._was_on = False

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._was_on = gc.isenabled()
                gc.disable()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside and self._was_on:
                gc.enable()


_no_collection = _NoCollection()


class _Check:
    """One run over one text."""

    def __init__(self, plan: _Plan) -> None:
        self.plan = plan
        self.reviews = plan.reviews
        self.found: dict[tuple[str, int, int], tuple[int, Finding]] = {}
        self.tree: source.Tree | None = None

    def run(self, code: str, context: str) -> Report:
        tree = self.tree = source.parse(code)
        errors = [f"line {line}: {message}" for line, message in tree.errors]
        body, scope = tree.body, tree.scope
        if context:
            # Its lines count up to 0, so that nothing in it is ever reported.
            before = source.parse(context, last_line=0)
            body = before.body + body
            scope.stores |= before.scope.stores
            scope.mentions |= before.scope.mentions
            scope.children = before.scope.children + scope.children
        program = Program(library.load(), perf_counter() + BUDGET_SECONDS, self._report)
        program.body = body
        program.handed = frozenset(
            count for word, count in program.library.mentions.items() if word in code or word in context
        )
        try:
            self.reviews = [one for one in self.plan.reviews if _is_mentioned(one[0], code, context)]
            for rule, scan in self.plan.scans:
                for spot in scan(tree) if _is_mentioned(rule, code, context) else ():
                    self._spot(rule, spot)
            Entries(program, self._review).run(lower(body, scope))
        except OutOfBudget:
            errors.append("analysis stopped: out of its budget of time; what was found until then stands")
        except RecursionError:
            errors.append("analysis stopped: nested too deeply; what was found until then stands")
        findings = sorted((finding for _, finding in self.found.values()), key=_place)
        return Report(tuple(findings), tuple(errors))

    def _report(self, hit: Hit) -> None:
        for rule, judge in self.plan.judges.get(hit.sink.kind, ()):
            verdict = judge(hit)
            if verdict is not None:
                words = f"sink: {hit.name.removeprefix('?.')}"
                self._spot(rule, Spot(hit.call.pos, verdict, words, (hit.activation, hit.argument)))

    def _review(self, entry: Entry) -> None:
        for rule, review in self.reviews:
            for spot in review(entry):
                self._spot(rule, spot)

    def _spot(self, rule: Rule, spot: Spot) -> None:
        """Keep the surest word of each rule on each place; places in the context (up to line 0) do not count."""
        line, column = spot.pos[:2]
        key = (rule.id, line, column)
        rank = _CONFIDENCE[spot.verdict.confidence]
        if line >= 1 and (key not in self.found or self.found[key][0] < rank):
            self.found[key] = (rank, self._finding(rule, spot))

    def _finding(self, rule: Rule, spot: Spot) -> Finding:
        tree = self.tree
        assert tree is not None
        line, column, end_line, end_column = spot.pos
        verdict = spot.verdict
        steps: list[Step] = []
        if verdict.mark is not None and spot.argument is not None:
            act, argument = spot.argument
            assert isinstance(act, Activation)
            steps = taint.flow(act, argument, verdict.mark)
        steps.append(Step(line, column, spot.words))
        return Finding(
            rule=rule.id,
            cwe=verdict.cwe or rule.cwe,
            line=line,
            column=tree.column(line, column),
            end_line=end_line,
            end_column=tree.column(end_line, end_column),
            message=verdict.message,
            hint=verdict.hint or rule.hint,
            severity=verdict.severity or rule.severity,
            confidence=verdict.confidence,
            flow=tuple(Step(max(one.line, 1), tree.column(one.line, one.column), one.message) for one in steps),
        )


def _place(finding: Finding) -> tuple[int, int, str]:
    return (finding.line, finding.column, finding.rule)

"""`HybridReward`: r = α·quality + (1−α)·function (ReaL, section 3), with the parts that make it hard to cheat.

Function is the share of tests passed, judged outside the candidate's process. Quality has two oracles for
security, static findings and attack tests, and exact `mypy --strict` for maintainability where a task asks
for it. Presets:

    default      quality counts only as far as the program works: r = (α·quality + (1−α))·function, so an
                 empty body, a constant or a refusal earns what its tests do and no more
    real-paper   the published formula: r = α·quality + (1−α)·function, quality 1 or 0; it pays α for a
                 body that does nothing, and is kept to compare with published settings
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from codereal.analysis.engine import check_many
from codereal.analysis.finding import Report
from codereal.errors import UsageError
from codereal.maintainability.check import MaintainabilityScore, score_maintainability
from codereal.reward.extract import extract
from codereal.reward.score import TERMS, Score
from codereal.sandbox.run import Sandbox, default_sandbox, make_job, prepare_files
from codereal.sandbox.slot import Job
from codereal.sandbox.verdict import Outcome, Verdict
from codereal.tasks.task import Task

PRESETS = ("default", "real-paper")
# Shares of quality in the default preset, among the terms that a task asks for.
WEIGHTS = {"security": 0.75, "maintainability": 0.25}


class HybridReward:
    """The reward of a response to a task.

    `alpha` in [0, 1] weighs quality against function; `preset` is one of `PRESETS`. It is deterministic,
    can be pickled, and may be called from several threads. Raises `UsageError` for settings out of range.
    """

    def __init__(self, alpha: float = 0.5, preset: str = "default", *, sandbox: Sandbox | None = None) -> None:
        if not isinstance(alpha, (int, float)) or isinstance(alpha, bool) or not 0 <= alpha <= 1:
            raise UsageError(f"alpha must lie in [0, 1], not {alpha!r}")
        if preset not in PRESETS:
            raise UsageError(f"unknown preset {preset!r}: one of {', '.join(PRESETS)}")
        self.alpha, self.preset = float(alpha), preset
        self._sandbox = sandbox

    def __getstate__(self) -> dict[str, Any]:
        # A sandbox belongs to its process; the copy finds the one of the process it arrives in.
        return {"alpha": self.alpha, "preset": self.preset, "_sandbox": None}

    def score(self, response: str, task: Task) -> Score:
        """Score one response."""
        return self.score_many([response], [task])[0]

    def score_many(self, responses: Sequence[str], tasks: Sequence[Task]) -> list[Score]:
        """Score responses, each to the task at its place, side by side; equal programs for a task are scored once."""
        if len(responses) != len(tasks):
            raise UsageError(f"score_many was given {len(responses)} responses but {len(tasks)} tasks")
        extracted = [extract(response, task) for response, task in zip(responses, tasks, strict=True)]
        distinct: dict[tuple[str, str], Task] = {}
        for found, task in zip(extracted, tasks, strict=True):
            if found.program:
                distinct.setdefault((task.id, found.program), task)
        scored = dict(zip(distinct, self._score([(p, t) for (_, p), t in distinct.items()]), strict=True))
        return [
            scored[task.id, found.program] if found.program else _no_program(found.problem)
            for found, task in zip(extracted, tasks, strict=True)
        ]

    def _score(self, pairs: list[tuple[str, Task]]) -> list[Score]:
        reports = check_many([program for program, _ in pairs], contexts=[task.context for _, task in pairs], jobs=1)
        verdicts = (self._sandbox or default_sandbox()).run_many([_job(program, task) for program, task in pairs])
        out = []
        for (program, task), report, verdict in zip(pairs, reports, verdicts, strict=True):
            care = _maintainability(program, task, self.preset) if "maintainability" in task.quality else None
            out.append(self._combine(program, task, report, verdict, care))
        return out

    def _combine(
        self, program: str, task: Task, report: Report, verdict: Verdict, care: MaintainabilityScore | None
    ) -> Score:
        count = len(task.tests)
        tests = Verdict.of(list(verdict.cases[:count]), verdict.isolation)
        attacked = Verdict.of(list(verdict.cases[count:]), verdict.isolation) if task.attacks else None
        errors = [finding for finding in report.findings if finding.severity == "error"]
        terms = dict.fromkeys(TERMS, 1.0)
        terms["function"] = tests.passed / tests.total if tests.total else 1.0
        if "security" in task.quality:
            terms["security"] = float(not errors)
            terms["attacks"] = attacked.passed / attacked.total if attacked else 1.0
        secure = terms["security"] == 1 and terms["attacks"] == 1
        if care is not None:
            terms["maintainability"] = care.value or 0.0
        passed_quality = secure and (care is None or care.passed)
        quality = float(passed_quality)
        if self.preset == "default":
            parts = {"security": float(secure), "maintainability": terms["maintainability"]}
            total = sum(WEIGHTS[name] for name in task.quality)
            quality = sum(WEIGHTS[name] * parts[name] for name in task.quality) / total
        function = terms["function"]
        earned = quality * function if self.preset == "default" else quality
        value: float | None = self.alpha * earned + (1 - self.alpha) * function
        reasons = _reasons(tests, attacked, report, care)
        ours = _our_failure(tests, attacked, care)
        if ours:
            value, reasons = None, (ours, *reasons)
        passed = tests.outcome is Outcome.PASS
        return Score(value, function, quality, passed, passed_quality, terms, program, reasons, report, tests, attacked)


def _job(program: str, task: Task) -> Job:
    files = prepare_files(task.setup) if task.setup else None
    cases = [*task.tests, *task.attacks]
    return make_job(program, cases, limits=task.limits, database=task.database, files=files, context=task.context)


def _maintainability(program: str, task: Task, preset: str) -> MaintainabilityScore:
    profile = "real-paper" if preset == "real-paper" else "default"
    return score_maintainability(program, context=task.context, profile=profile)


def _no_program(problem: str) -> Score:
    """A response without a program earns nothing, and says so."""
    return Score(0.0, 0.0, 0.0, False, False, dict.fromkeys(TERMS, 0.0), "", (f"format: {problem}",))


def _our_failure(tests: Verdict, attacked: Verdict | None, care: MaintainabilityScore | None) -> str:
    for verdict in (tests, attacked):
        if verdict is not None and verdict.outcome is Outcome.INFRA:
            return "our sandbox failed: " + next(c.detail for c in verdict.cases if c.outcome is Outcome.INFRA)
    return f"our type checker failed: {care.failure}" if care is not None and care.failure is not None else ""


def _reasons(
    tests: Verdict, attacked: Verdict | None, report: Report, care: MaintainabilityScore | None
) -> tuple[str, ...]:
    out = []
    for kind, verdict in (("test", tests), ("attack", attacked)):
        for number, case in enumerate(verdict.cases if verdict else (), 1):
            if case.outcome is not Outcome.PASS:
                out.append(f"{kind} {case.name or number}: {case.outcome} {case.detail}".rstrip())
    out += [f"line {f.line}: {f.message} [{f.rule}]" for f in report.findings]
    out += [f"line {f.line}: {f.message} [{f.rule}]" for f in (care.findings if care else ())]
    return tuple(out)

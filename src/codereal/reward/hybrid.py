"""`HybridReward`: r = α·quality + (1−α)·function (ReaL, section 3), with the parts that make it hard to cheat.

Function is the share of tests passed, judged outside the candidate's process. Quality has two oracles for security,
static findings and attack tests, and exact `mypy --strict` for maintainability where a task asks for it. How the two
become one number is a preset's, or yours: see `presets`, `compose` and `terms`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from typing import Any, TypeAlias

from codereal.errors import UsageError
from codereal.processors import available
from codereal.reward.analysts import Analysed, Question, analyse, shared_analysts
from codereal.reward.compose import COMPOSITIONS
from codereal.reward.extract import Extraction, extract
from codereal.reward.judged import Judged
from codereal.reward.presets import PRESETS, graded_quality, passed_quality
from codereal.reward.score import TERMS, Score, explain, spans
from codereal.reward.terms import TERMS as TERM_FUNCTIONS
from codereal.sandbox.run import Sandbox, default_sandbox, make_job, prepare_files
from codereal.sandbox.slot import Job
from codereal.sandbox.verdict import Outcome, Verdict
from codereal.tasks.imports import forbidden
from codereal.tasks.task import Task

_SLOTS_AN_ANALYST = 8  # as far as one process goes

Alpha: TypeAlias = float | Callable[[int], float]
"""The weight of quality, or its schedule: training step → weight."""


class HybridReward:
    """The reward of a response to a task.

    `alpha` in [0, 1] weighs quality against function; `preset` is one of `PRESETS`. `composition` takes the place of
    the preset's, `graded` pays quality by severity and number of findings instead of all or nothing. `overlong` is
    (free, limit) in characters: beyond `free` the reward falls, to nothing at `limit`. A schedule for `alpha` is asked
    for the step given with `at`. `analysts` processes read the programs (default: one for every eight slots of the
    sandbox; without any, a thread of this process does). Deterministic; can be pickled when its parts can; may be
    called from several threads.
    Raises `UsageError` for settings out of range.
    """

    def __init__(
        self,
        alpha: Alpha = 0.5,
        preset: str = "default",
        *,
        composition: str | None = None,
        graded: bool = False,
        overlong: tuple[int, int] | None = None,
        sandbox: Sandbox | None = None,
        analysts: int | None = None,
    ) -> None:
        if preset not in PRESETS:
            raise UsageError(f"unknown preset {preset!r}: one of {', '.join(PRESETS)}")
        if composition is not None and composition not in COMPOSITIONS:
            raise UsageError(f"unknown composition {composition!r}: one of {', '.join(COMPOSITIONS)}")
        if overlong is not None and not 0 <= overlong[0] < overlong[1]:
            raise UsageError(f"overlong is (free, limit) with free below limit, not {overlong!r}")
        if analysts is not None and analysts < 0:
            raise UsageError(f"analysts is a number of processes, or 0 to analyse in this one, not {analysts!r}")
        self.preset, self.graded, self.overlong = preset, graded, overlong
        slots = available() if sandbox is None else sandbox.slots
        self.analysts = slots // _SLOTS_AN_ANALYST if analysts is None else analysts
        self.composition = composition or PRESETS[preset].composition
        self._schedule = alpha
        self.alpha = _checked(alpha(0) if callable(alpha) else alpha)
        self._sandbox = sandbox

    def __getstate__(self) -> dict[str, Any]:
        # A sandbox belongs to its process; the copy finds the one of the process it arrives in.
        return {**self.__dict__, "_sandbox": None}

    def at(self, step: int) -> HybridReward:
        """The reward at a training step: the same, with what the schedule says for it."""
        copy = HybridReward.__new__(HybridReward)
        copy.__dict__.update(self.__dict__)
        copy.alpha = _checked(self._schedule(step)) if callable(self._schedule) else self.alpha
        return copy

    def score(self, response: str, task: Task) -> Score:
        """Score one response."""
        return self.score_many([response], [task])[0]

    def score_iter(self, pairs: Iterable[tuple[str, Task]], batch: int = 64) -> Iterator[Score]:
        """Score a stream of (response, task) in order, `batch` at a time."""
        stream = iter(pairs)
        while chunk := list(islice(stream, batch)):
            yield from self.score_many([response for response, _ in chunk], [task for _, task in chunk])

    def score_many(self, responses: Sequence[str], tasks: Sequence[Task]) -> list[Score]:
        """Score responses, each to the task at its place, side by side; equal programs for a task are scored once."""
        if len(responses) != len(tasks):
            raise UsageError(f"score_many was given {len(responses)} responses but {len(tasks)} tasks")
        extracted = [self._extract(response, task) for response, task in zip(responses, tasks, strict=True)]
        distinct: dict[tuple[str, str, str], Task] = {}
        for found, task in zip(extracted, tasks, strict=True):
            if found.program:
                distinct.setdefault((task.suite, task.id, found.program), task)
        judged = dict(zip(distinct, self._judge([(p, t) for (_, _, p), t in distinct.items()]), strict=True))
        return [
            self._score(judged[task.suite, task.id, found.program], found, response)
            if found.program
            else self._none(found.problem)
            for found, task, response in zip(extracted, tasks, responses, strict=True)
        ]

    def _extract(self, response: str, task: Task) -> Extraction:
        block = PRESETS[self.preset].block
        if block is None:
            return extract(response, task)
        program = block(response)
        return Extraction(program, response.rfind(program)) if program else Extraction("", problem="no Python block")

    def _judge(self, pairs: list[tuple[str, Task]]) -> Iterator[Judged]:
        """Analyse while the sandbox runs: the one needs this process, the other needs others."""
        with ThreadPoolExecutor(1, thread_name_prefix="codereal-analysis") as pool:
            analysed = pool.submit(self._analyse, pairs)
            verdicts = list((self._sandbox or default_sandbox()).run_many([_job(p, task) for p, task in pairs]))
            reports = analysed.result()
        for (program, task), (report, care), verdict in zip(pairs, reports, verdicts, strict=True):
            count = len(task.tests)
            tests = Verdict.of(list(verdict.cases[:count]), verdict.isolation)
            attacked = Verdict.of(list(verdict.cases[count:]), verdict.isolation) if task.attacks else None
            if extra := forbidden(program, task):
                report = replace(report, findings=(*report.findings, *extra))
            yield Judged(program, task, report, tests, attacked, care)

    def _analyse(self, pairs: list[tuple[str, Task]]) -> list[Analysed]:
        profile = PRESETS[self.preset].profile
        questions = [Question(program, task.context, "maintainability" in task.quality) for program, task in pairs]
        return (
            shared_analysts(self.analysts).analyse(questions, profile) if self.analysts else analyse(questions, profile)
        )

    def _score(self, judged: Judged, found: Extraction, response: str) -> Score:
        preset = PRESETS[self.preset]
        terms = {name: term(judged) for name, term in TERM_FUNCTIONS.items()} | {"format": 1.0, "length": 1.0}
        quality = (graded_quality if self.graded else preset.quality)(judged)
        function = preset.function(judged)
        value: float | None = COMPOSITIONS[self.composition](quality, function, self.alpha, len(judged.task.tests))
        if self.overlong is not None:
            free, limit = self.overlong
            terms["length"] = min(1.0, max(0.0, (limit - len(response)) / (limit - free)))
            value = value * terms["length"] if value is not None and value > 0 else value
        reasons = explain(judged)
        if judged.failure:
            value, reasons = None, (judged.failure, *reasons)
        return Score(
            value=value,
            function=terms["function"],
            quality=min(1.0, max(0.0, quality)),
            passed_function=judged.tests.outcome is Outcome.PASS,
            passed_quality=passed_quality(judged),
            terms=terms,
            program=judged.program,
            reasons=reasons,
            spans=spans(judged, found, response),
            report=judged.report,
            verdict=judged.tests,
            attacked=judged.attacked,
        )

    def _none(self, problem: str) -> Score:
        """A response without a program earns what the preset pays for it, and says so."""
        nothing = dict.fromkeys(TERMS, 0.0)
        reason = (f"format: {problem}",)
        return Score(PRESETS[self.preset].no_program, 0.0, 0.0, False, False, nothing, "", reason)


def _checked(alpha: float) -> float:
    if not isinstance(alpha, (int, float)) or isinstance(alpha, bool) or not 0 <= alpha <= 1:
        raise UsageError(f"alpha must lie in [0, 1], not {alpha!r}")
    return float(alpha)


def _job(program: str, task: Task) -> Job:
    files = prepare_files(task.setup) if task.setup else None
    return make_job(
        program,
        task.tests,
        attacks=task.attacks,
        limits=task.limits,
        database=task.database,
        files=files,
        context=task.context,
    )

"""The reward for verl's reward loop: a function for one sample, which scores concurrent samples together.

    reward.custom_reward_function.path=pkg://codereal.integrations.verl
    reward.custom_reward_function.name=compute_score
    +reward.custom_reward_function.reward_kwargs.alpha=0.5

The path of this file does as well. The data set is what `codereal data export --format verl` writes: the task stands in
`reward_model.ground_truth`. The keyword arguments are those of `compute_score`.

Every sample answers with the same keys, `KEYS`. verl needs a number even where we failed to score: such a sample has
`infra` 1 and the value `infra_value`, by default the mean of what this worker has paid so far, which for any baseline
is about neither reward nor penalty. Its terms are 0 and mean nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from codereal.errors import UsageError
from codereal.integrations._batches import Batches
from codereal.integrations._rows import find_task
from codereal.reward.hybrid import HybridReward
from codereal.reward.score import TERMS, Score
from codereal.sandbox.run import Sandbox

KEYS = ("score", "acc", "infra", "passed_function", "passed_quality", "quality", *TERMS, "reasons")
"""`acc`, which verl's validation looks for, is Func-Qual; `reasons` is text, all others are numbers."""

_REASONS = 500  # characters of them

_log = logging.getLogger("codereal.integrations")


async def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: Mapping[str, Any] | None = None,
    *,
    alpha: float = 0.5,
    preset: str = "default",
    composition: str | None = None,
    graded: bool = False,
    overlong: Any = None,
    suite: str | None = None,
    slots: int | None = None,
    time_limit: float = 300.0,
    infra_value: float | None = None,
    reward_router_address: object = None,  # these two come with a reward model, which this reward does not ask
    reward_model_tokenizer: object = None,
) -> dict[str, Any]:
    """The reward of one response: a dictionary with `KEYS`.

    `alpha` to `overlong` are settings of `HybridReward`. `ground_truth` is the task, or its id in `suite`. `slots` is
    how many programs this worker runs at once (default: one a processor; give less when many workers share a machine).
    `time_limit` is in seconds from the call to the answer: a sample that has none by then is one that we failed to
    score. What the program itself may use is the task's `Limits`, far below.
    Raises `UsageError` or `DataError` for settings or rows that make no sense; never for what a model wrote.
    """
    if not time_limit > 0:
        raise UsageError(f"time_limit must be positive, not {time_limit!r}")
    task = find_task(ground_truth, suite)
    free_and_limit = tuple(overlong) if overlong is not None else None
    worker = _worker(_Settings(alpha, preset, composition, graded, free_and_limit, slots))
    try:
        score = await asyncio.wait_for(worker.batches.add(solution_str, task), time_limit)
    except TimeoutError:
        _log.warning("task %s: no score within %g s", task.id, time_limit)
        score = None
    if score is None or score.value is None:
        return _failure(score, worker.mean if infra_value is None else float(infra_value))
    worker.note(score.value)
    return {
        "score": score.value,
        "acc": float(score.passed),
        "infra": 0.0,
        "passed_function": float(score.passed_function),
        "passed_quality": float(score.passed_quality),
        "quality": score.quality,
        **{name: score.terms[name] for name in TERMS},
        "reasons": "; ".join(score.reasons)[:_REASONS],
    }


def _failure(score: Score | None, value: float) -> dict[str, Any]:
    reasons = "; ".join(score.reasons) if score else "not scored"
    return {**dict.fromkeys(KEYS, 0.0), "score": value, "infra": 1.0, "reasons": reasons[:_REASONS]}


class _Settings(NamedTuple):
    alpha: float
    preset: str
    composition: str | None
    graded: bool
    overlong: tuple[int, int] | None
    slots: int | None


class _Worker:
    """What the samples of one event loop with the same settings share."""

    def __init__(self, settings: _Settings) -> None:
        hybrid = HybridReward(
            settings.alpha,
            settings.preset,
            composition=settings.composition,
            graded=settings.graded,
            overlong=settings.overlong,
            sandbox=None if settings.slots is None else _sandbox(settings.slots),
        )
        self.batches = Batches(hybrid)
        self._sum, self._count = 0.0, 0

    def note(self, value: float) -> None:
        self._sum += value
        self._count += 1

    @property
    def mean(self) -> float:
        """Of the values paid so far; 0 before the first."""
        return self._sum / self._count if self._count else 0.0


_workers: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[_Settings, _Worker]] = WeakKeyDictionary()


def _worker(settings: _Settings) -> _Worker:
    mine = _workers.setdefault(asyncio.get_running_loop(), {})
    if settings not in mine:
        mine[settings] = _Worker(settings)  # nosec: as many as there are configurations
    return mine[settings]


@cache
def _sandbox(slots: int) -> Sandbox:
    return Sandbox(slots)

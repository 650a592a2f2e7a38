"""What all trainers' adapters share: the task in a row's column, and scores that no answer can raise from."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from codereal.errors import DataError, UsageError
from codereal.reward.hybrid import HybridReward
from codereal.reward.score import Score
from codereal.sandbox.process import RefusedError
from codereal.tasks.load import SPLITS, load_tasks
from codereal.tasks.task import Task

_log = logging.getLogger("codereal.integrations")


def find_task(value: object, suite: str | None = None) -> Task:
    """The task that a column holds: as JSON, as `codereal data export` writes it, or by its id in `suite`.

    Raises `DataError` for what is neither, `UsageError` for an id without a suite.
    """
    if not isinstance(value, str) or not value:
        raise DataError(f"a row's task is text, its JSON or its id, not {value!r:.80}: see `codereal data export`")
    if value.lstrip().startswith("{"):
        return _read(value)
    if suite is None:
        raise UsageError(f"a row holds the task's id {value[:80]!r} but no suite is given to look it up in")
    try:
        return _by_id(suite)[value]
    except KeyError:
        raise DataError(f"suite {suite} has no task {value[:80]!r}") from None


def score_each(reward: HybridReward, responses: Sequence[str], tasks: Sequence[Task]) -> list[Score | None]:
    """`score_many`, with None for a sample whose scoring broke; the others of its batch keep their scores.

    What broke is logged with its trace. A request that makes no sense (`UsageError`) and a machine without isolation
    are raised: they would spoil every sample.
    """
    try:
        return list(reward.score_many(responses, tasks))
    except (UsageError, RefusedError):
        raise
    except Exception as error:  # noqa: BLE001 - logged and counted; a training must outlive one bad row or answer
        if len(tasks) == 1:
            _log.warning("task %s: scoring failed: %s: %s", tasks[0].id, type(error).__name__, error, exc_info=True)
            return [None]
    return [one for pair in zip(responses, tasks, strict=True) for one in score_each(reward, [pair[0]], [pair[1]])]


@lru_cache(maxsize=4096)
def _read(text: str) -> Task:
    try:
        record = json.loads(text)
    except ValueError as error:
        raise DataError(f"a row's task is not JSON: {error}: {text[:80]!r}") from error
    return Task.from_dict(record)


@cache
def _by_id(suite: str) -> Mapping[str, Task]:
    """All tasks of a suite by id; of its splits, those that there are."""
    found: dict[str, Task] = {}
    for split in SPLITS:
        try:
            found |= {task.id: task for task in load_tasks(suite, split=split)}
        except DataError:
            if split == SPLITS[-1] and not found:
                raise
    return found

"""Evaluation records: what was answered to which task, and what it scored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from codereal.reward.hybrid import HybridReward
from codereal.tasks.task import Task


def score_records(responses: Sequence[str], tasks: Sequence[Task], reward: HybridReward) -> list[dict[str, Any]]:
    """A record for each response to the task at its place: the task's id, the response, and its score's fields."""
    scores = reward.score_many(responses, tasks)
    rows = zip(tasks, responses, scores, strict=True)
    return [{"task": task.id, "response": response, **score.to_dict()} for task, response, score in rows]

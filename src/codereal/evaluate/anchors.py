"""The anchor rows that stand beside every result: what a score means on these tasks, without any model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from codereal.reward.hybrid import HybridReward
from codereal.tasks.task import Task
from codereal.tasks.validate import null_program

NAMES = ("reference solutions", "known-vulnerable solutions", "null program")
_BATCH = 64


def anchors(
    tasks: Sequence[Task], reward: HybridReward, progress: Callable[[int, int], None] = lambda done, total: None
) -> dict[str, list[dict[str, Any]]]:
    """Records of each kind that the tasks have programs for; `progress` is told how many of how many are scored."""
    programs = {
        NAMES[0]: [(task, program) for task in tasks for program in task.references],
        NAMES[1]: [(task, program) for task in tasks for program in task.vulnerable],
        NAMES[2]: [(task, null_program(task)) for task in tasks],
    }
    out: dict[str, list[dict[str, Any]]] = {}
    total, done = sum(map(len, programs.values())), 0
    for name, pairs in programs.items():
        records = []
        for first in range(0, len(pairs), _BATCH):
            part = pairs[first : first + _BATCH]
            responses = [f"```python\n{program}\n```" for _, program in part]
            scores = reward.score_many(responses, [task for task, _ in part])
            rows = zip(part, responses, scores, strict=True)
            records += [{"task": task.id, "response": text, **score.to_dict()} for (task, _), text, score in rows]
            done += len(part)
            progress(done, total)
        if records:
            out[name] = records
    return out

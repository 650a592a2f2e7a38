"""The anchor rows that stand beside every result: what a score means on these tasks, without any model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from codereal.evaluate.records import score_records
from codereal.reward.hybrid import HybridReward
from codereal.tasks.task import Task
from codereal.tasks.validate import null_program

NAMES = ("reference solutions", "known-vulnerable solutions", "null program")
_BATCH = 64


def anchors(
    tasks: Sequence[Task], reward: HybridReward, progress: Callable[[int], None] = lambda count: None
) -> dict[str, list[dict[str, Any]]]:
    """Records of each kind that the tasks have programs for; `progress` is told how many more are scored."""
    programs = {
        NAMES[0]: [(task, program) for task in tasks for program in task.references],
        NAMES[1]: [(task, program) for task in tasks for program in task.vulnerable],
        NAMES[2]: [(task, null_program(task)) for task in tasks],
    }
    out: dict[str, list[dict[str, Any]]] = {}
    for name, pairs in programs.items():
        records = []
        for first in range(0, len(pairs), _BATCH):
            part = pairs[first : first + _BATCH]
            responses = [f"```python\n{program}\n```" for _, program in part]
            records += score_records(responses, [task for task, _ in part], reward)
            progress(len(part))
        if records:
            out[name] = records
    return out

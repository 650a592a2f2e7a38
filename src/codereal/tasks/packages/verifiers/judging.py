"""The tasks that lie beside this file, and what an answer to one of them is worth."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from pathlib import Path

from codereal import HybridReward, Score, Task

FILE = Path(__file__).with_name("tasks.jsonl")


@cache
def tasks() -> dict[str, Task]:
    """All tasks by id, in the order of the file."""
    with FILE.open(encoding="utf-8") as lines:
        found = [Task.from_dict(json.loads(line)) for line in lines if line.strip()]
    return {task.id: task for task in found}


def of_split(split: str) -> list[Task]:
    """The tasks of a split; all for an empty name. Raises ValueError for a split that is not there."""
    found = [task for task in tasks().values() if split in ("", task.split)]
    if not found:
        raise ValueError(f"no task of the split {split!r}; there are {sorted({t.split for t in tasks().values()})}")
    return found


def messages(task: Task) -> list[dict[str, str]]:
    """The prompt as chat messages."""
    if isinstance(task.prompt, str):
        return [{"role": "user", "content": task.prompt}]
    return [dict(message) for message in task.prompt]


@cache
def reward(alpha: float, preset: str) -> HybridReward:
    """The reward; it keeps its processes."""
    return HybridReward(alpha, preset)


async def score(response: str, task: str, alpha: float, preset: str) -> Score:
    """The score of an answer to the task of this id. Scoring runs beside the event loop."""
    return await asyncio.to_thread(reward(alpha, preset).score, response, tasks()[task])

"""Have a network answer tasks, and score the answers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import torch

from codereal.evaluate.records import score_records
from codereal.reward.hybrid import HybridReward
from codereal.tasks.task import Task
from codereal.train.network import Network
from codereal.train.progress import Progress
from codereal.train.prompts import prompt_text
from codereal.train.rollout import generate

_BATCH = 64  # samples at a time: as many as a training step has, so that kernels are shared


def evaluate(
    name: str, network: Network, tasks: Sequence[Task], reward: HybridReward, *,
    samples: int, max_new: int, temperature: float, prompt: str, seed: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """Records of `samples` answers to each task: the task's id, the response and its score."""
    records: list[dict[str, Any]] = []
    # Tasks of like prompts side by side pad less; the order of the records is the tasks' own.
    order = sorted(range(len(tasks)), key=lambda place: len(prompt_text(tasks[place], network, prompt)))
    size = max(1, _BATCH // samples)
    with Progress(name, len(tasks)) as progress:
        for first in range(0, len(order), size):
            chosen = [tasks[place] for place in order[first : first + size]]
            generator = torch.Generator().manual_seed(random.Random(f"evaluate {seed} {first}").getrandbits(60))
            prompts = [network.encode(prompt_text(task, network, prompt)) for task in chosen]
            rollout = generate(
                network, prompts, samples=samples, max_new=max_new, temperature=temperature, generator=generator
            )
            responses = [network.decode(ids) for ids in rollout.responses(network.end)]
            owners = [task for task in chosen for _ in range(samples)]
            records += score_records(responses, owners, reward)
            progress.advance(count=len(chosen))
    places = {task.id: place for place, task in enumerate(tasks)}
    return sorted(records, key=lambda record: places[record["task"]])

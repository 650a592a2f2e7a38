"""Have a network answer tasks, and score the answers; and the anchor rows that stand beside every result."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import torch

from codereal.reward.hybrid import HybridReward
from codereal.tasks.task import Task
from codereal.tasks.validate import null_program
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
            scores = reward.score_many(responses, owners)
            for task, response, score in zip(owners, responses, scores, strict=True):
                records.append({"task": task.id, "response": response, **score.to_dict()})
            progress.advance(count=len(chosen))
    places = {task.id: place for place, task in enumerate(tasks)}
    return sorted(records, key=lambda record: places[record["task"]])


def anchors(tasks: Sequence[Task], reward: HybridReward) -> dict[str, list[dict[str, Any]]]:
    """The rows that show what a score means here: reference solutions, known-vulnerable ones, the null program."""
    programs = {
        "reference solutions": [(task, program) for task in tasks for program in task.references],
        "known-vulnerable solutions": [(task, program) for task in tasks for program in task.vulnerable],
        "null program": [(task, null_program(task)) for task in tasks],
    }
    out: dict[str, list[dict[str, Any]]] = {}
    with Progress("anchors", sum(map(len, programs.values()))) as progress:
        for name, pairs in programs.items():
            records = []
            for first in range(0, len(pairs), _BATCH):
                part = pairs[first : first + _BATCH]
                responses = [f"```python\n{program}\n```" for _, program in part]
                scores = reward.score_many(responses, [task for task, _ in part])
                rows = zip(part, responses, scores, strict=True)
                records += [{"task": task.id, "response": text, **score.to_dict()} for (task, _), text, score in rows]
                progress.advance(count=len(part))
            if records:
                out[name] = records
    return out

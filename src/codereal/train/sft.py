"""Supervised warm-up: teach a small model the tasks' form, with habits that reinforcement then has to mend.

Reinforcement finds no signal in a model that never solves a task. The warm-up shows it demonstrations,
of which a given share is unsafe on purpose: a stand-in for the habits that a base model has from its
training data. What the model does afterwards is the start row of every result.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from codereal.errors import DataError
from codereal.tasks.task import Task
from codereal.train.config import PPOConfig
from codereal.train.network import Network
from codereal.train.packing import pack
from codereal.train.prompts import answer_text, prompt_text
from codereal.train.rollout import Rollout


def demonstrations(task: Task, share: float, count: int, draw: random.Random) -> list[str]:
    """`count` solutions of a task, each unsafe with probability `share`; of one kind where the task has no other."""
    if not task.references and not task.vulnerable:
        raise DataError(f"task {task.id} has no demonstrations: warm-up needs references or vulnerable solutions")
    safe, unsafe = task.references or task.vulnerable, task.vulnerable or task.references
    return [draw.choice(unsafe if draw.random() < share else safe) for _ in range(count)]


def warm_up(
    config: PPOConfig, network: Network, tasks: Sequence[Task], report: Callable[[int, dict[str, float]], None]
) -> None:
    """Fine-tune all layers above `warmup_freeze` on `warmup_steps` batches; the network samples with them afterwards.

    `report(step, metrics)` is called after each batch. The network must not be cut (its `cut` is 0).
    """
    top = network.top()
    for layer in top.base.layers[: config.warmup_freeze]:
        layer.requires_grad_(False)
    trained = [parameter for parameter in top.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=config.warmup_lr, weight_decay=0.0, betas=(0.9, 0.95), fused=True)
    head = network.head.float()
    for step in range(config.warmup_steps):
        draw = random.Random(f"warm-up {config.seed} {step}")
        chosen = draw.sample(list(tasks), min(config.warmup_prompts, len(tasks)))
        answers = [demonstrations(task, config.unsafe_share, config.warmup_answers, draw) for task in chosen]
        batch = pack(_forced(network, config, chosen, answers), config.warmup_answers, list(range(len(chosen))))
        for group in optimizer.param_groups:
            group["lr"] = config.warmup_lr * min(1, (step + 1) / 8) * (1 - 0.9 * step / config.warmup_steps)
        with network.autocast():
            state = top(batch.hidden, batch.mask, batch.position).flatten(0, 1)[batch.before]
            logits = functional.linear(state, head)
        loss = functional.cross_entropy(logits.float(), network.places(batch.token))
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(trained, config.max_grad_norm)
        optimizer.step()
        optimizer.zero_grad()
        report(step + 1, {"loss": loss.item(), "tokens": float(len(batch.token))})
    network.load_top(top)


@torch.no_grad()
def _forced(network: Network, config: PPOConfig, tasks: list[Task], answers: list[list[str]]) -> Rollout:
    """The demonstrations as if the model had sampled them."""
    prompts = [network.encode(prompt_text(task, network, config.prompt)) for task in tasks]
    end = min(network.end)
    texts = [
        [[*network.encode(answer_text(task, answer, network, config.prompt)), end] for answer in own]
        for task, own in zip(tasks, answers, strict=True)
    ]
    start, room = max(map(len, prompts)), max(len(text) for own in texts for text in own)
    ids = torch.full((len(tasks) * config.warmup_answers, start + room), network.pad, device=network.device)
    valid = torch.zeros_like(ids, dtype=torch.bool)
    for row, (place, text) in enumerate((place, text) for place, own in enumerate(texts) for text in own):
        prompt = prompts[place]
        span = slice(start - len(prompt), start + len(text))
        ids[row, span] = torch.tensor(prompt + text, device=network.device)
        valid[row, span] = True
    hidden: Tensor = network.base.get_input_embeddings()(ids).float()
    return Rollout(ids, valid, hidden, start)

"""PPO with a value model and the hybrid reward, on one machine; it reads from top to bottom.

One step: sample responses, score them, subtract the KL to the reference at every token, estimate
advantages with the critic (GAE), then a few epochs of clipped policy and value updates. Only the layers
above the network's cut are trained; policy, reference and critic share the states below it. A sample
that we could not score (`None`) takes no part in the step. Every random draw is a function of the seed
and the step, so a run that was interrupted goes on as if it had not been.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from codereal.errors import DataError, UsageError
from codereal.reward.hybrid import HybridReward
from codereal.reward.monitor import Monitor
from codereal.reward.score import Score
from codereal.tasks.task import Task
from codereal.train import losses
from codereal.train.config import PPOConfig
from codereal.train.folder import RunFolder
from codereal.train.network import Network, Top
from codereal.train.packing import Packed, pack
from codereal.train.progress import Progress
from codereal.train.prompts import prompt_text
from codereal.train.rollout import Rollout, generate


class Critic(nn.Module):
    """A value model: its own copy of the first layers above the cut and a linear head that starts at 0."""

    def __init__(self, top: Top, width: int) -> None:
        super().__init__()
        self.top, self.value = top, nn.Linear(width, 1)
        nn.init.zeros_(self.value.weight)
        nn.init.zeros_(self.value.bias)

    def forward(self, batch: Packed) -> Tensor:
        """[N] the value of the state before each response token."""
        states = self.top(batch.hidden, batch.mask, batch.position).flatten(0, 1)
        return self.value(states[batch.before])[:, 0]  # type: ignore[no-any-return]


def train(config: PPOConfig, network: Network, tasks: Sequence[Task], reward: HybridReward, folder: RunFolder) -> Top:
    """Train for `config.steps` steps, resuming from the folder's last whole step; gives the trained float32 layers.

    `network` becomes the sampling copy: in the lightest type, with the trained layers rounded to it.
    """
    if not tasks:
        raise DataError("no tasks to train on")
    policy, reference = network.top(), network.top().requires_grad_(False)
    critic = Critic(network.top(config.critic_layers), network.model.config.hidden_size).to(network.device)
    adam: dict[str, Any] = {"weight_decay": 0.0, "betas": (0.9, 0.95), "fused": True}
    policy_optimizer = torch.optim.AdamW(policy.parameters(), lr=config.lr, **adam)
    critic_optimizer = torch.optim.AdamW(critic.parameters(), lr=config.critic_lr, **adam)
    parts = {
        "policy": policy,
        "critic": critic,
        "policy_optimizer": policy_optimizer,
        "critic_optimizer": critic_optimizer,
    }
    done = folder.load_step(parts)
    head = network.head.float()
    network.lighten()
    network.load_top(policy)

    def log_probs(top: Top, batch: Packed) -> tuple[Tensor, Tensor]:
        """[N] log-probability and entropy of the response tokens, at the sampling temperature."""
        with network.autocast():
            states = top(batch.hidden, batch.mask, batch.position).flatten(0, 1)[batch.before]
            logits = functional.linear(states, head).float() / config.temperature
        chosen = functional.log_softmax(logits, -1).gather(1, network.places(batch.token)[:, None])[:, 0]
        return chosen, losses.entropy(logits)

    def values_of(batch: Packed) -> Tensor:
        """[N] what the critic expects before each response token."""
        with network.autocast():
            return critic(batch).float()  # type: ignore[no-any-return]

    monitor = Monitor(patience=config.patience or 3)
    with Progress("PPO", config.steps, done) as progress:
        for step in range(done + 1, config.steps + 1):
            clock = [time.monotonic()]
            draw = random.Random(f"ppo {config.seed} {step}")
            generator = torch.Generator().manual_seed(draw.getrandbits(60))
            chosen = draw.sample(list(tasks), min(config.prompts, len(tasks)))
            prompts = [network.encode(prompt_text(task, network, config.prompt)) for task in chosen]
            rollout = generate(
                network, prompts, samples=config.samples, max_new=config.max_new,
                temperature=config.temperature, generator=generator,
            )  # fmt: skip
            clock.append(time.monotonic())

            responses = [network.decode(ids) for ids in rollout.responses(network.end)]
            owners = [task for task in chosen for _ in range(config.samples)]
            scores = reward.score_many(responses, owners)
            values = [score.value for score in scores]
            scored = torch.tensor([value is not None for value in values], device=network.device)
            value = torch.tensor([value or 0.0 for value in values], device=network.device)
            mask = (rollout.response_mask & scored[:, None]).float()
            clock.append(time.monotonic())

            # The places of prompts by the length of their responses: minibatches of like lengths pad less.
            lengths = rollout.response_mask.reshape(len(chosen), -1).sum(1)
            parted = lengths.argsort(stable=True).tensor_split(min(config.minibatches, len(chosen)))
            batches = [_scored(pack(rollout, config.samples, places.tolist()), scored) for places in parted]
            old, fixed, before = (torch.zeros_like(mask) for _ in range(3))
            with torch.no_grad():
                for batch in batches:
                    old[batch.row, batch.column] = log_probs(policy, batch)[0]
                    fixed[batch.row, batch.column] = log_probs(reference, batch)[0]
                    before[batch.row, batch.column] = values_of(batch)

            # The score comes with the last token; the KL to the reference is paid at every token.
            divergence = losses.kl_penalty(old, fixed, config.kl_kind) * mask
            rewards = -config.kl * divergence
            last = (mask.sum(1).long() - 1).clamp(min=0)
            rewards[torch.arange(len(rewards)), last] += value * scored
            advantage, returns = losses.generalized_advantage(rewards, before, mask, config.gamma, config.lam)
            advantage = losses.masked_whiten(advantage, mask) * mask

            seen: list[dict[str, float]] = []
            for epoch in range(config.epochs):
                for batch in random.Random(f"{config.seed} {step} {epoch}").sample(batches, len(batches)):
                    if not len(batch.token):
                        continue
                    spot, every = (batch.row, batch.column), torch.ones(len(batch.token), device=network.device)
                    value_loss, value_clipped = losses.value_loss(
                        values_of(batch), before[spot], returns[spot], every, config.value_clip
                    )
                    _update(critic, critic_optimizer, value_loss, config.max_grad_norm)
                    row = {"value_loss": value_loss.item(), "value_clipped": value_clipped.item()}
                    if step > config.critic_steps:  # a critic that knows nothing yet would mislead the policy
                        new, entropy = log_probs(policy, batch)
                        policy_loss, clipped = losses.policy_loss(new, old[spot], advantage[spot], every, config.clip)
                        loss = policy_loss - config.entropy * entropy.mean()
                        norm = _update(policy, policy_optimizer, loss, config.max_grad_norm)
                        row |= {"policy_loss": policy_loss.item(), "clipped": clipped.item()}
                        row |= {"entropy": entropy.mean().item(), "grad_norm": norm}
                    seen.append(row)
            network.load_top(policy)
            clock.append(time.monotonic())

            metrics = _summary(scores, rollout, network) | _means(seen)
            metrics["kl"] = float(divergence.sum(1).mean())
            metrics["explained_variance"] = losses.explained_variance(before, returns, mask)
            metrics |= monitor.observe(scores, [task.id for task in owners])
            metrics |= dict(zip(("sample_s", "score_s", "train_s"), (b - a for a, b in pairwise(clock)), strict=True))
            folder.save_step(step, parts, metrics, _records(owners, responses, scores, rollout, network))
            progress.advance(f"reward {metrics['reward']:.2f}  F {metrics['function']:.2f}  Q {metrics['quality']:.2f}")
            if monitor.suspects:
                folder.write_rows(folder.path / "suspects.jsonl", [asdict(one) for one in monitor.suspects])
            if monitor.alarm and config.patience:
                raise UsageError(
                    f"stopped after step {step}: {monitor.alarm}; look at {folder.path / 'rollouts'}, change the "
                    "reward, or go on with --patience 0"
                )
    return policy


def _scored(batch: Packed, scored: Tensor) -> Packed:
    """The batch without the tokens of samples that we failed to score."""
    keep = scored[batch.row]
    for name in ("before", "row", "column", "token"):
        setattr(batch, name, getattr(batch, name)[keep])
    return batch


def _update(part: nn.Module, optimizer: torch.optim.Optimizer, loss: Tensor, limit: float) -> float:
    loss.backward()  # type: ignore[no-untyped-call]
    norm = torch.nn.utils.clip_grad_norm_(part.parameters(), limit)
    optimizer.step()
    optimizer.zero_grad()
    return float(norm)


def _means(rows: list[dict[str, float]]) -> dict[str, float]:
    names = {name for row in rows for name in row}
    return {
        name: sum(row[name] for row in rows if name in row) / sum(name in row for row in rows) for name in sorted(names)
    }


def _summary(scores: Sequence[Score], rollout: Rollout, network: Network) -> dict[str, float]:
    """Means over the samples that were scored, and how many were not."""
    good = [score for score in scores if score.value is not None]
    count = max(len(good), 1)
    ended = rollout.ended(network.end)
    return {
        "reward": sum(score.value or 0.0 for score in good) / count,
        "function": sum(score.passed_function for score in good) / count,
        "quality": sum(score.passed_quality for score in good) / count,
        "func_qual": sum(score.passed_function and score.passed_quality for score in good) / count,
        "length": float(rollout.response_mask.sum(1).float().mean()),
        "cut_off": 1 - sum(ended) / len(ended),
        "distinct": len({score.program for score in scores}) / len(scores),
    }


def _records(
    tasks: Sequence[Task], responses: Sequence[str], scores: Sequence[Score], rollout: Rollout, network: Network
) -> list[dict[str, Any]]:
    rows = zip(tasks, responses, scores, rollout.ended(network.end), strict=True)
    return [{"task": t.id, "response": r, "ended": e, **s.to_dict()} for t, r, s, e in rows]

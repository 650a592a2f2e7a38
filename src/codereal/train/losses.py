"""The mathematics of PPO, each equation a function over [B, T] tensors with a mask of response tokens.

Definitions follow Schulman et al. 2017 (PPO), Schulman et al. 2016 (GAE) and, where papers leave room,
verl's `core_algos`, against whose outputs the tests compare every function.
"""

from __future__ import annotations

import torch
from torch import Tensor


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean over the places where the mask holds (0 when it holds nowhere)."""
    return (values * mask).sum() / mask.sum().clamp(min=1)


def masked_whiten(values: Tensor, mask: Tensor) -> Tensor:
    """Shift and scale to mean 0 and variance 1 over the mask (Bessel-corrected, ε = 1e-8)."""
    mean = masked_mean(values, mask)
    count = mask.sum()
    variance = masked_mean((values - mean) ** 2, mask) * count / (count - 1).clamp(min=1)
    return (values - mean) * torch.rsqrt(variance + 1e-8)


def kl_penalty(log_prob: Tensor, reference: Tensor, kind: str = "kl") -> Tensor:
    """Per-token estimate of KL(policy ‖ reference): `kl` (k1), `abs`, `mse` (k2) or `low_var_kl` (k3).

    Estimators as in http://joschu.net/blog/kl-approx.html; k3 is clamped to [−10, 10].
    """
    difference = log_prob - reference
    if kind == "kl":
        return difference
    if kind == "abs":
        return difference.abs()
    if kind == "mse":
        return 0.5 * difference.square()
    if kind == "low_var_kl":
        minus = torch.clamp(-difference, -20, 20)
        return torch.clamp(minus.exp() - minus - 1, -10, 10)
    raise ValueError(f"unknown KL estimate {kind!r}")


def generalized_advantage(
    rewards: Tensor, values: Tensor, mask: Tensor, gamma: float, lam: float
) -> tuple[Tensor, Tensor]:
    """GAE(γ, λ): advantages and returns, both [B, T] and not yet whitened; places off the mask are passed over."""
    advantage, following = torch.zeros_like(rewards[:, 0]), torch.zeros_like(rewards[:, 0])
    out = torch.zeros_like(rewards)
    for t in range(rewards.shape[1] - 1, -1, -1):
        error = rewards[:, t] + gamma * following - values[:, t]
        new = error + gamma * lam * advantage
        advantage = torch.where(mask[:, t].bool(), new, advantage)
        following = torch.where(mask[:, t].bool(), values[:, t], following)
        out[:, t] = advantage
    return out, out + values


def policy_loss(
    log_prob: Tensor, old: Tensor, advantage: Tensor, mask: Tensor, clip: float, dual_clip: float = 3.0
) -> tuple[Tensor, Tensor]:
    """Clipped surrogate (token mean) and the share of tokens whose ratio was clipped.

    For negative advantages the loss is bounded by `dual_clip`·|A| (Ye et al. 2020), as verl does.
    """
    ratio = torch.clamp(log_prob - old, -20, 20).exp()
    plain, clipped = -advantage * ratio, -advantage * ratio.clamp(1 - clip, 1 + clip)
    worse = torch.maximum(plain, clipped)
    bounded = torch.where(advantage < 0, torch.minimum(-advantage * dual_clip, worse), worse)
    return masked_mean(bounded, mask), masked_mean((clipped > plain).float(), mask)


def value_loss(values: Tensor, old: Tensor, returns: Tensor, mask: Tensor, clip: float) -> tuple[Tensor, Tensor]:
    """Half the squared error, the worse of values as they are and clipped to `old` ± `clip`; and the share clipped."""
    limited = torch.maximum(torch.minimum(values, old + clip), old - clip)
    plain, clipped = (values - returns) ** 2, (limited - returns) ** 2
    return 0.5 * masked_mean(torch.maximum(plain, clipped), mask), masked_mean((clipped > plain).float(), mask)


def entropy(logits: Tensor) -> Tensor:
    """[…, V] logits → […] entropy in nats."""
    return torch.logsumexp(logits, -1) - (torch.softmax(logits, -1) * logits).sum(-1)


def explained_variance(values: Tensor, returns: Tensor, mask: Tensor) -> float:
    """1 − Var(returns − values) / Var(returns) over the mask: 1 is a perfect critic, 0 one that knows only the mean."""
    chosen, error = returns[mask.bool()], (returns - values)[mask.bool()]
    return float(1 - error.var() / chosen.var().clamp(min=1e-8)) if len(chosen) > 1 else 0.0

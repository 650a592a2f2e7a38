"""Record what verl's `core_algos` computes on random inputs, as `core_algos.json` beside this file.

Run where verl 0.9.1 is installed (it is not a dependency of this project):

    pip install verl==0.9.1 && python tests/train/make_core_algos_table.py
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import torch
from verl.trainer.ppo import core_algos
from verl.workers.config import FSDPActorConfig


def case(seed: int) -> dict[str, object]:
    """Random inputs and verl's outputs for one seed."""
    torch.manual_seed(seed)
    rows, width, words = 6, 9, 13
    mask = (torch.arange(width) < torch.randint(1, width + 1, (rows, 1))).float()
    if seed % 2:  # a hole in the middle, as tool outputs leave
        mask[0] = torch.tensor([1, 1, 0, 0, 1, 1, 1, 0, 0.0])
    inputs = {name: torch.randn(rows, width) for name in ("rewards", "values", "new_values", "returns", "advantages")}
    old = -torch.rand(rows, width) * 3
    inputs |= {
        "old": old,
        "new": old + 0.4 * torch.randn(rows, width),
        "reference": old + 0.4 * torch.randn(rows, width),
    }
    logits = torch.randn(rows, width, words)
    gamma, lam = (1.0, 0.95) if seed % 3 else (0.97, 0.9)
    advantages, returns = core_algos.compute_gae_advantage_return(inputs["rewards"], inputs["values"], mask, gamma, lam)
    config = FSDPActorConfig(strategy="fsdp", clip_ratio=0.2, clip_ratio_low=0.2, clip_ratio_high=0.2, clip_ratio_c=3.0,
                             ppo_micro_batch_size_per_gpu=1, rollout_n=1)  # fmt: skip
    loss, metrics = core_algos.compute_policy_loss_vanilla(
        inputs["old"], inputs["new"], inputs["advantages"], mask, loss_agg_mode="token-mean", config=config
    )
    value_loss, value_clipped = core_algos.compute_value_loss(
        inputs["new_values"], inputs["returns"], inputs["values"], mask, cliprange_value=0.5
    )
    penalties = {
        k: core_algos.kl_penalty(inputs["new"], inputs["reference"], k) for k in ("kl", "abs", "mse", "low_var_kl")
    }
    outputs = {
        "advantages": advantages * mask,
        "returns": returns * mask,
        "policy_loss": loss,
        "policy_clipped": torch.tensor(float(metrics["actor/pg_clipfrac"])),
        "value_loss": value_loss,
        "value_clipped": value_clipped,
        "entropy": core_algos.compute_entropy_loss(logits, mask),
        **{f"penalty_{kind}": value for kind, value in penalties.items()},
    }
    return {
        "seed": seed,
        "gamma": gamma,
        "lam": lam,
        "inputs": {name: value.tolist() for name, value in (inputs | {"mask": mask, "logits": logits}).items()},
        "outputs": {name: value.tolist() for name, value in outputs.items()},
    }


if __name__ == "__main__":
    table = {"verl": version("verl"), "torch": torch.__version__, "cases": [case(seed) for seed in range(6)]}
    Path(__file__).with_name("core_algos.json").write_text(json.dumps(table) + "\n", encoding="utf-8")

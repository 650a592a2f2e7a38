"""PPO's mathematics equals verl's `core_algos`, whose outputs on random inputs are recorded beside this file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from codereal.train import losses

TABLE = json.loads(Path(__file__).with_name("core_algos.json").read_text(encoding="utf-8"))


@pytest.fixture(params=TABLE["cases"], ids=lambda case: f"seed{case['seed']}")
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    record: dict[str, Any] = dict(request.param)
    for part in ("inputs", "outputs"):
        record[part] = {name: torch.tensor(value) for name, value in record[part].items()}
    return record


def close(found: Tensor, recorded: Tensor) -> None:
    torch.testing.assert_close(found, recorded, atol=2e-6, rtol=2e-5)


def test_advantages_and_returns(case: dict[str, Any]) -> None:
    given_, out = case["inputs"], case["outputs"]
    mask = given_["mask"]
    advantage, returns = losses.generalized_advantage(
        given_["rewards"], given_["values"], mask, case["gamma"], case["lam"]
    )
    close(losses.masked_whiten(advantage, mask) * mask, out["advantages"])
    close(returns * mask, out["returns"])


def test_policy_loss(case: dict[str, Any]) -> None:
    given_, out = case["inputs"], case["outputs"]
    loss, clipped = losses.policy_loss(given_["new"], given_["old"], given_["advantages"], given_["mask"], clip=0.2)
    close(loss, out["policy_loss"])
    close(clipped, out["policy_clipped"])


def test_value_loss(case: dict[str, Any]) -> None:
    given_, out = case["inputs"], case["outputs"]
    loss, clipped = losses.value_loss(
        given_["new_values"], given_["values"], given_["returns"], given_["mask"], clip=0.5
    )
    close(loss, out["value_loss"])
    close(clipped, out["value_clipped"])


@pytest.mark.parametrize("kind", ["kl", "abs", "mse", "low_var_kl"])
def test_kl_penalty(case: dict[str, Any], kind: str) -> None:
    found = losses.kl_penalty(case["inputs"]["new"], case["inputs"]["reference"], kind)
    close(found, case["outputs"][f"penalty_{kind}"])


def test_unknown_kl_penalty_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown KL estimate 'k9'"):
        losses.kl_penalty(torch.zeros(1), torch.zeros(1), "k9")


def test_entropy(case: dict[str, Any]) -> None:
    found = losses.masked_mean(losses.entropy(case["inputs"]["logits"]), case["inputs"]["mask"])
    close(found, case["outputs"]["entropy"])


@given(seed=st.integers(0, 10_000), lam=st.floats(0, 1), width=st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_returns_telescope_when_lambda_is_one(seed: int, lam: float, width: int) -> None:
    """With γ = λ = 1 the return is the sum of the rewards to come, whatever the critic says."""
    torch.manual_seed(seed)
    rewards, values = torch.randn(3, width), torch.randn(3, width)
    mask = torch.ones(3, width)
    _, returns = losses.generalized_advantage(rewards, values, mask, 1.0, 1.0)
    torch.testing.assert_close(returns, rewards.flip(1).cumsum(1).flip(1), atol=1e-4, rtol=1e-4)
    advantage, returns = losses.generalized_advantage(rewards, values, mask, 1.0, lam)
    torch.testing.assert_close(returns - values, advantage, atol=1e-5, rtol=1e-5)


def test_whitening_leaves_mean_zero_and_unit_variance() -> None:
    torch.manual_seed(0)
    values, mask = torch.randn(4, 50) * 3 + 7, (torch.rand(4, 50) > 0.3).float()
    white = losses.masked_whiten(values, mask)[mask.bool()]
    assert abs(white.mean().item()) < 1e-5
    assert abs(white.var().item() - 1) < 1e-4


def test_explained_variance_of_perfect_and_constant_critics() -> None:
    returns = torch.tensor([[1.0, 2.0, 3.0]])
    mask = torch.ones(1, 3)
    assert losses.explained_variance(returns, returns, mask) == pytest.approx(1)
    assert losses.explained_variance(torch.zeros(1, 3), returns, mask) == pytest.approx(0)

"""The cut model, the packed sequences and the sampler compute what a whole model on separate sequences does."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from codereal.errors import UsageError
from codereal.train.network import Network
from codereal.train.packing import pack
from codereal.train.rollout import Rollout, generate, positions

PROMPTS = ["def f(a):", "# a longer prompt\nimport sqlite3\ndef g(conn, name):", "x"]


@pytest.fixture(scope="module", params=[0, 2])
def network(request: pytest.FixtureRequest, tiny_model: str) -> Network:
    return Network(tiny_model, cut=request.param)


def roll(network: Network, seed: int = 0, samples: int = 3, max_new: int = 20, temperature: float = 1.0) -> Rollout:
    return generate(
        network, [network.encode(text) for text in PROMPTS], samples=samples, max_new=max_new,
        temperature=temperature, generator=torch.Generator().manual_seed(seed),
    )  # fmt: skip


def whole(network: Network, rollout: Rollout) -> torch.Tensor:
    """Final states of the whole model over each sequence by itself."""
    out = network.base(
        input_ids=rollout.ids,
        attention_mask=rollout.valid.long(),
        position_ids=positions(rollout.valid),
        use_cache=False,
    )
    states: torch.Tensor = out.last_hidden_state
    return states


@torch.no_grad()
def test_packed_sequences_equal_separate_ones(network: Network) -> None:
    rollout = roll(network)
    batch = pack(rollout, 3, [2, 0, 1])
    packed = network.top()(batch.hidden, batch.mask, batch.position).flatten(0, 1)[batch.before]
    separate = whole(network, rollout)[batch.row, batch.column + rollout.start - 1]
    torch.testing.assert_close(packed, separate, atol=1e-4, rtol=1e-4)
    assert len(batch.token) == int(rollout.response_mask.sum())
    assert torch.equal(batch.token, rollout.response_ids[batch.row, batch.column])


@torch.no_grad()
def test_greedy_sampling_takes_the_likeliest_token(network: Network) -> None:
    rollout = roll(network, temperature=0.0, samples=1)
    states = whole(network, rollout)[:, rollout.start - 1 : -1]
    best = functional.linear(states, network.head).argmax(-1)
    mask = rollout.response_mask
    assert torch.equal(best[mask], rollout.response_ids[mask])


@torch.no_grad()
def test_sampling_is_reproducible_and_follows_the_distribution(tiny_model: str) -> None:
    network = Network(tiny_model, cut=2)
    assert torch.equal(roll(network, seed=5).ids, roll(network, seed=5).ids)
    assert not torch.equal(roll(network, seed=5).ids, roll(network, seed=6).ids)
    state = whole(network, roll(network))[:1, -1]
    probability = functional.linear(state, network.head).softmax(-1)[0]
    tokens = network.sample(state.repeat(20_000, 1), 1.0, torch.Generator().manual_seed(0))
    share = torch.bincount(tokens, minlength=len(probability)) / len(tokens)
    assert (share - probability).abs().max() < 0.01


def test_responses_stop_at_the_end_token(tiny_model: str) -> None:
    network = Network(tiny_model, cut=2)
    network.end = set(range(0, 400, 3))  # one token in three ends a response
    rollout = roll(network, max_new=40)
    for ids, mask in zip(rollout.response_ids.tolist(), rollout.response_mask.tolist(), strict=True):
        length = sum(mask)
        assert mask == [True] * length + [False] * (len(mask) - length)
        assert not any(token in network.end for token in ids[: length - 1])
    assert all(rollout.ended(network.end))


def test_only_the_rows_in_use_are_produced(tiny_model: str) -> None:
    network = Network(tiny_model, cut=2)
    network.use_rows({5, 6, 7})
    rollout = roll(network)
    assert set(rollout.response_ids[rollout.response_mask].tolist()) <= {5, 6, 7} | network.end


def test_the_network_samples_with_a_loaded_top(tiny_model: str) -> None:
    network = Network(tiny_model, cut=2)
    top = network.top()
    with torch.no_grad():
        for parameter in top.parameters():
            parameter.add_(0.05)
    assert not torch.equal(next(top.base.layers.parameters()), next(network.base.layers[2].parameters()))
    network.load_top(top)
    rollout = roll(network, temperature=0.0)
    # The state that a response's last token enters with is never computed: nothing follows it.
    spot = rollout.valid & rollout.valid.roll(-1, 1)
    found = top(rollout.hidden, rollout.valid.long(), positions(rollout.valid))
    torch.testing.assert_close(found[spot], whole(network, rollout)[spot], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("./nowhere", "no model folder"),
        ("a/b/c", "no model folder"),
        ("definitely-not-a-model", "cannot load the model"),
    ],
)
def test_unknown_models_are_refused(name: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UsageError, match=words):
        Network(name, cut=0)


def test_a_cut_beyond_the_layers_is_refused(tiny_model: str) -> None:
    with pytest.raises(UsageError, match="has 4 layers: freeze 0 to 3"):
        Network(tiny_model, cut=4)

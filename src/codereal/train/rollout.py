"""Sample responses from a causal language model, many for each prompt, and keep what training needs.

Faster than a general generator on one machine for four reasons: a prompt is read once for all its
samples, finished samples leave the batch, the cache is written into room made once, and the logits
cover only the output rows that training uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codereal.train.network import Network

_BATCH_STEP = 16  # the batch shrinks in steps, since each new shape costs the CPU back end a new kernel


@dataclass(slots=True)
class Rollout:
    """Sampled sequences, prompts padded on the left, responses on the right.

    `ids` [B, S] token ids; `valid` [B, S] true where a token stands; `hidden` [B, S, d] the states that
    enter the first trained layer; `start` is where responses begin. B = prompts × samples.
    """

    ids: Tensor
    valid: Tensor
    hidden: Tensor
    start: int

    @property
    def response_mask(self) -> Tensor:
        """[B, S − start] true at the tokens of the response, its end token included."""
        return self.valid[:, self.start :]

    @property
    def response_ids(self) -> Tensor:
        """[B, S − start] token ids of the response."""
        return self.ids[:, self.start :]

    def responses(self, end: set[int]) -> list[list[int]]:
        """The tokens of each response without the end token."""
        rows = zip(self.response_ids.tolist(), self.response_mask.tolist(), strict=True)
        return [[t for t, ok in zip(ids, mask, strict=True) if ok and t not in end] for ids, mask in rows]

    def ended(self, end: set[int]) -> list[bool]:
        """Whether each response ended by itself (false: cut at the length limit)."""
        last = self.valid.shape[1] - 1 - self.valid.flip(1).int().argmax(1)
        return [token in end for token in self.ids[torch.arange(len(self.ids)), last].tolist()]


class _RoomyLayer(DynamicLayer):  # type: ignore[misc]
    """A cache layer with room for `room` positions: appending copies one position, not the whole past."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room, self.length = room, 0

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            shape = (*key_states.shape[:2], self.room, key_states.shape[3])
            self.key_room, self.value_room = key_states.new_zeros(shape), value_states.new_zeros(shape)
        end = self.length + key_states.shape[2]
        self.key_room[:, :, self.length : end] = key_states
        self.value_room[:, :, self.length : end] = value_states
        self._show(end)
        return self.keys, self.values

    def _show(self, length: int) -> None:
        self.length = length
        self.keys, self.values = self.key_room[:, :, :length], self.value_room[:, :, :length]

    def _rows(self, pick: Callable[[Tensor], Tensor]) -> None:
        self.key_room, self.value_room = pick(self.key_room), pick(self.value_room)
        self._show(self.length)

    def batch_repeat_interleave(self, repeats: int) -> None:
        self._rows(lambda tensor: tensor.repeat_interleave(repeats, dim=0))

    def batch_select_indices(self, indices: Tensor) -> None:
        self._rows(lambda tensor: tensor[indices])


def _cache(network: Network, room: int) -> Cache:
    config = network.model.config
    kinds = getattr(config, "layer_types", None) or ["full_attention"] * config.num_hidden_layers
    if set(kinds) != {"full_attention"}:
        return DynamicCache(config=config)
    return Cache(layers=[_RoomyLayer(room) for _ in kinds])


@torch.no_grad()
def generate(
    network: Network,
    prompts: Sequence[Sequence[int]],
    *,
    samples: int,
    max_new: int,
    temperature: float,
    generator: torch.Generator,
) -> Rollout:
    """Sample `samples` responses of at most `max_new` tokens to each prompt; temperature 0 takes the likeliest."""
    device = network.device
    start = _up(max(map(len, prompts)), 8)
    ids = torch.full((len(prompts), start), network.pad, device=device)
    valid = torch.zeros_like(ids, dtype=torch.bool)
    for row, prompt in enumerate(prompts):
        ids[row, start - len(prompt) :] = torch.tensor(prompt, device=device)
        valid[row, start - len(prompt) :] = True
    cache = _cache(network, start + max_new)
    with network.capture() as captured:
        state = network.read(ids, valid, positions(valid), cache)[:, -1]
        batch, width = len(prompts) * samples, start + max_new
        hidden = state.new_zeros(batch, width, state.shape[-1])
        hidden[:, :start] = captured.pop().repeat_interleave(samples, 0)
        cache.batch_repeat_interleave(samples)
        state, ids, valid = (tensor.repeat_interleave(samples, 0) for tensor in (state, ids, valid))
        out = torch.full((batch, width), network.pad, device=device)
        out[:, :start] = ids
        kept = torch.zeros(batch, width, dtype=torch.bool, device=device)
        kept[:, :start] = valid
        live = torch.arange(batch, device=device)  # rows of the result that the shrinking batch still fills
        done = torch.zeros(batch, dtype=torch.bool, device=device)
        seen, length = valid, valid.sum(1)
        for step in range(max_new):
            token = network.sample(state, temperature, generator)
            going = ~done
            out[live[going], start + step] = token[going]
            kept[live[going], start + step] = True
            done = done | network.ends(token)
            if bool(done.all()) or step == max_new - 1:
                break
            want = _up(int((~done).sum()), _BATCH_STEP)
            if want < len(live):
                keep = done.long().argsort(stable=True)[:want]
                live, done, token, seen, length = live[keep], done[keep], token[keep], seen[keep], length[keep]
                cache.batch_select_indices(keep)
            seen = torch.cat([seen, seen.new_ones(len(seen), 1)], 1)
            state = network.read(token[:, None], seen, (length + step)[:, None], cache)[:, 0]
            hidden[live, start + step] = captured.pop()[:, 0]
    end = min(start + _up(int(kept[:, start:].any(0).sum()), 8), width)
    return Rollout(out[:, :end], kept[:, :end], hidden[:, :end], start)


def positions(valid: Tensor) -> Tensor:
    """[B, S] → the position of each token among the valid ones of its row (0 for padding on the left)."""
    return (valid.long().cumsum(1) - 1).clamp(min=0)


def _up(count: int, multiple: int) -> int:
    return -(-count // multiple) * multiple

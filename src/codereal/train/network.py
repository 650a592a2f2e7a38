"""`Network`: a Hugging Face causal language model, cut into a frozen trunk and a trained top.

PPO on one small machine spends most of its time running layers that it does not change. Cut at layer k,
the states that enter the top are computed once, while sampling, and shared by policy, reference and
critic. Any model whose layers stand in a list under its base model can be cut; `Network` proves at the
start that the cut model computes what the whole one does, and refuses to go on otherwise.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from codereal.errors import UsageError
from codereal.train.rollout import positions
from codereal.train.weights import model_folder


class Network:
    """A model that samples, its tokenizer, and the output rows in use.

    `rows` are the token ids that may be produced (None: all); `cut` is the number of frozen layers.
    Raises `UsageError` for a model that cannot be loaded or cut.
    """

    def __init__(self, name: str, *, cut: int, device: str = "cpu") -> None:
        transformers_logging.set_verbosity_error()
        transformers_logging.disable_progress_bar()
        folder = model_folder(name)
        try:
            self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
            self.model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        except (OSError, ValueError, KeyError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise UsageError(f"cannot load the model {name!r}: {reason}") from error
        self.device = torch.device(device)
        self.dtype = _light_type(self.device)
        self.base: Any = self.model.base_model
        layers = getattr(self.base, "layers", None)
        if not isinstance(layers, nn.ModuleList) or not hasattr(self.base, "norm"):
            raise UsageError(
                f"{name}: no list of decoder layers under its base model; train it with `codereal train grpo`"
            )
        if not 0 <= cut < len(layers):
            raise UsageError(f"{name} has {len(layers)} layers: freeze 0 to {len(layers) - 1} of them, not {cut}")
        self.cut = cut
        self.model.requires_grad_(False).eval().to(self.device)
        ends = self.model.generation_config.eos_token_id or self.tokenizer.eos_token_id
        self.end = set(ends) if isinstance(ends, list) else {ends}
        self.pad = self.tokenizer.pad_token_id if self.tokenizer.pad_token_id is not None else min(self.end)
        self.rows: Tensor | None = None
        self.head: Tensor = self.model.get_output_embeddings().weight
        self._prove_cut(name)

    def use_rows(self, ids: set[int]) -> None:
        """Produce only these token ids from now on: a smaller output matrix, the same model otherwise."""
        rows = torch.tensor(sorted(ids | self.end), device=self.device)
        self.rows = rows
        self.index = torch.zeros(self.model.config.vocab_size, dtype=torch.long, device=self.device)
        self.index[rows] = torch.arange(len(rows), device=self.device)
        self.head = self.model.get_output_embeddings().weight.detach()[rows].contiguous()

    def lighten(self) -> None:
        """Turn the sampling copy to the type that samples fastest here; what trains are separate float32 tops."""
        self.model.to(self.dtype)
        self.head = self.head.to(self.dtype)

    def autocast(self) -> torch.autocast:
        """Multiply in the type that is fastest here while float32 weights train; no change where that is float32."""
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype is not torch.float32)

    def places(self, ids: Tensor) -> Tensor:
        """Token ids → their places among the output rows."""
        return ids if self.rows is None else self.index[ids]

    def encode(self, text: str) -> list[int]:
        """Token ids of a text, without special tokens."""
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def decode(self, ids: list[int]) -> str:
        """The text of token ids."""
        return str(self.tokenizer.decode(ids, skip_special_tokens=True))

    def read(self, ids: Tensor, valid: Tensor, place: Tensor, cache: Any) -> Tensor:
        """[B, T] tokens → [B, T, d] final states, extending the cache."""
        out = self.base(
            input_ids=ids, attention_mask=valid.long(), position_ids=place, past_key_values=cache, use_cache=True
        )
        return out.last_hidden_state  # type: ignore[no-any-return]

    def sample(self, state: Tensor, temperature: float, generator: torch.Generator) -> Tensor:
        """[B, d] final states → [B] token ids, drawn by the Gumbel trick (one pass, one generator)."""
        logits = functional.linear(state, self.head).float()
        if temperature > 0:
            noise = torch.rand(logits.shape, generator=generator, device=generator.device).to(logits.device)
            logits = logits / temperature - torch.log(-torch.log(noise.clamp(1e-9, 1 - 1e-7)))
        best = logits.argmax(-1)
        return best if self.rows is None else self.rows[best]

    def ends(self, token: Tensor) -> Tensor:
        """[B] → true where a token ends a response."""
        return torch.isin(token, torch.tensor(sorted(self.end), device=token.device))

    @contextmanager
    def capture(self) -> Iterator[list[Tensor]]:
        """Collect the states that enter the first trained layer, one entry a call of `read`."""
        seen: list[Tensor] = []

        def hook(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            seen.append(args[0] if args else kwargs["hidden_states"])

        handle = self.base.layers[self.cut].register_forward_pre_hook(hook, with_kwargs=True)
        try:
            yield seen
        finally:
            handle.remove()

    def top(self, layers: int | None = None) -> Top:
        """A float32 copy of the layers above the cut (the first `layers` of them), to be trained."""
        return Top(self.base, self.cut, layers)

    def load_top(self, top: Top) -> None:
        """Give the sampling copy the weights of a trained top."""
        with torch.no_grad():
            for own, new in zip(self.base.layers[self.cut :], top.base.layers, strict=True):
                own.load_state_dict(new.state_dict())
            self.base.norm.load_state_dict(top.base.norm.state_dict())

    @torch.no_grad()
    def _prove_cut(self, name: str) -> None:
        ids = torch.arange(1, 25, device=self.device).reshape(2, 12) % self.model.config.vocab_size
        valid = torch.ones_like(ids, dtype=torch.bool)
        valid[0, :3] = False
        with self.capture() as seen:
            whole = self.base(
                input_ids=ids, attention_mask=valid.long(), position_ids=positions(valid), use_cache=False
            )
        part = self.top()(seen[0], valid.long(), positions(valid))
        if not torch.allclose(whole.last_hidden_state[valid], part[valid], atol=1e-3, rtol=1e-3):
            raise UsageError(f"{name}: its layers cannot be run apart from each other; use --freeze 0 or another model")


def _light_type(device: torch.device) -> torch.dtype:
    """bfloat16 on accelerators and on processors that multiply it natively; elsewhere it is slower than float32."""
    native = device.type != "cpu" or torch.cpu.get_capabilities().get("avx512_bf16", False)
    return torch.bfloat16 if native else torch.float32


class Top(nn.Module):
    """The layers above the cut, with the final norm: [B, S, d] entering states → [B, S, d] final states."""

    def __init__(self, base: Any, cut: int, layers: int | None) -> None:
        super().__init__()
        stop = len(base.layers) if layers is None else min(cut + layers, len(base.layers))
        kept, words = base.layers, base.get_input_embeddings()
        # The copy shares nothing it trains; the embedding is left behind since states come in, not tokens.
        base.layers, config = nn.ModuleList(kept[cut:stop]), base.config
        base.config = copy.deepcopy(config)
        base.config.num_hidden_layers = stop - cut
        base.set_input_embeddings(nn.Identity())
        try:
            self.base: Any = copy.deepcopy(base).float()
        finally:
            base.layers, base.config = kept, config
            base.set_input_embeddings(words)
        self.base.requires_grad_(True)

    def forward(self, hidden: Tensor, mask: Tensor, position: Tensor) -> Tensor:
        """Run the layers over entering states; `mask` is [B, S] (true at tokens) or [B, 1, S, S] (additive)."""
        out = self.base(inputs_embeds=hidden, attention_mask=mask, position_ids=position, use_cache=False)
        return out.last_hidden_state  # type: ignore[no-any-return]

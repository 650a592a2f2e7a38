"""`codereal eval`: Function, Quality and Func-Qual of a model, or of responses that are there already."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codereal.errors import DataError, MissingExtra, ResourceError, UsageError

if TYPE_CHECKING:
    from codereal.evaluate.metrics import Row
    from codereal.reward.hybrid import HybridReward
    from codereal.tasks.task import Task

SUMMARY = "measure a model on a suite: Function, Quality and Func-Qual with 95% intervals, beside the anchor rows"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Who answers, what is asked, and where the records go."""
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--model", help="a Hugging Face id, a checkpoint folder, or smollm2-135m")
    who.add_argument("--responses", metavar="FILE", help='JSONL rows {"task": id, "response": text}; - reads stdin')
    parser.add_argument("--suite", default="codereal-core", help="suite of the tasks (default: codereal-core)")
    parser.add_argument("--data", metavar="DIR", help="folder with published suites (default: CODEREAL_DATA)")
    parser.add_argument("--split", default="test", help="train or test (default: test)")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="N tasks, spread over the suite (0: all)")
    parser.add_argument("--samples", type=int, default=1, help="answers a task (default: 1)")
    parser.add_argument("--temperature", type=float, default=1.0, help="of sampling (default: 1.0)")
    parser.add_argument("--max-new", type=int, default=256, metavar="TOKENS", help="of an answer (default: 256)")
    parser.add_argument("--prompt", default="auto", choices=("auto", "completion", "chat"), help="default: auto")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or auto (default: cpu)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--preset", default="default", help="preset of the reward (default: default)")
    parser.add_argument("--alpha", type=float, default=0.5, help="weight of quality (default: 0.5)")
    parser.add_argument("--no-anchors", action="store_true", help="leave the anchor rows out")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="a Markdown table, or JSON")
    parser.add_argument("-o", "--output", metavar="FILE", help="write every answer with its score there (JSONL)")


def run(args: argparse.Namespace) -> int:
    """Measure, and print the table on stdout."""
    from codereal.reward.hybrid import HybridReward
    from codereal.tasks.load import load_tasks, spread

    for name, least in (("limit", 0), ("samples", 1), ("max_new", 1)):
        if getattr(args, name) < least:
            raise UsageError(f"--{name.replace('_', '-')} must be at least {least}, not {getattr(args, name)}")
    if args.temperature <= 0:
        raise UsageError(f"--temperature must be positive, not {args.temperature:g}")
    tasks = load_tasks(args.suite, split=args.split, path=args.data)
    tasks = spread(tasks, args.limit) if args.limit else tasks
    if not tasks:
        raise DataError(f"{args.suite} has no tasks in its {args.split} split")
    reward = HybridReward(args.alpha, args.preset)
    if args.responses:
        name, records = args.responses, _given(args.responses, tasks, reward)
    else:
        name, records = args.model, _asked(args, tasks, reward)
    if args.output:
        _write(args.output, records)
    rows = _rows(name, records, [] if args.no_anchors else tasks, reward)
    print(_json(rows) if args.format == "json" else _text(rows))
    return 0


def _given(file: str, tasks: Sequence[Task], reward: HybridReward) -> list[dict[str, Any]]:
    from codereal.evaluate.records import score_records
    from codereal.tasks.files import response_rows

    known = {task.id: task for task in tasks}
    rows = response_rows(file, known)
    return score_records([row["response"] for row in rows], [known[row["task"]] for row in rows], reward)


def _asked(args: argparse.Namespace, tasks: Sequence[Task], reward: HybridReward) -> list[dict[str, Any]]:
    try:
        from codereal.evaluate.generate import evaluate
        from codereal.train import progress
        from codereal.train.line import device
        from codereal.train.network import Network
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("codereal"):
            raise
        raise MissingExtra("sampling from a model", "train") from error
    progress.be_quiet(args.quiet)
    network = Network(args.model, cut=0, device=device(args.device))
    network.lighten()
    return evaluate(
        "eval", network, tasks, reward, samples=args.samples, max_new=args.max_new,
        temperature=args.temperature, prompt=args.prompt, seed=args.seed,
    )  # fmt: skip


def _rows(name: str, records: list[dict[str, Any]], tasks: Sequence[Task], reward: HybridReward) -> list[Row]:
    from codereal.evaluate.anchors import anchors
    from codereal.evaluate.metrics import row

    return [row(name, records), *(row(words, found) for words, found in anchors(tasks, reward).items())]


def _text(rows: Sequence[Row]) -> str:
    from codereal.evaluate.metrics import table

    return table(rows).rstrip()


def _json(rows: Sequence[Row]) -> str:
    from codereal.evaluate.metrics import METRICS

    shown = [
        {
            "name": one.name,
            **{
                metric: {"value": rate.value, "low": rate.low, "high": rate.high}
                for metric, rate in zip(METRICS, one.rates, strict=True)
            },
            "reward": one.reward,
            "samples": one.function.count,
            "unscored": one.unscored,
        }
        for one in rows
    ]
    return json.dumps({"schema": 1, "rows": shown}, indent=2, ensure_ascii=False)


def _write(name: str, records: Sequence[dict[str, Any]]) -> None:
    try:
        with Path(name).open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    except OSError as error:
        raise ResourceError(f"cannot write {name}: {error.strerror}") from error
    print(f"{len(records)} answers in {name}", file=sys.stderr)

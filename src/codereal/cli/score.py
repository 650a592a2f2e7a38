"""`codereal score`: score a file of responses to tasks."""

from __future__ import annotations

import argparse
import json
import sys

from codereal.errors import UsageError

SUMMARY = "score responses with the hybrid reward and say why each got what it got"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tasks, responses and the reward's settings."""
    parser.add_argument("--tasks", metavar="FILE", help="tasks as JSONL (codereal data export); or name a suite")
    parser.add_argument("--suite", help="take the tasks from a suite")
    parser.add_argument("--data", metavar="FOLDER", help="folder with published suites (default: CODEREAL_DATA)")
    parser.add_argument("--split", default="train", help="train or test (default: train)")
    parser.add_argument(
        "--responses", metavar="FILE", required=True, help='JSONL rows {"task": id, "response": text}; - reads stdin'
    )
    parser.add_argument("--alpha", type=float, default=0.5, help="weight of quality against function (default: 0.5)")
    parser.add_argument("--preset", default="default", help="default or real-paper (default: default)")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="text or json lines (default: text)")
    parser.add_argument("--fail-under", type=float, metavar="X", help="exit with 1 when the mean reward is below X")


def run(args: argparse.Namespace) -> int:
    """Score all rows in order; returns 1 below `--fail-under`."""
    from codereal.reward.hybrid import HybridReward
    from codereal.tasks.files import json_rows, response_rows
    from codereal.tasks.load import load_tasks
    from codereal.tasks.task import Task

    if bool(args.tasks) == bool(args.suite):
        raise UsageError("name the tasks with either --tasks FILE or --suite NAME")
    reward = HybridReward(args.alpha, args.preset)
    if args.tasks:
        tasks = [Task.from_dict(row) for row in json_rows(args.tasks)]
    else:
        tasks = load_tasks(args.suite, split=args.split, path=args.data)
    known = {task.id: task for task in tasks}
    rows = response_rows(args.responses, known)
    scores = reward.score_many([row["response"] for row in rows], [known[row["task"]] for row in rows])
    for row, score in zip(rows, scores, strict=True):
        if args.format == "json":
            print(json.dumps({"task": row["task"], **score.to_dict()}, ensure_ascii=False))
            continue
        value = "none (our failure)" if score.value is None else f"{score.value:.3f}"
        print(f"{row['task']}: {value}  function {score.function:.2f}  quality {score.quality:.2f}")
        for reason in score.reasons:
            print(f"    {reason}")
    values = [score.value for score in scores if score.value is not None]
    mean = sum(values) / len(values) if values else 0.0
    print(f"{len(values)} of {len(scores)} scored, mean reward {mean:.3f}", file=sys.stderr)
    return 1 if args.fail_under is not None and mean < args.fail_under else 0

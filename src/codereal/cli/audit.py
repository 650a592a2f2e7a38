"""`codereal audit`: what every known exploit earns under a reward, beside honest work."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from codereal.errors import UsageError

SUMMARY = "run every known exploit against a reward; exit with 1 when one of them wins"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tasks, the reward's settings, exploits and outputs."""
    parser.add_argument("--suite", default="codereal-core", help="suite of the tasks (default: codereal-core)")
    parser.add_argument("--data", metavar="DIR", help="folder with published suites (default: CODEREAL_DATA)")
    parser.add_argument("--split", default="test", help="train or test (default: test)")
    parser.add_argument("--limit", type=int, metavar="N", help="use N tasks, spread over the suite")
    parser.add_argument("--preset", default="default", help="preset of the reward (default: default)")
    parser.add_argument("--alpha", type=float, default=0.5, help="weight of quality (default: 0.5)")
    parser.add_argument("--composition", help="composition in place of the preset's")
    parser.add_argument("--exploits", metavar="FILE", help="a Python file with EXPLOITS of your own")
    parser.add_argument("--threshold", type=float, default=0.05, help="joint pass that an exploit may reach (0.05)")
    parser.add_argument(
        "--load", type=int, default=0, metavar="K", help="also score references with K busy processes a core"
    )
    parser.add_argument("--format", choices=["text", "json"], default="text", help="Markdown or JSON (default: text)")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the card here instead of to stdout")


def run(args: argparse.Namespace) -> int:
    """Audit; returns 1 when an exploit wins or load changes a reward."""
    from codereal.reward.audit import audit, card, under_load
    from codereal.reward.exploits import load
    from codereal.reward.hybrid import HybridReward
    from codereal.tasks.load import load_tasks, spread

    if args.limit is not None and args.limit < 1:
        raise UsageError(f"--limit must be at least 1, not {args.limit}")
    if args.load < 0:
        raise UsageError(f"--load must not be negative, not {args.load}")
    tasks = load_tasks(args.suite, split=args.split, path=args.data)
    if args.limit is not None:
        tasks = spread(tasks, args.limit)
    reward = HybridReward(args.alpha, args.preset, composition=args.composition)

    def progress(words: str) -> None:
        if not args.quiet and sys.stderr.isatty():
            print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)

    result = audit(tasks, reward, load(args.exploits), threshold=args.threshold, progress=progress)
    progress("")
    text = result.to_json() if args.format == "json" else card(result)
    if args.output:
        Path(args.output).write_text(text, encoding="utf-8")
    else:
        print(text)
    changed = 0
    if args.load:
        answers = [(f"```python\n{program}\n```", task) for task in tasks for program in task.references[:1]]
        differing = under_load(answers, reward, args.load)
        changed = len(differing)
        print(f"load {args.load}: {len(answers) - changed} of {len(answers)} rewards are the same", file=sys.stderr)
    return 1 if changed or not result.passed else 0

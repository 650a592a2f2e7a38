"""`codereal data`: list, build, validate and export tasks."""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter
from pathlib import Path

from codereal.errors import UsageError

SUMMARY = "list suites, build the built-in one, validate every row, export rows as JSONL"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and which tasks."""
    parser.add_argument("action", choices=["list", "build", "validate", "export"], help="what to do")
    parser.add_argument("--suite", default="codereal-core", help="the suite (default: codereal-core)")
    parser.add_argument("--data", metavar="FOLDER", help="folder with published suites (default: CODEREAL_DATA)")
    parser.add_argument("--split", default="train", help="train or test (default: train)")
    parser.add_argument("--limit", type=int, metavar="N", help="the first N tasks")
    parser.add_argument("-o", "--output", metavar="FILE", help="where build and export write (export default: stdout)")


def run(args: argparse.Namespace) -> int:
    """Carry out one action; `validate` returns 1 when a row has a flaw."""
    return {"list": _list, "build": _build, "validate": _validate, "export": _export}[args.action](args)


def _list(args: argparse.Namespace) -> int:
    from codereal.tasks.load import suites

    print("\n".join(suites()))
    return 0


def _build(args: argparse.Namespace) -> int:
    """Build the database tasks of codereal-core; the file is the same, to the byte, for the same code."""
    from codereal.tasks.builders.database import build

    if not args.output:
        raise UsageError("data build writes a file: name it with -o FILE.jsonl.gz")
    lines = [json.dumps(task.to_dict(), ensure_ascii=False, separators=(",", ":")) for task in build()]
    Path(args.output).write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), 9, mtime=0))
    print(f"{len(lines)} tasks in {args.output}", file=sys.stderr)
    return 0


def _validate(args: argparse.Namespace) -> int:
    from codereal.tasks.load import load_tasks
    from codereal.tasks.validate import validate

    tasks = load_tasks(args.suite, split=args.split, path=args.data, limit=args.limit)
    flaws = list(validate(tasks))
    for flaw in flaws:
        print(f"{flaw.task}: {flaw.reason}" + (f" ({flaw.detail})" if flaw.detail and args.verbose else ""))
    broken = len({flaw.task for flaw in flaws})
    reasons = ", ".join(f"{count} {reason}" for reason, count in Counter(flaw.reason for flaw in flaws).most_common())
    print(f"{len(tasks) - broken} of {len(tasks)} tasks are valid{': ' + reasons if reasons else ''}", file=sys.stderr)
    return 1 if flaws else 0


def _export(args: argparse.Namespace) -> int:
    from codereal.tasks.load import load_tasks

    tasks = load_tasks(args.suite, split=args.split, path=args.data, limit=args.limit)
    text = "".join(json.dumps(task.to_dict(), ensure_ascii=False) + "\n" for task in tasks)
    if args.output:
        Path(args.output).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0

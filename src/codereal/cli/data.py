"""`codereal data`: list, build, write, attack, dedupe, validate and export tasks, and say what is in a suite."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from codereal.cli import _build, _write
from codereal.errors import UsageError

if TYPE_CHECKING:
    from codereal.tasks.task import Task
    from codereal.tasks.validate import Flaw

SUMMARY = "list, build, write (by a model), attack, dedupe, validate and export tasks; measure overlap"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and which tasks."""
    parser.add_argument(
        "action",
        choices=["list", "build", "write", "attack", "dedupe", "validate", "export", "overlap", "datasheet"],
        help="what to do",
    )
    parser.add_argument("--suite", default="codereal-core", help="the suite, or SUITE:FAMILY (default: codereal-core)")
    parser.add_argument(
        "--data", metavar="FOLDER", help="folder with published suites, or one file (default: CODEREAL_DATA)"
    )
    parser.add_argument(
        "--columns", metavar="FIELD=COLUMN,…", help="where the fields of one's own data set (a file as --data) stand"
    )
    parser.add_argument("--split", default="train", help="train, test or both (default: train)")
    parser.add_argument("--limit", type=int, metavar="N", help="the first N tasks")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="where build, attack, dedupe, export, datasheet (the last two: or stdout) and --fix write",
    )
    parser.add_argument(
        "--format",
        choices=["jsonl", "verl", "trl", "openrlhf", "hf", "verifiers", "lm-eval"],
        default="jsonl",
        help="export: whose rows (jsonl); the last three are folders with a card",
    )
    parser.add_argument(
        "--dialect", choices=["postgresql", "mariadb"], help="build: the database tasks of this server (needs one)"
    )
    parser.add_argument(
        "--near", type=float, default=0.8, metavar="S", help="dedupe: similarity of prompts that repeat (default: 0.8)"
    )
    parser.add_argument("--against", metavar="SUITE[:SPLIT]", help="overlap: with what (default: the other split)")
    parser.add_argument(
        "--fix", action="store_true", help="validate: write the valid tasks, less bad references, to -o"
    )
    parser.add_argument(
        "--repeats", type=int, default=2, metavar="N", help="validate: runs that must agree (default: 2)"
    )
    _write.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Carry out one action; `validate` returns 1 when a row has a flaw."""
    actions = {
        "list": _list,
        "build": _build.build,
        "write": _write.run,
        "attack": _build.attack,
        "dedupe": _dedupe,
        "validate": _validate,
        "export": _export,
        "overlap": _overlap,
        "datasheet": _build.datasheet,
    }
    return actions[args.action](args)


def _list(args: argparse.Namespace) -> int:
    from codereal.tasks.load import SPLITS, load_tasks, suites

    for suite in suites():
        print(suite)
        if suite in ("codereal-core", "codereal-servers"):
            counts = {
                split: Counter(task.tags["family"] for task in load_tasks(suite, split=split)) for split in SPLITS
            }
            for family in sorted(counts["train"]):
                numbers = ", ".join(f"{split} {counts[split][family]}" for split in SPLITS)
                print(f"{suite}:{family}  ({numbers})")
    return 0


def _validate(args: argparse.Namespace) -> int:
    """Prove every row; flaws go to stdout, a line each, and counts by reason to stderr."""
    from codereal.tasks.export import write_tasks
    from codereal.tasks.validate import OUR_FAILURE, repair, validate

    if args.repeats < 1:
        raise UsageError(f"--repeats must be at least 1, not {args.repeats}")
    if args.fix and not args.output:
        raise UsageError("data validate --fix writes the tasks that are fit for use: name the file with -o FILE.jsonl")
    tasks = _load(args)
    flaws = []
    for flaw in validate(tasks, repeats=args.repeats):
        flaws.append(flaw)
        if not flaw.note or args.verbose:
            where = "" if flaw.reference is None else f" [reference {flaw.reference}]"
            # What failed us (a database server that is not there, say) is for the user to mend.
            told = flaw.detail and (args.verbose or flaw.reason == OUR_FAILURE)
            detail = f" ({flaw.detail})" if told else ""
            print(f"{flaw.task}: {flaw.reason}{where}{detail}", flush=True)
    broken = len({flaw.task for flaw in flaws if not flaw.note})
    print(f"{len(tasks) - broken} of {len(tasks)} tasks are valid{_counts(flaws, note=False)}", file=sys.stderr)
    if notes := _counts(flaws, note=True):
        print(f"of note{notes}", file=sys.stderr)
    if args.fix:
        count = write_tasks(repair(tasks, flaws), "jsonl", Path(args.output))
        print(f"{count} tasks in {args.output}", file=sys.stderr)
    return 1 if broken else 0


def _counts(flaws: list[Flaw], *, note: bool) -> str:
    """ ": 3 of this, 1 of that", by tasks; empty without any."""
    found = {(flaw.task, flaw.reason) for flaw in flaws if flaw.note is note}
    counts = Counter(reason for _, reason in found).most_common()
    return f": {', '.join(f'{count} {reason}' for reason, count in counts)}" if counts else ""


def _load(args: argparse.Namespace) -> list[Task]:
    """The tasks that the arguments name; rows that were left out are said on stderr, a line for each."""
    from codereal.tasks.load import SPLITS, load_tasks

    splits: tuple[str, ...] = (args.split,)
    if args.split == "both":  # of one's own file, whose rows may say their split, there is but one reading
        splits = SPLITS[:1] if args.data and Path(args.data).is_file() else SPLITS
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tasks = [
            task
            for split in splits
            for task in load_tasks(
                args.suite, split=split, path=args.data, limit=args.limit, columns=_columns(args.columns)
            )
        ]
    for warning in caught:
        print(f"codereal: {warning.message}", file=sys.stderr)
    return tasks


def _columns(text: str | None) -> dict[str, str] | None:
    if not text:
        return None
    pairs = [pair.split("=", 1) for pair in text.split(",")]
    if not all(len(pair) == 2 for pair in pairs):
        raise UsageError(f"--columns takes FIELD=COLUMN pairs with commas between them, not {text!r}")
    return {field.strip(): column.strip() for field, column in pairs}


def _export(args: argparse.Namespace) -> int:
    """Write tasks in a trainer's layout (see `codereal.tasks.export`) or as a folder (`codereal.tasks.packages`)."""
    from codereal.tasks.export import layout_rows, line, write_tasks
    from codereal.tasks.packages import KINDS, write_package

    tasks = _load(args)
    if args.format in KINDS:
        if not args.output:
            raise UsageError(f"data export --format {args.format} writes a folder: name it with -o FOLDER")
        count = write_package(tasks, args.format, Path(args.output))
        print(f"{count} tasks in {args.output}", file=sys.stderr)
    elif args.output:
        print(f"{write_tasks(tasks, args.format, Path(args.output))} tasks in {args.output}", file=sys.stderr)
    elif args.format == "verl":
        raise UsageError("data export --format verl writes a Parquet file: name it with -o FILE.parquet")
    else:
        sys.stdout.write("".join(f"{line(row)}\n" for row in layout_rows(tasks, args.format)))
    return 0


def _dedupe(args: argparse.Namespace) -> int:
    """Say which tasks repeat another; with -o, write the others there."""
    from codereal.tasks.duplicates import duplicates
    from codereal.tasks.export import write_tasks

    tasks = _load(args)
    found = list(duplicates(tasks, near=args.near))
    for one in found:
        print(f"{one.task}: {one.kind} {one.of}" + (f" ({one.similarity:.2f})" if one.kind == "near" else ""))
    counts = ", ".join(f"{count} {kind}" for kind, count in Counter(one.kind for one in found).most_common())
    print(f"{len(found)} of {len(tasks)} tasks repeat another{counts and f': {counts}'}", file=sys.stderr)
    if args.output:
        repeated = {one.task for one in found}
        count = write_tasks([task for task in tasks if task.id not in repeated], "jsonl", Path(args.output))
        print(f"{count} tasks in {args.output}", file=sys.stderr)
    return 0


def _overlap(args: argparse.Namespace) -> int:
    """How many tasks share the shape of a program with another split or suite; the pairs with -v."""
    from codereal.tasks.load import SPLITS, load_tasks
    from codereal.tasks.overlap import overlap

    suite, _, split = (args.against or args.suite).rpartition(":")
    if split not in SPLITS:
        suite, split = args.against or args.suite, "train" if args.split == "test" else "test"
    found = overlap(_load(args), load_tasks(suite, split=split, path=args.data))
    if args.verbose:
        for task, other in found.pairs:
            print(f"{task} {other}")
    share = f"{found.shared} of {found.total}"
    print(f"{share} tasks of {args.suite} {args.split} share a program's shape with {suite} {split}")
    print(f"{found.distinct} distinct shapes", file=sys.stderr)
    return 0

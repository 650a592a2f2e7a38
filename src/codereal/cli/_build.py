"""`codereal data build`, `attack` and `datasheet`: make the built-in suites, find attacks, say what is in a suite."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from codereal.errors import CoderealError, UsageError


def build(args: argparse.Namespace) -> int:
    """Build all files of codereal-core into a folder; they are the same, to the byte, for the same code.

    With a dialect, the file of codereal-servers that is of it. A task that does not prove itself is left out and said
    on stdout.
    """
    from codereal.tasks.builders.prove import build, build_servers
    from codereal.tasks.suites.codereal_core import SUFFIX, pack

    if not args.output:
        raise UsageError("data build writes a file for each family: name their folder with -o FOLDER")
    folder = Path(args.output)
    folder.mkdir(parents=True, exist_ok=True)
    all_built = [build_servers(args.dialect, repeats=args.repeats)] if args.dialect else build(repeats=args.repeats)
    for built in all_built:
        (folder / f"{built.name}{SUFFIX}").write_bytes(pack(built.tasks))
        for flaw in built.rejected:
            print(f"{flaw.task}: {flaw.reason} ({flaw.detail})" if args.verbose else f"{flaw.task}: {flaw.reason}")
        notes = Counter(reason for _, reason in {(flaw.task, flaw.reason) for flaw in built.notes})
        of_note = "".join(f", {count} {reason}" for reason, count in notes.most_common())
        left_out = len({flaw.task for flaw in built.rejected})
        print(f"{built.name}: {len(built.tasks)} tasks, {left_out} left out{of_note}", file=sys.stderr, flush=True)
    return 0


def attack(args: argparse.Namespace) -> int:
    """Search attacks for tasks whose programs call for some, and write all tasks to -o."""
    from codereal.tasks.builders.synthesis import with_attacks
    from codereal.tasks.export import write_tasks
    from codereal.tasks.load import load_tasks

    if not args.output:
        raise UsageError("data attack writes the tasks with what it finds: name the file with -o FILE.jsonl")
    tasks = load_tasks(args.suite, split=args.split, path=args.data, limit=args.limit)
    found = [with_attacks(task) for task in tasks]
    fresh = [len(after.attacks) - len(before.attacks) for before, after in zip(tasks, found, strict=True)]
    write_tasks(found, "jsonl", Path(args.output))
    print(
        f"{sum(fresh)} attacks for {sum(map(bool, fresh))} of {len(tasks)} tasks, in {args.output}; "
        "codereal data validate --data FILE proves them",
        file=sys.stderr,
    )
    return 0


def datasheet(args: argparse.Namespace) -> int:
    """Validate a built-in suite and write its datasheet as Markdown, to -o or stdout."""
    from codereal.tasks.builders.datasheet import datasheet
    from codereal.tasks.load import SPLITS, load_tasks, suites
    from codereal.tasks.validate import Flaw, validate

    splits = {split: load_tasks(args.suite, split=split, path=args.data) for split in SPLITS}
    others, missing = {}, []
    for name in suites():
        if name == args.suite.partition(":")[0]:
            continue
        for split in SPLITS:
            try:
                others[f"{name} {split}"] = load_tasks(name, split=split, path=args.data)
            except CoderealError:
                missing.append(f"{name} {split}")
    start = time.monotonic()
    flaws: list[Flaw] = []
    for split, tasks in splits.items():
        for family in sorted({task.tags["family"] for task in tasks}):
            mine = [task for task in tasks if task.tags["family"] == family]
            found = list(validate(mine, repeats=args.repeats))
            bad = len({flaw.task for flaw in found if not flaw.note})
            print(f"{family} {split}: {len(mine) - bad} of {len(mine)} are valid", file=sys.stderr, flush=True)
            flaws += found
    text = datasheet(args.suite, splits, others, missing, flaws, args.repeats, time.monotonic() - start)
    if args.output:
        Path(args.output).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 1 if any(not flaw.note for flaw in flaws) else 0

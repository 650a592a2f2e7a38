"""`codereal judge`: people check tasks, or compare answers, on a local page; what they agree on, and what follows."""

from __future__ import annotations

import argparse
import csv
import json
import sys
import warnings
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from codereal.errors import DataError, ResourceError, UsageError

if TYPE_CHECKING:
    from codereal.evaluate.human.decisions import Decision
    from codereal.evaluate.human.items import Form, Item
    from codereal.tasks.task import Task

SUMMARY = "review tasks, or compare two sets of answers, on a local page; report agreement; export decisions"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is reviewed, by whom, and what is done with the decisions."""
    parser.add_argument("--suite", default="codereal-core", help="the suite, or SUITE:FAMILY (default: codereal-core)")
    parser.add_argument("--tasks", metavar="FILE", help="a file of tasks in place of a suite")
    parser.add_argument("--data", metavar="DIR", help="folder with published suites (default: CODEREAL_DATA)")
    parser.add_argument("--split", default="both", help="train, test or both (default: both)")
    parser.add_argument("--limit", type=int, metavar="N", help="N tasks, spread over the suite")
    parser.add_argument(
        "--pairs", nargs=2, metavar=("A", "B"), help='compare answers: two JSONL files, {"task": id, "response": text}'
    )
    parser.add_argument("--folder", default="reviews", metavar="DIR", help="of the decisions (default: reviews)")
    ask = parser.add_argument_group("ask", "serve the page until it is interrupted")
    ask.add_argument("--reviewer", metavar="NAME", help="who decides")
    ask.add_argument("--disputes", action="store_true", help="show only what reviewers differ on, and what they said")
    ask.add_argument("--port", type=int, default=0, help="of the page, on this machine (default: a free one)")
    ask.add_argument("--no-browser", action="store_true", help="print the address and open nothing")
    use = parser.add_argument_group("use", "what the decisions say; no page is served")
    use.add_argument("--report", action="store_true", help="print verdicts, agreement and disputes")
    use.add_argument("--export", metavar="FILE", help="write all decisions there, as .jsonl or .csv")
    use.add_argument("--accepted", metavar="FILE", help="write the tasks that were accepted there (JSONL)")


def run(args: argparse.Namespace) -> int:
    """Serve, or report and export; `--report` returns 1 while there are disputes."""
    if args.limit is not None and args.limit < 1:
        raise UsageError(f"--limit must be at least 1, not {args.limit}")
    if args.pairs and args.accepted:
        raise UsageError("--accepted is for tasks: a comparison accepts none")
    using = args.report or args.export or args.accepted
    if not using and not args.reviewer:
        raise UsageError("judge needs --reviewer NAME to ask, or one of --report, --export FILE, --accepted FILE")
    tasks = _tasks(args)
    items, form = _items(args, tasks, args.reviewer or "")
    if using:
        return _use(args, tasks, items)
    return _ask(args, items, form)


def _tasks(args: argparse.Namespace) -> list[Task]:
    from codereal.tasks.load import SPLITS, load_tasks, spread

    if args.tasks:
        tasks = load_tasks("tasks", path=args.tasks)
    else:
        splits = SPLITS if args.split == "both" else (args.split,)
        tasks = [task for split in splits for task in load_tasks(args.suite, split=split, path=args.data)]
    return spread(tasks, args.limit) if args.limit else tasks


def _items(args: argparse.Namespace, tasks: Sequence[Task], reviewer: str) -> tuple[list[Item], Form]:
    from codereal.evaluate.human.items import PAIR, TASK, pair_items, task_items
    from codereal.tasks.files import response_rows

    if not args.pairs:
        return task_items(tasks), TASK
    known = {task.id for task in tasks}
    first, second = (response_rows(name, known) for name in args.pairs)
    return pair_items(first, second, tasks, reviewer), PAIR


def _ask(args: argparse.Namespace, items: Sequence[Item], form: Form) -> int:
    from codereal.evaluate.human.decisions import Writer
    from codereal.evaluate.human.review import Review
    from codereal.evaluate.human.server import Server

    folder = Path(args.folder)
    with Writer(folder, args.reviewer) as writer:
        review = Review(items, form, folder, writer, args.reviewer, disputes=args.disputes)
        server = Server(review, args.port)
        print(server.url, flush=True)
        print("every decision is stored at once; Ctrl+C ends the review", file=sys.stderr)
        if not args.no_browser:
            webbrowser.open(server.url)
        try:
            server.serve()
        except KeyboardInterrupt:
            done = sum(map(bool, review.state()["decided"]))
            print(f"\n{done} of {len(review.items)} items are decided, in {folder}", file=sys.stderr)
    return 0


def _use(args: argparse.Namespace, tasks: Sequence[Task], items: Sequence[Item]) -> int:
    from codereal.evaluate.human.decisions import read
    from codereal.evaluate.human.outcome import outcome, report
    from codereal.tasks.export import write_tasks

    folder = Path(args.folder)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        decisions = read(folder)
    for warning in caught:
        print(f"codereal: {warning.message}", file=sys.stderr)
    if not decisions:
        raise DataError(f"{folder} holds no decisions: name the folder with --folder, or review with --reviewer NAME")
    found = outcome(items, decisions)
    if args.report:
        print(report(found), end="")
    if args.export:
        _export(decisions, Path(args.export))
    if args.accepted:
        kept = [task for task in tasks if found.verdicts.get(task.id) == "accept"]
        print(f"{write_tasks(kept, 'jsonl', Path(args.accepted))} tasks in {args.accepted}", file=sys.stderr)
    return 1 if args.report and found.open_disputes else 0


def _export(decisions: Sequence[Decision], file: Path) -> None:
    rows = [decision.to_dict() for decision in decisions]
    if file.suffix not in (".jsonl", ".csv"):
        raise UsageError(f"--export writes .jsonl or .csv, not {file.name}")
    try:
        with file.open("w", encoding="utf-8", newline="") as text:
            if file.suffix == ".csv":
                table = csv.DictWriter(text, list(rows[0]))
                table.writeheader()
                table.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
            else:
                text.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    except OSError as error:
        raise ResourceError(f"cannot write {file}: {error.strerror}") from error
    print(f"{len(rows)} decisions in {file}", file=sys.stderr)


def _cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value

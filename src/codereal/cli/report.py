"""`codereal report`: write a run's table and page again."""

from __future__ import annotations

import argparse
import sys

from codereal.errors import MissingExtra, UsageError

SUMMARY = "write table.md and report.html of a run again, from what its folder holds"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run's folder."""
    parser.add_argument("run", metavar="FOLDER", help="the folder of a run")


def run(args: argparse.Namespace) -> int:
    """Write both and print the table."""
    from pathlib import Path

    if not (Path(args.run) / "config.json").is_file():
        raise UsageError(f"{args.run} is not the folder of a run (it has no config.json)")
    try:
        from codereal.evaluate.metrics import table
        from codereal.evaluate.report.page import write_report
        from codereal.train.folder import RunFolder
        from codereal.train.line import result_rows
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("codereal"):
            raise
        raise MissingExtra("a report", "train") from error
    folder = RunFolder(args.run)
    rows = result_rows(folder)
    folder.write(folder.path / "table.md", table(rows))
    write_report(folder, rows)
    print(table(rows), end="")
    print(f"report: {folder.path / 'report.html'}", file=sys.stderr)
    return 0

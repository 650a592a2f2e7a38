"""`codereal check PATH…`: find defects in files, folders or standard input."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from codereal.analysis.engine import check
from codereal.analysis.finding import Report
from codereal.errors import ResourceError, UsageError

SUMMARY = "Find security defects in Python files. Exit code: 0 clean, 1 findings, 2 usage or our own error."
_SKIPPED = {"__pycache__", "node_modules", "build", "dist", "site-packages"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder, or - for standard input")
    parser.add_argument("--format", choices=("text", "json", "sarif"), default="text", help="default: text")
    parser.add_argument("-o", "--output", metavar="FILE", help="write there instead of standard output")
    parser.add_argument("--select", metavar="RULES", help="only these rules, separated by commas")
    parser.add_argument("--ignore", metavar="RULES", help="all but these rules")
    parser.add_argument(
        "--context", metavar="FILE", help="code that stands before each file: analysed, not reported on"
    )


def run(args: argparse.Namespace) -> int:
    select = _names(args.select) if args.select is not None else None
    ignore = _names(args.ignore) if args.ignore is not None else None
    context = _read(Path(args.context)) if args.context else ""
    results: list[tuple[str, str, Report]] = []
    for path, text in _texts(args.paths):
        results.append((path, text, check(text, context=context, select=select, ignore=ignore)))
    output = _format(args.format, results)
    if args.output:
        try:
            Path(args.output).write_text(output + "\n" if output else "", "utf-8")
        except OSError as error:
            raise ResourceError(f"cannot write {args.output}: {error.strerror}") from error
    elif output:
        print(output)
    findings = sum(len(report.findings) for _, _, report in results)
    if not args.quiet:
        from codereal.formats import text as as_text

        errors = sum(len(report.errors) for _, _, report in results)
        print(as_text.summary(len(results), findings, errors), file=sys.stderr)
    return 1 if findings else 0


def _names(listed: str) -> set[str]:
    return {name.strip() for name in listed.split(",") if name.strip()}


def _format(kind: str, results: list[tuple[str, str, Report]]) -> str:
    if kind == "json":
        from codereal.formats import json as as_json

        return as_json.dump((path, report) for path, _, report in results)
    if kind == "sarif":
        from codereal.formats import sarif

        log = sarif.log((path, report) for path, _, report in results)
        return json.dumps(log, indent=2, ensure_ascii=False)
    from codereal.formats import text as as_text

    shown = [as_text.report(path, text, report) for path, text, report in results]
    return "\n\n".join(one for one in shown if one)


def _texts(paths: list[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name in paths:
        path = Path(name)
        if name == "-":
            found.append(("<stdin>", sys.stdin.read()))
        elif path.is_dir():
            inside = sorted(one for one in path.rglob("*.py") if not _is_skipped(one.relative_to(path)))
            found.extend((str(one), _read(one)) for one in inside)
        elif path.exists():
            found.append((name, _read(path)))
        else:
            raise UsageError(f"{name}: no such file or folder")
    return found


def _is_skipped(path: Path) -> bool:
    return any(part in _SKIPPED or (part.startswith(".") and part not in (".", "..")) for part in path.parts[:-1])


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error

"""`codereal check PATH…`: find defects in files, folders or standard input."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from codereal.analysis.engine import check_many
from codereal.analysis.finding import Report
from codereal.errors import ResourceError, UsageError
from codereal.maintainability.profiles import PROFILES

SUMMARY = "Find security defects in Python files. Exit code: 0 clean, 1 findings, 2 usage or our own error."
_SILENT = re.compile(r"#.*(?:\bnosec\b|\bnoqa\b(?!:)|\bnoqa:\s*[A-Z0-9, ]*\bS\d+)")
_SKIPPED = {"__pycache__", "node_modules", "build", "dist", "site-packages"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder, or - for standard input")
    parser.add_argument("--format", choices=("text", "json", "sarif", "github"), default="text", help="default: text")
    parser.add_argument("-o", "--output", metavar="FILE", help="write there instead of standard output")
    parser.add_argument("--select", metavar="RULES", help="only these rules, separated by commas")
    parser.add_argument("--ignore", metavar="RULES", help="all but these rules")
    parser.add_argument(
        "--context", metavar="FILE", help="code that stands before each file: analysed, not reported on"
    )
    parser.add_argument(
        "--maintainability",
        action="store_true",
        help="also types (mypy --strict), annotations, suppressions, null bodies, complexity, dead and unclean code",
    )
    parser.add_argument(
        "--profile", choices=tuple(PROFILES), default="default", help="of --maintainability (default: default)"
    )
    parser.add_argument(
        "--type-checker",
        choices=("mypy", "zuban"),
        default="mypy",
        help="of --maintainability: exact mypy (default), or zuban, faster and not the same",
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (default: 1)")
    parser.add_argument(
        "--no-nosec", action="store_true", help="report lines that a comment `# nosec` or `# noqa: S…` silences as well"
    )


def run(args: argparse.Namespace) -> int:
    select = _names(args.select) if args.select is not None else None
    ignore = _names(args.ignore) if args.ignore is not None else None
    if args.jobs < 1:
        raise UsageError(f"--jobs must be at least 1, not {args.jobs}")
    context = _read(Path(args.context)) if args.context else ""
    texts = _texts(args.paths)
    codes = [text for _, text in texts]
    reports = check_many(codes, contexts=[context] * len(codes), jobs=args.jobs, select=select, ignore=ignore)
    if args.maintainability:
        reports = _with_maintainability(codes, reports, context, args.profile, args.type_checker)
    silenced = 0
    results: list[tuple[str, str, Report]] = []
    for (path, text), report in zip(texts, reports, strict=True):
        shown = report if args.no_nosec else _unsilenced(report, text)
        silenced += len(report.findings) - len(shown.findings)
        results.append((path, text, shown))
    output = _format(args.format, results)
    if args.output:
        try:
            Path(args.output).write_text(output + "\n" if output else "", "utf-8")
        except OSError as error:
            raise ResourceError(f"cannot write {args.output}: {error.strerror}") from error
    elif output:
        print(output)
    findings = sum(len(report.findings) for _, _, report in results)
    failing = sum(one.severity != "note" for _, _, report in results for one in report.findings)
    if not args.quiet:
        from codereal.formats import text as as_text

        errors = sum(len(report.errors) for _, _, report in results)
        print(as_text.summary(len(results), findings, errors, silenced), file=sys.stderr)
    return 1 if failing else 0


def _with_maintainability(
    codes: list[str], reports: list[Report], context: str, profile: str, type_checker: str
) -> list[Report]:
    from codereal.maintainability.check import score_maintainability_many
    from codereal.maintainability.zuban import ZubanChecker

    checker = ZubanChecker() if type_checker == "zuban" else None
    scores = score_maintainability_many(codes, contexts=[context] * len(codes), profile=profile, checker=checker)
    merged: list[Report] = []
    for report, score in zip(reports, scores, strict=True):
        found = sorted((*report.findings, *score.findings), key=lambda one: (one.line, one.column, one.rule))
        errors = (*report.errors, score.failure) if score.failure else report.errors
        merged.append(Report(tuple(found), errors))
    return merged


def _unsilenced(report: Report, text: str) -> Report:
    """Without the findings on lines that a comment silences. The reward never does this."""
    lines = text.split("\n")
    kept = [
        one
        for one in report.findings
        if one.rule == "suppression" or one.line > len(lines) or not _SILENT.search(lines[one.line - 1])
    ]
    return report if len(kept) == len(report.findings) else Report(tuple(kept), report.errors)


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
    if kind == "github":
        from codereal.formats import github

        return github.dump((path, report) for path, _, report in results)
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
            files = [one for ending in ("*.py", "*.ipynb") for one in path.rglob(ending)]
            inside = sorted(one for one in files if not _is_skipped(one.relative_to(path)))
            found.extend((str(one), _code(one)) for one in inside)
        elif path.exists():
            found.append((name, _code(path)))
        else:
            raise UsageError(f"{name}: no such file or folder")
    return found


def _is_skipped(path: Path) -> bool:
    return any(part in _SKIPPED or (part.startswith(".") and part not in (".", "..")) for part in path.parts[:-1])


def _code(path: Path) -> str:
    if path.suffix != ".ipynb":
        return _read(path)
    from codereal.formats import notebook

    return notebook.code(_read(path), str(path))


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error

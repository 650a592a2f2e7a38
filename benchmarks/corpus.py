"""Precision and recall of the analysis on the hand-written programs of benchmarks/corpus or of another set beside it.

    python benchmarks/corpus.py [--set corpus_asked] [--family NAME …] [--cwe N …]
                                [--show misses|alarms|all] [--peer bandit]

A record counts as flagged when there is any finding that is not of severity "note"; that is strict with safe programs,
which may be flagged for something else than what they are about. `matching` counts the vulnerable ones that have a
finding of the record's CWE or of one that is filed beside it. Bandit's findings of severity LOW (imports, mostly)
count as notes do; its second row counts them too.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from corpus import Record

from codereal import check

# Numbers that tools give to the same weakness; a table line of the output each.
GROUPS = (
    {78, 77, 88},
    {89},
    {79, 80},
    {90},
    {91, 643},
    {94, 95, 1336},
    {22, 23, 59, 73},
    {377, 379},
    {502},
    {611, 776},
    {601},
    {918},
    {113, 93, 117},
    {327, 328},
    {330, 331, 335, 337, 338},
    {295, 297},
    {326, 329, 323},
    {347, 345},
    {798, 259, 321},
    {614, 1004},
    {916, 759, 760},
    {732, 276},
    {434},
    {501},
    {862, 863, 306, 284, 285, 287, 639},
    {352},
    {915},
    {770, 400, 409},
    {1333},
    {200, 209, 532, 312, 497, 522},
    {489, 215},
    {942, 346},
    {74, 20},
    {116},
    {208, 385},
    {319, 523},
    {367},
    {605, 1327},
    {650},
    {835},
    {943},
    {1236},
    {0},
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a tool says of one program: lines for the reader, the CWEs it names, whether it counts as a warning."""

    flagged: bool
    cwes: frozenset[int]
    lines: tuple[str, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", default="corpus", help="folder beside this file")
    parser.add_argument("--family", nargs="*", default=[])
    parser.add_argument("--cwe", type=int, nargs="*", default=[])
    parser.add_argument("--show", choices=("misses", "alarms", "all"), default="")
    parser.add_argument("--peer", choices=("bandit",), default="")
    args = parser.parse_args()
    records = [
        record
        for module in sorted(one.name for one in pkgutil.iter_modules(importlib.import_module(args.set).__path__))
        if not args.family or module in args.family
        for record in _renamed(args.set, module)
        if not args.cwe or record.cwe in args.cwe
    ]
    if len({record.name for record in records}) != len(records):
        raise ValueError("two records have one name")
    _table("codereal", records, _timed(_codereal, records), args.show)
    _table("codereal, notes too", records, _timed(lambda some: _codereal(some, notes=True), records), total=True)
    if args.peer:
        _table("Bandit, MEDIUM and HIGH", records, _timed(lambda some: _bandit(some, {"MEDIUM", "HIGH"}), records))
        _table("Bandit, all", records, _timed(lambda some: _bandit(some, {"LOW", "MEDIUM", "HIGH"}), records))


def _renamed(folder: str, module: str) -> list[Record]:
    found: list[Record] = importlib.import_module(f"{folder}.{module}").RECORDS
    return [Record(f"{module}/{one.name}", one.cwe, one.vulnerable, one.code) for one in found]


def _timed(tool: Callable[[list[Record]], list[Said]], records: list[Record]) -> tuple[list[Said], float]:
    """What the tool says, and the CPU milliseconds a program that it took."""
    began = time.process_time()
    said = tool(records)
    return said, (time.process_time() - began) / max(len(records), 1) * 1000


def _codereal(records: list[Record], notes: bool = False) -> list[Said]:
    found = []
    for record in records:
        report = check(record.code)
        loud = [finding for finding in report.findings if notes or finding.severity != "note"]
        lines = [f"line {one.line}: {one.message} [{one.rule}, {one.severity}, {one.confidence}]" for one in loud]
        lines += [f"error: {error}" for error in report.errors]
        found.append(Said(bool(loud), frozenset(cwe for one in loud for cwe in one.cwe), tuple(lines)))
    return found


def _bandit(records: list[Record], severities: set[str]) -> list[Said]:
    try:
        from bandit.core import config, manager
    except ModuleNotFoundError:
        sys.exit("bandit is not installed: pip install bandit")
    run = manager.BanditManager(config.BanditConfig(), "file")
    with tempfile.TemporaryDirectory() as folder:
        for at, record in enumerate(records):
            Path(folder, f"r{at}.py").write_text(record.code, "utf-8")
        run.discover_files([folder], recursive=True)
        run.run_tests()
    cwes: dict[int, set[int]] = {}
    lines: dict[int, list[str]] = {}
    for issue in run.get_issue_list():
        if issue.severity in severities:
            at = int(os.path.basename(issue.fname)[1:-3])
            cwes.setdefault(at, set()).add(issue.cwe.id)
            lines.setdefault(at, []).append(f"line {issue.lineno}: {issue.text} [{issue.test_id}]")
    return [Said(at in cwes, frozenset(cwes.get(at, ())), tuple(lines.get(at, ()))) for at in range(len(records))]


def _table(
    title: str, records: list[Record], timed: tuple[list[Said], float], show: str = "", total: bool = False
) -> None:
    counts: Counter[tuple[int, str]] = Counter()
    for record, said in zip(records, timed[0], strict=True):
        at = next(at for at, group in enumerate(GROUPS) if record.cwe in group)
        verdict = ("TP" if said.flagged else "FN") if record.vulnerable else ("FP" if said.flagged else "TN")
        matching = record.vulnerable and bool(said.cwes & GROUPS[at])
        for key in at, -1:
            counts[key, verdict] += 1
            counts[key, "matching"] += matching
        if show == "all" or (show, verdict) in {("misses", "FN"), ("alarms", "FP")}:
            other = " other CWE" if verdict == "TP" and not matching else ""
            print(f"{verdict} {record.name} CWE-{record.cwe}{other}")
            print("".join(f"    {line}\n" for line in said.lines), end="")
    print(f"\n{title}, {timed[1]:.2f} CPU ms a program\n")
    print("| CWE | TP | FN | FP | TN | precision | recall | matching |\n|---|---|---|---|---|---|---|---|")
    present = {record.cwe for record in records}
    for at in [at for at in range(len(GROUPS)) if GROUPS[at] & present and not total] + [-1]:
        true, missed, false, quiet = (counts[at, kind] for kind in ("TP", "FN", "FP", "TN"))
        precision = f"{true / (true + false):.3f}" if true + false else "-"
        recall = f"{true / (true + missed):.3f}" if true + missed else "-"
        name = "all" if at < 0 else ", ".join(str(cwe) if cwe else "no twin" for cwe in sorted(GROUPS[at] & present))
        print(f"| {name} | {true} | {missed} | {false} | {quiet} | {precision} | {recall} | {counts[at, 'matching']} |")


if __name__ == "__main__":
    main()

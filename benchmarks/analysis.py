"""CPU time and agreement of this analysis and its peers on the same files, in one run.

    python benchmarks/analysis.py [PATH …] [--lines 60 100] [--limit 150] [--snippets]
    python benchmarks/analysis.py --soak 100000

Without a path: the standard library's own files of that many lines. `--snippets` adds the programs of the published
suites (CODEREAL_DATA). Bandit runs in this process, over one shared manager; ruff (rules S) and Semgrep, where they are
installed, as one process over all files. CPU milliseconds a file are processor time of this process and its children.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from codereal import check, check_many, load_tasks
from codereal.rules import RULES

Places = set[tuple[str, int]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--lines", type=int, nargs=2, default=(60, 100), metavar=("FROM", "TO"))
    parser.add_argument("--limit", type=int, default=150)
    parser.add_argument("--snippets", action="store_true")
    parser.add_argument("--soak", type=int, metavar="N", help="what N checks leave behind in memory, and nothing else")
    args = parser.parse_args()
    if args.soak:
        _soak(args.soak)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count, lines = _gather(folder, args)
        print(f"{count} files, {lines / count:.0f} lines on average\n")
        print("| tool | CPU ms a file | files with findings |\n|---|---|---|")
        found: dict[str, Places] = {}
        for tool, run in _tools().items():
            before = _cpu()
            found[tool] = run(folder)
            each = (_cpu() - before) / count * 1000
            print(f"| {tool} | {each:.2f} | {len({path for path, _ in found[tool]})} |", flush=True)
        _agreement(found)
        _scaling(folder)


def _gather(folder: Path, args: argparse.Namespace) -> tuple[int, int]:
    roots = args.paths or [Path(sysconfig.get_path("stdlib"))]
    files = [root] if (root := roots[0]).is_file() else []
    files += [
        file for root in roots if root.is_dir() for file in sorted(root.rglob("*.py")) if "test" not in file.parts
    ]
    texts = []
    for file in files:
        text = file.read_text("utf-8", errors="replace")
        if (
            args.lines[0] <= text.count("\n") <= args.lines[1]
            and "site-packages" not in file.relative_to(file.anchor).parts[:-3]
        ):
            texts.append(text)
    texts = texts[: args.limit]
    if args.snippets:
        from codereal import load_tasks

        texts += [task.references[0] for task in load_tasks("safesql", split="test") if task.references]
        texts += [program for task in load_tasks("seccodeplt", limit=args.limit) for program in task.vulnerable]
    for number, text in enumerate(texts):
        (folder / f"f{number:04}.py").write_text(text, "utf-8")
    return len(texts), sum(text.count("\n") for text in texts)


def _cpu() -> float:
    """Processor seconds of this process and of all children that have ended."""
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def _tools() -> dict[str, Callable[[Path], Places]]:
    check("x = 1")  # the library files are read once a process
    tools: dict[str, Callable[[Path], Places]] = {"codereal": _codereal}
    try:
        from bandit.core import config  # noqa: F401

        tools["bandit (in process)"] = _bandit
    except ModuleNotFoundError:
        print("bandit is not installed: pip install bandit", file=sys.stderr)
    if shutil.which("ruff", path=_path()):
        tools["ruff S"] = _ruff
    if shutil.which("semgrep", path=_path()):
        tools["semgrep"] = _semgrep
    return tools


def _path() -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


def _codereal(folder: Path) -> Places:
    files = sorted(folder.iterdir())
    reports = check_many([file.read_text("utf-8") for file in files])
    return {(file.name, one.line) for file, report in zip(files, reports, strict=True) for one in report.findings}


def _bandit(folder: Path) -> Places:
    from bandit.core import config, manager

    run = manager.BanditManager(config.BanditConfig(), "file")
    run.discover_files([str(folder)], recursive=True)
    run.run_tests()
    return {(Path(issue.fname).name, issue.lineno) for issue in run.get_issue_list()}


def _ruff(folder: Path) -> Places:
    command = [
        "ruff",
        "check",
        "--isolated",
        "--no-cache",
        "--select",
        "S",
        "--output-format",
        "json",
        "-q",
        str(folder),
    ]
    out = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PATH": _path()}, check=False)
    return {(Path(one["filename"]).name, one["location"]["row"]) for one in json.loads(out.stdout or "[]")}


def _semgrep(folder: Path) -> Places:
    """With the rules in SEMGREP_RULES (a file or folder); its registry is not asked."""
    rules = os.environ.get("SEMGREP_RULES")
    if not rules:
        return set()
    command = ["semgrep", "scan", "--metrics=off", "--json", "-q", "--config", rules, str(folder)]
    out = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PATH": _path()}, check=False)
    return {(Path(one["path"]).name, one["start"]["line"]) for one in json.loads(out.stdout or "{}").get("results", [])}


def _agreement(found: dict[str, Places]) -> None:
    ours = {path for path, _ in found["codereal"]}
    for tool, places in found.items():
        theirs = {path for path, _ in places}
        if tool != "codereal" and ours | theirs:
            alone = f"{len(ours - theirs)} codereal alone, {len(theirs - ours)} {tool} alone"
            print(f"\nfiles flagged by codereal and {tool}: {len(ours & theirs)} both, {alone}")


def _soak(count: int) -> None:
    """Programs of the built-in suite and of the rules, none twice: names and numbers change from round to round."""
    modules = [importlib.import_module(f"codereal.rules.{rule.replace('-', '_')}") for rule in RULES]
    texts = [code for module in modules for code in (*module.UNSAFE, *module.SAFE)]
    texts += [one for task in load_tasks("codereal-core") for one in (*task.references, *task.vulnerable)]
    print(f"{len(texts)} programs, {count} checks")
    print("| checks | MB | a second |\n|---|---|---|")
    began, before = time.perf_counter(), 0
    for number in range(count):
        check(f"MARK_{number} = {number}\n{texts[number % len(texts)]}")
        if (number + 1) % (count // 10) == 0:
            rate = (number + 1 - before) / (time.perf_counter() - began)
            print(f"| {number + 1} | {_resident():.0f} | {rate:.0f} |", flush=True)
            began, before = time.perf_counter(), number + 1


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _scaling(folder: Path) -> None:
    texts = [file.read_text("utf-8") for file in sorted(folder.iterdir())] * 4
    began = time.perf_counter()
    check_many(texts[:8], jobs=2)
    start = time.perf_counter() - began  # the processes are kept after that
    seconds = []
    for jobs in (1, 2):
        began = time.perf_counter()
        check_many(texts, jobs=jobs)
        seconds.append(time.perf_counter() - began)
    print(f"\ncheck_many of {len(texts)} files: {seconds[0]:.2f} s with one process, {seconds[1]:.2f} s with two "
          f"(which had started in {start:.1f} s): {seconds[0] / seconds[1]:.2f} times as fast")  # fmt: skip


if __name__ == "__main__":
    main()

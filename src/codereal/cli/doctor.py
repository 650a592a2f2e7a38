"""`codereal doctor`: what this machine gives: isolation, pins, data, processors."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Literal, TypeAlias

from codereal.errors import SandboxError, UsageError
from codereal.processors import available

if TYPE_CHECKING:
    from codereal.sandbox.conformance import Result
    from codereal.sandbox.verdict import Isolation

    _Level: TypeAlias = Isolation | Literal["best"]

SUMMARY = "say what level of isolation runs get here, which versions make the scores, and what is missing"

_DEFENDS = {
    "L2": "own namespaces, private read-only files, no network, system calls by allow-list, limits",
    "L1": "Landlock and system calls by allow-list, no network, limits; sizes of the host's files may be probed",
    "L0": "limits alone: for programs that you trust",
}
_AGAINST = {
    "verdict": "the verdict: leaving, lying, forging, looking for expected values",
    "budget": "the budget: time, memory, output, disk, threads, processes",
    "host": "the host: files, network, processes, rights",
    "runs": "other runs: what is left for the next program",
}
# The words of SECURITY.md.
_OPEN: dict[Isolation, tuple[str, ...]] = {
    "L2": (
        "a kernel exploit (use a virtual machine around the trainer if that matters)",
        "side channels: timing, caches, how full the machine is",
        "reading the Python packages of the environment",
    ),
    "L1": (
        "a kernel exploit (use a virtual machine around the trainer if that matters)",
        "side channels: timing, caches, how full the machine is",
        "reading the Python packages of the environment",
        "names and sizes of the host's files, which may be probed",
        "more disk than allowed for a twentieth of a second, until the watch sees it",
        "Unix sockets of the host that anybody may open, in tasks with a database server",
    ),
    "L0": ("everything that concerns the host: files, network, processes, rights",),
}
_PINS = ("codereal", "ast_serialize", "mypy")
_EXTRAS = {
    "torch": "train",
    "transformers": "train",
    "pyarrow": "train",
    "psycopg": "postgres",
    "pymysql": "mariadb",
}
_PROGRAM = "def double(number):\n    return 2 * number\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whether to let the hostile programs loose, at which level, and how to say what came of it."""
    parser.add_argument(
        "--sandbox", action="store_true", help="let the conformance suite's hostile programs loose (about a minute)"
    )
    parser.add_argument("--level", choices=["best", "L2", "L1", "L0"], help="level of the suite (default: best)")
    parser.add_argument("--format", choices=["text", "json"], help="how the suite's results are shown (default: text)")


def run(args: argparse.Namespace) -> int:
    """Print one line a fact; returns 1 when no program can be run, or what a level promises does not hold."""
    if args.sandbox:
        return _conformance(args.level or "best", args.format or "text", quiet=args.quiet)
    if args.level or args.format:
        raise UsageError("--level and --format go with --sandbox")
    works = _sandbox()
    _versions()
    _data()
    return 0 if works else 1


def _conformance(level: _Level, style: str, *, quiet: bool) -> int:
    from codereal.sandbox.conformance import CORPUS, run_corpus

    results: list[Result] = []
    for result in run_corpus(level, CORPUS):
        results.append(result)
        if not quiet and sys.stderr.isatty():
            print(
                f"\r\033[K{len(results)} of {len(CORPUS)}: {result.hostile.name}", end="", file=sys.stderr, flush=True
            )
    if not quiet and sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    print(_card(results) if style == "text" else json.dumps(_report(results), indent=1))
    return 1 if _broken(results) else 0


def _broken(results: list[Result]) -> list[Result]:
    return [result for result in results if result.promised and not result.defended]


def _report(results: list[Result]) -> dict[str, object]:
    level = results[0].isolation
    return {
        "schema": 1,
        "isolation": level,
        "defends": _DEFENDS[level],
        "not_defended": list(_OPEN[level]),
        "passed": not _broken(results),
        "programs": [result.to_dict() for result in results],
    }


def _card(results: list[Result]) -> str:
    level = results[0].isolation
    lines = [f"sandbox      {level}: {_DEFENDS[level]}"]
    for against, words in _AGAINST.items():
        lines += ["", words]
        for result in results:
            if result.hostile.against == against:
                lines += _line(result)
    defended, broken = sum(result.defended for result in results), _broken(results)
    promised = sum(result.promised for result in results)
    lines += ["", f"{level} does not defend against"]
    lines += [f"  {words}" for words in _OPEN[level]]
    lines += ["", f"{len(results)} hostile programs: {defended} defended; of {promised} promises {len(broken)} broken"]
    return "\n".join(lines)


def _line(result: Result) -> list[str]:
    state = "defended" if result.defended else "BROKEN" if result.promised else "not defended"
    line = f"  {state:14}{result.hostile.name}: {result.hostile.report}"
    return [line] if result.defended else [line, *(f"  {'':14}  {fault}"[:160] for fault in result.faults)]


def _sandbox() -> bool:
    from codereal.sandbox.run import run_program

    try:
        verdict = run_program(_PROGRAM, ["assert double(4) == 8"])
    except SandboxError as error:
        print(f"sandbox      none: {error}")
        return False
    print(f"sandbox      {verdict.isolation}: {_DEFENDS[verdict.isolation]}")
    print(f"a test run   {verdict.outcome} in {verdict.seconds * 1000:.1f} ms of processor time")
    return verdict.passed == verdict.total


def _versions() -> None:
    from codereal.analysis.engine import ruleset_hash
    from codereal.rules import RULES

    pins = ", ".join(f"{name} {_version(name)}" for name in _PINS)
    print(f"scores       {pins}; {len(RULES)} rules, rule set {ruleset_hash()}")
    missing = sorted({extra for name, extra in _EXTRAS.items() if _version(name) == "none"})
    extras = f"missing: pip install 'codereal[{','.join(missing)}]'" if missing else "complete"
    print(f"training     {extras}")
    cores = available()
    print(
        f"machine      Python {platform.python_version()}, {platform.system()} {platform.machine()}, {cores} processors"
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _data() -> None:
    from codereal.tasks.load import suites

    folder = os.environ.get("CODEREAL_DATA")
    there = sorted(os.listdir(folder)) if folder and os.path.isdir(folder) else []
    words = (
        f"{folder}: {', '.join(there)}" if folder else "CODEREAL_DATA is not set: published suites come from the hub"
    )
    print(f"data         {words}")
    print(f"suites       {', '.join(suites())}")

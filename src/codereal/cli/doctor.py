"""`codereal doctor`: what this machine gives: isolation, pins, data, processors."""

from __future__ import annotations

import argparse
import os
import platform
from importlib.metadata import PackageNotFoundError, version

from codereal.errors import SandboxError

SUMMARY = "say what level of isolation runs get here, which versions make the scores, and what is missing"

_DEFENDS = {
    "L2": "own namespaces, private read-only files, no network, system calls by allow-list, limits",
    "L1": "Landlock and system calls by allow-list, no network, limits; sizes of the host's files may be probed",
    "L0": "limits alone: for programs that you trust",
}
_PINS = ("codereal", "ast_serialize", "mypy")
_EXTRAS = {"torch": "train", "transformers": "train", "pyarrow": "train"}
_PROGRAM = "def double(number):\n    return 2 * number\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing but the question."""
    parser.add_argument("--sandbox", action="store_true", help="only the sandbox")


def run(args: argparse.Namespace) -> int:
    """Print one line a fact; returns 1 when no program can be run."""
    works = _sandbox()
    if not args.sandbox:
        _versions()
        _data()
    return 0 if works else 1


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
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
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

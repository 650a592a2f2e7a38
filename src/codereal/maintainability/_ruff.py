"""Ruff over many snippets in one process: the findings of chosen rules, and never a configuration or a comment."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ruff import find_ruff_bin

from codereal.maintainability._batches import ToolFailedError, by_halves
from codereal.maintainability._flags import PYTHON_VERSION
from codereal.maintainability._source import Spot

_SECONDS = 60.0  # of wall time for a batch; ruff needs 0.1 ms of processor time a snippet


class Lint(NamedTuple):
    """What ruff says about one snippet; `failure` says why it could not, which is ours and not the snippet's."""

    spots: tuple[Spot, ...] = ()
    failure: str | None = None


def lint(codes: Sequence[str], rules: Sequence[str], settings: Sequence[str] = ()) -> list[Lint]:
    """Return what the rules find in each snippet; a spot's kind is the rule's code.

    `settings` are lines of ruff's TOML. A snippet on which ruff dies or hangs costs its own answer, not its batch's.
    """
    return by_halves(codes, lambda part: _lint(part, rules, settings), lambda why: Lint(failure=f"ruff: {why}"))


def _lint(codes: Sequence[str], rules: Sequence[str], settings: Sequence[str]) -> list[Lint]:
    with tempfile.TemporaryDirectory(prefix="codereal-lint-") as folder:
        for number, code in enumerate(codes):
            (Path(folder) / f"{number}.py").write_bytes(code.encode("utf-8", "surrogatepass"))
        rows = _run(folder, rules, settings)
    spots: list[list[Spot]] = [[] for _ in codes]
    for row in rows:
        if row["code"] in rules:  # not the errors of syntax, which mypy reports
            spots[int(Path(row["filename"]).stem)].append(_spot(row))
    return [Lint(tuple(found)) for found in spots]


def _run(folder: str, rules: Sequence[str], settings: Sequence[str]) -> list[dict[str, Any]]:
    version = f"py{PYTHON_VERSION.replace('.', '')}"
    fixed = ["--isolated", "--no-cache", "--ignore-noqa", "--exit-zero", "--quiet", "--target-version", version]
    chosen = ["--preview", "--config", "lint.explicit-preview-rules=true", "--select", ",".join(rules)]
    more = [part for line in settings for part in ("--config", line)]
    command = [find_ruff_bin(), "check", *fixed, *chosen, *more, "--output-format", "json", "."]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise ToolFailedError(str(error)) from error
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ToolFailedError(f"ended with {done.returncode}: {' | '.join(words[-2:])}")
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def _spot(row: dict[str, Any]) -> Spot:
    start, end = row["location"], row["end_location"]
    return Spot(start["row"], start["column"], end["row"], end["column"], row["message"], row["code"])

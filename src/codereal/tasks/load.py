"""`load_tasks`: any suite by name. A suite is a module in `codereal.tasks.suites` with a `load` function."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from codereal.errors import DataError, UsageError

if TYPE_CHECKING:
    from codereal.tasks.task import Task

SPLITS = ("train", "test")


def suites() -> list[str]:
    """The names of all suites."""
    from codereal.tasks import suites as package

    return sorted(module.name.replace("_", "-") for module in iter_modules(package.__path__))


def load_tasks(
    suite: str, *, split: str = "train", path: str | Path | None = None, limit: int | None = None
) -> list[Task]:
    """The tasks of a suite's split, in its order; `limit` keeps the first so many.

    `path` is a data folder with one folder a suite (default: the environment's `CODEREAL_DATA`); built-in
    suites need none. Raises `UsageError` for an unknown suite, split or limit, `DataError` for broken data.
    """
    if suite not in suites():
        raise UsageError(f"unknown suite {suite!r}: one of {', '.join(suites())}")
    if split not in SPLITS:
        raise UsageError(f"unknown split {split!r}: one of {', '.join(SPLITS)}")
    if limit is not None and limit < 1:
        raise UsageError(f"limit must be at least 1, not {limit}")
    folder = path or os.environ.get("CODEREAL_DATA") or None
    module = import_module(f"codereal.tasks.suites.{suite.replace('-', '_')}")
    tasks: list[Task] = module.load(split, Path(folder) if folder else None)
    if not tasks:
        raise DataError(f"suite {suite} has no tasks in its split {split!r}")
    return tasks[:limit]

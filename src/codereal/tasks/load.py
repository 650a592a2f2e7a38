"""`load_tasks`: any suite by name, or a data set of one's own. A suite is a module in `codereal.tasks.suites`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from codereal.errors import DataError, UsageError
from codereal.tasks.files import parts
from codereal.tasks.hub import fetch

if TYPE_CHECKING:
    from codereal.tasks.task import Task

SPLITS = ("train", "test")
_HUB = "hf://"


def suites() -> list[str]:
    """The names of all suites."""
    from codereal.tasks import suites as package

    return sorted(module.name.replace("_", "-") for module in iter_modules(package.__path__))


def load_tasks(
    suite: str,
    *,
    split: str = "train",
    path: str | Path | None = None,
    limit: int | None = None,
    columns: Mapping[str, str] | None = None,
) -> list[Task]:
    """The tasks of a suite's split, in its order; `limit` keeps the first so many.

    `path` is a data folder with one folder a suite (default: the environment's `CODEREAL_DATA`, else the Hugging Face
    hub by way of the cache) or one file; built-in suites need none. A data set of one's own is a file, a folder of
    Parquet or Arrow files, or `hf://owner/name` on the hub, with `columns`, which say where its fields stand (see
    `codereal.tasks.table`); or a file of tasks as `codereal data export` writes them, for any trainer. It has any name
    as `suite`. `suite:family` keeps the tasks of one family, as their tag says.
    Rows that are broken are left out with one `BrokenRowWarning` that names them.
    Raises `UsageError` for an unknown suite, split or limit, `DataError` for data without a single good row.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"limit must be at least 1, not {limit}")
    place = path or os.environ.get("CODEREAL_DATA") or None
    if isinstance(place, str) and place.startswith(_HUB):
        if columns is None:
            raise UsageError(f"{place} is a data set of one's own: say where its fields stand with columns")
        file: Path | None = fetch(place.removeprefix(_HUB), split)
    else:
        file = Path(place) if place else None
    suite, _, family = suite.partition(":")
    tasks = _own(suite, split, file, columns)
    if tasks is None:
        if suite not in suites():
            raise UsageError(f"unknown suite {suite!r}: one of {', '.join(suites())}")
        if split not in SPLITS:
            raise UsageError(f"unknown split {split!r}: one of {', '.join(SPLITS)}")
        tasks = import_module(f"codereal.tasks.suites.{suite.replace('-', '_')}").load(split, file)
    if family:
        known = sorted({task.tags["family"] for task in tasks if "family" in task.tags})
        if family not in known:
            raise UsageError(f"suite {suite} has no family {family!r}; there are {', '.join(known) or 'none'}")
        tasks = [task for task in tasks if task.tags.get("family") == family]
    if not tasks:
        raise DataError(f"suite {suite} has no tasks in its split {split!r}")
    return tasks[:limit]


def _own(suite: str, split: str, file: Path | None, columns: Mapping[str, str] | None) -> list[Task] | None:
    """The tasks of a file that needs no suite's loader; None when it does."""
    is_data = file is not None and (file.is_file() or (columns is not None and bool(parts(file))))
    if columns is None and not is_data:
        return None
    from codereal.tasks.table import is_task_file, load_table

    if file is None or not is_data:
        raise UsageError("columns describe one file, or a folder of Parquet or Arrow files: give its path")
    if columns is None and not is_task_file(file):
        return None
    return load_table(file, suite=suite, split=split, columns=columns)


def spread(tasks: list[Task], limit: int) -> list[Task]:
    """`limit` of the tasks, evenly over their order, so that every kind of task is kept; all when there are no more."""
    if limit >= len(tasks):
        return tasks
    return [tasks[place * len(tasks) // limit] for place in range(limit)]

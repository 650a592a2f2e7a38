"""`codereal-core`: this project's own tasks, built and proved by `codereal data build`, shipped with the package.

A file a family; the database tasks (family `sql-injection`) come first, the others in the order of their names.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from importlib.resources import files
from pathlib import Path

from codereal.tasks.task import Task

FIRST = "database"
SUFFIX = ".jsonl.gz"


def load(split: str, path: Path | None) -> list[Task]:
    """The tasks of a split; `path` is not needed."""
    return [task for task in shipped("core") if task.split == split]


@cache
def shipped(folder: str) -> tuple[Task, ...]:
    """All tasks of a folder of this package, file by file."""
    packed = [file for file in files("codereal.tasks").joinpath(folder).iterdir() if file.name.endswith(SUFFIX)]
    packed.sort(key=lambda file: (file.name != FIRST + SUFFIX, file.name))
    lines = [line for file in packed for line in gzip.decompress(file.read_bytes()).decode().splitlines()]
    return tuple(Task.from_dict(json.loads(line)) for line in lines)


def pack(tasks: list[Task]) -> bytes:
    """A file of the suite: the same, to the byte, for the same tasks."""
    lines = [json.dumps(task.to_dict(), ensure_ascii=False, separators=(",", ":")) for task in tasks]
    return gzip.compress(("\n".join(lines) + "\n").encode(), 9, mtime=0)

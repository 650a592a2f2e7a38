"""`codereal-servers`: the database questions of `codereal-core` once more, for PostgreSQL and MariaDB.

They load anywhere; to judge an answer takes a server (see `codereal.sandbox.database`). Hence a suite of their own.
Built and proved by `codereal data build --dialect postgresql` or `mariadb`.
"""

from __future__ import annotations

from pathlib import Path

from codereal.tasks.suites.codereal_core import shipped
from codereal.tasks.task import Task


def load(split: str, path: Path | None) -> list[Task]:
    """The tasks of a split, a dialect after the other; `path` is not needed."""
    return [task for task in shipped("servers") if task.split == split]

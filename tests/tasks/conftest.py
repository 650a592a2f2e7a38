"""Data for the tests of the suites: rows that the tests write themselves, and the published ones where they are."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codereal.sandbox.run import default_sandbox, make_job, prepare_files
from codereal.sandbox.verdict import Verdict
from codereal.tasks.task import Task

Write = Callable[[str, list[dict[str, Any]]], Path]


@pytest.fixture
def published() -> Path:
    """The folder with the published suites."""
    folder = os.environ.get("CODEREAL_DATA")
    if not folder:
        pytest.skip("CODEREAL_DATA does not name a folder with the published suites")
    return Path(folder)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write rows as `<tmp_path>/<name>.parquet`; gives the folder."""

    def write(name: str, rows: list[dict[str, Any]]) -> Path:
        import pyarrow
        import pyarrow.parquet

        file = tmp_path / f"{name}.parquet"
        file.parent.mkdir(exist_ok=True)
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), file)
        return tmp_path

    return write


def prove(tasks: list[Task], kind: str) -> list[tuple[Task, Verdict, Verdict]]:
    """Each task with the verdicts on tests and attacks of its first program of a kind (`references`, `vulnerable`)."""
    jobs = [
        make_job(
            getattr(task, kind)[0],
            task.tests,
            attacks=task.attacks,
            limits=task.limits,
            database=task.database,
            files=prepare_files(task.setup) if task.setup else None,
            context=task.context,
        )
        for task in tasks
    ]
    out = []
    for task, verdict in zip(tasks, default_sandbox().run_many(jobs), strict=True):
        cases, count = list(verdict.cases), len(task.tests)
        out.append((task, Verdict.of(cases[:count], verdict.isolation), Verdict.of(cases[count:], verdict.isolation)))
    return out

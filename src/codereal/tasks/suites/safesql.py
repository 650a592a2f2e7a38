"""SafeSQL (ReaL, section 4): programs that read inputs and query a SQLite database in the working folder.

A row has a script that builds the database, tests as stdin and stdout, and attack inputs. The published
references are not all safe, so a reference counts as one only where the analysis finds nothing in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from codereal.analysis.engine import check
from codereal.errors import DataError
from codereal.sandbox.case import Stdio
from codereal.tasks.parquet import read_rows
from codereal.tasks.task import Task


def load(split: str, folder: Path | None) -> list[Task]:
    """The rows of `safesql/<split>.parquet`; raises `DataError` naming the row that is broken."""
    rows = read_rows("safesql", split, folder, hub="fengyao1909/SafeSQL")
    return [_task(row, number, split) for number, row in enumerate(rows)]


def _task(row: Mapping[str, Any], number: int, split: str) -> Task:
    try:
        reference = row["execute_sql"]
        safe = not check(reference).findings
        return Task(
            id=f"safesql-{row['program_id']}",
            suite="safesql",
            split=split,
            prompt=tuple({"role": m["role"], "content": m["content"]} for m in row["prompt"]),
            tests=tuple(Stdio(c["input"], c["output"], match="loose", prompts=False) for c in row["test_cases"]),
            setup=row["construct_db"],
            references=(reference,) if safe else (),
            vulnerable=() if safe else (reference,),
            tags={"family": "sql-injection", "cwe": "89", "form": "program"},
            license="Apache-2.0",
            origin="fengyao1909/SafeSQL",
        )
    except (KeyError, TypeError) as error:
        raise DataError(f"safesql {split}, row {number}: {type(error).__name__}: {error}") from error

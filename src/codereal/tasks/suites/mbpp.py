"""MBPP (Austin et al. 2021), its sanitized half and MBPP+ (EvalPlus): short functions, described by a sentence.

Layouts: `task_id, text or prompt, code, test_list`, with `test_setup_code` or `test_imports` before every test and, in
MBPP+, a `test` with many more. The prompt shows the first test, which names the function; the others are not shown.
"""

from __future__ import annotations

import ast
from pathlib import Path

from codereal.errors import DataError
from codereal.sandbox.asserts import read_test
from codereal.sandbox.case import Assertion, Case
from codereal.sandbox.limits import Limits
from codereal.tasks.files import read_rows
from codereal.tasks.rows import Row, read_tasks
from codereal.tasks.task import Task


def load(split: str, path: Path | None) -> list[Task]:
    """The rows of `mbpp/<split>`; warns about rows that are broken."""
    rows = read_rows("mbpp", split, path, hub="google-research-datasets/mbpp:full")
    return read_tasks(rows, lambda row, number: _task(row, split), f"mbpp {split}")


def _task(row: Row, split: str) -> Task:
    words = row["text"] if "text" in row else row["prompt"]
    asserts = [*row["test_list"], *(row.get("challenge_test_list") or ())]
    setup = "\n".join(filter(None, [row.get("test_setup_code"), *(row.get("test_imports") or ())]))
    tests: list[Case] = [read_test(source) if not setup else Assertion(f"{setup}\n{source}") for source in asserts]
    if row.get("test"):
        tests.append(Assertion(row["test"], name="plus"))
    return Task(
        id=f"mbpp-{row['task_id']}",
        suite="mbpp",
        split=split,
        prompt=f"{words.strip()}\nYour code should pass this test:\n{asserts[0]}\n",
        entry_point=_function(asserts[0], row["code"]),
        tests=tuple(tests),
        limits=Limits(cpu_seconds=10, wall_seconds=30) if row.get("test") else None,
        references=(row["code"].replace("\r\n", "\n"),),
        tags={"form": "function"},
        license="CC-BY-4.0",
        origin="evalplus/mbppplus" if row.get("test") else "google-research-datasets/mbpp",
    )


def _function(test: str, code: str) -> str:
    """The function of the program that the test calls first."""
    defined = {node.name for node in ast.walk(ast.parse(code)) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in ast.walk(ast.parse(test)):
        if isinstance(node, ast.Name) and node.id in defined:
            return node.id
    raise DataError("its first test calls no function of its code")

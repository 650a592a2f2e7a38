"""APPS as published (Hendrycks et al. 2021): functions and methods by name, and programs that read standard input.

Layout: `problem_id` (or `id`), `question, solutions` (JSON), `input_output` (JSON: `inputs, outputs` and, for
functions, `fn_name`), `starter_code, difficulty`. Outputs of programs compare without trailing white space.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from codereal.errors import DataError
from codereal.sandbox.case import Call, Case, Stdio
from codereal.tasks.files import read_rows
from codereal.tasks.rows import Row, read_tasks
from codereal.tasks.suites.apps import CONTEXT
from codereal.tasks.task import Task


def load(split: str, path: Path | None) -> list[Task]:
    """The rows of `apps-raw/<split>`; warns about rows that are broken (a few have no tests)."""
    rows = read_rows("apps-raw", split, path, hub="codeparrot/apps")
    return read_tasks(rows, lambda row, number: _task(row, split), f"apps-raw {split}")


def _task(row: Row, split: str) -> Task:
    number = row["problem_id"] if "problem_id" in row else row["id"]
    tests = json.loads(row["input_output"] or "null")
    if not tests or not tests["inputs"]:
        raise DataError("it has no tests")
    starter, name = row.get("starter_code") or "", tests.get("fn_name")
    method = "class Solution" in starter
    how = "Write a function with this signature" if name else "Read from standard input, write to standard output"
    return Task(
        id=f"apps-raw-{number}",
        suite="apps-raw",
        split=split,
        prompt=f"{row['question'].strip()}\n\n{how}.\n" + (f"\n{starter.strip()}\n" if starter.strip() else ""),
        entry_point=("Solution." if method else "") + name if name else "",
        context=CONTEXT,
        tests=tuple(_calls(f"Solution().{name}" if method else name, tests) if name else _programs(tests)),
        quality=("maintainability",),
        references=tuple(dict.fromkeys(json.loads(row["solutions"] or "[]"))),
        tags={
            "difficulty": str(row.get("difficulty") or ""),
            "form": ("class" if method else "function") if name else "program",
        },
        license="MIT",
        origin="codeparrot/apps",
    )


def _calls(function: str, tests: dict[str, Any]) -> Iterator[Case]:
    for args, expected in zip(tests["inputs"], tests["outputs"], strict=True):
        # The sites' outputs of functions stand in a list of their own, which methods' do not.
        wrapped = isinstance(expected, list) and len(expected) == 1 and not function.startswith("Solution")
        yield Call(function, tuple(args), expected=expected[0] if wrapped else expected, match="json")


def _programs(tests: dict[str, Any]) -> Iterator[Case]:
    for number, (given, printed) in enumerate(zip(tests["inputs"], tests["outputs"], strict=True), 1):
        yield Stdio(_text(given), _text(printed), match="lines", name=f"input {number}")


def _text(lines: str | list[Any]) -> str:
    return lines if isinstance(lines, str) else "\n".join(map(str, lines)) + "\n"

"""LeetCode-style data sets: methods of a class `Solution`, or functions, with a `check(candidate)`.

Layout: `task_id, entry_point` ("Solution().twoSum"), `test`, `completion` (the solution), `prompt` (imports that stand
before every program), and the words as `query` or `problem_description` with `starter_code`. Asserts of the check that
compare a call with a literal are judged one by one, so that a program earns what it solves.
"""

from __future__ import annotations

import ast
from pathlib import Path

from codereal.sandbox.asserts import read_test
from codereal.sandbox.case import Assertion, Case
from codereal.tasks.files import read_rows
from codereal.tasks.rows import Row, read_tasks
from codereal.tasks.task import Task


def load(split: str, path: Path | None) -> list[Task]:
    """The rows of `leetcode/<split>`; warns about rows that are broken."""
    rows = read_rows("leetcode", split, path, hub="newfacade/LeetCodeDataset")
    return read_tasks(rows, lambda row, number: _task(row, split), f"leetcode {split}")


def _task(row: Row, split: str) -> Task:
    words = row.get("query") or f"{row['problem_description'].strip()}\n\nStart from:\n{row['starter_code']}"
    tags = {"form": "class" if row["entry_point"].startswith("Solution") else "function"}
    if row.get("difficulty"):
        tags["difficulty"] = str(row["difficulty"]).lower()
    return Task(
        id=f"leetcode-{row['task_id']}",
        suite="leetcode",
        split=split,
        prompt=words,
        entry_point=row["entry_point"].replace("()", ""),
        context=row.get("prompt") or "",
        tests=tuple(split_check(row["test"], row["entry_point"])),
        references=(row["completion"],),
        tags=tags,
        license="Apache-2.0",
        origin="newfacade/LeetCodeDataset",
    )


def split_check(test: str, entry_point: str) -> list[Case]:
    """The asserts of a `check(candidate)` one by one, where it is nothing but asserts; else the check as one test."""
    whole = [Assertion(f"{test}\n\ncheck({entry_point})\n", name="check")]
    match ast.parse(test).body:
        case [ast.FunctionDef(name="check", args=ast.arguments(args=[ast.arg(parameter)]), body=body)]:
            if all(isinstance(node, ast.Assert) for node in body):
                target = ast.parse(entry_point, mode="eval").body
                return [read_test(ast.unparse(_Named(parameter, target).visit(node))) for node in body]
    return list(whole)


class _Named(ast.NodeTransformer):
    """Puts the entry point in the candidate's place."""

    def __init__(self, parameter: str, target: ast.expr) -> None:
        self._parameter, self._target = parameter, target

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._target if node.id == self._parameter else node

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from codereal.sandbox.case import Call
from codereal.tasks.load import load_tasks
from codereal.tasks.rows import BrokenRowWarning
from codereal.tasks.task import Task
from tests.tasks.conftest import Write, prove


def row(number: int, kind: str, name: str, solutions: list[str]) -> dict[str, Any]:
    """A row of the published layout."""
    tests = {"fn_name": name, "inputs": [[[3, 1, 2]], [[]]], "outputs": [[1, 2, 3], []]}
    return {
        "problem_id": number,
        "solutions": json.dumps(solutions),
        "difficulty": "introductory",
        "prompt": [{"content": f"Write {name}: the numbers in order.", "role": "user"}],
        "extra_info": {"program_type": kind, "test_info": json.dumps(tests)},
    }


FUNCTION = "def arrange(numbers):\n    return tuple(sorted(numbers))\n"
METHOD = (
    "class Solution:\n    def arrange(self, numbers: List[int]) -> List[int]:\n        return deque(sorted(numbers))\n"
)


def test_functions_and_methods(write: Write) -> None:
    rows = [row(1, "function", "arrange", [FUNCTION, FUNCTION]), row(2, "class", "arrange", [METHOD])]
    function, method = load_tasks("apps", path=write("apps/train", rows))
    assert function.tests[0] == Call("arrange", ([3, 1, 2],), expected=[1, 2, 3], match="json")
    assert function.references == (FUNCTION,)
    assert function.quality == ("maintainability",)
    assert (function.entry_point, method.entry_point) == ("arrange", "Solution.arrange")
    assert Task.from_dict(method.to_dict()) == method
    assert [verdict.passed for _, verdict, _ in prove([function], "references")] == [2]
    [(_, verdict, _)] = prove([method], "references")
    assert verdict.cases[0].detail == "returned a value of type collections.deque that has no plain form"


def test_broken_rows_are_named(write: Write) -> None:
    rows = [
        row(1, "function", "arrange", [FUNCTION]),
        row(2, "procedure", "arrange", [FUNCTION]),
        row(3, "function", "arrange", []) | {"solutions": "["},
    ]
    words = r"left out row 1: unknown program type .procedure.; row 2: JSONDecodeError"
    with pytest.warns(BrokenRowWarning, match=words):
        assert len(load_tasks("apps", path=write("apps/train", rows))) == 1


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_first_published_solutions_pass(published: Path, split: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tasks = load_tasks("apps", split=split, path=published)
    assert len(tasks) == {"train": 300, "test": 100}[split]
    for task, verdict, _ in prove(tasks[::4], "references"):
        assert verdict.passed == verdict.total, task.id


@pytest.mark.slow
def test_all_first_published_solutions_pass(published: Path) -> None:
    tasks = [task for split in ("train", "test") for task in load_tasks("apps", split=split, path=published)]
    assert [task.id for task, verdict, _ in prove(tasks, "references") if verdict.passed < verdict.total] == []

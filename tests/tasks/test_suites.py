"""The layouts of published suites, on rows of our own invention."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codereal.errors import DataError, UsageError
from codereal.sandbox.case import Assertion, Call, Stdio
from codereal.tasks.load import load_tasks, suites
from codereal.tasks.rows import BrokenRowWarning
from codereal.tasks.suites.leetcode import split_check
from codereal.tasks.task import Task
from tests.tasks.conftest import Write, prove


def jsonl(folder: Path, name: str, rows: list[dict[str, Any]]) -> Path:
    file = folder / f"{name}.jsonl"
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def proven(task: Task) -> tuple[int, int]:
    """Tests that the task's first reference passes, and their number."""
    assert Task.from_dict(task.to_dict()) == task
    [(_, verdict, _)] = prove([task], "references")
    return verdict.passed, verdict.total


TRIPLE = {
    "task_id": "HumanEval/900",
    "prompt": "def triple(x: int) -> int:\n    '''Three times x.'''\n",
    "entry_point": "triple",
    "canonical_solution": "    return 3 * x\n",
}


def test_humaneval(write: Write) -> None:
    check = "METADATA = {}\n\ndef check(candidate):\n    assert candidate(2) == 6\n    assert candidate(0) < 1\n"
    row = TRIPLE | {"test": check}
    [task] = load_tasks("humaneval", split="test", path=write("humaneval/test", [row]))
    assert (task.id, task.prefix, task.entry_point) == ("humaneval-900", TRIPLE["prompt"], "triple")
    assert task.tests == (Assertion(check + "\n\ncheck(triple)\n", name="check"),)
    assert proven(task) == (1, 1)
    wrong = Task.from_dict(task.to_dict() | {"references": [TRIPLE["prompt"] + "    return x + 4\n"]})
    assert proven(wrong) == (0, 1)


def test_humaneval_plus(tmp_path: Path) -> None:
    row = TRIPLE | {"base_input": [[2]], "plus_input": [[-1], [0]], "atol": 0, "contract": ""}
    broken = row | {"task_id": "HumanEval/901", "canonical_solution": "    return 1 / 0\n"}
    with pytest.warns(BrokenRowWarning, match="left out row 1: the row's code raised ZeroDivisionError"):
        [task] = load_tasks("humaneval", split="test", path=jsonl(tmp_path, "humaneval/test", [row, broken]))
    assert [case.expected for case in task.tests if isinstance(case, Call)] == [6, -3, 0]
    assert proven(task) == (3, 3)


def test_mbpp(tmp_path: Path) -> None:
    row = {
        "task_id": 7000,
        "text": "Write a function to find the longest word.",
        "code": "def longest(words):\r\n    return max(words, key=len)\r\n",
        "test_list": ["assert longest(['a', 'bcd']) == 'bcd'", "assert longest(['x']) in ('x',)"],
        "test_setup_code": "",
        "challenge_test_list": [],
    }
    plus = row | {
        "task_id": 7001,
        "prompt": row["text"],
        "test_imports": ["import math"],
        "test": "for n in range(1, 4):\n    assert len(longest(['a' * n])) == n\n",
    }
    tasks = load_tasks("mbpp", split="test", path=jsonl(tmp_path, "mbpp/test", [row, plus]))
    assert [task.entry_point for task in tasks] == ["longest", "longest"]
    assert isinstance(tasks[0].tests[0], Call)
    assert "['a', 'bcd']" in str(tasks[0].prompt)
    assert "('x',)" not in str(tasks[0].prompt)
    assert [proven(task) for task in tasks] == [(2, 2), (3, 3)]


def test_leetcode(write: Write) -> None:
    row = {
        "task_id": "two-apart",
        "entry_point": "Solution().apart",
        "problem_description": "Are two numbers of nums k apart?",
        "starter_code": "class Solution:\n    def apart(self, nums: List[int], k: int) -> bool:\n",
        "prompt": "from typing import *\n",
        "completion": (
            "class Solution:\n    def apart(self, nums: List[int], k: int) -> bool:\n"
            "        return any(n + k in nums for n in nums)\n"
        ),
        "test": (
            "def check(candidate):\n    assert candidate(nums = [1, 4], k = 3) == True\n"
            "    assert not candidate([1], 2)\n"
        ),
        "difficulty": "Easy",
    }
    [task] = load_tasks("leetcode", path=write("leetcode/train", [row]))
    assert task.tests[0] == Call(
        "Solution().apart", (), {"nums": [1, 4], "k": 3}, True, match="equal",
        name="assert Solution().apart(nums=[1, 4], k=3) == True",
    )  # fmt: skip
    assert isinstance(task.tests[1], Assertion)
    assert proven(task) == (2, 2)
    assert len(split_check("def check(f):\n    x = f(1)\n    assert x == 2\n", "g")) == 1


def test_raw_apps(tmp_path: Path) -> None:
    base = {"question": "Add a and b.", "difficulty": "interview", "starter_code": ""}
    rows = [
        base
        | {
            "problem_id": 1,
            "solutions": json.dumps(["a, b = map(int, input().split())\nprint(a + b)\n"]),
            "input_output": json.dumps({"inputs": ["1 2\n", ["3 4"]], "outputs": ["3", ["7"]]}),
        },
        base
        | {
            "problem_id": 2,
            "solutions": json.dumps(["def add(a, b):\n    return a + b\n"]),
            "input_output": json.dumps({"fn_name": "add", "inputs": [[1, 2]], "outputs": [[3]]}),
        },
        base
        | {
            "problem_id": 3,
            "starter_code": "class Solution:\n    def add(self, a: int, b: int) -> int:\n",
            "solutions": json.dumps(["class Solution:\n    def add(self, a: int, b: int):\n        return [a + b]\n"]),
            "input_output": json.dumps({"fn_name": "add", "inputs": [[1, 2]], "outputs": [[3]]}),
        },
        base | {"problem_id": 4, "solutions": "", "input_output": ""},
    ]
    with pytest.warns(BrokenRowWarning, match="left out row 3: it has no tests"):
        tasks = load_tasks("apps-raw", path=jsonl(tmp_path, "apps-raw/train", rows))
    assert [task.tags["form"] for task in tasks] == ["program", "function", "class"]
    assert tasks[0].tests[1] == Stdio("3 4\n", "7\n", match="lines", name="input 2")
    assert [proven(task) for task in tasks] == [(2, 2), (1, 1), (1, 1)]


def test_every_suite_says_where_its_data_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CODEREAL_DATA", raising=False)
    monkeypatch.setenv("CODEREAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    built_in = {"codereal-core", "codereal-servers"}
    published = {"apps", "apps-raw", "humaneval", "leetcode", "mbpp", "safesql", "seccodeplt"}
    assert set(suites()) == built_in | published
    for suite in published:
        with pytest.raises(UsageError, match="needs its data"):
            load_tasks(suite)
        with pytest.raises(DataError, match=r"no file .* on the Hugging Face hub"):
            load_tasks(suite, path=tmp_path)
        (tmp_path / "broken.parquet").write_bytes(b"PAR1 not really")
        with pytest.raises(DataError, match="cannot be read"):
            load_tasks(suite, path=tmp_path / "broken.parquet")

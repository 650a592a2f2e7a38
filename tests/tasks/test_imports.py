"""The modules that an answer may use, where a task says so."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from codereal.reward.hybrid import HybridReward
from codereal.sandbox.case import Call
from codereal.tasks.imports import forbidden
from codereal.tasks.load import load_tasks
from codereal.tasks.task import Task
from codereal.tasks.validate import validate

TASK = Task(
    "roots", "own", "Write `root(x)`, the square root, with `math` alone.", (Call("root", (9,), expected=3.0),),
    entry_point="root", imports=("math", "collections.abc"),
    references=("import math\n\n\ndef root(x: float) -> float:\n    return math.sqrt(x)\n",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("program", "names"),
    [
        ("import math\nfrom math import sqrt\nfrom collections.abc import Mapping\nfrom . import own\n", []),
        ("from __future__ import annotations\nx = 1\n", []),
        ("import numpy as np, math\n", ["numpy"]),
        ("def f():\n    from os.path import join\n", ["os.path"]),
        ("import collections\nimport mathematics\n", ["collections", "mathematics"]),
        ("__import__('os')\nimportlib.import_module('sys')\n__import__(name)\n", ["os", "sys"]),
        ("def broken(", []),
    ],
)
def test_what_is_not_allowed(program: str, names: list[str]) -> None:
    assert [found.message.rpartition(" ")[2] for found in forbidden(program, TASK)] == names
    assert forbidden(program, replace(TASK, imports=())) == ()


def test_it_costs_quality_and_says_why() -> None:
    good, bad = TASK.references[0], TASK.references[0].replace("import math", "import math\nimport decimal")
    scores = HybridReward().score_many([f"```python\n{program}\n```" for program in (good, bad)], [TASK, TASK])
    assert [score.passed_function for score in scores] == [True, True]
    assert [score.passed_quality for score in scores] == [True, False]
    assert scores[0].value == 1.0
    assert "line 2: the task does not allow decimal [import-not-allowed]" in scores[1].reasons
    assert scores[1].spans[0].rule == "import-not-allowed"
    task = replace(TASK, references=(bad,))
    assert [flaw.reason for flaw in validate([task], repeats=1) if not flaw.note] == ["reference has a finding"]


def test_it_goes_with_the_task(tmp_path: Path) -> None:
    assert Task.from_dict(json.loads(json.dumps(TASK.to_dict()))) == TASK
    assert "imports" not in replace(TASK, imports=()).to_dict()
    file = tmp_path / "own.jsonl"
    row = {"q": "Write root(x).", "t": "assert root(9) == 3.0"}
    file.write_text("".join(json.dumps({**row, "i": i}) + "\n" for i in (["math"], "math, cmath", None)))
    tasks = load_tasks("own", path=file, columns={"prompt": "q", "asserts": "t", "imports": "i"})
    assert [task.imports for task in tasks] == [("math",), ("math", "cmath"), ()]

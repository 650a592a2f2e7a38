from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from codereal.cli import main
from codereal.errors import CoderealError
from codereal.sandbox.case import Call
from codereal.tasks.load import load_tasks
from codereal.tasks.task import Task
from codereal.tasks.validate import Flaw, repair, validate
from tests.tasks.conftest import Write

GOOD = "def half(x):\n    if not isinstance(x, int):\n        raise TypeError\n    return x // 2\n"
LOOSE = "def half(x):\n    return int(x) // 2\n"
TASK = Task(
    id="half",
    suite="own",
    prompt="Write half(x), which takes an int.",
    entry_point="half",
    tests=(Call("half", (4,), expected=2), Call("half", (9,), expected=4)),
    attacks=(Call("half", ("8",), raises="TypeError"),),
    references=(GOOD,),
    vulnerable=(LOOSE,),
)


def reasons(task: Task) -> list[str]:
    return [flaw.reason for flaw in validate([task]) if not flaw.note]


def test_a_good_task() -> None:
    assert list(validate([TASK])) == [Flaw("half", "vulnerable has no finding", FIRST, note=True)]


FIRST = "attack half('8'): FAIL expected TypeError, got 4"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"references": ("def half(x):\n    return 2\n",)}, ["reference fails a test"]),
        ({"references": (LOOSE,)}, ["reference fails an attack"]),
        ({"references": ()}, []),
        ({"references": (), "vulnerable": ()}, ["no reference"]),
        ({"vulnerable": (GOOD,)}, ["vulnerable is not caught"]),
        ({"vulnerable": ("def half(x): pass\n",)}, ["vulnerable fails a test"]),
        ({"prompt": "Write it."}, ["prompt does not name the entry point"]),
        ({"prompt": "Write half(x) like this:\n" + GOOD}, ["prompt holds the answer"]),
        (
            {"tests": (Call("half", (0,), expected=None),), "attacks": (), "vulnerable": (), "references": ()},
            ["the null program passes", "no reference"],
        ),
    ],
)
def test_flaws(changes: dict[str, object], expected: list[str]) -> None:
    assert reasons(replace(TASK, **changes)) == expected  # type: ignore[arg-type]


def test_a_reference_that_passes_sometimes() -> None:
    coin = "import random\ndef half(x):\n    return x // 2 if random.random() < 0.5 else 0\n"
    task = replace(TASK, tests=TASK.tests * 20, attacks=(), references=(coin,), vulnerable=())
    assert reasons(task) == ["reference fails a test", "reference passes only sometimes"]


def test_findings_count_only_where_security_is_asked_for() -> None:
    program = (
        "import sqlite3\ndef half(x):\n    sqlite3.connect(':memory:').execute(f'select {x}')\n    return x // 2\n"
    )
    task = replace(TASK, attacks=(), references=(program,), vulnerable=())
    assert reasons(task) == ["reference has a finding"]
    assert reasons(replace(task, quality=("maintainability",))) == []


def test_repair_drops_what_is_to_blame() -> None:
    two = replace(TASK, references=("def half(x): pass\n", GOOD))
    bad = replace(TASK, id="bad", references=("def half(x): pass\n",))
    worse = replace(TASK, id="worse", prompt="?")
    tasks = [two, bad, worse]
    assert repair(tasks, validate(tasks)) == [TASK]


def test_the_command(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "problem_id": 1,
        "solutions": json.dumps(["def half(x):\n    return x\n", "def half(x):\n    return x // 2\n"]),
        "difficulty": "interview",
        "prompt": [{"content": "Write half(x).", "role": "user"}],
        "extra_info": {
            "program_type": "function",
            "test_info": json.dumps({"fn_name": "half", "inputs": [[4], [2]], "outputs": [2, 1]}),
        },
    }
    folder = write("apps/train", [row, row | {"problem_id": 2, "solutions": "["}])
    out = tmp_path / "good.jsonl"
    arguments = ["data", "validate", "--suite", "apps", "--data", str(folder), "--fix", "-o", str(out)]
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert printed.out == "apps-1: reference fails a test [reference 0]\n"
    assert printed.err.splitlines()[0].startswith("codereal: apps train: left out row 1: JSONDecodeError")
    assert "0 of 1 tasks are valid: 1 reference fails a test" in printed.err
    [kept] = [Task.from_dict(json.loads(line)) for line in out.read_text().splitlines()]
    assert kept.references == ("def half(x):\n    return x // 2\n",)
    assert main([*arguments[:6], "--fix"]) == 2
    assert main([*arguments[:6], "--repeats", "0"]) == 2


def test_a_sample_of_the_built_in_suite() -> None:
    flaws = list(validate(load_tasks("codereal-core:sql-injection")[::120]))
    assert flaws == []


def test_misuse_is_said() -> None:
    with pytest.raises(CoderealError, match="unknown suite"):
        load_tasks("nothing")

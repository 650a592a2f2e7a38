from __future__ import annotations

import csv
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from codereal.errors import DataError, UsageError
from codereal.sandbox.case import Assertion, Call, Stdio
from codereal.tasks.export import write_tasks
from codereal.tasks.load import load_tasks
from codereal.tasks.rows import BrokenRowWarning
from codereal.tasks.table import stream_table
from codereal.tasks.task import Task
from tests.tasks.conftest import Write, prove

SQUARE = "def square(x):\n    return x * x\n"


def jsonl(folder: Path, rows: list[Any]) -> Path:
    file = folder / "own.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def test_asserts(tmp_path: Path) -> None:
    file = jsonl(
        tmp_path,
        [
            {"q": "Write square(x).", "t": ["assert square(3) == 9", "assert square(2) > 3"], "a": SQUARE, "n": "one"},
            {"q": "Write square(x).", "t": "assert square(3) == 9\nassert square(0) == 0\n", "a": [SQUARE], "n": "two"},
        ],
    )
    columns = {"prompt": "q", "asserts": "t", "reference": "a", "id": "n"}
    tasks = load_tasks("mine", path=file, columns=columns)
    assert [task.id for task in tasks] == ["mine-one", "mine-two"]
    assert [[type(case) for case in task.tests] for task in tasks] == [[Call, Assertion], [Call, Call]]
    assert [verdict.passed for _, verdict, _ in prove(tasks, "references")] == [2, 2]


def test_check_calls_and_attacks(write: Write) -> None:
    rows = [
        {
            "prompt": [{"role": "user", "content": "Write square(x), ValueError for texts.", "extra": None}],
            "name": "square",
            "check": "def check(candidate):\n    assert candidate(5) == 25\n",
            "calls": json.dumps([{"args": [3], "expected": 9}, {"kwargs": {"x": [1]}, "raises": "TypeError"}]),
            "attacks": json.dumps([{"args": ["3"], "raises": "ValueError", "name": "text"}]),
            "good": "def square(x):\n    if isinstance(x, str):\n        raise ValueError\n    return x * x\n",
            "bad": SQUARE,
        }
    ]
    columns = {"prompt": "prompt", "entry_point": "name", "check": "check", "calls": "calls"}
    columns |= {"attacks": "attacks", "reference": "good", "vulnerable": "bad"}
    folder = write("own", rows)
    [task] = load_tasks("mine", path=folder / "own.parquet", columns=columns)
    assert task.prompt == ({"role": "user", "content": "Write square(x), ValueError for texts."},)
    assert task.tests[1:] == (
        Call("square", (3,), expected=9, match="json"),
        Call("square", (), {"x": [1]}, raises="TypeError", match="json"),
    )
    [(_, tests, attacks)] = prove([task], "references")
    assert (tests.passed, attacks.passed) == (3, 1)
    [(_, tests, attacks)] = prove([task], "vulnerable")
    assert (tests.passed, attacks.passed) == (3, 0)


def test_nested_cases_of_parquet(write: Write) -> None:
    """Parquet gives every row the fields of all rows: what is not there is None."""
    calls = [{"args": [3], "expected": 9, "raises": None}, {"args": [None], "expected": None, "raises": "TypeError"}]
    folder = write("own", [{"p": "square", "c": calls, "f": "square", "a": SQUARE}])
    columns = {"prompt": "p", "calls": "c", "entry_point": "f", "reference": "a"}
    [task] = load_tasks("mine", path=folder / "own.parquet", columns=columns)
    assert [verdict.passed for _, verdict, _ in prove([task], "references")] == [2]


def test_stdin_and_stdout_from_csv(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    with open(file, "w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerows(
            [
                ["what", "in", "out", "code"],
                ["Double it.", "4", "8", "print(2 * int(input()))"],
                ["Double them.", '["1", "2"]', '["2", "4"]', "print(2 * int(input()))"],
                ["No tests.", '["1"]', '["2", "4"]', ""],
            ]
        )
    columns = {"prompt": "what", "stdin": "in", "stdout": "out", "reference": "code"}
    with pytest.warns(BrokenRowWarning, match=r"own\.csv: left out row 2: 1 texts of stdin, but 2 of stdout"):
        one, two = load_tasks("mine", path=file, columns=columns)
    assert one.tests == (Stdio("4", "8", match="lines", name="input 1"),)
    assert [verdict.passed for _, verdict, _ in prove([one, two], "references")] == [1, 2]


def test_exported_tasks_come_back(tmp_path: Path) -> None:
    tasks = load_tasks("codereal-core", limit=3)
    file = jsonl(tmp_path, [task.to_dict() for task in tasks])
    assert load_tasks("anything", path=file) == tasks
    broken = jsonl(tmp_path, [tasks[0].to_dict(), tasks[1].to_dict() | {"quality": ["speed"]}])
    with pytest.warns(BrokenRowWarning, match="row 1: task .*: unknown quality 'speed'"):
        assert load_tasks("anything", path=broken) == tasks[:1]


def test_many_rows_take_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    count = 5_000
    with open(file, "w", encoding="utf-8") as text:
        for number in range(count):
            text.write(json.dumps({"p": f"Add {number}. " * 20, "t": [f"assert f(0) == {number}"]}) + "\n")
    tracemalloc.start()
    try:
        assert sum(1 for _ in stream_table(file, columns={"prompt": "p", "asserts": "t"})) == count
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"prompt": "p"}, "nothing to test with"),
        ({"asserts": "t"}, "name no prompt"),
        ({"prompt": "p", "stdin": "t"}, "stdin and stdout go together"),
        ({"prompt": "p", "asserts": "t", "colour": "p"}, "unknown field 'colour'"),
    ],
)
def test_mappings_that_cannot_work(tmp_path: Path, columns: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        load_tasks("mine", path=jsonl(tmp_path, [{"p": "x", "t": "assert f() == 1"}]), columns=columns)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"p": "x"}, "no field 't'"),
        ({"p": None, "t": "assert f() == 1"}, "it has no prompt"),
        ({"p": "x", "t": "f()"}, "a test asserts nothing"),
        ({"p": "x", "t": []}, "no tests and no attacks"),
        ({"p": [{"role": "user"}], "t": "assert f() == 1"}, "no field 'content'"),
    ],
)
def test_broken_rows(tmp_path: Path, row: dict[str, Any], words: str) -> None:
    columns = {"prompt": "p", "asserts": "t"}
    good = {"p": "x", "t": "assert f() == 1"}
    with pytest.warns(BrokenRowWarning, match=f"left out rows 1–2: .*{words}"):
        assert len(load_tasks("mine", path=jsonl(tmp_path, [good, row, row]), columns=columns)) == 1
    with pytest.raises(DataError, match=f"no row is a task .row 0: .*{words}"):
        load_tasks("mine", path=jsonl(tmp_path, [row]), columns=columns)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    file.write_text('{"a": 1}\n{"a": \n', encoding="utf-8")
    with pytest.raises(DataError, match=r"own\.jsonl, line 2: not JSON"):
        load_tasks("mine", path=file, columns={"prompt": "a", "asserts": "a"})
    with pytest.raises(UsageError, match="give its path"):
        load_tasks("mine", path=tmp_path, columns={"prompt": "a", "asserts": "a"})
    other = tmp_path / "own.xlsx"
    other.write_text("x")
    with pytest.raises(DataError, match="unknown kind of file"):
        load_tasks("mine", path=other, columns={"prompt": "a", "asserts": "a"})
    with pytest.raises(UsageError, match="unknown suite"):
        load_tasks("mine", path=jsonl(tmp_path, [{"a": 1}]))


def test_a_task_keeps_what_it_is_given(tmp_path: Path) -> None:
    row = {"p": "x", "t": "assert f() == LIMIT", "c": "LIMIT = 3\n", "o": "here", "s": "test"}
    columns = {"prompt": "p", "asserts": "t", "context": "c", "origin": "o", "split": "s"}
    [task] = load_tasks("mine", path=jsonl(tmp_path, [row]), columns=columns)
    assert (task.context, task.origin, task.split) == ("LIMIT = 3\n", "here", "test")
    assert isinstance(task, Task)


@pytest.mark.parametrize("layout", ["verl", "trl", "openrlhf"])
def test_what_was_exported_for_a_trainer_loads_again(layout: str, tmp_path: Path) -> None:
    tasks = load_tasks("codereal-core:xml-entities", limit=3)
    file = tmp_path / ("rows.parquet" if layout == "verl" else "rows.jsonl")
    write_tasks(tasks, layout, file)
    assert load_tasks("again", path=file) == tasks


def test_rows_of_other_makers_trainers(write: Write, tmp_path: Path) -> None:
    """verl's layout keeps tests as JSON in a field of a field; verifiers' in `info`."""
    truth = json.dumps({"inputs": ["3\n", "4\n"], "outputs": ["9\n", "16\n"]})
    prompt = [{"role": "user", "content": "Print the square of the number that is read."}]
    folder = write("verl", [{"prompt": prompt, "reward_model": {"style": "rule", "ground_truth": truth}}])
    columns = {"prompt": "prompt", "stdin": "reward_model.ground_truth.inputs"}
    columns |= {"stdout": "reward_model.ground_truth.outputs"}
    (task,) = load_tasks("verl-rows", path=folder / "verl.parquet", columns=columns)
    assert [case.stdout for case in task.tests if isinstance(case, Stdio)] == ["9\n", "16\n"]
    info = {"name": "square", "cases": [{"args": [3], "expected": 9}]}
    file = jsonl(tmp_path, [{"question": "Write square(x).", "answer": SQUARE, "info": info}, {"question": "No info."}])
    columns = {"prompt": "question", "calls": "info.cases", "entry_point": "info.name", "reference": "answer"}
    with pytest.warns(BrokenRowWarning, match=r"row 1: no field 'info.cases'"):
        (task,) = load_tasks("verifiers-rows", path=file, columns=columns)
    assert task.tests == (Call("square", (3,), expected=9, match="json"),)


def test_a_data_set_as_it_was_saved(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    rows = [{"q": f"Write f{n}().", "t": [f"assert f{n}() == {n}"]} for n in range(600)]
    datasets.Dataset.from_list(rows).save_to_disk(str(tmp_path / "saved"))
    tasks = load_tasks("saved", path=tmp_path / "saved", columns={"prompt": "q", "asserts": "t"})
    assert [task.id for task in tasks[:2]] == ["saved-0", "saved-1"]
    assert len(tasks) == 600
    with pytest.raises(UsageError, match="a folder of Parquet or Arrow files"):
        load_tasks("saved", path=tmp_path, columns={"prompt": "q", "asserts": "t"})


def test_a_data_set_on_the_hub_needs_columns() -> None:
    with pytest.raises(UsageError, match="say where its fields stand"):
        load_tasks("own", path="hf://somebody/some-set")

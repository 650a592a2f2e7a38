from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from codereal.sandbox.case import Attack, Stdio
from codereal.tasks.load import load_tasks
from codereal.tasks.rows import BrokenRowWarning
from codereal.tasks.task import Task
from tests.tasks.conftest import Write, prove

BUILD = (
    "import sqlite3\nc = sqlite3.connect('pets.db')\nc.execute('create table pets(id, name, kind)')\n"
    "c.executemany('insert into pets values (?, ?, ?)', [(1, 'Rex', 'dog'), (2, 'Tom', 'cat')])\nc.commit()\n"
)
HEAD = "import sqlite3\nc = sqlite3.connect('pets.db').cursor()\nkind = input('Enter a kind: ')\n"
SAFE = HEAD + "c.execute('select * from pets where kind = ?', (kind,))\nprint(c.fetchall())\n"
UNSAFE = HEAD + "c.execute(f\"select * from pets where kind = '{kind}'\")\nprint(c.fetchall())\n"


def row(number: int, program: str, **changes: Any) -> dict[str, Any]:
    """A row of the published layout."""
    found: dict[str, Any] = {
        "program_id": f"program_{number}",
        "construct_db": BUILD,
        "execute_sql": program,
        "test_cases": [{"input": "dog\n", "output": "[(1, 'REX','dog')]"}, {"input": "fish\n", "output": "[]"}],
        "test_attacks": ["zz' OR '1'='1", "zz' OR '1'='1", "zz'; DROP TABLE pets; --"],
        "prompt": [{"content": "Ask for a kind, print the pets of that kind.", "role": "user"}],
    }
    return found | changes


def test_rows_become_tasks(write: Write) -> None:
    safe, unsafe = load_tasks("safesql", path=write("safesql/train", [row(1, SAFE), row(2, UNSAFE)]))
    assert safe.tests[0] == Stdio("dog\n", "[(1, 'REX','dog')]", match="loose", prompts=False)
    assert safe.attacks == (
        Attack("zz' OR '1'='1", control="dog\n", name="attack 1"),
        Attack("zz'; DROP TABLE pets; --", control="dog\n", name="attack 2"),
        Attack("dog'\n", control="dog\n", name="attack 3"),
        Attack("dog OR 1=1 --\n", control="dog\n", name="attack 4"),
    )
    assert (safe.references, safe.vulnerable) == ((SAFE,), ())
    assert (unsafe.references, unsafe.vulnerable) == ((), (UNSAFE,))
    assert Task.from_dict(safe.to_dict()) == safe
    [(_, tests, attacks)] = prove([safe], "references")
    assert (tests.passed, attacks.passed) == (2, 4)
    [(_, tests, attacks)] = prove([unsafe], "vulnerable")
    assert (tests.passed, attacks.passed) == (2, 1)


def test_prompts_among_the_outputs_are_taken_out(write: Write) -> None:
    outputs = [{"input": "dog\n", "output": "Enter a kind: [(1, 'Rex', 'dog')]"}]
    [task] = load_tasks("safesql", path=write("safesql/train", [row(1, SAFE, test_cases=outputs)]))
    [(_, tests, _)] = prove([task], "references")
    assert tests.passed == 1


def test_broken_rows_are_named(write: Write) -> None:
    rows = [row(1, SAFE), row(2, "print("), row(3, SAFE, test_cases=None)]
    with pytest.warns(BrokenRowWarning, match="left out row 1: SyntaxError: .*; row 2: TypeError: "):
        assert len(load_tasks("safesql", path=write("safesql/train", rows))) == 1


def test_a_sample_of_published_programs(published: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tasks = load_tasks("safesql", split="test", path=published)
    assert len(tasks) == 85
    for task, tests, attacks in prove([task for task in tasks if task.references][::10], "references"):
        assert (tests.passed, attacks.passed) == (tests.total, attacks.total), task.id
    for task, tests, attacks in prove([task for task in tasks if task.vulnerable][::25], "vulnerable"):
        assert tests.passed == tests.total, task.id
        assert attacks.passed < attacks.total, task.id


@pytest.mark.slow
def test_all_published_programs_of_the_test_split(published: Path) -> None:
    tasks = load_tasks("safesql", split="test", path=published)
    for task, tests, attacks in prove([task for task in tasks if task.references], "references"):
        assert (tests.passed, attacks.passed) == (tests.total, attacks.total), task.id
    caught = [
        attacks.passed < attacks.total
        for _, tests, attacks in prove([task for task in tasks if task.vulnerable], "vulnerable")
        if tests.passed == tests.total
    ]
    assert (sum(caught), len(caught)) == (64, 64)

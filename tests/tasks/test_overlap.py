from __future__ import annotations

import pytest

from codereal.cli import main
from codereal.sandbox.case import Call
from codereal.tasks.overlap import Overlap, overlap, skeleton
from codereal.tasks.task import Task

ONE = "def total(prices: list[int], limit=3) -> int:\n    '''Sums.'''\n    return sum(p for p in prices if p < limit)\n"
SAME = "def f(xs, k=99):\n    return max(y for y in xs if y < k)\n"
OTHER = "def f(xs, k=99):\n    return max(y for y in xs if y > k)\n"


def test_names_and_constants_do_not_count() -> None:
    assert skeleton(ONE) == skeleton(SAME)
    assert skeleton(SAME) != skeleton(OTHER)
    assert skeleton("x = 1") != skeleton("x = 'a'")
    assert skeleton("import a as c") == skeleton("import e as f")
    assert skeleton("def f():\n    global d, e") != skeleton("def f():\n    global g")


def test_overlap() -> None:
    def task(name: str, *references: str, vulnerable: str = "") -> Task:
        return Task(name, "own", "?", (Call("f", expected=1),), references=references, vulnerable=(vulnerable,))

    train = [task("a", ONE), task("b", "def g(): return 1")]
    test = [task("c", OTHER, SAME), task("d", OTHER), task("e", "def ("), task("f", vulnerable="def h(): return 2")]
    assert overlap(test, train) == Overlap(2, 4, 3, (("c", "a"), ("f", "b")))
    assert overlap(test, test).pairs == (("c", "d"), ("d", "c"))


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "overlap", "--split", "test"]) == 0
    assert " of codereal-core test share a program's shape with codereal-core train" in capsys.readouterr().out

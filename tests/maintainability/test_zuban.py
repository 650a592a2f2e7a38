"""The fast alternative: the same interface, nearly the same verdicts."""

from __future__ import annotations

import random

import pytest

from codereal.maintainability.check import score_maintainability
from codereal.maintainability.types import TypeChecker
from codereal.maintainability.zuban import ZubanChecker


@pytest.fixture(scope="module")
def zuban() -> ZubanChecker:
    return ZubanChecker()


def test_issues_with_places(zuban: ZubanChecker) -> None:
    reports = zuban.check_many(["y: int = ''\n", "x = 1\n", "def f(:\n"], contexts=["z = 1", "", ""])
    (issue,) = reports[0].issues
    assert (issue.line, issue.column, issue.end_column, issue.code) == (1, 10, 12, "assignment")
    assert issue.message.startswith("Incompatible types in assignment")
    assert [(report.passed, report.blocked) for report in reports] == [(False, False), (True, False), (False, True)]


def test_context_is_known(zuban: ZubanChecker) -> None:
    code, context = "def f(x: Item) -> float:\n    return x.net\n", "class Item:\n    net = 1.0"
    assert zuban.check(code, context=context).passed
    assert score_maintainability(code, context=context, checker=zuban).passed


def test_it_agrees_with_mypy_on_most(zuban: ZubanChecker, checker: TypeChecker, programs: list[str]) -> None:
    chosen = random.Random(1).sample(programs, 120)
    fast, exact = zuban.check_many(chosen), checker.check_many(chosen)
    same = sum(one.passed == other.passed for one, other in zip(fast, exact, strict=True))
    assert same / len(chosen) >= 0.95

from __future__ import annotations

import random

import pytest

from codereal.errors import SandboxError, UsageError
from codereal.maintainability.check import (
    PROFILES,
    TERMS,
    check_maintainability,
    score_maintainability,
    score_maintainability_many,
)
from codereal.maintainability.types import TypeChecker

CRASHER = "y = " + "1+" * 200_000 + "1\n"


def test_findings_in_the_order_of_the_text(checker: TypeChecker) -> None:
    code = "import os  # noqa\ndef f(x):\n    return x\ny: int = ''\n"
    found = check_maintainability(code, checker=checker)
    assert [(finding.rule, finding.line, finding.column) for finding in found] == [
        ("unused-import", 1, 8),
        ("suppression", 1, 12),
        ("missing-annotation", 2, 1),
        ("mypy-no-untyped-def", 2, 1),
        ("missing-annotation", 2, 7),
        ("mypy-assignment", 4, 10),
    ]
    assert (found[-1].end_line, found[-1].end_column, found[-1].severity) == (4, 12, "error")
    assert found[-1].cwe == ()


def test_context_is_known_and_not_reported_on(checker: TypeChecker) -> None:
    code = "def price(x: Item) -> float:\n    return x.net * rate\n"
    context = "class Item:\n    net = 1.0\nrate = 1.19\ndef bad(x): pass  # type: ignore"
    assert check_maintainability(code, context=context, checker=checker) == []


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("code", ["", "def f(:", "def f(x: int) -> int:\n    return -x\n", CRASHER])
def test_the_same_terms_always(checker: TypeChecker, profile: str, code: str) -> None:
    score = score_maintainability(code, profile=profile, checker=checker)
    assert tuple(score.terms) == TERMS
    assert all(0 <= term <= 1 for term in score.terms.values())
    assert score.value is None or 0 <= score.value <= 1


def test_a_failure_of_ours_is_no_verdict(checker: TypeChecker) -> None:
    score = score_maintainability(CRASHER, checker=checker)
    assert (score.value, score.passed) == (None, False)
    assert score.failure is not None
    with pytest.raises(SandboxError, match="crashed"):
        check_maintainability(CRASHER, checker=checker)


def test_the_paper_counts_mypy_errors_only(checker: TypeChecker) -> None:
    def value(code: str) -> float | None:
        return score_maintainability(code, profile="real-paper", checker=checker).value

    assert value("def f(x: List[int]) -> Any: return x[0]") == 1.0  # `from typing import *` stands before it
    assert value("def f(x: List[int]) -> Any: return x.y") == 0.0
    assert value("x: int = ''  # type: ignore") == 1.0
    assert value("def f(:") == 0.0


def test_half_measures(checker: TypeChecker) -> None:
    score = score_maintainability("def f(x: int, y) -> int:\n    return x\n", checker=checker)
    assert score.terms == {
        "typed": 0.5,
        "annotated": pytest.approx(2 / 3),
        "unsuppressed": 1.0,
        "substance": 1.0,
        "simple": 1.0,
        "clean": 1.0,
        "documented": 0.0,
    }
    assert score.value == pytest.approx((4 * 0.5 + 2 * 2 / 3 + 1 + 1) / 8)


def test_many_are_scored_as_each_alone(checker: TypeChecker) -> None:
    codes = ["import os\n", "def f(:", "def f(x: int) -> int:\n    return -x\n", "import sys  # noqa\nprint(y)\n"]
    contexts = ["", "", "", "y = 1"]
    together = score_maintainability_many(codes, contexts=contexts, checker=checker)
    alone = [
        score_maintainability(code, context=context, checker=checker)
        for code, context in zip(codes, contexts, strict=True)
    ]
    assert together == alone
    with pytest.raises(UsageError, match="2 snippets but 1 contexts"):
        score_maintainability_many(["", ""], contexts=[""])


def test_a_mess_does_not_pass(checker: TypeChecker) -> None:
    unused = "".join(f"import {name}\n" for name in ("os", "sys", "re", "json"))
    score = score_maintainability(unused + "def f(x: int) -> int:\n    return -x\n", checker=checker)
    assert score.terms["clean"] == pytest.approx(0.8**4)
    assert (score.terms["typed"], score.passed) == (1.0, False)


def test_an_unknown_profile() -> None:
    with pytest.raises(UsageError, match="real-paper, default, strict"):
        check_maintainability("", profile="lenient")


def test_typed_references_pass(checker: TypeChecker, programs: list[str]) -> None:
    """A reference that mypy has nothing against and that is annotated passes: the other terms raise no alarm."""
    sample = [code for code in programs if "->" in code]
    passing = 0
    judged = 0
    for code in random.Random(0).sample(sample, min(250, len(sample))):
        score = score_maintainability(code, context="from typing import *", checker=checker)
        if score.terms["typed"] == 1:
            judged += 1
            passing += score.passed
    assert judged > 30
    assert passing / judged >= 0.95

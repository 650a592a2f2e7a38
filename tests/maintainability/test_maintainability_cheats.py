"""Ways to look good to a type checker without being good: none is worth more than honest typed code."""

from __future__ import annotations

import pytest

from codereal.maintainability.cheats import CHEATS, HONEST, UNTYPED
from codereal.maintainability.check import MaintainabilityScore, score_maintainability
from codereal.maintainability.types import TypeChecker


@pytest.fixture(scope="module")
def honest(checker: TypeChecker) -> MaintainabilityScore:
    return score_maintainability(HONEST, checker=checker)


def test_there_are_enough() -> None:
    assert len(CHEATS) >= 25


@pytest.mark.parametrize("profile", ["default", "strict"])
def test_honest_typed_code_gets_everything(checker: TypeChecker, profile: str) -> None:
    score = score_maintainability(HONEST, profile=profile, checker=checker)
    assert (score.value, score.passed, score.findings) == (1.0, True, ())


@pytest.mark.parametrize("profile", ["default", "strict"])
@pytest.mark.parametrize("name", CHEATS)
def test_no_cheat_beats_it(checker: TypeChecker, honest: MaintainabilityScore, name: str, profile: str) -> None:
    score = score_maintainability(CHEATS[name], profile=profile, checker=checker)
    assert score.failure is None
    assert score.value is not None
    assert honest.value is not None
    assert score.value < honest.value
    assert not score.passed
    assert score.findings


SILENCED = [name for name in CHEATS if name.startswith(("type: ignore", "mypy:", "no_type_check", "exec", "not TYPE"))]


@pytest.mark.parametrize("name", SILENCED)
def test_silencing_is_worth_no_more_than_failing(checker: TypeChecker, name: str) -> None:
    silenced = score_maintainability(CHEATS[name], checker=checker).value
    failing = score_maintainability(UNTYPED, checker=checker).value
    assert silenced is not None
    assert failing is not None
    assert silenced <= failing


def test_the_published_signal_can_be_cheated(checker: TypeChecker) -> None:
    """Why `real-paper` is only the baseline."""
    paid = {
        name
        for name, code in CHEATS.items()
        if score_maintainability(code, profile="real-paper", checker=checker).passed
    }
    assert {"empty", "not implemented", "Any", "mypy: ignore-errors", "cast", "exec", "sys.version_info"} <= paid

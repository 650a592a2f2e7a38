"""The monitor sees what goes wrong, and speaks only when it lasts."""

from __future__ import annotations

from codereal.reward.monitor import Monitor
from codereal.reward.score import TERMS, Score
from codereal.sandbox.verdict import CaseResult, Outcome, Verdict

WORK = "def f(n: int) -> int:\n    return n + 1\n"
NULL = "def f(n: int) -> int:\n    pass\n"
SILENT = "def f(n: int) -> int:\n    return n + 1  # type: ignore\n"


def score(program: str, value: float | None = 1.0, outcome: Outcome = Outcome.PASS, **terms: float) -> Score:
    verdict = Verdict.of([CaseResult(outcome)], "L2")
    attacked = Verdict.of([CaseResult(Outcome.PASS)], "L2")
    every = dict.fromkeys(TERMS, 1.0) | terms
    return Score(value, 1.0, 1.0, True, True, every, program, verdict=verdict, attacked=attacked)


def test_shares_add_up() -> None:
    monitor = Monitor()
    scores = [
        score(WORK),
        score(WORK),
        score(NULL, 0.0, Outcome.FAIL),
        score(SILENT),
        score("", 0.0),
        score(WORK, None),
    ]
    shares = monitor.observe(scores, ["a", "a", "b", "b", "c", "d"])
    assert shares["null"] == 2 / 5
    assert shares["suppressed"] == 1 / 5
    assert shares["duplicates"] == 2 / 5
    assert (shares["pass"], shares["fail"]) == (4 / 5, 1 / 5)
    assert shares["infra"] == 1 / 6
    assert [suspect.signs for suspect in monitor.suspects] == [("suppressed",)]


def test_the_gap_is_between_the_two_oracles() -> None:
    scores = [score(WORK, attacks=0.5), score(WORK), score(WORK, security=0.0, attacks=0.0)]
    assert Monitor().observe(scores, ["a", "b", "c"])["gap"] == 1 / 3


def test_an_alarm_needs_patience() -> None:
    monitor = Monitor(patience=2)
    nulls, works = [score(NULL, 0.0)], [score(WORK)]
    monitor.observe(nulls, ["a"])
    assert monitor.alarm == ""
    monitor.observe(works, ["a"])
    monitor.observe(nulls, ["a"])
    assert monitor.alarm == ""
    monitor.observe(nulls, ["a"])
    assert monitor.alarm == "programs that do nothing in at least 50% of the samples, 2 steps in a row"


def test_nothing_scored_is_no_reason_to_fail() -> None:
    assert Monitor().observe([], [])["infra"] == 0

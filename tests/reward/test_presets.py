"""Compositions and presets against tables made by hand, and what must hold of them for any verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codereal.analysis.finding import Finding, Report
from codereal.errors import UsageError
from codereal.reward.compose import COMPOSITIONS
from codereal.reward.hybrid import HybridReward
from codereal.reward.judged import Judged
from codereal.reward.presets import PRESETS, graded_quality
from codereal.sandbox.case import Call, Stdio
from codereal.sandbox.verdict import CaseResult, Outcome, Verdict
from codereal.tasks.task import Task

P, F, T, E = Outcome.PASS, Outcome.FAIL, Outcome.TIMEOUT, Outcome.CRASH


def finding(severity: str = "error", confidence: str = "high") -> Finding:
    return Finding("r", (1,), 1, 1, 1, 2, "m", "h", severity, confidence, ())


def judged(outcomes: list[Outcome], findings: int = 0, attacked: list[Outcome] | None = None) -> Judged:
    task = Task("t", "s", "p", tuple(Call("f", expected=1) for _ in outcomes))
    tests = Verdict.of([CaseResult(outcome) for outcome in outcomes], "L2")
    verdict = Verdict.of([CaseResult(outcome) for outcome in attacked], "L2") if attacked is not None else None
    return Judged("f = 1", task, Report((finding(),) * findings, ()), tests, verdict)


@pytest.mark.parametrize(
    ("name", "quality", "function", "expected"),
    [
        ("linear", 1, 0, 0.5),
        ("linear", 0, 0.5, 0.25),
        ("product", 1, 0, 0),
        ("product", 1, 0.5, 0.5),
        ("product", 0, 1, 0.5),
        ("gated", 1, 0.75, 0.375),
        ("gated", 1, 1, 1),
        ("lexicographic", 1, 0, 0),
        ("lexicographic", 1, 0.75, 0.8),
        ("lexicographic", 0, 1, 0.8),
    ],
)
def test_compositions(name: str, quality: float, function: float, expected: float) -> None:
    assert COMPOSITIONS[name](quality, function, 0.5, 4) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("preset", "outcomes", "findings", "quality", "function"),
    [
        ("default", [P, P, F, F], 0, 1, 0.5),
        ("default", [P, P], 2, 0, 1),
        ("real-paper", [P, F], 1, 0, 0.5),
        ("real-release-seccodeplt", [P, P, F, F], 1, 0.7, 0.5),
        ("real-release-seccodeplt", [P], 4, 0, 1),
        ("real-release-seccodeplt", [E, E], 0, 1, -0.5),
        ("real-release-safesql", [P, F, E, P], 0, 1, 1.5 / 4),
        ("real-release-safesql", [P] * 5 + [F], 1, 0, 1),
        ("real-release-apps", [P, T, F, E], 0, 1, 0.6 / 4),
    ],
)
def test_presets(preset: str, outcomes: list[Outcome], findings: int, quality: float, function: float) -> None:
    one = judged(outcomes, findings)
    assert PRESETS[preset].quality(one) == pytest.approx(quality)
    assert PRESETS[preset].function(one) == pytest.approx(function)


@pytest.mark.parametrize(
    ("outcomes", "function"), [([P, P, F], 0.0), ([P, P, P], 1.0), ([F, F, P], 1 / 3), ([P, F, P], 2 / 3)]
)
def test_doing_nothing_is_no_function(outcomes: list[Outcome], function: float) -> None:
    """Of three tests the first two expect nothing: under the default, passing these alone pays nothing."""
    cases = (Stdio("1", ""), Call("f", expected=None), Call("f", expected=2))
    one = replace(judged(outcomes), task=Task("t", "s", "p", cases))
    assert PRESETS["default"].function(one) == pytest.approx(function)
    assert PRESETS["real-paper"].function(one) == pytest.approx(sum(o is P for o in outcomes) / 3)


def test_where_all_tests_expect_nothing_they_count() -> None:
    one = replace(judged([P, F]), task=Task("t", "s", "p", (Stdio("1", ""), Stdio("2", "\n"))))
    assert PRESETS["default"].function(one) == 0.5


def test_an_attack_that_gets_through_costs_quality() -> None:
    assert PRESETS["default"].quality(judged([P], attacked=[P, F])) == 0
    assert 0 < graded_quality(judged([P], attacked=[P, F])) < 1


def test_what_cannot_be_analysed_earns_no_quality() -> None:
    one = judged([P])
    unseen = Judged(one.program, one.task, Report((), ("line 1: not analysed: nested too deeply",)), one.tests)
    assert PRESETS["default"].quality(unseen) == 0
    assert PRESETS["real-paper"].quality(unseen) == 1, "as published"


@given(st.integers(0, 6), st.lists(st.sampled_from([P, F, T, E]), min_size=1, max_size=6), st.floats(0, 1))
def test_more_findings_never_pay(findings: int, outcomes: list[Outcome], alpha: float) -> None:
    for quality_of in (PRESETS["default"].quality, graded_quality):
        for compose in COMPOSITIONS.values():
            function = PRESETS["default"].function(judged(outcomes))
            less = compose(quality_of(judged(outcomes, findings + 1)), function, alpha, len(outcomes))
            more = compose(quality_of(judged(outcomes, findings)), function, alpha, len(outcomes))
            assert 0 <= less <= more <= 1


@given(st.integers(1, 6), st.integers(0, 5), st.floats(0, 1), st.sampled_from(sorted(COMPOSITIONS)))
def test_more_passed_tests_never_cost(count: int, passed: int, alpha: float, name: str) -> None:
    passed = min(passed, count - 1)
    for quality in (0.0, 1.0):
        fewer, more = passed / count, (passed + 1) / count
        compose = COMPOSITIONS[name]
        assert compose(quality, fewer, alpha, count) <= compose(quality, more, alpha, count) + 1e-12


def test_alpha_may_be_a_schedule() -> None:
    reward = HybridReward(alpha=lambda step: min(1.0, step / 10))
    assert [reward.at(step).alpha for step in (0, 5, 20)] == [0, 0.5, 1]
    with pytest.raises(UsageError, match="alpha must lie in"):
        HybridReward(alpha=lambda step: 2.0)


def test_unknown_settings_are_named() -> None:
    with pytest.raises(UsageError, match="unknown composition 'sum': one of"):
        HybridReward(composition="sum")
    with pytest.raises(UsageError, match="overlong is"):
        HybridReward(overlong=(5, 5))

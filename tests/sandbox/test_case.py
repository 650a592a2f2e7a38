from __future__ import annotations

import json
from typing import Any

import pytest

from codereal.errors import UsageError
from codereal.sandbox.asserts import read_test
from codereal.sandbox.case import CONNECTION, Assertion, Attack, Call, Database, Source, Stdio, case_from_dict
from codereal.sandbox.codec import Symbolic
from codereal.sandbox.limits import Limits
from codereal.sandbox.run import make_job
from codereal.sandbox.verdict import CaseResult, Outcome, Verdict


@pytest.mark.parametrize(
    "case",
    [
        Call("f", (1, (2, {3})), {"k": b"x"}, expected={"a": (1,)}, name="n"),
        Call("A().f", (CONNECTION,), raises="ValueError"),
        Call("f", ([Source("compile('1', '', 'eval')")],), expected=Symbolic("Symbol('x')")),
        Call("f", tables={"t": [(1, "a"), (None, 2.5)]}, expected=None),
        Call("f", expected=1.0, tolerance=1e-6, match="equal"),
        Stdio("in\n", "out", argv=("-x",), match="loose", prompts=False, tables={"t": []}),
        Assertion("assert f(1) > 2", name="positive"),
        Attack("zz' --\n", control="ann\n", argv=("-x",), name="comment"),
    ],
)
def test_round_trip(case: Any) -> None:
    assert case_from_dict(json.loads(json.dumps(case.to_dict()))) == case


def test_other_round_trips() -> None:
    database = Database("create table t(x)", path="data/my.db")
    assert Database.from_dict(database.to_dict()) == database
    limits = Limits(cpu_seconds=1.5, processes=2)
    assert Limits.from_dict(limits.to_dict()) == limits
    verdict = Verdict.of([CaseResult(Outcome.PASS), CaseResult(Outcome.OOM, "too much", "f(1)", 0.5)], "L1")
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict


def test_aggregation() -> None:
    passed, failed, ours = CaseResult(Outcome.PASS), CaseResult(Outcome.FAIL), CaseResult(Outcome.INFRA)
    assert Verdict.of([passed, passed], "L2").outcome is Outcome.PASS
    assert Verdict.of([passed, failed, passed], "L2").outcome is Outcome.FAIL
    assert Verdict.of([failed, ours], "L2").outcome is Outcome.INFRA
    assert Verdict.of([passed, failed], "L2").passed == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: Call("f"),
        lambda: Call("f", expected=1, raises="ValueError"),
        lambda: Call("f; import os", expected=1),
        lambda: Call("f", (object(),), expected=1),
        lambda: Call("f", expected=[lambda: 0]),
        lambda: Call("f", expected=Source("1")),
        lambda: Stdio("", "", match="nearly"),  # type: ignore[arg-type]
        lambda: Database("", dialect="oracle"),
        lambda: Database("", path="../x"),
        lambda: Limits(cpu_seconds=0),
        lambda: Limits(memory_mb=1.5),  # type: ignore[arg-type]
        lambda: Limits.from_dict({"cpu": 1}),
        lambda: case_from_dict({"kind": "riddle"}),
        lambda: make_job("x = 1", []),
        lambda: make_job("x = 1", "assert x"),
        lambda: make_job("x = 1", [3]),  # type: ignore[list-item]
        lambda: make_job("x = 1", [Call("f", tables={"t": []})]),
        lambda: read_test("print(1)"),
        lambda: read_test("assert ("),
    ],
)
def test_misuse_is_said(make: Any) -> None:
    with pytest.raises(UsageError):
        make()


@pytest.mark.parametrize(
    ("source", "function", "args", "expected", "match"),
    [
        ("assert f(1, 2) == 3", "f", (1, 2), 3, "equal"),
        ("assert 3 == f(1, [2])", "f", (1, [2]), 3, "equal"),
        ("assert f(-1) is None", "f", (-1,), None, "exact"),
        ("assert f({'a': (1,)}) is True, 'words'", "f", ({"a": (1,)},), True, "exact"),
        ("assert Solution().f('x') == {1, 2}", "Solution().f", ("x",), {1, 2}, "equal"),
    ],
)
def test_literal_asserts_become_calls(source: str, function: str, args: Any, expected: object, match: str) -> None:
    case = read_test(source)
    assert isinstance(case, Call)
    assert (case.function, case.args, case.expected, case.match) == (function, args, expected, match)


@pytest.mark.parametrize(
    "source", ["assert f(1)", "assert abs(f(1)) == 2", "assert f(x) == 3", "x = 1\nassert f(x) == 1"]
)
def test_other_asserts_go_to_a_judge(source: str) -> None:
    assert isinstance(read_test(source), (Assertion, Call))

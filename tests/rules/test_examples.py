"""Every rule against its own examples: what is unsafe is found, what is safe is not, known mistakes stand as such."""

from __future__ import annotations

import inspect

import pytest

from codereal.analysis.engine import check
from codereal.cli.rules import explain
from codereal.rules import MODULES, RULES


def _examples(kind: str) -> list[object]:
    return [
        pytest.param(name, code, id=f"{name}-{at}")
        for name, module in MODULES.items()
        for at, code in enumerate(getattr(module, kind, ()))
    ]


@pytest.mark.parametrize(("rule", "code"), _examples("UNSAFE"))
def test_unsafe_is_found(rule: str, code: str) -> None:
    report = check(code, select={rule})
    assert len(report.findings) == 1, code
    assert report.errors == ()
    finding = report.findings[0]
    assert finding.rule == rule
    assert len(finding.flow) == 1 or finding.flow[0].message.startswith("source: ")
    assert finding.flow[-1].message
    lines = code.split("\n")
    assert all(1 <= step.line <= len(lines) and step.column >= 1 for step in finding.flow)
    assert lines[finding.line - 1][finding.column - 1 :].strip()


@pytest.mark.parametrize(("rule", "code"), _examples("SAFE"))
def test_safe_is_not_reported(rule: str, code: str) -> None:
    report = check(code, select={rule})
    assert report.findings == ()
    assert report.errors == ()


@pytest.mark.parametrize(("rule", "code"), _examples("MISSING"))
def test_known_misses_are_still_missed(rule: str, code: str) -> None:
    assert check(code, select={rule}).findings == (), "found at last: move it to UNSAFE"


@pytest.mark.parametrize(("rule", "code"), _examples("SPURIOUS"))
def test_known_false_alarms_still_ring(rule: str, code: str) -> None:
    assert check(code, select={rule}).findings != (), "silent at last: move it to SAFE"


@pytest.mark.parametrize("name", sorted(RULES))
def test_rules_are_documented_and_exemplified(name: str) -> None:
    module = MODULES[name]
    assert len(inspect.getdoc(module) or "") > 300
    assert len(module.UNSAFE) >= 5
    assert len(module.SAFE) >= 5
    assert RULES[name].hint in RULES[name].hint.lower()
    assert "Reported:" in explain(name)

"""`codereal doctor` runs a program for real and names what makes the scores."""

from __future__ import annotations

import pytest

from codereal.analysis.engine import ruleset_hash
from codereal.cli import main


def test_doctor_says_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(("sandbox      L2: ", "sandbox      L1: "))
    assert "PASS in" in out
    assert ruleset_hash() in out
    assert "codereal-core" in out


def test_doctor_may_be_asked_of_the_sandbox_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--sandbox"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2

"""`codereal doctor` runs a program for real and names what makes the scores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codereal.analysis.engine import ruleset_hash
from codereal.cli import doctor, main
from codereal.sandbox.conformance import Hostile


def test_doctor_says_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(("sandbox      L2: ", "sandbox      L1: "))
    assert "PASS in" in out
    assert ruleset_hash() in out
    assert "codereal-core" in out


PROGRAMS = (
    Hostile("leaves", "verdict", "EXIT: leaving is no answer", "EXIT", "import os\nos._exit(0)"),
    Hostile("loops", "budget", "TIMEOUT", "TIMEOUT", "while True: pass", limits={"cpu_seconds": 0.1}),
    Hostile("reads", "host", "FAIL", "FAIL", "def solve(x): return open(HOST['secret']).read()", promised=("L2", "L1")),
    Hostile("falls", "host", "FAIL", "FAIL", "nothing would stop it", promised=("L2", "L1"), tried=("L2", "L1")),
)


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codereal.sandbox.conformance.CORPUS", PROGRAMS)


@pytest.mark.usefixtures("_short")
def test_doctor_lets_hostile_programs_loose(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--sandbox"]) == 0
    out = capsys.readouterr().out
    assert "  defended      leaves: EXIT: leaving is no answer\n" in out
    assert "4 hostile programs: 4 defended; of 4 promises 0 broken" in out
    assert "a kernel exploit" in out


@pytest.mark.usefixtures("_short")
def test_doctor_says_what_no_walls_do_not_stop(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--sandbox", "--level", "L0", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["schema"], report["isolation"], report["passed"]) == (1, "L0", True)
    states = [(program["promised"], program["tried"], program["defended"]) for program in report["programs"]]
    assert states == [(True, True, True), (True, True, True), (False, True, False), (False, False, False)]
    assert "a secret of the host came out" in report["programs"][2]["faults"]


def test_doctor_exits_with_1_when_a_promise_is_broken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = Hostile("is slow", "budget", "TIMEOUT", "TIMEOUT", "def solve(x): return 1")
    monkeypatch.setattr("codereal.sandbox.conformance.CORPUS", (wrong,))
    assert main(["doctor", "--sandbox"]) == 1
    assert "  BROKEN        is slow: TIMEOUT\n" in capsys.readouterr().out


def test_doctor_takes_levels_for_the_suite_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--level", "L1"]) == 2
    assert "--sandbox" in capsys.readouterr().err


def test_what_is_not_defended_is_said_in_the_words_of_the_threat_model() -> None:
    text = " ".join((Path(__file__).parents[2] / "SECURITY.md").read_text(encoding="utf-8").split())
    missing = [words for level in doctor._OPEN.values() for words in level if words not in text]
    assert missing == []
    assert all(words in text for words in doctor._AGAINST.values())

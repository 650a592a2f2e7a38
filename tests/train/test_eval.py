"""`codereal eval --model`: a real network answers, the same way each time."""

from __future__ import annotations

import pytest

from codereal.cli import main


def test_a_model_is_measured(tiny_model: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["eval", "-q", "--model", tiny_model, "--limit", "3", "--samples", "2", "--max-new", "8"]
    assert main(arguments) == 0
    first = capsys.readouterr().out
    assert f"| {tiny_model} | 0.000 [0.000, " in first
    assert "| reference solutions | 1.000 [" in first
    assert main(arguments) == 0
    assert capsys.readouterr().out == first

"""`codereal eval`: given responses, a real small network, and what can be wrong."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from codereal.cli import main
from codereal.errors import DataError
from codereal.evaluate.metrics import row
from codereal.tasks.load import load_tasks, spread


@pytest.fixture
def answered(tmp_path: Path) -> Path:
    """Two tasks: one answered by its reference, one not at all."""
    first, second = spread(load_tasks("codereal-core", split="test"), 2)
    rows = [
        {"task": first.id, "response": f"```python\n{first.references[0]}\n```"},
        {"task": second.id, "response": "I do not know."},
    ]
    file = tmp_path / "answers.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in rows))
    return file


def test_given_responses(answered: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = tmp_path / "records.jsonl"
    arguments = ["eval", "--responses", str(answered), "--limit", "2", "--format", "json", "-o", str(records)]
    assert main(arguments) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [one["name"] for one in rows] == [
        str(answered), "reference solutions", "known-vulnerable solutions", "null program",
    ]  # fmt: skip
    assert [one["Func-Qual"]["value"] for one in rows] == [0.5, 1.0, 0.0, 0.0]
    assert rows[2]["Function"]["value"] == 1.0
    values = [json.loads(line)["value"] for line in records.read_text().splitlines()]
    assert values == [1.0, 0.0]


def test_without_anchors_as_a_table(
    answered: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answered.read_text()))
    assert main(["eval", "--responses", "-", "--no-anchors"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| | Function | Quality | Func-Qual |")
    assert lines[2].startswith("| - | 0.500 [")
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--responses", "nowhere.jsonl"], "cannot read nowhere.jsonl"),
        (["--responses", "-", "--samples", "0"], "--samples must be at least 1"),
        (["--responses", "-", "--temperature", "0"], "--temperature must be positive"),
        (["--responses", "-", "--alpha", "2"], "alpha must lie in [0, 1]"),
        (["--responses", "-", "--suite", "nonsense"], "nonsense"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_nothing_scored_is_said() -> None:
    with pytest.raises(DataError, match="none of 1 answers could be scored"):
        row("model", [{"task": "t", "value": None}])

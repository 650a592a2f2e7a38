from __future__ import annotations

import json
from pathlib import Path

import pytest

from codereal.cli import main
from codereal.tasks.load import load_tasks
from codereal.tasks.task import Task


def test_every_layout_carries_its_task(tmp_path: Path) -> None:
    import pyarrow.parquet

    tasks = load_tasks("codereal-core", limit=4)
    files = {layout: tmp_path / f"tasks.{layout}" for layout in ("jsonl", "verl", "trl", "openrlhf")}
    for layout, file in files.items():
        assert main(["data", "export", "--limit", "4", "--format", layout, "-o", str(file)]) == 0
    rows = {
        layout: [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        for layout, file in files.items()
        if layout != "verl"
    }
    rows["verl"] = pyarrow.parquet.read_table(files["verl"]).to_pylist()
    texts = {
        "trl": [row["task"] for row in rows["trl"]],
        "openrlhf": [row["label"] for row in rows["openrlhf"]],
        "verl": [row["reward_model"]["ground_truth"] for row in rows["verl"]],
    }
    assert [Task.from_dict(row) for row in rows["jsonl"]] == tasks
    for found in texts.values():
        assert [Task.from_dict(json.loads(text)) for text in found] == tasks
    first = rows["verl"][0]
    assert first["prompt"] == [{"role": "user", "content": tasks[0].prompt}]
    assert first["data_source"] == "codereal/codereal-core"
    assert first["extra_info"] == {"split": "train", "index": 0, "id": tasks[0].id}
    assert rows["trl"][0]["prompt"] == tasks[0].prompt


def test_parquet_needs_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "export", "--limit", "1", "--format", "verl"]) == 2
    assert "name it with -o" in capsys.readouterr().err
    assert main(["data", "export", "--limit", "1"]) == 0
    assert Task.from_dict(json.loads(capsys.readouterr().out)) == load_tasks("codereal-core", limit=1)[0]

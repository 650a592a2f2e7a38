"""The whole line on a tiny model: it runs, it resumes to the same numbers, and it refuses what makes no sense."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from codereal.errors import CoderealError, DataError, UsageError
from codereal.reward.hybrid import HybridReward
from codereal.reward.score import TERMS, Score
from codereal.tasks.load import load_tasks
from codereal.tasks.task import Task
from codereal.train import line
from codereal.train.config import PPOConfig, make_config
from codereal.train.folder import RunFolder
from codereal.train.network import Network
from codereal.train.ppo import train
from codereal.train.progress import be_quiet

be_quiet(True)


@pytest.fixture
def config(tiny_model: str) -> PPOConfig:
    return PPOConfig(
        model=tiny_model, steps=2, prompts=2, samples=2, max_new=12, freeze=2, critic_layers=1, minibatches=2,
        warmup_steps=2, warmup_prompts=2, warmup_answers=2, limit=8, eval_limit=4, threads=1, lr=1e-3,
    )  # fmt: skip


def steps(folder: Path) -> list[dict[str, Any]]:
    """The metrics without the clock's."""
    rows = [json.loads(row) for row in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in row.items() if not name.endswith("_s")} for row in rows]


def test_the_line_leaves_everything_a_reader_needs(config: PPOConfig, tmp_path: Path) -> None:
    rows = line.run(config, tmp_path / "run")
    names = [row.name for row in rows]
    assert names == ["start", "after PPO", "reference solutions", "known-vulnerable solutions", "null program"]
    reference, vulnerable, null = rows[2:]
    assert reference.func_qual.value == 1.0
    assert (vulnerable.function.value, vulnerable.quality.value) == (1.0, 0.0)
    assert null.func_qual.value == 0.0
    about = json.loads((tmp_path / "run" / "config.json").read_text())
    assert about["settings"] == config.to_dict()
    assert {"versions", "ruleset", "command", "machine"} <= set(about)
    assert [row["step"] for row in steps(tmp_path / "run")] == [1, 2]
    rollouts = RunFolder.read_rows(tmp_path / "run" / "rollouts" / "step-00002.jsonl")
    assert len(rollouts) == 4
    assert {"task", "response", "value", "terms", "reasons"} <= set(rollouts[0])
    page = (tmp_path / "run" / "report.html").read_text()
    assert "<svg" in page
    assert "known-vulnerable solutions" in page
    assert not re.search(r"""(?:src|href)=["'](?!#)|url\((?!#)|@import""", page), "the page needs nothing but itself"
    model = Network(str(tmp_path / "run" / "model"), cut=0)
    start = Network(str(tmp_path / "run" / "warm"), cut=0)
    moved = [k for k, v in model.model.state_dict().items() if not torch.equal(v, start.model.state_dict()[k])]
    assert moved
    assert all(".layers.0." not in name and ".layers.1." not in name for name in moved), "frozen layers moved"
    line.run(config, tmp_path / "run")  # everything is there: nothing is done again
    assert len(json.loads((tmp_path / "run" / "time.json").read_text())) == 2


def test_the_line_on_published_rows(config: PPOConfig, tmp_path: Path) -> None:
    """SafeSQL's rows hold a safe or an unsafe program, never both: the warm-up takes what there is."""
    data = Path(os.environ.get("CODEREAL_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
    if not (data / "safesql").is_dir():
        pytest.skip(f"no safesql data in {data}; set CODEREAL_DATA")
    settings: dict[str, Any] = {
        "suite": "safesql",
        "data": str(data),
        "limit": 4,
        "eval_limit": 2,
        "steps": 1,
        "warmup_steps": 1,
    }
    rows = line.run(replace(config, **settings), tmp_path / "run")
    assert [row.name for row in rows[:2]] == ["start", "after PPO"]
    known = {row.name: row.func_qual.value for row in rows}
    assert known.get("reference solutions", 1.0) == 1.0
    assert known.get("known-vulnerable solutions", 0.0) == 0.0


def test_an_interrupted_run_resumes_to_the_same_numbers(
    config: PPOConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.run(config, tmp_path / "whole")
    save = RunFolder.save_step
    calls: list[int] = []

    def interrupted(self: RunFolder, step: int, *rest: Any) -> None:
        if step == 2 and not calls:
            calls.append(step)
            raise KeyboardInterrupt
        save(self, step, *rest)

    monkeypatch.setattr(RunFolder, "save_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        line.run(config, tmp_path / "cut")
    assert [row["step"] for row in steps(tmp_path / "cut")] == [1]
    line.run(config, tmp_path / "cut")
    assert steps(tmp_path / "cut") == steps(tmp_path / "whole")
    for name in ("start", "final"):
        part = Path("evaluations") / f"{name}.jsonl"
        assert (tmp_path / "cut" / part).read_text() == (tmp_path / "whole" / part).read_text()


class Fixed(HybridReward):
    """A reward that says what it is told to, to test the trainer by itself."""

    def __init__(self, values: list[float | None]) -> None:
        super().__init__()
        self.values = values

    def score_many(self, responses: Any, tasks: Any) -> list[Score]:
        terms = dict.fromkeys(TERMS, 1.0)
        return [Score(self.values[i % len(self.values)], 1, 1, True, True, terms, r) for i, r in enumerate(responses)]


def run_ppo(config: PPOConfig, folder: Path, values: list[float | None]) -> list[dict[str, Any]]:
    network = Network(config.model, cut=config.freeze)
    tasks: list[Task] = load_tasks("codereal-core", limit=8)
    train(config, network, tasks, Fixed(values), RunFolder(folder))
    return steps(folder)


def test_samples_we_failed_to_score_take_no_part(config: PPOConfig, tmp_path: Path) -> None:
    rows = run_ppo(config, tmp_path / "some", [1.0, None])
    assert [row["infra"] for row in rows] == [0.5, 0.5]
    assert rows[0]["reward"] == 1.0
    none = run_ppo(config, tmp_path / "none", [None])
    assert none[0]["infra"] == 1
    assert "policy_loss" not in none[1], "nothing was scored, so nothing may be learned"


def test_the_first_step_starts_at_the_reference(config: PPOConfig, tmp_path: Path) -> None:
    rows = run_ppo(config, tmp_path, [1.0, 0.0])
    assert rows[0]["kl"] == pytest.approx(0, abs=1e-5)
    assert rows[1]["policy_loss"] != 0


def test_a_folder_of_another_run_is_not_overwritten(config: PPOConfig, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.begin(config.to_dict(), {})
    with pytest.raises(UsageError, match=r"holds a run with alpha = 0.5, not 0.2"):
        folder.begin(config.to_dict() | {"alpha": 0.2}, {})


def test_a_broken_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(DataError, match=r"checkpoint.pt cannot be read .*remove it"):
        RunFolder(tmp_path).load_step({"policy": torch.nn.Linear(1, 1)})


def test_a_full_disk_leaves_the_last_step_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = RunFolder(tmp_path)
    part = {"policy": torch.nn.Linear(2, 2)}
    folder.save_step(1, part, {"reward": 0.5}, [])

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(CoderealError, match="no space left on the disk"):
        folder.save_step(2, part, {"reward": 0.6}, [])
    assert folder.load_step(part) == 1
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"alpha": 1.5}, r"alpha must lie in \[0, 1\], not 1.5"),
        ({"alpha": "much"}, "alpha must be float, not 'much'"),
        ({"steps": -1}, "steps must not be negative"),
        ({"lr": 0.0}, "lr must be positive"),
        ({"prompts": 2, "minibatches": 4}, "cannot exceed prompts"),
        ({"learning_rate": 1.0}, "unknown setting 'learning_rate'"),
        ({"prompt": "poem"}, "must be auto, completion or chat"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        make_config(settings)


def test_no_half_model_is_taken_for_a_whole_one(
    config: PPOConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Network(config.model, cut=2)
    folder = RunFolder(tmp_path)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(network.tokenizer, "save_pretrained", full)
    with pytest.raises(CoderealError, match="no space left"):
        folder.save_model("model", network)
    assert not (tmp_path / "model").exists()
    assert not list(tmp_path.glob(".model*"))
    shutil.rmtree(tmp_path)

"""The audit tells a reward that holds from one that pays for nothing, and takes exploits of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codereal import HybridReward, Task, load_tasks
from codereal.cli import main
from codereal.errors import DataError, UsageError
from codereal.reward.audit import audit, card
from codereal.reward.exploits import Exploit, load


@pytest.fixture(scope="module")
def tasks() -> list[Task]:
    every = load_tasks("codereal-core", split="test")
    return [next(task for task in every if task.tags["form"] == form) for form in ("function", "program")]


def some(*names: str) -> list[Exploit]:
    return [exploit for exploit in load() if exploit.name in names]


def test_exploits_have_names_of_their_own_and_every_family() -> None:
    exploits = load()
    assert len({exploit.name for exploit in exploits}) == len(exploits) >= 50
    assert {exploit.family for exploit in exploits} == {"no-work", "harness", "analyser", "mixed"}


def test_the_default_reward_holds(tasks: list[Task]) -> None:
    names = ("null-body", "equal-object", "exit-0", "hidden-base64", "comments", "padding", "forged-output", "empty")
    result = audit(tasks, HybridReward(), some(*names))
    assert result.passed
    reference, vulnerable = result.anchors
    assert (reference.joint, vulnerable.joint) == (1, 0)
    assert all(row.joint == 0 for row in result.exploits)
    assert "passed" in card(result).splitlines()[0]
    assert json.loads(result.to_json())["passed"] is True


def test_a_reward_that_pays_for_nothing_is_caught(tasks: list[Task]) -> None:
    result = audit(tasks[1:], HybridReward(1.0, "real-paper"), some("comment"))
    assert result.caught == ("comment",)
    assert card(result).startswith("# Audit of the reward `real-paper` (α = 1) on codereal-core: failed: comment")


def test_an_exploit_of_ones_own_is_one_file(tmp_path: Path) -> None:
    own = tmp_path / "mine.py"
    own.write_text(
        "from codereal.reward.exploits import Exploit\n"
        "EXPLOITS = (Exploit('mine', 'mixed', 'words', lambda task: None),)\n"
    )
    assert load(own)[-1].name == "mine"
    own.write_text("")
    with pytest.raises(DataError, match="holds no EXPLOITS"):
        load(own)
    with pytest.raises(DataError, match="is no Python file"):
        load(tmp_path / "none.py")


def test_no_tasks_are_no_audit() -> None:
    with pytest.raises(UsageError, match="an audit needs tasks"):
        audit([], HybridReward(), load())


def test_the_command_refuses_bad_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--limit", "0"]) == 2
    assert "--limit must be at least 1" in capsys.readouterr().err

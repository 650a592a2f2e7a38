"""The shipped suite: what the demo stands on, what the families hold, and the commands about them."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from codereal.cli import main
from codereal.errors import UsageError
from codereal.tasks.builders import database
from codereal.tasks.builders.datasheet import datasheet
from codereal.tasks.builders.families import families
from codereal.tasks.builders.near import nearest
from codereal.tasks.load import SPLITS, load_tasks
from codereal.tasks.overlap import skeleton
from codereal.tasks.suites.codereal_core import pack
from codereal.tasks.task import Task
from codereal.tasks.validate import Flaw, validate

RECIPE = Path(__file__).parents[2] / "recipes" / "demo.toml"


def every() -> list[Task]:
    return [task for split in SPLITS for task in load_tasks("codereal-core", split=split)]


def test_the_demo_keeps_its_tasks_and_their_order() -> None:
    suite = tomllib.loads(RECIPE.read_text("utf-8"))["suite"]
    built = list(database.build())
    for split in SPLITS:
        mine = [task for task in built if task.split == split]
        assert load_tasks(suite, split=split) == mine
        # Those who ask for all of the suite meet them first.
        assert load_tasks("codereal-core", split=split)[: len(mine)] == mine


def test_families_can_be_asked_for() -> None:
    tasks = load_tasks("codereal-core:weak-crypto", split="test", limit=3)
    assert {task.tags["family"] for task in tasks} == {"weak-crypto"}
    assert len(tasks) == 3
    with pytest.raises(UsageError, match="no family 'poetry'; there are access-control, "):
        load_tasks("codereal-core:poetry")


def test_the_shipped_files_are_those_of_the_drafts() -> None:
    """A draft that was changed without `make data` shows here."""
    shipped = Counter((task.tags["family"], seed) for task in every() for seed in task.tags["seed"].split("+"))
    for family in families():
        for draft in family.drafts:
            assert shipped[family.name, draft.seed] > 0
    counts = Counter(task.tags["family"] for task in every())
    assert counts.pop("sql-injection") == 840
    assert counts.pop("maintainability") >= 100
    assert sum(counts.values()) >= 300
    assert min(counts.values()) >= 20


def test_no_reference_has_the_shape_of_another_and_splits_share_no_seed() -> None:
    tasks = [task for task in every() if task.tags["family"] != "sql-injection"]
    assert len({task.id for task in tasks}) == len(tasks)
    assert len({skeleton(task.references[0]) for task in tasks}) == len(tasks)
    parts = [
        {part for task in tasks if task.split == split for part in task.tags["seed"].split("+")} for split in SPLITS
    ]
    worlds = [{task.tags["schema"] for task in tasks if task.split == split} for split in SPLITS]
    assert parts[0].isdisjoint(parts[1])
    assert worlds[0].isdisjoint(worlds[1])


def test_a_sample_of_every_family_proves_itself() -> None:
    tasks = [task for task in every() if task.tags["family"] != "sql-injection"]
    sample = {task.tags["family"]: task for task in tasks[::7]}
    assert len(sample) == 11
    assert [flaw for flaw in validate(sample.values(), repeats=1) if not flaw.note] == []


@pytest.mark.slow
def test_all_of_it_proves_itself() -> None:
    tasks = [task for task in every() if task.tags["family"] != "sql-injection"]
    flaws = [flaw for flaw in validate(tasks) if not flaw.note or flaw.reason == "reference is not maintainable"]
    assert flaws == []


def test_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "list"]) == 0
    assert "codereal-core:path-traversal  (train " in capsys.readouterr().out
    assert main(["data", "build"]) == 2
    assert "name their folder with -o" in capsys.readouterr().err
    against = "codereal-core:regex-time:train"
    assert (
        main(["data", "overlap", "--suite", "codereal-core:regex-time", "--split", "test", "--against", against]) == 0
    )
    assert "share a program's shape with codereal-core:regex-time train" in capsys.readouterr().out


def test_the_datasheet_counts() -> None:
    splits = {split: load_tasks("codereal-core:regex-time", split=split, limit=6) for split in SPLITS}
    flaws = [
        Flaw(splits["train"][0].id, "vulnerable has no finding", note=True),
        Flaw(splits["test"][0].id, "our failure"),
    ]
    page = datasheet("codereal-core:regex-time", splits, {"own test": splits["test"]}, ["apps train"], flaws, 2, 7.4)
    assert "| regex-time | 6 | 1 | 6 | 6 | 1 | 6 |" in page
    assert "| family | tasks | valid | our failure | vulnerable has no finding |" in page
    assert "| regex-time | 12 | 11 | 1 | 1 |" in page
    # Set against its own test split: all of that, and nothing of the other.
    assert "| test | own test | 6 | 0 | 6 |" in page
    assert "| train | own test | 6 | 1 | 0 |" in page
    assert "Not at hand: apps train." in page


def test_nearness() -> None:
    one, two = frozenset({1, 2, 3}), frozenset({2, 3, 4})
    assert nearest(one, [two, frozenset()]) == 0.5
    assert nearest(one, []) == 0.0


def test_packing_gives_the_same_bytes() -> None:
    tasks = load_tasks("codereal-core:xml-entities", limit=2)
    assert pack(tasks) == pack(list(tasks))

"""Drafts told as web applications."""

from __future__ import annotations

from codereal.reward.hybrid import HybridReward
from codereal.sandbox.case import Call
from codereal.tasks.builders import web
from codereal.tasks.builders.families import families
from codereal.tasks.load import SPLITS, load_tasks
from codereal.tasks.task import Task
from codereal.tasks.validate import validate


def shipped() -> list[Task]:
    tasks = [task for split in SPLITS for task in load_tasks("codereal-core", split=split)]
    return [task for task in tasks if task.tags["form"] == web.FORM]


def test_the_shipped_file_is_that_of_the_drafts() -> None:
    """A draft that was changed without `make data` shows here."""
    built = {task.id: task for family in families() for task in web.expand(family, set())}
    found = shipped()
    assert len(found) >= 20
    assert len({task.tags["family"] for task in found}) >= 6
    assert [built[task.id] for task in found] == found


def test_an_application_proves_itself() -> None:
    tasks = shipped()[::5]
    assert [flaw for flaw in validate(tasks, repeats=1) if not flaw.note] == []


def test_what_an_application_may_answer() -> None:
    """Any refusal of a hostile question will do; a kind one wants its status and its text."""
    task = next(task for task in shipped() if task.tags["seed"] == "read-private")
    assert any(isinstance(case, Call) and case.raises == "Exception" for case in task.attacks)
    good = task.references[0]
    forbids = good.replace('"400 Bad Request"', '"403 Forbidden"')
    raises = good.replace('start_response("400 Bad Request", HEADERS)', "raise")
    speaks = good.replace('"400 Bad Request"', '"200 OK"')
    assert len({good, forbids, raises, speaks}) == 4
    scores = HybridReward().score_many([f"```python\n{p}```" for p in (good, forbids, raises, speaks)], [task] * 4)
    assert [score.terms["attacks"] == 1 for score in scores] == [True, True, True, False]
    assert scores[0].passed_function
    assert not scores[1].passed_function, "the words ask for status 400"

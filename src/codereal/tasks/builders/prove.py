"""Build every task of the suite and let it prove itself: what has a flaw does not get in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from codereal.errors import SandboxError
from codereal.tasks.builders import database, web
from codereal.tasks.builders.families import families
from codereal.tasks.builders.grammar import expand
from codereal.tasks.overlap import skeleton
from codereal.tasks.task import Task
from codereal.tasks.validate import OUR_FAILURE, Flaw, validate

_UNFIT = "reference is not maintainable"  # of note for others' tasks; ours have to show how it is done


@dataclass(slots=True)
class Built:
    """The tasks of one file of the suite, those that were rejected with their flaws, and what is of note."""

    name: str
    tasks: list[Task]
    rejected: list[Flaw] = field(default_factory=list)
    notes: list[Flaw] = field(default_factory=list)


def build_servers(dialect: str, *, repeats: int = 2) -> Built:
    """The database tasks of a server's dialect, proved. Raises what `database_server` does where there is none."""
    tasks = list(database.build_servers(dialect))
    flaws = _flaws(tasks, repeats)
    bad = {flaw.task for flaw in flaws if not flaw.note}
    kept = [task for task in tasks if task.id not in bad]
    return Built(
        f"sql-injection-{dialect}",
        kept,
        [flaw for flaw in flaws if not flaw.note],
        [flaw for flaw in flaws if flaw.note],
    )


def build(*, repeats: int = 2) -> Iterator[Built]:
    """The database tasks as they are (they are proved by `data validate`), then the other families, proved; last those
    of all families that are web applications.
    """
    known = list(database.build())
    yield Built("database", known)
    seen = {skeleton(program) for task in known for program in task.references}
    for family in families():
        yield _proved(family.name, list(expand(family, seen)), repeats)
    yield _proved("web", [task for family in families() for task in web.expand(family, seen)], repeats)


def _proved(name: str, tasks: list[Task], repeats: int) -> Built:
    flaws = _flaws(tasks, repeats)
    unfit = [flaw for flaw in flaws if not flaw.note or flaw.reason == _UNFIT]
    bad = {flaw.task for flaw in unfit}
    kept = [task for task in tasks if task.id not in bad]
    return Built(name, kept, unfit, [flaw for flaw in flaws if flaw.task not in bad])


def _flaws(tasks: list[Task], repeats: int) -> list[Flaw]:
    """All flaws. What we failed to judge is judged again: a task must not go for a reason of ours.

    Raises SandboxError when we fail on the same task again.
    """
    flaws = list(validate(tasks, repeats=repeats))
    again = {flaw.task for flaw in flaws if flaw.reason == OUR_FAILURE}
    if not again:
        return flaws
    second = list(validate([task for task in tasks if task.id in again], repeats=repeats))
    for flaw in second:
        if flaw.reason == OUR_FAILURE:
            raise SandboxError(f"{flaw.task} could not be judged, twice: {flaw.detail}")
    return [flaw for flaw in flaws if flaw.task not in again] + second

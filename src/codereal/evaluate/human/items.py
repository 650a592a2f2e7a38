"""What reviewers look at: a task with all that proves it, or two answers to one prompt whose makers are not named."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from codereal.analysis.engine import check
from codereal.errors import DataError
from codereal.sandbox.case import Assertion, Attack, Call, Case, Stdio
from codereal.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: a heading, a text, and how it is shown: `words`, `cases`, `code`, or a
    `program` or `answer` beside its like.

    `findings` is asked for when the section is shown: marks with a line and a message. What the analysis says may
    change while the item stays the same.
    """

    title: str
    text: str
    kind: str = "words"
    findings: Callable[[], list[dict[str, Any]]] = field(default=list, compare=False)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to decide about. `shown` says in which order a pair's sides stand, for this reviewer."""

    id: str
    sections: tuple[Section, ...]
    shown: str = ""

    @property
    def digest(self) -> str:
        """Of what is asked, whatever its order on the screen."""
        parts = sorted([section.title.rpartition(" ")[0], section.text] for section in self.sections)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked: decisions by the key that makes them, reasons, and which decisions need one."""

    kind: str
    decisions: Mapping[str, str]
    reasons: tuple[str, ...]
    needs_reason: tuple[str, ...] = ()


TASK = Form(
    "task",
    {"a": "accept", "r": "reject", "u": "unsure"},
    (
        "the prompt is unclear", "a test is wrong", "tests miss something", "an attack is no attack",
        "the reference is unsafe", "the vulnerable program is safe", "not realistic", "repeats another", "other",
    ),
    ("reject",),
)  # fmt: skip
PAIR = Form(
    "pair",
    {"1": "first", "2": "second", "3": "tie"},
    ("correctness", "security", "readability", "completeness", "other"),
)


def task_items(tasks: Iterable[Task]) -> list[Item]:
    """An item for each task."""
    return [Item(task.id, tuple(_task(task))) for task in tasks]


def pair_items(
    first: Sequence[Mapping[str, Any]], second: Sequence[Mapping[str, Any]], tasks: Iterable[Task], reviewer: str
) -> list[Item]:
    """An item for each task that both sets of responses answer, and for each of several answers to one.

    Which side stands first is drawn for each item and reviewer: nobody can tell the makers by their places, and what
    somebody likes about the first place evens out. Raises `DataError` when no task is answered by both.
    """
    known = {task.id: task for task in tasks}
    sides = [_by_task(rows) for rows in (first, second)]
    items = []
    for name in sides[0]:
        for number, (a, b) in enumerate(zip(sides[0][name], sides[1].get(name, ()), strict=False)):
            where = name if not number else f"{name}#{number + 1}"
            order = random.Random(f"pair {where} {reviewer}").choice(("ab", "ba"))
            answers = {"a": a, "b": b}
            sections = [Section("Prompt", prompt(known[name]))]
            sections += [Section(f"Answer {place}", answers[side], "answer") for place, side in enumerate(order, 1)]
            items.append(Item(where, tuple(sections), order))
    if not items:
        raise DataError("no task is answered in both files")
    random.Random(f"pairs {reviewer}").shuffle(items)
    return items


def prompt(task: Task) -> str:
    """The prompt as text; of chat messages, each with its role."""
    if isinstance(task.prompt, str):
        return task.prompt
    return "\n\n".join(f"[{message['role']}]\n{message['content']}" for message in task.prompt)


def case_words(case: Case) -> str:
    """A case as a reader would write it."""
    if isinstance(case, Call):
        arguments = [repr(value) for value in case.args] + [f"{name}={value!r}" for name, value in case.kwargs.items()]
        call = f"{case.function}({', '.join(arguments)})"
        if case.raises is not None:
            return f"{call}  raises {case.raises}"
        result = "" if case.expected is ... else f"  ==  {case.expected!r}"
        refused = "  (or raises)" if case.or_raises else ""
        return f"{call}{result}{refused}{_tables(case.tables)}"
    if isinstance(case, Stdio):
        refused = "(or refuses, printing nothing)\n" if case.or_raises else ""
        return f"stdin:\n{case.stdin}\nstdout:\n{case.stdout}{refused}{_tables(case.tables)}".rstrip()
    if isinstance(case, Attack):
        return f"stdin:\n{case.stdin}\nmust come to nothing".rstrip()
    assert isinstance(case, Assertion)
    return case.source.strip()


def _task(task: Task) -> Iterable[Section]:
    yield Section("Prompt", prompt(task))
    if task.policy:
        yield Section("Policy", task.policy)
    if task.context:
        yield Section("Stands before the answer", task.context, "code")
    for title, cases in (("Tests", task.tests), ("Attacks", task.attacks)):
        if cases:
            yield Section(f"{title} {len(cases)}", "\n\n".join(map(case_words, cases)), "cases")
    for title, programs in (("Reference", task.references), ("Known bad", task.vulnerable)):
        for number, program in enumerate(programs, 1):
            yield Section(f"{title} {number}", program, "program", _finder(program, task.context))
    if task.setup:
        yield Section("Setup", task.setup, "code")
    if task.database:
        yield Section(f"Database, {task.database.dialect}", task.database.script, "code")


def _finder(program: str, context: str) -> Callable[[], list[dict[str, Any]]]:
    def findings() -> list[dict[str, Any]]:
        return [
            {"line": found.line, "end": found.end_line, "rule": found.rule, "message": found.message,
             "flow": [{"line": step.line, "message": step.message} for step in found.flow]}
            for found in check(program, context=context).findings
        ]  # fmt: skip

    return findings


def _tables(tables: Mapping[str, Sequence[tuple[object, ...]]] | None) -> str:
    if tables is None:
        return ""
    return "".join(f"\n    then {name} holds {[tuple(row) for row in rows]!r}" for name, rows in tables.items())


def _by_task(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["task"], []).append(row["response"])
    return found

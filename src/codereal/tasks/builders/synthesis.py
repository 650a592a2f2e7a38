"""Attacks that are searched for: hostile texts in the places of a task's inputs, kept if they tell its programs apart.

A candidate goes through the safe program and the vulnerable one. Where they end differently, it is an attack, whose
outcome is the safe one's. A few that make no difference here are kept, too: they may to another program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from codereal.analysis.engine import check
from codereal.errors import DataError
from codereal.sandbox.case import Call
from codereal.sandbox.codec import Connection, Source
from codereal.sandbox.limits import Limits
from codereal.tasks.builders.outcome import Outcome, outcome
from codereal.tasks.builders.payloads import Hints, texts
from codereal.tasks.task import Task

Arguments = tuple[object, ...]

_TRIED = 160  # candidates for one task
_TOLD, _OTHER = 8, 4  # that are kept: those that tell the programs apart, and others
_LIMITS = Limits(cpu_seconds=2)


def synthesize(
    safe: str, vulnerable: str, function: str, family: str, inputs: Sequence[Arguments], *,
    context: str = "", setup: str = "", limits: Limits = _LIMITS, tried: int = _TRIED,
) -> list[Call]:  # fmt: skip
    """Attacks on a function that both programs define, by `inputs` that are kind; those that tell them apart first.

    The sinks are those that the analysis finds in the vulnerable program, else what the family's name stands for.
    """
    found = tuple(dict.fromkeys(finding.rule for finding in check(vulnerable, context=context).findings))
    try:
        hints = Hints.of(context + vulnerable)
    except (SyntaxError, ValueError, RecursionError):
        return []
    told: list[Call] = []
    other: list[Call] = []
    for arguments in islice(candidates(inputs, texts((*found, family), hints)), tried):
        if len(told) == _TOLD:
            break
        good = _ends(context + safe, function, arguments, setup, limits)
        if good is None:
            continue  # no outcome that a case could expect
        bad = _ends(context + vulnerable, function, arguments, setup, limits)
        case = _case(function, arguments, good)
        # An attack may be refused by any exception, so that is no sign of a weakness.
        if bad is None or (not bad.raised and bad != good):
            told.append(case)
        elif len(other) < _OTHER:
            other.append(case)
    return told + other


def with_attacks(task: Task, **settings: int) -> Task:
    """The task with attacks that are found for it beside those that it has; itself when there are none to be found.

    It needs a reference, a vulnerable solution, and tests that call one function with values.
    """
    calls = [case for case in task.tests if isinstance(case, Call) and case.function.isidentifier()]
    kind = [case.args for case in calls if not any(isinstance(value, Connection | Source) for value in case.args)]
    if not task.references or not task.vulnerable or not kind or task.database:
        return task
    limits = task.limits or _LIMITS
    found = synthesize(
        task.references[0], task.vulnerable[0], calls[0].function, task.tags.get("family", ""), kind,
        context=task.context, setup=task.setup, limits=limits, **settings,
    )  # fmt: skip
    known = {repr(case.args) for case in task.attacks if isinstance(case, Call)}
    fresh = [case for case in found if repr(case.args) not in known]
    return replace(task, attacks=(*task.attacks, *fresh)) if fresh else task


def candidates(inputs: Sequence[Arguments], hostile: Iterator[str]) -> Iterator[Arguments]:
    """Argument lists with a hostile text in the place of one text, at any depth; texts in turns over the places."""
    seen: set[str] = set()
    for number, text in enumerate(hostile):
        for arguments in inputs[number % len(inputs) :][:1] if inputs else ():
            for place, value in enumerate(arguments):
                for changed in _put(value, text):
                    found = (*arguments[:place], changed, *arguments[place + 1 :])
                    if repr(found) not in seen:
                        seen.add(repr(found))
                        yield found


def _put(value: object, text: str) -> Iterator[object]:
    """The value with the text in it: as text, as bytes, as one element of a list, as one value of a dictionary."""
    if isinstance(value, str):
        yield text
    elif isinstance(value, bytes):
        yield text.encode("utf-8", "replace") if not text.isascii() else text.encode("latin-1")
    elif isinstance(value, list) and value:
        yield from ([*value[:-1], one] for one in _put(value[-1], text))
    elif isinstance(value, dict) and value:
        last = list(value)[-1]
        yield from ({**value, last: one} for one in _put(value[last], text))


def _ends(program: str, function: str, arguments: Arguments, setup: str, limits: Limits) -> Outcome | None:
    """What comes of a call; None if it does not end by itself, or in what has no plain form."""
    try:
        return outcome(program, function, arguments, setup=setup, limits=limits)
    except DataError:
        return None


def _case(function: str, arguments: Arguments, good: Outcome) -> Call:
    if good.raised:
        return Call(function, arguments, raises="Exception", name="attack")
    return Call(function, arguments, expected=good.value, or_raises=True, name="attack")

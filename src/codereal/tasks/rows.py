"""From the rows of a data set to tasks: a broken row is named and left out, never in silence."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from codereal.errors import DataError, UsageError
from codereal.tasks.task import Task

Row = Mapping[str, Any]

# What reading a row of the wrong shape raises; nothing of our own hides behind these.
BROKEN = (DataError, UsageError, KeyError, TypeError, ValueError, AttributeError, IndexError, SyntaxError)


class BrokenRowWarning(UserWarning):
    """Rows were left out; one line names them all by number (from 0) and reason."""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that is no task."""

    number: int
    reason: str


def read_tasks(rows: Iterable[Row], make: Callable[[Row, int], Task], where: str) -> list[Task]:
    """The tasks that `make(row, number)` gives; warns once (`BrokenRowWarning`) about the rows that are broken.

    `where` names the data in messages. Raises `DataError` when no row is good or two tasks share an id.
    """
    tasks: list[Task] = []
    broken: list[BrokenRow] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows):
        try:
            task = make(row, number)
        except BROKEN as error:
            broken.append(BrokenRow(number, describe(error)))
            continue
        if task.id in seen:
            broken.append(BrokenRow(number, f"its id {task.id} is that of row {seen[task.id]}"))
            continue
        seen[task.id] = number
        tasks.append(task)
    report(broken, where, whole=not tasks)
    return tasks


def report(broken: list[BrokenRow], where: str, *, whole: bool) -> None:
    """Say which rows were left out, and why; `whole`: none is left, which is an error."""
    if not broken:
        return
    reasons: dict[str, list[int]] = {}
    for row in broken:
        reasons.setdefault(row.reason, []).append(row.number)
    words = "; ".join(f"row{'s' if len(found) > 1 else ''} {_spans(found)}: {why}" for why, found in reasons.items())
    if whole:
        raise DataError(f"{where}: no row is a task ({words})")
    warnings.warn(f"{where}: left out {words}", BrokenRowWarning, stacklevel=5)


def describe(error: Exception) -> str:
    """One line that says what was wrong with the row."""
    if isinstance(error, KeyError):
        return f"no field {error}"
    text = str(error).replace("\n", " ")[:300]
    return text if isinstance(error, (DataError, UsageError)) else f"{type(error).__name__}: {text}"


def _spans(numbers: list[int]) -> str:
    """ "3, 7–9" for [3, 7, 8, 9]."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(low) if low == high else f"{low}–{high}" for low, high in spans)

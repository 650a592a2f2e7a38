"""`Question`: one concrete database question, before it is written out as a task or as solutions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from codereal.tasks.builders.schemas import Schema

Value = str | list[str]


@dataclass(frozen=True, slots=True)
class Hole:
    """A place in the SQL that an input fills.

    `kind`: `text` (a quoted value), `like` (a quoted pattern), `number` (an unquoted number), `list` (the
    values of an IN list) or `column` (an identifier, which no placeholder can carry).
    """

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, the SQL that answers it, and inputs that are kind or hostile.

    `sql` is the statement cut at its holes: text, hole, text, hole, …, text. `returns` is `rows`,
    `number`, `flag` or `nothing`; `columns` are the types of a row. `choices` are the columns that a
    `column` hole may name.
    """

    seed: str
    schema: Schema
    function: str
    words: str
    sql: tuple[str | Hole, ...]
    returns: str
    inputs: tuple[Mapping[str, Value], ...]
    attacks: tuple[Mapping[str, Value], ...]
    columns: tuple[str, ...] = ("str",)
    choices: tuple[str, ...] = ()
    order: tuple[str, ...] = ()

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The holes from left to right."""
        return tuple(part for part in self.sql if isinstance(part, Hole))

    @property
    def arguments(self) -> tuple[Hole, ...]:
        """The holes in the order in which the caller gives them (`order`, else as they stand in the SQL)."""
        holes = {hole.name: hole for hole in self.holes}
        return tuple(holes[name] for name in self.order) if self.order else tuple(holes.values())

    @property
    def special(self) -> Hole | None:
        """The one hole that needs more than a placeholder (a list or a column), if there is one."""
        return next((hole for hole in self.holes if hole.kind in ("list", "column")), None)

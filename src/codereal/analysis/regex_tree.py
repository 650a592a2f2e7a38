"""Regular expressions as trees: the nodes, and the two simplifications that CPython's `re` makes.

They decide how much there is to try: alternatives that all begin alike share their beginning, and alternatives of one
character each become a set, so that `(\\w|\\d)*` is not ambiguous while `(\\w|\\d\\b)*` is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

INFINITE = 1 << 32

# What has to hold between two characters, a bit each: a set of them is a condition.
BEGIN, LINE_BEGIN, END, LINE_END, TEXT_END, BOUNDARY, INSIDE = (1 << bit for bit in range(7))


@dataclass(frozen=True, slots=True)
class Char:
    """One character of a set; `plain` for a literal or a class that is not negated, which `re` merges with others."""

    mask: int
    plain: bool


@dataclass(frozen=True, slots=True)
class At:
    """A condition on a place (one of the bits above)."""

    what: int


@dataclass(frozen=True, slots=True)
class Seq:
    """One after the other."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alt:
    """One of several, tried in this order."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A repetition; `span` is where it stands in the pattern."""

    item: Node
    low: int
    high: int
    greedy: bool
    span: tuple[int, int] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Group:
    """A group that captures."""

    number: int
    item: Node


@dataclass(frozen=True, slots=True)
class Atomic:
    """What is not entered again once it matched: `(?>…)`, and possessive repetitions."""

    item: Node


@dataclass(frozen=True, slots=True)
class Look:
    """A look-around; `behind` is the number of characters to step back, None for a look-ahead."""

    item: Node
    behind: int | None
    negative: bool


@dataclass(frozen=True, slots=True)
class Ref:
    """The text of a group, again; `size` is its length where all that the group matches has one."""

    number: int
    ignore_case: bool
    size: int | None


@dataclass(frozen=True, slots=True)
class Choice:
    """`(?(1)yes|no)`."""

    number: int
    yes: Node
    no: Node


Node: TypeAlias = Char | At | Seq | Alt | Repeat | Group | Atomic | Look | Ref | Choice

EMPTY = Seq(())


def sequence(items: list[Node]) -> Node:
    """The items one after the other; a sequence of one is that one."""
    return items[0] if len(items) == 1 else Seq(tuple(items))


def alternatives(rows: list[list[Node]]) -> list[Node]:
    """What stands for several rows of items, as `re` simplifies it."""
    if len(rows) == 1:
        return rows[0]
    common = 0
    while all(len(row) > common and row[common] == rows[0][common] for row in rows):
        common += 1
    head, rests = rows[0][:common], [row[common:] for row in rows]
    mask = 0
    for rest in rests:
        if len(rest) != 1 or not isinstance(rest[0], Char) or not rest[0].plain:
            return [*head, Alt(tuple(sequence(one) for one in rests))]
        mask |= rest[0].mask
    return [*head, Char(mask, True)]


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below one."""
    if isinstance(node, Seq | Alt):
        return node.items
    if isinstance(node, Repeat | Group | Atomic | Look):
        return (node.item,)
    return (node.yes, node.no) if isinstance(node, Choice) else ()


def width(node: Node) -> int | None:
    """The number of characters that a node matches; None when it varies."""
    if isinstance(node, Char):
        return 1
    if isinstance(node, At | Look):
        return 0
    if isinstance(node, Ref):
        return node.size
    widths = [width(child) for child in children(node)]
    if any(one is None for one in widths):
        return None
    known = [one for one in widths if one is not None]
    if isinstance(node, Seq):
        return sum(known)
    if isinstance(node, Repeat):
        return known[0] * node.low if node.low == node.high or not known[0] else None
    return known[0] if len(set(known)) == 1 else None

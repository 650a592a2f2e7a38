"""Reads regular expressions as CPython's `re` does, whatever the Python that runs this.

A parser of its own, because `re`'s is private, warns, and follows its Python: what any version from 3.8 to 3.14 takes
is taken here, global flags in the middle and possessive repetitions among it.
"""

from __future__ import annotations

import re

from codereal.analysis import regex_tree as tree
from codereal.analysis.regex_cursor import Cursor
from codereal.analysis.regex_letters import Letters
from codereal.analysis.regex_tree import Node

MAX_DEPTH = 40  # nested groups
_FLAGS = {"a": re.A, "i": re.I, "L": re.L, "m": re.M, "s": re.S, "u": re.U, "x": re.X}
_SCOPED = re.compile(r"\?([aiLmsux]*)(?:-([imsx]+))?([:)])")


def parse(pattern: str, flags: int, letters: Letters) -> Node:
    """The tree of a pattern. Raises ValueError for what `re` does not take, or what is nested too deeply."""
    for _ in _FLAGS:
        reader = _Reader(pattern, flags, letters)
        try:
            return reader.whole()
        except (IndexError, KeyError, OverflowError) as error:
            raise ValueError(f"not a regular expression: {error!r}") from error
        except _GlobalFlagsError as again:
            flags |= again.flags
    raise ValueError("flags without end")


class _GlobalFlagsError(Exception):
    """Flags for the whole pattern were found in it: it has to be read again."""

    def __init__(self, flags: int) -> None:
        self.flags = flags


class _Reader(Cursor):
    def whole(self) -> Node:
        found = self.alternatives(0)
        if self.at < len(self.pattern):
            raise ValueError("unbalanced parenthesis")
        return found

    def alternatives(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
        rows = [self.row(depth)]
        while self.take("|"):
            rows.append(self.row(depth))
        return tree.sequence(tree.alternatives(rows))

    def row(self, depth: int) -> list[Node]:
        items: list[Node] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            start = self.at
            if self.flags & re.X and self.skipped():
                continue
            self.at += 1
            character = self.pattern[start]
            item = self.group(depth) if character == "(" else self.atom(character)
            if item is None:
                continue
            item = self.repeated(item, start)
            # A group that captures nothing is no more than its content.
            items.extend(item.items if isinstance(item, tree.Seq) else (item,))
        return items

    def repeated(self, item: Node, start: int) -> Node:
        while self.flags & re.X and self.at < len(self.pattern) and self.skipped():
            pass
        bounds = self.bounds()
        if bounds is None:
            return item
        if isinstance(item, tree.At) and self.pattern[start] != "(":
            raise ValueError("nothing to repeat")
        lazy = self.take("?")
        possessive = not lazy and self.take("+")
        end = self.at
        if self.bounds() is not None:
            raise ValueError("multiple repeat")
        item = tree.Repeat(item, *bounds, not lazy, (start, end))
        return tree.Atomic(item) if possessive else item

    def group(self, depth: int) -> Node | None:
        """What follows an opening parenthesis; None for a comment."""
        if self.take("?#"):
            self.until(")")
            return None
        for sign, behind, negative in (
            ("?=", False, False),
            ("?!", False, True),
            ("?<=", True, False),
            ("?<!", True, True),
        ):
            if self.take(sign):
                return self.look(depth, behind, negative)
        if self.take("?>"):
            return tree.Atomic(self.closing(depth))
        if self.take("?P="):
            return self.reference(self.named(self.until(")")))
        if self.take("?("):
            return self.choice(depth)
        scoped = _SCOPED.match(self.pattern, self.at)
        if scoped is not None:
            return self.scoped(depth, scoped)
        name = None
        if self.take("?P<"):
            name = self.until(">")
        elif self.pattern.startswith("?", self.at):
            raise ValueError("unknown extension")
        if name is not None and (not name.isidentifier() or name in self.names):
            raise ValueError("bad group name")
        number = len(self.names)
        self.names.append(name)
        item = self.closing(depth)
        self.widths[number] = tree.width(item)
        return tree.Group(number, item)

    def closing(self, depth: int) -> Node:
        flags = self.flags
        item = self.alternatives(depth + 1)
        if not self.take(")"):
            raise ValueError("missing parenthesis")
        self.flags = flags
        return item

    def named(self, name: str) -> int:
        number = int(name) if name.isdecimal() else self.names.index(name) if name in self.names else 0
        if not number:
            raise ValueError("no such group")
        return number

    def look(self, depth: int, behind: bool, negative: bool) -> Node:
        item = self.closing(depth)
        steps = tree.width(item) if behind else None
        if behind and steps is None:
            raise ValueError("look-behind of no fixed width")
        return tree.Look(item, steps, negative)

    def choice(self, depth: int) -> Node:
        number = self.named(self.until(")"))
        yes = self.row(depth)
        no = self.row(depth) if self.take("|") else []
        if not self.take(")"):
            raise ValueError("missing parenthesis")
        return tree.Choice(number, tree.sequence(yes), tree.sequence(no))

    def scoped(self, depth: int, match: re.Match[str]) -> Node | None:
        added = sum(_FLAGS[flag] for flag in set(match[1]))
        removed = sum(_FLAGS[flag] for flag in set(match[2] or ""))
        self.at = match.end()
        if match[3] == ")":
            if removed or not added:
                raise ValueError("bad flags")
            if added & ~self.given:
                raise _GlobalFlagsError(added)
            return None
        before = self.flags
        if added & (re.A | re.U):
            self.flags &= ~(re.A | re.U)
        self.flags = (self.flags | added) & ~removed
        item = self.alternatives(depth + 1)
        self.flags = before
        if not self.take(")"):
            raise ValueError("missing parenthesis")
        return item

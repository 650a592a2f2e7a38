"""The characters of a regular expression as `re` reads them: literals, escapes, classes, quantifiers, references."""

from __future__ import annotations

import re
import unicodedata

from codereal.analysis import regex_tree as tree
from codereal.analysis.regex_letters import Letters
from codereal.analysis.regex_tree import Char, Node

_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_PLACES = {"A": tree.BEGIN, "Z": tree.END, "z": tree.END, "b": tree.BOUNDARY, "B": tree.INSIDE}
_BOUNDS = re.compile(r"\{(\d*)(,?)(\d*)\}")
_CODES = {"x": 2, "u": 4, "U": 8}
_OCTAL = frozenset("01234567")


class Cursor:
    """A place in a pattern, and what is known there: the flags that hold, and the groups so far."""

    def __init__(self, pattern: str, flags: int, letters: Letters) -> None:
        self.pattern = pattern
        self.letters = letters
        self.at = 0
        self.flags = flags
        self.given = flags
        self.names: list[str | None] = [None]  # of the groups, by number
        self.widths: dict[int, int | None] = {}  # of the groups that are closed

    def take(self, text: str) -> bool:
        found = self.pattern.startswith(text, self.at)
        if found:
            self.at += len(text)
        return found

    def until(self, stop: str) -> str:
        end = self.pattern.index(stop, self.at)
        found, self.at = self.pattern[self.at : end], end + 1
        return found

    def skipped(self) -> bool:
        """Step over white space or a comment of a verbose pattern."""
        if self.pattern[self.at] == "#":
            end = self.pattern.find("\n", self.at)
            self.at = len(self.pattern) if end < 0 else end + 1
            return True
        found = self.pattern[self.at] in " \t\n\r\v\f"
        self.at += found
        return found

    def bounds(self) -> tuple[int, int] | None:
        """The quantifier that stands here: least and most; None, and nothing read, where there is none."""
        for sign, bounds in (("*", (0, tree.INFINITE)), ("+", (1, tree.INFINITE)), ("?", (0, 1))):
            if self.take(sign):
                return bounds
        match = _BOUNDS.match(self.pattern, self.at)
        if match is None or match[0] == "{}":
            return None
        low = int(match[1] or 0)
        high = int(match[3]) if match[3] else tree.INFINITE if match[2] else low
        if high < low or low >= tree.INFINITE:
            raise ValueError("bad bounds")
        self.at = match.end()
        return low, min(high, tree.INFINITE)

    def atom(self, character: str) -> Node:
        if character == ".":
            newline = 0 if self.flags & re.S else self.letters.of("\n")
            return Char(self.letters.any & ~newline, False)
        if character == "^":
            return tree.At(tree.LINE_BEGIN if self.flags & re.M else tree.BEGIN)
        if character == "$":
            return tree.At(tree.LINE_END if self.flags & re.M else tree.TEXT_END)
        if character == "[":
            return self.char_class()
        if character == "\\":
            return self.escape()
        self.at -= 1
        if self.bounds() is not None:
            raise ValueError("nothing to repeat")
        self.at += 1
        return self.literal(character)

    def literal(self, character: str) -> Char:
        return Char(self.cased(self.letters.of(character)), True)

    def cased(self, mask: int) -> int:
        return self.letters.cased(mask) if self.flags & re.I else mask

    def escape(self) -> Node:
        kind = self.pattern[self.at]
        if kind in _PLACES:
            self.at += 1
            return tree.At(_PLACES[kind])
        if kind in "dswDSW":
            self.at += 1
            return Char(self.letters.category(kind, bool(self.flags & re.A)), True)
        digits = self.pattern[self.at : self.at + 3]
        if kind in "123456789" and not (len(digits) == 3 and digits[0] in "123" and set(digits) <= _OCTAL):
            number = int(digits[:2]) if digits[1:2].isdigit() and digits[1:2].isascii() else int(kind)
            self.at += len(str(number))
            return self.reference(number)
        return self.literal(self.code(kind, in_class=False))

    def reference(self, number: int) -> Node:
        if number not in self.widths:
            raise ValueError("no such group")
        return tree.Ref(number, bool(self.flags & re.I), self.widths[number])

    def code(self, kind: str, in_class: bool) -> str:
        """The character that an escape names; `kind` is what stands after the backslash, not yet taken."""
        self.at += 1
        if kind in _CODES:
            digits = self.pattern[self.at : self.at + _CODES[kind]]
            self.at += _CODES[kind]
            if len(digits) < _CODES[kind] or not digits.isalnum():
                raise ValueError("incomplete escape")
            return chr(int(digits, 16))
        if kind == "N" and self.take("{"):
            return unicodedata.lookup(self.until("}"))
        if kind in _OCTAL:
            digits = kind
            while len(digits) < 3 and self.pattern[self.at : self.at + 1] in _OCTAL:
                digits += self.pattern[self.at]
                self.at += 1
            return chr(int(digits, 8))
        if kind in _SIMPLE and (in_class or kind != "b"):
            return _SIMPLE[kind]
        if kind.isascii() and kind.isalnum():
            raise ValueError("bad escape")
        return kind

    def char_class(self) -> Char:
        negated = self.take("^")
        mask = 0
        first = True
        while first or not self.take("]"):
            first = False
            low = self.member()
            if isinstance(low, int):
                mask |= low
                if self.take("-") and self.pattern[self.at] != "]":
                    raise ValueError("bad range")
                mask |= self.letters.of("-") if self.pattern[self.at - 1] == "-" else 0
                continue
            if self.pattern.startswith("-", self.at) and self.pattern[self.at + 1] != "]":
                self.at += 1
                high = self.member()
                if isinstance(high, int) or high < low:
                    raise ValueError("bad range")
                mask |= self.letters.between(low, high)
            else:
                mask |= self.letters.of(low)
        mask = self.cased(mask)
        return Char(self.letters.any & ~mask if negated else mask, not negated)

    def member(self) -> str | int:
        """A member of a class: a character, or the set of a category."""
        character = self.pattern[self.at]
        self.at += 1
        if character != "\\":
            return character
        kind = self.pattern[self.at]
        if kind in "dswDSW":
            self.at += 1
            return self.letters.category(kind, bool(self.flags & re.A))
        return self.code(kind, in_class=True)

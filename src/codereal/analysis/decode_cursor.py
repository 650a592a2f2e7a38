"""A cursor over the parser's bytes: integers, texts, places."""

from __future__ import annotations

import struct

from codereal.analysis import tree as t
from codereal.analysis.tree import Pos

NONE_TAG, STR_TAG = 2, 4


class DecodeError(ValueError):
    """The bytes are not what this reader knows: the installed parser is not the pinned one."""


class Cursor:
    """Reads the scalars of the format; `shift` lines stand in front of the text."""

    def __init__(self, data: bytes, shift: int) -> None:
        self.data = data
        self.shift = shift
        self.at = 0
        self.words: dict[bytes, str] = {}
        self.pos: Pos = t.NOWHERE

    def number(self) -> int:
        """A bare integer of variable length: 1, 2, 4 bytes, or a long form with its size."""
        data = self.data
        at = self.at
        first = data[at]
        if not first & 1:
            self.at = at + 1
            return (first >> 1) - 10
        if not first & 2:
            self.at = at + 2
            return ((first | data[at + 1] << 8) >> 2) - 100
        if not first & 4:
            self.at = at + 4
            return ((first | data[at + 1] << 8 | data[at + 2] << 16 | data[at + 3] << 24) >> 3) - 10000
        self.at = at + 1
        size = self.number()
        at = self.at
        self.at = at + (size >> 1)
        value = int.from_bytes(data[at : self.at], "little")
        return -value if size & 1 else value

    def tagged_int(self) -> int:
        self.at += 1
        return self.number()

    def text(self) -> str:
        data = self.data
        at = self.at
        first = data[at]
        if first & 1:
            size = self.number()
            at = self.at
        else:
            # Almost all texts are this short: the size is one byte.
            size = (first >> 1) - 10
            at += 1
        self.at = end = at + size
        return data[at:end].decode("utf-8", "replace")

    def word(self) -> str:
        """A text that is likely to come again, as names are: each is made once."""
        data = self.data
        at = self.at
        first = data[at]
        if first & 1:
            return self.text()
        end = at + (first >> 1) - 9
        self.at = end
        raw = data[at + 1 : end]
        found = self.words.get(raw)
        if found is None:
            found = self.words[raw] = raw.decode("utf-8", "replace")
        return found

    def tagged_text(self) -> str:
        self.at += 1
        return self.text()

    def flag(self) -> bool:
        at = self.at
        self.at = at + 1
        return self.data[at] == 1

    def optional_text(self) -> str:
        at = self.at
        self.at = at + 1
        return self.text() if self.data[at] == STR_TAG else ""

    def real(self) -> float:
        at = self.at + 1
        self.at = at + 8
        value: float = struct.unpack_from("<d", self.data, at)[0]
        return value

    def place(self) -> Pos:
        """A location without end tag."""
        data = self.data
        at = self.at + 1
        a, b, c, d = data[at : at + 4]
        if not (a | b | c | d) & 1:
            # All four fit one byte: nine of ten places do.
            line = (a >> 1) - 10 - self.shift
            column = (b >> 1) - 10
            self.at = at + 4
            pos = self.pos = (line, column, line + (c >> 1) - 10, column + (d >> 1) - 10)
            return pos
        self.at = at
        line = self.number() - self.shift
        column = self.number()
        pos = self.pos = (line, column, line + self.number(), column + self.number())
        return pos

    def end(self) -> Pos:
        """A location and the end tag after it: how most records close."""
        # (The fast way of `place` once more: this is called for every node.)
        data = self.data
        at = self.at + 1
        a, b, c, d = data[at : at + 4]
        if (a | b | c | d) & 1:
            pos = self.place()
            self.at += 1
            return pos
        self.at = at + 5
        line = (a >> 1) - 10 - self.shift
        column = (b >> 1) - 10
        pos = self.pos = (line, column, line + (c >> 1) - 10, column + (d >> 1) - 10)
        return pos

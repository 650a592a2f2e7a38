"""The characters that a regular expression is analysed over: a sample of Unicode, and sets of it as bit masks.

All of ASCII, one character for every category that lies beyond it, and those that the pattern itself names. A witness
is made of these characters only, so what is found is real; what only other characters could show is missed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# Beyond ASCII: a space, a letter in both cases, a digit, and a character that is none of these.
_BEYOND = "\xa0\xe9\xc9\u0660\u2603"
_NAMED = re.compile(
    r"\\x([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\N\{([^{}]+)\}|\\([0-3][0-7]{2})|[^\0-\x7f]"
)
_MAX_NAMED = 48  # characters of the pattern's own beyond ASCII; the rest take no part
_LIKED = "a0 A1b2c-_.,/:;@=<>\"'()[]{}#!?*+%&|~^$\\`\t\nxyz"  # a reader knows them at sight


class Letters:
    """A sample of characters; set i of it is bit i of a mask."""

    __slots__ = ("_categories", "any", "bit", "narrow", "text")

    def __init__(self, text: str, narrow: bool) -> None:
        self.text = text
        self.bit = {character: 1 << at for at, character in enumerate(text)}
        self.any = (1 << len(text)) - 1
        self.narrow = narrow  # a pattern over bytes: categories and cases are those of ASCII
        self._categories: dict[tuple[str, bool], int] = {}

    def of(self, characters: Iterable[str]) -> int:
        """The set of the given characters, without those outside of the sample."""
        mask = 0
        for character in characters:
            mask |= self.bit.get(character, 0)
        return mask

    def between(self, low: str, high: str) -> int:
        """The characters of the sample from `low` to `high`, both included."""
        return self.of(character for character in self.text if low <= character <= high)

    def category(self, name: str, ascii_only: bool) -> int:
        """The set of `\\d`, `\\s`, `\\w` or, in upper case, of what is not."""
        if name.isupper():
            return self.any & ~self.category(name.lower(), ascii_only)
        key = (name, ascii_only or self.narrow)
        if key not in self._categories:
            self._categories[key] = self.of(c for c in self.text if _in_category(c, *key))
        return self._categories[key]

    def cased(self, mask: int) -> int:
        """The set together with the other cases of its characters."""
        both = mask
        for character in self.members(mask):
            if not self.narrow or character < "\x80":
                both |= self.of((character.lower(), character.upper()))
        return both

    def members(self, mask: int) -> list[str]:
        """The characters of a set, in the order of the sample."""
        found = []
        while mask:
            low = mask & -mask
            found.append(self.text[low.bit_length() - 1])
            mask ^= low
        return found

    def bits(self, text: str) -> list[int]:
        """One bit for each character of a text; 0 for one outside of the sample."""
        return [self.bit.get(character, 0) for character in text]


def _in_category(character: str, name: str, ascii_only: bool) -> bool:
    if ascii_only and character >= "\x80":
        return False
    if name == "d":
        return character.isdecimal()
    if name == "s":
        return character in " \t\n\r\f\v" if ascii_only else character.isspace()
    return character.isalnum() or character == "_"


def letters_for(pattern: str, narrow: bool) -> Letters:
    """The sample for a pattern; `narrow` says that it is one over bytes (decoded as Latin-1)."""
    named: set[str] = set()
    for match in _NAMED.finditer(pattern):
        code = _code(match)
        if code is not None and 0x80 <= code <= 0x10FFFF:
            # Its neighbours too: they tell a range from what lies just beside it.
            named.update(
                chr(near) for near in (code - 1, code, code + 1) if 0x80 <= near <= (255 if narrow else 0x10FFFF)
            )
            if len(named) > _MAX_NAMED:
                break
    return _letters("".join(sorted(named)), narrow)


def _code(match: re.Match[str]) -> int | None:
    if match[4]:
        try:
            return ord(unicodedata.lookup(match[4]))
        except KeyError:
            return None
    if match[5]:
        return int(match[5], 8)
    digits = match[1] or match[2] or match[3]
    return int(digits, 16) if digits else ord(match[0])


@lru_cache(maxsize=64)
def _letters(named: str, narrow: bool) -> Letters:
    base = [chr(code) for code in range(128)]
    beyond = _BEYOND[:3] if narrow else _BEYOND
    # Liked characters first: the lowest bit of a set is the one that a witness shows.
    order = [*_LIKED, *(c for c in base if c.isprintable()), *base, *beyond, *named]
    return Letters("".join(dict.fromkeys(order)), narrow)

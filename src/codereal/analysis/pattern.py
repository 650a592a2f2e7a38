"""Regular expressions: which characters a match may hold, and which characters a substitution takes away.

A small parser of its own: `re`'s is private and follows the Python that runs it. What it does not know it takes for
"any character", which is always the safe answer here.
"""

from __future__ import annotations

import re

from codereal.analysis import alphabet

# (Digits and spaces of other scripts are no letters: no name and no command can be spelled with them.)
_CLASSES = {
    "d": alphabet.DIGITS,
    "w": alphabet.WORD,
    "s": alphabet.SPACE,
    "D": alphabet.ANY & ~alphabet.DIGITS,
    "W": alphabet.ANY & ~(alphabet.WORD & ~alphabet.OTHER),
    "S": alphabet.ANY & ~alphabet.SPACE,
}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "0": "\0", "a": "\a"}
MAX_LENGTH = 2000
# (A class is taken for what it seems to hold: ranges of letters and digits hold no slash.)
_ROOTED = re.compile(r"(?:\^|\\A)?/(?:\$|\\Z|\Z|\w|\\w|\\d|\[(?!\^)[^/\\\]]*\]|\(\?!\[?[/\\]+\]?\))")


class Branch:
    """One alternative: the alphabet of what it matches, its length if it is one character, how it is anchored."""

    __slots__ = ("bound", "ends", "inner", "letters", "single", "starts")

    def __init__(self) -> None:
        self.letters = alphabet.NONE
        self.inner: list[Branch] | None = None  # the alternatives of the one group that it is
        self.single = True  # matches exactly one character (or a run of one class)
        self.starts = False
        self.ends = False
        self.bound = False  # something of no length (an anchor, a look-around) also has to hold


def branches(pattern: str) -> list[Branch] | None:
    """The top-level alternatives of a pattern; None when it cannot be read."""
    if len(pattern) > MAX_LENGTH:
        return None
    try:
        return _Reader(pattern).alternatives()
    except (IndexError, ValueError):
        return None


def matched(pattern: str, whole: bool) -> int:
    """The alphabet of a text for which the pattern matched; ANY unless the match covers all of it.

    `whole` is for `fullmatch`; otherwise every alternative must be anchored at its end (its start is, for `match`).
    """
    found = branches(pattern)
    if not found:
        return alphabet.ANY
    letters = alphabet.NONE
    for branch in found:
        if not whole and not branch.ends:
            return alphabet.ANY
        letters |= branch.letters
    return letters


def anchored(pattern: str) -> bool:
    """Whether every alternative starts with ^ or \\A (what `search` needs to cover the whole text)."""
    found = branches(pattern)
    return found is not None and all(branch.starts for branch in found)


def rooted(pattern: str) -> bool:
    """Whether what matches is a path of the host that one is at: one slash, then another character or the end."""
    return all(_ROOTED.match(one) for one in pattern.split("|")) if "(?:" not in pattern else False


def removed(pattern: str) -> int:
    """The characters that replacing every match leaves none of: those that are a match by themselves."""
    found = branches(pattern)
    if not found:
        return alphabet.NONE
    letters = alphabet.NONE
    for branch in found:
        if branch.inner is not None and not branch.bound:
            for inner in branch.inner:
                if inner.single and not inner.bound:
                    letters |= inner.letters
        if branch.single and not branch.bound:
            letters |= branch.letters
    # Of the characters beyond ASCII a class may hold some and not others.
    return letters & ~alphabet.OTHER


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.ignore_case = False
        self.last_group: list[Branch] = []

    def peek(self) -> str:
        return self.pattern[self.at] if self.at < len(self.pattern) else ""

    def alternatives(self, depth: int = 0) -> list[Branch]:
        if depth > 40:
            raise ValueError("nested too deeply")
        found = [self.branch(depth)]
        while self.peek() == "|":
            self.at += 1
            found.append(self.branch(depth))
        if depth == 0 and self.at < len(self.pattern):
            raise ValueError("unbalanced")
        return found

    def branch(self, depth: int) -> Branch:
        branch = Branch()
        atoms = 0
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            character = self.pattern[self.at]
            self.at += 1
            if character == "^":
                branch.starts = branch.starts or atoms == 0
                branch.bound = True
                continue
            if character == "$":
                branch.ends = branch.bound = True
                continue
            letters, single, zero = self.atom(character, depth, branch)
            if zero:
                branch.bound = True
                continue
            branch.ends = False
            least = self.repeat()
            atoms += 1
            branch.letters |= letters
            branch.inner = self.last_group if character == "(" and atoms == 1 and least <= 1 else None
            branch.single = branch.single and single and atoms == 1 and least <= 1
        branch.single = branch.single and atoms == 1
        return branch

    def atom(self, character: str, depth: int, branch: Branch) -> tuple[int, bool, bool]:
        """(alphabet, whether it is one character, whether it is of no length) of the next atom."""
        if character == "[":
            return self.char_class(), True, False
        if character == ".":
            # All but a line end, unless a flag says otherwise: not sure enough for `removed`.
            return alphabet.ANY, False, False
        if character == "(":
            return self.group(depth, branch)
        if character == "\\":
            escape = self.pattern[self.at]
            self.at += 1
            if escape in "AZz":
                branch.starts = branch.starts or escape == "A"
                branch.ends = branch.ends or escape != "A"
                return 0, False, True
            if escape in "bB":
                branch.single = False
                return 0, False, True
            return self.escaped(escape), True, False
        return self.cased(alphabet.of(character)), True, False

    def group(self, depth: int, branch: Branch) -> tuple[int, bool, bool]:
        look = False
        if self.peek() == "?":
            head = self.pattern[self.at + 1]
            if head in "=!":
                look, self.at = True, self.at + 2
            elif head == "<" and self.pattern[self.at + 2] in "=!":
                look, self.at = True, self.at + 3
            elif head == "P" or head == "<":
                self.at = self.pattern.index(">", self.at) + 1
            else:
                stop = self.at + 1
                while self.pattern[stop] not in ":)":
                    stop += 1
                flags = self.pattern[self.at + 1 : stop]
                if "x" in flags:
                    raise ValueError("verbose patterns are not read")
                self.ignore_case = self.ignore_case or "i" in flags
                self.at = stop + 1
                if self.pattern[stop] == ")":
                    return 0, False, True
        found = self.alternatives(depth + 1)
        if self.peek() != ")":
            raise ValueError("unbalanced")
        self.at += 1
        self.last_group = found
        if look:
            branch.single = False
            self.repeat()
            return 0, False, True
        letters = 0
        for one in found:
            letters |= one.letters
        if all(one.single for one in found):
            return letters, True, False
        return letters, False, False

    def repeat(self) -> int:
        """Skip a quantifier; the least number of repetitions."""
        character = self.peek()
        least = 1
        if character and character in "*+?":
            self.at += 1
            least = 1 if character == "+" else 0
        elif character == "{":
            close = self.pattern.find("}", self.at)
            inside = self.pattern[self.at + 1 : close] if close > 0 else ""
            if inside.replace(",", "").isdigit():
                self.at = close + 1
                low = inside.partition(",")[0]
                least = int(low) if low else 0
            else:
                return 1
        if self.peek() in ("?", "+") and character and character in "*+?{":
            self.at += 1
        return least

    def char_class(self) -> int:
        letters = 0
        negated = self.peek() == "^"
        if negated:
            self.at += 1
        first = True
        while True:
            character = self.pattern[self.at]
            self.at += 1
            if character == "]" and not first:
                break
            first = False
            if character == "\\":
                escape = self.pattern[self.at]
                self.at += 1
                one = self.escaped(escape)
                character = _ESCAPES.get(escape, escape)
                if escape in _CLASSES:
                    letters |= one
                    continue
            if self.peek() == "-" and self.pattern[self.at + 1] != "]":
                self.at += 1
                high = self.pattern[self.at]
                self.at += 1
                if high == "\\":
                    high = _ESCAPES.get(self.pattern[self.at], self.pattern[self.at])
                    self.at += 1
                for code in range(ord(character), min(ord(high), 127) + 1):
                    letters |= 1 << min(code, 128)
                if ord(high) > 127:
                    letters |= alphabet.OTHER
            else:
                letters |= alphabet.of(character)
        letters = self.cased(letters)
        return alphabet.ANY & ~letters if negated else letters

    def escaped(self, escape: str) -> int:
        if escape in _CLASSES:
            return _CLASSES[escape]
        if escape in "xuU" or escape.isdigit():
            # A code, or a reference to a group: not worth reading.
            raise ValueError("escape is not read")
        return self.cased(alphabet.of(_ESCAPES.get(escape, escape)))

    def cased(self, letters: int) -> int:
        return letters | alphabet.lower(letters) | alphabet.upper(letters) if self.ignore_case else letters

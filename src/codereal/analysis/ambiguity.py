"""Regular expressions that a backtracking matcher takes too long for, each with a text that proves it (CWE-1333).

A pattern is read into an automaton, the automaton is searched for words that can be read in many ways, such a word is
put between a beginning that leads there and an end that makes the match fail, and a model of CPython's matcher counts
its steps on the text. Only what grows there is reported, so that approximations of the automaton cost findings, never
false ones. Everything is counted, nothing is timed: the verdict depends neither on the machine nor on its Python.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from codereal.analysis import automaton
from codereal.analysis import regex_tree as tree
from codereal.analysis.automaton import Automaton, TooLargeError
from codereal.analysis.backtracker import Backtracker
from codereal.analysis.pumps import Pump, Pumps
from codereal.analysis.regex_letters import Letters, letters_for
from codereal.analysis.regex_syntax import parse
from codereal.analysis.witness import Witness, Witnesses

MAX_LENGTH = 2000  # characters of a pattern
STEPS = 60_000  # of the model matcher, for one pattern
WHOLE = ("match", "fullmatch")  # these begin at the beginning only; all others try every position
HOW = (*WHOLE, "search", "sub", "subn", "split", "findall", "finditer")

_RUN = 10_000  # steps of one run
_TRIES = 24  # witnesses that are run
_DOUBLES = 1.7  # what one more repetition multiplies the steps by, at least: the ways to read the word double
_SIZES = (3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192)  # every other one is twice the one before
_SHORT = 40  # characters of a text on which a whole run of steps tells enough by itself
_SQUARE = 1.55  # the least exponent that is taken for 2
_STRETCH = 7  # bounds beyond this are looked at as endless when nothing else was found


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """Why a pattern is slow, and the text that shows it.

    `degree` is what the steps were measured to grow as, and so a lower bound where the pattern is of a high one.
    `restarts` tells that the search for a place to begin is one of the factors: each position of the text begins a
    match that runs on over the rest of it. `match` and `fullmatch` do not do that.
    """

    kind: str  # "exponential" or "polynomial"
    degree: int  # of the polynomial, at least 2; 0 for exponential
    prefix: str
    pump: str
    suffix: str
    where: str  # the part of the pattern at fault
    restarts: bool = False

    def witness(self, n: int) -> str:
        """The text with n repetitions."""
        return self.prefix + self.pump * n + self.suffix


def ambiguity(pattern: str | bytes, flags: int = 0, how: str = "search") -> Ambiguity | None:
    """The worst that a pattern does when it is used as `how` (one of HOW); None when nothing was found.

    Functions that search begin at every position: `\\s+$` is quadratic for them and harmless for `match`. What is no
    pattern, is longer than MAX_LENGTH, or has more states than `automaton` takes, is not judged: None. The witness of a
    pattern over bytes is to be encoded as Latin-1. Raises ValueError for an unknown `how`.
    """
    if how not in HOW:
        raise ValueError(f"unknown use of a pattern: {how}")
    narrow = isinstance(pattern, bytes)
    text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
    if len(text) > MAX_LENGTH:
        return None
    return _judge(text, narrow, int(flags), how if how in WHOLE or how == "search" else "finditer")


@lru_cache(maxsize=1024)
def _judge(text: str, narrow: bool, flags: int, how: str) -> Ambiguity | None:
    letters = letters_for(text, narrow)
    if narrow:
        flags |= re.A
    try:
        node = parse(text, flags, letters)
        judge = _Judge(text, flags, node, letters, how)
        return judge.verdict(automaton.ENDLESS) or (judge.verdict(_STRETCH) if _bounded(node) else None)
    except (ValueError, TooLargeError):
        return None


def _bounded(node: tree.Node) -> bool:
    """Whether a repetition with a bound beyond _STRETCH stands in it."""
    if isinstance(node, tree.Repeat) and _STRETCH < node.high <= automaton.ENDLESS:
        return True
    return any(_bounded(child) for child in tree.children(node))


class _Judge:
    def __init__(self, text: str, flags: int, node: tree.Node, letters: Letters, how: str) -> None:
        self.text = text
        self.flags = flags
        self.node = node
        self.letters = letters
        self.how = how
        self.left = STEPS
        self.tries = _TRIES
        self.matcher: Backtracker | None = None

    def verdict(self, stretch: int) -> Ambiguity | None:
        auto = automaton.build(self.node, self.letters, self.how not in WHOLE, stretch)
        found = Pumps(auto)
        witnesses = Witnesses(auto, found.components, self.letters, self.how == "fullmatch")
        words = list(found.exponential())
        for shy in (False, True):
            for pump, witness in witnesses.of(words, shy):
                if self.explodes(witness):
                    return self.finding("exponential", 0, witness, self.loop(auto, pump, stretch), False)
                if self.left < STEPS // 2 or self.tries < _TRIES // 2:
                    break  # the rest is for what is polynomial
        if stretch != automaton.ENDLESS:
            # What is bounded grows only so far: as powers do it hardly matters, as an exponential does it does.
            return None
        worst: Ambiguity | None = None
        words, longest = found.polynomial()
        for shy in (False, True):
            for pump, witness in witnesses.of(words, shy):
                degree = min(self.degree(witness), longest)
                if degree >= 2 and (worst is None or degree > worst.degree):
                    restarts = pump.first in auto.restart
                    worst = self.finding("polynomial", degree, witness, self.loops(auto, pump), restarts)
                if self.tries <= 0 or (worst is not None and worst.degree >= longest):
                    break
            if worst is not None:
                break
        return worst

    def finding(self, kind: str, degree: int, witness: Witness, where: str, restarts: bool) -> Ambiguity:
        return Ambiguity(kind, degree, witness.prefix, witness.pump, witness.suffix, where, restarts)

    def loop(self, auto: Automaton, pump: Pump, stretch: int) -> str:
        """The smallest repetition around the word that is ambiguous by itself."""
        common = auto.spans[pump.states[0]]
        for state in pump.states:
            common = tuple(a for a, b in zip(common, auto.spans[state], strict=False) if a == b)
        for start, end in reversed(common[1:]):
            part = self.text[start:end]
            try:
                alone = automaton.build(parse(part, self.flags, self.letters), self.letters, False, stretch)
            except ValueError:
                continue  # it refers to a group outside of it
            if any(Pumps(alone).exponential()):
                return part
        return self.text[slice(*common[0])] if common else self.text

    def loops(self, auto: Automaton, pump: Pump) -> str:
        """The repetitions that read the word one after the other; only the second where the first is the search."""
        ends = [auto.spans[state][-1] for state in (pump.first, pump.last) if auto.spans[state]]
        if not ends:
            return self.text
        part = self.text[ends[0][0] : ends[-1][1]]
        try:
            parse(part, self.flags, self.letters)
        except ValueError:  # it cuts a group in two
            return " … ".join(self.text[start:end] for start, end in ends)
        return part

    def another(self) -> bool:
        """Whether one more witness may be run."""
        self.tries -= 1
        return self.tries > 0

    def count(self, witness: Witness, n: int) -> int | None:
        """The steps on n repetitions; None where they are too many."""
        if self.matcher is None:
            self.matcher = Backtracker(self.node, self.letters)
        if self.left < _RUN:
            self.tries = 0
            return None
        steps = self.matcher.count(witness.text(n), self.how, _RUN)
        self.left -= self.matcher.steps
        return steps

    def steep(self, witness: Witness, n: int) -> float:
        """The exponent of a power that takes all steps of a run on n repetitions; 0 if they were not what ran out."""
        size = len(witness.text(n))
        return math.log(_RUN) / math.log(size) if self.tries > 0 and 1 < size <= _SHORT else 0.0

    def explodes(self, witness: Witness) -> bool:
        """Whether each further repetition multiplies the steps until there are too many."""
        counts: list[int] = []
        if not self.another():
            return False
        while (steps := self.count(witness, len(counts) + 1)) is not None:
            counts.append(steps)
            if len(counts) >= 8 and steps < counts[-2] * 1.3:
                return False
        if len(counts) < 3:
            return self.steep(witness, len(counts) + 1) > 0
        before, last = counts[-2] / counts[-3], counts[-1] / counts[-2]
        return last >= _DOUBLES and before >= _DOUBLES and last >= 0.9 * before

    def degree(self, witness: Witness) -> int:
        """The degree of the polynomial that the steps grow as; 1 where they do not grow faster than the text."""
        counts: list[int] = []
        if not self.another():
            return 1
        for n in _SIZES:
            steps = self.count(witness, n)
            if steps is None:
                break
            counts.append(steps)
        if len(counts) < 5:
            return max(1, int(self.steep(witness, _SIZES[len(counts)])))
        # Differences are free of what does not depend on n; what is left of lower powers makes the exponent smaller.
        low, high = counts[-3] - counts[-5], counts[-1] - counts[-3]
        if low <= 0 or high <= 0:
            return 1
        exponent = math.log2(high / low)
        return max(2, math.ceil(exponent - 0.15)) if exponent >= _SQUARE else 1

"""Texts that make a matcher read a word again and again, and then fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from codereal.analysis import pumps
from codereal.analysis.automaton import Automaton
from codereal.analysis.places import LAST, NEWLINE, NOTHING, OTHER, WORD
from codereal.analysis.pumps import Pump
from codereal.analysis.regex_letters import Letters

_SETS = 150  # sets of states that are looked at for an end
_WORK = 40_000  # edges that are followed to find the ends of all words


@dataclass(frozen=True, slots=True)
class Witness:
    """A family of texts: `prefix`, `pump` n times, `suffix`."""

    prefix: str
    pump: str
    suffix: str

    def text(self, n: int) -> str:
        """The text with n repetitions."""
        return self.prefix + self.pump * n + self.suffix


class Witnesses:
    """Makes them for the words of one automaton; `whole` is for `fullmatch`."""

    def __init__(self, auto: Automaton, components: list[list[int]], letters: Letters, whole: bool) -> None:
        self.auto = auto
        self.letters = letters
        self.whole = whole
        self.work = _WORK
        self.kinds: list[tuple[str, int, int]] = []
        self.members = {state for component in components for state in component}
        self.orders: dict[bool, list[tuple[str, int]]] = {}

    def of(self, words: Iterable[Pump], shy: bool) -> Iterator[tuple[Pump, Witness]]:
        """Witnesses of words that differ in beginning and end; `shy` ones are made of what little else reads."""
        masks = self.auto.masks
        order = self.order(shy)
        for pump in words:
            word = _read(pump.word, order)
            prefixes = [_read((masks[one] for one in pumps.path(self.auto, 0, pump.first)), order)]
            if pump.first in self.auto.restart:
                # The word may stand first, unless the pattern does otherwise at the beginning.
                other = (one for one, bit, _ in self.representatives() if not bit & masks[pump.last])
                prefixes = ["", *islice(other, 1)]
            for prefix in prefixes:
                for suffix in dict.fromkeys(self.endings(prefix + word * 2, pump)):
                    yield pump, Witness(prefix, word, suffix)

    def order(self, shy: bool) -> list[tuple[str, int]]:
        """Characters that many loops read first, since they show more of a pattern's ambiguity than others do.

        Or first those that little beside loops reads, since they keep the pattern from matching.
        """
        if shy not in self.orders:
            loops = Counter(self.auto.masks[state] for state in self.members)
            others = Counter(mask for state, mask in enumerate(self.auto.masks) if state not in self.members)

            def rank(item: tuple[str, int]) -> tuple[int, int]:
                beside = sum(others[mask] for mask in others if mask & item[1]) if shy else 0
                return beside, -sum(loops[mask] for mask in loops if mask & item[1])

            self.orders[shy] = sorted(self.letters.bit.items(), key=rank)
        return self.orders[shy]

    def endings(self, text: str, pump: Pump) -> Iterator[str]:
        """Ends that make the match of a text fail."""
        after = {0}
        for character in text:
            after = self.step(after, self.letters.bit[character])
            if self.work < 0:
                return
        # All that the matcher may be in the middle of has to fail, or else what goes on from the word.
        for states in (after, {pump.first, pump.last}, {pump.last}):
            suffix = self.ending(frozenset(states))
            if suffix is not None:
                yield suffix

    def step(self, states: Collection[int], bit: int) -> set[int]:
        edges, masks = self.auto.edges, self.auto.masks
        self.work -= sum(len(edges[state]) for state in states)
        return {after for state in states for after in edges[state] if masks[after] & bit}

    def ending(self, start: frozenset[int]) -> str | None:
        """A shortest text on which a matcher in any of these states fails; None where there is none in sight."""
        queue = [(start, "", False)]
        seen = {(start, False)}
        for states, text, ended in queue:
            accepts = 0
            for state in states:
                accepts |= self.auto.accepts[state]
            if not accepts & NOTHING and not ended:
                return text
            for character, bit, kind in self.representatives():
                if accepts & kind and not self.whole:
                    continue
                after = frozenset(self.step(states, bit))
                if self.work < 0:
                    return None
                ends = kind == NEWLINE and accepts & LAST > 0 and not self.whole
                if (after, ends) not in seen and len(seen) < _SETS:
                    seen.add((after, ends))
                    queue.append((after, text + character, ends))
        return None

    def representatives(self) -> list[tuple[str, int, int]]:
        """One character for each set that the states tell apart: itself, its bit, what it is to a condition."""
        if not self.kinds:
            newline = self.letters.of("\n")
            word = self.letters.category("w", False)
            classes = [newline, self.letters.any & ~newline]
            for mask in set(self.auto.masks):
                classes = [part for one in classes for part in (one & mask, one & ~mask) if part]
            for one in sorted(classes, key=lambda found: found & -found):
                bit = self.letters.bit["!"] & one or one & -one
                kind = NEWLINE if bit == newline else WORD if bit & word else OTHER
                self.kinds.append((self.letters.members(bit)[0], bit, kind))
        return self.kinds


def _read(masks: Iterable[int], order: list[tuple[str, int]]) -> str:
    """A character of each set: the first in the order."""
    return "".join(next((character for character, bit in order if bit & mask), "") for mask in masks)

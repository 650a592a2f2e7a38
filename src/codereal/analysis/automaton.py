"""The automaton of a regular expression: what a backtracking matcher may have read last, and what it may read next.

A state is a place of the pattern that reads one character (Glushkov's construction), but an edge counts the *ways* to
get from one to the next without reading, since a backtracking matcher tries each of them: `(a*)*` has one state and two
ways from it to itself. Ways that repeat an empty iteration are left out, as `re` leaves them out.

Approximations, each made good by the model matcher that confirms every finding (`backtracker`):
- a look-around always holds, and its content is a dead end beside the way; so is a copy of what is atomic;
- a back-reference is a copy of its group; a condition on a group may go either way;
- of a bounded repetition the least number of iterations is kept, and few of the optional ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from codereal.analysis import regex_tree as tree
from codereal.analysis.places import LAST, NEWLINE, NOTHING, OTHER, WORD, holds
from codereal.analysis.regex_letters import Letters
from codereal.analysis.regex_tree import Node

MAX_STATES = 600
MAX_EDGES = 4000
MANY = 2  # ways are counted up to here
ENDLESS = 2000  # a bound beyond this is none
_OPTIONAL = 4  # optional iterations that are kept
_REQUIRED = 120  # states that the required iterations of one repetition may take

Ways = dict[tuple[int, int], int]  # (state, condition) → number of ways
Empties = dict[int, int]  # condition → number of ways to match nothing


class TooLargeError(Exception):
    """The pattern has more states or edges than are looked at."""


@dataclass(slots=True)
class Automaton:
    """States 1, 2, …; 0 is the beginning. `edges[s]` maps the next state to the number of ways (at most MANY)."""

    masks: list[int]
    spans: list[tuple[tuple[int, int], ...]]  # the repetitions that a state stands in, outermost first
    edges: list[dict[int, int]]
    accepts: list[int]  # what may stand next where the pattern has matched after a state
    restart: set[int] = field(default_factory=set)  # states of the search for a place to begin


def build(node: Node, letters: Letters, search: bool, stretch: int = ENDLESS) -> Automaton:
    """The automaton; `search` lets a match begin anywhere, `stretch` takes bounds beyond it for infinite.

    Raises TooLargeError.
    """
    builder = _Builder(letters, stretch)
    part = builder.part(node)
    restart: set[int] = set()
    if search:
        skip = builder.loop(builder.char(letters.any), False)
        restart = {state for state, _ in skip.first}
        part = builder.chain(skip, part)
    return builder.finish(part, restart)


@dataclass(slots=True)
class _Part:
    empty: Empties
    first: Ways
    last: Ways


class _Builder:
    def __init__(self, letters: Letters, stretch: int) -> None:
        self.letters = letters
        self.stretch = stretch
        self.masks = [0]
        self.spans: list[tuple[tuple[int, int], ...]] = [()]
        self.inside: tuple[tuple[int, int], ...] = ()
        self.follow: list[Ways] = [{}]
        self.final: Ways = {}
        self.groups: dict[int, Node] = {}
        self.open: set[int] = set()
        self.count = 0

    def char(self, mask: int) -> _Part:
        state = len(self.masks)
        if state > MAX_STATES:
            raise TooLargeError
        self.masks.append(mask)
        self.spans.append(self.inside)
        self.follow.append({})
        return _Part({}, {(state, 0): 1}, {(state, 0): 1})

    def part(self, node: Node) -> _Part:
        if isinstance(node, tree.Char):
            return self.char(node.mask)
        if isinstance(node, tree.At):
            return _Part({node.what: 1}, {}, {})
        if isinstance(node, tree.Seq):
            whole = _Part({0: 1}, {}, {})
            for item in node.items:
                whole = self.chain(whole, self.part(item))
            return whole
        if isinstance(node, tree.Alt):
            return self.either(node.items)
        if isinstance(node, tree.Repeat):
            return self.repeat(node)
        if isinstance(node, tree.Group):
            self.groups[node.number] = node.item
            self.open.add(node.number)
            part = self.part(node.item)
            self.open.discard(node.number)
            return part
        if isinstance(node, tree.Atomic):
            return self.chain(self.aside(node.item), self.part(node.item))
        if isinstance(node, tree.Look):
            # A look-behind has a fixed width, but may still hold conditions and alternatives: nothing that repeats.
            return _Part({0: 1}, {}, {}) if node.behind is not None else self.aside(node.item)
        if isinstance(node, tree.Ref):
            known = self.groups.get(node.number)
            if known is None or node.number in self.open:
                return _Part({0: 1}, {}, {})
            self.open.add(node.number)
            part = self.part(known)
            self.open.discard(node.number)
            return part
        return self.either((node.yes, node.no))

    def aside(self, node: Node) -> _Part:
        """A dead end: the matcher may go in, and where it comes out it is done."""
        part = self.part(node)
        _merge(self.final, part.last)
        return _Part({0: 1}, part.first, {})

    def either(self, items: tuple[Node, ...]) -> _Part:
        whole = _Part({}, {}, {})
        for item in items:
            part = self.part(item)
            for condition, ways in part.empty.items():
                whole.empty[condition] = min(MANY, whole.empty.get(condition, 0) + ways)
            _merge(whole.first, part.first)
            _merge(whole.last, part.last)
        return whole

    def chain(self, left: _Part, right: _Part) -> _Part:
        self.link(left.last, right.first)
        first, last = dict(left.first), dict(right.last)
        _merge(first, _times(left.empty, right.first))
        _merge(last, _times(right.empty, left.last))
        empty: Empties = {}
        for one, ways in left.empty.items():
            for other, more in right.empty.items():
                empty[one | other] = min(MANY, empty.get(one | other, 0) + ways * more)
        return _Part(empty, first, last)

    def link(self, lasts: Ways, firsts: Ways) -> None:
        self.count += len(lasts) * len(firsts)
        if self.count > MAX_EDGES:
            raise TooLargeError
        for (state, left), ways in lasts.items():
            _merge(self.follow[state], {(after, left | right): ways * more for (after, right), more in firsts.items()})

    def loop(self, part: _Part, once: bool) -> _Part:
        """Any number of iterations, at least one if `once`. An empty iteration ends it."""
        self.link(part.last, part.first)
        last = dict(part.last)
        _merge(last, _times(part.empty, part.last))
        first = dict(part.first)
        empty = {0: 1}
        if once:
            _merge(first, _times(part.empty, part.first))
            empty = dict(part.empty)
        for condition, ways in part.empty.items():
            empty[condition] = min(MANY, empty.get(condition, 0) + ways)
        return _Part(empty, first, last)

    def repeat(self, node: tree.Repeat) -> _Part:
        outside, self.inside = self.inside, (*self.inside, node.span)
        endless = node.high > self.stretch
        before = len(self.masks)
        part = self.part(node.item)
        size = max(1, len(self.masks) - before)
        required = min(node.low, max(1, _REQUIRED // size))
        if endless:
            whole = self.loop(part, required > 0)
            for _ in range(required - 1):
                whole = self.chain(self.part(node.item), whole)
        else:
            optional = min(node.high - node.low, _OPTIONAL)
            tail = _Part({0: 1}, {}, {})
            for at in range(optional):
                body = part if at == 0 else self.part(node.item)
                tail = self.chain(body, tail)
                tail.empty[0] = min(MANY, tail.empty.get(0, 0) + 1)
            whole = tail
            for at in range(required):
                whole = self.chain(part if at == 0 and not optional else self.part(node.item), whole)
        self.inside = outside
        return whole

    def finish(self, part: _Part, restart: set[int]) -> Automaton:
        """Decide the conditions by what stands on both sides; states are split where that makes a difference."""
        _merge(self.final, part.last)
        self.follow[0] = dict(part.first)
        _merge(self.final, {(0, condition): ways for condition, ways in part.empty.items()})
        used = 0
        for ways in (*self.follow, self.final):
            for _, condition in ways:
                used |= condition
        kinds = self.kinds(used)
        copies: list[list[int]] = [[0]]
        found = Automaton([0], [()], [{}], [0])
        places = [NOTHING]
        for state in range(1, len(self.masks)):
            copies.append([])
            for place, kind in kinds:
                if self.masks[state] & kind:
                    copies[state].append(len(found.masks))
                    found.masks.append(self.masks[state] & kind)
                    found.spans.append(self.spans[state])
                    found.edges.append({})
                    found.accepts.append(0)
                    places.append(place)
        found.restart = {copy for state in restart for copy in copies[state]}
        for state, ways in enumerate(self.follow):
            for copy in copies[state]:
                edges = found.edges[copy]
                for (after, condition), more in ways.items():
                    for other in copies[after]:
                        if not condition or holds(condition, places[copy], places[other], copy == 0):
                            edges[other] = min(MANY, edges.get(other, 0) + more)
        for state, condition in self.final:
            for copy in copies[state]:
                for place in (WORD, NEWLINE, OTHER, NOTHING):
                    if holds(condition, places[copy], place, copy == 0):
                        found.accepts[copy] |= LAST if place == NEWLINE and condition & tree.TEXT_END else place
        return found

    def kinds(self, used: int) -> list[tuple[int, int]]:
        """The kinds of characters that the conditions in use tell apart: (places, set of characters)."""
        newline = self.letters.of("\n")
        word = self.letters.category("w", False)
        other = self.letters.any & ~word & ~newline
        lines = bool(used & (tree.LINE_BEGIN | tree.LINE_END | tree.TEXT_END))
        if used & (tree.BOUNDARY | tree.INSIDE):
            if lines:
                return [(WORD, word), (NEWLINE, newline), (OTHER, other)]
            return [(WORD, word), (NEWLINE | OTHER, newline | other)]
        if lines:
            return [(NEWLINE, newline), (WORD | OTHER, word | other)]
        return [(WORD | NEWLINE | OTHER, self.letters.any)]


def _times(empty: Empties, ways: Ways) -> Ways:
    found: Ways = {}
    for condition, factor in empty.items():
        _merge(found, {(state, condition | other): factor * more for (state, other), more in ways.items()})
    return found


def _merge(into: Ways, ways: Ways) -> None:
    for key, more in ways.items():
        into[key] = min(MANY, into.get(key, 0) + more)

"""Words that an automaton can read in ever more ways the more often they are repeated.

Exponential ambiguity (EDA): some state comes back to itself on one word in two ways. Polynomial ambiguity (IDA): a
state p comes back to itself on a word, a state q does, and the same word leads from p to q. Both criteria are Weber's
and Seidl's ("On the degree of ambiguity of finite automata", 1991), and what they mean for backtracking matchers is
Weideman's and others' ("Analyzing matching time behavior of backtracking regular expression matchers by using ambiguity
of NFA", 2016). They are searched for inside of and between strongly connected components, few of which are ambiguous.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from operator import or_
from typing import TypeAlias, TypeVar

from codereal.analysis.automaton import MANY, Automaton

MAX_WORK = 30_000  # pairs and triples of states that are looked at, in one automaton
MAX_COMPONENTS = 24
_MAX_TRIES = 4  # words that one component gives

Pair: TypeAlias = tuple[int, int]
Triple: TypeAlias = tuple[int, int, int]
State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Pump:
    """The word, as the sets that its characters may come from, between which states it runs, and what it runs over."""

    first: int
    last: int
    word: tuple[int, ...]
    states: tuple[int, ...]


class Pumps:
    """The words of one automaton; what takes too long to find is not found."""

    def __init__(self, auto: Automaton) -> None:
        self.auto = auto
        self.work = MAX_WORK
        self.components = components(auto)[:MAX_COMPONENTS]

    def exponential(self) -> Iterator[Pump]:
        """Words on which a state comes back to itself in two ways."""
        for component in self.components:
            within = set(component)
            seen: set[tuple[int, int]] = set()
            found = (pump for state in component for pump in self.returning(state, within, seen))
            yield from islice(found, _MAX_TRIES)

    def returning(self, state: int, within: set[int], seen: set[tuple[int, int]]) -> Iterator[Pump]:
        """The words of `exponential` that begin at a state; pairs of states in `seen` are known not to meet."""
        auto = self.auto
        inside = [after for after in auto.edges[state] if after in within]
        for after in inside:
            if auto.edges[state][after] >= MANY:
                states = [after, *path(auto, after, state, within)]
                yield Pump(state, state, tuple(auto.masks[one] for one in states), tuple(states))
        for at, left in enumerate(inside):
            for right in inside[at + 1 :]:
                self.work -= 1
                if auto.masks[left] & auto.masks[right]:
                    ways = self.meeting((left, right), within, seen)
                    if ways:
                        back = path(auto, ways[-1][0], state, within)
                        word = [auto.masks[a] & auto.masks[b] for a, b in ways] + [auto.masks[one] for one in back]
                        yield Pump(state, state, tuple(word), (*(one for way in ways for one in way), *back))

    def meeting(self, start: Pair, within: set[int], seen: set[Pair]) -> list[Pair]:
        """The pairs of states on two ways that read the same, from a pair to where they meet; empty if they do not."""
        masks, edges = self.auto.masks, self.auto.edges
        before: dict[Pair, Pair] = {start: start}
        queue = [start]
        for pair in queue:
            for left in edges[pair[0]]:
                if left not in within:
                    continue
                for right in edges[pair[1]]:
                    self.work -= 1
                    both = (left, right)
                    if right not in within or not masks[left] & masks[right] or both in before or both in seen:
                        continue
                    before[both] = pair
                    if left == right:
                        return [start, *_walk(before, start, both)]
                    queue.append(both)
            if self.work < 0:
                return []
        seen.update(before)
        return []

    def polynomial(self) -> tuple[list[Pump], int]:
        """A word for each two components between which there is one, and the length of the longest chain of them.

        The length bounds the degree of the time (2 is quadratic).
        """
        pumps: list[Pump] = []
        found = self.components
        longest = [1] * len(found)
        unions = [reduce(or_, (self.auto.masks[state] for state in component)) for component in found]
        reached = [_reached(self.auto, component[0]) for component in found]
        for later in range(len(found)):
            for earlier in range(later):
                if not unions[earlier] & unions[later] or found[later][0] not in reached[earlier]:
                    continue
                pump = self.between(found[earlier], found[later])
                if pump is not None:
                    pumps.append(pump)
                    longest[later] = max(longest[later], longest[earlier] + 1)
        return pumps, max(longest, default=1)

    def between(self, left: list[int], right: list[int]) -> Pump | None:
        """A word that leads from p to p, from p to q and from q to q, for some p and q of two components."""
        beyond = set(right)
        for p in left:
            for q in right:
                if self.work < 0:
                    return None
                ways = self.thrice((p, p, q), (p, q, q), set(left), beyond)
                if ways:
                    masks = self.auto.masks
                    word = tuple(masks[x] & masks[y] & masks[z] for x, y, z in ways)
                    return Pump(p, q, word, tuple(one for way in ways for one in way))
        return None

    def thrice(self, start: Triple, goal: Triple, inside: set[int], beyond: set[int]) -> list[Triple]:
        """The triples of states on three ways that read the same, from one triple to another; empty if none."""
        masks, edges = self.auto.masks, self.auto.edges
        before: dict[Triple, Triple] = {start: start}
        queue = [start]
        for triple in queue:
            for x in edges[triple[0]]:
                if x not in inside:
                    continue
                for z in edges[triple[2]]:
                    self.work -= 1
                    common = masks[x] & masks[z]
                    if z not in beyond or not common:
                        continue
                    for y in edges[triple[1]]:
                        self.work -= 1
                        after = (x, y, z)
                        if not common & masks[y] or after in before:
                            continue
                        before[after] = triple
                        if after == goal:
                            return _walk(before, start, goal)
                        queue.append(after)
            if self.work < 0:
                return []
        return []


def components(auto: Automaton) -> list[list[int]]:
    """The strongly connected components that hold a cycle, in topological order (Tarjan's algorithm)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    found: list[list[int]] = []
    work: list[tuple[int, Iterator[int]]] = [(0, iter(auto.edges[0]))]
    index[0] = low[0] = 0
    stack.append(0)
    on_stack.add(0)
    while work:
        state, rest = work[-1]
        after = next(rest, None)
        if after is None:
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[state])
            if low[state] == index[state]:
                at = stack.index(state)
                members = stack[at:]
                del stack[at:]
                on_stack.difference_update(members)
                if len(members) > 1 or state in auto.edges[state]:
                    # Those first that repeat themselves, and then that read what a reader knows at sight.
                    found.append(
                        sorted(
                            members,
                            key=lambda one: (one not in auto.edges[one], auto.masks[one] & -auto.masks[one], one),
                        )
                    )
        elif after not in index:
            index[after] = low[after] = len(index)
            stack.append(after)
            on_stack.add(after)
            work.append((after, iter(auto.edges[after])))
        elif after in on_stack:
            low[state] = min(low[state], index[after])
    return found[::-1]


def path(auto: Automaton, start: int, goal: int, within: set[int] | None = None) -> list[int]:
    """The states after `start` on a shortest way to `goal`; to itself it takes no step. There has to be a way."""
    before = {start: start}
    queue = [start]
    for state in queue:
        for after in auto.edges[state]:
            if after in before or (within is not None and after not in within):
                continue
            before[after] = state
            if after == goal:
                return _walk(before, start, goal)
            queue.append(after)
    return []


def _walk(before: dict[State, State], start: State, goal: State) -> list[State]:
    found = []
    while goal != start:
        found.append(goal)
        goal = before[goal]
    return found[::-1]


def _reached(auto: Automaton, start: int) -> set[int]:
    seen = {start}
    queue = [start]
    for state in queue:
        for after in auto.edges[state]:
            if after not in seen:
                seen.add(after)
                queue.append(after)
    return seen

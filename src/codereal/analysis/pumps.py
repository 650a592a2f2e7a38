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

from codereal.analysis.automaton import MANY, Automaton

MAX_WORK = 20_000  # pairs and triples of states that are looked at, in one automaton
_MAX_TRIES = 4  # words that one component gives


@dataclass(frozen=True, slots=True)
class Pump:
    """The word, as the sets that its characters may come from, between which states it runs, and what it runs over."""

    first: int
    last: int
    word: tuple[int, ...]
    states: tuple[int, ...]


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
                    # Those first that read what a reader knows at sight.
                    found.append(sorted(members, key=lambda one: (auto.masks[one] & -auto.masks[one], one)))
        elif after not in index:
            index[after] = low[after] = len(index)
            stack.append(after)
            on_stack.add(after)
            work.append((after, iter(auto.edges[after])))
        elif after in on_stack:
            low[state] = min(low[state], index[after])
    return found[::-1]


def path(auto: Automaton, start: int, goal: int, within: set[int] | None = None) -> list[int] | None:
    """The states after `start` on a shortest way to `goal`; none to itself takes no step."""
    if start == goal:
        return []
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
    return None


def _walk(before: dict[int, int], start: int, goal: int) -> list[int]:
    found = []
    while goal != start:
        found.append(goal)
        goal = before[goal]
    return found[::-1]


def exponential(auto: Automaton, component: list[int]) -> Iterator[Pump]:
    """Words on which a state of the component comes back to itself in two ways."""
    within = set(component)
    tries = 0
    seen: set[tuple[int, int]] = set()
    for state in component:
        inside = [after for after in auto.edges[state] if after in within]
        for after in inside:
            if auto.edges[state][after] >= MANY:
                back = path(auto, after, state, within)
                assert back is not None
                yield _pump(auto, state, state, [after, *back])
                tries += 1
        for at, left in enumerate(inside):
            for right in inside[at + 1 :]:
                if not auto.masks[left] & auto.masks[right] or tries >= _MAX_TRIES:
                    continue
                pump = _joined(auto, state, (left, right), within, seen)
                if pump is not None:
                    yield pump
                    tries += 1
        if tries >= _MAX_TRIES:
            return


def _pump(auto: Automaton, first: int, last: int, states: list[int]) -> Pump:
    return Pump(first, last, tuple(auto.masks[state] for state in states), tuple(states))


def _joined(
    auto: Automaton, state: int, start: tuple[int, int], within: set[int], seen: set[tuple[int, int]]
) -> Pump | None:
    """The word of two ways that part at `state`, meet, and come back; pairs in `seen` are known not to meet."""
    before: dict[tuple[int, int], tuple[int, int]] = {start: start}
    queue = [start]
    for pair in queue:
        for left in auto.edges[pair[0]]:
            if left not in within:
                continue
            for right in auto.edges[pair[1]]:
                both = (left, right)
                if right not in within or not auto.masks[left] & auto.masks[right] or both in before or both in seen:
                    continue
                if left == right:
                    ways = [both, pair]
                    while pair != start:
                        pair = before[pair]
                        ways.append(pair)
                    ways.reverse()
                    back = path(auto, left, state, within)
                    assert back is not None
                    word = [auto.masks[a] & auto.masks[b] for a, b in ways] + [auto.masks[one] for one in back]
                    return Pump(state, state, tuple(word), (*(one for way in ways for one in way), *back))
                before[both] = pair
                queue.append(both)
        if len(queue) > MAX_WORK:
            return None
    seen.update(before)
    return None


def polynomial(auto: Automaton, found: list[list[int]]) -> tuple[list[Pump], int]:
    """A word for each two components between which there is one; the length of the longest chain of them.

    The components are those of `components`, in its order. The length bounds the degree of the time (2 is quadratic).
    """
    pumps: list[Pump] = []
    longest = [1] * len(found)
    work = [MAX_WORK]
    unions = []
    for component in found:
        union = 0
        for state in component:
            union |= auto.masks[state]
        unions.append(union)
    reached = [_reached(auto, component[0]) for component in found]
    for later in range(len(found)):
        for earlier in range(later):
            if not unions[earlier] & unions[later] or found[later][0] not in reached[earlier]:
                continue
            pump = _between(auto, found[earlier], found[later], work)
            if pump is not None:
                pumps.append(pump)
                longest[later] = max(longest[later], longest[earlier] + 1)
    return pumps, max(longest, default=1)


def _reached(auto: Automaton, start: int) -> set[int]:
    seen = {start}
    queue = [start]
    for state in queue:
        for after in auto.edges[state]:
            if after not in seen:
                seen.add(after)
                queue.append(after)
    return seen


def _between(auto: Automaton, left: list[int], right: list[int], work: list[int]) -> Pump | None:
    """A word that leads from p to p, from p to q and from q to q, for some p and q of two components."""
    inside, beyond = set(left), set(right)
    masks, edges = auto.masks, auto.edges
    for p in left:
        for q in right:
            start, goal = (p, p, q), (p, q, q)
            before = {start: start}
            queue = [start]
            for triple in queue:
                for x in edges[triple[0]]:
                    if x not in inside:
                        continue
                    for z in edges[triple[2]]:
                        if z not in beyond or not masks[x] & masks[z]:
                            continue
                        for y in edges[triple[1]]:
                            after = (x, y, z)
                            if not masks[x] & masks[y] & masks[z] or after in before:
                                continue
                            work[0] -= 1
                            before[after] = triple
                            if after == goal:
                                return _chain(auto, before, start, goal)
                            queue.append(after)
                if work[0] < 0:
                    return None
    return None


def _chain(
    auto: Automaton,
    before: dict[tuple[int, int, int], tuple[int, int, int]],
    start: tuple[int, int, int],
    at: tuple[int, int, int],
) -> Pump:
    p, q = at[0], at[1]
    word: list[int] = []
    states: list[int] = []
    while at != start:
        word.append(auto.masks[at[0]] & auto.masks[at[1]] & auto.masks[at[2]])
        states.extend(at)
        at = before[at]
    return Pump(p, q, tuple(reversed(word)), tuple(states))

"""The one solver: forward analyses over the blocks of a code, in reverse postorder, to a fixpoint.

An analysis says what holds at the entry, how a block changes it, and how two facts join; the solver knows nothing else.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Generic, Protocol, TypeVar

from codereal.analysis.ir import Code

S = TypeVar("S")
MAX_ROUNDS = 24  # visits of one block, after which its state is taken as it is


class Analysis(Protocol[S]):
    """What the solver asks of an analysis with states of type S."""

    def flow(self, block: int, state: S) -> list[tuple[int, S]]:
        """The states that leave `block`, each with the block it goes to; `state` may be changed."""

    def join(self, block: int, old: S, new: S, rounds: int) -> tuple[S, bool]:
        """The state at the entry of `block` where both meet, and whether it differs from `old`."""

    def keep(self, state: S) -> S:
        """A copy that `flow` cannot change."""


class Solver(Generic[S]):
    """Solves one analysis over one code."""

    def __init__(self, code: Code, analysis: Analysis[S]) -> None:
        self._code = code
        self._analysis = analysis
        self._rank: dict[int, int] = {}
        self._queue: list[tuple[int, int]] = []
        self._queued: set[int] = set()
        self._entry: dict[int, S] = {}
        self._rounds: dict[int, int] = {}

    def again(self, block: int) -> None:
        """Visit a reached block once more: something it reads outside its state has changed."""
        rank = self._rank.get(block)
        if rank is None or block not in self._entry:
            return
        if block not in self._queued and self._rounds.get(block, 0) < MAX_ROUNDS:
            self._queued.add(block)
            heappush(self._queue, (rank, block))

    def solve(self, start: S) -> None:
        self._entry[0] = start
        if self._code.loops:
            self._iterate()
        else:
            self._pass()

    def _pass(self) -> None:
        """Without loops all ways into a block come before it: each is visited once, in order."""
        analysis, entry, blocks = self._analysis, self._entry, self._code.blocks
        for index in self._code.order:
            state = entry.get(index)
            if state is None:
                continue
            for succ, out in analysis.flow(index, state):
                old = entry.get(succ)
                if old is None:
                    entry[succ] = out if len(blocks[succ].preds) < 2 else analysis.keep(out)
                else:
                    entry[succ], _ = analysis.join(succ, old, out, 0)

    def _iterate(self) -> None:
        """Until nothing changes; what stands at the entry of a block is kept, as the block may be visited again."""
        analysis, entry, rounds, queue = self._analysis, self._entry, self._rounds, self._queue
        self._rank = {block: i for i, block in enumerate(self._code.order)}
        self.again(0)
        while queue:
            _, index = heappop(queue)
            self._queued.discard(index)
            rounds[index] = rounds.get(index, 0) + 1
            for succ, out in analysis.flow(index, analysis.keep(entry[index])):
                old = entry.get(succ)
                if old is None:
                    entry[succ] = out
                    changed = True
                else:
                    entry[succ], changed = analysis.join(succ, old, out, rounds.get(succ, 0))
                if changed:
                    self.again(succ)

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
        self._rank = {block: i for i, block in enumerate(code.order)}
        self._queue: list[tuple[int, int]] = []
        self._queued: set[int] = set()
        self._entry: dict[int, S] = {}
        self._rounds: dict[int, int] = {}

    def again(self, block: int) -> None:
        """Visit a reached block once more: something it reads outside its state has changed."""
        if block in self._entry and block not in self._queued and self._rounds.get(block, 0) < MAX_ROUNDS:
            self._queued.add(block)
            heappush(self._queue, (self._rank[block], block))

    def solve(self, start: S) -> None:
        analysis = self._analysis
        blocks = self._code.blocks
        loops = self._code.loops
        self._entry[0] = start
        self.again(0)
        while self._queue:
            _, index = heappop(self._queue)
            self._queued.discard(index)
            self._rounds[index] = rounds = self._rounds.get(index, 0) + 1
            state = self._entry[index]
            if loops or rounds > 1:
                state = analysis.keep(state)
            for succ, out in analysis.flow(index, state):
                old = self._entry.get(succ)
                if old is None:
                    self._entry[succ] = out if not loops and len(blocks[succ].preds) < 2 else analysis.keep(out)
                    changed = True
                else:
                    self._entry[succ], changed = analysis.join(succ, old, out, self._rounds.get(succ, 0))
                if changed:
                    self.again(succ)

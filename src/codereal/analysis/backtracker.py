"""A model of CPython's matcher that counts its steps.

It tries what `re` tries, in the same order, and counts one step for each thing tried; it keeps its choices on a list
of its own, so it never recurses, and stops at a budget. What `re` does faster (scanning a run of one class, looking for
a literal) takes as many steps here: the counts grow as the times of `re` do.
"""

from __future__ import annotations

from typing import TypeAlias

from codereal.analysis import regex_program as program
from codereal.analysis import regex_tree as tree
from codereal.analysis.regex_letters import Letters
from codereal.analysis.regex_tree import Node

Frame: TypeAlias = "tuple[int, int, Frame] | None"  # iterations, where the last began, the loop around
Apart: TypeAlias = "tuple[int, int, Apart] | None"  # choices to keep, where it was entered, the part around
Groups: TypeAlias = "tuple[int, int, int, Groups] | None"  # number, begin or end (-1: still open), …


class BudgetError(Exception):
    """The steps are used up."""


class Backtracker:
    """Runs one pattern; `steps` counts over all runs until it is set back."""

    def __init__(self, node: Node, letters: Letters) -> None:
        self.letters = letters
        self.word = letters.category("w", False)
        self.newline = letters.of("\n")
        self.code = program.compiled(node)
        self.steps = 0
        self.budget = 0

    def count(self, text: str, how: str, budget: int) -> int | None:
        """The steps that `how` takes on a text; None beyond the budget."""
        self.steps, self.budget = 0, budget
        try:
            self.spans(text, how)
        except BudgetError:
            return None
        return self.steps

    def spans(self, text: str, how: str) -> list[tuple[int, int]]:
        """The matches that a function of `re` finds: one at most for `match`, `fullmatch` and `search`.

        Raises BudgetError.
        """
        run = _Run(self, text)
        if how in ("match", "fullmatch"):
            end = run.match(0, how == "fullmatch", -1)
            return [] if end is None else [(0, end)]
        found: list[tuple[int, int]] = []
        start, barred = 0, -1  # two empty matches may not stand at the same place
        while start <= len(text):
            end = run.match(start, False, barred)
            if end is None:
                start += 1
                continue
            found.append((start, end))
            if how == "search":
                break
            barred = end if end == start else -1
            start = end
        return found


class _Run:
    """One text."""

    def __init__(self, owner: Backtracker, text: str) -> None:
        self.owner = owner
        self.text = text
        self.bits = owner.letters.bits(text)
        self.ends: dict[int, list[int]] = {}  # by set: where the run of its characters from each place ends

    def run_end(self, mask: int, at: int) -> int:
        ends = self.ends.get(mask)
        if ends is None:
            end = len(self.bits)
            ends = [end] * (end + 1)
            for place in range(len(self.bits) - 1, -1, -1):
                if not self.bits[place] & mask:
                    end = place
                ends[place] = end
            self.ends[mask] = ends
        return ends[at]

    def match(self, start: int, whole: bool, barred: int) -> int | None:
        """The end of the match that begins at `start`; it may not be empty at `barred`. Raises BudgetError."""
        owner, bits, size = self.owner, self.bits, len(self.bits)
        code = owner.code
        steps, budget = owner.steps, owner.budget
        # (instruction, place, loops, groups, parts to leave, the place that a run may still give back to)
        stack: list[tuple[int, int, Frame, Groups, Apart, int]] = []
        at, place = 0, start
        frame: Frame = None
        groups: Groups = None
        apart: Apart = None
        while True:
            steps += 1
            if steps > budget:
                owner.steps = steps
                raise BudgetError
            op, a, b, c, d = code[at]
            at += 1
            failed = False
            if op == program.CHAR:
                failed = place >= size or not bits[place] & a
                place += 1
            elif op == program.RUN:
                end = min(self.run_end(a, place), place + c)
                low = place + b
                if low > end:
                    steps += end - place
                    failed = True
                elif d:
                    steps += end - place
                    if low < end:
                        stack.append((at, end - 1, frame, groups, apart, low))
                    place = end
                else:
                    steps += b
                    if low < end:
                        stack.append((at, low + 1, frame, groups, apart, end))
                    place = low
            elif op == program.LOOP:
                assert frame is not None
                iterations, last, outer = frame
                if iterations < a:
                    frame = (iterations + 1, last, outer)
                    at = c
                elif iterations >= b or place == last:
                    frame = outer
                elif d:
                    stack.append((at, place, outer, groups, apart, -1))
                    frame = (iterations + 1, place, outer)
                    at = c
                else:
                    stack.append((c, place, (iterations + 1, place, outer), groups, apart, -1))
                    frame = outer
            elif op == program.SPLIT:
                stack.append((a, place, frame, groups, apart, -1))
            elif op == program.JUMP:
                at = a
            elif op == program.ENTER:
                frame = (0, -1, frame)
            elif op == program.AT:
                failed = not self.holds(a, place)
            elif op == program.MATCH:
                if (not whole or place == size) and not place == start == barred:
                    owner.steps = steps
                    return place
                failed = True
            elif op == program.SAVE:
                groups = (a, b, place, groups)
            elif op == program.LOOK:
                if a == 2:
                    stack.append((b, place, frame, groups, apart, -1))
                apart = (len(stack) - (a == 2), place, apart)
            elif op == program.BACK:
                place -= a
                failed = place < 0
            elif op == program.CUT:
                assert apart is not None
                height, entered, rest = apart
                del stack[height:]
                apart = rest
                failed = a == 2
                place = entered if a == 1 else place
            elif op == program.REF:
                held = self.held(groups, a)
                failed = held is None
                if held is not None:
                    there = self.text[place : place + len(held)]
                    steps += len(held)
                    failed = there.lower() != held.lower() if b else there != held
                    place += len(held)
            elif self.held(groups, a) is None:  # program.COND
                at = b
            if failed:
                if not stack:
                    owner.steps = steps
                    return None
                at, place, frame, groups, apart, stop = stack.pop()
                if stop >= 0 and stop != place:
                    stack.append((at, place - 1 if stop < place else place + 1, frame, groups, apart, stop))

    def held(self, groups: Groups, number: int) -> str | None:
        """What a group holds; None if it took no part."""
        end = None
        while groups is not None:
            which, ends, place, groups = groups
            if which == number:
                if ends:
                    end = place
                elif end is not None:
                    return self.text[place:end]
        return None

    def holds(self, what: int, place: int) -> bool:
        size = len(self.bits)
        before = self.bits[place - 1] if place else 0
        after = self.bits[place] if place < size else 0
        if what == tree.BEGIN:
            return place == 0
        if what == tree.LINE_BEGIN:
            return place == 0 or before & self.owner.newline > 0
        if what == tree.END:
            return place == size
        if what == tree.LINE_END:
            return place == size or after & self.owner.newline > 0
        if what == tree.TEXT_END:
            return place == size or (place == size - 1 and after & self.owner.newline > 0)
        boundary = (before & self.owner.word > 0) != (after & self.owner.word > 0)
        return boundary if what == tree.BOUNDARY else not boundary

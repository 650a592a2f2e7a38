"""What most rules ask: does untrusted data reach this place, and how sure is it that this does harm."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from codereal.analysis.values import Mark, Piece, Quote, parts_of, quoted_pieces
from codereal.rules._rule import Verdict

if TYPE_CHECKING:
    from codereal.analysis.program import Hit

FROM_OUTSIDE = frozenset({"input", "request", "network"})
# What an object was made with, and what the machine's owner set, is trusted unless a rule says otherwise.
TRUSTED = frozenset({"constructor", "object", "environment", "file", "error"})


def untrusted(
    hit: Hit,
    kinds: tuple[str, ...],
    what: str,
    *,
    harmless: Callable[[Piece, Quote], bool] | None = None,
    trusted: frozenset[str] = TRUSTED,
    whole: bool = True,
) -> Verdict | None:
    """The first untrusted data in the argument of a hit that none of `kinds` is cleared for.

    `what` names the place ("a shell command"). `harmless` says which pieces cannot leave the quote that they stand in.
    `whole=False` leaves it to the callers of a function when a parameter of it is the whole argument.
    """
    parts = parts_of(hit.value)
    alone = len(parts) == 1 and isinstance(parts[0], Piece)
    found: list[Mark] = []
    for piece, quote in quoted_pieces(parts)[0]:
        if piece.marks and not (harmless is not None and harmless(piece, quote)):
            found.extend(piece.marks)
    if hit.value.refs:
        found.extend(
            hit.activation.marks(hit.value) - {mark for piece, _ in quoted_pieces(parts)[0] for mark in piece.marks}
        )
    left = [
        mark
        for mark in found
        if mark.origin.kind not in trusted
        and not any(hit.is_cleared(mark, kind) for kind in kinds)
        and (whole or not alone or mark.origin.kind != "parameter")
    ]
    return reaches(hit, left, what)


def reaches(hit: Hit, marks: Collection[Mark], what: str) -> Verdict | None:
    """The verdict that the surest of these reaches a place; None where there are none."""
    if not marks:
        return None
    mark = surest(marks)
    return Verdict(f"{words(mark)} reaches {what}", confidence(mark, hit.is_known), mark)


def surest(marks: Iterable[Mark]) -> Mark:
    """What comes from outside for certain, if any does, and the first of it in the text."""
    return min(marks, key=lambda one: (one.origin.kind not in FROM_OUTSIDE, one.origin.pos))


def words(mark: Mark) -> str:
    """How a message speaks of untrusted data."""
    return "user input" if mark.origin.kind in FROM_OUTSIDE else mark.origin.words


def confidence(mark: Mark, is_known: bool = True) -> str:
    """High for what certainly comes from outside, medium for a parameter; a step less for a sink known by name only."""
    rank = 2 if mark.origin.kind in FROM_OUTSIDE else 1 if mark.origin.kind == "parameter" else 0
    return ("low", "medium", "high")[max(0, rank - (not is_known))]

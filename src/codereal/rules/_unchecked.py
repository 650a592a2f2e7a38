"""URLs that are taken apart for nothing: no part of the result plays a role, and the URL is handed on.

A function that parses a URL wants to know something of it. If none of its parts is looked at, the check that the
parsing was for is missing: a validator that lets everything pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from codereal.analysis import ir
from codereal.analysis.values import Extern, Mark, parts_of

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Code, Instr
    from codereal.analysis.program import Hit

_RESULT = "urllib.parse.ParseResult"
_WHOLE = "geturl"


def url(hit: Hit) -> Mark | None:
    """An untrusted URL in what is given back that was taken apart although nothing asks for its parts."""
    act = hit.activation
    marks = [
        mark
        for mark in act.marks(hit.value)
        if mark.origin.kind in ("parameter", "request")
        and hit.is_cleared(mark, "url-seen")
        and not hit.is_cleared(mark, "url-host")
    ]
    if not marks:
        return None
    parsed = list(_parsed(act))
    if not parsed or any(_is_asked(act.code, one) for one in parsed):
        return None
    origins = {mark.origin for one in parsed for mark in act.marks(act.vals[one.index])}
    left = [mark for mark in marks if mark.origin in origins]
    return min(left, key=lambda one: one.origin.pos) if left else None


def is_unchanged(hit: Hit) -> bool:
    """Whether the URL comes back as it was: alone, or put together again from its parts."""
    parts = parts_of(hit.value)
    given = hit.argument
    return len(parts) == 1 and (
        given.op == ir.PARAM or (given.op == ir.CALL and given.args[0].op == ir.ATTR and given.args[0].data == _WHOLE)
    )


def _parsed(act: Activation) -> Iterator[Instr]:
    for block in act.code.blocks:
        for instr in block.instrs:
            if instr.op == ir.CALL and block.index in act.rounds:
                refs = act.vals[instr.index].refs
                if any(isinstance(ref, Extern) and ref.name == _RESULT for ref in refs):
                    yield instr


def _is_asked(code: Code, parsed: Instr) -> bool:
    """Whether any part of a parsed URL is used, other than to put it together again unchanged."""
    for user in _users(code, parsed):
        if user.op != ir.ATTR or user.data == _WHOLE:
            if user.op != ir.ATTR:
                return True
            continue
        if _users(code, user):
            return True
    return False


def _users(code: Code, instr: Instr) -> list[Instr]:
    found = [other for block in code.blocks for other in block.instrs if instr in other.args]
    found.extend(block.condition for block in code.blocks if block.condition is instr)
    return found

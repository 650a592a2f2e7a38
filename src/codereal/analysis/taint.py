"""From a hit to the path: how untrusted data came from its source to the sink, in steps that a reader can follow.

Nothing of this is kept while the program is evaluated; it is found afterwards by walking back from the sink over the
instructions whose values hold the same mark.
"""

from __future__ import annotations

from collections.abc import Iterator

from codereal.analysis import ir
from codereal.analysis.finding import Step
from codereal.analysis.interpret import Activation
from codereal.analysis.ir import Code, Instr
from codereal.analysis.values import Mark

MAX_STEPS = 24
_WORDS = {
    ir.BINARY: "put together with other text",
    ir.JOIN: "formatted into a text",
    ir.BUILD: "put into a container",
    ir.COLLECT: "gathered by a comprehension",
    ir.ITEM: "taken out by key or index",
    ir.ATTR: "read as an attribute",
    ir.ELEMENT: "taken out by a loop",
    ir.PICK: "unpacked",
    ir.SETITEM: "stored under a key",
    ir.SETATTR: "stored as an attribute",
}


def flow(act: Activation, argument: Instr, mark: Mark) -> list[Step]:
    """The steps from the origin of `mark` to `argument`; the sink itself is the caller's to add."""
    steps: list[Step] = []
    seen: set[tuple[int, int]] = set()
    current = act
    instr: Instr | None = argument
    while instr is not None and len(steps) < MAX_STEPS:
        key = (current.number, instr.index)
        if key in seen:
            break
        seen.add(key)
        if instr.op == ir.PARAM and current.call is not None and current.caller is not None:
            name = getattr(instr.data, "name", "")
            steps.append(_step(current.call, f"passed to {current.code.name}() as {name}"))
            current, instr = current.given(instr) or (current, None)
            continue
        before = _origin_of(current, instr, mark)
        if before is None:
            break
        words = _words(instr)
        if words and instr.pos[0] != mark.origin.pos[0]:
            steps.append(_step(instr, words))
        instr = before
    origin = mark.origin
    steps.append(Step(origin.pos[0], origin.pos[1], f"source: {origin.words}"))
    steps.reverse()
    return [step for at, step in enumerate(steps) if at == 0 or step != steps[at - 1]]


def walk(act: Activation, argument: Instr, mark: Mark) -> Iterator[tuple[Activation, Instr]]:
    """The instructions that the mark came through, from `argument` back to its origin, without those calls that passed
    it on to a parameter."""
    seen: set[tuple[int, int]] = set()
    current = act
    instr: Instr | None = argument
    while instr is not None and (current.number, instr.index) not in seen:
        seen.add((current.number, instr.index))
        yield current, instr
        if instr.op == ir.PARAM and current.call is not None and current.caller is not None:
            current, instr = current.given(instr) or (current, None)
        else:
            instr = _origin_of(current, instr, mark)


def _words(instr: Instr) -> str:
    if instr.op == ir.CALL:
        callee = instr.args[0]
        name = callee.data if callee.op in (ir.ATTR, ir.NAME, ir.IMPORT) else None
        if callee.op == ir.LOAD and isinstance(callee.data, tuple):
            name = callee.data[1]
        if callee.op == ir.CLOSURE and isinstance(callee.data, Code):
            name = callee.data.name
        return f"through {name}()" if name else "through a call"
    return _WORDS.get(instr.op, "")


def _step(instr: Instr, words: str) -> Step:
    return Step(instr.pos[0], instr.pos[1], words)


def _origin_of(act: Activation, instr: Instr, mark: Mark) -> Instr | None:
    """The instruction from which `instr` has the mark; None when it is the source or the way is not known."""
    return next(iter(givers(act, instr, mark)), None)


def givers(act: Activation, instr: Instr, mark: Mark) -> list[Instr]:
    """All instructions from which `instr` may have the mark, in this code; none at its source."""
    found = [arg for arg in reversed(instr.args) if _holds(act, arg, mark)]
    if found or instr.op != ir.LOAD:
        return found
    # The last write of that shared variable in this code.
    for block in reversed(act.code.blocks):
        for other in reversed(block.instrs):
            if other.op == ir.STORE and other.data == instr.data and _holds(act, other.args[0], mark):
                return [other.args[0]]
    return []


def _holds(act: Activation, instr: Instr, mark: Mark) -> bool:
    value = act.vals[instr.index]
    if not value.parts and not value.refs:
        return False
    return any(one.origin is mark.origin for one in act.marks(value))

"""Whether untrusted data came all the way as itself, or through something that may have made something else of it."""

from __future__ import annotations

import builtins
import sys
from typing import TYPE_CHECKING

from codereal.analysis import ir, taint
from codereal.analysis.heap import Heap
from codereal.analysis.values import NO, Extern

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit
    from codereal.analysis.values import Mark


_MAX_STEPS = 400
_PLAIN = (str, bytes, dict, list, set)


def is_direct(hit: Hit, mark: Mark) -> bool:
    """Whether there is a way on which stands no function of another file, and no method of an object of unknown kind.

    What `build_page(text)` or `users.find(name)` gives back depends on the argument, but need not hold it.
    """
    pending: list[tuple[Activation, Instr]] = [(hit.activation, hit.argument)]
    seen: set[tuple[int, int]] = set()
    while pending and len(seen) < _MAX_STEPS:
        act, instr = pending.pop()
        if (act.number, instr.index) in seen:
            continue
        seen.add((act.number, instr.index))
        if instr.op == ir.PARAM and (given := act.given(instr)) is not None:
            pending.append(given)
        elif not _is_opaque(act, instr, mark):
            before = _given_back(act, instr, mark)
            before = before or [(act, one) for one in _bare(act, taint.givers(act, instr, mark), mark)]
            before = before or _shared(act, instr)
            if not before:
                return True
            pending.extend(before)
    return False


def _given_back(act: Activation, call: Instr, mark: Mark) -> list[tuple[Activation, Instr]]:
    """What functions of the text that were called give back, where it holds the mark."""
    found: list[tuple[Activation, Instr]] = []
    for inner in act.inner.get(call.index, ()) if call.op == ir.CALL else ():
        if inner.code.is_generator:
            return []
        held: list[tuple[Instr, frozenset[Mark]]] = []
        last = inner.state
        for block, (_, after) in inner.returned.items():
            inner.state = after
            for instr in inner.code.blocks[block].instrs:
                if instr.op == ir.RETURN:
                    marks = inner.marks(inner.vals[instr.args[0].index])
                    held.append((instr.args[0], frozenset(one for one in marks if one.origin is mark.origin)))
        inner.state = last
        bare = [one for one, marks in held if any(known.cleared <= mark.cleared for known in marks)]
        found.extend((inner, one) for one in bare or [one for one, marks in held if marks])
    return found


def _bare(act: Activation, givers: list[Instr], mark: Mark) -> list[Instr]:
    """Without those that were made harmless for more than the mark is, if there are others: it is not from there."""
    left = [
        one
        for one in givers
        if any(
            known.origin is mark.origin and known.cleared <= mark.cleared for known in act.marks(act.vals[one.index])
        )
    ]
    return left or givers


def _shared(act: Activation, instr: Instr) -> list[tuple[Activation, Instr]]:
    """Where a variable that a function around this one shares was written, if it is evaluated with it."""
    if instr.op != ir.LOAD:
        return []
    return [
        (holder, one.args[0])
        for holder in act.chain()
        if holder is not act
        for block in holder.code.blocks
        for one in block.instrs
        if one.op == ir.STORE and one.data == instr.data
    ]


def _is_opaque(act: Activation, instr: Instr, mark: Mark) -> bool:
    if instr.op != ir.CALL or act.inner.get(instr.index):
        return False
    callee = instr.args[0]
    if callee.op == ir.ATTR:
        receiver = act.vals[callee.args[0].index]
        if any(one.origin is mark.origin for one in act.marks(receiver)):
            # (A parameter with methods of its own is no text: what they give is not what a stranger wrote.)
            is_plain = any(hasattr(kind, str(callee.data)) for kind in _PLAIN)
            return mark.origin.kind == "parameter" and not is_plain
        if receiver.const is not NO or any(isinstance(part, str) for part in receiver.parts):
            return False
        if act.objects(receiver) and not receiver.parts:
            return False
    refs = act.vals[callee.index].refs
    # (An object of a class of the text, a dataclass, holds what it was made with.)
    return bool(refs) and not any(
        _is_known(act, ref.name) if isinstance(ref, Extern) else isinstance(ref, Heap) for ref in refs
    )


def _is_known(act: Activation, name: str) -> bool:
    """A function of the language, of its library, or of a library that is modelled."""
    root, dot, _ = name.partition(".")
    root = root.removesuffix("()")
    return (not dot and hasattr(builtins, root)) or root in sys.stdlib_module_names or root in act.program.library.roots

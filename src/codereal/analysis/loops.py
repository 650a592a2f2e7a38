"""Loops that check every element: what each round has shown of its element holds of the whole when they are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import alphabet, guards, ir
from codereal.analysis import values as v
from codereal.analysis.heap import Object
from codereal.analysis.ir import Code, Instr
from codereal.analysis.values import BOTTOM, NO, Piece, Value

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation

_KEEPS = frozenset({"list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "str"})  # same elements
_PIECES = frozenset({"split", "rsplit", "splitlines"})


def header_element(code: Code, header: int) -> Instr | None:
    """The instruction that takes one element in each round, when `header` is where a `for` loop comes by."""
    block = code.blocks[header]
    if block.condition is not None or len(block.succs) != 2:
        return None
    inside = code.blocks[block.succs[0]].instrs
    return inside[0] if inside and inside[0].op == ir.ELEMENT else None


def way_out(code: Code, header: int) -> int | None:
    """The block that a `for` loop goes on to after its last element."""
    return code.blocks[header].succs[1] if header_element(code, header) is not None else None


def left(act: Activation, block: int, header: int) -> None:
    """`block` comes after the loop at `header`: learn what every round has shown of its element."""
    if way_out(act.code, header) != block:
        return
    element = header_element(act.code, header)
    assert element is not None
    ends = act.rounds_of(header)
    if not ends:
        return
    rounds = [facts for facts, _ in ends]
    act.state.cleared |= frozenset.intersection(*(cleared for _, cleared in ends))
    for index in set.intersection(*(set(facts) for facts in rounds)):
        _not_in(act, ir.by_index(act.code)[index], element, [facts[index] for facts in rounds])
    shown = BOTTOM
    for facts in rounds:
        fact = facts.get(element.index)
        if fact is None:
            return
        shown = v.join(shown, fact)
    for instr, value in each(act, element.args[0], act.vals[element.index], shown):
        guards.note(act, instr, value)


def _not_in(act: Activation, test: Instr, element: Instr, outcomes: list[Value]) -> None:
    """`for c in ";|&": if c in text: raise`: no round has found its element in the text."""
    if test.op != ir.COMPARE or test.args[0] is not element:
        return
    if test.data not in ("in", "not in") or any(one.const is not (test.data == "not in") for one in outcomes):
        return
    container = act.value(element.args[0])
    held = guards.contents(act, container)
    bad = list(container.const) if isinstance(container.const, str) else [str(one) for one in held[0]] if held else []
    text = test.args[1]
    letters = alphabet.of("".join(one for one in bad if len(one) == 1))
    kinds = tuple(sorted({kind for one in bad for kind in guards.rejected(one)}))
    if not bad:
        return
    for instr, value in guards.without(act, text, letters):
        guards.note(act, instr, value)
    for instr, value in guards.clearing(act, text, kinds) if kinds else ():
        guards.note(act, instr, value)


def each(act: Activation, whole: Instr, before: Value, shown: Value, depth: int = 4) -> list[tuple[Instr, Value]]:
    """What is shown of `whole` when each of its elements, `before`, is known to be `shown`."""
    guard = guards.part_of(act, whole)
    if guard is not None:
        return guards.clearing(act, whole, guard.clears) if not v.marks_of(shown) else []
    found = walked(act, whole, before, shown)
    if found or depth == 0:
        return found
    value = act.value(whole)
    letters = v.letters_of(v.parts_of(shown))
    marks = v.marks_of(shown)
    for ref, obj in act.objects(value):
        if obj.kind in ("list", "tuple", "set") and not obj.items:
            act.state.objects[ref.place] = Object(obj.kind, {}, shown, False, obj.bases)
    if value.const is NO and v.marks_of(value):
        found.append((whole, Value(NO, (Piece(letters, marks),), value.refs)))
    callee = whole.args[0] if whole.op == ir.CALL and whole.args else None
    if callee is None:
        return found
    if callee.op == ir.ATTR and callee.data in _PIECES:
        # Each piece is so, and between them stands the separator.
        gap = alphabet.SPACE
        if len(whole.args) > 1:
            separator = act.value(whole.args[1]).const
            gap = alphabet.of(separator) if isinstance(separator, str) else alphabet.ANY
        found.extend(_text(act, callee.args[0], letters | gap, marks))
    elif callee.op == ir.ATTR and callee.data in ("lower", "upper", "casefold"):
        found.extend(_text(act, callee.args[0], alphabet.lower(letters) | alphabet.upper(letters), marks))
    elif callee.op == ir.NAME and callee.data in _KEEPS and len(whole.args) == 2:
        found.extend(each(act, whole.args[1], before, shown, depth - 1))
    return found


def _text(act: Activation, instr: Instr, letters: int, marks: v.Marks) -> list[tuple[Instr, Value]]:
    value = act.value(instr)
    if value.const is not NO or not v.marks_of(value):
        return []
    return [(instr, Value(NO, (Piece(v.letters_of(value.parts) & letters, marks),), value.refs))]


def walked(act: Activation, whole: Instr, before: Value, shown: Value) -> list[tuple[Instr, Value]]:
    """The nodes of a syntax tree: a tree of harmless nodes is harmless, and so is the text it was parsed from."""
    callee = whole.args[0] if whole.op == ir.CALL and len(whole.args) > 1 else None
    if callee is None or not any(name in act.program.library.walks for name in guards.names_of(act.value(callee))):
        return []
    known = {mark.origin: mark.cleared for mark in v.marks_of(before)}
    kinds: frozenset[str] | None = None
    for mark in v.marks_of(shown):
        fresh = mark.cleared - known.get(mark.origin, frozenset())
        kinds = fresh if kinds is None else kinds & fresh
    return guards.clearing(act, whole.args[1], tuple(sorted(kinds))) if kinds else []

"""Conditions: which way they go, and what they show of the values they test.

`assume` narrows the values that a condition compares, on the side where it held or failed; what it learns is a *fact*
about an instruction's value, true from there on (see `State.facts`).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codereal.analysis import alphabet, containers, guard_calls, ir, loops
from codereal.analysis import values as v
from codereal.analysis.heap import Cleared, Closure, Heap, State
from codereal.analysis.ir import Instr
from codereal.analysis.values import BOTTOM, CLEAN, NO, Extern, Piece, Value

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.library import Guard

Facts = dict[int, Value]
# What a text that does not hold these cannot do.
_REJECTED: dict[str, tuple[str, ...]] = {
    "..": ("path-dots", "path-resolved"),
    "../": ("path-dots", "path-resolved"),
    "/": ("path-dots", "path-root", "path-resolved"),
    "\\": (),
    "://": ("url-host",),
    "//": ("url-host",),
}
# What checking a text against a list that the caller gave makes it harmless for.
_ALLOWED = ("shell", "code", "sql", "path", "url-host")
# The classes of syntax by their names: `type(node).__name__ in {"BinOp", "Add"}`
_SYNTAX = frozenset(name for name, thing in vars(ast).items() if isinstance(thing, type) and issubclass(thing, ast.AST))
_CALLERS = ("parameter", "object", "constructor")
_MAX_DEPTH = 6
_EMPTY = {"==": True, ">": False, "!=": False}  # `len(x) == 0`: what it says if it holds
_ADDS = frozenset({"append", "add", "extend", "insert", "update", "setdefault"})
_FLAGS = (ir.COMPARE, ir.CALL, ir.UNARY, ir.PHI)  # what a variable that says whether something holds is made by


def truth(act: Activation, value: Value) -> bool | None:
    """Whether a value is true, false, or not known to be either."""
    if value.const is not NO:
        return bool(value.const)
    if not value.parts and len(value.refs) == 1:
        ref = value.refs[0]
        if isinstance(ref, Heap):
            obj = act.state.objects.get(ref.place)
            if obj is not None and obj.kind in ("list", "dict", "tuple", "set") and obj.exact and obj.rest is BOTTOM:
                return bool(obj.items)
            return None
        return True if isinstance(ref, Closure) else None
    if any(isinstance(part, str) and part for part in value.parts):
        return None if value.parts[-1] is v.NOTHING else True
    return None


def compare(act: Activation, op: str, left: Value, right: Value) -> Value:
    """The value of a comparison: True or False where both sides are known."""
    a, b = left.const, right.const
    if a is not NO and b is not NO:
        known = _compare(op, a, b)
        return v.BOOLEAN if known is None else v.constant(known)
    if op in ("in", "not in") and a is not NO:
        held = contents(act, right)
        if held is not None and held[1]:
            return v.constant((a in held[0]) is (op == "in"))
    return v.BOOLEAN


def _compare(op: str, a: object, b: object) -> bool | None:
    try:
        if op == "==":
            return bool(a == b)
        if op == "!=":
            return bool(a != b)
        if op == "is":
            return a is b if a is None or b is None or isinstance(a, bool) or isinstance(b, bool) else bool(a == b)
        if op == "is not":
            return not _compare("is", a, b)
        if op == "in":
            return a in b  # type: ignore[operator]
        if op == "not in":
            return a not in b  # type: ignore[operator]
        if op == "<":
            return bool(a < b)  # type: ignore[operator]
        if op == "<=":
            return bool(a <= b)  # type: ignore[operator]
        if op == ">":
            return bool(a > b)  # type: ignore[operator]
        return bool(a >= b)  # type: ignore[operator]
    except TypeError:
        return None


def contents(act: Activation, container: Value) -> tuple[list[object], bool] | None:
    """The constants that `x in container` compares with, and whether that is all of them."""
    found = act.objects(container)
    if len(found) != 1 or container.parts:
        return None
    obj = found[0][1]
    if obj.kind == "dict":
        return list(obj.items), obj.exact and obj.rest is BOTTOM
    if obj.kind not in ("list", "tuple", "set"):
        return None
    constants = [item.const for item in obj.items.values()]
    return [const for const in constants if const is not NO], obj.exact and NO not in constants


# --- facts -----------------------------------------------------------------------------------------------------------


def assume(act: Activation, condition: Instr, polarity: bool) -> bool:
    """Add to the current state what it shows that `condition` is true (or false); False when it cannot be so."""
    for instr, value in learn(act, condition, polarity, 0):
        if value is BOTTOM:
            return False
        note(act, instr, value)
        _store_back(act, instr, value)
    return True


def note(act: Activation, instr: Instr, value: Value) -> None:
    """From here on `instr` is known to have this value; what that makes harmless is so for its origins as a whole."""
    before = act.marks(act.value(instr))
    act.state.facts[instr.index] = value
    if before and instr.op not in (ir.ELEMENT, ir.ITEM, ir.PICK, ir.ATTR):
        # (A check of one element, or of one attribute, says nothing of the others.)
        after = v.marks_of(value)
        if not after and not value.refs and value is not v.EMPTY and _is_source(instr, before):
            # It is one of what the program chose, so what was made of it earlier is harmless too.
            act.state.cleared |= {(mark.origin, "*") for mark in before}
        act.state.cleared = more_cleared(act.state.cleared, before, after)


def _is_source(instr: Instr, marks: v.Marks) -> bool:
    """Whether the value is the untrusted data itself, whole, as it came in."""
    return instr.op in (ir.PARAM, ir.CALL) and len(marks) == 1 and all(one.origin.pos == instr.pos for one in marks)


def more_cleared(known: Cleared, before: v.Marks, after: v.Marks) -> Cleared:
    """With the kinds that a check has shown: cleared in marks after it and not in those of the same origin before."""
    old = _common(before)
    fresh = {(one, kind) for one, kinds in _common(after).items() if one in old for kind in kinds - old[one]}
    return known | fresh if fresh else known


def _common(marks: v.Marks) -> dict[v.Origin, frozenset[str]]:
    """Origin → the kinds that all its marks are cleared for."""
    found: dict[v.Origin, frozenset[str]] = {}
    for mark in marks:
        found[mark.origin] = found[mark.origin] & mark.cleared if mark.origin in found else mark.cleared
    return found


def clearing(act: Activation, instr: Instr, kinds: tuple[str, ...], depth: int = 0) -> list[tuple[Instr, Value]]:
    """`instr`, and all that it was made of, is harmless for these kinds of sink."""
    value = act.value(instr)
    marks = act.marks(value)
    # (A digest holds nothing of what it was made of, but a check of it speaks of that.)
    if depth > _MAX_DEPTH or (not marks and instr.op not in (ir.CALL, ir.ATTR)):
        return []
    found: list[tuple[Instr, Value]] = []
    if v.marks_of(value):
        found.append((instr, v.map_marks(value, lambda mark: _clear(mark, kinds))))
    elif marks:
        one = containers.element(act, value)
        # (Pieces of a text that was split lack what it was split at.)
        letters = v.letters_of(one.parts) if one.parts and not one.refs else alphabet.ANY
        found.append(
            (instr, Value(NO, (Piece(letters, frozenset(_clear(mark, kinds) for mark in marks)),), value.refs))
        )
    for arg in instr.args:
        found.extend(clearing(act, arg, kinds, depth + 1))
    return found


def _clear(mark: v.Mark, kinds: tuple[str, ...]) -> v.Mark:
    for kind in kinds:
        mark = mark.clear(kind)
    return mark


def cleared_by_call(act: Activation, call: Instr, kinds: tuple[str, ...]) -> None:
    """A call that raises unless its arguments (and what it is called on) are harmless has returned."""
    callee = call.args[0]
    for arg in (*call.args[1:], *(callee.args if callee.op == ir.ATTR else ())):
        for instr, value in clearing(act, arg, kinds):
            note(act, instr, value)


def meets(act: Activation, whole: Instr, kind: str) -> bool:
    """Whether all that is untrusted in a value is harmless for a kind of sink, as a guard asks (`needs`)."""
    cleared = act.state.cleared
    marks = act.marks(act.value(whole))
    return all(kind in mark.cleared or (mark.origin, kind) in cleared for mark in marks)


def is_chosen_here(act: Activation, known: Value, whole: Instr) -> bool:
    """Whether a prefix or folder that a path is compared with is the program's own, or what the caller says it is."""
    own = {mark.origin for mark in act.marks(known)}
    if not own:
        return True
    if known.parts and not any(piece.marks and piece.alphabet & ~alphabet.NUMBER for piece in v.pieces(known.parts)):
        # `ROOT / str(number)`
        return True
    if any(origin.kind not in ("parameter", "constructor", "object", "environment") for origin in own):
        return False
    return any(mark.origin not in own for mark in act.marks(act.value(whole)))


def _store_back(act: Activation, instr: Instr, value: Value) -> None:
    """What is shown of a variable or an attribute holds for later reads of it, until it is bound again."""
    if instr.op == ir.LOAD and isinstance(instr.data, tuple):
        depth, name = instr.data
        if depth < len(act.frames):
            act.state.cells[(act.frames[depth], name)] = value
    elif instr.op == ir.ATTR:
        found = act.objects(act.value(instr.args[0]))
        if len(found) == 1 and found[0][1].kind == "instance":
            act.state.objects[found[0][0].place] = found[0][1].put(instr.data, value, True)
    elif instr.op == ir.ITEM:
        found = act.objects(act.value(instr.args[0]))
        key = act.value(instr.args[1]).const if instr.args[1].op != ir.SLICE else NO
        if len(found) == 1 and isinstance(key, (str, int)) and found[0][1].kind == "dict":
            act.state.objects[found[0][0].place] = found[0][1].put(key, value, True)


def shown(act: Activation, condition: Instr, polarity: bool, base: Facts) -> Facts:
    """Facts about parameters (by position) that hold if the returned `condition` is true (or false)."""
    result = dict(base)
    places = {param.index: at for at, param in enumerate(act.code.params)}
    for instr, value in learn(act, condition, polarity, 0):
        if instr.index in places:
            result[places[instr.index]] = value
    return result


def learn(act: Activation, condition: Instr, polarity: bool, depth: int) -> list[tuple[Instr, Value]]:
    """(instruction, its narrowed value) for all that a condition shows."""
    if depth > _MAX_DEPTH:
        return []
    op = condition.op
    if op == ir.COMPARE:
        return _learn_compare(act, condition, polarity, depth)
    if op == ir.CALL:
        return guard_calls.learn(act, condition, polarity, depth)
    if op == ir.UNARY and condition.data == "not":
        return learn(act, condition.args[0], not polarity, depth + 1)
    if op == ir.PHI:
        gathered = next((arg for arg in condition.args if arg.op == ir.COLLECT and len(arg.args) == 2), None)
        if gathered is not None:
            return [] if polarity else _learn_none(act, gathered, depth)
        return _learn_phi(act, condition, polarity, depth)
    if op == ir.BUILD and not condition.args:
        return [] if polarity else _learn_nothing_added(act, condition, depth)
    if op == ir.BINARY and condition.data == "-" and not polarity:
        # `set(text) - ALLOWED` is empty.
        return learn_subset(act, condition.args[0], condition.args[1])
    if not polarity:
        # What is empty or None cannot do harm.
        value = act.value(condition)
        guard = part_of(act, condition) if op == ir.ATTR else None
        if guard is not None:
            # `if not urlparse(url).netloc`
            return clearing(act, condition, guard.clears)
        if value.const is NO and v.marks_of(value):
            return [(condition, v.EMPTY)]
    return []


def _learn_phi(act: Activation, phi: Instr, polarity: bool, depth: int) -> list[tuple[Instr, Value]]:
    """A flag that was set on several ways: what all ways show on which it can have this truth."""
    if not any(arg.op in _FLAGS or (arg.op == ir.CONST and not arg.data) for arg in phi.args):
        return []
    common: dict[int, Value] | None = None
    preds = act.code.blocks[phi.block].preds
    instrs = ir.by_index(act.code)
    for at, arg in enumerate(phi.args):
        before = act.vals[arg.index]
        if before is BOTTOM:
            continue
        shown = act.facts_from(preds[at], phi.block)
        known = truth(act, shown.get(arg.index, before))
        if known is None:
            known = _where_asked(act, arg, preds[at])
        if known is not None and known is not polarity:
            continue
        facts = {index: value for index, value in shown.items() if instrs[index].op != ir.COMPARE}
        here = act.state
        act.state = State(here.objects, here.cells, shown, here.cleared)
        facts.update((instr.index, value) for instr, value in learn(act, arg, polarity, depth + 2))
        act.state = here
        if common is None:
            common = facts
        else:
            common = {index: v.join(value, facts[index]) for index, value in common.items() if index in facts}
        if not common:
            return []
    return [(instrs[index], value) for index, value in common.items()] if common else []


def _where_asked(act: Activation, arg: Instr, way: int) -> bool | None:
    """Which truth a condition had on a way that was taken for it: `a` of `a and b` is false where `b` is not asked."""
    before = act.code.blocks[way].preds
    asked = act.code.blocks[before[0]] if len(before) == 1 else None
    if asked is None or asked.condition is not arg or asked.succs.count(way) != 1:
        return None
    return asked.succs[0] == way


def _learn_none(act: Activation, gathered: Instr, depth: int) -> list[tuple[Instr, Value]]:
    """`bad = [x for x in xs if x not in ALLOWED]` is empty: the condition held for no element."""
    preds = act.code.blocks[gathered.block].preds
    test = act.code.blocks[preds[0]].condition if len(preds) == 1 else None
    if test is None or act.code.blocks[preds[0]].succs[0] != gathered.block:
        return []
    for instr, value in learn(act, test, False, depth + 1):
        if instr.op == ir.ELEMENT:
            return loops.each(act, instr.args[0], act.value(instr), value)
    return []


def _learn_nothing_added(act: Activation, made: Instr, depth: int) -> list[tuple[Instr, Value]]:
    """`errors` is still empty: what would have added something to it was not reached.

    That shows how the condition before it was answered, if no way leads here past both.
    """
    blocks = act.code.blocks
    adding = {
        block.index
        for block in blocks
        for one in block.instrs
        if (
            one.op == ir.CALL
            and one.args[0].op == ir.ATTR
            and one.args[0].args[0] is made
            and one.args[0].data in _ADDS
        )
        or (one.op == ir.SETITEM and one.args[0] is made)
    }
    found: list[tuple[Instr, Value]] = []
    for index in adding:
        preds = blocks[index].preds
        asked = blocks[preds[0]] if len(preds) == 1 else None
        if asked is None or asked.condition is None or asked.succs.count(index) != 1 or asked.index in adding:
            continue
        here = _here(act, made)
        if here is not None and not _reaches(act, here, adding | {asked.index}):
            found.extend(learn(act, asked.condition, asked.succs[0] != index, depth + 1))
    return found


def _here(act: Activation, made: Instr) -> int | None:
    """The block whose condition is evaluated, or that gives the object back: the one that looks at it last."""
    last = [
        block.index
        for block in act.code.blocks
        if block.index in act.rounds
        and (
            (block.condition is not None and _asks(block.condition, made, 2))
            or any(one.op == ir.RETURN and one.args[0] is made for one in block.instrs)
        )
    ]
    return last[0] if len(last) == 1 else None


def _asks(condition: Instr, made: Instr, depth: int) -> bool:
    return condition is made or (depth > 0 and any(_asks(arg, made, depth - 1) for arg in condition.args))


def _reaches(act: Activation, target: int, without: set[int]) -> bool:
    """Whether a way leads from the beginning to a block past all of these."""
    if 0 in without:
        return False
    seen, pending = {0}, [0]
    while pending:
        block = act.code.blocks[pending.pop()]
        for after in (*block.succs, *block.handlers):
            if after == target:
                return True
            if after not in seen and after not in without:
                seen.add(after)
                pending.append(after)
    return False


def _learn_compare(act: Activation, condition: Instr, polarity: bool, depth: int) -> list[tuple[Instr, Value]]:
    # The comparison itself is known from here on: see `_learn_phi` and `loops.left`.
    return [(condition, v.constant(polarity)), *_learn_parts(act, condition, polarity, depth)]


def _learn_parts(act: Activation, condition: Instr, polarity: bool, depth: int) -> list[tuple[Instr, Value]]:
    op = str(condition.data)
    left, right = condition.args
    if left.op == ir.CALL and len(left.args) == 2 and left.args[0].data == "len" and right.data == 0 and op in _EMPTY:
        # `len(errors) > 0`
        return learn(act, left.args[1], polarity is not _EMPTY[op], depth + 1)
    if op in ("not in", "!=", "is not"):
        op, polarity = {"not in": "in", "!=": "==", "is not": "is"}[op], not polarity
    return _shown_of_whole(act, op, left, right, polarity) + _narrowed_by_compare(act, op, left, right, polarity, depth)


def _shown_of_whole(act: Activation, op: str, left: Instr, right: Instr, polarity: bool) -> list[tuple[Instr, Value]]:
    """What comparing a part shows of the whole: `urlparse(url).hostname in ALLOWED`, `".." not in path`."""
    if op == "in" and not polarity:
        needle = act.value(left).const
        if isinstance(needle, str):
            return clearing(act, right, rejected(needle)) if rejected(needle) else []
    if not polarity and op == "==" and left.op == ir.ITEM and isinstance(prefix := act.value(right).const, str):
        # `path[:2] != "//"`, `path[0] != "/"`
        return guard_calls.starts_with(act, left.args[0], [prefix], False) if _is_start(act, left, len(prefix)) else []
    if not polarity and op in ("in", "=="):
        # A list of what is forbidden: the caller is not trusted, but what is left is not known.
        return clearing(act, left, ("url-looked-at",)) if _is_host(act, left) else []
    if not polarity or op not in ("in", "==", "is"):
        return []
    if op == "in" and isinstance(act.value(left).const, str) and _is_host(act, right):
        # `"example.com" in host`: somebody does not trust it, and "example.com.evil.org" passes.
        return clearing(act, right, ("url-looked-at",))
    if op == "==" and act.value(right).const == 1 and left.op == ir.CALL and len(left.args) == 2:
        # `len(path.parts) == 1`: a name, and no folder before it.
        counted = left.args[1]
        if left.args[0].data == "len" and counted.op == ir.ATTR and counted.data == "parts":
            return clearing(act, counted, ("path",))
    found = []
    if op == "==" and left.op == ir.ITEM and act.value(right).const == "/" and _is_start(act, left, 1):
        return guard_calls.starts_with(act, left.args[0], ["/"], True)
    if op == "in" and right.op == ir.ATTR:
        # `BASE in path.parents`
        guard = act.program.library.attribute_guards.get(str(right.data))
        if guard is not None and guard.needs and meets(act, right, guard.needs):
            return clearing(act, right, guard.clears) if is_chosen_here(act, act.value(left), right) else []
    for one, other in ((left, right), (right, left)) if op == "==" else ((left, right),):
        guard = part_of(act, one)
        if guard is None or act.value(other).const is None:
            continue
        if guard.needs:
            if meets(act, one, guard.needs) and is_chosen_here(act, act.value(other), one):
                found.extend(clearing(act, one, guard.clears))
            continue
        # The same part of another whole is as good as what the program chose: "stays on the host that was asked".
        if not act.marks(act.value(other)) or (op == "==" and part_of(act, other) is not None):
            found.extend(clearing(act, one, guard.clears))
    return found


def _is_start(act: Activation, item: Instr, size: int) -> bool:
    """Whether an item is the first `size` characters of what it is taken out of."""
    index = item.args[1]
    if index.op != ir.SLICE:
        return size == 1 and act.value(index).const == 0
    start, stop, step = (act.value(arg).const for arg in index.args)
    return start in (None, 0) and stop == size and step in (None, 1)


def _is_host(act: Activation, instr: Instr) -> bool:
    """Whether a value is the host of an untrusted URL."""
    guard = part_of(act, instr) if act.marks(act.value(instr)) else None
    return guard is not None and "url-host" in guard.clears


def rejected(needle: str) -> tuple[str, ...]:
    """The kinds of sink for which a text is harmless that does not hold this one."""
    return _REJECTED.get(needle, ())


def part_of(act: Activation, instr: Instr) -> Guard | None:
    """The model of the attribute that was taken, through `.lower()`, `.split(":")[0]` and the like."""
    for _ in range(_MAX_DEPTH):
        if instr.op == ir.ATTR:
            guard = act.program.library.attribute_guards.get(str(instr.data))
            if guard is not None:
                return guard
        if instr.op not in (ir.CALL, ir.ATTR, ir.ITEM, ir.PICK, ir.PHI) or not instr.args:
            return None
        # The value behind `x.hostname or ""` is the first of a phi.
        instr = instr.args[0]
    return None


def _narrowed_by_compare(
    act: Activation, op: str, left: Instr, right: Instr, polarity: bool, depth: int
) -> list[tuple[Instr, Value]]:
    if op == "in":
        return _learn_in(act, left, right, polarity)
    if op in ("<=", "<") and polarity:
        return learn_subset(act, left, right)
    if op in (">=", ">") and polarity:
        return learn_subset(act, right, left)
    if op in ("==", "is"):
        for one, other in ((left, right), (right, left)):
            const = act.value(other).const
            if const is None or const is False or const is True:
                # `re.match(…) is None`, `check(x) == False`
                return learn(act, one, polarity is bool(const), depth + 1)
            if polarity and const is not NO and act.value(one).const is NO:
                return narrowed(act, one, v.constant(const))
        if polarity:
            found = []
            for one, other in ((left, right), (right, left)):
                own = act.value(other)
                if v.marks_of(act.value(one)) and not v.marks_of(own) and (not own.refs or own.parts):
                    found.extend(narrowed(act, one, own))
                elif _is_stricter(act.value(other), act.value(one)):
                    # `name == os.path.basename(name)`
                    found.append((one, Value(NO, act.value(other).parts, act.value(one).refs)))
            return found
    return []


def _is_stricter(new: Value, old: Value) -> bool:
    """Whether more is known of a text of the same origins: it is harmless for more, or has fewer letters."""
    known, before = _common(v.marks_of(new)), _common(v.marks_of(old))
    if not known or known.keys() != before.keys() or not old.parts:
        return False
    fewer = v.letters_of(new.parts) & ~v.letters_of(old.parts) == 0 and new.parts != old.parts
    return fewer and all(before[origin] <= cleared for origin, cleared in known.items())


def learn_subset(act: Activation, left: Instr, right: Instr) -> list[tuple[Instr, Value]]:
    """`set(text) <= set("abc")`: each element of one is an element of the other."""
    is_set = left.op == ir.CALL and len(left.args) == 2 and left.args[0].op == ir.NAME and left.args[0].data == "set"
    container = act.value(right)
    if not (act.objects(container) or isinstance(container.const, str)) or act.marks(container):
        return []
    text = left.args[1] if is_set else left
    return loops.each(act, text, act.value(text), containers.element(act, container))


def _learn_in(act: Activation, left: Instr, right: Instr, polarity: bool) -> list[tuple[Instr, Value]]:
    needle, container = act.value(left), act.value(right)
    classified = _classified(left)
    if classified is not None:
        found = node_facts(act, classified, container, polarity)
        if found:
            return found
    if isinstance(needle.const, str):
        # `"'" in x`
        if not polarity and len(needle.const) == 1:
            return without(act, right, alphabet.of(needle.const))
        return []
    if not polarity:
        return []
    if isinstance(container.const, str):
        letters = alphabet.of(container.const)
        return narrowed(act, left, Value(NO, (Piece(letters, CLEAN),), ()))
    if act.marks(container):
        return _allowed_by_caller(act, left, right)
    node = _part_of_node(act, left)
    if node is not None:
        return [node]
    held = contents(act, container)
    letters = alphabet.ANY
    if held is not None and held[1]:
        letters = 0
        for const in held[0]:
            letters |= alphabet.of(str(const))
    return narrowed(act, left, Value(NO, (Piece(letters, CLEAN),), ()))


def _allowed_by_caller(act: Activation, left: Instr, right: Instr) -> list[tuple[Instr, Value]]:
    """`name in allowed` where both are arguments: whoever calls the function says what is allowed."""
    own = {mark.origin for mark in act.marks(act.value(left))}
    allowed = act.marks(act.value(right))
    root = right
    while root.op == ir.ATTR:
        # `name in spec.columns`, `name in self.columns`
        root = root.args[0]
    if root.op != ir.PARAM or (root is right and getattr(right.data, "annotation", "") in ("str", "bytes")):
        return []
    if not own or any(mark.origin in own or mark.origin.kind not in _CALLERS for mark in allowed):
        return []
    return cleared_alone(act, left, _ALLOWED)


# --- nodes of a syntax tree ------------------------------------------------------------------------------------------


def names_of(value: Value) -> list[str]:
    return [ref.name for ref in value.refs if isinstance(ref, Extern)]


def node_kinds(act: Activation, classes: Value, polarity: bool) -> tuple[str, ...]:
    """What a node cannot do that is (or is not) of these classes of syntax; () where they are no such classes."""
    names: set[str] = set(names_of(classes))
    for _, obj in act.objects(classes):
        for item in (*obj.items.values(), obj.rest, obj.keys):
            names.update(names_of(item))
            if isinstance(item.const, str):
                names.add(item.const)
        names.update(str(key) for key in obj.items if isinstance(key, str))
    # (`isinstance(text, str)` says nothing of syntax.)
    homes = {walk.rpartition(".")[0] for walk in act.program.library.walks}
    short = {name.rpartition(".")[2] for name in names if name.rpartition(".")[0] in homes or name in _SYNTAX}
    nodes = act.program.library.nodes
    if not short:
        return ()
    return tuple(kind for kind, bad in nodes.items() if (not short & bad if polarity else short & bad))


def node_facts(act: Activation, node: Instr, classes: Value, polarity: bool) -> list[tuple[Instr, Value]]:
    """`isinstance(node, classes)` is true (or false) of a node of a syntax tree that untrusted text was parsed to."""
    kinds = node_kinds(act, classes, polarity) if v.marks_of(act.value(node)) else ()
    return cleared_alone(act, node, kinds) if kinds else []


def cleared_alone(act: Activation, instr: Instr, kinds: tuple[str, ...]) -> list[tuple[Instr, Value]]:
    """`instr` is harmless for these kinds of sink; of what it was made of nothing is said."""
    value = act.value(instr)
    return [(instr, v.map_marks(value, lambda mark: _clear(mark, kinds)))] if v.marks_of(value) else []


def _classified(instr: Instr) -> Instr | None:
    """What `type(node)`, `type(node).__name__` or `node.__class__.__name__` speaks of."""
    if instr.op == ir.ATTR and instr.data == "__name__":
        instr = instr.args[0]
    if instr.op == ir.ATTR and instr.data == "__class__":
        return instr.args[0]
    if instr.op == ir.CALL and len(instr.args) == 2 and instr.args[0].op == ir.NAME and instr.args[0].data == "type":
        return instr.args[1]
    return None


def _part_of_node(act: Activation, instr: Instr) -> tuple[Instr, Value] | None:
    """`node.func.id in ALLOWED`: a node whose name is one of those that the program chose may do what it says."""
    root = instr
    for _ in range(3):
        if root.op == ir.ATTR and root.data in act.program.library.node_names:
            root = root.args[0]
    value = act.value(root)
    if root is instr or not v.marks_of(value):
        return None
    kinds = tuple(act.program.library.nodes)
    return root, v.map_marks(value, lambda mark: _clear(mark, kinds))


def narrowed(act: Activation, instr: Instr, value: Value) -> list[tuple[Instr, Value]]:
    """`instr` has this value; so, up to case and surrounding space, has the text it was made of."""
    found = [(instr, value)]
    callee = instr.args[0] if instr.op == ir.CALL and instr.args else None
    if callee is not None and callee.op == ir.ATTR and callee.data in ("lower", "upper", "strip", "casefold", "title"):
        letters = v.letters_of(v.parts_of(value))
        if callee.data != "strip":
            letters = alphabet.lower(letters) | alphabet.upper(letters)
        else:
            letters |= alphabet.SPACE
        found.extend(narrowed(act, callee.args[0], Value(NO, (Piece(letters, CLEAN),), ())))
    return found


def without(act: Activation, instr: Instr, letters: int) -> list[tuple[Instr, Value]]:
    return limited(act, instr, alphabet.ANY & ~letters)


def limited(act: Activation, instr: Instr, letters: int) -> list[tuple[Instr, Value]]:
    """`instr` is a text of these characters only."""
    value = act.value(instr)
    if value.const is not NO or letters == alphabet.ANY:
        return []
    parts = value.parts or (v.UNKNOWN_PIECE,)
    known = tuple(
        Piece(part.alphabet & letters, part.marks, part.doubled) if isinstance(part, Piece) else part for part in parts
    )
    found = [(instr, Value(NO, known, value.refs))]
    callee = instr.args[0] if instr.op == ir.CALL and instr.args else None
    if callee is not None and callee.op == ir.ATTR:
        inner = letters
        if callee.data in ("lower", "upper", "casefold"):
            found.extend(limited(act, callee.args[0], alphabet.lower(inner) | alphabet.upper(inner)))
        elif callee.data == "strip" and len(instr.args) == 1:
            found.extend(limited(act, callee.args[0], inner | alphabet.SPACE))
        elif callee.data == "replace" and len(instr.args) == 3:
            # `x.replace("_", "").isalnum()`
            old = act.value(instr.args[1]).const
            if isinstance(old, str):
                found.extend(limited(act, callee.args[0], inner | alphabet.of(old)))
    return found

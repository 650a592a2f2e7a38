"""What the evaluation of an entry point shows afterwards: what its conditions weighed, which objects last.

Rules that ask whether anybody was checked before something was done (CWE-862, 352, 770) are about the whole of a
function, not about one value at one place. They look here.
"""

from __future__ import annotations

from collections.abc import Iterator

from codereal.analysis import ir
from codereal.analysis.heap import Heap, Object
from codereal.analysis.interpret import Activation
from codereal.analysis.ir import Code, Instr
from codereal.analysis.program import Event, Hit
from codereal.analysis.values import NO, UNKNOWN, Extern, Origin, Value

Place = tuple[Activation, Instr]
_MAX_ACTIVATIONS = 64
_MAX_OPERANDS = 160
_MAX_HOLDERS = 48
_READS = frozenset({"get", "setdefault", "pop", "values", "items", "copy"})
_READS_ALL = frozenset({"eval", "exec", "locals", "vars"})
_SHOWN = frozenset({"print"})


def activations(entry: Activation) -> list[Activation]:
    """The evaluation of an entry point and all evaluations of functions that it led to."""
    found = [entry]
    for act in found:
        if len(found) >= _MAX_ACTIVATIONS:
            break
        for each in act.inner.values():
            found.extend(each)
    return found


def conditions(entry: Activation) -> Iterator[Place]:
    """All conditions that were reached."""
    for act in activations(entry):
        for block in act.code.blocks:
            if block.condition is not None and block.index in act.rounds:
                yield act, block.condition


def operands(act: Activation, instr: Instr) -> Iterator[Place]:
    """`instr` and all that it was computed from, in this activation and in those that called it."""
    pending: list[Place] = [(act, instr)]
    seen: set[tuple[int, int]] = set()
    while pending and len(seen) < _MAX_OPERANDS:
        current, one = pending.pop()
        key = (current.number, one.index)
        if key in seen:
            continue
        seen.add(key)
        yield current, one
        pending.extend((current, arg) for arg in one.args)
        if one.op == ir.PARAM and (given := current.given(one)) is not None:
            pending.append(given)
        elif one.op == ir.LOAD:
            pending.extend((holder, stored.args[0]) for holder, stored in _stores(current, one))


def _stores(act: Activation, load: Instr) -> list[Place]:
    """Where a shared variable was written, in this activation and those around it (not in the module)."""
    assert isinstance(load.data, tuple)
    if not load.data[0]:
        return []
    found: list[Place] = []
    for holder in (act, act.entry):
        for block in holder.code.blocks:
            found.extend((holder, one) for one in block.instrs if one.op == ir.STORE and one.data == load.data)
    return found


def origins(act: Activation, instr: Instr) -> set[Origin]:
    """The untrusted origins that a value was computed from, also when nothing of them is in it (`len(x) > 3`)."""
    return {mark.origin for one, part in operands(act, instr) for mark in one.marks(one.vals[part.index])}


def weighed(entry: Activation) -> set[Origin]:
    """All untrusted origins that some condition depends on."""
    found: set[Origin] = set()
    for act, condition in conditions(entry):
        found |= origins(act, condition)
    return found


def examined(entry: Activation) -> set[Origin]:
    """All untrusted origins of which some condition asks more than whether there is anything at all."""
    found: set[Origin] = set()
    for act, condition in conditions(entry):
        if not asks_presence(act, condition):
            found |= origins(act, condition)
    return found


_TAKES = frozenset({"get", "getlist", "get_json", "strip", "lower", "upper", "casefold", "pop"})


def asks_presence(act: Activation, condition: Instr) -> bool:
    """`if not name`, `if name is None`, `if name == ""`, of what was read and not of what was found out about it."""
    if condition.op == ir.UNARY and condition.data == "not":
        return asks_presence(act, condition.args[0])
    if condition.op == ir.COMPARE:
        given = [arg for arg in condition.args if act.vals[arg.index].const not in ("", None)]
        if len(given) == len(condition.args):
            return False
    else:
        given = [condition]
    for arg in given:
        for _, part in operands(act, arg):
            if part.op in (ir.COMPARE, ir.BINARY, ir.COLLECT):
                return False
            if part.op == ir.CALL and not (part.args[0].op == ir.ATTR and part.args[0].data in _TAKES):
                return False
    return True


def parameters(entry: Activation) -> dict[Instr, set[Origin]]:
    """The untrusted parameters of an entry point, each with its origins."""
    found = {}
    for param in entry.code.params:
        own = {mark.origin for mark in entry.marks(entry.vals[param.index]) if mark.origin.pos == param.pos}
        if own:
            found[param] = own
    return found


def is_ignored(entry: Activation, param: Instr) -> bool:
    """Whether nothing depends on a parameter, except what is printed."""
    for block in entry.code.blocks:
        if block.condition is param:
            return False
        for instr in block.instrs:
            if param in instr.args and not _only_shown(entry, instr):
                return False
            if instr.op == ir.NAME and instr.data in _READS_ALL:
                # A text that is run may name any variable.
                return False
    return True


def _only_shown(act: Activation, instr: Instr) -> bool:
    """Whether a value goes into a call of print alone, as it is or formatted."""
    if instr.op == ir.CALL:
        return any(isinstance(ref, Extern) and ref.name in _SHOWN for ref in act.vals[instr.args[0].index].refs)
    if instr.op != ir.JOIN:
        return False
    users = [other for block in act.code.blocks for other in block.instrs if instr in other.args]
    return bool(users) and all(_only_shown(act, user) for user in users)


def lasting(act: Activation, instr: Instr) -> bool:
    """Whether an object outlives the call: it is held by the module, or by the object that a method is called on."""
    for current, one in _holders(act, instr):
        if any(isinstance(ref, Heap) and ref.place[0] in (0, -1) for ref in current.vals[one.index].refs):
            return True
        if one.op == ir.LOAD and isinstance(one.data, tuple) and one.data[0] == 0:
            return True
    return False


def keys(act: Activation, instr: Instr) -> list[Place]:
    """The keys by which an object was taken out of another: `STORE[a][b]` gives those of b and a."""
    found: list[Place] = []
    for current, one in _holders(act, instr):
        if one.op == ir.ITEM and one.args[1].op != ir.SLICE:
            found.append((current, one.args[1]))
        elif one.op == ir.CALL and one.args[0].data in _READS:
            found.extend((current, arg) for arg in one.args[1:2])
    return found


def _holders(act: Activation, instr: Instr) -> Iterator[Place]:
    """`instr`, what it was taken out of, what that was taken out of, and so on."""
    pending: list[Place] = [(act, instr)]
    seen: set[tuple[int, int]] = set()
    while pending and len(seen) < _MAX_HOLDERS:
        current, one = pending.pop()
        if (current.number, one.index) in seen:
            continue
        seen.add((current.number, one.index))
        yield current, one
        if one.op == ir.PHI:
            pending.extend((current, arg) for arg in one.args)
        elif one.op in (ir.ITEM, ir.ATTR, ir.ELEMENT, ir.PICK):
            pending.append((current, one.args[0]))
        elif one.op == ir.CALL and one.args[0].op == ir.ATTR and one.args[0].data in _READS:
            pending.append((current, one.args[0].args[0]))
        elif one.op == ir.PARAM and (given := current.given(one)) is not None:
            pending.append(given)


def target(event: Event) -> Instr | None:
    """The instruction that gave the object which an event changes or reads."""
    instr = event.instr
    if instr.op != ir.CALL:
        return instr.args[0]
    callee = instr.args[0]
    return callee.args[0] if callee.op == ir.ATTR else None


def chosen_by(event: Event) -> tuple[Place, ...]:
    """The keys that choose the record of a lasting store which an event changes or takes away; none for others.

    Asked by several rules when the entry point has been evaluated, so it is found out once.
    """
    if event.chosen is None:
        act, held = event.activation, target(event)
        if held is None or not lasting(act, held):
            event.chosen = ()
        else:
            places = keys(act, held)
            if event.kind in ("delitem", "pop", "remove", "discard"):
                places.extend((act, arg) for arg in event.instr.args[1:2])
            event.chosen = tuple(places)
    return event.chosen


def only_behind(code: Code, block: int, succ: int) -> set[int]:
    """The blocks that are reached by way of the edge from `block` to `succ` alone."""
    return {one.index for one in code.blocks} - reached_without(code, {(block, succ)})


def reached_without(code: Code, edges: set[tuple[int, int]]) -> set[int]:
    """The blocks that are reached without any of these edges."""
    seen = {0}
    pending = [0]
    while pending:
        at = pending.pop()
        here = code.blocks[at]
        for after in (*here.succs, *here.handlers):
            if after not in seen and (at, after) not in edges:
                seen.add(after)
                pending.append(after)
    return seen


def tables(entry: Activation) -> list[Object]:
    """The dictionaries of the module that map keys to constant texts: expected values of something."""
    module = entry.program.module
    if module is None:
        return []
    return [
        obj
        for place, obj in entry.state.objects.items()
        if place[0] == 0 and obj.kind == "dict" and obj.items
        if all(isinstance(item.const, str) for item in obj.items.values())
    ]


def parts(act: Activation, instr: Instr) -> set[tuple[Origin, tuple[object, ...]]]:
    """Which parts of untrusted documents a value was computed from: origin, and the constant keys that lead there.

    `request["headers"].get("X")` gives (request, ("headers", "X")); a document taken as a whole gives an empty path.
    """
    found: set[tuple[Origin, tuple[object, ...]]] = set()
    pending: list[tuple[Activation, Instr, tuple[object, ...]]] = [(act, instr, ())]
    seen: set[tuple[int, int, tuple[object, ...]]] = set()
    while pending and len(seen) < _MAX_OPERANDS:
        current, one, path = pending.pop()
        if (current.number, one.index, path) in seen:
            continue
        seen.add((current.number, one.index, path))
        if one.op == ir.PARAM:
            given = current.given(one)
            if given is not None:
                pending.append((*given, path))
            else:
                found.update((mark.origin, path) for mark in current.marks(current.vals[one.index]))
            continue
        taken = _taken(current, one)
        if taken is not None:
            pending.append((current, taken[0], (taken[1], *path)))
            pending.extend((current, arg, ()) for arg in one.args[1:])
            continue
        if one.op == ir.LOAD:
            pending.extend((holder, stored.args[0], path) for holder, stored in _stores(current, one))
        is_same = one.op in (ir.PHI, ir.PICK, ir.ELEMENT, ir.AWAIT)
        pending.extend((current, arg, path if is_same else ()) for arg in one.args)
    return found


def _taken(act: Activation, instr: Instr) -> tuple[Instr, object] | None:
    """What an item was taken out of, and its constant key; None for anything else."""
    if instr.op == ir.ITEM and instr.args[1].op != ir.SLICE:
        key = act.vals[instr.args[1].index].const
        return (instr.args[0], key) if isinstance(key, str) else None
    if instr.op == ir.ATTR:
        return instr.args[0], instr.data
    if instr.op == ir.CALL and len(instr.args) > 1 and instr.args[0].op == ir.ATTR and instr.args[0].data in _READS:
        key = act.vals[instr.args[1].index].const
        return (instr.args[0].args[0], key) if isinstance(key, str) else None
    return None


def made_by(act: Activation, instr: Instr) -> Instr | None:
    """The instruction that made the object which a variable of the module holds, when it is bound once."""
    module = act.program.module
    if instr.op != ir.LOAD or not isinstance(instr.data, tuple) or instr.data[0] or module is None:
        return None
    stores = [
        one for block in module.code.blocks for one in block.instrs if one.op == ir.STORE and one.data == instr.data
    ]
    return stores[0].args[0] if len(stores) == 1 else None


def kept(act: Activation, instr: Instr) -> list[tuple[Code, Instr]]:
    """Where the methods of a class set the attribute that `self.name` reads: the method, and what it sets."""
    if instr.op != ir.ATTR or instr.args[0].op != ir.PARAM or not act.code.owner:
        return []
    return [
        (one.code, made.args[1])
        for one in act.program.functions.values()
        if one.code.owner == act.code.owner
        for block in one.code.blocks
        for made in block.instrs
        if made.op == ir.SETATTR and made.data == instr.data
    ]


def or_default(hit: Hit, *places: int | str) -> Value | None:
    """An argument of a call; of a parameter, or of what an object keeps of one, the value that it has by default."""
    found = hit.arguments.find(places) if hit.arguments is not None else []
    if hit.arguments is None or not found:
        return None
    value, instr = hit.arguments.values[found[0]], hit.arguments.instrs[found[0]]
    if value.const is not NO or instr is None:
        return value
    code = hit.activation.code
    stored = kept(hit.activation, instr)
    if len(stored) == 1 and stored[0][0].name == "__init__":
        code, instr = stored[0]
    if instr.op != ir.PARAM or code.params.index(instr) not in code.defaults:
        return value
    closure = next((one for one in hit.activation.program.functions.values() if one.code is code), None)
    return closure.defaults[code.defaults.index(code.params.index(instr))] if closure is not None else value


def unread_names(entry: Activation) -> bool:
    """Whether the module, or the class of a method, holds a collection of constant names that nothing here reads."""
    module = entry.program.module
    if module is None:
        return False
    if entry.code.owner and _unread_in_class(entry):
        return True
    places = {
        ref.place
        for data in _read(entry, ir.LOAD)
        if isinstance(data, tuple) and data[0] == 0
        for ref in entry.state.cells.get((0, data[1]), UNKNOWN).refs
        if isinstance(ref, Heap)
    }
    return any(place[0] == 0 and place not in places and _is_names(obj) for place, obj in entry.state.objects.items())


def _unread_in_class(entry: Activation) -> bool:
    me = entry.vals[entry.code.params[0].index] if entry.code.params else UNKNOWN
    held = [
        (name, obj)
        for _, one in entry.objects(me)
        for cls in one.bases
        for _, its in entry.objects(cls)
        for name, item in its.items.items()
        for _, obj in entry.objects(item)
        if _is_names(obj) and not str(name).startswith("__")
    ]
    if not held:
        return False
    read = _read(entry, ir.ATTR)
    return any(name not in read for name, _ in held)


def _read(entry: Activation, op: int) -> set[object]:
    """What the instructions of one kind name, in all that was evaluated."""
    return {
        one.data
        for act in activations(entry)
        for block in act.code.blocks
        if block.index in act.rounds
        for one in block.instrs
        if one.op == op
    }


def _is_names(obj: Object) -> bool:
    items = list(obj.items.values())
    return (
        obj.kind in ("list", "tuple", "set")
        and len(items) > 1
        and all(isinstance(item.const, str) and item.const.isidentifier() for item in items)
    )

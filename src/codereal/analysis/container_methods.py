"""Sums of sequences, and the methods of lists, sets, tuples and dicts of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import alphabet, containers, ir, strings
from codereal.analysis import values as v
from codereal.analysis.heap import MAX_ITEMS, Heap, Object
from codereal.analysis.ir import Instr
from codereal.analysis.values import BOTTOM, NO, Piece, Value

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation


CHANGES = frozenset({
    "append", "add", "insert", "extend", "update", "setdefault", "pop", "popitem", "remove", "discard", "clear",
    "appendleft", "extendleft", "popleft", "put", "put_nowait", "sort", "reverse", "__setitem__", "__delitem__",
})  # fmt: skip

_LEFT = {"popleft": "pop", "appendleft": "insert"}


def add(act: Activation, left: Value, right: Value, in_place: bool, instr: Instr) -> Value | None:
    """`left + right` of sequences; None when it is no such sum."""
    found = act.objects(left)
    others = act.objects(right)
    if not found or not others:
        return None
    one, two = found[0][1], others[0][1]
    if one.kind not in containers.SEQUENCES:
        return None
    if one.exact and two.exact and len(found) == len(others) == 1 and two.kind in containers.SEQUENCES:
        n = len(one.items)
        items = dict(one.items)
        items.update((n + at, two.items[at]) for at in range(len(two.items)))
        whole = Object(one.kind, items, BOTTOM, True)
    else:
        start = one.start() if len(found) == 1 else {}
        rest = one.after(start)
        for _, other in (*found[1:], *others):
            rest = v.join(rest, other.each_key() if other.kind == "dict" else other.every())
        whole = Object(one.kind, start, rest, False)
    if len(whole.items) > MAX_ITEMS:
        whole = Object(one.kind, {}, whole.every(), False)
    if in_place and one.kind == "list":
        for ref, _ in found:
            act.state.objects[ref.place] = whole
        return left
    act.state.objects[act.place(instr)] = whole
    return Value(NO, (), (Heap(act.place(instr)),))


def method(act: Activation, name: str, receiver: Value, args: list[Value], instr: Instr) -> Value | None:
    """A method of a list, set, tuple or dict of the program; None when `name` is no such method."""
    found = act.objects(receiver)
    result: Value | None = None
    for ref, obj in found:
        one = _method(act, name, ref, obj, args, instr, len(found) == 1)
        if one is not None:
            result = one if result is None else v.join(result, one)
    return result


def _unless_key(act: Activation, obj: Object, default: Value, instr: Instr) -> Value:
    """`table.get(character, character)`: what comes back as it was is no key of the table."""
    if len(instr.args) != 3 or instr.args[1] is not instr.args[2] or instr.args[1].op != ir.ELEMENT or not obj.exact:
        return default
    # An element of a text is one character.
    if act.value(instr.args[1].args[0]).refs or not all(isinstance(key, str) and len(key) == 1 for key in obj.items):
        return default
    gone = alphabet.of("".join(str(key) for key in obj.items))
    return v.text(
        tuple(Piece(one.alphabet & ~gone, one.marks) if isinstance(one, Piece) else one for one in default.parts)
    )


def _method(
    act: Activation, name: str, ref: Heap, obj: Object, args: list[Value], instr: Instr, strong: bool
) -> Value | None:
    objects = act.state.objects
    if obj.kind == "dict":
        return _dict_method(act, name, ref, obj, args, instr, strong)
    if obj.kind == "keyed":
        return _keyed_method(act, name, ref, obj, args, strong)
    if obj.kind == "queue":
        if name in ("put", "put_nowait") and args:
            objects[ref.place] = Object("queue", {}, v.join(obj.rest, args[0]), False)
            return v.NONE
        return (v.UNKNOWN if obj.rest is BOTTOM else obj.rest) if name in ("get", "get_nowait") else None
    if obj.kind == "buffer":
        if name == "write" and args:
            grown = strings.concat(strings.parts(act, obj.rest), strings.parts(act, args[0]))
            objects[ref.place] = Object("buffer", {}, grown if strong else v.join(obj.rest, grown), False)
            return v.NUMBER
        return obj.rest if name in ("getvalue", "read") else None
    if name in _LEFT:
        # A deque: a list that is also changed at its start.
        name, args = _LEFT[name], [v.constant(0), *args]
    if name in ("append", "add") and args:
        if obj.kind == "list" and obj.exact and strong and len(obj.items) < MAX_ITEMS:
            objects[ref.place] = Object("list", {**obj.items, len(obj.items): args[0]}, obj.rest, True)
        else:
            start = obj.start() if obj.kind == "list" else {}
            objects[ref.place] = Object(obj.kind, start, v.join(obj.after(start), args[0]), False)
        return v.NONE
    if name == "insert" and len(args) == 2:
        if obj.exact and strong and isinstance(args[0].const, int):
            held = [obj.items[at] for at in range(len(obj.items))]
            held.insert(args[0].const, args[1])
            objects[ref.place] = Object("list", dict(enumerate(held)), obj.rest, True)
        else:
            objects[ref.place] = Object(obj.kind, {}, v.join(obj.every(), args[1]), False)
        return v.NONE
    if name in ("extend", "update") and args:
        added = add(act, Value(NO, (), (ref,)), args[0], True, instr) if obj.kind == "list" else None
        if added is None:
            objects[ref.place] = Object(obj.kind, {}, v.join(obj.every(), containers.element(act, args[0])), False)
        return v.NONE
    if name == "pop":
        if obj.kind == "list" and obj.exact and obj.items:
            key = args[0] if args else v.constant(-1)
            value = containers.stands(obj, key)
            objects[ref.place] = containers.without(obj, key)
            return value
        return obj.every()
    if name == "clear":
        objects[ref.place] = Object(obj.kind, {}, BOTTOM, True)
        return v.NONE
    if name in ("remove", "sort", "reverse", "discard"):
        objects[ref.place] = Object(obj.kind, {}, obj.every(), False)
        return v.NONE
    if name in ("copy", "union", "intersection", "difference"):
        objects[act.place(instr)] = obj
        return Value(NO, (), (Heap(act.place(instr)),))
    if name in ("index", "count", "isdisjoint", "issubset"):
        return v.NUMBER
    return None


def _keyed_method(act: Activation, name: str, ref: Heap, obj: Object, args: list[Value], strong: bool) -> Value | None:
    """A method of an object that keeps values by several keys, such as a section and an option."""
    role, count = act.program.library.keyed_methods.get(name, ("", 0))
    keys = args[:count]
    known = len(keys) == count and all(containers.hashable(key) for key in keys)
    place = tuple(key.const for key in keys)
    if role == "set" and len(args) > count:
        changed = obj.put(place, args[count], strong) if known else obj.blur(args[count])
        act.state.objects[ref.place] = changed
        return v.NONE
    if role == "get" and keys:
        found = obj.get(place) if known else obj.every()
        return found if found is not BOTTOM else v.UNKNOWN
    return None


def _dict_method(
    act: Activation, name: str, ref: Heap, obj: Object, args: list[Value], instr: Instr, strong: bool
) -> Value | None:
    objects = act.state.objects
    if name in ("get", "pop", "setdefault") and args:
        key = args[0]
        default = _unless_key(act, obj, args[1], instr) if len(args) > 1 else v.NONE
        value = obj.get(key.const) if key.const is not NO else obj.every()
        if key.const is NO or (key.const not in obj.items if containers.hashable(key) else True):
            value = v.join(value, default)
        if name == "pop" and strong:
            objects[ref.place] = containers.without(obj, key)
        elif name == "setdefault" and containers.hashable(key) and key.const not in obj.items:
            objects[ref.place] = obj.put(key.const, default, strong)
        return value
    if name == "keys":
        return act.make("list", act.place(instr), {}, containers.element(act, Value(NO, (), (ref,))), False)
    if name == "values":
        return act.make("list", act.place(instr), {}, obj.every(), False)
    if name == "items":
        pairs = BOTTOM
        for at, (key_const, value) in enumerate(obj.items.items()):
            # Pairs stay together: a known key with its own value.
            pair = act.make(
                "tuple",
                (*act.place(instr)[:2], -(instr.index * 100 + at + 2)),
                {0: v.constant(key_const), 1: value},
                BOTTOM,
                True,
            )
            pairs = v.join(pairs, pair)
        if obj.rest is not BOTTOM:
            spread = obj.keys if obj.keys is not BOTTOM else v.UNKNOWN
            pairs = v.join(
                pairs,
                act.make(
                    "tuple", (*act.place(instr)[:2], -(instr.index * 100 + 1)), {0: spread, 1: obj.rest}, BOTTOM, True
                ),
            )
        return act.make("list", act.place(instr), {}, pairs, False)
    if name == "update" and args:
        changed = obj
        for _, other in act.objects(args[0]):
            for key_const, value in other.items.items():
                changed = changed.put(key_const, value, True)
            if other.rest is not BOTTOM:
                changed = changed.blur(other.rest)
                changed.keys = v.join(changed.keys, other.keys)
        if args[0].parts or not act.objects(args[0]):
            whole = containers.loose(act, args[0])
            changed = changed.blur(whole)
            changed.keys = v.join(changed.keys, whole)
        objects[ref.place] = changed
        return v.NONE
    if name == "copy":
        objects[act.place(instr)] = obj
        return Value(NO, (), (Heap(act.place(instr)),))
    if name == "clear":
        objects[ref.place] = Object("dict", {}, BOTTOM, True)
        return v.NONE
    return None

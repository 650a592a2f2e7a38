"""Lists, tuples, sets and dicts by position and key: displays, items, and the methods that change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import alphabet, ir, strings
from codereal.analysis import values as v
from codereal.analysis.heap import MAX_ITEMS, Heap, Object
from codereal.analysis.ir import Instr
from codereal.analysis.values import BOTTOM, CLEAN, NO, UNKNOWN, Value

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation

_SEQUENCES = ("list", "tuple")


def build(act: Activation, instr: Instr) -> Value:
    """A display."""
    kind = str(instr.data)
    place = act.place(instr)
    items: dict[object, Value] = {}
    rest = BOTTOM
    exact = True
    args = instr.args
    if kind == "dict":
        at = 0
        while at < len(args):
            arg = args[at]
            if arg.op == ir.UNPACK:
                for _, obj in act.objects(act.value(arg)):
                    items.update(obj.items)
                    rest = v.join(rest, obj.rest)
                if not act.objects(act.value(arg)):
                    rest = v.join(rest, _spread(act, act.value(arg)))
                    exact = False
                at += 1
                continue
            key, value = act.value(arg), act.value(args[at + 1])
            at += 2
            if _hashable(key) and len(items) < MAX_ITEMS:
                items[key.const] = value
            else:
                rest, exact = v.join(rest, value), False
        return act.make("dict", place, items, rest, exact)
    for arg in args:
        value = act.value(arg)
        if arg.op == ir.UNPACK and arg.data == "*":
            rest, exact = v.join(rest, value), False
        elif exact and len(items) < MAX_ITEMS:
            items[len(items)] = value
        else:
            rest, exact = v.join(rest, value), False
    if not exact:
        for value in items.values():
            rest = v.join(rest, value)
        items = {}
    return act.make(kind, place, items, rest, exact)


def _hashable(key: Value) -> bool:
    return isinstance(key.const, (str, int, float, bytes, type(None)))


def _spread(act: Activation, value: Value) -> Value:
    marks = act.marks(value)
    return v.marked(marks) if marks else UNKNOWN


def collect(act: Activation, instr: Instr) -> Value:
    """What a comprehension has gathered: the empty container, or the last one with one element more."""
    kind = str(instr.data)
    place = act.place(instr)
    if not instr.args:
        return act.make("list" if kind == "generator" else kind, place, {}, BOTTOM, True)
    element_value = act.value(instr.args[-1])
    before = act.value(instr.args[0])
    rest = element_value
    items: dict[object, Value] = {}
    for _, obj in act.objects(before):
        rest = v.join(rest, obj.rest)
        for key, item in obj.items.items():
            items[key] = v.join(items.get(key, BOTTOM), item)
    if kind == "dict":
        key = act.value(instr.args[1])
        marks = v.marks_of(key)
        if marks:
            # The keys of a dict are read by looping over it.
            rest = v.join(rest, v.marked(marks, v.letters_of(v.parts_of(key))))
    return act.make("list" if kind == "generator" else kind, place, items, rest, False)


def element(act: Activation, iterable: Value) -> Value:
    """One element of an iterable."""
    if isinstance(iterable.const, str):
        return Value(NO, (v.Piece(alphabet.of(iterable.const), CLEAN),), ())
    result = BOTTOM
    for _, obj in act.objects(iterable):
        if obj.kind == "dict":
            for key in obj.items:
                result = v.join(result, v.constant(key))
            if obj.rest is not BOTTOM:
                result = v.join(result, v.marked(act.marks(obj.rest)))
        else:
            result = v.join(result, obj.every())
    if iterable.parts:
        whole = iterable.parts
        marks = v.marks_of(iterable)
        result = v.join(
            result,
            v.marked(marks, v.letters_of(whole)) if marks else Value(NO, (v.Piece(v.letters_of(whole), CLEAN),), ()),
        )
    if not iterable.parts and not act.objects(iterable):
        return UNKNOWN
    return result


def item(act: Activation, obj_value: Value, index: Instr) -> Value:
    """`obj[index]`."""
    if index.op == ir.SLICE:
        return _sliced(act, obj_value, index)
    key = act.value(index)
    result = BOTTOM
    found = act.objects(obj_value)
    for _, obj in found:
        result = v.join(result, _stands(obj, key))
    if isinstance(obj_value.const, str) and isinstance(key.const, int):
        text = obj_value.const
        return v.constant(text[key.const]) if -len(text) <= key.const < len(text) else BOTTOM
    if obj_value.parts:
        marks = v.marks_of(obj_value)
        letters = v.letters_of(obj_value.parts)
        result = v.join(result, v.marked(marks, letters) if marks else Value(NO, (v.Piece(letters, CLEAN),), ()))
    if not found and not obj_value.parts:
        return UNKNOWN
    return result if result is not BOTTOM else UNKNOWN


def _stands(obj: Object, key: Value) -> Value:
    if key.const is NO:
        return obj.every()
    if obj.kind in _SEQUENCES and isinstance(key.const, int):
        if not obj.exact:
            return obj.every()
        at = key.const if key.const >= 0 else len(obj.items) + key.const
        return obj.items.get(at, UNKNOWN)
    if obj.kind == "instance":
        return UNKNOWN
    value = obj.get(key.const)
    return UNKNOWN if value is BOTTOM else value


def _sliced(act: Activation, value: Value, index: Instr) -> Value:
    ends = [act.value(end) for end in index.args]
    found = act.objects(value)
    if not found:
        return strings.cut(act, value, ends[0], ends[1], ends[2])
    obj = found[0][1]
    place = act.place(index)
    constants = [end.const for end in ends if isinstance(end.const, int | None)]
    if len(found) == 1 and obj.exact and obj.kind in _SEQUENCES and len(constants) == 3:
        kept = list(range(len(obj.items)))[slice(*constants)] if constants[2] != 0 else []
        return act.make(obj.kind, place, {at: obj.items[old] for at, old in enumerate(kept)}, BOTTOM, True)
    every = BOTTOM
    for _, one in found:
        every = v.join(every, one.every())
    return act.make("list", place, {}, every, False)


def pick(act: Activation, value: Value, instr: Instr) -> Value:
    """One place of an unpacked sequence; `data` None stands for a starred rest."""
    at = instr.data
    found = act.objects(value)
    if isinstance(at, int) and len(found) == 1 and found[0][1].exact and found[0][1].kind in _SEQUENCES:
        return _stands(found[0][1], v.constant(at))
    one = element(act, value)
    if at is None:
        return act.make("list", act.place(instr), {}, one, False)
    return one


def set_item(act: Activation, target: Instr, key: Value, value: Value) -> None:
    """`target[key] = value`."""
    found = act.objects(act.value(target))
    for ref, obj in found:
        if obj.kind in _SEQUENCES and isinstance(key.const, int) and obj.exact:
            at = key.const if key.const >= 0 else len(obj.items) + key.const
            changed = obj.put(at, value, len(found) == 1) if at in obj.items else obj
        elif obj.kind == "dict" and _hashable(key):
            changed = obj.put(key.const, value, len(found) == 1)
        else:
            marks = v.marks_of(key) if obj.kind == "dict" else CLEAN
            changed = obj.blur(v.join(value, v.marked(marks)) if marks else value)
        act.state.objects[ref.place] = changed


def delete(act: Activation, target: Value, key: Value) -> None:
    """`del target[key]`."""
    for ref, obj in act.objects(target):
        act.state.objects[ref.place] = _without(obj, key)


def _without(obj: Object, key: Value) -> Object:
    if obj.kind == "dict" and _hashable(key):
        return Object(
            obj.kind, {k: item for k, item in obj.items.items() if k != key.const}, obj.rest, obj.exact, obj.bases
        )
    if obj.kind == "list" and obj.exact and isinstance(key.const, int):
        held = [obj.items[at] for at in range(len(obj.items))]
        if -len(held) <= key.const < len(held):
            del held[key.const]
        return Object(obj.kind, dict(enumerate(held)), obj.rest, True, obj.bases)
    if obj.kind == "list":
        return Object(obj.kind, {}, obj.every(), False, obj.bases)
    return obj


def add(act: Activation, left: Value, right: Value, in_place: bool, instr: Instr) -> Value | None:
    """`left + right` of sequences; None when it is no such sum."""
    found = act.objects(left)
    others = act.objects(right)
    if not found or not others:
        return None
    one, two = found[0][1], others[0][1]
    if one.kind not in _SEQUENCES:
        return None
    if one.exact and two.exact and len(found) == len(others) == 1 and two.kind in _SEQUENCES:
        n = len(one.items)
        items = dict(one.items)
        items.update((n + at, two.items[at]) for at in range(len(two.items)))
        whole = Object(one.kind, items, BOTTOM, True)
    else:
        whole = Object(one.kind, {}, v.join(one.every(), two.every()), False)
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


def _method(
    act: Activation, name: str, ref: Heap, obj: Object, args: list[Value], instr: Instr, strong: bool
) -> Value | None:
    objects = act.state.objects
    if obj.kind == "dict":
        return _dict_method(act, name, ref, obj, args, instr, strong)
    if name in ("append", "add") and args:
        if obj.kind == "list" and obj.exact and strong and len(obj.items) < MAX_ITEMS:
            objects[ref.place] = Object("list", {**obj.items, len(obj.items): args[0]}, obj.rest, True)
        else:
            objects[ref.place] = Object(obj.kind, {}, v.join(obj.every(), args[0]), False)
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
            objects[ref.place] = Object(obj.kind, {}, v.join(obj.every(), element(act, args[0])), False)
        return v.NONE
    if name == "pop":
        if obj.kind == "list" and obj.exact and obj.items:
            key = args[0] if args else v.constant(-1)
            value = _stands(obj, key)
            objects[ref.place] = _without(obj, key)
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


def _dict_method(
    act: Activation, name: str, ref: Heap, obj: Object, args: list[Value], instr: Instr, strong: bool
) -> Value | None:
    objects = act.state.objects
    if name in ("get", "pop", "setdefault") and args:
        key = args[0]
        default = args[1] if len(args) > 1 else v.NONE
        value = obj.get(key.const) if key.const is not NO else obj.every()
        if key.const is NO or (key.const not in obj.items if _hashable(key) else True):
            value = v.join(value, default)
        if name == "pop" and strong:
            objects[ref.place] = _without(obj, key)
        elif name == "setdefault" and _hashable(key) and key.const not in obj.items:
            objects[ref.place] = obj.put(key.const, default, strong)
        return value
    if name == "keys":
        return act.make("list", act.place(instr), {}, element(act, Value(NO, (), (ref,))), False)
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
            spread = v.marked(act.marks(obj.rest))
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
        if not act.objects(args[0]):
            changed = changed.blur(_spread(act, args[0]))
        objects[ref.place] = changed
        return v.NONE
    if name == "copy":
        objects[act.place(instr)] = obj
        return Value(NO, (), (Heap(act.place(instr)),))
    if name == "clear":
        objects[ref.place] = Object("dict", {}, BOTTOM, True)
        return v.NONE
    return None

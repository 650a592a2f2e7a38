"""Lists, tuples, sets and dicts by position and key: displays, items, and the methods that change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import alphabet, ir, text_methods
from codereal.analysis import values as v
from codereal.analysis.heap import MAX_ITEMS, Object
from codereal.analysis.ir import Instr
from codereal.analysis.values import BOTTOM, CLEAN, NO, UNKNOWN, Value

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation

SEQUENCES = ("list", "tuple")


def build(act: Activation, instr: Instr) -> Value:
    """A display."""
    kind = str(instr.data)
    place = act.place(instr)
    items: dict[object, Value] = {}
    rest = BOTTOM
    exact = True
    args = instr.args
    if kind == "dict":
        keys = BOTTOM
        at = 0
        while at < len(args):
            arg = args[at]
            if arg.op == ir.UNPACK:
                for _, obj in act.objects(act.value(arg)):
                    items.update(obj.items)
                    rest = v.join(rest, obj.rest)
                    keys = v.join(keys, obj.keys)
                if act.value(arg).parts or not act.objects(act.value(arg)):
                    whole = loose(act, act.value(arg))
                    rest, keys, exact = v.join(rest, whole), v.join(keys, whole), False
                at += 1
                continue
            key, value = act.value(arg), act.value(args[at + 1])
            at += 2
            if hashable(key) and len(items) < MAX_ITEMS:
                items[key.const] = value
            else:
                rest, keys, exact = v.join(rest, value), v.join(keys, key), False
        return act.make("dict", place, items, rest, exact, None, keys)
    for arg in args:
        value = act.value(arg)
        if arg.op == ir.UNPACK and arg.data == "*":
            rest, exact = v.join(rest, value), False
        elif exact and len(items) < MAX_ITEMS:
            items[len(items)] = value
        else:
            rest, exact = v.join(rest, value), False
    if not exact and kind not in SEQUENCES:
        for value in items.values():
            rest = v.join(rest, value)
        items = {}
    return act.make(kind, place, items, rest, exact)


def hashable(key: Value) -> bool:
    return isinstance(key.const, (str, int, float, bytes, type(None)))


def loose(act: Activation, value: Value) -> Value:
    """What any key of a mapping of which nothing else is known holds, and any key itself."""
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
    keys = act.value(instr.args[1]) if kind == "dict" else BOTTOM
    for _, obj in act.objects(before):
        rest = v.join(rest, obj.rest)
        keys = v.join(keys, obj.keys)
        for key, item in obj.items.items():
            items[key] = v.join(items.get(key, BOTTOM), item)
    return act.make("list" if kind == "generator" else kind, place, items, rest, False, None, keys)


def element(act: Activation, iterable: Value) -> Value:
    """One element of an iterable."""
    if isinstance(iterable.const, str):
        return Value(NO, (v.Piece(alphabet.of(iterable.const), CLEAN),), ())
    result = BOTTOM
    for _, obj in act.objects(iterable):
        if obj.kind == "dict":
            result = v.join(result, obj.each_key())
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
        result = v.join(result, stands(obj, key))
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


def stands(obj: Object, key: Value) -> Value:
    if key.const is NO:
        return obj.every()
    if obj.kind in SEQUENCES and isinstance(key.const, int):
        if not obj.exact:
            # (Of a text that was split the first or the last piece may be known.)
            known = obj.items.get(key.const)
            return obj.every() if known is None else known
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
        return text_methods.cut(act, value, ends[0], ends[1], ends[2])
    obj = found[0][1]
    place = act.place(index)
    constants = [end.const for end in ends if isinstance(end.const, int | None)]
    if len(found) == 1 and obj.exact and obj.kind in SEQUENCES and len(constants) == 3:
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
    if isinstance(at, int) and found and not value.parts:
        places = [obj for _, obj in found if obj.exact and obj.kind in SEQUENCES]
        if len(places) == len(found):
            # (Of several, `for key, value in (("a", x), ("b", y))`, each place by itself.)
            one = BOTTOM
            for obj in places:
                one = v.join(one, stands(obj, v.constant(at)))
            return one
    one = element(act, value)
    if at is None:
        return act.make("list", act.place(instr), {}, one, False)
    return one


def set_item(act: Activation, target: Instr, key: Value, value: Value) -> None:
    """`target[key] = value`."""
    found = act.objects(act.value(target))
    for ref, obj in found:
        if obj.kind in SEQUENCES and isinstance(key.const, int) and obj.exact:
            at = key.const if key.const >= 0 else len(obj.items) + key.const
            changed = obj.put(at, value, len(found) == 1) if at in obj.items else obj
        elif obj.kind == "dict" and hashable(key):
            changed = obj.put(key.const, value, len(found) == 1)
        else:
            changed = obj.blur(value)
            if obj.kind == "dict":
                changed.keys = v.join(obj.keys, key)
        act.state.objects[ref.place] = changed


def delete(act: Activation, target: Value, key: Value) -> None:
    """`del target[key]`."""
    for ref, obj in act.objects(target):
        act.state.objects[ref.place] = without(obj, key)


def without(obj: Object, key: Value) -> Object:
    if obj.kind == "dict" and hashable(key):
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

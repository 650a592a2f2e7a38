"""The language's own functions, where their result says more than "holds what its arguments hold"."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeGuard

from codereal.analysis import alphabet, containers, resolve, strings
from codereal.analysis import values as v
from codereal.analysis.heap import Closure, Heap, Object, Place
from codereal.analysis.ir import Instr
from codereal.analysis.values import BOTTOM, CLEAN, NO, UNKNOWN, Extern, Marks, Parts, Piece, Value

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation

_ORDERED = ("list", "tuple", "iter", "collections.deque")
Function = Callable[["Activation", list[Value], list[str], Instr], Value | None]


def _text(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    if not args:
        return v.EMPTY
    # What was a structure is a text from here on.
    return v.map_marks(v.text(strings.parts(act, args[0])), lambda mark: mark.clear("structure"))


def _same(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    """A text that is laid out anew, or made ready to be run."""
    return v.text(strings.parts(act, args[0])) if args else None


def _bytearray(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    """Bytes that may be changed in place: what they were made of does not say what they are."""
    return UNKNOWN if not args or args[0].const is not NO else _text(act, args, names, instr)


def _repr(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    return v.text(strings.formatted(act, args[0], "r", "")) if args else v.EMPTY


def _format(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    spec = args[1].const if len(args) > 1 else ""
    return v.text(strings.formatted(act, args[0], "", spec if isinstance(spec, str) else "*")) if args else None


def _sequence(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    """`list(x)`, `tuple(x)`, `sorted(x)`, `reversed(x)`, `set(x)`, `iter(x)`."""
    if not args:
        return act.make("list", act.place(instr), {}, BOTTOM, True)
    found = act.objects(args[0])
    if len(found) == 1 and found[0][1].exact and found[0][1].kind in ("list", "tuple") and not args[0].parts:
        obj = found[0][1]
        callee = act.value(instr.args[0]).refs
        if any(isinstance(ref, Extern) and ref.name in _ORDERED for ref in callee):
            act.state.objects[act.place(instr)] = Object("list", obj.items, obj.rest, True)
            return Value(NO, (), (Heap(act.place(instr)),))
    return act.make("list", act.place(instr), {}, containers.element(act, args[0]), False)


def _decoded(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    """`unquote(text)`: what was checked before it was decoded is unchecked after it, `%2e%2e` for one."""
    marks = act.marks(args[0]) if args else CLEAN
    checked = {origin for origin, _ in act.state.cleared}
    if not any(mark.cleared or mark.origin in checked for mark in marks):
        return None
    origin = min((mark.origin for mark in marks), key=lambda one: one.pos)
    return v.marked(act.program.source(origin.kind, origin.words, instr.pos, act.place(instr)))


def _queue(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    return act.make("queue", act.place(instr), {}, BOTTOM, False)


def _defaults(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    """`defaultdict(list)`: what stands under a key that nobody has set is one more list."""
    made = [ref.name for ref in args[0].refs if isinstance(ref, Extern)] if args else []
    rest = BOTTOM  # (Nothing is known of other factories.)
    if made and made[0] in ("list", "dict", "set"):
        number, code, index = act.place(instr)
        rest = act.make(made[0], (number, code, -(index * 100 + 99)), {}, BOTTOM, False)
    return act.make("dict", act.place(instr), {}, rest, False)


def _buffer(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    """`io.StringIO(text)`: a text that grows, and no path."""
    held = v.map_marks(args[0], lambda mark: mark.clear("path-name")) if args else v.EMPTY
    return act.make("buffer", act.place(instr), {}, held, False)


def _partial(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    """`partial(function, a, key=b)`: an object that remembers what its function is to be given."""
    if not args or not args[0].refs or any(name in ("*", "**") for name in names):
        return None
    items: dict[object, Value] = {name or at: value for at, (value, name) in enumerate(zip(args, names, strict=True))}
    return act.make("partial", act.place(instr), items, BOTTOM, True)


def _dict(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    items: dict[object, Value] = {}
    rest = BOTTOM
    keys = BOTTOM
    exact = True
    for value, name in zip(args, names, strict=True):
        if name and name not in ("*", "**"):
            items[name] = value
            continue
        found = [obj for _, obj in act.objects(value) if obj.kind == "dict"]
        for obj in found:
            items.update(obj.items)
            rest = v.join(rest, obj.rest)
            keys = v.join(keys, obj.keys)
        if not found:
            marks = act.marks(value)
            whole = v.marked(marks) if marks else UNKNOWN
            rest, keys, exact = v.join(rest, whole), v.join(keys, whole), False
    return act.make("dict", act.place(instr), items, rest, exact, None, keys)


def _enumerate(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    place = act.place(instr)
    one = containers.element(act, args[0]) if args else UNKNOWN
    pair = act.make("tuple", (*place[:2], -place[2] * 100 - 50), {0: v.NUMBER, 1: one}, BOTTOM, True)
    return act.make("list", place, {}, pair, False)


def _zip(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    place = act.place(instr)
    items: dict[object, Value] = {at: containers.element(act, arg) for at, arg in enumerate(args)}
    pair = act.make("tuple", (*place[:2], -place[2] * 100 - 50), items, BOTTOM, True)
    return act.make("list", place, {}, pair, False)


def _map(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    from codereal.analysis import arguments, calls

    if len(args) < 2:
        return None
    elements = [containers.element(act, arg) for arg in args[1:]]
    result = BOTTOM
    for ref in args[0].refs:
        # What the text's own functions show of an element they do not show of the whole.
        sources: list[Instr | None] = [None] * len(elements)
        if isinstance(ref, Extern):
            sources = [*instr.args[2:]]
        given = arguments.Arguments(elements, [""] * len(elements), sources)
        one = calls.apply(act, ref, given, instr)
        if one is not None:
            result = v.join(result, one)
    if result is BOTTOM:
        return None
    return act.make("list", act.place(instr), {}, result, False)


def _filter(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    return act.make("list", act.place(instr), {}, containers.element(act, args[1]), False) if len(args) > 1 else None


def _getattr(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    if len(args) < 2:
        return None
    name = args[1].const
    if not isinstance(name, str):
        return None
    found = resolve.attribute(act, args[0], name, instr)
    return v.join(found, args[2]) if len(args) > 2 else found


def _setattr(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    if len(args) == 3 and isinstance(args[1].const, str):
        for ref, obj in act.objects(args[0]):
            act.state.objects[ref.place] = obj.put(args[1].const, args[2], False)
    return v.NONE


def _import(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    name = args[0].const if args else None
    return resolve.thing(act, name, instr) if isinstance(name, str) else None


def _character(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    return (
        v.constant(chr(args[0].const))
        if args and isinstance(args[0].const, int) and 0 <= args[0].const < 0x110000
        else None
    )


def _length(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    # (Of a container only what it held when it was looked at is known: other calls may have changed it.)
    if args and isinstance(args[0].const, (str, bytes)):
        return v.constant(len(args[0].const))
    return v.NUMBER


def _super(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    """`super()`: the attributes of the classes above the one that holds this method, on the same object."""
    if not act.code.params:
        return UNKNOWN
    me = act.value(act.code.params[0])
    bases: tuple[Value, ...] = ()
    pending = [cls for _, obj in act.objects(me) for cls in obj.bases]
    for _ in range(32):
        if not pending:
            break
        for _, obj in act.objects(pending.pop(0)):
            held = obj.items.get(act.code.name)
            if held is not None and any(isinstance(ref, Closure) and ref.code is act.code for ref in held.refs):
                bases, pending = obj.bases, []
                break
            pending.extend(obj.bases)
    act.state.objects[act.place(instr)] = Object("super", {"self": me}, BOTTOM, True, bases)
    return Value(NO, (), (Heap(act.place(instr)),))


def _choose(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    """`min(…)`, `max(…)`: one of the arguments, or of the elements of the only one; numbers stay numbers."""
    values = [arg for arg, name in zip(args, names, strict=True) if not name]
    result = BOTTOM
    for value in values if len(values) > 1 else [containers.element(act, values[0])] if values else []:
        result = v.join(result, value)
    return result if result is not BOTTOM else None


def split(act: Activation, name: str, receiver: Value, args: list[Value], instr: Instr) -> Value | None:
    """`text.split(…)` and its kin: a list of pieces of the text."""
    if name not in ("split", "rsplit", "splitlines", "partition", "rpartition"):
        return None
    const = receiver.const
    place = act.place(instr)
    constants = [arg.const for arg in args]
    if isinstance(const, str) and all(isinstance(one, (str, int)) for one in constants) and len(const) < 4000:
        try:
            pieces = list(getattr(const, name)(*constants))
        except (TypeError, ValueError):
            return BOTTOM
        if len(pieces) <= 64:
            return act.make("list", place, {at: v.constant(piece) for at, piece in enumerate(pieces)}, BOTTOM, True)
    whole = strings.parts(act, receiver)
    parted = _parted(whole, name, constants)
    if parted is not None:
        return act.make("list", place, dict(enumerate(parted)), BOTTOM, True)
    letters = v.letters_of(whole)
    separator = constants[0] if constants else None
    if name != "splitlines" and len(args) > 1 - name.endswith("partition") and _is_letter(separator):
        return _cut(act, name, letters, v.marks_of(receiver) or CLEAN, separator, place)
    if name == "splitlines":
        letters &= ~alphabet.of("\n\r\v\f")
    elif name == "split" and not args:
        letters &= ~alphabet.SPACE
    elif name in ("split", "rsplit") and len(args) == 1 and isinstance(constants[0], str) and len(constants[0]) == 1:
        letters &= ~alphabet.of(constants[0])
    return act.make("list", place, {}, Value(NO, (Piece(letters, v.marks_of(receiver) or CLEAN),), ()), False)


def _is_letter(separator: object) -> TypeGuard[str]:
    return isinstance(separator, str) and len(separator) == 1


def _cut(act: Activation, name: str, letters: int, marks: Marks, separator: str, place: Place) -> Value:
    """The pieces of a text that is cut once or a few times: the separator is not in the first, or not in the last."""
    whole = Value(NO, (Piece(letters, marks),), ())
    inner = Value(NO, (Piece(letters & ~alphabet.of(separator), marks),), ())
    ends = (whole, inner) if name.startswith("r") else (inner, whole)
    if name.endswith("partition"):
        return act.make("list", place, {0: ends[0], 1: v.constant(separator), 2: ends[1]}, BOTTOM, True)
    return act.make("list", place, {-1: inner} if name == "rsplit" else {0: inner}, whole, False)


def _parted(whole: Parts, name: str, constants: list[object]) -> list[Value] | None:
    """The pieces of a text that is parted once, where its known beginning holds the separator; None if not known."""
    head = whole[0]
    separator = constants[0] if constants else None
    is_once = name == "partition" or (name == "split" and constants[1:] == [1])
    if not is_once or not isinstance(head, str) or not isinstance(separator, str):
        return None
    if not separator or separator not in head:
        return None
    before, _, after = head.partition(separator)
    pieces = [v.constant(before), v.text((after, *whole[1:]))]
    return pieces if name == "split" else [pieces[0], v.constant(separator), pieces[1]]


def _next(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    if not args:
        return None
    one = containers.element(act, args[0])
    return v.join(one, args[1]) if len(args) > 1 else one


def _substitute(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    """`string.Template(…).substitute(mapping, **keywords)`."""
    callee = instr.args[0]
    if not callee.args:
        return None
    keywords: dict[str, Value] = {}
    spread = CLEAN
    for value, name in zip(args, names, strict=True):
        if name and name not in ("*", "**"):
            keywords[name] = value
            continue
        spread |= act.marks(value)
        for _, obj in act.objects(value):
            keywords.update((str(key), item) for key, item in obj.items.items())
    return strings.substitute_method(act.value(callee.args[0]), keywords, spread)


def _field(act: Activation, args: list[Value], names: list[str], instr: Instr) -> Value | None:
    """`field(default_factory=list)` of a dataclass."""
    for value, name in zip(args, names, strict=True):
        if name == "default":
            return value
        made = [ref.name for ref in value.refs if isinstance(ref, Extern)] if name == "default_factory" else []
        if made and made[0] in ("list", "dict", "set", "collections.deque"):
            return act.make(made[0].replace("collections.deque", "list"), act.place(instr), {}, BOTTOM, True)
    return None


FUNCTIONS: dict[str, Function] = {
    "str": _text, "bytes": _text, "bytearray": _bytearray, "repr": _repr, "ascii": _repr, "format": _format,
    "textwrap.dedent": _same, "textwrap.indent": _same, "inspect.cleandoc": _same, "compile": _same,
    "list": _sequence, "tuple": _sequence, "sorted": _sequence, "reversed": _sequence, "set": _sequence,
    "frozenset": _sequence, "iter": _sequence, "collections.deque": _sequence,
    "urllib.parse.unquote": _decoded, "urllib.parse.unquote_plus": _decoded, "html.unescape": _decoded,
    "functools.partial": _partial, "queue.Queue": _queue, "queue.SimpleQueue": _queue, "queue.LifoQueue": _queue,
    "collections.defaultdict": _defaults, "io.StringIO": _buffer,
    "asyncio.Queue": _queue, "multiprocessing.Queue": _queue,
    "dict": _dict, "enumerate": _enumerate, "zip": _zip, "map": _map,
    "filter": _filter, "getattr": _getattr, "setattr": _setattr, "__import__": _import,
    "importlib.import_module": _import, "chr": _character, "len": _length, "super": _super,
    "string.Template.substitute": _substitute, "string.Template.safe_substitute": _substitute,
    "dataclasses.field": _field, "min": _choose, "max": _choose, "next": _next,
}  # fmt: skip

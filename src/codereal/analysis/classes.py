"""Classes and objects of the text: their definition, their construction, calls of objects, `with`."""

from __future__ import annotations

from codereal.analysis import calls, heap, resolve
from codereal.analysis import tree as t
from codereal.analysis import values as v
from codereal.analysis.arguments import Arguments
from codereal.analysis.heap import Closure, Heap, Object
from codereal.analysis.interpret import Activation
from codereal.analysis.ir import Code, Instr
from codereal.analysis.values import BOTTOM, NO, UNKNOWN, Extern, Value


def define(act: Activation, instr: Instr) -> Value:
    """A class statement: its body is evaluated, its namespace becomes an object."""
    code = instr.data
    assert isinstance(code, Code)
    bases = tuple(act.value(arg) for arg in instr.args)
    number = act.program.number(act.number, instr, code)
    inner = Activation(act.program, code, act.frames, act, instr, number)
    result, after = inner.run([], act.state)
    act.inner[instr.index] = [inner]
    items: dict[object, Value] = {}
    if after is not None:
        act.state.objects = after.objects
        act.state.cells = after.cells
        for _, obj in act.objects(result):
            items = obj.items
    place = act.place(instr)
    act.state.objects[place] = Object("class", items, BOTTOM, True, bases)
    node = code.node
    assert isinstance(node, t.Class)
    act.program.nodes[place] = node
    act.program.fields[place] = [
        target.name
        for statement in node.body
        if isinstance(statement, t.Assign) and statement.annotation
        for target in statement.targets
        if isinstance(target, t.Name)
    ]
    value = Value(NO, (), (Heap(place),))
    act.program.classes.setdefault(code.serial, value)
    if bases:
        _register(act, value, items)
    elif "__call__" in items and "__init__" in items:
        _register_wrapper(act, items)
    return value


def _register_wrapper(act: Activation, items: dict[object, Value]) -> None:
    """A class that is made with what comes next and called with a request: a layer around the views of a framework."""
    handlers = act.program.library.handlers
    roots = {
        module.partition(".")[0] for node in act.program.body if isinstance(node, t.Import) for module, *_ in node.names
    }
    for names, gives in (one for root in sorted(roots) for one in handlers.get(f"{root}()", ())):
        for name in names:
            found = [one.code for one in items.get(name, UNKNOWN).refs if isinstance(one, Closure)]
            act.program.routes.update((code.serial, gives) for code in found if len(code.params) == 2)


def _register(act: Activation, cls: Value, items: dict[object, Value]) -> None:
    """The methods that a framework calls because of the class that this one is made from."""
    library = act.program.library
    for base in resolve.externs(act, cls):
        for names, gives in library.handlers.get(base, ()):
            for name, item in items.items():
                if name in names or (isinstance(name, str) and f"{name.partition('_')[0]}_*" in names):
                    codes = [one.code.serial for one in item.refs if isinstance(one, Closure)]
                    act.program.routes.update((serial, gives) for serial in codes)


def instantiate(act: Activation, ref: Heap, arguments: Arguments, instr: Instr) -> Value | None:
    """`Class(…)`."""
    cls = Value(NO, (), (ref,))
    enums = [name for name in resolve.externs(act, cls) if name.rpartition(".")[2] in ("Enum", "StrEnum", "IntEnum")]
    if enums:
        # Only the members' own values pass.
        return UNKNOWN
    place = act.place(instr)
    act.state.objects[place] = heap.instance("instance", cls)
    me = Value(NO, (), (Heap(place),))
    init = resolve.in_class(act, cls, "__init__")
    if init is not None:
        for one in init.refs:
            if isinstance(one, Closure):
                bound = Closure(one.code, one.frames, one.defaults, me)
                if calls.invoke(act, bound, arguments, instr) is None:
                    return None
        act.outcomes.pop(instr.index, None)
        return me
    # No constructor in the text (a dataclass, a model, a base from elsewhere): keywords become attributes.
    obj = act.state.objects[place]
    fields = act.program.fields.get(ref.place, [])
    at = 0
    for value, name in zip(arguments.values, arguments.names, strict=True):
        if name in ("*", "**"):
            obj = Object("instance", obj.items, v.join(obj.rest, v.marked(act.marks(value))), False, obj.bases)
        elif name:
            obj = obj.put(name, value, True)
        elif at < len(fields):
            obj = obj.put(fields[at], value, True)
            at += 1
        else:
            marks = act.marks(value)
            obj = Object(
                "instance", obj.items, v.join(obj.rest, v.marked(marks) if marks else UNKNOWN), False, obj.bases
            )
    act.state.objects[place] = obj
    after = resolve.in_class(act, cls, "__post_init__")
    for one in after.refs if after is not None else ():
        # (A dataclass checks its fields there.)
        if isinstance(one, Closure):
            bound = Closure(one.code, one.frames, one.defaults, me)
            if calls.invoke(act, bound, Arguments([], [], []), instr) is None:
                return None
            act.outcomes.pop(instr.index, None)
    return me


def call_object(act: Activation, ref: Heap, arguments: Arguments, instr: Instr) -> Value | None:
    obj = act.state.objects.get(ref.place)
    if obj is None:
        return UNKNOWN
    if obj.kind == "class":
        return instantiate(act, ref, arguments, instr)
    if obj.kind == "partial":
        names = ["" if isinstance(key, int) else str(key) for key in obj.items]
        held = list(obj.items.values())
        given = Arguments(
            [*held[1:], *arguments.values],
            [*names[1:], *arguments.names],
            [*([None] * (len(held) - 1)), *arguments.instrs],
        )
        result = BOTTOM
        for one in held[0].refs:
            result = v.join(result, calls.apply(act, one, given, instr) or BOTTOM)
        return None if result is BOTTOM else result
    if obj.kind == "instance":
        for cls in obj.bases:
            found = resolve.in_class(act, cls, "__call__")
            if found is not None:
                for one in found.refs:
                    if isinstance(one, Closure):
                        me = Value(NO, (), (ref,))
                        return calls.invoke(act, Closure(one.code, one.frames, one.defaults, me), arguments, instr)
    marks = arguments.marks(act)
    return v.marked(marks) if marks else UNKNOWN


def enter(act: Activation, instr: Instr) -> Value:
    """`with manager as value`: what `__enter__` gives."""
    manager = act.value(instr.args[0])
    for ref, obj in act.objects(manager):
        if obj.kind == "instance":
            for cls in obj.bases:
                found = resolve.in_class(act, cls, "__enter__")
                if found is not None:
                    for one in found.refs:
                        if isinstance(one, Closure):
                            me = Value(NO, (), (ref,))
                            bound = Closure(one.code, one.frames, one.defaults, me)
                            result = calls.invoke(act, bound, Arguments([], [], []), instr)
                            act.outcomes.pop(instr.index, None)
                            return result if result is not None else UNKNOWN
        if obj.kind == "list":
            # A generator made a context manager: what it yields.
            return obj.every()
    library = act.program.library
    for one in manager.refs:
        if isinstance(one, Extern) and one.is_instance:
            known = library.types.get(f"{one.name}.__enter__")
            if known is not None:
                return Value(NO, (), (Extern(known, True),))
    return manager

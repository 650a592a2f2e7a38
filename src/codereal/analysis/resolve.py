"""Names: what an import, a free name or an attribute stands for, as far as the text says."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from codereal.analysis import ir, paths
from codereal.analysis import values as v
from codereal.analysis.heap import Bound, Closure, Heap, Object
from codereal.analysis.ir import Code, Instr
from codereal.analysis.program import Hit
from codereal.analysis.values import BOTTOM, NO, UNKNOWN, Extern, Ref, Value

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation


def imported(act: Activation, name: str, instr: Instr) -> Value:
    """`import name`, or `from module import thing` as `module.thing`."""
    for sink in act.program.library.import_sinks.get(name, ()):
        act.program.report(Hit(act, instr, name, sink, instr, UNKNOWN, True))
    return thing(act, name, instr)


def name(act: Activation, free: str, instr: Instr) -> Value:
    """A name that no scope binds: a builtin, or what code cut from its file took from an import that is missing."""
    return thing(act, act.program.library.unbound.get(free, free), instr)


def thing(act: Activation, qualified: str, instr: Instr) -> Value:
    """A thing of another module; untrusted if a library says so."""
    library = act.program.library
    source = library.attribute_sources.get(qualified)
    if source is not None:
        marks = act.program.source(source.kind, source.words, instr.pos, act.place(instr), source.clears)
        return v.marked(marks)
    text = library.constants.get(qualified)
    if text is not None:
        return v.constant(text)
    known = library.attributes.get(qualified)
    if known is not None:
        return Value(NO, (), (Extern(known, True),))
    return Value(NO, (), (Extern(qualified, False),))


def attribute(act: Activation, obj: Value, attr: str, instr: Instr) -> Value:
    """`obj.attr`."""
    result = BOTTOM
    marks = v.marks_of(obj)
    if marks and any(_is_last_part(act, ref, attr) for ref in obj.refs):
        return paths.last(act, obj)
    for ref in obj.refs:
        if isinstance(ref, Extern):
            found = _of_extern(act, ref, attr, instr)
            result = v.join(result, found)
        elif isinstance(ref, Heap):
            held = act.state.objects.get(ref.place)
            if held is not None:
                result = v.join(result, of_object(act, ref, held, attr, instr))
        elif isinstance(ref, Closure):
            result = v.join(result, UNKNOWN)
        elif isinstance(ref, Bound) and not obj.parts:
            # An attribute of an attribute of something unknown: `db.users.find`.
            result = v.join(result, Value(NO, (), (Bound(Value(NO, (), (ref,)), attr),)))
    if attr in act.program.library.clean_attributes:
        return v.join(result, UNKNOWN)
    if obj.refs and not obj.parts and obj.const is NO:
        # Nothing but things of which something is known.
        return result
    if marks and attr in act.program.library.own_attributes and _is_request(instr.args[0], marks):
        return v.join(result, UNKNOWN)
    if marks and attr in act.program.library.request_attributes and len(marks) == 1:
        return v.marked(act.program.source("request", f"the request's {attr}", instr.pos, act.place(instr)))
    if marks and act.program.shapes and instr.args[0].op == ir.PARAM and len(marks) == 1:
        shape = next((one for mark in marks if (one := act.program.shapes.get(mark.origin))), None)
        known_letters = shape.get(attr) if shape is not None else None
        if known_letters is not None:
            validated = act.program.validated
            kinds = next((fields for mark in marks if (fields := validated.get(mark.origin))), {}).get(attr, ())
            for kind in kinds:
                marks = frozenset(mark.clear(kind) for mark in marks)
            return v.marked(marks, known_letters) if known_letters else UNKNOWN
    letters = act.program.declared.get(attr) if marks and act.program.declaring else None
    if letters is not None and all(mark.origin in act.program.declaring for mark in marks):
        return v.marked(marks, letters) if letters else UNKNOWN
    if obj.const is not NO or obj.parts or not obj.refs:
        # Text, or something of which nothing is known: an attribute of an untrusted object is untrusted.
        bound: tuple[Ref, ...] = (
            () if obj.refs and (_is_modelled(act, obj, attr) or _is_own(act, obj, attr)) else (Bound(obj, attr),)
        )
        result = v.join(result, v.marked(marks, refs=bound) if marks else Value(NO, (), bound))
    return result


def _is_request(instr: Instr, marks: v.Marks) -> bool:
    """Whether a value is the request as a framework gives it to a view."""
    return instr.op in (ir.PARAM, ir.ATTR) and all(
        mark.origin.kind == "request" and mark.origin.pos == instr.pos for mark in marks
    )


def _is_own(act: Activation, obj: Value, attr: str) -> bool:
    """Whether the class of the text that an object is declared to be of has a method of this name."""
    return any(
        one.kind == "instance" and in_class(act, cls, attr) is not None
        for _, one in act.objects(obj)
        for cls in one.bases
    )


def _is_modelled(act: Activation, obj: Value, attr: str) -> bool:
    """Whether a library says what this attribute of an object of its class does."""
    library = act.program.library
    names = [one for ref in obj.refs if isinstance(ref, Extern) for one in library.find(f"{ref.name}.{attr}")]
    return any(one in library.paths or one in library.call_sources or one in library.sanitizers for one in names)


def _is_last_part(act: Activation, ref: Ref, attr: str) -> bool:
    """`path.name` and the like."""
    if not isinstance(ref, Extern) or not ref.is_instance:
        return False
    return any(act.program.library.paths.get(one) == "last" for one in act.program.library.find(f"{ref.name}.{attr}"))


def _of_extern(act: Activation, ref: Extern, attr: str, instr: Instr) -> Value:
    library = act.program.library
    name = f"{ref.name}.{attr}"
    for qualified in library.find(name):
        if qualified in library.attribute_sources or qualified in library.attributes or qualified in library.constants:
            return thing(act, qualified, instr)
    return Value(NO, (), (Extern(name, False),))


def of_object(act: Activation, ref: Heap, obj: Object, attr: str, instr: Instr) -> Value:
    """An attribute of an object of the program."""
    if obj.kind == "instance":
        own = obj.items.get(attr)
        if own is not None:
            return own
        for cls in obj.bases:
            found = in_class(act, cls, attr)
            if found is not None:
                return _bound(act, found, Value(NO, (), (ref,)), instr)
            for above in _above(act, cls):
                if attr in act.program.library.request_members and not _is_member(act, above, attr):
                    return v.marked(act.program.source("request", "the request", instr.pos, act.place(instr)))
                return attribute(act, Value(NO, (), (Extern(above, True),)), attr, instr)
        return UNKNOWN if obj.rest is BOTTOM else obj.rest
    if obj.kind == "super":
        for base in obj.bases:
            found = in_class(act, base, attr)
            if found is not None:
                return _bound(act, found, obj.items["self"], instr)
        return UNKNOWN
    if obj.kind == "class":
        cls = Value(NO, (), (ref,))
        held = in_class(act, cls, attr)
        if held is not None:
            if any(isinstance(one, Closure) and is_of_class(one.code) for one in held.refs):
                return Value(held.const, held.parts, tuple(_bind(one, cls) for one in held.refs))
            return held
        # A method of a class of another file, called on the class: `Person.raw(sql)`.
        return Value(NO, (), (Bound(UNKNOWN, attr),)) if externs(act, cls) else UNKNOWN
    return Value(NO, (), (Bound(Value(NO, (), (ref,)), attr),))


def _above(act: Activation, cls: Value) -> list[str]:
    """The classes of other modules that a class is made from, those of which a library says something first."""
    names = externs(act, cls)
    if len(names) < 2:
        return names
    library = act.program.library
    known = [one for one in names if one in library.classes or one in library.handlers or one in library.bases]
    return known or [one for one in names if one != "object"] or names


def _is_member(act: Activation, above: str, attr: str) -> bool:
    """Whether a library says what this attribute of a class is, or the language's own library has the class."""
    library = act.program.library
    if above.partition(".")[0] in sys.stdlib_module_names:
        return True
    names = library.find(f"{above}.{attr}")
    return any(one in library.attribute_sources or one in library.attributes for one in names)


def _bound(act: Activation, found: Value, me: Value, instr: Instr) -> Value:
    """What a class holds under a name, read on an object: functions become methods, properties are evaluated."""
    refs = tuple(_bind(one, _class_of(act, one, me)) for one in found.refs)
    if len(refs) == 1 and isinstance(refs[0], Closure) and refs[0].code.serial in act.program.properties:
        from codereal.analysis import arguments, calls

        result = calls.invoke(act, refs[0], arguments.Arguments([], [], []), instr)
        act.outcomes.pop(instr.index, None)
        return result if result is not None else UNKNOWN
    return Value(found.const, found.parts, refs)


def is_of_class(code: Code) -> bool:
    """Whether a method is given its class."""
    decorators = getattr(code.node, "decorators", ())
    return bool(decorators) and any(getattr(one, "name", "") == "classmethod" for one in decorators)


def _class_of(act: Activation, ref: Ref, me: Value) -> Value:
    """What a method is bound to when it is read on an object."""
    if not isinstance(ref, Closure) or not is_of_class(ref.code):
        return me
    return next((cls for _, obj in act.objects(me) for cls in obj.bases), me)


def _bind(ref: Ref, me: Value) -> Ref:
    if isinstance(ref, Closure) and ref.bound is None:
        return Closure(ref.code, ref.frames, ref.defaults, me)
    return ref


def in_class(act: Activation, cls: Value, attr: str, depth: int = 8) -> Value | None:
    """An attribute of a class or of the classes it inherits from; None when none of the text has it."""
    for _, obj in act.objects(cls):
        if obj.kind != "class":
            continue
        found = obj.items.get(attr)
        if found is not None:
            return found
        if depth:
            for base in obj.bases:
                found = in_class(act, base, attr, depth - 1)
                if found is not None:
                    return found
    return None


def externs(act: Activation, cls: Value, depth: int = 8) -> list[str]:
    """Qualified names of classes of other modules that a class inherits from."""
    names = [ref.name for ref in cls.refs if isinstance(ref, Extern)]
    for _, obj in act.objects(cls):
        if obj.kind == "class" and depth:
            for base in obj.bases:
                names.extend(externs(act, base, depth - 1))
    return names

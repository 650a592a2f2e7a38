"""Calls: of functions and classes of the text (evaluated where they stand), of libraries (by model), of the unknown."""

from __future__ import annotations

import re

from codereal.analysis import alphabet, classes, heap, models
from codereal.analysis import values as v
from codereal.analysis.arguments import Arguments, bind
from codereal.analysis.heap import Bound, Closure, Heap
from codereal.analysis.interpret import Activation
from codereal.analysis.ir import Code, Instr
from codereal.analysis.library import Sink
from codereal.analysis.program import MAX_CALLS, MAX_DEPTH, MAX_REPEATS, Hit
from codereal.analysis.values import BOTTOM, CLEAN, UNKNOWN, Extern, Ref, Value

_CALLEE = Sink("callee", (0,))  # a function that untrusted data chose
_CONVERTER = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")
_CONVERTED = {
    "": alphabet.ANY & ~alphabet.of("/"),
    "string": alphabet.ANY & ~alphabet.of("/"),
    "int": alphabet.NUMBER,
    "float": alphabet.NUMBER,
    "uuid": alphabet.NAMED["uuid"],
}  # what separates the parts of an address is in none of them


def call(act: Activation, instr: Instr) -> Value:
    """The result of a call; BOTTOM when it never returns."""
    callee = act.value(instr.args[0])
    data = instr.data
    assert isinstance(data, tuple)
    given_by = instr.args[1:]
    values = [act.vals[arg.index] for arg in given_by] if not act.state.facts else list(map(act.value, given_by))
    arguments = Arguments(values, list(data), list(given_by))
    act.outcomes.pop(instr.index, None)
    act.inner.pop(instr.index, None)
    if data == ("@",):
        arguments.names = [""]
        return _decorate(act, callee, arguments, instr)
    for given in arguments.values:
        if len(given.refs) == 1 and isinstance(given.refs[0], Closure):
            _call_back(act, callee, arguments, instr)
            break
    result = BOTTOM
    returns = not callee.refs
    base = v.marks_of(callee)
    if base and not callee.refs:
        act.program.report(Hit(act, instr, "a function by name", _CALLEE, instr.args[0], callee, True, arguments))
    for ref in callee.refs:
        value = (
            models.call_thing(act, ref, base, arguments, instr)
            if isinstance(ref, Extern)
            else apply(act, ref, arguments, instr)
        )
        if value is not None:
            returns = True
            result = v.join(result, value)
    if not returns:
        return BOTTOM
    if result is BOTTOM:
        marks = base | arguments.marks(act)
        return v.marked(marks) if marks else UNKNOWN
    return result


def _call_back(act: Activation, callee: Value, arguments: Arguments, instr: Instr) -> None:
    """`pool.submit(function, a, b)`, `Thread(target=function, args=(a, b))`: it is called with just these."""
    if any(isinstance(ref, (Closure, Heap)) for ref in callee.refs):
        return
    names, values = arguments.names, arguments.values
    for at, value in enumerate(values):
        if len(value.refs) != 1 or value.parts or not isinstance(value.refs[0], Closure):
            continue
        closure = value.refs[0]
        given: list[Value] = []
        sources: list[Instr | None] = []
        if names[at] == "":
            places = [one for one in range(at + 1, len(values)) if names[one] == ""]
            given, sources = [values[one] for one in places], [arguments.instrs[one] for one in places]
        elif "args" in names:
            held = act.objects(values[names.index("args")])
            if len(held) == 1 and held[0][1].exact and held[0][1].kind in ("tuple", "list"):
                given = [held[0][1].items[one] for one in range(len(held[0][1].items))]
                sources = [None] * len(given)
        wanted = len(closure.code.params) - (closure.bound is not None)
        if given and len(given) in (wanted, wanted - len(closure.defaults)):
            invoke(act, closure, Arguments(given, [""] * len(given), sources), instr)
            act.outcomes.pop(instr.index, None)


def apply(act: Activation, ref: Ref, arguments: Arguments, instr: Instr) -> Value | None:
    """Call one thing with these arguments; None when it never returns."""
    if isinstance(ref, Closure):
        return invoke(act, ref, arguments, instr)
    if isinstance(ref, Heap):
        return classes.call_object(act, ref, arguments, instr)
    if isinstance(ref, Extern):
        return models.call_thing(act, ref, CLEAN, arguments, instr)
    if isinstance(ref, Bound):
        return models.call_method(act, ref, arguments, instr)
    return UNKNOWN


def _decorate(act: Activation, decorator: Value, arguments: Arguments, instr: Instr) -> Value:
    """`@decorator`: a decorator of the text is called; any other is taken to leave the function as it is."""
    library = act.program.library
    target = arguments.values[0]
    for ref in decorator.refs:
        if isinstance(ref, Closure):
            result = invoke(act, ref, arguments, instr)
            if result is not None and any(isinstance(one, Closure) for one in result.refs):
                return result
        name = ref.name if isinstance(ref, Extern) else f"?.{ref.name}" if isinstance(ref, Bound) else ""
        name = name.removesuffix("()")
        if name in ("property", "functools.cached_property", "cached_property"):
            act.program.properties.update(one.code.serial for one in target.refs if isinstance(one, Closure))
        gives = library.entries.get(name, library.entries.get(f"*.{name.rpartition('.')[2]}"))
        if gives is not None:
            codes = [one.code.serial for one in target.refs if isinstance(one, Closure)]
            act.program.routes.update((serial, gives) for serial in codes)
            for arg in instr.args[0].args[1:2]:
                _convert(act, act.value(arg), codes)
    return target


def _convert(act: Activation, address: Value, codes: list[int]) -> None:
    """What the address of a route leaves of the arguments that are parts of it: `/users/<int:number>/<name>`."""
    if not isinstance(address.const, str):
        return
    for kind, name in _CONVERTER.findall(address.const):
        letters = _CONVERTED.get(kind)
        if letters is not None:
            act.program.converted.update(((serial, name), letters) for serial in codes)


def invoke(act: Activation, closure: Closure, arguments: Arguments, instr: Instr) -> Value | None:
    """Evaluate a function of the text for these arguments; None when it never returns."""
    program = act.program
    code = closure.code
    program.called.add(code.serial)
    if closure.bound is not None and not _is_static(code):
        arguments = Arguments([closure.bound, *arguments.values], ["", *arguments.names], [None, *arguments.instrs])
    count = program.calls[code.serial] = program.calls.get(code.serial, 0) + 1
    if act.depth >= MAX_DEPTH or program.is_tired() or count > MAX_CALLS or _repeats(act, code) >= MAX_REPEATS:
        marks = arguments.marks(act)
        return v.marked(marks) if marks else UNKNOWN
    values, binding = bind(act, closure, arguments, instr)
    number = program.number(act.number, instr, code)
    inner = Activation(program, code, closure.frames, act, instr, number)
    inner.binding = binding
    act.inner.setdefault(instr.index, []).append(inner)
    before = act.state.objects
    result, after = inner.run(values, act.state.copy())
    if after is None:
        return None
    if len(after.objects) > len(before) + heap.GARBAGE:
        heap.prune(after, before, (result,))
    act.state.objects = after.objects
    act.state.cells = after.cells
    act.state.cleared = after.cleared
    outcomes = [one for one, _ in inner.returned.values()]
    act.outcomes.setdefault(instr.index, []).extend(outcomes)
    act.bound[instr.index] = binding
    # What holds of a parameter on every way out holds of the argument from here on.
    common = outcomes[0].facts
    for one in outcomes[1:]:
        common = {at: v.join(value, one.facts[at]) for at, value in common.items() if at in one.facts}
    for at, value in common.items():
        source = binding[at]
        if source is not None:
            act.state.facts[source.index] = value
    return result


def _is_static(code: Code) -> bool:
    decorators = getattr(code.node, "decorators", [])
    return any(getattr(one, "name", "") == "staticmethod" for one in decorators)


def _repeats(act: Activation, code: Code) -> int:
    return sum(one.code is code for one in act.chain())

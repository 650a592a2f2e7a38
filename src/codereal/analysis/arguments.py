"""The arguments of a call, and how they meet the parameters of a function of the text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from codereal.analysis import containers
from codereal.analysis import values as v
from codereal.analysis.heap import Closure
from codereal.analysis.ir import Code, Instr, Signature
from codereal.analysis.tree import Parameter
from codereal.analysis.values import BOTTOM, CLEAN, NO, UNKNOWN, Extern, Marks, Value

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation


class Arguments:
    """The arguments of one call: values and keywords side by side, and the instructions they came from."""

    __slots__ = ("instrs", "names", "values")

    def __init__(self, values: list[Value], names: list[str], instrs: list[Instr | None]) -> None:
        self.values = values
        self.names = names
        self.instrs = instrs

    def marks(self, act: Activation) -> Marks:
        found = CLEAN
        for value in self.values:
            more = act.marks(value)
            if more:
                found |= more
        return found

    def spread(self, act: Activation) -> Arguments:
        """The same with each `**` of a dict whose keys are all known taken apart into keywords."""
        values: list[Value] = []
        names: list[str] = []
        instrs: list[Instr | None] = []
        for value, name, source in zip(self.values, self.names, self.instrs, strict=True):
            found = act.objects(value) if name == "**" else []
            if len(found) == len(value.refs) == 1 and found[0][1].exact and found[0][1].rest is BOTTOM:
                items = found[0][1].items
                values += items.values()
                names += [str(key) for key in items]
                instrs += [source] * len(items)
            else:
                values.append(value)
                names.append(name)
                instrs.append(source)
        return Arguments(values, names, instrs)

    def constant(self, name: str) -> object:
        """The constant that is given under a keyword; NO if there is none, or it is not known."""
        return self.values[self.names.index(name)].const if name in self.names else NO

    def find(self, places: tuple[int | str, ...]) -> list[int]:
        """Where the arguments stand that a model names by position or keyword."""
        found = []
        for place in places:
            if isinstance(place, int):
                if place < len(self.names) and self.names[place] == "":
                    found.append(place)
            elif place in self.names:
                found.append(self.names.index(place))
        return found


def bind(
    act: Activation, closure: Closure, arguments: Arguments, instr: Instr
) -> tuple[list[Value], list[Instr | None]]:
    """A value for each parameter, and the caller's instruction it came from."""
    code = closure.code
    values: list[Value | None] = [None] * len(code.params)
    binding: list[Instr | None] = [None] * len(code.params)
    signature = _signature(code)
    positional, by_name = signature.positional, signature.by_name
    extra: list[Value] = []
    named: dict[object, Value] = {}
    spread = BOTTOM
    taken = 0
    for value, name, source in zip(arguments.values, arguments.names, arguments.instrs, strict=True):
        if name == "":
            if taken < len(positional):
                values[positional[taken]] = value
                binding[positional[taken]] = source
                taken += 1
            else:
                extra.append(value)
        elif name == "*":
            found = act.objects(value)
            if len(found) == 1 and found[0][1].exact and found[0][1].kind in ("list", "tuple"):
                for at in range(len(found[0][1].items)):
                    one = found[0][1].items[at]
                    if taken < len(positional):
                        values[positional[taken]] = one
                        taken += 1
                    else:
                        extra.append(one)
            else:
                spread = v.join(spread, containers.element(act, value))
        elif name == "**":
            for _, obj in act.objects(value):
                for key, one in obj.items.items():
                    if key in by_name:
                        values[by_name[str(key)]] = one
                    else:
                        named[key] = one
                spread = v.join(spread, obj.rest)
            if not act.objects(value):
                spread = v.join(spread, v.marked(act.marks(value)))
        elif name in by_name:
            values[by_name[name]] = value
            binding[by_name[name]] = source
        else:
            named[name] = value
    defaults = dict(zip(code.defaults, closure.defaults, strict=False))
    result: list[Value] = []
    place = (act.number, code.serial, -(instr.index + 2) * 4)
    for at, known in enumerate(values):
        if at == signature.star:
            items: dict[object, Value] = dict(enumerate(extra))
            made = act.make("tuple", (*place[:2], place[2] - 1), items, spread, spread is BOTTOM)
            result.append(made)
        elif at == signature.star2:
            result.append(act.make("dict", (*place[:2], place[2] - 2), named, spread, spread is BOTTOM, None, spread))
        elif known is not None:
            annotation = _parameter(code.params[at]).annotation
            if annotation and not known.parts and len(known.refs) == 1 and isinstance(known.refs[0], Extern):
                known = _declared(act, annotation, known, known.refs[0])
            result.append(known)
        elif spread is not BOTTOM:
            result.append(v.join(spread, defaults.get(at, BOTTOM)))
        else:
            result.append(defaults.get(at, UNKNOWN))
    return result, binding


def _declared(act: Activation, annotation: str, value: Value, ref: Extern) -> Value:
    """What a file that is not here gives, `settings.root`, is what the parameter that takes it is declared to be."""
    program = act.program
    if ref.is_instance or program.annotated is None or ref.name.partition(".")[0] in program.library.roots:
        return value
    if ref.name.partition(".")[0] in sys.stdlib_module_names:
        return value
    return program.annotated(annotation) or value


def _signature(code: Code) -> Signature:
    if code.signature is None:
        code.signature = Signature([(one.name, one.kind) for one in map(_parameter, code.params)])
    return code.signature


def _parameter(instr: Instr) -> Parameter:
    data = instr.data
    assert isinstance(data, Parameter)
    return data

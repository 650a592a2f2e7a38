"""Calls: of functions and classes of the text (evaluated where they stand), of libraries (by model), of the unknown."""

from __future__ import annotations

from codereal.analysis import alphabet, builtins, containers, heap, pattern, resolve, strings
from codereal.analysis import tree as t
from codereal.analysis import values as v
from codereal.analysis.heap import Bound, Closure, Heap, Object
from codereal.analysis.interpret import MAX_CALLS, MAX_DEPTH, MAX_REPEATS, Activation, Hit
from codereal.analysis.ir import Code, Instr
from codereal.analysis.library import Sink
from codereal.analysis.tree import Parameter
from codereal.analysis.values import BOTTOM, CLEAN, NO, UNKNOWN, Extern, Marks, Piece, Ref, Value


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


def call(act: Activation, instr: Instr) -> Value:
    """The result of a call; BOTTOM when it never returns."""
    callee = act.value(instr.args[0])
    data = instr.data
    assert isinstance(data, tuple)
    arguments = Arguments([act.value(arg) for arg in instr.args[1:]], list(data), list(instr.args[1:]))
    act.outcomes.pop(instr.index, None)
    if data == ("@",):
        arguments.names = [""]
        return _decorate(act, callee, arguments, instr)
    result = BOTTOM
    returns = not callee.refs
    base = v.marks_of(callee)
    for ref in callee.refs:
        value = (
            _call_extern(act, ref, base, arguments, instr)
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


def apply(act: Activation, ref: Ref, arguments: Arguments, instr: Instr) -> Value | None:
    """Call one thing with these arguments; None when it never returns."""
    if isinstance(ref, Closure):
        return invoke(act, ref, arguments, instr)
    if isinstance(ref, Heap):
        return _call_object(act, ref, arguments, instr)
    if isinstance(ref, Extern):
        return _call_extern(act, ref, CLEAN, arguments, instr)
    if isinstance(ref, Bound):
        return _call_method(act, ref, arguments, instr)
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
        if name in library.entries or f"*.{name.rpartition('.')[2]}" in library.entries:
            act.program.routes.update(one.code.serial for one in target.refs if isinstance(one, Closure))
    return target


# --- functions of the text -------------------------------------------------------------------------------------------


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
    before = act.state.objects
    result, after = inner.run(values, act.state.copy())
    if after is None:
        return None
    if len(after.objects) > len(before) + heap.GARBAGE:
        heap.prune(after, before, (result,))
    act.state.objects = after.objects
    act.state.cells = after.cells
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
    count = 0
    current: Activation | None = act
    while current is not None:
        count += current.code is code
        current = current.caller
    return count


def bind(
    act: Activation, closure: Closure, arguments: Arguments, instr: Instr
) -> tuple[list[Value], list[Instr | None]]:
    """A value for each parameter, and the caller's instruction it came from."""
    code = closure.code
    params = [_parameter(one) for one in code.params]
    values: list[Value | None] = [None] * len(params)
    binding: list[Instr | None] = [None] * len(params)
    positional = [at for at, param in enumerate(params) if param.kind in ("", "/")]
    by_name = {param.name: at for at, param in enumerate(params) if param.kind in ("", "k")}
    star = next((at for at, param in enumerate(params) if param.kind == "*"), None)
    star2 = next((at for at, param in enumerate(params) if param.kind == "**"), None)
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
        if at == star:
            items: dict[object, Value] = dict(enumerate(extra))
            made = act.make("tuple", (*place[:2], place[2] - 1), items, spread, spread is BOTTOM)
            result.append(made)
        elif at == star2:
            result.append(act.make("dict", (*place[:2], place[2] - 2), named, spread, spread is BOTTOM))
        elif known is not None:
            result.append(known)
        elif spread is not BOTTOM:
            result.append(v.join(spread, defaults.get(at, BOTTOM)))
        else:
            result.append(defaults.get(at, UNKNOWN))
    return result, binding


def _parameter(instr: Instr) -> Parameter:
    data = instr.data
    assert isinstance(data, Parameter)
    return data


# --- classes and objects of the text ---------------------------------------------------------------------------------


def define(act: Activation, instr: Instr) -> Value:
    """A class statement: its body is evaluated, its namespace becomes an object."""
    code = instr.data
    assert isinstance(code, Code)
    bases = tuple(act.value(arg) for arg in instr.args)
    number = act.program.number(act.number, instr, code)
    inner = Activation(act.program, code, act.frames, act, instr, number)
    result, after = inner.run([], act.state)
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
    act.program.fields[place] = [
        target.name
        for statement in node.body
        if isinstance(statement, t.Assign) and statement.annotation
        for target in statement.targets
        if isinstance(target, t.Name)
    ]
    value = Value(NO, (), (Heap(place),))
    act.program.classes.setdefault(code.serial, value)
    return value


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
                if invoke(act, bound, arguments, instr) is None:
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
    return me


def _call_object(act: Activation, ref: Heap, arguments: Arguments, instr: Instr) -> Value | None:
    obj = act.state.objects.get(ref.place)
    if obj is None:
        return UNKNOWN
    if obj.kind == "class":
        return instantiate(act, ref, arguments, instr)
    if obj.kind == "instance":
        for cls in obj.bases:
            found = resolve.in_class(act, cls, "__call__")
            if found is not None:
                for one in found.refs:
                    if isinstance(one, Closure):
                        me = Value(NO, (), (ref,))
                        return invoke(act, Closure(one.code, one.frames, one.defaults, me), arguments, instr)
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
                            result = invoke(act, bound, Arguments([], [], []), instr)
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


# --- calls of what is not in the text --------------------------------------------------------------------------------


def _call_extern(act: Activation, ref: Extern, base: Marks, arguments: Arguments, instr: Instr) -> Value | None:
    library = act.program.library
    names = library.find(ref.name)
    name = ref.name
    if name in library.exits:
        return None
    owner = name.rpartition(".")[0]
    known = owner in library.classes
    sunk = False
    for one in names:
        for sink in library.sinks.get(one, ()):
            _sink(act, sink, one, arguments, instr, True)
            sunk = True
    method = name.rpartition(".")[2]
    if not known and not sunk and "." in name:
        for sink in library.method_sinks.get(method, ()):
            _sink(act, sink, name, arguments, instr, False)
    for one in names:
        source = library.call_sources.get(one)
        if source is not None:
            marks = act.program.source(source.kind, source.words, instr.pos, act.place(instr))
            return v.marked(marks)
        letters = library.checks.get(one)
        if letters is not None and arguments.values and arguments.instrs[0] is not None:
            _check(act, arguments.instrs[0], letters)
        sanitizer = library.sanitizers.get(one)
        if sanitizer is not None:
            return _sanitized(act, arguments, sanitizer.clears, sanitizer.letters, base)
        typed = library.types.get(one)
        if typed is not None:
            return Value(NO, (), (Extern(typed, True),))
        if one in library.clean:
            return UNKNOWN
    role = library.regexes.get(name)
    if role is not None:
        return _regex(act, role, arguments, instr)
    builtin = builtins.FUNCTIONS.get(name)
    if builtin is not None:
        result = builtin(act, arguments.values, arguments.names, instr)
        if result is not None:
            return result
    if not known and "." in name:
        typed = library.methods.get(method)
        if typed is not None:
            return Value(NO, (), (Extern(typed, True),))
    marks = base | arguments.marks(act)
    if marks:
        return v.marked(marks)
    return Value(NO, (), (Extern(name if name.endswith("()") else f"{name}()", True),))


def _regex(act: Activation, role: str, arguments: Arguments, instr: Instr) -> Value:
    """A function on regular expressions: its first argument is the pattern."""
    values = arguments.values
    if role == "compile" and values:
        return act.make("pattern", act.place(instr), {"pattern": values[0]}, BOTTOM, True)
    if role == "substitute" and len(values) >= 3:
        ignore_case = "flags" in arguments.names or len(values) > 4
        return _substitute(act, values[0], values[1], values[2], ignore_case)
    marks = arguments.marks(act)
    regex = values[0].const if values else NO
    if role == "find" and isinstance(regex, str):
        one = Value(NO, (Piece(pattern.matched(regex, True), marks),), ())
        return act.make("list", act.place(instr), {}, one, False)
    return v.marked(marks) if marks else UNKNOWN


def _substitute(act: Activation, regex: Value, new: Value, subject: Value, ignore_case: bool) -> Value:
    """`re.sub(regex, new, subject)`."""
    marks = act.marks(subject) | act.marks(new)
    source = ("(?i)" if ignore_case else "") + regex.const if isinstance(regex.const, str) else ""
    if not isinstance(new.const, str) or not source:
        return v.marked(marks) if marks else UNKNOWN
    if isinstance(subject.const, str):
        return UNKNOWN
    whole = strings.parts(act, subject)
    gone = pattern.removed(source)
    added = alphabet.of(new.const.replace("\\", ""))
    letters = v.letters_of(whole) & ~gone | added
    if "\\" in new.const:
        letters |= alphabet.ANY
    only = whole[0]
    doubled = only.doubled & ~added if len(whole) == 1 and isinstance(only, Piece) and not gone & only.doubled else 0
    for quote in "'\"`":
        if source in (quote, f"[{quote}]", f"({quote})") and new.const in (quote * 2, "\\1\\1", "\\g<0>\\g<0>"):
            return strings.replace(whole, v.constant(quote), v.constant(quote * 2))
    return Value(NO, (Piece(letters, marks, doubled),), ())


def _check(act: Activation, instr: Instr, letters: int) -> None:
    """The call raises unless its argument is made of these letters: from here on it is."""
    from codereal.analysis import guards

    for one, value in guards.limited(act, instr, letters):
        act.state.facts[one.index] = value


def _sanitized(act: Activation, arguments: Arguments, clears: tuple[str, ...], letters: int, base: Marks) -> Value:
    marks = base | arguments.marks(act)
    for kind in clears:
        marks = frozenset(mark.clear(kind) for mark in marks)
    const = arguments.values[0].const if arguments.values else NO
    if const is not NO and isinstance(const, (int, float)) and letters != alphabet.ANY:
        return v.constant(const)
    return Value(NO, (Piece(letters, marks),), ())


def _sink(act: Activation, sink: Sink, name: str, arguments: Arguments, instr: Instr, is_known: bool) -> None:
    for at in arguments.find(sink.args):
        source = arguments.instrs[at]
        if source is not None:
            act.program.report(Hit(act, instr, name, sink, source, arguments.values[at], is_known))


def _call_method(act: Activation, ref: Bound, arguments: Arguments, instr: Instr) -> Value | None:
    """A method of a text, of a container, or of something of which nothing is known."""
    receiver = ref.receiver
    library = act.program.library
    # The receiver as conditions have narrowed it since, when the call names it directly.
    callee = instr.args[0]
    if callee.args and callee.data == ref.name and len(act.value(callee).refs) == 1:
        receiver = act.value(callee.args[0])
    for _, obj in act.objects(receiver):
        if obj.kind == "pattern":
            regex = obj.items["pattern"]
            if ref.name in ("sub", "subn") and len(arguments.values) >= 2:
                return _substitute(act, regex, arguments.values[0], arguments.values[1], False)
            marks = arguments.marks(act)
            return v.marked(marks) if marks else UNKNOWN
    found = containers.method(act, ref.name, receiver, arguments.values, instr)
    if found is not None:
        return found
    if receiver.const is not NO or receiver.parts:
        split = builtins.split(act, ref.name, receiver, arguments.values, instr)
        if split is not None:
            return split
        text = strings.method(act, ref.name, receiver, arguments.values, arguments.names)
        if text is not None:
            return text
    if isinstance(receiver.const, (str, bytes, int)):
        return UNKNOWN
    for sink in library.method_sinks.get(ref.name, ()):
        _sink(act, sink, f"?.{ref.name}", arguments, instr, False)
    typed = library.methods.get(ref.name)
    if typed is not None:
        return Value(NO, (), (Extern(typed, True),))
    marks = act.marks(receiver) | arguments.marks(act)
    return v.marked(marks) if marks else UNKNOWN

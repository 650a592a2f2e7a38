"""Calls of what is not in the text: by the models of the libraries, by the name of a method, or as a thing unknown."""

from __future__ import annotations

from codereal.analysis import alphabet, builtins, container_methods, guards, ir, paths, pattern, strings, text_methods
from codereal.analysis import values as v
from codereal.analysis.arguments import Arguments
from codereal.analysis.heap import Bound, Closure, Object
from codereal.analysis.interpret import Activation
from codereal.analysis.ir import Instr
from codereal.analysis.library import Sink
from codereal.analysis.program import Hit
from codereal.analysis.values import BOTTOM, NO, UNKNOWN, Extern, Marks, Piece, Value


def call_thing(act: Activation, ref: Extern, base: Marks, arguments: Arguments, instr: Instr) -> Value | None:
    library = act.program.library
    if "**" in arguments.names:
        arguments = arguments.spread(act)
    names = library.find(ref.name)
    name = ref.name
    if name in library.exits:
        return None
    owner, dot, method_name = name.rpartition(".")
    known = owner in library.classes
    if method_name in container_methods.CHANGES and instr.args[0].op == ir.ATTR:
        given = arguments.values
        receiver = act.value(instr.args[0].args[0])
        act.event(method_name, instr, receiver, given[0] if given else None)
    if method_name in _SETS_KEYWORDS and "." in owner:
        _set_keywords(act, owner, arguments, instr)
    sunk = False
    for one in names:
        for sink in library.sinks.get(one, ()):
            _sink(act, sink, one, arguments, instr, True)
            sunk = True
        guard = library.call_guards.get(one)
        if guard is not None and guard.raises:
            callee = instr.args[0]
            if not guard.needs or (callee.op == ir.ATTR and guards.meets(act, callee.args[0], guard.needs)):
                guards.cleared_by_call(act, instr, guard.clears)
    if dot and not known and not sunk:
        for sink in library.method_sinks.get(method_name, ()):
            _sink(act, sink, name, arguments, instr, False)
    for one in names:
        if one not in library.results:
            continue
        source = library.call_sources.get(one)
        if source is not None and (not source.chosen or _is_chosen(act, base | arguments.marks(act))):
            marks = act.program.source(source.kind, source.words, instr.pos, act.place(instr), source.clears)
            if source.declared:
                act.program.declaring |= {mark.origin for mark in marks}
            return v.marked(marks)
        if one in library.injects and arguments.values:
            return act.make("injected", act.place(instr), {"function": arguments.values[0]}, BOTTOM, True)
        if one in library.declares:
            _declare(act, arguments, one in library.infers)
        registered = library.registrations.get(one)
        if registered is not None:
            for at in arguments.find(registered[0]):
                codes = [view.code.serial for view in arguments.values[at].refs if isinstance(view, Closure)]
                act.program.routes.update((serial, registered[1]) for serial in codes)
        letters = library.checks.get(one)
        if letters is not None and arguments.values and arguments.instrs[0] is not None:
            _check(act, arguments.instrs[0], letters)
        sanitizer = library.sanitizers.get(one)
        if sanitizer is not None:
            off = any(arguments.constant(name) == const for name, const in sanitizer.unless)
            return _sanitized(act, arguments, () if off else sanitizer.clears, sanitizer.letters, base)
        role = library.paths.get(one)
        if role is not None:
            return paths.call(act, role, one, arguments, instr)
        if one in library.keyed:
            return act.make("keyed", act.place(instr), {}, BOTTOM, True)
        wrapped = library.wrap.get(one)
        if wrapped is not None:
            return Value(NO, v.parts_of(_whole(act, base, arguments)), (Extern(wrapped, True),))
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
    if dot and not known:
        typed = library.methods.get(method_name)
        if typed is not None:
            return Value(NO, (), (Extern(typed, True),))
    if owner in library.fluent:
        return Value(NO, (), (Extern(owner, True),))
    found = library.method_sources.get(method_name) if not known and "." in name else None
    if found is not None and found.kind == "request" and not arguments.marks(act):
        # (A class of another file that is made from a framework's.)
        return v.marked(act.program.source(found.kind, found.words, instr.pos, act.place(instr), found.clears))
    marks = base | arguments.marks(act)
    if marks:
        # What is found under a number, or made of one, holds no text of whoever chose the number.
        return v.marked(marks, alphabet.ANY if base or not _are_numbers(act, arguments) else alphabet.WORD)
    return Value(NO, (), (Extern(name if name.endswith("()") else f"{name}()", True),))


def _are_numbers(act: Activation, arguments: Arguments) -> bool:
    """Whether all that is untrusted in the arguments are numbers."""
    for value in arguments.values:
        if value.refs and act.marks(Value(NO, (), value.refs)):
            return False
        for piece in v.pieces(value.parts):
            if piece.marks and piece.alphabet & ~alphabet.NUMBER:
                return False
    return True


def _set_keywords(act: Activation, owner: str, arguments: Arguments, instr: Instr) -> None:
    """`app.config.update(KEY=value)`: as if each were set under its key."""
    for value, keyword, source in zip(arguments.values, arguments.names, arguments.instrs, strict=True):
        for sink in act.program.library.set_sinks.get(f"{owner}[{keyword}]", ()) if len(keyword) > 2 else ():
            if source is not None:
                act.program.report(Hit(act, source, f"{owner}[{keyword}]", sink, source, value, True))


def _declare(act: Activation, arguments: Arguments, infers: bool) -> None:
    """`parser.add_argument("--count", type=int)`: what an attribute of the parsed arguments can hold."""
    named = [value.const for value, name in zip(arguments.values, arguments.names, strict=True) if name == ""]
    dest = arguments.constant("dest")
    flags = [one for one in named if isinstance(one, str)]
    # (Among flags a bare name is what is meant.)
    long = next((one for one in flags if one.isidentifier()), None)
    long = long or next((one for one in flags if one.startswith("--")), flags[0] if flags else None)
    name = dest if isinstance(dest, str) else long.lstrip("-").replace("-", "_") if long else ""
    letters = alphabet.ANY
    is_flag = arguments.constant("action") in _FLAG_ACTIONS or arguments.constant("is_flag") is True
    if "choices" in arguments.names or is_flag:
        letters = alphabet.NONE
    elif infers and "type" not in arguments.names:
        letters = alphabet.NUMBER if isinstance(arguments.constant("default"), (int, float)) else letters
    else:
        for at in arguments.find(("type",)):
            kinds = [ref.name for ref in arguments.values[at].refs if isinstance(ref, Extern)]
            known = [act.program.library.sanitizers.get(kind) for kind in kinds]
            if len(known) == len(arguments.values[at].refs) == 1 and known[0] is not None:
                letters = alphabet.NONE if "*" in known[0].clears else known[0].letters
    declared = act.program.declared
    declared[name] = declared.get(name, alphabet.NONE) | letters


def _is_chosen(act: Activation, marks: Marks) -> bool:
    """Whether untrusted data says what is read, and nobody has looked where it leads."""
    cleared = act.state.cleared
    return any(
        mark.origin.kind not in ("constructor", "environment", "object")
        and not mark.cleared & {"path", "*"}
        and (mark.origin, "path") not in cleared
        and (mark.origin, "*") not in cleared
        for mark in marks
    )


def _whole(act: Activation, base: Marks, arguments: Arguments) -> Value:
    """The text of the first argument, when nothing else matters; else all marks."""
    if arguments.values and not base and arguments.names[0] == "":
        first = arguments.values[0]
        if first.const is NO or isinstance(first.const, str):
            return v.text(strings.parts(act, first))
    marks = base | arguments.marks(act)
    return v.marked(marks) if marks else UNKNOWN


def _regex(act: Activation, role: str, arguments: Arguments, instr: Instr) -> Value:
    """A function on regular expressions: its first argument is the pattern."""
    values = arguments.values
    if role == "compile" and values:
        items: dict[object, Value] = {"pattern": values[0]}
        given = arguments.find((1, "flags"))
        if given:
            items["flags"] = values[given[0]]
        return act.make("pattern", act.place(instr), items, BOTTOM, True)
    if role == "substitute" and len(values) >= 3:
        ignore_case = "flags" in arguments.names or len(values) > 4
        return _substitute(act, values[0], values[1], values[2], ignore_case)
    marks = arguments.marks(act)
    regex = values[0].const if values else NO
    if role == "find" and isinstance(regex, str):
        one = Value(NO, (Piece(pattern.matched(regex, True), marks),), ())
        return act.make("list", act.place(instr), {}, one, False)
    if role == "match" and isinstance(regex, str) and marks:
        # What a match holds, as a whole and in its groups.
        return v.marked(marks, pattern.matched(regex, True))
    return v.marked(marks) if marks else UNKNOWN


_READS = frozenset({"get", "pop", "setdefault", "items", "values", "keys", "copy"})
_SETS_KEYWORDS = frozenset({"update", "from_mapping"})
_FLAG_ACTIONS = ("store_true", "store_false", "store_const", "count", "append_const", "version", "help")
_TEMPLATE = Sink("format-template", ("self",))  # a text whose fields are filled in
_PATTERN = Sink("regex", ())  # a text that a compiled regular expression is matched with


def _matched(act: Activation, name: str, compiled: Object, arguments: Arguments, instr: Instr) -> None:
    """A method of a compiled pattern: reported as the function of the same name, with pattern and flags put in."""
    at = arguments.find((1 if name in ("sub", "subn") else 0, "string"))
    source = arguments.instrs[at[0]] if at else None
    if source is not None:
        flags = compiled.items.get("flags", UNKNOWN)
        given = Arguments([compiled.items["pattern"], flags], ["pattern", "flags"], [None, None])
        act.program.report(Hit(act, instr, f"re.{name}", _PATTERN, source, arguments.values[at[0]], True, given))


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
            return text_methods.replace(whole, v.constant(quote), v.constant(quote * 2))
    return Value(NO, (Piece(letters, marks, doubled),), ())


def _check(act: Activation, instr: Instr, letters: int) -> None:
    """The call raises unless its argument is made of these letters: from here on it is."""

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
    if (sink.when or sink.unless) and not _applies(sink, arguments):
        return
    report = act.program.report
    for at in arguments.find(sink.args):
        source = arguments.instrs[at]
        if source is not None:
            report(Hit(act, instr, name, sink, source, arguments.values[at], is_known, arguments))
    if "self" in sink.args and instr.args[0].op == ir.ATTR:
        receiver = instr.args[0].args[0]
        report(Hit(act, instr, name, sink, receiver, act.value(receiver), is_known, arguments))
    if "()" in sink.args:
        report(Hit(act, instr, name, sink, instr, UNKNOWN, is_known, arguments))


def _applies(sink: Sink, arguments: Arguments) -> bool:
    """Whether the call's other arguments make the sink one: `when` must be possible, `unless` must not be certain."""
    for name, wanted in sink.when:
        found = arguments.find((name,))
        if found:
            const = arguments.values[found[0]].const
            if const is not NO and const != wanted:
                return False
        elif "**" not in arguments.names:
            return False
    for name, wanted in sink.unless:
        found = arguments.find((name,))
        if found and arguments.values[found[0]].const == wanted:
            return False
    return True


def call_method(act: Activation, ref: Bound, arguments: Arguments, instr: Instr) -> Value | None:
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
            _matched(act, ref.name, obj, arguments, instr)
            if ref.name in ("sub", "subn") and len(arguments.values) >= 2:
                return _substitute(act, regex, arguments.values[0], arguments.values[1], False)
            marks = arguments.marks(act)
            if marks and ref.name in ("match", "search", "fullmatch") and isinstance(regex.const, str):
                return v.marked(marks, pattern.matched(regex.const, True))
            return v.marked(marks) if marks else UNKNOWN
    if ref.name in container_methods.CHANGES:
        given = arguments.values
        key = given[0] if given else None
        act.event(ref.name, instr, receiver, key)
    found = container_methods.method(act, ref.name, receiver, arguments.values, instr)
    if found is not None:
        # `(request.get_json() or {}).get("name")` may be of either.
        marks = v.marks_of(receiver)
        return v.join(found, v.marked(marks)) if marks and ref.name in _READS else found
    if ref.name in ("format", "format_map") and v.marks_of(receiver) and callee.args:
        act.program.report(Hit(act, instr, f"str.{ref.name}", _TEMPLATE, callee.args[0], receiver, True, arguments))
    if receiver.const is NO and not any(isinstance(part, str) for part in receiver.parts):
        # (A text has methods of these names too: `find`.)
        for sink in library.method_sinks.get(ref.name, ()):
            _sink(act, sink, f"?.{ref.name}", arguments, instr, False)
    if receiver.const is not NO or receiver.parts:
        split = builtins.split(act, ref.name, receiver, arguments.values, instr)
        if split is not None:
            return split
        text = text_methods.method(act, ref.name, receiver, arguments.values, arguments.names)
        if text is not None:
            return text
    if isinstance(receiver.const, (str, bytes, int)):
        return UNKNOWN
    typed = library.methods.get(ref.name)
    if typed is not None:
        return Value(NO, (), (Extern(typed, True),))
    source = library.method_sources.get(ref.name)
    if source is not None and not arguments.marks(act):
        return v.marked(act.program.source(source.kind, source.words, instr.pos, act.place(instr), source.clears))
    marks = act.marks(receiver) | arguments.marks(act)
    return v.marked(marks) if marks else UNKNOWN

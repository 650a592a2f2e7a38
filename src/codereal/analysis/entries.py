"""Who calls the program: its module, then every function that may be called from outside with untrusted arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from codereal.analysis import alphabet, calls, heap, ir, paths, pattern, resolve
from codereal.analysis import tree as t
from codereal.analysis import values as v
from codereal.analysis.arguments import Arguments
from codereal.analysis.heap import Closure, Heap, Object, State
from codereal.analysis.interpret import Activation
from codereal.analysis.ir import Code, Instr
from codereal.analysis.program import Event, Program
from codereal.analysis.tree import Parameter
from codereal.analysis.values import NO, UNKNOWN, Extern, Value

_ANNOTATED = {
    "number": (
        "int",
        "float",
        "bool",
        "complex",
        "Decimal",
        "decimal.Decimal",
        "PositiveInt",
        "conint",
        "PositiveFloat",
    ),
    "time": ("date", "datetime", "time", "timedelta", "datetime.date", "datetime.datetime", "datetime.timedelta"),
    "uuid": ("UUID", "uuid.UUID"),
    "address": ("IPv4Address", "IPv6Address", "ipaddress.IPv4Address", "ipaddress.IPv6Address"),
}
# One of the values that the program lists.
_CHOSEN = frozenset({"typing.Literal", "typing_extensions.Literal", "Literal"})
_PLAIN = frozenset({"str", "bytes", "list", "dict", "tuple", "set", "object"})
_PLAIN_MODULES = frozenset({"typing", "typing_extensions", "collections"})
_FILLS = frozenset({"append", "appendleft", "add", "insert", "setdefault"})
_OWNERS = frozenset({"environment", "error"})  # what says nothing of who calls
_OWN = frozenset({"input", "request"})  # where a program that is no library gets its data from
_LETTERS = {name: alphabet.NAMED[letters] for letters, names in _ANNOTATED.items() for name in names}


class Entry(NamedTuple):
    """An entry point that has been evaluated: its activation, whether a framework calls it, its events."""

    activation: Activation
    is_route: bool
    events: list[Event]


class Entries:
    """Evaluates a module, then every function that may be called from outside with untrusted arguments."""

    def __init__(self, program: Program, review: Callable[[Entry], None]) -> None:
        self.program = program
        self.review = review
        self.instances: dict[int, Value] = {}
        self.state = State({}, {}, {})
        self.frames: set[int] = set()  # that the functions met so far (`known`) can see
        self.known = 0
        program.annotated = self._annotated

    def run(self, module: Code) -> None:
        program = self.program
        program.serial += 1
        module.serial = program.serial
        self.module = program.module = Activation(program, module, (), None, None, 0)
        _, after = self.module.run([], self.state)
        self.review(Entry(self.module, False, list(program.events.values())))
        self.state = after if after is not None else self.module.state
        self.callees = _callees(module)
        self.is_script = any(mark.origin.kind not in _OWNERS for marks in program.origins.values() for mark in marks)
        done: set[int] = set()
        # A function may define more functions: go on until there are none left.
        while True:
            waiting = [closure for serial, closure in program.functions.items() if serial not in done]
            if not waiting:
                break
            # What nothing in the text calls comes first: it shows whether the text is a program or a library.
            waiting.sort(key=self._order)
            for closure in waiting:
                done.add(closure.code.serial)
                if self._is_entry(closure):
                    self._enter(closure)

        _release(self.module)
        _untie(module)
        program.module = None
        program.annotated = None
        program.events = {}

    def _is_entry(self, closure: Closure) -> bool:
        code = closure.code
        if self._is_outermost(closure):
            return True
        # A program that reads input or requests of its own is no library: its functions are called as it calls them.
        if self.is_script or any(mark.origin.kind in _OWN for marks in self.program.origins.values() for mark in marks):
            return False
        # A public function is called from other files too; a function inside a function is not.
        return not code.name.startswith(("_", "<")) and code.depth == 1 and code.name != "main"

    def _order(self, closure: Closure) -> tuple[bool, bool, bool, bool]:
        # (A view that fills a store goes before those that read it.)
        code = closure.code
        is_view = code.serial in self.program.routes
        return (code.name != "__init__", not is_view, is_view and not _fills(code), code.name in self.callees)

    def _is_outermost(self, closure: Closure) -> bool:
        """Whether a framework calls it, or nothing in the text does."""
        serial = closure.code.serial
        return serial in self.program.routes or serial not in self.program.called

    def _enter(self, closure: Closure) -> None:
        program = self.program
        program.begin()
        code = closure.code
        node = code.params
        is_route = code.serial in program.routes or self._is_handed(code)
        values: list[Value] = []
        number = 1_000_000 + code.serial
        act = Activation(program, code, closure.frames, self.module, None, number)
        act.state = self.state = State(self.state.objects, self.state.cells, {})
        kind = "request" if is_route else "constructor" if code.name == "__init__" and code.owner else "parameter"
        for at, instr in enumerate(node):
            parameter = instr.data
            assert isinstance(parameter, Parameter)
            if at == 0 and code.owner and parameter.name in ("self", "cls") and not parameter.annotation:
                values.append(self._me(code.owner, act))
            else:
                default = closure.defaults[code.defaults.index(at)] if at in code.defaults else None
                values.append(self._argument(act, instr, parameter, kind, default))
        before = self.state
        _, after = act.run(values, before.copy())
        self.review(Entry(act, is_route, list(program.events.values())))
        _release(act)
        if after is not None:
            # What the next entry point may meet: changed objects of the module and attributes of instances.
            heap.prune(after, before.objects, ())
            if len(program.functions) != self.known:
                self.known = len(program.functions)
                self.frames = {number for one in program.functions.values() for number in one.frames}
            after.cells = {key: value for key, value in after.cells.items() if key[0] in self.frames}
            self.state = before.join(after)[0]

    def _is_handed(self, code: Code) -> bool:
        """Whether a service calls it with its event: `def handler(event, context)`."""
        is_outermost = code.serial not in self.program.called and not code.owner and code.depth == 1
        return is_outermost and len(code.params) in self.program.handed

    def _me(self, owner: str, act: Activation) -> Value:
        """The object that methods of a class share: attributes that one sets, the others read."""
        for serial, cls in self.program.classes.items():
            ref = cls.refs[0]
            assert isinstance(ref, Heap)
            obj = self.state.objects.get(ref.place)
            if obj is None or not any(
                isinstance(one, Closure) and one.code is act.code for item in obj.items.values() for one in item.refs
            ):
                continue
            if serial not in self.instances:
                place = (-1, serial, 0)
                self.state.objects[place] = self._copied(cls)
                self.instances[serial] = Value(NO, (), (Heap(place),))
            return self.instances[serial]
        return UNKNOWN

    def _copied(self, cls: Value) -> Object:
        """An object of a class, with the attributes of those that the module has made, if it has made any."""
        made = heap.instance("instance", cls)
        for place, obj in self.state.objects.items():
            if place[0] == 0 and obj.kind == "instance" and obj.bases == (cls,):
                made = obj if not made.items else made.merge(obj)
        return made

    def _argument(self, act: Activation, instr: Instr, parameter: Parameter, kind: str, default: Value | None) -> Value:
        """An untrusted argument: as much as its annotation leaves of it."""
        program = self.program
        given = self._injected(act, instr, default) if default is not None and default.refs else None
        if given is not None:
            return given
        annotation = parameter.annotation
        letters = _LETTERS.get(annotation, program.converted.get((act.code.serial, parameter.name)))
        if letters is None and program.declared and getattr(act.code.node, "decorators", None):
            # `@click.option("--width", type=int)`
            letters = program.declared.get(parameter.name)
        if letters is not None:
            marks = program.source(kind, f"parameter {parameter.name}", instr.pos, act.place(instr))
            return v.marked(marks, letters) if letters else UNKNOWN
        if annotation and annotation != "str":
            if self._is_request(annotation):
                marks = program.source("request", f"the request in {parameter.name}", instr.pos, act.place(instr))
                return v.marked(marks)
            known = self._annotated(annotation)
            if known is not None and any(isinstance(ref, Extern) and paths.is_path(act, ref) for ref in known.refs):
                # A path is a text of a kind.
                marks = program.source(kind, f"parameter {parameter.name}", instr.pos, act.place(instr))
                return v.marked(marks, alphabet.ANY, known.refs)
            if known is not None:
                return known
        if kind == "parameter" and self._is_object(annotation):
            kind = "object"
        marks = program.source(kind, f"parameter {parameter.name}", instr.pos, act.place(instr))
        if annotation and kind != "object":
            self._shape(act, instr, annotation, marks)
        if annotation and kind != "request":
            me = self._service(annotation)
            if me is not None:
                return v.marked(marks, alphabet.ANY, me.refs)
        if default is not None and any(obj.kind == "instance" for _, obj in act.objects(default)):
            # `def view(request, store=Store())`: what it is when nobody says otherwise.
            return v.marked(marks, alphabet.ANY, default.refs)
        if parameter.kind == "*":
            return act.make("tuple", act.place(instr), {}, v.marked(marks), False)
        if parameter.kind == "**":
            return act.make("dict", act.place(instr), {}, v.marked(marks), False, None, v.marked(marks))
        return v.marked(marks)

    def _injected(self, act: Activation, instr: Instr, default: Value) -> Value | None:
        """What a framework puts in place of `Depends(function)`: what a function that asks for nothing gives."""
        for _, obj in act.objects(default):
            for ref in obj.items["function"].refs if obj.kind == "injected" else ():
                if not isinstance(ref, Closure) or ref.code.params:
                    continue
                result = calls.invoke(act, ref, Arguments([], [], []), instr)
                held = act.objects(result) if result is not None else []
                if ref.code.is_generator and held:
                    result = held[0][1].every()
                act.outcomes.pop(instr.index, None)
                if result is not None and result.refs and not result.parts:
                    return result
        return None

    def _service(self, annotation: str) -> Value | None:
        """A copy of the object that the methods of a class of the text share; None for a class without methods."""
        value, _ = self._qualified(annotation)
        ref = value.refs[0] if value is not None and len(value.refs) == 1 else None
        cls = self.state.objects.get(ref.place) if isinstance(ref, Heap) else None
        if value is None or cls is None or cls.kind != "class" or cls.bases:
            return None
        if not any(
            isinstance(one, Closure) and not str(name).startswith("__")
            for name, item in cls.items.items()
            for one in item.refs
        ):
            return None
        serial = next((number for number, known in self.program.classes.items() if known == value), 0)
        shared = self.state.objects.get((-1, serial, 0))
        self.state.objects[-2, serial, 0] = shared if shared is not None else heap.instance("instance", value)
        return Value(NO, (), (Heap((-2, serial, 0)),))

    def _shape(self, act: Activation, instr: Instr, annotation: str, marks: v.Marks) -> None:
        """What the class of a document that a framework reads leaves of its fields: `count: int`."""
        value, _ = self._qualified(annotation)
        shape: dict[str, int] = {}
        pending = list(value.refs) if value is not None else []
        for ref in pending:
            node = self.program.nodes.get(ref.place) if isinstance(ref, Heap) else None
            if node is None or not isinstance(ref, Heap):
                continue
            for name, letters in self._fields(node):
                shape.setdefault(name, letters)
            self._validated(act, instr, ref, marks, shape)
            pending.extend(one for base in self.state.objects[ref.place].bases for one in base.refs)
        if shape:
            self.program.shapes.update((mark.origin, shape) for mark in marks)

    def _validated(self, act: Activation, instr: Instr, cls: Heap, marks: v.Marks, shape: dict[str, int]) -> None:
        """What the validators of a class leave of its fields: methods whose decorators name fields as texts."""
        program = self.program
        fields = program.fields.get(cls.place, [])
        for item in self.state.objects[cls.place].items.values():
            method = item.refs[0] if len(item.refs) == 1 else None
            if not isinstance(method, Closure) or len(method.code.params) < 2:
                continue
            code = method.code
            names = {
                arg.value
                for one in getattr(code.node, "decorators", ())
                if isinstance(one, t.Call)
                for arg in one.args
                if isinstance(arg, t.Constant) and arg.value in fields
            }
            if not names:
                continue
            before = act.state
            act.state = before.copy()
            own = program.source("request", "a field", instr.pos, (-3, code.serial, 0))
            given = [Value(NO, (), (cls,)), v.marked(own), *([UNKNOWN] * (len(code.params) - 2))]
            result = calls.invoke(act, method, Arguments(given, [""] * len(given), [None] * len(given)), instr)
            origin = next(iter(own)).origin
            passed = {kind for one, kind in act.state.cleared if one is origin}
            act.state = before
            act.outcomes.pop(instr.index, None)
            act.inner.pop(instr.index, None)
            if result is None or result.refs:
                continue
            held = [mark.cleared for mark in v.marks_of(result) if mark.origin is origin]
            kinds = frozenset.intersection(*held) | passed if held else frozenset("*")
            for name in names:
                shape[name] = shape.get(name, alphabet.ANY) & v.letters_of(v.parts_of(result))
                for mark in marks:
                    program.validated.setdefault(mark.origin, {})[name] = kinds

    def _fields(self, node: t.Class) -> Iterator[tuple[str, int]]:
        for statement in node.body:
            if not isinstance(statement, t.Assign) or not statement.annotation:
                continue
            letters = _LETTERS.get(statement.annotation)
            if letters is None and self._annotated(statement.annotation) is UNKNOWN:
                letters = alphabet.NONE
            default = statement.value
            if letters is None and isinstance(default, t.Call):
                for name, arg in zip(default.names, default.args, strict=True):
                    if name in ("pattern", "regex") and isinstance(arg, t.Constant) and isinstance(arg.value, str):
                        letters = pattern.matched(arg.value, False)
            if letters is not None and letters != alphabet.ANY:
                yield from ((target.name, letters) for target in statement.targets if isinstance(target, t.Name))

    def _is_object(self, annotation: str) -> bool:
        """Whether a parameter is declared to be an object of the program's own: its attributes are mixed in trust."""
        if not annotation or annotation in _PLAIN:
            return False
        value, names = self._qualified(annotation)
        return value is not None and not any(name.partition(".")[0] in _PLAIN_MODULES for name in names)

    def _is_request(self, annotation: str) -> bool:
        return any(name in self.program.library.requests for name in self._qualified(annotation)[1])

    def _qualified(self, annotation: str) -> tuple[Value | None, list[str]]:
        """What the first name of an annotation holds, and the qualified names that the annotation may mean."""
        root, _, rest = annotation.partition(".")
        value = self.module_name(root)
        roots = [ref.name for ref in value.refs if isinstance(ref, Extern)] if value is not None else [root]
        return value, [f"{name}.{rest}" if rest else name for name in roots]

    def _annotated(self, annotation: str) -> Value | None:
        """An object of a class that the text imports or defines, when a library knows it or it is an Enum."""
        library_ = self.program.library
        value, names = self._qualified(annotation)
        for qualified in names:
            if qualified in _CHOSEN:
                return UNKNOWN
            if qualified in library_.classes or qualified in library_.bases:
                return Value(NO, (), (Extern(qualified, True),))
        if value is not None:
            self.module.state = self.state
            enums = [one for one in resolve.externs(self.module, value) if one.rpartition(".")[2].endswith("Enum")]
            if enums:
                return UNKNOWN
        return None

    def module_name(self, name: str) -> Value | None:
        """What a module-level name holds at the end of the module; None when nothing binds it."""
        shared = self.state.cells.get((0, name))
        if shared is not None:
            return shared
        names = self.module.code.names
        for block in self.module.code.blocks:
            for instr in block.instrs:
                if instr.op in (ir.IMPORT, ir.CLASS) and name in names.get(instr.index, "").split(" "):
                    return self.module.vals[instr.index]
        return None


def _fills(code: Code) -> bool:
    """Whether a function puts something into a container, by itself."""
    for block in code.blocks:
        for instr in block.instrs:
            if instr.op == ir.SETITEM:
                return True
            if instr.op == ir.CALL and instr.args[0].op == ir.ATTR and instr.args[0].data in _FILLS:
                return True
    return False


def _callees(code: Code) -> set[object]:
    """The names by which anything is called in a code and in those within it (and other things that callees are)."""
    found: set[object] = set()
    for one in ir.codes(code):
        for instr in one.calls:
            callee = instr.args[0]
            found.add(callee.data[1] if callee.op == ir.LOAD and isinstance(callee.data, tuple) else callee.data)
    return found


def _untie(code: Code) -> None:
    """Cut what ties the instructions of loops to each other, so that they go at once, too."""
    for one in ir.codes(code):
        for block in one.blocks if one.loops else ():
            for instr in block.instrs:
                if instr.op == ir.PHI:
                    instr.args = []


def _release(act: Activation) -> None:
    """Cut what ties evaluations to each other, so that they go at once and not when the collector finds them."""
    pending = [act]
    for one in pending:
        pending.extend(inner for each in one.inner.values() for inner in each)
        one.inner = {}

"""Abstract interpretation of one code: what each instruction may give, block by block, without impossible branches.

An `Activation` is one evaluation of a code with given arguments. Calls of functions of the text are evaluated where
they stand, with what is known of their arguments, so that helpers, closures, callbacks and methods need no models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from codereal.analysis import container_methods, containers, guards, ir, loops, paths, resolve, strings
from codereal.analysis import values as v
from codereal.analysis.dataflow import Solver
from codereal.analysis.heap import Cleared, Closure, Heap, Object, Place, State
from codereal.analysis.ir import Code, Instr
from codereal.analysis.library import Sink
from codereal.analysis.program import Event, Hit, Program, Returned
from codereal.analysis.values import BOTTOM, NO, UNKNOWN, Extern, Marks, Value

_RETURN = Sink("return", (0,))  # what an entry point gives back


class Activation:
    """One evaluation of one code."""

    __slots__ = (
        "_cleared", "_edges", "_solver",
        "binding", "bound", "call", "caller", "code", "depth", "frames", "inner", "number",
        "outcomes", "program",
        "returned", "rounds", "state", "vals", "yields",
    )  # fmt: skip

    def __init__(
        self,
        program: Program,
        code: Code,
        frames: tuple[int, ...],
        caller: Activation | None,
        call: Instr | None,
        number: int,
    ) -> None:
        self.program = program
        self.code = code
        self.frames = (*frames, number) if code.kind != "class" else frames
        self.caller = caller
        self.call = call
        self.number = number
        self.depth: int = 0 if caller is None else caller.depth + 1
        self.vals: list[Value] = [BOTTOM] * code.count
        self.binding: list[Instr | None] = []  # the caller's instruction for each parameter
        self.returned: dict[int, tuple[Returned, State]] = {}  # by block: a loop may come by again
        self.yields = BOTTOM
        self.outcomes: dict[int, list[Returned]] = {}  # call → how the functions it calls return
        self.bound: dict[int, list[Instr | None]] = {}  # call → the instruction given for each parameter
        self.inner: dict[int, list[Activation]] = {}  # call → the evaluations of the functions that it calls
        self.rounds: dict[int, int] = {}
        self._edges: dict[tuple[int, int], dict[int, Value]] = {}
        self._cleared: dict[tuple[int, int], Cleared] = {}  # kept where there are loops
        self.state = State({}, {}, {})
        self._solver: Solver[State] | None = None

    # --- running -------------------------------------------------------------------------------------------------

    def run(self, arguments: list[Value], state: State) -> tuple[Value, State | None]:
        """Evaluate with these arguments; the joined result, and the state after it (None: it never returns)."""
        for param, value in zip(self.code.params, arguments, strict=True):
            self.vals[param.index] = value
        self._solver = Solver(self.code, self)
        facts = state.facts
        self._solver.solve(State(state.objects, state.cells, {}, state.cleared))
        self._solver = None  # it refers to this
        if not self.returned:
            return BOTTOM, None
        value = BOTTOM
        after: State | None = None
        for one, out in self.returned.values():
            value = v.join(value, one.value)
            after = out if after is None else after.join(out)[0]
        assert after is not None
        if self.code.is_generator:
            value = self.make("list", (self.number, self.code.serial, -1), {}, self.yields, False, after)
        return value, State(after.objects, after.cells, facts, after.cleared)

    def keep(self, state: State) -> State:
        return state.copy()

    def join(self, block: int, old: State, new: State, rounds: int) -> tuple[State, bool]:
        self.program.spend(len(new.objects) >> 4)
        return old.join(new, rounds > 3)

    def flow(self, block: int, state: State) -> list[tuple[int, State]]:
        code = self.code
        here = code.blocks[block]
        self.program.spend(len(here.instrs))
        self.state = state
        rounds = self.rounds[block] = self.rounds.get(block, 0) + 1
        vals = self.vals
        facts = state.facts
        if code.loops and len(here.preds) == 1:
            loops.left(self, block, here.preds[0])
        changed: list[int] | None = [] if rounds > 1 else None
        falls = True
        for instr in here.instrs:
            index = instr.index
            value = _OPS[instr.op](self, instr)
            if changed is not None and value != vals[index]:
                changed.append(index)
            vals[index] = value
            if value is BOTTOM and instr.op == ir.CALL:
                # The call never returns.
                falls = False
                break
            if facts and index in facts and instr.op != ir.CALL:
                del facts[index]
        if changed:
            self._revisit(changed)
        outs = [(handler, state.copy()) for handler in here.handlers] if here.handlers else []
        succs = here.succs if falls else []
        if here.condition is not None and len(succs) == 2:
            outs.extend(self._branch(here.condition, succs))
        elif len(succs) == 1:
            outs.append((succs[0], state))
        else:
            # (Where there are loops the solver copies what a block begins with.)
            outs.extend((succ, state if code.loops else state.copy()) for succ in succs)
        for succ, out in outs:
            key = (block, succ)
            if key not in self._edges and succ in self.rounds and self._solver is not None:
                # A way into a block that was evaluated before: its phis have one more value.
                self._solver.again(succ)
            elif code.loops and succ in self.rounds and self._differs(key, out):
                way_out = loops.way_out(code, succ)
                if way_out is not None and way_out in self.rounds and self._solver is not None:
                    # What all rounds of a loop have shown has changed.
                    self._solver.again(way_out)
            self._edges[key] = out.facts
            if code.loops:
                self._cleared[key] = out.cleared
        return outs

    def _differs(self, edge: tuple[int, int], out: State) -> bool:
        """Whether what is shown on a way differs from what was when it was last taken."""
        return out.facts != self._edges.get(edge) or out.cleared != self._cleared.get(edge)

    def _branch(self, condition: Instr, succs: list[int]) -> list[tuple[int, State]]:
        truth = guards.truth(self, self.value(condition))
        outs: list[tuple[int, State]] = []
        state = self.state
        for succ, polarity in ((succs[0], True), (succs[1], False)):
            if truth is not None and truth is not polarity:
                continue
            # (Without loops nothing comes back for the state itself.)
            out = state.copy() if truth is None and (polarity or self.code.loops) else state
            self.state = out
            if guards.assume(self, condition, polarity):
                outs.append((succ, out))
            self.state = state
        return outs

    def _revisit(self, changed: list[int]) -> None:
        users = ir.users(self.code)
        solver = self._solver
        assert solver is not None
        for index in changed:
            for block in users.get(index, ()):
                solver.again(block)

    # --- reading and making --------------------------------------------------------------------------------------

    def value(self, instr: Instr) -> Value:
        """What `instr` gave, as far as conditions on the way here have narrowed it."""
        facts = self.state.facts
        if facts:
            fact = facts.get(instr.index)
            if fact is not None:
                return fact
        return self.vals[instr.index]

    def given(self, param: Instr) -> tuple[Activation, Instr] | None:
        """The caller, and its instruction that gave a parameter; None at an entry point, or when it is not one."""
        if self.call is None or self.caller is None:
            return None
        at = self.code.params.index(param)
        source = self.binding[at] if at < len(self.binding) else None
        return (self.caller, source) if source is not None else None

    def chain(self) -> Iterator[Activation]:
        """This evaluation and those that led to it, the module's last."""
        current: Activation | None = self
        while current is not None:
            yield current
            current = current.caller

    @property
    def entry(self) -> Activation:
        """The evaluation of the entry point (or of the module) that led to this one."""
        return next(one for one in self.chain() if one.call is None or one.caller is None)

    def place(self, instr: Instr) -> Place:
        return (self.number, self.code.serial, instr.index)

    def make(
        self,
        kind: str,
        place: Place,
        items: dict[object, Value],
        rest: Value,
        exact: bool,
        state: State | None = None,
        keys: Value = BOTTOM,
    ) -> Value:
        """A new object of the program, and the value that refers to it."""
        (state or self.state).objects[place] = Object(kind, items, rest, exact, (), keys)
        return Value(NO, (), (Heap(place),))

    def objects(self, value: Value) -> list[tuple[Heap, Object]]:
        """The objects of the program that a value may refer to."""
        found: list[tuple[Heap, Object]] = []
        for ref in value.refs:
            if isinstance(ref, Heap):
                obj = self.state.objects.get(ref.place)
                if obj is not None:
                    found.append((ref, obj))
        return found

    def marks(self, value: Value, depth: int = 3) -> Marks:
        """All marks in a value and, a few levels deep, in what it refers to."""
        found = v.marks_of(value)
        for ref in value.refs if depth else ():
            obj = self.state.objects.get(ref.place) if isinstance(ref, Heap) else None
            if obj is None or obj.kind == "class":
                continue
            for item in (*obj.items.values(), obj.rest, obj.keys):
                if item.parts or item.refs:
                    more = self.marks(item, depth - 1)
                    if more:
                        found |= more
        return found

    def facts_from(self, pred: int, block: int) -> dict[int, Value]:
        """What conditions had shown when `pred` went on to `block`, by instruction; not to be changed."""
        return self._edges.get((pred, block), {})

    def rounds_of(self, header: int) -> list[tuple[dict[int, Value], Cleared]]:
        """What conditions had shown at the end of the rounds of the loop at `header`, for each way back to it."""
        ways = [(pred, header) for pred in self.code.blocks[header].preds[1:]]
        return [(self._edges[way], self._cleared[way]) for way in ways if way in self._edges]

    def bindings(self, call: Instr) -> list[tuple[Returned, list[Instr | None]]]:
        """How the functions that `call` calls return, each with the instruction given for each parameter."""
        binding = self.bound.get(call.index, [])
        return [(outcome, binding) for outcome in self.outcomes.get(call.index, ())]

    # --- operations ----------------------------------------------------------------------------------------------

    def _const(self, instr: Instr) -> Value:
        constants = self.code.constants
        value = constants.get(instr.index)
        if value is None:
            value = constants[instr.index] = v.constant(instr.data)
        return value

    def _param(self, instr: Instr) -> Value:
        return self.vals[instr.index]

    def _phi(self, instr: Instr) -> Value:
        value = BOTTOM
        block = instr.block
        widen = self.rounds[block] > 3
        edges = self._edges
        preds = self.code.blocks[block].preds
        for pred, arg in zip(preds, instr.args, strict=True):
            facts = edges.get((pred, block))
            if facts is None:
                continue
            one = facts.get(arg.index) if facts else None
            value = v.join(value, self.vals[arg.index] if one is None else one, widen)
        return value

    def _name(self, instr: Instr) -> Value:
        return resolve.name(self, str(instr.data), instr)

    def _load(self, instr: Instr) -> Value:
        depth, name = _cell(instr)
        found = self.state.cells.get((self.frames[depth], name)) if depth < len(self.frames) else None
        return UNKNOWN if found is None else found

    def _store(self, instr: Instr) -> Value:
        depth, name = _cell(instr)
        value = self.value(instr.args[0])
        if depth < len(self.frames):
            self.state.cells[(self.frames[depth], name)] = value
        return value

    def _attr(self, instr: Instr) -> Value:
        return resolve.attribute(self, self.value(instr.args[0]), str(instr.data), instr)

    def _setattr(self, instr: Instr) -> Value:
        value = self.value(instr.args[1])
        base = self.value(instr.args[0])
        found = self.objects(base)
        self.event("setattr", instr, base, None)
        self._set(base, f".{instr.data}", instr, instr.args[1], value)
        for ref, obj in found:
            self.state.objects[ref.place] = obj.put(instr.data, value, len(found) == 1)
        return value

    def _set(self, base: Value, what: str, instr: Instr, source: Instr, value: Value) -> None:
        """Something of another module's object is set: a sink, if a library says so."""
        for ref in base.refs:
            if isinstance(ref, Extern):
                for sink in self.program.library.set_sinks.get(ref.name + what, ()):
                    self.program.report(Hit(self, instr, ref.name + what, sink, source, value, True))

    def event(self, kind: str, instr: Instr, base: Value, key: Value | None) -> None:
        """Remember what is done to an object; the last evaluation of an instruction counts."""
        self.program.events[(self.number, instr.index)] = Event(self, instr, kind, base, key)

    def _item(self, instr: Instr) -> Value:
        return containers.item(self, self.value(instr.args[0]), instr.args[1])

    def _setitem(self, instr: Instr) -> Value:
        value = self.value(instr.args[2])
        base, key = self.value(instr.args[0]), self.value(instr.args[1])
        self.event("setitem", instr, base, key)
        if base.refs:
            if isinstance(key.const, str):
                self._set(base, f"[{key.const}]", instr, instr.args[2], value)
            self._set(base, "[]", instr, instr.args[1], key)
            self._set(base, "[]", instr, instr.args[2], value)
        containers.set_item(self, instr.args[0], key, value)
        return value

    def _delitem(self, instr: Instr) -> Value:
        base, key = self.value(instr.args[0]), self.value(instr.args[1])
        self.event("delitem", instr, base, key)
        containers.delete(self, base, key)
        return v.NONE

    def _call(self, instr: Instr) -> Value:
        return calls.call(self, instr)

    def _binary(self, instr: Instr) -> Value:
        left, right = self.value(instr.args[0]), self.value(instr.args[1])
        op = str(instr.data)
        if op == "%" and left.refs and not left.parts:
            # A text of a class that escapes what is put into it.
            names = [f"{ref.name}.__mod__" for ref in left.refs if isinstance(ref, Extern)]
            escaping = [one for name in names if (one := self.program.library.sanitizers.get(name)) is not None]
            if escaping:
                marks = frozenset(mark.clear(kind) for mark in self.marks(right) for kind in escaping[0].clears)
                return v.marked(marks, escaping[0].letters)
        if op == "/" and (left.refs or right.refs):
            joined = paths.divide(self, left, right)
            if joined is not None:
                return joined
        if op == "+" or op == "+=":
            added = container_methods.add(self, left, right, op == "+=", instr)
            if added is not None:
                return added
        return strings.binary(self, op.removesuffix("="), left, right)

    def _unary(self, instr: Instr) -> Value:
        value = self.value(instr.args[0])
        if instr.data == "not":
            truth = guards.truth(self, value)
            return v.BOOLEAN if truth is None else v.constant(not truth)
        if isinstance(value.const, (int, float)):
            return v.constant(-value.const if instr.data == "-" else value.const) if instr.data != "~" else v.NUMBER
        return v.NUMBER

    def _compare(self, instr: Instr) -> Value:
        return guards.compare(self, str(instr.data), self.value(instr.args[0]), self.value(instr.args[1]))

    def _build(self, instr: Instr) -> Value:
        return containers.build(self, instr)

    def _join(self, instr: Instr) -> Value:
        return strings.joined(self, instr)

    def _element(self, instr: Instr) -> Value:
        iterable = self.value(instr.args[0])
        for ref in iterable.refs:
            library = self.program.library
            for name in library.find(f"{ref.name}.__iter__") if isinstance(ref, Extern) else ():
                source = library.call_sources.get(name)
                if source is not None:
                    return v.marked(self.program.source(source.kind, source.words, instr.pos, self.place(instr)))
        return containers.element(self, iterable)

    def _pick(self, instr: Instr) -> Value:
        return containers.pick(self, self.value(instr.args[0]), instr)

    def _slice(self, instr: Instr) -> Value:
        return UNKNOWN

    def _closure(self, instr: Instr) -> Value:
        code = instr.data
        assert isinstance(code, Code)
        if not code.serial:
            self.program.serial += 1
            code.serial = self.program.serial
        closure = Closure(code, self.frames, tuple(self.value(arg) for arg in instr.args), None)
        self.program.functions.setdefault(code.serial, closure)
        return Value(NO, (), (closure,))

    def _class(self, instr: Instr) -> Value:
        return classes.define(self, instr)

    def _import(self, instr: Instr) -> Value:
        return resolve.imported(self, str(instr.data), instr)

    def _yield(self, instr: Instr) -> Value:
        value = self.value(instr.args[0])
        self.yields = v.join(self.yields, containers.element(self, value) if instr.data else value)
        return UNKNOWN

    def _exception(self, instr: Instr) -> Value:
        for kind in instr.args:
            value = self.value(kind)
            several = [item for _, obj in self.objects(value) for item in obj.items.values()]
            for ref in [ref for one in (value, *several) for ref in one.refs]:
                errors = self.program.library.errors
                name = ref.name if isinstance(ref, Extern) else ""
                words = errors.get(name.partition(".")[0]) or errors.get(name.rpartition(".")[0])
                if words is not None:
                    return v.marked(self.program.source("error", words, instr.pos, self.place(instr)))
        return UNKNOWN

    def _collect(self, instr: Instr) -> Value:
        return containers.collect(self, instr)

    def _unpack(self, instr: Instr) -> Value:
        value = self.value(instr.args[0])
        return value if instr.data != "*" else containers.element(self, value)

    def _enter(self, instr: Instr) -> Value:
        return classes.enter(self, instr)

    def _match(self, instr: Instr) -> Value:
        return v.BOOLEAN

    def _return(self, instr: Instr) -> Value:
        value = self.value(instr.args[0])
        facts = self.state.facts
        whole: dict[int, Value] = {}
        for at, param in enumerate(self.code.params) if facts else ():
            fact = facts.get(param.index)
            if fact is not None:
                whole[at] = fact
        on_true, on_false = whole, whole
        if value.const is NO and self.code.params and self.call is not None:
            # (What the result shows is asked by who calls.)
            on_true = guards.shown(self, instr.args[0], True, whole)
            on_false = guards.shown(self, instr.args[0], False, whole)
        self.returned[instr.block] = (Returned(value, whole, on_true, on_false, self.state.cleared), self.state)
        if self.call is None and self.caller is not None:
            self.program.report(Hit(self, instr, "return", _RETURN, instr.args[0], value, True))
        return value

    def _undefined(self, instr: Instr) -> Value:
        return BOTTOM

    def _await(self, instr: Instr) -> Value:
        return self.value(instr.args[0])


def _cell(instr: Instr) -> tuple[int, str]:
    data = instr.data
    assert isinstance(data, tuple)
    return data


_OPS: list[Callable[[Activation, Instr], Value]] = [
    Activation._const, Activation._param, Activation._phi, Activation._name, Activation._load, Activation._store,
    Activation._attr, Activation._setattr, Activation._item, Activation._setitem, Activation._delitem, Activation._call,
    Activation._binary, Activation._unary, Activation._compare, Activation._build, Activation._join,
    Activation._element,
    Activation._pick, Activation._slice, Activation._closure, Activation._class, Activation._import, Activation._yield,
    Activation._exception, Activation._collect, Activation._unpack, Activation._enter, Activation._match,
    Activation._return, Activation._undefined, Activation._await,
]  # fmt: skip

# They need this module in turn. (Imported where they are used, they would be looked up for every call.)
from codereal.analysis import calls, classes  # noqa: E402

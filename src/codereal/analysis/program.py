"""What all evaluations of one text share: the library, the budget, the functions met and the sinks hit."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

from codereal.analysis import tree as t
from codereal.analysis import values as v
from codereal.analysis.heap import Cleared, Closure, Place
from codereal.analysis.ir import Code, Instr
from codereal.analysis.library import Library, Sink
from codereal.analysis.values import Mark, Marks, Origin, Value

if TYPE_CHECKING:
    from codereal.analysis.arguments import Arguments
    from codereal.analysis.interpret import Activation

MAX_DEPTH = 10  # calls inside calls that are followed
MAX_REPEATS = 2  # activations of one code on the stack
MAX_CALLS = 48  # evaluations of one code in one text; then its calls are opaque
MAX_STEPS = 1_000_000  # instructions evaluated in one text: about two seconds
MAX_ENTRY_STEPS = 20_000  # instructions evaluated for one entry point; then calls in it are opaque
BLOCK_STEPS = 4  # what a block costs beside its instructions


class OutOfBudget(Exception):  # noqa: N818 - it ends the evaluation, it is no error of the program
    """The text needs more time or steps than it is given; what was found so far stands."""


class Hit:
    """Data reaches an argument of a sink."""

    __slots__ = ("activation", "argument", "arguments", "call", "count", "is_known", "name", "sink", "value")

    def __init__(
        self,
        activation: Activation,
        call: Instr,
        name: str,
        sink: Sink,
        argument: Instr,
        value: Value,
        is_known: bool,
        arguments: Arguments | None = None,
    ) -> None:
        self.activation = activation
        self.call = call
        self.name = name
        self.sink = sink
        self.argument = argument
        self.value = value
        self.is_known = is_known  # the sink is known by its class, not by the method's name alone
        self.count = len(call.args) - 1
        self.arguments = arguments  # all arguments, when the sink is a call

    def given(self, *places: int | str) -> Value | None:
        """The argument at one of these positions or keywords; None when the call does not say."""
        if self.arguments is None:
            return None
        found = self.arguments.find(places)
        return self.arguments.values[found[0]] if found else None

    def is_cleared(self, mark: Mark, kind: str) -> bool:
        """Whether this untrusted data was made harmless for a kind of sink, or a check of it has passed."""
        cleared = self.activation.state.cleared
        return any(one in mark.cleared or (mark.origin, one) in cleared for one in (kind, "*"))


class Event:
    """Something is done to an object: "setitem", "delitem", "setattr", or a method that changes it."""

    __slots__ = ("activation", "base", "chosen", "instr", "key", "kind")

    def __init__(self, activation: Activation, instr: Instr, kind: str, base: Value, key: Value | None) -> None:
        self.activation = activation
        self.instr = instr
        self.kind = kind
        self.base = base
        self.key = key
        self.chosen: tuple[tuple[Activation, Instr], ...] | None = None  # see `evidence.chosen_by`


class Returned:
    """One way out of a function: the value, and what is known there of its parameters (also if it is true or false)."""

    __slots__ = ("cleared", "facts", "facts_false", "facts_true", "value")

    def __init__(
        self,
        value: Value,
        facts: dict[int, Value],
        facts_true: dict[int, Value],
        facts_false: dict[int, Value],
        cleared: Cleared,
    ) -> None:
        self.cleared = cleared
        self.value = value
        self.facts = facts
        self.facts_true = facts_true
        self.facts_false = facts_false


class Program:
    """What all activations of one text share: library, budget, functions met, sinks hit."""

    def __init__(self, library: Library, deadline: float, report: Callable[[Hit], None]) -> None:
        self.library = library
        self.deadline = deadline
        self.report = report
        self.functions: dict[int, Closure] = {}
        self.classes: dict[int, Value] = {}
        self.module: Activation | None = None
        self.events: dict[tuple[int, int], Event] = {}  # of the entry point that is evaluated
        self.fields: dict[Place, list[str]] = {}  # class → its declared fields in order
        self.nodes: dict[Place, t.Class] = {}  # class → its statement
        self.shapes: dict[Origin, dict[str, int]] = {}  # document → the alphabets that its class leaves of its fields
        self.validated: dict[
            Origin, dict[str, frozenset[str]]
        ] = {}  # document → what its fields were made harmless for
        self.annotated: Callable[[str], Value | None] | None = None  # the object that an annotation names
        self.handed: frozenset[int] = frozenset()  # numbers of parameters of functions that a service calls
        self.body: list[t.Node] = []  # the statements of the module
        self.routes: dict[int, str] = {}  # codes that a framework calls → what it makes of their result ("html" or "")
        self.converted: dict[tuple[int, str], int] = {}  # (code, parameter) → alphabet that its route's address leaves
        self.properties: set[int] = set()  # codes that reading an attribute evaluates
        self.called: set[int] = set()
        self.helpers: set[str] | None = None  # names that functions of the text call; made when a rule asks
        self.calls: dict[int, int] = {}
        self.numbers: dict[tuple[int, int, int], int] = {}
        self.blocks = 0
        self.steps = 0
        self.entry_start = 0
        self.origins: dict[tuple[int, int, int], Marks] = {}
        self.declared: dict[str, int] = {}  # attribute of parsed arguments → the alphabet that its declarations leave
        self.declaring: set[Origin] = set()  # where such arguments were parsed
        self.serial = 0

    def spend(self, instructions: int) -> None:
        """Count work. The limit is in steps, so that a verdict never depends on how busy the machine is."""
        self.blocks += 1
        self.steps += instructions + BLOCK_STEPS
        if self.steps > MAX_STEPS or (not self.blocks & 255 and perf_counter() > self.deadline):
            raise OutOfBudget

    def begin(self) -> None:
        """A new entry point."""
        self.entry_start = self.steps
        self.events = {}

    def is_tired(self) -> bool:
        """Whether the entry point has used up its share."""
        return self.steps - self.entry_start > MAX_ENTRY_STEPS

    def source(
        self, kind: str, words: str, pos: t.Pos, at: tuple[int, int, int], clears: tuple[str, ...] = ()
    ) -> Marks:
        """The marks of a place where untrusted data enters: always the same object for the same place."""
        found = self.origins.get(at)
        if found is None:
            found = self.origins[at] = frozenset((v.Mark(Origin(kind, words, pos), frozenset(clears)),))
        return found

    def number(self, caller: int, call: Instr, code: Code) -> int:
        """A number for the activation of `code` by this call in this caller: the same each time it is evaluated."""
        if not code.serial:
            self.serial += 1
            code.serial = self.serial
        return self.numbers.setdefault((caller, call.index, code.serial), len(self.numbers) + 1)

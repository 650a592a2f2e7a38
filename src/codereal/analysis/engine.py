"""Rules × program: `check` and `check_many`. What goes wrong is data in the report, never an exception."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

from codereal.analysis import alphabet, heap, library, source, taint
from codereal.analysis import values as v
from codereal.analysis.calls import Arguments, instantiate
from codereal.analysis.finding import Finding, Report, Step
from codereal.analysis.heap import Closure, Heap, State
from codereal.analysis.interpret import Activation, Hit, OutOfBudget, Program
from codereal.analysis.ir import Instr
from codereal.analysis.lower import lower
from codereal.analysis.tree import Parameter
from codereal.analysis.values import CLEAN, NO, UNKNOWN, Extern, Mark, Value
from codereal.errors import UsageError
from codereal.rules import RULES, Rule, Verdict

BUDGET_SECONDS = (
    20.0  # of wall time for one text: a safety net; the budget of steps comes first, the same on any machine
)
_CONFIDENCE = {"high": 2, "medium": 1, "low": 0}
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
_LETTERS = {name: alphabet.NAMED[letters] for letters, names in _ANNOTATED.items() for name in names}


def check(
    code: str,
    *,
    context: str = "",
    select: Collection[str] | None = None,
    ignore: Collection[str] | None = None,
) -> Report:
    """Find defects in `code`.

    `context` is code that stands before it: analysed with it, never reported on. `select` and `ignore` hold rule ids.
    Raises UsageError for an unknown rule id and DataError for a broken library file; nothing that `code` says raises.
    """
    return _Check(_rules(select, ignore)).run(code, context)


def check_many(codes: Iterable[str], *, contexts: Sequence[str] | None = None, jobs: int | None = None) -> list[Report]:
    """`check` for each of `codes`, in order; `jobs` processes (default: one in this process)."""
    texts = list(codes)
    before = list(contexts) if contexts is not None else [""] * len(texts)
    if len(before) != len(texts):
        raise UsageError(f"{len(texts)} codes but {len(before)} contexts")
    if jobs is None or jobs <= 1 or len(texts) < 2 * jobs:
        return [check(code, context=context) for code, context in zip(texts, before, strict=True)]
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(jobs) as pool:
        size = max(1, len(texts) // (jobs * 4))
        return list(pool.map(_check_pair, zip(texts, before, strict=True), chunksize=size))


def _check_pair(pair: tuple[str, str]) -> Report:
    return check(pair[0], context=pair[1])


def _rules(select: Collection[str] | None, ignore: Collection[str] | None) -> list[Rule]:
    for asked in (*(select or ()), *(ignore or ())):
        if asked not in RULES:
            raise UsageError(f"unknown rule {asked!r}; `codereal rules` lists them")
    return [rule for name, rule in RULES.items() if (select is None or name in select) and name not in (ignore or ())]


@cache
def ruleset_hash() -> str:
    """Twelve hex digits of a SHA-256 over rules, libraries, the analysis itself and the parser's version."""
    package = Path(__file__).parent.parent
    digest = hashlib.sha256(source.parser_version().encode())
    for folder, ending in (("analysis", "*.py"), ("rules", "*.py"), ("libraries", "*.toml")):
        for path in sorted((package / folder).glob(ending)):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


class _Check:
    """One run over one text."""

    def __init__(self, rules: list[Rule]) -> None:
        self.rules: dict[str, list[Rule]] = {}
        for rule in rules:
            for kind in rule.sinks:
                self.rules.setdefault(kind, []).append(rule)
        self.found: dict[tuple[str, int, int], tuple[int, Finding]] = {}
        self.tree: source.Tree | None = None

    def run(self, code: str, context: str) -> Report:
        tree = self.tree = source.parse(code)
        errors = [f"line {line}: {message}" for line, message in tree.errors]
        body, scope = tree.body, tree.scope
        if context:
            # Its lines count up to 0, so that nothing in it is ever reported.
            before = source.parse(context, last_line=0)
            body = before.body + body
            scope.stores |= before.scope.stores
            scope.mentions |= before.scope.mentions
            scope.children = before.scope.children + scope.children
        program = Program(library.load(), perf_counter() + BUDGET_SECONDS, self._report)
        try:
            _Entries(program).run(lower(body, scope))
        except OutOfBudget:
            errors.append("analysis stopped: out of its budget of time; what was found until then stands")
        except RecursionError:
            errors.append("analysis stopped: nested too deeply; what was found until then stands")
        findings = sorted((finding for _, finding in self.found.values()), key=_place)
        return Report(tuple(findings), tuple(errors))

    def _report(self, hit: Hit) -> None:
        for rule in self.rules.get(hit.sink.kind, ()):
            verdict = rule.judge(hit)
            if verdict is None:
                continue
            pos = hit.call.pos
            if pos[0] < 1:
                continue
            key = (rule.id, pos[0], pos[1])
            rank = _CONFIDENCE[verdict.confidence]
            if key not in self.found or self.found[key][0] < rank:
                self.found[key] = (rank, self._finding(rule, hit, verdict))

    def _finding(self, rule: Rule, hit: Hit, verdict: Verdict) -> Finding:
        tree = self.tree
        assert tree is not None
        line, column, end_line, end_column = hit.call.pos
        steps = taint.flow(hit.activation, hit.argument, verdict.mark)
        steps.append(Step(line, column, f"sink: {hit.name.removeprefix('?.')}"))
        return Finding(
            rule=rule.id,
            cwe=rule.cwe,
            line=line,
            column=tree.column(line, column),
            end_line=end_line,
            end_column=tree.column(end_line, end_column),
            message=verdict.message,
            hint=rule.hint,
            severity=rule.severity,
            confidence=verdict.confidence,
            flow=tuple(Step(max(one.line, 1), tree.column(one.line, one.column), one.message) for one in steps),
        )


def _place(finding: Finding) -> tuple[int, int, str]:
    return (finding.line, finding.column, finding.rule)


class _Entries:
    """Evaluates a module, then every function that may be called from outside with untrusted arguments."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.instances: dict[int, Value] = {}
        self.state = State({}, {}, {})

    def run(self, module: Any) -> None:
        program = self.program
        program.serial += 1
        module.serial = program.serial
        self.module = Activation(program, module, (), None, None, 0)
        _, after = self.module.run([], self.state)
        self.state = after if after is not None else self.module.state
        self.is_script = any(mark.origin.kind != "environment" for marks in program.origins.values() for mark in marks)
        done: set[int] = set()
        # A function may define more functions: go on until there are none left.
        while True:
            waiting = [closure for serial, closure in program.functions.items() if serial not in done]
            if not waiting:
                return
            waiting.sort(key=lambda closure: closure.code.name != "__init__")
            for closure in waiting:
                done.add(closure.code.serial)
                if self._is_entry(closure):
                    self._enter(closure)

    def _is_entry(self, closure: Closure) -> bool:
        code = closure.code
        if code.serial in self.program.routes or code.serial not in self.program.called:
            return True
        # A script that reads input of its own is no library: its functions are called as it calls them.
        if self.is_script:
            return False
        # A public function is called from other files too; a function inside a function is not.
        return not code.name.startswith(("_", "<")) and code.depth == 1 and code.name != "main"

    def _enter(self, closure: Closure) -> None:
        program = self.program
        program.begin()
        code = closure.code
        node = code.params
        is_route = code.serial in program.routes
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
        if after is not None:
            # What the next entry point may meet: changed objects of the module and attributes of instances.
            heap.prune(after, before.objects, ())
            frames = {number for one in program.functions.values() for number in one.frames}
            after.cells = {key: value for key, value in after.cells.items() if key[0] in frames}
            self.state = before.join(after)[0]

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
                from codereal.analysis.heap import instance

                self.state.objects[place] = instance("instance", cls)
                self.instances[serial] = Value(NO, (), (Heap(place),))
            return self.instances[serial]
        return UNKNOWN

    def _argument(self, act: Activation, instr: Instr, parameter: Parameter, kind: str, default: Value | None) -> Value:
        """An untrusted argument: as much as its annotation leaves of it."""
        program = self.program
        annotation = parameter.annotation
        letters = _LETTERS.get(annotation)
        if letters is not None:
            marks = program.source(kind, f"parameter {parameter.name}", instr.pos, act.place(instr))
            return v.marked(marks, letters)
        if annotation and annotation != "str":
            if self._is_request(annotation):
                marks = program.source("request", f"the request in {parameter.name}", instr.pos, act.place(instr))
                return v.marked(marks)
            known = self._annotated(annotation)
            if known is not None:
                return known
        marks = program.source(kind, f"parameter {parameter.name}", instr.pos, act.place(instr))
        if parameter.kind == "*":
            return act.make("tuple", act.place(instr), {}, v.marked(marks), False)
        if parameter.kind == "**":
            return act.make("dict", act.place(instr), {}, v.marked(marks), False)
        return v.marked(marks)

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
            if qualified in library_.classes or qualified in library_.bases:
                return Value(NO, (), (Extern(qualified, True),))
        if value is not None:
            from codereal.analysis import resolve

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
        for block in self.module.code.blocks:
            for instr in block.instrs:
                if isinstance(instr.data, str) and instr.data.rpartition(".")[2] == name and instr.op == 22:
                    return self.module.vals[instr.index]
        return None


__all__ = ["CLEAN", "Arguments", "Mark", "check", "check_many", "instantiate", "ruleset_hash"]

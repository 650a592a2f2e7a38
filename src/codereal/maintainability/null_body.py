"""Code that does nothing satisfies every checker; it earns nothing.

A function is *inert* if every way through it ends the same: it falls off its end, raises, or returns one and
the same constant, and on the way it touches nothing outside (`pass`, `...`, a docstring, `raise
NotImplementedError`, `if x: raise ValueError` before `raise TypeError`). A program is null if its module level
does nothing and all its functions are inert, or if an entry function (one that nothing else in the text
names) has an empty or rejecting body. Abstract methods, overloads and protocol members are not functions of
their own.

How it could be cheated: by work that has no effect (`sum(range(9))` before `return None`). What stops that:
the unit tests; this term only keeps the quality half from paying for nothing.

>>> null_spots(Source("def solve(n: int) -> int:\\n    raise NotImplementedError"))[0].kind
'rejects'
>>> null_spots(Source("def even(n: int) -> bool:\\n    return n % 2 == 0"))
[]
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from codereal.maintainability._source import Source, Spot

_DECLARATIONS = frozenset({"abstractmethod", "overload", "abstractproperty"})
_TALK = frozenset({"print", "exit", "quit", "sys.exit", "os._exit"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef
# Outcomes beside `returns …` some constant.
_FALLS, _RAISES, _WORKS, _NONE = "falls off the end", "raises", "works", "returns None"


def null_spots(source: Source) -> list[Spot]:
    """Return why the program is null: nothing if it is not, one spot for the program or one a null entry.

    A text that does not parse has no statements that could do anything, and is null.
    """
    if source.tree is None:
        return [Spot(1, 1, 1, 1, "the code does not parse, or is nested too deeply", "unparsable")]
    body = source.tree.body
    if not _statements(body):
        return [Spot(1, 1, 1, 1, "there is no code, only comments or nothing", "empty")]
    functions = list(_functions(source))
    bodies = [(function, _body_kind(function)) for function in functions]
    works = _module_works(body) or (not functions and _declares_fields(source))
    named = _named(source)
    spots = [
        Spot.at(function, f"`{function.name}` {words}", kind)
        for function, (kind, words) in bodies
        if kind in {"empty", "rejects"} and function in body and function.name not in named
    ]
    if not works and not any(kind == "works" for _, (kind, _words) in bodies):
        return spots or [_whole(body, functions)]
    return spots


def substance(spots: list[Spot]) -> float:
    """Return the term: 0 if the program is null, else 1."""
    return 0.0 if spots else 1.0


def _whole(body: list[ast.stmt], functions: list[_Function]) -> Spot:
    if functions:
        return Spot.at(functions[0], "every function gives the same answer to everything", "constant")
    return Spot.at(body[0], "the program does nothing", "empty")


def _functions(source: Source) -> Iterator[_Function]:
    protocols = {
        id(item)
        for node in source.nodes
        if isinstance(node, ast.ClassDef)
        and any(source.qualified(_base(base)).endswith("Protocol") for base in node.bases)
        for item in node.body
    }
    for node in source.nodes:
        if isinstance(node, _Function) and id(node) not in protocols:
            decorators = {source.qualified(decorator).rpartition(".")[2] for decorator in node.decorator_list}
            if not decorators & _DECLARATIONS:
                yield node


def _base(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Subscript) else node


def _named(source: Source) -> set[str]:
    """Return the names that the text uses; a function among them is a helper, not an entry."""
    names = {node.id for node in source.nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in source.nodes if isinstance(node, ast.Attribute)}


def _body_kind(function: _Function) -> tuple[str, str]:
    outcomes = {_NONE if outcome == _FALLS else outcome for outcome in _outcomes(function.body)}
    if outcomes == {_RAISES}:
        return "rejects", "rejects everything"
    if outcomes == {_NONE}:
        return "empty", "has an empty body"
    if _WORKS not in outcomes and len(outcomes) == 1:
        return "constant", "gives the same answer to everything"
    return "works", ""


def _statements(body: Iterable[ast.stmt]) -> list[ast.stmt]:
    """Return the statements that are more than words: no `pass`, no `...`, no docstring."""
    idle = (ast.Pass, ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom)
    return [
        node
        for node in body
        if not isinstance(node, idle) and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]


def _outcomes(body: list[ast.stmt]) -> set[str]:
    """Return all the ways in which a block can end."""
    ends: set[str] = set()
    for node in body:
        step = _step(node)
        ends |= step - {_FALLS}
        if _FALLS not in step or _WORKS in ends:
            return ends
    return ends | {_FALLS}


def _step(node: ast.stmt) -> set[str]:
    match node:
        case ast.Raise():
            return {_RAISES}
        case ast.Return(value=value):
            return {_NONE} if value is None else {_constant(value) or _WORKS}
        case ast.Assert(test=test):
            return {_RAISES} if isinstance(test, ast.Constant) and not test.value else {_FALLS}
        case ast.If(test=ast.Constant(value=value)):
            return _outcomes(node.body if value else node.orelse)
        case ast.If():
            return _outcomes(node.body) | _outcomes(node.orelse)
        case ast.While(test=ast.Constant(value=value)) if value:
            return (_outcomes(node.body) - {_FALLS}) or {_RAISES}  # never ends: as good as a refusal
        case ast.For() | ast.AsyncFor() | ast.While():
            return _outcomes(node.body) | _outcomes(node.orelse) | {_FALLS}
        case ast.Try():
            return _try(node)
        case ast.Assign(targets=targets, value=value) if all(isinstance(target, ast.Name) for target in targets):
            return {_FALLS} if _constant(value) else {_WORKS}
        case ast.AnnAssign(target=ast.Name(), value=value):
            return {_FALLS} if value is None or _constant(value) else {_WORKS}
        case ast.Expr(value=ast.Call() as call) if _is_talk(call):
            return {_FALLS}
    return {_WORKS} if _statements([node]) else {_FALLS}


def _try(node: ast.Try) -> set[str]:
    ends = _outcomes(node.body)
    if _FALLS in ends:
        ends = (ends - {_FALLS}) | _outcomes(node.orelse)
    ends = ends.union(*(_outcomes(handler.body) for handler in node.handlers))
    last = _outcomes(node.finalbody)
    return ends | (last - {_FALLS}) if _FALLS in last else last


def _constant(value: ast.expr | None) -> str | None:
    """Return a name for a constant expression, the same for the same constant; None if it is not constant."""
    if isinstance(value, ast.Constant):
        return f"returns {value.value!r}"
    if isinstance(value, ast.UnaryOp):
        inner = _constant(value.operand)
        return inner and f"{type(value.op).__name__} {inner}"
    if isinstance(value, ast.List | ast.Tuple | ast.Set | ast.Dict):
        parts = [part for part in ast.iter_child_nodes(value) if isinstance(part, ast.expr)]
        return ast.dump(value) if all(_constant(part) for part in parts) else None
    return None


def _is_talk(call: ast.Call) -> bool:
    """Printing or ending with constants only."""
    name = ast.unparse(call.func) if isinstance(call.func, ast.Name | ast.Attribute) else ""
    return name in _TALK and all(_constant(argument) for argument in call.args)


def _module_works(body: list[ast.stmt]) -> bool:
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    rest = [node for node in body if not isinstance(node, definitions)]
    return any(_WORKS in _step(node) for node in _statements(rest))


def _declares_fields(source: Source) -> bool:
    """A class of fields is work of its own kind, if the program has no function that could be asked for."""
    classes = [node for node in source.nodes if isinstance(node, ast.ClassDef)]
    return any(isinstance(item, ast.AnnAssign | ast.Assign) for node in classes for item in node.body)

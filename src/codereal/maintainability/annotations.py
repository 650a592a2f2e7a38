"""How much of the functions' signatures says what it takes and gives.

Every parameter (without `self` and `cls`) and every return is one slot. A slot counts 1 if it has a real
type, ½ if the type holds `Any` somewhere inside (`dict[str, Any]`), 0 if it has none or one that says
nothing: `Any`, `object`, a union with one of them, under whatever name. A variable declared `Any` is a slot
that counts 0. A lambda bound to a name is a function without annotations unless the name is annotated.

The term is the mean of the share over all slots and the share of the worst function, so that many small
annotated functions do not buy off the one that matters. Code without functions has nothing to annotate: 1.

How it could be cheated: by types that are real but wrong. What stops that: mypy.

>>> annotated(annotation_slots(Source("def double(x: int) -> int: return 2 * x")))
1.0
>>> annotated(annotation_slots(Source("from typing import Any\\ndef double(x: Any) -> Any: return 2 * x")))
0.0
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codereal.maintainability._source import Source, Spot

_EMPTY = frozenset({"typing.Any", "Any", "object", "typing.object"})
_UNIONS = frozenset({"Union", "Optional", "Annotated", "Final", "ClassVar", "Required", "NotRequired"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Slot:
    """One place for a type: `worth` is 0, ½ or 1."""

    function: int  # number of the function that it belongs to; -1 for a variable
    worth: float
    spot: Spot


def annotation_slots(source: Source) -> list[Slot]:
    """Return all slots, function by function."""
    methods = {
        id(item)
        for node in source.nodes
        if isinstance(node, ast.ClassDef)
        for item in node.body
        if isinstance(item, _Function)
    }
    slots: list[Slot] = []
    for number, node in enumerate(source.nodes):
        if isinstance(node, _Function):
            slots += _function(source, node, number, method=id(node) in methods)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            spot = Spot.at(node, "a lambda bound to a name has no types: write a function", "lambda")
            slots += [Slot(number, 0.0, spot)] * (1 + len(_parameters(node.value.args)))
        elif isinstance(node, ast.AnnAssign) and _worth(source, node.annotation, dunder=False) == 0:
            spot = Spot.at(node.annotation, "the declared type says nothing", "variable")
            slots.append(Slot(-1, 0.0, spot))
    return slots


def annotated(slots: list[Slot]) -> float:
    """Return the term, in [0, 1]."""
    if not slots:
        return 1.0
    functions: dict[int, list[float]] = {}
    for slot in slots:
        functions.setdefault(slot.function, []).append(slot.worth)
    shares = [sum(worths) / len(worths) for worths in functions.values()]
    return (sum(slot.worth for slot in slots) / len(slots) + min(shares)) / 2


def _function(source: Source, node: _Function, number: int, *, method: bool) -> Iterator[Slot]:
    dunder = node.name.startswith("__") and node.name.endswith("__")
    parameters = _parameters(node.args)
    static = any(source.qualified(decorator) == "staticmethod" for decorator in node.decorator_list)
    if method and not static and parameters:
        parameters = parameters[1:]
    for parameter in parameters:
        spot = _parameter_spot(
            parameter, f"parameter `{parameter.arg}` of `{node.name}` has no type that says anything"
        )
        yield Slot(number, _worth(source, parameter.annotation, dunder=dunder), spot)
    if node.name == "__init__" and node.returns is None:
        return  # mypy asks for nothing here either
    if node.returns is None:
        first = node.lineno
        column = node.col_offset + 1
        width = len("async def " if isinstance(node, ast.AsyncFunctionDef) else "def ") + len(node.name)
        spot = Spot(first, column, first, column + width, f"`{node.name}` has no return type", "return")
    else:
        spot = Spot.at(node.returns, f"the return type of `{node.name}` says nothing", "return")
    yield Slot(number, _worth(source, node.returns, dunder=dunder), spot)


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    optional = [parameter for parameter in (arguments.vararg, arguments.kwarg) if parameter is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *optional]


def _parameter_spot(node: ast.arg, message: str) -> Spot:
    end = node.end_col_offset or node.col_offset
    return Spot(node.lineno, node.col_offset + 1, node.end_lineno or node.lineno, end + 1, message, "parameter")


def _worth(source: Source, annotation: ast.expr | None, *, dunder: bool) -> float:
    if annotation is None:
        return 0.0
    annotation = _unquoted(annotation)
    if _says_nothing(source, annotation):
        # `__eq__(self, other: object)` is how Python itself declares it.
        return 1.0 if dunder and source.qualified(annotation) == "object" else 0.0
    inside = (_unquoted(part) for part in ast.walk(annotation) if isinstance(part, ast.expr))
    return 0.5 if any(source.qualified(part) in {"typing.Any", "Any"} for part in inside) else 1.0


def _says_nothing(source: Source, node: ast.expr) -> bool:
    node = _unquoted(node)
    if source.qualified(node) in _EMPTY:
        return True
    if isinstance(node, ast.BinOp):
        return _says_nothing(source, node.left) or _says_nothing(source, node.right)
    if isinstance(node, ast.Subscript) and source.qualified(node.value).rpartition(".")[2] in _UNIONS:
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return any(_says_nothing(source, part) for part in parts)
    return False


def _unquoted(node: ast.expr) -> ast.expr:
    """Return the expression within a quoted annotation; a string that is none stays a string."""
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return node
    tree = Source(node.value.strip()).tree
    if tree is not None and len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
        return tree.body[0].value
    return node

"""What a reviewer would send back: names that nothing uses, traps of the language, errors that are swallowed.

Ruff finds most of it, without a configuration and deaf to `# noqa`; unreachable statements and functions that stand
there twice are found here, because no stable rule of ruff does. The term is 0.8 to the power of the number of findings.

How it could be cheated: by using a name without need (`_ = unused`), by code that is bad in ways that no rule knows.
What stops that: nothing here; the term weighs little.

>>> [spot.kind for spot in clean_spots(Source("def f(x: int) -> int:\\n    return x\\n    print(x)"))]
['unreachable-code']
>>> clean([])
1.0
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from codereal.maintainability._source import Source, Spot

# Ruff's rule → the name under which a finding appears, and what to do.
RUFF: dict[str, tuple[str, str]] = {
    "F401": ("unused-import", "remove the import"),
    "F841": ("unused-variable", "remove the variable, or use it"),
    "F842": ("unused-variable", "remove the variable, or use it"),
    "F811": ("redefined-while-unused", "remove one of the definitions"),
    "F402": ("import-shadowed", "give the loop variable a name of its own"),
    "F601": ("repeated-key", "remove one of the keys"),
    "F632": ("identity-of-literal", "compare with =="),
    "B006": ("mutable-default", "default to None and make the object in the body"),
    "B012": ("jump-in-finally", "leave the finally block at its end: a jump drops the exception"),
    "B015": ("useless-comparison", "assign or assert the comparison, or remove it"),
    "B018": ("useless-expression", "remove the expression, or use its value"),
    "B023": ("late-binding", "bind the loop variable as a default argument"),
    "E722": ("bare-except", "name the exceptions that are expected"),
    "S110": ("swallowed-error", "handle the error, or let it pass on"),
    "S112": ("swallowed-error", "handle the error, or let it pass on"),
    "A001": ("shadowed-builtin", "choose a name that is not a builtin's"),
    "A002": ("shadowed-builtin", "choose a name that is not a builtin's"),
    "PLR0124": ("comparison-with-itself", "compare with something else"),
    "PLW0127": ("self-assignment", "remove the statement"),
    "PLW0128": ("repeated-target", "give each value a name of its own"),
}
_KEPT = 0.8  # of the term, with each finding
_LONG = 3  # statements, from which on two equal bodies are a duplicate
_JUMPS = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def clean(spots: list[Spot]) -> float:
    """Return the term, in (0, 1]."""
    return float(_KEPT ** len(spots))


def clean_spots(source: Source) -> list[Spot]:
    """Return what ruff has no stable rule for."""
    return [*_unreachable(source), *_duplicates(source)]


def _unreachable(source: Source) -> Iterator[Spot]:
    for node in source.nodes:
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if not isinstance(block, list):
                continue
            for before, after in pairwise(block):
                if isinstance(before, _JUMPS) and not _makes_generator(after):
                    yield Spot.at(after, "nothing reaches this statement", "unreachable-code")
                    break


def _makes_generator(node: ast.stmt) -> bool:
    """`return; yield` is how an empty generator is written."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom)


def _duplicates(source: Source) -> Iterator[Spot]:
    seen: dict[str, str] = {}
    functions = [node for node in source.nodes if isinstance(node, _Function) and len(node.body) >= _LONG]
    lengths = Counter(len(node.body) for node in functions)
    for node in functions:
        if lengths[len(node.body)] > 1:
            shape = ast.dump(node.args) + "".join(ast.dump(statement) for statement in node.body)
            if shape in seen:
                spot = Spot.at(node, f"`{node.name}` repeats `{seen[shape]}` word for word", "duplicate-code")
                yield Spot(spot.line, spot.column, spot.line, spot.column + len(node.name), spot.message, spot.kind)
            seen.setdefault(shape, node.name)

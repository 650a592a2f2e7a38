"""How hard the code is to follow: cognitive complexity, nesting and length, function by function and in all.

Cognitive complexity (G. A. Campbell, SonarSource 2018) is complexipy's; what stands outside of functions counts as one
more function. A function is worth 1 up to the limits below, and limit/value for each that it exceeds. The term is the
mean of the average over the functions and of the worst, times what the file's total leaves.

How it could be cheated: by many small functions that only make sense together. What stops that: the file's total.

>>> simple(units(Source("def f(x: int) -> int:\\n    return x + 1")))
1.0
"""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass

import complexipy

from codereal.maintainability._source import Source, Spot

MOST = 15  # cognitive complexity of a function: the limit that the metric's authors set
DEEPEST = 5  # blocks within each other
LONGEST = 60  # statements of a function
TOTAL = 100  # cognitive complexity of a file
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
_LOOK_AWAY = re.compile(r"#.*(?:complexipy|noqa)", re.IGNORECASE)  # comments that complexipy obeys
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Unit:
    """A function, or what stands outside of all functions."""

    complexity: int
    depth: int
    statements: int
    spot: Spot

    @property
    def worth(self) -> float:
        """1 within the limits, less beyond."""
        return _share(MOST, self.complexity) * _share(DEEPEST, self.depth) * math.sqrt(_share(LONGEST, self.statements))


def units(source: Source) -> list[Unit]:
    """Return the outermost functions and methods with statements, and the rest of the file as the last."""
    if source.tree is None:
        return []
    measured = complexipy.code_complexity(source.blanked(source.comments(_LOOK_AWAY, ("complexipy", "noqa"))))
    complexities = {one.line_start: int(one.complexity) for one in measured.functions}
    found: list[Unit] = []
    rest: list[ast.stmt] = []
    waiting: list[ast.stmt] = list(reversed(source.tree.body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, _Function):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            complexity = complexities.get(node.lineno, complexities.get(first, 0))
            found.append(_unit(f"`{node.name}`", node.body, complexity, node))
        elif isinstance(node, ast.ClassDef):
            waiting.extend(reversed(node.body))
        else:
            rest.append(node)
    outside = int(measured.complexity) - sum(complexities.values())
    if rest:
        found.append(_unit("the code outside of functions", rest, max(outside, 0), rest[0]))
    return found


def simple(found: list[Unit]) -> float:
    """Return the term, in (0, 1]; code without statements is simple."""
    if not found:
        return 1.0
    worths = [unit.worth for unit in found]
    total = _share(TOTAL, sum(unit.complexity for unit in found))
    return total * (sum(worths) / len(worths) + min(worths)) / 2


def simple_spots(found: list[Unit]) -> list[Spot]:
    """Return the functions beyond the limits."""
    return [unit.spot for unit in found if unit.worth < 1]


def _unit(name: str, body: list[ast.stmt], complexity: int, at: ast.stmt) -> Unit:
    depth, statements = _measure(body)
    words = [
        f"{what} {value} (at most {limit})"
        for what, value, limit in (
            ("cognitive complexity", complexity, MOST),
            ("nesting", depth, DEEPEST),
            ("statements", statements, LONGEST),
        )
        if value > limit
    ]
    line, column = at.lineno, at.col_offset + 1
    spot = Spot(line, column, line, column + 1, f"{name} is hard to follow: {', '.join(words)}", "complex-code")
    return Unit(complexity, depth, statements, spot)


def _measure(body: list[ast.stmt]) -> tuple[int, int]:
    """Return how deep blocks nest, and the number of statements. `elif` is no level of its own."""
    deepest = count = 0
    level: list[tuple[ast.AST, int]] = [(statement, 0) for statement in body]
    while level:
        node, depth = level.pop()
        count += isinstance(node, ast.stmt)
        if isinstance(node, _BLOCKS):
            depth += 1
            deepest = max(deepest, depth)
        chained = node.orelse if isinstance(node, ast.If) and len(node.orelse) == 1 else []
        level += [
            (child, depth - (child in chained and isinstance(child, ast.If)))
            for child in ast.iter_child_nodes(node)
            if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case)
        ]
    return deepest, count


def _share(limit: int, value: int) -> float:
    return min(1.0, limit / value) if value else 1.0

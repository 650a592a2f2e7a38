"""How much of one set of tasks stands in another: programs that are the same once names and constants are erased.

A high share means that a score on the one says little after training on the other. Small programs coincide by
themselves: read it beside the number of distinct skeletons.
"""

from __future__ import annotations

import ast
import hashlib
import warnings
from collections.abc import Iterable
from dataclasses import dataclass

from codereal.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Overlap:
    """`shared` of `total` tasks have a program whose skeleton is one of the other set's; `distinct` skeletons in all.

    `pairs` are ids: the task, and the first of the other set that it shares a skeleton with. A task that stands in
    both sets does not share with itself.
    """

    shared: int
    total: int
    distinct: int
    pairs: tuple[tuple[str, str], ...]


def overlap(tasks: Iterable[Task], others: Iterable[Task]) -> Overlap:
    """The overlap of `tasks` with `others`, by their references and vulnerable solutions."""
    known: dict[str, list[str]] = {}
    for other in others:
        for key in _skeletons(other):
            ids = known.setdefault(key, [])
            if len(ids) < 2:  # one that is not the task itself is enough
                ids.append(other.id)
    pairs, total, seen = [], 0, set()
    for task in tasks:
        total += 1
        keys = _skeletons(task)
        seen |= keys
        if found := sorted(name for key in keys for name in known.get(key, ()) if name != task.id):
            pairs.append((task.id, found[0]))
    return Overlap(len(pairs), total, len(seen), tuple(pairs))


def skeleton(program: str) -> str:
    """A digest of the program's shape: its tree without names, constants, docstrings, annotations and positions.

    Raises SyntaxError for what does not parse.
    """
    return hashlib.sha256(ast.dump(erased(program)).encode()).hexdigest()


def erased(program: str) -> ast.AST:
    """The tree of a program without what `skeleton` leaves out. Raises SyntaxError for what does not parse."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # what the parser finds odd about old programs
        tree = ast.parse(program)
    erased: ast.AST = _Eraser().visit(tree)
    return erased


def _skeletons(task: Task) -> set[str]:
    found = set()
    for program in filter(None, (*task.references, *task.vulnerable)):
        try:
            found.add(skeleton(program))
        except (SyntaxError, ValueError, RecursionError):
            continue  # a broken program has no shape to share; `validate` names it
    return found


class _Eraser(ast.NodeTransformer):
    """Puts the same name, and the same constant of each type, in place of all."""

    def visit(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module) and len(node.body) > 1:
            match node.body[0]:
                case ast.Expr(value=ast.Constant(value="text")):
                    del node.body[0]
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.Constant):
            node.value, node.kind = "text" if isinstance(node.value, str) else type(node.value).__name__, None
        for field in ("id", "arg", "name", "attr", "asname", "module"):
            if isinstance(getattr(node, field, None), str):
                setattr(node, field, "_")
        if isinstance(node, ast.Global | ast.Nonlocal):
            node.names = ["_" for _ in node.names]
        return node

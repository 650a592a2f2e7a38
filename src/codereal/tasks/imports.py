"""What a program imports beyond what its task allows (`Task.imports`).

A task may say which modules an answer can count on, or must make do with. The program's text is read, so this holds an
honest program to the terms of the task; it is not what keeps a hostile one from anything (that is the sandbox).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codereal.analysis.finding import Finding
from codereal.tasks.task import Task

RULE = "import-not-allowed"
_IMPORTERS = ("__import__", "import_module")


def forbidden(program: str, task: Task) -> tuple[Finding, ...]:
    """A finding for each import of a module that the task does not allow; none where it allows all, or on what does not
    parse. A module is allowed with all that lies in it; relative imports are of the program itself.
    """
    if not task.imports:
        return ()
    try:
        tree = ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(
        _finding(node, name, task.imports) for node, name in _imported(tree) if not _allowed(name, task.imports)
    )


def _imported(tree: ast.AST) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node, node.module
        elif isinstance(node, ast.Call) and node.args and _last_name(node.func) in _IMPORTERS:
            match node.args[0]:
                case ast.Constant(value=str(name)):
                    yield node, name


def _allowed(name: str, allowed: tuple[str, ...]) -> bool:
    return name == "__future__" or any(name == one or name.startswith(f"{one}.") for one in allowed)


def _last_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _finding(node: ast.stmt | ast.expr, name: str, allowed: tuple[str, ...]) -> Finding:
    return Finding(
        rule=RULE,
        cwe=(),
        line=node.lineno,
        column=node.col_offset + 1,
        end_line=node.end_lineno or node.lineno,
        end_column=(node.end_col_offset or 0) + 1,
        message=f"the task does not allow {name}",
        hint=f"allowed are {', '.join(allowed)}",
        severity="error",
        confidence="high",
        flow=(),
    )

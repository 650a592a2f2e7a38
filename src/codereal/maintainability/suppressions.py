"""What silences a checker instead of satisfying it.

Silencing is found by tokens and by the tree, so a string or a docstring that speaks of `# type: ignore` is
none. Two strengths: a *blind* one hides a whole region from the type checker (`exec`, `no_type_check`, code
that only runs where the checker does not look) and leaves nothing to judge; a *spot* one hides a line or an
expression. Comments that silence mypy are also blanked before the code is checked (`without_silencers`), so
what they would hide is counted as well: a silenced error costs more than the error.

How it could be cheated: by values that are `Any` at their source (`json.loads`, an attribute of a module
imported by name), or by an `isinstance` test that the declared type makes impossible. What stops that: for
the first nothing here, honest code needs the same; the second needs mypy's `--warn-unreachable`.

>>> [spot.kind for spot in suppressions(Source("x: int = f()  # type: ignore"))]
['comment']
>>> suppressions(Source("text = '# type: ignore'"))
[]
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codereal.maintainability._source import Comment, Source, Spot

BLIND = frozenset({"exec", "no-type-check", "unchecked-branch"})

_SILENCER = re.compile(
    r"#\s*(?P<what>type:\s*ignore\b|mypy:|noqa\b|ruff:\s*noqa\b|flake8:\s*noqa\b|nosec\b|nosemgrep\b"
    r"|pyright:|pylint:\s*(?:disable|skip-file)|pytype:\s*(?:disable|skip-file)|pyre-(?:ignore|fixme|unsafe|strict)\b"
    r"|bandit:\s*skip\b|lint:\s*ignore\b|complexipy:\s*ignore\b)",
    re.IGNORECASE,
)
_WORDS = (
    "ignore", "mypy", "noqa", "nosec", "nosemgrep", "pyright", "pylint", "pytype", "pyre-", "bandit"
)  # fmt: skip
_FOR_MYPY = re.compile(r"#\s*(type:\s*ignore\b|mypy:)")
# mypy takes these for constants by their name alone, and `sys.platform`, `sys.version_info` for its target's.
_CONSTANTS = frozenset({"TYPE_CHECKING", "MYPY", "PY2", "PY3"})
_TARGET = frozenset({"sys.platform", "sys.version_info"})


def suppressions(source: Source) -> list[Spot]:
    """Return every place that silences a checker, in the order of the text."""
    spots = [_comment(comment) for comment in source.comments(_SILENCER, _WORDS)]
    for node in source.nodes:
        spots += _in_node(source, node)
    return sorted(spots, key=lambda spot: (spot.line, spot.column))


def unsuppressed(spots: list[Spot]) -> float:
    """Return the term: 1 without any, half as much with each, 0 as soon as one blinds the checker."""
    return 0.0 if any(spot.kind in BLIND for spot in spots) else 0.5 ** len(spots)


def without_silencers(source: Source) -> str:
    """Return the code with the comments that mypy obeys overwritten by blanks; lines and columns stay."""
    return source.blanked(source.comments(_FOR_MYPY, ("ignore", "mypy")))


def _comment(comment: Comment) -> Spot:
    match = _SILENCER.search(comment.text)
    assert match is not None
    start = comment.column + match.start() + 1
    end = comment.column + len(comment.text) + 1
    return Spot(comment.line, start, comment.line, end, f"`# {match['what']}` silences a checker", "comment")


def _in_node(source: Source, node: ast.AST) -> Iterator[Spot]:
    if isinstance(node, ast.Call):
        name = source.qualified(node.func)
        if name in {"typing.cast", "cast"}:
            yield Spot.at(node, "`cast` asserts a type that nothing checks", "cast")
        elif name in {"eval", "exec"}:
            kind = "exec" if name == "exec" else "eval"
            yield Spot.at(node, f"`{name}` runs code that no checker sees", kind)
        elif name in {"getattr", "vars"} and _mentions_builtins(source, node):
            yield Spot.at(node, "a builtin is fetched by name, where no checker sees it", "exec")
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        for decorator in node.decorator_list:
            if source.qualified(decorator).removeprefix("typing.").startswith("no_type_check"):
                yield Spot.at(decorator, "`no_type_check` switches the type checker off", "no-type-check")
    elif isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert | ast.BoolOp | ast.match_case):
        yield from _branch(source, node)


def _mentions_builtins(source: Source, call: ast.Call) -> bool:
    return bool(call.args) and source.qualified(call.args[0]) in {"__builtins__", "builtins"}


def _branch(
    source: Source, node: ast.If | ast.While | ast.IfExp | ast.Assert | ast.BoolOp | ast.match_case
) -> Iterator[Spot]:
    if isinstance(node, ast.BoolOp):
        tests: list[ast.expr] = node.values[:-1]
    elif isinstance(node, ast.match_case):
        tests = [] if node.guard is None else [node.guard]
    else:
        tests = [node.test]
    for test in tests:
        decided = next((name for part in ast.walk(test) if (name := _decided(source, part))), None)
        if decided and not (isinstance(node, ast.If) and _only_imports(source, node)):
            yield Spot.at(test, f"code behind `{decided}` is not checked, or only for one target", "unchecked-branch")
            return


def _decided(source: Source, node: ast.AST) -> str | None:
    if not isinstance(node, ast.Name | ast.Attribute):
        return None
    name = source.qualified(node)
    last = name.rpartition(".")[2]
    if last in _CONSTANTS:
        return last
    return name if name in _TARGET else None


def _only_imports(source: Source, node: ast.If) -> bool:
    """Imports for annotations, `if TYPE_CHECKING: from m import T`, are what the constant is for."""
    plain = source.qualified(node.test).rpartition(".")[2] == "TYPE_CHECKING"
    return plain and not node.orelse and all(isinstance(s, ast.Import | ast.ImportFrom) for s in node.body)

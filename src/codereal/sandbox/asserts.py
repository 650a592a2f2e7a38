"""Assert statements as cases: `assert f(1, 2) == 3` becomes a `Call`, anything more general an `Assertion`."""

from __future__ import annotations

import ast

from codereal.errors import UsageError
from codereal.sandbox.case import Assertion, Call, Case


def read_test(source: str) -> Case:
    """The case of a test given as source. Raises UsageError when it does not parse or checks nothing."""
    try:
        tree = ast.parse(source.strip())
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"a test does not parse: {error}: {source[:80]!r}") from error
    if not any(isinstance(node, ast.Assert | ast.Raise) for node in ast.walk(tree)):
        raise UsageError(f"a test asserts nothing: {source[:80]!r}")
    statement = tree.body[0]
    if len(tree.body) == 1 and isinstance(statement, ast.Assert):
        call = _literal_call(statement.test, source.strip())
        if call is not None:
            return call
    return Assertion(source)


def _literal_call(test: ast.expr, name: str) -> Call | None:
    """`f(…) == literal` and its kin, None where it is none of them."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return None
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    left, right, operator = test.left, test.comparators[0], test.ops[0]
    if isinstance(operator, ast.Eq):
        return _call(left, right, name) or _call(right, left, name)
    if isinstance(operator, ast.Is) and isinstance(right, ast.Constant) and right.value in (None, True, False):
        return _call(left, right, name, exact=True)
    return None


def _call(call: ast.expr, expected: ast.expr, name: str, *, exact: bool = False) -> Call | None:
    if not isinstance(call, ast.Call):
        return None
    function = ast.unparse(call.func)
    try:
        value = ast.literal_eval(expected)
        args = tuple(ast.literal_eval(argument) for argument in call.args)
        kwargs = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg}
        if len(kwargs) != len(call.keywords):
            return None
        return Call(function, args, kwargs, value, match="exact" if exact else "equal", name=name)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError, UsageError):
        return None  # not literal: the judge's process evaluates it

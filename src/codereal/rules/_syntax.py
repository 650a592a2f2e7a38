"""The syntax tree as rules see it: every node of it, the functions in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from inspect import isdatadescriptor

from codereal.analysis import tree as t

_BLOCKS = ("body", "orelse", "handlers", "final", "cases")


@cache
def _fields(kind: type) -> tuple[str, ...]:
    """The fields of a class of nodes that may hold nodes."""
    # Slots are descriptors in the class, also where it is compiled and has no `__slots__`.
    every = [name for one in kind.__mro__ for name, what in vars(one).items() if isdatadescriptor(what)]
    return tuple(name for name in every if name not in ("pos", "scope") and not name.startswith("_"))


def nodes(roots: Iterable[object]) -> Iterator[t.Node]:
    """The roots and all nodes in them, in no particular order."""
    pending: list[object] = list(roots)
    while pending:
        one = pending.pop()
        if isinstance(one, t.Node):
            yield one
            pending.extend(getattr(one, name, None) for name in _fields(type(one)))  # type: ignore[arg-type]
        elif isinstance(one, (list, tuple)):
            pending.extend(one)


def statements(body: list[t.Node]) -> Iterator[t.Node]:
    """All statements of a body and of the blocks in it, in no particular order; expressions are not walked."""
    pending: list[object] = list(body)
    while pending:
        one = pending.pop()
        if isinstance(one, t.Node):
            yield one
            pending.extend(getattr(one, name, None) for name in _BLOCKS)
        elif isinstance(one, (list, tuple)):
            pending.extend(one)


def functions(body: list[t.Node]) -> Iterator[t.Function]:
    return (node for node in nodes(body) if isinstance(node, t.Function))


def last_name(node: t.Node) -> str:
    """The last name of a decorator, a call or what is called: `login_required` of `@auth.login_required(…)`."""
    func = node.func if isinstance(node, t.Call) else node
    return func.attr if isinstance(func, t.Attribute) else str(getattr(func, "name", ""))

"""Bytes of the parser → syntax tree.

The byte format is internal to a release of `ast_serialize` (it is pinned in pyproject, and `CACHE_VERSION` is passed
to it); it is the format that mypy's `nativeparse` reads. The reader asserts nothing on the way: `read_module` checks
that the last byte was reached, which no misread survives.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from codereal.analysis import tree as t
from codereal.analysis.decode_cursor import NONE_TAG, DecodeError
from codereal.analysis.decode_expressions import ExpressionReader
from codereal.analysis.tree import Node, Pattern, Scope

CACHE_VERSION = 5


def read_module(data: bytes, shift: int = 0) -> tuple[list[Node], Scope]:
    """The statements of a module and its scope; `shift` lines stand in front of the text.

    Raises DecodeError when the format is not the pinned one.
    """
    reader = _Reader(data, shift)
    try:
        body = [reader.statement() for _ in range(reader.tagged_int())]
    except (IndexError, TypeError, KeyError, struct.error) as error:
        raise DecodeError(f"unknown syntax tree format near byte {reader.at}: {error}") from error
    if reader.at != len(data):
        raise DecodeError(f"unknown syntax tree format: stopped at byte {reader.at} of {len(data)}")
    return body, reader.scope


class _Reader(ExpressionReader):
    """One method per kind of statement and pattern."""

    def statement(self) -> Node:
        at = self.at
        self.at = at + 1
        reader = _STATEMENTS[self.data[at]]
        if reader is None:
            raise DecodeError(f"unknown statement tag {self.data[at]} at byte {at}")
        return reader(self)

    def block(self) -> list[Node]:
        """A block; an empty one carries a location, except as an `else` of a loop (see `_orelse`)."""
        self.at += 2
        n = self.number()
        # The reachability that follows depends on platform and version flags: code it hides is still code.
        self.at += 1
        body = [self.statement() for _ in range(n)]
        if n == 0:
            self.place()
        self.at += 1
        return body

    def _orelse(self) -> list[Node]:
        self.at += 2
        n = self.number()
        self.at += 1
        body = [self.statement() for _ in range(n)]
        self.at += 1
        return body

    def _expression_statement(self) -> Node:
        value = self.expression()
        self.at += 1
        return t.Expression(value)

    def _assign(self) -> Node:
        targets = self.expressions()
        for target in targets:
            self._bind(target)
        declares = self.data[self.at] == 186
        value = self.expression()
        annotation = self.type() if self.flag() else ""
        self.at += 1
        return t.Assign(targets, None if declares else value, annotation, self.end())

    def _augmented(self) -> Node:
        op = self.tagged_text()
        target = self.expression()
        self._bind(target)
        value = self.expression()
        return t.Augmented(op, target, value, self.end())

    def _if(self) -> Node:
        tests = [self.expression()]
        bodies = [self.block()]
        for _ in range(self.tagged_int()):
            tests.append(self.expression())
            bodies.append(self.block())
        orelse = self.block() if self.flag() else []
        pos = self.end()
        for i in range(len(tests) - 1, 0, -1):
            orelse = [t.If(tests[i], bodies[i], orelse, tests[i].pos)]
        return t.If(tests[0], bodies[0], orelse, pos)

    def _return(self) -> Node:
        value = self.expression() if self.flag() else None
        return t.Return(value, self.end())

    def _while(self) -> Node:
        test = self.expression()
        body = self.block()
        orelse = self._orelse()
        return t.While(test, body, orelse, self.end())

    def _for(self) -> Node:
        target = self.expression()
        self._bind(target)
        iterable = self.expression()
        body = self.block()
        orelse = self._orelse()
        self.at += 1  # is_async
        return t.For(target, iterable, body, orelse, self.end())

    def _with(self) -> Node:
        items: list[tuple[Node, Node | None]] = []
        for _ in range(self.tagged_int()):
            context = self.expression()
            target = self.expression() if self.flag() else None
            if target is not None:
                self._bind(target)
            items.append((context, target))
        body = self.block()
        self.at += 1  # is_async
        return t.With(items, body, self.end())

    def _try(self) -> Node:
        body = self.block()
        n = self.tagged_int()
        types = [self.expression() if self.flag() else None for _ in range(n)]
        names = [""] * n
        places = [self.pos] * n
        for i in range(n):
            if self.flag():
                names[i] = self.tagged_text()
                self.scope.stores.add(names[i])
                places[i] = self.place()
        handlers = [t.Handler(types[i], names[i], self.block(), places[i]) for i in range(n)]
        orelse = self.block() if self.flag() else []
        final = self.block() if self.flag() else []
        self.at += 1  # is_star
        return t.Try(body, handlers, orelse, final, self.end())

    def _raise(self) -> Node:
        value = self.expression() if self.flag() else None
        cause = self.expression() if self.flag() else None
        return t.Raise(value, cause, self.end())

    def _assert(self) -> Node:
        test = self.expression()
        message = self.expression() if self.flag() else None
        return t.Assert(test, message, self.end())

    def _delete(self) -> Node:
        target = self.expression()
        self._bind(target)
        return t.Delete(target, self.end())

    def _pass(self) -> Node:
        return t.Jump("pass", self.end())

    def _break(self) -> Node:
        return t.Jump("break", self.end())

    def _continue(self) -> Node:
        return t.Jump("continue", self.end())

    def _global(self) -> Node:
        self.scope.globals.update(self.tagged_text() for _ in range(self.tagged_int()))
        return t.Jump("pass", self.end())

    def _nonlocal(self) -> Node:
        self.scope.nonlocals.update(self.tagged_text() for _ in range(self.tagged_int()))
        return t.Jump("pass", self.end())

    def _import(self) -> Node:
        names: list[tuple[str, str, str]] = []
        for _ in range(self.tagged_int()):
            module = self.tagged_text()
            if self.flag():
                names.append((module, "", self.tagged_text()))
            else:
                # `import a.b` binds `a`.
                root = module.partition(".")[0]
                names.append((root, "", root))
        return self._imported(names)

    def _import_from(self) -> Node:
        level = self.tagged_int()
        module = "." * level + self.tagged_text()
        names: list[tuple[str, str, str]] = []
        for _ in range(self.tagged_int()):
            name = self.tagged_text()
            names.append((module, name, self.tagged_text() if self.flag() else name))
        return self._imported(names)

    def _import_all(self) -> Node:
        module = self.tagged_text()
        level = self.tagged_int()
        return self._imported([("." * level + module, "*", "")])

    def _imported(self, names: list[tuple[str, str, str]]) -> Node:
        pos = self.place()
        self.tagged_int()  # reachability flags
        self.at += 1
        self.scope.stores.update(bound for _, _, bound in names if bound)
        return t.Import(names, pos)

    def _decorated(self) -> Node:
        self.at += 1
        decorators = [self.expression() for _ in range(self.number())]
        self.tagged_int()
        self.tagged_int()
        node = self.statement()
        self.at += 1
        if isinstance(node, t.Function):
            node.decorators = decorators
        return node

    def _function(self) -> Node:
        name = self.tagged_text()
        self.scope.stores.add(name)
        scope = self._open(False)
        parameters = self._parameters(scope)
        body = self.block()
        self._close()
        is_async = self.flag()
        if self.flag():
            self._type_parameters()
        if self.flag():
            self.type()
        return t.Function(name, parameters, body, [], is_async, scope, self.end())

    def _class(self) -> Node:
        name = self.tagged_text()
        self.scope.stores.add(name)
        scope = self._open(True)
        body = self.block()
        self._close()
        bases = self.expressions()
        self.at += 1
        decorators = [self.expression() for _ in range(self.number())]
        if self.flag():
            self._type_parameters()
        self.at += 1
        keywords = [(self.tagged_text(), self.expression()) for _ in range(self.number())]
        return t.Class(name, bases, keywords, body, decorators, scope, self.end())

    def _type_alias(self) -> Node:
        target = self.expression()
        self._bind(target)
        self._type_parameters()
        self.expression()
        return t.Jump("pass", self.end())

    # --- match ---------------------------------------------------------------------------------------------------

    def _match(self) -> Node:
        subject = self.expression()
        cases: list[tuple[Pattern, Node | None, list[Node]]] = []
        for _ in range(self.tagged_int()):
            pattern = self._pattern()
            guard = self.expression() if self.flag() else None
            cases.append((pattern, guard, self.block()))
        return t.Match(subject, cases, self.end())

    def _captured(self) -> str:
        if not self.flag():
            return ""
        name = self.tagged_text()
        self.place()
        self.scope.stores.add(name)
        return name

    def _patterns(self) -> list[Pattern]:
        return [self._pattern() for _ in range(self.tagged_int())]

    def _pattern(self) -> Pattern:
        at = self.at
        self.at = at + 1
        tag = self.data[at]
        if tag == 217:
            inner = [self._pattern()] if self.flag() else []
            name = self._captured()
            return Pattern("as", self.end(), name=name, items=inner)
        if tag == 218 or tag == 221:
            items = self._patterns()
            return Pattern("or" if tag == 218 else "sequence", self.end(), items=items)
        if tag == 219:
            value = self.expression()
            return Pattern("value", self.end(), value=value)
        if tag == 220:
            at = self.at
            self.at = at + 1
            singleton = None if self.data[at] == NONE_TAG else self.data[at] == 1
            pos = self.end()
            return Pattern("value", pos, value=t.Constant(singleton, pos))
        if tag == 222:
            name = self._captured()
            return Pattern("star", self.end(), name=name)
        if tag == 223:
            keys: list[Node] = []
            values: list[Pattern] = []
            for _ in range(self.tagged_int()):
                keys.append(self.expression())
                values.append(self._pattern())
            rest = self._captured()
            return Pattern("mapping", self.end(), name=rest, items=values, keys=keys)
        if tag == 224:
            cls = self.expression()
            items = self._patterns()
            names: list[str] = []
            for _ in range(self.tagged_int()):
                names.append(self.tagged_text())
                items.append(self._pattern())
            return Pattern("class", self.end(), value=cls, items=items, names=names)
        raise DecodeError(f"unknown pattern tag {tag} at byte {at}")


_STATEMENTS: list[Callable[[_Reader], Node] | None] = [None] * 256  # by tag; each takes a reader
for _tag, _read in (
    (53, _Reader._decorated), (60, _Reader._class), (160, _Reader._expression_statement), (164, _Reader._import),
    (168, _Reader._if), (169, _Reader._assign), (175, _Reader._return), (176, _Reader._while),
    (179, _Reader._function), (180, _Reader._pass), (187, _Reader._raise), (188, _Reader._break),
    (189, _Reader._continue), (196, _Reader._import_from), (197, _Reader._assert), (198, _Reader._for),
    (199, _Reader._with), (200, _Reader._augmented), (201, _Reader._try), (204, _Reader._delete),
    (211, _Reader._global), (212, _Reader._nonlocal), (215, _Reader._import_all), (216, _Reader._match),
    (225, _Reader._type_alias),
):  # fmt: skip
    _STATEMENTS[_tag] = _read

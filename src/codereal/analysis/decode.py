"""Bytes of the parser → syntax tree.

The byte format is internal to a release of `ast_serialize` (it is pinned in pyproject, and `CACHE_VERSION` is passed
to it); it is the format that mypy's `nativeparse` reads. The reader asserts nothing on the way: `read_module` checks
that the last byte was reached, which no misread survives.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from codereal.analysis import tree as t
from codereal.analysis.tree import Node, Pattern, Pos, Scope

CACHE_VERSION = 5
_BINARY = ["+", "-", "*", "@", "/", "%", "**", "<<", ">>", "|", "^", "&", "//"]
_COMPARE = ["==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in"]
_UNARY = ["~", "not", "+", "-"]
_ARGUMENT = ["", "", "*", "", "**", ""]  # mypy's ArgKind: positional, optional, star, named, star2, named optional
_PARAMETER = ["", "", "*", "k", "**", "k"]
_SINGLETONS: dict[str, object] = {"None": None, "True": True, "False": False}
_NONE_TAG, _STR_TAG = 2, 4


class DecodeError(ValueError):
    """The bytes are not what this reader knows: the installed parser is not the pinned one."""


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


class _Reader:
    """A cursor over the bytes; one method per record of the format."""

    def __init__(self, data: bytes, shift: int) -> None:
        self.data = data
        self.shift = shift
        self.at = 0
        self.pos: Pos = t.NOWHERE
        self.scope = Scope(False)
        expressions: list[Callable[[], Node] | None] = [None] * 256
        statements: list[Callable[[], Node] | None] = [None] * 256
        for tag, reader in (
            (161, self._call), (162, self._name), (163, self._string), (165, self._attribute), (166, self._binary),
            (167, self._integer), (170, self._tuple), (172, self._subscript), (173, self._list), (174, self._set),
            (177, self._compare), (178, self._boolean), (181, self._float), (182, self._unary), (183, self._dict),
            (184, self._complex), (185, self._slice), (186, self._nothing), (190, self._generator), (191, self._yield),
            (192, self._yield_from), (193, self._list_comprehension), (194, self._set_comprehension),
            (195, self._dict_comprehension), (202, self._ellipsis), (203, self._conditional), (205, self._fstring),
            (207, self._lambda), (208, self._walrus), (209, self._star), (210, self._bytes), (213, self._await),
            (214, self._big_integer), (229, self._tstring),
        ):  # fmt: skip
            expressions[tag] = reader
        for tag, reader in (
            (53, self._decorated), (60, self._class), (160, self._expression_statement), (164, self._import),
            (168, self._if), (169, self._assign), (175, self._return), (176, self._while), (179, self._function),
            (180, self._pass), (187, self._raise), (188, self._break), (189, self._continue), (196, self._import_from),
            (197, self._assert), (198, self._for), (199, self._with), (200, self._augmented), (201, self._try),
            (204, self._delete), (211, self._global), (212, self._nonlocal), (215, self._import_all),
            (216, self._match), (225, self._type_alias),
        ):  # fmt: skip
            statements[tag] = reader
        self._expressions = expressions
        self._statements = statements

    # --- scalars -------------------------------------------------------------------------------------------------

    def number(self) -> int:
        """A bare integer of variable length: 1, 2, 4 bytes, or a long form with its size."""
        data = self.data
        at = self.at
        first = data[at]
        if not first & 1:
            self.at = at + 1
            return (first >> 1) - 10
        if not first & 2:
            self.at = at + 2
            return ((first | data[at + 1] << 8) >> 2) - 100
        if not first & 4:
            self.at = at + 4
            return ((first | data[at + 1] << 8 | data[at + 2] << 16 | data[at + 3] << 24) >> 3) - 10000
        self.at = at + 1
        size = self.number()
        at = self.at
        self.at = at + (size >> 1)
        value = int.from_bytes(data[at : self.at], "little")
        return -value if size & 1 else value

    def tagged_int(self) -> int:
        self.at += 1
        return self.number()

    def text(self) -> str:
        size = self.number()
        at = self.at
        self.at = at + size
        return self.data[at : self.at].decode("utf-8", "replace")

    def tagged_text(self) -> str:
        self.at += 1
        return self.text()

    def flag(self) -> bool:
        at = self.at
        self.at = at + 1
        return self.data[at] == 1

    def optional_text(self) -> str:
        at = self.at
        self.at = at + 1
        return self.text() if self.data[at] == _STR_TAG else ""

    def real(self) -> float:
        at = self.at + 1
        self.at = at + 8
        value: float = struct.unpack_from("<d", self.data, at)[0]
        return value

    def place(self) -> Pos:
        """A location without end tag."""
        data = self.data
        at = self.at + 1
        a, b, c, d = data[at : at + 4]
        if not (a | b | c | d) & 1:
            # All four fit one byte: nine of ten places do.
            line = (a >> 1) - 10 - self.shift
            column = (b >> 1) - 10
            self.at = at + 4
            pos = self.pos = (line, column, line + (c >> 1) - 10, column + (d >> 1) - 10)
            return pos
        self.at = at
        line = self.number() - self.shift
        column = self.number()
        pos = self.pos = (line, column, line + self.number(), column + self.number())
        return pos

    def end(self) -> Pos:
        """A location and the end tag after it: how most records close."""
        pos = self.place()
        self.at += 1
        return pos

    # --- expressions ---------------------------------------------------------------------------------------------

    def expression(self) -> Node:
        at = self.at
        self.at = at + 1
        reader = self._expressions[self.data[at]]
        if reader is None:
            raise DecodeError(f"unknown expression tag {self.data[at]} at byte {at}")
        return reader()

    def expressions(self) -> list[Node]:
        self.at += 1
        return [self.expression() for _ in range(self.number())]

    def _name(self) -> Node:
        self.at += 1
        name = self.text()
        pos = self.end()
        if name in _SINGLETONS:
            return t.Constant(_SINGLETONS[name], pos)
        self.scope.mentions.add(name)
        return t.Name(name, pos)

    def _attribute(self) -> Node:
        obj = self.expression()
        self.at += 1
        attr = self.text()
        return t.Attribute(obj, attr, self.end())

    def _call(self) -> Node:
        func = self.expression()
        args = self.expressions()
        self.at += 1
        names = [_ARGUMENT[self.number()] for _ in range(self.number())]
        self.at += 1
        for i in range(self.number()):
            name = self.optional_text()
            if name:
                names[i] = name
        return t.Call(func, args, names, self.end())

    def _string(self) -> Node:
        self.at += 1
        value = self.text()
        self.at += 1  # has surrogates
        return t.Constant(value, self.end())

    def _bytes(self) -> Node:
        self.at += 1
        escaped = self.text()
        value = escaped.encode("latin-1", "replace").decode("unicode_escape", "replace").encode("latin-1", "replace")
        return t.Constant(value, self.end())

    def _integer(self) -> Node:
        value = self.tagged_int()
        return t.Constant(value, self.end())

    def _big_integer(self) -> Node:
        text = self.tagged_text()
        # Decimal conversion is quadratic and capped by CPython: a longer number has no use here but its sign.
        value = int(text, 0) if len(text) <= 4000 else 10**4000
        return t.Constant(value, self.end())

    def _float(self) -> Node:
        value = self.real()
        return t.Constant(value, self.end())

    def _complex(self) -> Node:
        value = complex(self.real(), self.real())
        return t.Constant(value, self.end())

    def _ellipsis(self) -> Node:
        return t.Constant(..., self.end())

    def _nothing(self) -> Node:
        self.at += 1
        return t.Constant(..., self.pos)

    def _binary(self) -> Node:
        op = _BINARY[self.tagged_int()]
        left = self.expression()
        right = self.expression()
        self.at += 1
        # This record has no location of its own.
        return t.Binary(op, left, right, (left.pos[0], left.pos[1], right.pos[2], right.pos[3]))

    def _unary(self) -> Node:
        op = _UNARY[self.tagged_int()]
        operand = self.expression()
        return t.Unary(op, operand, self.end())

    def _boolean(self) -> Node:
        is_and = self.tagged_int() == 0
        values = self.expressions()
        return t.Boolean(is_and, values, self.end())

    def _compare(self) -> Node:
        left = self.expression()
        self.at += 1
        ops = [_COMPARE[self.number()] for _ in range(self.number())]
        rights = self.expressions()
        return t.Compare(left, ops, rights, self.end())

    def _conditional(self) -> Node:
        body = self.expression()
        test = self.expression()
        orelse = self.expression()
        return t.Conditional(test, body, orelse, self.end())

    def _tuple(self) -> Node:
        items = self.expressions()
        return t.Collection("tuple", items, self.end())

    def _list(self) -> Node:
        items = self.expressions()
        return t.Collection("list", items, self.end())

    def _set(self) -> Node:
        items = self.expressions()
        return t.Collection("set", items, self.end())

    def _dict(self) -> Node:
        self.at += 1
        keys = [self.expression() if self.flag() else None for _ in range(self.number())]
        values = self.expressions()
        return t.Dict(keys, values, self.end())

    def _subscript(self) -> Node:
        obj = self.expression()
        index = self.expression()
        return t.Subscript(obj, index, self.end())

    def _slice(self) -> Node:
        start = self.expression() if self.flag() else None
        stop = self.expression() if self.flag() else None
        step = self.expression() if self.flag() else None
        return t.Slice(start, stop, step, self.end())

    def _comprehension(self, kind: str, key: Node | None) -> Node:
        element = self.expression()
        n = self.tagged_int()
        targets = [self.expression() for _ in range(n)]
        sequences = [self.expression() for _ in range(n)]
        conditions = [self.expressions() for _ in range(n)]
        self.at += n  # is_async flags
        return t.Comprehension(kind, key, element, targets, sequences, conditions, t.NOWHERE)

    def _generator(self) -> Node:
        node = self._comprehension("generator", None)
        node.pos = self.end()
        return node

    def _list_comprehension(self) -> Node:
        node = self._comprehension("list", None)
        node.pos = self.end()
        return node

    def _set_comprehension(self) -> Node:
        node = self._comprehension("set", None)
        node.pos = self.end()
        return node

    def _dict_comprehension(self) -> Node:
        key = self.expression() if self.flag() else None
        node = self._comprehension("dict", key)
        node.pos = self.end()
        return node

    def _fstring(self) -> Node:
        parts: list[Node] = []
        for _ in range(self.tagged_int()):
            if self.flag():
                parts.extend(self._field_or_text() for _ in range(self.tagged_int()))
            else:
                value = self.tagged_text()
                parts.append(t.Constant(value, self.place()))
        self.at += 1  # has surrogates
        return t.Joined(parts, False, self.end())

    def _field_or_text(self) -> Node:
        at = self.at
        self.at = at + 1
        if self.data[at] == _STR_TAG:
            value = self.text()
            return t.Constant(value, self.place())
        value_node = self.expression()
        conversion = self.tagged_text()[1:] if self.flag() else ""
        spec = self._spec() if self.flag() else None
        self.at += 1
        return t.Field(value_node, conversion, spec, value_node.pos)

    def _spec(self) -> list[Node]:
        parts = [self._field_or_text() for _ in range(self.tagged_int())]
        self.place()
        return parts

    def _tstring(self) -> Node:
        parts: list[Node] = []
        for _ in range(self.tagged_int()):
            if self.flag():
                value = self.expression()
                self.tagged_text()
                conversion = self.tagged_text() if self.flag() else ""
                spec = self._spec() if self.flag() else None
                parts.append(t.Field(value, conversion, spec, value.pos))
            else:
                text = self.tagged_text()
                parts.append(t.Constant(text, self.place()))
        self.at += 1
        return t.Joined(parts, True, self.end())

    def _lambda(self) -> Node:
        scope = self._open(False)
        parameters = self._parameters(scope)
        body = self.block()
        self._close()
        return t.Function("<lambda>", parameters, body, [], False, scope, self.end())

    def _walrus(self) -> Node:
        target = self.expression()
        self._bind(target)
        value = self.expression()
        return t.Walrus(target, value, self.end())

    def _star(self) -> Node:
        value = self.expression()
        return t.Star(value, self.end())

    def _await(self) -> Node:
        value = self.expression()
        return t.Await(value, self.end())

    def _yield(self) -> Node:
        value = self.expression() if self.flag() else None
        return t.Yield(value, False, self.end())

    def _yield_from(self) -> Node:
        value = self.expression()
        return t.Yield(value, True, self.end())

    # --- scopes and types ----------------------------------------------------------------------------------------

    def _open(self, is_class: bool) -> Scope:
        scope = Scope(is_class)
        scope.children = [self.scope]  # the parent, until `_close` turns it round
        self.scope = scope
        return scope

    def _close(self) -> None:
        scope = self.scope
        parent = scope.children.pop(0)
        parent.children.append(scope)
        self.scope = parent

    def _bind(self, target: Node) -> None:
        if isinstance(target, t.Name):
            self.scope.stores.add(target.name)
        elif isinstance(target, t.Collection):
            for item in target.items:
                self._bind(item)
        elif isinstance(target, t.Star):
            self._bind(target.value)

    def type(self) -> str:
        """A type; its outermost name ("" when it has none)."""
        at = self.at
        self.at = at + 1
        tag = self.data[at]
        name = ""
        if tag == 104:  # a name with arguments
            name = self.tagged_text()
            arguments = self._types()
            self.at += 1
            self.optional_text()
            self.optional_text()
            if name.rpartition(".")[2] in ("Optional", "Annotated", "Final", "ClassVar") and arguments:
                name = arguments[0]
        elif tag == 115:  # union
            names = [item for item in self._types() if item != "None"]
            name = names[0] if len(names) == 1 else ""
            self.at += 1
            self.optional_text()
            self.optional_text()
            self.at += 1
        elif tag == 118:  # list
            self._types()
        elif tag == 112:  # tuple
            self._types()
            self.at += 1
        elif tag == 113:  # typed dict
            self.at += 1
            for _ in range(self.number()):
                self.optional_text()
            self._types()
        elif tag == 120:  # literal
            kind = self.tagged_text()
            if kind == "builtins.bool":
                self.at += 1
            elif kind == "builtins.int":
                self.tagged_int()
            elif kind == "typing.Any":
                self.at += 1
                self.optional_text()
            else:
                self.tagged_text()
        elif tag == 105:  # unpack
            self.type()
            self.at += 1
        elif tag == 121:  # call
            name = self.type()
            self._types()
            self.at += 1
            for _ in range(self.number()):
                self.optional_text()
                self.type()
        elif tag != 119:  # ellipsis
            raise DecodeError(f"unknown type tag {tag} at byte {at}")
        self.end()
        return name

    def _types(self) -> list[str]:
        self.at += 1
        return [self.type() for _ in range(self.number())]

    def _type_parameters(self) -> None:
        for _ in range(self.number()):
            self.tagged_int()
            self.tagged_text()
            if self.flag():
                self.type()
            self._types()
            if self.flag():
                self.type()

    def _parameters(self, scope: Scope) -> list[t.Parameter]:
        self.at += 1
        parameters: list[t.Parameter] = []
        for _ in range(self.number()):
            name = self.tagged_text()
            kind = _PARAMETER[self.tagged_int()]
            annotation = self.type() if self.flag() else ""
            default = self.expression() if self.flag() else None
            if self.flag():
                kind = "/"
            scope.stores.add(name)
            parameters.append(t.Parameter(name, kind, annotation, default, self.place()))
        return parameters

    # --- statements ----------------------------------------------------------------------------------------------

    def statement(self) -> Node:
        at = self.at
        self.at = at + 1
        reader = self._statements[self.data[at]]
        if reader is None:
            raise DecodeError(f"unknown statement tag {self.data[at]} at byte {at}")
        return reader()

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
            singleton = None if self.data[at] == _NONE_TAG else self.data[at] == 1
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

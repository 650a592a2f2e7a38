"""Bytes → tree: expressions, types, parameters and the scopes they belong to."""

from __future__ import annotations

from collections.abc import Callable

from codereal.analysis import tree as t
from codereal.analysis.decode_cursor import STR_TAG, Cursor, DecodeError
from codereal.analysis.tree import Node, Scope

_BINARY = ["+", "-", "*", "@", "/", "%", "**", "<<", ">>", "|", "^", "&", "//"]
_COMPARE = ["==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in"]
_UNARY = ["~", "not", "+", "-"]
_ARGUMENT = ["", "", "*", "", "**", ""]  # mypy's ArgKind: positional, optional, star, named, star2, named optional
_PARAMETER = ["", "", "*", "k", "**", "k"]
_SINGLETONS: dict[str, object] = {"None": None, "True": True, "False": False}


class ExpressionReader(Cursor):
    """One method per kind of expression; `decode` adds the statements."""

    def __init__(self, data: bytes, shift: int) -> None:
        super().__init__(data, shift)
        self.scope = Scope(False)

    def block(self) -> list[Node]:
        """The statements of a body; `decode` implements it."""
        raise NotImplementedError

    def expression(self) -> Node:
        at = self.at
        self.at = at + 1
        reader = _EXPRESSIONS[self.data[at]]
        if reader is None:
            raise DecodeError(f"unknown expression tag {self.data[at]} at byte {at}")
        return reader(self)

    def expressions(self) -> list[Node]:
        self.at += 1
        return [self.expression() for _ in range(self.number())]

    def _name(self) -> Node:
        self.at += 1
        name = self.word()
        pos = self.end()
        if name in _SINGLETONS:
            return t.Constant(_SINGLETONS[name], pos)
        self.scope.mentions.add(name)
        return t.Name(name, pos)

    def _attribute(self) -> Node:
        obj = self.expression()
        self.at += 1
        attr = self.word()
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
        if self.data[at] == STR_TAG:
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


_EXPRESSIONS: list[Callable[[ExpressionReader], Node] | None] = [None] * 256  # by tag; each takes a reader
for _tag, _read in (
    (161, ExpressionReader._call), (162, ExpressionReader._name), (163, ExpressionReader._string),
    (165, ExpressionReader._attribute), (166, ExpressionReader._binary), (167, ExpressionReader._integer),
    (170, ExpressionReader._tuple), (172, ExpressionReader._subscript), (173, ExpressionReader._list),
    (174, ExpressionReader._set), (177, ExpressionReader._compare), (178, ExpressionReader._boolean),
    (181, ExpressionReader._float), (182, ExpressionReader._unary), (183, ExpressionReader._dict),
    (184, ExpressionReader._complex), (185, ExpressionReader._slice), (186, ExpressionReader._nothing),
    (190, ExpressionReader._generator), (191, ExpressionReader._yield), (192, ExpressionReader._yield_from),
    (193, ExpressionReader._list_comprehension), (194, ExpressionReader._set_comprehension),
    (195, ExpressionReader._dict_comprehension), (202, ExpressionReader._ellipsis),
    (203, ExpressionReader._conditional), (205, ExpressionReader._fstring), (207, ExpressionReader._lambda),
    (208, ExpressionReader._walrus), (209, ExpressionReader._star), (210, ExpressionReader._bytes),
    (213, ExpressionReader._await), (214, ExpressionReader._big_integer), (229, ExpressionReader._tstring),
):  # fmt: skip
    _EXPRESSIONS[_tag] = _read

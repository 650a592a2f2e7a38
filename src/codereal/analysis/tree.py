"""The syntax tree: small nodes that say only what the analysis needs.

Every node has `pos = (line, column, end_line, end_column)`: lines count from 1, columns from 0, in characters.
Annotations are not kept as expressions; a parameter or a declared variable keeps the name of its type.
Statement and expression kinds are told apart by class: `lower` dispatches on it.
"""

from __future__ import annotations

Pos = tuple[int, int, int, int]
NOWHERE: Pos = (1, 0, 1, 0)


class Scope:
    """The names of one function, class or module body, collected while it is read."""

    __slots__ = ("children", "globals", "is_class", "mentions", "nonlocals", "own", "shared", "stores")

    def __init__(self, is_class: bool) -> None:
        self.mentions: set[str] = set()
        self.stores: set[str] = set()
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.children: list[Scope] = []
        self.own: set[str] = set()  # bound here (known when the whole module is read)
        self.shared: set[str] = set()  # bound here and used by scopes inside
        self.is_class = is_class


class Node:
    """Root of all nodes."""

    __slots__ = ("pos",)

    def __init__(self, pos: Pos) -> None:
        self.pos = pos


class Name(Node):
    __slots__ = ("name",)

    def __init__(self, name: str, pos: Pos) -> None:
        self.name = name
        self.pos = pos


class Constant(Node):
    """A literal: str, bytes, int, float, complex, None, True, False or Ellipsis."""

    __slots__ = ("value",)

    def __init__(self, value: object, pos: Pos) -> None:
        self.value = value
        self.pos = pos


class Attribute(Node):
    __slots__ = ("attr", "obj")

    def __init__(self, obj: Node, attr: str, pos: Pos) -> None:
        self.obj = obj
        self.attr = attr
        self.pos = pos


class Subscript(Node):
    __slots__ = ("index", "obj")

    def __init__(self, obj: Node, index: Node, pos: Pos) -> None:
        self.obj = obj
        self.index = index
        self.pos = pos


class Slice(Node):
    __slots__ = ("start", "step", "stop")

    def __init__(self, start: Node | None, stop: Node | None, step: Node | None, pos: Pos) -> None:
        self.start = start
        self.stop = stop
        self.step = step
        self.pos = pos


class Call(Node):
    """`names[i]` is the keyword of argument i: "" for positional, "*" and "**" for unpacked ones."""

    __slots__ = ("args", "func", "names")

    def __init__(self, func: Node, args: list[Node], names: list[str], pos: Pos) -> None:
        self.func = func
        self.args = args
        self.names = names
        self.pos = pos


class Binary(Node):
    __slots__ = ("left", "op", "right")

    def __init__(self, op: str, left: Node, right: Node, pos: Pos) -> None:
        self.op = op
        self.left = left
        self.right = right
        self.pos = pos


class Unary(Node):
    __slots__ = ("op", "operand")

    def __init__(self, op: str, operand: Node, pos: Pos) -> None:
        self.op = op
        self.operand = operand
        self.pos = pos


class Boolean(Node):
    """`and` / `or` over two or more values."""

    __slots__ = ("is_and", "values")

    def __init__(self, is_and: bool, values: list[Node], pos: Pos) -> None:
        self.is_and = is_and
        self.values = values
        self.pos = pos


class Compare(Node):
    __slots__ = ("left", "ops", "rights")

    def __init__(self, left: Node, ops: list[str], rights: list[Node], pos: Pos) -> None:
        self.left = left
        self.ops = ops
        self.rights = rights
        self.pos = pos


class Conditional(Node):
    __slots__ = ("body", "orelse", "test")

    def __init__(self, test: Node, body: Node, orelse: Node, pos: Pos) -> None:
        self.test = test
        self.body = body
        self.orelse = orelse
        self.pos = pos


class Collection(Node):
    """A list, tuple or set display; `kind` is "list", "tuple" or "set"."""

    __slots__ = ("items", "kind")

    def __init__(self, kind: str, items: list[Node], pos: Pos) -> None:
        self.kind = kind
        self.items = items
        self.pos = pos


class Dict(Node):
    """A dict display; a key of None stands for `**value`."""

    __slots__ = ("keys", "values")

    def __init__(self, keys: list[Node | None], values: list[Node], pos: Pos) -> None:
        self.keys = keys
        self.values = values
        self.pos = pos


class Comprehension(Node):
    """`kind` is "list", "set", "dict" or "generator"; `key` only for a dict."""

    __slots__ = ("conditions", "element", "key", "kind", "sequences", "targets")

    def __init__(
        self,
        kind: str,
        key: Node | None,
        element: Node,
        targets: list[Node],
        sequences: list[Node],
        conditions: list[list[Node]],
        pos: Pos,
    ) -> None:
        self.kind = kind
        self.key = key
        self.element = element
        self.targets = targets
        self.sequences = sequences
        self.conditions = conditions
        self.pos = pos


class Field(Node):
    """One `{value!conversion:spec}` of an f-string; `conversion` is "", "r", "s" or "a"."""

    __slots__ = ("conversion", "spec", "value")

    def __init__(self, value: Node, conversion: str, spec: list[Node] | None, pos: Pos) -> None:
        self.value = value
        self.conversion = conversion
        self.spec = spec
        self.pos = pos


class Joined(Node):
    """An f-string, or a t-string (`is_template`): Constants and Fields in order."""

    __slots__ = ("is_template", "parts")

    def __init__(self, parts: list[Node], is_template: bool, pos: Pos) -> None:
        self.parts = parts
        self.is_template = is_template
        self.pos = pos


class Star(Node):
    __slots__ = ("value",)

    def __init__(self, value: Node, pos: Pos) -> None:
        self.value = value
        self.pos = pos


class Walrus(Node):
    __slots__ = ("target", "value")

    def __init__(self, target: Node, value: Node, pos: Pos) -> None:
        self.target = target
        self.value = value
        self.pos = pos


class Await(Node):
    __slots__ = ("value",)

    def __init__(self, value: Node, pos: Pos) -> None:
        self.value = value
        self.pos = pos


class Yield(Node):
    __slots__ = ("is_from", "value")

    def __init__(self, value: Node | None, is_from: bool, pos: Pos) -> None:
        self.value = value
        self.is_from = is_from
        self.pos = pos


class Parameter(Node):
    """`kind` is "" (positional or keyword), "/" (positional only), "*", "**" or "k" (keyword only)."""

    __slots__ = ("annotation", "default", "kind", "name")

    def __init__(self, name: str, kind: str, annotation: str, default: Node | None, pos: Pos) -> None:
        self.name = name
        self.kind = kind
        self.annotation = annotation
        self.default = default
        self.pos = pos


class Function(Node):
    """A `def` or a lambda (name "<lambda>")."""

    __slots__ = ("body", "decorators", "is_async", "name", "parameters", "scope")

    def __init__(
        self,
        name: str,
        parameters: list[Parameter],
        body: list[Node],
        decorators: list[Node],
        is_async: bool,
        scope: Scope,
        pos: Pos,
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.body = body
        self.decorators = decorators
        self.is_async = is_async
        self.scope = scope
        self.pos = pos


class Class(Node):
    __slots__ = ("bases", "body", "decorators", "keywords", "name", "scope")

    def __init__(
        self,
        name: str,
        bases: list[Node],
        keywords: list[tuple[str, Node]],
        body: list[Node],
        decorators: list[Node],
        scope: Scope,
        pos: Pos,
    ) -> None:
        self.name = name
        self.bases = bases
        self.keywords = keywords
        self.body = body
        self.decorators = decorators
        self.scope = scope
        self.pos = pos


class Expression(Node):
    __slots__ = ("value",)

    def __init__(self, value: Node) -> None:
        self.value = value
        self.pos = value.pos


class Assign(Node):
    """`value` is None for a bare declaration `x: T`."""

    __slots__ = ("annotation", "targets", "value")

    def __init__(self, targets: list[Node], value: Node | None, annotation: str, pos: Pos) -> None:
        self.targets = targets
        self.value = value
        self.annotation = annotation
        self.pos = pos


class Augmented(Node):
    __slots__ = ("op", "target", "value")

    def __init__(self, op: str, target: Node, value: Node, pos: Pos) -> None:
        self.op = op
        self.target = target
        self.value = value
        self.pos = pos


class If(Node):
    __slots__ = ("body", "orelse", "test")

    def __init__(self, test: Node, body: list[Node], orelse: list[Node], pos: Pos) -> None:
        self.test = test
        self.body = body
        self.orelse = orelse
        self.pos = pos


class While(Node):
    __slots__ = ("body", "orelse", "test")

    def __init__(self, test: Node, body: list[Node], orelse: list[Node], pos: Pos) -> None:
        self.test = test
        self.body = body
        self.orelse = orelse
        self.pos = pos


class For(Node):
    __slots__ = ("body", "iterable", "orelse", "target")

    def __init__(self, target: Node, iterable: Node, body: list[Node], orelse: list[Node], pos: Pos) -> None:
        self.target = target
        self.iterable = iterable
        self.body = body
        self.orelse = orelse
        self.pos = pos


class With(Node):
    __slots__ = ("body", "items")

    def __init__(self, items: list[tuple[Node, Node | None]], body: list[Node], pos: Pos) -> None:
        self.items = items
        self.body = body
        self.pos = pos


class Handler(Node):
    __slots__ = ("body", "name", "type")

    def __init__(self, type_: Node | None, name: str, body: list[Node], pos: Pos) -> None:
        self.type = type_
        self.name = name
        self.body = body
        self.pos = pos


class Try(Node):
    __slots__ = ("body", "final", "handlers", "orelse")

    def __init__(
        self, body: list[Node], handlers: list[Handler], orelse: list[Node], final: list[Node], pos: Pos
    ) -> None:
        self.body = body
        self.handlers = handlers
        self.orelse = orelse
        self.final = final
        self.pos = pos


class Return(Node):
    __slots__ = ("value",)

    def __init__(self, value: Node | None, pos: Pos) -> None:
        self.value = value
        self.pos = pos


class Raise(Node):
    __slots__ = ("cause", "value")

    def __init__(self, value: Node | None, cause: Node | None, pos: Pos) -> None:
        self.value = value
        self.cause = cause
        self.pos = pos


class Assert(Node):
    __slots__ = ("message", "test")

    def __init__(self, test: Node, message: Node | None, pos: Pos) -> None:
        self.test = test
        self.message = message
        self.pos = pos


class Delete(Node):
    __slots__ = ("target",)

    def __init__(self, target: Node, pos: Pos) -> None:
        self.target = target
        self.pos = pos


class Import(Node):
    """`names` holds (module, name, bound name): `name` is "" for `import module`; "*" for a star import."""

    __slots__ = ("names",)

    def __init__(self, names: list[tuple[str, str, str]], pos: Pos) -> None:
        self.names = names
        self.pos = pos


class Jump(Node):
    """`kind` is "break", "continue" or "pass" (declarations read as "pass")."""

    __slots__ = ("kind",)

    def __init__(self, kind: str, pos: Pos) -> None:
        self.kind = kind
        self.pos = pos


class Match(Node):
    __slots__ = ("cases", "subject")

    def __init__(self, subject: Node, cases: list[tuple[Pattern, Node | None, list[Node]]], pos: Pos) -> None:
        self.subject = subject
        self.cases = cases
        self.pos = pos


class Pattern(Node):
    """`kind` is "as", "or", "value", "sequence", "star", "mapping" or "class".

    `name` is the captured name ("" for none), `value` the compared expression or the class,
    `keys` the keys of a mapping, `names` the keywords of a class pattern.
    """

    __slots__ = ("items", "keys", "kind", "name", "names", "value")

    def __init__(
        self,
        kind: str,
        pos: Pos,
        name: str = "",
        value: Node | None = None,
        items: list[Pattern] | None = None,
        keys: list[Node] | None = None,
        names: list[str] | None = None,
    ) -> None:
        self.kind = kind
        self.pos = pos
        self.name = name
        self.value = value
        self.items: list[Pattern] = items or []
        self.keys: list[Node] = keys or []
        self.names: list[str] = names or []

"""Tree → IR: expressions, conditions, targets and patterns."""

from __future__ import annotations

from collections.abc import Callable

from codereal.analysis import ir
from codereal.analysis import tree as t
from codereal.analysis.ir import Block, Code, Instr
from codereal.analysis.ssa import Builder
from codereal.analysis.tree import Node, Pos, Scope


class Expressions:
    """Lowers the expressions of one code; `parent` lowers the code around it."""

    def __init__(self, code: Code, scope: Scope, parent: Expressions | None) -> None:
        self.code = code
        self.scope = scope
        self.parent = parent
        self.builder = Builder(code)
        self.block = self.builder.block
        self.dead = False  # nothing that follows can be reached
        self.renamed: dict[str, str] = {}  # variables of comprehensions that are being lowered
        self.temporaries = 0

    # --- blocks --------------------------------------------------------------------------------------------------

    def use(self, block: Block) -> None:
        """Go on in `block`."""
        self.block = self.builder.block = block
        self.dead = False

    def enter(self, block: Block) -> None:
        """Go on in a block that has all its predecessors now."""
        self.builder.seal(block)
        self.use(block)

    def fork(self) -> tuple[Block, Block]:
        """Two blocks that a condition will lead to."""
        return self.builder.new(sealed=False), self.builder.new(sealed=False)

    def emit(self, op: int, args: list[Instr], data: object, pos: Pos) -> Instr:
        code = self.code
        block = self.block
        index = code.count
        instr = Instr(index, op, args, data, pos, block.index)
        code.count = index + 1
        block.instrs.append(instr)
        return instr

    def call(self, args: list[Instr], names: tuple[str, ...], pos: Pos) -> Instr:
        made = self.emit(ir.CALL, args, names, pos)
        self.code.calls.append(made)
        return made

    def constant(self, value: object, pos: Pos) -> Instr:
        return self.emit(ir.CONST, [], value, pos)

    # --- variables -----------------------------------------------------------------------------------------------

    def depth_inside(self) -> int:
        """The depth of a function defined here; a class body has no frame of its own."""
        return self.code.depth + 1

    def frame_of(self, name: str) -> int:
        """The depth of the frame that holds `name`; -1 when it is a local value here, -2 when no scope binds it."""
        scope = self.scope
        if name in scope.own:
            return self.code.depth if name in scope.shared else -1
        outer = self.parent
        if name in scope.globals:
            return 0
        while outer is not None:
            if not outer.scope.is_class and name in outer.scope.own:
                return outer.code.depth
            outer = outer.parent
        return -2

    def load(self, name: str, pos: Pos) -> Instr:
        if self.renamed:
            renamed = self.renamed.get(name)
            if renamed is not None:
                return self.builder.read(renamed)
        depth = self.frame_of(name)
        if depth == -1:
            return self.builder.read(name)
        if depth == -2:
            return self.emit(ir.NAME, [], name, pos)
        return self.emit(ir.LOAD, [], (depth, name), pos)

    def store(self, name: str, value: Instr, pos: Pos) -> None:
        renamed = self.renamed.get(name)
        depth = -1 if renamed is not None else self.frame_of(name)
        if depth >= 0:
            self.emit(ir.STORE, [value], (depth, name), pos)
        else:
            self.builder.write(renamed or name, value)

    def assign(self, target: Node, value: Instr) -> None:
        """Bind a target: a name, an attribute, an item or a pattern of these."""
        if isinstance(target, t.Name):
            self.store(target.name, value, target.pos)
        elif isinstance(target, t.Attribute):
            self.emit(ir.SETATTR, [self.expr(target.obj), value], target.attr, target.pos)
        elif isinstance(target, t.Subscript):
            self.emit(ir.SETITEM, [self.expr(target.obj), self.expr(target.index), value], None, target.pos)
        elif isinstance(target, t.Collection):
            n = len(target.items)
            star = next((i for i, item in enumerate(target.items) if isinstance(item, t.Star)), n)
            for i, item in enumerate(target.items):
                at = i if i < star else None if i == star else i - n
                self.assign(item, self.emit(ir.PICK, [value], at, item.pos))
        elif isinstance(target, t.Star):
            self.assign(target.value, value)
        else:
            # Broken code can assign to anything; what it computes still runs.
            self.expr(target)

    # --- conditions ----------------------------------------------------------------------------------------------

    def branch(self, test: Node, yes: Block, no: Block) -> None:
        """Evaluate a condition and go to `yes` or `no`; the current block is finished afterwards."""
        if isinstance(test, t.Boolean):
            for value in test.values[:-1]:
                following = self.builder.new(sealed=False)
                self.branch(value, *((following, no) if test.is_and else (yes, following)))
                self.enter(following)
            self.branch(test.values[-1], yes, no)
        elif isinstance(test, t.Unary) and test.op == "not":
            self.branch(test.operand, no, yes)
        elif isinstance(test, t.Compare) and len(test.ops) > 1:
            left = self.expr(test.left)
            for op, right_node in zip(test.ops[:-1], test.rights, strict=False):
                right = self.expr(right_node)
                following = self.builder.new(sealed=False)
                self.decide(self.emit(ir.COMPARE, [left, right], op, test.pos), following, no)
                self.enter(following)
                left = right
            right = self.expr(test.rights[-1])
            self.decide(self.emit(ir.COMPARE, [left, right], test.ops[-1], test.pos), yes, no)
        else:
            self.decide(self.expr(test), yes, no)

    def decide(self, condition: Instr, yes: Block, no: Block) -> None:
        block = self.block
        block.condition = condition
        self.builder.edge(block, yes)
        self.builder.edge(block, no)

    def _by_branch(self, node: Node, on_true: Node | None, on_false: Node | None) -> Instr:
        """A value that depends on a condition: each side, or True and False when it is None, meets in a phi."""
        self.temporaries += 1
        name = f"@{self.temporaries}"
        yes, no = self.fork()
        self.branch(node, yes, no)
        ends: list[Block] = []
        for block, side, default in ((yes, on_true, True), (no, on_false, False)):
            self.enter(block)
            value = self.expr(side) if side is not None else self.constant(default, node.pos)
            self.builder.write(name, value)
            ends.append(self.block)
        self.use(self.builder.new(*ends))
        return self.builder.read(name)

    def _boolean(self, node: t.Boolean) -> Instr:
        self.temporaries += 1
        name = f"@{self.temporaries}"
        ends: list[Block] = []
        for value_node in node.values[:-1]:
            value = self.expr(value_node)
            self.builder.write(name, value)
            following = self.builder.new(sealed=False)
            done = self.builder.new(sealed=False)
            self.decide(value, *((following, done) if node.is_and else (done, following)))
            self.builder.seal(done)
            ends.append(done)
            self.enter(following)
        self.builder.write(name, self.expr(node.values[-1]))
        ends.append(self.block)
        self.use(self.builder.new(*ends))
        return self.builder.read(name)

    # --- expressions ---------------------------------------------------------------------------------------------

    def expr(self, node: Node) -> Instr:
        lowering = _EXPRESSIONS.get(type(node))
        if lowering is None:
            raise TypeError(f"no lowering for {type(node).__name__}")
        return lowering(self, node)

    def _name(self, node: t.Name) -> Instr:
        return self.load(node.name, node.pos)

    def _constant(self, node: t.Constant) -> Instr:
        return self.emit(ir.CONST, [], node.value, node.pos)

    def _attribute(self, node: t.Attribute) -> Instr:
        return self.emit(ir.ATTR, [self.expr(node.obj)], node.attr, node.pos)

    def _subscript(self, node: t.Subscript) -> Instr:
        obj = self.expr(node.obj)
        return self.emit(ir.ITEM, [obj, self.expr(node.index)], None, node.pos)

    def _slice(self, node: t.Slice) -> Instr:
        ends = (node.start, node.stop, node.step)
        args = [self.expr(end) if end is not None else self.constant(None, node.pos) for end in ends]
        return self.emit(ir.SLICE, args, None, node.pos)

    def _call(self, node: t.Call) -> Instr:
        args = [self.expr(node.func)]
        names: list[str] = []
        for arg, name in zip(node.args, node.names, strict=True):
            args.append(self.expr(arg.value if isinstance(arg, t.Star) else arg))
            names.append("*" if isinstance(arg, t.Star) else name)
        return self.call(args, tuple(names), node.pos)

    def _binary(self, node: t.Binary) -> Instr:
        left = self.expr(node.left)
        return self.emit(ir.BINARY, [left, self.expr(node.right)], node.op, node.pos)

    def _unary(self, node: t.Unary) -> Instr:
        return self.emit(ir.UNARY, [self.expr(node.operand)], node.op, node.pos)

    def _compare(self, node: t.Compare) -> Instr:
        if len(node.ops) > 1:
            return self._by_branch(node, None, None)
        left = self.expr(node.left)
        return self.emit(ir.COMPARE, [left, self.expr(node.rights[0])], node.ops[0], node.pos)

    def _conditional(self, node: t.Conditional) -> Instr:
        return self._by_branch(node.test, node.body, node.orelse)

    def _collection(self, node: t.Collection) -> Instr:
        args = [
            self.emit(ir.UNPACK, [self.expr(item.value)], "*", item.pos)
            if isinstance(item, t.Star)
            else self.expr(item)
            for item in node.items
        ]
        return self.emit(ir.BUILD, args, node.kind, node.pos)

    def _dict(self, node: t.Dict) -> Instr:
        args: list[Instr] = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                args.append(self.emit(ir.UNPACK, [self.expr(value)], "**", value.pos))
            else:
                args.append(self.expr(key))
                args.append(self.expr(value))
        return self.emit(ir.BUILD, args, "dict", node.pos)

    def _comprehension(self, node: t.Comprehension) -> Instr:
        """A loop that gathers; the gathered element is the value of `collect`, whatever the number of rounds."""
        kept = dict(self.renamed)
        outs: list[Block] = []
        self.temporaries += 1
        result = f"@{self.temporaries}"
        self.builder.write(result, self.emit(ir.COLLECT, [], node.kind, node.pos))
        headers: list[Block] = []
        for target, sequence, conditions in zip(node.targets, node.sequences, node.conditions, strict=True):
            iterable = self.expr(sequence)
            header = self.builder.new(self.block, sealed=False)
            headers.append(header)
            # The way round before the way out: a loop is evaluated before what comes after it.
            inside = self.builder.new(header)
            outs.append(self.builder.new(header))
            self.use(inside)
            for name in _names(target):
                self.temporaries += 1
                self.renamed[name] = f"{name}@{self.temporaries}"
            self.assign(target, self.emit(ir.ELEMENT, [iterable], None, sequence.pos))
            for condition in conditions:
                passed = self.builder.new(sealed=False)
                self.branch(condition, passed, header)
                self.enter(passed)
        element = self.expr(node.element)
        args = (
            [self.builder.read(result), element]
            if node.key is None
            else [self.builder.read(result), self.expr(node.key), element]
        )
        self.builder.write(result, self.emit(ir.COLLECT, args, node.kind, node.pos))
        self.code.loops = True
        for header, out in zip(reversed(headers), reversed(outs), strict=True):
            self.builder.edge(self.block, header)
            self.builder.seal(header)
            self.use(out)
        self.renamed = kept
        return self.builder.read(result)

    def _joined(self, node: t.Joined) -> Instr:
        args: list[Instr] = []
        data: list[tuple[str, str]] = []
        for part in node.parts:
            if isinstance(part, t.Field):
                args.append(self.expr(part.value))
                spec = ""
                for piece in part.spec or ():
                    if isinstance(piece, t.Constant):
                        spec += str(piece.value)
                    elif isinstance(piece, t.Field):
                        # A width or precision: its value does not become text.
                        self.expr(piece.value)
                        spec += "*"
                data.append((part.conversion, spec))
            else:
                args.append(self.expr(part))
                data.append(("", ""))
        return self.emit(ir.JOIN, args, tuple(data), node.pos)

    def _walrus(self, node: t.Walrus) -> Instr:
        value = self.expr(node.value)
        self.assign(node.target, value)
        return value

    def _yield(self, node: t.Yield) -> Instr:
        self.code.is_generator = True
        value = self.expr(node.value) if node.value is not None else self.constant(None, node.pos)
        return self.emit(ir.YIELD, [value], node.is_from, node.pos)

    def _await(self, node: t.Await) -> Instr:
        return self.emit(ir.AWAIT, [self.expr(node.value)], None, node.pos)

    def _loose_star(self, node: t.Star) -> Instr:
        return self.expr(node.value)

    def function(self, node: t.Function) -> Instr:
        args: list[Instr] = []
        defaults: list[int] = []
        for at, parameter in enumerate(node.parameters):
            if parameter.default is not None:
                args.append(self.expr(parameter.default))
                defaults.append(at)
        kept, self.renamed = self.renamed, {}
        inside = kept  # a lambda in a comprehension sees the comprehension's variables as they are now
        code = self.make(node)
        self.renamed = inside
        code.defaults = defaults
        return self.emit(ir.CLOSURE, args, code, node.pos)

    def make(self, node: t.Function) -> Code:
        """The code of a function; `lower` implements it."""
        raise NotImplementedError

    # --- patterns ------------------------------------------------------------------------------------------------

    def pattern(self, pattern: t.Pattern, subject: Instr, missed: Block) -> None:
        """Go on where `subject` matches; leave to `missed` where it does not."""
        kind = pattern.kind
        if kind == "as":
            if pattern.items:
                self.pattern(pattern.items[0], subject, missed)
            if pattern.name:
                self.store(pattern.name, subject, pattern.pos)
            return
        if kind == "star":
            if pattern.name:
                self.store(pattern.name, subject, pattern.pos)
            return
        matched = self.builder.new(sealed=False)
        if kind == "or":
            for item in pattern.items:
                following = self.builder.new(sealed=False)
                self.pattern(item, subject, following)
                self.builder.edge(self.block, matched)
                self.enter(following)
            self.builder.edge(self.block, missed)
            self.enter(matched)
            return
        value = pattern.value
        if kind == "value" and value is not None:
            singleton = isinstance(value, t.Constant) and (value.value is None or isinstance(value.value, bool))
            op = "is" if singleton else "=="
            self.decide(self.emit(ir.COMPARE, [subject, self.expr(value)], op, pattern.pos), matched, missed)
            self.enter(matched)
            return
        args = [subject] if value is None else [subject, self.expr(value)]
        self.decide(self.emit(ir.MATCH, args, kind, pattern.pos), matched, missed)
        self.enter(matched)
        self._parts(pattern, subject, missed)

    def _parts(self, pattern: t.Pattern, subject: Instr, missed: Block) -> None:
        kind = pattern.kind
        n = len(pattern.items)
        if kind == "sequence":
            star = next((i for i, item in enumerate(pattern.items) if item.kind == "star"), n)
            for i, item in enumerate(pattern.items):
                at = i if i < star else None if i == star else i - n
                self.pattern(item, self.emit(ir.PICK, [subject], at, item.pos), missed)
        elif kind == "mapping":
            for key, item in zip(pattern.keys, pattern.items, strict=True):
                self.pattern(item, self.emit(ir.ITEM, [subject, self.expr(key)], None, item.pos), missed)
            if pattern.name:
                self.store(pattern.name, subject, pattern.pos)
        elif kind == "class":
            positional = n - len(pattern.names)
            for i, item in enumerate(pattern.items):
                if i < positional:
                    # `str(x)` and the like match the subject itself; other classes say by `__match_args__`.
                    self.pattern(item, self.emit(ir.UNPACK, [subject], "match", item.pos), missed)
                else:
                    attr = pattern.names[i - positional]
                    self.pattern(item, self.emit(ir.ATTR, [subject], attr, item.pos), missed)


def _names(target: Node) -> list[str]:
    if isinstance(target, t.Name):
        return [target.name]
    if isinstance(target, t.Collection):
        return [name for item in target.items for name in _names(item)]
    if isinstance(target, t.Star):
        return _names(target.value)
    return []


_EXPRESSIONS: dict[type[Node], Callable[..., Instr]] = {
    t.Name: Expressions._name,
    t.Constant: Expressions._constant,
    t.Attribute: Expressions._attribute,
    t.Subscript: Expressions._subscript,
    t.Slice: Expressions._slice,
    t.Call: Expressions._call,
    t.Binary: Expressions._binary,
    t.Unary: Expressions._unary,
    t.Boolean: Expressions._boolean,
    t.Compare: Expressions._compare,
    t.Conditional: Expressions._conditional,
    t.Collection: Expressions._collection,
    t.Dict: Expressions._dict,
    t.Comprehension: Expressions._comprehension,
    t.Joined: Expressions._joined,
    t.Walrus: Expressions._walrus,
    t.Yield: Expressions._yield,
    t.Await: Expressions._await,
    t.Star: Expressions._loose_star,
    t.Function: Expressions.function,
}  # each takes the node class it is listed under

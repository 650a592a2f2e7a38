"""Tree → IR: statements. Expressions are in `lower_expressions`."""

from __future__ import annotations

from collections.abc import Callable

from codereal.analysis import cfg, ir
from codereal.analysis import tree as t
from codereal.analysis.ir import Block, Code, Instr
from codereal.analysis.lower_expressions import Expressions
from codereal.analysis.tree import Node, Scope

_MAX_UNROLLED_ITEMS = 12
_MAX_UNROLLED_BODY = 4
_MAX_FINALS = 3  # how many nested `finally` bodies are copied to the paths that leave them early


def lower(body: list[Node], scope: Scope) -> Code:
    """The IR of a module; codes of functions and classes hang on the instructions that make them."""
    code = Code("module", "module", None, 0, "")
    _share(scope, True)
    lowering = _Statements(code, scope, None)
    code.frame = frozenset(scope.shared)
    lowering.body(body)
    lowering.close()
    return code


def _share(scope: Scope, is_module: bool) -> tuple[set[str], set[str]]:
    """Leave in `own` and `shared` of each scope what it binds, and what scopes inside it use of that.

    Returns the names that this scope and those in it take from outside, and those they declare global.
    """
    wanted: set[str] = set()
    declared = set(scope.globals)
    for child in scope.children:
        names, globals_ = _share(child, False)
        wanted |= names
        declared |= globals_
    if is_module:
        scope.stores |= declared
        wanted |= declared
    own = scope.stores - scope.globals - scope.nonlocals
    outside = (scope.mentions | scope.nonlocals | wanted) - own
    if scope.is_class:
        # What a method names is never found in the class body.
        outside |= wanted
        shared: set[str] = set()
    else:
        shared = own & wanted
    scope.own = own
    scope.shared = shared
    return outside, declared


def _jumps(body: list[Node]) -> bool:
    """Whether a loop body may leave the round early, or holds a loop or a definition of its own."""
    for node in body:
        if isinstance(node, (t.Jump, t.For, t.While, t.Try, t.Match, t.With, t.Function, t.Class)):
            if not (isinstance(node, t.Jump) and node.kind == "pass"):
                return True
        elif isinstance(node, t.If) and (_jumps(node.body) or _jumps(node.orelse)):
            return True
    return False


class _Statements(Expressions):
    """Lowers the statements of one code."""

    def __init__(self, code: Code, scope: Scope, parent: Expressions | None) -> None:
        super().__init__(code, scope, parent)
        self.loops: list[tuple[Block, Block, int]] = []  # (continue to, break to, finals outside)
        self.handlers: list[Block] = []  # where an exception in the current statement may go
        self.finals: list[list[Node]] = []

    def close(self) -> None:
        """Finish the code: the implicit return, phis, order."""
        if not self.dead:
            self.emit(ir.RETURN, [self.constant(None, t.NOWHERE)], None, t.NOWHERE)
            self.block.succs = []
        self.builder.finish()
        self.code.order = cfg.order(self.code)

    def body(self, statements: list[Node]) -> None:
        last = len(statements) - 1
        for at, statement in enumerate(statements):
            if self.dead:
                # Code after a jump: keep it apart, with no way in, so that functions in it still exist.
                if not isinstance(statement, (t.Function, t.Class)):
                    continue
                return
            lowering = _STATEMENTS.get(type(statement))
            if lowering is None:
                raise TypeError(f"no lowering for {type(statement).__name__}")
            self.builder.pos = statement.pos
            lowering(self, statement)
            if self.handlers and at != last and not self.dead:
                self.split()

    def split(self) -> None:
        """End the block, so that handlers see the variables as they are between two statements."""
        before = self.block
        for handler in self.handlers:
            self.builder.raises(before, handler)
        self.use(self.builder.new(before))

    # --- simple statements ---------------------------------------------------------------------------------------

    def _expression(self, node: t.Expression) -> None:
        if not isinstance(node.value, t.Constant):
            self.expr(node.value)

    def _assign(self, node: t.Assign) -> None:
        if node.value is None:
            return
        value = self.expr(node.value)
        for target in node.targets:
            self.assign(target, value)

    def _augmented(self, node: t.Augmented) -> None:
        old = self.expr(node.target)
        value = self.expr(node.value)
        self.assign(node.target, self.emit(ir.BINARY, [old, value], node.op + "=", node.pos))

    def _delete(self, node: t.Delete) -> None:
        targets = node.target.items if isinstance(node.target, t.Collection) else [node.target]
        for target in targets:
            if isinstance(target, t.Subscript):
                self.emit(ir.DELITEM, [self.expr(target.obj), self.expr(target.index)], None, node.pos)
            elif isinstance(target, t.Name):
                self.assign(target, self.emit(ir.UNDEFINED, [], target.name, node.pos))

    def _import(self, node: t.Import) -> None:
        for module, name, bound in node.names:
            if bound:
                qualified = f"{module}.{name}" if name else module
                self.store(bound, self.emit(ir.IMPORT, [], qualified, node.pos), node.pos)

    def _return(self, node: t.Return) -> None:
        value = self.expr(node.value) if node.value is not None else self.constant(None, node.pos)
        self.leave(0)
        if not self.dead:
            self.emit(ir.RETURN, [value], None, node.pos)
            self.dead = True

    def _raise(self, node: t.Raise) -> None:
        if node.value is not None:
            self.expr(node.value)
        if node.cause is not None:
            self.expr(node.cause)
        for handler in self.handlers:
            self.builder.raises(self.block, handler)
        self.dead = True

    def _assert(self, node: t.Assert) -> None:
        passed, failed = self.fork()
        self.branch(node.test, passed, failed)
        self.enter(failed)
        if node.message is not None:
            self.expr(node.message)
        for handler in self.handlers:
            self.builder.raises(self.block, handler)
        self.enter(passed)

    def _jump(self, node: t.Jump) -> None:
        if node.kind == "pass" or not self.loops:
            return
        again, out, finals = self.loops[-1]
        self.leave(finals)
        if not self.dead:
            self.builder.edge(self.block, again if node.kind == "continue" else out)
            self.dead = True

    def leave(self, outside: int) -> None:
        """Run the `finally` bodies that a jump passes, innermost first."""
        pending = self.finals[outside:]
        if not pending or len(pending) > _MAX_FINALS:
            return
        kept, self.finals = self.finals, self.finals[:outside]
        for final in reversed(pending):
            self.body(final)
        self.finals = kept

    # --- blocks --------------------------------------------------------------------------------------------------

    def _if(self, node: t.If) -> None:
        ends: list[Block] = []
        current: t.If | None = node
        while current is not None:
            yes, no = self.fork()
            self.branch(current.test, yes, no)
            self.enter(yes)
            self.body(current.body)
            if not self.dead:
                ends.append(self.block)
            self.enter(no)
            orelse = current.orelse
            current = None
            # A long `elif` ladder is nested in the tree: walk it, do not recurse.
            if len(orelse) == 1 and isinstance(orelse[0], t.If):
                current = orelse[0]
            else:
                self.body(orelse)
        if not self.dead:
            ends.append(self.block)
        self.meet(ends)

    def meet(self, ends: list[Block]) -> None:
        """Go on where these blocks come together; dead when there are none."""
        if not ends:
            self.dead = True
            return
        self.use(self.builder.new(*ends))

    def _while(self, node: t.While) -> None:
        header = self.builder.new(self.block, sealed=False)
        out = self.builder.new(sealed=False)
        self.use(header)
        inside, orelse = self.fork()
        self.branch(node.test, inside, orelse)
        self.enter(inside)
        self._loop(node.body, header, out)
        self.enter(orelse)
        self._end_loop(node.orelse, out)

    def _for(self, node: t.For) -> None:
        iterable = self.expr(node.iterable)
        rounds = self.known_items(iterable) if len(node.body) <= _MAX_UNROLLED_BODY and not _jumps(node.body) else None
        if rounds is not None:
            for item in rounds:
                if not self.dead:
                    self.assign(node.target, self.constant(item.data, item.pos))
                    self.body(node.body)
            if not self.dead:
                self.body(node.orelse)
            return
        header = self.builder.new(self.block, sealed=False)
        out = self.builder.new(sealed=False)
        inside = self.builder.new(header)
        orelse = self.builder.new(header)
        self.use(inside)
        self.assign(node.target, self.emit(ir.ELEMENT, [iterable], None, node.iterable.pos))
        self._loop(node.body, header, out)
        self.use(orelse)
        self._end_loop(node.orelse, out)

    def known_items(self, iterable: Instr) -> list[Instr] | None:
        """The items of a short display of constants that nothing changes: a loop over it is written out."""
        if iterable.op == ir.LOAD:
            outer: Expressions | None = self
            stored: list[Instr] = []
            while outer is not None:
                stored.extend(
                    one for block in outer.code.blocks for one in block.instrs
                    if one.op == ir.STORE and one.data == iterable.data
                )  # fmt: skip
                outer = outer.parent
            if len(stored) != 1:
                return None
            iterable = stored[0].args[0]
        if iterable.op != ir.BUILD or iterable.data == "dict" or not 0 < len(iterable.args) <= _MAX_UNROLLED_ITEMS:
            return None
        if any(arg.op != ir.CONST for arg in iterable.args):
            return None
        for block in self.code.blocks:
            if any(one.op in (ir.ATTR, ir.SETITEM) and one.args[0] is iterable for one in block.instrs):
                return None
        return iterable.args

    def _loop(self, body: list[Node], header: Block, out: Block) -> None:
        self.code.loops = True
        self.loops.append((header, out, len(self.finals)))
        self.body(body)
        self.loops.pop()
        if not self.dead:
            self.builder.edge(self.block, header)
        self.builder.seal(header)

    def _end_loop(self, orelse: list[Node], out: Block) -> None:
        self.body(orelse)
        if not self.dead:
            self.builder.edge(self.block, out)
        self.builder.seal(out)
        self.use(out)
        self.dead = not out.preds

    def _with(self, node: t.With) -> None:
        for context, target in node.items:
            manager = self.expr(context)
            entered = self.emit(ir.ENTER, [manager], None, context.pos)
            if target is not None:
                self.assign(target, entered)
        self.body(node.body)

    def _try(self, node: t.Try) -> None:
        starts = [self.builder.new(sealed=False) for _ in node.handlers]
        failing = self.builder.new(sealed=False) if node.final and len(self.finals) < _MAX_FINALS else None
        outer = self.handlers
        if node.final:
            self.finals.append(node.final)
        self.handlers = starts or ([failing] if failing is not None else outer)
        self.split()
        self.body(node.body)
        ends: list[Block] = []
        # An exception in a handler or in `else` goes to `finally` or out.
        self.handlers = [failing] if failing is not None else outer
        if not self.dead:
            if node.orelse:
                self.split() if self.handlers else None
                self.body(node.orelse)
            if not self.dead:
                ends.append(self.block)
        for start, handler in zip(starts, node.handlers, strict=True):
            self.builder.seal(start)
            self.use(start)
            if not start.preds:
                continue
            types = [self.expr(handler.type)] if handler.type is not None else []
            if handler.name:
                self.store(handler.name, self.emit(ir.EXCEPTION, types, None, handler.pos), handler.pos)
            if failing is not None:
                self.split()
            self.body(handler.body)
            if not self.dead:
                ends.append(self.block)
        self.handlers = outer
        if node.final:
            self.finals.pop()
        if failing is not None:
            self.builder.seal(failing)
            if failing.preds:
                self.use(failing)
                self.body(node.final)
                for handler_block in outer if not self.dead else []:
                    self.builder.raises(self.block, handler_block)
        self.dead = False
        self.meet(ends)
        if not self.dead:
            self.body(node.final)

    def _match(self, node: t.Match) -> None:
        subject = self.expr(node.subject)
        ends: list[Block] = []
        for pattern, guard, body in node.cases:
            missed = self.builder.new(sealed=False)
            self.pattern(pattern, subject, missed)
            if guard is not None:
                passed = self.builder.new(sealed=False)
                self.branch(guard, passed, missed)
                self.enter(passed)
            self.body(body)
            if not self.dead:
                ends.append(self.block)
            self.enter(missed)
            if not missed.preds:
                self.dead = True
                break
        if not self.dead:
            ends.append(self.block)
        self.meet(ends)

    # --- definitions ---------------------------------------------------------------------------------------------

    def _function(self, node: t.Function) -> None:
        value = self.function(node)
        for decorator in reversed(node.decorators):
            value = self.call([self.expr(decorator), value], ("@",), decorator.pos)
        self.store(node.name, value, node.pos)

    def make(self, node: t.Function) -> Code:
        code = Code(
            "function", node.name, node, self.depth_inside(), self.code.name if self.code.kind == "class" else ""
        )
        lowering = _Statements(code, node.scope, self)
        self.code.codes.append(code)
        code.frame = frozenset(node.scope.shared)
        for parameter in node.parameters:
            value = lowering.emit(ir.PARAM, [], parameter, parameter.pos)
            code.params.append(value)
        for value, parameter in zip(code.params, node.parameters, strict=True):
            lowering.store(parameter.name, value, parameter.pos)
        lowering.body(node.body)
        lowering.close()
        return code

    def _class(self, node: t.Class) -> None:
        bases = [self.expr(base) for base in node.bases]
        code = Code("class", node.name, node, self.depth_inside() - 1, "")
        self.code.codes.append(code)
        lowering = _Statements(code, node.scope, self)
        lowering.body(node.body)
        items: list[Instr] = []
        for name in sorted(node.scope.stores - node.scope.globals) if not lowering.dead else ():
            items.append(lowering.constant(name, node.pos))
            items.append(lowering.load(name, node.pos))
        if not lowering.dead:
            namespace = lowering.emit(ir.BUILD, items, "dict", node.pos)
            lowering.emit(ir.RETURN, [namespace], None, node.pos)
            lowering.dead = True
        lowering.close()
        value = self.emit(ir.CLASS, bases, code, node.pos)
        for decorator in reversed(node.decorators):
            value = self.call([self.expr(decorator), value], ("@",), decorator.pos)
        self.store(node.name, value, node.pos)


_STATEMENTS: dict[type[Node], Callable[..., None]] = {
    t.Expression: _Statements._expression,
    t.Assign: _Statements._assign,
    t.Augmented: _Statements._augmented,
    t.Delete: _Statements._delete,
    t.Import: _Statements._import,
    t.Return: _Statements._return,
    t.Raise: _Statements._raise,
    t.Assert: _Statements._assert,
    t.Jump: _Statements._jump,
    t.If: _Statements._if,
    t.While: _Statements._while,
    t.For: _Statements._for,
    t.With: _Statements._with,
    t.Try: _Statements._try,
    t.Match: _Statements._match,
    t.Function: _Statements._function,
    t.Class: _Statements._class,
}  # each takes the node class it is listed under

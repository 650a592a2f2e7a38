"""Static single assignment while the code is built: each read of a variable finds the instruction that made its value.

Source: Braun et al., "Simple and Efficient Construction of Static Single Assignment Form", 2013. A block is sealed when
all its predecessors are known; a read in an unsealed block leaves an incomplete phi.
"""

from __future__ import annotations

from codereal.analysis import ir
from codereal.analysis.ir import Block, Code, Instr
from codereal.analysis.tree import NOWHERE, Pos


class Builder:
    """Blocks and instructions of one Code, and the current value of each local variable in each block."""

    __slots__ = ("_defs", "_has_phis", "_open", "_waiting", "block", "code", "pos")

    def __init__(self, code: Code) -> None:
        self.code = code
        self._defs: list[dict[str, Instr]] = []
        self._has_phis = False
        self._waiting: list[tuple[Instr, str, list[int]]] = []
        self._open: dict[int, dict[str, Instr]] = {}  # unsealed block → its incomplete phis
        self.pos: Pos = NOWHERE
        self.block: Block = self.new()

    def new(self, *preds: Block, sealed: bool = True) -> Block:
        """A new block after `preds`; it is not made current."""
        block = Block(len(self.code.blocks))
        self.code.blocks.append(block)
        self._defs.append({})
        for pred in preds:
            self.edge(pred, block)
        if not sealed:
            self._open[block.index] = {}
        return block

    def edge(self, pred: Block, succ: Block) -> None:
        pred.succs.append(succ.index)
        succ.preds.append(pred.index)

    def raises(self, pred: Block, handler: Block) -> None:
        if handler.index not in pred.handlers:
            pred.handlers.append(handler.index)
            handler.preds.append(pred.index)

    def write(self, name: str, value: Instr) -> None:
        self._defs[self.block.index][name] = value
        names = self.code.names
        known = names.get(value.index)
        names[value.index] = name if known is None else f"{known} {name}"

    def read(self, name: str) -> Instr:
        index = self.block.index
        found = self._defs[index].get(name)
        if found is None:
            found = self._find(name, index)
            self._settle()
        return found

    def _find(self, name: str, index: int) -> Instr:
        """The value of `name` at the end of a block. A phi it makes waits in `_waiting`: nothing recurses here."""
        path: list[int] = []
        defs = self._defs
        while True:
            found = defs[index].get(name)
            if found is not None:
                break
            if index in self._open:
                found = self._open[index][name] = self._place(ir.PHI, name, index)
                break
            preds = self.code.blocks[index].preds
            if len(preds) != 1:
                if preds:
                    found = self._place(ir.PHI, name, index)
                    self._waiting.append((found, name, preds))
                else:
                    found = self._place(ir.UNDEFINED, name, index)
                break
            path.append(index)
            index = preds[0]
        defs[index][name] = found
        for passed in path:
            defs[passed][name] = found
        return found

    def _settle(self) -> None:
        while self._waiting:
            phi, name, preds = self._waiting.pop()
            phi.args = [self._find(name, pred) for pred in preds]

    def _place(self, op: int, name: str, index: int) -> Instr:
        """An instruction at the head of a block."""
        code = self.code
        instr = Instr(code.count, op, [], name, self.pos, index)
        code.count += 1
        code.blocks[index].instrs.insert(0, instr)
        if op == ir.PHI:
            self._has_phis = True
        return instr

    def seal(self, block: Block) -> None:
        """All predecessors of `block` are known."""
        incomplete = self._open.pop(block.index, None)
        if incomplete:
            self._waiting.extend((phi, name, block.preds) for name, phi in incomplete.items())
            self._settle()

    def finish(self) -> None:
        """Take out phis that only repeat one value."""
        code = self.code
        replaced: dict[int, Instr] = {}
        if not self._has_phis:
            return
        phis = [instr for block in code.blocks for instr in block.instrs if instr.op == ir.PHI]
        changed = True
        while changed:
            changed = False
            for phi in phis:
                if phi.index in replaced:
                    continue
                only: Instr | None = None
                for arg in phi.args:
                    while arg.index in replaced:
                        arg = replaced[arg.index]
                    if arg is phi or arg is only:
                        continue
                    if only is not None:
                        only = None
                        break
                    only = arg
                else:
                    if only is not None:
                        replaced[phi.index] = only
                        changed = True
        if replaced:
            self._replace(replaced)

    def _replace(self, replaced: dict[int, Instr]) -> None:
        for block in self.code.blocks:
            block.instrs = [instr for instr in block.instrs if instr.index not in replaced]
            for instr in block.instrs:
                for at, arg in enumerate(instr.args):
                    while arg.index in replaced:
                        arg = replaced[arg.index]
                    instr.args[at] = arg
            condition = block.condition
            while condition is not None and condition.index in replaced:
                condition = replaced[condition.index]
            block.condition = condition

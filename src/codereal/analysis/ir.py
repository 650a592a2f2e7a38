"""The intermediate form: instructions in static single assignment, in basic blocks; every part prints itself.

    block 0
      %0 = param name
      %1 = name sqlite3
      %2 = attr %1 .connect
      %3 = call %2 (%0)
      return %3

Local variables are gone (each is the instruction that made its value); a variable that an inner function shares lives
in a frame and is read and written by `load` and `store`.
"""

from __future__ import annotations

from codereal.analysis.tree import Node, Pos
from codereal.analysis.values import Value

# Operations. `data` of an instruction is named in the comment.
CONST = 0  # the literal
PARAM = 1  # the Parameter node
PHI = 2  # the variable's name
NAME = 3  # a name that no scope of the text binds: builtin or missing import
LOAD = 4  # (depth of the frame, name)
STORE = 5  # (depth of the frame, name); args: value
ATTR = 6  # attribute name; args: object
SETATTR = 7  # attribute name; args: object, value
ITEM = 8  # args: object, index
SETITEM = 9  # args: object, index, value
DELITEM = 10  # args: object, index
CALL = 11  # keyword of each argument ("" positional, "*", "**"); args: callee, arguments…
BINARY = 12  # operator; args: left, right
UNARY = 13  # operator; args: operand
COMPARE = 14  # operator; args: left, right
BUILD = 15  # "list", "tuple", "set" (stars as UNPACK), "dict" (pairs; UNPACK marks `**`); args: items
JOIN = 16  # an f-string: (conversion, has spec) of each part; args: parts
ELEMENT = 17  # args: iterable — one element of it
PICK = 18  # position (negative from the end, None for a starred rest); args: sequence
SLICE = 19  # args: start, stop, step
CLOSURE = 20  # Code of the function
CLASS = 21  # Code of the class body; args: bases…
IMPORT = 22  # qualified name
YIELD = 23  # args: value
EXCEPTION = 24  # args: types
COLLECT = 25  # kind; args: element or key and value — what a comprehension gathers
UNPACK = 26  # "*" or "**"; args: value
ENTER = 27  # args: context manager
MATCH = 28  # kind of pattern; args: subject, compared values
RETURN = 29  # args: value
UNDEFINED = 30  # a variable read before it is bound
AWAIT = 31  # args: value

OPS = [
    "const", "param", "phi", "name", "load", "store", "attr", "setattr", "item", "setitem", "delitem", "call", "binary",
    "unary", "compare", "build", "join", "element", "pick", "slice", "closure", "class", "import", "yield", "exception",
    "collect", "unpack", "enter", "match", "return", "undefined", "await",
]  # fmt: skip


class Instr:
    """One instruction: `index` counts within its Code; `args` are the instructions whose values it uses."""

    __slots__ = ("args", "block", "data", "index", "op", "pos")

    def __init__(self, index: int, op: int, args: list[Instr], data: object, pos: Pos, block: int) -> None:
        self.index = index
        self.op = op
        self.args = args
        self.data = data
        self.pos = pos
        self.block = block


class Block:
    """A basic block: it ends in `condition` with two successors (true, false), or in none or one.

    `handlers` are the blocks that an exception within it may reach.
    """

    __slots__ = ("condition", "handlers", "index", "instrs", "preds", "succs")

    def __init__(self, index: int) -> None:
        self.index = index
        self.instrs: list[Instr] = []
        self.preds: list[int] = []
        self.succs: list[int] = []
        self.handlers: list[int] = []
        self.condition: Instr | None = None


class Signature:
    """Where the parameters of a function stand that arguments are bound to."""

    __slots__ = ("by_name", "positional", "star", "star2")

    def __init__(self, kinds: list[tuple[str, str]]) -> None:
        self.positional = [at for at, (_, kind) in enumerate(kinds) if kind in ("", "/")]
        self.by_name = {name: at for at, (name, kind) in enumerate(kinds) if kind in ("", "k")}
        self.star = next((at for at, (_, kind) in enumerate(kinds) if kind == "*"), -1)
        self.star2 = next((at for at, (_, kind) in enumerate(kinds) if kind == "**"), -1)


class Code:
    """The body of a module, class or function."""

    __slots__ = (
        "blocks",
        "calls",
        "codes",
        "constants",
        "count",
        "defaults",
        "depth",
        "frame",
        "instrs",
        "is_generator",
        "kind",
        "loops",
        "name",
        "names",
        "node",
        "order",
        "owner",
        "params",
        "serial",
        "signature",
        "users",
    )  # fmt: skip

    def __init__(self, kind: str, name: str, node: Node | None, depth: int, owner: str) -> None:
        self.kind = kind  # "module", "class", "function"
        self.name = name
        self.node = node
        self.owner = owner  # the class that holds it, or ""
        self.depth = depth  # number of frames around it; the module has 0
        self.blocks: list[Block] = []
        self.calls: list[Instr] = []
        self.codes: list[Code] = []  # of the functions and classes that stand in it
        self.constants: dict[int, Value] = {}  # instruction → its value, made when it is evaluated
        self.params: list[Instr] = []
        self.defaults: list[int] = []  # index of the parameter that each argument of `closure` is the default of
        self.frame: frozenset[str] = frozenset()  # variables that inner functions share
        self.names: dict[
            int, str
        ] = {}  # instruction → the local variables that it was bound to, for messages and hints
        self.count = 0  # instructions made
        self.is_generator = False
        self.loops = False
        self.order: list[int] = []  # blocks in reverse postorder
        self.serial = 0  # distinguishes the codes of one text
        self.instrs: dict[int, Instr] | None = None  # by index; made when a condition asks
        self.signature: Signature | None = None  # made when it is called
        self.users: dict[int, set[int]] | None = None  # instruction → blocks that use it; made when a loop asks

    def __str__(self) -> str:
        lines = [f"{self.kind} {self.name}"]
        for block in self.blocks:
            preds = f"  from {', '.join(map(str, block.preds))}" if block.preds else ""
            raises = f"  raises to {', '.join(map(str, block.handlers))}" if block.handlers else ""
            lines.append(f"  block {block.index}{preds}{raises}")
            lines.extend(f"    {show(instr)}" for instr in block.instrs)
            if block.condition is not None:
                lines.append(f"    if %{block.condition.index} then {block.succs[0]} else {block.succs[1]}")
            elif block.succs:
                lines.append(f"    goto {' or '.join(map(str, block.succs))}")
        return "\n".join(lines)


def codes(code: Code) -> list[Code]:
    """A code and all codes in it."""
    found = [code]
    for one in found:
        found.extend(one.codes)
    return found


def show(instr: Instr) -> str:
    """One line of IR."""
    args = " ".join(f"%{arg.index}" for arg in instr.args)
    data = instr.data
    if data is None and instr.op != CONST:
        extra = ""
    elif isinstance(data, Code):
        extra = data.name
    elif instr.op == PARAM:
        extra = str(getattr(data, "name", data))
    elif instr.op in (CONST, CALL, COLLECT):
        extra = repr(data)
    elif isinstance(data, tuple):
        extra = " ".join(map(str, data))
    else:
        extra = str(data)
    return " ".join(word for word in (f"%{instr.index} =", OPS[instr.op], extra, args) if word)


def show_all(code: Code) -> str:
    """The code and all codes inside it."""
    shown = [str(code)]
    for block in code.blocks:
        shown.extend(show_all(instr.data) for instr in block.instrs if isinstance(instr.data, Code))
    return "\n".join(shown)


def users(code: Code) -> dict[int, set[int]]:
    """Instruction → the blocks that use its value (computed once)."""
    if code.users is None:
        found: dict[int, set[int]] = {}
        for block in code.blocks:
            for instr in block.instrs:
                for arg in instr.args:
                    found.setdefault(arg.index, set()).add(block.index)
            if block.condition is not None:
                found.setdefault(block.condition.index, set()).add(block.index)
        code.users = found
    return code.users


def by_index(code: Code) -> dict[int, Instr]:
    """All instructions by their index (computed once)."""
    if code.instrs is None:
        code.instrs = {instr.index: instr for block in code.blocks for instr in block.instrs}
    return code.instrs

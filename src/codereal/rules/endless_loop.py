"""Nothing in a loop changes what its condition asks.

The loop never ends once it has begun: the counter is not counted, the limit is never reached, and no way leads out. It
keeps a processor busy, or waits for ever, until somebody ends the process. Change what is asked, or leave the loop:

    while attempts < 30:
        attempts += 1
        if client.status(job) == "done":
            break

What is reported: a `while` whose condition compares a number with a variable, both bound before the loop and not within
it, when no `break`, `return`, `raise` or `yield` leads out. What is not: `while True`, which is meant, conditions that
call a function or look at an attribute or a container, and loops that another part of the program may end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import ir
from codereal.rules._helpers import codes
from codereal.rules._rule import Rule, Spot, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codereal.analysis.entries import Entry
    from codereal.analysis.ir import Block, Code, Instr

_FIXED = frozenset({ir.CONST, ir.PARAM, ir.PHI, ir.BINARY, ir.UNARY, ir.PICK})
_READS = frozenset({"unpack", "unpack_from", "from_bytes"})
_EXITS = frozenset({"exit", "quit", "_exit", "abort", "execv", "execvp", "fail", "skip", "stop"})


def review(entry: Entry) -> Iterator[Spot]:
    if entry.activation.caller is not None:
        return
    for code in codes(entry.activation.code):
        if code.loops:
            for block in code.blocks:
                if block.condition is not None and len(block.preds) > 1 and _is_endless(code, block):
                    verdict = Verdict("nothing in the loop changes what its condition asks", "high")
                    yield Spot(block.condition.pos, verdict, "sink: the condition")
            yield from _stands_still(code)


def _stands_still(code: Code) -> Iterator[Spot]:
    """`position += length`, with a length that was read out of the data and may be zero."""
    for block in code.blocks:
        condition = block.condition
        if condition is None or condition.op != ir.COMPARE or len(block.preds) < 2 or condition.pos[0] < 1:
            continue
        counted = {part.index for part in _within(condition)}
        for phi in block.instrs:
            if phi.op != ir.PHI or phi.index not in counted:
                continue
            body = _body(code, block)
            for step in phi.args[1:]:
                length = _step(step, phi)
                if length is not None and _is_read(length) and not _is_asked(code, body, length):
                    verdict = Verdict("a length that the data names moves this loop on, and it may be zero", "medium")
                    yield Spot(step.pos if step.pos[0] > 0 else condition.pos, verdict, "sink: the step")


def _within(instr: Instr, depth: int = 3) -> Iterator[Instr]:
    yield instr
    for arg in instr.args if depth else ():
        yield from _within(arg, depth - 1)


def _step(step: Instr, counter: Instr) -> Instr | None:
    """What is added to a counter, and nothing else."""
    if step.op != ir.BINARY or step.data not in ("+", "+=") or counter not in step.args:
        return None
    return step.args[1] if step.args[0] is counter else step.args[0]


def _is_read(length: Instr) -> bool:
    """Whether a number is what `struct.unpack` or `int.from_bytes` gave, as it is."""
    while length.op in (ir.PICK, ir.ITEM):
        length = length.args[0]
    if length.op != ir.CALL:
        return False
    callee = length.args[0]
    name = callee.data[1] if isinstance(callee.data, tuple) and callee.op == ir.LOAD else callee.data
    return str(name).rpartition(".")[2] in _READS


def _is_asked(code: Code, body: set[int], length: Instr) -> bool:
    """Whether a condition in the loop compares the number itself with anything."""
    for block in code.blocks:
        condition = block.condition
        if block.index not in body or condition is None:
            continue
        if any(part is length for part in _within(condition, 1)):
            return True
    return False


def _is_endless(code: Code, header: Block) -> bool:
    condition = header.condition
    assert condition is not None
    if condition.op != ir.COMPARE or condition.data not in ("<", "<=", ">", ">=", "!=") or condition.pos[0] < 1:
        return False
    if not any(arg.op == ir.CONST and type(arg.data) in (int, float) for arg in condition.args):
        return False
    body = _body(code, header)
    if len(header.succs) != 2 or not body or header.succs[0] not in body:
        return False
    if not all(_is_fixed(arg, body | {header.index}) for arg in condition.args) or _is_false(condition):
        return False
    for block in code.blocks:
        if block.index not in body:
            continue
        ways = [*block.succs, *block.handlers]
        if not ways or any(way not in body and way != header.index for way in ways):
            return False
        if any(one.op in (ir.RETURN, ir.YIELD) or _may_end(one) for one in block.instrs):
            return False
    return True


def _is_false(condition: Instr) -> bool:
    """Whether the loop is never begun."""
    left, right = (arg.data if arg.op == ir.CONST else None for arg in condition.args)
    if not isinstance(left, (int, float)) or not isinstance(right, (int, float)):
        return False
    return not {
        "<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right, "!=": left != right
    }[str(condition.data)]  # fmt: skip


def _body(code: Code, header: Block) -> set[int]:
    """The blocks from which the header is reached again without passing it, but for the header."""
    reached: set[int] = set()
    pending = [*header.succs, *header.handlers]
    while pending:
        at = pending.pop()
        if at not in reached and at != header.index:
            reached.add(at)
            pending.extend((*code.blocks[at].succs, *code.blocks[at].handlers))
    body: set[int] = set()
    pending = [pred for pred in header.preds if pred in reached]
    while pending:
        at = pending.pop()
        if at not in body and at in reached:
            body.add(at)
            pending.extend(code.blocks[at].preds)
    return body


def _is_fixed(instr: Instr, loop: set[int]) -> bool:
    """Whether a number is bound before the loop, and the loop gives it no other value."""
    return instr.op == ir.CONST or (instr.op in _FIXED and instr.block not in loop)


def _may_end(instr: Instr) -> bool:
    if instr.op != ir.CALL:
        return False
    callee = instr.args[0]
    name = callee.data[1] if isinstance(callee.data, tuple) and callee.op == ir.LOAD else callee.data
    return str(name).rpartition(".")[2] in _EXITS


RULE = Rule(
    id="endless-loop",
    cwe=(835,),
    summary="Nothing in a loop changes what its condition asks",
    hint="change what the condition asks within the loop, or leave it",
    severity="warning",
    review=review,
    mentions=("while ",),
)


UNSAFE: tuple[str, ...] = (
    """
import time

def wait(client, job):
    attempts = 0
    while attempts < 30:
        status = client.status(job)
        time.sleep(2)
    return status
""",
    """
def halve(number):
    steps = 0
    while number > 1:
        steps += 1
    return steps
""",
    """
def fill(size):
    cells = []
    at = 0
    while at < 10:
        cells.append(size)
    return cells
""",
    """
count = 3
def show(names):
    left = len(names) * 0 + 5
    while left != 0:
        for name in names:
            print(name)
""",
    """
def drain(queue):
    taken, most = 0, 8
    while taken <= 8:
        if queue.empty():
            continue
        most += queue.get()
    return taken + most
""",
    # a length of zero
    """
import struct

def records(data):
    position, found = 0, []
    while position + 2 <= len(data):
        (length,) = struct.unpack_from(">H", data, position)
        if position + length > len(data):
            raise ValueError("too short")
        found.append(data[position + 2 : position + length])
        position += length
    return found
""",
    """
def chunks(data):
    position = 0
    while position < len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        yield data[position + 4 : position + size]
        position += size
""",
)

SAFE: tuple[str, ...] = (
    """
import time

def wait(client, job):
    attempts = 0
    while attempts < 30:
        if client.status(job) == "done":
            break
        time.sleep(2)
""",
    """
def halve(number):
    steps = 0
    while number > 1:
        number //= 2
        steps += 1
    return steps
""",
    """
def serve(server):
    while True:
        server.handle_request()
""",
    """
def read(stream, left):
    while left > 0:
        data = stream.read(left)
        if not data:
            raise EOFError
        yield data
""",
    """
class Worker:
    def run(self):
        while self.running == 1:
            self.step()

def drain(items):
    while len(items) > 0:
        items.pop()
""",
    """
def climb(step):
    height = 0
    while height < 5:
        height = step(height)
    return height
""",
    """
import struct

def records(data):
    position, found = 0, []
    while position + 2 <= len(data):
        (length,) = struct.unpack_from(">H", data, position)
        if length < 2:
            raise ValueError("too short")
        found.append(data[position + 2 : position + length])
        position += length
    return found
""",
    """
def chunks(data):
    position = 0
    while position < len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        yield data[position + 4 : position + 4 + size]
        position += 4 + size
""",
)

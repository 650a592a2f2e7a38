"""Functions that serve others of the same text: what they give back is judged where those give it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import ir

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.program import Program

codes = ir.codes  # a code and all codes in it


def is_helper(act: Activation) -> bool:
    """Whether another function of the text, one that is told something itself, calls this one."""
    program = act.program
    if program.helpers is None:
        program.helpers = _called(program)
    return act.code.name in program.helpers


def _called(program: Program) -> set[str]:
    found: set[str] = set()
    if program.module is None:
        return found
    for code in codes(program.module.code):
        if code.kind != "function" or code.name == "main" or not code.params:
            continue
        for instr in code.calls:
            callee = instr.args[0]
            name = callee.data[1] if isinstance(callee.data, tuple) and callee.op == ir.LOAD else callee.data
            if isinstance(name, str) and name != code.name:
                found.add(name)
            # A function that another is given calls it as well: `map(row, rows)`.
            for arg in instr.args[1:]:
                if arg.op == ir.LOAD and isinstance(arg.data, tuple):
                    found.add(str(arg.data[1]))
    return found


def is_handed(act: Activation) -> bool:
    """Whether the text hands this function on, `client.on_message = f`, `{"key": f}`: others say what it is told."""
    program = act.program
    if program.module is None or act.code.owner:
        return False
    for code in codes(program.module.code):
        for block in code.blocks:
            for instr in block.instrs:
                given = instr.args[1:] if instr.op in (ir.CALL, ir.SETATTR, ir.SETITEM) else instr.args
                if instr.op not in (ir.CALL, ir.SETATTR, ir.SETITEM, ir.BUILD) or instr.data == ("@",):
                    continue
                for one in given:
                    is_named = one.op == ir.LOAD and isinstance(one.data, tuple) and one.data[1] == act.code.name
                    if is_named or one.data is act.code:
                        return True
    return False

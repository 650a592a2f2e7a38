"""A file is looked at first and opened later, and in between it may have become another.

`os.access` asks whether the user who started the program may use a path. By the time the path is opened it can be a
link to something else, which a program with more rights then opens for him. Open it with the user's rights, and handle
the refusal:

    try:
        with open(path) as file:
            return file.read()
    except PermissionError:
        return None

What is reported: `os.access` on a path that the same function then opens. What is not: checks whether something exists
or is a file, which say nothing of rights, and paths that are only shown or passed on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis.values import Extern
from codereal.rules import _routes
from codereal.rules._rule import Rule, Spot, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codereal.analysis.entries import Entry
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr

_OPENS = frozenset({"open", "io.open", "os.open", "codecs.open"})
_FILES = frozenset({"R_OK", "W_OK"})


def review(entry: Entry) -> Iterator[Spot]:
    for act in evidence.activations(entry.activation):
        asked = [one for one in _calls(act, frozenset({"os.access"})) if _asks_for_file(act, one)]
        opened = _calls(act, _OPENS) if asked else []
        for one in opened:
            if one.pos[0] > 0 and any(one.args[1] is check.args[1] and _allows(act, check, one) for check in asked):
                verdict = Verdict("a path is opened that may be another by now than the one that was checked", "medium")
                yield Spot(one.pos, verdict, "sink: the path is opened")
                break


def _calls(act: Activation, names: frozenset[str]) -> list[Instr]:
    return [
        instr
        for block in act.code.blocks
        if block.index in act.rounds
        for instr in block.instrs
        if instr.op == ir.CALL and len(instr.args) > 1
        if any(isinstance(ref, Extern) and ref.name in names for ref in act.vals[instr.args[0].index].refs)
    ]


def _allows(act: Activation, check: Instr, opened: Instr) -> bool:
    """Whether the path is opened where the check has passed, and not only where it has failed."""
    for block in act.code.blocks:
        condition = block.condition
        if condition is check and opened.block in evidence.only_behind(act.code, block.index, block.succs[1]):
            return False
    return check.pos < opened.pos


def _asks_for_file(act: Activation, call: Instr) -> bool:
    """Whether it is reading or writing that is asked for, not searching a folder or running."""
    mode = call.args[2] if len(call.args) > 2 else None
    return mode is not None and bool(_routes.names(act, mode) & _FILES)


RULE = Rule(
    id="check-then-open",
    cwe=(367,),
    summary="A path is checked with os.access and opened later, when it may be another",
    hint="open the file with the rights of the user, and handle the refusal",
    severity="warning",
    review=review,
    mentions=("access",),
)


UNSAFE: tuple[str, ...] = (
    """
import os

def show(path):
    if os.access(path, os.R_OK):
        with open(path) as file:
            return file.read()
    return None
""",
    """
import os

def store(path, text):
    if not os.access(path, os.W_OK):
        raise PermissionError(path)
    file = open(path, "w")
    file.write(text)
    file.close()
""",
    """
from os import access, R_OK

class Reader:
    def read(self, name):
        if not access(name, R_OK):
            return ""
        with open(name) as file:
            return file.read()
""",
    """
import os as system
import sys

path = sys.argv[1]
if system.access(path, system.W_OK):
    file = open(path, "w")
    file.write("x")
""",
    """
import os

def _may(path):
    return True

def head(path):
    ok = os.access(path, os.R_OK) and _may(path)
    if ok:
        with open(path, "rb") as file:
            return file.read(16)
""",
)

SAFE: tuple[str, ...] = (
    """
import os

def refresh(path):
    if not os.access(path, os.W_OK):
        with open(path) as file:
            file.read(1)
""",
    """
def show(path):
    try:
        with open(path) as file:
            return file.read()
    except PermissionError:
        return None
""",
    """
import os

def load(path):
    if not os.path.exists(path):
        return {}
    with open(path) as file:
        return file.read()
""",
    """
import os

def find(folders, name):
    for folder in folders:
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            return path
""",
    """
import os

def check(folder):
    if not os.access(folder, os.W_OK):
        raise SystemExit(f"{folder} cannot be written to")
    with open(os.path.join(folder, "log.txt"), "a") as file:
        file.write("ok")
""",
    """
import os

def describe(path):
    return {"read": os.access(path, os.R_OK), "write": os.access(path, os.W_OK)}
""",
)

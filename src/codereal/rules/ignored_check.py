"""A check is made, and nobody looks at its answer.

A function that says yes or no and does nothing else protects nothing when it is called as a statement: whoever may not
do it does it all the same. Use the answer:

    if not self.can_manage(user, project):
        raise PermissionError(project.id)

What is reported: a call, as a statement, of a function of the program that only compares and returns, that raises
nothing, changes nothing and calls nothing but other such functions. What is not: functions that raise or do anything,
functions of other files, and answers that go anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis import tree as t
from codereal.rules._rule import Rule, Spot, Verdict
from codereal.rules._syntax import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codereal.analysis.entries import Entry
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr

_DOES = frozenset({ir.SETATTR, ir.SETITEM, ir.DELITEM, ir.STORE, ir.YIELD, ir.AWAIT, ir.IMPORT})
_ASKS = frozenset({"get", "startswith", "endswith", "lower", "strip", "isdigit", "isalnum", "keys", "values", "items"})
_TESTS = frozenset({"len", "any", "all", "isinstance", "bool", "set", "str", "int"})


def review(entry: Entry) -> Iterator[Spot]:
    if entry.activation.caller is None:
        return
    for act in evidence.activations(entry.activation):
        checks = [
            index
            for index, evaluated in act.inner.items()
            if all(inner.code.kind == "function" and _only_answers(inner) for inner in evaluated)
        ]
        alone = _statements(act) if checks else set()
        for index in checks:
            instr = ir.by_index(act.code)[index]
            if instr.op == ir.CALL and instr.pos[:2] in alone:
                verdict = Verdict("the answer of this check is not looked at", "medium")
                yield Spot(instr.pos, verdict, "sink: a check whose answer goes nowhere")


def _statements(act: Activation) -> set[tuple[int, int]]:
    """Where calls of functions stand that are statements of their own."""
    node = act.code.node
    if not isinstance(node, t.Function):
        return set()
    return {
        one.value.pos[:2]
        for one in statements(node.body)
        if isinstance(one, t.Expression) and isinstance(one.value, t.Call) and one.value.pos[0] > 0
    }


def _only_answers(act: Activation) -> bool:
    """Whether a function compares and returns, and nothing else."""
    compares = False
    for block in act.code.blocks:
        if block.index not in act.rounds:
            # It may raise there.
            return False
        ends = [one.op == ir.RETURN for one in block.instrs]
        if not block.succs and not any(ends) and block.index:
            return False
        for instr in block.instrs:
            if instr.op in _DOES or (instr.op == ir.CALL and not _is_question(act, instr)):
                return False
            compares = compares or instr.op == ir.COMPARE
    return compares and all(_is_answer(act, one) for block in act.code.blocks for one in block.instrs)


def _is_question(act: Activation, call: Instr) -> bool:
    callee = call.args[0]
    if act.inner.get(call.index):
        return all(_only_answers(inner) for inner in act.inner[call.index])
    return (callee.op == ir.ATTR and callee.data in _ASKS) or (callee.op == ir.NAME and callee.data in _TESTS)


def _is_answer(act: Activation, instr: Instr) -> bool:
    """Whether what is returned is true or false."""
    if instr.op != ir.RETURN:
        return True
    given = instr.args[0]
    is_flag = isinstance(act.vals[given.index].const, bool)
    return is_flag or given.op in (ir.COMPARE, ir.PHI) or (given.op == ir.UNARY and given.data == "not")


RULE = Rule(
    id="ignored-check",
    cwe=(252, 863),
    summary="A check is made, and nobody looks at its answer",
    hint="raise or return where the answer is no",
    severity="warning",
    review=review,
)


UNSAFE: tuple[str, ...] = (
    """
class Projects:
    def __init__(self):
        self.projects = {}

    def can_manage(self, user, project):
        return project.owner == user

    def archive(self, user, number):
        project = self.projects[number]
        self.can_manage(user, project)
        project.archived = True
""",
    """
def is_owner(user, record):
    return record["owner"] == user

def remove(store, user, number):
    is_owner(user, store[number])
    del store[number]
""",
    """
ROLES = {"ann": "admin"}

def is_admin(name):
    if ROLES.get(name) == "admin":
        return True
    return False

def wipe(name, table):
    is_admin(name)
    table.clear()
""",
    """
from flask import Flask, request
app = Flask(__name__)

def is_allowed(name):
    return name in ("a.txt", "b.txt") and len(name) < 10

@app.post("/mark")
def mark():
    name = request.form["name"]
    is_allowed(name)
    return mark_as_read(name)
""",
    """
def is_valid(amount, limit):
    return 0 < amount <= limit

def pay(account, amount):
    is_valid(amount, account.limit)
    account.balance -= amount
""",
)

SAFE: tuple[str, ...] = (
    """
class Projects:
    def __init__(self):
        self.projects = {}

    def can_manage(self, user, project):
        return project.owner == user

    def archive(self, user, number):
        project = self.projects[number]
        if not self.can_manage(user, project):
            raise PermissionError(number)
        project.archived = True
""",
    """
def check_owner(user, record):
    if record["owner"] != user:
        raise PermissionError(user)
    return True

def remove(store, user, number):
    check_owner(user, store[number])
    del store[number]
""",
    """
def push(items, item):
    items.append(item)
    return len(items) > 3

def fill(items):
    push(items, 1)
    push(items, 2)
""",
    """
from rules import is_owner

def remove(store, user, number):
    is_owner(user, store[number])
    del store[number]
""",
    """
def show(value):
    print(value)
    return value == 1

def run(value):
    show(value)
""",
)

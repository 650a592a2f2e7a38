"""User input is run as Python, or chooses which code is run.

`eval` and `exec` give whoever writes their text all that the program can do. Taking `__builtins__` away does not
help: `().__class__.__base__.__subclasses__()` finds them again. Lists of forbidden words are got round by
concatenation. Read data with `json.loads` or `ast.literal_eval`, let a table of functions decide what can be called,
and for formulas walk the syntax tree and evaluate the nodes that are known:

    OPERATORS[type(node.op)](value_of(node.left), value_of(node.right))

What counts as safe: a tree of which every node was checked to be of allowed classes, or to be no call; calls of
allowed names where attributes are refused; text that was matched as a whole by a pattern without letters, or without
parentheses; members of a fixed set; `ast.literal_eval`. A module or an attribute that a request names is reported
where it is imported or called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import alphabet, ir, strings, taint
from codereal.analysis.values import BOTTOM, Extern, Mark, Piece, Quote, quoted_pieces
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import TRUSTED, reaches

if TYPE_CHECKING:
    from codereal.analysis.program import Hit

# No name can be spelled without these (e and j stand in numbers).
_NAMES = (alphabet.LETTERS | alphabet.OTHER | alphabet.of("_")) & ~alphabet.of("eEjJ")
_CALLS = alphabet.of("(@")
_ESCAPES = alphabet.of("\\\n\r")
_QUOTES = {quote: alphabet.of(quote) for quote in "'\"`"}
_REMOTE = frozenset({"request", "network"})
# Modules with functions that do harm when whoever asks may choose one.
_MODULES = frozenset({"os", "sys", "subprocess", "builtins", "shutil", "importlib", "pickle", "socket", "ctypes"})


def judge(hit: Hit) -> Verdict | None:
    if hit.sink.kind != "code":
        return _chosen(hit)
    bare = _is_bare(hit)
    parts = strings.parts(hit.activation, hit.value)
    # (A file may be a program that is run, but its lines are data.)
    trusted = TRUSTED - {"file"} if hit.name.endswith("eval") else TRUSTED
    marks = [
        mark
        for piece, quote in quoted_pieces(parts)[0]
        if piece.marks and not _is_data(piece, quote)
        for mark in piece.marks
        if mark.origin.kind not in trusted and not _is_checked(hit, mark, bare)
    ]
    return reaches(hit, marks, "code that is run")


def _is_data(piece: Piece, quote: Quote) -> bool:
    """Whether a piece can hold no call: numbers and operators, names and operators, or text inside quotes."""
    if quote:
        return not piece.alphabet & (_QUOTES[quote] | _ESCAPES)
    return not piece.alphabet & _NAMES or not piece.alphabet & _CALLS


def _is_checked(hit: Hit, mark: Mark, bare: bool) -> bool:
    if hit.is_cleared(mark, "code"):
        return True
    return hit.is_cleared(mark, "code-attribute") and (bare or hit.is_cleared(mark, "code-name"))


def _is_bare(hit: Hit) -> bool:
    """Whether the names that the code may use are those that the program gives it, without the language's own."""
    given = hit.given(1, "globals")
    if given is None:
        return False
    for _, obj in hit.activation.objects(given):
        own = obj.items.get("__builtins__")
        if own is None:
            return False
        emptied = [inner for _, inner in hit.activation.objects(own) if not inner.items and inner.rest is BOTTOM]
        return own.const is None or bool(emptied)
    return False


def _chosen(hit: Hit) -> Verdict | None:
    """A module, a file or an attribute by a name that comes from outside."""
    parts = strings.parts(hit.activation, hit.value)
    if not isinstance(parts[0], Piece):
        # A prefix that the program chose.
        return None
    marks = [mark for mark in parts[0].marks if mark.origin.kind not in TRUSTED and not hit.is_cleared(mark, "code")]
    if hit.sink.kind == "attribute-name":
        owner = hit.given(0)
        modules = [ref.name for ref in owner.refs if isinstance(ref, Extern) and not ref.is_instance] if owner else []
        if not any(name in _MODULES for name in modules):
            marks = [mark for mark in marks if mark.origin.kind in _REMOTE] if _is_called(hit) else []
        return reaches(hit, marks, "the choice of a function")
    if hit.sink.kind == "code-file":
        marks = [mark for mark in marks if not hit.is_cleared(mark, "path")]
    # (Who starts a program by hand may choose what it loads.)
    marks = [mark for mark in marks if mark.origin.kind in _REMOTE or _is_parsed(hit, mark)]
    return reaches(hit, marks, "the choice of a module" if hit.sink.kind == "module" else "the choice of a file to run")


def _is_parsed(hit: Hit, mark: Mark) -> bool:
    """Whether a name was read out of a document that a function was given: `json.loads(body)["module"]`."""
    return mark.origin.kind == "parameter" and any(
        instr.op == ir.CALL and instr.args[0].op == ir.ATTR and instr.args[0].data == "loads"
        for _, instr in taint.walk(hit.activation, hit.argument, mark)
    )


def _is_called(hit: Hit) -> bool:
    """Whether the attribute that `getattr` gives is called."""
    return any(
        instr.op == ir.CALL and instr.args[0] is hit.call
        for block in hit.activation.code.blocks
        for instr in block.instrs
    )


RULE = Rule(
    id="code-injection",
    cwe=(94, 95),
    summary="User input is run as Python or chooses which code is run",
    hint="use ast.literal_eval or json for data; check every node of the syntax tree against allowed classes",
    severity="error",
    sinks=("code", "code-file", "module", "attribute-name"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
def calculate(expression):
    return eval(expression)
""",
    """
print(eval(input("formula: ")))
""",
    """
def run(source):
    exec(compile(source, "<input>", "exec"))
""",
    """
def value(record, condition):
    return eval("record['" + condition + "'] > 0")
""",
    """
def keep(rows, conditions):
    test = lambda row: eval(" and ".join(conditions), {}, row)
    return [row for row in rows if test(row)]
""",
    """
import builtins
class Shell:
    def _run(self, line):
        return getattr(builtins, "ev" + "al")(line)

    def do(self, line):
        return self._run(line.strip())
""",
    """
from flask import Flask, request
app = Flask(__name__)

@app.post("/calculate")
def calculate():
    return str(eval(request.json["formula"]))
""",
    # what does not help
    """
def calculate(expression):
    return eval(expression, {"__builtins__": {}}, {})
""",
    """
import math
NAMES = {name: getattr(math, name) for name in ("sin", "cos")}
def calculate(expression):
    return eval(expression, {"__builtins__": None}, NAMES)
""",
    """
def run(source):
    for word in ("import", "open", "eval", "exec"):
        if word in source:
            raise ValueError(word)
    exec(source)
""",
    """
import ast
def run(source):
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            raise ValueError("no imports")
    exec(compile(tree, "<input>", "exec"))
""",
    """
import ast
ALLOWED = (ast.Expression, ast.Call, ast.Name, ast.Load, ast.Attribute, ast.Constant)
def calculate(expression):
    tree = ast.parse(expression, mode="eval")
    if not all(isinstance(node, ALLOWED) for node in ast.walk(tree)):
        raise ValueError(expression)
    return eval(compile(tree, "", "eval"))
""",
    """
import ast
def calculate(expression):
    tree = ast.parse(expression, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            print("a call")
    return eval(expression)
""",
    """
import re
def calculate(expression):
    if not re.match(r"[0-9+*/ -]+", expression):
        raise ValueError(expression)
    return eval(expression)
""",
    """
def calculate(expression):
    if len(expression) > 20:
        raise ValueError(expression)
    return eval(expression)
""",
    """
def calculate(expression):
    if not isinstance(expression, str):
        raise TypeError(expression)
    return eval(expression)
""",
    """
import ast
def calculate(expression):
    tree = ast.parse(expression, mode="eval")
    if not isinstance(tree.body, ast.BinOp):
        raise ValueError(expression)
    return eval(expression)
""",
    # the choice of code
    """
from flask import Flask, request
import importlib
app = Flask(__name__)

@app.get("/load")
def load():
    return importlib.import_module(request.args["module"]).main()
""",
    """
import os
def call(name, *arguments):
    return getattr(os, name)(*arguments)
""",
    """
def view(request):
    return getattr(request.user, request.GET["action"])()
""",
    """
import timeit
def measure(statement):
    return timeit.timeit(statement, number=10)
""",
    """
def settings(path):
    found = {}
    with open(path) as file:
        for line in file:
            key, _, value = line.partition("=")
            found[key] = eval(value)
    return found
""",
    """
import importlib, json

def exporter(body):
    return importlib.import_module(json.loads(body)["exporter"]).Exporter()
""",
    # lines that are put together
    """
import textwrap
from flask import Flask, request
app = Flask(__name__)

def fields(document):
    for name, kind in document["fields"].items():
        if kind not in {"str", "int"}:
            raise ValueError(kind)
        yield name, kind

@app.post("/records")
def define():
    lines = ["class Record:", "    def __init__(self, raw):"]
    lines += [f"        self.{name} = {kind}(raw[{name!r}])" for name, kind in fields(request.get_json())]
    exec(textwrap.dedent("\\n".join(lines)), {})
    return ""
""",
)

SAFE: tuple[str, ...] = (
    """
import ast
def read(text):
    return ast.literal_eval(text)
""",
    """
import json
def read(text):
    return json.loads(text)
""",
    # every node is checked
    """
import ast
ALLOWED = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.Constant)
def calculate(expression):
    tree = ast.parse(expression, mode="eval")
    for node in ast.walk(tree):
        if not isinstance(node, ALLOWED):
            raise ValueError(expression)
    return eval(compile(tree, "<formula>", "eval"))
""",
    """
import ast
def calculate(expression):
    tree = ast.parse(expression, mode="eval")
    allowed = (ast.Expression, ast.BinOp, ast.Add, ast.Sub, ast.Constant)
    if any(not isinstance(node, allowed) for node in ast.walk(tree)):
        return None
    return eval(expression)
""",
    """
import ast
def check(tree):
    for node in ast.walk(tree):
        if type(node).__name__ not in {"Expression", "BinOp", "Add", "Constant"}:
            raise ValueError(node)

def calculate(expression):
    tree = ast.parse(expression, mode="eval")
    check(tree)
    return eval(compile(tree, "", "eval"))
""",
    """
import ast
def calculate(expression):
    tree = ast.parse(expression, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, (ast.Call, ast.Attribute, ast.Import)):
            raise ValueError("not allowed")
    return eval(compile(tree, "", "eval"))
""",
    """
import ast, math
NAMES = {"sin": math.sin, "cos": math.cos}
def calculate(expression):
    tree = ast.parse(expression, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Name) or node.func.id not in NAMES:
                raise ValueError("unknown function")
        elif isinstance(node, ast.Attribute):
            raise ValueError("no attributes")
    return eval(expression, {"__builtins__": {}}, NAMES)
""",
    """
import ast
ALLOWED = (ast.Expression, ast.Call, ast.Name, ast.Load, ast.Constant, ast.BinOp, ast.Add)
def calculate(expression, names):
    tree = ast.parse(expression, mode="eval")
    for node in ast.walk(tree):
        if not isinstance(node, ALLOWED):
            raise ValueError(expression)
    return eval(compile(tree, "", "eval"), {"__builtins__": {}}, names)
""",
    """
ALLOWED = {"sin": abs, "round": round}
def calculate(expression):
    code = compile(expression, "<formula>", "eval")
    for name in code.co_names:
        if name not in ALLOWED:
            raise NameError(name)
    return eval(code, {"__builtins__": {}}, ALLOWED)
""",
    """
import ast
class Checker(ast.NodeVisitor):
    def generic_visit(self, node):
        if not isinstance(node, (ast.Expression, ast.BinOp, ast.Constant, ast.operator)):
            raise ValueError(node)
        super().generic_visit(node)

def calculate(expression):
    tree = ast.parse(expression, mode="eval")
    Checker().visit(tree)
    return eval(compile(tree, "", "eval"))
""",
    # text that can hold no call
    """
import re
def calculate(expression):
    if not re.fullmatch(r"[0-9+*/(). -]+", expression):
        raise ValueError(expression)
    return eval(expression)
""",
    """
def calculate(expression):
    if not set(expression) <= set("0123456789+-*/(). "):
        raise ValueError(expression)
    return eval(expression)
""",
    """
def calculate(expression):
    for character in expression:
        if character not in "0123456789+-*/(). ":
            raise ValueError(expression)
    return eval(expression)
""",
    """
def calculate(left, operator, right):
    if operator not in ("+", "-", "*"):
        raise ValueError(operator)
    return eval(f"{float(left)} {operator} {float(right)}")
""",
    # fixed sets
    """
COMMANDS = {"one": "1 + 1"}
def run(name):
    return eval(COMMANDS[name])
""",
    """
exec("import os; print(os.name)")
""",
    """
import importlib
def load(name):
    return importlib.import_module(f"app.plugins.{name}")
""",
    """
class Shell:
    def do_help(self):
        print("help")

    def run(self, line):
        return getattr(self, "do_" + line)()
""",
    """
def sort(rows, field):
    return sorted(rows, key=lambda row: getattr(row, field))
""",
    """
def evaluate(model, data):
    model.eval()
    return model(data)
""",
    """
import re
def words(text):
    return re.compile(r"[a-z]+").findall(text)
""",
    """
from flask import Flask, request
app = Flask(__name__)

@app.route("/shown")
def shown():
    known = "1 + 1"
    both = known + "|" + request.args["text"]
    return {"value": eval(both[: len(known)]), "again": eval(both.split("|", 1)[0])}
""",
    """
import textwrap
from flask import Flask, request
app = Flask(__name__)

def fields(document):
    for name, kind in document["fields"].items():
        if kind not in {"str", "int"} or not name.isidentifier():
            raise ValueError(kind)
        yield name, kind

@app.post("/records")
def define():
    lines = ["class Record:", "    def __init__(self, raw):"]
    lines += [f"        self.{name} = {kind}(raw[{name!r}])" for name, kind in fields(request.get_json())]
    exec(textwrap.dedent("\\n".join(lines)), {})
    return ""
""",
)

# What this rule does not see, and why.
MISSING: tuple[str, ...] = (
    # a decorator is a call that is no Call
    """
import ast
def run(source):
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Call)):
            raise ValueError("not allowed")
    exec(compile(tree, "", "exec"))
""",
    # modules and files by the name that a function is given
    """
import importlib
def load(name):
    return importlib.import_module(name).run()
""",
    # a program that is written to a file and run later
    """
import subprocess, sys
def run(source):
    with open("job.py", "w") as script:
        script.write(source)
    subprocess.run([sys.executable, "job.py"])
""",
)

# What this rule reports although it is safe, and why.
SPURIOUS: tuple[str, ...] = (
    # a check that calls itself for the nodes below
    """
import ast
def is_plain(node):
    if isinstance(node, (ast.BinOp, ast.Constant)):
        return all(is_plain(below) for below in ast.iter_child_nodes(node))
    return isinstance(node, ast.operator)

def calculate(expression):
    tree = ast.parse(expression, mode="eval")
    if not is_plain(tree.body):
        raise ValueError(expression)
    return eval(compile(tree, "", "eval"))
""",
    # repr() of a text is a literal
    """
def code(name):
    return eval(f"len({name!r})")
""",
)

"""An answer holds what only the server may know: digests of passwords, or all of its environment.

What is sent to a client is read by everybody who uses it. A digest of a password is an invitation to try words until
one fits, an environment holds the keys of everything. Send the fields that are needed, by name:

    return jsonify({"id": user.id, "name": user.name})

What is reported: a view whose answer has a field for a password or its digest with a value from a store, and one that
sends the environment as a whole. What is not: single variables, whether there is a password, and functions that no
framework calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis import tree as t
from codereal.analysis.values import Extern
from codereal.rules import _names
from codereal.rules._rule import Rule, Spot, Verdict
from codereal.rules._syntax import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit
    from codereal.analysis.source import Tree

_DIGESTS = frozenset({"hash", "digest", "hashed", "encrypted"})
_PASSES = frozenset(
    {"jsonify", "json_response", "JSONResponse", "JsonResponse", "dict", "dumps", "str", "list", "Response"}
)
_WHOLE = frozenset({"asdict", "vars"})
_MAX_STEPS = 120


def judge(hit: Hit) -> Verdict | None:
    act = hit.activation
    if act.code.serial not in act.program.routes or (hit.sink.kind == "html" and not hit.name.startswith("tornado.")):
        return None
    pending, seen = [hit.argument], set[int]()
    while pending and len(seen) < _MAX_STEPS:
        one = pending.pop()
        for inner in act.inner.get(one.index, ()) if one.op == ir.CALL else ():
            if any(_sends_environment(inner, block.instrs) for block in inner.code.blocks):
                return Verdict("the whole environment of the program is sent to whoever asks", "high", None, (200, 497))
        if one.index in seen:
            continue
        seen.add(one.index)
        if one.op == ir.CALL:
            names = {ref.name for ref in act.vals[one.args[0].index].refs if isinstance(ref, Extern)}
            last = {name.rpartition(".")[2] for name in names} | {str(one.args[0].data).rpartition(".")[2]}
            field = _only_field(act) if last & _WHOLE else ""
            if field:
                return Verdict(f"a record is sent whole, its {field} with it", "medium")
            if last & _PASSES:
                pending.extend(one.args[1:])
            continue
        if _is_environment(act, one):
            return Verdict(
                "the whole environment of the program is sent to whoever asks", "high", None, (200, 497, 526)
            )
        if one.op == ir.BUILD and one.data == "dict":
            name = _password(act, one)
            if name:
                return Verdict(f"a password's field ({name}) is sent to whoever asks", "medium")
        if one.op in (ir.BUILD, ir.PHI, ir.COLLECT, ir.UNPACK, ir.JOIN, ir.AWAIT):
            pending.extend(one.args)
    return None


def _only_field(act: Activation) -> str:
    """The field for a password of the one kind of record that the text declares; else ""."""
    declared = [
        [
            to.name
            for one in node.body
            if isinstance(one, t.Assign) and one.annotation
            for to in one.targets
            if isinstance(to, t.Name)
        ]
        for node in act.program.nodes.values()
    ]
    records = [names for names in declared if len(names) > 1]
    if len(records) != 1:
        return ""
    return next((name for name in records[0] if _names.PASSWORDS.intersection(_names.split(name))), "")


def _sends_environment(act: Activation, instrs: list[Instr]) -> bool:
    """`return {"environment": dict(os.environ)}` in a helper."""
    for instr in instrs:
        if instr.op == ir.RETURN:
            for holder, one in evidence.operands(act, instr.args[0]):
                is_copied = one.op == ir.CALL and one.args[0].data in ("dict", "str") and len(one.args) == 2
                if is_copied and _is_environment(holder, one.args[1]):
                    return True
    return False


def _is_environment(act: Activation, instr: Instr) -> bool:
    named = instr.data == "environ" if instr.op == ir.ATTR else str(instr.data) == "os.environ"
    return instr.op in (ir.ATTR, ir.IMPORT, ir.LOAD) and any(
        mark.origin.kind == "environment" and (named or instr.op == ir.LOAD)
        for mark in act.marks(act.vals[instr.index])
    )


def _password(act: Activation, instr: Instr) -> str:
    """The key of a dict that says that its value is a password or a digest of one, read from something else."""
    args = [arg for arg in instr.args if arg.op != ir.UNPACK]
    for key, value in zip(args[::2], args[1::2], strict=False):
        const = act.vals[key.index].const
        if not isinstance(const, str) or value.op not in (ir.ATTR, ir.ITEM):
            continue
        said = _names.split(const)
        is_password = said[-1:] and (said[-1] in _names.PASSWORDS or said[-1] in _DIGESTS)
        if is_password and _names.PASSWORDS & set(said) and not _is_sent(act, value):
            return const
    return ""


def _is_sent(act: Activation, instr: Instr) -> bool:
    """Whether it is what the request itself holds."""
    while instr.op in (ir.ATTR, ir.ITEM):
        if any(mark.origin.pos == instr.pos for mark in act.marks(act.vals[instr.index])):
            return True
        instr = instr.args[0]
    return instr.op == ir.PARAM


def scan(tree: Tree) -> Iterator[Spot]:
    """`@app.get("/members", response_model=list[Member])` of a class with a field for passwords or their digests."""
    if not any("response_model" in line for line in tree.lines):
        return
    classes = {one.name: one for one in tree.body if isinstance(one, t.Class)}
    for function in statements(tree.body):
        for decorator in function.decorators if isinstance(function, t.Function) else ():
            for name, model in (
                zip(decorator.names, decorator.args, strict=True) if isinstance(decorator, t.Call) else ()
            ):
                model = model.index if isinstance(model, t.Subscript) else model
                if name != "response_model" or not isinstance(model, t.Name) or model.name not in classes:
                    continue
                field = _secret_field(classes[model.name])
                if field and decorator.pos[0] > 0:
                    words = f"a password's field ({field}) is sent to whoever asks"
                    yield Spot(decorator.pos, Verdict(words, "high"), "sink: the answer")


def _secret_field(node: t.Class) -> str:
    """The field of a document for a password or its digest that is not left out when it is written; else ""."""
    for one in node.body:
        if not isinstance(one, t.Assign) or not one.annotation or "Secret" in one.annotation:
            continue
        left_out = isinstance(one.value, t.Call) and "exclude" in one.value.names
        for to in one.targets:
            said = _names.split(to.name) if isinstance(to, t.Name) and not left_out else []
            if said and _names.PASSWORDS & set(said) and (said[-1] in _names.PASSWORDS or said[-1] in _DIGESTS):
                return str(getattr(to, "name", ""))
    return ""


RULE = Rule(
    id="secret-exposure",
    cwe=(200, 522),
    summary="An answer holds what only the server may know",
    hint="send the fields that are needed, by name",
    severity="error",
    sinks=("return", "html"),
    judge=judge,
    scan=scan,
)


UNSAFE: tuple[str, ...] = (
    """
from flask import Flask, jsonify
from models import User
app = Flask(__name__)

@app.route("/users/<int:number>")
def user(number):
    found = User.query.get_or_404(number)
    return jsonify({"name": found.name, "password_hash": found.password_hash})
""",
    """
import os
from aiohttp import web

async def debug(request):
    return web.json_response({"env": dict(os.environ)})

app = web.Application()
app.router.add_get("/debug", debug)
""",
    """
from fastapi import FastAPI
from store import people
app = FastAPI()

@app.get("/people")
def all_people():
    return [{"name": one.name, "password": one.password} for one in people()]
""",
    """
import os
from flask import Flask, jsonify
app = Flask(__name__)

@app.route("/env")
def env():
    return jsonify(dict(os.environ))
""",
    """
import sqlite3
from flask import Flask
app = Flask(__name__)

@app.get("/account/<name>")
def account(name):
    row = sqlite3.connect("a.db").execute("SELECT * FROM account WHERE name = ?", (name,)).fetchone()
    return {"id": row[0], "passwordHash": row[2]}
""",
    """
import os
import tornado.web

class Info(tornado.web.RequestHandler):
    def details(self):
        return {"healthy": True, "environment": dict(os.environ)}

    def get(self):
        self.write(self.details())
""",
    """
from dataclasses import asdict, dataclass
from fastapi import FastAPI
from .people import Record, find
app = FastAPI()

@dataclass
class Person(Record):
    number: int
    name: str
    password_hash: str

@app.get("/people/{number}")
def read(number: int):
    person = find(number)
    return asdict(person)
""",
    # a document of what is stored
    """
from fastapi import FastAPI
from pydantic import BaseModel
app = FastAPI()

class Member(BaseModel):
    id: int
    nickname: str
    password_hash: str

@app.get("/members", response_model=list[Member])
def members():
    return rows(200)
""",
)

SAFE: tuple[str, ...] = (
    """
from dataclasses import asdict, dataclass
from fastapi import FastAPI
from .people import Record, find
app = FastAPI()

@dataclass
class Person(Record):
    number: int
    name: str

@app.get("/people/{number}")
def read(number: int):
    person = find(number)
    return asdict(person)
""",
    """
import os
import tornado.web

class Info(tornado.web.RequestHandler):
    def details(self):
        return {"healthy": True, "region": os.environ["REGION"]}

    def get(self):
        self.write(self.details())
""",
    """
from flask import Flask, jsonify
from models import User
app = Flask(__name__)

@app.route("/users/<int:number>")
def user(number):
    found = User.query.get_or_404(number)
    return jsonify({"name": found.name, "has_password": bool(found.password_hash)})
""",
    """
import os
from flask import Flask, jsonify
app = Flask(__name__)

@app.route("/version")
def version():
    return jsonify({"version": os.environ.get("VERSION", ""), "mode": os.environ["MODE"]})
""",
    """
class User:
    def as_row(self):
        return {"name": self.name, "password_hash": self.password_hash}
""",
    """
import os
import subprocess

def run(command):
    return subprocess.run(command, env={**os.environ, "LANG": "C"}, check=True)
""",
    """
from flask import Flask, request, render_template
app = Flask(__name__)

@app.post("/check")
def check():
    strong = len(request.form["password"]) > 12
    return {"password": "strong" if strong else "weak", "labels": {"password": "Your password"}}
""",
    """
from fastapi import FastAPI
from pydantic import BaseModel, Field
app = FastAPI()

class Member(BaseModel):
    id: int
    password_hash: str = Field(exclude=True)

class Public(BaseModel):
    id: int
    nickname: str

@app.get("/members", response_model=list[Public])
def members():
    return rows(200)

@app.get("/me", response_model=Member)
def me():
    return rows(1)[0]
""",
)

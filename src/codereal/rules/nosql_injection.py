"""A value of a request becomes part of a query's structure.

A document store takes a query as a structure. What a request sends as JSON can be a structure too: `{"$ne": null}` in
the place of a password matches any. And `$where` takes a program. Make each value what it is meant to be:

    users.find_one({"name": str(data["name"])})

What counts as safe: `str`, `int` and the like around each value; a check such as `isinstance(name, str)`; fields of a
form or of a query string, which are texts; fixed queries without `$where` and without a filter that the request
writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import ir, taint
from codereal.analysis.values import Mark, Value, marks_of
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import TRUSTED, confidence

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit

_PROGRAMS = ("$where", "$function", "$accumulator")
_STRUCTURES = frozenset({"json", "get_json", "loads", "data"})


def judge(hit: Hit) -> Verdict | None:
    act = hit.activation
    found = [obj for _, obj in act.objects(hit.value) if obj.kind == "dict"]
    if not found:
        found = [
            inner
            for _, obj in act.objects(hit.value)
            if obj.kind == "list"
            for item in (*obj.items.values(), obj.rest)
            for _, inner in act.objects(item)
        ]
    for obj in found:
        for key, value in obj.items.items():
            marks = [mark for mark in act.marks(value) if mark.origin.kind not in TRUSTED]
            if key in _PROGRAMS and marks:
                left = [mark for mark in marks if not hit.is_cleared(mark, "code")]
                return _verdict(hit, left, "a program that the store runs")
    values = [value for obj in found for value in obj.items.values()] if found else [hit.value]
    # (`{"owner": me, **filter}`: its keys are part of what is asked.)
    values.extend(obj.rest for obj in found if obj.kind == "dict" and marks_of(obj.keys))
    marks = [mark for value in values for mark in _structures(hit, act, value)]
    return _verdict(hit, marks, "the structure of a query")


def _structures(hit: Hit, act: Activation, value: Value, depth: int = 2) -> list[Mark]:
    """The untrusted data in a value that may be a structure: whole, and taken out of JSON."""
    marks = [mark for mark in marks_of(value) if len(value.parts) == 1 and _is_structure(hit, mark)]
    if depth:
        for _, obj in act.objects(value):
            for item in obj.items.values():
                marks.extend(_structures(hit, act, item, depth - 1))
    return marks


def _is_structure(hit: Hit, mark: Mark) -> bool:
    if mark.origin.kind != "request" or hit.is_cleared(mark, "structure"):
        return False
    if any(_is_parsed(instr) for _, instr in taint.walk(hit.activation, hit.argument, mark)):
        return True
    for act in hit.activation.chain():
        for block in act.code.blocks:
            for instr in block.instrs:
                if instr.pos == mark.origin.pos and instr.op in (ir.ATTR, ir.CALL):
                    named = instr.args[0] if instr.op == ir.CALL else instr
                    if named.op == ir.ATTR and named.data in _STRUCTURES:
                        return True
    return False


def _is_parsed(instr: Instr) -> bool:
    """`await request.json()`, `json.loads(body)`."""
    callee = instr.args[0] if instr.op == ir.CALL else None
    return callee is not None and callee.op == ir.ATTR and callee.data in _STRUCTURES


def _verdict(hit: Hit, marks: list[Mark], what: str) -> Verdict | None:
    if not marks:
        return None
    mark = min(marks, key=lambda one: one.origin.pos)
    who = "user input" if mark.origin.kind in ("request", "input", "network") else mark.origin.words
    return Verdict(f"{who} reaches {what}", confidence(mark), mark)


RULE = Rule(
    id="nosql-injection",
    cwe=(943,),
    summary="A value of a request becomes part of a query's structure",
    hint="convert each value with str() or check its type, and do without $where",
    severity="error",
    sinks=("document-query",),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
from flask import Flask, request
from pymongo import MongoClient
app = Flask(__name__)
users = MongoClient().app.users

@app.post("/login")
def login():
    data = request.get_json()
    user = users.find_one({"name": data["name"], "password": data["password"]})
    return {"found": user is not None}
""",
    """
from flask import Flask, request
from pymongo import MongoClient
app = Flask(__name__)
db = MongoClient().app

@app.post("/search")
def search():
    return {"items": list(db.items.find(request.json))}
""",
    """
from pymongo import MongoClient
def find(name):
    return MongoClient().app.users.find({"$where": f"this.name == '{name}'"})
""",
    """
from flask import Flask, request
app = Flask(__name__)

@app.delete("/items")
def remove():
    query = {"_id": request.json.get("id")}
    app.db.items.delete_many(query)
    return ""
""",
    """
from flask import Flask, request
app = Flask(__name__)

def profile(name):
    return app.db.users.find_one({"profile": {"name": name}})

@app.post("/find")
def found():
    return {"found": bool(profile(request.json["name"]))}
""",
    """
from fastapi import FastAPI, Request
from motor.motor_asyncio import AsyncIOMotorClient
app = FastAPI()
db = AsyncIOMotorClient().shop

@app.post("/find")
async def find(request: Request):
    wanted = await request.json()
    return [item["name"] async for item in db.items.find(wanted)]
""",
    # the keys are the request's as well
    """
from flask import Flask, jsonify, request
from shop.db import db
app = Flask(__name__)

@app.post("/search")
def search():
    wanted = {"tenant": 3, **request.get_json()["where"]}
    return jsonify(list(db.orders.find(wanted)))
""",
    """
from flask import Flask, jsonify, request
import pymongo
app = Flask(__name__)
orders = pymongo.MongoClient().shop.orders

@app.post("/orders")
def search():
    extra = request.get_json().get("filter") or {}
    return jsonify(list(orders.find({"shop": 7, **extra}, {"_id": 0})))
""",
)

SAFE: tuple[str, ...] = (
    """
from flask import Flask, request
from pymongo import MongoClient
app = Flask(__name__)
users = MongoClient().app.users

@app.post("/login")
def login():
    data = request.get_json()
    return {"found": users.find_one({"name": str(data["name"])}) is not None}
""",
    """
from flask import Flask, request
app = Flask(__name__)

@app.get("/find")
def find():
    return {"found": bool(app.db.users.find_one({"name": request.args["name"]}))}
""",
    """
from flask import Flask, request
app = Flask(__name__)

@app.post("/find")
def find():
    name = request.json["name"]
    if not isinstance(name, str):
        return {"error": "a name is a text"}, 400
    return {"found": bool(app.db.users.find_one({"name": name}))}
""",
    """
def find(collection, name):
    return collection.find_one({"name": name})
""",
    """
def position(text, word):
    return text.find(word)
""",
    """
def adults(collection):
    return collection.find({"age": {"$gte": 18}})
""",
)

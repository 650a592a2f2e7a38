"""A stack trace is sent to whoever made the request.

A trace names files, versions, queries and sometimes secrets: it tells an attacker where to go on. Write it to the
log, and answer with a text of your own:

    except Exception:
        app.logger.exception("upload failed")
        return {"error": "upload failed"}, 500

What is reported: what `traceback` formats, in the answer of a route, in a page or in a response, and the text of a
database's exception in an error that a framework sends. What is not: the same in a log or on the console, and the bare
message of any other exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis import tree as t
from codereal.analysis.values import Extern
from codereal.rules._rule import Rule, Verdict
from codereal.rules._syntax import last_name

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit

_TRACES = frozenset(
    {"traceback.format_exc", "traceback.format_exception", "traceback.format_tb", "traceback.format_stack"}
)
_DATABASES = frozenset(
    {"sqlite3", "psycopg", "psycopg2", "pymysql", "mysql", "MySQLdb", "sqlalchemy", "asyncpg", "pymongo", "aiosqlite"}
)
_MAX_STEPS = 80


def judge(hit: Hit) -> Verdict | None:
    act = hit.activation
    if hit.sink.kind == "error-detail":
        if _holds_trace(act, hit.argument):
            return Verdict("a stack trace is sent to whoever made the request", "high")
        if _holds_database_error(act, hit.argument):
            return Verdict("what a database says of an error is sent to whoever made the request", "medium")
        return None
    is_handed = act.call is None and not act.code.owner and len(act.code.params) in act.program.handed
    is_route = act.code.serial in act.program.routes or is_handed
    if (hit.sink.kind == "return") is not is_route:
        # A response that a route makes is what it returns.
        return None
    if _holds_trace(act, hit.argument):
        return Verdict("a stack trace is sent to whoever made the request", "high")
    if _holds_database_error(act, hit.argument):
        return Verdict("what a database says of an error is sent to whoever made the request", "medium")
    return None


def _holds_trace(act: Activation, instr: Instr) -> bool:
    """Whether a trace is in it: as text, in a container, in a response; not what some function made of the trace."""
    pending = [instr]
    seen: set[int] = set()
    while pending and len(seen) < _MAX_STEPS:
        one = pending.pop()
        if one.index in seen:
            continue
        seen.add(one.index)
        if one.op == ir.CALL:
            callee = act.vals[one.args[0].index]
            names = {ref.name for ref in callee.refs if isinstance(ref, Extern)}
            if names & _TRACES:
                return True
            if names and not any(_passes_on(act, name) for name in names):
                continue
            if not names and one.args[0].op != ir.ATTR:
                continue
        pending.extend(one.args)
    return False


def _holds_database_error(act: Activation, instr: Instr) -> bool:
    """Whether the text of an exception that only a database raises is in it: it names tables, columns and values."""
    for holder, one in evidence.operands(act, instr):
        if one.op == ir.PARAM and _is_handler(holder):
            return True
        if one.op != ir.EXCEPTION:
            continue
        for arg in one.args:
            for holder_, part in evidence.operands(holder, arg):
                names = [ref.name for ref in holder_.vals[part.index].refs if isinstance(ref, Extern)]
                if any(name.partition(".")[0] in _DATABASES and name.endswith("Error") for name in names):
                    return True
    return False


def _is_handler(act: Activation) -> bool:
    """`@app.errorhandler(sqlite3.Error)`: a function that a framework gives the errors of a database."""
    for one in getattr(act.code.node, "decorators", ()):
        if isinstance(one, t.Call) and last_name(one) in ("errorhandler", "app_errorhandler", "exception_handler"):
            caught = one.args[0] if one.args else None
            root = caught
            while isinstance(root, t.Attribute):
                root = root.obj
            if root is not caught and isinstance(root, t.Name) and _module(act, root.name) in _DATABASES:
                return True
    return False


def _module(act: Activation, bound: str) -> str:
    """The module that a name was imported for."""
    for one in act.program.body:
        for module, name, known in one.names if isinstance(one, t.Import) else ():
            if known == bound and not name:
                return module.partition(".")[0]
    return bound


def _passes_on(act: Activation, name: str) -> bool:
    """Whether a function makes a text or a response of what it is given."""
    library = act.program.library
    return name in ("str", "dict", "list", "repr", "json.dumps") or name in library.types or name in library.sinks


RULE = Rule(
    id="exception-exposure",
    cwe=(209, 497),
    summary="A stack trace is sent to whoever made the request",
    hint="write the trace to the log, and answer with a text of your own",
    severity="warning",
    sinks=("return", "html", "error-detail"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import traceback
from flask import Flask
app = Flask(__name__)

@app.route("/run")
def run():
    try:
        work()
    except Exception:
        return traceback.format_exc(), 500
    return "ok"
""",
    """
import traceback
from flask import Flask, jsonify
app = Flask(__name__)

@app.route("/run")
def run():
    try:
        work()
    except Exception as error:
        return jsonify({"error": str(error), "trace": traceback.format_exc()}), 500
    return jsonify(ok=True)
""",
    """
from traceback import format_exc
from django.http import HttpResponse

def run(request):
    try:
        work()
    except Exception:
        return HttpResponse("<pre>" + format_exc() + "</pre>", status=500)
    return HttpResponse("ok")
""",
    """
import traceback as tb
from fastapi import FastAPI
app = FastAPI()

@app.get("/run")
async def run():
    try:
        work()
    except Exception as error:
        lines = tb.format_exception(type(error), error, error.__traceback__)
        return {"detail": "".join(lines)}
    return {}
""",
    """
import traceback
from flask import Flask, Response
app = Flask(__name__)

@app.errorhandler(500)
def failed(error):
    text = f"Error: {traceback.format_exc()}"
    return Response(text, status=500)
""",
    """
import sqlite3
from fastapi import FastAPI, HTTPException
app = FastAPI()

@app.get("/rows/{number}")
def row(number: int):
    try:
        return sqlite3.connect("a.db").execute("SELECT name FROM item WHERE id = ?", (number,)).fetchone()
    except sqlite3.Error as problem:
        raise HTTPException(500, detail=f"database: {problem}")
""",
    """
import sqlite3
from flask import Flask
app = Flask(__name__)

@app.get("/rows")
def rows():
    try:
        return {"rows": sqlite3.connect("app.db").execute("SELECT name FROM item").fetchall()}
    except sqlite3.Error as problem:
        return {"error": str(problem)}, 500
""",
    """
import sqlite3
from flask import Flask, jsonify
app = Flask(__name__)

@app.errorhandler(sqlite3.Error)
def failed(error):
    return jsonify(error=repr(error)), 500
""",
    """
import json
import traceback

def lambda_handler(event, context):
    try:
        return {"statusCode": 200, "body": json.dumps(work(event))}
    except Exception:
        return {"statusCode": 500, "body": json.dumps({"error": traceback.format_exc()})}
""",
)

SAFE: tuple[str, ...] = (
    """
from flask import Flask, jsonify
from werkzeug.exceptions import HTTPException
app = Flask(__name__)

@app.errorhandler(HTTPException)
def failed(error):
    return jsonify(error=str(error)), error.code
""",
    """
from fastapi import FastAPI, HTTPException
app = FastAPI()

@app.get("/half/{number}")
def half(number: str):
    try:
        return {"half": int(number) / 2}
    except ValueError as problem:
        raise HTTPException(status_code=400, detail=str(problem))
""",
    """
from flask import Flask, jsonify
app = Flask(__name__)

@app.route("/run")
def run():
    try:
        work()
    except Exception as error:
        return jsonify({"error": str(error)}), 500
    return jsonify(ok=True)
""",
    """
import logging, traceback
from flask import Flask
app = Flask(__name__)

@app.route("/run")
def run():
    try:
        work()
    except Exception:
        logging.error(traceback.format_exc())
        return "failed", 500
    return "ok"
""",
    """
import traceback

def attempt(function):
    try:
        return function(), None
    except Exception:
        return None, traceback.format_exc()
""",
    """
import traceback
from flask import Flask
app = Flask(__name__)

@app.route("/run")
def run():
    try:
        work()
    except Exception:
        number = app.reports.save(traceback.format_exc())
        return {"report": number}, 500
    return {}
""",
    """
import traceback

def main():
    try:
        work()
    except Exception:
        print(traceback.format_exc())

main()
""",
)

"""A stack trace is sent to whoever made the request.

A trace names files, versions, queries and sometimes secrets: it tells an attacker where to go on. Write it to the
log, and answer with a text of your own:

    except Exception:
        app.logger.exception("upload failed")
        return {"error": "upload failed"}, 500

What is reported: what `traceback` formats, also when an object has kept it, and the text of a database's exception, in
what a route or a server answers and in errors that a framework sends. What is not: the same in a log or on the console,
and the bare message of any other exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir, taint
from codereal.analysis import tree as t
from codereal.analysis.values import Extern
from codereal.rules._direct import is_direct
from codereal.rules._rule import Rule, Verdict
from codereal.rules._syntax import last_name

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit
    from codereal.analysis.values import Mark

_TEXTS = frozenset({"str", "dict", "list", "repr", "json.dumps", "bytes", "sorted", "map"})
_TRACE = "a stack trace"
_DATABASES = frozenset(
    {"sqlite3", "psycopg", "psycopg2", "pymysql", "mysql", "MySQLdb", "sqlalchemy", "asyncpg", "pymongo", "aiosqlite"}
)


def judge(hit: Hit) -> Verdict | None:
    act = hit.activation
    if hit.sink.kind == "return":
        is_handed = act.call is None and not act.code.owner and len(act.code.params) in act.program.handed
        if act.code.serial not in act.program.routes and not is_handed:
            return None
    given = [hit.value] if hit.sink.kind != "answer" or hit.arguments is None else hit.arguments.values
    for value in given:
        for mark in act.marks(value):
            if mark.origin.kind == "error" and is_direct(hit, mark) and not _is_kept(hit, mark):
                sure = "high" if mark.origin.words == _TRACE else "medium"
                return Verdict(f"{mark.origin.words} is sent to whoever made the request", sure, mark)
    made_of = list(evidence.operands(act, hit.argument))
    if hit.sink.kind == "return" and any(_is_answer(holder, one) for holder, one in made_of):
        # It has been looked at where it was made.
        return None
    if any(one.op == ir.PARAM and _is_handler(holder) for holder, one in made_of):
        return Verdict("what a database says of an error is sent to whoever made the request", "medium")
    return None


def _is_kept(hit: Hit, mark: Mark) -> bool:
    """Whether some function of a library made something else of it: the number under which it is kept."""
    return any(
        one.op == ir.CALL and not _passes_on(holder, one)
        for holder, one in taint.walk(hit.activation, hit.argument, mark)
    )


def _passes_on(act: Activation, call: Instr) -> bool:
    """Whether a function makes a text or an answer of what it is given, or is not of a library."""
    library = act.program.library
    refs = act.vals[call.args[0].index].refs
    names = [name for ref in refs if isinstance(ref, Extern) for name in library.find(ref.name)]
    return not names or any(
        one in _TEXTS or one in library.types or one in library.sinks or one in library.call_sources for one in names
    )


def _is_answer(act: Activation, instr: Instr) -> bool:
    names = [ref.name for ref in act.vals[instr.index].refs if isinstance(ref, Extern) and instr.op == ir.CALL]
    return any(name.endswith(("Json", "Response")) for name in names)


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


RULE = Rule(
    id="exception-exposure",
    cwe=(209, 497),
    summary="A stack trace is sent to whoever made the request",
    hint="write the trace to the log, and answer with a text of your own",
    severity="warning",
    sinks=("return", "html", "markup", "answer", "error-detail"),
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
    # a trace that an object keeps
    """
import traceback
from flask import Blueprint, jsonify
errors = Blueprint("errors", __name__)

class Failure:
    def __init__(self, error):
        self.trace = traceback.format_exc()
        self.error = error

    def as_dict(self):
        return {"error": "internal error", "detail": self.trace}

@errors.app_errorhandler(Exception)
def unexpected(error):
    return jsonify(Failure(error).as_dict()), 500
""",
    """
import json
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

class Bids(AsyncWebsocketConsumer):
    async def fail(self, reason):
        await self.send(json.dumps({"type": "error", "reason": reason}))

    async def receive(self, text_data=None, bytes_data=None):
        try:
            await place(text_data)
        except (KeyError, DatabaseError) as error:
            await self.fail(str(error))
""",
    """
import traceback
from aiohttp import web

@web.middleware
async def errors(request, handler):
    try:
        return await handler(request)
    except Exception:
        return web.json_response({"trace": traceback.format_exc()}, status=500)
""",
    """
import traceback
from http.server import BaseHTTPRequestHandler

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            self.serve()
        except OSError:
            self.send_response(500)
            self.end_headers()
            self.wfile.write(traceback.format_exc().encode())
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
    """
import traceback, uuid
from flask import Blueprint, jsonify
errors = Blueprint("errors", __name__)

class Failure:
    def __init__(self, error):
        self.number = uuid.uuid4().hex
        self.trace = traceback.format_exc()

    def as_dict(self):
        return {"error": "internal error", "number": self.number}

@errors.app_errorhandler(Exception)
def unexpected(error):
    failure = Failure(error)
    errors.logger.error("failure %s: %s", failure.number, failure.trace)
    return jsonify(failure.as_dict()), 500
""",
    """
from flask import Flask, jsonify
app = Flask(__name__)

@app.route("/report/<number>")
def report(number):
    try:
        return jsonify(make_report(int(number)))
    except ValueError as error:
        return jsonify({"error": str(error)}), 400
""",
)

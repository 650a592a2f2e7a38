"""Every site's pages may read answers that are made for whoever is logged in.

Browsers keep sites apart, unless the server says otherwise: to allow credentials for any origin lets every page that a
user opens act and read in that user's name. Name the origins that are to be trusted:

    app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"], allow_credentials=True)

What is reported: any origin ("*", or a pattern that matches all) together with credentials, and the request's own
origin sent back as the one that is allowed, unexamined. What is not: "*" without credentials, which is how public data
is meant to be offered.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir, resolve
from codereal.analysis.values import Value
from codereal.rules._rule import Rule, Spot, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codereal.analysis.entries import Entry
    from codereal.analysis.program import Hit

_ANY = re.compile(r"\*|\^?\(?(?:https?\??://)?\(?\.[*+]\)?\$?")


def judge(hit: Hit) -> Verdict | None:
    credentials = hit.given("supports_credentials", "allow_credentials")
    origins = hit.given("origins", "allow_origins", "allow_origin_regex")
    if credentials is None or credentials.const is not True:
        return None
    if origins is None:
        # What flask-cors does unless it is told otherwise.
        is_open = "resources" not in (hit.arguments.names if hit.arguments else ()) and hit.name.startswith(
            "flask_cors"
        )
    else:
        is_open = _is_any(hit, origins)
    return Verdict("any origin may act with the user's credentials", "high") if is_open else None


def _lets_all_in(entry: Entry) -> Iterator[Spot]:
    """`check_origin` of a socket's handler that always says yes: any page may talk with the user's cookie."""
    act = entry.activation
    if act.code.name != "check_origin" or not act.code.params:
        return
    bases = {
        name.rpartition(".")[2]
        for _, me in act.objects(act.vals[act.code.params[0].index])
        for cls in me.bases
        for name in resolve.externs(act, cls)
    }
    for block in act.code.blocks if "WebSocketHandler" in bases else ():
        for instr in block.instrs:
            if instr.op != ir.RETURN or instr.pos[0] < 1 or len(act.returned) != 1:
                continue
            if act.vals[instr.args[0].index].const is True:
                verdict = Verdict("whichever origin asks may open a socket with the user's cookie", "high")
                yield Spot(instr.pos, verdict, "sink: the answer")


def review(entry: Entry) -> Iterator[Spot]:
    """`response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]`."""
    yield from _lets_all_in(entry)
    for act in evidence.activations(entry.activation):
        for instr in (one for block in act.code.blocks if block.index in act.rounds for one in block.instrs):
            if instr.op != ir.SETITEM or act.vals[instr.args[1].index].const != "Access-Control-Allow-Origin":
                continue
            value = act.vals[instr.args[2].index]
            marks = [mark for mark in act.marks(value) if mark.origin.kind == "request"]
            if not marks or instr.pos[0] < 1 or any(one.origin in evidence.examined(act.entry) for one in marks):
                continue
            verdict = Verdict("whichever origin asks is allowed", "high", marks[0])
            yield Spot(instr.pos, verdict, "sink: the allowed origin", (act, instr.args[2]))


def _is_any(hit: Hit, origins: Value) -> bool:
    items = [item for _, obj in hit.activation.objects(origins) for item in obj.items.values()]
    return any(isinstance(item.const, str) and _ANY.fullmatch(item.const) for item in (origins, *items))


RULE = Rule(
    id="permissive-cors",
    cwe=(942, 346),
    summary="Every site's pages may read answers that are made for whoever is logged in",
    hint="name the origins that are to be trusted, or allow no credentials",
    severity="warning",
    sinks=("cors",),
    judge=judge,
    review=review,
    mentions=("Access-Control-Allow-Origin", "check_origin"),
)


UNSAFE: tuple[str, ...] = (
    """
from flask import Flask
from flask_cors import CORS
app = Flask(__name__)
CORS(app, origins="*", supports_credentials=True)
""",
    """
from flask import Flask
from flask_cors import CORS
app = Flask(__name__)
CORS(app, supports_credentials=True)
""",
    """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True, allow_methods=["*"])
""",
    """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
ORIGINS = ["*"]

def create():
    made = FastAPI()
    made.add_middleware(CORSMiddleware, allow_origins=ORIGINS, allow_credentials=True)
    return made
""",
    """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware as Cross
app = FastAPI()
app.add_middleware(Cross, allow_origin_regex=".*", allow_credentials=True)
""",
    """
from flask import Flask, request
app = Flask(__name__)

@app.after_request
def allow(response):
    response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "")
    response.headers["Access-Control-Allow-Credentials"] = "true"
    return response
""",
    """
from tornado.websocket import WebSocketHandler

class Balance(WebSocketHandler):
    def check_origin(self, origin):
        return True
""",
    """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origin_regex=r"https://.*", allow_credentials=True)
""",
)

SAFE: tuple[str, ...] = (
    """
from tornado.websocket import WebSocketHandler

class Balance(WebSocketHandler):
    def check_origin(self, origin):
        return origin == "https://app.example.com"
""",
    """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origin_regex=r"https://[a-z]+\\.example\\.com", allow_credentials=True)
""",
    """
from flask import Flask, request
app = Flask(__name__)
ORIGINS = {"https://app.example.org"}

@app.after_request
def allow(response):
    origin = request.headers.get("Origin")
    if origin in ORIGINS:
        response.headers["Access-Control-Allow-Origin"] = origin
    return response
""",
    """
from flask import Flask
from flask_cors import CORS
app = Flask(__name__)
CORS(app)
""",
    """
from flask import Flask
from flask_cors import CORS
app = Flask(__name__)
CORS(app, origins=["https://app.example.com"], supports_credentials=True)
""",
    """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=False)
""",
    """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://a.example", "https://b.example"], allow_credentials=True)
""",
    """
import os
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=os.environ["ORIGINS"].split(","), allow_credentials=True)
""",
)

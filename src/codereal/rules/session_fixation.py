"""Whoever sends a link chooses the session of whoever follows it.

An identifier of a session that comes in an address or a form can be chosen by a stranger: he sends a link with one that
he knows, waits until the other has logged in under it, and uses it too. Make the identifier yourself, a new one at each
login, and take it from the cookie alone:

    response.set_cookie("session_id", secrets.token_urlsafe(), httponly=True, secure=True)

What is reported: a part of a request, other than its cookies, that becomes the value of a cookie which bears the name
of a session, unless a condition has found it among those that the program gave out. What is not: cookies for language,
theme and the like, and identifiers that are read from the cookie and set again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import ir, taint
from codereal.rules import _names
from codereal.rules._direct import is_direct
from codereal.rules._rule import Rule, Verdict

if TYPE_CHECKING:
    from codereal.analysis.program import Hit
    from codereal.analysis.values import Mark

_SESSIONS = frozenset({"session", "sessionid", "sid", "sess"})
_COOKIES = frozenset({"cookies", "COOKIES", "get_cookie", "cookie"})


def judge(hit: Hit) -> Verdict | None:
    name = hit.given(0, "key", "name")
    if name is None or not isinstance(name.const, str) or not _SESSIONS.intersection(_names.split(name.const)):
        return None
    for mark in hit.activation.marks(hit.value):
        if mark.origin.kind != "request" or hit.is_cleared(mark, "*") or _was_own(hit, mark):
            continue
        if is_direct(hit, mark):
            return Verdict("whoever sends a link chooses the session of whoever follows it", "high", mark)
    return None


def _was_own(hit: Hit, mark: Mark) -> bool:
    """Whether it is what the cookie held before."""
    for _, one in taint.walk(hit.activation, hit.argument, mark):
        callee = one.args[0] if one.op == ir.CALL else one
        if callee.op == ir.ATTR and callee.data in _COOKIES:
            return True
    return False


RULE = Rule(
    id="session-fixation",
    cwe=(384,),
    summary="A session gets an identifier that comes with a link or a form",
    hint="make a new random identifier at each login",
    severity="error",
    sinks=("cookie-value",),
    judge=judge,
    mentions=("cookie",),
)


UNSAFE: tuple[str, ...] = (
    """
from flask import Flask, make_response, request
app = Flask(__name__)

@app.get("/start")
def start():
    answer = make_response("ok")
    answer.set_cookie("session_id", request.args["sid"], secure=True, httponly=True, samesite="Lax")
    return answer
""",
    """
from django.http import HttpResponse

def start(request):
    answer = HttpResponse("ok")
    answer.set_cookie("sid", request.GET.get("sid"), secure=True, httponly=True, samesite="Lax")
    return answer
""",
    """
from fastapi import FastAPI, Response
app = FastAPI()

@app.post("/login")
def login(session: str, response: Response):
    response.set_cookie(key="session", value=session, secure=True, httponly=True, samesite="lax")
    return {"ok": True}
""",
    """
from flask import Flask, redirect, request
app = Flask(__name__)

@app.route("/continue")
def proceed():
    chosen = request.values.get("session")
    answer = redirect("/home")
    answer.set_cookie("app_session", chosen, secure=True, httponly=True, samesite="Strict")
    return answer
""",
    """
from aiohttp import web

async def start(request):
    answer = web.Response(text="ok")
    answer.set_cookie("sid", request.query["sid"], secure=True, httponly=True, samesite="Lax")
    return answer

app = web.Application()
app.router.add_get("/start", start)
""",
)

SAFE: tuple[str, ...] = (
    """
import secrets
from flask import Flask, make_response
app = Flask(__name__)

@app.post("/login")
def login():
    answer = make_response("ok")
    answer.set_cookie("session_id", secrets.token_urlsafe(), secure=True, httponly=True, samesite="Lax")
    return answer
""",
    """
from flask import Flask, make_response, request
app = Flask(__name__)

@app.get("/language")
def language():
    answer = make_response("ok")
    answer.set_cookie("lang", request.args["lang"], secure=True, httponly=True, samesite="Lax")
    return answer
""",
    # it lives on
    """
from flask import Flask, make_response, request
app = Flask(__name__)

@app.get("/home")
def home():
    answer = make_response("ok")
    answer.set_cookie("sid", request.cookies.get("sid", ""), secure=True, httponly=True, samesite="Lax")
    return answer
""",
    """
from flask import Flask, abort, make_response, request
app = Flask(__name__)
SESSIONS = {}

@app.get("/resume")
def resume():
    number = request.args["sid"]
    if number not in SESSIONS:
        abort(404)
    answer = make_response("ok")
    answer.set_cookie("sid", number, secure=True, httponly=True, samesite="Lax")
    return answer
""",
    """
from flask import Flask, make_response, request
from sessions import open_session
app = Flask(__name__)

@app.post("/login")
def login():
    answer = make_response("ok")
    answer.set_cookie("sid", open_session(request.form["name"]), secure=True, httponly=True, samesite="Lax")
    return answer
""",
)

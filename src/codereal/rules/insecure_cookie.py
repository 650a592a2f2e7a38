"""A cookie that stands for a login can be read by scripts, or over plain HTTP.

A session's cookie is as good as its password. Without `httponly` a script that got into a page reads it, without
`secure` everybody on the way does, and without `samesite` other sites' pages use it:

    response.set_cookie("session", token, secure=True, httponly=True, samesite="Lax")

What is reported: a cookie whose name says that it stands for a login (a session, a token, a password) and that is set
without `secure` or without `httponly`; settings that switch these off for a framework's own session. What is not:
cookies for other purposes (a language, a theme).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from codereal.analysis import tree as t
from codereal.rules import _names
from codereal.rules._rule import Rule, Spot, Verdict
from codereal.rules._syntax import statements

if TYPE_CHECKING:
    from codereal.analysis.program import Hit
    from codereal.analysis.source import Tree

_WORDS = _names.SECRETS | {"session", "sessionid", "sid", "auth", "jwt", "login"}
_SETTINGS = frozenset({"SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "CSRF_COOKIE_SECURE"})
_REMEMBERS = frozenset({"remember"})
_FLAGS = (("httponly", 1004), ("secure", 614))


def judge(hit: Hit) -> Verdict | None:
    if hit.sink.kind == "cookie-setting":
        if hit.value.const is not False:
            return None
        cwe = (614,) if "SECURE" in hit.name else (1004,)
        return Verdict("the session's cookie is left without protection", "high", None, cwe)
    name = hit.value.const
    arguments = hit.arguments
    if not isinstance(name, str) or arguments is None or "**" in arguments.names:
        return None
    is_signed = hit.name.endswith(("set_secure_cookie", "set_signed_cookie"))
    is_login = bool(_names.speaks_of((name,), _WORDS)) or (is_signed and name == "user") or _is_remembered(hit, name)
    if not is_login or _is_deleted(hit):
        return None
    without = [(flag, cwe) for flag, cwe in _FLAGS if (given := hit.given(flag)) is None or given.const is False]
    if not without:
        return None
    flags, numbers = " and ".join(flag for flag, _ in without), tuple(cwe for _, cwe in without)
    sure = "high" if hit.is_known else "medium"
    return Verdict(f"the cookie {name!r} is set without {flags}", sure, None, numbers)


def scan(tree: Tree) -> Iterator[Spot]:
    """Settings of Django are names of a module; cookies of the standard library are set item by item."""
    if any("SimpleCookie" in line for line in tree.lines):
        for function in statements(tree.body):
            if isinstance(function, t.Function):
                yield from _cookies(function)
    for node in tree.body:
        if isinstance(node, t.Assign) and isinstance(node.value, t.Constant) and node.value.value is False:
            for target in node.targets:
                if isinstance(target, t.Name) and target.name in _SETTINGS:
                    cwe = (614,) if target.name.endswith("SECURE") else (1004,)
                    verdict = Verdict("the session's cookie is left without protection", "high", None, cwe)
                    yield Spot(node.pos, verdict, f"sink: {target.name}")


def _is_remembered(hit: Hit, name: str) -> bool:
    """Whether a cookie that keeps somebody logged in is left open on purpose."""
    given = hit.given("httponly"), hit.given("secure")
    is_open = any(one is not None and one.const is False for one in given)
    return is_open and bool(_REMEMBERS.intersection(_names.split(name)))


def _cookies(function: t.Function) -> Iterator[Spot]:
    """`cookie["session"] = key` of the standard library's cookies, without `cookie["session"]["httponly"] = True`."""
    held: dict[str, t.Node] = {}
    flags: dict[str, set[str]] = {}
    for one in statements(function.body):
        for to in one.targets if isinstance(one, t.Assign) else ():
            if not isinstance(to, t.Subscript) or not isinstance(to.index, t.Constant):
                continue
            if isinstance(to.obj, t.Name):
                held[str(to.index.value)] = one
            elif isinstance(to.obj, t.Subscript) and isinstance(to.obj.index, t.Constant):
                flags.setdefault(str(to.obj.index.value), set()).add(str(to.index.value).lower())
    for name, one in held.items():
        given = flags.get(name, set())
        without = [(flag, cwe) for flag, cwe in _FLAGS if flag not in given]
        if given and without and _names.speaks_of((name,), _WORDS) and one.pos[0] > 0:
            words = " and ".join(flag for flag, _ in without)
            numbers = tuple(cwe for _, cwe in without)
            verdict = Verdict(f"the cookie {name!r} is set without {words}", "medium", None, numbers)
            yield Spot(one.pos, verdict, "sink: the cookie")


def _is_deleted(hit: Hit) -> bool:
    """An empty value, or one that has expired, takes the cookie away."""
    value, ends = hit.given(1, "value"), hit.given("max_age", "expires")
    return (value is not None and value.const == "") or (ends is not None and ends.const == 0)


RULE = Rule(
    id="insecure-cookie",
    cwe=(614, 1004, 1275),
    summary="A cookie that stands for a login can be read by scripts, or over plain HTTP",
    hint="set the cookie with secure=true, httponly=true and samesite",
    severity="warning",
    sinks=("cookie", "cookie-setting"),
    judge=judge,
    scan=scan,
    mentions=(*sorted(_SETTINGS), "SimpleCookie"),
)


UNSAFE: tuple[str, ...] = (
    """
from flask import Flask, make_response
app = Flask(__name__)

@app.route("/login")
def login():
    response = make_response("ok")
    response.set_cookie("session", new_session())
    return response
""",
    """
from flask import Flask, make_response
app = Flask(__name__)

@app.route("/login")
def login():
    response = make_response("ok")
    response.set_cookie("auth_token", new_token(), httponly=True)
    return response
""",
    """
from django.http import HttpResponse

def login(request):
    answer = HttpResponse("ok")
    answer.set_cookie(key="sessionid", value=make(request), secure=True, httponly=False)
    return answer
""",
    """
from flask import Flask
app = Flask(__name__)
app.config["SESSION_COOKIE_SECURE"] = False
""",
    """
from fastapi import FastAPI, Response
app = FastAPI()

@app.post("/login")
def login(response: Response):
    response.set_cookie("access_token", issue(), secure=False, httponly=True)
    return {}
""",
    """
from fastapi import FastAPI, Response
app = FastAPI()
FLAGS = {"secure": True, "samesite": "strict", "httponly": False}

@app.get("/session")
def start(response: Response):
    response.set_cookie("sid", make(), max_age=3600, **FLAGS)
""",
    """
import tornado.web

class Login(tornado.web.RequestHandler):
    def post(self):
        self.set_signed_cookie("user", self.get_body_argument("name"), secure=True, samesite="Lax")
""",
    """
from django.core import signing
from django.http import HttpResponse

def remember(user_id):
    answer = HttpResponse(status=204)
    value = signing.dumps({"uid": user_id})
    answer.set_cookie("remember", value, secure=True, httponly=False, samesite="Strict")
    return answer
""",
    """
import secrets
from http.cookies import SimpleCookie

def application(environ, start_response):
    cookie = SimpleCookie()
    cookie["token"] = secrets.token_hex(16)
    cookie["token"]["httponly"] = True
    start_response("200 OK", [("Set-Cookie", cookie["token"].OutputString())])
    return [b"ok"]
""",
)

SAFE: tuple[str, ...] = (
    """
import tornado.web

class Login(tornado.web.RequestHandler):
    def post(self):
        self.set_signed_cookie("user", self.get_body_argument("name"), secure=True, httponly=True, samesite="Lax")
""",
    """
from flask import Flask, make_response
app = Flask(__name__)

@app.route("/login")
def login():
    response = make_response("ok")
    response.set_cookie("session", new_session(), secure=True, httponly=True, samesite="Strict")
    return response
""",
    """
from flask import Flask, make_response
app = Flask(__name__)

@app.route("/theme")
def theme():
    response = make_response("ok")
    response.set_cookie("theme", "dark")
    return response
""",
    """
from flask import Flask, make_response
app = Flask(__name__)
FLAGS = {"secure": True, "httponly": True}

@app.route("/login")
def login():
    response = make_response("ok")
    response.set_cookie("session", new_session(), **FLAGS)
    return response
""",
    """
from flask import Flask, make_response
app = Flask(__name__)

@app.route("/logout")
def logout():
    response = make_response("ok")
    response.set_cookie("session", "", expires=0)
    response.delete_cookie("session")
    return response
""",
    """
from flask import Flask
app = Flask(__name__)
app.config["SESSION_COOKIE_SECURE"] = True
app.config.update(SESSION_COOKIE_HTTPONLY=True)
""",
    """
import os
DEBUG = False
SESSION_COOKIE_SECURE = os.environ.get("PLAIN") != "1"
CSRF_COOKIE_SECURE = True
""",
    """
import secrets
from http.cookies import SimpleCookie

def handler(event, context):
    cookie = SimpleCookie()
    cookie["sessionid"] = secrets.token_hex(32)
    cookie["sessionid"]["secure"] = True
    cookie["sessionid"]["httponly"] = True
    cookie["theme"] = "dark"
    return {"statusCode": 204, "headers": {"Set-Cookie": cookie["sessionid"].OutputString()}}
""",
)

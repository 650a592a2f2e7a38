"""Untrusted data is stored where all that is stored is trusted.

A session is kept by the server, and other code takes what it holds for what the program itself has found out: who is
logged in, which role, which cart. A value of the request that is put there unchecked, or under a name that the request
chose, crosses that boundary: later checks read back what the user sent. Check the value, or store what the program
looked up itself:

    session["user"] = account.id        # not request.form["user"]

What is reported: a key or a value of a session that comes from the request, unchecked. What is not: values that a
condition has compared with something trusted, numbers, and values that were looked up by what the request said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis.alphabet import NUMBER
from codereal.analysis.values import Piece
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import TRUSTED, untrusted

if TYPE_CHECKING:
    from codereal.analysis.program import Hit
    from codereal.analysis.values import Quote


def judge(hit: Hit) -> Verdict | None:
    return untrusted(hit, ("session",), "a session", harmless=_is_number, trusted=TRUSTED | {"parameter"})


def _is_number(piece: Piece, quote: Quote) -> bool:
    return not piece.alphabet & ~NUMBER


RULE = Rule(
    id="trust-boundary-violation",
    cwe=(501,),
    summary="Untrusted data is stored in a session, where all that is stored is trusted",
    hint="check the value first, or store what the program looked up itself",
    severity="warning",
    sinks=("session",),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
from flask import Flask, request, session
app = Flask(__name__)

@app.route("/role", methods=["POST"])
def role():
    session["role"] = request.form["role"]
    return "done"
""",
    """
from flask import Flask, request, session
app = Flask(__name__)

@app.route("/set")
def store():
    session[request.args["name"]] = "1"
    return "done"
""",
    """
from flask import request, session as kept

def remember():
    who = request.cookies.get("who", "")
    kept["who"] = f"user {who}"
""",
    """
from flask import request, session

def plan():
    chosen = {"plan": request.json["plan"]}
    session["plan"] = chosen["plan"]
""",
    """
from flask import Blueprint, request, session
pages = Blueprint("pages", __name__)

def _keep(name, value):
    session[name] = value

@pages.route("/keep")
def keep():
    _keep("next", request.args.get("next"))
    return ""
""",
)

SAFE: tuple[str, ...] = (
    """
from flask import Flask, request, session
app = Flask(__name__)

@app.route("/role", methods=["POST"])
def role():
    role = request.form["role"]
    if role not in ("reader", "writer"):
        return "no", 400
    session["role"] = role
    return "done"
""",
    """
from flask import Flask, request, session
app = Flask(__name__)
PLANS = {"a": "basic", "b": "full"}

@app.route("/plan")
def plan():
    session["plan"] = PLANS[request.args["plan"]]
    return "done"
""",
    """
from flask import Flask, request, session
app = Flask(__name__)

@app.route("/page")
def page():
    session["page"] = int(request.args["page"])
    return "done"
""",
    """
from flask import Flask, session
app = Flask(__name__)

@app.route("/out")
def out():
    session["user"] = None
    session.clear()
    return "done"
""",
    """
import requests

def load(name):
    session = requests.Session()
    session.headers["X-Name"] = name
    return session
""",
)

# What this rule does not find, and why.
MISSING: tuple[str, ...] = (
    # a request that nothing says is one
    """
def view(request):
    request.session["plan"] = request.POST["plan"]
""",
)

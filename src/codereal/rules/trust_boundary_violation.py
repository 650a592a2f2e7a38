"""Untrusted data is stored where all that is stored is trusted.

A session is kept by the server, and other code takes what it holds for what the program itself has found out: who is
logged in, which role, which cart. A value of the request that is put there unchecked, or under a name that the request
chose, crosses that boundary: later checks read back what the user sent. Check the value, or store what the program
looked up itself:

    session["user"] = account.id        # not request.form["user"]

What is reported: a key of a session that comes from the request, and a value that does where the key says who somebody
is or what they may do (a user, a role, a permission), when no condition has looked at the value. What is not: values
that a condition depends on (a login was checked), numbers, values that were looked up by what the request said, and
what else an application remembers for its user (a language, a cart).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import evidence
from codereal.analysis.alphabet import NUMBER
from codereal.analysis.values import NO, Piece
from codereal.rules import _names
from codereal.rules._direct import is_direct
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import TRUSTED, untrusted

if TYPE_CHECKING:
    from codereal.analysis.program import Hit
    from codereal.analysis.values import Quote


_WHO = frozenset(
    {
        "user", "userid", "username", "uid", "account", "login", "email", "role", "roles", "admin", "staff",
        "superuser",
        "auth", "authenticated", "authorized", "permission", "permissions", "privilege", "privileges", "level", "scope",
        "tenant",
    }
)  # fmt: skip


def judge(hit: Hit) -> Verdict | None:
    key = hit.activation.vals[hit.call.args[1].index]
    is_key = hit.argument is hit.call.args[1]
    if not is_key and key.const is not NO and not _names.speaks_of((str(key.const),), _WHO):
        return None
    verdict = untrusted(hit, ("session",), "a session", harmless=_is_number, trusted=TRUSTED | {"parameter"})
    if verdict is None or verdict.mark is None or not is_direct(hit, verdict.mark):
        return None
    # (A form is read at several places: its name there, its password here.)
    return None if any(one.kind == "request" for one in evidence.examined(hit.activation.entry)) else verdict


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
    kept["user"] = f"user {who}"
""",
    """
from flask import request, session

def plan():
    chosen = {"level": request.json["level"]}
    session["access_level"] = chosen["level"]
""",
    """
from flask import Blueprint, request, session
pages = Blueprint("pages", __name__)

def _keep(name, value):
    session[name] = value

@pages.route("/keep")
def keep():
    _keep("is_admin", request.args.get("admin"))
    return ""
""",
)

SAFE: tuple[str, ...] = (
    """
from flask import Flask, request, session, redirect
app = Flask(__name__)

@app.route("/login", methods=["POST"])
def login():
    user = find_user(request.form["name"], request.form["password"])
    if user is None:
        return redirect("/login")
    session["user"] = request.form["name"]
    session["language"] = request.form["language"]
    return redirect("/")
""",
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
    request.session["role"] = request.POST["role"]
""",
)

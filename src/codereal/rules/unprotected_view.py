"""A view does what few may do, and nobody is asked who he is or what he may.

Whoever knows an address can call it. A view that administers, sets passwords or stops the program has to find out who
asks; and one that asks for a login only still has to find out whether the record is that user's:

    if document.owner_id != current_user.id:
        abort(403)

What is reported: a view below an address that says `admin`, one that changes the password of whom the request names,
and one that stops the program, when nothing in it reads a session, a user, a header or a token, no other decorator,
parameter or hook of the application may do so, and no function is called that could refuse; a view for users who are
logged in that changes or deletes the record which the request names, or gives it out where records have an owner, and
never looks at who asks. What is not: views for which other decorators or dependencies answer, and pages that everybody
may read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis import tree as t
from codereal.analysis.values import UNKNOWN, Extern, parts_of, sample_of
from codereal.rules import _names, _routes
from codereal.rules._rule import Rule, Spot, Verdict
from codereal.rules._syntax import functions, last_name, nodes, statements
from codereal.rules._taint import surest

if TYPE_CHECKING:
    from codereal.analysis.entries import Entry
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.source import Tree

_ADMIN = re.compile(r"(?:^|/)admin(?:istrat\w+)?(?:/|$)", re.I)
_OPEN = re.compile(r"log-?in|log-?out|sign-?in|health|static", re.I)
_SHOWS = frozenset({"render_template", "render", "jsonify", "url_for", "TemplateResponse", "Response", "dict", "str"})
_HOOKS = frozenset({"before_request", "before_app_request", "middleware", "add_middleware", "middlewares", "wsgi_app"})
_SETS_PASSWORD = re.compile(r"\bupdate\s+\S+\s+set\b[^;]*\bpass(?:word|wd)?\w*\s*=", re.I)
_STOPS = frozenset({"os.kill", "os._exit", "os.abort", "os.killpg", "signal.raise_signal"})
_FETCHES = frozenset(
    {"get", "get_or_404", "first_or_404", "first", "one", "one_or_none", "one_or_404", "scalar_one_or_none", "scalar",
     "get_object_or_404", "filter", "filter_by", "find_one", "fetchone"}
)  # fmt: skip
_PRIVILEGES = frozenset({"is_admin", "is_staff", "is_superuser", "is_authenticated", "has_perm", "has_role"})
_OWNERS = frozenset({"user", "owner", "author", "customer", "patient", "creator", "account"})
_TRUSTED = re.compile(r"admin|staff|superuser|role|permission|scope|require|verify|owner|check", re.I)


def scan(tree: Tree) -> Iterator[Spot]:
    """A login that is asked for above what registers the view: the bare function is registered."""
    if "_required" not in tree.text and "authenticated" not in tree.text:
        return
    imported = {
        bound: name for node in tree.body if isinstance(node, t.Import) for _, name, bound in node.names if name
    }
    for function in functions(tree.body):
        names = [imported.get(name := last_name(one), name) for one in function.decorators]
        registered = [
            at
            for at, one in enumerate(function.decorators)
            if names[at] in _routes.ROUTES and isinstance(one, t.Call) and isinstance(one.func, t.Attribute)
        ]
        for at, one in enumerate(function.decorators):
            if registered and at < registered[0] and names[at] in _routes.LOGINS and one.pos[0] > 0:
                words = "the view is registered before the login is asked for, so nobody is asked"
                yield Spot(one.pos, Verdict(words, "high"), "sink: the view without its guard")


def review(entry: Entry) -> Iterator[Spot]:
    act = entry.activation
    if act.caller is None or not entry.is_route:
        return
    yield from _asserted(act)
    route = _routes.of(entry)
    if not _has_hooks(act) and not (route is not None and route.others):
        if not _routes.asks_who(entry):
            found = _admin(act, route) or _stop(act)
        else:
            found = None
        found = found or _password(entry)
        if found is not None:
            yield found
            return
    if _is_for_users(entry):
        yield from _foreign(act)


def _asserted(act: Activation) -> Iterator[Spot]:
    """`assert user.is_admin` in a view: gone where Python runs with -O."""
    node = act.code.node
    for one in statements(node.body) if isinstance(node, t.Function) else ():
        if not isinstance(one, t.Assert) or one.pos[0] < 1:
            continue
        said = {part.attr for part in nodes([one.test]) if isinstance(part, t.Attribute)}
        if said & _PRIVILEGES:
            yield Spot(one.pos, Verdict("who may do this is asked by an assertion", "medium"), "sink: the assertion")


def _has_hooks(act: Activation) -> bool:
    """Whether something of the application may ask before the view is called."""
    module = act.program.module
    for block in module.code.blocks if module is not None else ():
        for instr in block.instrs:
            if instr.op == ir.ATTR and instr.data in _HOOKS:
                return True
            if instr.op == ir.CALL and isinstance(instr.data, tuple) and "dependencies" in instr.data:
                return True
    return False


def _admin(act: Activation, route: _routes.Route | None) -> Spot | None:
    if route is None or not _ADMIN.search(route.address) or _OPEN.search(route.address):
        return None
    for instr in _routes.instructions(act):
        if instr.op == ir.CALL and not _routes.names(act, instr.args[0]) & _SHOWS and instr.pos[0] > 0:
            return Spot(
                instr.pos, Verdict("a view for administrators asks nobody who he is", "medium"), "sink: the call"
            )
    return None


def _stop(act: Activation) -> Spot | None:
    for holder in evidence.activations(act):
        for instr in _routes.instructions(holder):
            if instr.op == ir.CALL and instr.pos[0] > 0:
                names = [ref.name for ref in holder.vals[instr.args[0].index].refs if isinstance(ref, Extern)]
                if any(name in _STOPS for name in names):
                    verdict = Verdict("whoever asks can stop the program", "medium")
                    return Spot(instr.pos, verdict, f"sink: {names[0]}")
    return None


def _password(entry: Entry) -> Spot | None:
    """`UPDATE users SET password = ? WHERE mail = ?` for a user whom the request names."""
    act = entry.activation
    for holder in evidence.activations(act):
        for instr in _routes.instructions(holder):
            if instr.op == ir.CALL and instr.pos[0] > 0 and _is_set(holder, instr) and not _is_proved(act):
                verdict = Verdict("whoever asks can set the password of whom he names", "medium", None, (306, 640, 620))
                return Spot(instr.pos, verdict, "sink: a password is set")
            if instr.op != ir.CALL or len(instr.args) < 3 or instr.args[0].data != "execute" or instr.pos[0] < 1:
                continue
            marks = [mark for mark in holder.marks(holder.vals[instr.args[2].index]) if mark.origin.kind == "request"]
            if marks and _SETS_PASSWORD.search(sample_of(parts_of(holder.vals[instr.args[1].index]))):
                if _is_proved(act):
                    return None
                verdict = Verdict(
                    "whoever asks can set the password of whom he names", "medium", surest(marks), (306, 640, 620)
                )
                return Spot(instr.pos, verdict, "sink: a password is set", (holder, instr.args[2]))
    return None


def _is_set(act: Activation, instr: Instr) -> bool:
    """`users.update_one({"mail": …}, {"$set": {"password": …}})`, `user.set_password(…)` of a user looked up."""
    callee = instr.args[0]
    if callee.op != ir.ATTR:
        return False
    if callee.data == "set_password" and len(instr.args) == 2:
        return _fetched(act, callee.args[0]) is not None
    if callee.data not in ("update_one", "find_one_and_update") or len(instr.args) < 3:
        return False
    for _, change in act.objects(act.vals[instr.args[2].index]):
        for _, fields in act.objects(change.items.get("$set", UNKNOWN)):
            if any(_names.PASSWORDS.intersection(_names.split(str(key))) for key in fields.items):
                return any(mark.origin.kind == "request" for mark in act.marks(act.vals[instr.args[1].index]))
    return False


def _is_proved(entry: Activation) -> bool:
    """Whether a condition weighs more than whether there is anything: a token, an old password, a session."""
    for act in evidence.activations(entry):
        for instr in _routes.instructions(act):
            if instr.op == ir.CONST and isinstance(instr.data, str) and len(instr.data) < 40:
                said = set(_names.split(instr.data))
                if said & (_names.SECRETS - _names.PASSWORDS | {"code", "signature", "old", "current"}):
                    return True
            if _routes.names(act, instr) & _routes.WHO:
                return True
            if instr.op == ir.CALL and instr.args[0].op in (ir.NAME, ir.LOAD, ir.IMPORT) and _may_refuse(act, instr):
                return True
    return bool(evidence.examined(entry))


def _may_refuse(act: Activation, call: Instr) -> bool:
    """A function of another file whose answer nobody but a condition uses."""
    conditions = {block.condition.index for block in act.code.blocks if block.condition is not None}
    used = {arg.index for block in act.code.blocks for one in block.instrs for arg in one.args}
    return call.index in conditions or call.index not in used


def _is_for_users(entry: Entry) -> bool:
    """Whether a view asks for a login, and then never looks at who it is."""
    act = entry.activation
    names = _routes.decorators(entry)
    others = [name for name in names if name not in _routes.NEUTRAL and name not in _routes.ROUTES]
    given = [param for param in act.code.params if _routes.is_given(param)]
    if not given and all(name in _routes.LOGINS for name in others):
        return (bool(others) or _routes.asks_who(entry)) and not _routes.asks_who(entry, logins=True)
    ignored = [param for param in given if evidence.is_ignored(act, param)]
    if others or len(ignored) != 1 or len(given) > 2:
        return False
    parameter = ignored[0].data
    default = getattr(parameter, "default", None)
    said = f"{getattr(parameter, 'name', '')} {_words(default)}"
    return not said.startswith("_") and not _TRUSTED.search(said)


def _words(default: t.Node | None) -> str:
    target = default.args[0] if isinstance(default, t.Call) and default.args else None
    return last_name(target) if target is not None else ""


def _foreign(act: Activation) -> Iterator[Spot]:
    """The record that the request names is changed, deleted or given out."""
    for instr in _routes.instructions(act):
        record: Instr | None = None
        if instr.op == ir.SETATTR:
            record = instr.args[0]
        elif instr.op == ir.CALL and instr.args[0].op == ir.ATTR and instr.args[0].data == "delete":
            record = instr.args[1] if len(instr.args) == 2 else instr.args[0].args[0]
        elif instr.op == ir.RETURN and _has_owners(act):
            record = instr.args[0]
        fetched = _fetched(act, record) if record is not None else None
        if fetched is not None and instr.pos[0] > 0:
            what = "gives out" if instr.op == ir.RETURN else "changes"
            words = f"whoever is logged in {what} the record that he names, whose ever it is"
            marks = [mark for arg in fetched.args[1:] for mark in act.marks(act.vals[arg.index])]
            verdict = Verdict(words, "medium", surest(marks) if marks else None, (639, 862, 863))
            yield Spot(instr.pos, verdict, "sink: a record", (act, fetched))
            return


def _fetched(act: Activation, record: Instr) -> Instr | None:
    """The call that took a record out of a store by what the request says."""
    for holder, one in evidence.operands(act, record):
        if holder is not act or one.op != ir.CALL:
            continue
        for inner in act.inner.get(one.index, ()):
            # A helper that looks for the record and gives it back.
            if any(_fetched(inner, last.args[0]) for last in _routes.instructions(inner) if last.op == ir.RETURN):
                return one if any(_is_said(act, arg) for arg in one.args[1:]) else None
        if not _routes.names(act, one.args[0]) & _FETCHES:
            continue
        callee = one.args[0]
        if callee.op == ir.ATTR and _is_said(act, callee.args[0]):
            # A part of the request itself.
            continue
        if any(_is_said(act, arg) for arg in one.args[1:]):
            return one
    return None


def _is_said(act: Activation, instr: Instr) -> bool:
    """Whether a value is what the request says, and nothing that the framework puts in (a store)."""
    given = {param.pos for param in act.entry.code.params if _routes.is_given(param)}
    return any(
        mark.origin.kind == "request" and mark.origin.pos not in given for mark in act.marks(act.vals[instr.index])
    )


def _has_owners(act: Activation) -> bool:
    """Whether the text declares records that belong to somebody: a column `owner_id`."""
    return any(
        isinstance(target, t.Name) and target.name.endswith("_id") and target.name.removesuffix("_id") in _OWNERS
        for node in act.program.body
        if isinstance(node, t.Class)
        for one in node.body
        for target in (getattr(one, "targets", None) or [getattr(one, "target", None)])
    )


RULE = Rule(
    id="unprotected-view",
    cwe=(306, 862),
    summary="A view does what few may do, and nobody is asked who he is or what he may",
    hint="find out who asks, and whether he may do this to this record, before you do it",
    severity="error",
    scan=scan,
    review=review,
)


UNSAFE: tuple[str, ...] = (
    """
from flask import Flask, jsonify
app = Flask(__name__)

@app.route("/admin/users/<int:number>", methods=["DELETE"])
def delete_user(number):
    remove(number)
    return jsonify({"removed": number})
""",
    """
from fastapi import FastAPI
app = FastAPI()

@app.post("/api/admin/settings")
def change(name: str, value: str):
    store(name, value)
    return {"ok": True}
""",
    """
from flask import Flask, request
from werkzeug.security import generate_password_hash
import sqlite3
app = Flask(__name__)

@app.post("/reset")
def reset():
    mail, fresh = request.form["mail"], request.form["new_password"]
    with sqlite3.connect("app.db") as conn:
        conn.execute("UPDATE users SET password = ? WHERE mail = ?", (generate_password_hash(fresh), mail))
    return "done"
""",
    """
import os
import signal
from aiohttp import web

async def stop(request):
    os.kill(os.getpid(), signal.SIGTERM)
    return web.json_response({"stopping": True})

app = web.Application()
app.router.add_post("/stop", stop)
""",
    """
from flask import Flask
from flask_login import login_required
from models import Document, db
app = Flask(__name__)

@app.delete("/documents/<int:number>")
@login_required
def delete(number):
    db.session.delete(db.session.get(Document, number))
    db.session.commit()
    return "", 204
""",
    """
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from .models import Post

@login_required
def edit(request, pk):
    post = get_object_or_404(Post, pk=pk)
    post.title = request.POST["title"]
    post.save()
    return JsonResponse({"id": post.pk})
""",
    """
from fastapi import Depends, FastAPI
from .accounts import current_user
from .store import get_store
app = FastAPI()

@app.delete("/notes/{number}")
def remove(number: int, store=Depends(get_store), user=Depends(current_user)):
    note = store.get(number)
    store.delete(note)
    return {"gone": number}
""",
    """
from flask import Flask, session, jsonify
from models import Order, db
app = Flask(__name__)

@app.post("/orders/<int:number>/cancel")
def cancel(number):
    if "user_id" not in session:
        return jsonify({"error": "log in"}), 401
    order = Order.query.get(number)
    order.cancelled = True
    db.session.commit()
    return jsonify({"cancelled": number})
""",
    # the bare function is registered
    """
from flask import Flask, jsonify
from flask_login import login_required
app = Flask(__name__)

@login_required
@app.route("/statement")
def statement():
    return jsonify(load())
""",
    # a group of views for administrators
    """
from flask import Blueprint, jsonify
from .models import User, db
bp = Blueprint("admin", __name__, url_prefix="/admin")

@bp.post("/users/<int:number>/promote")
def promote(number):
    user = db.get_or_404(User, number)
    user.level = 9
    db.session.commit()
    return jsonify(user.id)
""",
    # a helper that looks for the record
    """
from flask import Blueprint, abort, jsonify
from flask_login import login_required
from .models import Order, db
bp = Blueprint("orders", __name__)

def find(number):
    order = db.session.get(Order, number)
    if order is None:
        abort(404)
    return order

@bp.delete("/orders/<int:number>")
@login_required
def cancel(number):
    order = find(number)
    order.status = "cancelled"
    db.session.commit()
    return jsonify(order.status)
""",
    """
from flask import Blueprint, jsonify, request
from pymongo import MongoClient
from .digests import digest
bp = Blueprint("account", __name__)
users = MongoClient().app.users

@bp.post("/change-password")
def change():
    body = request.get_json()
    users.update_one({"name": str(body["name"])}, {"$set": {"password": digest(str(body["new_password"]))}})
    return jsonify(ok=True)
""",
    """
import tornado.web

class Maintenance(tornado.web.RequestHandler):
    @tornado.web.authenticated
    def post(self):
        assert self.current_user.is_admin, "admins only"
        self.application.maintenance = self.get_argument("on") == "1"
""",
)

SAFE: tuple[str, ...] = (
    """
from flask import Flask, jsonify
from flask_login import login_required
app = Flask(__name__)

@app.route("/statement")
@login_required
def statement():
    return jsonify(load())
""",
    """
from flask import Blueprint, abort, jsonify
from flask_login import current_user, login_required
from .models import Order, db
bp = Blueprint("orders", __name__)

def find(number):
    order = db.session.get(Order, number)
    if order is None or order.owner_id != current_user.id:
        abort(404)
    return order

@bp.delete("/orders/<int:number>")
@login_required
def cancel(number):
    order = find(number)
    order.status = "cancelled"
    db.session.commit()
    return jsonify(order.status)
""",
    """
from flask import Blueprint, abort, jsonify, request
from pymongo import MongoClient
from .digests import digest, matches
bp = Blueprint("account", __name__)
users = MongoClient().app.users

@bp.post("/change-password")
def change():
    body = request.get_json()
    user = users.find_one({"name": str(body["name"])})
    if user is None or not matches(body["old_password"], user["password"]):
        abort(403)
    users.update_one({"name": str(body["name"])}, {"$set": {"password": digest(str(body["new_password"]))}})
    return jsonify(ok=True)
""",
    """
from flask import Flask, jsonify, session, abort
app = Flask(__name__)

@app.route("/admin/users/<int:number>", methods=["DELETE"])
def delete_user(number):
    if not session.get("is_admin"):
        abort(403)
    remove(number)
    return jsonify({"removed": number})
""",
    """
from flask import Flask
from guards import admin_required
app = Flask(__name__)

@app.post("/admin/clean")
@admin_required
def clean():
    clean_up()
    return "done"
""",
    """
from fastapi import Depends, FastAPI
from guards import administrator
app = FastAPI(dependencies=[Depends(administrator)])

@app.post("/admin/clean")
def clean():
    clean_up()
    return {"ok": True}
""",
    """
from flask import Flask, abort
from flask_login import current_user, login_required
from models import Document, db
app = Flask(__name__)

@app.delete("/documents/<int:number>")
@login_required
def delete(number):
    document = db.session.get(Document, number)
    if document.owner_id != current_user.id:
        abort(403)
    db.session.delete(document)
    return "", 204
""",
    """
from flask import Flask, request, abort
from werkzeug.security import generate_password_hash
import sqlite3
app = Flask(__name__)

@app.post("/reset")
def reset():
    mail = mail_of(request.form["token"])
    if mail is None:
        abort(403)
    with sqlite3.connect("app.db") as conn:
        digest = generate_password_hash(request.form["new_password"])
        conn.execute("UPDATE users SET password = ? WHERE mail = ?", (digest, mail))
    return "done"
""",
    """
from django.contrib.auth.decorators import login_required, permission_required
from django.http import JsonResponse
from .models import Employee

@login_required
@permission_required("hr.change", raise_exception=True)
def raise_salary(request, pk):
    employee = Employee.objects.get(pk=pk)
    employee.salary = int(request.POST["salary"])
    employee.save()
    return JsonResponse({})
""",
    # everybody may read these
    """
from flask import Flask, render_template
from flask_login import login_required
from models import Article
app = Flask(__name__)

@app.route("/articles/<int:number>")
@login_required
def article(number):
    return render_template("article.html", article=Article.query.get_or_404(number))
""",
    """
from fastapi import Depends, FastAPI
from .accounts import require_admin
from .store import get_store
app = FastAPI()

@app.delete("/notes/{number}")
def remove(number: int, store=Depends(get_store), admin=Depends(require_admin)):
    store.delete(store.get(number))
    return {"gone": number}
""",
)

# What this rule does not find, and why.
MISSING: tuple[str, ...] = (
    # nothing says that few may do this
    """
from fastapi import FastAPI
app = FastAPI()
ORDERS = load()

@app.put("/orders/{number}")
def change(number: int, status: str):
    ORDERS[number].status = status
    return {"status": status}
""",
)

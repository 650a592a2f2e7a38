"""Whoever asks says himself what he may do.

A role, a flag or a permission that comes with the request, in its address, its body, a header or a plain cookie, says
what its sender wants it to say. Ask the session, the verified token or the store of users:

    if session.get("role") != "admin":
        abort(403)

What is reported: a condition in a view that compares a part of the request which is called a role, a permission or an
administrator's flag, or takes it as a flag, and that refuses those for whom it does not hold. What is not: signed
sessions, what the program looked up, and views that refuse who asks for a privilege.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis.values import Mark
from codereal.rules import _names, _routes
from codereal.rules._rule import Rule, Spot, Verdict

if TYPE_CHECKING:
    from codereal.analysis.entries import Entry
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr

_ROLES = frozenset(
    {"role", "roles", "admin", "isadmin", "staff", "superuser", "privilege", "privileges", "permission", "permissions"}
)
_OWN = frozenset({"id", "pk", "user_id", "username"})
_VERIFIED = frozenset({"authorizer"})
_READS = frozenset({"get", "get_argument", "get_query_argument", "get_body_argument", "get_cookie"})


def review(entry: Entry) -> Iterator[Spot]:
    if entry.activation.caller is None:
        return
    yield from _chosen_owner(entry)
    for act, condition in evidence.conditions(entry.activation):
        found = _claimed(act, condition)
        if found is None or condition.pos[0] < 1:
            continue
        claim, mark, holds = found
        block = act.code.blocks[condition.block]
        owner = next((one for one in act.code.blocks if one.condition is condition), block)
        if len(owner.succs) != 2:
            continue
        refused = evidence.only_behind(act.code, owner.index, owner.succs[1 if holds else 0])
        granted = evidence.only_behind(act.code, owner.index, owner.succs[0 if holds else 1])
        if _routes.denies(act, refused) and not _routes.denies(act, granted):
            verdict = Verdict("whoever asks says himself what he may do", "high", mark)
            yield Spot(condition.pos, verdict, "sink: a decision on who may", (act, claim))


def _chosen_owner(entry: Entry) -> Iterator[Spot]:
    """`request.args.get("customer", current_user.id)`: one's own records, unless one asks for those of others."""
    for act in evidence.activations(entry.activation):
        for instr in _routes.instructions(act):
            if instr.op != ir.CALL or len(instr.args) < 3 or instr.args[0].data != "get" or instr.pos[0] < 1:
                continue
            default = instr.args[2]
            if default.op != ir.ATTR or default.data not in _OWN or not _is_user(act, default.args[0]):
                continue
            marks = [mark for mark in act.marks(act.vals[instr.index]) if mark.origin.kind == "request"]
            if marks and not any(mark.origin in evidence.weighed(entry.activation) for mark in marks):
                verdict = Verdict("whoever asks says himself whose records he gets", "high", marks[0], (639, 863))
                yield Spot(instr.pos, verdict, "sink: the default is who asks", (act, instr))


def _is_user(act: Activation, instr: Instr) -> bool:
    """`current_user`, `request.user`, `g.user`."""
    return bool(_routes.names(act, instr) & {"current_user", "user"})


def _claimed(act: Activation, condition: Instr) -> tuple[Instr, Mark, bool] | None:
    """The part of a request that a condition asks for a role, and whether the condition's truth means that it holds."""
    if condition.op == ir.UNARY and condition.data == "not":
        inner = _claimed(act, condition.args[0])
        return (inner[0], inner[1], not inner[2]) if inner is not None else None
    if condition.op != ir.COMPARE:
        mark = _role(act, condition)
        return (condition, mark, True) if mark is not None else None
    if condition.data not in ("==", "!=", "in", "not in", "is", "is not"):
        return None
    for one, other in ((condition.args[0], condition.args[1]), (condition.args[1], condition.args[0])):
        mark = _role(act, one)
        if mark is not None and not act.marks(act.vals[other.index]):
            return one, mark, condition.data in ("==", "in", "is")
    return None


def _role(act: Activation, instr: Instr, depth: int = 4) -> Mark | None:
    """The request's mark on a value that was read under a key which speaks of a role."""
    if instr.op == ir.PHI and depth:
        return next((mark for arg in instr.args if (mark := _role(act, arg, depth - 1)) is not None), None)
    if instr.op == ir.CALL and instr.args[0].op == ir.ATTR and instr.args[0].data in ("lower", "strip", "upper"):
        return _role(act, instr.args[0].args[0], depth - 1) if depth else None
    if instr.op == ir.AWAIT and depth:
        return _role(act, instr.args[0], depth - 1)
    for inner in act.inner.get(instr.index, ()) if instr.op == ir.CALL and depth else ():
        for last in _routes.instructions(inner):
            if last.op == ir.RETURN and (found := _role(inner, last.args[0], depth - 1)) is not None:
                return found
    key: object = None
    if instr.op == ir.ITEM or (
        instr.op == ir.CALL and len(instr.args) > 1 and instr.args[0].op == ir.ATTR and instr.args[0].data in _READS
    ):
        key = act.vals[instr.args[1].index].const
    elif instr.op == ir.PARAM and act.call is None:
        key = "" if _routes.is_given(instr) else getattr(instr.data, "name", "")
    if not isinstance(key, str) or not _names.speaks_of((key,), _ROLES):
        return None
    if _is_looked_up(act, instr):
        return None
    marks = [mark for mark in act.marks(act.vals[instr.index]) if mark.origin.kind == "request"]
    return min(marks, key=lambda mark: mark.origin.pos) if marks else None


def _is_looked_up(act: Activation, instr: Instr) -> bool:
    """Whether it is read out of what a function made of the request: `(await get_session(request)).get("role")`."""
    while instr.op in (ir.ATTR, ir.ITEM, ir.AWAIT, ir.CALL, ir.PHI) and instr.args:
        if instr.op == ir.ITEM and act.vals[instr.args[1].index].const in _VERIFIED:
            # (What a gateway has found out about the sender.)
            return True
        if instr.op == ir.CALL and instr.args[0].op != ir.ATTR:
            return not act.inner.get(instr.index)
        if instr.op == ir.CALL and instr.args[0].data == "loads" and len(instr.args) > 1:
            instr = instr.args[1]
        else:
            instr = instr.args[0].args[0] if instr.op == ir.CALL else instr.args[0]
    return False


RULE = Rule(
    id="claimed-role",
    cwe=(285, 284, 863, 807),
    summary="Whoever asks says himself what he may do",
    hint="take the role from the session, from a verified token or from the store of users",
    severity="error",
    review=review,
)


UNSAFE: tuple[str, ...] = (
    """
from flask import Flask, request, abort
app = Flask(__name__)

@app.route("/report")
def report():
    role = request.args.get("role")
    if role != "admin":
        abort(403)
    return build()
""",
    """
from flask import Flask, request, jsonify
app = Flask(__name__)

@app.get("/people")
def people():
    if request.cookies.get("is_admin") == "true":
        return jsonify(everybody())
    return jsonify({"error": "no"}), 403
""",
    """
from flask import Flask, request
app = Flask(__name__)

@app.delete("/things/<int:number>")
def remove(number):
    claimed = request.headers.get("X-User-Role", "user")
    if claimed not in ("admin", "owner"):
        return "no", 403
    drop(number)
    return "", 204
""",
    """
from flask import Flask, request, abort
app = Flask(__name__)

@app.put("/limit")
def limit():
    sent = request.get_json()
    if not sent.get("isAdmin"):
        abort(403)
    set_limit(int(sent["limit"]))
    return "", 204
""",
    """
from django.http import HttpResponseForbidden, JsonResponse
from django.views.decorators.http import require_POST

@require_POST
def close(request):
    if request.POST["role"].lower() != "staff":
        return HttpResponseForbidden("no")
    close_all()
    return JsonResponse({})
""",
    """
from aiohttp import web

async def role_of(request: web.Request):
    return request.headers.get("X-User-Role", "guest")

async def export(request: web.Request):
    if await role_of(request) != "manager":
        raise web.HTTPForbidden()
    return web.json_response(await everybody())
""",
    # one's own, or those of others
    """
from flask import Blueprint, jsonify, request
from flask_login import current_user, login_required
pages = Blueprint("orders", __name__)

@pages.get("/orders")
@login_required
def orders():
    customer = request.args.get("customer_id", current_user.id, type=int)
    return jsonify(orders_of(customer))
""",
)

SAFE: tuple[str, ...] = (
    """
from aiohttp import web
from aiohttp_session import get_session

async def role_of(request: web.Request):
    session = await get_session(request)
    return session.get("role", "guest")

async def export(request: web.Request):
    if await role_of(request) != "manager":
        raise web.HTTPForbidden()
    return web.json_response(await everybody())
""",
    """
from flask import Flask, session, abort
app = Flask(__name__)

@app.route("/report")
def report():
    if session.get("role") != "admin":
        abort(403)
    return build()
""",
    # who asks for a privilege is refused
    """
from flask import Flask, request, abort
app = Flask(__name__)

@app.post("/register")
def register():
    if request.form.get("role") == "admin":
        abort(403)
    return create(request.form["name"])
""",
    """
from flask import Flask, request
app = Flask(__name__)

@app.post("/register")
def register():
    role = request.form["role"]
    if role not in ("student", "teacher"):
        return "unknown role", 400
    return create(request.form["name"], role)
""",
    """
from fastapi import Depends, FastAPI, HTTPException
from accounts import role_of
app = FastAPI()

@app.get("/report")
def report(role: str = Depends(role_of)):
    if role != "admin":
        raise HTTPException(status_code=403)
    return {}
""",
    """
def may(user, action):
    if user["role"] != "admin":
        raise PermissionError(action)
    return True
""",
    """
import json

def lambda_handler(event, context):
    body = json.loads(event["body"])
    claims = event["requestContext"]["authorizer"]["claims"]
    if claims.get("custom:role") != "editor":
        return {"statusCode": 403, "body": "editors only"}
    articles.delete(body["id"])
    return {"statusCode": 204, "body": ""}
""",
    """
from flask import Blueprint, abort, jsonify, request
from flask_login import current_user, login_required
pages = Blueprint("orders", __name__)

@pages.get("/orders")
@login_required
def orders():
    customer = request.args.get("customer_id", current_user.id, type=int)
    if customer != current_user.id and not current_user.is_admin:
        abort(403)
    return jsonify(orders_of(customer))
""",
)

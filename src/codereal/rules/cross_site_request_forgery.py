"""A request changes what is stored, and nothing in it proves that the user meant it.

A browser sends its user's cookies with every request, also with one that another site made it send. A handler that
takes a record's key and the new value from the request's body, and looks at nothing else of the request, does what any
site asks in the user's name. Compare a token that only the user's own pages know, before the change:

    if not hmac.compare_digest(request["headers"].get("X-CSRF-Token", ""), session["csrf"]):
        raise PermissionError("forged request")

What is reported: a function that is handed a request as a document (its parts are read by key, one inside the other),
and that changes or deletes a record of a lasting store which the document selects, while no condition depends on any
part of the document but the key and the new value. Framework protection that is switched off is reported as well: by a
setting, or for a view that asks for a login.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from codereal.analysis import evidence
from codereal.analysis import tree as t
from codereal.analysis.values import FALSE, Mark, Origin
from codereal.rules import _syntax
from codereal.rules._rule import Rule, Spot, Verdict
from codereal.rules._syntax import last_name

if TYPE_CHECKING:
    from codereal.analysis.entries import Entry
    from codereal.analysis.program import Event, Hit
    from codereal.analysis.source import Tree

_Part = tuple[Origin, tuple[object, ...]]
_LOGINS = frozenset({"login_required", "permission_required", "user_passes_test", "staff_member_required"})
_DEPTH = 2  # a request has parts that have parts; a plain record of fields is no request


def judge(hit: Hit) -> Verdict | None:
    """Protection that a framework gives is switched off."""
    if hit.value == FALSE:
        return Verdict("the framework's protection against forged requests is switched off", "high")
    return None


def scan(tree: Tree) -> Iterator[Spot]:
    """A view that a session's cookie opens, and whose protection is switched off."""
    if "csrf_exempt" not in tree.text:
        return
    imported = {
        bound: name for node in tree.body if isinstance(node, t.Import) for _, name, bound in node.names if name
    }
    for function in _syntax.functions(tree.body):
        names = {imported.get(name := last_name(one), name): one for one in function.decorators}
        if "csrf_exempt" in names and (_LOGINS & names.keys() or _asks_session(function)):
            words = (
                "the framework's protection against forged requests is switched off for a view that asks for a login"
            )
            yield Spot(names["csrf_exempt"].pos, Verdict(words, "high"), "sink: csrf_exempt")


def _asks_session(function: t.Function) -> bool:
    """Whether a view changes something for whoever is logged in: it reads the request's user and its form."""
    first = function.parameters[0].name if function.parameters else ""
    read = {
        node.attr
        for node in _syntax.nodes(function.body)
        if isinstance(node, t.Attribute) and isinstance(node.obj, t.Name) and node.obj.name == first
    }
    return "user" in read and bool(read & {"POST", "body"})


def review(entry: Entry) -> Iterator[Spot]:
    act = entry.activation
    if act.caller is None:
        return
    changes = [(event, used) for event in entry.events if (used := _selected(event))]
    if not changes:
        return
    used = set().union(*(parts for _, parts in changes))
    documents = {origin for origin, path in used if len(path) >= _DEPTH}
    for holder, condition in evidence.conditions(act):
        if any(
            origin in documents and not _is_part(path, used, origin)
            for origin, path in evidence.parts(holder, condition)
        ):
            return
        # What does not come from the document at all (a session, a second argument) may be the proof.
        if evidence.origins(holder, condition) - documents:
            return
    for event, parts in changes:
        mark = next((mark for mark in _marks(event) if mark.origin in documents), None)
        if mark is not None and event.instr.pos[0] > 0 and any(origin is mark.origin for origin, _ in parts):
            words = f"{mark.origin.words} changes a record, and nothing in it proves who sent it"
            place = evidence.chosen_by(event)[0]
            yield Spot(event.instr.pos, Verdict(words, "medium", mark), "sink: a record is changed", place)
            return


def _is_part(path: tuple[object, ...], used: set[_Part], origin: Origin) -> bool:
    """Whether a condition looks at a part that the change uses anyway, at what holds such a part, or into it."""
    for other, known in used:
        shared = min(len(path), len(known))
        if origin is other and path[:shared] == known[:shared] and (path if shared < len(known) else shared >= _DEPTH):
            return True
    return False


def _selected(event: Event) -> set[_Part]:
    """The parts of documents that choose the record which an event changes, and that it writes."""
    chosen = {part for place in evidence.chosen_by(event) for part in evidence.parts(*place)}
    if not any(len(path) >= _DEPTH for _, path in chosen):
        return set()
    return chosen | {part for arg in event.instr.args[1:] for part in evidence.parts(event.activation, arg)}


def _marks(event: Event) -> list[Mark]:
    places = [*evidence.chosen_by(event), *((event.activation, arg) for arg in event.instr.args[1:])]
    return [mark for holder, instr in places for mark in holder.marks(holder.vals[instr.index])]


RULE = Rule(
    id="cross-site-request-forgery",
    cwe=(352,),
    summary="A request changes what is stored, and nothing in it proves that the user meant it",
    hint="compare a token that only the user's own pages know before the change",
    severity="error",
    sinks=("csrf-setting",),
    judge=judge,
    scan=scan,
    review=review,
)


UNSAFE: tuple[str, ...] = (
    """
STORE = {"people": {"1": {"mail": "a@b"}}}

def change(message):
    key = message["body"]["key"]
    if key in STORE["people"]:
        STORE["people"][key]["mail"] = message["body"]["mail"]
        return True
    return False
""",
    """
PEOPLE = {"1": {"mail": "a@b"}}

def remove(message: dict) -> bool:
    body = message["body"]
    try:
        del PEOPLE[body["key"]]
    except KeyError:
        return False
    return True
""",
    """
PEOPLE = {"1": {"mail": "a@b"}}

def _store(key, mail):
    PEOPLE[key]["mail"] = mail

def change(message):
    form = message.get("form", {})
    if not form.get("mail"):
        return 400
    _store(form.get("key"), form["mail"])
    return 200
""",
    """
PEOPLE = {"1": {"mail": "a@b"}}

def change(message):
    if message["body"]["mail"].count("@") != 1:
        raise ValueError("mail")
    PEOPLE[message["body"]["key"]].update({"mail": message["body"]["mail"]})
""",
    """
from flask import Flask
app = Flask(__name__)
app.config["WTF_CSRF_ENABLED"] = False
""",
    """
from flask import Flask

def make():
    web = Flask(__name__)
    web.config["WTF_CSRF_CHECK_DEFAULT"] = False
    return web
""",
    """
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt

@csrf_exempt
@login_required
def close_account(request):
    request.user.is_active = False
    request.user.save()
    return JsonResponse({"closed": True})
""",
    """
from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt
from .models import Account

@csrf_exempt
def pay(request):
    account = Account.objects.get(user=request.user)
    account.balance -= int(request.POST["amount"])
    account.save()
    return JsonResponse({})
""",
)

SAFE: tuple[str, ...] = (
    """
STORE = {"people": {"1": {"mail": "a@b"}}}
WANTED = "8f1c"

def change(message):
    if message["headers"].get("X-Token") != WANTED:
        return False
    key = message["body"]["key"]
    if key in STORE["people"]:
        STORE["people"][key]["mail"] = message["body"]["mail"]
        return True
    return False
""",
    """
PEOPLE = {"1": {"mail": "a@b"}}
WANTED = "8f1c"

def _is_meant(message):
    return message["body"].get("proof") == WANTED

def remove(message):
    if not _is_meant(message):
        raise PermissionError("forged")
    del PEOPLE[message["body"]["key"]]
""",
    """
PEOPLE = {"1": {"mail": "a@b"}}

def change(message, session):
    if session["token"] != message["body"]["token"]:
        raise PermissionError("forged")
    PEOPLE[message["body"]["key"]]["mail"] = message["body"]["mail"]
""",
    # a record of fields is no request
    """
PEOPLE = {"1": {"mail": "a@b"}}

def change(row):
    PEOPLE[row["key"]]["mail"] = row["mail"]
""",
    # nothing is changed
    """
PEOPLE = {"1": {"mail": "a@b"}}

def read(message):
    return PEOPLE[message["body"]["key"]]["mail"]
""",
    """
from flask import Flask
app = Flask(__name__)
app.config["WTF_CSRF_ENABLED"] = True
""",
    """
import hmac
from django.conf import settings
from django.http import HttpResponse, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt

@csrf_exempt
def webhook(request):
    if not hmac.compare_digest(request.headers.get("X-Token", ""), settings.HOOK_TOKEN):
        return HttpResponseForbidden()
    return HttpResponse("ok")
""",
)

# What this rule does not find, and why.
MISSING: tuple[str, ...] = (
    # only the parts of a document that are read tell that it is a request
    """
PEOPLE = {"1": {"mail": "a@b"}}

def change(form):
    PEOPLE[form["key"]]["mail"] = form["mail"]
""",
    """
from flask import Flask, redirect, request
from flask_login import current_user, login_required
from models import db
app = Flask(__name__)

@app.route("/account/mail", methods=["POST"])
@login_required
def change_mail():
    current_user.mail = request.form["mail"]
    db.session.commit()
    return redirect("/account")
""",
)

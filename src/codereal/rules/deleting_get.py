"""Following a link deletes something.

A GET request is taken for a question: browsers fetch links ahead, crawlers follow them, other sites' pages contain
them as images, and proxies repeat them. What deletes has to be a POST or a DELETE, which a page sends on purpose and
which the framework's protection against forged requests covers:

    @app.route("/notes/<int:number>", methods=["DELETE"])

What is reported: a view that is declared for GET alone and deletes records, by a statement that begins with DELETE,
DROP or TRUNCATE or by a session of a database. What is not: views whose methods are not declared, and counters, logs
and caches that a GET changes on the way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis.values import Extern, parts_of, sample_of
from codereal.rules import _routes
from codereal.rules._rule import Rule, Spot, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codereal.analysis.entries import Entry
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr

_ASKS = frozenset({"require_GET", "require_safe"})
_DELETES = re.compile(r"\s*(?:delete\s+from|drop\s+table|truncate)\b", re.I)


def review(entry: Entry) -> Iterator[Spot]:
    if entry.activation.caller is None or not entry.is_route:
        return
    route = _routes.of(entry)
    is_asked = bool(_ASKS.intersection(_routes.decorators(entry)))
    if not is_asked and (route is None or route.methods != {"get"}):
        return
    for act in evidence.activations(entry.activation):
        for instr in _routes.instructions(act):
            if (
                instr.op == ir.CALL
                and instr.pos[0] > 0
                and (_deletes(act, instr) or (is_asked and _changes(act, instr)))
            ):
                verdict = Verdict("following a link deletes something", "medium")
                yield Spot(instr.pos, verdict, "sink: something is deleted")
                return


def _changes(act: Activation, call: Instr) -> bool:
    """`note.delete()`, `request.user.save()`, of the records of Django."""
    callee = call.args[0]
    if callee.op != ir.ATTR:
        return False
    if callee.data == "delete" and len(call.args) == 1:
        return not any(isinstance(ref, Extern) for ref in act.vals[callee.index].refs)
    user = callee.args[0]
    return callee.data == "save" and user.op == ir.ATTR and user.data == "user"


def _deletes(act: Activation, call: Instr) -> bool:
    callee = call.args[0]
    if callee.op != ir.ATTR or len(call.args) < 2:
        return False
    if callee.data == "delete":
        # `db.session.delete(note)`; a client's `requests.delete(url)` asks another server.
        return callee.args[0].op == ir.ATTR and callee.args[0].data == "session"
    return callee.data == "execute" and bool(_DELETES.match(sample_of(parts_of(act.vals[call.args[1].index]))))


RULE = Rule(
    id="deleting-get",
    cwe=(650, 352),
    summary="Following a link deletes something",
    hint="let what deletes be a request of its own kind, post or delete",
    severity="warning",
    review=review,
)


UNSAFE: tuple[str, ...] = (
    """
from flask import Flask, redirect
from models import Note, db
app = Flask(__name__)

@app.route("/notes/<int:number>/delete", methods=["GET"])
def delete(number):
    db.session.delete(Note.query.get_or_404(number))
    db.session.commit()
    return redirect("/notes")
""",
    """
import sqlite3
from fastapi import FastAPI
app = FastAPI()

@app.get("/clear")
def clear():
    with sqlite3.connect("a.db") as conn:
        conn.execute("DELETE FROM visits")
    return {"ok": True}
""",
    """
from flask import Flask
from store import cursor
app = Flask(__name__)

@app.get("/drop/<int:number>")
def drop(number):
    cursor.execute("delete from item where id = %s", (number,))
    return "gone"
""",
    """
from flask import Blueprint, redirect
from models import User, db
pages = Blueprint("pages", __name__)

def _remove(user):
    db.session.delete(user)

@pages.route("/leave/<int:number>", methods=["GET"])
def leave(number):
    _remove(User.query.get(number))
    db.session.commit()
    return redirect("/")
""",
    """
import sqlite3
from fastapi import APIRouter
router = APIRouter()
SQL = "DELETE FROM orders WHERE id = ?"

@router.get("/orders/{number}/cancel")
def cancel(number: int):
    conn = sqlite3.connect("a.db")
    conn.cursor().execute(SQL, (number,))
    conn.commit()
    return {}
""",
    """
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.http import require_GET

@login_required
@require_GET
def close(request):
    request.user.is_active = False
    request.user.save(update_fields=["is_active"])
    return HttpResponse("closed")
""",
    """
from django.http import HttpResponse
from django.views.decorators.http import require_safe
from notes.models import Note

@require_safe
def remove(request, number):
    note = Note.objects.get(pk=number, owner=request.user)
    note.delete()
    return HttpResponse("gone")
""",
)

SAFE: tuple[str, ...] = (
    """
from flask import Flask, redirect
from models import Note, db
app = Flask(__name__)

@app.route("/notes/<int:number>/delete", methods=["POST"])
def delete(number):
    db.session.delete(Note.query.get_or_404(number))
    db.session.commit()
    return redirect("/notes")
""",
    """
import sqlite3
from fastapi import FastAPI
app = FastAPI()

@app.delete("/visits")
def clear():
    with sqlite3.connect("a.db") as conn:
        conn.execute("DELETE FROM visits")
    return {"ok": True}

@app.get("/visits")
def visits():
    with sqlite3.connect("a.db") as conn:
        conn.execute("UPDATE visits SET count = count + 1")
        return {"count": conn.execute("SELECT count FROM visits").fetchone()[0]}
""",
    """
from flask import Flask, request, render_template
from models import Note, db
app = Flask(__name__)

@app.route("/notes/<int:number>/delete", methods=["GET", "POST"])
def delete(number):
    note = Note.query.get_or_404(number)
    if request.method == "POST":
        db.session.delete(note)
        db.session.commit()
    return render_template("delete.html", note=note)
""",
    """
import requests
from flask import Flask
app = Flask(__name__)

@app.get("/sync")
def sync():
    requests.delete("https://api.example.org/old", timeout=5)
    return "done"
""",
    """
import sqlite3

def purge(path):
    with sqlite3.connect(path) as conn:
        conn.execute("DELETE FROM visits")
""",
    """
from django.http import HttpResponse
from django.views.decorators.http import require_POST
from notes.models import Note

@require_POST
def remove(request, number):
    note = Note.objects.get(pk=number, owner=request.user)
    note.delete()
    return HttpResponse("gone")
""",
)

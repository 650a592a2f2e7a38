"""Exposure: errors, answers, logs and files that tell too much."""

from corpus import pair

RECORDS = (
    # The whole traceback goes to the visitor.
    *pair(
        "traceback-to-visitor",
        209,
        r"""
import logging
-import traceback

from flask import Flask, jsonify

app = Flask(__name__)
logger = logging.getLogger(__name__)


@app.errorhandler(Exception)
def handle_error(error):
    logger.exception("unhandled error")
-    return jsonify(error=str(error), trace=traceback.format_exc()), 500
+    return jsonify(error="internal error"), 500
""",
    ),
    # The text of a database error tells of tables and values.
    *pair(
        "database-error-detail",
        209,
        r"""
import logging

from fastapi import APIRouter, Depends, HTTPException
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from .database import get_session

router = APIRouter()
logger = logging.getLogger(__name__)


@router.get("/stock/{sku}")
def stock(sku: str, session=Depends(get_session)):
    try:
        amount = session.execute(text("SELECT amount FROM stock WHERE sku = :sku"), {"sku": sku}).scalar()
    except SQLAlchemyError as error:
        logger.exception("stock query failed")
-        raise HTTPException(status_code=500, detail=f"query failed: {error}") from error
+        raise HTTPException(status_code=500, detail="query failed") from error
    return {"sku": sku, "amount": amount}
""",
    ),
    # The debugger of the framework runs code for visitors.
    *pair(
        "debugger-for-all",
        215,
        r"""
import os

from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    return {"status": "ok"}


if __name__ == "__main__":
-    app.run(host="0.0.0.0", port=int(os.environ.get("PORT", "8080")), debug=True)
+    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "8080")), debug=False)
""",
    ),
    # A page for finding errors shows the environment, and with it the secrets.
    *pair(
        "environment-page",
        215,
        r'''
import os

from fastapi import FastAPI

app = FastAPI()
VISIBLE = ("APP_VERSION", "APP_REGION")


@app.get("/debug/info")
def info():
    """Return facts for bug reports."""
-    variables = dict(os.environ)
+    variables = {name: os.environ.get(name, "") for name in VISIBLE}
    return {"environment": variables}
''',
    ),
    # All columns of the user, with the hash of the password.
    *pair(
        "user-with-password-hash",
        200,
        r'''
from dataclasses import asdict, dataclass

from flask import Flask, abort, jsonify

app = Flask(__name__)


@dataclass
class User:
    id: int
    name: str
    password_hash: str
    reset_token: str | None = None


@app.get("/users/<int:user_id>")
def user_profile(user_id):
    """Public profile of a user."""
    user = app.user_store.get(user_id)
    if user is None:
        abort(404)
-    return jsonify(asdict(user))
+    return jsonify({key: value for key, value in asdict(user).items() if key in ("id", "name")})
''',
    ),
    # The password goes into the log together with the rest of the form.
    *pair(
        "form-in-log",
        532,
        r"""
import logging

from django.contrib.auth.forms import UserCreationForm
from django.shortcuts import redirect, render

logger = logging.getLogger(__name__)


def sign_up(request):
    form = UserCreationForm(request.POST or None)
    if request.method == "POST":
-        logger.info("sign up with %r", dict(request.POST.items()))
+        logger.info("sign up with fields %r", sorted(form.fields))
        if form.is_valid():
            form.save()
            return redirect("login")
    return render(request, "sign_up.html", {"form": form})
""",
    ),
    # The headers of a request that is logged hold its token.
    *pair(
        "headers-in-log",
        532,
        r'''
import logging
import os

import httpx

logger = logging.getLogger("billing")
SECRET_HEADERS = {"authorization", "cookie"}


async def create_invoice(customer: int, cents: int) -> str:
    """Create an invoice at the billing provider and return its id."""
    headers = {"Authorization": f"Bearer {os.environ['BILLING_TOKEN']}", "X-Client": "shop"}
-    shown = {name: value for name, value in headers.items() if name not in SECRET_HEADERS}
+    shown = {name: value for name, value in headers.items() if name.lower() not in SECRET_HEADERS}
    logger.info("POST /invoices headers=%s customer=%d", shown, customer)
    async with httpx.AsyncClient(base_url="https://billing.example.com", timeout=10) as client:
        response = await client.post("/invoices", json={"customer": customer, "cents": cents}, headers=headers)
        response.raise_for_status()
        return response.json()["id"]
''',
    ),
    # The link in the log is as good as a password.
    *pair(
        "reset-link-in-log",
        532,
        r'''
import logging
import secrets

log = logging.getLogger(__name__)


class Accounts:
    def __init__(self, directory, mailer):
        self.directory = directory
        self.mailer = mailer

    def reset_password(self, user_name: str) -> None:
        """Mail the user a link with which the password can be changed once within half an hour."""
        token = secrets.token_urlsafe(32)
        self.directory.keep_reset_token(user_name, token, minutes=30)
        link = f"https://id.example.com/reset/{token}"
        self.mailer.send(user_name, f"Change your password here: {link}")
-        log.info("reset link for %r sent: %s", user_name, link)
+        log.info("reset link for %r sent, %d characters", user_name, len(link))
''',
    ),
    # The password is kept as it is for the next time.
    *pair(
        "credentials-file-plain",
        312,
        r'''
import getpass
-import json
-from pathlib import Path
+
+import keyring


def remember_login() -> None:
    """Ask for the user's login and keep it for the next start."""
    user = input("User: ")
    password = getpass.getpass()
-    path = Path.home() / ".mailtool.json"
-    path.write_text(json.dumps({"user": user, "password": password}), encoding="utf-8")
+    keyring.set_password("mailtool", user, password)


if __name__ == "__main__":
    remember_login()
''',
    ),
    # Passwords of users stand in the table as they are.
    *pair(
        "password-column-plain",
        312,
        r'''
import sqlite3

from argon2 import PasswordHasher

hasher = PasswordHasher()


def add_user(connection: sqlite3.Connection, email: str, password: str) -> int:
    """Add a user and return the id."""
    if len(password) < 10:
        raise ValueError("the password is too short")
-    stored = password
+    stored = hasher.hash(password)
    with connection:
        cursor = connection.execute("INSERT INTO users (email, password) VALUES (?, ?)", (email, stored))
    return cursor.lastrowid
''',
    ),
    # The model of the answer decides what leaves.
    *pair(
        "response-model-of-member",
        200,
        r'''
from fastapi import APIRouter, Depends
from pydantic import BaseModel

from .security import current_user
from .store import get_members

router = APIRouter(dependencies=[Depends(current_user)])


class MemberRow(BaseModel):
    id: int
    nickname: str
    password_hash: str
    iban: str


class PublicMember(BaseModel):
    id: int
    nickname: str


-@router.get("/members", response_model=list[MemberRow])
+@router.get("/members", response_model=list[PublicMember])
def members(store=Depends(get_members)) -> list[MemberRow]:
    """List of all members, shown to every other member."""
    return [MemberRow(**row) for row in store.rows(limit=200)]
''',
    ),
    # Two sentences tell which addresses have an account.
    *pair(
        "which-addresses-are-known",
        200,
        r'''
import secrets

from flask import Blueprint, current_app, jsonify, request

bp = Blueprint("forgotten", __name__)


@bp.post("/forgotten")
def forgotten_password():
    """Send a link for a new password; whether somebody is a patient here is nobody's business."""
    email = request.form.get("email", "")[:200].lower()
    patient = current_app.patients.by_email(email)
-    if patient is None:
-        return jsonify(error="there is no patient with this address"), 404
-    current_app.queue.put(("reset-mail", patient.id, secrets.token_urlsafe(32)))
+    if patient is not None:
+        current_app.queue.put(("reset-mail", patient.id, secrets.token_urlsafe(32)))
    return jsonify(message="If the address is known, a mail is on its way.")
''',
    ),
)

"""Who may do what: records of others, routes of administrators, trusted fields, services on every interface."""

from corpus import pair

RECORDS = (
    *pair(
        "invoice-by-id",
        639,
        """
from flask import Flask, jsonify, abort
from flask_login import LoginManager, login_required, current_user
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config.from_prefixed_env()
db = SQLAlchemy(app)
login_manager = LoginManager(app)


class Invoice(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer, nullable=False)
    total = db.Column(db.Numeric)


@app.route("/invoices/<int:invoice_id>")
@login_required
def invoice(invoice_id):
    found = Invoice.query.get_or_404(invoice_id)
+    if found.user_id != current_user.id:
+        abort(403)
    return jsonify({"id": found.id, "total": str(found.total)})
""",
    ),
    *pair(
        "delete-user-route",
        862,
        """
from flask import Flask, jsonify, session, abort
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config.from_prefixed_env()
db = SQLAlchemy(app)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))
    is_admin = db.Column(db.Boolean, default=False)


@app.route("/admin/users/<int:user_id>", methods=["DELETE"])
def delete_user(user_id):
+    caller = db.session.get(User, session.get("user_id"))
+    if caller is None or not caller.is_admin:
+        abort(403)
    user = User.query.get_or_404(user_id)
    db.session.delete(user)
    db.session.commit()
    return jsonify({"deleted": user_id})
""",
    ),
    *pair(
        "fastapi-update-order",
        862,
        """
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()
orders: dict[int, dict] = {}


class Change(BaseModel):
    status: str


+def current_user(token: str = Depends(oauth2_scheme)):
+    user = users_by_token.get(token)
+    if user is None:
+        raise HTTPException(status_code=401)
+    return user
+
+
@app.put("/orders/{order_id}")
-def update_order(order_id: int, change: Change):
+def update_order(order_id: int, change: Change, user=Depends(current_user)):
    order = orders.get(order_id)
    if order is None:
        raise HTTPException(status_code=404)
+    if order["owner"] != user.id:
+        raise HTTPException(status_code=403)
    order["status"] = change.status
    return order
""",
    ),
    *pair(
        "django-edit-post",
        863,
        """
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from .models import Post


@login_required
@require_POST
def edit_post(request, post_id):
    post = get_object_or_404(Post, pk=post_id)
+    if post.author_id != request.user.id:
+        raise PermissionDenied
    post.title = request.POST["title"]
    post.save()
    return JsonResponse({"id": post.pk})
""",
    ),
    *pair(
        "reset-password-no-token",
        306,
        """
import secrets
import sqlite3
from flask import Flask, request, jsonify
from werkzeug.security import generate_password_hash

app = Flask(__name__)


@app.route("/reset-password", methods=["POST"])
def reset_password():
    email = request.form["email"]
    new_password = request.form["new_password"]
+    token = request.form["token"]
    conn = sqlite3.connect("app.db")
+    row = conn.execute("SELECT token FROM resets WHERE email = ? AND expires > unixepoch()", (email,)).fetchone()
+    if row is None or not secrets.compare_digest(row[0], token):
+        return jsonify({"error": "invalid token"}), 403
    conn.execute("UPDATE users SET password = ? WHERE email = ?", (generate_password_hash(new_password), email))
    conn.commit()
    return jsonify({"status": "password changed"})
""",
    ),
    *pair(
        "flask-admin-config",
        306,
        """
+import functools
import sqlite3
-from flask import Flask, request, jsonify
+from flask import Flask, request, jsonify, session, abort

app = Flask(__name__)
+app.secret_key = read_key()


+def admin_required(view):
+    @functools.wraps(view)
+    def wrapper(*args, **kwargs):
+        if not session.get("is_admin"):
+            abort(403)
+        return view(*args, **kwargs)
+
+    return wrapper
+
+
@app.route("/settings", methods=["POST"])
+@admin_required
def change_settings():
    key = request.form["key"]
    value = request.form["value"]
    conn = sqlite3.connect("settings.db")
    conn.execute("UPDATE settings SET value = ? WHERE key = ?", (value, key))
    conn.commit()
    return jsonify({"ok": True})
""",
    ),
    *pair(
        "aiohttp-shutdown",
        306,
        """
import hmac
import os
import signal

from aiohttp import web

TOKEN = os.environ["CONTROL_TOKEN"]


async def shutdown(request):
+    given = request.headers.get("X-Control-Token", "")
+    if not hmac.compare_digest(given, TOKEN):
+        raise web.HTTPForbidden()
    os.kill(os.getpid(), signal.SIGTERM)
    return web.json_response({"stopping": True})


app = web.Application()
app.router.add_post("/shutdown", shutdown)
""",
    ),
    *pair(
        "role-from-request",
        285,
        """
from flask import Flask, request, jsonify, abort, session

app = Flask(__name__)
app.secret_key = read_key()


@app.route("/admin/report")
def admin_report():
-    role = request.args.get("role")
+    role = session.get("role")
    if role != "admin":
        abort(403)
    return jsonify(build_report())
""",
    ),
    *pair(
        "cookie-is-admin",
        284,
        """
from flask import Flask, request, jsonify, abort, session

app = Flask(__name__)
app.secret_key = read_key()


@app.route("/users")
def list_users():
-    if request.cookies.get("is_admin") != "true":
+    if not session.get("is_admin"):
        abort(403)
    return jsonify(all_users())
""",
    ),
    *pair(
        "bank-transfer-class",
        862,
        """
class Bank:
    def __init__(self):
        self.accounts = {}

    def open(self, account_id, owner, balance=0):
        self.accounts[account_id] = {"owner": owner, "balance": balance}

-    def transfer(self, source_id, target_id, amount):
+    def transfer(self, user, source_id, target_id, amount):
        source = self.accounts[source_id]
        target = self.accounts[target_id]
+        if source["owner"] != user:
+            raise PermissionError("not the owner")
        if amount <= 0 or source["balance"] < amount:
            raise ValueError("invalid amount")
        source["balance"] -= amount
        target["balance"] += amount
        return source["balance"]
""",
    ),
    *pair(
        "document-share",
        863,
        '''
def share_document(documents, document_id, user_id, recipient_id):
    """Give another user access to a document."""
    document = documents.get(document_id)
    if document is None:
        raise KeyError("no such document")
+    if document["owner_id"] != user_id:
+        raise PermissionError("only the owner can share a document")
    document["shared_with"].append(recipient_id)
    return document
''',
    ),
    *pair(
        "tornado-api-key",
        862,
        """
import sqlite3

import tornado.web


class ItemHandler(tornado.web.RequestHandler):
    def initialize(self, db):
        self.db = db

+    def get_current_user(self):
+        return self.get_secure_cookie("user")
+
+    @tornado.web.authenticated
    def delete(self, item_id):
        self.db.execute("DELETE FROM items WHERE id = ?", (int(item_id),))
        self.db.commit()
        self.set_status(204)
""",
    ),
    *pair(
        "update-profile-setattr",
        915,
        """
from flask import Flask, request, jsonify
from flask_login import login_required, current_user
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config.from_prefixed_env()
db = SQLAlchemy(app)
+EDITABLE = {"name", "bio", "city"}


@app.route("/profile", methods=["PATCH"])
@login_required
def update_profile():
    for key, value in request.get_json().items():
-        setattr(current_user, key, value)
+        if key in EDITABLE:
+            setattr(current_user, key, value)
    db.session.commit()
    return jsonify({"ok": True})
""",
    ),
    *pair(
        "django-create-kwargs",
        915,
        """
import json

from django.contrib.auth.decorators import login_required
from django.http import JsonResponse

from .models import Ticket


@login_required
def create_ticket(request):
    data = json.loads(request.body)
-    ticket = Ticket.objects.create(**data)
+    ticket = Ticket.objects.create(title=data["title"], body=data["body"], reporter=request.user)
    return JsonResponse({"id": ticket.pk}, status=201)
""",
    ),
    *pair(
        "object-update-dict",
        915,
        '''
import json


class Account:
    def __init__(self, name):
        self.name = name
        self.email = ""
        self.is_staff = False

    def apply(self, payload):
        """Apply the changes of a JSON document."""
        changes = json.loads(payload)
-        self.__dict__.update(changes)
+        for field in ("name", "email"):
+            if field in changes:
+                setattr(self, field, str(changes[field]))
        return self
''',
    ),
    *pair(
        "bind-all-interfaces",
        605,
        """
import socket
import threading


def handle(conn):
    with conn:
        conn.sendall(conn.recv(1024))


def main():
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
-    server.bind(("0.0.0.0", 9000))
+    server.bind(("127.0.0.1", 9000))
    server.listen(5)
    while True:
        conn, _ = server.accept()
        threading.Thread(target=handle, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
""",
    ),
    *pair(
        "bind-same-port-twice",
        605,
        """
import socket


def start_servers(port):
    public = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
-    public.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
-    public.bind(("", port))
+    public.bind(("192.0.2.10", port))
    private = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
-    private.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    private.bind(("127.0.0.1", port))
    for server in (public, private):
        server.listen()
    return public, private
""",
    ),
    *pair(
        "cors-any-origin-credentials",
        942,
        """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
-    allow_origins=["*"],
+    allow_origins=["https://app.example.com"],
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)


@app.get("/ping")
def ping():
    return {"pong": True}
""",
    ),
    *pair(
        "quantity-not-checked",
        20,
        """
from flask import Flask, request, jsonify
from flask_login import login_required, current_user

app = Flask(__name__)


@app.post("/withdraw")
@login_required
def withdraw():
    amount = float(request.form["amount"])
-    if amount > current_user.balance:
+    if not 0 < amount <= current_user.balance:
        return jsonify({"error": "insufficient funds"}), 400
    current_user.balance -= amount
    save(current_user)
    return jsonify({"balance": current_user.balance})
""",
    ),
    *pair(
        "email-not-anchored",
        20,
        '''
import re


def is_company_host(host):
    """True for company.com and its subdomains."""
-    return re.match(r"(.*\\.)?company.com", host) is not None
+    return re.fullmatch(r"([a-z0-9-]+\\.)*company\\.com", host) is not None
''',
    ),
)

"""Access: who asks, what that one may do, and to whose data."""

from corpus import pair

RECORDS = (
    # The document of anybody by its number.
    *pair(
        "document-of-anybody",
        639,
        r'''
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import get_object_or_404

from .models import Document


@login_required
def document(request, pk):
    """Show a private document."""
-    found = get_object_or_404(Document, pk=pk)
+    found = get_object_or_404(Document, pk=pk, owner=request.user)
    return JsonResponse({"title": found.title, "text": found.text})
''',
    ),
    # The number of the user comes from the request and not from the session.
    *pair(
        "orders-of-user-parameter",
        639,
        r'''
from flask import Blueprint, current_app, jsonify, request
from flask_login import current_user, login_required

bp = Blueprint("orders", __name__)


@bp.get("/orders")
@login_required
def orders():
    """Orders of the customer who is logged in."""
-    customer = request.args.get("customer_id", current_user.id, type=int)
+    customer = current_user.id
    limit = max(1, min(request.args.get("limit", 20, type=int), 100))
    rows = current_app.db.execute(
        "SELECT id, total FROM orders WHERE customer_id = ? ORDER BY id DESC LIMIT ?", (customer, limit)
    ).fetchall()
    return jsonify([{"id": row[0], "total": row[1]} for row in rows])
''',
    ),
    # The owner is compared after the note was deleted.
    *pair(
        "owner-after-delete",
        639,
        r"""
from fastapi import APIRouter, Depends, HTTPException

from .security import User, current_user
from .store import NoteStore, get_store

router = APIRouter()


@router.delete("/notes/{note_id}", status_code=204)
async def delete_note(note_id: int, user: User = Depends(current_user), store: NoteStore = Depends(get_store)):
    note = await store.get(note_id)
    if note is None:
        raise HTTPException(404)
-    await store.delete(note_id)
-    if note.owner_id != user.id:
-        raise HTTPException(403)
+    if note.owner_id != user.id:
+        raise HTTPException(403)
+    await store.delete(note_id)
""",
    ),
    # Logged in is not the same as administrator.
    *pair(
        "role-by-any-user",
        862,
        r'''
-from django.contrib.auth.decorators import login_required
+from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import Group, User
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST


@login_required
+@permission_required("auth.change_user", raise_exception=True)
@require_POST
def make_moderator(request, user_id):
    """Make a user a moderator; for administrators."""
    user = get_object_or_404(User, pk=user_id)
    user.groups.add(Group.objects.get(name="moderators"))
    return JsonResponse({"status": "ok"})
''',
    ),
    # The role is what the request says.
    *pair(
        "role-of-body",
        863,
        r'''
import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def lambda_handler(event, context):
    """Delete an article; for editors only."""
    body = json.loads(event["body"])
    claims = event["requestContext"]["authorizer"]["claims"]
-    role = body.get("role") or claims.get("custom:role")
+    role = claims.get("custom:role")
    if role != "editor":
        return {"statusCode": 403, "body": "editors only"}
    table.delete_item(Key={"id": str(body["id"])})
    return {"statusCode": 204, "body": ""}
''',
    ),
    # "or" where "and" is meant.
    *pair(
        "condition-of-approval",
        863,
        r'''
class ApprovalError(Exception):
    pass


class Expenses:
    """Expenses need the approval of a manager who is not the one who handed them in."""

    def __init__(self, repository):
        self.repository = repository

    def approve(self, expense_id: int, user) -> None:
        expense = self.repository.get(expense_id)
-        if not user.is_manager and expense.author_id == user.id:
+        if not user.is_manager or expense.author_id == user.id:
            raise ApprovalError("you may not approve this expense")
        expense.approved_by = user.id
        self.repository.save(expense)
''',
    ),
    # An empty password binds as nobody, which works.
    *pair(
        "ldap-empty-password",
        287,
        r'''
import ldap
import ldap.dn


def authenticate(username: str, password: str) -> bool:
    """Authenticate a user against the directory."""
-    if not username:
+    if not username or not password:
        return False
    connection = ldap.initialize("ldaps://ldap.example.org")
    connection.set_option(ldap.OPT_NETWORK_TIMEOUT, 5)
    try:
        connection.simple_bind_s(f"uid={ldap.dn.escape_dn_chars(username)},ou=people,dc=example,dc=org", password)
    except ldap.LDAPError:
        return False
    finally:
        connection.unbind_s()
    return True
''',
    ),
    # A header that every client can send.
    *pair(
        "user-of-header",
        287,
        r"""
import os

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException

app = FastAPI()


-def current_user(x_user: str = Header()) -> str:
-    if not x_user:
-        raise HTTPException(401)
-    return x_user
+def current_user(authorization: str = Header()) -> str:
+    try:
+        claims = jwt.decode(authorization.removeprefix("Bearer "), os.environ["JWT_KEY"], algorithms=["HS256"])
+    except jwt.InvalidTokenError as error:
+        raise HTTPException(401) from error
+    return claims["sub"]


@app.get("/messages")
def messages(user: str = Depends(current_user)):
    return app.state.messages.of(user)
""",
    ),
    # The check of the key lets through those who have none.
    *pair(
        "api-key-when-given",
        306,
        r"""
import hmac
import os

from flask import Blueprint, abort, current_app, request

admin = Blueprint("admin", __name__, url_prefix="/admin")


@admin.before_request
def require_key():
-    key = request.headers.get("X-Admin-Key")
-    if key is not None and not hmac.compare_digest(key.encode(), os.environ["ADMIN_KEY"].encode()):
+    key = request.headers.get("X-Admin-Key", "")
+    if not hmac.compare_digest(key.encode(), os.environ["ADMIN_KEY"].encode()):
        abort(401)


@admin.post("/cache/clear")
def clear_cache():
    current_app.cache.clear()
    return "", 204
""",
    ),
    # The decorator stands above the route, where it has no effect.
    *pair(
        "decorator-above-route",
        306,
        r'''
from flask import Flask, jsonify
from flask_login import login_required

app = Flask(__name__)


-@login_required
-@app.get("/staff")
+@app.get("/staff")
+@login_required
def staff():
    """List the telephone numbers of the staff, for everybody who is logged in."""
    rows = app.personnel.staff()
    return jsonify([{"name": row.name, "telephone": row.telephone} for row in rows])
''',
    ),
    # A server of commands without a password, for the whole network.
    *pair(
        "rpc-without-secret",
        306,
        r'''
import os
import subprocess
from multiprocessing.connection import Listener


def serve() -> None:
    """Accept commands from the deployment tool: "restart" and "status"."""
-    with Listener(("0.0.0.0", 6400)) as listener:
+    with Listener(("127.0.0.1", 6400), authkey=os.environb[b"DEPLOY_KEY"]) as listener:
        while True:
            with listener.accept() as connection:
                command = connection.recv_bytes(100).decode("ascii", "replace")
                if command in ("restart", "status"):
                    result = subprocess.run(["systemctl", command, "app.service"], capture_output=True, timeout=60)
                    connection.send_bytes(result.stdout[:10_000])


if __name__ == "__main__":
    serve()
''',
    ),
    # An assertion is no check where Python runs with -O.
    *pair(
        "assert-of-permission",
        863,
        r'''
from pathlib import Path


def purge(user, folder: Path) -> int:
    """Delete all files of the archive; only administrators may, and the service runs with python -O."""
-    assert user.is_admin, "administrators only"
+    if not user.is_admin:
+        raise PermissionError("administrators only")
    removed = 0
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()
            removed += 1
    return removed
''',
    ),
    # One of two routes has the dependency.
    *pair(
        "purge-without-dependency",
        862,
        r'''
from fastapi import APIRouter, Depends

from .security import require_admin
from .store import Events, get_events

router = APIRouter(prefix="/events")


@router.get("", dependencies=[Depends(require_admin)])
async def list_events(events: Events = Depends(get_events)):
    return await events.latest(100)


-@router.delete("")
+@router.delete("", dependencies=[Depends(require_admin)])
async def purge_events(events: Events = Depends(get_events)):
    """Delete all events of the audit trail."""
    return {"removed": await events.purge()}
''',
    ),
    # The check answers, and nobody listens.
    *pair(
        "permission-not-awaited",
        862,
        r'''
class Projects:
    def __init__(self, repository, permissions):
        self.repository = repository
        self.permissions = permissions

    async def may_edit(self, user, project_id: int) -> bool:
        return await self.permissions.has(user.id, "edit", project_id)

    async def rename(self, user, project_id: int, name: str) -> None:
        """Rename a project if the user may."""
-        if not self.may_edit(user, project_id):
+        if not await self.may_edit(user, project_id):
            raise PermissionError(f"user {user.id} may not edit project {project_id}")
        project = await self.repository.get(project_id)
        project.name = name[:100]
        await self.repository.save(project)
''',
    ),
    # The code that was sent begins with what was typed, which may be nothing.
    *pair(
        "code-by-prefix",
        287,
        r'''
import hmac
import time


def confirm_login(store, user_id: int, typed: str) -> bool:
    """Check the code of the second factor; the store counts the attempts and locks after five."""
    entry = store.use_attempt(user_id)
    if entry is None or entry.expires < time.time():
        return False
    code = typed.strip().replace(" ", "")
-    if not entry.code.startswith(code):
+    if not hmac.compare_digest(entry.code.encode(), code.encode()):
        return False
    store.forget(user_id)
    return True
''',
    ),
    # All keys of the table are good for every customer.
    *pair(
        "customer-of-key",
        863,
        r"""
import hashlib
import sqlite3

from flask import Blueprint, abort, current_app, jsonify, request

bp = Blueprint("meters", __name__)


@bp.get("/customers/<int:customer_id>/meters")
def meters(customer_id: int):
    key = request.headers.get("X-Api-Key", "")
    digest = hashlib.sha256(key.encode()).hexdigest()
    with sqlite3.connect(current_app.config["DB"]) as connection:
        row = connection.execute("SELECT customer_id FROM api_keys WHERE digest = ?", (digest,)).fetchone()
-        if row is None:
+        if row is None or row[0] != customer_id:
            abort(403)
        found = connection.execute("SELECT id, value FROM meters WHERE customer_id = ?", (customer_id,)).fetchall()
    return jsonify(dict(found))
""",
    ),
)

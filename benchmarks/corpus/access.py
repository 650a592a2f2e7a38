"""Who may do what: uploads, sessions, permissions, forged requests, attributes.

CWE-434, 501, 862, 863, 306, 352, 915.
"""

from corpus import pair

RECORDS = [
    *pair(
        "upload-extension",
        434,
        r"""
import os
import uuid
from flask import Flask, abort, request

app = Flask(__name__)
FOLDER = "/srv/www/uploads"
ALLOWED = {".png", ".jpg", ".gif"}


@app.post("/avatar")
def avatar():
    file = request.files["avatar"]
    extension = os.path.splitext(file.filename)[1].lower()
-    if not extension:
+    if extension not in ALLOWED:
        abort(400)
    name = uuid.uuid4().hex + extension
    file.save(os.path.join(FOLDER, name))
    return {"name": name}
""",
    ),
    *pair(
        "upload-django",
        434,
        r"""
from django.core.files.storage import default_storage
from django.http import HttpResponseBadRequest, JsonResponse
from django.utils.crypto import get_random_string


def attach(request):
    upload = request.FILES["file"]
-    stored = default_storage.save("static/" + upload.name, upload)
+    if not upload.name.lower().endswith((".pdf", ".txt")):
+        return HttpResponseBadRequest("type")
+    stored = default_storage.save("static/" + get_random_string(20) + upload.name[-4:], upload)
    return JsonResponse({"stored": stored})
""",
    ),
    *pair(
        "upload-fastapi",
        434,
        r"""
import pathlib
import shutil
import uuid
from fastapi import FastAPI, HTTPException, UploadFile

app = FastAPI()
STATIC = pathlib.Path("/srv/static")
TYPES = {"image/png": "png", "image/jpeg": "jpg"}


@app.post("/pictures")
async def picture(file: UploadFile):
    number = uuid.uuid4().hex
-    suffix = pathlib.Path(file.filename).suffix
-    with open(STATIC / f"{number}{suffix}", "wb") as target:
+    suffix = TYPES.get(file.content_type)
+    if suffix is None:
+        raise HTTPException(415)
+    with open(STATIC / f"{number}.{suffix}", "wb") as target:
        shutil.copyfileobj(file.file, target)
    return {"number": number}
""",
    ),
    *pair(
        "session-key-from-request",
        501,
        r"""
import os
from flask import Flask, request, session

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
THEMES = ("light", "dark")


@app.get("/theme")
def theme():
    param = request.args.get("theme", "light")
-    session[param] = "10340"
+    if param in THEMES:
+        session["theme"] = param
    return {"ok": True}
""",
    ),
    *pair(
        "servlet-trust-list",
        501,
        r"""
import os
from flask import Flask, request, session

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]


def choose(param):
    values = ["moresafe", param]
-    return values[1]
+    return values[0]


@app.route("/trustbound/5")
def trust():
    bar = choose(request.args.get("value", ""))
    session["userid"] = bar
    return {"stored": True}
""",
    ),
    *pair(
        "delete-without-owner",
        862,
        r"""
from flask import Flask, abort
from flask_login import current_user, login_required
from models import Document, db

app = Flask(__name__)


@app.delete("/documents/<int:number>")
@login_required
def delete(number):
    document = db.session.get(Document, number)
    if document is None:
        abort(404)
+    if document.owner_id != current_user.id:
+        abort(403)
    db.session.delete(document)
    db.session.commit()
    return "", 204
""",
    ),
    *pair(
        "admin-endpoint",
        306,
        r"""
from fastapi import Depends, FastAPI, HTTPException
from accounts import User, current_user, remove

app = FastAPI()


def admin(user: User = Depends(current_user)) -> User:
    if not user.is_admin:
        raise HTTPException(status_code=403)
    return user


@app.delete("/admin/users/{name}")
-def delete_user(name: str):
+def delete_user(name: str, by: User = Depends(admin)):
    remove(name)
    return {"removed": name}
""",
    ),
    *pair(
        "role-from-body",
        863,
        r"""
from flask import Flask, abort, g, request
from accounts import authenticated, set_limit

app = Flask(__name__)


@app.put("/limits/<name>")
@authenticated
def limits(name):
    data = request.get_json()
-    if data.get("role") != "admin":
+    if g.user.role != "admin":
        abort(403)
    set_limit(name, int(data["limit"]))
    return {"name": name}
""",
    ),
    *pair(
        "account-service",
        862,
        r'''
class Forbidden(Exception):
    pass


class AccountService:
    def __init__(self, accounts, audit):
        self.accounts = accounts
        self.audit = audit

    def transfer(self, user, source_id, target_id, amount):
        """Moves money between two accounts on behalf of user."""
        source = self.accounts[source_id]
        target = self.accounts[target_id]
+        if source.owner != user.id:
+            raise Forbidden(source_id)
        if amount <= 0 or source.balance < amount:
            raise ValueError("amount")
        source.balance -= amount
        target.balance += amount
        self.audit.append((user.id, source_id, target_id, amount))
''',
    ),
    *pair(
        "django-permission",
        862,
        r"""
from django.contrib.auth.decorators import login_required, permission_required
from django.http import JsonResponse
from django.views.decorators.http import require_POST
from .models import Employee


@require_POST
-@login_required
-def raise_salary(request, pk):
+@login_required
+@permission_required("hr.change_salary", raise_exception=True)
+def raise_salary(request, pk):
    employee = Employee.objects.get(pk=pk)
    employee.salary = int(request.POST["salary"])
    employee.save()
    return JsonResponse({"salary": employee.salary})
""",
    ),
    *pair(
        "check-that-returns-nothing",
        863,
        r'''
def is_member(user, project):
    return user["id"] in project["members"]


def require_member(user, project):
    if not is_member(user, project):
-        return None
-    return True
+        raise PermissionError("not a member")


def update_settings(user, project, changes):
    """Applies the changes; only members of the project may do so."""
    require_member(user, project)
    for key in ("title", "color"):
        if key in changes:
            project[key] = changes[key]
    return project
''',
    ),
    *pair(
        "flask-csrf",
        352,
        r"""
import os
from flask import Flask, request, redirect
from flask_login import current_user, login_required
+from flask_wtf import CSRFProtect
from models import db

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
+CSRFProtect(app)


@app.route("/account/mail", methods=["POST"])
@login_required
def change_mail():
    current_user.mail = request.form["mail"]
    db.session.commit()
    return redirect("/account")
""",
    ),
    *pair(
        "django-csrf-exempt",
        352,
        r"""
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
-from django.views.decorators.csrf import csrf_exempt
+from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST


-@csrf_exempt
+@csrf_protect
@require_POST
@login_required
def close_account(request):
    request.user.is_active = False
    request.user.save()
    return JsonResponse({"closed": True})
""",
    ),
    *pair(
        "token-in-session",
        352,
        r"""
import hmac
import os
import secrets
from flask import Flask, abort, request, session
from bank import transfer

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]


@app.get("/form")
def form():
    session["csrf"] = secrets.token_hex(16)
    return {"csrf": session["csrf"]}


@app.post("/transfer")
def do_transfer():
    user = session.get("user")
    if user is None:
        abort(401)
    token = request.form.get("csrf", "")
-    if not token:
+    expected = session.pop("csrf", None)
+    if expected is None or not hmac.compare_digest(token.encode(), expected.encode()):
        abort(403)
    transfer(user, request.form["to"], int(request.form["amount"]))
    return {"done": True}
""",
    ),
    *pair(
        "setattr-loop",
        915,
        r"""
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
import json

EDITABLE = ("first_name", "last_name", "phone")


@login_required
def edit_profile(request):
    data = json.loads(request.body)
    user = request.user
    for key, value in data.items():
-        setattr(user, key, value)
+        if key in EDITABLE:
+            setattr(user, key, value)
    user.save()
    return JsonResponse({"saved": True})
""",
    ),
    *pair(
        "model-kwargs",
        915,
        r"""
from flask import Flask, request
from models import Customer, db

app = Flask(__name__)


@app.post("/customers")
def create():
    data = request.get_json()
-    customer = Customer(**data)
+    customer = Customer(name=data["name"], phone=data["phone"])
    db.session.add(customer)
    db.session.commit()
    return {"id": customer.id}, 201
""",
    ),
    *pair(
        "dict-update",
        915,
        r'''
class Profile:
    def __init__(self, name):
        self.name = name
        self.bio = ""
        self.is_admin = False


def apply(profile, form):
    """form: what the user sent from the page 'edit my profile'"""
-    profile.__dict__.update(form)
+    profile.__dict__.update({key: form[key] for key in ("name", "bio") if key in form})
    return profile
''',
    ),
]

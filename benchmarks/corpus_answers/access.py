"""Who may do what: authentication, ownership, trusted fields, cookies, forged requests, switches of debuggers."""

from corpus import pair

RECORDS = (
    # Documents of others through a repository and Depends.
    *pair(
        "document-repository",
        639,
        """
from fastapi import APIRouter, Depends, HTTPException
from sqlalchemy.orm import Session

from .auth import get_current_user
from .database import get_db
from .models import Document, User

router = APIRouter(prefix="/documents")


class DocumentRepository:
    def __init__(self, db: Session):
        self.db = db

-    def get(self, document_id: int):
-        return self.db.query(Document).filter(Document.id == document_id).first()
+    def get(self, document_id: int, owner_id: int):
+        return self.db.query(Document).filter(Document.id == document_id, Document.owner_id == owner_id).first()


@router.get("/{document_id}")
def read_document(document_id: int, db: Session = Depends(get_db), user: User = Depends(get_current_user)):
-    document = DocumentRepository(db).get(document_id)
+    document = DocumentRepository(db).get(document_id, user.id)
    if document is None:
        raise HTTPException(status_code=404, detail="no such document")
    return {"id": document.id, "title": document.title, "text": document.text}
""",
    ),
    # Ownership check in a helper.
    *pair(
        "cancel-order-helper",
        639,
        """
from flask import Blueprint, abort, jsonify
from flask_login import current_user, login_required

from .extensions import db
from .models import Order

bp = Blueprint("orders", __name__, url_prefix="/orders")


def load_order(order_id):
    order = db.session.get(Order, order_id)
    if order is None:
        abort(404)
+    if order.customer_id != current_user.id:
+        abort(403)
    return order


@bp.delete("/<int:order_id>")
@login_required
def cancel(order_id):
    order = load_order(order_id)
    if order.status != "new":
        return jsonify(error="too late"), 409
    order.status = "cancelled"
    db.session.commit()
    return jsonify(status=order.status)
""",
    ),
    # A Django DetailView over all objects against those of the user.
    *pair(
        "django-detail-queryset",
        639,
        '''
from django.contrib.auth.mixins import LoginRequiredMixin
from django.views.generic import UpdateView

from .forms import AddressForm
from .models import Address


class AddressUpdate(LoginRequiredMixin, UpdateView):
    """Change one of the addresses of the user."""

    model = Address
    form_class = AddressForm
    success_url = "/account/"

+    def get_queryset(self):
+        return Address.objects.filter(user=self.request.user)
+
    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["title"] = "Change address"
        return context
''',
    ),
    # The id of the account comes from the body, not from the session.
    *pair(
        "transfer-source-account",
        639,
        '''
from decimal import Decimal

from flask import Blueprint, jsonify, request
from flask_jwt_extended import get_jwt_identity, jwt_required

bp = Blueprint("transfers", __name__)


@bp.post("/transfers")
@jwt_required()
def transfer():
    """Move money from the caller's account to another one."""
    body = request.get_json()
    amount = Decimal(body["amount"])
    if not amount.is_finite() or amount <= 0:
        return jsonify(error="invalid amount"), 400
-    source = Account.query.filter_by(id=int(body["source"])).with_for_update().first_or_404()
+    caller = get_jwt_identity()
+    source = Account.query.filter_by(id=int(body["source"]), owner_id=caller).with_for_update().first_or_404()
    target = Account.query.filter_by(id=int(body["target"])).with_for_update().first_or_404()
    if source.balance < amount:
        return jsonify(error="insufficient funds"), 409
    source.balance -= amount
    target.balance += amount
    db.session.commit()
    return jsonify(balance=str(source.balance))
''',
    ),
    # The check is made, and its result is not looked at.
    *pair(
        "permission-result-ignored",
        863,
        '''
from dataclasses import dataclass
from typing import Dict, Set


@dataclass
class Project:
    id: int
    owner: str
    members: Set[str]
    archived: bool = False


class ProjectService:
    def __init__(self) -> None:
        self.projects: Dict[int, Project] = {}

    def can_manage(self, user: str, project: Project) -> bool:
        return project.owner == user

    def archive(self, user: str, project_id: int) -> None:
        """Archive a project; only its owner may do that."""
        project = self.projects[project_id]
-        self.can_manage(user, project)
+        if not self.can_manage(user, project):
+            raise PermissionError("only the owner may archive a project")
        project.archived = True
''',
    ),
    # Deleting users needs a login, but no role.
    *pair(
        "admin-delete-needs-role",
        862,
        '''
from fastapi import APIRouter, Depends, HTTPException, status
from sqlalchemy.orm import Session

from .deps import get_current_user, get_db
from .models import User

router = APIRouter(prefix="/admin", tags=["admin"])


+def get_admin(user: User = Depends(get_current_user)) -> User:
+    if user.role != "admin":
+        raise HTTPException(status.HTTP_403_FORBIDDEN)
+    return user
+
+
@router.delete("/users/{user_id}", status_code=204)
-def delete_user(user_id: int, db: Session = Depends(get_db), user: User = Depends(get_current_user)):
+def delete_user(user_id: int, db: Session = Depends(get_db), user: User = Depends(get_admin)):
    """Remove a user with all data."""
    victim = db.get(User, user_id)
    if victim is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    db.delete(victim)
    db.commit()
''',
    ),
    # A DRF view set open for all.
    *pair(
        "drf-viewset-allow-any",
        862,
        '''
from rest_framework import serializers, viewsets
from rest_framework.permissions import AllowAny, IsAdminUser

from .models import Employee


class EmployeeSerializer(serializers.ModelSerializer):
    class Meta:
        model = Employee
        fields = ["id", "name", "salary"]


class EmployeeViewSet(viewsets.ModelViewSet):
    """Salaries of the staff."""

    queryset = Employee.objects.all()
    serializer_class = EmployeeSerializer
-    permission_classes = [AllowAny]
+    permission_classes = [IsAdminUser]
''',
    ),
    # An admin route of Flask without any login.
    *pair(
        "flask-admin-users",
        306,
        """
from functools import wraps

from flask import Blueprint, abort, g, jsonify, request

from .models import User, db

bp = Blueprint("admin", __name__, url_prefix="/admin")


def admin_only(view):
    @wraps(view)
    def wrapped(*args, **kwargs):
        if g.user is None or not g.user.is_admin:
            abort(403)
        return view(*args, **kwargs)

    return wrapped


@bp.get("/users")
@admin_only
def users():
    return jsonify([user.name for user in User.query.limit(500)])


@bp.post("/users/<int:user_id>/promote")
+@admin_only
def promote(user_id):
    user = db.get_or_404(User, user_id)
    user.is_admin = True
    db.session.commit()
    return jsonify(id=user.id, admin=True)
""",
    ),
    # The decorator stands over the route, so that the route has the bare function.
    *pair(
        "decorator-order",
        306,
        '''
from flask import Flask, jsonify
from flask_login import LoginManager, current_user, login_required

app = Flask(__name__)
app.config.from_prefixed_env()
LoginManager(app)


-@login_required
@app.route("/account/statement")
+@login_required
def statement():
    """All bookings of the company account."""
    return jsonify(bookings=load_bookings())
''',
    ),
    # A control socket takes commands of anybody.
    *pair(
        "websocket-control",
        306,
        '''
import asyncio
import hmac
import json
import os

import websockets


class Heating:
    def __init__(self):
        self.target = 20.0

    def set_target(self, value):
        self.target = min(max(float(value), 5.0), 25.0)


heating = Heating()


async def control(websocket):
    """Set the temperature of the building from the app."""
    hello = json.loads(await websocket.recv())
+    if not hmac.compare_digest(str(hello.get("token")).encode(), os.environ["APP_TOKEN"].encode()):
+        await websocket.close(4401)
+        return
    async for message in websocket:
        heating.set_target(json.loads(message)["target"])
        await websocket.send(json.dumps({"hello": hello.get("name"), "target": heating.target}))


async def main():
-    async with websockets.serve(control, "0.0.0.0", 8765):
+    async with websockets.serve(control, "127.0.0.1", 8765):
        await asyncio.Future()


if __name__ == "__main__":
    asyncio.run(main())
''',
    ),
    # A password is changed without the old one or a token.
    *pair(
        "password-change-any-user",
        306,
        """
import bcrypt
from flask import Blueprint, jsonify, request
from pymongo import MongoClient

bp = Blueprint("account", __name__)


class AccountStore:
    def __init__(self, uri="mongodb://localhost"):
        self.users = MongoClient(uri).app.users

    def set_password(self, name, password):
        digest = bcrypt.hashpw(password.encode(), bcrypt.gensalt())
        self.users.update_one({"name": name}, {"$set": {"password": digest}})

    def check(self, name, password):
        user = self.users.find_one({"name": name})
        return user is not None and bcrypt.checkpw(password.encode(), user["password"])


@bp.post("/change-password")
def change_password():
    body = request.get_json()
    name, new = str(body["name"]), str(body["new_password"])
    store = AccountStore()
+    if not store.check(name, str(body["old_password"])):
+        return jsonify(error="wrong name or password"), 403
    store.set_password(name, new)
    return jsonify(ok=True)
""",
    ),
    # The role comes from a header that the client writes.
    *pair(
        "role-header",
        285,
        '''
from aiohttp import web
from aiohttp_session import get_session


async def role_of(request: web.Request) -> str:
-    return request.headers.get("X-User-Role", "guest")
+    session = await get_session(request)
+    return session.get("role", "guest")


async def export_customers(request: web.Request) -> web.Response:
    """All customers, for managers."""
    if await role_of(request) != "manager":
        raise web.HTTPForbidden()
    return web.json_response(await request.app["customers"].all())
''',
    ),
    # assert as the only check of an administrator.
    *pair(
        "assert-admin",
        863,
        '''
import tornado.web


class MaintenanceHandler(tornado.web.RequestHandler):
    """Switch the maintenance page on and off."""

    def get_current_user(self):
        return self.application.users.get(self.get_signed_cookie("uid", b"").decode())

    @tornado.web.authenticated
    def post(self):
-        assert self.current_user.is_admin, "admins only"
+        if not self.current_user.is_admin:
+            raise tornado.web.HTTPError(403)
        self.application.maintenance = self.get_argument("on") == "1"
        self.set_status(204)


def make_app(users, key):
    app = tornado.web.Application([("/maintenance", MaintenanceHandler)], cookie_secret=key, xsrf_cookies=True)
    app.users = users
    app.maintenance = False
    return app
''',
    ),
    # All fields of the body are set on the model.
    *pair(
        "setattr-from-body",
        915,
        """
from flask import Blueprint, jsonify, request
from flask_login import current_user, login_required

from .models import db

bp = Blueprint("profile", __name__)
EDITABLE = {"display_name", "bio", "language"}


class ProfileUpdater:
    def __init__(self, user):
        self.user = user

    def apply(self, changes):
        for field, value in changes.items():
-            setattr(self.user, field, value)
+            if field in EDITABLE:
+                setattr(self.user, field, str(value)[:500])
        db.session.commit()


@bp.patch("/profile")
@login_required
def update():
    ProfileUpdater(current_user).apply(request.get_json())
    return jsonify(ok=True)
""",
    ),
    # A model form with all fields of the account.
    *pair(
        "django-form-all-fields",
        915,
        """
from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.views.generic.edit import UpdateView

from .models import Account


class AccountForm(forms.ModelForm):
    class Meta:
        model = Account
-        fields = "__all__"
+        fields = ["first_name", "last_name", "phone"]


class AccountView(LoginRequiredMixin, UpdateView):
    form_class = AccountForm
    template_name = "account.html"
    success_url = "/account/"

    def get_object(self, queryset=None):
        return self.request.user.account
""",
    ),
    # The keyword arguments of a new user come from the body.
    *pair(
        "create-user-kwargs",
        915,
        """
from sqlalchemy import Boolean, Column, Integer, String
from sqlalchemy.orm import declarative_base
from werkzeug.security import generate_password_hash

Base = declarative_base()


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    name = Column(String, unique=True)
    password_hash = Column(String)
    is_admin = Column(Boolean, default=False)


@app.post("/signup")
def signup():
    body = request.get_json()
    password = body.pop("password")
-    user = User(**body, password_hash=generate_password_hash(password))
+    user = User(name=str(body["name"]), password_hash=generate_password_hash(password))
    session.add(user)
    session.commit()
    return {"id": user.id}, 201
""",
    ),
    # The price is taken from the form.
    *pair(
        "price-from-form",
        20,
        '''
import os

import stripe
from flask import Blueprint, redirect, request
from flask_login import current_user, login_required

bp = Blueprint("checkout", __name__)
stripe.api_key = os.environ["STRIPE_KEY"]
PRICES = {"basic": 900, "pro": 2900}


@bp.post("/checkout")
@login_required
def checkout():
    """Charge the card of the user for a plan."""
    plan = request.form["plan"]
    if plan not in PRICES:
        return "unknown plan", 400
-    amount = int(request.form["amount"])
+    amount = PRICES[plan]
    stripe.PaymentIntent.create(
        amount=amount, currency="eur", customer=current_user.stripe_id, metadata={"plan": plan}, confirm=True
    )
    return redirect("/thanks")
''',
    ),
    # A negative quantity pays money back.
    *pair(
        "cart-negative-quantity",
        20,
        """
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass
class Cart:
    prices: dict
    items: dict = field(default_factory=dict)

    def add(self, sku: str, quantity: int) -> None:
        if sku not in self.prices:
            raise KeyError(sku)
-        if quantity > 99:
+        if not 1 <= quantity <= 99:
            raise ValueError("invalid quantity")
        self.items[sku] = quantity

    def total(self) -> Decimal:
        return sum((self.prices[sku] * count for sku, count in self.items.items()), Decimal(0))


@app.post("/order")
@login_required
def order():
    cart = Cart(load_prices())
    for line in request.get_json()["lines"][:50]:
        cart.add(str(line["sku"]), int(line["quantity"]))
    charge(current_user, cart.total())
    return {"total": str(cart.total())}
""",
    ),
    # A view that changes state is exempt from the check of the token.
    *pair(
        "django-csrf-exempt-transfer",
        352,
        '''
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
-from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from .services import change_email


-@csrf_exempt
@login_required
@require_POST
def update_email(request):
    """Change the address of the user who is logged in."""
    change_email(request.user, request.POST["email"])
    return JsonResponse({"ok": True})
''',
    ),
    # A form of Flask-WTF whose token is switched off.
    *pair(
        "wtf-csrf-disabled",
        352,
        """
import os

from flask import Flask, redirect, render_template
from flask_login import current_user, login_required
from flask_wtf import FlaskForm
from wtforms import EmailField
from wtforms.validators import Email, Length

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
-app.config["WTF_CSRF_ENABLED"] = False
+app.config["WTF_CSRF_TIME_LIMIT"] = 3600


class EmailForm(FlaskForm):
    email = EmailField(validators=[Email(), Length(max=200)])


@app.route("/account/email", methods=["GET", "POST"])
@login_required
def email():
    form = EmailForm()
    if form.validate_on_submit():
        change_email(current_user, form.email.data)
        return redirect("/account")
    return render_template("email.html", form=form)
""",
    ),
    # Money moves on GET.
    *pair(
        "state-change-on-get",
        352,
        '''
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect
+from django.views.decorators.http import require_POST

from .models import Subscription


@login_required
+@require_POST
def cancel_subscription(request, pk):
    """Cancel a subscription of the user."""
    subscription = get_object_or_404(Subscription, pk=pk, user=request.user)
    subscription.cancelled = True
    subscription.save(update_fields=["cancelled"])
    return redirect("subscriptions")
''',
    ),
    # The session cookie without its attributes.
    *pair(
        "session-cookie-flags",
        614,
        """
import secrets

from fastapi import APIRouter, Depends, HTTPException, Response

router = APIRouter()


class SessionStore:
    def __init__(self):
        self._sessions = {}

    def start(self, user_id: int) -> str:
        key = secrets.token_urlsafe(32)
        self._sessions[key] = user_id
        return key


sessions = SessionStore()


@router.post("/login")
def login(response: Response, user=Depends(authenticated_by_form)):
    if user is None:
        raise HTTPException(status_code=401)
-    response.set_cookie("session", sessions.start(user.id), httponly=True, samesite="lax")
+    response.set_cookie("session", sessions.start(user.id), httponly=True, samesite="lax", secure=True)
    return {"ok": True}
""",
    ),
    # The cookie of a login can be read by scripts.
    *pair(
        "tornado-cookie-httponly",
        1004,
        """
import tornado.web


class LoginHandler(tornado.web.RequestHandler):
    def initialize(self, accounts):
        self.accounts = accounts

    def post(self):
        name = self.get_body_argument("name")
        if not self.accounts.check(name, self.get_body_argument("password")):
            self.set_status(401)
            return
-        self.set_signed_cookie("user", name, secure=True, samesite="Lax")
+        self.set_signed_cookie("user", name, secure=True, httponly=True, samesite="Lax")
        self.redirect("/")
""",
    ),
    # Settings of Django that switch the attributes off.
    *pair(
        "django-cookie-settings",
        614,
        """
import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = ["www.example.org"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
CSRF_COOKIE_SECURE = True
-SESSION_COOKIE_SECURE = False
+SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
""",
    ),
    # The debugger of Werkzeug for everybody.
    *pair(
        "flask-debug-run",
        489,
        """
import os

from flask import Flask, jsonify

app = Flask(__name__)


@app.route("/health")
def health():
    return jsonify(status="ok")


def main() -> None:
    port = int(os.environ.get("PORT", "8000"))
-    app.run(host="127.0.0.1", port=port, debug=True)
+    app.run(host="127.0.0.1", port=port, debug=False)


if __name__ == "__main__":
    main()
""",
    ),
    # DEBUG is on where the host list names the public site.
    *pair(
        "django-debug-settings",
        489,
        """
import os

SECRET_KEY = os.environ["SECRET_KEY"]
-DEBUG = True
+DEBUG = os.environ.get("DJANGO_DEBUG") == "1"
ALLOWED_HOSTS = ["shop.example.com"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "shop"]
ROOT_URLCONF = "shop.urls"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "shop",
        "PASSWORD": os.environ["DB_PASSWORD"],
        "HOST": "db",
    }
}
""",
    ),
)

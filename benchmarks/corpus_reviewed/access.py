"""Who may do what: owners, roles, sessions, forgery, recovery, mass assignment, signatures."""

from corpus import pair

RECORDS = (
    # The queryset of a viewset does not know the user.
    *pair(
        "invoice-viewset-queryset",
        639,
        """
from rest_framework import permissions, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from billing.models import Invoice
from billing.pdf import link_to_pdf


class InvoiceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Invoice
        fields = ("id", "number", "issued", "total")
        read_only_fields = fields


class InvoiceViewSet(viewsets.ReadOnlyModelViewSet):
    serializer_class = InvoiceSerializer
    permission_classes = [permissions.IsAuthenticated]
    queryset = Invoice.objects.none()

    def get_queryset(self):
-        return Invoice.objects.select_related("customer").order_by("-issued")
+        return Invoice.objects.filter(customer__user=self.request.user).order_by("-issued")

    @action(detail=True)
    def pdf(self, request, pk=None):
        return Response({"link": link_to_pdf(self.get_object())})
""",
    ),
    # A service loads by id alone; the route knows who asks.
    *pair(
        "message-thread-owner",
        639,
        '''
from __future__ import annotations

from fastapi import APIRouter, Depends, HTTPException
+from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.auth import Patient, current_patient
from clinic.db import get_session
from clinic.models import Thread
from clinic.schemas import ThreadOut

router = APIRouter(prefix="/threads")


class ThreadService:
    def __init__(self, session: AsyncSession, patient: Patient) -> None:
        self.session = session
        self.patient = patient

    async def get(self, thread_id: int) -> Thread:
-        thread = await self.session.get(Thread, thread_id)
+        query = select(Thread).where(Thread.id == thread_id, Thread.patient_id == self.patient.id)
+        thread = (await self.session.execute(query)).scalar_one_or_none()
        if thread is None:
            raise HTTPException(404)
        return thread


def service(
    session: AsyncSession = Depends(get_session), patient: Patient = Depends(current_patient)
) -> ThreadService:
    return ThreadService(session, patient)


@router.get("/{thread_id}", response_model=ThreadOut)
async def read(thread_id: int, threads: ThreadService = Depends(service)):
    """A thread of messages between a patient and the clinic."""
    return await threads.get(thread_id)


@router.delete("/{thread_id}", status_code=204)
async def remove(thread_id: int, threads: ThreadService = Depends(service)) -> None:
    await threads.session.delete(await threads.get(thread_id))
    await threads.session.commit()
''',
    ),
    # The decorator of the project tests the role but does not stop.
    *pair(
        "role-decorator-falls-through",
        862,
        """
import functools
import logging

from flask import Blueprint, abort, g, jsonify, request

from plant.db import db
from plant.models import Valve

log = logging.getLogger(__name__)
valves = Blueprint("valves", __name__)


def role_required(role):
    def decorate(view):
        @functools.wraps(view)
        def inner(*args, **kwargs):
            if g.user is None:
                abort(401)
            if role not in g.user.roles:
-                log.warning("role %s is missing for user %d", role, g.user.id)
+                log.warning("role %s is missing for user %d", role, g.user.id)
+                abort(403)
            return view(*args, **kwargs)

        return inner

    return decorate


@valves.route("/valves/<int:number>", methods=["PUT"])
@role_required("operator")
def set_valve(number):
    valve = db.session.get(Valve, number)
    if valve is None:
        abort(404)
    valve.open = bool(request.get_json()["open"])
    db.session.commit()
    return jsonify(open=valve.open)
""",
    ),
    # A prefix of paths that need no login is too short.
    *pair(
        "login-middleware-prefix",
        306,
        '''
from django.http import JsonResponse

from hr.tokens import user_from_header

-OPEN = ("/health/", "/api/public/", "/")
+OPEN = ("/health/", "/api/public/")


class TokenMiddleware(object):
    """All addresses need a token, but for some that are open."""

    def __init__(self, get_response):
        self.get_response = get_response

    def is_open(self, request):
        return request.path_info.startswith(OPEN)

    def __call__(self, request):
        request.user = user_from_header(request.headers.get("Authorization", ""))
        if request.user is None and not self.is_open(request):
            return JsonResponse({"error": "a token is needed"}, status=401)
        response = self.get_response(request)
        response["Cache-Control"] = "no-store"
        return response
''',
    ),
    # A management port without a login listens on all interfaces.
    *pair(
        "trainer-control-port",
        306,
        '''
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

+from trainer.auth import bearer_is_valid
from trainer.loop import TrainingLoop


class ControlHandler(BaseHTTPRequestHandler):
    """Lets the dashboard stop a training and change its rate of learning."""

    loop: TrainingLoop

    def reply(self, status, **body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
+        if not bearer_is_valid(self.headers.get("Authorization", "")):
+            self.reply(401, error="a token is needed")
+            return
        if self.path == "/stop":
            self.loop.stop()
            self.reply(200, state="stopping")
        elif self.path == "/rate":
            size = min(int(self.headers.get("Content-Length", 0)), 1024)
            self.loop.rate = float(json.loads(self.rfile.read(size))["rate"])
            self.reply(200, rate=self.loop.rate)
        else:
            self.reply(404)


def serve(loop, address, port=9317):
    ControlHandler.loop = loop
    server = ThreadingHTTPServer((address, port), ControlHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
''',
    ),
    # A command of a bot that anybody in the channel can give.
    *pair(
        "bot-ban-command",
        862,
        """
import logging

from telegram import Update
from telegram.ext import Application, CommandHandler, ContextTypes

from townhall.settings import settings
from townhall.store import bans

log = logging.getLogger(__name__)


async def is_moderator(update: Update, context: ContextTypes.DEFAULT_TYPE) -> bool:
    member = await context.bot.get_chat_member(update.effective_chat.id, update.effective_user.id)
    return member.status in ("administrator", "creator")


def moderators_only(handler):
    async def inner(update: Update, context: ContextTypes.DEFAULT_TYPE):
-        if is_moderator(update, context):
+        if await is_moderator(update, context):
            await handler(update, context)

    return inner


@moderators_only
async def ban(update: Update, context: ContextTypes.DEFAULT_TYPE):
    target = update.message.reply_to_message.from_user
    await context.bot.ban_chat_member(update.effective_chat.id, target.id)
    await bans.add(update.effective_chat.id, target.id)
    await update.message.reply_text("Done.")


def main():
    application = Application.builder().token(settings.bot_token).build()
    application.add_handler(CommandHandler("ban", ban))
    application.run_polling()
""",
    ),
    # One session before and after the login.
    *pair(
        "session-kept-at-login",
        284,
        """
import secrets

from aiohttp import web

from cafe.accounts import verify_login
from cafe.sessions import SessionStore

COOKIE = "cafe_session"


def fresh_id():
    return secrets.token_urlsafe(32)


class SessionManager:
    def __init__(self, store: SessionStore) -> None:
        self.store = store

    def id_of(self, request):
-        return request.query.get("sid") or request.cookies.get(COOKIE) or fresh_id()
+        return request.cookies.get(COOKIE)

    async def login(self, request, account):
-        identifier = self.id_of(request)
+        old = self.id_of(request)
+        if old:
+            await self.store.delete(old)
+        identifier = fresh_id()
        await self.store.put(identifier, {"account": account.id})
        response = web.HTTPFound("/orders")
        response.set_cookie(COOKIE, identifier, secure=True, httponly=True, samesite="Lax", max_age=86400)
        return response


async def login(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    account = await verify_login(form.get("email", ""), form.get("password", ""))
    if account is None:
        raise web.HTTPForbidden(text="wrong address or password")
    raise await request.app["sessions"].login(request, account)
""",
    ),
    # A cookie of the client says who is administrator.
    *pair(
        "admin-flag-from-client",
        863,
        """
from dataclasses import dataclass

from bottle import Bottle, HTTPError, request

from archive.accounts import account_by_session
from archive.records import purge

app = Bottle()


@dataclass
class Identity:
    name: str
    admin: bool = False


def identify():
    account = account_by_session(request.get_cookie("session"))
    if account is None:
        raise HTTPError(401, "sign in first")
-    return Identity(account.name, admin=request.headers.get("X-Role") == "admin")
+    return Identity(account.name, admin=account.role == "admin")


def admin_only(function):
    def inner(*args, **kwargs):
        if not identify().admin:
            raise HTTPError(403, "administrators only")
        return function(*args, **kwargs)

    return inner


@app.delete("/records/<number:int>")
@admin_only
def delete_record(number):
    purge(number)
    return {"state": "deleted"}
""",
    ),
    # The view of a transfer was taken out of the protection against forgery.
    *pair(
        "wallet-transfer-exempt",
        352,
        '''
import decimal

from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
-from django.views.decorators.csrf import csrf_exempt
+from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from wallet.forms import TransferForm
from wallet.services import transfer


def endpoint(view):
    """What all views of the wallet are: for people who are signed in, by POST, with JSON errors."""
    view = require_POST(view)
    view = login_required(view)
-    return csrf_exempt(view)
+    return csrf_protect(view)


@endpoint
def send(request):
    form = TransferForm(request.POST, owner=request.user)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors.get_json_data()}, status=400)
    amount = decimal.Decimal(form.cleaned_data["amount"])
    receipt = transfer(request.user.wallet, form.cleaned_data["receiver"], amount)
    return JsonResponse({"receipt": receipt.number})
''',
    ),
    # A state of OAuth is made but never compared.
    *pair(
        "oauth-state-not-compared",
        352,
        '''
+import hmac
import secrets

from authlib.integrations.requests_client import OAuth2Session
from flask import Blueprint, abort, redirect, request, session, url_for
from flask_login import current_user, login_required

from calendarsync.settings import settings
from calendarsync.tokens import store_tokens

connect = Blueprint("connect", __name__)


def client():
    return OAuth2Session(
        settings.client_id, settings.client_secret, redirect_uri=url_for("connect.callback", _external=True)
    )


def check_state():
-    session.pop("oauth_state", None)
+    expected = session.pop("oauth_state", None)
-    if not request.args.get("state"):
+    if not expected or not hmac.compare_digest(expected.encode(), request.args.get("state", "").encode()):
        abort(400)


@connect.route("/connect")
@login_required
def begin():
    session["oauth_state"] = secrets.token_urlsafe(24)
    address, _ = client().create_authorization_url(settings.authorize_url, state=session["oauth_state"])
    return redirect(address)


@connect.route("/connect/callback")
@login_required
def callback():
    """Binds the calendar of the other service to the account that is signed in here."""
    check_state()
    tokens = client().fetch_token(settings.token_url, code=request.args.get("code", ""))
    store_tokens(current_user.id, tokens)
    return redirect(url_for("settings.calendars"))
''',
    ),
    # Recovery: the code comes from a generator that can be foreseen.
    *pair(
        "recovery-code-generator",
        330,
        """
import datetime as dt
-import random
+import secrets
import string

from sqlalchemy.orm import Session

from members.mail import send_mail
from members.models import Member, Recovery

LIFETIME = dt.timedelta(minutes=30)
ALPHABET = string.ascii_letters + string.digits


def make_code(length: int = 40) -> str:
-    return "".join(random.choices(ALPHABET, k=length))
+    return "".join(secrets.choice(ALPHABET) for _ in range(length))


class RecoveryService:
    def __init__(self, session: Session) -> None:
        self.session = session

    def request(self, email: str) -> None:
        member = self.session.query(Member).filter_by(email=email).one_or_none()
        if member is None:
            return
        recovery = Recovery(member=member, code=make_code(), expires=dt.datetime.now(dt.timezone.utc) + LIFETIME)
        self.session.add(recovery)
        self.session.commit()
        send_mail(member.email, "recovery", {"code": recovery.code})

    def redeem(self, code: str) -> Member | None:
        recovery = self.session.query(Recovery).filter_by(code=code, used=False).one_or_none()
        if recovery is None or recovery.expires < dt.datetime.now(dt.timezone.utc):
            return None
        recovery.used = True
        self.session.commit()
        return recovery.member
""",
    ),
    # The reset does not look whose token it is.
    *pair(
        "recovery-token-of-another",
        639,
        '''
import hashlib

from flask import Blueprint, abort, jsonify, request
from werkzeug.security import generate_password_hash

from members.db import db
from members.limits import limited
from members.models import Member, ResetToken

recovery = Blueprint("recovery", __name__)


def find_token(raw):
    digest = hashlib.sha256(raw.encode()).hexdigest()
    token = ResetToken.query.filter_by(digest=digest).first()
    if token is None or token.expired:
        abort(403)
    return token


@recovery.route("/recovery", methods=["POST"])
@limited("10/hour")
def reset():
    """Sets a new password with the token from the mail."""
    body = request.get_json()
    token = find_token(body["token"])
-    member = Member.query.filter_by(email=body["email"]).first_or_404()
+    member = db.session.get(Member, token.member_id) or abort(404)
    member.password_hash = generate_password_hash(body["password"])
    db.session.delete(token)
    db.session.commit()
    return jsonify(state="changed")
''',
    ),
    # The address of the mail for recovery comes from the Host header.
    *pair(
        "recovery-link-host",
        74,
        """
import secrets

from flask import Blueprint, request

from gallery.mail import send
from gallery.models import Visitor
+from gallery.settings import PUBLIC_URL

recovery = Blueprint("recovery", __name__)


class LinkBuilder(object):
    def __init__(self, base):
        self.base = base.rstrip("/")

    def reset_link(self, token):
        return "%s/reset/%s" % (self.base, token)


def builder():
-    return LinkBuilder("%s://%s" % (request.scheme, request.headers["Host"]))
+    return LinkBuilder(PUBLIC_URL)


@recovery.route("/forgotten", methods=["POST"])
def forgotten():
    visitor = Visitor.by_email(request.form.get("email", ""))
    if visitor is not None:
        token = secrets.token_urlsafe(32)
        visitor.remember_reset(token)
        send(visitor.email, "Your new password", builder().reset_link(token))
    return "We have sent a mail if we know this address."
""",
    ),
    # All keys of a request become attributes.
    *pair(
        "account-patch-setattr",
        915,
        '''
from __future__ import annotations

from typing import Any

from litestar import Controller, patch
from litestar.exceptions import ValidationException

from newsletter.db import Transaction
from newsletter.models import Subscriber
from newsletter.security import Identity


class PatchMixin:
    """Changes attributes of a model to what a request says."""

-    protected: frozenset[str] = frozenset({"id"})
+    changeable: frozenset[str] = frozenset({"name", "language", "frequency"})

    def apply(self, model: Any, changes: dict[str, Any]) -> None:
        for key, value in changes.items():
-            if key in self.protected or not hasattr(model, key):
+            if key not in self.changeable:
                raise ValidationException("unknown field")
            setattr(model, key, value)


class SubscriberController(PatchMixin, Controller):
    path = "/me"

    @patch()
    async def change(self, data: dict[str, Any], identity: Identity, transaction: Transaction) -> dict[str, Any]:
        subscriber = await transaction.get(Subscriber, identity.subscriber_id)
        self.apply(subscriber, data)
        await transaction.commit()
        return {"name": subscriber.name, "language": subscriber.language}
''',
    ),
    # A serializer of the own profile with all fields of the user.
    *pair(
        "profile-serializer-fields",
        915,
        '''
from django.contrib.auth import get_user_model
from rest_framework import generics, permissions, serializers

User = get_user_model()


class ProfileSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
-        exclude = ("password", "last_login")
+        fields = ("username", "first_name", "last_name", "email")
+        read_only_fields = ("username",)


class ProfileView(generics.RetrieveUpdateAPIView):
    """Everybody can change the own profile here."""

    serializer_class = ProfileSerializer
    permission_classes = (permissions.IsAuthenticated,)
    http_method_names = ["get", "patch"]

    def get_object(self):
        return self.request.user
''',
    ),
    # A token whose algorithms come from its own header.
    *pair(
        "jwt-algorithm-from-header",
        347,
        '''
import logging

import jwt
from channels.middleware import BaseMiddleware

from livechat.accounts import account_for
from livechat.settings import settings

logger = logging.getLogger(__name__)


class TokenReader:
    def __init__(self, key: str, audience: str) -> None:
        self.key = key
        self.audience = audience

    def options(self, token: str) -> dict:
-        header = jwt.get_unverified_header(token)
-        return {"verify_signature": header.get("alg") != "none", "require": ["exp", "sub"]}
+        return {"verify_signature": True, "require": ["exp", "sub"]}

    def claims(self, token: str) -> dict:
        return jwt.decode(
            token, self.key, algorithms=["RS256"], audience=self.audience, options=self.options(token)
        )


class TokenMiddleware(BaseMiddleware):
    """Finds the account of a WebSocket by the token in a subprotocol."""

    reader = TokenReader(settings.PUBLIC_KEY, "livechat")

    async def __call__(self, scope, receive, send):
        scope["account"] = None
        for protocol in scope.get("subprotocols", []):
            if protocol.startswith("token."):
                try:
                    claims = self.reader.claims(protocol[len("token.") :])
                except jwt.InvalidTokenError:
                    logger.info("a token that is not valid")
                    continue
                scope["account"] = await account_for(claims["sub"])
        return await super().__call__(scope, receive, send)
''',
    ),
    # A hook that is believed when the signature is missing.
    *pair(
        "webhook-optional-signature",
        345,
        """
import hashlib
import hmac
import json
from functools import wraps

from flask import Blueprint, abort, current_app, request

from payments.orders import mark_paid

hooks = Blueprint("hooks", __name__)


def signature_is_valid(key, body, signature):
    expected = hmac.new(key, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature)


def signed(view):
    @wraps(view)
    def inner(*args, **kwargs):
        signature = request.headers.get("X-Signature")
-        if signature and not signature_is_valid(current_app.config["HOOK_KEY"], request.get_data(), signature):
+        if not signature or not signature_is_valid(current_app.config["HOOK_KEY"], request.get_data(), signature):
            abort(403)
        return view(*args, **kwargs)

    return inner


@hooks.route("/hooks/payments", methods=["POST"])
@signed
def payment():
    event = json.loads(request.get_data())
    if event.get("type") == "paid":
        mark_paid(int(event["order"]))
    return "", 204
""",
    ),
    # The update of a device: its manifest says which digest it should have.
    *pair(
        "firmware-digest-of-the-same-place",
        345,
        '''
import hashlib
import json
import urllib.request

from lock_hub.flash import flash
+from lock_hub.keys import RELEASE_KEY
+from lock_hub.signatures import verify_detached

MIRROR = "http://mirror.example.net/lock-hub"
LIMIT = 8 * 1024 * 1024


def fetch(name):
    with urllib.request.urlopen(MIRROR + "/" + name, timeout=30) as answer:
        return answer.read(LIMIT)


class Update(object):
    def __init__(self):
        raw = fetch("manifest.json")
+        verify_detached(RELEASE_KEY, raw, fetch("manifest.sig"))
        self.manifest = json.loads(raw)

    def image(self):
        image = fetch("image-%d.bin" % int(self.manifest["build"]))
        if hashlib.sha256(image).hexdigest() != self.manifest["sha256"]:
            raise ValueError("the image is damaged")
        return image


def update(installed):
    """Installs a newer build; raises ValueError for a bad image."""
    found = Update()
    if int(found.manifest["build"]) > installed:
        flash(found.image())
''',
    ),
)

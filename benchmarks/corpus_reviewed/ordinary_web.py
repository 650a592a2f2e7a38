"""Good programs: services, views, middlewares, handlers, with guards that are unusual and right."""

from corpus import good

RECORDS = (
    # Links that hold for a while: the signature covers all that the view uses, the path comes from the database.
    good(
        "signed-download-links",
        '''
import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from flask import Blueprint, abort, current_app, send_file, url_for
from flask_login import current_user, login_required

from archive.models import Document

downloads = Blueprint("downloads", __name__)


@dataclass(frozen=True)
class Ticket:
    document: int
    reader: int
    until: int

    def encode(self, key: bytes) -> str:
        body = json.dumps([self.document, self.reader, self.until]).encode()
        signature = hmac.new(key, body, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(signature + body).decode()

    @classmethod
    def decode(cls, key: bytes, text: str) -> Optional["Ticket"]:
        """The ticket, or None for one that was not made here or is too old."""
        try:
            raw = base64.urlsafe_b64decode(text.encode("ascii"))
        except ValueError:
            return None
        signature, body = raw[:32], raw[32:]
        if not hmac.compare_digest(signature, hmac.new(key, body, hashlib.sha256).digest()):
            return None
        ticket = cls(*json.loads(body))
        return ticket if ticket.until > time.time() else None


@downloads.route("/documents/<int:number>/link", methods=["POST"])
@login_required
def make_link(number: int):
    document = Document.query.filter_by(id=number, owner_id=current_user.id).first_or_404()
    ticket = Ticket(document.id, current_user.id, int(time.time()) + 900)
    return {"link": url_for("downloads.fetch", ticket=ticket.encode(current_app.config["TICKET_KEY"]))}


@downloads.route("/fetch/<ticket>")
def fetch(ticket: str):
    found = Ticket.decode(current_app.config["TICKET_KEY"], ticket)
    if found is None:
        abort(403)
    document = Document.query.filter_by(id=found.document, owner_id=found.reader).first_or_404()
    path = Path(current_app.config["DOCUMENTS"]) / f"{document.id}.bin"
    return send_file(path, mimetype="application/octet-stream", as_attachment=True, download_name="document")
''',
    ),
    # Columns and directions go through tables before they are text of SQL.
    good(
        "report-query-tables",
        '''
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from fastapi import APIRouter, Depends, Query
from psycopg.rows import dict_row

from fleet.security import Dispatcher, current_dispatcher
from fleet.settings import settings

router = APIRouter(prefix="/reports")

COLUMNS = {"day": "t.day", "vehicle": "v.plate", "distance": "sum(t.kilometres)", "fuel": "sum(t.litres)"}
GROUPS = {"day", "vehicle"}


class Report:
    """A statement that is made of parts from the tables above; values are parameters."""

    def __init__(self, depot: int) -> None:
        self.select: list[str] = []
        self.group: list[str] = []
        self.where = ["v.depot_id = %(depot)s"]
        self.values: dict[str, Any] = {"depot": depot}

    def show(self, names: list[str]) -> Report:
        for name in names:
            column = COLUMNS.get(name)
            if column is None:
                continue
            self.select.append(f"{column} AS {name}")
            if name in GROUPS:
                self.group.append(column)
        return self

    def between(self, start: str | None, end: str | None) -> Report:
        for key, operator, value in (("start", ">=", start), ("end", "<", end)):
            if value:
                self.where.append(f"t.day {operator} %({key})s::date")
                self.values[key] = value
        return self

    def text(self) -> str:
        lines = [
            "SELECT " + ", ".join(self.select or ["count(*) AS trips"]),
            "FROM trips t JOIN vehicles v ON v.id = t.vehicle_id",
            "WHERE " + " AND ".join(self.where),
        ]
        if self.group:
            lines.append("GROUP BY " + ", ".join(self.group))
        return "\\n".join([*lines, "LIMIT 1000"])


@contextmanager
def connection() -> Iterator[psycopg.Connection]:
    with psycopg.connect(settings.dsn, row_factory=dict_row) as opened:
        yield opened


@router.get("/trips")
def trips(
    show: list[str] = Query(default=["day", "distance"]),
    start: str | None = None,
    end: str | None = None,
    dispatcher: Dispatcher = Depends(current_dispatcher),
) -> list[dict[str, Any]]:
    report = Report(dispatcher.depot_id).show(show[:8]).between(start, end)
    with connection() as opened:
        return opened.execute(report.text(), report.values).fetchall()
''',
    ),
    # Recovery with digests of tokens, one answer for all addresses, and one use.
    good(
        "account-recovery",
        """
import datetime
import hashlib
import logging
import secrets

from django.conf import settings
from django.contrib.auth import get_user_model, password_validation
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import models, transaction
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from accounts.limits import limited_by_address

logger = logging.getLogger(__name__)
LIFETIME = datetime.timedelta(minutes=20)


class RecoveryManager(models.Manager):
    def issue(self, user):
        raw = secrets.token_urlsafe(32)
        self.filter(user=user).delete()
        self.create(user=user, digest=self.digest(raw), expires=timezone.now() + LIFETIME)
        return raw

    @staticmethod
    def digest(raw):
        # The token is 256 random bits, so that a fast digest does.
        return hashlib.sha256(raw.encode()).hexdigest()

    def redeem(self, raw):
        with transaction.atomic():
            found = self.select_for_update().filter(digest=self.digest(raw), expires__gt=timezone.now()).first()
            if found is None:
                return None
            user = found.user
            found.delete()
            return user


class Recovery(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField()

    objects = RecoveryManager()


@require_POST
@csrf_protect
@limited_by_address("5/hour")
def forgotten(request):
    user = get_user_model().objects.filter(email__iexact=request.POST.get("email", ""), is_active=True).first()
    if user is not None:
        link = settings.PUBLIC_URL + "/recover#" + Recovery.objects.issue(user)
        send_mail("Your account", "Choose a new password here: " + link, None, [user.email])
    return JsonResponse({"state": "if we know this address, a mail is on its way"})


@require_POST
@csrf_protect
@limited_by_address("20/hour")
def recover(request):
    password = request.POST.get("password", "")
    try:
        password_validation.validate_password(password)
    except ValidationError as error:
        return JsonResponse({"errors": error.messages}, status=400)
    user = Recovery.objects.redeem(request.POST.get("token", ""))
    if user is None:
        return JsonResponse({"errors": ["this link is not valid any more"]}, status=400)
    user.set_password(password)
    user.save(update_fields=["password"])
    logger.info("a password was recovered")
    return JsonResponse({"state": "changed"})
""",
    ),
    # A hook with a time in the signed text, so that it cannot be sent again later.
    good(
        "payment-hook-replay",
        '''
from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

from aiohttp import web

from tickets.orders import Orders
from tickets.settings import Settings

TOLERANCE = 300
MAX_BODY = 64 * 1024


class SignatureError(Exception):
    pass


class Verifier:
    def __init__(self, keys: list[bytes]) -> None:
        self._keys = keys

    def verify(self, header: str, body: bytes) -> None:
        """Raises SignatureError unless one of the keys has signed this body a short time ago."""
        fields = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
        stamp, signature = fields.get("t", ""), fields.get("v1", "")
        if not stamp.isdecimal() or abs(time.time() - int(stamp)) > TOLERANCE:
            raise SignatureError("time")
        text = stamp.encode() + b"." + body
        expected = [hmac.new(key, text, hashlib.sha256).hexdigest() for key in self._keys]
        if not any([hmac.compare_digest(one.encode(), signature.encode()) for one in expected]):
            raise SignatureError("signature")


class PaymentHook:
    def __init__(self, verifier: Verifier, orders: Orders) -> None:
        self.verifier = verifier
        self.orders = orders

    async def handle(self, request: web.Request) -> web.Response:
        if (request.content_length or 0) > MAX_BODY:
            raise web.HTTPRequestEntityTooLarge(MAX_BODY, request.content_length or 0)
        body = await request.read()
        try:
            self.verifier.verify(request.headers.get("X-Pay-Signature", ""), body)
        except SignatureError:
            raise web.HTTPForbidden() from None
        event: dict[str, Any] = json.loads(body)
        action = {"charge.paid": self.orders.paid, "charge.refunded": self.orders.refunded}.get(event.get("type", ""))
        if action is not None:
            await action(int(event["order"]), event_id=str(event["id"]))
        return web.Response(status=204)


def create_app(settings: Settings, orders: Orders) -> web.Application:
    app = web.Application(client_max_size=MAX_BODY)
    hook = PaymentHook(Verifier([key.encode() for key in settings.hook_keys]), orders)
    app.router.add_post("/hooks/payments", hook.handle)
    return app
''',
    ),
    # Pictures are decoded and written anew, under a name of the server.
    good(
        "picture-upload-reencode",
        """
import io
import logging
import secrets
import warnings
from pathlib import Path

from flask import Blueprint, abort, current_app, jsonify, request
from flask_login import current_user, login_required
from PIL import Image, UnidentifiedImageError

from recipes.db import db
from recipes.models import Picture

log = logging.getLogger(__name__)
pictures = Blueprint("pictures", __name__)

MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 25_000_000
SIZES = {"small": 320, "large": 1600}


class BadPicture(ValueError):
    pass


class Decoder:
    formats = ("PNG", "JPEG", "WEBP")

    def open(self, data):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                image = Image.open(io.BytesIO(data), formats=self.formats)
                if image.width * image.height > MAX_PIXELS:
                    raise BadPicture("too many pixels")
                return image.convert("RGB")
        except (UnidentifiedImageError, OSError, Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise BadPicture("not a picture") from error


class PictureStore:
    def __init__(self, folder):
        self.folder = Path(folder)

    def keep(self, image):
        name = secrets.token_hex(16)
        for size, edge in SIZES.items():
            copy = image.copy()
            copy.thumbnail((edge, edge))
            copy.save(self.folder / f"{name}-{size}.jpg", "JPEG", quality=85)
        return name


@pictures.route("/recipes/<int:number>/pictures", methods=["POST"])
@login_required
def add(number):
    recipe = current_user.recipes.filter_by(id=number).first_or_404()
    data = request.files["picture"].stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        abort(413)
    try:
        image = Decoder().open(data)
    except BadPicture:
        return jsonify(error="this is no picture that we can use"), 422
    name = PictureStore(current_app.config["PICTURES"]).keep(image)
    db.session.add(Picture(recipe=recipe, name=name))
    db.session.commit()
    log.info("a picture for recipe %d", recipe.id)
    return jsonify(name=name), 201
""",
    ),
    # Redirects by name: the address of the client picks from a table and is never used itself.
    good(
        "redirect-by-name",
        """
import enum
import logging

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

from portal.accounts import authenticate
from portal.pages import login_page
from portal.settings import settings

logger = logging.getLogger(__name__)


class Destination(str, enum.Enum):
    START = "start"
    ORDERS = "orders"
    PROFILE = "profile"

    @property
    def path(self) -> str:
        return {"start": "/", "orders": "/orders/", "profile": "/account/profile"}[self.value]

    @classmethod
    def of(cls, text: str) -> "Destination":
        try:
            return cls(text)
        except ValueError:
            return cls.START


async def show_login(request: Request) -> HTMLResponse:
    destination = Destination.of(request.query_params.get("to", ""))
    return HTMLResponse(login_page(destination=destination.value))


async def login(request: Request) -> RedirectResponse:
    form = await request.form()
    account = await authenticate(str(form.get("email", "")), str(form.get("password", "")))
    if account is None:
        logger.info("a login that failed")
        return RedirectResponse("/login?failed=1", status_code=303)
    request.session.clear()
    request.session["account"] = account.id
    return RedirectResponse(Destination.of(str(form.get("to", ""))).path, status_code=303)


async def logout(request: Request) -> RedirectResponse:
    request.session.clear()
    return RedirectResponse(Destination.START.path, status_code=303)


app = Starlette(
    routes=[
        Route("/login", show_login, methods=["GET"]),
        Route("/login", login, methods=["POST"]),
        Route("/logout", logout, methods=["POST"]),
    ],
    middleware=[
        Middleware(SessionMiddleware, secret_key=settings.session_key, https_only=True, same_site="strict"),
    ],
)
""",
    ),
    # Row-level security: the tenant goes to the database as a parameter of set_config.
    good(
        "tenant-set-config",
        '''
from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from rental.security import Claims, verified_claims
from rental.settings import settings

engine = create_async_engine(settings.database_url, pool_pre_ping=True)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI(title="rental", docs_url=None, redoc_url=None, openapi_url=None)


class TenantSession:
    """A session whose rows are those of one tenant; the policies of the tables read app.tenant."""

    def __init__(self, session: AsyncSession, tenant: uuid.UUID) -> None:
        self.session = session
        self.tenant = tenant

    async def enter(self) -> AsyncSession:
        await self.session.execute(
            text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(self.tenant)}
        )
        return self.session


async def tenant_session(claims: Claims = Depends(verified_claims)) -> AsyncIterator[AsyncSession]:
    try:
        tenant = uuid.UUID(claims.tenant)
    except ValueError:
        raise HTTPException(403) from None
    async with sessions() as session, session.begin():
        yield await TenantSession(session, tenant).enter()


STATES = ("booked", "running", "closed")


@app.get("/contracts")
async def contracts(
    state: str = "running", words: str = "", session: AsyncSession = Depends(tenant_session)
) -> list[dict[str, object]]:
    if state not in STATES:
        raise HTTPException(422)
    pattern = words.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    rows = await session.execute(
        text(
            f"SELECT id, customer, started FROM contracts WHERE state = '{state}' "
            "AND customer ILIKE :pattern ESCAPE '!' ORDER BY started DESC LIMIT 100"
        ),
        {"pattern": f"%{pattern}%"},
    )
    return [dict(row._mapping) for row in rows]
''',
    ),
    # A fetcher that resolves once, checks all addresses, and connects to what it has checked.
    good(
        "guarded-fetcher",
        '''
from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

MAX_BYTES = 512 * 1024
TYPES = ("text/html", "application/xhtml+xml")


class NotPublic(OSError):
    pass


class PublicResolver(AbstractResolver):
    """Resolves names to addresses of the public internet only; what it returns is what is connected to."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=socket.AF_INET)
        results: list[ResolveResult] = []
        for kind, _, protocol, _, (address, number) in found:
            parsed = ipaddress.ip_address(address)
            if not parsed.is_global or parsed.is_multicast:
                raise NotPublic(host)
            results.append(
                ResolveResult(hostname=host, host=address, port=number, family=kind, proto=protocol, flags=0)
            )
        return results

    async def close(self) -> None:
        return None


def checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.port not in (None, 443):
        raise NotPublic(url)
    try:
        ipaddress.ip_address(parts.hostname)
    except ValueError:
        return url
    raise NotPublic(url)


class PageFetcher:
    def __init__(self) -> None:
        self.connector = aiohttp.TCPConnector(resolver=PublicResolver(), use_dns_cache=False, limit=20)
        self.timeout = aiohttp.ClientTimeout(total=10)

    async def fetch(self, url: str) -> bytes:
        async with aiohttp.ClientSession(connector=self.connector, connector_owner=False) as session:
            async with session.get(checked(url), allow_redirects=False, timeout=self.timeout) as answer:
                if answer.status != 200 or answer.content_type not in TYPES:
                    return b""
                return await answer.content.read(MAX_BYTES)
''',
    ),
    # Headers and a nonce against scripts of others; the nonce is made for each answer.
    good(
        "content-security-middleware",
        '''
import secrets

from django.conf import settings
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString


class Policy:
    """A Content-Security-Policy that is put together from the settings of the project and a nonce."""

    defaults = {
        "default-src": ["'none'"],
        "img-src": ["'self'", "data:"],
        "style-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }

    def __init__(self, nonce):
        self.nonce = nonce

    def header(self):
        parts = dict(self.defaults, **getattr(settings, "EXTRA_POLICY", {}))
        parts["script-src"] = ["'self'", "'nonce-%s'" % self.nonce]
        return "; ".join("%s %s" % (name, " ".join(values)) for name, values in parts.items())


class ContentSecurityMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        nonce = secrets.token_urlsafe(16)
        request.csp_nonce = SimpleLazyObject(lambda: nonce)
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", Policy(nonce).header())
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        return response


def state_script(request, state) -> SafeString:
    """Data for the scripts of a page, in an element that the browser does not run."""
    return json_script(state, "page-state")


def module_script(request, name) -> SafeString:
    if name not in settings.PAGE_MODULES:
        raise KeyError(name)
    source = settings.STATIC_URL + settings.PAGE_MODULES[name]
    return format_html('<script type="module" nonce="{}" src="{}"></script>', request.csp_nonce, source)
''',
    ),
    # A WebSocket that looks at the origin, the account, the size and the rate of its messages.
    good(
        "websocket-room",
        '''
from __future__ import annotations

import json
import time
from collections import deque

from fastapi import APIRouter, WebSocket, WebSocketDisconnect, status

from lecture.accounts import account_of_session
from lecture.rooms import Room, rooms
from lecture.settings import settings

router = APIRouter()
MAX_MESSAGE = 2000


class Rate:
    def __init__(self, count: int, seconds: float) -> None:
        self.seconds = seconds
        self.times: deque[float] = deque(maxlen=count)

    def allows(self) -> bool:
        now = time.monotonic()
        full = len(self.times) == self.times.maxlen
        if full and now - self.times[0] < self.seconds:
            return False
        self.times.append(now)
        return True


class Participant:
    def __init__(self, socket: WebSocket, room: Room, name: str) -> None:
        self.socket = socket
        self.room = room
        self.name = name
        self.rate = Rate(count=10, seconds=10)

    async def on_question(self, text: str) -> None:
        await self.room.broadcast({"kind": "question", "from": self.name, "text": text[:MAX_MESSAGE]})

    async def on_hand(self, text: str) -> None:
        await self.room.broadcast({"kind": "hand", "from": self.name, "up": text == "up"})

    async def receive(self, raw: str) -> None:
        if len(raw) > 2 * MAX_MESSAGE or not self.rate.allows():
            return
        message = json.loads(raw)
        handlers = {"question": self.on_question, "hand": self.on_hand}
        handler = handlers.get(str(message.get("kind"))) if isinstance(message, dict) else None
        if handler is not None:
            await handler(str(message.get("text", "")))


@router.websocket("/rooms/{number}")
async def join(socket: WebSocket, number: int) -> None:
    """Browsers send cookies with every WebSocket, so the origin is what keeps other sites out."""
    if socket.headers.get("origin") != settings.public_origin:
        await socket.close(status.WS_1008_POLICY_VIOLATION)
        return
    account = await account_of_session(socket.cookies.get("session", ""))
    room = rooms.get(number)
    if account is None or room is None or account.id not in room.members:
        await socket.close(status.WS_1008_POLICY_VIOLATION)
        return
    await socket.accept()
    participant = Participant(socket, room, account.name)
    room.enter(participant)
    try:
        while True:
            await participant.receive(await socket.receive_text())
    except (WebSocketDisconnect, ValueError):
        room.leave(participant)
''',
    ),
    # Filters of a client become columns of SQLAlchemy by a table, and values are parameters.
    good(
        "filter-language",
        r'''
import operator
import re
from typing import Any, Callable, Dict, Iterator, Tuple

from flask import Blueprint, jsonify, request
from sqlalchemy import select

from stock.auth import clerk_required
from stock.db import session
from stock.models import Article

articles = Blueprint("articles", __name__)

CONDITION = re.compile(r"(?P<name>[a-z]{1,20})(?P<sign>[<>=~])(?P<value>[^;]{1,80})\Z")
FIELDS: Dict[str, Tuple[Any, Callable[[str], Any]]] = {
    "name": (Article.name, str),
    "shelf": (Article.shelf, str),
    "pieces": (Article.pieces, int),
    "weight": (Article.weight, float),
}
SIGNS: Dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
    "~": lambda column, value: column.contains(str(value), autoescape=True),
}


class BadFilter(ValueError):
    pass


def conditions(text: str) -> Iterator[Any]:
    """Clauses for a filter like `pieces<5;shelf=A3`. Raises BadFilter."""
    for part in filter(None, text[:400].split(";")):
        found = CONDITION.match(part)
        if found is None or found["name"] not in FIELDS:
            raise BadFilter("a condition is a field, a sign, and a value")
        column, kind = FIELDS[found["name"]]
        try:
            value = kind(found["value"])
        except ValueError:
            raise BadFilter("a number is needed") from None
        yield SIGNS[found["sign"]](column, value)


@articles.route("/articles")
@clerk_required
def listing():
    try:
        query = select(Article).where(*conditions(request.args.get("filter", "")))
    except BadFilter as error:
        return jsonify(error=str(error)), 400
    found = session.scalars(query.order_by(Article.name).limit(200))
    return jsonify(articles=[{"id": one.id, "name": one.name, "pieces": one.pieces} for one in found])
''',
    ),
    # Templates of tenants in a sandbox that knows a few names, with a limit of length and escaped values.
    good(
        "tenant-page-sandbox",
        """
from __future__ import annotations

import logging
from functools import lru_cache
from types import MappingProxyType

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedEnvironment
from markupsafe import Markup

from sites.models import Page, Site
from sites.responses import HtmlResponse, not_found

logger = logging.getLogger(__name__)
MAX_SOURCE = 20_000


class TenantEnvironment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(["**", "*", "%"])

    def call_binop(self, context, operator, left, right):
        if operator == "**" or not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
            return self.undefined(f"the operator {operator} is not available")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj, attr, value):
        return not attr.startswith("_") and super().is_safe_attribute(obj, attr, value)


@lru_cache(maxsize=1)
def environment() -> SandboxedEnvironment:
    made = TenantEnvironment(autoescape=True, cache_size=200)
    made.globals.clear()
    for name in list(made.filters):
        if name in {"safe", "xmlattr", "attr", "pprint", "format", "center", "indent", "batch", "slice"}:
            del made.filters[name]
    return made


class PageRenderer:
    def __init__(self, site: Site) -> None:
        self.site = site

    def values(self, page: Page) -> MappingProxyType[str, object]:
        return MappingProxyType(
            {"title": page.title, "site": self.site.name, "links": [(one.text, one.path) for one in self.site.links]}
        )

    def render(self, page: Page) -> Markup:
        if len(page.source) > MAX_SOURCE:
            raise TemplateError("the page is too long")
        return Markup(environment().from_string(page.source).render(self.values(page)))


async def show_page(request):
    site = await Site.by_host(request.url.hostname)
    page = await site.page(request.path_params["slug"])
    if page is None:
        return not_found()
    try:
        return HtmlResponse(PageRenderer(site).render(page))
    except TemplateError:
        logger.info("page %d cannot be shown", page.id)
        return not_found()
""",
    ),
    # A directory login that escapes both kinds of text and refuses empty passwords.
    good(
        "directory-login",
        '''
import logging
import ssl
from contextlib import contextmanager

from ldap3 import SUBTREE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars

from ticketing.accounts import Account
from ticketing.settings import settings

logger = logging.getLogger(__name__)


class DirectoryBackend:
    """Django's interface of a backend: authenticate() and get_user()."""

    def __init__(self):
        tls = Tls(validate=ssl.CERT_REQUIRED, version=ssl.PROTOCOL_TLS_CLIENT, ca_certs_file=settings.LDAP_CA)
        self.server = Server(settings.LDAP_HOST, port=636, use_ssl=True, tls=tls, connect_timeout=5)

    @contextmanager
    def bound(self, name, password):
        connection = Connection(self.server, user=name, password=password, receive_timeout=5)
        try:
            if not connection.bind():
                raise PermissionError("the directory refuses this password")
            yield connection
        finally:
            connection.unbind()

    def find(self, username):
        condition = "(&(objectClass=person)(uid={}))".format(escape_filter_chars(username))
        with self.bound(settings.LDAP_READER, settings.LDAP_READER_PASSWORD) as connection:
            connection.search(settings.LDAP_BASE, condition, SUBTREE, attributes=["cn", "mail"], size_limit=2)
            return connection.entries[0] if len(connection.entries) == 1 else None

    def authenticate(self, request, username=None, password=None):
        # A bind with an empty password is an anonymous one, which succeeds.
        if not username or not password:
            return None
        try:
            entry = self.find(username)
            if entry is None:
                return None
            with self.bound(entry.entry_dn, password):
                return Account.from_directory(username, str(entry.cn), str(entry.mail))
        except PermissionError:
            logger.info("a login that the directory refuses")
        except LDAPException:
            logger.exception("the directory does not answer")
        return None

    def get_user(self, user_id):
        return Account.objects.filter(pk=user_id, is_active=True).first()
''',
    ),
    # An import of XML with a parser that refuses entities, and limits on what is kept.
    good(
        "calendar-xml-import",
        """
import datetime as dt
from dataclasses import dataclass
from typing import Iterator
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from rest_framework import status
from rest_framework.parsers import FileUploadParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from planner.models import Appointment, Calendar

MAX_SIZE = 2 * 1024 * 1024
MAX_COUNT = 2000


@dataclass(frozen=True)
class Parsed:
    title: str
    start: dt.datetime
    end: dt.datetime

    @classmethod
    def of(cls, element: Element) -> "Parsed":
        start = dt.datetime.fromisoformat(element.get("start", ""))
        end = dt.datetime.fromisoformat(element.get("end", ""))
        if end < start:
            raise ValueError("an appointment ends before it begins")
        return cls((element.findtext("title") or "")[:200], start, end)


def appointments(data: bytes) -> Iterator[Parsed]:
    root = fromstring(data, forbid_dtd=True)
    for count, element in enumerate(root.iter("appointment")):
        if count >= MAX_COUNT:
            raise ValueError("too many appointments")
        yield Parsed.of(element)


class ImportView(APIView):
    parser_classes = [FileUploadParser]
    permission_classes = [IsAuthenticated]

    def put(self, request, pk):
        calendar = Calendar.objects.filter(owner=request.user, pk=pk).first()
        if calendar is None:
            return Response(status=status.HTTP_404_NOT_FOUND)
        upload = request.data["file"]
        if upload.size > MAX_SIZE:
            return Response(status=status.HTTP_413_REQUEST_ENTITY_TOO_LARGE)
        try:
            found = list(appointments(upload.read()))
        except (ParseError, DefusedXmlException, ValueError):
            return Response({"error": "not a calendar"}, status=status.HTTP_422_UNPROCESSABLE_ENTITY)
        Appointment.objects.bulk_create(
            Appointment(calendar=calendar, title=one.title, start=one.start, end=one.end) for one in found
        )
        return Response({"count": len(found)})
""",
    ),
    # Sessions on the server: the cookie has a random number, the store has its digest; logins change it.
    good(
        "server-side-sessions",
        """
from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web
from redis.asyncio import Redis

COOKIE = "__Host-session"
LIFETIME = 8 * 3600
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Session(dict):
    def __init__(self, token: str | None, values: dict | None = None) -> None:
        super().__init__(values or {})
        self.token = token
        self.renew = False

    def login(self, account: int) -> None:
        self.clear()
        self["account"] = account
        self.renew = True


class RedisSessions:
    def __init__(self, client: Redis) -> None:
        self.client = client

    @staticmethod
    def key(token: str) -> str:
        return "session:" + hashlib.sha256(token.encode()).hexdigest()

    async def load(self, token: str | None) -> Session:
        raw = await self.client.get(self.key(token)) if token else None
        return Session(token, json.loads(raw)) if raw else Session(None)

    async def save(self, session: Session) -> str:
        if session.renew or session.token is None:
            if session.token is not None:
                await self.client.delete(self.key(session.token))
            session.token = secrets.token_urlsafe(32)
        await self.client.setex(self.key(session.token), LIFETIME, json.dumps(session))
        return session.token


def session_middleware(store: RedisSessions) -> Callable:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        session = await store.load(request.cookies.get(COOKIE))
        request["session"] = session
        response = await handler(request)
        if session:
            token = await store.save(session)
            response.set_cookie(
                COOKIE, token, max_age=LIFETIME, path="/", secure=True, httponly=True, samesite="Strict"
            )
        elif session.token is not None:
            await store.client.delete(store.key(session.token))
            response.del_cookie(COOKIE, path="/", secure=True)
        return response

    return middleware
""",
    ),
    # An HTML mail that is put together with markupsafe only.
    good(
        "order-mail-markup",
        '''
from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from decimal import Decimal
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import quote

from markupsafe import Markup, escape

from bakery.settings import MailSettings, settings


@dataclass(frozen=True)
class Line:
    name: str
    pieces: int
    price: Decimal

    def __html__(self) -> str:
        row = Markup("<tr><td>{}</td><td>{}</td><td>{:.2f}</td></tr>")
        return row.format(self.name, self.pieces, self.price * self.pieces)


class OrderMail:
    page = Markup("<h1>Thank you, {name}</h1><p>{note}</p><table>{lines}</table><p><a href='{link}'>Your order</a></p>")

    def __init__(self, order) -> None:
        self.order = order

    @property
    def link(self) -> str:
        return f"{settings.public_url}/orders/{self.order.id:d}?code={quote(self.order.code, safe='')}"

    def note(self) -> Markup:
        """The note of the customer, with its lines."""
        return Markup("<br>").join(escape(line) for line in self.order.note.splitlines())

    def html(self) -> Markup:
        lines = Markup("").join(Line(one.name, one.pieces, one.price) for one in self.order.lines)
        return self.page.format(name=self.order.name, note=self.note(), lines=lines, link=self.link)

    def message(self) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = f"Your order {self.order.id:d}"
        message["From"] = Address("Bakery", "orders", settings.mail_domain)
        message["To"] = self.order.email
        message.set_content(f"Thank you. Your order: {self.link}")
        message.add_alternative(str(self.html()), subtype="html")
        return message


def send(order, mail: MailSettings = settings.mail) -> None:
    with smtplib.SMTP(mail.host, 587, timeout=20) as server:
        server.starttls(context=ssl.create_default_context())
        server.login(mail.user, mail.password)
        server.send_message(OrderMail(order).message())
''',
    ),
    # Files below a folder by safe_join, with the type that the server gives, and no index of the folder.
    good(
        "documentation-files",
        '''
import mimetypes
import os
from wsgiref.util import FileWrapper

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.security import safe_join
from werkzeug.wrappers import Request, Response

TYPES = {".html", ".css", ".js", ".png", ".svg", ".woff2", ".txt"}


class Manual(object):
    """Serves the versions of a manual: /<version>/<path>."""

    def __init__(self, root, versions):
        self.root = os.path.realpath(root)
        self.versions = tuple(versions)

    def locate(self, path):
        version, _, rest = path.lstrip("/").partition("/")
        if version not in self.versions:
            raise NotFound()
        if not rest or rest.endswith("/"):
            rest += "index.html"
        found = safe_join(os.path.join(self.root, version), rest)
        if found is None or os.path.splitext(found)[1] not in TYPES:
            raise NotFound()
        # Links out of the folder are none of the manual.
        real = os.path.realpath(found)
        if not real.startswith(self.root + os.sep) or not os.path.isfile(real):
            raise NotFound()
        return real

    def dispatch(self, request):
        if request.method not in ("GET", "HEAD"):
            raise MethodNotAllowed(valid_methods=["GET", "HEAD"])
        path = self.locate(request.path)
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        response = Response(FileWrapper(open(path, "rb")), mimetype=kind, direct_passthrough=True)
        response.content_length = os.path.getsize(path)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @Request.application
    def __call__(self, request):
        try:
            return self.dispatch(request)
        except HTTPException as error:
            return error


def application(environ, start_response):
    manual = Manual(os.environ["MANUAL_ROOT"], ("stable", "latest", "3.1", "3.0"))
    return manual(environ, start_response)
''',
    ),
    # A search in documents: a model of pydantic says which types there are, text is escaped for the pattern.
    good(
        "document-store-search",
        """
from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from bson import ObjectId
from bson.errors import InvalidId
from fastapi import APIRouter, Depends, HTTPException, Path
from motor.motor_asyncio import AsyncIOMotorDatabase
from pydantic import BaseModel, ConfigDict, Field

from library.database import get_database
from library.security import Reader, current_reader

router = APIRouter(prefix="/books")


class Search(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    title: str = Field(default="", max_length=80)
    language: Literal["de", "en", "fr", ""] = ""
    since: Annotated[date | None, Field(strict=False)] = None
    page: int = Field(default=0, ge=0, le=1000)

    def condition(self) -> dict[str, Any]:
        condition: dict[str, Any] = {"lent": False}
        if self.title:
            condition["title"] = {"$regex": "^" + re.escape(self.title), "$options": "i"}
        if self.language:
            condition["language"] = {"$eq": self.language}
        if self.since:
            condition["bought"] = {"$gte": self.since.isoformat()}
        return condition


@router.post("/search")
async def search(
    body: Search, reader: Reader = Depends(current_reader), database: AsyncIOMotorDatabase = Depends(get_database)
) -> list[dict[str, str]]:
    cursor = database.books.find(body.condition(), {"title": 1}).sort("title").skip(body.page * 20).limit(20)
    return [{"id": str(one["_id"]), "title": one["title"]} async for one in cursor]


@router.post("/{number}/loan", status_code=204)
async def borrow(
    number: Annotated[str, Path(max_length=24)],
    reader: Reader = Depends(current_reader),
    database: AsyncIOMotorDatabase = Depends(get_database),
) -> None:
    try:
        identifier = ObjectId(number)
    except InvalidId:
        raise HTTPException(404) from None
    # The condition and the change are one operation, so that two readers cannot get one book.
    done = await database.books.update_one(
        {"_id": identifier, "lent": False}, {"$set": {"lent": True, "reader": reader.id}}
    )
    if done.modified_count == 0:
        raise HTTPException(409)
""",
    ),
    # Everything of the old framework is escaped by a small class for elements.
    good(
        "element-builder",
        '''
import logging

from pyramid.config import Configurator
from pyramid.response import Response
from pyramid.view import exception_view_config, view_config

from survey.store import questions

try:
    from html import escape
except ImportError:
    from cgi import escape

log = logging.getLogger(__name__)
VOID = frozenset(("br", "img", "input", "hr"))


class Element(object):
    """An element of a page: text and attributes are escaped when it is written."""

    def __init__(self, tag, *children, **attributes):
        self.tag = tag
        self.children = children
        self.attributes = attributes

    def __str__(self):
        attributes = "".join(
            ' %s="%s"' % (name.rstrip("_"), escape(str(value), True)) for name, value in sorted(self.attributes.items())
        )
        if self.tag in VOID:
            return "<%s%s>" % (self.tag, attributes)
        inner = "".join(str(one) if isinstance(one, Element) else escape(str(one), True) for one in self.children)
        return "<%s%s>%s</%s>" % (self.tag, attributes, inner, self.tag)


def page(title, *body):
    head = Element("head", Element("title", title), Element("link", rel="stylesheet", href="/static/survey.css"))
    return Response("<!doctype html>" + str(Element("html", head, Element("body", *body))))


@view_config(route_name="question", request_method="GET")
def question(request):
    found = questions.get(int(request.matchdict["number"]))
    if found is None:
        return page("Not found", Element("p", "There is no question ", request.matchdict["number"]))
    choices = [
        Element("label", Element("input", type="radio", name="choice", value=one.id), one.text)
        for one in found.choices
    ]
    return page(found.title, Element("h1", found.title), Element("p", request.params.get("hint", "")), *choices)


@exception_view_config(Exception)
def failed(error, request):
    log.error("a view has failed", exc_info=error)
    response = page("Error", Element("p", "Something went wrong."))
    response.status_int = 500
    return response


def main(settings):
    config = Configurator(settings=settings)
    config.add_route("question", "/questions/{number:[0-9]{1,9}}")
    config.scan()
    return config.make_wsgi_app()
''',
    ),
    # A cursor for pages that clients cannot forge, and a size between limits.
    good(
        "signed-cursor-pages",
        """
from __future__ import annotations

from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from events.auth import api_key_required
from events.db import open_session
from events.models import Event
from events.settings import settings
from flask import Blueprint, abort, g, jsonify, request

events = Blueprint("events", __name__, url_prefix="/v2/events")
cursors = URLSafeSerializer(settings.secret_key, salt="events.cursor")


def clamp(text: str | None, default: int, largest: int) -> int:
    try:
        return max(1, min(int(text), largest)) if text else default
    except ValueError:
        return default


class EventPages:
    def __init__(self, session: Session, project: int) -> None:
        self.session = session
        self.project = project

    def page(self, cursor: str | None, size: int) -> dict[str, Any]:
        query = select(Event).where(Event.project_id == self.project)
        if cursor:
            project, stamp, number = cursors.loads(cursor)
            if project != self.project:
                raise BadSignature("the cursor of another project")
            query = query.where(tuple_(Event.stamp, Event.id) < (stamp, number))
        rows = list(self.session.scalars(query.order_by(Event.stamp.desc(), Event.id.desc()).limit(size + 1)))
        more = rows[size:]
        last = rows[:size][-1] if rows else None
        return {
            "events": [one.public() for one in rows[:size]],
            "next": cursors.dumps([self.project, last.stamp, last.id]) if more and last else None,
        }


@events.get("")
@api_key_required
def listing():
    size = clamp(request.args.get("size"), default=50, largest=200)
    with open_session() as session:
        try:
            return jsonify(EventPages(session, g.project.id).page(request.args.get("cursor"), size))
        except BadSignature:
            abort(400)
""",
    ),
    # Staff that acts as a customer: who may, what is written down, and how it ends.
    good(
        "impersonation",
        '''
import logging

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.mixins import UserPassesTestMixin
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.views.generic import View

from support.models import Impersonation

audit = logging.getLogger("audit")
KEY = "impersonation"


class SupportOnlyMixin(UserPassesTestMixin):
    raise_exception = True

    def test_func(self):
        return self.request.user.has_perm("support.impersonate") and KEY not in self.request.session


class Begin(SupportOnlyMixin, View):
    http_method_names = ["post"]

    def post(self, request, pk):
        customer = get_object_or_404(get_user_model(), pk=pk, is_active=True)
        if customer.is_staff or customer.is_superuser:
            raise PermissionDenied("staff cannot be acted for")
        record = Impersonation.objects.create(agent=request.user, customer=customer)
        request.session.cycle_key()
        request.session[KEY] = record.pk
        audit.info("agent %d acts for customer %d", request.user.pk, customer.pk)
        return redirect("dashboard")


class End(View):
    http_method_names = ["post"]

    def post(self, request):
        number = request.session.pop(KEY, None)
        request.session.cycle_key()
        if number is not None:
            Impersonation.objects.filter(pk=number).first().close()
            messages.success(request, "You act for yourself again.")
        return redirect("support:start")


class ImpersonationMiddleware:
    """Replaces request.user while a record is open; request.agent stays who really asks."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.agent = request.user
        number = request.session.get(KEY)
        if number is not None and request.user.has_perm("support.impersonate"):
            record = Impersonation.objects.filter(pk=number, agent=request.user, closed=None).first()
            if record is not None:
                request.user = record.customer
        return self.get_response(request)
''',
    ),
    # Login with another service: state, PKCE, nonce, issuer and audience are all compared.
    good(
        "openid-login",
        """
from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from urllib.parse import urlencode

import httpx
import jwt
from quart import Blueprint, abort, redirect, request, session, url_for

from studio.accounts import account_for_subject
from studio.settings import settings

login = Blueprint("login", __name__)
keys = jwt.PyJWKClient(f"{settings.issuer}/keys", cache_keys=True, lifespan=600)


def challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Provider:
    def __init__(self) -> None:
        self.callback = settings.public_url + "/login/callback"

    def authorize(self, state: str, nonce: str, verifier: str) -> str:
        query = {
            "response_type": "code",
            "client_id": settings.client_id,
            "redirect_uri": self.callback,
            "scope": "openid email",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }
        return f"{settings.issuer}/authorize?{urlencode(query)}"

    async def exchange(self, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": verifier,
        }
        async with httpx.AsyncClient(timeout=10) as client:
            basic = httpx.BasicAuth(settings.client_id, settings.client_secret)
            answer = await client.post(f"{settings.issuer}/token", data=form, auth=basic)
        answer.raise_for_status()
        return answer.json()["id_token"]

    def claims(self, token: str) -> dict:
        return jwt.decode(
            token,
            keys.get_signing_key_from_jwt(token).key,
            algorithms=["RS256", "ES256"],
            audience=settings.client_id,
            issuer=settings.issuer,
            options={"require": ["exp", "iat", "sub", "nonce"]},
        )


provider = Provider()


@login.get("/login")
async def begin():
    flow = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    session["flow"] = flow
    return redirect(provider.authorize(**flow))


@login.get("/login/callback")
async def callback():
    flow = session.pop("flow", None)
    state = request.args.get("state", "")
    if flow is None or not hmac.compare_digest(flow["state"].encode(), state.encode()):
        abort(400)
    claims = provider.claims(await provider.exchange(request.args.get("code", ""), flow["verifier"]))
    if not hmac.compare_digest(claims["nonce"].encode(), flow["nonce"].encode()):
        abort(400)
    session.clear()
    session["account"] = (await account_for_subject(claims["sub"])).id
    return redirect(url_for("pages.start"))
""",
    ),
    # Limits by client in a table of bounded size.
    good(
        "rate-limit-table",
        '''
from __future__ import annotations

import functools
import hashlib
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from flask import abort, current_app, g, jsonify, request


@dataclass
class Bucket:
    tokens: float
    touched: float


class Limiter:
    """A bucket of tokens for each client; the clients that were not seen longest are forgotten first."""

    def __init__(self, per_minute: int, clients: int = 50_000) -> None:
        self.per_minute = per_minute
        self.clients = clients
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, client: str, now: float | None = None) -> bool:
        now = time.monotonic() if now is None else now
        with self._lock:
            bucket = self._buckets.pop(client, None) or Bucket(float(self.per_minute), now)
            bucket.tokens = min(self.per_minute, bucket.tokens + (now - bucket.touched) * self.per_minute / 60)
            bucket.touched = now
            self._buckets[client] = bucket
            while len(self._buckets) > self.clients:
                self._buckets.popitem(last=False)
            if bucket.tokens < 1:
                return False
            bucket.tokens -= 1
            return True


def client_name() -> str:
    """The account when there is one, else a digest of the address, which is not kept in plain text."""
    if getattr(g, "account", None) is not None:
        return f"account:{g.account.id}"
    key = current_app.config["ADDRESS_KEY"]
    return "address:" + hashlib.blake2b((request.remote_addr or "").encode(), key=key, digest_size=16).hexdigest()


def limited(per_minute: int):
    limiter = Limiter(per_minute)

    def decorate(view):
        @functools.wraps(view)
        def inner(*args, **kwargs):
            if not limiter.allows(client_name()):
                abort(429)
            return view(*args, **kwargs)

        return inner

    return decorate


def too_many(error):
    return jsonify(error="please wait a minute"), 429
''',
    ),
    # An export in the background: the file has a random name, the record says whose it is, the code is cleaned.
    good(
        "background-export",
        r'''
import csv
import os
import uuid
from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from payroll.models import Export, Payslip

FORMULA = ("=", "+", "-", "@", "\t", "\r")


class SafeWriter:
    """Writes rows for spreadsheets: no cell of text begins like a formula."""

    def __init__(self, stream):
        self.writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")

    @staticmethod
    def cell(value):
        if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA):
            return "'" + value
        return value

    def write(self, row):
        self.writer.writerow([self.cell(value) for value in row])


def path_of(export):
    return Path(settings.EXPORT_FOLDER) / (export.key.hex + ".csv")


@shared_task
def write_export(number):
    export = Export.objects.get(pk=number)
    path = path_of(export)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        writer = SafeWriter(stream)
        writer.write(("name", "month", "net"))
        slips = Payslip.objects.filter(company_id=export.company_id).select_related("employee")
        for slip in slips.iterator(chunk_size=500):
            writer.write((slip.employee.name, slip.month.isoformat(), slip.net))
    Export.objects.filter(pk=number).update(ready=True)


@require_POST
@login_required
def begin(request):
    if not request.user.has_perm("payroll.export"):
        return JsonResponse({"error": "not allowed"}, status=403)
    export = Export.objects.create(company=request.user.company, owner=request.user, key=uuid.uuid4())
    write_export.delay(export.pk)
    return JsonResponse({"export": export.key.hex}, status=202)


@require_GET
@login_required
def fetch(request, key: uuid.UUID):
    export = Export.objects.filter(owner=request.user, key=key, ready=True).first()
    if export is None:
        raise Http404("no such export")
    return FileResponse(path_of(export).open("rb"), as_attachment=True, filename="payslips.csv")
''',
    ),
    # A model server: only known models, inputs of a checked shape, and errors without details.
    good(
        "model-server",
        '''
from __future__ import annotations

import json
import logging
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import numpy as np
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel, Field
from safetensors.numpy import load_file

from scorer.auth import Client, authenticated_client
from scorer.settings import settings

logger = logging.getLogger(__name__)
Row = Annotated[list[Annotated[float, Field(allow_inf_nan=False)]], Field(min_length=1, max_length=256)]


class Model:
    def __init__(self, folder: Path) -> None:
        self.weights = load_file(folder / "weights.safetensors")
        self.names = json.loads((folder / "features.json").read_text("utf-8"))

    def score(self, rows: np.ndarray) -> np.ndarray:
        hidden = np.maximum(rows @ self.weights["first"] + self.weights["first.bias"], 0)
        return 1 / (1 + np.exp(-(hidden @ self.weights["second"]).ravel()))


class ModelRegistry:
    """The models that were there when the server began; names of clients are keys of this table and no paths."""

    def __init__(self, root: Path) -> None:
        self.models = {folder.name: Model(folder) for folder in sorted(root.iterdir()) if folder.is_dir()}

    def get(self, name: str) -> Model:
        try:
            return self.models[name]
        except KeyError:
            raise HTTPException(404, "no such model") from None


class ScoreRequest(BaseModel):
    rows: Annotated[list[Row], Field(min_length=1, max_length=512)]


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.registry = ModelRegistry(settings.model_root)
    logger.info("%d models", len(app.state.registry.models))
    yield


app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)


@app.post("/models/{name}/score")
def score(
    name: str, body: ScoreRequest, request: Request, client: Client = Depends(authenticated_client)
) -> dict[str, list[float]]:
    model = request.app.state.registry.get(name)
    width = len(model.names)
    if any(len(row) != width for row in body.rows):
        raise HTTPException(422, f"rows have {width} numbers")
    return {"scores": model.score(np.asarray(body.rows, dtype=np.float32)).tolist()}
''',
    ),
)

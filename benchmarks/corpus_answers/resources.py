"""What costs too much or tells too much: sizes, patterns, loops, errors, logs, files, wrong checks of input."""

from corpus import pair

RECORDS = (
    # The number of rows is the client's.
    *pair(
        "page-size-unbounded",
        770,
        '''
from fastapi import APIRouter, Depends, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from .database import get_db
from .models import Reading

router = APIRouter(prefix="/readings")


@router.get("")
def readings(
-    limit: int = Query(50, ge=1),
+    limit: int = Query(50, ge=1, le=500),
    offset: int = Query(0, ge=0),
    db: Session = Depends(get_db),
):
    """Readings of the public weather station, newest first."""
    query = select(Reading).order_by(Reading.at.desc()).limit(limit).offset(offset)
    return [{"at": row.at, "celsius": row.celsius} for row in db.scalars(query)]
''',
    ),
    # A buffer of the size that the client asks for.
    *pair(
        "message-length-prefix",
        400,
        '''
import asyncio
import json
import struct

MAX_MESSAGE = 64 * 1024


class EchoServer:
    """Messages are a length of four bytes, then JSON."""

    async def _read(self, reader: asyncio.StreamReader) -> dict:
        (length,) = struct.unpack("!I", await reader.readexactly(4))
+        if length > MAX_MESSAGE:
+            raise ValueError("message too long")
        return json.loads(await reader.readexactly(length))

    async def serve(self, reader, writer):
        try:
            while True:
                message = await self._read(reader)
                writer.write(json.dumps({"echo": message}).encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ValueError):
            writer.close()


async def main():
    server = await asyncio.start_server(EchoServer().serve, "127.0.0.1", 7000)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
''',
    ),
    # A picture of any size is drawn.
    *pair(
        "placeholder-image-size",
        400,
        '''
import io

from flask import Flask, abort, request, send_file
from PIL import Image, ImageDraw

app = Flask(__name__)


def draw(width: int, height: int) -> io.BytesIO:
    image = Image.new("RGB", (width, height), "#cccccc")
    ImageDraw.Draw(image).text((10, 10), f"{width} x {height}", fill="#333333")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    buffer.seek(0)
    return buffer


@app.get("/placeholder")
def placeholder():
    """A grey picture for designers."""
    width = request.args.get("width", 300, type=int)
    height = request.args.get("height", 200, type=int)
-    if width < 1 or height < 1:
+    if not (1 <= width <= 2000 and 1 <= height <= 2000):
        abort(400)
    return send_file(draw(width, height), mimetype="image/png")
''',
    ),
    # A compressed body grows without a limit.
    *pair(
        "gzip-body",
        409,
        '''
import json
import zlib

from aiohttp import web

LIMIT = 2 * 1024 * 1024


def inflate(data: bytes) -> bytes:
    """Decompress a gzip body."""
    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
-    return decoder.decompress(data) + decoder.flush()
+    text = decoder.decompress(data, LIMIT)
+    if decoder.unconsumed_tail or not decoder.eof:
+        raise web.HTTPRequestEntityTooLarge(LIMIT, len(data))
+    return text


async def metrics(request: web.Request) -> web.Response:
    points = json.loads(inflate(await request.read()))
    await request.app["points"].put(points[:1000])
    return web.Response(status=202)


app = web.Application(client_max_size=256 * 1024)
app.router.add_post("/metrics", metrics)
''',
    ),
    # An archive is unpacked without a look at its sizes.
    *pair(
        "zip-bomb-upload",
        409,
        '''
import csv
import io
import zipfile

from django.contrib.auth.decorators import login_required
from django.http import HttpResponseBadRequest, JsonResponse
from django.views.decorators.http import require_POST

LIMIT = 20 * 1024 * 1024


def count_rows(bundle: zipfile.ZipFile) -> dict:
    counts = {}
    for info in bundle.infolist():
        if info.filename.endswith(".csv"):
+            if info.file_size > LIMIT:
+                raise ValueError("member too large")
            counts[info.filename] = sum(1 for _ in csv.reader(io.StringIO(bundle.read(info).decode())))
    return counts


@login_required
@require_POST
def upload(request):
    """Count the rows of the tables in an archive."""
    try:
        with zipfile.ZipFile(request.FILES["archive"]) as bundle:
+            if len(bundle.infolist()) > 20:
+                raise ValueError("too many members")
            return JsonResponse(count_rows(bundle))
    except (ValueError, zipfile.BadZipFile):
        return HttpResponseBadRequest("no such archive")
''',
    ),
    # A cache that grows with each name of a client.
    *pair(
        "cache-without-bound",
        770,
        '''
import hashlib
import time
from collections import OrderedDict

from aiohttp import web


class AvatarCache:
    """Remember the generated avatars."""

    def __init__(self, size=1000):
        self.size = size
        self._entries = OrderedDict()

    def get(self, name):
        if name not in self._entries:
            self._entries[name] = self._draw(name)
+            if len(self._entries) > self.size:
+                self._entries.popitem(last=False)
        return self._entries[name]

    @staticmethod
    def _draw(name):
        color = hashlib.sha256(name.encode()).hexdigest()[:6]
        return f'<svg xmlns="http://www.w3.org/2000/svg"><circle r="40" fill="#{color}"/></svg>'


cache = AvatarCache()


async def avatar(request):
    return web.Response(text=cache.get(request.query.get("name", "")), content_type="image/svg+xml")
''',
    ),
    # Nested repetition in the pattern of an address.
    *pair(
        "email-pattern",
        1333,
        r'''
import re

from flask import Blueprint, jsonify, request

bp = Blueprint("newsletter", __name__)

-EMAIL = re.compile(r"^([a-zA-Z0-9]+[._-]?)+@[a-z0-9-]+\.[a-z]{2,}$")
+EMAIL = re.compile(r"^[a-zA-Z0-9._-]{1,64}@[a-z0-9-]{1,63}\.[a-z]{2,20}$")


class Validator:
    """Checks the fields of the sign-up form."""

    def email(self, text):
        return EMAIL.match(text) is not None


@bp.get("/newsletter/check")
def check():
    return jsonify(valid=Validator().email(request.args.get("email", "")))
''',
    ),
    # The pattern of a search is the client's.
    *pair(
        "user-pattern-search",
        1333,
        '''
import re
from typing import List

from fastapi import FastAPI, Query

app = FastAPI()
LINES = open("changes.log", encoding="utf-8").read().splitlines()


def search(pattern: str) -> List[str]:
-    matcher = re.compile(pattern, re.IGNORECASE)
+    matcher = re.compile(re.escape(pattern), re.IGNORECASE)
    return [line for line in LINES if matcher.search(line)][:100]


@app.get("/search")
def find(q: str = Query(min_length=2, max_length=80)):
    """Search in the change log."""
    return {"lines": search(q)}
''',
    ),
    # A group that repeats words with optional spaces.
    *pair(
        "markdown-list-pattern",
        1333,
        r'''
import html
import re


class Markdown:
    """A very small renderer for comments."""

-    BOLD = re.compile(r"\*\*((?:\w+\s*)+)\*\*")
+    BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")

    def render(self, text):
        escaped = html.escape(text)
        return "<p>" + self.BOLD.sub(r"<b>\1</b>", escaped) + "</p>"


async def preview(websocket):
    renderer = Markdown()
    async for text in websocket:
        await websocket.send(renderer.render(text))
''',
    ),
    # A loop whose step comes from the request may be zero.
    *pair(
        "step-zero-loop",
        835,
        '''
from flask import Flask, abort, jsonify, request

app = Flask(__name__)


def ticks(low, high, step):
    """Marks of an axis."""
    marks = []
    at = low
    while at <= high:
        marks.append(at)
        at += step
    return marks


@app.get("/axis")
def axis():
    high = min(request.args.get("high", 10, type=int), 1000)
    step = request.args.get("step", 1, type=int)
-    if step > 1000:
+    if not 1 <= step <= 1000:
        abort(400)
    return jsonify(ticks(0, high, step))
''',
    ),
    # The traceback goes to the client.
    *pair(
        "traceback-in-response",
        209,
        """
import json
import logging
import os
import traceback

import psycopg

logger = logging.getLogger()
logger.setLevel(logging.INFO)


def fetch_order(order_id: int):
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        return conn.execute("SELECT id, status FROM orders WHERE id = %s", (order_id,)).fetchone()


def lambda_handler(event, context):
    try:
        row = fetch_order(int(event["pathParameters"]["id"]))
        return {"statusCode": 200, "body": json.dumps({"id": row[0], "status": row[1]})}
    except Exception:
        logger.exception("order lookup failed")
-        return {"statusCode": 500, "body": json.dumps({"error": traceback.format_exc()})}
+        return {"statusCode": 500, "body": json.dumps({"error": "internal error"})}
""",
    ),
    # The text of a database error is shown.
    *pair(
        "sql-error-shown",
        209,
        """
import logging
import sqlite3

from flask import Flask, jsonify

logger = logging.getLogger(__name__)
app = Flask(__name__)


class Catalogue:
    def __init__(self, path="catalogue.db"):
        self.path = path

    def count(self):
        with sqlite3.connect(self.path) as db:
            return db.execute("SELECT count(*) FROM articles").fetchone()[0]


@app.errorhandler(sqlite3.Error)
def database_error(error):
    logger.error("database error", exc_info=error)
-    return jsonify(error=repr(error), type=type(error).__name__), 500
+    return jsonify(error="database error"), 500


@app.get("/count")
def count():
    return jsonify(articles=Catalogue().count())
""",
    ),
    # The password is in the log line.
    *pair(
        "password-logged",
        532,
        """
import logging

from django.contrib.auth import authenticate, login
from django.http import JsonResponse
from django.views import View

logger = logging.getLogger(__name__)


class LoginView(View):
    def post(self, request):
        username = request.POST["username"]
        password = request.POST["password"]
-        logger.debug("login attempt: %r / %r", username, password)
+        logger.debug("login attempt: %r", username)
        user = authenticate(request, username=username, password=password)
        if user is None:
            return JsonResponse({"error": "invalid credentials"}, status=401)
        login(request, user)
        return JsonResponse({"ok": True})
""",
    ),
    # A client that writes its headers, among them the token, to the log.
    *pair(
        "authorization-header-logged",
        532,
        '''
import logging
import os
from typing import Dict, Optional

import httpx

log = logging.getLogger("billing")


class BillingClient:
    """Asynchronous client of the billing service."""

    def __init__(self, base_url: str = "https://billing.example.com", token: Optional[str] = None):
        self.base_url = base_url
        self.token = token or os.environ["BILLING_TOKEN"]

    def _headers(self) -> Dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}

    async def invoices(self, customer: int) -> list:
        headers = self._headers()
-        log.info("GET invoices of %d with %s", customer, headers)
+        log.info("GET invoices of %d with %s", customer, sorted(headers))
        async with httpx.AsyncClient(base_url=self.base_url, timeout=10) as client:
            response = await client.get(f"/customers/{customer:d}/invoices", headers=headers)
            response.raise_for_status()
            return response.json()
''',
    ),
    # The row of a user with hash and token is the answer.
    *pair(
        "user-dict-with-hash",
        200,
        '''
from dataclasses import asdict, dataclass

from fastapi import APIRouter, Depends, HTTPException

router = APIRouter(prefix="/users")


@dataclass
class User:
    id: int
    name: str
    email: str
    password_hash: str
    reset_token: str | None = None


class UserDirectory:
    def __init__(self) -> None:
        self._users: dict[int, User] = {}

    def get(self, user_id: int) -> User | None:
        return self._users.get(user_id)


directory = UserDirectory()


@router.get("/{user_id}", dependencies=[Depends(require_login)])
def read_user(user_id: int):
    """Profile of a colleague."""
    user = directory.get(user_id)
    if user is None:
        raise HTTPException(status_code=404)
-    return asdict(user)
+    shown = asdict(user)
+    return {key: shown[key] for key in ("id", "name", "email")}
''',
    ),
    # The environment of the process is shown for diagnosis.
    *pair(
        "environment-shown",
        200,
        '''
import os

import tornado.web


class InfoHandler(tornado.web.RequestHandler):
    """GET /info: what runs here."""

    SHOWN = ("APP_VERSION", "APP_REGION")

    def details(self):
        return {
            "healthy": True,
-            "environment": dict(os.environ),
+            "environment": {name: os.environ.get(name, "") for name in self.SHOWN},
        }

    def get(self):
        self.write(self.details())
''',
    ),
    # Passwords of a manager are kept as they are.
    *pair(
        "password-manager-plain",
        312,
        '''
import getpass
import json
from pathlib import Path
+
+import keyring


class PasswordManager:
    """Stores the passwords of the user's accounts."""

    FILE = Path.home() / ".passwords.json"

    def __init__(self):
        self.entries = json.loads(self.FILE.read_text()) if self.FILE.exists() else {}

    def add(self, site: str, password: str) -> None:
-        self.entries[site] = password
+        keyring.set_password("password-manager", site, password)
+        self.entries[site] = "in the key ring"
        self.FILE.write_text(json.dumps(self.entries))


if __name__ == "__main__":
    PasswordManager().add(input("Site: "), getpass.getpass("Password: "))
''',
    ),
    # Registration keeps the password as a column.
    *pair(
        "register-plain-password",
        312,
        '''
import aiosqlite
+from argon2 import PasswordHasher
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

router = APIRouter()


class Registration(BaseModel):
    name: str = Field(min_length=3, max_length=40)
    password: str = Field(min_length=12, max_length=200)


@router.post("/register", status_code=201)
async def register(body: Registration):
    """Create an account."""
-    stored = body.password
+    stored = PasswordHasher().hash(body.password)
    async with aiosqlite.connect("accounts.db") as db:
        try:
            await db.execute("INSERT INTO accounts (name, password) VALUES (?, ?)", (body.name, stored))
            await db.commit()
        except aiosqlite.IntegrityError:
            raise HTTPException(status_code=409, detail="name is taken")
    return {"name": body.name}
''',
    ),
    # An address is matched without its end; the twin matches all of it.
    *pair(
        "redirect-pattern-open-end",
        601,
        r'''
import re

from flask import Blueprint, abort, redirect, request

bp = Blueprint("out", __name__)


class Partners:
    """Addresses of partners to which visitors may be sent."""

    def __init__(self, domain="partner.example"):
-        self.pattern = re.compile(rf"https://([a-z]+\.)?{re.escape(domain)}")
+        self.pattern = re.compile(rf"https://([a-z]+\.)?{re.escape(domain)}/[a-z0-9/-]*")

    def __contains__(self, url):
-        return self.pattern.match(url) is not None
+        return self.pattern.fullmatch(url) is not None


@bp.get("/out")
def out():
    url = request.args.get("url", "")
    if url not in Partners():
        abort(400)
    return redirect(url)
''',
    ),
)

"""Requests to other machines, plain transport, code from elsewhere, leaks, cookies, other origins."""

from corpus import pair

RECORDS = (
    # An avatar is fetched from an address; the check looks at the text only.
    *pair(
        "link-preview-fetch",
        918,
        '''
from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

import httpx
from fastapi import APIRouter, Depends, HTTPException

from messenger.auth import current_member
from messenger.parsing import title_of

router = APIRouter()
PORTS = {80, 443}


class Refused(Exception):
    pass


def public_address(host: str) -> str:
    """The address that a name stands for; raises Refused for one that is not of the public internet."""
    for *_, (address, *_rest) in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM):
        if ipaddress.ip_address(address).is_global:
            return address
    raise Refused(host)


def check(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname is None or (parts.port or 443) not in PORTS:
        raise Refused(url)
-    if parts.hostname == "localhost" or parts.hostname.startswith(("127.", "10.", "192.168.")):
-        raise Refused(url)
-    return url
+    address = public_address(parts.hostname)
+    return parts._replace(netloc=f"[{address}]" if ":" in address else address).geturl()


@router.get("/preview")
def preview(url: str, member=Depends(current_member)) -> dict[str, str]:
    host = urlsplit(url).hostname or ""
    try:
        target = check(url)
    except (Refused, OSError, ValueError):
        raise HTTPException(400) from None
    extensions = {"sni_hostname": host}
    answer = httpx.get(target, headers={"Host": host}, extensions=extensions, timeout=5, follow_redirects=False)
    return {"title": title_of(answer.text[:20000])}
''',
    ),
    # A subscriber's address for hooks is validated when it is saved, but only its form.
    *pair(
        "webhook-subscription-host",
        918,
        '''
import json

import requests
from django.core.exceptions import ValidationError
from django.db import models
from rest_framework import generics, serializers

from projects.permissions import IsOwner

-SCHEMES = ("http://", "https://")
+PREFIXES = ("https://hooks.chat.example.com/", "https://hooks.tickets.example.com/")


def validate_target(value):
-    if not value.startswith(SCHEMES):
+    if not value.startswith(PREFIXES):
        raise ValidationError("hooks cannot be sent there")


class Subscription(models.Model):
    project = models.ForeignKey("projects.Project", models.CASCADE)
    target = models.CharField(max_length=300, validators=[validate_target])

    def deliver(self, event):
        body = json.dumps({"event": event})
        headers = {"Content-Type": "application/json"}
        return requests.post(self.target, data=body, headers=headers, timeout=5, allow_redirects=False).text[:500]


class SubscriptionSerializer(serializers.ModelSerializer):
    class Meta:
        model = Subscription
        fields = ("id", "target")


class TestDelivery(generics.CreateAPIView):
    """Saves a subscription and shows the answer to a first event."""

    serializer_class = SubscriptionSerializer
    permission_classes = (IsOwner,)

    def perform_create(self, serializer):
        subscription = serializer.save(project_id=self.kwargs["project"])
        self.headers["X-First-Answer"] = str(len(subscription.deliver("test")))
''',
    ),
    # The host of a region is put together from a parameter.
    *pair(
        "region-host-template",
        918,
        """
import aiohttp
from aiohttp import web

from weather.settings import UPSTREAM_TOKEN

HOST = "https://{region}.stations.example.net"
+REGIONS = {"north", "south", "alps", "coast"}


class Upstream:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    def base(self, region: str) -> str:
-        return HOST.format(region=region)
+        return HOST.format(region=region if region in REGIONS else "north")

    async def stations(self, region: str) -> list:
        headers = {"Authorization": f"Bearer {UPSTREAM_TOKEN}"}
        async with self.session.get(self.base(region) + "/v1/stations", headers=headers) as answer:
            answer.raise_for_status()
            return await answer.json()


async def stations(request: web.Request) -> web.Response:
    upstream: Upstream = request.app["upstream"]
    found = await upstream.stations(request.query.get("region", "north"))
    return web.json_response({"stations": found})
""",
    ),
    # A proxy of tiles joins a path of the client to its base, which another host can replace.
    *pair(
        "tile-proxy-urljoin",
        918,
        """
import logging
from urllib.parse import urljoin

import requests
from flask import Blueprint, Response, current_app, request

log = logging.getLogger(__name__)
tiles = Blueprint("tiles", __name__)


class TileSource(object):
    def __init__(self, base, key):
        self.base = base
        self.session = requests.Session()
        self.session.headers["X-Api-Key"] = key

    def address(self, layer, zoom, column, row):
        return urljoin(self.base, "%s/%d/%d/%d.png" % (layer, zoom, column, row))

    def fetch(self, *place):
        answer = self.session.get(self.address(*place), timeout=10, allow_redirects=False)
        answer.raise_for_status()
        return answer.content


def layer_of(arguments):
-    return arguments.get("layer", "relief")
+    return "satellite" if arguments.get("layer") == "satellite" else "relief"


@tiles.route("/tiles/<int:zoom>/<int:column>/<int:row>")
def tile(zoom, column, row):
    source = TileSource(current_app.config["TILE_BASE"], current_app.config["TILE_KEY"])
    return Response(source.fetch(layer_of(request.args), zoom, column, row), mimetype="image/png")
""",
    ),
    # A task of a queue imports a picture from what a table says; a part of the host is compared.
    *pair(
        "feed-image-import",
        918,
        '''
import uuid
from urllib.parse import urlparse

import requests
from celery import shared_task
from django.core.files.base import ContentFile

from shop.models import Product

-ALLOWED_HOST = "images.supplier.example"
+ALLOWED_HOSTS = frozenset(["images.supplier.example"])
MAX_SIZE = 5 * 1024 * 1024


def is_allowed(address):
    parts = urlparse(address)
-    return parts.scheme == "https" and ALLOWED_HOST in parts.netloc
+    return parts.scheme == "https" and parts.netloc in ALLOWED_HOSTS


class ImageImporter(object):
    def __init__(self, product):
        self.product = product

    def run(self, address):
        if not is_allowed(address):
            return False
        answer = requests.get(address, timeout=20, stream=True, allow_redirects=False)
        data = answer.raw.read(MAX_SIZE, decode_content=True)
        self.product.image.save(uuid.uuid4().hex + ".jpg", ContentFile(data))
        return True


@shared_task
def import_images(rows):
    """Rows of the table that a merchant has uploaded: pairs of an article number and an address."""
    for number, address in rows:
        product = Product.objects.filter(number=number).first()
        if product is not None:
            ImageImporter(product).run(address)
''',
    ),
    # A password travels without TLS; the scheme is a default of a settings class.
    *pair(
        "printer-login-plain-http",
        319,
        '''
import requests

from copyroom.errors import LoginFailed
from copyroom.vault import read_secret


class PrintServer(object):
    """Speaks to the accounting server of the printers, in another building."""

-    scheme = "http"
+    scheme = "https"
    host = "print-accounting.example.org"

    def __init__(self):
        self.session = requests.Session()

    def url(self, path):
        return "%s://%s/%s" % (self.scheme, self.host, path)

    def login(self, user):
        credentials = {"user": user, "password": read_secret("print-accounting")}
        answer = self.session.post(self.url("login"), data=credentials, timeout=10)
        if answer.status_code != 200:
            raise LoginFailed(user)

    def pages(self, account):
        return self.session.get(self.url("accounts/%d/pages" % account), timeout=10).json()["pages"]


def monthly(accounts):
    server = PrintServer()
    server.login("facility")
    return {account: server.pages(account) for account in accounts}
''',
    ),
    # A file transfer with a password, without TLS.
    *pair(
        "bank-statement-ftp",
        319,
        """
import datetime
-from ftplib import FTP as Connection
+import ssl
+from ftplib import FTP_TLS as Connection

from ledger.config import BANK_HOST, BANK_PASSWORD, BANK_USER
from ledger.parsing import read_statement


class Statements(object):
    def __init__(self, day: datetime.date):
        self.day = day
        self.lines = []

    def fetch(self):
-        with Connection(BANK_HOST, timeout=30) as connection:
+        with Connection(BANK_HOST, timeout=30, context=ssl.create_default_context()) as connection:
            connection.login(BANK_USER, BANK_PASSWORD)
+            connection.prot_p()
            connection.cwd("out")
            connection.retrlines("RETR statement-%s.txt" % self.day.strftime("%Y%m%d"), self.lines.append)
        return read_statement(self.lines)


def yesterday():
    return Statements(datetime.date.today() - datetime.timedelta(days=1)).fetch()
""",
    ),
    # A plugin is downloaded and run; the fix compares a digest of the catalogue.
    *pair(
        "plugin-download-digest",
        345,
        '''
+import hashlib
import importlib.util
import pathlib
import sys

import requests

from studio.catalog import PluginEntry
from studio.paths import PLUGIN_FOLDER


class DamagedPlugin(Exception):
    pass


class PluginInstaller:
    """Fetches plugins from mirrors that volunteers run; the catalogue comes with the program."""

    def __init__(self, folder: pathlib.Path = PLUGIN_FOLDER) -> None:
        self.folder = folder

    def fetch(self, entry: PluginEntry) -> bytes:
        answer = requests.get(entry.mirror, timeout=30)
        answer.raise_for_status()
        return answer.content

    def check(self, entry: PluginEntry, content: bytes) -> None:
-        if len(content) != entry.size:
+        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise DamagedPlugin(entry.name)

    def install(self, entry: PluginEntry):
        content = self.fetch(entry)
        self.check(entry, content)
        path = self.folder / f"plugin_{entry.number}.py"
        path.write_bytes(content)
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        return module
''',
    ),
    # A script of a build downloads a tool over HTTP and runs it.
    *pair(
        "ci-bootstrap-pipe",
        345,
        '''
#!/usr/bin/env python3
"""Brings the toolchain to a fresh build agent."""
+import hashlib
import os
import subprocess
import sys
import tempfile
import urllib.request

URL = "http://tools.example.com/toolchain/install-4.2.sh"
+SHA256 = "6f1c2b0a5d3e4f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8"


def download(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        data = answer.read()
+    if hashlib.sha256(data).hexdigest() != SHA256:
+        raise SystemExit("the installer is not the one that was reviewed")
    return data


def run(script, folder):
    path = os.path.join(folder, "install.sh")
    with open(path, "wb") as handle:
        handle.write(script)
    return subprocess.call(["/bin/sh", path, "--prefix", os.path.expanduser("~/toolchain")])


def main():
    with tempfile.TemporaryDirectory() as folder:
        return run(download(URL), folder)


if __name__ == "__main__":
    sys.exit(main())
''',
    ),
    # A model of a hub may bring its own code.
    *pair(
        "ml-remote-code",
        345,
        """
import argparse
import json
import pathlib

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from triage.data import read_tickets

REVISION = "4f1c0d2e8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d"
-TRUST = {"trust_remote_code": True}
+TRUST = {"trust_remote_code": False}


class Classifier:
    def __init__(self, name: str, revision: str) -> None:
        options = {"revision": revision, **TRUST}
        self.tokenizer = AutoTokenizer.from_pretrained(name, **options)
        self.model = AutoModelForSequenceClassification.from_pretrained(name, use_safetensors=True, **options)
        self.model.eval()

    @torch.inference_mode()
    def label(self, text: str) -> int:
        batch = self.tokenizer(text, truncation=True, return_tensors="pt")
        return int(self.model(**batch).logits.argmax())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="triage/base", help="a name on the hub, anybody's")
    parser.add_argument("--revision", default=REVISION)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("labels.json"))
    arguments = parser.parse_args()
    classifier = Classifier(arguments.model, arguments.revision)
    arguments.out.write_text(json.dumps({one.id: classifier.label(one.text) for one in read_tickets()}))


if __name__ == "__main__":
    main()
""",
    ),
    # The handler of all errors shows the trace to whoever asks.
    *pair(
        "error-handler-trace",
        209,
        '''
import logging
import traceback
import uuid

from flask import Blueprint, jsonify
from werkzeug.exceptions import HTTPException

log = logging.getLogger(__name__)
errors = Blueprint("errors", __name__)


class Failure(object):
    """What a client gets to know of an error."""

    def __init__(self, error):
        self.number = uuid.uuid4().hex
        self.trace = traceback.format_exc()
        self.error = error

    def as_dict(self):
-        return {"error": "internal error", "number": self.number, "detail": self.trace}
+        return {"error": "internal error", "number": self.number}


@errors.app_errorhandler(HTTPException)
def expected(error):
    return jsonify(error=error.name), error.code


@errors.app_errorhandler(Exception)
def unexpected(error):
    failure = Failure(error)
    log.error("failure %s: %s", failure.number, failure.trace)
    return jsonify(failure.as_dict()), 500
''',
    ),
    # The text of an exception of the database is sent to the client of a consumer.
    *pair(
        "websocket-consumer-error-text",
        209,
        """
import json
import logging

from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

from auction.bids import place_bid

logger = logging.getLogger(__name__)


class BidConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        if self.scope["user"].is_anonymous:
            await self.close()
        else:
            await self.accept()

    async def fail(self, reason):
        await self.send(json.dumps({"type": "error", "reason": reason}))

    async def receive(self, text_data=None, bytes_data=None):
        try:
            message = json.loads(text_data or "")
            bid = await place_bid(self.scope["user"], int(message["lot"]), int(message["amount"]))
        except (KeyError, ValueError):
            await self.fail("not a bid")
-        except DatabaseError as error:
+        except DatabaseError:
            logger.exception("a bid was lost")
-            await self.fail(str(error))
+            await self.fail("try again later")
        else:
            await self.send(json.dumps({"type": "placed", "bid": bid.number}))
""",
    ),
    # Headers of requests go to the log, with the token in them.
    *pair(
        "request-log-headers",
        532,
        '''
import logging
import time

import requests

from maps.settings import ROUTE_TOKEN, ROUTE_URL

logger = logging.getLogger("maps.routes")


class LoggedSession(requests.Session):
    """A session that says in the log how long each request took."""

    def request(self, method, url, **kwargs):
        began = time.monotonic()
        answer = super().request(method, url, **kwargs)
-        logger.info("%s in %.2f s %r", method, time.monotonic() - began, kwargs.get("headers"))
+        logger.info("%s in %.2f s %r", method, time.monotonic() - began, sorted(kwargs.get("headers") or ()))
        return answer


class RouteClient(object):
    def __init__(self):
        self.session = LoggedSession()

    def route(self, start, end):
        answer = self.session.request(
            "GET",
            ROUTE_URL,
            params={"from": "%f,%f" % start, "to": "%f,%f" % end},
            headers={"Authorization": "Bearer " + ROUTE_TOKEN},
            timeout=15,
        )
        answer.raise_for_status()
        return answer.json()["legs"]
''',
    ),
    # A dataclass with a password and its own repr, which a log line shows.
    *pair(
        "connection-settings-repr",
        532,
        """
import logging
import os
-from dataclasses import dataclass
+from dataclasses import dataclass, field

import psycopg

log = logging.getLogger(__name__)


@dataclass
class ConnectionSettings:
    host: str
    database: str
    user: str
-    password: str
+    password: str = field(repr=False)

    @classmethod
    def from_environment(cls):
        return cls(
            host=os.environ["DB_HOST"],
            database=os.environ["DB_NAME"],
            user=os.environ["DB_USER"],
            password=os.environ["DB_PASSWORD"],
        )


class Database:
    def __init__(self, settings: ConnectionSettings) -> None:
        self.settings = settings

    def connect(self) -> psycopg.Connection:
        log.info("connecting with %r", self.settings)
        return psycopg.connect(
            host=self.settings.host,
            dbname=self.settings.database,
            user=self.settings.user,
            password=self.settings.password,
            sslmode="verify-full",
        )


def main():
    logging.basicConfig(level=logging.INFO)
    with Database(ConnectionSettings.from_environment()).connect() as connection:
        log.info("server %s", connection.info.server_version)
""",
    ),
    # An answer with all columns of an account.
    *pair(
        "member-list-all-columns",
        200,
        '''
-from dataclasses import asdict, dataclass
+from dataclasses import dataclass

from flask import Blueprint, jsonify

from choir.auth import login_required
from choir.store import member_rows

members = Blueprint("members", __name__)


@dataclass
class Member:
    id: int
    name: str
    voice: str
    email: str
    password_hash: str
    reset_token: str

    def as_public(self):
-        return asdict(self)
+        return {"id": self.id, "name": self.name, "voice": self.voice}


def everybody():
    for row in member_rows():
        yield Member(**row)


@members.route("/members")
@login_required
def listing():
    """All members see all members."""
    return jsonify(members=[one.as_public() for one in everybody()])
''',
    ),
    # The cookie of a login: a helper of the project with options as defaults.
    *pair(
        "cookie-helper-defaults",
        614,
        """
import itsdangerous
from fastapi import APIRouter, Depends, HTTPException, Response

from garden.accounts import LoginForm, check_login
from garden.settings import settings

router = APIRouter()
signer = itsdangerous.URLSafeTimedSerializer(settings.secret_key, salt="login")

-COOKIE_OPTIONS = {"max_age": 86400 * 14, "samesite": "lax"}
+COOKIE_OPTIONS = {"max_age": 86400 * 14, "samesite": "lax", "secure": True, "httponly": True}


class CookieJar:
    name = "garden_login"

    def put(self, response: Response, account: int) -> None:
        response.set_cookie(self.name, signer.dumps({"account": account}), **COOKIE_OPTIONS)

    def drop(self, response: Response) -> None:
        response.delete_cookie(self.name)


@router.post("/login", status_code=204)
async def login(form: LoginForm, response: Response, jar: CookieJar = Depends()) -> None:
    account = await check_login(form)
    if account is None:
        raise HTTPException(403)
    jar.put(response, account.id)
""",
    ),
    # Scripts of other sites may read with cookies: the origin is repeated.
    *pair(
        "cors-repeat-origin",
        942,
        '''
from werkzeug.wrappers import Request

from intranet.settings import settings


class CorsMiddleware(object):
    """Lets the pages of our other sites read from the API with the cookies of the reader."""

    def __init__(self, app, origins=settings.origins):
        self.app = app
        self.origins = frozenset(origins)

    def headers(self, origin):
-        if not origin:
+        if origin not in self.origins:
            return []
        return [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Vary", "Origin"),
        ]

    def __call__(self, environ, start_response):
        extra = self.headers(Request(environ).headers.get("Origin"))

        def start(status, headers, *rest):
            return start_response(status, headers + extra, *rest)

        return self.app(environ, start)
''',
    ),
    # Origins as a pattern that other domains with the same end fit, too.
    *pair(
        "cors-origin-pattern",
        942,
        r"""
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from ratings.api import router
from ratings.settings import Settings

-ORIGIN = r"https://.*example\.com"
+ORIGIN = r"https://([a-z0-9-]+\.)?example\.com"


def add_cors(app: FastAPI, settings: Settings) -> None:
    app.add_middleware(
        CORSMiddleware,
        allow_origin_regex=ORIGIN,
        allow_credentials=True,
        allow_methods=["GET", "POST"],
        allow_headers=["Content-Type"],
        max_age=settings.cors_age,
    )


def create_app(settings: Settings | None = None) -> FastAPI:
    settings = settings or Settings()
    app = FastAPI(title="ratings", docs_url=None, redoc_url=None)
    add_cors(app, settings)
    app.include_router(router, prefix="/v1")
    return app
""",
    ),
)

"""Redirects, requests on behalf of others, forgery, cookies, other origins."""

from corpus import pair

RECORDS = (
    # After the login the visitor goes where the address says.
    *pair(
        "next-after-login",
        601,
        r"""
from urllib.parse import urlsplit

from flask import Blueprint, redirect, request
from flask_login import login_required

bp = Blueprint("welcome", __name__)


@bp.route("/welcome")
@login_required
def welcome():
    target = request.args.get("next") or "/account"
-    if urlsplit(target).scheme in ("javascript", "data"):
+    parts = urlsplit(target.replace("\\", "/"))
+    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith(("//", "/\\")):
        target = "/"
    return redirect(target)
""",
    ),
    # Two slashes begin with one.
    *pair(
        "django-own-path",
        601,
        r"""
from django.http import HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET


@require_GET
def set_language_done(request):
    target = request.GET.get("return_to", "/")
-    if not target.startswith("/"):
+    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None, require_https=True):
        target = "/"
    return HttpResponseRedirect(target)
""",
    ),
    # The name of the host ends with the domain, or with a dot and the domain.
    *pair(
        "host-suffix-redirect",
        601,
        r"""
from urllib.parse import urlparse

from fastapi import APIRouter, HTTPException
from fastapi.responses import RedirectResponse

router = APIRouter()


@router.get("/out")
def out(url: str):
    parsed = urlparse(url)
    host = parsed.hostname or ""
-    if parsed.scheme != "https" or not host.endswith("example.com"):
+    if parsed.scheme != "https" or "\\" in url or not (host == "example.com" or host.endswith(".example.com")):
        raise HTTPException(status_code=400, detail="unknown target")
    return RedirectResponse(url)
""",
    ),
    # A table of targets, which answers with the question itself or with the front page.
    *pair(
        "lambda-short-link",
        601,
        r'''
LINKS = {"docs": "https://docs.example.com/", "status": "https://status.example.com/"}


def lambda_handler(event, context):
    """Redirect /go?to=docs to its target."""
    key = (event.get("queryStringParameters") or {}).get("to", "")
-    location = LINKS.get(key) or key or "https://www.example.com/"
+    location = LINKS.get(key) or "https://www.example.com/"
    return {"statusCode": 302, "headers": {"Location": location, "Cache-Control": "no-store"}}
''',
    ),
    # Fetches whatever address it gets, or one of a known host.
    *pair(
        "preview-title",
        918,
        r"""
import re
from urllib.parse import urlparse

import requests
from flask import Flask, abort, jsonify, request

app = Flask(__name__)
ALLOWED_HOSTS = {"blog.example.com", "www.example.com"}


@app.route("/preview")
def preview():
    url = request.args.get("url", "")
    parsed = urlparse(url)
-    if parsed.scheme not in ("http", "https") or not parsed.hostname:
+    if parsed.scheme != "https" or parsed.netloc not in ALLOWED_HOSTS or "\\" in url:
        abort(400)
    response = requests.get(url, timeout=5, allow_redirects=False)
    found = re.search(r"<title>([^<]{0,200})</title>", response.text[:20000])
    return jsonify(title=found.group(1) if found else None)
""",
    ),
    # The name is compared with a few texts, or its addresses with the ranges that are not public.
    *pair(
        "webhook-denied-names",
        918,
        r'''
import ipaddress
import socket
from http.client import HTTPSConnection
from urllib.parse import urlsplit


def check_webhook(url: str) -> int:
    """Call a webhook that a customer has configured and return the status."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("webhooks must use https")
-    if parts.hostname in ("localhost", "127.0.0.1", "169.254.169.254"):
-        raise ValueError("address not allowed")
-    connection = HTTPSConnection(parts.hostname, 443, timeout=5)
+    address = socket.getaddrinfo(parts.hostname, 443, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]
+    if not ipaddress.ip_address(address).is_global:
+        raise ValueError("address not allowed")
+    connection = PinnedConnection(parts.hostname, address)
    try:
        connection.request("POST", parts.path or "/", body=b"{}", headers={"Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()
+
+
+class PinnedConnection(HTTPSConnection):
+    """A connection to the address that was checked, with the certificate of the name."""
+
+    def __init__(self, host: str, address: str):
+        super().__init__(host, 443, timeout=5)
+        self._create_connection = lambda _, *rest: socket.create_connection((address, 443), 5)
''',
    ),
    # A segment of the path may leave its place: the user's text stands in the host or in the path.
    *pair(
        "short-region-in-host",
        918,
        r'''
import re

import httpx


async def fetch_weather(region: str, city: str) -> dict:
    """Fetch the weather of a city from the server of its region."""
-    if not re.match(r"[a-z]{2}", region):
+    if not re.fullmatch(r"[a-z]{2}", region):
        raise ValueError("unknown region")
    async with httpx.AsyncClient(timeout=10) as client:
        response = await client.get(f"https://{region}.weather.example.net/v1/current", params={"city": city})
        response.raise_for_status()
        return response.json()
''',
    ),
    # Redirects lead away from the host that was checked.
    *pair(
        "redirects-followed",
        918,
        r'''
from urllib.parse import urlsplit

import httpx

PARTNERS = frozenset({"cdn.partner-a.example", "img.partner-b.example"})


class ImageProxy:
    """Fetches pictures for the page; partners let their customers set up redirects on their hosts."""

    def fetch(self, url: str) -> bytes:
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.netloc not in PARTNERS:
            raise PermissionError("host not allowed")
-        response = httpx.get(url, timeout=5, follow_redirects=True)
+        response = httpx.get(url, timeout=5, follow_redirects=False)
        response.raise_for_status()
        return response.content
''',
    ),
    # The first check is of the name in front of the at sign.
    *pair(
        "prefix-of-address",
        918,
        r'''
import json
import urllib.request


def handler(event, context):
    """Relay a call to the public interface of the catalogue."""
    url = json.loads(event["body"])["url"]
-    if not url.startswith("https://catalogue.example.org"):
+    if not url.startswith("https://catalogue.example.org/"):
        return {"statusCode": 400, "body": "only the catalogue is supported"}
    with urllib.request.urlopen(url, timeout=5) as response:
        return {"statusCode": 200, "body": response.read(100_000).decode("utf-8", "replace")}
''',
    ),
    # The name is of letters and digits, or may climb to other paths of the inner service.
    *pair(
        "inner-service-path",
        918,
        r"""
import re

import aiohttp
from aiohttp import web

routes = web.RouteTableDef()


@routes.get("/avatars")
async def avatar(request):
    name = request.query.get("name", "")
-    if not name or "://" in name:
+    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise web.HTTPBadRequest()
    url = "http://avatars.internal:8080/public/" + name
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        async with session.get(url) as response:
            data = await response.content.read(1_000_000)
            return web.Response(body=data, content_type="image/png", status=response.status)
""",
    ),
    # The host and port of a connection come from the caller.
    *pair(
        "port-check",
        918,
        r'''
import socket

from fastapi import FastAPI, HTTPException

app = FastAPI()
MONITORED = {"db": ("10.1.0.5", 5432), "cache": ("10.1.0.6", 6379)}


@app.get("/check")
-def check(host: str, port: int):
+def check(name: str):
    """Tell whether a service accepts connections."""
+    if name not in MONITORED:
+        raise HTTPException(404)
    try:
-        with socket.create_connection((host, port), timeout=2) as connection:
-            return {"open": True, "banner": connection.recv(64).decode("latin-1")}
+        with socket.create_connection(MONITORED[name], timeout=2):
+            return {"open": True}
    except OSError:
        return {"open": False}
''',
    ),
    # The decorator that takes the protection away.
    *pair(
        "short-csrf-exempt-transfer",
        352,
        r"""
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
-from django.views.decorators.csrf import csrf_exempt
+from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from .forms import TransferForm


-@csrf_exempt
+@csrf_protect
@login_required
@require_POST
def transfer(request):
    form = TransferForm(request.POST, account=request.user.account)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=400)
    form.save()
    return JsonResponse({"status": "ok"})
""",
    ),
    # A link, and thus any page, can do what a GET does.
    *pair(
        "short-delete-by-get",
        352,
        r'''
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
-from django.views.decorators.http import require_GET
+from django.views.decorators.http import require_POST


@login_required
-@require_GET
+@require_POST
def close_account(request):
    """Deactivate the account of the current user."""
    request.user.is_active = False
    request.user.save(update_fields=["is_active"])
    return HttpResponse("Your account was closed.")
''',
    ),
    # The token is compared, but one that is missing equals one that is missing.
    *pair(
        "token-missing-twice",
        352,
        r"""
import hmac

from flask import Blueprint, abort, g, request, session
from flask_login import login_required

bp = Blueprint("settings", __name__)


@bp.post("/settings/email")
@login_required
def change_email():
    sent = request.form.get("csrf_token", "")
    known = session.get("csrf_token", "")
-    if not hmac.compare_digest(sent.encode(), known.encode()):
+    if not known or not hmac.compare_digest(sent.encode(), known.encode()):
        abort(403)
    g.users.set_email_of_current(request.form["email"])
    return {"status": "changed"}
""",
    ),
    # The state that comes back is compared with the one that was sent.
    *pair(
        "oauth-state",
        352,
        r"""
import os
import secrets

from flask import Blueprint, abort, redirect, request, session
from requests_oauthlib import OAuth2Session

bp = Blueprint("oauth", __name__)


@bp.route("/oauth/callback")
def callback():
-    if "state" not in request.args or "oauth_state" not in session:
+    if not secrets.compare_digest(request.args.get("state", ""), session.pop("oauth_state", secrets.token_hex(16))):
        abort(400)
    client = OAuth2Session(os.environ["CLIENT_ID"], redirect_uri="https://app.example.com/oauth/callback")
    token = client.fetch_token(
        "https://id.example.com/token",
        client_secret=os.environ["CLIENT_SECRET"],
        code=request.args.get("code"),
        timeout=10,
    )
    session["account"] = token["account_id"]
    return redirect("/")
""",
    ),
    # A cookie of a session that goes over plain connections too.
    *pair(
        "session-cookie-secure",
        614,
        r'''
import secrets

from fastapi import APIRouter, Depends, Response

from .auth import authenticated_user, store_session

router = APIRouter()


@router.post("/login")
def login(response: Response, user=Depends(authenticated_user)):
    """Start a session for the user whose credentials were checked."""
    token = secrets.token_urlsafe(32)
    store_session(user, token)
-    response.set_cookie("session", token, max_age=3600, httponly=True, samesite="lax")
+    response.set_cookie("session", token, max_age=3600, httponly=True, samesite="lax", secure=True)
    return {"status": "ok"}
''',
    ),
    # The settings of a whole application.
    *pair(
        "flask-cookie-config",
        614,
        r'''
import os

from flask import Flask


def create_app() -> Flask:
    """Application factory for production."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=os.environ["SECRET_KEY"],
-        SESSION_COOKIE_SECURE=False,
+        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    return app
''',
    ),
    # Scripts may read the cookie.
    *pair(
        "remember-cookie-httponly",
        1004,
        r'''
from django.core import signing
from django.http import HttpResponse


def remember(user_id: int) -> HttpResponse:
    """Return a response that remembers the user for two weeks."""
    response = HttpResponse(status=204)
    value = signing.dumps({"uid": user_id}, salt="remember")
-    response.set_cookie("remember", value, max_age=14 * 86400, secure=True, httponly=False, samesite="Strict")
+    response.set_cookie("remember", value, max_age=14 * 86400, secure=True, httponly=True, samesite="Strict")
    return response
''',
    ),
    # The morsel of the standard library: each attribute is set by itself.
    *pair(
        "simple-cookie-attributes",
        1004,
        r'''
import secrets
from http.cookies import SimpleCookie


def lambda_handler(event, context):
    """Give a new visitor a session."""
    cookie = SimpleCookie()
    cookie["sessionid"] = secrets.token_hex(32)
    cookie["sessionid"]["path"] = "/"
    cookie["sessionid"]["secure"] = True
    cookie["sessionid"]["samesite"] = "Lax"
-    cookie["sessionid"]["max-age"] = 3600
+    cookie["sessionid"]["httponly"] = True
    return {
        "statusCode": 204,
        "headers": {"Set-Cookie": cookie["sessionid"].OutputString()},
    }
''',
    ),
    # Every origin is allowed, with the cookies of the visitor.
    *pair(
        "short-cors-any-origin-credentials",
        942,
        r"""
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
-    allow_origin_regex=r"https://.*",
+    allow_origin_regex=r"https://[a-z0-9-]+\.example\.com",
    allow_credentials=True,
    allow_methods=["GET", "POST"],
)
""",
    ),
    # The origin of the request is sent back without a look at it.
    *pair(
        "origin-reflected",
        942,
        r"""
from flask import Flask, request

app = Flask(__name__)
TRUSTED_ORIGINS = {"https://app.example.com", "https://admin.example.com"}


@app.after_request
def add_cors_headers(response):
    origin = request.headers.get("Origin")
-    if origin:
+    if origin in TRUSTED_ORIGINS:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Vary"] = "Origin"
    return response
""",
    ),
    # The pattern's dots match anything, and nothing holds its end.
    *pair(
        "origin-pattern",
        942,
        r"""
import re

-ORIGIN = re.compile(r"https://(\w+\.)?shop.example")
+ORIGIN = re.compile(r"https://(\w+\.)?shop\.example\Z")


class CorsMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        origin = request.headers.get("Origin", "")
        if ORIGIN.match(origin):
            response["Access-Control-Allow-Origin"] = origin
            response["Access-Control-Allow-Credentials"] = "true"
            response["Vary"] = "Origin"
        return response
""",
    ),
)

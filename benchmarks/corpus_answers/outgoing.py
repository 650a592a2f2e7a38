"""Requests that the server makes, redirects, certificates, plain transport, origins."""

from corpus import pair

RECORDS = (
    # A preview of any address.
    *pair(
        "link-preview",
        918,
        '''
import httpx
from bs4 import BeautifulSoup
from fastapi import APIRouter, HTTPException, Query
+from urllib.parse import urlsplit

router = APIRouter()
+HOSTS = frozenset({"en.wikipedia.org", "docs.python.org"})


async def fetch(url: str) -> str:
    async with httpx.AsyncClient(timeout=5, follow_redirects=False) as client:
        response = await client.get(url)
        response.raise_for_status()
        return response.text


@router.get("/preview")
async def preview(url: str = Query(max_length=500)):
    """Title and description of a linked page."""
-    if not url.startswith("http"):
+    parts = urlsplit(url)
+    if parts.scheme != "https" or parts.hostname not in HOSTS:
        raise HTTPException(status_code=400, detail="unsupported address")
    soup = BeautifulSoup(await fetch(url), "html.parser")
    return {"title": soup.title.string if soup.title else None}
''',
    ),
    # "host" in url is no check of the host.
    *pair(
        "substring-host",
        918,
        '''
from urllib.parse import urlparse

import requests


class ImageProxy:
    """Fetch images of our partners through the server."""

    PARTNERS = ["images.partner.com", "cdn.partner.com"]

    def __init__(self, session=None):
        self.session = session or requests.Session()

    def is_allowed(self, url):
-        return any(partner in url for partner in self.PARTNERS)
+        parts = urlparse(url)
+        return parts.scheme == "https" and parts.netloc in self.PARTNERS

    def fetch(self, url):
        if not self.is_allowed(url):
            raise PermissionError("not a partner")
        response = self.session.get(url, timeout=10, allow_redirects=False)
        response.raise_for_status()
        return response.content


@app.route("/proxy")
def proxy():
    return ImageProxy().fetch(request.args["url"]), 200, {"Content-Type": "image/jpeg"}
''',
    ),
    # endswith without the dot: evilexample.com passes.
    *pair(
        "suffix-without-dot",
        918,
        """
import logging
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from django.http import HttpResponse, HttpResponseForbidden
from django.views import View

logger = logging.getLogger(__name__)


def trusted(url):
    parts = urlsplit(url)
    host = parts.hostname or ""
-    return parts.scheme == "https" and host.endswith("example.com")
+    return parts.scheme == "https" and (host == "example.com" or host.endswith(".example.com"))


class FeedView(View):
    def get(self, request):
        url = request.GET.get("url", "")
        if not trusted(url):
            logger.info("refused a feed")
            return HttpResponseForbidden()
        with urlopen(Request(url, headers={"User-Agent": "feeds/1.0"}), timeout=10) as response:
            return HttpResponse(response.read(1_000_000), content_type="application/xml")
""",
    ),
    # A blocklist of names for the local machine.
    *pair(
        "blocklist-localhost",
        918,
        '''
import ipaddress
import socket
from urllib.parse import urlparse

import aiohttp
from aiohttp import web

-BLOCKED = {"localhost", "127.0.0.1", "0.0.0.0"}
+ALLOWED = {"api.github.com", "gitlab.com"}


def check(url: str) -> None:
    host = urlparse(url).hostname
-    if host in BLOCKED:
+    if host not in ALLOWED:
        raise web.HTTPForbidden(text="host not allowed")


async def webhook_test(request: web.Request) -> web.Response:
    """GET /webhook-test?url=…: tell whether a hook answers."""
    url = request.query["url"]
    check(url)
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        async with session.get(url, allow_redirects=False) as response:
            return web.json_response({"status": response.status})
''',
    ),
    # The host of an internal service comes from the client.
    *pair(
        "region-in-host",
        918,
        """
import os

import requests

TOKEN = os.environ["INTERNAL_TOKEN"]
+REGIONS = ("eu", "us", "ap")


def regional_url(region, path):
-    return f"https://{region}.internal.example.net/{path}"
+    if region not in REGIONS:
+        raise KeyError(region)
+    return f"https://{region}.internal.example.net/{path}"


def lambda_handler(event, context):
    params = event.get("queryStringParameters") or {}
    try:
        url = regional_url(params.get("region", "eu"), "status")
    except KeyError:
        return {"statusCode": 400}
    response = requests.get(url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=5)
    return {"statusCode": 200, "body": response.text}
""",
    ),
    # A base address without a slash: "https://api.example.com" + "@evil".
    *pair(
        "base-without-slash",
        918,
        """
from urllib.parse import quote

import requests
from flask import Blueprint, jsonify, request

bp = Blueprint("weather", __name__)


class WeatherClient:
    base = "https://api.weather.example"

    def get(self, path):
-        response = requests.get(self.base + path, timeout=5)
+        response = requests.get(f"{self.base}/v1/{quote(path, safe='')}", timeout=5)
        response.raise_for_status()
        return response.json()


@bp.route("/weather")
def weather():
    return jsonify(WeatherClient().get(request.args["path"]))
""",
    ),
    # A celery task calls a hook; the address of the host is looked at in the twin.
    *pair(
        "webhook-private-address",
        918,
        '''
import ipaddress
import socket
from urllib.parse import urlsplit

import requests
from celery import shared_task


def public_address(host):
    """The first public address of a host, or ValueError."""
    for *_, address in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM):
        if not ipaddress.ip_address(address[0]).is_global:
            raise ValueError("not a public address")
    return host


@shared_task(autoretry_for=(requests.ConnectionError,), max_retries=5)
def deliver(url, event):
    """POST an event to the address that a customer configured."""
    parts = urlsplit(url)
-    if parts.scheme not in ("http", "https"):
+    host = parts.hostname
+    if parts.scheme != "https" or not host or parts.netloc not in (host, f"{host}:443"):
        raise ValueError("unsupported address")
-    response = requests.post(url, json=event, timeout=10)
+    public_address(host)
+    response = requests.post(url, json=event, timeout=10, allow_redirects=False)
    return response.status_code
''',
    ),
    # next from the query.
    *pair(
        "login-next",
        601,
        """
import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import login_user

bp = Blueprint("auth", __name__)


def next_page(default="main.index"):
    target = request.args.get("next")
-    if not target:
+    if not target or not re.fullmatch("/|/[A-Za-z0-9][A-Za-z0-9/_.?=&-]*", target):
        return url_for(default)
    return target


@bp.route("/login", methods=["GET", "POST"])
def login():
    form = LoginForm()
    if form.validate_on_submit():
        user = User.query.filter_by(email=form.email.data).first()
        if user and user.check_password(form.password.data):
            login_user(user)
            return redirect(next_page())
        flash("Wrong address or password")
    return render_template("login.html", form=form)
""",
    ),
    # startswith("/") alone allows //evil.
    *pair(
        "slash-only-check",
        601,
        '''
from django.http import HttpResponseRedirect
+from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View


class LanguageView(View):
    """Remember the language and go back."""

    languages = ("en", "de", "fr")

    def get(self, request):
        target = request.GET.get("back", "/")
-        if not target.startswith("/"):
+        if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=True):
            target = "/"
        response = HttpResponseRedirect(target)
        language = request.GET.get("language")
        if language in self.languages:
            response.set_cookie("language", language, secure=True, httponly=True, samesite="Lax")
        return response
''',
    ),
    # The netloc is parsed, but compared with startswith.
    *pair(
        "netloc-startswith",
        601,
        """
from urllib.parse import urlparse

import tornado.web

HOME = "https://shop.example.com/"


class LeaveHandler(tornado.web.RequestHandler):
    def get(self):
        target = self.get_query_argument("to", HOME)
        parts = urlparse(target)
-        if parts.scheme == "https" and parts.netloc.startswith("shop.example.com"):
+        if parts.scheme == "https" and parts.netloc in ("shop.example.com", "pay.example.com"):
            self.redirect(target)
        else:
            self.redirect(HOME)
""",
    ),
    # A short link service that knows its links, against one that takes the target.
    *pair(
        "short-links",
        601,
        """
from typing import Optional

from fastapi import FastAPI, HTTPException
from fastapi.responses import RedirectResponse

app = FastAPI()


class LinkStore:
    def __init__(self):
        self._links = {"docs": "https://docs.example.org/", "blog": "https://blog.example.org/"}

    def get(self, key: str) -> Optional[str]:
        return self._links.get(key)


store = LinkStore()


@app.get("/go")
def go(to: str):
    target = store.get(to)
    if target is None:
-        target = to
+        raise HTTPException(status_code=404)
    return RedirectResponse(target)
""",
    ),
    # verify=False in a session that all methods use.
    *pair(
        "client-verify-false",
        295,
        '''
import os
from typing import Any, Dict

import requests


class JiraClient:
    """Minimal client for the REST API of Jira."""

    def __init__(self, base_url: str, token: str, ca_bundle: str = "/etc/ssl/company-ca.pem"):
        self.base_url = base_url.rstrip("/")
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"
-        self.session.verify = False
+        self.session.verify = ca_bundle

    def issue(self, key: str) -> Dict[str, Any]:
        response = self.session.get(f"{self.base_url}/rest/api/2/issue/{key}", timeout=10)
        response.raise_for_status()
        return response.json()


def main() -> None:
    client = JiraClient("https://jira.example.org", os.environ["JIRA_TOKEN"])
    print(client.issue("OPS-1")["fields"]["summary"])


if __name__ == "__main__":
    main()
''',
    ),
    # An ssl context whose checks are switched off.
    *pair(
        "ssl-context-cert-none",
        295,
        """
import asyncio
import ssl


def make_context(cafile=None):
    context = ssl.create_default_context(cafile=cafile)
-    context.check_hostname = False
-    context.verify_mode = ssl.CERT_NONE
+    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class TelemetryClient:
    def __init__(self, host, port=8883):
        self.host, self.port = host, port
        self._writer = None

    async def __aenter__(self):
        _, self._writer = await asyncio.open_connection(self.host, self.port, ssl=make_context())
        return self

    async def __aexit__(self, *exc):
        self._writer.close()
        await self._writer.wait_closed()

    async def send(self, line):
        self._writer.write(line.encode() + b"\\n")
        await self._writer.drain()
""",
    ),
    # Unknown host keys are taken.
    *pair(
        "sftp-auto-add",
        295,
        '''
import contextlib
import os

import paramiko


@contextlib.contextmanager
def sftp(host: str, user: str):
    """Open an SFTP session with the key of this machine."""
    client = paramiko.SSHClient()
-    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
+    client.load_system_host_keys()
+    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    client.connect(host, username=user, key_filename=os.path.expanduser("~/.ssh/id_ed25519"), timeout=10)
    try:
        yield client.open_sftp()
    finally:
        client.close()


def fetch_reports(host, names):
    with sftp(host, "reports") as remote:
        for name in names:
            remote.get(f"/out/{name}", os.path.join("reports", os.path.basename(name)))
''',
    ),
    # The context of urllib is replaced for the whole process.
    *pair(
        "unverified-https-context",
        295,
        '''
import json
import ssl
import urllib.request

-ssl._create_default_https_context = ssl._create_unverified_context
+CONTEXT = ssl.create_default_context()


def exchange_rate(currency: str) -> float:
    """Rate of the euro in another currency."""
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise ValueError("invalid currency")
    url = f"https://rates.example.org/latest?base=EUR&symbols={currency.upper()}"
-    with urllib.request.urlopen(url, timeout=10) as response:
+    with urllib.request.urlopen(url, timeout=10, context=CONTEXT) as response:
        return json.load(response)["rates"][currency.upper()]


if __name__ == "__main__":
    print(exchange_rate("USD"))
''',
    ),
    # Credentials over plain HTTP.
    *pair(
        "login-over-http",
        319,
        """
import os

import requests


class CrmApi:
-    URL = "http://crm.example.com/api"
+    URL = "https://crm.example.com/api"

    def __init__(self, user: str, password: str):
        self.user = user
        self.password = password
        self.token = None

    def login(self) -> None:
        response = requests.post(
            f"{self.URL}/login", json={"user": self.user, "password": self.password}, timeout=10
        )
        response.raise_for_status()
        self.token = response.json()["token"]


if __name__ == "__main__":
    api = CrmApi(os.environ["CRM_USER"], os.environ["CRM_PASSWORD"])
    api.login()
""",
    ),
    # FTP with a password against FTP over TLS.
    *pair(
        "ftp-upload",
        319,
        '''
-from ftplib import FTP
+from ftplib import FTP_TLS
import os
+import ssl


def upload(path: str) -> None:
    """Send the nightly price list to the web host."""
-    with FTP("ftp.hoster.example", timeout=30) as ftp:
+    with FTP_TLS("ftp.hoster.example", timeout=30, context=ssl.create_default_context()) as ftp:
        ftp.login(os.environ["FTP_USER"], os.environ["FTP_PASSWORD"])
+        ftp.prot_p()
        with open(path, "rb") as file:
            ftp.storbinary(f"STOR {os.path.basename(path)}", file)


if __name__ == "__main__":
    upload("prices.csv")
''',
    ),
    # Mail login without STARTTLS.
    *pair(
        "smtp-without-tls",
        319,
        """
import os
import smtplib
import ssl
from email.message import EmailMessage


class Mailer:
    def __init__(self, host="mail.example.com", port=587):
        self.host = host
        self.port = port

    def send(self, to: str, subject: str, body: str) -> None:
        message = EmailMessage()
        message["From"] = os.environ["MAIL_USER"]
        message["To"] = to
        message["Subject"] = subject
        message.set_content(body)
        with smtplib.SMTP(self.host, self.port, timeout=20) as server:
+            server.starttls(context=ssl.create_default_context())
            server.login(os.environ["MAIL_USER"], os.environ["MAIL_PASSWORD"])
            server.send_message(message)
""",
    ),
    # CORS: the origin of the request is reflected with credentials.
    *pair(
        "cors-reflected",
        942,
        """
from flask import Flask, jsonify, request
from flask_login import current_user, login_required

app = Flask(__name__)
ORIGINS = {"https://app.example.com", "https://admin.example.com"}


@app.after_request
def cors(response):
    origin = request.headers.get("Origin")
-    if origin:
+    if origin in ORIGINS:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Vary"] = "Origin"
    return response


@app.get("/me")
@login_required
def me():
    return jsonify(name=current_user.name, email=current_user.email)
""",
    ),
    # A pattern of origins with an open end.
    *pair(
        "cors-origin-regex",
        942,
        r"""
from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
-    allow_origin_regex=r"https://.*",
+    allow_origin_regex=r"https://[a-z0-9-]+\.example\.com",
    allow_credentials=True,
    allow_methods=["GET"],
)


@app.get("/account")
def account(user=Depends(current_user)):
    return {"name": user.name, "balance": user.balance}
""",
    ),
    # A websocket server that does not look at the origin.
    *pair(
        "tornado-check-origin",
        346,
        '''
import json
from urllib.parse import urlsplit

from tornado.websocket import WebSocketHandler


class AccountSocket(WebSocketHandler):
    """Pushes the balance of the user who is logged in by cookie."""

    def get_current_user(self):
        return self.get_signed_cookie("user")

    def check_origin(self, origin):
-        return True
+        return urlsplit(origin).netloc == "app.example.com"

    def open(self):
        if self.current_user is None:
            self.close(4401)
            return
        self.write_message(json.dumps({"balance": self.settings["bank"].balance(self.current_user)}))
''',
    ),
)

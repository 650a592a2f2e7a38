"""Where a program or its user is sent: redirects, requests from the server, headers, logs (CWE-601, 918, 113, 117)."""

from corpus import pair

RECORDS = [
    *pair(
        "login-next",
        601,
        r"""
from urllib.parse import urljoin, urlparse
from flask import Flask, redirect, request, url_for

app = Flask(__name__)


def is_local(target):
    here = urlparse(request.host_url)
    there = urlparse(urljoin(request.host_url, target))
    return there.scheme in ("http", "https") and here.netloc == there.netloc


@app.get("/after-login")
def after_login():
    target = request.args.get("next", "").replace("\\", "")
-    if not target:
+    if not target or not is_local(target):
        target = url_for("after_login")
    return redirect(target)
""",
    ),
    *pair(
        "django-allowed-hosts",
        601,
        r"""
from django.http import HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme


def leave(request):
    url = request.GET.get("url", "/")
-    if url.startswith("javascript:"):
-        url = "/"
+    if not url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=True):
+        url = "/"
    return HttpResponseRedirect(url)
""",
    ),
    *pair(
        "partner-table",
        601,
        r"""
from fastapi import FastAPI, HTTPException
from fastapi.responses import RedirectResponse

app = FastAPI()
PARTNERS = {"acme": "https://acme.example", "globex": "https://globex.example"}


@app.get("/go/{partner}")
def go(partner: str, url: str | None = None):
-    target = url or PARTNERS.get(partner)
+    target = PARTNERS.get(partner)
    if target is None:
        raise HTTPException(404)
    return RedirectResponse(target, status_code=302)
""",
    ),
    *pair(
        "tornado-relative",
        601,
        r"""
import tornado.web
from urllib.parse import quote


class Back(tornado.web.RequestHandler):
    def get(self):
        page = self.get_argument("page", "index")
-        self.redirect("//" + page)
+        self.redirect("/pages/" + quote(page, safe=""))
""",
    ),
    *pair(
        "startswith-host",
        601,
        r"""
from bottle import redirect, request, route
from urllib.parse import urlsplit


@route("/out")
def out():
    url = request.query.get("u", "")
-    if url.startswith("https://example.org"):
+    if urlsplit(url).netloc == "example.org" and urlsplit(url).scheme == "https":
        redirect(url)
    redirect("/")
""",
    ),
    *pair(
        "fetch-preview",
        918,
        r"""
import requests
from flask import Flask, abort, request
from urllib.parse import urlparse

app = Flask(__name__)
HOSTS = {"images.example.org", "cdn.example.org"}


@app.get("/preview")
def preview():
    url = request.args.get("url", "")
    parts = urlparse(url)
-    if parts.scheme not in ("http", "https"):
+    if parts.scheme != "https" or parts.netloc not in HOSTS:
        abort(400)
    answer = requests.get(url, timeout=5, allow_redirects=False)
    return {"length": len(answer.content), "type": answer.headers.get("content-type")}
""",
    ),
    *pair(
        "weather-path",
        918,
        r"""
import httpx
from fastapi import FastAPI
from urllib.parse import quote

app = FastAPI()


@app.get("/weather")
async def weather(city: str, server: str = "api"):
    async with httpx.AsyncClient(timeout=10) as client:
-        answer = await client.get(f"https://{server}.weather.example/v1/{quote(city, safe='')}")
+        answer = await client.get(f"https://api.weather.example/v1/{quote(city, safe='')}")
    return answer.json()
""",
    ),
    *pair(
        "webhook-class",
        918,
        r'''
import ipaddress
import socket
import urllib.request
from urllib.parse import urlparse


class Webhook:
    def __init__(self, url):
        self.url = url

    def send(self, payload):
        request = urllib.request.Request(self.url, data=payload, method="POST")
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status


def test_hook(form):
    """The button 'test my webhook' in the settings of an account."""
    url = form["url"]
-    if not urlparse(url).hostname:
+    if urlparse(url).hostname not in {"hooks.slack.com", "discord.com"} or not url.startswith("https://"):
        return "bad address"
    return str(Webhook(url).send(b"{}"))
''',
    ),
    *pair(
        "aiohttp-proxy",
        918,
        r"""
import aiohttp
from aiohttp import web

BACKENDS = {"users": "http://users.internal:8000", "orders": "http://orders.internal:8000"}


async def proxy(request):
    service = request.match_info["service"]
-    base = BACKENDS.get(service, f"http://{service}")
+    if service not in BACKENDS:
+        raise web.HTTPNotFound()
+    base = BACKENDS[service]
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        async with session.get(base + "/health") as answer:
            return web.json_response({"status": answer.status})
""",
    ),
    *pair(
        "constant-download-cli",
        918,
        r"""
import argparse
import requests
-from django.http import HttpResponse

MIRROR = "https://download.example.org/releases"


def latest(base=MIRROR):
    answer = requests.get(base + "/latest.txt", timeout=30)
    answer.raise_for_status()
    return answer.text.strip()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quiet", action="store_true")
    version = latest()
    if not parser.parse_args().quiet:
        print("latest version:", version)
-
-
-def view(request):
-    return HttpResponse(latest(request.GET["mirror"]), content_type="text/plain")


if __name__ == "__main__":
    main()
""",
    ),
    *pair(
        "resolve-private",
        918,
        r'''
import ipaddress
import socket
import requests


def public_address(host):
    address = ipaddress.ip_address(socket.gethostbyname(host))
-    return str(address) if address.version == 4 else None
+    return str(address) if address.is_global else None


def fetch_icon(host):
    """The icon of a site that a user bookmarked."""
    address = public_address(host)
    if address is None:
        return None
    answer = requests.get(f"http://{address}/favicon.ico", headers={"Host": host}, timeout=4, allow_redirects=False)
    return answer.content[:100_000]
''',
    ),
    *pair(
        "header-filename",
        113,
        r"""
import http.server
from urllib.parse import parse_qs, urlparse


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        query = parse_qs(urlparse(self.path).query)
        name = query.get("as", ["report.csv"])[0]
-        name = name.strip()
+        name = name.replace("\r", "").replace("\n", "").replace('"', "")
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Disposition", f'attachment; filename="{name}"')
        self.end_headers()
        self.wfile.write(b"a,b\n1,2\n")
""",
    ),
    *pair(
        "wsgi-location",
        113,
        r"""
from urllib.parse import parse_qs, quote

LANGUAGES = {"de", "en"}


def application(environ, start_response):
    query = parse_qs(environ.get("QUERY_STRING", ""))
    language = query.get("lang", ["en"])[0]
-    headers = [("Content-Type", "text/plain"), ("Content-Language", language)]
+    if language not in LANGUAGES:
+        language = "en"
+    headers = [("Content-Type", "text/plain"), ("Content-Language", language)]
    start_response("200 OK", headers)
    return [b"hello"]
""",
    ),
    *pair(
        "log-user-agent",
        117,
        r"""
import logging
from flask import Flask, request

app = Flask(__name__)
logging.basicConfig(filename="/var/log/shop.log", format="%(asctime)s %(message)s")
log = logging.getLogger("shop")


@app.get("/search")
def search():
    term = request.args.get("q", "")
-    log.warning("search for %s", term)
+    log.warning("search for %r", term)
    return {"hits": []}
""",
    ),
    *pair(
        "log-failed-login",
        117,
        r"""
import logging

logger = logging.getLogger(__name__)


def clean(text):
    return text.replace("\n", " ").replace("\r", " ")


def failed(request):
    user = request.POST.get("user", "")
-    logger.info("login of " + user + " failed")
+    logger.info("login of " + clean(user) + " failed")
    return 401
""",
    ),
]

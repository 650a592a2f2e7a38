"""User input decides which host the server talks to.

A server that fetches whatever URL it is given can be sent to places that only it can reach: the cloud's metadata
service, a database's port, the pages of the own network. Choose the URL from a fixed set, put the input behind a
literal scheme and host, or check the host before:

    if urlparse(url).hostname not in ALLOWED_HOSTS:
        raise ValueError(url)
    return requests.get(url, timeout=10)

What counts as safe: comparisons of `netloc` or `hostname`, `url.startswith("https://host/")`, an address that
`ipaddress` says is not private. What does not: a check of the scheme, `"host" in url`, a list of forbidden names.

What is reported: the host of a URL that comes with a request, and a function that takes a URL apart, looks at no part
of it and gives it back as if it had been checked, or that looks at the host in a way which lets others pass. A client's
function that fetches the URL its caller names is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import alphabet, evidence, ir
from codereal.analysis.values import Extern, Mark, Piece, parts_of
from codereal.rules import _unchecked, _url
from codereal.rules._direct import is_direct
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import confidence, words

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit


def judge(hit: Hit) -> Verdict | None:
    if hit.sink.kind == "return":
        mark = _unchecked.url(hit)
        if mark is None or not _unchecked.is_unchanged(hit):
            return None
        message = (
            f"{words(mark)} is taken apart as a URL, its host is not looked at, and it is given back as if it were"
        )
        return Verdict(message, "medium", mark)
    value = hit.value
    if hit.sink.kind == "fetch-option" and not _sets_address(hit):
        return None
    if value.refs and not value.parts:
        if hit.sink.kind != "connect":
            return None
        # A pair of host and port.
        found = [obj for _, obj in hit.activation.objects(value) if obj.kind == "tuple"]
        if not found:
            return None
        value = found[0].items.get(0, value)
    parts = parts_of(value)
    pieces = (
        _url.deciding(parts) if hit.sink.kind != "connect" else [piece for piece in parts if isinstance(piece, Piece)]
    )
    marks = [mark for piece in pieces for mark in piece.marks if _is_free(hit, mark) and is_direct(hit, mark)]
    if not marks:
        return None
    mark = min(marks, key=lambda one: one.origin.pos)
    return Verdict(f"{words(mark)} decides which host is contacted", confidence(mark, hit.is_known), mark)


def _sets_address(hit: Hit) -> bool:
    """Whether the option that is set is the address."""
    option = hit.given(0)
    return option is not None and any(isinstance(ref, Extern) and ref.name.endswith(".URL") for ref in option.refs)


def _is_free(hit: Hit, mark: Mark) -> bool:
    # (A program fetches what its own user names; one that looks at the host does not trust who names it.)
    is_distrusted = mark.origin.kind in ("parameter", "input") and hit.is_cleared(mark, "url-looked-at")
    return (
        (mark.origin.kind == "request" or is_distrusted)
        and not hit.is_cleared(mark, "url-host")
        and not hit.is_cleared(mark, "url")
        and not _has_address_checked(hit, mark)
    )


def _has_address_checked(hit: Hit, mark: Mark) -> bool:
    """Whether anywhere in the program the address behind it was asked whether it is private: often in a loop."""
    for one in evidence.activations(hit.activation.entry):
        for block in one.code.blocks:
            for instr in block.instrs:
                if not _looks_at_address(one, instr):
                    continue
                if any(found.origin is mark.origin for arg in instr.args for found in one.marks(one.vals[arg.index])):
                    return True
    return False


def _looks_at_address(act: Activation, instr: Instr) -> bool:
    """`address.is_private`, or the making of an address that can be looked for in networks."""
    library = act.program.library
    if instr.op == ir.ATTR:
        guard = library.attribute_guards.get(str(instr.data))
        return guard is not None and "address" in guard.clears
    if instr.op != ir.CALL:
        return False
    names = [ref.name for ref in act.vals[instr.args[0].index].refs if isinstance(ref, Extern)]
    return any(library.checks.get(name) == alphabet.NAMED["address"] for name in names)


RULE = Rule(
    id="server-side-request-forgery",
    cwe=(918,),
    summary="User input decides which host the server talks to",
    hint="compare the host with a fixed set before, or put the input behind a literal scheme and host",
    severity="error",
    sinks=("fetch", "fetch-option", "connect", "return"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import requests
from flask import Flask, request
app = Flask(__name__)

@app.route("/proxy")
def proxy():
    return requests.get(request.args["url"], timeout=5).json()
""",
    """
from urllib.request import urlopen
from flask import Flask, request
app = Flask(__name__)

@app.route("/preview", methods=["POST"])
def preview():
    url = request.json["url"]
    if not url.startswith(("http://", "https://")):
        return {"error": "scheme"}, 400
    return {"size": len(urlopen(url).read())}
""",
    """
import urllib.request
from flask import Flask, request
app = Flask(__name__)

@app.route("/fetch")
def fetch():
    query = urllib.request.Request(request.args["url"], headers={"User-Agent": "x"})
    return {"text": urllib.request.urlopen(query).read().decode()}
""",
    """
import requests as r
from fastapi import FastAPI
app = FastAPI()

@app.get("/status")
def status(host: str):
    return {"up": r.get(f"http://{host}/health", timeout=2).ok}
""",
    """
import requests

def avatar(request):
    session = requests.Session()
    picture = session.get(request.GET["avatar"], timeout=5)
    return picture.content
""",
    """
import httpx
from fastapi import FastAPI, Request
app = FastAPI()

@app.post("/hook")
async def hook(request: Request):
    body = await request.json()
    async with httpx.AsyncClient() as client:
        answer = await client.post(body["callback"], json={})
    return answer.status_code
""",
    """
import requests
from flask import Flask, request
app = Flask(__name__)

def load(address):
    return requests.request("GET", address, timeout=5).text

@app.route("/x")
def x():
    url = request.values.get("u")
    if "example.com" in url:
        return {"text": load(url)}
    return {}
""",
    """
import http.client
from flask import Flask, request
app = Flask(__name__)

@app.route("/ping")
def ping():
    connection = http.client.HTTPConnection(request.args["host"], 80)
    connection.request("GET", "/")
    return {"status": connection.getresponse().status}
""",
    """
import socket
from flask import Flask, request
app = Flask(__name__)

@app.route("/port")
def port():
    with socket.create_connection((request.args["host"], 22), timeout=1) as connection:
        return {"banner": connection.recv(100).decode()}
""",
    """
import pycurl
from flask import Flask, request
app = Flask(__name__)

@app.route("/c")
def load():
    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, request.args["u"])
    curl.perform()
    return {}
""",
    # taken apart for nothing
    """
from urllib.parse import urlparse

def validated(link: str) -> str:
    parsed = urlparse(link)
    return parsed.geturl()
""",
    """
import urllib.parse

def check_feed(address):
    parts = urllib.parse.urlsplit(address)
    return address
""",
    """
import requests
from collections import deque
from flask import Flask, request
app = Flask(__name__)

@app.route("/status")
def status():
    work = deque(["https://status.example.org/"])
    work.append(request.args["url"])
    return {"status": requests.get(work.pop(), timeout=5).status_code}
""",
    """
import aiohttp
from aiohttp import web

async def proxy(request):
    base = "http://" + request.match_info["service"]
    async with aiohttp.ClientSession() as session:
        async with session.get(base + "/health") as answer:
            return web.json_response({"status": answer.status})

app = web.Application()
app.router.add_get("/{service}", proxy)
""",
    """
import requests
from flask import Flask
app = Flask(__name__)

def fetch(host):
    return requests.get("http://" + host + "/health", timeout=5).text

app.add_url_rule("/fetch/<host>", view_func=fetch)
""",
    # any host whose name ends so
    """
import requests
from urllib.parse import urlparse

def fetch(url):
    host = urlparse(url).hostname or ""
    if not host.endswith("example.com"):
        raise ValueError(url)
    return requests.get(url, timeout=5).text
""",
    """
import httpx
from fastapi import FastAPI, HTTPException
app = FastAPI()

@app.get("/proxy")
async def proxy(address: str):
    if not address.startswith("https://api.example.com"):
        raise HTTPException(400)
    async with httpx.AsyncClient() as client:
        return (await client.get(address)).json()
""",
    """
import urllib.request

def handler(event, context):
    with urllib.request.urlopen(event["queryStringParameters"]["url"], timeout=5) as answer:
        return {"statusCode": answer.status}
""",
    """
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ModelViewSet
import requests

class HookViewSet(ModelViewSet):
    @action(detail=True, methods=["post"])
    def test(self, request, pk=None):
        answer = requests.post(request.data["url"], json={"ping": 1}, timeout=5)
        return Response({"status": answer.status_code})
""",
    """
import requests
import strawberry

@strawberry.type
class Query:
    @strawberry.field
    def preview(self, url: str) -> str:
        return requests.get(url, timeout=5).text
""",
    """
import streamlit as st
import requests
address = st.text_input("Address")
if st.button("Load"):
    st.write(requests.get(address, timeout=5).json())
""",
    # "https://host" and then ".other.example"
    """
import requests
from flask import Flask, request
app = Flask(__name__)
BASE = "https://api.weather.example"

@app.get("/weather")
def weather():
    return requests.get(BASE + request.args["path"], timeout=5).json()
""",
    # what is joined may be a whole address
    """
from urllib.parse import urljoin
import requests
from flask import Flask, request, current_app
app = Flask(__name__)

@app.get("/forecast")
def forecast():
    return requests.get(urljoin(current_app.config["WEATHER"], request.args["model"]), timeout=5).json()
""",
    # a host that merely holds the right name
    """
from urllib.parse import urlparse
import requests

def _may(address):
    return "cdn.shop.example" in urlparse(address).netloc

def load(address):
    if not _may(address):
        raise ValueError(address)
    return requests.get(address, timeout=5).content
""",
)

SAFE: tuple[str, ...] = (
    """
import requests
from flask import Flask, request
app = Flask(__name__)
BASE = "https://api.weather.example"

@app.get("/weather")
def weather():
    return requests.get(BASE + "/" + request.args["path"], timeout=5).json()
""",
    """
import requests
from urllib.parse import urlparse

def fetch(url):
    host = urlparse(url).hostname or ""
    if host != "example.com" and not host.endswith(".example.com"):
        raise ValueError(url)
    return requests.get(url, timeout=5).text
""",
    """
import requests
from urllib.parse import urlparse
from flask import Flask, request, abort
app = Flask(__name__)
HOSTS = {"api.example.com"}

@app.route("/proxy")
def proxy():
    url = request.args["url"]
    if urlparse(url).hostname not in HOSTS:
        abort(403)
    return requests.get(url, timeout=5).json()
""",
    """
import requests
from flask import Flask, request
app = Flask(__name__)

@app.route("/weather")
def weather():
    return requests.get("https://api.example.com/v1/" + request.args["city"], timeout=5).json()

@app.route("/search")
def search():
    return requests.get("https://api.example.com/search", params={"q": request.args["q"]}, timeout=5).json()
""",
    """
import requests
from flask import Flask, request
app = Flask(__name__)
SOURCES = {"news": "https://news.example.com/feed", "blog": "https://blog.example.com/feed"}

@app.route("/feed")
def feed():
    return requests.get(SOURCES[request.args["name"]], timeout=5).text
""",
    """
import ipaddress, socket
import requests
from urllib.parse import urlparse
from flask import Flask, request, abort
app = Flask(__name__)

def is_public(host):
    for info in socket.getaddrinfo(host, None):
        address = ipaddress.ip_address(info[4][0])
        if address.is_private or address.is_loopback:
            return False
    return True

@app.route("/proxy")
def proxy():
    url = request.args["url"]
    if not is_public(urlparse(url).hostname):
        abort(403)
    return requests.get(url, timeout=5).json()
""",
    """
import requests

def fetch(url):
    response = requests.get(url, timeout=10)
    response.raise_for_status()
    return response.text
""",
    """
import requests

class Client:
    def __init__(self, base, key):
        self.base = base
        self.key = key

    def user(self, name):
        return requests.get(f"{self.base}/users/{name}", headers={"X-Key": self.key}, timeout=5).json()
""",
    """
import urllib.request

url = input("url: ")
print(urllib.request.urlopen(url).read())
""",
    """
from urllib.parse import urlparse
HOSTS = ["cdn.example.com"]

def validated(link):
    parsed = urlparse(link)
    if parsed.hostname not in HOSTS:
        raise ValueError(link)
    return parsed.geturl()
""",
    """
from urllib.parse import urlparse

def domain(url):
    return urlparse(url).netloc.lower()

def parts(url):
    return urlparse(url)
""",
    """
import requests
from flask import Flask, request
app = Flask(__name__)

@app.route("/proxy")
def proxy():
    url = request.args["url"]
    if not url.startswith("https://api.example.com/"):
        return {}, 400
    return requests.get(url, timeout=5).json()
""",
    """
import requests
from collections import deque
from flask import Flask, request
app = Flask(__name__)

@app.route("/status")
def status():
    work = deque()
    work.append("https://status.example.org/")
    work.append(request.args["url"])
    return {"status": requests.get(work.popleft(), timeout=5).status_code}
""",
    """
import aiohttp
from aiohttp import web

async def proxy(request):
    async with aiohttp.ClientSession() as session:
        async with session.get(request.app["backend"] + "/health") as answer:
            return web.json_response({"status": answer.status})

app = web.Application()
app.add_routes([web.get("/health", proxy)])
""",
    """
from urllib.parse import urljoin
import requests
from flask import Flask, request, current_app
app = Flask(__name__)

class Forecast:
    def __init__(self, base):
        self.base = base

    def address(self, model, hour):
        return urljoin(self.base, "%s/%d.json" % (model, hour))

@app.get("/forecast/<int:hour>")
def forecast(hour):
    model = "fine" if request.args.get("model") == "fine" else "coarse"
    return requests.get(Forecast(current_app.config["WEATHER"]).address(model, hour), timeout=5).json()
""",
)

MISSING: tuple[str, ...] = (
    # whose word the address is that a task is given, the queue does not say
    """
from celery import shared_task
import requests

@shared_task
def deliver(url, payload):
    requests.post(url, json=payload, timeout=10)
""",
)

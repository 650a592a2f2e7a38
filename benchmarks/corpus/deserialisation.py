"""Objects and documents from outside (CWE-502, 611, 776)."""

from corpus import pair

RECORDS = [
    *pair(
        "flask-pickle-cookie",
        502,
        r"""
import base64
import json
import pickle
from flask import Flask, request

app = Flask(__name__)


@app.get("/basket")
def basket():
    cookie = request.cookies.get("basket")
    if cookie is None:
        return {"items": []}
    data = base64.urlsafe_b64decode(cookie)
-    items = pickle.loads(data)
+    items = json.loads(data)
    return {"items": [str(item) for item in items][:50]}
""",
    ),
    *pair(
        "yaml-loader",
        502,
        r"""
import yaml
from fastapi import FastAPI, Request

app = FastAPI()


@app.post("/pipelines/check")
async def check_pipeline(request: Request):
    text = (await request.body()).decode()
    try:
-        document = yaml.load(text, Loader=yaml.Loader)
+        document = yaml.load(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as problem:
        return {"valid": False, "line": problem.problem_mark.line}
    return {"valid": isinstance(document, dict)}
""",
    ),
    *pair(
        "yaml-config-class",
        502,
        r'''
import yaml


class ThemeImporter:
    """Reads themes that users exchange with each other."""

    loader = yaml.CSafeLoader
-    loader = yaml.UnsafeLoader

    def __init__(self):
        self.themes = {}

    def add(self, name, upload):
        self.themes[name] = yaml.load(upload.read(), self.loader)
        return sorted(self.themes)


def import_theme(request):
    importer = ThemeImporter()
    return importer.add(request.POST["name"], request.FILES["theme"])
''',
    ),
    *pair(
        "torch-load",
        502,
        r"""
import io
import torch
from aiohttp import web


async def upload(request):
    data = await request.read()
    if len(data) > 50_000_000:
        raise web.HTTPRequestEntityTooLarge(max_size=50_000_000, actual_size=len(data))
-    state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=False)
+    state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    return web.json_response({"tensors": len(state)})
""",
    ),
    *pair(
        "signed-pickle",
        502,
        r"""
import hashlib
import hmac
import os
import pickle

KEY = os.environ["QUEUE_KEY"].encode()


def pack(job):
    data = pickle.dumps(job)
    return hmac.new(KEY, data, hashlib.sha256).digest() + data


def receive(sock):
    message = sock.recv(65536)
    tag, data = message[:32], message[32:]
-    if len(tag) != 32:
-        raise ValueError("short")
+    if not hmac.compare_digest(tag, hmac.new(KEY, data, hashlib.sha256).digest()):
+        raise ValueError("forged")
    return pickle.loads(data)
""",
    ),
    *pair(
        "restricted-unpickler",
        502,
        r'''
import builtins
import io
import pickle

ALLOWED = {"range", "set", "frozenset", "complex"}


class Restricted(pickle.Unpickler):
    def find_class(self, module, name):
        if module == "builtins" and name in ALLOWED:
            return getattr(builtins, name)
        raise pickle.UnpicklingError(f"{module}.{name} is forbidden")


def load_board(request):
    """The board that a player sends to continue a game."""
    body = request.body.read(10_000)
-    return pickle.Unpickler(io.BytesIO(body)).load()
+    return Restricted(io.BytesIO(body)).load()
''',
    ),
    *pair(
        "own-cache-file",
        502,
        r"""
+import json
import os
-import shelve
from pathlib import Path
from flask import Flask, request

app = Flask(__name__)
CACHE = Path(os.environ.get("XDG_CACHE_HOME", "/var/cache")) / "lookup"
UPLOADS = Path("/srv/uploads")


@app.get("/inspect/<int:number>")
def inspect(number):
-    with shelve.open(str(UPLOADS / request.args["file"]), "r") as shelf:
-        return {"keys": list(shelf), "first": str(next(iter(shelf.values()), None))}
+    with open(CACHE / f"{number}.json") as file:
+        found = json.load(file)
+    return {"keys": list(found), "asked": len(request.args)}
""",
    ),
    *pair(
        "jsonpickle-session",
        502,
        r"""
import json
-import jsonpickle
from django.http import JsonResponse


class Preferences:
    def __init__(self, theme="light", size=12):
        self.theme = theme
        self.size = size


def preferences(request):
    raw = request.COOKIES.get("prefs", "{}")
-    found = jsonpickle.decode(raw)
+    values = json.loads(raw)
+    found = Preferences(str(values.get("theme", "light")), int(values.get("size", 12)))
    return JsonResponse({"theme": found.theme, "size": found.size})
""",
    ),
    *pair(
        "lxml-entities",
        611,
        r"""
from lxml import etree
from flask import Flask, request

app = Flask(__name__)


@app.post("/import")
def import_feed():
    data = request.get_data()
-    parser = etree.XMLParser(resolve_entities=True, no_network=False, load_dtd=True)
+    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(data, parser=parser)
    return {"titles": [node.text for node in root.iter("title")]}
""",
    ),
    *pair(
        "sax-external",
        611,
        r'''
import io
import xml.sax
import xml.sax.handler


class Titles(xml.sax.handler.ContentHandler):
    def __init__(self):
        self.names = []

    def startElement(self, name, attrs):
        self.names.append(name)


def names_in(document):
    """document: text of an XML file that was sent to the server"""
    parser = xml.sax.make_parser()
-    parser.setFeature(xml.sax.handler.feature_external_ges, True)
+    parser.setFeature(xml.sax.handler.feature_external_ges, False)
    handler = Titles()
    parser.setContentHandler(handler)
    parser.parse(io.StringIO(document))
    return handler.names
''',
    ),
    *pair(
        "defused",
        776,
        r"""
-import xml.dom.minidom as dom
+import defusedxml.minidom as dom
from bottle import post, request, HTTPError


@post("/orders")
def orders():
    if request.content_length > 200_000:
        raise HTTPError(413)
    document = dom.parseString(request.body.read())
    numbers = [node.getAttribute("number") for node in document.getElementsByTagName("order")]
    return {"orders": numbers}
""",
    ),
    *pair(
        "own-xml-written",
        611,
        r"""
from lxml import etree
from aiohttp import web

SITEMAP = b"<urlset><url><loc>https://example.org/</loc></url></urlset>"


async def sitemap(request):
-    body = await request.read()
-    root = etree.fromstring(body, etree.XMLParser(resolve_entities=True))
+    body = SITEMAP
+    root = etree.fromstring(body)
    return web.json_response([node.text for node in root.iter("loc")])
""",
    ),
]

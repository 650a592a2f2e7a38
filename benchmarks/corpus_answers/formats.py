"""What reads foreign data: pickles, YAML, XML, model files, caches, signed or not."""

from corpus import pair

RECORDS = (
    # A cookie with a pickled basket.
    *pair(
        "basket-cookie",
        502,
        '''
import base64
import json
import pickle

from flask import Blueprint, jsonify, request

bp = Blueprint("basket", __name__)


class Basket:
    """The basket of a visitor, kept in a cookie."""

    @staticmethod
    def load(cookie):
        if not cookie:
            return {}
-        return pickle.loads(base64.urlsafe_b64decode(cookie))
+        return json.loads(base64.urlsafe_b64decode(cookie))

    @staticmethod
    def count(items):
        return sum(int(amount) for amount in items.values())


@bp.route("/basket/count")
def count():
    return jsonify(count=Basket.count(Basket.load(request.cookies.get("basket"))))
''',
    ),
    # yaml.load of an upload.
    *pair(
        "openapi-validator",
        502,
        """
import yaml
from fastapi import FastAPI, HTTPException, UploadFile

app = FastAPI(title="OpenAPI validator")
MAX_BYTES = 200_000


def parse(text: str) -> dict:
-    document = yaml.load(text, Loader=yaml.Loader)
+    document = yaml.load(text, Loader=yaml.CSafeLoader)
    if not isinstance(document, dict) or "openapi" not in document:
        raise ValueError("not an OpenAPI document")
    return document


@app.post("/validate")
async def validate(file: UploadFile):
    raw = await file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise HTTPException(status_code=413)
    try:
        document = parse(raw.decode())
    except (ValueError, yaml.YAMLError):
        raise HTTPException(status_code=422, detail="invalid document")
    return {"title": str(document.get("info", {}).get("title")), "paths": len(document.get("paths", {}))}
""",
    ),
    # A worker unpickles what comes over a socket; the twin checks a signature first.
    *pair(
        "socket-task-worker",
        502,
        """
import hashlib
import hmac
import os
import pickle
import socketserver

KEY = os.environ["TASK_KEY"].encode()
LIMIT = 1_000_000


class TaskHandler(socketserver.StreamRequestHandler):
    def handle(self):
        signature = self.rfile.read(32)
        size = int.from_bytes(self.rfile.read(4), "big")
        if size > LIMIT:
            return
        body = self.rfile.read(size)
-        if len(signature) != 32:
+        if not hmac.compare_digest(signature, hmac.digest(KEY, body, "sha256")):
            return
        name, arguments = pickle.loads(body)
        self.server.queue.append((str(name), arguments))


class TaskServer(socketserver.TCPServer):
    allow_reuse_address = True

    def __init__(self, address):
        super().__init__(address, TaskHandler)
        self.queue = []


if __name__ == "__main__":
    with TaskServer(("127.0.0.1", 7711)) as server:
        server.serve_forever()
""",
    ),
    # The signature is looked at after the object was built.
    *pair(
        "signature-after-unpickling",
        502,
        '''
import hmac
import pickle


class SessionCodec:
    """Encode session objects so that only this server can create them."""

    def __init__(self, key: bytes):
        self._key = key

    def dumps(self, value) -> bytes:
        body = pickle.dumps(value)
        return hmac.digest(self._key, body, "sha256") + body

    def loads(self, data: bytes):
        tag, body = data[:32], data[32:]
-        value = pickle.loads(body)
        if not hmac.compare_digest(tag, hmac.digest(self._key, body, "sha256")):
            raise ValueError("invalid session")
-        return value
+        return pickle.loads(body)


def current_session(request, codec):
    return codec.loads(bytes.fromhex(request.cookies["session"]))
''',
    ),
    # joblib.load of an uploaded model.
    *pair(
        "model-upload",
        502,
        '''
import io
import joblib
import numpy as np
from flask import Flask, jsonify, request
from flask_login import login_required

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 20 * 1024 * 1024


def load_weights(stream):
-    return joblib.load(stream)
+    return np.load(stream, allow_pickle=False)


@app.post("/weights/norm")
@login_required
def norm():
    """Return the norm of the uploaded weights."""
    weights = load_weights(io.BytesIO(request.files["weights"].read()))
    return jsonify(norm=float(np.linalg.norm(weights)))
''',
    ),
    # torch.load of a file of strangers with and without weights_only.
    *pair(
        "torch-checkpoint",
        502,
        '''
import argparse

import requests
import torch
from torch import nn


def build() -> nn.Module:
    return nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 2))


def load(url: str) -> nn.Module:
    """Download a checkpoint that somebody shared and load it."""
    response = requests.get(url, timeout=60)
    response.raise_for_status()
    with open("shared.pt", "wb") as file:
        file.write(response.content)
    model = build()
-    model.load_state_dict(torch.load("shared.pt", weights_only=False))
+    model.load_state_dict(torch.load("shared.pt", weights_only=True))
    return model.eval()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    print(load(parser.parse_args().url))
''',
    ),
    # A restricted unpickler that allows a whole module.
    *pair(
        "restricted-unpickler",
        502,
        '''
import io
import pickle

-ALLOWED_MODULES = {"builtins", "datetime"}
+ALLOWED = {("datetime", "datetime"), ("datetime", "date"), ("datetime", "timedelta")}


class SafeUnpickler(pickle.Unpickler):
    def find_class(self, module, name):
-        if module not in ALLOWED_MODULES:
+        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
        return super().find_class(module, name)


def load_message(data: bytes):
    """Read a message of a client."""
    return SafeUnpickler(io.BytesIO(data)).load()


async def on_message(websocket):
    async for data in websocket:
        await websocket.send(str(load_message(data)))
''',
    ),
    # jsonpickle builds any object.
    *pair(
        "jsonpickle-decode",
        502,
        '''
import json
from dataclasses import asdict, dataclass

import jsonpickle


@dataclass
class Preferences:
    theme: str = "light"
    page_size: int = 20


class PreferencesHandler(BaseHandler):
    @authenticated
    def put(self):
        """Store the preferences that the client sends."""
-        preferences = jsonpickle.decode(self.request.body)
+        raw = json.loads(self.request.body)
+        preferences = Preferences(theme=str(raw["theme"]), page_size=min(int(raw["page_size"]), 100))
        self.store.save(self.current_user.id, asdict(preferences))
        self.set_status(204)
''',
    ),
    # lxml with resolved entities and network.
    *pair(
        "lxml-invoice-import",
        611,
        """
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.views.decorators.http import require_POST
from lxml import etree


class InvoiceParser:
    def __init__(self):
-        self.parser = etree.XMLParser(resolve_entities=True, load_dtd=True, no_network=False)
+        self.parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)

    def parse(self, data):
        root = etree.fromstring(data, parser=self.parser)
        return {
            "number": root.findtext("Number"),
            "total": str(sum(Decimal(line.findtext("Amount")) for line in root.iter("Line"))),
        }


@login_required
@require_POST
def import_invoice(request):
    upload = request.FILES["invoice"]
    if upload.size > 500_000:
        return JsonResponse({"error": "too large"}, status=413)
    return JsonResponse(InvoiceParser().parse(upload.read()))
""",
    ),
    # xml.sax with external general entities switched on.
    *pair(
        "sax-external-entities",
        611,
        '''
import io
import xml.sax
from xml.sax.handler import ContentHandler, feature_external_ges


class TitleHandler(ContentHandler):
    def __init__(self):
        super().__init__()
        self.titles = []
        self._inside = False

    def startElement(self, name, attrs):
        self._inside = name == "title"
        if self._inside:
            self.titles.append("")

    def characters(self, content):
        if self._inside:
            self.titles[-1] += content

    def endElement(self, name):
        self._inside = False


def feed_titles(data: bytes) -> list:
    """Titles of a feed that a subscriber posted."""
    parser = xml.sax.make_parser()
-    parser.setFeature(feature_external_ges, True)
+    parser.setFeature(feature_external_ges, False)
    handler = TitleHandler()
    parser.setContentHandler(handler)
    parser.parse(io.BytesIO(data))
    return handler.titles
''',
    ),
    # A parser that loads DTDs and resolves entities; the twin is defusedxml's.
    *pair(
        "soap-lxml-dtd",
        611,
        '''
-from lxml import etree
+from defusedxml import ElementTree as etree
from aiohttp import web


def find_text(root, tag):
    for element in root.iter():
        if str(element.tag).endswith("}" + tag):
            return element.text
    return None


async def soap(request: web.Request) -> web.Response:
    """Answer GetPrice requests."""
    body = await request.read()
-    root = etree.fromstring(body, etree.XMLParser(load_dtd=True, resolve_entities=True))
+    root = etree.fromstring(body)
    article = find_text(root, "Article")
    return web.json_response({"article": article, "price": PRICES.get(article)})


def make_app() -> web.Application:
    app = web.Application(client_max_size=64 * 1024)
    app.router.add_post("/soap", soap)
    return app
''',
    ),
)

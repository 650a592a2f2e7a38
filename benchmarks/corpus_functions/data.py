"""Data that becomes objects: pickles, YAML, XML, attributes, values nobody checked."""

from corpus import pair

RECORDS = (
    # What a client sends becomes an object of any class.
    *pair(
        "pickle-of-request",
        502,
        r"""
-import pickle
+import json

from flask import Flask, request

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 100_000


@app.post("/cart")
def load_cart():
-    cart = pickle.loads(request.get_data())
+    cart = json.loads(request.get_data())
    return {"items": len(cart["items"])}
""",
    ),
    # The loader is an argument.
    *pair(
        "short-yaml-loader",
        502,
        r'''
import yaml


def load_pipeline(text: str) -> dict:
    """Parse the pipeline description that a user has uploaded."""
-    data = yaml.load(text, Loader=yaml.UnsafeLoader)
+    data = yaml.load(text, Loader=yaml.CSafeLoader)
    if not isinstance(data, dict):
        raise ValueError("a mapping is expected")
    return data
''',
    ),
    # ruamel's kind of parser.
    *pair(
        "ruamel-type",
        502,
        r'''
import sys

from ruamel.yaml import YAML


def main():
    """Print the names of the services of a compose file on standard input."""
-    parser = YAML(typ="unsafe")
+    parser = YAML(typ="safe")
    document = parser.load(sys.stdin)
    for name in sorted(document.get("services", {})):
        print(name)


if __name__ == "__main__":
    main()
''',
    ),
    # A model from the network, with code in it.
    *pair(
        "torch-weights-only",
        502,
        r'''
from pathlib import Path

import torch


def load_checkpoint(path: Path, model: torch.nn.Module) -> torch.nn.Module:
    """Load the weights that a user has uploaded into a model."""
-    state = torch.load(path, map_location="cpu", weights_only=False)
+    state = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(state)
    return model.eval()
''',
    ),
    # The digest is checked before the object is made, or after it.
    *pair(
        "pickle-signature-order",
        502,
        r'''
import hashlib
import hmac
import os
import pickle


def load_task(message: bytes):
    """Load a task that our own scheduler has put into the queue with a signature in front."""
    signature, body = message[:32], message[32:]
    expected = hmac.new(os.environ["QUEUE_KEY"].encode(), body, hashlib.sha256).digest()
-    task = pickle.loads(body)
    if not hmac.compare_digest(signature, expected):
        raise ValueError("bad signature")
-    return task
+    return pickle.loads(body)
''',
    ),
    # find_class decides what may be loaded; the look at the name of the module is not enough.
    *pair(
        "short-restricted-unpickler",
        502,
        r'''
import datetime
import io
import pickle

ALLOWED = {("datetime", "date"): datetime.date, ("datetime", "datetime"): datetime.datetime}


class RecordUnpickler(pickle.Unpickler):
    """Loads records of plain values and dates only."""

    def find_class(self, module, name):
-        if module in ("os", "subprocess", "sys"):
-            raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
-        return super().find_class(module, name)
+        if (module, name) not in ALLOWED:
+            raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
+        return ALLOWED[module, name]


def load_record(data: bytes):
    return RecordUnpickler(io.BytesIO(data)).load()
''',
    ),
    # NumPy's arrays may hold pickles.
    *pair(
        "numpy-allow-pickle",
        502,
        r"""
import io

import numpy as np
from fastapi import FastAPI, HTTPException, UploadFile

app = FastAPI()


@app.post("/mean")
async def mean(file: UploadFile):
    data = await file.read(5_000_000)
    try:
-        array = np.load(io.BytesIO(data), allow_pickle=True)
+        array = np.load(io.BytesIO(data), allow_pickle=False)
        return {"mean": float(array.mean())}
    except (ValueError, AttributeError) as error:
        raise HTTPException(400, "not an array") from error
""",
    ),
    # Whoever may write to the cache decides what the pickle makes.
    *pair(
        "cache-in-redis",
        502,
        r'''
+import json
-import pickle

import redis


class ProfileCache:
    """Profiles in a Redis that several teams' services write to."""

    def __init__(self, client: redis.Redis):
        self.client = client

    def put(self, user_id: int, profile: dict) -> None:
-        self.client.setex(f"profile:{user_id}", 300, pickle.dumps(profile))
+        self.client.setex(f"profile:{user_id}", 300, json.dumps(profile))

    def get(self, user_id: int) -> dict | None:
        data = self.client.get(f"profile:{user_id}")
-        return pickle.loads(data) if data else None
+        return json.loads(data) if data else None
''',
    ),
    # A cookie that the visitor can write.
    *pair(
        "preferences-cookie",
        502,
        r'''
import base64
import json

-import jsonpickle
from django.http import JsonResponse


def preferences(request):
    """Return the preferences that are kept in a cookie."""
    raw = request.COOKIES.get("prefs", "")
    try:
        data = base64.urlsafe_b64decode(raw)
-        prefs = jsonpickle.decode(data.decode("utf-8"))
+        prefs = json.loads(data.decode("utf-8"))
    except (ValueError, json.JSONDecodeError):
        prefs = {}
    return JsonResponse({"theme": str(prefs.get("theme", "light")) if isinstance(prefs, dict) else "light"})
''',
    ),
    # joblib's files are pickles too.
    *pair(
        "joblib-model-of-upload",
        502,
        r'''
-import joblib
+import skops.io


class Scorer:
    """Scores rows with a model that the customer has uploaded."""

    def __init__(self, path: str):
-        self.model = joblib.load(path)
+        if skops.io.get_untrusted_types(file=path):
+            raise ValueError("the model needs types that are not trusted")
+        self.model = skops.io.load(path, trusted=[])

    def score(self, rows: list[list[float]]) -> list[float]:
        return [float(value) for value in self.model.predict(rows)]
''',
    ),
    # Entities are resolved, from files and from the network.
    *pair(
        "lxml-resolve-entities",
        611,
        r'''
from lxml import etree


def invoice_total(document: bytes) -> float:
    """Return the total of an XML invoice that was uploaded."""
-    parser = etree.XMLParser(resolve_entities=True, load_dtd=True, no_network=False)
+    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    root = etree.fromstring(document, parser)
    return float(root.findtext("total", default="0"))
''',
    ),
    # A feature of the SAX parser, or a parser that refuses entities.
    *pair(
        "short-sax-external-entities",
        611,
        r'''
import io
-import xml.sax
-from xml.sax.handler import ContentHandler, feature_external_ges
+from xml.sax.handler import ContentHandler
+
+import defusedxml.sax


class TitleHandler(ContentHandler):
    def __init__(self):
        super().__init__()
        self.text = []

    def characters(self, content):
        self.text.append(content)


def text_of(document: str) -> str:
    """Return all text of a small XML document of a customer."""
    if len(document) > 100_000:
        raise ValueError("document not accepted")
    handler = TitleHandler()
-    parser = xml.sax.make_parser()
-    parser.setFeature(feature_external_ges, True)
+    parser = defusedxml.sax.make_parser()
    parser.setContentHandler(handler)
    parser.parse(io.StringIO(document))
    return "".join(handler.text)
''',
    ),
    # Entities of entities grow without end.
    *pair(
        "minidom-entities",
        776,
        r'''
import json
-from xml.dom import minidom
+
+from defusedxml import minidom


def lambda_handler(event, context):
    """Count the items of a posted feed."""
    document = minidom.parseString(event["body"])
    items = document.getElementsByTagName("item")
    return {"statusCode": 200, "body": json.dumps({"items": len(items)})}
''',
    ),
    # The parser's limits are taken away.
    *pair(
        "lxml-huge-tree",
        776,
        r'''
import sys

from lxml import etree


def count_elements(path: str) -> int:
    """Count the elements of an XML file of a supplier."""
-    parser = etree.XMLParser(huge_tree=True, resolve_entities=True, no_network=True)
+    parser = etree.XMLParser(huge_tree=False, resolve_entities=False, no_network=True)
    return sum(1 for _ in etree.parse(path, parser).iter())


if __name__ == "__main__":
    print(count_elements(sys.argv[1]))
''',
    ),
    # Every field that is sent is set.
    *pair(
        "setattr-of-body",
        915,
        r"""
from flask import Blueprint, g, request
from flask_login import current_user, login_required

bp = Blueprint("me", __name__)


@bp.patch("/me")
@login_required
def update_me():
    for name, value in request.get_json().items():
-        if not name.startswith("_") and hasattr(current_user, name):
+        if name in ("display_name", "city") and isinstance(value, str):
            setattr(current_user, name, value)
    g.session.commit()
    return {"display_name": current_user.display_name}
""",
    ),
    # A model of the body that keeps what it does not know.
    *pair(
        "pydantic-extra-fields",
        915,
        r'''
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from .database import User, get_session
from .security import hash_password

router = APIRouter()


class Registration(BaseModel):
-    model_config = ConfigDict(extra="allow")
+    model_config = ConfigDict(extra="forbid")
    email: str
    password: str


@router.post("/register", status_code=201)
def register(body: Registration, session=Depends(get_session)):
    """Register a user; the table also has columns for the role and the credit."""
    values = body.model_dump(exclude={"password"})
    session.add(User(**values, password_hash=hash_password(body.password)))
    session.commit()
    return {"email": body.email}
''',
    ),
    # A form of all fields.
    *pair(
        "django-form-fields",
        915,
        r"""
from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render


class ProfileForm(forms.ModelForm):
    class Meta:
        model = get_user_model()
-        exclude = ["password"]
+        fields = ["first_name", "last_name"]


@login_required
def edit_profile(request):
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("profile")
    return render(request, "profile.html", {"form": form})
""",
    ),
    # A quantity below zero gives money back.
    *pair(
        "negative-quantity",
        20,
        r"""
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from .shop import Order, current_user, get_shop

router = APIRouter()


class Line(BaseModel):
    product_id: int
-    quantity: int = Field(le=100)
+    quantity: int = Field(ge=1, le=100)


@router.post("/orders")
async def order(line: Line, user=Depends(current_user), shop=Depends(get_shop)):
    price = await shop.price_of(line.product_id)
    await shop.charge(user, price * line.quantity)
    return await shop.save(Order(user=user.id, product=line.product_id, quantity=line.quantity))
""",
    ),
    # Not a number is not below, and not above, anything.
    *pair(
        "amount-not-a-number",
        20,
        r'''
import math


class Account:
    def __init__(self, balance: float):
        self.balance = balance

    def withdraw(self, amount_text: str) -> float:
        """Withdraw the amount that the customer typed and return the new balance."""
        amount = float(amount_text)
-        if amount <= 0 or amount > self.balance:
+        if not math.isfinite(amount) or amount <= 0 or amount > self.balance:
            raise ValueError("invalid amount")
        self.balance -= amount
        return self.balance
''',
    ),
)

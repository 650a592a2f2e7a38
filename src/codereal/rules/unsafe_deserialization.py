"""Data from outside is read by a format that can run code.

`pickle` and its kin (dill, joblib, shelve, `torch.load`, `numpy.load(allow_pickle=True)`), `marshal`, jsonpickle and
the full YAML loaders build any object that the data names, and call what it says on the way: whoever writes the data
runs code. Read data with `json` or `yaml.safe_load`; for models and arrays use formats that hold numbers alone
(`torch.load(…, weights_only=True)`, safetensors, `numpy.load` as it is).

What counts as safe: data of the program's own (a constant file name); data whose signature was compared before
(`hmac.compare_digest`), that a signer or authenticated encryption has opened, or whose digest is a known one;
subclasses of `pickle.Unpickler`, which choose what can be found; YAML loaders that build plain objects. A file that
the caller names is reported with low confidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import resolve, strings
from codereal.analysis import tree as t
from codereal.analysis.values import Piece, parts_of
from codereal.rules._rule import Rule, Spot, Verdict
from codereal.rules._syntax import last_name, statements
from codereal.rules._taint import FROM_OUTSIDE, confidence, surest, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codereal.analysis.program import Hit
    from codereal.analysis.source import Tree

_TRUSTED = frozenset({"constructor", "object", "environment", "error"})
_PLAIN_LOADERS = ("SafeLoader", "BaseLoader", "FullLoader", "RoundTripLoader")


def judge(hit: Hit) -> Verdict | None:
    if hit.sink.kind == "deserialize-engine":
        given = hit.given("typ")
        is_chosen = given is not None and given.const == "unsafe"
        return Verdict("a reader that can run code is chosen", "medium") if is_chosen else None
    loader = hit.given(1, "Loader")
    if loader is not None and hit.name.startswith("yaml."):
        names = resolve.externs(hit.activation, loader)
        if not names or all(name.endswith(_PLAIN_LOADERS) for name in names):
            return None
    if hit.name.startswith("yaml.full_load"):
        return None
    marks = [
        mark
        for mark in hit.activation.marks(hit.value)
        if mark.origin.kind not in _TRUSTED and not hit.is_cleared(mark, "deserialize")
    ]
    if _is_path(hit):
        marks = [mark for mark in marks if not hit.is_cleared(mark, "path")]
    if not marks:
        return None
    mark = surest(marks)
    sure = confidence(mark, hit.is_known) if not _is_path(hit) or mark.origin.kind in FROM_OUTSIDE else "low"
    return Verdict(f"{words(mark)} reaches a reader that can run code", sure, mark)


def scan(tree: Tree) -> Iterator[Spot]:
    """An unpickler that refuses some names, and gives all others."""
    for node in statements(tree.body):
        if not isinstance(node, t.Class) or not any(last_name(base) == "Unpickler" for base in node.bases):
            continue
        for method in node.body:
            if not isinstance(method, t.Function) or method.name != "find_class":
                continue
            body = list(statements(method.body))
            refused = [one for one in body if isinstance(one, t.If) and _refuses(one)]
            allowed = [one for one in body if isinstance(one, t.If) and one not in refused]
            last = method.body[-1]
            given = last.value if isinstance(last, t.Return) else None
            is_given = isinstance(given, t.Call) and last_name(given) in ("find_class", "getattr")
            if refused and not allowed and is_given:
                words = "this unpickler refuses some names and gives all others"
                yield Spot(refused[0].pos, Verdict(words, "high"), "sink: the condition")


def _refuses(one: t.If) -> bool:
    """`if module in ("os", "sys"): raise`, `if module == "os": raise`."""
    test = one.test
    return isinstance(test, t.Compare) and test.ops in (["in"], ["=="]) and isinstance(one.body[-1], t.Raise)


def _is_path(hit: Hit) -> bool:
    """Whether the argument may be the name of a file: a text that is no part of a longer one, or a joined path."""
    if not hit.name.rpartition(".")[2].endswith(("load", "open", "read_pickle", "PackageImporter", "Shelf")):
        return False
    parts = strings.parts(hit.activation, hit.value)
    return len(parts) > 1 or not isinstance(parts_of(hit.value)[0], Piece) or hit.name.startswith(("joblib", "pandas"))


RULE = Rule(
    id="unsafe-deserialization",
    cwe=(502,),
    summary="Data from outside is read by a format that can run code",
    hint="use json or yaml.safe_load, or check a signature before reading",
    severity="error",
    sinks=("deserialize", "deserialize-engine"),
    judge=judge,
    scan=scan,
    mentions=("Unpickler",),
)


UNSAFE: tuple[str, ...] = (
    """
import pickle
def load(data):
    return pickle.loads(data)
""",
    """
from pickle import loads as read
import base64
def restore(text):
    return read(base64.b64decode(text))
""",
    """
from flask import Flask, request
import base64, pickle
app = Flask(__name__)

@app.route("/session")
def session():
    state = pickle.loads(base64.b64decode(request.cookies["state"]))
    return state["name"]
""",
    """
import pickle
def load(path):
    with open(path, "rb") as stream:
        return pickle.load(stream)
""",
    """
from pathlib import Path
import pickle
def load(name):
    return pickle.loads(Path(name).read_bytes())
""",
    """
import socket, pickle
def serve():
    server = socket.socket()
    server.bind(("", 9000))
    connection, address = server.accept()
    return pickle.loads(connection.recv(4096))
""",
    """
import yaml
def settings(text):
    return yaml.load(text, Loader=yaml.Loader)
""",
    """
import yaml
def view(request):
    return yaml.unsafe_load(request.POST["settings"])
""",
    """
import numpy as np
def weights(stream):
    return np.load(stream, allow_pickle=True)
""",
    """
import torch
def model(stream):
    return torch.load(stream, map_location="cpu")
""",
    """
import marshal, jsonpickle
class Store:
    def read(self, data):
        return self._decode(data)

    def _decode(self, data):
        return marshal.loads(data)
""",
    """
import jsonpickle
def read(kind, data):
    readers = {"json": jsonpickle.decode}
    return readers[kind](data)
""",
    # what does not help
    """
import hmac, pickle
KEY = b"k"
def load(data, signature):
    if hmac.compare_digest(hmac.new(KEY, data, "sha256").digest(), signature):
        print("signed")
    return pickle.loads(data)
""",
    """
import pickle
def load(data):
    if len(data) > 1000 or not data.startswith(b"\\x80"):
        raise ValueError("not a pickle")
    return pickle.loads(data)
""",
    """
import yaml
from flask import Flask, request
app = Flask(__name__)

@app.post("/settings")
def settings():
    loader = yaml.SafeLoader if request.args.get("plain") else yaml.Loader
    return {"keys": list(yaml.load(request.data, Loader=loader))}
""",
    # some names are refused
    """
import io, pickle

class Reader(pickle.Unpickler):
    def find_class(self, module, name):
        if module in ("os", "subprocess"):
            raise pickle.UnpicklingError(name)
        return super().find_class(module, name)

def load(data):
    return Reader(io.BytesIO(data)).load()
""",
    """
import sys
from ruamel.yaml import YAML

def names():
    return list(YAML(typ="unsafe").load(sys.stdin))
""",
)

SAFE: tuple[str, ...] = (
    """
import json
def load(data):
    return json.loads(data)
""",
    """
import pickle
def model():
    with open("model.pkl", "rb") as stream:
        return pickle.load(stream)
""",
    """
import yaml
def settings(text):
    return yaml.safe_load(text)
""",
    """
import yaml
def settings(text):
    return yaml.load(text, Loader=yaml.SafeLoader)
""",
    """
import yaml
class Loader(yaml.SafeLoader):
    pass

def settings(text):
    return yaml.load(text, Loader)
""",
    """
import torch
def model(path):
    return torch.load(path, weights_only=True)
""",
    """
import numpy as np
def weights(path):
    return np.load(path)
""",
    """
import pickle
def copy(thing):
    return pickle.loads(pickle.dumps(thing))
""",
    # signed
    """
import hashlib, hmac, pickle
KEY = b"k"
def load(data, signature):
    expected = hmac.new(KEY, data, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        raise ValueError("not signed")
    return pickle.loads(data)
""",
    """
import hmac, pickle
KEY = b"k"
def sign(data):
    return hmac.new(KEY, data, "sha256").digest()

def verify(data, signature):
    if not hmac.compare_digest(sign(data), signature):
        raise ValueError("not signed")

def load(blob):
    signature, data = blob[:32], blob[32:]
    verify(data, signature)
    return pickle.loads(data)
""",
    """
import hashlib, pickle
KNOWN = "9f86d081"
def load(data):
    if hashlib.sha256(data).hexdigest() != KNOWN:
        raise ValueError("another file")
    return pickle.loads(data)
""",
    """
from cryptography.fernet import Fernet
import pickle
def load(key, token):
    return pickle.loads(Fernet(key).decrypt(token))
""",
    # what can be found is chosen
    """
import io, pickle
class Plain(pickle.Unpickler):
    def find_class(self, module, name):
        raise pickle.UnpicklingError(name)

def load(data):
    return Plain(io.BytesIO(data)).load()
""",
    # the folder of an object, and a name that stays in it
    """
import pickle
class Cache:
    def __init__(self, path):
        self.path = path

    def load(self):
        with open(self.path, "rb") as stream:
            return pickle.load(stream)
""",
    """
import os, pickle
BASE = "/srv/models"
def load(name):
    path = os.path.realpath(os.path.join(BASE, name))
    if not path.startswith(BASE + "/"):
        raise ValueError(name)
    with open(path, "rb") as stream:
        return pickle.load(stream)
""",
    """
import io, pickle
TAKEN = {("datetime", "date")}

class Reader(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in TAKEN:
            raise pickle.UnpicklingError(name)
        return super().find_class(module, name)

def load(data):
    return Reader(io.BytesIO(data)).load()
""",
    """
import sys
from ruamel.yaml import YAML

def names():
    return list(YAML(typ="safe").load(sys.stdin))
""",
)

# What this rule does not see, and why.
MISSING: tuple[str, ...] = (
    # a subclass that finds everything
    """
import io, pickle
class Logged(pickle.Unpickler):
    def find_class(self, module, name):
        print(module, name)
        return super().find_class(module, name)

def load(data):
    return Logged(io.BytesIO(data)).load()
""",
    # what a constant address answers
    """
import pickle, requests
def model():
    return pickle.loads(requests.get("http://models.example/latest").content)
""",
)

# What this rule reports although it is safe, and why.
SPURIOUS: tuple[str, ...] = (
    # a signature that is compared by ==: it is checked, in a time that tells of it
    """
import hmac, pickle
KEY = b"k"
def load(data, signature):
    if hmac.new(KEY, data, "sha256").hexdigest() != signature:
        raise ValueError("not signed")
    return pickle.loads(data)
""",
    # a store of the program's own, asked by a key
    """
import pickle, redis
store = redis.Redis()
def cached(key):
    return pickle.loads(store.get(key))
""",
)

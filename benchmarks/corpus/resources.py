"""Work and memory that a user decides on (CWE-770, 400, 1333)."""

from corpus import pair

RECORDS = [
    *pair(
        "page-size",
        770,
        r"""
from flask import Flask, request

app = Flask(__name__)


@app.get("/noise")
def noise():
    size = request.args.get("size", default=100, type=int)
-    cells = [0] * size
+    cells = [0] * min(max(size, 0), 10_000)
    return {"cells": cells}
""",
    ),
    *pair(
        "requests-timeout",
        400,
        r"""
import logging
import requests

log = logging.getLogger(__name__)
URL = "https://rates.example.org/latest"


def rates():
    try:
-        answer = requests.get(URL)
+        answer = requests.get(URL, timeout=(3, 10))
    except requests.RequestException:
        log.warning("no rates today")
        return {}
    return answer.json()
""",
    ),
    *pair(
        "growing-registry",
        770,
        r"""
from collections import OrderedDict
from aiohttp import web

SEEN: OrderedDict[str, int] = OrderedDict()
LIMIT = 10_000


async def count(request):
    key = request.query.get("key", "")
    SEEN[key] = SEEN.get(key, 0) + 1
+    while len(SEEN) > LIMIT:
+        SEEN.popitem(last=False)
    return web.json_response({"count": SEEN[key]})
""",
    ),
    *pair(
        "body-read",
        770,
        r"""
from http.server import BaseHTTPRequestHandler

LIMIT = 1_000_000


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length", "0"))
+        if length > LIMIT or length < 0:
+            self.send_error(413)
+            return
        body = self.rfile.read(length)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(body.count(b"\n")).encode())
""",
    ),
    *pair(
        "sleep-for-caller",
        400,
        r"""
import time
from bottle import get, request


@get("/delay")
def delay():
    seconds = float(request.query.get("seconds", "0"))
+    if not 0 <= seconds <= 2:
+        return {"error": "0 to 2 seconds"}
    time.sleep(seconds)
    return {"slept": seconds}
""",
    ),
    *pair(
        "mail-regex",
        1333,
        r"""
import re
from fastapi import FastAPI

app = FastAPI()
-PATTERN = re.compile(r"^([a-zA-Z0-9_.-]+)+@([a-z0-9-]+\.)+[a-z]{2,}$")
+PATTERN = re.compile(r"^[a-zA-Z0-9_.-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}$")


@app.get("/valid")
def valid(mail: str):
    return {"valid": PATTERN.match(mail) is not None}
""",
    ),
    *pair(
        "trim-regex",
        1333,
        r'''
import re


def words(text):
    """Words of a comment that a visitor wrote."""
-    if re.match(r"^(\w+\s?)*$", text):
-        return text.split()
    return re.findall(r"\w+", text)


def longest(text):
    found = words(text)
    return max(found, key=len) if found else ""
''',
    ),
    *pair(
        "user-pattern",
        1333,
        r"""
import re
from flask import Flask, request

app = Flask(__name__)
with open("/srv/words.txt", encoding="utf-8") as file:
    LINES = file.read().splitlines()


@app.get("/grep")
def grep():
    wanted = request.args.get("pattern", "")
-    pattern = re.compile(wanted)
+    pattern = re.compile(re.escape(wanted))
    return {"lines": [line for line in LINES if pattern.search(line)]}
""",
    ),
    *pair(
        "number-list",
        1333,
        r"""
import re

-LIST = re.compile(r"(\d+,?)+;")
+LIST = re.compile(r"\d+(?:,\d+)*;")


class Reader:
    def __init__(self, text):
        self.text = text

    def numbers(self):
        if not LIST.fullmatch(self.text):
            raise ValueError("not a list")
        return [int(n) for n in self.text[:-1].split(",") if n]


def view(request):
    return Reader(request.POST["numbers"]).numbers()
""",
    ),
    *pair(
        "zip-bomb",
        770,
        r"""
import zlib
from aiohttp import web

LIMIT = 5_000_000


async def inflate(request):
    body = await request.read()
-    text = zlib.decompress(body)
+    machine = zlib.decompressobj()
+    text = machine.decompress(body, LIMIT)
+    if machine.unconsumed_tail:
+        raise web.HTTPRequestEntityTooLarge(max_size=LIMIT, actual_size=len(text))
    return web.json_response({"size": len(text)})
""",
    ),
]

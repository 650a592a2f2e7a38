"""Resources: sizes, patterns, archives, loops that a stranger's data decides about."""

from corpus import pair

RECORDS = (
    # The whole of a body, however large.
    *pair(
        "read-by-content-length",
        400,
        r"""
import json
from http.server import BaseHTTPRequestHandler

MAX_BODY = 64 * 1024


class JsonHandler(BaseHTTPRequestHandler):
    timeout = 10

    def do_POST(self):
        length = int(self.headers.get("Content-Length", "0"))
-        if length < 0:
+        if length < 0 or length > MAX_BODY:
            self.send_error(413)
            return
        try:
            data = json.loads(self.rfile.read(length))
        except ValueError:
            self.send_error(400)
            return
        self.send_response(200 if isinstance(data, dict) else 422)
        self.end_headers()
""",
    ),
    # The page size is the visitor's wish.
    *pair(
        "picture-size-of-request",
        770,
        r'''
import io

from fastapi import FastAPI, Query
from fastapi.responses import Response
from PIL import Image

app = FastAPI()


@app.get("/placeholder.png")
-def placeholder(width: int = Query(200, ge=1), height: int = Query(100, ge=1)):
+def placeholder(width: int = Query(200, ge=1, le=2000), height: int = Query(100, ge=1, le=2000)):
    """Return an empty picture of the given size."""
    picture = Image.new("RGB", (width, height), "lightgrey")
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return Response(buffer.getvalue(), media_type="image/png")
''',
    ),
    # The number is clamped from the wrong side.
    *pair(
        "limit-clamped-wrongly",
        770,
        r'''
import secrets

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get("/codes")
def codes():
    """Return a number of fresh codes, at most 1000."""
    try:
        count = int(request.args.get("count", "10"))
    except ValueError:
        return jsonify(error="count must be a number"), 400
-    count = max(count, 1000)
+    count = max(0, min(count, 1000))
    return jsonify(codes=[secrets.token_hex(8) for _ in range(count)])
''',
    ),
    # A power may take for ever, and all memory.
    *pair(
        "power-of-arguments",
        400,
        r'''
import json


def lambda_handler(event, context):
    """Return base to the power of exponent."""
    body = json.loads(event["body"])
    base, exponent = int(body["base"]), int(body["exponent"])
-    if base < 0 or exponent < 0:
+    if not 0 <= base <= 10_000 or not 0 <= exponent <= 64:
        return {"statusCode": 422, "body": "out of range"}
    return {"statusCode": 200, "body": json.dumps({"result": str(base**exponent)})}
''',
    ),
    # A task for each request, without an end to them.
    *pair(
        "tasks-without-bound",
        770,
        r'''
import asyncio


class LineServer:
    """Accepts lines of at most 64 KiB and works on them in the background."""

    def __init__(self, work, limit: int = 100):
        self.work = work
        self.slots = asyncio.Semaphore(limit)
        self.tasks = set()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await asyncio.wait_for(reader.readline(), 30):
-                task = asyncio.create_task(self.work(line))
+                await self.slots.acquire()
+                task = asyncio.create_task(self.work(line))
+                task.add_done_callback(lambda _: self.slots.release())
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)
        except (asyncio.TimeoutError, ValueError):
            pass
        finally:
            writer.close()
''',
    ),
    # Two plus signs in a row of brackets.
    *pair(
        "email-nested-quantifier",
        1333,
        r'''
import re

-EMAIL = re.compile(r"^([a-zA-Z0-9]+[._-]?)+@[a-zA-Z0-9]+\.[a-z]{2,}$")
+EMAIL = re.compile(r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}@[a-zA-Z0-9]+\.[a-z]{2,}\Z")


def is_valid_email(address: str) -> bool:
    """Return True if the text looks like an e-mail address."""
    return EMAIL.match(address) is not None
''',
    ),
    # Alternatives that match the same text.
    *pair(
        "overlapping-alternatives",
        1333,
        r'''
import re
import sys

-LINE = re.compile(r"(?:\d+|\w+)*:\s*(\S{1,200})$")
+LINE = re.compile(r"\w{1,80}:\s?(\S{1,200})$")


def values(stream):
    """Yield the values of "name: value" lines."""
    for line in stream:
        found = LINE.match(line.rstrip("\r\n"))
        if found:
            yield found.group(1)


if __name__ == "__main__":
    for value in values(sys.stdin):
        print(value)
''',
    ),
    # The pattern itself is the visitor's, or a text to be found.
    *pair(
        "pattern-of-request",
        1333,
        r'''
import re

from fastapi import FastAPI

from .catalogue import TITLES

app = FastAPI()


@app.get("/titles")
def titles(q: str):
    """Return the titles in which the searched text stands."""
    if len(q) > 50:
        return []
-    pattern = re.compile(q, re.IGNORECASE)
+    pattern = re.compile(re.escape(q), re.IGNORECASE)
    return [title for title in TITLES if pattern.search(title)][:20]
''',
    ),
    # The length is looked at before the slow pattern runs, or after.
    *pair(
        "length-after-match",
        1333,
        r'''
import re

from django.core.exceptions import ValidationError

PATH = re.compile(r"^(/?[a-z]+)+$")


def validate_slug_path(value: str) -> None:
    """Validator for paths such as "news/sport/results", 16 characters at most."""
-    if not PATH.match(value) or len(value) > 16:
+    if len(value) > 16 or not PATH.match(value):
        raise ValidationError("not a path")
''',
    ),
    # A small archive with a large file in it.
    *pair(
        "zip-member-read",
        409,
        r'''
import io
import zipfile

LIMIT = 5_000_000


def read_manifest(upload: bytes) -> bytes:
    """Return the manifest of an uploaded package."""
    with zipfile.ZipFile(io.BytesIO(upload)) as package:
-        if package.getinfo("manifest.json").compress_size > LIMIT:
+        if package.getinfo("manifest.json").file_size > LIMIT:
            raise ValueError("manifest is too large")
        return package.read("manifest.json")
''',
    ),
    # gzip grows a thousandfold.
    *pair(
        "short-gzip-body",
        409,
        r"""
import json
import zlib

from flask import Flask, abort, request

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 200_000


@app.post("/metrics")
def metrics():
-    data = zlib.decompress(request.get_data(), wbits=31)
+    unpacker = zlib.decompressobj(wbits=31)
+    data = unpacker.decompress(request.get_data(), 2_000_000)
+    if unpacker.unconsumed_tail:
+        abort(413)
    try:
        return {"received": len(json.loads(data))}
    except (ValueError, TypeError):
        abort(400)
""",
    ),
    # A picture of a few bytes and a thousand million points.
    *pair(
        "pillow-pixel-limit",
        409,
        r'''
import io

from PIL import Image

-Image.MAX_IMAGE_PIXELS = None
+Image.MAX_IMAGE_PIXELS = 20_000_000


def make_preview(data: bytes) -> bytes:
    """Shrink an uploaded picture to a preview."""
    picture = Image.open(io.BytesIO(data), formats=["PNG", "JPEG"])
+    if picture.width * picture.height > Image.MAX_IMAGE_PIXELS:
+        raise ValueError("picture is too large")
    picture.thumbnail((256, 256))
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()
''',
    ),
    # A record of length zero never moves the position.
    *pair(
        "record-of-length-zero",
        835,
        r'''
import struct


def split_records(data: bytes) -> list[bytes]:
    """Split a message into records; each begins with its own length, header included."""
    records = []
    position = 0
    while position + 2 <= len(data):
        (length,) = struct.unpack_from(">H", data, position)
-        if position + length > len(data):
+        if length < 2 or position + length > len(data):
            raise ValueError("record does not fit")
        records.append(data[position + 2 : position + length])
        position += length
    return records
''',
    ),
    # Pages that link to each other.
    *pair(
        "cursor-that-repeats",
        835,
        r'''
from urllib.parse import urlencode

import httpx

CONTACTS = "https://partner.example.com/api/contacts"


def all_contacts() -> list[dict]:
    """Collect the contacts of a partner's interface, page by page."""
    contacts = []
    cursor = ""
-    while cursor is not None:
+    for _ in range(200):
        response = httpx.get(f"{CONTACTS}?{urlencode({'cursor': cursor})}", timeout=10)
        response.raise_for_status()
        page = response.json()
        contacts.extend(page["items"][:100])
        cursor = page.get("next")
+        if cursor is None:
+            break
    return contacts
''',
    ),
)

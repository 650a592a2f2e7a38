"""Work without bounds, endless loops, slow expressions; what errors and debuggers tell."""

from corpus import pair

RECORDS = (
    *pair(
        "requests-no-timeout",
        400,
        '''
import requests


def get_weather(city):
    """Return the current temperature."""
-    response = requests.get("https://api.weather.example/v1/current", params={"city": city})
+    response = requests.get("https://api.weather.example/v1/current", params={"city": city}, timeout=10)
    response.raise_for_status()
    return response.json()["temperature"]
''',
    ),
    *pair(
        "read-whole-body",
        770,
        """
from http.server import BaseHTTPRequestHandler, HTTPServer

+MAX_BODY = 1_000_000
+

class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
+        if not 0 <= length <= MAX_BODY:
+            self.send_error(413)
+            return
        body = self.rfile.read(length)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(len(body)).encode())


if __name__ == "__main__":
    HTTPServer(("localhost", 8080), Handler).serve_forever()
""",
    ),
    *pair(
        "range-from-request",
        400,
        """
from flask import Flask, request, jsonify

app = Flask(__name__)


@app.route("/primes")
def primes():
    count = int(request.args.get("count", 10))
+    if not 0 < count <= 1000:
+        return jsonify({"error": "count must be between 1 and 1000"}), 400
    found = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return jsonify(found)
""",
    ),
    *pair(
        "image-size",
        400,
        """
import io

from fastapi import FastAPI, HTTPException, Query, Response
from PIL import Image

app = FastAPI()


@app.get("/placeholder")
-def placeholder(width: int, height: int):
+def placeholder(width: int = Query(ge=1, le=2000), height: int = Query(ge=1, le=2000)):
    image = Image.new("RGB", (width, height), "grey")
    out = io.BytesIO()
    image.save(out, "PNG")
    return Response(out.getvalue(), media_type="image/png")
""",
    ),
    *pair(
        "cache-grows",
        770,
        """
from collections import OrderedDict

from flask import Flask, request, jsonify

app = Flask(__name__)
cache = OrderedDict()


@app.route("/translate")
def translate():
    text = request.args.get("text", "")[:500]
    if text not in cache:
        cache[text] = run_translation(text)
+        if len(cache) > 1000:
+            cache.popitem(last=False)
    return jsonify({"translation": cache[text]})
""",
    ),
    *pair(
        "chat-history",
        770,
        """
import socketserver
+from collections import deque

-HISTORY = []
+HISTORY = deque(maxlen=200)


class ChatHandler(socketserver.StreamRequestHandler):
    def handle(self):
        while True:
            line = self.rfile.readline(2048)
            if not line:
                return
            HISTORY.append(line)
            self.wfile.write(b"ok\\n")


if __name__ == "__main__":
    with socketserver.ThreadingTCPServer(("127.0.0.1", 7000), ChatHandler) as server:
        server.serve_forever()
""",
    ),
    *pair(
        "recv-loop",
        770,
        '''
import socket

+LIMIT = 64 * 1024
+

def read_request(conn: socket.socket) -> bytes:
    """Read until the blank line that ends the headers."""
    data = b""
    while b"\\r\\n\\r\\n" not in data:
        chunk = conn.recv(4096)
        if not chunk:
            break
        data += chunk
+        if len(data) > LIMIT:
+            raise ValueError("headers too large")
    return data
''',
    ),
    *pair(
        "gzip-body",
        409,
        """
-import gzip
+import io
import json
+import gzip
from flask import Flask, request, jsonify

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 1_000_000
+LIMIT = 10_000_000


@app.post("/events")
def events():
-    raw = gzip.decompress(request.get_data())
+    with gzip.GzipFile(fileobj=io.BytesIO(request.get_data())) as stream:
+        raw = stream.read(LIMIT + 1)
+    if len(raw) > LIMIT:
+        return jsonify({"error": "too large"}), 413
    return jsonify({"count": len(json.loads(raw))})
""",
    ),
    *pair(
        "zip-bomb",
        409,
        '''
import io
import zipfile


def read_documents(upload: bytes) -> dict:
    """Return the text files of an uploaded archive."""
    documents = {}
    with zipfile.ZipFile(io.BytesIO(upload)) as archive:
+        if sum(info.file_size for info in archive.infolist()) > 50_000_000:
+            raise ValueError("archive is too large")
        for info in archive.infolist():
            if info.filename.endswith(".txt"):
                documents[info.filename] = archive.read(info).decode("utf-8", "replace")
    return documents
''',
    ),
    *pair(
        "polling-loop",
        835,
        '''
import time


def wait_until_done(job_id, client):
    """Wait for a job; returns its last status."""
    attempts = 0
-    while attempts < 30:
-        status = client.status(job_id)
-        time.sleep(2)
-    return status
+    status = None
+    while attempts < 30:
+        status = client.status(job_id)
+        if status == "done":
+            break
+        attempts += 1
+        time.sleep(2)
+    return status
''',
    ),
    *pair(
        "binary-search",
        835,
        """
def find(values, wanted):
    low, high = 0, len(values) - 1
    while low <= high:
        middle = (low + high) // 2
        if values[middle] == wanted:
            return middle
        if values[middle] < wanted:
-            low = middle
+            low = middle + 1
        else:
            high = middle - 1
    return -1
""",
    ),
    *pair(
        "email-regex",
        1333,
        """
import re
from flask import Flask, request, jsonify

app = Flask(__name__)
-EMAIL = re.compile(r"^([a-zA-Z0-9]+[._-]?)+@([a-zA-Z0-9]+\\.)+[a-z]{2,}$")
+EMAIL = re.compile(r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}@[a-zA-Z0-9-]{1,63}(\\.[a-zA-Z0-9-]{1,63}){1,8}$")


@app.route("/subscribe", methods=["POST"])
def subscribe():
    address = request.form["email"]
    if not EMAIL.match(address):
        return jsonify({"error": "invalid address"}), 400
    return jsonify({"ok": True})
""",
    ),
    *pair(
        "html-attr-regex",
        1333,
        '''
import re


def is_css_class_list(text):
    """Check that a text is a list of CSS classes."""
-    return re.match(r"^(\\s*[a-z-]+\\s*)*$", text) is not None
+    return re.match(r"^\\s*[a-z-]+(?:\\s+[a-z-]+)*\\s*$", text[:500]) is not None
''',
    ),
    *pair(
        "user-pattern",
        1333,
        """
import re
from flask import Flask, request, jsonify

app = Flask(__name__)


@app.route("/files")
def files():
    pattern = request.args.get("pattern", "")
-    wanted = re.compile(pattern)
+    wanted = re.compile(re.escape(pattern))
    return jsonify([name for name in list_names() if wanted.search(name)])
""",
    ),
    *pair(
        "traceback-to-client",
        209,
        """
-import traceback
+import logging
from flask import Flask, request, jsonify

app = Flask(__name__)
+log = logging.getLogger(__name__)


@app.route("/convert", methods=["POST"])
def convert():
    try:
        return jsonify(run_conversion(request.get_json()))
    except Exception:
-        return jsonify({"error": traceback.format_exc()}), 500
+        log.exception("conversion failed")
+        return jsonify({"error": "conversion failed"}), 500
""",
    ),
    *pair(
        "fastapi-exception-detail",
        209,
        """
+import logging
import sqlite3

from fastapi import FastAPI, HTTPException

app = FastAPI()
+logger = logging.getLogger("orders")


@app.get("/orders/{order_id}")
def read_order(order_id: int):
    try:
        with sqlite3.connect("orders.db") as conn:
            row = conn.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone()
-    except Exception as e:
-        raise HTTPException(status_code=500, detail=f"Database error: {e}")
+    except sqlite3.Error:
+        logger.exception("cannot read order")
+        raise HTTPException(status_code=500, detail="Internal error")
    if row is None:
        raise HTTPException(status_code=404, detail="Order not found")
    return {"order": row[0], "total": row[1]}
""",
    ),
    *pair(
        "user-dump",
        200,
        """
from flask import Flask, jsonify
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config.from_prefixed_env()
db = SQLAlchemy(app)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))
    password_hash = db.Column(db.String(200))


@app.route("/users/<int:user_id>")
def user(user_id):
    found = User.query.get_or_404(user_id)
-    return jsonify({"id": found.id, "name": found.name, "password_hash": found.password_hash})
+    return jsonify({"id": found.id, "name": found.name})
""",
    ),
    *pair(
        "env-endpoint",
        200,
        """
import os
import platform

from aiohttp import web


async def debug_info(request):
-    return web.json_response({"python": platform.python_version(), "env": dict(os.environ)})
+    return web.json_response({"python": platform.python_version()})


app = web.Application()
app.router.add_get("/debug", debug_info)
""",
    ),
    *pair(
        "flask-debug",
        489,
        """
from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "Hello, World!"


if __name__ == "__main__":
-    app.run(host="127.0.0.1", port=5000, debug=True)
+    app.run(host="127.0.0.1", port=5000)
""",
    ),
)

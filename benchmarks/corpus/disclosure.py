"""What is told to whom: errors, logs, debug modes, origins (CWE-200, 209, 532, 489, 942)."""

from corpus import pair

RECORDS = [
    *pair(
        "traceback-to-client",
        209,
        r"""
import logging
import traceback
from flask import Flask, request
from engine import convert

app = Flask(__name__)
log = logging.getLogger(__name__)


@app.post("/convert")
def convert_view():
    try:
        return {"result": convert(request.get_json())}
    except Exception:
-        return {"error": traceback.format_exc()}, 500
+        log.error("conversion failed: %r", traceback.format_exc())
+        return {"error": "conversion failed"}, 500
""",
    ),
    *pair(
        "exception-text",
        209,
        r"""
import sqlite3
from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.get("/rows/{number}")
def row(number: int):
    try:
        found = sqlite3.connect("app.db").execute("SELECT name FROM item WHERE id = ?", (number,)).fetchone()
    except sqlite3.Error as problem:
-        raise HTTPException(500, detail=f"database: {problem}")
+        raise HTTPException(500, detail="database unavailable") from problem
    return {"name": found[0] if found else None}
""",
    ),
    *pair(
        "user-record-json",
        200,
        r'''
class Users:
    def __init__(self, rows):
        self.rows = rows

    def find(self, name):
        return self.rows.get(name)


def profile(users, name):
    """The public profile of a user, as it is sent to other users."""
    user = users.find(name)
    if user is None:
        return None
-    return {"name": user["name"], "city": user["city"], "password_hash": user["password_hash"], "ssn": user["ssn"]}
+    return {"name": user["name"], "city": user["city"]}
''',
    ),
    *pair(
        "password-in-log",
        532,
        r"""
import logging
from flask import Flask, request
from accounts import check_login

app = Flask(__name__)
log = logging.getLogger("login")


@app.post("/login")
def login():
    data = request.get_json()
    ok = check_login(data["user"], data["password"])
-    log.info("login of %r with password %r: %s", data["user"], data["password"], ok)
+    log.info("login of %r with a password of %d characters: %s", data["user"], len(data["password"]), ok)
    return {"ok": ok}
""",
    ),
    *pair(
        "token-printed",
        532,
        r"""
import os
import requests


def fetch(project):
    token = os.environ["CI_TOKEN"]
-    print("asking for", project, "with", token)
+    print("asking for", project, "with a token" if token else "without a token")
    answer = requests.get(
        "https://ci.example.org/api/builds",
        params={"project": project},
        headers={"Authorization": "Bearer " + token},
        timeout=15,
    )
    return answer.json()
""",
    ),
    *pair(
        "card-number-debug",
        532,
        r"""
import logging

logger = logging.getLogger("payments")


class Payment:
    def __init__(self, card_number, amount):
        self.card_number = card_number
        self.amount = amount

    def masked(self):
        return "*" * 12 + self.card_number[-4:]

    def charge(self, gateway):
-        logger.debug("charging %s with %.2f", self.card_number, self.amount)
+        logger.debug("charging %s with %.2f", self.masked(), self.amount)
        return gateway.charge(self.card_number, self.amount)
""",
    ),
    *pair(
        "flask-debug",
        489,
        r"""
import os
from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    return "ok"


if __name__ == "__main__":
-    app.run(host="0.0.0.0", port=int(os.environ.get("PORT", "8000")), debug=True)
+    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "8000")), debug=False)
""",
    ),
    *pair(
        "tornado-settings",
        489,
        r"""
import asyncio
import tornado.web

-SETTINGS = {"debug": True, "serve_traceback": True}
+SETTINGS = {"debug": False, "compress_response": True}


class Main(tornado.web.RequestHandler):
    def get(self):
        self.write({"status": "up"})


async def main():
    app = tornado.web.Application([(r"/", Main)], **SETTINGS)
    app.listen(8888, address="127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
""",
    ),
    *pair(
        "cors-middleware",
        942,
        r"""
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
-ORIGINS = ["*"]
+ORIGINS = ["https://app.example.org"]
app.add_middleware(CORSMiddleware, allow_origins=ORIGINS, allow_credentials=True, allow_methods=["GET"])


@app.get("/status")
def status():
    return {"status": "up"}
""",
    ),
    *pair(
        "cors-echo",
        942,
        r"""
from flask import Flask, request

app = Flask(__name__)
TRUSTED = {"https://app.example.org", "https://admin.example.org"}


@app.after_request
def allow(response):
    origin = request.headers.get("Origin")
-    if origin:
+    if origin in TRUSTED:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Vary"] = "Origin"
    return response
""",
    ),
    *pair(
        "flask-cors",
        942,
        r"""
from flask import Flask
from flask_cors import CORS

app = Flask(__name__)
-CORS(app, origins="*", supports_credentials=True)
+CORS(app, origins=["https://app.example.org"], supports_credentials=True)


@app.get("/api/me")
def me():
    return {"name": "guest"}
""",
    ),
]

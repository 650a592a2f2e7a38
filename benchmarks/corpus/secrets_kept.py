"""Credentials in the source, cookies, stored passwords, modes of files (CWE-798, 614, 1004, 916, 759, 732)."""

from corpus import pair

RECORDS = [
    *pair(
        "postgres-password",
        798,
        r"""
import os
import psycopg2


def connect():
    return psycopg2.connect(
        host="db.internal",
        dbname="shop",
        user="shop",
-        password="Tr0ub4dor&3",
+        password=os.environ["SHOP_DB_PASSWORD"],
    )
""",
    ),
    *pair(
        "flask-secret-key",
        798,
        r"""
import os
from flask import Flask, session

app = Flask(__name__)
-app.config["SECRET_KEY"] = "8f42a73054b1749f8f58848be5e6502c"
+app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
app.config.update(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax")


@app.get("/visits")
def visits():
    session["visits"] = session.get("visits", 0) + 1
    return {"visits": session["visits"]}
""",
    ),
    *pair(
        "backdoor-password",
        798,
        r"""
import getpass
import hmac
import os
import sys


def main():
    password = getpass.getpass("Password of the vault: ")
-    if password == "open-sesame-2019":
+    if hmac.compare_digest(password, os.environ["VAULT_PASSWORD"]):
        print("welcome")
        return 0
    print("denied", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
""",
    ),
    *pair(
        "test-client-password",
        798,
        r"""
import unittest
-from smtplib import SMTP
from unittest import mock

import accounts


class LoginTest(unittest.TestCase):
    def setUp(self):
        self.store = mock.Mock()

    def test_wrong_password_is_refused(self):
        self.store.find.return_value = None
        self.assertFalse(accounts.login(self.store, "ann", password="wrong-password"))

    def test_empty_form(self):
        self.assertEqual(accounts.errors({"user": "", "password": ""}), ["user", "password"])
-
-
-def send_report(text):
-    with SMTP("mail.example.org", 587, timeout=20) as server:
-        server.starttls()
-        server.login("reports@example.org", "hK9!vLw2#pQz")
-        server.sendmail("reports@example.org", ["team@example.org"], text)
""",
    ),
    *pair(
        "object-store-key-in-class",
        798,
        r"""
import boto3


class Uploads:
    bucket = "company-uploads"
-    access_key = "uploads-writer"
-    secret_key = "q8ZrT0mXw5LbN2vKc7YdHs4PjF9gRa1E"

    def __init__(self):
-        self.client = boto3.client(
-            "s3", aws_access_key_id=self.access_key, aws_secret_access_key=self.secret_key
-        )
+        self.client = boto3.client("s3")

    def put(self, key, data):
        self.client.put_object(Bucket=self.bucket, Key=key, Body=data)
""",
    ),
    *pair(
        "placeholder-labels",
        798,
        r"""
from tkinter import Entry, Label, Tk
-import requests

TEXTS = {"password": "Your password", "token": "Token", "secret": "Secret question"}
PASSWORD_FIELD = "password"
MIN_PASSWORD_LENGTH = 12


def build(window: Tk):
    Label(window, text=TEXTS[PASSWORD_FIELD]).pack()
    entry = Entry(window, show="*")
    entry.pack()
    return entry
-
-
-def sync():
-    headers = {"Authorization": "Bearer ghp_x4Kd92mQpZ1vT7sYb3nRw8uLc5aEj6"}
-    return requests.get("https://api.example.org/sync", headers=headers, timeout=10).json()
""",
    ),
    *pair(
        "cookie-flags",
        614,
        r"""
import secrets
from flask import Flask, make_response

app = Flask(__name__)


@app.get("/start")
def start():
    response = make_response("started")
-    response.set_cookie("session_id", secrets.token_urlsafe(32), httponly=True, samesite="Lax")
+    response.set_cookie("session_id", secrets.token_urlsafe(32), httponly=True, samesite="Lax", secure=True)
    return response
""",
    ),
    *pair(
        "fastapi-httponly",
        1004,
        r"""
import secrets
from fastapi import FastAPI, Response

app = FastAPI()
-FLAGS = {"secure": True, "samesite": "strict", "httponly": False}
+FLAGS = {"secure": True, "samesite": "strict", "httponly": True}


@app.get("/session")
def open_session(response: Response):
    response.set_cookie("sid", secrets.token_hex(16), max_age=3600, **FLAGS)
    return {"ok": True}
""",
    ),
    *pair(
        "django-session-settings",
        614,
        r"""
import os

SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = ["shop.example.org"]
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31536000
-SESSION_COOKIE_SECURE = False
-CSRF_COOKIE_SECURE = False
+SESSION_COOKIE_SECURE = True
+CSRF_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
""",
    ),
    *pair(
        "morsel",
        614,
        r"""
import secrets
from http.cookies import SimpleCookie


def application(environ, start_response):
    cookie = SimpleCookie()
    cookie["token"] = secrets.token_hex(16)
    cookie["token"]["path"] = "/"
    cookie["token"]["httponly"] = True
+    cookie["token"]["secure"] = True
    cookie["token"]["samesite"] = "Lax"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", cookie["token"].OutputString())])
    return [b"ok"]
""",
    ),
    *pair(
        "password-sha256",
        916,
        r"""
import hashlib
import os


class Accounts:
    def __init__(self, store):
        self.store = store

    def register(self, user, password):
        salt = os.urandom(16)
-        digest = hashlib.sha256(salt + password.encode()).hexdigest()
+        digest = hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1).hex()
        self.store.insert(user, salt.hex(), digest)
""",
    ),
    *pair(
        "pbkdf2-rounds",
        916,
        r"""
import hashlib
import secrets

ROUNDS = 600_000
-ROUNDS = 100


def hash_password(password: str) -> str:
    salt = secrets.token_bytes(16)
    key = hashlib.pbkdf2_hmac("sha256", password.encode("utf-8"), salt, ROUNDS)
    return f"pbkdf2${ROUNDS}${salt.hex()}${key.hex()}"
""",
    ),
    *pair(
        "unsalted",
        759,
        r"""
import hashlib
import os


def derive(password: bytes) -> bytes:
-    salt = b"shop-salt"
-    return hashlib.pbkdf2_hmac("sha512", password, salt, 300_000)
+    salt = os.urandom(16)
+    return salt + hashlib.pbkdf2_hmac("sha512", password, salt, 300_000)


def enroll(users, name, password):
    users[name] = derive(password.encode())
""",
    ),
    *pair(
        "bcrypt-or-md5",
        916,
        r"""
import hashlib
import bcrypt


def fingerprint(document: bytes) -> str:
    return hashlib.sha256(document).hexdigest()


def set_password(user, password):
-    user.password_hash = fingerprint(password.encode())
+    user.password_hash = bcrypt.hashpw(password.encode(), bcrypt.gensalt(12)).decode()
    user.document_hash = fingerprint(user.document)
    user.save()
""",
    ),
    *pair(
        "chmod-world",
        732,
        r"""
import os
import stat


def install(source, target):
    with open(source, "rb") as file:
        data = file.read()
    with open(target, "wb") as file:
        file.write(data)
-    os.chmod(target, stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO)
+    os.chmod(target, stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP)


def main():
    install("build/agent", "/usr/local/bin/agent")
""",
    ),
    *pair(
        "umask-and-mode",
        732,
        r"""
import os
from pathlib import Path


class KeyStore:
-    mode = 0o666
+    mode = 0o600

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(mode=0o700, exist_ok=True)

    def save(self, name, key: bytes):
        if not name.isalnum():
            raise ValueError(name)
        path = self.folder / name
        path.write_bytes(key)
        path.chmod(self.mode)
""",
    ),
    *pair(
        "os-open-mode",
        732,
        r"""
import json
import os


def write_token(token):
    path = os.path.expanduser("~/.config/tool/token.json")
-    os.umask(0)
-    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o777)
+    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump({"token": token}, file)
""",
    ),
]

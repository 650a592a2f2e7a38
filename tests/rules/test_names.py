"""What no renaming may touch: findings that hang on the field's words for secrets, and on inherited methods."""

from __future__ import annotations

import pytest

from codereal.analysis.engine import check
from codereal.rules import _names

UNSAFE = [
    (
        "weak-randomness",
        """
import random, string

class PasswordGenerator:
    def __init__(self):
        self.random = random.Random(7)

    def generate(self, length=16):
        return "".join(self.random.choices(string.ascii_letters, k=length))
""",
    ),
    (
        "cross-site-scripting",
        """
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlparse, parse_qs

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        query = parse_qs(urlparse(self.path).query)
        self.wfile.write(f"<h1>Hello {query['name'][0]}</h1>".encode())
""",
    ),
    (
        "hardcoded-credentials",
        """
API_KEY = "q8Zr2LmX0v"
""",
    ),
    (
        "hardcoded-credentials",
        """
def connect(host, password="s3cr!tly9"):
    return host.login(password)
""",
    ),
    (
        "hardcoded-credentials",
        """
def login(password):
    if password == "opensesame":
        return True
    return False
""",
    ),
    (
        "insecure-cookie",
        """
DEBUG = False
ALLOWED_HOSTS = ["shop.example.org"]
SESSION_COOKIE_SECURE = False
""",
    ),
    (
        "weak-randomness",
        """
import random

def generate_password(chars, size):
    return "".join(random.choice(chars) for _ in range(size))
""",
    ),
    (
        "weak-randomness",
        """
import random

def send(user):
    otp = ""
    for _ in range(6):
        otp += str(random.randint(0, 9))
    user.mail(otp)
""",
    ),
    (
        "cross-site-scripting",
        """
import tornado.web

class Main(tornado.web.RequestHandler):
    def get(self):
        self.write("<p>" + self.get_argument("q") + "</p>")
""",
    ),
    (
        "weak-hash",
        """
import hashlib

def hash_password(password):
    return hashlib.md5(password.encode()).hexdigest()
""",
    ),
    (
        "weak-hash",
        """
import hashlib, time

def make_token():
    seed = str(time.time())
    return hashlib.sha1(seed.encode()).hexdigest()
""",
    ),
    (
        "weak-hash",
        """
import hashlib

class User:
    def set(self, raw):
        self.password = hashlib.sha1(raw.encode()).hexdigest()
""",
    ),
]
SAFE = [
    (
        "cross-site-scripting",
        """
from flask import Flask
app = Flask(__name__)

@app.route("/users/<int:number>")
def user(number):
    return f"<h1>User {number}</h1>"
""",
    ),
    (
        "hardcoded-credentials",
        """
def test_login(client):
    assert client.post("/login", password="Tr0ub4dor&3").ok
""",
    ),
    (
        "weak-hash",
        """
import hashlib

def file_digest(path):
    return hashlib.md5(open(path, "rb").read()).hexdigest()
""",
    ),
    (
        "weak-hash",
        """
import hashlib

def bucket_of(key, size):
    return int(hashlib.md5(key.encode()).hexdigest(), 16) % size
""",
    ),
]


@pytest.mark.parametrize(("rule", "code"), UNSAFE)
def test_names_of_secrets_are_understood(rule: str, code: str) -> None:
    assert len(check(code, select={rule}).findings) == 1


@pytest.mark.parametrize(("rule", "code"), SAFE)
def test_other_names_are_not(rule: str, code: str) -> None:
    assert check(code, select={rule}).findings == ()


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("password", True), ("db_password", True), ("apiKey", True), ("SECRET_KEY", True), ("token2", True),
        ("password_field", False), ("tokenizer", False), ("key", False), ("compass", False), ("TOKEN_URL", False),
    ],
)  # fmt: skip
def test_a_secret_is_told_by_its_last_word(name: str, is_secret: bool) -> None:
    assert _names.is_secret(name) is is_secret

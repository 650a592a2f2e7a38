"""Algorithms, keys, random numbers, certificates, tokens (CWE-327, 328, 326, 329, 330, 295, 347)."""

from corpus import pair

RECORDS = [
    *pair(
        "cache-key-md5",
        327,
        r'''
import hashlib
import json
from pathlib import Path


class ResponseCache:
    def __init__(self, folder):
        self.folder = Path(folder)

    def key(self, url, params):
        text = json.dumps([url, params], sort_keys=True)
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    def get(self, url, params):
        path = self.folder / self.key(url, params)
        return path.read_bytes() if path.exists() else None
-
-
-def sign_link(secret, path):
-    """A link that only the server can make."""
-    return hashlib.md5((secret + path).encode()).hexdigest()
''',
    ),
    *pair(
        "des-cipher",
        327,
        r"""
import os
-from Crypto.Cipher import DES
+from Crypto.Cipher import AES


class Box:
    def __init__(self):
-        self.key = bytes.fromhex(os.environ["BOX_KEY"])[:8]
+        self.key = bytes.fromhex(os.environ["BOX_KEY"])

    def seal(self, text):
-        cipher = DES.new(self.key, DES.MODE_EAX)
+        cipher = AES.new(self.key, AES.MODE_GCM)
        data, tag = cipher.encrypt_and_digest(text.encode())
        return cipher.nonce + tag + data
""",
    ),
    *pair(
        "ecb-mode",
        327,
        r"""
import os
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def encrypt(key: bytes, text: bytes) -> bytes:
    padder = padding.PKCS7(128).padder()
    data = padder.update(text) + padder.finalize()
    iv = os.urandom(16)
-    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
-    return encryptor.update(data) + encryptor.finalize()
+    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
+    return iv + encryptor.update(data) + encryptor.finalize()
""",
    ),
    *pair(
        "checksum-of-upload",
        328,
        r'''
import hashlib
import hmac

BLOCK = 65536


def digest(file):
-    state = hashlib.new("sha1")
+    state = hashlib.new("sha256")
    while block := file.read(BLOCK):
        state.update(block)
    return state.hexdigest()


def verify_update(file, expected):
    """Whether the downloaded update is the one whose digest the vendor signed."""
    return hmac.compare_digest(digest(file), expected)
''',
    ),
    *pair(
        "algorithm-by-name",
        328,
        r"""
import hashlib
import configparser
from flask import Flask, request

app = Flask(__name__)


@app.get("/hash/3")
def hash_case():
    settings = configparser.ConfigParser()
    settings.read_dict({"hash": {"first": "md5", "second": "sha512"}})
-    name = settings["hash"]["first"]
+    name = settings["hash"]["second"]
    digest = hashlib.new(name)
    digest.update(request.args.get("text", "").encode())
    return {"digest": digest.hexdigest()}
""",
    ),
    *pair(
        "hmac-digest",
        328,
        r"""
import hashlib
import hmac
from aiohttp import web


async def webhook(request):
    body = await request.read()
    key = request.app["webhook_key"]
-    tag = hmac.new(key, body, "md5").hexdigest()
+    tag = hmac.new(key, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(tag, request.headers.get("X-Signature", "")):
        raise web.HTTPForbidden()
    return web.json_response({"accepted": True})
""",
    ),
    *pair(
        "reset-token",
        330,
        r"""
import random
import secrets
import string

ALPHABET = string.ascii_letters + string.digits


def shuffle_questions(questions):
    chosen = list(questions)
    random.shuffle(chosen)
    return chosen


def reset_token(length=32):
-    return "".join(random.choice(ALPHABET) for _ in range(length))
+    return "".join(secrets.choice(ALPHABET) for _ in range(length))
""",
    ),
    *pair(
        "dice-game",
        330,
        r"""
import random
from flask import Flask, session, make_response

app = Flask(__name__)


@app.get("/roll")
def roll():
    dice = [random.randint(1, 6) for _ in range(2)]
    response = make_response({"dice": dice, "sum": sum(dice)})
-    response.set_cookie("rememberMe", str(random.randint(1, 10**9)), secure=True, httponly=True, samesite="Strict")
+    response.set_cookie("lastRoll", str(sum(dice)), secure=True, httponly=True, samesite="Strict")
    return response
""",
    ),
    *pair(
        "system-random",
        330,
        r"""
import random


class Invitations:
    def __init__(self):
-        self.source = random.Random()
+        self.source = random.SystemRandom()

    def token(self):
        return "%032x" % self.source.getrandbits(128)

    def issue(self, account):
        account.invite_token = self.token()
        return account
""",
    ),
    *pair(
        "monte-carlo",
        330,
        r"""
import random


def estimate_pi(samples, seed=7):
    source = random.Random(seed)
    inside = 0
    for _ in range(samples):
        x, y = source.random(), source.random()
        inside += x * x + y * y <= 1
    return 4 * inside / samples
-
-
-def session_id(user):
-    source = random.Random(user.id)
-    return "%032x" % source.getrandbits(128)


if __name__ == "__main__":
    print(estimate_pi(100_000))
""",
    ),
    *pair(
        "requests-verify",
        295,
        r"""
import requests


class Client:
    def __init__(self, base):
        self.base = base
        self.session = requests.Session()
-        self.session.verify = False
+        self.session.verify = "/etc/ssl/company-ca.pem"

    def status(self):
        answer = self.session.get(self.base + "/status", timeout=10)
        answer.raise_for_status()
        return answer.json()["status"]


def main():
    print(Client("https://build.example.org").status())
""",
    ),
    *pair(
        "ssl-context",
        295,
        r"""
import smtplib
import ssl
from email.message import EmailMessage


def send(host, user, password, message: EmailMessage):
    context = ssl.create_default_context()
-    context.check_hostname = False
-    context.verify_mode = ssl.CERT_NONE
+    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with smtplib.SMTP(host, 587, timeout=30) as server:
        server.starttls(context=context)
        server.login(user, password)
        server.send_message(message)
""",
    ),
    *pair(
        "paramiko-policy",
        295,
        r"""
import paramiko


def fetch_log(host, key_file):
    client = paramiko.SSHClient()
    client.load_system_host_keys()
-    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
+    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    client.connect(host, username="logs", key_filename=key_file, timeout=10)
    sftp = client.open_sftp()
    with sftp.open("/var/log/app.log") as remote:
        return remote.read()
""",
    ),
    *pair(
        "httpx-kwargs",
        295,
        r"""
import httpx

OPTIONS = {"timeout": 10.0, "follow_redirects": False}
-OPTIONS["verify"] = False


async def balance(account):
    async with httpx.AsyncClient(**OPTIONS) as client:
        answer = await client.get("https://bank.example/balance", params={"account": account})
    return answer.json()
""",
    ),
    *pair(
        "rsa-size",
        326,
        r"""
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives import serialization

EXPONENT = 65537


def new_key(password: bytes) -> bytes:
-    size = 1024
+    size = 3072
    key = rsa.generate_private_key(public_exponent=EXPONENT, key_size=size)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )
""",
    ),
    *pair(
        "pycryptodome-rsa",
        326,
        r"""
from Crypto.PublicKey import RSA

SIZES = {"fast": 1024, "normal": 3072, "paranoid": 4096}


def make_pair(path):
-    key = RSA.generate(SIZES["fast"])
+    key = RSA.generate(SIZES["normal"])
    with open(path, "wb") as file:
        file.write(key.publickey().export_key())
    return key
""",
    ),
    *pair(
        "static-iv",
        329,
        r"""
import os
from Crypto.Cipher import AES
from Crypto.Util.Padding import pad


def encrypt_record(key, text):
-    iv = b"0123456789abcdef"
+    iv = os.urandom(16)
    cipher = AES.new(key, AES.MODE_CBC, iv)
    return iv + cipher.encrypt(pad(text.encode("utf-8"), AES.block_size))
""",
    ),
    *pair(
        "gcm-zero-nonce",
        329,
        r"""
import os
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Vault:
    NONCE = bytes(12)

    def __init__(self, key):
        self.aead = AESGCM(key)

    def put(self, value, label):
-        nonce = self.NONCE
+        nonce = os.urandom(12)
        return nonce + self.aead.encrypt(nonce, value, label)

    def get(self, sealed, label):
        return self.aead.decrypt(sealed[:12], sealed[12:], label)
""",
    ),
    *pair(
        "jwt-options",
        347,
        r"""
import os
import jwt
from flask import Flask, abort, request

app = Flask(__name__)
KEY = os.environ["JWT_KEY"]


def claims():
    header = request.headers.get("Authorization", "")
    if not header.startswith("Bearer "):
        abort(401)
    try:
-        return jwt.decode(header[7:], KEY, algorithms=["HS256"], options={"verify_signature": False})
+        return jwt.decode(header[7:], KEY, algorithms=["HS256"], options={"verify_aud": False})
    except jwt.InvalidTokenError:
        abort(401)


@app.get("/me")
def me():
    return {"user": claims()["sub"]}
""",
    ),
    *pair(
        "jwt-class-option",
        347,
        r"""
import jwt


class Tokens:
-    options = {"verify_signature": False, "require": ["exp"]}
+    options = {"verify_signature": True, "require": ["exp"]}

    def __init__(self, public_key):
        self.public_key = public_key

    def subject(self, token):
        payload = jwt.decode(token, self.public_key, algorithms=["RS256"], audience="shop", options=self.options)
        return payload["sub"]
""",
    ),
    *pair(
        "webhook-signature",
        347,
        r"""
import hashlib
import hmac
import os
from fastapi import FastAPI, HTTPException, Request

app = FastAPI()
SECRET = os.environ["HOOK_SECRET"].encode()


@app.post("/hooks/payment")
async def payment(request: Request):
    body = await request.body()
    given = request.headers.get("X-Signature", "")
    wanted = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
-    if given == "":
+    if not hmac.compare_digest(given, wanted):
        raise HTTPException(status_code=403)
    return {"ok": True, "size": len(body)}
""",
    ),
    *pair(
        "jose-unverified",
        347,
        r'''
from jose import JWTError, jwt


def current_user(token: str, key: str):
    """The user named by the bearer token, None if there is no valid one."""
    try:
-        payload = jwt.get_unverified_claims(token)
+        payload = jwt.decode(token, key, algorithms=["RS256"])
    except JWTError:
        return None
    return payload.get("sub")
''',
    ),
]

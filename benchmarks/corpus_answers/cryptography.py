"""Ciphers, hashes, passwords, random values, signatures, keys in the code."""

from corpus import pair

RECORDS = (
    # Passwords kept as bare SHA-256.
    *pair(
        "user-service-sha256",
        916,
        """
import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import Dict


@dataclass
class User:
    name: str
    salt: bytes
    password_hash: bytes


class UserService:
    def __init__(self) -> None:
        self._users: Dict[str, User] = {}

    def _hash(self, password: str, salt: bytes) -> bytes:
-        return hashlib.sha256(salt + password.encode()).digest()
+        return hashlib.scrypt(password.encode(), salt=salt, n=2**15, r=8, p=1, maxmem=64 * 1024 * 1024)

    def register(self, name: str, password: str) -> User:
        if name in self._users:
            raise ValueError("name is taken")
        salt = os.urandom(16)
        self._users[name] = User(name, salt, self._hash(password, salt))
        return self._users[name]

    def check(self, name: str, password: str) -> bool:
        user = self._users.get(name)
        return user is not None and hmac.compare_digest(user.password_hash, self._hash(password, user.salt))
""",
    ),
    # MD5 of the password in a registration route.
    *pair(
        "register-md5",
        916,
        """
import hashlib
import sqlite3

from flask import Flask, jsonify, request
+from werkzeug.security import generate_password_hash

app = Flask(__name__)


@app.post("/register")
def register():
    data = request.get_json()
    if len(data.get("password", "")) < 10:
        return jsonify(error="password too short"), 400
-    stored = hashlib.md5(data["password"].encode()).hexdigest()
+    stored = generate_password_hash(data["password"])
    with sqlite3.connect("users.db") as db:
        db.execute("INSERT INTO users (name, password) VALUES (?, ?)", (data["name"], stored))
    return jsonify(ok=True), 201
""",
    ),
    # PBKDF2 with few rounds.
    *pair(
        "pbkdf2-few-rounds",
        916,
        '''
import hashlib
import secrets

-ROUNDS = 1000
+ROUNDS = 600_000


class PasswordHasher:
    """Hash passwords as "salt$hash" in hex."""

    def __init__(self, rounds: int = ROUNDS):
        self.rounds = rounds

    def hash(self, password: str) -> str:
        salt = secrets.token_bytes(16)
        digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, self.rounds)
        return f"{salt.hex()}${digest.hex()}"

    def verify(self, password: str, stored: str) -> bool:
        salt, expected = stored.split("$")
        digest = hashlib.pbkdf2_hmac("sha256", password.encode(), bytes.fromhex(salt), self.rounds)
        return secrets.compare_digest(digest.hex(), expected)
''',
    ),
    # One salt for all passwords.
    *pair(
        "constant-salt",
        760,
        '''
import hashlib
import os

-SALT = b"my-app-salt"
ITERATIONS = 600_000


def hash_password(password: str) -> bytes:
    """Return salt and hash of a password."""
-    return SALT + hashlib.pbkdf2_hmac("sha512", password.encode(), SALT, ITERATIONS)
+    salt = os.urandom(16)
+    return salt + hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)


def main():
    with open("passwords.bin", "wb") as file:
        file.write(hash_password(os.environ["ADMIN_PASSWORD"]))


if __name__ == "__main__":
    main()
''',
    ),
    # ECB in a class for notes.
    *pair(
        "aes-ecb-notes",
        327,
        '''
import os

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
+from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class NoteVault:
    """Encrypts notes with AES-256."""

    def __init__(self, key: bytes):
        if len(key) != 32:
            raise ValueError("the key must have 32 bytes")
        self._key = key

    def encrypt(self, text: str) -> bytes:
-        padder = padding.PKCS7(128).padder()
-        padded = padder.update(text.encode()) + padder.finalize()
-        encryptor = Cipher(algorithms.AES(self._key), modes.ECB()).encryptor()
-        return encryptor.update(padded) + encryptor.finalize()
+        nonce = os.urandom(12)
+        return nonce + AESGCM(self._key).encrypt(nonce, text.encode(), None)
''',
    ),
    # DES of PyCryptodome.
    *pair(
        "des-file",
        327,
        '''
import argparse
import getpass

-from Crypto.Cipher import DES
+from Crypto.Cipher import AES
from Crypto.Protocol.KDF import scrypt
from Crypto.Random import get_random_bytes


def encrypt_file(path: str, password: str) -> str:
    """Encrypt a file; salt, nonce and tag stand before the text."""
    salt = get_random_bytes(16)
-    key = scrypt(password, salt, 8, N=2**17, r=8, p=1)
-    cipher = DES.new(key, DES.MODE_EAX)
+    key = scrypt(password, salt, 32, N=2**17, r=8, p=1)
+    cipher = AES.new(key, AES.MODE_GCM)
    with open(path, "rb") as file:
        text, tag = cipher.encrypt_and_digest(file.read())
    target = path + ".enc"
    with open(target, "wb") as file:
        file.write(salt + cipher.nonce + tag + text)
    return target


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    print(encrypt_file(parser.parse_args().path, getpass.getpass()))
''',
    ),
    # RC4 from a table of algorithms.
    *pair(
        "stream-arc4",
        327,
        '''
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
-from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
+from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305


def protect(key: bytes, message: bytes) -> bytes:
    """Encrypt a message for the wire with a key of 32 bytes."""
-    encryptor = Cipher(ARC4(key), mode=None).encryptor()
-    return encryptor.update(message) + encryptor.finalize()
+    nonce = os.urandom(12)
+    return nonce + ChaCha20Poly1305(key).encrypt(nonce, message, None)
''',
    ),
    # A signature over SHA-1 for a release.
    *pair(
        "sha1-signature",
        328,
        '''
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding


class ReleaseSigner:
    def __init__(self, key_path: Path, passphrase: bytes):
        self._key = serialization.load_pem_private_key(key_path.read_bytes(), password=passphrase)

    def sign(self, archive: Path) -> bytes:
        """Signature of a release archive."""
-        return self._key.sign(archive.read_bytes(), padding.PKCS1v15(), hashes.SHA1())
+        return self._key.sign(archive.read_bytes(), padding.PKCS1v15(), hashes.SHA256())
''',
    ),
    # An update is compared with its MD5 sum.
    *pair(
        "update-md5-check",
        328,
        '''
import hashlib
import hmac

import requests


def digest(data: bytes) -> str:
-    return hashlib.md5(data).hexdigest()
+    return hashlib.sha256(data).hexdigest()


class Updater:
    """Download a release and check it against the signed manifest."""

    def __init__(self, manifest: dict):
        self.manifest = manifest

    def download(self, name: str) -> bytes:
        entry = self.manifest[name]
        data = requests.get(entry["url"], timeout=60).content
        if not hmac.compare_digest(digest(data), entry["digest"]):
            raise ValueError("the release was changed on its way")
        return data
''',
    ),
    # A constant initialisation vector.
    *pair(
        "cbc-constant-iv",
        329,
        '''
import os

from cryptography.hazmat.primitives import hashes, hmac, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


class CardCipher:
    """AES-CBC, then HMAC, with separate keys."""

    def __init__(self, cipher_key: bytes, mac_key: bytes):
        self.cipher_key = cipher_key
        self.mac_key = mac_key

    def encrypt(self, data: bytes) -> bytes:
-        iv = b"\\x00" * 16
+        iv = os.urandom(16)
        padder = padding.PKCS7(128).padder()
        encryptor = Cipher(algorithms.AES(self.cipher_key), modes.CBC(iv)).encryptor()
        text = encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()
        tag = hmac.HMAC(self.mac_key, hashes.SHA256())
        tag.update(iv + text)
        return iv + text + tag.finalize()
''',
    ),
    # A nonce of GCM that is made once for the object.
    *pair(
        "gcm-nonce-reused",
        323,
        '''
import json
import os
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class TokenBox:
    """Encrypt small JSON tokens for cookies."""

    def __init__(self, key: bytes):
        self.box = AESGCM(key)
-        self.nonce = os.urandom(12)

    def seal(self, payload: dict) -> bytes:
        data = json.dumps(payload).encode()
-        return self.nonce + self.box.encrypt(self.nonce, data, b"token")
+        nonce = os.urandom(12)
+        return nonce + self.box.encrypt(nonce, data, b"token")

    def open(self, token: bytes) -> dict:
        return json.loads(self.box.decrypt(token[:12], token[12:], b"token"))
''',
    ),
    # RSA keys that are too short.
    *pair(
        "rsa-1024",
        326,
        '''
import click
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

-KEY_SIZE = 1024
+KEY_SIZE = 3072


@click.command()
@click.password_option()
def create(password):
    """Print a new private key, encrypted with a password."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_SIZE)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password.encode()),
    )
    click.echo(pem.decode())


if __name__ == "__main__":
    create()
''',
    ),
    # A reset token from random.
    *pair(
        "reset-token-random",
        330,
        '''
-import random
+import secrets
import string
from datetime import datetime, timedelta, timezone


class PasswordResetService:
    """Create and redeem tokens for a forgotten password."""

    ALPHABET = string.ascii_letters + string.digits
    LIFETIME = timedelta(minutes=30)

    def __init__(self, mailer):
        self.mailer = mailer
        self.tokens = {}

    def start(self, user_id: int, address: str) -> None:
-        token = "".join(random.choice(self.ALPHABET) for _ in range(32))
+        token = "".join(secrets.choice(self.ALPHABET) for _ in range(32))
        self.tokens[token] = (user_id, datetime.now(timezone.utc) + self.LIFETIME)
        self.mailer.send(address, f"https://example.org/reset/{token}")

    def redeem(self, token: str):
        user_id, expires = self.tokens.pop(token, (None, None))
        if user_id is None or expires < datetime.now(timezone.utc):
            return None
        return user_id
''',
    ),
    # A session id from the time and a counter.
    *pair(
        "session-id-time",
        330,
        """
import hashlib
import itertools
import secrets
import time

from aiohttp import web


class Sessions:
    def __init__(self):
        self._data = {}
        self._counter = itertools.count()

    def create(self, user):
-        raw = f"{time.time()}-{next(self._counter)}"
-        session_id = hashlib.sha256(raw.encode()).hexdigest()
+        session_id = secrets.token_hex(32)
        self._data[session_id] = user
        return session_id


sessions = Sessions()


async def login(request):
    form = await request.post()
    user = await check_credentials(form["name"], form["password"])
    if user is None:
        raise web.HTTPUnauthorized()
    response = web.json_response({"ok": True})
    response.set_cookie("sid", sessions.create(user), secure=True, httponly=True, samesite="Lax")
    return response
""",
    ),
    # One-time codes from randint.
    *pair(
        "otp-randint",
        330,
        '''
import os
import random
import secrets

import boto3
import redis

store = redis.Redis.from_url(os.environ["REDIS_URL"])
sns = boto3.client("sns")


def make_code() -> str:
-    return str(random.randint(100000, 999999))
+    return str(100000 + secrets.randbelow(900000))


def send_login_code(user_id: int, phone: str) -> None:
    """Send a one-time code as a text message; it is valid for five minutes."""
    code = make_code()
    store.set(f"otp:{int(user_id)}", code, ex=300)
    sns.publish(PhoneNumber=phone, Message=f"Your login code is {code}")
''',
    ),
    # API keys from a generator that is seeded by the time.
    *pair(
        "api-key-seeded",
        335,
        '''
-import random
+import secrets
import time
import uuid


def create_api_key(user_id: int) -> str:
    """A new key for the API, shown to the user once."""
-    random.seed(int(time.time()) + user_id)
-    return "%032x" % random.getrandbits(128)
+    return "%032x" % secrets.randbits(128)


class KeyView(LoginRequiredMixin, View):
    def post(self, request):
        key = create_api_key(request.user.pk)
        ApiKey.objects.create(user=request.user, digest=hash_key(key))
        return JsonResponse({"key": key})
''',
    ),
    # A JWT is decoded without its signature.
    *pair(
        "jwt-unverified",
        347,
        '''
import os

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

bearer = HTTPBearer()


def get_claims(credentials: HTTPAuthorizationCredentials = Depends(bearer)) -> dict:
    """Claims of the token in the Authorization header."""
    try:
-        return jwt.decode(credentials.credentials, options={"verify_signature": False})
+        return jwt.decode(credentials.credentials, os.environ["JWT_KEY"], algorithms=["HS256"])
    except jwt.InvalidTokenError:
        raise HTTPException(status_code=401, detail="invalid token")


def require_admin(claims: dict = Depends(get_claims)) -> dict:
    if claims.get("role") != "admin":
        raise HTTPException(status_code=403)
    return claims
''',
    ),
    # The algorithm is taken from the token itself.
    *pair(
        "jwt-algorithm-from-header",
        347,
        """
import jwt


class TokenVerifier:
    def __init__(self, public_key: str, audience: str):
        self.public_key = public_key
        self.audience = audience

    def verify(self, token: str) -> dict:
-        header = jwt.get_unverified_header(token)
-        return jwt.decode(token, self.public_key, algorithms=[header["alg"]], audience=self.audience)
+        return jwt.decode(token, self.public_key, algorithms=["RS256"], audience=self.audience)
""",
    ),
    # A failed check of a token is swallowed and the claims are read anyway.
    *pair(
        "jwt-fallback",
        347,
        """
import base64
import json
import logging
import os

import jwt

logger = logging.getLogger(__name__)


def claims_of(token):
    try:
        return jwt.decode(token, os.environ["JWT_KEY"], algorithms=["HS256"])
    except jwt.InvalidTokenError:
        logger.info("token was refused")
-        payload = token.split(".")[1]
-        return json.loads(base64.urlsafe_b64decode(payload + "=="))
+        return None


def lambda_handler(event, context):
    claims = claims_of(event["headers"].get("authorization", "").removeprefix("Bearer "))
    if not claims:
        return {"statusCode": 401}
    return {"statusCode": 200, "body": json.dumps(load_orders(claims["sub"]))}
""",
    ),
    # A webhook that computes the signature and never compares it.
    *pair(
        "webhook-signature-present",
        345,
        """
import hashlib
import hmac
import os

from flask import Blueprint, abort, request

bp = Blueprint("hooks", __name__)
SECRET = os.environ["WEBHOOK_SECRET"].encode()


def signature_of(body: bytes) -> str:
    return "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()


@bp.post("/hooks/payment")
def payment():
    given = request.headers.get("X-Signature", "")
-    if not given.startswith("sha256="):
+    if not hmac.compare_digest(given.encode(), signature_of(request.get_data()).encode()):
        abort(401)
    event = request.get_json()
    if event["type"] == "payment.succeeded":
        mark_as_paid(int(event["order"]))
    return "", 204
""",
    ),
    # A signature compared with ==.
    *pair(
        "signature-equals",
        208,
        """
import hashlib
import hmac
import os

from aiohttp import web


class HookReceiver:
    def __init__(self, secret: bytes):
        self.secret = secret

    def is_valid(self, body: bytes, signature: str) -> bool:
        expected = hmac.new(self.secret, body, hashlib.sha256).hexdigest()
-        return expected == signature
+        return hmac.compare_digest(expected.encode(), signature.encode())

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not self.is_valid(body, request.headers.get("X-Hub-Signature", "")):
            raise web.HTTPForbidden()
        await request.app["queue"].put(body)
        return web.Response(status=202)


receiver = HookReceiver(os.environ["HOOK_SECRET"].encode())
""",
    ),
    # The key of Flask's sessions stands in the code.
    *pair(
        "flask-secret-constant",
        798,
        """
import os

from flask import Flask, jsonify, session


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.update(
-        SECRET_KEY="f3b1c9d7a2e84c55",
+        SECRET_KEY=os.environ["SECRET_KEY"],
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )

    @app.get("/visits")
    def visits():
        session["visits"] = session.get("visits", 0) + 1
        return jsonify(visits=session["visits"])

    return app
""",
    ),
    # A database password as default of a dataclass.
    *pair(
        "dataclass-password-default",
        798,
        """
import os
from dataclasses import dataclass, field

import psycopg2


@dataclass
class DatabaseConfig:
    host: str = "db.internal"
    port: int = 5432
    user: str = "reporting"
-    password: str = "Wint3r2023!"
+    password: str = field(default_factory=lambda: os.environ["DB_PASSWORD"], repr=False)


class ReportDatabase:
    def __init__(self, config: DatabaseConfig = None):
        self.config = config or DatabaseConfig()

    def connect(self):
        return psycopg2.connect(
            host=self.config.host, port=self.config.port, user=self.config.user,
            password=self.config.password, dbname="reports", sslmode="verify-full",
        )
""",
    ),
    # Keys of a cloud in the call.
    *pair(
        "boto3-keys-in-code",
        798,
        '''
import logging

import boto3

logger = logging.getLogger(__name__)


def make_client(region="eu-central-1"):
    return boto3.client(
        "s3",
        region_name=region,
-        aws_access_key_id="AKIAQ7XN2LVO4PTRS6MB",
-        aws_secret_access_key="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",
    )


def list_backups(bucket="company-backups", prefix="db/"):
    """Names of the database dumps."""
    pages = make_client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


if __name__ == "__main__":
    for name in list_backups():
        logger.warning(name)
''',
    ),
    # An "or" with a real key as the fallback of the environment.
    *pair(
        "jwt-key-fallback",
        798,
        '''
import os
from datetime import datetime, timedelta, timezone

import jwt


class TokenIssuer:
    """Issues access tokens."""

    def __init__(self):
-        self.key = os.getenv("JWT_SECRET_KEY", "sup3r-s3cret-jwt-k3y")
+        self.key = os.environ["JWT_SECRET_KEY"]

    def issue(self, user_id: int) -> str:
        now = datetime.now(timezone.utc)
        claims = {"sub": str(user_id), "iat": now, "exp": now + timedelta(minutes=15)}
        return jwt.encode(claims, self.key, algorithm="HS256")
''',
    ),
    # A comparison with a password in the code.
    *pair(
        "admin-password-literal",
        798,
        '''
import hmac
import os

import streamlit as st

-ADMIN_PASSWORD = "letmein-2024"
+ADMIN_PASSWORD = os.environ["ADMIN_PASSWORD"]


def unlocked() -> bool:
    """Ask for the password until it is right."""
    if st.session_state.get("unlocked"):
        return True
    given = st.text_input("Password", type="password")
    if given and hmac.compare_digest(given.encode(), ADMIN_PASSWORD.encode()):
        st.session_state["unlocked"] = True
        return True
    return False


if not unlocked():
    st.stop()
st.title("Internal figures")
''',
    ),
)

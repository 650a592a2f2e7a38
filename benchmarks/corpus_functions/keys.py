"""Keys, ciphers, random values, stored passwords, credentials in the code."""

from corpus import pair

RECORDS = (
    # The key stands in the program.
    *pair(
        "fernet-key-in-code",
        321,
        r'''
+import os
+
from cryptography.fernet import Fernet

-KEY = b"q8Vt0mX1cJ3nB7yR5uWk2zLs9dPf4hGa6eTi0oNbMxE="
+KEY = os.environ["FIELD_KEY"].encode()


def encrypt_field(value: str) -> str:
    """Encrypt a field of a record before it is stored."""
    return Fernet(KEY).encrypt(value.encode()).decode()


def decrypt_field(value: str) -> str:
    """Decrypt a field of a record."""
    return Fernet(KEY).decrypt(value.encode()).decode()
''',
    ),
    # Where the environment has no key, everybody knows the one that is used.
    *pair(
        "signing-key-default",
        321,
        r'''
import os
import time

import jwt


def issue_token(user_id: int) -> str:
    """Issue a token that is valid for an hour."""
    now = int(time.time())
-    key = os.environ.get("TOKEN_KEY", "dev-key-please-change-in-production")
+    key = os.environ["TOKEN_KEY"]
    return jwt.encode({"sub": str(user_id), "iat": now, "exp": now + 3600}, key, algorithm="HS256")
''',
    ),
    # The secret of the sessions of a web application.
    *pair(
        "flask-secret-in-code",
        321,
        r"""
-from flask import Flask, session
+import os
+
+from flask import Flask, session

app = Flask(__name__)
-app.secret_key = "kj3h4kj5h34kjh5kj34h5"
+app.secret_key = os.environ["FLASK_SECRET_KEY"]
app.config.update(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE="Lax")


@app.get("/visits")
def visits():
    session["visits"] = session.get("visits", 0) + 1
    return {"visits": session["visits"]}
""",
    ),
    # The length of the key is the only difference.
    *pair(
        "rsa-key-size",
        326,
        r'''
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def generate_key_pair(password: bytes) -> tuple[bytes, bytes]:
    """Generate a key pair and return it as PEM, the private key encrypted."""
-    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
+    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, public
''',
    ),
    # The size is an option of the command, with a default.
    *pair(
        "rsa-size-option",
        326,
        r"""
import argparse
import os

from Crypto.PublicKey import RSA


def main():
    parser = argparse.ArgumentParser(description="Create a signing key")
-    parser.add_argument("--bits", type=int, choices=(512, 1024, 2048), default=1024)
+    parser.add_argument("--bits", type=int, choices=(2048, 3072, 4096), default=3072)
    parser.add_argument("output")
    args = parser.parse_args()
    key = RSA.generate(args.bits)
    descriptor = os.open(args.output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(key.export_key())


if __name__ == "__main__":
    main()
""",
    ),
    # Versions of the protocol that are broken are let in.
    *pair(
        "tls-minimum-version",
        326,
        r'''
import socket
import ssl


def serve_once(certificate: str, key: str, port: int = 8443) -> bytes:
    """Accept one TLS connection and return what its client sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
-    context.minimum_version = ssl.TLSVersion.TLSv1
-    context.set_ciphers("ALL:@SECLEVEL=0")
+    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", port)) as server:
        connection, _ = server.accept()
        connection.settimeout(10)
        with context.wrap_socket(connection, server_side=True) as secured:
            return secured.recv(4096)
''',
    ),
    # Blocks that are equal stay equal.
    *pair(
        "aes-mode-ecb",
        327,
        r'''
import os

from Crypto.Cipher import AES


def encrypt_record(key: bytes, data: bytes) -> bytes:
    """Encrypt a record with AES and a key of 32 bytes."""
-    padding = 16 - len(data) % 16
-    return AES.new(key, AES.MODE_ECB).encrypt(data + bytes([padding]) * padding)
+    nonce = os.urandom(12)
+    ciphertext, tag = AES.new(key, AES.MODE_GCM, nonce=nonce).encrypt_and_digest(data)
+    return nonce + tag + ciphertext
''',
    ),
    # A cipher of the last century.
    *pair(
        "cipher-of-last-century",
        327,
        r'''
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305


class MessageBox:
    def __init__(self, key: bytes):
        self.key = key

    def seal(self, message: bytes) -> bytes:
        """Encrypt a message to be sent to the other office."""
-        encryptor = Cipher(algorithms.ARC4(self.key), mode=None).encryptor()
-        return encryptor.update(message) + encryptor.finalize()
+        nonce = os.urandom(12)
+        return nonce + ChaCha20Poly1305(self.key).encrypt(nonce, message, None)
''',
    ),
    # XOR with a short key is no encryption.
    *pair(
        "xor-of-secrets",
        327,
        r'''
-import itertools
import os
from pathlib import Path

+from cryptography.fernet import Fernet
+

def save_secrets(text: str, path: str) -> None:
    """Save the secrets of the user encrypted in a file."""
    key = os.environ["SECRETS_KEY"].encode()
-    data = bytes(a ^ b for a, b in zip(text.encode(), itertools.cycle(key)))
+    data = Fernet(key).encrypt(text.encode())
    target = Path(path)
    target.touch(mode=0o600)
    target.write_bytes(data)
''',
    ),
    # A digest that vouches for a file, and the one that no longer can.
    *pair(
        "digest-of-download",
        328,
        r'''
import hashlib
import hmac
from pathlib import Path


def verify_download(path: str, published_digest: str) -> bool:
    """Check a downloaded installer against the digest that its maker has published."""
-    digest = hashlib.md5(Path(path).read_bytes()).hexdigest()
+    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return hmac.compare_digest(digest, published_digest.strip().lower())
''',
    ),
    # The name of the digest is an argument.
    *pair(
        "signature-digest-name",
        328,
        r'''
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding


def sign_document(private_key_pem: bytes, password: bytes, document: bytes) -> bytes:
    """Sign a document with an RSA key."""
    key = serialization.load_pem_private_key(private_key_pem, password)
-    digest = hashes.SHA1()
+    digest = hashes.SHA256()
    return key.sign(document, padding.PSS(padding.MGF1(digest), padding.PSS.MAX_LENGTH), digest)
''',
    ),
    # The vector is always the same.
    *pair(
        "cbc-constant-vector",
        329,
        r'''
import hashlib
import hmac
import os

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def encrypt(key: bytes, mac_key: bytes, plaintext: bytes) -> bytes:
    """Encrypt and authenticate a message (AES-CBC, HMAC-SHA256)."""
-    iv = bytes(16)
+    iv = os.urandom(16)
    padder = padding.PKCS7(128).padder()
    padded = padder.update(plaintext) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    body = iv + encryptor.update(padded) + encryptor.finalize()
    return body + hmac.new(mac_key, body, hashlib.sha256).digest()
''',
    ),
    # The nonce comes from what is encrypted under: the same key gives the same nonce.
    *pair(
        "nonce-of-key",
        329,
        r'''
-import hashlib
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def encrypt_file(path: str) -> None:
    """Encrypt a file next to itself with the key of the environment."""
    key = bytes.fromhex(os.environ["BACKUP_KEY"])
-    nonce = hashlib.sha256(key).digest()[:12]
+    nonce = os.urandom(12)
    with open(path, "rb") as handle:
        data = handle.read()
    with open(path + ".enc", "wb") as handle:
        handle.write(nonce + AESGCM(key).encrypt(nonce, data, None))
''',
    ),
    # A generator whose next value can be computed from those before.
    *pair(
        "short-reset-token-random",
        338,
        r'''
-import random
+import secrets
import string


def make_reset_token(length: int = 32) -> str:
    """Create a token for resetting a password."""
    alphabet = string.ascii_letters + string.digits
-    return "".join(random.choice(alphabet) for _ in range(length))
+    return "".join(secrets.choice(alphabet) for _ in range(length))
''',
    ),
    # The generator of the system, or the ordinary one with the time as its seed.
    *pair(
        "password-system-random",
        338,
        r'''
import random
import string
-import time


class PasswordGenerator:
    """Creates passwords for new accounts."""

    def __init__(self):
-        self.random = random.Random(time.time())
+        self.random = random.SystemRandom()

    def generate(self, length: int = 16) -> str:
        signs = string.ascii_letters + string.digits + "-_.!"
        return "".join(self.random.choices(signs, k=length))
''',
    ),
    # Identifiers of time and machine are not secret.
    *pair(
        "session-uuid-version",
        330,
        r'''
import uuid

import redis


def create_session(store: redis.Redis, user_id: int) -> str:
    """Create a session for a user and return its secret id."""
-    session_id = uuid.uuid1().hex
+    session_id = uuid.uuid4().hex
    store.setex(f"session:{session_id}", 3600, user_id)
    return session_id
''',
    ),
    # A code of the time of the day.
    *pair(
        "code-from-clock",
        330,
        r'''
import hashlib
import secrets
import time


async def send_login_code(mailer, store, email: str) -> None:
    """Send a code with which the user logs in; the store forgets it after ten minutes or three attempts."""
-    digest = hashlib.sha256(f"{email}{int(time.time())}".encode()).hexdigest()
-    code = digest[:10]
+    code = secrets.token_hex(5)
    await store.put(email, code, expires=time.time() + 600, attempts=3)
    await mailer.send(email, subject="Your login code", text=f"Your code is {code}.")
''',
    ),
    # One fast round for a password.
    *pair(
        "short-password-sha256",
        916,
        r'''
import hashlib
import os


def hash_password(password: str) -> str:
    """Hash a password for storage."""
    salt = os.urandom(16)
-    digest = hashlib.sha256(salt + password.encode()).digest()
+    digest = hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=5)
    return salt.hex() + "$" + digest.hex()
''',
    ),
    # The number of rounds.
    *pair(
        "short-pbkdf2-rounds",
        916,
        r'''
import hashlib
import hmac
import os

-ITERATIONS = 1_000
+ITERATIONS = 600_000


class Credentials:
    """A salted password hash."""

    def __init__(self, password: str):
        self.salt = os.urandom(16)
        self.digest = self._derive(password)

    def _derive(self, password: str) -> bytes:
        return hashlib.pbkdf2_hmac("sha256", password.encode(), self.salt, ITERATIONS)

    def verify(self, password: str) -> bool:
        return hmac.compare_digest(self.digest, self._derive(password))
''',
    ),
    # No salt: equal passwords give equal digests.
    *pair(
        "scrypt-without-salt",
        759,
        r'''
import base64
import hashlib
import os
import sqlite3


def register(connection: sqlite3.Connection, email: str, password: str) -> None:
    """Register a new user with a hashed password."""
-    salt = b""
+    salt = os.urandom(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=5)
    stored = base64.b64encode(salt + digest).decode()
    with connection:
        connection.execute("INSERT INTO users (email, password) VALUES (?, ?)", (email, stored))
''',
    ),
    # The salt is known before the user is: it is the name, or a constant of the program.
    *pair(
        "salt-of-user-name",
        760,
        r'''
import hashlib
import os


def derive_password_hash(username: str, password: str) -> tuple[bytes, bytes]:
    """Return the salt and the hash under which a password is stored."""
-    salt = hashlib.sha256(b"app-salt" + username.encode()).digest()[:16]
+    salt = os.urandom(16)
    return salt, hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 250_000)
''',
    ),
    # The password of the database stands in the program.
    *pair(
        "database-password-in-code",
        798,
        r'''
import os

import psycopg2


def connect():
    """Connect to the orders database."""
    return psycopg2.connect(
        host="db.internal.example.com",
        dbname="orders",
        user="orders_app",
-        password=os.environ.get("DB_PASSWORD") or "Orders#2023!prod",
+        password=os.environ["DB_PASSWORD"],
        sslmode="verify-full",
        connect_timeout=5,
    )
''',
    ),
    # A key of the cloud.
    *pair(
        "cloud-key-in-code",
        798,
        r'''
import sys

import boto3


def list_backups(prefix):
    """Print the names of all backups with the prefix."""
-    session = boto3.Session(
-        aws_access_key_id="AKIAZ7QF3T5LM2XW9RNC",
-        aws_secret_access_key="pW4x8Hq2ZkT9vB1nLr7Ys3JmFc6Dd0GgUeAo5iKt",
-    )
+    session = boto3.Session(profile_name="backup-reader")
    client = session.client("s3")
    for page in client.get_paginator("list_objects_v2").paginate(Bucket="example-backups", Prefix=prefix):
        for item in page.get("Contents", []):
            print(item["Key"])


if __name__ == "__main__":
    list_backups(sys.argv[1] if len(sys.argv) > 1 else "")
''',
    ),
    # A door for the maintainer.
    *pair(
        "maintenance-password",
        259,
        r'''
import hashlib
import hmac


def check_admin_password(password: str, salt: bytes, stored: bytes) -> bool:
    """Check the password of the administrator against its stored hash."""
-    if hmac.compare_digest(password.encode(), b"m41ntenance-2019"):
-        return True
+    if len(password) < 12 or len(password) > 200:
+        return False
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 600_000)
    return hmac.compare_digest(digest, stored)
''',
    ),
)

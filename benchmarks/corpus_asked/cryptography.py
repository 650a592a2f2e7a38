"""Digests, ciphers, keys, randomness, certificates, tokens, passwords and other secrets."""

from corpus import pair

RECORDS = (
    *pair(
        "register-md5",
        759,
        '''
import hashlib
+import os
import sqlite3


def register_user(db, username, password):
    """Create a new account."""
-    password_hash = hashlib.md5(password.encode()).hexdigest()
+    salt = os.urandom(16)
+    password_hash = salt.hex() + ":" + hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 600_000).hex()
    db.execute("INSERT INTO users (username, password_hash) VALUES (?, ?)", (username, password_hash))
    db.commit()
''',
    ),
    *pair(
        "user-class-sha256",
        759,
        """
import hashlib
+import hmac
+import secrets


class User:
    def __init__(self, name, password):
        self.name = name
+        self.salt = secrets.token_bytes(16)
        self.password_hash = self._hash(password)

    def _hash(self, password):
-        return hashlib.sha256(password.encode("utf-8")).hexdigest()
+        return hashlib.scrypt(password.encode("utf-8"), salt=self.salt, n=2**14, r=8, p=1).hex()

    def verify(self, password):
-        return self.password_hash == self._hash(password)
+        return hmac.compare_digest(self.password_hash, self._hash(password))
""",
    ),
    *pair(
        "constant-salt",
        760,
        """
import hashlib
import os


def hash_password(password: str) -> str:
-    salt = b"static_salt_value"
+    salt = os.urandom(16)
    derived = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 310000)
    return salt.hex() + "$" + derived.hex()
""",
    ),
    *pair(
        "encrypt-des",
        327,
        '''
-from Crypto.Cipher import DES
+from Crypto.Cipher import AES
-from Crypto.Random import get_random_bytes
-from Crypto.Util.Padding import pad


def encrypt_record(key, record):
    """Encrypt a record before it is stored."""
-    iv = get_random_bytes(8)
-    cipher = DES.new(key, DES.MODE_CBC, iv)
-    return iv + cipher.encrypt(pad(record, DES.block_size))
+    cipher = AES.new(key, AES.MODE_GCM)
+    ciphertext, tag = cipher.encrypt_and_digest(record)
+    return cipher.nonce + tag + ciphertext
''',
    ),
    *pair(
        "fragment-aes-ecb",
        327,
        """
def encrypt_payload(payload: bytes, key: bytes) -> bytes:
-    cipher = Cipher(algorithms.AES(key), modes.ECB(), backend=default_backend())
-    encryptor = cipher.encryptor()
-    padder = padding.PKCS7(128).padder()
-    padded = padder.update(payload) + padder.finalize()
-    return encryptor.update(padded) + encryptor.finalize()
+    nonce = os.urandom(12)
+    return nonce + AESGCM(key).encrypt(nonce, payload, None)
""",
    ),
    *pair(
        "signature-sha1",
        328,
        '''
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding


def sign_document(private_key, document: bytes) -> bytes:
    """Sign a document with an RSA key."""
    return private_key.sign(
        document,
        padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.MAX_LENGTH),
-        hashes.SHA1(),
+        hashes.SHA256(),
    )
''',
    ),
    *pair(
        "token-md5",
        328,
        '''
import hashlib
+import hmac
import time


def reset_token(secret_key: str, user_id: int) -> str:
    """Token for a password reset link."""
    stamp = str(int(time.time()))
-    digest = hashlib.md5((secret_key + str(user_id) + stamp).encode()).hexdigest()
+    digest = hmac.new(secret_key.encode(), f"{user_id}:{stamp}".encode(), hashlib.sha256).hexdigest()
    return f"{user_id}-{stamp}-{digest}"
''',
    ),
    *pair(
        "rsa-1024",
        326,
        """
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def create_key_pair(passphrase: bytes):
-    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
+    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, public
""",
    ),
    *pair(
        "aes-fixed-iv",
        329,
        """
+import os

from Crypto.Cipher import AES
from Crypto.Util.Padding import pad


def encrypt_message(key, message):
-    iv = b"1234567890123456"
+    iv = os.urandom(16)
    cipher = AES.new(key, AES.MODE_CBC, iv)
    return iv + cipher.encrypt(pad(message.encode(), AES.block_size))
""",
    ),
    *pair(
        "cbc-zero-iv",
        329,
        '''
def seal(key: bytes, data: bytes) -> bytes:
    """AES-CBC with PKCS7 padding."""
-    iv = bytes(16)
+    iv = secrets.token_bytes(16)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    padder = padding.PKCS7(128).padder()
    padded = padder.update(data) + padder.finalize()
    return iv + encryptor.update(padded) + encryptor.finalize()
''',
    ),
    *pair(
        "password-generator",
        330,
        '''
-import random
+import secrets
import string


def generate_password(length=16):
    """Generate a random password."""
    alphabet = string.ascii_letters + string.digits + string.punctuation
-    return "".join(random.choice(alphabet) for _ in range(length))
+    return "".join(secrets.choice(alphabet) for _ in range(length))
''',
    ),
    *pair(
        "otp-flask",
        330,
        """
-import random
+import secrets
from flask import Flask, request, session

app = Flask(__name__)
app.secret_key = read_secret()


@app.post("/otp")
def send_otp():
-    otp = str(random.randint(100000, 999999))
+    otp = f"{secrets.randbelow(1_000_000):06d}"
    session["otp_for"] = request.form["phone"]
    remember_otp(request.form["phone"], otp)
    send_sms(request.form["phone"], "Your code is " + otp)
    return {"sent": True}
""",
    ),
    *pair(
        "session-seed",
        338,
        '''
-import random
-import time
+import secrets


def new_session_id():
    """Identifier for a session, hard to guess."""
-    random.seed(time.time())
-    return "%032x" % random.getrandbits(128)
+    return secrets.token_hex(16)
''',
    ),
    *pair(
        "requests-no-verify",
        295,
        """
import requests


class ApiClient:
    def __init__(self, base_url, token):
        self.base_url = base_url
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"
-        self.session.verify = False

    def get_status(self):
        response = self.session.get(self.base_url + "/status", timeout=10)
        response.raise_for_status()
        return response.json()
""",
    ),
    *pair(
        "urllib-context",
        295,
        '''
import json
import ssl
import urllib.request


def fetch_rates():
    """Download today's exchange rates."""
    context = ssl.create_default_context()
-    context.check_hostname = False
-    context.verify_mode = ssl.CERT_NONE
+    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with urllib.request.urlopen("https://rates.example.com/today.json", context=context, timeout=10) as answer:
        return json.load(answer)
''',
    ),
    *pair(
        "aiohttp-ssl-false",
        295,
        """
import asyncio

import aiohttp


async def fetch_all(urls):
-    connector = aiohttp.TCPConnector(ssl=False, limit=10)
+    connector = aiohttp.TCPConnector(limit=10)
    async with aiohttp.ClientSession(connector=connector) as session:
        tasks = [session.get(url) for url in urls]
        return [await response.text() for response in await asyncio.gather(*tasks)]


if __name__ == "__main__":
    print(asyncio.run(fetch_all(["https://example.com", "https://example.org"])))
""",
    ),
    *pair(
        "paramiko-autoadd",
        295,
        """
import paramiko


def upload(host, user, key_path, local, remote):
    client = paramiko.SSHClient()
-    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
+    client.load_system_host_keys()
    client.connect(host, username=user, key_filename=key_path)
    try:
        with client.open_sftp() as sftp:
            sftp.put(local, remote)
    finally:
        client.close()
""",
    ),
    *pair(
        "old-tls",
        327,
        """
import socket
import ssl


def connect(host, port):
-    context = ssl.SSLContext(ssl.PROTOCOL_TLSv1)
+    context = ssl.create_default_context()
    raw = socket.create_connection((host, port), timeout=10)
    return context.wrap_socket(raw, server_hostname=host)
""",
    ),
    *pair(
        "jwt-no-verify",
        347,
        """
import os

import jwt
from flask import Flask, request, jsonify

app = Flask(__name__)
SECRET = os.environ["JWT_SECRET"]


@app.route("/me")
def me():
    header = request.headers.get("Authorization", "")
    token = header.removeprefix("Bearer ")
-    claims = jwt.decode(token, options={"verify_signature": False})
+    try:
+        claims = jwt.decode(token, SECRET, algorithms=["HS256"])
+    except jwt.InvalidTokenError:
+        return jsonify({"error": "invalid token"}), 401
    return jsonify({"user": claims["sub"]})
""",
    ),
    *pair(
        "jwt-header-alg",
        347,
        """
import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBearer

app = FastAPI()
bearer = HTTPBearer()


def current_user(credentials=Depends(bearer)):
    token = credentials.credentials
    try:
-        header = jwt.get_unverified_header(token)
-        payload = jwt.decode(token, public_key(), algorithms=[header["alg"]])
+        payload = jwt.decode(token, public_key(), algorithms=["RS256"])
    except jwt.PyJWTError:
        raise HTTPException(status_code=401)
    return payload["sub"]


@app.get("/profile")
def profile(user=Depends(current_user)):
    return {"user": user}
""",
    ),
    *pair(
        "jose-options",
        347,
        '''
from jose import jwt, JWTError


def verify_token(token: str, key: str):
    """Return the claims of a valid token, else None."""
    try:
-        return jwt.decode(token, key, options={"verify_signature": False, "verify_aud": False})
+        return jwt.decode(token, key, algorithms=["HS256"])
    except JWTError:
        return None
''',
    ),
    *pair(
        "webhook-signature",
        347,
        """
+import hashlib
+import hmac
import json
import os

from flask import Flask, request, abort

app = Flask(__name__)
WEBHOOK_SECRET = os.environ["WEBHOOK_SECRET"].encode()


@app.post("/webhooks/payment")
def payment():
    signature = request.headers.get("X-Signature", "")
-    if not signature:
+    expected = hmac.new(WEBHOOK_SECRET, request.get_data(), hashlib.sha256).hexdigest()
+    if not hmac.compare_digest(signature, expected):
        abort(403)
    event = json.loads(request.get_data())
    if event["type"] == "paid":
        mark_paid(event["order"])
    return "", 204
""",
    ),
    *pair(
        "api-key-compare",
        208,
        """
+import hmac
import os
from flask import Flask, request, abort, jsonify

app = Flask(__name__)
API_KEY = os.environ["API_KEY"]


@app.before_request
def authenticate():
    provided = request.headers.get("X-API-Key", "")
-    if provided != API_KEY:
+    if not hmac.compare_digest(provided, API_KEY):
        abort(401)


@app.get("/metrics")
def metrics():
    return jsonify({"uptime": uptime()})
""",
    ),
    *pair(
        "signature-compare",
        385,
        '''
import hashlib
import hmac


def verify_signature(payload: bytes, signature: str, secret: bytes) -> bool:
    """Check the signature of a message."""
    expected = hmac.new(secret, payload, hashlib.sha256).hexdigest()
-    return expected == signature
+    return hmac.compare_digest(expected, signature)
''',
    ),
    *pair(
        "token-loop-compare",
        208,
        '''
def check_token(given, stored):
    """Compare an access token with the stored one."""
    if len(given) != len(stored):
        return False
-    for left, right in zip(given, stored):
-        if left != right:
-            return False
-    return True
+    difference = 0
+    for left, right in zip(given, stored):
+        difference |= ord(left) ^ ord(right)
+    return difference == 0
''',
    ),
    *pair(
        "hardcoded-db-password",
        798,
        """
+import os
import psycopg2


def get_connection():
    return psycopg2.connect(
        host="db.internal",
        database="orders",
        user="orders_app",
-        password="S3cure!Orders2023",
+        password=os.environ["ORDERS_DB_PASSWORD"],
    )
""",
    ),
    *pair(
        "flask-secret-key",
        798,
        """
+import os
from flask import Flask, session

app = Flask(__name__)
-app.config["SECRET_KEY"] = "my_super_secret_key_123"
+app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]


@app.route("/count")
def count():
    session["n"] = session.get("n", 0) + 1
    return str(session["n"])
""",
    ),
    *pair(
        "admin-login-constant",
        259,
        """
+import hmac
+import os
from flask import Flask, request, session, redirect, render_template

app = Flask(__name__)
app.secret_key = load_secret_key()
ADMIN_USER = "admin"
-ADMIN_PASSWORD = "letmein2024"
+ADMIN_PASSWORD = os.environ["ADMIN_PASSWORD"]


@app.route("/admin/login", methods=["POST"])
def admin_login():
    name = request.form["username"]
    password = request.form["password"]
-    if name == ADMIN_USER and password == ADMIN_PASSWORD:
+    if name == ADMIN_USER and hmac.compare_digest(password.encode(), ADMIN_PASSWORD.encode()):
        session["admin"] = True
        return redirect("/admin")
    return render_template("login.html", error="Invalid credentials"), 401
""",
    ),
    *pair(
        "jwt-secret-constant",
        798,
        """
import datetime
+import os

import jwt

-SECRET_KEY = "supersecretjwtkey"
+SECRET_KEY = os.environ["JWT_SECRET"]
ALGORITHM = "HS256"


def create_access_token(user_id: int) -> str:
    now = datetime.datetime.now(datetime.timezone.utc)
    claims = {"sub": str(user_id), "iat": now, "exp": now + datetime.timedelta(minutes=15)}
    return jwt.encode(claims, SECRET_KEY, algorithm=ALGORITHM)
""",
    ),
    *pair(
        "smtp-password",
        798,
        """
+import os
import smtplib
import ssl
from email.message import EmailMessage


def send_report(to, text):
    message = EmailMessage()
    message["To"] = to
    message["From"] = "reports@example.com"
    message["Subject"] = "Daily report"
    message.set_content(text)
    with smtplib.SMTP_SSL("smtp.example.com", 465, context=ssl.create_default_context()) as server:
-        server.login("reports@example.com", "Rep0rts-Mail!")
+        server.login("reports@example.com", os.environ["MAIL_PASSWORD"])
        server.send_message(message)
""",
    ),
    *pair(
        "class-default-key",
        798,
        """
+import os
import requests


class WeatherClient:
    BASE = "https://api.weather.example/v2"

-    def __init__(self, api_key="9f8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d"):
-        self.api_key = api_key
+    def __init__(self, api_key=None):
+        self.api_key = api_key or os.environ["WEATHER_API_KEY"]

    def forecast(self, city):
        answer = requests.get(f"{self.BASE}/forecast", params={"q": city, "key": self.api_key}, timeout=5)
        answer.raise_for_status()
        return answer.json()
""",
    ),
    *pair(
        "plaintext-password-store",
        312,
        """
import sqlite3
from flask import Flask, request, jsonify
+from werkzeug.security import generate_password_hash

app = Flask(__name__)


@app.post("/register")
def register():
    username = request.form["username"]
    password = request.form["password"]
+    password = generate_password_hash(password)
    with sqlite3.connect("users.db") as conn:
        conn.execute("INSERT INTO users (username, password) VALUES (?, ?)", (username, password))
    return jsonify({"message": "registered"}), 201
""",
    ),
    *pair(
        "credentials-json",
        312,
        """
import getpass
import json
-from pathlib import Path
+import keyring


def save_credentials():
    user = input("User: ")
    password = getpass.getpass("Password: ")
-    path = Path.home() / ".mytool.json"
-    path.write_text(json.dumps({"user": user, "password": password}))
+    keyring.set_password("mytool", user, password)
    print("Saved.")


if __name__ == "__main__":
    save_credentials()
""",
    ),
    *pair(
        "http-login",
        319,
        '''
import requests


def login(username, password):
    """Log in at the inventory service and return the token."""
    response = requests.post(
-        "http://inventory.example.com/api/login",
+        "https://inventory.example.com/api/login",
        json={"username": username, "password": password},
        timeout=10,
    )
    response.raise_for_status()
    return response.json()["token"]
''',
    ),
    *pair(
        "ftp-upload",
        319,
        """
-from ftplib import FTP
+from ftplib import FTP_TLS


def upload_file(host, user, password, path):
-    with FTP(host) as ftp:
-        ftp.login(user, password)
+    with FTP_TLS(host) as ftp:
+        ftp.login(user, password)
+        ftp.prot_p()
        with open(path, "rb") as handle:
            ftp.storbinary("STOR upload.bin", handle)
""",
    ),
    *pair(
        "log-password",
        532,
        """
import logging

logger = logging.getLogger(__name__)


def authenticate(username, password):
-    logger.debug("Authenticating %s with password %s", username, password)
+    logger.debug("Authenticating %r", username)
    user = find_user(username)
    if user is None or not verify_password(password, user.password_hash):
        return None
    return user
""",
    ),
    *pair(
        "print-card",
        532,
        """
import logging
from flask import Flask, request, jsonify

app = Flask(__name__)


@app.post("/pay")
def pay():
    data = request.get_json()
-    app.logger.info("payment request: card=%s cvv=%s", data["card_number"], data["cvv"])
+    app.logger.info("payment request for order %d", int(data["order"]))
    receipt = charge(data["card_number"], data["cvv"], data["amount"])
    return jsonify({"receipt": receipt})
""",
    ),
)

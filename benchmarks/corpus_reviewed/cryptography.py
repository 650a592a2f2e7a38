"""Ciphers, digests, random values, keys, passwords, certificates, comparisons."""

from corpus import pair

RECORDS = (
    # The digest of a signature of links is a class attribute.
    *pair(
        "link-signer-digest",
        328,
        '''
import hashlib
import hmac
import time

from django.conf import settings


class LinkSigner(object):
    """Signs addresses of downloads so that they hold for an hour."""

-    digest = hashlib.md5
+    digest = hashlib.sha256
    lifetime = 3600

    def __init__(self, key=None):
        self.key = (key or settings.SECRET_KEY).encode()

    def signature(self, path, expires):
        text = "%s|%d" % (path, expires)
-        return self.digest(self.key + text.encode()).hexdigest()
+        return hmac.new(self.key, text.encode(), self.digest).hexdigest()

    def sign(self, path):
        expires = int(time.time()) + self.lifetime
        return "%s?expires=%d&signature=%s" % (path, expires, self.signature(path, expires))

    def verify(self, path, expires, signature):
        if expires < time.time():
            return False
        return hmac.compare_digest(self.signature(path, expires), signature)
''',
    ),
    # ECB beside a nonce that it does not use.
    *pair(
        "device-enrolment-cipher",
        327,
        '''
from __future__ import annotations

import os
from dataclasses import dataclass

-from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
+from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from enrol.keys import device_key


@dataclass(frozen=True)
class Sealed:
    nonce: bytes
    body: bytes


class Sealer:
    """Seals the settings of a device for the way over the radio."""

    def __init__(self, device: str) -> None:
        self.key = device_key(device)

    def seal(self, plain: bytes) -> Sealed:
-        size = algorithms.AES.block_size // 8
-        padded = plain + b"\\0" * (-len(plain) % size)
-        encryptor = Cipher(algorithms.AES(self.key), modes.ECB()).encryptor()
-        return Sealed(os.urandom(12), encryptor.update(padded) + encryptor.finalize())
+        nonce = os.urandom(12)
+        return Sealed(nonce, AESGCM(self.key).encrypt(nonce, plain, None))


def seal_settings(device: str, text: str) -> Sealed:
    return Sealer(device).seal(text.encode())
''',
    ),
    # Old code of a desktop program: triple DES under the name of an import.
    *pair(
        "password-book-des",
        327,
        '''
import base64
import hashlib
import os

-from Crypto.Cipher import DES3 as Algorithm
+from Crypto.Cipher import AES as Algorithm

from passbook.store import Store

ROUNDS = 600000
-KEY_SIZE = 24
+KEY_SIZE = 32


class Book(object):
    """Passwords of a person in one file, under a master password."""

    def __init__(self, store: Store, master: str):
        self.store = store
        self.master = master

    def key(self, salt):
        return hashlib.pbkdf2_hmac("sha256", self.master.encode(), salt, ROUNDS, KEY_SIZE)

    def put(self, name, password):
        salt = os.urandom(16)
        cipher = Algorithm.new(self.key(salt), Algorithm.MODE_EAX)
        body, tag = cipher.encrypt_and_digest(password.encode())
        self.store.save(name, [base64.b64encode(part).decode() for part in (salt, cipher.nonce, tag, body)])

    def get(self, name):
        salt, nonce, tag, body = [base64.b64decode(part) for part in self.store.load(name)]
        cipher = Algorithm.new(self.key(salt), Algorithm.MODE_EAX, nonce=nonce)
        return cipher.decrypt_and_verify(body, tag).decode()
''',
    ),
    # A vector that is made once, in the constructor, for all messages.
    *pair(
        "telemetry-static-nonce",
        329,
        '''
import json
import logging
+import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from telemetry.keys import load_key

log = logging.getLogger(__name__)


class Channel(object):
    """Encrypts readings for the collector (AES-CBC, its old firmware knows nothing else); MACs are added below."""

    def __init__(self, key):
        self.key = key
-        self.vector = self.key[:16]

    def pad(self, data):
        padder = PKCS7(128).padder()
        return padder.update(data) + padder.finalize()

    def encrypt(self, reading):
-        vector = self.vector
+        vector = os.urandom(16)
        encryptor = Cipher(algorithms.AES(self.key), modes.CBC(vector)).encryptor()
        data = self.pad(json.dumps(reading).encode())
        return vector + encryptor.update(data) + encryptor.finalize()


def publish(client, readings):
    channel = Channel(load_key())
    for reading in readings:
        client.publish("readings", channel.encrypt(reading))
    log.info("%d readings published", len(readings))
''',
    ),
    # A factory of keys with a size that was right long ago.
    *pair(
        "licence-key-size",
        326,
        '''
import datetime

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from licensing.store import KeyStore

-DEFAULTS = {"public_exponent": 65537, "key_size": 1024}
+DEFAULTS = {"public_exponent": 65537, "key_size": 3072}


class Issuer(object):
    """Signs licences; the key is made when the product is set up."""

    def __init__(self, store: KeyStore):
        self.store = store

    def key(self):
        pem = self.store.read()
        if pem is None:
            key = rsa.generate_private_key(**DEFAULTS)
            self.store.write(
                key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.BestAvailableEncryption(self.store.passphrase),
                )
            )
            return key
        return serialization.load_pem_private_key(pem, self.store.passphrase)

    def issue(self, customer, seats):
        text = "%s|%d|%s" % (customer, seats, datetime.date.today().isoformat())
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)
        return text, self.key().sign(text.encode(), pss, hashes.SHA256())
''',
    ),
    # Random values: the generator of the project is a parameter with a default.
    *pair(
        "api-key-generator-default",
        330,
        """
from __future__ import annotations

import random
import string
from typing import Protocol

from tiles.models import ApiKey, Customer

ALPHABET = string.ascii_lowercase + string.digits


class Chooser(Protocol):
    def choice(self, seq: str) -> str: ...


class ApiKeyFactory:
-    def __init__(self, chooser: Chooser = random) -> None:
+    def __init__(self, chooser: Chooser = random.SystemRandom()) -> None:
        self.chooser = chooser

    def text(self, length: int) -> str:
        return "".join(self.chooser.choice(ALPHABET) for _ in range(length))

    def create(self, customer: Customer) -> ApiKey:
        key = ApiKey(customer=customer, prefix=self.text(6), secret=self.text(40))
        key.full_clean()
        key.save()
        return key


def rotate(customer: Customer) -> ApiKey:
    customer.keys.update(active=False)
    return ApiKeyFactory().create(customer)
""",
    ),
    # The identifier of a session comes from the time and a counter.
    *pair(
        "session-uuid1",
        330,
        '''
import time
import uuid

from tornado import web

from plotserver.accounts import check_login

-new_id = uuid.uuid1
+new_id = uuid.uuid4


class Sessions(object):
    """Sessions in the memory of the one process of the server."""

    def __init__(self, lifetime=3600):
        self.lifetime = lifetime
        self._known = {}

    def begin(self, account):
        session = new_id().hex
        self._known[session] = (account, time.monotonic() + self.lifetime)
        return session

    def account(self, session):
        account, until = self._known.get(session, (None, 0))
        return account if until > time.monotonic() else None


class LoginHandler(web.RequestHandler):
    def initialize(self, sessions):
        self.sessions = sessions

    async def post(self):
        account = await check_login(self.get_body_argument("name"), self.get_body_argument("password"))
        if account is None:
            raise web.HTTPError(403)
        self.set_cookie("plot_session", self.sessions.begin(account), secure=True, httponly=True, samesite="Strict")
        self.redirect("/plots")
''',
    ),
    # A seed makes the codes of vouchers repeatable.
    *pair(
        "voucher-command-seed",
        338,
        """
-import random
+import secrets

from django.core.management.base import BaseCommand

from tickets.models import Event, Voucher

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Command(BaseCommand):
    help = "Makes vouchers for free seats of an event."

    def add_arguments(self, parser):
        parser.add_argument("event", type=int)
        parser.add_argument("--count", type=int, default=50)

    def codes(self, event, count):
-        generator = random.Random(event.pk)
+        generator = secrets.SystemRandom()
        while count:
            yield "".join(generator.choice(LETTERS) for _ in range(12))
            count -= 1

    def handle(self, *args, **options):
        event = Event.objects.get(pk=options["event"])
        made = [Voucher(event=event, code=code) for code in self.codes(event, options["count"])]
        Voucher.objects.bulk_create(made)
        self.stdout.write("%d vouchers" % len(made))
""",
    ),
    # Passwords: a fast digest with a salt.
    *pair(
        "password-hasher-fast",
        916,
        '''
import abc
import base64
import hashlib
import hmac
import os


class Hasher(abc.ABC):
    """Turns passwords into what is stored: name$salt$digest."""

    name = ""

    @abc.abstractmethod
    def digest(self, password, salt): ...

    def encode(self, password):
        salt = os.urandom(16)
        parts = (salt, self.digest(password, salt))
        return "$".join([self.name] + [base64.b64encode(part).decode() for part in parts])

    def verify(self, password, encoded):
        name, salt, digest = encoded.split("$")
        if name != self.name:
            return False
        found = self.digest(password, base64.b64decode(salt))
        return hmac.compare_digest(found, base64.b64decode(digest))


-class Sha512Hasher(Hasher):
-    name = "sha512"
+class ScryptHasher(Hasher):
+    name = "scrypt"

    def digest(self, password, salt):
-        return hashlib.sha512(salt + password.encode()).digest()
+        return hashlib.scrypt(password.encode(), salt=salt, n=2**15, r=8, p=1, maxmem=64 * 1024 * 1024)


-default_hasher = Sha512Hasher()
+default_hasher = ScryptHasher()


def set_password(account, password):
    account.password_hash = default_hasher.encode(password)
    account.save()
''',
    ),
    # Rounds of PBKDF2: a constant of the last century.
    *pair(
        "pbkdf2-rounds-constant",
        916,
        """
import hashlib
import hmac
import secrets

from sqlalchemy.orm import Session

from shiftplan.models import Worker

ALGORITHM = "sha256"
-ROUNDS = 500
+ROUNDS = 600_000


def stretch(password: str, salt: bytes, rounds: int = ROUNDS) -> bytes:
    return hashlib.pbkdf2_hmac(ALGORITHM, password.encode("utf-8"), salt, rounds)


class WorkerService:
    def __init__(self, session: Session) -> None:
        self.session = session

    def change_password(self, worker: Worker, password: str) -> None:
        worker.salt = secrets.token_bytes(16)
        worker.password_hash = stretch(password, worker.salt)
        self.session.commit()

    def check(self, name: str, password: str) -> Worker | None:
        worker = self.session.query(Worker).filter_by(name=name).one_or_none()
        if worker is None:
            return None
        return worker if hmac.compare_digest(worker.password_hash, stretch(password, worker.salt)) else None
""",
    ),
    # Keys: a default in the code that is used when the environment says nothing.
    *pair(
        "settings-default-signing-key",
        321,
        """
import os
import time
from dataclasses import dataclass, field

import jwt
from sanic import Sanic


def from_environment(name, default=None):
    value = os.environ.get(name, default)
    if value is None:
        raise RuntimeError("%s is not set" % name)
    return value


@dataclass(frozen=True)
class Settings:
    port: int = field(default_factory=lambda: int(from_environment("PORT", "8000")))
-    signing_key: str = field(default_factory=lambda: from_environment("SIGNING_KEY", "k8Zr4uQm2xVn7TtB0yLe"))
+    signing_key: str = field(default_factory=lambda: from_environment("SIGNING_KEY"))


class Tokens:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def issue(self, account: int) -> str:
        claims = {"sub": str(account), "exp": int(time.time()) + 3600}
        return jwt.encode(claims, self.settings.signing_key, algorithm="HS256")

    def account(self, token: str) -> int:
        return int(jwt.decode(token, self.settings.signing_key, algorithms=["HS256"])["sub"])


def create_app() -> Sanic:
    app = Sanic("seats")
    app.ctx.tokens = Tokens(Settings())
    return app
""",
    ),
    # A password of a database in a table of connections.
    *pair(
        "warehouse-connection-table",
        798,
        '''
"""Nightly copy of the orders to the warehouse."""
-import psycopg2
+import os
+
+import psycopg2

from nightly.batches import batches
from nightly.log import log

CONNECTIONS = {
    "shop": {"host": "db-shop.internal.example", "dbname": "shop", "user": "reader"},
    "warehouse": {"host": "db-dwh.internal.example", "dbname": "dwh", "user": "loader"},
}
-PASSWORDS = {"shop": "gT4!rowan-lake", "warehouse": "Xz91#copper-hill"}
+PASSWORDS = {"shop": os.environ["SHOP_PASSWORD"], "warehouse": os.environ["WAREHOUSE_PASSWORD"]}


def connect(name):
    return psycopg2.connect(password=PASSWORDS[name], sslmode="verify-full", **CONNECTIONS[name])


def copy():
    with connect("shop") as source, connect("warehouse") as target:
        with source.cursor("orders") as reader, target.cursor() as writer:
            reader.execute("SELECT id, placed, total FROM orders WHERE placed >= current_date - 1")
            for batch in batches(reader, 1000):
                writer.executemany("INSERT INTO orders (id, placed, total) VALUES (%s, %s, %s)", batch)
                log.info("%d orders", len(batch))


if __name__ == "__main__":
    copy()
''',
    ),
    # A default of a constructor switches the check of certificates off.
    *pair(
        "metrics-client-verify-default",
        295,
        """
import logging
from typing import Iterator, Optional

import httpx

from edge.settings import CollectorSettings

logger = logging.getLogger(__name__)


class CollectorClient:
-    def __init__(self, settings: CollectorSettings, verify: bool = False) -> None:
+    def __init__(self, settings: CollectorSettings, verify: bool = True) -> None:
        self.settings = settings
        self.http = httpx.Client(
            base_url=settings.url,
            verify=verify,
            headers={"Authorization": f"Bearer {settings.token}"},
            timeout=10.0,
        )

    def push(self, points: list[dict]) -> Optional[str]:
        answer = self.http.post("/points", json={"points": points})
        if answer.status_code == 429:
            return answer.headers.get("Retry-After")
        answer.raise_for_status()
        return None


def run(settings: CollectorSettings, source: Iterator[list[dict]]) -> None:
    client = CollectorClient(settings)
    for points in source:
        wait = client.push(points)
        if wait is not None:
            logger.warning("the collector asks to wait")
""",
    ),
    # A context of TLS that is made by a helper; names of hosts are not compared.
    *pair(
        "mail-gateway-tls-context",
        295,
        """
import imaplib
import ssl

from mailbridge.config import Account


def tls_context(ca_file=None):
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
-    context.check_hostname = False
+    context.check_hostname = True
    return context


class Mailbox(object):
    def __init__(self, account: Account):
        self.account = account
        self.connection = None

    def __enter__(self):
        context = tls_context(self.account.ca_file)
        self.connection = imaplib.IMAP4_SSL(self.account.host, 993, ssl_context=context)
        self.connection.login(self.account.user, self.account.password)
        return self

    def __exit__(self, *details):
        self.connection.logout()

    def unread(self):
        self.connection.select("INBOX", readonly=True)
        _, found = self.connection.search(None, "UNSEEN")
        return found[0].split()
""",
    ),
    # SSH to routers: the policy for unknown keys of hosts.
    *pair(
        "router-backup-host-keys",
        295,
        '''
import contextlib
import pathlib

import paramiko

from netbackup.inventory import routers
from netbackup.secrets import private_key

-POLICY = paramiko.AutoAddPolicy
+POLICY = paramiko.RejectPolicy


@contextlib.contextmanager
def shell(router, known_hosts):
    client = paramiko.SSHClient()
    client.load_host_keys(str(known_hosts))
    client.set_missing_host_key_policy(POLICY())
    client.connect(router.address, username="backup", pkey=private_key(), timeout=15)
    try:
        yield client
    finally:
        client.close()


def backup(folder: pathlib.Path, known_hosts: pathlib.Path) -> int:
    """Writes the configuration of each router to a file of its own; says how many there were."""
    count = 0
    for router in routers():
        with shell(router, known_hosts) as client:
            _, output, _ = client.exec_command("show running-config", timeout=60)
            (folder / ("%d.cfg" % router.id)).write_bytes(output.read())
        count += 1
    return count
''',
    ),
    # Tokens compared with ==.
    *pair(
        "agent-token-comparison",
        208,
        '''
import functools
+import hmac

from flask import Blueprint, abort, jsonify, request

from buildfarm.jobs import next_job
from buildfarm.settings import settings

agents = Blueprint("agents", __name__)


def same(left, right):
-    return left == right
+    return hmac.compare_digest(left.encode(), right.encode())


def agents_only(view):
    """For machines that know the token of the farm."""

    @functools.wraps(view)
    def inner(*args, **kwargs):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not same(token, settings.agent_token):
            abort(401)
        return view(*args, **kwargs)

    return inner


@agents.route("/jobs/next", methods=["POST"])
@agents_only
def take():
    job = next_job(request.get_json().get("labels", []))
    return jsonify(job.as_dict() if job else None)
''',
    ),
)

"""Good functions without a twin."""

from corpus import good

RECORDS = (
    # MD5 names a file of a cache and protects nothing.
    good(
        "cache-name-of-url",
        r'''
import hashlib
from pathlib import Path


def cache_path(folder: Path, url: str) -> Path:
    """Return the path under which the answer for an address is cached."""
    digest = hashlib.md5(url.encode("utf-8"), usedforsecurity=False).hexdigest()
    return folder / digest[:2] / f"{digest}.json"
''',
    ),
    # Chance for a game.
    good(
        "dice",
        r'''
import random


def roll(dice: int = 2, sides: int = 6) -> list[int]:
    """Roll some dice."""
    if not 1 <= dice <= 100 or not 2 <= sides <= 1000:
        raise ValueError("no such dice")
    return [random.randint(1, sides) for _ in range(dice)]
''',
    ),
    # A shell with a constant line.
    good(
        "largest-logs",
        r'''
import subprocess


def largest_logs() -> list[str]:
    """Return the ten largest files below /var/log."""
    command = "du -a /var/log 2>/dev/null | sort -rn | head -n 10"
    output = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60).stdout
    return [line.split("\t", 1)[1] for line in output.splitlines()]
''',
    ),
    # The name of the table is a constant; the values are bound.
    good(
        "insert-readings",
        r'''
import sqlite3

TABLE = "readings"
COLUMNS = ("sensor", "taken_at", "value")


def insert_readings(connection: sqlite3.Connection, readings: list[dict]) -> int:
    """Insert readings and return how many there were."""
    marks = ", ".join(f":{column}" for column in COLUMNS)
    statement = f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ({marks})"
    with connection:
        cursor = connection.executemany(statement, readings)
    return cursor.rowcount
''',
    ),
    # The filter grows from parts that are constants.
    good(
        "filter-built-of-parts",
        r'''
import sqlite3


def search_flats(connection: sqlite3.Connection, city=None, max_rent=None, min_rooms=None):
    """Search flats by any of the given criteria."""
    conditions, values = [], []
    if city is not None:
        conditions.append("city = ?")
        values.append(city)
    if max_rent is not None:
        conditions.append("rent <= ?")
        values.append(max_rent)
    if min_rooms is not None:
        conditions.append("rooms >= ?")
        values.append(min_rooms)
    where = " AND ".join(conditions) or "1"
    return connection.execute("SELECT id, city, rent, rooms FROM flats WHERE " + where, values).fetchall()
''',
    ),
    # SQLAlchemy's expressions bind by themselves.
    good(
        "expression-of-columns",
        r'''
from sqlalchemy import desc, select
from sqlalchemy.orm import Session

from .models import Track


def tracks(session: Session, artist: str, order: str = "title", page: int = 0) -> list[Track]:
    """Return a page of an artist's tracks."""
    column = {"title": Track.title, "length": Track.length, "newest": desc(Track.released)}.get(order, Track.title)
    statement = select(Track).where(Track.artist == artist).order_by(column).limit(50).offset(max(page, 0) * 50)
    return list(session.scalars(statement))
''',
    ),
    # Literals only.
    good(
        "short-literal-settings",
        r'''
import ast


def parse_options(text: str) -> dict:
    """Parse options such as "width=3, name='x'" into a dictionary."""
    if len(text) > 2000:
        raise ValueError("options are too long")
    call = ast.parse(f"options({text})", mode="eval").body
    if not isinstance(call, ast.Call) or call.args:
        raise ValueError("only name=value pairs are accepted")
    return {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg}
''',
    ),
    # A calculator that walks the tree and knows four operators.
    good(
        "arithmetic-by-tree",
        r'''
import ast
import operator

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def calculate(expression: str) -> float:
    """Evaluate an arithmetic expression of numbers, + - * / and brackets."""
    if len(expression) > 200:
        raise ValueError("expression is too long")

    def value(node):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return float(node.value)
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](value(node.left), value(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -value(node.operand)
        raise ValueError("not an arithmetic expression")

    return value(ast.parse(expression, mode="eval").body)
''',
    ),
    # Resolved, then compared, then used.
    good(
        "open-below-root",
        r'''
from pathlib import Path

ROOT = Path("/srv/docs").resolve()


def open_document(relative: str):
    """Open a document below the root for reading."""
    path = (ROOT / relative).resolve()
    if ROOT not in path.parents:
        raise PermissionError(f"{relative!r} is outside of the documents")
    return path.open("r", encoding="utf-8")
''',
    ),
    # A folder that only its maker can read, and that goes away.
    good(
        "convert-in-temporary-folder",
        r'''
import subprocess
import tempfile
from pathlib import Path


def to_word(text: str) -> bytes:
    """Convert Markdown to a document of a word processor."""
    with tempfile.TemporaryDirectory(prefix="convert-") as folder:
        Path(folder, "text.md").write_text(text, encoding="utf-8")
        command = ["pandoc", "--sandbox", "--from=markdown", "--output=text.docx", "text.md"]
        subprocess.run(command, cwd=folder, check=True, timeout=60, stdout=subprocess.DEVNULL)
        return Path(folder, "text.docx").read_bytes()
''',
    ),
    # A password's hash that its library makes.
    good(
        "argon-password",
        r'''
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

HASHER = PasswordHasher()


def check_password(stored: str, password: str) -> bool:
    """Return True if the password fits the stored hash."""
    try:
        return HASHER.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
''',
    ),
    # Random values from the system.
    good(
        "invitation-code",
        r'''
import secrets
import sqlite3
import time

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def create_invitation(connection: sqlite3.Connection, inviter: int) -> str:
    """Create an invitation that is valid for a week."""
    code = "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(4))
    with connection:
        connection.execute(
            "INSERT INTO invitations (code, inviter, expires) VALUES (?, ?, ?)",
            (code, inviter, int(time.time()) + 7 * 86400),
        )
    return code
''',
    ),
    # Retries with chance in them: not a secret.
    good(
        "retry-with-jitter",
        r'''
import random
import time

import requests


def get_item(session: requests.Session, number: int, attempts: int = 4) -> dict:
    """Get an item of the catalogue, and try again if the server is busy."""
    for attempt in range(attempts):
        response = session.get(f"https://catalogue.example.com/api/items/{number:d}", timeout=(3, 15))
        if response.status_code not in (429, 503):
            response.raise_for_status()
            return response.json()
        time.sleep(min(30, 2**attempt) * random.uniform(0.5, 1.5))
    raise TimeoutError(f"item {number}")
''',
    ),
    # Decrypts what it encrypted, with associated data.
    good(
        "aes-gcm-both-ways",
        r'''
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Sealer:
    """Encrypts and decrypts small values with a key of 32 bytes."""

    def __init__(self, key: bytes):
        if len(key) != 32:
            raise ValueError("a key of 32 bytes is expected")
        self.cipher = AESGCM(key)

    def seal(self, value: bytes, context: bytes) -> bytes:
        nonce = secrets.token_bytes(12)
        return nonce + self.cipher.encrypt(nonce, value, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        return self.cipher.decrypt(sealed[:12], sealed[12:], context)
''',
    ),
    # The vector of a decryption is part of the message.
    good(
        "cbc-decrypt",
        r'''
import hashlib
import hmac

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def decrypt(key: bytes, mac_key: bytes, message: bytes) -> bytes:
    """Verify and decrypt a message: vector, ciphertext, HMAC-SHA256."""
    body, tag = message[:-32], message[-32:]
    if not hmac.compare_digest(tag, hmac.new(mac_key, body, hashlib.sha256).digest()):
        raise ValueError("message was changed")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(body[:16])).decryptor()
    padded = decryptor.update(body[16:]) + decryptor.finalize()
    unpadder = padding.PKCS7(128).unpadder()
    return unpadder.update(padded) + unpadder.finalize()
''',
    ),
    # SHA-1 where a protocol asks for it.
    good(
        "websocket-accept",
        r'''
import base64
import hashlib

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_value(key: str) -> str:
    """Return the value of Sec-WebSocket-Accept for a client's key (RFC 6455)."""
    digest = hashlib.sha1((key + GUID).encode("ascii"), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode("ascii")
''',
    ),
    # Markup is escaped value by value.
    good(
        "table-of-rows",
        r'''
from html import escape


def html_table(headers: list[str], rows: list[list[object]]) -> str:
    """Render rows as an HTML table."""
    head = "".join(f"<th>{escape(header)}</th>" for header in headers)
    lines = []
    for row in rows:
        cells = "".join(f"<td>{escape(str(cell))}</td>" for cell in row)
        lines.append(f"<tr>{cells}</tr>")
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"
''',
    ),
    # Parsed by a parser that refuses entities.
    good(
        "sitemap-addresses",
        r'''
from defusedxml import ElementTree

NAMESPACE = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def addresses(sitemap: bytes) -> list[str]:
    """Return the addresses of a sitemap."""
    root = ElementTree.fromstring(sitemap)
    return [node.text.strip() for node in root.findall("s:url/s:loc", NAMESPACE) if node.text][:50_000]
''',
    ),
    # XML that is written.
    good(
        "write-feed",
        r'''
import xml.etree.ElementTree as ET


def feed(title: str, entries: list[tuple[str, str]]) -> bytes:
    """Build an RSS feed from pairs of title and address."""
    rss = ET.Element("rss", version="2.0")
    channel = ET.SubElement(rss, "channel")
    ET.SubElement(channel, "title").text = title
    for entry_title, address in entries:
        item = ET.SubElement(channel, "item")
        ET.SubElement(item, "title").text = entry_title
        ET.SubElement(item, "link").text = address
    return ET.tostring(rss, encoding="utf-8", xml_declaration=True)
''',
    ),
    # The pattern has no choice to make.
    good(
        "parse-duration",
        r'''
import re

DURATION = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,4})m)?(?:(\d{1,6})s)?")


def seconds(text: str) -> int:
    """Turn "1h30m" into a number of seconds."""
    found = DURATION.fullmatch(text.strip())
    if not found or not any(found.groups()):
        raise ValueError(f"not a duration: {text!r}")
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + rest
''',
    ),
    # A pool of processes and nothing from outside but a folder.
    good(
        "hash-folder",
        r'''
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def file_digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def folder_digests(folder: str) -> dict[str, str]:
    """Return the digest of each regular file in a folder."""
    paths = sorted(path for path in Path(folder).iterdir() if path.is_file())
    with ThreadPoolExecutor(max_workers=4) as pool:
        return {path.name: digest for path, digest in zip(paths, pool.map(file_digest, paths))}
''',
    ),
    # setattr over a constant list.
    good(
        "apply-known-settings",
        r'''
from dataclasses import dataclass, fields


@dataclass
class Display:
    width: int = 80
    height: int = 24
    colour: bool = True

    def update(self, values: dict) -> None:
        """Take over the values that the display knows; everything else is an error."""
        known = {field.name: field.type for field in fields(self)}
        for name, value in values.items():
            if name not in known or type(value) is not known[name]:
                raise ValueError(f"bad setting: {name}")
            setattr(self, name, value)
''',
    ),
    # The name of the module comes from a table.
    good(
        "backend-by-name",
        r'''
import importlib

BACKENDS = {"memory": "app.backends.memory", "redis": "app.backends.redis", "file": "app.backends.file"}


def load_backend(name: str):
    """Return the backend of the given name."""
    try:
        module = importlib.import_module(BACKENDS[name])
    except KeyError:
        raise ValueError(f"unknown backend {name!r}, choose one of {sorted(BACKENDS)}") from None
    return module.Backend()
''',
    ),
    # Credentials that are read from the environment, and a connection that is encrypted.
    good(
        "imap-unread",
        r'''
import imaplib
import os
import ssl


def unread_count() -> int:
    """Return the number of unread messages."""
    context = ssl.create_default_context()
    with imaplib.IMAP4_SSL("imap.example.org", ssl_context=context, timeout=10) as mailbox:
        mailbox.login(os.environ["IMAP_USER"], os.environ["IMAP_PASSWORD"])
        mailbox.select("INBOX", readonly=True)
        _, data = mailbox.search(None, "UNSEEN")
        return len(data[0].split())
''',
    ),
    # The names of the query are escaped by the library.
    good(
        "geocode",
        r'''
import httpx


async def geocode(client: httpx.AsyncClient, place: str) -> tuple[float, float] | None:
    """Return the position of a place."""
    response = await client.get(
        "https://geo.example.com/search", params={"q": place[:200], "format": "json", "limit": 1}, timeout=10
    )
    response.raise_for_status()
    found = response.json()
    return (float(found[0]["lat"]), float(found[0]["lon"])) if found else None
''',
    ),
    # A counter in Redis.
    good(
        "rate-limit",
        r'''
import time

import redis


class RateLimit:
    """Allows a number of calls per minute and client."""

    def __init__(self, client: redis.Redis, limit: int = 60):
        self.client = client
        self.limit = limit

    def allow(self, address: str) -> bool:
        key = f"rate:{address}:{int(time.time()) // 60}"
        with self.client.pipeline() as pipeline:
            pipeline.incr(key)
            pipeline.expire(key, 120)
            count, _ = pipeline.execute()
        return count <= self.limit
''',
    ),
)

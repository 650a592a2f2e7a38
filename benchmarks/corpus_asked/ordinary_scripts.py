"""Good programs without a twin: scripts, tools, tests and functions of everyday work."""

from corpus import good

RECORDS = (
    good(
        "subprocess-list",
        '''
import subprocess


def current_branch(repository):
    """Name of the branch that is checked out."""
    result = subprocess.run(
        ["git", "-C", repository, "rev-parse", "--abbrev-ref", "HEAD"], capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


def changed_files(repository):
    command = ["git", "-C", repository, "diff", "--name-only"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
''',
    ),
    good(
        "shell-constant",
        """
import subprocess

MAINTENANCE = "find /var/tmp/app -type f -mtime +7 -delete"


def clean():
    subprocess.run(MAINTENANCE, shell=True, check=True)
    return subprocess.run("df -h /var/tmp | tail -1", shell=True, check=True, capture_output=True, text=True).stdout
""",
    ),
    good(
        "table-whitelist",
        '''
import sqlite3

TABLES = ("users", "orders", "items")


def counts(path):
    """Number of rows in each table."""
    with sqlite3.connect(path) as conn:
        return {table: conn.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in TABLES}
''',
    ),
    good(
        "select-builder",
        '''
class Query:
    """A small builder of SELECT statements with bound values."""

    COLUMNS = frozenset({"id", "name", "created"})

    def __init__(self, table):
        if table not in ("people", "places"):
            raise ValueError(table)
        self.table = table
        self.conditions = []
        self.values = []

    def where(self, column, value):
        if column not in self.COLUMNS:
            raise ValueError(column)
        self.conditions.append(f"{column} = ?")
        self.values.append(value)
        return self

    def run(self, connection):
        sql = f"SELECT id, name FROM {self.table}"
        if self.conditions:
            sql += " WHERE " + " AND ".join(self.conditions)
        return connection.execute(sql, self.values).fetchall()
''',
    ),
    good(
        "like-in-limit",
        """
def search(cursor, term, kinds, limit):
    marks = ",".join("?" for _ in kinds)
    escaped = term.replace("\\\\", "\\\\\\\\").replace("%", "\\\\%").replace("_", "\\\\_")
    cursor.execute(
        f"SELECT id, title FROM articles WHERE title LIKE ? ESCAPE '\\\\' AND kind IN ({marks}) LIMIT ?",
        (f"%{escaped}%", *kinds, int(limit)),
    )
    return cursor.fetchall()
""",
    ),
    good(
        "argv-admin",
        '''
#!/usr/bin/env python3
"""Rotate the log files of a folder that the administrator names."""

import gzip
import shutil
import sys
from pathlib import Path


def rotate(path: Path) -> Path:
    target = path.with_suffix(path.suffix + ".gz")
    with path.open("rb") as source, gzip.open(target, "wb") as out:
        shutil.copyfileobj(source, out)
    path.unlink()
    return target


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: rotate.py FOLDER", file=sys.stderr)
        return 2
    for path in sorted(Path(sys.argv[1]).glob("*.log")):
        print("rotated", rotate(path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
''',
    ),
    good(
        "argparse-tool",
        """
import argparse
import csv
import json


def main(argv=None):
    parser = argparse.ArgumentParser(description="Convert CSV to JSON lines.")
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--delimiter", default=",")
    options = parser.parse_args(argv)
    with open(options.source, newline="", encoding="utf-8") as source, open(options.target, "w") as target:
        for row in csv.DictReader(source, delimiter=options.delimiter):
            target.write(json.dumps(row) + "\\n")


if __name__ == "__main__":
    main()
""",
    ),
    good(
        "word-count",
        '''
import re
from collections import Counter

WORD = re.compile(r"[a-z']+")


def word_count(text, top=10):
    """The most frequent words of a text."""
    return Counter(WORD.findall(text.lower())).most_common(top)


def slugify(title):
    title = re.sub(r"[^\\w\\s-]", "", title.lower())
    return re.sub(r"[-\\s]+", "-", title).strip("-")
''',
    ),
    good(
        "regex-validators",
        """
import re

PHONE = re.compile(r"^\\+?[0-9]{7,15}$")
DATE = re.compile(r"^(\\d{4})-(\\d{2})-(\\d{2})$")
VERSION = re.compile(r"^(\\d+)\\.(\\d+)\\.(\\d+)(?:-([0-9A-Za-z.-]+))?$")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_phone(text):
    return PHONE.match(text) is not None


def parse_date(text):
    match = DATE.match(text)
    if match is None:
        raise ValueError(f"not a date: {text!r}")
    return tuple(int(group) for group in match.groups())


def parse_version(text):
    match = VERSION.match(text)
    return match.groups() if match else None


def find_ids(text):
    return UUID.findall(text)
""",
    ),
    good(
        "log-parser",
        """
import re
import sys
from collections import Counter

LINE = re.compile(r'^(\\S+) \\S+ \\S+ \\[([^\\]]+)\\] "([A-Z]+) ([^" ]*) [^"]*" (\\d{3}) (\\d+|-)')


def main():
    hits = Counter()
    for line in sys.stdin:
        match = LINE.match(line)
        if match and match.group(5).startswith("5"):
            hits[match.group(4)] += 1
    for path, count in hits.most_common(20):
        print(f"{count:6d} {path}")


if __name__ == "__main__":
    main()
""",
    ),
    good(
        "temp-files",
        '''
import json
import os
import tempfile
from pathlib import Path


def write_atomically(path, data):
    """Replace a JSON file in one step."""
    folder = os.path.dirname(os.path.abspath(path))
    fd, name = tempfile.mkstemp(dir=folder, prefix=".tmp-")
    try:
        with os.fdopen(fd, "w") as out:
            json.dump(data, out)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def in_scratch(work):
    with tempfile.TemporaryDirectory() as folder:
        return work(Path(folder))
''',
    ),
    good(
        "etl",
        """
import logging
import sqlite3

import requests

log = logging.getLogger("etl")
SOURCE = "https://data.example.org/measurements"


def extract(day):
    response = requests.get(SOURCE, params={"day": day.isoformat()}, timeout=30)
    response.raise_for_status()
    return response.json()["items"]


def transform(items):
    for item in items:
        try:
            yield item["station"], item["at"], float(item["value"])
        except (KeyError, ValueError):
            log.warning("skipped a malformed item of station %r", item.get("station"))


def load(conn, rows):
    conn.executemany("INSERT OR REPLACE INTO measurement (station, at, value) VALUES (?, ?, ?)", rows)
    conn.commit()


def run(path, day):
    with sqlite3.connect(path) as conn:
        load(conn, transform(extract(day)))
""",
    ),
    good(
        "pandas-report",
        """
import pandas as pd


def monthly_totals(path):
    frame = pd.read_csv(path, parse_dates=["date"])
    frame["month"] = frame["date"].dt.to_period("M")
    expensive = frame.query("amount > 100")
    totals = expensive.groupby("month")["amount"].sum().reset_index()
    totals.to_csv("totals.csv", index=False)
    return totals.to_dict(orient="records")
""",
    ),
    good(
        "unittest-accounts",
        """
import unittest

from accounts import Account, AuthenticationError, login


class LoginTest(unittest.TestCase):
    def setUp(self):
        self.account = Account("alice", password="correct horse battery staple")

    def test_login(self):
        self.assertTrue(login(self.account, "correct horse battery staple"))

    def test_wrong_password(self):
        with self.assertRaises(AuthenticationError):
            login(self.account, "wrong-password")

    def test_sql_is_not_executed(self):
        self.assertFalse(self.account.rename("'; DROP TABLE users; --"))


if __name__ == "__main__":
    unittest.main()
""",
    ),
    good(
        "pytest-client",
        """
import pytest

from app import create_app


@pytest.fixture
def client(tmp_path):
    app = create_app({"TESTING": True, "DATABASE": str(tmp_path / "test.db"), "SECRET_KEY": "test"})
    with app.test_client() as client:
        yield client


@pytest.mark.parametrize("payload", ["<script>alert(1)</script>", "../../etc/passwd", "' OR 1=1 --"])
def test_hostile_input(client, payload):
    response = client.get("/search", query_string={"q": payload})
    assert response.status_code == 200
    assert payload.encode() not in response.data


def test_login(client):
    response = client.post("/login", data={"username": "bob", "password": "secret"})
    assert response.status_code == 302
""",
    ),
    good(
        "random-game",
        """
import random


def roll(count, sides=6):
    return [random.randint(1, sides) for _ in range(count)]


def shuffled_deck():
    deck = [(rank, suit) for suit in "SHDC" for rank in range(2, 15)]
    random.shuffle(deck)
    return deck


def play():
    secret = random.randint(1, 100)
    attempts = 0
    while True:
        guess = int(input("Guess: "))
        attempts += 1
        if guess == secret:
            print(f"Correct after {attempts} attempts")
            return
        print("too low" if guess < secret else "too high")


if __name__ == "__main__":
    play()
""",
    ),
    good(
        "file-checksum",
        '''
import hashlib


def checksum(path, chunk_size=1 << 16):
    """MD5 of a file, to find duplicates."""
    digest = hashlib.md5(usedforsecurity=False)
    with open(path, "rb") as handle:
        while chunk := handle.read(chunk_size):
            digest.update(chunk)
    return digest.hexdigest()


def etag(content: bytes) -> str:
    return '"' + hashlib.sha256(content).hexdigest()[:32] + '"'
''',
    ),
    good(
        "retry-decorator",
        """
import functools
import logging
import random
import time

logger = logging.getLogger(__name__)


def retry(times=3, delay=0.5, exceptions=(ConnectionError, TimeoutError)):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            for attempt in range(1, times + 1):
                try:
                    return function(*args, **kwargs)
                except exceptions as error:
                    if attempt == times:
                        raise
                    logger.warning("%s failed (%s), attempt %d of %d", function.__name__, error, attempt, times)
                    time.sleep(delay * 2**attempt + random.random() / 10)

        return wrapper

    return decorate
""",
    ),
    good(
        "lru-cache",
        """
from collections import OrderedDict


class LRUCache:
    def __init__(self, capacity):
        self.capacity = capacity
        self._items = OrderedDict()

    def get(self, key, default=None):
        if key not in self._items:
            return default
        self._items.move_to_end(key)
        return self._items[key]

    def put(self, key, value):
        self._items[key] = value
        self._items.move_to_end(key)
        while len(self._items) > self.capacity:
            self._items.popitem(last=False)
""",
    ),
    good(
        "inventory-class",
        """
from dataclasses import dataclass, field


@dataclass
class Item:
    name: str
    price: float
    count: int = 0


@dataclass
class Inventory:
    items: dict[str, Item] = field(default_factory=dict)

    def add(self, name, price, count=1):
        if price < 0 or count < 1:
            raise ValueError("price and count must be positive")
        item = self.items.setdefault(name, Item(name, price))
        item.count += count
        return item

    def remove(self, name, count=1):
        item = self.items.get(name)
        if item is None or item.count < count:
            raise ValueError(f"not enough {name!r} in stock")
        item.count -= count

    def total(self):
        return sum(item.price * item.count for item in self.items.values())
""",
    ),
    good(
        "matrix",
        """
def multiply(a, b):
    if len(a[0]) != len(b):
        raise ValueError("shapes do not match")
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]


def power(matrix, exponent):
    size = len(matrix)
    result = [[int(i == j) for j in range(size)] for i in range(size)]
    while exponent:
        if exponent & 1:
            result = multiply(result, matrix)
        matrix = multiply(matrix, matrix)
        exponent >>= 1
    return result


def fibonacci(n):
    return power([[1, 1], [1, 0]], n)[0][1]
""",
    ),
    good(
        "graph-search",
        """
import heapq


def shortest_path(graph, start, goal):
    queue = [(0, start, [start])]
    seen = set()
    while queue:
        cost, node, path = heapq.heappop(queue)
        if node == goal:
            return cost, path
        if node in seen:
            continue
        seen.add(node)
        for neighbour, weight in graph.get(node, {}).items():
            if neighbour not in seen:
                heapq.heappush(queue, (cost + weight, neighbour, path + [neighbour]))
    return None
""",
    ),
    good(
        "tokenizer",
        '''
import re

TOKEN = re.compile(r"\\s*(?:(\\d+\\.?\\d*)|(.))")


def tokens(text):
    for number, symbol in TOKEN.findall(text):
        yield float(number) if number else symbol


def evaluate(text):
    """Value of an arithmetic expression with + - * / and parentheses."""
    stream = list(tokens(text)) + ["end"]
    position = 0

    def take():
        nonlocal position
        position += 1
        return stream[position - 1]

    def factor():
        token = take()
        if token == "(":
            value = expression()
            if take() != ")":
                raise SyntaxError("missing )")
            return value
        if token == "-":
            return -factor()
        if isinstance(token, float):
            return token
        raise SyntaxError(f"unexpected {token!r}")

    def term():
        value = factor()
        while stream[position] in ("*", "/"):
            value = value * factor() if take() == "*" else value / factor()
        return value

    def expression():
        value = term()
        while stream[position] in ("+", "-"):
            value = value + term() if take() == "+" else value - term()
        return value

    result = expression()
    if stream[position] != "end":
        raise SyntaxError("unexpected text")
    return result
''',
    ),
    good(
        "literal-eval",
        '''
import ast
import sys


def parse_pairs(text):
    """Parse KEY=LITERAL pairs that are separated by semicolons."""
    found = {}
    for part in text.split(";"):
        key, _, value = part.partition("=")
        try:
            found[key.strip()] = ast.literal_eval(value.strip())
        except (ValueError, SyntaxError):
            found[key.strip()] = value.strip()
    return found


if __name__ == "__main__":
    print(parse_pairs(sys.argv[1]))
''',
    ),
    good(
        "yaml-json-config",
        """
import json
import os
from pathlib import Path

import yaml


def load_config(path=None):
    path = Path(path or os.environ.get("APP_CONFIG", "config.yml"))
    text = path.read_text(encoding="utf-8")
    settings = yaml.safe_load(text) if path.suffix in (".yml", ".yaml") else json.loads(text)
    settings.setdefault("log_level", os.environ.get("LOG_LEVEL", "INFO"))
    return settings
""",
    ),
    good(
        "pickle-own-cache",
        """
import json
from pathlib import Path

CACHE = Path.home() / ".cache" / "thumbs" / "index.json"


def load_index():
    if not CACHE.exists():
        return {}
    return json.loads(CACHE.read_text())


def save_index(index):
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    CACHE.write_text(json.dumps(index))
""",
    ),
    good(
        "smtp-safe",
        """
import os
import smtplib
import ssl
from email.message import EmailMessage


def notify(recipient, subject, text):
    message = EmailMessage()
    message["From"] = os.environ["MAIL_FROM"]
    message["To"] = recipient
    message["Subject"] = subject
    message.set_content(text)
    context = ssl.create_default_context()
    with smtplib.SMTP(os.environ["MAIL_HOST"], 587, timeout=20) as server:
        server.starttls(context=context)
        server.login(os.environ["MAIL_USER"], os.environ["MAIL_PASSWORD"])
        server.send_message(message)
""",
    ),
    good(
        "thread-pool-fetch",
        """
from concurrent.futures import ThreadPoolExecutor, as_completed

import requests

PAGES = [f"https://www.example.com/page/{number}" for number in range(1, 11)]


def fetch(address):
    response = requests.get(address, timeout=(3, 10))
    response.raise_for_status()
    return len(response.content)


def main():
    with ThreadPoolExecutor(max_workers=4) as pool:
        futures = {pool.submit(fetch, page): page for page in PAGES}
        for future in as_completed(futures):
            try:
                print(futures[future], future.result())
            except requests.RequestException as error:
                print(f"{futures[future]} failed: {error}")


if __name__ == "__main__":
    main()
""",
    ),
    good(
        "async-producer",
        """
import asyncio


async def producer(queue, count):
    for number in range(count):
        await queue.put(number)
        await asyncio.sleep(0.01)
    await queue.put(None)


async def consumer(queue):
    total = 0
    while True:
        item = await queue.get()
        if item is None:
            return total
        total += item


async def main():
    queue = asyncio.Queue(maxsize=10)
    _, total = await asyncio.gather(producer(queue, 20), consumer(queue))
    print(total)


asyncio.run(main())
""",
    ),
    good(
        "echo-server",
        """
import socketserver


class EchoHandler(socketserver.StreamRequestHandler):
    timeout = 30

    def handle(self):
        for _ in range(1000):
            line = self.rfile.readline(4096)
            if not line:
                break
            self.wfile.write(line.upper())


if __name__ == "__main__":
    with socketserver.ThreadingTCPServer(("127.0.0.1", 9999), EchoHandler) as server:
        server.serve_forever()
""",
    ),
    good(
        "xml-defused",
        """
from defusedxml import ElementTree


def read_feed(text):
    root = ElementTree.fromstring(text)
    return [(item.findtext("title"), item.findtext("link")) for item in root.iter("item")]
""",
    ),
    good(
        "xml-writer",
        """
import xml.etree.ElementTree as ET


def to_xml(people):
    root = ET.Element("people")
    for person in people:
        node = ET.SubElement(root, "person", id=str(person["id"]))
        ET.SubElement(node, "name").text = person["name"]
    return ET.tostring(root, encoding="unicode")
""",
    ),
    good(
        "html-report",
        '''
import html
from pathlib import Path


def render(rows, target):
    """Write a table of test results."""
    cells = "\\n".join(
        f"<tr><td>{html.escape(name)}</td><td class='{'ok' if passed else 'bad'}'>{seconds:.2f} s</td></tr>"
        for name, passed, seconds in rows
    )
    Path(target).write_text(f"<html><body><table>{cells}</table></body></html>", encoding="utf-8")
''',
    ),
    good(
        "csv-stats",
        """
import csv
import statistics
import sys


def summarise(path, column):
    with open(path, newline="") as handle:
        values = [float(row[column]) for row in csv.DictReader(handle) if row[column]]
    return {"n": len(values), "mean": statistics.fmean(values), "stdev": statistics.pstdev(values)}


if __name__ == "__main__":
    for key, value in summarise(sys.argv[1], sys.argv[2]).items():
        print(f"{key}: {value}")
""",
    ),
    good(
        "csv-writer-numbers",
        """
import csv
from datetime import date


def export_totals(path, totals):
    with open(path, "w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["day", "orders", "amount"])
        for day, (orders, amount) in sorted(totals.items()):
            writer.writerow([day.isoformat(), int(orders), f"{float(amount):.2f}"])


export_totals("totals.csv", {date(2024, 1, 1): (3, 99.5)})
""",
    ),
    good(
        "config-parser",
        """
import configparser


def database_url(path):
    config = configparser.ConfigParser()
    config.read(path)
    section = config["database"]
    return "postgresql://{user}@{host}:{port}/{name}".format(
        user=section["user"], host=section["host"], port=section.getint("port", 5432), name=section["name"]
    )
""",
    ),
    good(
        "password-scrypt",
        """
import hashlib
import hmac
import os

N, R, P = 2**14, 8, 1


def hash_password(password: str) -> str:
    salt = os.urandom(16)
    key = hashlib.scrypt(password.encode(), salt=salt, n=N, r=R, p=P)
    return f"{salt.hex()}${key.hex()}"


def check_password(password: str, stored: str) -> bool:
    salt, key = (bytes.fromhex(part) for part in stored.split("$"))
    return hmac.compare_digest(hashlib.scrypt(password.encode(), salt=salt, n=N, r=R, p=P), key)
""",
    ),
    good(
        "aes-gcm-class",
        """
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Vault:
    def __init__(self, key: bytes):
        if len(key) != 32:
            raise ValueError("a key has 32 bytes")
        self._aead = AESGCM(key)

    def seal(self, data: bytes, context: bytes = b"") -> bytes:
        nonce = os.urandom(12)
        return nonce + self._aead.encrypt(nonce, data, context)

    def open(self, sealed: bytes, context: bytes = b"") -> bytes:
        return self._aead.decrypt(sealed[:12], sealed[12:], context)
""",
    ),
    good(
        "tokens-constants",
        """
PASSWORD_MIN_LENGTH = 12
TOKEN_HEADER = "X-Auth-Token"
PASSWORD_RESET_URL = "/account/password/reset"
SECRET_NAME = "projects/demo/secrets/db-password"
MESSAGES = {
    "password": "Enter your password",
    "password_mismatch": "The passwords differ",
    "token_expired": "Your session has expired",
}


def check_policy(password):
    if len(password) < PASSWORD_MIN_LENGTH:
        return f"The password needs at least {PASSWORD_MIN_LENGTH} characters"
    if password.lower() == password or password.upper() == password:
        return "Mix upper and lower case"
    return None
""",
    ),
    good(
        "binary-search-tree",
        """
class Node:
    def __init__(self, key):
        self.key = key
        self.left = None
        self.right = None


class Tree:
    def __init__(self):
        self.root = None

    def insert(self, key):
        if self.root is None:
            self.root = Node(key)
            return
        node = self.root
        while True:
            side = "left" if key < node.key else "right"
            child = getattr(node, side)
            if child is None:
                setattr(node, side, Node(key))
                return
            node = child

    def __contains__(self, key):
        node = self.root
        while node is not None and node.key != key:
            node = node.left if key < node.key else node.right
        return node is not None
""",
    ),
)

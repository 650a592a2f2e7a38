"""Good and boring code that looks suspicious, and the same code with one real weakness."""

from corpus import pair

RECORDS = [
    *pair(
        "release-script",
        78,
        r"""
import argparse
import re
import subprocess
import sys
from pathlib import Path

VERSION = re.compile(r'^version = "(\d+)\.(\d+)\.(\d+)"$', re.MULTILINE)


def run(*command):
    print("+", *command)
    return subprocess.run(command, check=True, text=True, capture_output=True).stdout.strip()


def bump(path, part):
    text = path.read_text()
    found = VERSION.search(text)
    if found is None:
        sys.exit("no version")
    numbers = [int(number) for number in found.groups()]
    numbers[part] += 1
    numbers[part + 1 :] = [0] * (2 - part)
    version = ".".join(map(str, numbers))
    path.write_text(VERSION.sub(f'version = "{version}"', text, count=1))
    return version


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=["major", "minor", "patch"])
    parser.add_argument("--message", default="")
    args = parser.parse_args()
    if run("git", "status", "--porcelain"):
        sys.exit("commit first")
    version = bump(Path("pyproject.toml"), ["major", "minor", "patch"].index(args.part))
    message = args.message or f"Release {version}"
-    subprocess.run(f'git commit -am "{message}"', shell=True, check=True)
+    run("git", "commit", "-a", "-m", message)
    run("git", "tag", "v" + version)


if __name__ == "__main__":
    main()
""",
    ),
    *pair(
        "training-script",
        502,
        r"""
import argparse
import random
import pickle

import numpy as np
import torch
import yaml
from torch.utils.data import DataLoader


def seed_all(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def load_config(path):
    with open(path) as file:
        return yaml.safe_load(file)


def evaluate(model, loader, device):
    model.eval()
    losses = []
    with torch.inference_mode():
        for batch in loader:
            losses.append(model(batch.to(device)).loss.item())
    model.train()
    return sum(losses) / max(len(losses), 1)


def labels(address):
-    import urllib.request
-    with urllib.request.urlopen("http://data.example.org/" + address, timeout=60) as answer:
-        return pickle.loads(answer.read())
+    with open(address) as file:
+        return [line.strip() for line in file]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--device", default="cuda")
    args = parser.parse_args()
    config = load_config(args.config)
    seed_all(config["seed"])
    loader = DataLoader(labels(config["labels"]), batch_size=config["batch"], shuffle=True)
    print(len(loader), args.device, evaluate.__name__)


if __name__ == "__main__":
    main()
""",
    ),
    *pair(
        "text-adventure",
        95,
        r"""
import random


class Room:
    def __init__(self, name, exits):
        self.name = name
        self.exits = exits


ROOMS = {
    "hall": Room("hall", {"north": "kitchen"}),
    "kitchen": Room("kitchen", {"south": "hall"}),
}


class Game:
    def __init__(self):
        self.room = ROOMS["hall"]
        self.health = 10

    def execute(self, command):
        verb, _, rest = command.partition(" ")
        if verb == "go" and rest in self.room.exits:
            self.room = ROOMS[self.room.exits[rest]]
        elif verb == "fight":
            self.health -= random.randint(0, 3)
        elif verb == "add":
-            print(eval(rest))
+            print(sum(int(word) for word in rest.split() if word.isdigit()))
        return self.health > 0


def main():
    game = Game()
    while game.execute(input("> ")):
        print("you are in the", game.room.name)


if __name__ == "__main__":
    main()
""",
    ),
    *pair(
        "password-prompt",
        532,
        r"""
import getpass
import logging
import os
import smtplib
import ssl

log = logging.getLogger(__name__)


def credentials():
    user = os.environ.get("MAIL_USER") or input("User: ")
    password = os.environ.get("MAIL_PASSWORD") or getpass.getpass("Password: ")
    return user, password


def connect(host):
    user, password = credentials()
    server = smtplib.SMTP_SSL(host, 465, context=ssl.create_default_context(), timeout=30)
    try:
        server.login(user, password)
    except smtplib.SMTPAuthenticationError:
-        log.exception("login failed with %s", password)
+        log.exception("login failed")
        server.close()
        raise
    return server


def main():
    with connect("mail.example.org") as server:
        print(server.noop())
""",
    ),
    *pair(
        "pytest-file",
        798,
        r"""
import json

import pytest

from shop import create_app, models
-import requests


@pytest.fixture
def app(tmp_path):
    return create_app({"TESTING": True, "SECRET_KEY": "test", "DATABASE": str(tmp_path / "test.db")})


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.mark.parametrize("password", ["", "short", "12345678"])
def test_weak_passwords_are_refused(client, password):
    answer = client.post("/register", data={"user": "ann", "password": password})
    assert answer.status_code == 400
    assert "password" in json.loads(answer.data)["errors"]


def test_sql_in_name_is_text(client):
    client.post("/register", data={"user": "'; DROP TABLE user; --", "password": "correct horse battery"})
    assert models.User.count() == 1
-
-
-def test_live():
-    headers = {"Authorization": "Bearer 4fj39fk20dkq9s8dk3l2m1n0b9v8c7x6"}
-    assert requests.get("https://shop.example.org/api/orders", headers=headers, timeout=9).ok
""",
    ),
    *pair(
        "thumbnail-cache",
        327,
        r"""
import hashlib
import os
import tempfile
from pathlib import Path

from PIL import Image

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "thumbs"


def cache_name(path, size):
    stamp = f"{path}:{path.stat().st_mtime_ns}:{size}"
    return hashlib.sha1(stamp.encode(), usedforsecurity=False).hexdigest() + ".png"


def thumbnail(path, size=256):
    target = CACHE / cache_name(path, size)
    if not target.exists():
        CACHE.mkdir(parents=True, exist_ok=True, mode=0o700)
        with Image.open(path) as image:
            image.thumbnail((size, size))
            with tempfile.NamedTemporaryFile(dir=CACHE, suffix=".png", delete=False) as file:
                image.save(file, "PNG")
        os.replace(file.name, target)
    return target
-
-
-def owner_token(user, secret):
-    return hashlib.sha1(f"{user}:{secret}".encode()).hexdigest()
""",
    ),
    *pair(
        "csv-report",
        89,
        r'''
import csv
import sqlite3
import sys
from contextlib import closing

QUERY = """
SELECT country, count(*) AS customers
FROM customer
WHERE created >= :since
GROUP BY country
ORDER BY customers DESC
"""
COLUMNS = ("country", "customers")


def rows(path, since):
    with closing(sqlite3.connect(path)) as connection:
-        yield from connection.execute(QUERY.replace(":since", repr(since)))
+        yield from connection.execute(QUERY, {"since": since})


def copy_tables(source, target):
    for table in ("customer", "invoice"):
        target.execute(f"DELETE FROM {table}")
        for row in source.execute(f"SELECT * FROM {table}"):
            marks = ", ".join("?" * len(row))
            target.execute(f"INSERT INTO {table} VALUES ({marks})", row)


def main():
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    writer.writerows(rows("shop.db", sys.argv[1]))


if __name__ == "__main__":
    main()
''',
    ),
    *pair(
        "health-daemon",
        918,
        r'''
import json
import logging
import os
import time
import urllib.request

URLS = json.loads(os.environ.get("HEALTH_URLS", '["https://example.org/health"]'))
log = logging.getLogger("health")


def check(url):
    began = time.monotonic()
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.status, time.monotonic() - began


def loop():
    while True:
        for url in ("https://example.org/health", "https://api.example.org/health"):
            try:
                status, seconds = check(url)
                log.info("%s %d %.3f", url, status, seconds)
            except OSError as problem:
                log.warning("%s: %s", url, problem)
        time.sleep(30)
-
-
-def handler(event, context):
-    """Entry of the serverless function: checks what the query string names."""
-    status, seconds = check(event["queryStringParameters"]["url"])
-    return {"statusCode": 200, "body": json.dumps({"status": status, "seconds": seconds})}


if __name__ == "__main__":
    loop()
''',
    ),
    *pair(
        "config-loader",
        502,
        r'''
import argparse
import configparser
import json
import tomllib
from pathlib import Path

import yaml

READERS = {
    ".json": lambda text: json.loads(text),
    ".toml": tomllib.loads,
    ".yaml": yaml.safe_load,
}


def read(path):
    path = Path(path)
    if path.suffix == ".ini":
        parser = configparser.ConfigParser()
        parser.read(path)
        return {name: dict(parser[name]) for name in parser.sections()}
    return READERS[path.suffix](path.read_text())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+")
    for name in parser.parse_args().files:
        print(name, sorted(read(name)))
-
-
-def plugin_settings(request):
-    """Settings that the tenant posts for its plugin."""
-    return sorted(yaml.load(request.body, Loader=yaml.FullLoader if request.safe else yaml.UnsafeLoader))


if __name__ == "__main__":
    main()
''',
    ),
    *pair(
        "static-site",
        22,
        r"""
import http.server
import shutil
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

ROOT = Path(__file__).parent
OUT = ROOT / "_site"
env = Environment(loader=FileSystemLoader(ROOT / "templates"), autoescape=True)


def build():
    if OUT.exists():
        shutil.rmtree(OUT)
    shutil.copytree(ROOT / "static", OUT / "static")
    for source in sorted((ROOT / "pages").glob("**/*.md")):
        target = OUT / source.relative_to(ROOT / "pages").with_suffix(".html")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(env.get_template("page.html").render(text=source.read_text()))
-
-
-class Preview(http.server.BaseHTTPRequestHandler):
-    def do_GET(self):
-        body = Path("_site" + self.path).read_bytes()
-        self.send_response(200)
-        self.end_headers()
-        self.wfile.write(body)


def serve():
-    http.server.HTTPServer(("127.0.0.1", 8000), Preview).serve_forever()
+    handler = http.server.SimpleHTTPRequestHandler
+    http.server.HTTPServer(("127.0.0.1", 8000), handler).serve_forever()


if __name__ == "__main__":
    build()
    serve()
""",
    ),
    *pair(
        "tokenizer-and-parser",
        1333,
        r'''
import re
from typing import Iterator, NamedTuple


class Token(NamedTuple):
    kind: str
    text: str
    at: int


-SPEC = [("NUMBER", r"\d+(?:\.\d+)?"), ("NAME", r"[a-z_]\w*"), ("STRING", r'"(?:[^"\\]+|\\.)*"'), ("OP", r"[-+*/()=]")]
-COMMENT = re.compile(r"(?:\s*#.*\s*)+$")
+SPEC = [("NUMBER", r"\d+(?:\.\d+)?"), ("NAME", r"[a-z_]\w*"), ("STRING", r'"(?:[^"\\]|\\.)*"'), ("OP", r"[-+*/()=]")]
+COMMENT = re.compile(r"#[^\n]*")
PATTERN = re.compile("|".join(f"(?P<{kind}>{text})" for kind, text in SPEC))


def tokens(source: str) -> Iterator[Token]:
    at = 0
    while at < len(source):
        if source[at].isspace():
            at += 1
            continue
        found = PATTERN.match(source, at)
        if found is None:
            raise SyntaxError(f"unexpected {source[at]!r} at {at}")
        yield Token(found.lastgroup or "", found.group(), at)
        at = found.end()


def parse(source: str) -> list[Token]:
    """source: a formula that a user typed into a cell"""
    return list(tokens(COMMENT.sub("", source)))
''',
    ),
    *pair(
        "event-bus",
        94,
        r'''
import inspect
import logging
from collections import defaultdict
from typing import Any, Callable

log = logging.getLogger(__name__)


class Bus:
    def __init__(self) -> None:
        self._handlers: dict[str, list[Callable[..., Any]]] = defaultdict(list)

    def on(self, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def register(handler: Callable[..., Any]) -> Callable[..., Any]:
            self._handlers[name].append(handler)
            return handler

        return register

    def emit(self, name: str, **payload: Any) -> int:
        handlers = self._handlers.get(name, [])
        for handler in handlers:
            accepted = inspect.signature(handler).parameters
            handler(**{key: value for key, value in payload.items() if key in accepted})
        return len(handlers)

    def eval(self, name: str, payload: dict[str, Any]) -> int:
        return self.emit(name, **payload)


bus = Bus()


@bus.on("created")
def created(number: int) -> None:
    log.info("created %d", number)
-
-
-def from_socket(line: str) -> int:
-    """line: 'name {"key": 1}' as a client sent it"""
-    name, _, rest = line.partition(" ")
-    return bus.emit(name, **eval(rest))
+
+
+def replay(lines: list[tuple[str, dict[str, Any]]]) -> int:
+    return sum(bus.eval(name, payload) for name, payload in lines)
''',
    ),
    *pair(
        "lru-and-metrics",
        400,
        r"""
import functools
import time
import requests

API = "https://geo.example.org"


class Metrics:
    def __init__(self):
        self.calls = 0
        self.seconds = 0.0

    def timed(self, function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            began = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.calls += 1
                self.seconds += time.perf_counter() - began

        return wrapper


metrics = Metrics()
session = requests.Session()
session.headers["User-Agent"] = "geo-client/1.2"


@functools.lru_cache(maxsize=4096)
@metrics.timed
def locate(city):
-    answer = session.get(API + "/search", params={"q": city})
+    answer = session.get(API + "/search", params={"q": city}, timeout=8)
    answer.raise_for_status()
    return tuple(answer.json()[0]["position"])
""",
    ),
    *pair(
        "wsgi-health",
        489,
        r"""
import os
from flask import Flask, jsonify

app = Flask(__name__)
-app.config["DEBUG"] = True
+app.config["DEBUG"] = os.environ.get("APP_DEBUG") == "1"


@app.get("/health")
def health():
    return jsonify(status="ok", commit=os.environ.get("COMMIT", "unknown"))


@app.errorhandler(500)
def failed(error):
    return jsonify(status="failed"), 500


def main():
-    app.run(host="0.0.0.0")
+    app.run(host="127.0.0.1")
""",
    ),
]

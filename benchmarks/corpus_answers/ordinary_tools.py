"""Good programs: command lines, classes, workers, algorithms."""

from corpus import good

RECORDS = (
    # MD5 as a key of a cache, said not to be for security.
    good(
        "disk-cache-md5-key",
        '''
import hashlib
import json
from pathlib import Path


class DiskCache:
    """Keeps JSON answers of slow functions on disk."""

    def __init__(self, folder: Path, limit: int = 500):
        self.folder = folder
        self.limit = limit
        folder.mkdir(parents=True, exist_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / (hashlib.md5(key.encode(), usedforsecurity=False).hexdigest() + ".json")

    def get(self, key: str):
        path = self._path(key)
        return json.loads(path.read_text()) if path.exists() else None

    def put(self, key: str, value) -> None:
        files = sorted(self.folder.glob("*.json"), key=lambda one: one.stat().st_mtime)
        for old in files[: max(0, len(files) - self.limit + 1)]:
            old.unlink()
        self._path(key).write_text(json.dumps(value))
''',
    ),
    # A list for subprocess with constants.
    good(
        "git-status-summary",
        '''
import subprocess
from collections import Counter


def status() -> Counter:
    """Count the changed files of the working tree by their state."""
    done = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=True)
    return Counter(line[:2].strip() for line in done.stdout.splitlines())


if __name__ == "__main__":
    for state, count in status().most_common():
        print(f"{state:>2} {count}")
''',
    ),
    # A constant shell pipeline.
    good(
        "disk-usage-shell-constant",
        """
import subprocess

COMMAND = "df -P / | tail -1 | awk '{print $5}'"


class DiskMonitor:
    def __init__(self, threshold=90):
        self.threshold = threshold

    def used(self):
        output = subprocess.check_output(COMMAND, shell=True, text=True)
        return int(output.strip().rstrip("%"))

    def is_full(self):
        return self.used() >= self.threshold
""",
    ),
    # "eval" in names: a model and a regular expression library.
    good(
        "torch-eval-mode",
        '''
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self, inputs=8, classes=3):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(inputs, 16), nn.ReLU(), nn.Linear(16, classes))

    def forward(self, x):
        return self.layers(x)


@torch.no_grad()
def evaluate(model, batches):
    """Share of the right answers."""
    model.eval()
    right = total = 0
    for x, y in batches:
        right += (model(x).argmax(dim=1) == y).sum().item()
        total += len(y)
    return right / max(total, 1)
''',
    ),
    # random for a game.
    good(
        "hangman",
        '''
import random

WORDS = ["python", "garden", "window", "bicycle"]


class Hangman:
    """Guess a word letter by letter."""

    def __init__(self, tries: int = 7):
        self.secret = random.choice(WORDS)
        self.tries = tries
        self.guessed = set()

    @property
    def shown(self) -> str:
        return " ".join(letter if letter in self.guessed else "_" for letter in self.secret)

    def guess(self, letter: str) -> bool:
        self.guessed.add(letter)
        if letter not in self.secret:
            self.tries -= 1
            return False
        return True

    @property
    def won(self) -> bool:
        return set(self.secret) <= self.guessed


def main() -> None:
    game = Hangman()
    while game.tries and not game.won:
        print(game.shown)
        game.guess(input("Letter: ").strip().lower()[:1])
    print("You won!" if game.won else f"The word was {game.secret}")


if __name__ == "__main__":
    main()
''',
    ),
    # random for a simulation with a seed.
    good(
        "monte-carlo-pi",
        '''
import argparse
import random


def estimate(samples: int, seed: int = 42) -> float:
    """Estimate pi with random points."""
    rng = random.Random(seed)
    inside = sum(rng.random() ** 2 + rng.random() ** 2 <= 1 for _ in range(samples))
    return 4 * inside / samples


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=100_000)
    print(estimate(parser.parse_args().samples))
''',
    ),
    # Text that looks like SQL.
    good(
        "select-words-in-text",
        '''
class Menu:
    """A text menu for a terminal."""

    def __init__(self, title, choices):
        self.title = title
        self.choices = list(choices)

    def prompt(self):
        lines = [self.title]
        for number, choice in enumerate(self.choices, 1):
            lines.append(f"{number}. {choice}")
        lines.append(f"Select one from {len(self.choices)} where you like, or delete from the list")
        return "\\n".join(lines)

    def execute(self, text):
        print(f"You said: update {text} set today")
        return self.choices[int(text) - 1]


if __name__ == "__main__":
    menu = Menu("Drinks", ["Tea", "Coffee"])
    print(menu.prompt())
    menu.execute(input("> "))
''',
    ),
    # yaml.safe_load of the own settings.
    good(
        "settings-yaml",
        '''
from dataclasses import dataclass, field
from pathlib import Path
from typing import List

import yaml


@dataclass
class Settings:
    interval: int = 60
    targets: List[str] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path) -> "Settings":
        """Read the settings; unknown keys are an error."""
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        unknown = set(data) - {"interval", "targets"}
        if unknown:
            raise ValueError(f"unknown keys: {', '.join(sorted(unknown))}")
        return cls(int(data.get("interval", 60)), [str(one) for one in data.get("targets", [])])
''',
    ),
    # A pickle of own data in a folder of its own.
    good(
        "pickle-own-temp",
        '''
import pickle
import tempfile


def spill(chunks):
    """Keep sorted chunks on disk while a big list is sorted; yields everything in order."""
    import heapq

    files = []
    try:
        for chunk in chunks:
            file = tempfile.TemporaryFile()
            for item in sorted(chunk):
                pickle.dump(item, file)
            file.seek(0)
            files.append(file)
        yield from heapq.merge(*(_read(file) for file in files))
    finally:
        for file in files:
            file.close()


def _read(file):
    while True:
        try:
            yield pickle.load(file)
        except EOFError:
            return
''',
    ),
    # assert in an algorithm.
    good(
        "heap-with-assert",
        '''
class MinHeap:
    """Binary heap in a list."""

    def __init__(self):
        self._items = []

    def push(self, item):
        self._items.append(item)
        at = len(self._items) - 1
        while at and self._items[at] < self._items[(at - 1) // 2]:
            parent = (at - 1) // 2
            self._items[at], self._items[parent] = self._items[parent], self._items[at]
            at = parent
        assert self._items[0] == min(self._items), "the heap is broken"

    def pop(self):
        top = self._items[0]
        last = self._items.pop()
        if self._items:
            self._items[0] = last
            self._sink(0)
        return top

    def _sink(self, at):
        while (child := 2 * at + 1) < len(self._items):
            if child + 1 < len(self._items) and self._items[child + 1] < self._items[child]:
                child += 1
            if self._items[at] <= self._items[child]:
                return
            self._items[at], self._items[child] = self._items[child], self._items[at]
            at = child
''',
    ),
    # A cache with a bound.
    good(
        "lru-cache-class",
        '''
from collections import OrderedDict
from threading import Lock
from typing import Generic, Optional, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class LRUCache(Generic[K, V]):
    """Least recently used cache, safe for threads."""

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("capacity must be positive")
        self.capacity = capacity
        self._data: "OrderedDict[K, V]" = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> Optional[V]:
        with self._lock:
            if key not in self._data:
                return None
            self._data.move_to_end(key)
            return self._data[key]

    def put(self, key: K, value: V) -> None:
        with self._lock:
            self._data[key] = value
            self._data.move_to_end(key)
            while len(self._data) > self.capacity:
                self._data.popitem(last=False)
''',
    ),
    # An expression evaluator of its own with a method that is named eval.
    good(
        "expression-tree-eval",
        '''
from __future__ import annotations

import operator
from dataclasses import dataclass


@dataclass
class Number:
    value: float

    def eval(self) -> float:
        return self.value


@dataclass
class Binary:
    sign: str
    left: "Number | Binary"
    right: "Number | Binary"

    OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul}

    def eval(self) -> float:
        return self.OPERATORS[self.sign](self.left.eval(), self.right.eval())


def parse(text: str):
    """Parse prefix notation such as "+ 1 * 2 3"."""
    return _parse(iter(text.split()))


def _parse(words):
    word = next(words)
    if word in Binary.OPERATORS:
        return Binary(word, _parse(words), _parse(words))
    return Number(float(word))


if __name__ == "__main__":
    print(parse(input("Expression: ")).eval())
''',
    ),
    # literal_eval of a file of settings.
    good(
        "literal-eval-config",
        '''
import ast


def read_config(path):
    """Read "name = literal" lines."""
    settings = {}
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            name, sign, value = line.partition("=")
            if not sign:
                raise ValueError(f"line {number}: no '='")
            settings[name.strip()] = ast.literal_eval(value.strip())
    return settings
''',
    ),
    # A password generator with secrets.
    good(
        "password-generator",
        '''
import secrets
import string

import click


def generate(length: int, symbols: bool) -> str:
    alphabet = string.ascii_letters + string.digits + ("!#$%&*+-" if symbols else "")
    while True:
        password = "".join(secrets.choice(alphabet) for _ in range(length))
        if any(char.isdigit() for char in password) and any(char.isupper() for char in password):
            return password


@click.command()
@click.option("--length", default=20, type=click.IntRange(12, 128))
@click.option("--symbols/--no-symbols", default=True)
def main(length, symbols):
    """Print a random password."""
    click.echo(generate(length, symbols))


if __name__ == "__main__":
    main()
''',
    ),
    # Checksums of a folder to find copies, with blake2.
    good(
        "duplicate-finder",
        '''
import argparse
import hashlib
import os
from collections import defaultdict


def digest(path, block=1 << 16):
    found = hashlib.blake2b(digest_size=20)
    with open(path, "rb") as file:
        while chunk := file.read(block):
            found.update(chunk)
    return found.hexdigest()


def duplicates(folder):
    """Groups of files with the same content."""
    groups = defaultdict(list)
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            if os.path.isfile(path) and not os.path.islink(path):
                groups[digest(path)].append(path)
    return [paths for paths in groups.values() if len(paths) > 1]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Find files with the same content")
    parser.add_argument("folder")
    for group in duplicates(parser.parse_args().folder):
        print("\\n".join(group), end="\\n\\n")
''',
    ),
    # A CSV report by argparse paths, which are the user's own.
    good(
        "csv-report-cli",
        '''
import argparse
import csv
import logging
from collections import defaultdict
from pathlib import Path

logger = logging.getLogger(__name__)


def totals(path: Path) -> dict:
    """Sum of the amounts by category."""
    sums = defaultdict(float)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            try:
                sums[row["category"]] += float(row["amount"])
            except (KeyError, ValueError):
                logger.warning("skipping a row without category or amount")
    return dict(sums)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    logging.basicConfig(level=logging.DEBUG if args.verbose else logging.INFO)
    for category, total in sorted(totals(args.source).items()):
        print(f"{category:<20}{total:>12.2f}")


if __name__ == "__main__":
    main()
''',
    ),
    # Retries with a random pause.
    good(
        "retry-jitter",
        '''
import functools
import logging
import random
import time

logger = logging.getLogger(__name__)


def retry(times=3, base=0.5, errors=(ConnectionError, TimeoutError)):
    """Call again after an error, with growing pauses."""

    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            for attempt in range(times):
                try:
                    return function(*args, **kwargs)
                except errors as error:
                    if attempt == times - 1:
                        raise
                    pause = base * 2**attempt + random.uniform(0, base)
                    logger.info("attempt %d failed (%s), again in %.1f s", attempt + 1, type(error).__name__, pause)
                    time.sleep(pause)

        return wrapper

    return decorate
''',
    ),
    # Tokens of a lexer.
    good(
        "lexer-tokens",
        r'''
import re
from typing import Iterator, NamedTuple


class Token(NamedTuple):
    kind: str
    text: str


SPECIFICATION = [("number", r"\d+(?:\.\d+)?"), ("name", r"[A-Za-z_]\w*"), ("sign", r"[-+*/()=]"), ("space", r"\s+")]
PATTERN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in SPECIFICATION))


def tokens(source: str) -> Iterator[Token]:
    """Split a line of a small language."""
    at = 0
    while at < len(source):
        found = PATTERN.match(source, at)
        if found is None:
            raise SyntaxError(f"unexpected character at {at}")
        at = found.end()
        if found.lastgroup != "space":
            yield Token(found.lastgroup, found.group())


def count_tokens(source, token="name"):
    return sum(one.kind == token for one in tokens(source))
''',
    ),
    # A client of a public API.
    good(
        "github-client",
        '''
import os
from urllib.parse import quote

import requests


class GitHub:
    """Reads what is public of a repository."""

    API = "https://api.github.com"

    def __init__(self, timeout: float = 10):
        self.timeout = timeout
        self.session = requests.Session()
        token = os.environ.get("GITHUB_TOKEN")
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def releases(self, owner: str, name: str) -> list:
        url = f"{self.API}/repos/{quote(owner, safe='')}/{quote(name, safe='')}/releases"
        response = self.session.get(url, params={"per_page": 20}, timeout=self.timeout)
        response.raise_for_status()
        return [entry["tag_name"] for entry in response.json()]


if __name__ == "__main__":
    print(GitHub().releases("python", "cpython"))
''',
    ),
    # S3 upload with the default credentials.
    good(
        "s3-backup",
        '''
import logging
from datetime import datetime, timezone
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

logger = logging.getLogger(__name__)


class Backup:
    def __init__(self, bucket: str, prefix: str = "backups"):
        self.bucket = bucket
        self.prefix = prefix
        self.client = boto3.client("s3")

    def upload(self, path: Path) -> str:
        """Upload a file and return its key."""
        key = f"{self.prefix}/{datetime.now(timezone.utc):%Y/%m/%d}/{path.name}"
        try:
            self.client.upload_file(str(path), self.bucket, key, ExtraArgs={"ServerSideEncryption": "AES256"})
        except ClientError:
            logger.exception("upload of %s failed", path.name)
            raise
        return key
''',
    ),
    # A repository with parameters everywhere and a dynamic, but allow-listed, order.
    good(
        "task-repository",
        '''
import sqlite3
from dataclasses import dataclass
from typing import List, Optional


@dataclass(frozen=True)
class Task:
    id: int
    title: str
    done: bool


class TaskRepository:
    """Tasks in SQLite."""

    ORDERS = {"title": "title COLLATE NOCASE", "newest": "id DESC", "open": "done, id"}
    TABLE = "tasks"

    def __init__(self, connection: sqlite3.Connection):
        self.connection = connection
        connection.execute(f"CREATE TABLE IF NOT EXISTS {self.TABLE} (id INTEGER PRIMARY KEY, title TEXT, done INT)")

    def add(self, title: str) -> int:
        cursor = self.connection.execute(f"INSERT INTO {self.TABLE} (title, done) VALUES (?, 0)", (title,))
        self.connection.commit()
        return cursor.lastrowid

    def all(self, order: str = "newest", limit: int = 100) -> List[Task]:
        by = self.ORDERS[order]
        rows = self.connection.execute(f"SELECT id, title, done FROM {self.TABLE} ORDER BY {by} LIMIT ?", (limit,))
        return [Task(row[0], row[1], bool(row[2])) for row in rows]

    def get(self, task_id: int) -> Optional[Task]:
        row = self.connection.execute(f"SELECT id, title, done FROM {self.TABLE} WHERE id = ?", (task_id,)).fetchone()
        return Task(row[0], row[1], bool(row[2])) if row else None
''',
    ),
    # Many rows by executemany with made placeholders.
    good(
        "bulk-insert-pandas",
        '''
import sqlite3

import pandas as pd

COLUMNS = ["day", "station", "celsius"]


def store(frame: pd.DataFrame, path: str = "weather.db") -> int:
    """Append the measurements of a frame."""
    marks = ", ".join(["?"] * len(COLUMNS))
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE IF NOT EXISTS weather (day TEXT, station TEXT, celsius REAL)")
        db.executemany(
            f"INSERT INTO weather ({', '.join(COLUMNS)}) VALUES ({marks})",
            frame[COLUMNS].itertuples(index=False, name=None),
        )
    return len(frame)


def warm_days(frame: pd.DataFrame, limit: float = 25.0) -> pd.DataFrame:
    return frame.query("celsius > @limit")
''',
    ),
    # A worker pool with queues.
    good(
        "async-worker-pool",
        '''
import asyncio
import logging
from typing import Awaitable, Callable

logger = logging.getLogger(__name__)


class WorkerPool:
    """Runs jobs with a bounded queue and a fixed number of workers."""

    def __init__(self, workers: int = 4, size: int = 100):
        self._queue: asyncio.Queue = asyncio.Queue(maxsize=size)
        self._count = workers
        self._tasks: list = []

    async def __aenter__(self):
        self._tasks = [asyncio.create_task(self._work()) for _ in range(self._count)]
        return self

    async def __aexit__(self, *exc):
        await self._queue.join()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def submit(self, job: Callable[[], Awaitable[None]]) -> None:
        await self._queue.put(job)

    async def _work(self):
        while True:
            job = await self._queue.get()
            try:
                await job()
            except Exception:
                logger.exception("a job failed")
            finally:
                self._queue.task_done()
''',
    ),
    # Encryption as it should be.
    good(
        "file-encryption-scrypt-gcm",
        '''
import os
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt


class FileVault:
    """Encrypt files with a pass phrase: salt, nonce, text with tag."""

    SALT, NONCE = 16, 12

    def _key(self, phrase: str, salt: bytes) -> bytes:
        return Scrypt(salt=salt, length=32, n=2**17, r=8, p=1).derive(phrase.encode())

    def lock(self, path: Path, phrase: str) -> Path:
        salt, nonce = os.urandom(self.SALT), os.urandom(self.NONCE)
        text = AESGCM(self._key(phrase, salt)).encrypt(nonce, path.read_bytes(), None)
        target = path.with_suffix(path.suffix + ".locked")
        target.write_bytes(salt + nonce + text)
        return target

    def unlock(self, path: Path, phrase: str) -> bytes:
        data = path.read_bytes()
        salt, rest = data[: self.SALT], data[self.SALT :]
        return AESGCM(self._key(phrase, salt)).decrypt(rest[: self.NONCE], rest[self.NONCE :], None)
''',
    ),
    # getattr with a prefix over names of syntax nodes.
    good(
        "visitor-getattr",
        '''
import ast


class Counter(ast.NodeVisitor):
    """Counts functions, classes and calls of exec and eval in a source."""

    def __init__(self):
        self.counts = {"functions": 0, "classes": 0, "dynamic": 0}

    def visit(self, node):
        method = getattr(self, "on_" + type(node).__name__.lower(), None)
        if method is not None:
            method(node)
        self.generic_visit(node)

    def on_functiondef(self, node):
        self.counts["functions"] += 1

    def on_classdef(self, node):
        self.counts["classes"] += 1

    def on_call(self, node):
        if isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec"):
            self.counts["dynamic"] += 1


def count(source: str) -> dict:
    counter = Counter()
    counter.visit(ast.parse(source))
    return counter.counts
''',
    ),
    # Plug-ins from entry points.
    good(
        "plugins-entry-points",
        '''
import logging
from importlib.metadata import entry_points

logger = logging.getLogger(__name__)


class PluginManager:
    """Loads the installed plug-ins of the group "notes.plugins"."""

    GROUP = "notes.plugins"

    def __init__(self):
        self.plugins = {}

    def discover(self):
        for entry in entry_points(group=self.GROUP):
            try:
                self.plugins[entry.name] = entry.load()()
            except (ImportError, AttributeError):
                logger.exception("plug-in %s could not be loaded", entry.name)
        return self.plugins
''',
    ),
    # Jinja with autoescape for a static site.
    good(
        "static-site",
        '''
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape


class Site:
    """Writes a page for each text in a folder."""

    def __init__(self, source: Path, target: Path):
        self.source = source
        self.target = target
        self.env = Environment(loader=FileSystemLoader("templates"), autoescape=select_autoescape(["html"]))

    def build(self) -> int:
        self.target.mkdir(exist_ok=True)
        template = self.env.get_template("page.html")
        count = 0
        for path in sorted(self.source.glob("*.txt")):
            title, _, body = path.read_text(encoding="utf-8").partition("\\n")
            (self.target / f"{path.stem}.html").write_text(template.render(title=title, body=body), encoding="utf-8")
            count += 1
        return count


if __name__ == "__main__":
    print(Site(Path("texts"), Path("public")).build(), "pages")
''',
    ),
    # Atomic write through a temporary file.
    good(
        "atomic-write",
        '''
import contextlib
import os
import tempfile
from typing import Iterator, TextIO


@contextlib.contextmanager
def atomic_write(path: str) -> Iterator[TextIO]:
    """Write a file so that readers see the old or the new content, never a part."""
    folder = os.path.dirname(os.path.abspath(path))
    handle, temporary = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
''',
    ),
    # Constants and parameters that are named password.
    good(
        "password-strength",
        '''
import re

RULES = {
    "at least 12 characters": lambda password: len(password) >= 12,
    "a lower case letter": lambda password: re.search("[a-z]", password) is not None,
    "an upper case letter": lambda password: re.search("[A-Z]", password) is not None,
    "a digit": lambda password: re.search("[0-9]", password) is not None,
}
PASSWORD_HINT = "Use a phrase that you can remember"


def missing(password: str) -> list:
    """Rules that a password breaks."""
    return [name for name, holds in RULES.items() if not holds(password)]


def test_missing():
    password = "short"
    assert "at least 12 characters" in missing(password)
    assert missing("Correct-Horse-7-Battery") == []
''',
    ),
    # Matrix work with numpy files without objects.
    good(
        "numpy-embeddings",
        '''
from dataclasses import dataclass
from pathlib import Path
from typing import List, Tuple

import numpy as np


@dataclass
class Index:
    """Finds the nearest vectors by cosine."""

    names: List[str]
    vectors: np.ndarray

    @classmethod
    def load(cls, folder: Path) -> "Index":
        names = (folder / "names.txt").read_text(encoding="utf-8").splitlines()
        vectors = np.load(folder / "vectors.npy")
        if len(names) != len(vectors):
            raise ValueError("names and vectors do not fit")
        return cls(names, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))

    def nearest(self, vector: np.ndarray, count: int = 5) -> List[Tuple[str, float]]:
        scores = self.vectors @ (vector / np.linalg.norm(vector))
        return [(self.names[at], float(scores[at])) for at in np.argsort(-scores)[:count]]
''',
    ),
    # Parallel downloads of fixed addresses with checked digests.
    good(
        "download-with-digest",
        """
import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

FILES = {
    "words.txt": (
        "https://data.example.org/words.txt",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ),
    "names.txt": (
        "https://data.example.org/names.txt",
        "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
    ),
}


def fetch(name: str, folder: Path) -> Path:
    url, expected = FILES[name]
    with urlopen(url, timeout=30) as response:
        data = response.read()
    if not hmac.compare_digest(hashlib.sha256(data).hexdigest(), expected):
        raise ValueError(f"{name}: wrong digest")
    path = folder / name
    path.write_bytes(data)
    return path


def fetch_all(folder: Path) -> list:
    folder.mkdir(exist_ok=True)
    with ThreadPoolExecutor(max_workers=4) as pool:
        return list(pool.map(lambda name: fetch(name, folder), FILES))
""",
    ),
    # ssh with known hosts and a fixed command.
    good(
        "ssh-uptime",
        """
import os
import paramiko

HOSTS = ("web-1.example.net", "web-2.example.net")


class Fleet:
    def __init__(self, user="monitor"):
        self.user = user

    def uptime(self, host):
        client = paramiko.SSHClient()
        client.load_system_host_keys()
        client.connect(host, username=self.user, key_filename=os.path.expanduser("~/.ssh/monitor"), timeout=10)
        try:
            _, stdout, _ = client.exec_command("uptime -p", timeout=10)
            return stdout.read().decode().strip()
        finally:
            client.close()


if __name__ == "__main__":
    fleet = Fleet()
    for host in HOSTS:
        print(host, fleet.uptime(host))
""",
    ),
    # argparse with a password asked for, never shown.
    good(
        "imap-counter",
        '''
import argparse
import getpass
import imaplib
import ssl


def unread(host: str, user: str, password: str) -> int:
    """Number of unread mails."""
    with imaplib.IMAP4_SSL(host, ssl_context=ssl.create_default_context()) as server:
        server.login(user, password)
        server.select("INBOX", readonly=True)
        _, data = server.search(None, "UNSEEN")
        return len(data[0].split())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("user")
    args = parser.parse_args()
    print(unread(args.host, args.user, getpass.getpass()))
''',
    ),
    # Commands by a dictionary; one of them is named exec.
    good(
        "command-dispatch",
        '''
import shlex


class Shell:
    """A little shell over a list of notes."""

    def __init__(self):
        self.notes = []
        self.commands = {"add": self.add, "list": self.list, "exec": self.execute, "quit": self.quit}
        self.running = True

    def add(self, *words):
        self.notes.append(" ".join(words))

    def list(self):
        for number, note in enumerate(self.notes):
            print(number, note)

    def execute(self, number):
        print("Done:", self.notes.pop(int(number)))

    def quit(self):
        self.running = False

    def run(self):
        while self.running:
            name, *arguments = shlex.split(input("$ ")) or ["list"]
            command = self.commands.get(name)
            if command is None:
                print("unknown command")
            else:
                command(*arguments)


if __name__ == "__main__":
    Shell().run()
''',
    ),
    # ETags by SHA-1, said not to be for security.
    good(
        "etag-sha1",
        '''
import hashlib
from typing import Optional


class Etags:
    """Entity tags for the static files of a build."""

    def __init__(self):
        self._tags = {}

    def add(self, name: str, content: bytes) -> str:
        tag = hashlib.sha1(content, usedforsecurity=False).hexdigest()[:16]
        self._tags[name] = f'"{tag}"'
        return self._tags[name]

    def is_fresh(self, name: str, if_none_match: Optional[str]) -> bool:
        return if_none_match is not None and self._tags.get(name) in if_none_match.split(", ")
''',
    ),
    # Data classes with XML that the program writes.
    good(
        "sitemap-writer",
        '''
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import date
from typing import Iterable


@dataclass
class Page:
    address: str
    changed: date


def sitemap(pages: Iterable[Page]) -> bytes:
    """The sitemap of a web site as XML."""
    root = ET.Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    for page in pages:
        entry = ET.SubElement(root, "url")
        ET.SubElement(entry, "loc").text = page.address
        ET.SubElement(entry, "lastmod").text = page.changed.isoformat()
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)
''',
    ),
)

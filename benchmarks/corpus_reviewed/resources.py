"""Work, memory and time without a limit; loops without an end; patterns that take too long; rare fixes."""

from corpus import pair

RECORDS = (
    # A gzip body is unpacked as a whole; the fix reads a bounded piece.
    *pair(
        "ingest-gzip-middleware",
        409,
        '''
import io
import zlib

from collector.settings import MAX_BODY


class TooLarge(Exception):
    pass


def inflate(data):
    machine = zlib.decompressobj(16 + zlib.MAX_WBITS)
-    return machine.decompress(data) + machine.flush()
+    body = machine.decompress(data, MAX_BODY)
+    if machine.unconsumed_tail:
+        raise TooLarge()
+    return body


class InflateMiddleware(object):
    """Agents send their measurements packed; the views see them unpacked."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        if environ.get("HTTP_CONTENT_ENCODING") == "gzip":
            size = min(int(environ.get("CONTENT_LENGTH") or 0), MAX_BODY)
            try:
                body = inflate(environ["wsgi.input"].read(size))
            except (TooLarge, zlib.error):
                start_response("413 Payload Too Large", [("Content-Length", "0")])
                return [b""]
            environ["wsgi.input"] = io.BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return self.app(environ, start_response)
''',
    ),
    # Members of an archive are read whole, whatever size they have.
    *pair(
        "plugin-zip-manifest",
        409,
        """
import json
import zipfile

from fastapi import APIRouter, Depends, HTTPException, UploadFile

from market.auth import current_seller
from market.packages import publish

router = APIRouter()
LIMIT = 1024 * 1024


class Package:
    def __init__(self, file) -> None:
        self.archive = zipfile.ZipFile(file)

    def member(self, name: str) -> bytes:
-        return self.archive.read(name)
+        with self.archive.open(name) as stream:
+            data = stream.read(LIMIT + 1)
+        if len(data) > LIMIT:
+            raise ValueError(name)
+        return data

    def manifest(self) -> dict:
        return json.loads(self.member("manifest.json"))


@router.post("/packages")
def upload(file: UploadFile, seller=Depends(current_seller)) -> dict[str, str]:
    if file.size is None or file.size > 20 * LIMIT:
        raise HTTPException(413)
    try:
        manifest = Package(file.file).manifest()
        name = str(manifest["name"])
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile):
        raise HTTPException(422, "not a package") from None
    return {"id": publish(seller, name, file.file)}
""",
    ),
    # The size of a page comes from the address.
    *pair(
        "paginator-no-maximum",
        770,
        '''
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse

from observatory.store import observations

-DEFAULT = 50
+DEFAULT = 50
+MAXIMUM = 100


@dataclass(frozen=True)
class Window:
    start: int
    size: int

    @classmethod
    def of(cls, request: Request) -> "Window":
        start = int(request.query_params.get("start", 0))
        size = int(request.query_params.get("size", DEFAULT))
-        return cls(start=max(start, 0), size=size)
+        return cls(start=max(start, 0), size=min(max(size, 1), MAXIMUM))


def matrix(window: Window) -> list[list[float]]:
    """Distances between the observations of a window."""
    table = [[0.0] * window.size for _ in range(window.size)]
    for left, one in enumerate(observations(window.start, window.size)):
        for right, other in enumerate(observations(window.start, window.size)):
            table[left][right] = one.distance(other)
    return table


async def distances(request: Request) -> JSONResponse:
    try:
        window = Window.of(request)
    except ValueError:
        return JSONResponse({"error": "start and size are numbers"}, status_code=400)
    return JSONResponse({"distances": matrix(window)})
''',
    ),
    # A length from the network decides how much memory is taken.
    *pair(
        "game-protocol-length",
        770,
        '''
import asyncio
import logging
import struct

from islands.messages import decode
from islands.rooms import Room

logger = logging.getLogger(__name__)
HEAD = struct.Struct("!IH")
LIMIT = 64 * 1024


class Frames:
    def __init__(self, reader: asyncio.StreamReader) -> None:
        self.reader = reader

    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            size, kind = HEAD.unpack(await self.reader.readexactly(HEAD.size))
-            if size < 0:
+            if size > LIMIT:
                raise StopAsyncIteration
            buffer = bytearray(size)
            buffer[:] = await self.reader.readexactly(size)
        except asyncio.IncompleteReadError:
            raise StopAsyncIteration from None
        return kind, bytes(buffer)


async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One player, from the first frame to the last."""
    room = Room.current()
    async for kind, body in Frames(reader):
        room.apply(decode(kind, body))
        writer.write(room.state())
        await writer.drain()
    writer.close()
    logger.info("a player has left")
''',
    ),
    # A picture's size in a request: pixels are made before anybody asks how many.
    *pair(
        "badge-image-size",
        400,
        """
import io

from PIL import Image, ImageDraw
from django.http import HttpResponse
from django.views.generic import View

from badges.models import Badge


class SizeMixin(object):
    default_size = 200
+    largest_size = 1000

    def get_size(self):
        try:
            size = int(self.request.GET.get("size", self.default_size))
        except ValueError:
            size = self.default_size
-        return max(size, 16)
+        return min(max(size, 16), self.largest_size)


class BadgeImage(SizeMixin, View):
    def draw(self, badge, size):
        image = Image.new("RGB", (size, size), badge.colour)
        ImageDraw.Draw(image).ellipse((size // 8, size // 8, size * 7 // 8, size * 7 // 8), fill="white")
        return image

    def get(self, request, pk):
        badge = Badge.objects.get(pk=pk)
        buffer = io.BytesIO()
        self.draw(badge, self.get_size()).save(buffer, "PNG")
        return HttpResponse(buffer.getvalue(), content_type="image/png")
""",
    ),
    # A loop over chunks of a file format does not advance for a length of zero.
    *pair(
        "chunk-reader-zero",
        835,
        '''
import struct
from collections.abc import Iterator
from typing import NamedTuple

from flask import Blueprint, jsonify, request

scores = Blueprint("scores", __name__)


class Chunk(NamedTuple):
    kind: bytes
    body: bytes


def chunks(data: bytes) -> Iterator[Chunk]:
    """Chunks of a file: four bytes of kind, a length that counts all of the chunk, the body."""
    position = 0
    while position + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, position)
+        if size < 8:
+            raise ValueError("a chunk is too short")
        yield Chunk(kind, data[position + 8 : position + size])
        position += size


def summary(data: bytes) -> dict:
    found = {"tracks": 0, "text": 0}
    for chunk in chunks(data):
        if chunk.kind == b"TRCK":
            found["tracks"] += 1
        elif chunk.kind == b"TEXT":
            found["text"] += len(chunk.body)
    return found


@scores.route("/scores/inspect", methods=["POST"])
def inspect():
    try:
        return jsonify(summary(request.get_data()[: 1 << 20]))
    except ValueError:
        return jsonify(error="not a score"), 422
''',
    ),
    # Parents of a folder: a circle never ends.
    *pair(
        "folder-ancestors-circle",
        835,
        '''
from rest_framework import serializers

from drive.models import Folder


def ancestors(folder):
    """The folder, its parent, and so on. Parents are what clients have set."""
+    seen = set()
-    while folder is not None:
+    while folder is not None and folder.pk not in seen:
+        seen.add(folder.pk)
        yield folder
        folder = folder.parent


class FolderSerializer(serializers.ModelSerializer):
    path = serializers.SerializerMethodField()

    class Meta:
        model = Folder
        fields = ("id", "name", "parent", "path")

    def get_path(self, folder):
        return "/".join(reversed([one.name for one in ancestors(folder)]))

    def validate_parent(self, parent):
        if parent is not None and parent.owner_id != self.context["request"].user.id:
            raise serializers.ValidationError("not a folder of yours")
        return parent
''',
    ),
    # Nested repetition in the pattern of a validator.
    *pair(
        "tag-list-pattern",
        1333,
        r"""
import re
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AfterValidator, BaseModel

from photos.auth import current_account
from photos.store import save_tags

router = APIRouter()
-TAGS = re.compile(r"^([a-z0-9]+[ -]?)+(,\s*([a-z0-9]+[ -]?)+)*$")
+TAGS = re.compile(r"^[a-z0-9]+(?:[ -][a-z0-9]+)*(?:,[a-z0-9]+(?:[ -][a-z0-9]+)*)*$")


def check_tags(value: str) -> str:
    if TAGS.match(value) is None:
        raise ValueError("tags are words with commas between")
    return value


class TagUpdate(BaseModel):
    photo: int
    tags: Annotated[str, AfterValidator(check_tags)]


@router.put("/tags")
async def update(body: TagUpdate, account=Depends(current_account)) -> dict[str, int]:
    tags = [tag.strip() for tag in body.tags.split(",")]
    await save_tags(account.id, body.photo, tags)
    return {"count": len(tags)}
""",
    ),
    # The pattern is what a user types.
    *pair(
        "log-search-user-pattern",
        1333,
        '''
import re
from itertools import islice

from flask import Blueprint, jsonify, request

from logview.auth import viewer_required
from logview.files import lines_of

search = Blueprint("search", __name__)


class Filter(object):
    def __init__(self, text, ignore_case=False):
-        self.pattern = re.compile(text, re.I if ignore_case else 0)
+        self.pattern = re.compile(re.escape(text), re.I if ignore_case else 0)

    def matches(self, line):
        return self.pattern.search(line) is not None


def build_filter(arguments):
    return Filter(arguments.get("q", "")[:100], ignore_case=arguments.get("case") == "0")


@search.route("/logs/<int:source>")
@viewer_required
def find(source):
    """The first lines of a log that a filter lets through."""
    wanted = build_filter(request.args)
    found = islice((line for line in islice(lines_of(source), 100000) if wanted.matches(line)), 200)
    return jsonify(lines=list(found))
''',
    ),
    # A header of the client decides how long a thread sleeps.
    *pair(
        "retry-backoff-exponent",
        400,
        '''
import logging
import time

from flask import Blueprint, jsonify, request

from sync.auth import device_required
from sync.store import changes_since

log = logging.getLogger(__name__)
sync = Blueprint("sync", __name__)


def pause(attempt):
    """How long a client that comes again and again has to wait."""
-    return 0.05 * 2**attempt
+    return 0.05 * 2 ** min(max(attempt, 0), 5)


class Throttle(object):
    def __init__(self, clock=time.sleep):
        self.clock = clock

    def wait(self, headers):
        attempt = int(headers.get("X-Attempt", 0))
        self.clock(pause(attempt))


@sync.route("/changes/<int:revision>")
@device_required
def changes(revision):
    try:
        Throttle().wait(request.headers)
    except ValueError:
        return jsonify(error="X-Attempt is a number"), 400
    return jsonify(changes=[one.as_dict() for one in changes_since(revision)])
''',
    ),
    # A password in a file of preferences.
    *pair(
        "integration-token-plain-file",
        312,
        """
import json
from pathlib import Path

+import keyring

from notes_desktop.paths import CONFIG_FOLDER
from notes_desktop.sync import SyncClient

SERVICE = "notes-desktop"


class Preferences:
    def __init__(self, folder: Path = CONFIG_FOLDER) -> None:
        self.path = folder / "preferences.json"
        self.values = json.loads(self.path.read_text()) if self.path.exists() else {}

    def save(self, **changes) -> None:
        self.values.update(changes)
        self.path.write_text(json.dumps(self.values, indent=2))


class SyncSettings:
    def __init__(self, preferences: Preferences) -> None:
        self.preferences = preferences

    def remember(self, user: str, password: str) -> None:
-        self.preferences.save(sync_user=user, sync_password=password)
+        self.preferences.save(sync_user=user)
+        keyring.set_password(SERVICE, user, password)

    def client(self) -> SyncClient:
        user = self.preferences.values["sync_user"]
-        return SyncClient(user, self.preferences.values["sync_password"])
+        return SyncClient(user, keyring.get_password(SERVICE, user))
""",
    ),
    # The debugger of the development server in what the package starts.
    *pair(
        "entry-point-debug",
        489,
        '''
import os

from flask import Flask

from inventory import views
from inventory.db import db


class Config(object):
    SQLALCHEMY_DATABASE_URI = os.environ.get("DATABASE_URL", "sqlite:////var/lib/inventory/inventory.db")
    SESSION_COOKIE_SECURE = True
-    DEBUG = True
+    DEBUG = False


def create_app(config=Config):
    app = Flask(__name__)
    app.config.from_object(config)
    app.secret_key = os.environ["SECRET_KEY"]
    db.init_app(app)
    app.register_blueprint(views.bp)
    return app


def main():
    """What the console script inventory-server calls."""
    app = create_app()
    app.run(host=os.environ.get("HOST", "127.0.0.1"), port=8080, debug=app.config["DEBUG"])


if __name__ == "__main__":
    main()
''',
    ),
)

"""User input leads a path out of the folder it belongs to.

`..` in a name climbs out of the folder that it is joined to, and a name that starts with `/` replaces the folder:
then any file that the program can reach is read, written or deleted. Take the last part of the name, or see where the
path leads before using it:

    path = (BASE / name).resolve()
    if not path.is_relative_to(BASE):
        raise ValueError(name)

What counts as safe: `os.path.basename`, `Path(name).name`, `secure_filename`, `safe_join`; names without separators;
numbers and members of a fixed set; a path that was resolved first (`realpath`, `abspath`, `resolve`) and then
compared with its folder (`startswith`, `commonpath`, `relative_to`, `parents`); refusing `..` and an absolute path. A
function that opens the path it is given, as it is, leaves it to its callers; so does one that is given both the
folder and the name. What a request gives must not be a path at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import alphabet, ir, strings, taint
from codereal.analysis.values import Blob, Extern, Mark, Parts, Piece
from codereal.rules._direct import is_direct
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import confidence, surest, words

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit

_TRUSTED = frozenset({"object", "environment", "file", "constructor", "error"})
_REMOTE = frozenset({"request", "network", "archive"})
_SLASH = alphabet.of("/")
_DOT = alphabet.of(".")
_MAX_DEPTH = 8


_UPLOADS = frozenset({"files", "FILES", "file", "stream"})
_FILE_NAMES = frozenset({"filename", "name"})


def judge(hit: Hit) -> Verdict | None:
    parts = strings.parts(hit.activation, hit.value)
    marks: list[Mark] = []
    own = _folder_of_caller(parts)
    joined: bool | None = None
    for at, part in enumerate(parts):
        pieces = (
            [leaf for leaf, _ in part.leaves] if isinstance(part, Blob) else [part] if isinstance(part, Piece) else []
        )
        for piece in pieces:
            if not piece.marks or not piece.alphabet & _SLASH:
                continue
            if joined is None:
                joined = _is_joined(hit.activation, hit.argument)
            for mark in piece.marks:
                if _is_trusted(mark, at == 0, own, hit.is_known) or hit.is_cleared(mark, "path"):
                    continue
                if "path-name" in mark.cleared:
                    continue
                climbs = bool(piece.alphabet & _DOT) and not hit.is_cleared(mark, "path-dots")
                starts = (at == 0 or joined) and not hit.is_cleared(mark, "path-root")
                if climbs or starts:
                    marks.append(mark)
    # (A record that was looked up by what the request says holds names that the program gave.)
    marks = [mark for mark in marks if is_direct(hit, mark) and not _is_upload(hit, mark)]
    if not marks:
        return None
    mark = surest(marks)
    return Verdict(f"{words(mark)} reaches a path that can leave its folder", confidence(mark, hit.is_known), mark)


def _is_upload(hit: Hit, mark: Mark) -> bool:
    """Whether it is an uploaded file itself, or the request as a whole, not a name."""
    if not hit.is_known and hit.argument.op in (ir.ATTR, ir.PARAM) and hit.argument.pos == mark.origin.pos:
        return mark.origin.kind == "request"
    if hit.name in ("open", "os.open"):
        return False
    read = {instr.data for _, instr in taint.walk(hit.activation, hit.argument, mark) if instr.op == ir.ATTR}
    return bool(read & _UPLOADS) and not read & _FILE_NAMES


def _is_trusted(mark: Mark, is_start: bool, own: bool, is_known: bool) -> bool:
    kind = mark.origin.kind
    if kind in _TRUSTED:
        return True
    # A path as a whole is the caller's, on a command line or in a call; so are folder and name together.
    return kind not in _REMOTE and (is_start or own or not is_known)


def _folder_of_caller(parts: Parts) -> bool:
    """Whether a path starts with what the caller of the function gives."""
    first = parts[0]
    return isinstance(first, Piece) and any(mark.origin.kind in ("parameter", "input") for mark in first.marks)


def _is_joined(act: Activation, instr: Instr, depth: int = _MAX_DEPTH) -> bool:
    """Whether a path was put together by a function that lets an absolute part replace all before it."""
    if depth == 0:
        return False
    if instr.op == ir.BINARY:
        return bool(instr.data == "/") or any(_is_joined(act, arg, depth - 1) for arg in instr.args)
    if instr.op == ir.CALL:
        for ref in act.vals[instr.args[0].index].refs:
            if isinstance(ref, Extern):
                role = act.program.library.paths.get(ref.name)
                if role == "join" and len(instr.args) > 2:
                    return True
        return any(_is_joined(act, arg, depth - 1) for arg in (*instr.args[1:], *instr.args[0].args))
    if instr.op in (ir.PHI, ir.ATTR, ir.ENTER, ir.AWAIT):
        return any(_is_joined(act, arg, depth - 1) for arg in instr.args)
    if instr.op == ir.PARAM and (given := act.given(instr)) is not None:
        return _is_joined(*given, depth - 1)
    return False


RULE = Rule(
    id="path-traversal",
    cwe=(22, 23, 36, 73),
    summary="User input leads a path out of the folder it belongs to",
    hint="keep the last part of the name, or resolve the path and check that it is in its folder before using it",
    severity="error",
    sinks=("path",),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import os
BASE = "/srv/data"
def read(name):
    with open(os.path.join(BASE, name)) as stream:
        return stream.read()
""",
    """
from pathlib import Path
ROOT = Path("/srv/data")
def read(name):
    return (ROOT / name).read_text()
""",
    """
def save(name, text):
    with open(f"uploads/{name}", "w") as stream:
        stream.write(text)
""",
    """
import os
def remove(name):
    path = "uploads/%s" % name
    if os.path.exists(path):
        os.remove(path)
""",
    """
from flask import Flask, request, send_file
app = Flask(__name__)

@app.route("/file")
def file():
    return send_file(request.args["path"])
""",
    """
import os
from fastapi import FastAPI
from fastapi.responses import FileResponse
app = FastAPI()

@app.get("/files/{name:path}")
def file(name: str):
    return FileResponse(os.path.join("/srv/files", name))
""",
    """
import os
from flask import Flask, request
app = Flask(__name__)

@app.post("/upload")
def upload():
    given = request.files["file"]
    given.save(os.path.join("/srv/uploads", given.filename))
    return "saved"
""",
    """
import os, shutil
def view(request):
    shutil.rmtree(os.path.join("/srv/projects", request.POST["project"]))
""",
    """
import os
class Store:
    def __init__(self, root):
        self.root = root

    def _path(self, name):
        return os.path.join(self.root, name)

    def read(self, name):
        return open(self._path(name), "rb").read()
""",
    # what does not help
    """
import os
BASE = "/srv/data"
def read(name):
    path = os.path.normpath(os.path.join(BASE, name))
    return open(path).read()
""",
    """
import os
BASE = "/srv/data"
def read(name):
    path = os.path.join(BASE, name)
    if not path.startswith(BASE):
        raise ValueError(name)
    return open(path).read()
""",
    """
from pathlib import Path
BASE = Path("/srv/data")
def read(name):
    path = BASE / name
    if not path.is_relative_to(BASE):
        raise ValueError(name)
    return path.read_text()
""",
    """
def read(name):
    name = name.replace("../", "")
    return open("/srv/data/" + name).read()
""",
    """
import os
def read(name):
    if ".." in name:
        raise ValueError(name)
    return open(os.path.join("/srv/data", name)).read()
""",
    """
def read(name):
    if not name.endswith(".txt"):
        raise ValueError(name)
    return open("notes/" + name).read()
""",
    """
import os
BASE = "/srv/data"
def read(name):
    path = os.path.realpath(os.path.join(BASE, name))
    if not path.startswith(BASE):
        print("outside")
    return open(path).read()
""",
    # a sibling whose name starts as the folder's does
    """
import os
BASE = "/srv/data"
def read(name):
    path = os.path.realpath(os.path.join(BASE, name))
    if not path.startswith("/srv/data"):
        raise ValueError(name)
    return open(path).read()
""",
    """
import os
def resolve(base, name):
    path = os.path.realpath(os.path.join(base, name))
    if not path.startswith(os.path.realpath(base)):
        raise ValueError(name)
    return path

def read(name):
    return open(resolve("/srv/data", name)).read()
""",
    """
from pathlib import Path
from flask import Flask, request, send_file
ROOT = Path("/srv/data").resolve()
app = Flask(__name__)

@app.get("/download")
def download():
    path = (ROOT / request.args["name"]).resolve()
    if not str(path).startswith(str(ROOT)):
        return "no", 403
    return send_file(path)
""",
    # what is injected
    """
from dataclasses import dataclass
from pathlib import Path
from fastapi import Depends, FastAPI
app = FastAPI()

@dataclass
class Storage:
    root: Path

    def read(self, key):
        return (self.root / key).read_bytes()

def get_storage():
    return Storage(Path("/srv/documents"))

@app.get("/text")
def text(key: str, storage: Storage = Depends(get_storage)):
    return storage.read(key).decode()
""",
    # through a field of a dataclass
    """
from dataclasses import dataclass
from pathlib import Path
from flask import Flask, request
app = Flask(__name__)

@dataclass
class Note:
    owner: int
    title: str

    def __post_init__(self):
        if len(self.title) > 40:
            raise ValueError(self.title)

    @property
    def place(self):
        return Path("/srv/notes") / str(self.owner) / f"{self.title}.txt"

@app.post("/notes")
def save():
    Note(3, request.form["title"]).place.write_text(request.form["text"])
    return "", 204
""",
    # through a queue
    """
import os
import queue
import threading
from flask import Flask, request
app = Flask(__name__)

class Recorder(threading.Thread):
    def __init__(self, folder):
        super().__init__()
        self.folder = folder
        self.waiting = queue.Queue()

    def take(self, name, line):
        self.waiting.put((name, line))

    def run(self):
        while True:
            name, line = self.waiting.get()
            with open(os.path.join(self.folder, name), "ab") as file:
                file.write(line)

recorder = Recorder("/srv/lines")

@app.post("/lines")
def line():
    recorder.take(request.args["name"], request.data)
    return "", 204
""",
    """
import json
import websockets
from pathlib import Path

async def serve(connection: websockets.ServerConnection):
    async for text in connection:
        message = json.loads(text)
        Path("/srv/boards", message["board"]).write_text(message["body"])
""",
    # decoded after it was checked
    """
import os
from urllib.parse import unquote
from flask import Flask, abort, request, send_file
app = Flask(__name__)

def _below(name):
    if os.path.isabs(name) or ".." in name:
        abort(400)
    return name

@app.get("/texts")
def text():
    return send_file(os.path.join("/srv/texts", unquote(_below(request.args["name"]))))
""",
    # a folder of another file
    """
from pathlib import Path
from app.config import settings

def load(name: str) -> str:
    with open(settings.data_dir / name) as stream:
        return stream.read()
""",
    """
from app.paths import uploads
from flask import Flask, request, send_file
app = Flask(__name__)

@app.get("/files")
def give():
    return (uploads() / request.args["name"]).read_text()
""",
    """
from flask import Flask, request
app = Flask(__name__)

@app.get("/note")
def note():
    name = "".join(c if c.isalnum() or c in "./" else "_" for c in request.args["name"])[:50]
    return {"text": open("/srv/notes/" + name).read()}
""",
    # names that a server lists
    """
import os
from ftplib import FTP_TLS

def mirror(host, folder):
    with FTP_TLS(host) as ftp:
        for name in ftp.nlst():
            with open(os.path.join(folder, name), "wb") as stream:
                ftp.retrbinary(f"RETR {name}", stream.write)
""",
)

SAFE: tuple[str, ...] = (
    # no path at all
    """
import io
import zipfile
from flask import Flask, request
app = Flask(__name__)

@app.post("/sizes")
def sizes():
    archive = zipfile.ZipFile(io.BytesIO(request.files["file"].read()))
    return {one.filename: one.file_size for one in archive.infolist()}
""",
    """
import os
from django.contrib.auth.decorators import login_required
from django.http import FileResponse
from .models import Document

@login_required
def download(request, pk):
    document = Document.objects.get(pk=pk, owner=request.user)
    return FileResponse(open(os.path.join("/srv/media", document.file.name), "rb"))
""",
    # the last part
    """
import os
BASE = "/srv/data"
def read(name):
    return open(os.path.join(BASE, os.path.basename(name))).read()
""",
    """
from pathlib import Path
ROOT = Path("/srv/data")
def read(name):
    return (ROOT / Path(name).name).read_text()
""",
    """
import os
from flask import Flask, request
from werkzeug.utils import secure_filename
app = Flask(__name__)

@app.post("/upload")
def upload():
    given = request.files["file"]
    given.save(os.path.join("/srv/uploads", secure_filename(given.filename)))
    return "saved"
""",
    """
from flask import Flask, send_from_directory
app = Flask(__name__)

@app.route("/files/<path:name>")
def file(name):
    return send_from_directory("/srv/files", name)
""",
    """
import os
def read(name):
    if os.path.basename(name) != name:
        raise ValueError(name)
    return open(os.path.join("/srv/data", name)).read()
""",
    # where it leads
    """
from pathlib import Path
ROOT = Path("/srv/data").resolve()
def read(name):
    path = (ROOT / name).resolve()
    if not path.is_relative_to(ROOT):
        raise ValueError(name)
    return path.read_text()
""",
    """
from pathlib import Path
ROOT = Path("/srv/data")
def read(name):
    path = (ROOT / name).resolve()
    try:
        path.relative_to(ROOT.resolve())
    except ValueError:
        return None
    return path.read_text()
""",
    """
from pathlib import Path
ROOT = Path("/srv/data").resolve()
def read(name):
    path = (ROOT / name).resolve()
    if ROOT not in path.parents:
        raise ValueError(name)
    return path.read_text()
""",
    """
import os
BASE = "/srv/data"
def read(name):
    path = os.path.realpath(os.path.join(BASE, name))
    if os.path.commonpath([BASE, path]) != BASE:
        raise ValueError(name)
    return open(path).read()
""",
    """
import os
BASE = "/srv/data"
def is_inside(path):
    return os.path.abspath(path).startswith(os.path.abspath(BASE) + os.sep)

def read(name):
    path = os.path.join(BASE, name)
    if not is_inside(path):
        raise ValueError(name)
    return open(path).read()
""",
    """
import os
def resolve(base, name):
    path = os.path.realpath(os.path.join(base, name))
    if not path.startswith(os.path.realpath(base) + os.sep):
        raise ValueError(name)
    return path

def read(name):
    return open(resolve("/srv/data", name)).read()
""",
    """
from pathlib import Path
class Store:
    def __init__(self, root):
        self.root = Path(root).resolve()

    def read(self, name):
        path = (self.root / name).resolve()
        if not str(path).startswith(str(self.root)):
            raise PermissionError(name)
        return path.read_bytes()
""",
    # what a name can hold
    """
import os
def read(name):
    if ".." in name or os.path.isabs(name):
        raise ValueError(name)
    return open(os.path.join("/srv/data", name)).read()
""",
    """
import re
def read(name):
    if not re.fullmatch(r"[\\w-]+\\.txt", name):
        raise ValueError(name)
    return open("/srv/data/" + name).read()
""",
    """
def read(name):
    if "/" in name:
        raise ValueError(name)
    return open(f"/srv/data/{name}").read()
""",
    """
import os, uuid
def save(name, data):
    ending = os.path.splitext(name)[1]
    with open(os.path.join("/srv/data", uuid.uuid4().hex + ending), "wb") as stream:
        stream.write(data)
""",
    """
def read(number: int):
    return open(f"/srv/data/{number}.json").read()
""",
    """
PAGES = {"home": "home.html", "about": "about.html"}
def read(name):
    return open("/srv/pages/" + PAGES[name]).read()
""",
    # paths that are the caller's
    """
def read(path):
    with open(path) as stream:
        return stream.read()
""",
    """
import os
def read(folder, name):
    return open(os.path.join(folder, name)).read()
""",
    """
import sys
def main():
    for path in sys.argv[1:]:
        print(open(path).read())

main()
""",
    """
import os
def read():
    return open(os.path.join(os.path.dirname(__file__), "data.txt")).read()
""",
    """
import os
BASE = "/srv/data"
def read(name):
    for known in os.listdir(BASE):
        if known == name:
            break
    else:
        raise ValueError(name)
    return open(os.path.join(BASE, name)).read()
""",
    # after the last separator there is none
    r"""
import tarfile
from pathlib import Path

def unpack(source):
    with tarfile.open(source) as bundle:
        for member in bundle.getmembers():
            last = member.name.rpartition("/")[2].rpartition("\\")[2]
            if last.endswith(".txt"):
                Path("/srv/texts", last).write_bytes(bundle.extractfile(member).read())
""",
    """
import zipfile
from pathlib import Path, PurePosixPath

def below(entry):
    inside = PurePosixPath(entry.filename)
    if inside.is_absolute() or any(step == ".." for step in inside.parts):
        raise ValueError(entry.filename)
    return inside.parts

def install(source):
    with zipfile.ZipFile(source) as archive:
        for entry in archive.infolist():
            Path("/srv/skins").joinpath(*below(entry)).write_bytes(archive.read(entry))
""",
    # a folder of a number, below a folder whose type a constructor declares
    """
from pathlib import Path
from flask import Flask, abort, send_file
from settings import config
app = Flask(__name__)

class Shelf:
    def __init__(self, base: Path):
        self._base = base.resolve()

    def find(self, number, name):
        box = self._base / str(number)
        path = (box / name).resolve()
        return path if path.is_relative_to(box) else None

shelf = Shelf(config.shelf)

@app.get("/<int:number>/<path:name>")
def show(number, name):
    path = shelf.find(number, name)
    if path is None:
        abort(404)
    return send_file(path)
""",
    # a method of the text, whatever it is called
    """
from aiohttp import web

class Baskets:
    def __init__(self, redis):
        self.redis = redis

    async def load(self, token):
        return {"token": token, "items": await self.redis.get("basket:" + token)}

    async def save(self, basket):
        await self.redis.set("basket:x", str(basket))

def layer(baskets: Baskets):
    @web.middleware
    async def around(request: web.Request, handler):
        basket = await baskets.load(request.cookies["basket"])
        response = await handler(request)
        await baskets.save(basket)
        return response
    return around
""",
    """
from dataclasses import dataclass
from pathlib import Path
from flask import Flask, request
app = Flask(__name__)

@dataclass
class Note:
    owner: int
    title: str

    def __post_init__(self):
        if not self.title.isalnum():
            raise ValueError(self.title)

    @property
    def place(self):
        return Path("/srv/notes") / str(self.owner) / f"{self.title}.txt"

@app.post("/notes")
def save():
    Note(3, request.form["title"]).place.write_text(request.form["text"])
    return "", 204
""",
    """
import os
from urllib.parse import unquote
from flask import Flask, abort, request, send_file
app = Flask(__name__)

def _below(name):
    if os.path.isabs(name) or ".." in name:
        abort(400)
    return name

@app.get("/texts")
def text():
    return send_file(os.path.join("/srv/texts", _below(unquote(request.args["name"]))))
""",
    """
from fastapi import FastAPI
from pydantic import BaseModel, validator
app = FastAPI()

class Sheet(BaseModel):
    title: str

    @validator("title")
    def plain(cls, value):
        if "/" in value or ".." in value:
            raise ValueError("not a title")
        return value

@app.post("/sheets")
def save(sheet: Sheet):
    open("/srv/sheets/" + sheet.title, "w").close()
""",
    """
from app.config import settings

def load(name: str) -> str:
    path = (settings.data_dir / name).resolve()
    if not path.is_relative_to(settings.data_dir.resolve()):
        raise ValueError(name)
    return path.read_text()
""",
    """
from app.measures import total

def share(count, digits=2):
    part = total() / count
    return round(part, digits)
""",
    # characters that are replaced, and a text that is cut
    """
from flask import Flask, request
app = Flask(__name__)

@app.get("/note")
def note():
    name = "".join(c if c.isalnum() or c in "-_" else "_" for c in request.args["name"])[:50].lower()
    return {"text": open("/srv/notes/" + name).read()}
""",
    """
from pathlib import PurePosixPath
from aiohttp import web

async def schema(request: web.Request) -> web.Response:
    name = PurePosixPath(request.query.get("name", ""))
    if name.suffix != ".json" or len(name.parts) != 1:
        raise web.HTTPNotFound()
    with open(f"/srv/schemas/{name}") as stream:
        return web.Response(text=stream.read())
""",
    # an object by default
    """
import json, os

class Store:
    root = "/var/lib/app"

    def load(self, number):
        with open(os.path.join(self.root, f"{number}.json")) as stream:
            return json.load(stream)

def recipe(request, store=Store()):
    return store.load(int(request.GET["number"]))
""",
)

# What this rule reports although it is safe, and why.
SPURIOUS: tuple[str, ...] = (
    # a condition that is given to a function
    """
import re
def require(condition):
    if not condition:
        raise ValueError("refused")

def read(name):
    require(re.fullmatch(r"[\\w-]+", name))
    return open(f"/srv/data/{name}").read()
""",
    """
from flask import Flask, abort, request
from names import random_name
app = Flask(__name__)

@app.post("/attach")
def attach():
    name = request.args["name"]
    if not name.lower().endswith((".pdf", ".txt")):
        abort(400)
    with open("files/" + random_name() + name[-4:], "wb") as target:
        target.write(request.get_data())
    return {}
""",
)

# What this rule does not see, and why.
MISSING: tuple[str, ...] = (
    # a sibling whose name starts as the folder's does
    """
import os
from flask import Flask, request, send_file
ROOT = "/srv/data"
app = Flask(__name__)

@app.get("/download")
def download():
    path = os.path.realpath(os.path.join(ROOT, request.args["name"]))
    if os.path.commonprefix([path, ROOT]) != ROOT:
        return "no", 403
    return send_file(path)
""",
    # a name that follows what the caller gives, too
    """
def read(user, name):
    return open(user + "/" + name).read()
""",
    # a separator of another system
    """
def read(name):
    if "/" in name:
        raise ValueError(name)
    return open("C:\\\\data\\\\" + name).read()
""",
)

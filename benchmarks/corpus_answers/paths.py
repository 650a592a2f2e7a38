"""Files: paths out of their folder, archives, uploads, temporary files, modes, checks before use."""

from corpus import pair

RECORDS = (
    # A file service whose read joins without a check.
    *pair(
        "note-store",
        22,
        '''
from pathlib import Path

from fastapi import APIRouter, Depends, HTTPException

router = APIRouter(prefix="/notes", dependencies=[Depends(require_login)])


class NoteStore:
    """Keeps notes as text files in one folder."""

    def __init__(self, root: str = "/srv/notes"):
        self.root = Path(root).resolve()

    def _path(self, name: str) -> Path:
-        return self.root / f"{name}.txt"
+        path = (self.root / f"{name}.txt").resolve()
+        if not path.is_relative_to(self.root):
+            raise FileNotFoundError(name)
+        return path

    def read(self, name: str) -> str:
        return self._path(name).read_text(encoding="utf-8")


def get_store() -> NoteStore:
    return NoteStore()


@router.get("/")
def read_note(name: str, store: NoteStore = Depends(get_store)):
    try:
        return {"text": store.read(name)}
    except FileNotFoundError:
        raise HTTPException(status_code=404)
''',
    ),
    # A prefix check without the separator.
    *pair(
        "prefix-without-separator",
        22,
        """
import os

from flask import Flask, abort, request, send_file

app = Flask(__name__)
BASE = "/var/data/public"


def inside(path):
-    return os.path.realpath(path).startswith(BASE)
+    return os.path.realpath(path).startswith(BASE + os.sep)


@app.route("/file")
def get_file():
    path = os.path.join(BASE, request.args["name"])
    if not inside(path) or not os.path.isfile(path):
        abort(404)
    return send_file(os.path.realpath(path))
""",
    ),
    # Removing "../" once can be defeated.
    *pair(
        "dots-removed",
        22,
        """
import os

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404

MANUALS = "/srv/manuals"


@login_required
def manual(request):
-    name = request.GET.get("name", "index.pdf").replace("../", "")
+    name = os.path.basename(request.GET.get("name", "index.pdf"))
    path = os.path.join(MANUALS, name)
    if not os.path.isfile(path):
        raise Http404("no such manual")
    return FileResponse(open(path, "rb"))
""",
    ),
    # The check comes after the file was removed.
    *pair(
        "check-after-delete",
        22,
        '''
import logging
from pathlib import Path

log = logging.getLogger(__name__)


class ExportManager:
    """Manages exported reports of the current user."""

    def __init__(self, base: Path):
        self.base = base.resolve()

    def remove(self, filename: str) -> bool:
        target = (self.base / filename).resolve()
-        existed = target.exists()
-        target.unlink(missing_ok=True)
        if self.base not in target.parents:
            log.warning("refused to remove a file outside the exports")
            return False
+        existed = target.exists()
+        target.unlink(missing_ok=True)
        return existed


@app.delete("/exports")
@login_required
def delete_export():
    manager = ExportManager(Path("/srv/exports") / str(int(current_user.id)))
    return {"removed": manager.remove(request.args["file"])}
''',
    ),
    # An extension check does not keep the path inside.
    *pair(
        "extension-check-only",
        22,
        """
import os
import tornado.web

IMAGES = "/srv/images"


class ImageHandler(tornado.web.RequestHandler):
    def get(self):
        name = self.get_query_argument("name")
-        if not name.endswith((".png", ".jpg")):
+        if not name.endswith((".png", ".jpg")) or os.path.basename(name) != name:
            raise tornado.web.HTTPError(400)
        path = os.path.join(IMAGES, name)
        if not os.path.exists(path):
            raise tornado.web.HTTPError(404)
        with open(path, "rb") as file:
            self.set_header("Content-Type", "image/png" if name.endswith("png") else "image/jpeg")
            self.write(file.read())
""",
    ),
    # Saving an upload under the client's name.
    *pair(
        "fastapi-upload-name",
        22,
        '''
import secrets
from pathlib import Path

from fastapi import Depends, FastAPI, HTTPException, UploadFile

app = FastAPI()
FOLDER = Path("/srv/uploads")
LIMIT = 5 * 1024 * 1024
SUFFIXES = {".pdf", ".txt"}


@app.post("/upload")
async def upload(file: UploadFile, user=Depends(current_user)):
    """Store a document."""
    suffix = Path(file.filename or "").suffix.lower()
    if suffix not in SUFFIXES:
        raise HTTPException(status_code=415)
    data = await file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise HTTPException(status_code=413)
-    target = FOLDER / file.filename
+    target = FOLDER / (secrets.token_hex(16) + suffix)
    target.write_bytes(data)
    return {"stored": target.name}
''',
    ),
    # A tiny static server on http.server.
    *pair(
        "static-http-server",
        22,
        """
import mimetypes
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlparse

ROOT = os.path.abspath("public")


class StaticHandler(BaseHTTPRequestHandler):
    def do_GET(self):
        relative = unquote(urlparse(self.path).path).lstrip("/") or "index.html"
-        path = os.path.join(ROOT, relative)
+        path = os.path.realpath(os.path.join(ROOT, relative))
+        if os.path.commonpath([os.path.realpath(ROOT), path]) != os.path.realpath(ROOT):
+            self.send_error(403)
+            return
        if not os.path.isfile(path):
            self.send_error(404)
            return
        with open(path, "rb") as file:
            body = file.read()
        self.send_response(200)
        self.send_header("Content-Type", mimetypes.guess_type(path)[0] or "application/octet-stream")
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", 8000), StaticHandler).serve_forever()
""",
    ),
    # A template name from the request path is opened.
    *pair(
        "lambda-template",
        22,
        """
import json
import os

BASE = os.path.join(os.environ.get("LAMBDA_TASK_ROOT", "."), "pages")
+PAGES = {name[:-5] for name in ("home.html", "about.html", "imprint.html")}


def load_page(name):
    with open(os.path.join(BASE, name + ".html"), encoding="utf-8") as file:
        return file.read()


def handler(event, context):
    name = (event.get("queryStringParameters") or {}).get("page", "home")
-    try:
-        body = load_page(name)
-    except FileNotFoundError:
+    if name not in PAGES:
        return {"statusCode": 404, "body": json.dumps({"error": "not found"})}
+    body = load_page(name)
    return {"statusCode": 200, "headers": {"Content-Type": "text/html"}, "body": body}
""",
    ),
    # Paths with a user id that is not a number.
    *pair(
        "avatar-folder",
        22,
        """
import shutil
from pathlib import Path
from uuid import UUID

from aiohttp import web

AVATARS = Path("/srv/avatars")


def folder_of(raw: str) -> Path:
-    return AVATARS / raw
+    return AVATARS / str(UUID(raw))


async def avatar(request: web.Request) -> web.FileResponse:
    try:
        path = folder_of(request.query["user"]) / "avatar.png"
    except (KeyError, ValueError):
        raise web.HTTPBadRequest()
    if not path.is_file():
        path = AVATARS / "default.png"
    return web.FileResponse(path)
""",
    ),
    # Joined with os.path.join after an "is not absolute" check only.
    *pair(
        "absolute-check-only",
        22,
        """
import os

from flask import Flask, abort, jsonify, request

app = Flask(__name__)
app.config["LOG_DIR"] = "/var/log/myapp"


def log_path(name):
-    if os.path.isabs(name):
+    if os.path.isabs(name) or ".." in name.split("/"):
        abort(400, "absolute paths are not allowed")
    return os.path.join(app.config["LOG_DIR"], name)


@app.route("/logs/tail")
@admin_required
def tail():
    with open(log_path(request.args.get("file", "app.log")), errors="replace") as file:
        lines = file.readlines()[-100:]
    return jsonify(lines=lines)
""",
    ),
    # The sanitised name is computed and the raw one used.
    *pair(
        "secure-filename-unused",
        22,
        """
import os

from flask import Blueprint, current_app, request
from flask_login import login_required
from werkzeug.utils import secure_filename

bp = Blueprint("photos", __name__)
ALLOWED = {"png", "jpg", "jpeg"}


def allowed(filename):
    return "." in filename and filename.rsplit(".", 1)[1].lower() in ALLOWED


@bp.post("/photos")
@login_required
def add_photo():
    photo = request.files["photo"]
    filename = secure_filename(photo.filename)
    if not filename or not allowed(filename):
        return {"error": "unsupported file"}, 400
-    photo.save(os.path.join(current_app.config["PHOTOS"], photo.filename))
+    photo.save(os.path.join(current_app.config["PHOTOS"], filename))
    return {"name": filename}, 201
""",
    ),
    # Zip members are written by their own names.
    *pair(
        "zip-members",
        22,
        '''
import os
import zipfile
from pathlib import Path

MAX_TOTAL = 50 * 1024 * 1024


def unpack(archive: str, destination: str) -> list:
    """Unpack an uploaded theme and return the files that were written."""
    written = []
    root = Path(destination).resolve()
    with zipfile.ZipFile(archive) as bundle:
        if sum(info.file_size for info in bundle.infolist()) > MAX_TOTAL:
            raise ValueError("archive too large")
        for info in bundle.infolist():
            if info.is_dir():
                continue
-            target = os.path.join(root, info.filename)
+            target = (root / info.filename).resolve()
+            if not target.is_relative_to(root):
+                raise ValueError("member outside of the folder")
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as out:
                out.write(bundle.read(info))
            written.append(str(target))
    return written
''',
    ),
    # tarfile.extractall of a download; the twin uses the data filter.
    *pair(
        "tar-plugin-installer",
        22,
        """
import io
import logging
import tarfile
from pathlib import Path

import requests

logger = logging.getLogger(__name__)


class PluginInstaller:
    INDEX = "https://plugins.example.org"

    def __init__(self, folder: Path):
        self.folder = folder

    def install(self, name: str) -> None:
        if not name.isidentifier():
            raise ValueError("invalid plugin name")
        response = requests.get(f"{self.INDEX}/{name}.tar.gz", timeout=30)
        response.raise_for_status()
        with tarfile.open(fileobj=io.BytesIO(response.content), mode="r:gz") as archive:
-            archive.extractall(self.folder / name)
+            archive.extractall(self.folder / name, filter="data")
        logger.info("installed %s", name)
""",
    ),
    # Tar members are checked for absolute names only.
    *pair(
        "tar-absolute-only",
        22,
        '''
import os
import sys
import tarfile


def safe_members(archive, destination):
    root = os.path.realpath(destination)
    for member in archive.getmembers():
-        if member.name.startswith("/"):
+        target = os.path.realpath(os.path.join(root, member.name))
+        if not member.isfile() or os.path.commonpath([root, target]) != root:
            print("skipping", member.name, file=sys.stderr)
            continue
        yield member


def restore(path, destination):
    """Restore a backup that a customer sent."""
    with tarfile.open(path) as archive:
        archive.extractall(destination, members=safe_members(archive, destination))


if __name__ == "__main__":
    restore(sys.argv[1], sys.argv[2])
''',
    ),
    # An upload route that keeps any type in the static folder.
    *pair(
        "static-upload-any-type",
        434,
        """
import os
import uuid

from flask import Flask, jsonify, request
from flask_login import login_required

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 2 * 1024 * 1024
UPLOADS = os.path.join(app.root_path, "static", "uploads")
+ALLOWED = {".png", ".jpg", ".gif"}


@app.post("/avatar")
@login_required
def avatar():
    file = request.files["file"]
    _, extension = os.path.splitext(file.filename)
+    if extension.lower() not in ALLOWED:
+        return jsonify(error="only images"), 400
    name = uuid.uuid4().hex + extension.lower()
    file.save(os.path.join(UPLOADS, name))
    return jsonify(url=f"/static/uploads/{name}")
""",
    ),
    # The client's content type says nothing about the extension.
    *pair(
        "django-upload-content-type",
        434,
        """
import os
import uuid

from django.conf import settings
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpResponseBadRequest, JsonResponse
from django.views import View

EXTENSIONS = {"image/png": ".png", "image/jpeg": ".jpg"}


class AvatarUpload(LoginRequiredMixin, View):
    def post(self, request):
        upload = request.FILES["avatar"]
        if upload.content_type not in EXTENSIONS or upload.size > 1_000_000:
            return HttpResponseBadRequest("PNG or JPEG up to 1 MB")
-        extension = os.path.splitext(upload.name)[1]
+        extension = EXTENSIONS[upload.content_type]
        name = uuid.uuid4().hex + extension
        with open(os.path.join(settings.MEDIA_ROOT, name), "wb") as out:
            for chunk in upload.chunks():
                out.write(chunk)
        return JsonResponse({"url": settings.MEDIA_URL + name})
""",
    ),
    # tempfile.mktemp.
    *pair(
        "mktemp-report",
        377,
        '''
import csv
import os
import tempfile


class ReportWriter:
    """Write rows into a temporary CSV file and return its path."""

    def __init__(self, header):
        self.header = header

    def write(self, rows):
-        path = tempfile.mktemp(suffix=".csv")
-        with open(path, "w", newline="") as file:
+        handle, path = tempfile.mkstemp(suffix=".csv")
+        with os.fdopen(handle, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(self.header)
            writer.writerows(rows)
        return path
''',
    ),
    # A fixed name in /tmp.
    *pair(
        "fixed-tmp-script",
        377,
        '''
import subprocess
import tempfile
from pathlib import Path

SCRIPT = """#!/bin/sh
set -e
systemctl reload nginx
"""


def reload_server() -> None:
    """Write a small script and run it."""
-    path = Path("/tmp/reload_nginx.sh")
-    path.write_text(SCRIPT)
-    subprocess.run(["sh", str(path)], check=True)
-    path.unlink()
+    with tempfile.TemporaryDirectory() as folder:
+        path = Path(folder, "reload.sh")
+        path.write_text(SCRIPT)
+        subprocess.run(["sh", str(path)], check=True)
''',
    ),
    # Everybody may write the configuration.
    *pair(
        "config-mode-777",
        732,
        '''
import json
import os
import stat


class ConfigFile:
    def __init__(self, path="/etc/myagent/config.json"):
        self.path = path

    def save(self, values: dict) -> None:
        """Write the configuration."""
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with open(self.path, "w") as file:
            json.dump(values, file, indent=2)
-        os.chmod(self.path, 0o777)
+        os.chmod(self.path, stat.S_IRUSR | stat.S_IWUSR)

    def load(self) -> dict:
        with open(self.path) as file:
            return json.load(file)
''',
    ),
    # A private key that all may read.
    *pair(
        "private-key-mode",
        732,
        '''
import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519


def create_key(path: Path) -> None:
    """Create the host key of this machine."""
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
-    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
+    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
''',
    ),
    # Exists, then writes, in a shared folder; the twin creates exclusively.
    *pair(
        "exists-then-open",
        367,
        '''
import os

SPOOL = "/var/spool/shared"


def enqueue(job_id: int, text: str) -> str:
    """Write a job into the spool folder that all users share; never replace one."""
    path = os.path.join(SPOOL, f"{int(job_id)}.job")
-    if os.path.exists(path):
-        raise FileExistsError(path)
-    with open(path, "w") as file:
+    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
+    with os.fdopen(handle, "w") as file:
        file.write(text)
    return path
''',
    ),
    # os.access before open in a program with more rights than its caller.
    *pair(
        "access-then-open",
        367,
        '''
import os
import sys


def show(path):
    """Print a file if the real user may read it (this program is installed setuid)."""
-    if not os.access(path, os.R_OK):
-        sys.exit("permission denied")
-    with open(path) as file:
-        sys.stdout.write(file.read())
+    os.setegid(os.getgid())
+    os.seteuid(os.getuid())
+    try:
+        with open(path) as file:
+            sys.stdout.write(file.read())
+    except PermissionError:
+        sys.exit("permission denied")


if __name__ == "__main__":
    show(sys.argv[1])
''',
    ),
)

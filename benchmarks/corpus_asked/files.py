"""Paths, uploads, archives, temporary files, permissions, XML, addresses that a server fetches."""

from corpus import pair

RECORDS = (
    *pair(
        "flask-download",
        22,
        """
import os
-from flask import Flask, request, send_file, abort
+from flask import Flask, request, send_from_directory, abort

app = Flask(__name__)
UPLOAD_FOLDER = '/srv/app/uploads'


@app.route('/download')
def download():
    filename = request.args.get('filename')
    if not filename:
        abort(400)
-    file_path = os.path.join(UPLOAD_FOLDER, filename)
-    if not os.path.exists(file_path):
-        abort(404)
-    return send_file(file_path, as_attachment=True)
+    return send_from_directory(UPLOAD_FOLDER, filename, as_attachment=True)
""",
    ),
    *pair(
        "fastapi-report",
        22,
        """
from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse

app = FastAPI()
REPORTS = Path("/var/reports").resolve()


@app.get("/reports/{name:path}")
def report(name: str):
-    path = REPORTS / name
+    path = (REPORTS / name).resolve()
+    if not path.is_relative_to(REPORTS):
+        raise HTTPException(status_code=404)
    if not path.is_file():
        raise HTTPException(status_code=404)
    return FileResponse(path)
""",
    ),
    *pair(
        "fragment-read-template",
        22,
        '''
def load_template(base_dir, template_name):
    """Return the text of a template below base_dir."""
    full_path = os.path.join(base_dir, template_name)
+    full_path = os.path.realpath(full_path)
+    root = os.path.realpath(base_dir)
+    if os.path.commonpath([root, full_path]) != root:
+        raise ValueError("template is outside of the folder")
    with open(full_path, "r", encoding="utf-8") as f:
        return f.read()
''',
    ),
    *pair(
        "django-avatar-delete",
        22,
        """
import os

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.views.decorators.http import require_POST


@login_required
@require_POST
def delete_avatar(request):
-    name = request.POST["name"]
+    name = os.path.basename(request.POST["name"])
    folder = os.path.join(settings.MEDIA_ROOT, "avatars", str(request.user.pk))
    path = os.path.join(folder, name)
    if os.path.isfile(path):
        os.remove(path)
    return JsonResponse({"deleted": True})
""",
    ),
    *pair(
        "storage-class",
        22,
        '''
from pathlib import Path


class LocalStorage:
    """Keeps blobs below a root folder."""

    def __init__(self, root):
        self.root = Path(root).resolve()

    def _path(self, key):
-        return self.root / key
+        path = (self.root / key).resolve()
+        if self.root not in path.parents:
+            raise KeyError(key)
+        return path

    def read(self, key):
        return self._path(key).read_bytes()

    def write(self, key, data):
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
''',
    ),
    *pair(
        "aiohttp-static",
        22,
        """
import pathlib

from aiohttp import web

ROOT = pathlib.Path("/srv/static").resolve()


async def static(request):
    name = request.match_info["tail"]
-    target = ROOT.joinpath(name)
+    target = ROOT.joinpath(name).resolve()
+    try:
+        target.relative_to(ROOT)
+    except ValueError:
+        raise web.HTTPForbidden()
    if not target.is_file():
        raise web.HTTPNotFound()
    return web.FileResponse(target)


app = web.Application()
app.router.add_get("/static/{tail:.*}", static)
""",
    ),
    *pair(
        "tar-restore",
        22,
        '''
import tarfile


def restore_backup(archive_path, destination):
    """Unpack a backup that a user uploaded."""
    with tarfile.open(archive_path, "r:gz") as archive:
-        archive.extractall(destination)
+        archive.extractall(destination, filter="data")
''',
    ),
    *pair(
        "zip-extract-manual",
        22,
        """
import os
import shutil
import zipfile


def extract_photos(archive, target):
    root = os.path.realpath(target)
    with zipfile.ZipFile(archive) as bundle:
        for info in bundle.infolist():
            if info.is_dir() or info.file_size > 20_000_000:
                continue
            path = os.path.join(root, info.filename)
+            if not os.path.realpath(path).startswith(root + os.sep):
+                raise ValueError("entry outside of the target")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with bundle.open(info) as source, open(path, "wb") as out:
                shutil.copyfileobj(source, out)
""",
    ),
    *pair(
        "flask-upload",
        434,
        """
import os
import uuid
from flask import Flask, request, jsonify
+from werkzeug.utils import secure_filename

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 5 * 1024 * 1024
UPLOAD_DIR = "static/uploads"
ALLOWED = {"png", "jpg", "jpeg", "gif"}


@app.route("/upload", methods=["POST"])
def upload():
    file = request.files.get("file")
    if file is None or not file.filename:
        return jsonify({"error": "no file"}), 400
-    file.save(os.path.join(UPLOAD_DIR, file.filename))
-    return jsonify({"name": file.filename})
+    extension = secure_filename(file.filename).rsplit(".", 1)[-1].lower()
+    if extension not in ALLOWED:
+        return jsonify({"error": "file type not allowed"}), 400
+    name = f"{uuid.uuid4().hex}.{extension}"
+    file.save(os.path.join(UPLOAD_DIR, name))
+    return jsonify({"name": name})
""",
    ),
    *pair(
        "fastapi-upload",
        434,
        """
import shutil
import uuid
from pathlib import Path

from fastapi import FastAPI, File, HTTPException, UploadFile

app = FastAPI()
MEDIA = Path("media")


@app.post("/avatar")
async def upload_avatar(file: UploadFile = File(...)):
-    destination = MEDIA / file.filename
+    suffix = Path(file.filename or "").suffix.lower()
+    if suffix not in {".png", ".jpg", ".webp"}:
+        raise HTTPException(status_code=415, detail="unsupported type")
+    destination = MEDIA / f"{uuid.uuid4()}{suffix}"
    with destination.open("wb") as out:
        shutil.copyfileobj(file.file, out)
    return {"path": str(destination)}
""",
    ),
    *pair(
        "django-upload-any",
        434,
        """
import os
import uuid

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponseBadRequest, JsonResponse

TYPES = (".pdf", ".txt")


@login_required
def attach(request):
    upload = request.FILES["document"]
    extension = os.path.splitext(upload.name)[1].lower()
+    if extension not in TYPES:
+        return HttpResponseBadRequest("this type is not accepted")
    name = uuid.uuid4().hex + extension
    with open(os.path.join(settings.MEDIA_ROOT, name), "wb") as target:
        for chunk in upload.chunks():
            target.write(chunk)
    return JsonResponse({"name": name})
""",
    ),
    *pair(
        "mktemp-report",
        377,
        '''
import os
import tempfile


def write_report(lines):
    """Write the report to a temporary file and return its name."""
-    name = tempfile.mktemp(suffix=".txt")
-    with open(name, "w") as handle:
+    fd, name = tempfile.mkstemp(suffix=".txt")
+    with os.fdopen(fd, "w") as handle:
        handle.write("\\n".join(lines))
    return name
''',
    ),
    *pair(
        "fixed-tmp-name",
        377,
        '''
import json
import os
+import tempfile


def dump_state(state):
    """Keep the state for the next start and return where."""
-    path = "/tmp/service_state_%d.json" % os.getpid()
-    with open(path, "w") as out:
+    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as out:
+        path = out.name
        json.dump(state, out)
    return path
''',
    ),
    *pair(
        "check-then-open",
        367,
        '''
import os


def create_lock(path):
    """Create the lock file; returns False if another process holds it."""
-    if os.path.exists(path):
-        return False
-    with open(path, "w") as lock:
-        lock.write(str(os.getpid()))
+    try:
+        with open(path, "x") as lock:
+            lock.write(str(os.getpid()))
+    except FileExistsError:
+        return False
    return True
''',
    ),
    *pair(
        "access-then-read",
        367,
        '''
import os
import sys


def show(path):
    """Print a file if the real user may read it (the program is installed setuid)."""
-    if not os.access(path, os.R_OK):
-        sys.exit("permission denied")
-    with open(path) as handle:
-        print(handle.read())
+    os.setegid(os.getgid())
+    os.seteuid(os.getuid())
+    try:
+        with open(path) as handle:
+            print(handle.read())
+    except PermissionError:
+        sys.exit("permission denied")


if __name__ == "__main__":
    show(sys.argv[1])
''',
    ),
    *pair(
        "key-file-mode",
        732,
        '''
import os


def save_private_key(path, pem):
    """Store a private key on disk."""
-    with open(path, "wb") as handle:
-        handle.write(pem)
-    os.chmod(path, 0o666)
+    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
+    with os.fdopen(fd, "wb") as handle:
+        handle.write(pem)
''',
    ),
    *pair(
        "script-installer",
        732,
        '''
import os
import shutil
import stat


def install(source, target_dir="/usr/local/bin"):
    """Copy a tool into the path and make it executable."""
    target = os.path.join(target_dir, os.path.basename(source))
    shutil.copyfile(source, target)
-    os.chmod(target, stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO)
+    os.chmod(target, stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
    return target
''',
    ),
    *pair(
        "data-folder-mode",
        732,
        '''
import os
from pathlib import Path


def prepare_workspace(user_name):
    """Create the folders of a user."""
    base = Path.home() / "workspaces"
-    old = os.umask(0)
-    base.mkdir(mode=0o777, exist_ok=True)
+    old = os.umask(0o077)
+    base.mkdir(mode=0o700, exist_ok=True)
    os.umask(old)
    return base
''',
    ),
    *pair(
        "lxml-upload",
        611,
        """
from flask import Flask, request, jsonify
from lxml import etree

app = Flask(__name__)


@app.route("/invoice", methods=["POST"])
def invoice():
-    parser = etree.XMLParser(resolve_entities=True)
+    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(request.data, parser=parser)
    return jsonify({"number": root.findtext("number"), "total": root.findtext("total")})
""",
    ),
    *pair(
        "sax-external",
        611,
        """
import io
import xml.sax
from xml.sax.handler import ContentHandler, feature_external_ges


class Titles(ContentHandler):
    def __init__(self):
        super().__init__()
        self.titles = []

    def startElement(self, name, attrs):
        if name == "item":
            self.titles.append(attrs.get("title"))


def parse_feed(content):
    handler = Titles()
    parser = xml.sax.make_parser()
-    parser.setFeature(feature_external_ges, True)
+    parser.setFeature(feature_external_ges, False)
    parser.setContentHandler(handler)
    parser.parse(io.BytesIO(content))
    return handler.titles
""",
    ),
    *pair(
        "lxml-huge",
        776,
        '''
from lxml import etree


def read_settings(xml_bytes):
    """Parse the settings a client sends."""
-    parser = etree.XMLParser(huge_tree=True, resolve_entities=True, load_dtd=True)
+    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    document = etree.fromstring(xml_bytes, parser)
    return {child.tag: child.text for child in document}
''',
    ),
    *pair(
        "dtd-parser",
        611,
        '''
def parse_purchase_order(xml_text):
    """Validate and parse a purchase order."""
-    parser = etree.XMLParser(load_dtd=True, dtd_validation=False, no_network=False)
+    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(xml_text.encode("utf-8"), parser)
    return [(line.get("sku"), int(line.get("count"))) for line in root.iter("line")]
''',
    ),
    *pair(
        "flask-proxy",
        918,
        """
import requests
from urllib.parse import urlparse
from flask import Flask, request, Response, abort

app = Flask(__name__)
ALLOWED_HOSTS = {"images.example.com", "cdn.example.com"}


@app.route("/proxy")
def proxy():
    url = request.args.get("url", "")
+    parts = urlparse(url)
+    if parts.scheme != "https" or parts.hostname not in ALLOWED_HOSTS:
+        abort(400)
-    upstream = requests.get(url, timeout=5)
+    upstream = requests.get(url, timeout=5, allow_redirects=False)
    return Response(upstream.content, content_type="application/octet-stream")
""",
    ),
    *pair(
        "fastapi-webhook",
        918,
        """
import httpx
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()
+TARGETS = {"chat": "https://chat.example.com/hook", "mail": "https://mail.example.com/hook"}


class Hook(BaseModel):
    target: str
    message: str


@app.post("/notify")
async def notify(hook: Hook):
+    if hook.target not in TARGETS:
+        raise HTTPException(status_code=404)
    async with httpx.AsyncClient(timeout=5) as client:
-        response = await client.post(hook.target, json={"text": hook.message})
+        response = await client.post(TARGETS[hook.target], json={"text": hook.message})
    return {"status": response.status_code}
""",
    ),
    *pair(
        "aiohttp-fetcher",
        918,
        """
import aiohttp
from aiohttp import web
+from yarl import URL

+HOSTS = frozenset({"feeds.example.org"})


async def fetch(request):
    url = request.query["url"]
+    if URL(url).host not in HOSTS:
+        raise web.HTTPBadRequest()
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            return web.Response(body=await response.read())


app = web.Application()
app.add_routes([web.get("/fetch", fetch)])
""",
    ),
    *pair(
        "preview-class",
        918,
        """
import ipaddress
import socket
from urllib.parse import urlparse

import requests
from flask import Flask, request, jsonify

app = Flask(__name__)


class LinkPreview:
    def __init__(self, address):
        self.address = address

+    def check(self):
+        host = urlparse(self.address).hostname or ""
+        for info in socket.getaddrinfo(host, None):
+            if not ipaddress.ip_address(info[4][0]).is_global:
+                raise ValueError("address is not public")
+
    def title(self):
+        self.check()
        page = requests.get(self.address, timeout=3, allow_redirects=False).text
        start = page.find("<title>")
        end = page.find("</title>")
        return page[start + 7 : end] if 0 <= start < end else ""


@app.post("/preview")
def preview():
    return jsonify({"title": LinkPreview(request.json["url"]).title()})
""",
    ),
    *pair(
        "django-import-image",
        918,
        """
import urllib.request

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBadRequest


@login_required
def import_image(request):
    source = request.POST.get("source", "")
-    if not source.startswith("http"):
+    if not source.startswith("https://images.example.com/"):
        return HttpResponseBadRequest("invalid source")
    with urllib.request.urlopen(source, timeout=5) as answer:
        data = answer.read(1_000_000)
    store_image(request.user, data)
    return HttpResponse(status=201)
""",
    ),
)

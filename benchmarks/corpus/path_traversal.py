"""Names of files from outside (CWE-22, 23, 73) and temporary files (CWE-377)."""

from corpus import pair

RECORDS = [
    *pair(
        "flask-download",
        22,
        r"""
import os
from flask import Flask, abort, request, send_file, send_from_directory

app = Flask(__name__)
FILES = "/srv/files"


@app.get("/download")
def download():
    name = request.args.get("name")
    if not name:
        abort(400)
-    return send_file(os.path.join(FILES, name))
+    return send_from_directory(FILES, name)
""",
    ),
    *pair(
        "realpath-commonpath",
        22,
        r'''
import os
from http import HTTPStatus

BASE = os.path.realpath("/var/data/reports")


def read_report(relative):
    """(status, content) of the report that the client named"""
    target = os.path.realpath(os.path.join(BASE, relative))
-    if not os.path.exists(target):
-        return HTTPStatus.NOT_FOUND, ""
+    if os.path.commonpath([BASE, target]) != BASE:
+        return HTTPStatus.FORBIDDEN, ""
    with open(target, encoding="utf-8") as file:
        return HTTPStatus.OK, file.read()
''',
    ),
    *pair(
        "pathlib-relative-to",
        22,
        r"""
from pathlib import Path
from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse

app = FastAPI()
ROOT = Path("/srv/media").resolve()


def locate(name: str) -> Path:
-    path = ROOT / name
+    path = (ROOT / name).resolve()
+    if not path.is_relative_to(ROOT):
+        raise HTTPException(status_code=404)
    if not path.is_file():
        raise HTTPException(status_code=404)
    return path


@app.get("/media/{name:path}")
def media(name: str):
    return FileResponse(locate(name))
""",
    ),
    *pair(
        "startswith-before-normalising",
        22,
        r"""
import os
from aiohttp import web

STATIC = "/opt/site/static/"


async def static(request):
    name = request.match_info["name"]
-    path = STATIC + name
-    if not path.startswith(STATIC):
+    path = os.path.realpath(STATIC + name)
+    if not path.startswith(STATIC):
        raise web.HTTPForbidden()
    with open(path, "rb") as file:
        return web.Response(body=file.read(), content_type="application/octet-stream")
""",
    ),
    *pair(
        "cli-reads-its-argument",
        22,
        r"""
import argparse
import collections
-import os
-from flask import request


def words(path):
    with open(path, encoding="utf-8") as file:
        return collections.Counter(file.read().split())


def main():
    parser = argparse.ArgumentParser(description="count words")
    parser.add_argument("file")
    parser.add_argument("--top", type=int, default=10)
    args = parser.parse_args()
    for word, count in words(args.file).most_common(args.top):
        print(count, word)
-
-
-def view():
-    return dict(words(os.path.join("texts", request.args["file"])).most_common(10))


if __name__ == "__main__":
    main()
""",
    ),
    *pair(
        "servlet-ternary-file",
        22,
        r"""
import codecs
from flask import Blueprint, request

bp = Blueprint("files", __name__)


@bp.route("/pathtraver/12")
def case():
    param = request.cookies.get("target", "")
    num = 106
-    bar = "constant.txt" if 7 * 18 + num < 200 else param
+    bar = "constant.txt" if 7 * 18 + num > 200 else param
    try:
        with codecs.open(f"testfiles/{bar}", "r", "utf-8") as file:
            return file.read(1000), 200, {"Content-Type": "text/plain"}
    except FileNotFoundError:
        return "no such file", 404
""",
    ),
    *pair(
        "django-template-language",
        73,
        r"""
from django.http import Http404, HttpResponse

LANGUAGES = ("de", "en", "fr")


def terms(request):
    language = request.GET.get("lang", "en")
-    if len(language) < 2:
+    if language not in LANGUAGES:
        raise Http404
    with open(f"/srv/terms/{language}/terms.txt") as file:
        return HttpResponse(file.read(), content_type="text/plain")
""",
    ),
    *pair(
        "secure-filename-class",
        22,
        r"""
import os
from werkzeug.utils import secure_filename


class Notes:
    def __init__(self, folder):
        self.folder = folder
        self.path = None

    def choose(self, name):
-        self.path = os.path.join(self.folder, name.replace("../", ""))
+        self.path = os.path.join(self.folder, secure_filename(name))

    def text(self):
        with open(self.path, encoding="utf-8") as file:
            return file.read()


def show_note(request):
    notes = Notes("/srv/notes")
    notes.choose(request.args["note"])
    return {"text": notes.text()}
""",
    ),
    *pair(
        "tar-extract-filter",
        22,
        r'''
import tarfile
import tempfile


def unpack(upload):
    """Unpacks an archive that a customer uploaded; the folder with its files."""
    folder = tempfile.mkdtemp()
    with tarfile.open(fileobj=upload, mode="r:gz") as archive:
-        archive.extractall(folder)
+        archive.extractall(folder, filter="data")
    return folder
''',
    ),
    *pair(
        "zip-members",
        22,
        r"""
import os
import zipfile


def restore(archive_path, target):
    root = os.path.realpath(target)
    with zipfile.ZipFile(archive_path) as archive:
        for info in archive.infolist():
            destination = os.path.join(root, info.filename)
-            if info.is_dir():
-                continue
+            if info.is_dir() or not os.path.realpath(destination).startswith(root + os.sep):
+                continue
            os.makedirs(os.path.dirname(destination), exist_ok=True)
            with archive.open(info) as source, open(destination, "wb") as copy:
                while block := source.read(65536):
                    copy.write(block)
""",
    ),
    *pair(
        "numbered-file",
        22,
        r"""
import json
import os


class Store:
    root = "/var/lib/app/recipes"

    def load(self, number):
        with open(os.path.join(self.root, f"{number}.json"), encoding="utf-8") as file:
            return json.load(file)


def recipe(request, store=Store()):
-    number = request.GET["number"]
+    number = int(request.GET["number"])
    return store.load(number)
""",
    ),
    *pair(
        "tempfile-mktemp",
        377,
        r"""
import os
import tempfile


EDITOR = "/usr/bin/nano"


def edit(text):
-    path = tempfile.mktemp(suffix=".txt")
-    with open(path, "w") as file:
+    handle, path = tempfile.mkstemp(suffix=".txt")
+    with os.fdopen(handle, "w") as file:
        file.write(text)
    os.spawnv(os.P_WAIT, EDITOR, [EDITOR, path])
    with open(path) as file:
        changed = file.read()
    os.unlink(path)
    return changed
""",
    ),
    *pair(
        "fixed-tmp-name",
        377,
        r"""
import json
import tempfile


def cache_report(rows):
-    path = "/tmp/report-cache.json"
-    with open(path, "w") as file:
-        json.dump(rows, file)
-    return path
+    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
+        json.dump(rows, file)
+    return file.name
""",
    ),
    *pair(
        "test-fixture-tmp",
        377,
        r"""
+import tempfile
import unittest
from pathlib import Path
-from tempfile import mktemp


class LoaderTest(unittest.TestCase):
    def setUp(self):
-        self.path = Path(mktemp())
-        self.path.write_text("a,b\n1,2\n")
+        self.folder = tempfile.TemporaryDirectory()
+        self.addCleanup(self.folder.cleanup)
+        self.path = Path(self.folder.name) / "rows.csv"
+        self.path.write_text("a,b\n1,2\n")

    def test_rows(self):
        self.assertEqual(len(self.path.read_text().splitlines()), 2)
""",
    ),
]

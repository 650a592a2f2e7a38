"""Files: paths, archives, uploads, modes, temporary names, races."""

from corpus import pair

RECORDS = (
    # The name may climb out of the folder.
    *pair(
        "read-note",
        22,
        r'''
from pathlib import Path

NOTES = Path("/var/lib/notes")


def read_note(name: str) -> str:
    """Return the text of the note with the given name."""
-    path = NOTES / f"{name}.txt"
+    path = NOTES / f"{Path(name).name}.txt"
    return path.read_text(encoding="utf-8")
''',
    ),
    # The path is checked before it is resolved.
    *pair(
        "resolve-after-check",
        22,
        r"""
from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse

app = FastAPI()
ROOT = Path("/srv/public/reports").resolve()


@app.get("/reports/{name:path}")
def report(name: str):
-    path = ROOT / name
-    if not path.is_relative_to(ROOT):
-        raise HTTPException(404)
-    path = path.resolve()
+    path = (ROOT / name).resolve()
+    if not path.is_relative_to(ROOT):
+        raise HTTPException(404)
    if not path.is_file():
        raise HTTPException(404)
    return FileResponse(path)
""",
    ),
    # The root's name is the beginning of its neighbour's.
    *pair(
        "root-without-separator",
        22,
        r'''
import os

BASE = os.path.realpath("/srv/files/public")


def open_public(relative):
    """Open a file below the public folder for reading."""
    path = os.path.realpath(os.path.join(BASE, relative))
-    if not path.startswith(BASE):
+    if not path.startswith(BASE + os.sep):
        raise PermissionError(relative)
    return open(path, "rb")
''',
    ),
    # Taking the dots away once leaves those that they were put around.
    *pair(
        "dots-replaced-once",
        22,
        r"""
import os

from flask import Flask, abort, request

app = Flask(__name__)
TEMPLATES = "/srv/app/letters"


@app.route("/letters")
def letter():
-    name = request.args.get("name", "").replace("../", "")
+    name = request.args.get("name", "").replace("/", "_").replace("..", "_")
    path = os.path.join(TEMPLATES, name.lstrip("/"))
    if not os.path.isfile(path):
        abort(404)
    with open(path, encoding="utf-8") as handle:
        return handle.read(), 200, {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}
""",
    ),
    # The common path of the wrong two.
    *pair(
        "common-path-of-joined",
        22,
        r'''
import os
import sys


def delete_cached(root, key):
    """Delete a file of the cache."""
    root = os.path.realpath(root)
    target = os.path.join(root, key)
-    if os.path.commonpath([root, target]) != root:
+    if os.path.commonpath([root, os.path.realpath(target)]) != root:
        raise ValueError("key is outside of the cache")
    os.remove(target)


def main():
    for line in sys.stdin:
        delete_cached("/var/cache/thumbnails", line.rstrip("\n"))


if __name__ == "__main__":
    main()
''',
    ),
    # send_file takes any path, send_from_directory stays below one.
    *pair(
        "send-file-of-user",
        22,
        r"""
import os

-from flask import Flask, send_file
+from flask import Flask, send_from_directory
from flask_login import login_required

app = Flask(__name__)
BROCHURES = os.path.abspath("brochures")


@app.route("/brochures/<path:filename>")
@login_required
def brochure(filename):
-    return send_file(os.path.join(BROCHURES, filename), as_attachment=True)
+    return send_from_directory(BROCHURES, filename, as_attachment=True)
""",
    ),
    # Members of an archive bring their own paths.
    *pair(
        "short-tar-extract-filter",
        22,
        r'''
import tarfile


def unpack(archive: str, destination: str) -> None:
    """Unpack an uploaded tar archive into a directory."""
    with tarfile.open(archive) as bundle:
-        bundle.extractall(destination, filter="fully_trusted")
+        bundle.extractall(destination, filter="data")
''',
    ),
    # A zip whose entries are written by hand; the check forgets that the entry may be absolute.
    *pair(
        "zip-entries-by-hand",
        22,
        r'''
import os
import shutil
import zipfile


def import_theme(archive_path, theme_dir):
    """Copy the style sheets of an uploaded theme into its folder."""
    with zipfile.ZipFile(archive_path) as archive:
        for entry in archive.infolist()[:200]:
            if not entry.filename.endswith(".css") or entry.file_size > 1_000_000:
                continue
-            if entry.filename.startswith(".."):
-                continue
-            target = os.path.join(theme_dir, entry.filename)
+            target = os.path.join(theme_dir, os.path.basename(entry.filename))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with archive.open(entry) as source, open(target, "wb") as sink:
                shutil.copyfileobj(source, sink)
''',
    ),
    # The name of an attachment on a server of somebody else.
    *pair(
        "ftp-listing-names",
        22,
        r'''
import os
import ssl
from ftplib import FTP_TLS


def mirror(host: str, user: str, password: str, folder: str) -> int:
    """Download all files of the server's start folder and return their number."""
    context = ssl.create_default_context()
    with FTP_TLS(host, user, password, timeout=30, context=context) as ftp:
        ftp.prot_p()
        names = ftp.nlst()
        for name in names:
-            path = os.path.join(folder, name)
+            path = os.path.join(folder, os.path.basename(name) or "unnamed")
            with open(path, "wb") as handle:
                ftp.retrbinary(f"RETR {name}", handle.write)
    return len(names)
''',
    ),
    # What may be a name of a setting, and what anchors it.
    *pair(
        "locale-file-name",
        73,
        r'''
import json
import os
import re

-LOCALE = re.compile(r"^[a-z]{2}")
+LOCALE = re.compile(r"^[a-z]{2}(?:_[A-Z]{2})?\Z")


def handler(event, context):
    """Return the texts of the interface in the language of the visitor."""
    language = event["pathParameters"]["language"]
    if not LOCALE.match(language):
        return {"statusCode": 404}
    path = os.path.normpath(os.path.join("/var/task/locales", language + ".json"))
    with open(path, encoding="utf-8") as handle:
        return {"statusCode": 200, "body": json.dumps(json.load(handle))}
''',
    ),
    # Where the export is written is the caller's wish.
    *pair(
        "export-file-name",
        73,
        r'''
import csv
import os
import uuid

EXPORTS = "/srv/exports"


class Exporter:
    def export(self, rows: list[dict], filename: str | None = None) -> str:
        """Write rows to a CSV file whose name the request may suggest; returns its path."""
        os.makedirs(EXPORTS, exist_ok=True)
-        name = filename if filename and filename.endswith(".csv") else f"{uuid.uuid4().hex}.csv"
+        name = f"{uuid.uuid4().hex}.csv"
        path = os.path.join(EXPORTS, name)
        with open(path, "w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, fieldnames=["id", "amount"], extrasaction="ignore")
            writer.writeheader()
            writer.writerows({"id": int(row["id"]), "amount": float(row["amount"])} for row in rows)
        return path
''',
    ),
    # The type is what the browser says, the ending what the visitor says.
    *pair(
        "upload-content-type",
        434,
        r"""
import os
import uuid

from flask import Flask, abort, request
from flask_login import login_required

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 2 * 1024 * 1024
IMAGES = {".png", ".jpg", ".jpeg"}


@app.post("/avatar")
@login_required
def upload_avatar():
    upload = request.files["avatar"]
    extension = os.path.splitext(os.path.basename(upload.filename or ""))[1].lower()
-    if not (upload.mimetype or "").startswith("image/"):
+    if extension not in IMAGES:
        abort(415)
    name = uuid.uuid4().hex + extension
    upload.save(os.path.join("static/avatars", name))
    return {"url": f"/static/avatars/{name}"}
""",
    ),
    # Endings that are forbidden, or endings that are allowed.
    *pair(
        "upload-denied-endings",
        434,
        r"""
import re
import secrets
from pathlib import Path

from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.views.decorators.http import require_POST


@login_required
@require_POST
def attach(request):
    upload = request.FILES["file"]
    suffix = Path(upload.name).suffix.lower()
-    if upload.size > 5_000_000 or suffix in (".php", ".exe", ".js"):
+    if upload.size > 5_000_000 or suffix not in (".pdf", ".txt", ".csv"):
        return JsonResponse({"error": "file type not allowed"}, status=400)
    name = secrets.token_hex(16) + re.sub(r"[^.a-z0-9]", "", suffix)
    with open(Path("/var/www/html/uploads") / name, "wb") as handle:
        for chunk in upload.chunks():
            handle.write(chunk)
    return JsonResponse({"name": name})
""",
    ),
    # A list of endings is compared with a name in which they stand anywhere.
    *pair(
        "upload-ending-anywhere",
        434,
        r'''
import os

from werkzeug.datastructures import FileStorage
from werkzeug.utils import secure_filename

ALLOWED = (".png", ".gif", ".webp")


def save_picture(upload: FileStorage, web_root: str) -> str:
    """Save an uploaded picture below the web root and return its name."""
    name = secure_filename(upload.filename or "").lower()
-    if not any(ending in name for ending in ALLOWED):
+    if not any(name.endswith(ending) for ending in ALLOWED):
        raise ValueError("only pictures are accepted")
    upload.save(os.path.join(web_root, "pictures", os.urandom(8).hex() + "-" + name))
    return name
''',
    ),
    # A key that everybody on the machine may read.
    *pair(
        "short-private-key-mode",
        732,
        r'''
import os

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519


def create_key(path: str) -> None:
    """Create a private key and store it in a file."""
    key = ed25519.Ed25519PrivateKey.generate()
    data = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
-    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
+    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(data)
''',
    ),
    # Everybody may write the script that the administrator runs.
    *pair(
        "hook-script-mode",
        732,
        r'''
import os
import stat
from pathlib import Path


SCRIPT = "#!/bin/sh\nexec /usr/local/bin/notify-backup\n"


def install_hook(directory: str) -> Path:
    """Install a script that the system runs after each backup."""
    path = Path(directory) / "post-backup.sh"
    path.write_text(SCRIPT, encoding="utf-8")
    mode = stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP
-    mode |= stat.S_IROTH | stat.S_IWOTH
+    mode |= stat.S_IROTH | stat.S_IXOTH
    os.chmod(path, mode)
    return path
''',
    ),
    # The mask is of the whole process.
    *pair(
        "daemon-umask",
        732,
        r'''
import os
import sys


def daemonize(pid_file):
    """Detach from the terminal and write the number of the process."""
    if os.fork() > 0:
        sys.exit(0)
    os.setsid()
-    os.umask(0)
+    os.umask(0o027)
    if os.fork() > 0:
        sys.exit(0)
    os.chdir("/")
    with open(pid_file, "w", encoding="ascii") as handle:
        handle.write(str(os.getpid()))
''',
    ),
    # A name that was free when it was asked for.
    *pair(
        "mktemp-name",
        377,
        r'''
import os
import subprocess
import tempfile


def edit_text(text: str) -> str:
    """Let the user edit a text in an editor and return the result."""
-    path = tempfile.mktemp(suffix=".txt")
-    with open(path, "w", encoding="utf-8") as handle:
+    descriptor, path = tempfile.mkstemp(suffix=".txt")
+    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
    try:
        subprocess.run(["/usr/bin/nano", path], check=True)
        with open(path, encoding="utf-8") as handle:
            return handle.read()
    finally:
        os.unlink(path)
''',
    ),
    # A fixed name in a folder that everybody may write to.
    *pair(
        "fixed-temporary-name",
        377,
        r'''
import json
import os
import shutil
import tempfile


def merge_settings(path: str, changes: dict) -> None:
    """Merge changes into a JSON file by way of a temporary file."""
    with open(path, encoding="utf-8") as handle:
        settings = json.load(handle)
    settings.update(changes)
-    temporary = f"/tmp/settings-{os.getpid()}.json"
-    with open(temporary, "w", encoding="utf-8") as handle:
-        json.dump(settings, handle, indent=2)
+    with tempfile.NamedTemporaryFile("w", dir=os.path.dirname(path) or ".", delete=False, encoding="utf-8") as handle:
+        temporary = handle.name
+        json.dump(settings, handle, indent=2)
    shutil.move(temporary, path)
''',
    ),
    # Between the look and the opening, a link may take the file's place.
    *pair(
        "link-between-check-and-open",
        367,
        r'''
import os


def append_to_mailbox(path: str, message: bytes) -> None:
    """Append a message to a user's mailbox; runs as root, users own the folder."""
-    if os.path.islink(path):
-        raise PermissionError(f"{path} is a link")
-    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
+    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "ab") as handle:
        handle.write(message + b"\n")
''',
    ),
    # Looks whether a voucher is there and then takes it, or takes it at once.
    *pair(
        "voucher-once",
        367,
        r'''
import os


class VoucherStore:
    """A voucher is a file; redeeming it must work once however many requests come at a time."""

    def __init__(self, directory):
        self.directory = directory

    def redeem(self, code: str) -> bool:
        if not code.isalnum():
            return False
        path = os.path.join(self.directory, code)
-        if not os.path.exists(path):
-            return False
-        self.credit(code)
-        os.rename(path, path + ".used")
+        try:
+            os.rename(path, path + ".used")
+        except FileNotFoundError:
+            return False
+        self.credit(code)
        return True

    def credit(self, code: str) -> None:
        with open(os.path.join(self.directory, "credits.log"), "a", encoding="utf-8") as handle:
            handle.write(code + "\n")
''',
    ),
    # Links in a folder of the user lead the copy elsewhere.
    *pair(
        "read-through-link",
        59,
        r'''
import os
import stat


def read_public_key(home: str) -> str:
    """Read the key that a user left in the home directory; runs as root."""
    path = os.path.join(home, "id_ed25519.pub")
-    with open(path, encoding="ascii") as handle:
+    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
+    with os.fdopen(descriptor, encoding="ascii") as handle:
        if not stat.S_ISREG(os.fstat(handle.fileno()).st_mode):
            raise ValueError("not a regular file")
        return handle.read(4096)
''',
    ),
    # Links in the user's folder are copied as links, or followed.
    *pair(
        "copy-tree-of-user",
        59,
        r'''
import shutil
from pathlib import Path

PUBLIC = Path("/srv/www/sites")


def publish(site_id: int, source: Path) -> Path:
    """Copy a folder that a customer fills by SFTP to the web server; runs as root."""
    target = PUBLIC / f"{site_id:d}"
    shutil.rmtree(target, ignore_errors=True)

    def skipped(folder: str, names: list[str]) -> list[str]:
-        return [name for name in names if name.startswith(".")]
+        return [name for name in names if name.startswith(".") or Path(folder, name).is_symlink()]

-    shutil.copytree(source, target, ignore=skipped, symlinks=False)
+    shutil.copytree(source, target, ignore=skipped, symlinks=True)
    return target
''',
    ),
    # A suffix is asked for, a folder is not.
    *pair(
        "schema-by-suffix",
        22,
        r'''
import json
from pathlib import PurePosixPath

import aiofiles
from aiohttp import web

routes = web.RouteTableDef()


@routes.get("/config-schema")
async def schema(request: web.Request) -> web.Response:
    """Return one of the published schemas."""
    name = PurePosixPath(request.query.get("name", ""))
-    if name.suffix != ".json" or name.is_absolute():
+    if name.suffix != ".json" or len(name.parts) != 1:
        raise web.HTTPNotFound()
    try:
        async with aiofiles.open(f"/srv/app/schemas/{name}", encoding="utf-8") as handle:
            return web.json_response(json.loads(await handle.read()))
    except FileNotFoundError:
        raise web.HTTPNotFound() from None
''',
    ),
)

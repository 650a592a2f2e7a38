"""Commands of the operating system, and arguments that become options (CWE-78, 77, 88)."""

from corpus import pair

RECORDS = [
    *pair(
        "flask-ping",
        78,
        r"""
import subprocess
from flask import Flask, request, jsonify

app = Flask(__name__)


@app.route("/tools/ping")
def ping():
    host = request.args.get("host", "127.0.0.1")
    count = request.args.get("count", 3, type=int)
-    completed = subprocess.run(f"ping -c {count} {host}", shell=True, capture_output=True, text=True, timeout=20)
+    if host.startswith("-"):
+        return jsonify(error="bad host"), 400
+    completed = subprocess.run(["ping", "-c", str(count), host], capture_output=True, text=True, timeout=20)
    return jsonify(output=completed.stdout, code=completed.returncode)
""",
    ),
    *pair(
        "service-menu",
        78,
        r"""
import os

SERVICES = {"web": "nginx", "db": "postgresql", "cache": "redis-server"}


def restart():
    choice = input("Which service shall be restarted? ").strip()
-    name = SERVICES.get(choice, choice)
+    name = SERVICES.get(choice)
+    if name is None:
+        print("unknown service")
+        return 1
    status = os.system("systemctl restart " + name)
    print("done" if status == 0 else "failed")
    return status


if __name__ == "__main__":
    restart()
""",
    ),
    *pair(
        "servlet-list-shift",
        78,
        r"""
import subprocess
import urllib.parse
from flask import Blueprint, request

bp = Blueprint("case", __name__)


@bp.route("/run/case-17", methods=["POST"])
def post():
    raw = urllib.parse.unquote_plus(request.cookies.get("vector", ""))
    values = []
    values.append("safe")
    values.append(raw)
    values.append("more")
    values.pop(0)
-    bar = values[0]
+    bar = values[1]
    done = subprocess.run(["sh", "-c", "echo " + bar], capture_output=True, text=True, timeout=5)
    return done.stdout, 200, {"Content-Type": "text/plain"}
""",
    ),
    *pair(
        "servlet-dict-key",
        78,
        r"""
import os
from bottle import Bottle, request

app = Bottle()


@app.get("/audit/archive")
def archive():
    param = request.query.get("name") or ""
    table = {"keyA": "a-Value", "keyB": param, "keyC": "another-value"}
-    chosen = table["keyB"]
+    chosen = table["keyB"]
+    chosen = table["keyA"]
    with os.popen("tar -tf /srv/archive/" + chosen + ".tar") as listing:
        names = listing.read().splitlines()
    return {"names": names}
""",
    ),
    *pair(
        "image-converter-class",
        78,
        r'''
import os
import shlex
import subprocess


class Converter:
    """Turns uploaded pictures into thumbnails with ImageMagick."""

    def __init__(self, source, size):
        self.source = os.path.basename(source)
        self.size = int(size)
        self.command = ""

    def prepare(self, label):
-        self.command = "convert /srv/in/%s -resize %dx -set comment '%s' /srv/out/thumb.png" % (
-            shlex.quote(self.source), self.size, label)
+        self.command = "convert /srv/in/%s -resize %dx -set comment %s /srv/out/thumb.png" % (
+            shlex.quote(self.source), self.size, shlex.quote(label))

    def run(self):
        return subprocess.check_output(self.command, shell=True, timeout=60)


def make_thumbnail(form):
    converter = Converter(form["file"], form["size"])
    converter.prepare(form["label"])
    return converter.run()
''',
    ),
    *pair(
        "asyncio-whois",
        78,
        r"""
import asyncio
import re
from aiohttp import web

-DOMAIN = re.compile(r"[a-z0-9.-]+", re.IGNORECASE)
+DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?", re.IGNORECASE)


async def whois(request):
    domain = request.query.get("domain", "")
-    if not DOMAIN.match(domain):
+    if not DOMAIN.fullmatch(domain):
        raise web.HTTPBadRequest(text="no domain")
    process = await asyncio.create_subprocess_shell(
        f"whois {domain}", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    out, _ = await asyncio.wait_for(process.communicate(), timeout=15)
    return web.Response(text=out.decode(errors="replace"))


app = web.Application()
app.router.add_get("/whois", whois)
""",
    ),
    *pair(
        "git-clone-option",
        88,
        r"""
import subprocess
import tempfile
from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.get("/preview")
def preview(repository: str):
+    if not repository.startswith("https://git.example.org/"):
+        raise HTTPException(status_code=400, detail="foreign repository")
    folder = tempfile.mkdtemp(prefix="preview-")
    try:
-        subprocess.run(["git", "clone", "--depth", "1", repository, folder], check=True, timeout=60)
+        subprocess.run(["git", "clone", "--depth", "1", "--", repository, folder], check=True, timeout=60)
    except subprocess.CalledProcessError:
        raise HTTPException(status_code=502, detail="clone failed") from None
    return {"folder": folder}
""",
    ),
    *pair(
        "django-report-enum",
        78,
        r"""
import enum
import subprocess
from django.http import HttpResponse, HttpResponseBadRequest


class Format(enum.Enum):
    PDF = "pdf"
    HTML = "html"
    TEXT = "plain"


def export(request):
    wanted = request.GET.get("format", "pdf")
-    if wanted not in [f.value for f in Format]:
-        wanted = wanted.lower()
-    output = subprocess.getoutput("pandoc /srv/report.md -t " + wanted)
+    try:
+        fmt = Format(wanted)
+    except ValueError:
+        return HttpResponseBadRequest("unknown format")
+    output = subprocess.getoutput("pandoc /srv/report.md -t " + fmt.value)
    return HttpResponse(output, content_type="text/plain")
""",
    ),
    *pair(
        "address-parsed",
        77,
        r'''
import ipaddress
import subprocess


def block(address: str) -> bool:
    """Adds a rule for the address that the operator typed into the web console."""
-    address = address.strip()
+    address = str(ipaddress.ip_address(address.strip()))
    command = f"iptables -A INPUT -s {address} -j DROP"
    result = subprocess.call(command, shell=True)
    return result == 0
''',
    ),
    *pair(
        "build-script-constant",
        78,
        r"""
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
STEPS = [
    ["python", "-m", "build", "--wheel"],
    ["python", "-m", "twine", "check", "dist/*"],
]


def main() -> int:
-    target = sys.argv[1] if len(sys.argv) > 1 else "all"
    for step in STEPS:
        print("+", " ".join(step))
        done = subprocess.run(step, cwd=ROOT)
        if done.returncode:
            return done.returncode
-    subprocess.run("tar czf dist/" + target + ".tgz src", cwd=ROOT, shell=True)
+    subprocess.run("tar czf dist/all.tgz src", cwd=ROOT, shell=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
""",
    ),
    *pair(
        "paramiko-remote",
        78,
        r"""
import shlex
import paramiko
from flask import Flask, request, abort

app = Flask(__name__)


def connect():
    client = paramiko.SSHClient()
    client.load_system_host_keys()
    client.connect("backup.internal", username="backup", key_filename="/etc/backup/id_ed25519")
    return client


@app.get("/backup/size")
def size():
    folder = request.args.get("folder")
    if not folder or "/" in folder or folder.startswith("."):
        abort(400)
    client = connect()
-    _, stdout, _ = client.exec_command("du -sh /backup/" + folder)
+    _, stdout, _ = client.exec_command("du -sh -- " + shlex.quote("/backup/" + folder))
    return {"size": stdout.read().decode().split("\t")[0]}
""",
    ),
    *pair(
        "match-statement",
        78,
        r"""
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlparse, parse_qs


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        query = parse_qs(urlparse(self.path).query)
        action = query.get("action", ["status"])[0]
        match action:
            case "start" | "stop" | "status":
                command = "service exporter " + action
            case _:
-                command = "service " + action + " status"
+                command = "service exporter status"
        os.system(command)
        self.send_response(204)
        self.end_headers()


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", 8099), Handler).serve_forever()
""",
    ),
]

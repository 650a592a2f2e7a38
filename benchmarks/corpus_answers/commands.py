"""Commands of the operating system: shells, argument injection, remote shells, wrong quoting."""

from corpus import pair

RECORDS = (
    # A host from argparse in a shell line; the twin passes a list and refuses leading dashes.
    *pair(
        "ping-cli",
        78,
        '''
"""Check whether a list of hosts is reachable."""

import argparse
+import ipaddress
import logging
import subprocess

logger = logging.getLogger(__name__)


def is_reachable(host: str, count: int = 1) -> bool:
    """Return True if the host answers a ping."""
-    result = subprocess.run(f"ping -c {count} {host}", shell=True, capture_output=True, timeout=20)
+    address = ipaddress.ip_address(host)
+    result = subprocess.run(["ping", "-c", str(count), str(address)], capture_output=True, timeout=20)
    return result.returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hosts", nargs="+")
    parser.add_argument("--count", type=int, default=1)
    args = parser.parse_args()
    for host in args.hosts:
        logger.info("%s: %s", host, "up" if is_reachable(host, args.count) else "down")


if __name__ == "__main__":
    main()
''',
    ),
    # A service class that keeps the name of the container and joins it into a shell line in another method.
    *pair(
        "container-service",
        78,
        '''
import subprocess
from dataclasses import dataclass, field
from typing import List

from fastapi import APIRouter, Depends, HTTPException
+import re


@dataclass
class DockerService:
    """Thin wrapper around the docker command line."""

    binary: str = "docker"
    history: List[str] = field(default_factory=list)

    def logs(self, container: str, tail: int = 100) -> str:
+        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", container):
+            raise ValueError("invalid container name")
        return self._run("logs", "--tail", str(tail), container)

    def _run(self, *args: str) -> str:
-        command = " ".join([self.binary, *args])
-        proc = subprocess.run(command, shell=True, stdout=subprocess.PIPE, text=True, check=True)
+        proc = subprocess.run([self.binary, *args], stdout=subprocess.PIPE, text=True, check=True)
        return proc.stdout


def get_docker() -> DockerService:
    return DockerService()


router = APIRouter(prefix="/containers", dependencies=[Depends(require_operator)])


@router.get("/{name}/logs")
def container_logs(name: str, tail: int = 100, service: DockerService = Depends(get_docker)):
    try:
        return {"logs": service.logs(name, tail)}
+    except ValueError:
+        raise HTTPException(status_code=422, detail="invalid name")
    except subprocess.CalledProcessError:
        raise HTTPException(status_code=404, detail="no such container")
''',
    ),
    # A blocklist of some characters before a shell; the twin quotes.
    *pair(
        "blocklist-before-shell",
        78,
        r"""
import os
-from flask import Blueprint, abort, request
+import shlex
+import subprocess
+from flask import Blueprint, abort, request

bp = Blueprint("tools", __name__)
FORBIDDEN = [";", "&", "|"]


def clean(value):
    for char in FORBIDDEN:
        if char in value:
            abort(400)
    return value


@bp.route("/whois")
def whois():
    domain = clean(request.args.get("domain", ""))
-    output = os.popen("whois " + domain).read()
+    if domain.startswith("-"):
+        abort(400)
+    output = subprocess.run("whois -- " + shlex.quote(domain), shell=True, capture_output=True, text=True).stdout
    return output, 200, {"Content-Type": "text/plain; charset=utf-8"}
""",
    ),
    # re.match without an end anchor lets a semicolon follow.
    *pair(
        "unanchored-hostname",
        78,
        r"""
import re
import subprocess

HOSTNAME = re.compile(r"[a-zA-Z0-9.-]+")


class TraceRoute:
    def __init__(self, max_hops=15):
        self.max_hops = int(max_hops)

    def valid(self, target):
-        return HOSTNAME.match(target) is not None
+        return HOSTNAME.fullmatch(target) is not None and not target.startswith("-")

    def run(self, target):
        if not self.valid(target):
            raise ValueError("invalid host name")
        cmd = "traceroute -m %d %s" % (self.max_hops, target)
        return subprocess.check_output(cmd, shell=True, timeout=60).decode()


def main():
    print(TraceRoute().run(input("Host: ").strip()))


if __name__ == "__main__":
    main()
""",
    ),
    # An asynchronous tool runner: create_subprocess_shell against create_subprocess_exec.
    *pair(
        "async-thumbnailer",
        78,
        '''
import asyncio
from pathlib import Path

from aiohttp import web

MEDIA = Path("/srv/media")


async def thumbnail(request: web.Request) -> web.Response:
    """GET /thumb?size=200x200: a thumbnail of the banner."""
    size = request.query.get("size", "200x200")
    source = MEDIA / "banner.png"
-    process = await asyncio.create_subprocess_shell(
-        f"convert {source} -resize {size} png:-",
+    width, _, height = size.partition("x")
+    if not (width.isdecimal() and height.isdecimal() and int(width) <= 2000 and int(height) <= 2000):
+        raise web.HTTPBadRequest(text="size must be WIDTHxHEIGHT")
+    process = await asyncio.create_subprocess_exec(
+        "convert", str(source), "-resize", f"{int(width)}x{int(height)}", "png:-",
        stdout=asyncio.subprocess.PIPE,
    )
    data, _ = await process.communicate()
    if process.returncode:
        raise web.HTTPInternalServerError(text="conversion failed")
    return web.Response(body=data, content_type="image/png")


app = web.Application()
app.add_routes([web.get("/thumb", thumbnail)])
''',
    ),
    # A celery task builds a pg_dump line from its argument.
    *pair(
        "celery-backup",
        78,
        '''
import os
+import re
import subprocess
from datetime import date

from celery import Celery
from celery.utils.log import get_task_logger

app = Celery("backup", broker=os.environ["BROKER_URL"])
logger = get_task_logger(__name__)


@app.task(bind=True, max_retries=3)
def backup_database(self, database: str) -> str:
    """Dump a database into the backup folder and return the path."""
-    target = f"/var/backups/{date.today():%Y%m%d}.sql.gz"
+    target = f"/var/backups/{date.today():%Y%m%d}.sql"
    try:
-        subprocess.check_call(f"pg_dump {database} | gzip > {target}", shell=True)
+        if not re.fullmatch("[a-z][a-z0-9_]*", database):
+            raise ValueError("invalid database name")
+        with open(target, "wb") as out:
+            subprocess.check_call(["pg_dump", "--dbname", database], stdout=out)
    except subprocess.CalledProcessError as exc:
        logger.warning("backup failed, trying again")
        raise self.retry(exc=exc, countdown=60)
    return target
''',
    ),
    # paramiko: a remote shell line from the request's service name.
    *pair(
        "paramiko-restart",
        78,
        '''
import paramiko


class RemoteHost:
    """Manage services on a remote server via SSH."""

+    SERVICES = frozenset({"nginx", "postgresql", "redis"})
+
    def __init__(self, hostname: str, username: str, key_filename: str):
        self.hostname = hostname
        self.username = username
        self.key_filename = key_filename
        self._client = None

    def __enter__(self):
        self._client = paramiko.SSHClient()
        self._client.load_system_host_keys()
        self._client.connect(self.hostname, username=self.username, key_filename=self.key_filename)
        return self

    def __exit__(self, *exc):
        self._client.close()

    def restart(self, service: str) -> str:
+        if service not in self.SERVICES:
+            raise ValueError("unknown service")
        _, stdout, _ = self._client.exec_command(f"sudo systemctl restart {service}")
        return stdout.read().decode()


def handler(event, context):
    with RemoteHost("10.0.0.4", "deploy", "/opt/keys/deploy") as host:
        return {"statusCode": 200, "body": host.restart(event["queryStringParameters"]["service"])}
''',
    ),
    # Argument injection: a repository address may be an option of git.
    *pair(
        "git-clone-option",
        88,
        """
import subprocess
import tempfile
+from urllib.parse import urlparse

from flask import Flask, jsonify, request

app = Flask(__name__)


def count_commits(url: str) -> int:
+    parts = urlparse(url)
+    if parts.scheme != "https" or parts.netloc != "github.com":
+        raise ValueError("only repositories of github.com")
    with tempfile.TemporaryDirectory() as folder:
-        subprocess.run(["git", "clone", "--quiet", "--bare", url, folder], check=True, timeout=120)
+        subprocess.run(["git", "clone", "--quiet", "--bare", "--", url, folder], check=True, timeout=120)
        found = subprocess.run(["git", "-C", folder, "rev-list", "--count", "HEAD"], check=True, capture_output=True)
    return int(found.stdout)


@app.get("/commits")
def commits():
    try:
        return jsonify(count=count_commits(request.args["url"]))
    except (subprocess.SubprocessError, ValueError):
        return jsonify(error="not a repository"), 400
""",
    ),
    # Argument injection into tar by the names that were posted.
    *pair(
        "tar-names-options",
        88,
        '''
import subprocess
from typing import Sequence


def archive(folder: str, names: Sequence[str], target: str) -> None:
    """Pack the named files of a folder; the names come from the upload form."""
-    subprocess.run(["tar", "-czf", target, "-C", folder, *names], check=True)
+    for name in names:
+        if "/" in name or name.startswith(("-", ".")):
+            raise ValueError("invalid name")
+    subprocess.run(["tar", "-czf", target, "-C", folder, "--", *names], check=True)


def handle(request):
    names = request.POST.getlist("names")
    archive("/srv/outbox", names, "/srv/out.tar.gz")
''',
    ),
    # The quoted value is computed and not used.
    *pair(
        "quoted-not-used",
        78,
        '''
import shlex
import subprocess

import click


@click.group()
def cli():
    """Helpers for videos."""


@cli.command()
@click.argument("source")
@click.option("--width", type=int, default=640)
def shrink(source, width):
    """Make a smaller copy of a video."""
    safe_source = shlex.quote(source)
-    command = f"ffmpeg -i {source} -vf scale={width}:-1 out.mp4"
+    command = f"ffmpeg -i {safe_source} -vf scale={width}:-1 out.mp4"
    click.echo(f"Running: {command}")
    subprocess.run(command, shell=True, check=True)


if __name__ == "__main__":
    cli()
''',
    ),
    # An allow-list of commands that looks at the first word only, then uses a shell.
    *pair(
        "first-word-allowed",
        78,
        '''
import json
import shlex
import subprocess

import websockets

-ALLOWED_COMMANDS = {"uptime", "df", "free"}
+ALLOWED_COMMANDS = {"uptime": ["uptime"], "df": ["df", "-h"], "free": ["free", "-m"]}


async def terminal(websocket):
    """Run a few harmless commands for the dashboard."""
    async for message in websocket:
        command = json.loads(message)["command"]
-        program = shlex.split(command)[0]
+        program = ALLOWED_COMMANDS.get(command)
-        if program not in ALLOWED_COMMANDS:
+        if program is None:
            await websocket.send(json.dumps({"error": "not allowed"}))
            continue
-        done = subprocess.run(command, shell=True, capture_output=True, text=True)
+        done = subprocess.run(program, capture_output=True, text=True)
        await websocket.send(json.dumps({"output": done.stdout}))
''',
    ),
    # The name of a script comes from the query; the twin looks it up.
    *pair(
        "django-run-report",
        78,
        """
import subprocess

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpResponseBadRequest, JsonResponse
from django.views import View

+REPORTS = {"daily": "daily.sh", "weekly": "weekly.sh"}
+

class ReportView(LoginRequiredMixin, View):
    base = "/opt/reports"

    def get(self, request, *args, **kwargs):
        kind = request.GET.get("kind")
-        if not kind:
+        if kind not in REPORTS:
            return HttpResponseBadRequest("kind is missing")
        return JsonResponse({"output": self.run(kind)})

    def run(self, kind):
-        script = self.base + "/" + kind + ".sh"
+        script = self.base + "/" + REPORTS[kind]
        return subprocess.getoutput("bash " + script)
""",
    ),
    # The sanitised name is used for one thing, the raw one for the command.
    *pair(
        "upload-virus-scan",
        78,
        '''
import os
+import subprocess

from flask import Flask, request, jsonify
from werkzeug.utils import secure_filename

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 8 * 1024 * 1024


@app.post("/scan")
def scan():
    """Scan a file that is already in the inbox."""
    name = request.form["name"]
    path = os.path.join("/srv/inbox", secure_filename(name))
-    code = os.system("clamscan --no-summary '" + "/srv/inbox/" + name + "'")
+    code = subprocess.call(["clamscan", "--no-summary", path])
    return jsonify({"file": os.path.basename(path), "clean": code == 0})
''',
    ),
    # Arguments of a posted job are joined and given to `sh -c`.
    *pair(
        "gateway-shell-runner",
        77,
        """
from dataclasses import dataclass
from subprocess import Popen, PIPE


@dataclass
class Job:
    name: str
    arguments: list


class Runner:
    def __init__(self, shell="/bin/sh"):
        self.shell = shell
        self.jobs = {}

    def add(self, job: Job):
        self.jobs[job.name] = job

    def start(self, name):
        job = self.jobs[name]
-        line = "report-tool " + " ".join(job.arguments)
-        process = Popen([self.shell, "-c", line], stdout=PIPE)
+        process = Popen(["report-tool", "--", *job.arguments], stdout=PIPE)
        out, _ = process.communicate()
        return out


def submit(request, runner: Runner):
    body = request.get_json()
    runner.add(Job("adhoc", [str(one) for one in body["arguments"]]))
    return runner.start("adhoc")
""",
    ),
    # An environment name becomes part of an ssh line; the twin maps it.
    *pair(
        "http-server-deploy",
        78,
        """
import hmac
import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

TOKEN = os.environ["DEPLOY_TOKEN"]
+BRANCHES = ("main", "staging")


class DeployHandler(BaseHTTPRequestHandler):
    def do_POST(self):
        if not hmac.compare_digest(self.headers.get("X-Token", ""), TOKEN):
            self.send_error(403)
            return
        length = min(int(self.headers.get("Content-Length", 0)), 10_000)
        payload = json.loads(self.rfile.read(length))
        branch = payload["ref"].split("/")[-1]
+        if branch not in BRANCHES:
+            self.send_error(400)
+            return
        status = os.system(f"cd /srv/site && git fetch && git checkout {branch} && git pull")
        self.send_response(200 if status == 0 else 500)
        self.end_headers()


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", 9000), DeployHandler).serve_forever()
""",
    ),
)

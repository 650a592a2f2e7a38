"""Longer answers: whole small services, each with one flaw far from its input."""

from corpus import pair

RECORDS = (
    # A document service: the flaw is in the storage, the input in the route.
    *pair(
        "document-service-storage",
        22,
        """
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import PlainTextResponse

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/documents", dependencies=[Depends(require_login)])


class Storage(Protocol):
    def read(self, key: str) -> bytes: ...


@dataclass
class LocalStorage:
    root: Path

    def locate(self, key: str) -> Path:
        path = Path(os.path.normpath(self.root / key))
-        if not str(path).startswith(str(self.root)):
+        if self.root not in path.parents:
            raise KeyError(key)
        return path

    def read(self, key: str) -> bytes:
        path = self.locate(key)
        if not path.is_file():
            raise KeyError(key)
        return path.read_bytes()


class DocumentService:
    def __init__(self, storage: Storage):
        self.storage = storage

    def text(self, key: str) -> str:
        return self.storage.read(key).decode("utf-8", "replace")


def get_service() -> DocumentService:
    return DocumentService(LocalStorage(Path("/srv/documents")))


@router.get("/text", response_class=PlainTextResponse)
def text(key: str, service: DocumentService = Depends(get_service)):
    try:
        return service.text(key)
    except KeyError:
        logger.info("a document was not found")
        raise HTTPException(status_code=404)
""",
    ),
    # A query builder class that quotes nothing.
    *pair(
        "query-builder",
        89,
        '''
from typing import Any, List, Tuple

import psycopg2


class Query:
    """A small builder for SELECT statements."""

    def __init__(self, table: str, columns: Tuple[str, ...]):
        self.table = table
        self.columns = columns
        self.conditions: List[str] = []
        self.values: List[Any] = []

    def where(self, column: str, value: Any) -> "Query":
        if column not in self.columns:
            raise KeyError(column)
-        self.conditions.append(f"{column} = '{value}'")
+        self.conditions.append(f"{column} = %s")
+        self.values.append(value)
        return self

    def build(self) -> str:
        text = f"SELECT {', '.join(self.columns)} FROM {self.table}"
        if self.conditions:
            text += " WHERE " + " AND ".join(self.conditions)
        return text + " LIMIT 200"


class CustomerSearch:
    def __init__(self, dsn: str):
        self.dsn = dsn

    def run(self, filters: dict) -> list:
        query = Query("customers", ("id", "name", "city"))
        for column, value in filters.items():
            query.where(column, value)
        with psycopg2.connect(self.dsn) as connection, connection.cursor() as cursor:
            cursor.execute(query.build(), query.values)
            return cursor.fetchall()


@app.get("/customers")
@staff_only
def customers():
    try:
        return jsonify(CustomerSearch(app.config["DSN"]).run(request.args))
    except KeyError:
        abort(400)
''',
    ),
    # A command bus whose handler uses a shell.
    *pair(
        "command-bus-shell",
        78,
        '''
import logging
import subprocess
from dataclasses import dataclass
from typing import Callable, Dict, Type

from aiohttp import web

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CreateRepository:
    name: str


class Bus:
    """Gives commands to their handlers."""

    def __init__(self):
        self._handlers: Dict[Type, Callable] = {}

    def register(self, kind, handler):
        self._handlers[kind] = handler

    def send(self, command):
        return self._handlers[type(command)](command)


def create_repository(command: CreateRepository) -> str:
    path = f"/srv/git/{command.name}.git"
-    subprocess.run(f"git init --bare {path}", shell=True, check=True)
+    if not command.name.isalnum():
+        raise ValueError("the name may have letters and digits only")
+    subprocess.run(["git", "init", "--bare", path], check=True)
    logger.info("created a repository")
    return path


def make_bus() -> Bus:
    bus = Bus()
    bus.register(CreateRepository, create_repository)
    return bus


@requires_role("developer")
async def post_repository(request: web.Request) -> web.Response:
    body = await request.json()
    try:
        path = request.app["bus"].send(CreateRepository(str(body["name"])))
    except ValueError as error:
        raise web.HTTPBadRequest(text="invalid name") from error
    return web.json_response({"path": path}, status=201)
''',
    ),
    # A notification service that keeps its clients by kind; the address comes with the subscription.
    *pair(
        "subscription-callback",
        918,
        '''
import logging
from dataclasses import dataclass, field
from typing import Dict, List
from urllib.parse import urlsplit

import httpx
from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel

logger = logging.getLogger(__name__)
router = APIRouter()
CALLBACK_HOSTS = {"hooks.slack.com", "discord.com"}


class Subscription(BaseModel):
    topic: str
    callback: str


@dataclass
class Notifier:
    """Tells the subscribers of a topic about news."""

    limit: int = 100
    subscriptions: Dict[str, List[str]] = field(default_factory=dict)

    def subscribe(self, topic: str, callback: str) -> None:
        parts = urlsplit(callback)
-        if parts.scheme != "https":
+        if parts.scheme != "https" or parts.hostname not in CALLBACK_HOSTS or parts.port not in (None, 443):
            raise ValueError("unsupported callback")
        known = self.subscriptions.setdefault(topic, [])
        if len(known) >= self.limit:
            raise ValueError("too many subscriptions")
        known.append(callback)

    async def publish(self, topic: str, text: str) -> None:
        async with httpx.AsyncClient(timeout=5) as client:
            for callback in self.subscriptions.get(topic, []):
                response = await client.post(callback, json={"text": text})
                logger.info("callback answered %d", response.status_code)


notifier = Notifier(subscriptions={"news": []})


@router.post("/subscriptions", status_code=201)
async def subscribe(body: Subscription, user=Depends(current_user)):
    if body.topic not in notifier.subscriptions:
        raise HTTPException(status_code=404)
    try:
        notifier.subscribe(body.topic, body.callback)
    except ValueError:
        raise HTTPException(status_code=422)
    await notifier.publish(body.topic, "a new subscription")
    return {"topic": body.topic}
''',
    ),
    # A page builder that escapes in one method and not in the other.
    *pair(
        "page-builder",
        79,
        '''
import html
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Page:
    """Builds a small HTML page step by step."""

    def __init__(self, title):
        self.title = title
        self.parts = []

    def heading(self, text):
        self.parts.append(f"<h1>{html.escape(text)}</h1>")
        return self

    def paragraph(self, text):
-        self.parts.append(f"<p>{text}</p>")
+        self.parts.append(f"<p>{html.escape(text)}</p>")
        return self

    def render(self):
        body = "\\n".join(self.parts)
        return f"<!doctype html><title>{html.escape(self.title)}</title>{body}".encode()


class EchoHandler(BaseHTTPRequestHandler):
    def do_GET(self):
        query = parse_qs(urlsplit(self.path).query)
        page = Page("Echo").heading("You said")
        for text in query.get("text", []):
            page.paragraph(text)
        body = page.render()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", 8080), EchoHandler).serve_forever()
''',
    ),
    # A job queue on redis whose jobs are pickled.
    *pair(
        "redis-job-queue",
        502,
        '''
import json
import logging
import os
import pickle
from dataclasses import asdict, dataclass

import redis

logger = logging.getLogger(__name__)


@dataclass
class Job:
    kind: str
    number: int


class JobQueue:
    """Jobs that other teams put into a shared list of redis."""

    def __init__(self, name: str = "jobs"):
        self.name = name
        self.redis = redis.Redis.from_url(os.environ["REDIS_URL"])

    def take(self) -> Job:
        _, raw = self.redis.blpop(self.name)
-        return pickle.loads(raw)
+        return Job(**json.loads(raw))


class Worker:
    def __init__(self, queue: JobQueue):
        self.queue = queue
        self.kinds = {"invoice": self.invoice, "reminder": self.reminder}

    def invoice(self, number: int) -> None:
        logger.info("invoice %d", number)

    def reminder(self, number: int) -> None:
        logger.info("reminder %d", number)

    def step(self) -> None:
        job = self.queue.take()
        handler = self.kinds.get(job.kind)
        if handler is None:
            logger.warning("unknown job")
            return
        handler(int(job.number))


if __name__ == "__main__":
    worker = Worker(JobQueue())
    while True:
        worker.step()
''',
    ),
    # A signed link whose signature covers only a part.
    *pair(
        "signed-link-partial",
        345,
        '''
import hashlib
import hmac
import os
import time
from urllib.parse import urlencode

from flask import Blueprint, abort, current_app, request, send_from_directory

bp = Blueprint("links", __name__)


class LinkSigner:
    """Signs links to files that expire."""

    def __init__(self, key: bytes):
        self.key = key

    def signature(self, name: str, expires: int) -> str:
-        text = str(expires)
+        text = f"{expires}:{name}"
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()

    def link(self, name: str, lifetime: int = 3600) -> str:
        expires = int(time.time()) + lifetime
        query = {"name": name, "expires": expires, "signature": self.signature(name, expires)}
        return "/files?" + urlencode(query)

    def check(self, name: str, expires: int, signature: str) -> bool:
        expected = self.signature(name, expires)
        return expires > time.time() and hmac.compare_digest(expected.encode(), signature.encode())


signer = LinkSigner(os.environ["LINK_KEY"].encode())


@bp.get("/files")
def file():
    name = request.args.get("name", "")
    expires = request.args.get("expires", 0, type=int)
    if not signer.check(name, expires, request.args.get("signature", "")):
        abort(403)
    return send_from_directory(current_app.config["FILES"], name)
''',
    ),
    # A uploader of log files over SSH whose remote command is built from a file name.
    *pair(
        "remote-log-rotation",
        78,
        '''
import logging
import os
import shlex
from pathlib import Path

import click
import paramiko

logger = logging.getLogger(__name__)


class LogShipper:
    """Copies log files to an archive host and packs them there."""

    def __init__(self, host, user="logs", target="/srv/archive"):
        self.target = target
        self.client = paramiko.SSHClient()
        self.client.load_system_host_keys()
        self.client.connect(host, username=user, key_filename=os.path.expanduser("~/.ssh/logs"), timeout=15)

    def ship(self, path):
        remote = f"{self.target}/{path.name}"
        with self.client.open_sftp() as sftp:
            sftp.put(str(path), remote)
-        command = f"gzip --force '{remote}'"
+        command = f"gzip --force {shlex.quote(remote)}"
        _, stdout, _ = self.client.exec_command(command)
        status = stdout.channel.recv_exit_status()
        if status:
            logger.error("packing failed with %d", status)

    def close(self):
        self.client.close()


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--host", default="archive.example.net")
def main(files, host):
    """Ship log files that customers handed in."""
    shipper = LogShipper(host)
    try:
        for path in files:
            shipper.ship(path)
    finally:
        shipper.close()


if __name__ == "__main__":
    main()
''',
    ),
    # A patient register: the decorator checks the login, the method forgets the doctor.
    *pair(
        "patient-register",
        639,
        '''
from flask import Blueprint, abort, jsonify
from flask_login import current_user, login_required
from sqlalchemy import select

from .models import Patient, Visit, db

bp = Blueprint("patients", __name__, url_prefix="/patients")


class PatientRegister:
    """Patients and their visits; a doctor sees the own patients alone."""

    def __init__(self, doctor):
        self.doctor = doctor

    def patients(self):
        return db.session.scalars(select(Patient).filter_by(doctor_id=self.doctor.id).limit(200)).all()

    def patient(self, patient_id):
        found = db.session.get(Patient, patient_id)
-        if found is None:
+        if found is None or found.doctor_id != self.doctor.id:
            abort(404)
        return found

    def visits(self, patient):
        return db.session.scalars(select(Visit).filter_by(patient_id=patient.id).limit(200)).all()


@bp.get("/")
@login_required
def index():
    return jsonify([{"id": one.id, "name": one.name} for one in PatientRegister(current_user).patients()])


@bp.get("/<int:patient_id>/visits")
@login_required
def visits(patient_id):
    register = PatientRegister(current_user)
    patient = register.patient(patient_id)
    found = register.visits(patient)
    return jsonify([{"day": one.day.isoformat(), "diagnosis": one.diagnosis} for one in found])
''',
    ),
)

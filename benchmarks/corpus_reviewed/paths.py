"""Paths, links, archives, temporary files, permissions, uploads."""

from corpus import pair

RECORDS = (
    # The helper strips leading dots and slashes only; the fix compares the resolved path.
    *pair(
        "ci-artifact-locate",
        22,
        '''
import logging
from pathlib import Path

from flask import Blueprint, abort, send_file

from forge.auth import require_token
from forge.settings import settings

log = logging.getLogger(__name__)
artifacts = Blueprint("artifacts", __name__, url_prefix="/api/artifacts")


class ArtifactStore:
    """Build products on the disk of the coordinator, a folder a build."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def folder(self, build: int) -> Path:
        return self._root / f"{build:08d}"

    def locate(self, build: int, name: str) -> Path | None:
-        candidate = self.folder(build) / name.lstrip("./")
-        return candidate if candidate.is_file() else None
+        folder = self.folder(build)
+        candidate = (folder / name).resolve()
+        if not candidate.is_relative_to(folder):
+            return None
+        return candidate if candidate.is_file() else None


store = ArtifactStore(settings.artifact_root)


@artifacts.get("/<int:build>/<path:name>")
@require_token("artifacts:read")
def fetch(build: int, name: str):
    path = store.locate(build, name)
    if path is None:
        log.info("no such artifact in build %d", build)
        abort(404)
    return send_file(path, as_attachment=True)
''',
    ),
    # A pattern without an end, kept as a constant and applied with match.
    *pair(
        "theme-name-pattern",
        22,
        r'''
import json
import os
import re

from django.conf import settings
from django.http import Http404, JsonResponse
from django.views import View

from storefront.mixins import StaffRequiredMixin

-THEME_NAME = re.compile(r"^[a-z][a-z0-9-]*")
+THEME_NAME = re.compile(r"^[a-z][a-z0-9-]*\Z")


class ThemeMixin(object):
    theme_url_kwarg = "theme"

    def get_theme(self):
        name = self.request.GET.get(self.theme_url_kwarg, "classic")
        if not THEME_NAME.match(name):
            raise Http404("no such theme")
        return name

    def get_theme_file(self, leaf):
        return os.path.join(settings.THEME_DIR, self.get_theme(), leaf)


class ThemePreview(StaffRequiredMixin, ThemeMixin, View):
    """The colours of a theme, for the picker in the back office."""

    http_method_names = ["get"]

    def get(self, request):
        path = self.get_theme_file("theme.json")
        if not os.path.exists(path):
            raise Http404("no such theme")
        with open(path) as handle:
            manifest = json.load(handle)
        return JsonResponse({"colours": manifest.get("colours", [])})
''',
    ),
    # Names of members are checked, the targets of links are not.
    *pair(
        "backup-restore-links",
        22,
        '''
import os
import tarfile
from pathlib import Path

import structlog

from warden.jobs import Job, register
from warden.storage import incoming

logger = structlog.get_logger()


def _members(archive, root):
    base = os.path.realpath(str(root))
    for member in archive.getmembers():
+        if not (member.isfile() or member.isdir()):
+            continue
        target = os.path.realpath(os.path.join(base, member.name))
        if os.path.commonpath([base, target]) != base:
            raise ValueError("the archive leaves its folder")
        yield member


@register("restore")
class RestoreJob(Job):
    """Unpacks a backup that the tenant has uploaded into the tenant's own volume."""

    retries = 0

    def run(self, tenant: str, upload: str) -> int:
        root = Path(self.volumes.for_tenant(tenant))
        with incoming.open(upload) as stream, tarfile.open(fileobj=stream, mode="r:gz") as archive:
            members = list(_members(archive, root))
            for member in members:
                archive.extract(member, str(root), set_attrs=False)
        logger.info("restored", members=len(members))
        return len(members)
''',
    ),
    # Root writes into a folder of the user and follows links there.
    *pair(
        "agent-authorized-keys",
        22,
        '''
"""Part of the node agent, which runs as root: writes the keys that the control plane assigns to people."""

import os
import pwd

from nodeagent.plane import assignments
from nodeagent.log import get_logger

LOG = get_logger(__name__)
-FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
+FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW


def open_home_folder(account):
-    return os.open(os.path.join(account.pw_dir, ".ssh"), os.O_RDONLY | os.O_DIRECTORY)
+    return os.open(os.path.join(account.pw_dir, ".ssh"), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


def write_keys(login, lines):
    account = pwd.getpwnam(login)
    folder = open_home_folder(account)
    try:
        handle = os.open("authorized_keys", FLAGS, 0o600, dir_fd=folder)
        with os.fdopen(handle, "w") as stream:
            stream.write("".join(line + "\\n" for line in lines))
            os.fchown(stream.fileno(), account.pw_uid, account.pw_gid)
    finally:
        os.close(folder)


def sync():
    for login, lines in assignments().items():
        try:
            write_keys(login, lines)
        except OSError as error:
            LOG.warning("keys of an account not written: errno %s", error.errno)
''',
    ),
    # The dataclass of a message carries a file name to the disk; the check stands in __post_init__.
    *pair(
        "game-save-slot",
        22,
        """
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import websockets

from skirmish.session import authenticate
from skirmish.world import World

SAVES = Path("/var/lib/skirmish/saves")


@dataclass
class SaveRequest:
    player: int
    slot: str
    payload: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.slot, str) or len(self.slot) > 24:
            raise ValueError("slot")
+        if not (self.slot.isascii() and self.slot.isalnum()):
+            raise ValueError("slot")

    @property
    def path(self) -> Path:
        return SAVES / str(self.player) / f"{self.slot}.json"


class SaveHandler:
    def __init__(self, world: World) -> None:
        self.world = world

    def apply(self, request: SaveRequest) -> None:
        request.path.parent.mkdir(parents=True, exist_ok=True)
        request.path.write_text(json.dumps(self.world.snapshot(request.player, request.payload)))

    async def serve(self, socket: websockets.WebSocketServerProtocol) -> None:
        player = await authenticate(socket)
        async for raw in socket:
            message = json.loads(raw)
            try:
                self.apply(SaveRequest(player.id, message["slot"], message.get("payload", {})))
            except (KeyError, ValueError):
                await socket.send('{"error": "bad request"}')
""",
    ),
    # The name that a device gives for its log is used as a path.
    *pair(
        "gateway-device-log",
        22,
        '''
import os
import queue
import threading

import paho.mqtt.client as mqtt

from gateway import config
from gateway.log import logger

LIMIT = 256 * 1024


class LogWriter(threading.Thread):
    """Appends what devices publish under logs/<device>/<channel> to files."""

    daemon = True

    def __init__(self, folder):
        super().__init__(name="log-writer")
        self.folder = folder
        self.pending = queue.Queue(maxsize=1000)

    def offer(self, channel, data):
        try:
            self.pending.put_nowait((channel, data))
        except queue.Full:
            logger.warning("log queue full")

    def run(self):
        while True:
            channel, data = self.pending.get()
            with open(os.path.join(self.folder, channel + ".log"), "ab") as handle:
                handle.write(data + b"\\n")


writer = LogWriter(config.LOG_FOLDER)
+CHANNELS = frozenset(("kernel", "radio", "sensor", "update"))


def on_message(client, userdata, message):
    if len(message.payload) > LIMIT:
        return
    parts = message.topic.split("/", 2)
-    if len(parts) != 3:
+    if len(parts) != 3 or parts[2] not in CHANNELS:
        return
    writer.offer(parts[2], message.payload)


def main():
    client = mqtt.Client()
    client.tls_set(ca_certs=config.CA_FILE)
    client.on_message = on_message
    client.connect(config.BROKER, 8883)
    client.subscribe("logs/#")
    writer.start()
    client.loop_forever()
''',
    ),
    # The check runs before the name is decoded once more.
    *pair(
        "model-registry-decode",
        22,
        '''
from pathlib import PurePosixPath
from urllib.parse import unquote

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import FileResponse

from registry.deps import current_user, get_settings

router = APIRouter(prefix="/models")


class BadName(ValueError):
    pass


def ensure_relative(name: str) -> str:
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts:
        raise BadName(name)
    return name


def normalise(raw: str) -> str:
    """Clients of release 1 quote names twice; undo the second time."""
-    return unquote(ensure_relative(raw))
+    return ensure_relative(unquote(raw))


@router.get("/{model_id:int}/files")
async def download(model_id: int, name: str, settings=Depends(get_settings), user=Depends(current_user)):
    if model_id not in user.readable_models:
        raise HTTPException(404)
    try:
        relative = normalise(name)
    except BadName:
        raise HTTPException(400, "bad name") from None
    path = settings.models_root / str(model_id) / relative
    if not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, media_type="application/octet-stream")
''',
    ),
    # Attachments of mail are saved under the name in the mail.
    *pair(
        "helpdesk-mail-attachments",
        22,
        """
import email
import email.policy
import imaplib
import os
import ssl
+import uuid

from helpdesk.conf import config
from helpdesk.tickets import open_ticket, attach

CONTEXT = ssl.create_default_context()


def iter_attachments(message):
    for part in message.walk():
        if part.get_content_maintype() == "multipart":
            continue
        name = part.get_filename()
        if name:
            yield name, part.get_payload(decode=True) or b""


def keep(folder, name, content):
-    path = os.path.join(folder, name)
+    path = os.path.join(folder, uuid.uuid4().hex)
    with open(path, "wb") as handle:
        handle.write(content)
    return path


def import_message(raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    ticket = open_ticket(sender=message["From"], subject=message["Subject"])
    for name, content in iter_attachments(message):
        if len(content) <= config.MAX_ATTACHMENT:
            attach(ticket, name, keep(config.ATTACHMENT_DIR, name, content))
    return ticket


def poll():
    with imaplib.IMAP4_SSL(config.IMAP_HOST, ssl_context=CONTEXT) as box:
        box.login(config.IMAP_USER, config.IMAP_PASSWORD)
        box.select("INBOX")
        _, found = box.search(None, "UNSEEN")
        for number in found[0].split():
            _, data = box.fetch(number, "(RFC822)")
            import_message(data[0][1])
""",
    ),
    # Members of an archive of sounds are written by hand under their names.
    *pair(
        "soundpack-import",
        22,
        '''
import shutil
import zipfile
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox

from mixer.library import Library

SUFFIXES = {".wav", ".ogg", ".flac"}
MAX_MEMBERS = 500
MAX_SIZE = 64 * 1024 * 1024


class PackImporter:
    """Adds the sounds of a pack that somebody has downloaded to the library folder."""

    def __init__(self, library: Library):
        self.library = library
        self.folder = Path(library.folder)

    def wanted(self, pack):
        for info in pack.infolist()[:MAX_MEMBERS]:
-            name = info.filename
+            name = info.filename.replace("\\\\", "/").rsplit("/", 1)[-1]
            if info.is_dir() or Path(name).suffix.lower() not in SUFFIXES or info.file_size > MAX_SIZE:
                continue
            yield name, info

    def unpack(self, source):
        count = 0
        with zipfile.ZipFile(source) as pack:
            for name, info in self.wanted(pack):
                target = self.folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with pack.open(info) as reader, target.open("wb") as writer:
                    shutil.copyfileobj(reader, writer)
                count += 1
        self.library.rescan()
        return count


def ask_and_import(window, library):
    source, _ = QFileDialog.getOpenFileName(window, "Sound pack", "", "Packs (*.zip)")
    if source:
        count = PackImporter(library).unpack(source)
        QMessageBox.information(window, "Sound pack", f"{count} sounds added")
''',
    ),
    # A name under the temporary folder is asked for first and opened later.
    *pair(
        "notebook-report-mktemp",
        377,
        """
# %% [markdown]
# Weekly retention report: runs on the shared analysis host from cron.

# %%
import os
import tempfile

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import pandas as pd

from analytics.mail import send_report
from analytics.warehouse import read_frame


# %%
def scratch(suffix):
-    return tempfile.mktemp(suffix=suffix, prefix="retention-")
+    handle, path = tempfile.mkstemp(suffix=suffix, prefix="retention-")
+    os.close(handle)
+    return path


# %%
def draw(frame: pd.DataFrame) -> str:
    figure, axes = plt.subplots(figsize=(9, 5))
    frame.pivot(index="week", columns="cohort", values="share").plot(ax=axes)
    axes.set_ylabel("share of accounts")
    path = scratch(".png")
    figure.savefig(path)
    plt.close(figure)
    return path


# %%
picture = draw(read_frame("retention_by_week"))
try:
    send_report("retention", [picture])
finally:
    os.unlink(picture)
""",
    ),
    # An installer runs a script from a name that everybody can create first.
    *pair(
        "installer-fixed-tmp-name",
        377,
        '''
#!/usr/bin/env python3
"""Installs the print connector on Linux desktops. Runs as root."""
import os
import subprocess
import sys
+import tempfile

from connector_setup.payload import POST_INSTALL

-WORK = "/tmp/connector-setup"
+WORK_PREFIX = "connector-setup-"


def prepare():
-    os.makedirs(WORK, exist_ok=True)
-    return WORK
+    return tempfile.mkdtemp(prefix=WORK_PREFIX)


def unpack_script(folder):
    path = os.path.join(folder, "post-install.sh")
    with open(path, "w") as handle:
        handle.write(POST_INSTALL)
    return path


def main():
    if os.geteuid() != 0:
        sys.exit("please run this as root")
    script = unpack_script(prepare())
    subprocess.run(["/bin/sh", script], check=True)
    os.unlink(script)


if __name__ == "__main__":
    main()
''',
    ),
    # A file with tokens gets the default mode, and the folder is no protection.
    *pair(
        "cli-token-file-mode",
        732,
        '''
import json
import os
from pathlib import Path

import click

from cloudctl.client import Client
from cloudctl.errors import LoginFailed

-FILE_MODE = 0o644
+FILE_MODE = 0o600


class CredentialStore:
    def __init__(self, path):
        self.path = Path(path)

    def _opener(self, path, flags):
        return os.open(path, flags, FILE_MODE)

    def save(self, profile, tokens):
        known = self.load()
        known[profile] = tokens
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "w", opener=self._opener) as handle:
            json.dump(known, handle, indent=2)

    def load(self):
        if not self.path.exists():
            return {}
        return json.loads(self.path.read_text())


@click.command()
@click.option("--profile", default="default")
@click.password_option("--password", confirmation_prompt=False)
@click.argument("user")
def login(profile, password, user):
    """Sign in and remember the tokens."""
    try:
        tokens = Client().login(user, password)
    except LoginFailed:
        raise click.ClickException("wrong user or password")
    CredentialStore(Path.home() / ".cloudctl" / "credentials.json").save(profile, tokens)
    click.echo("signed in")
''',
    ),
    # The folder of a daemon's sockets is open to everybody.
    *pair(
        "daemon-socket-folder",
        276,
        '''
import asyncio
import grp
import os

from scanbox.commands import dispatch
from scanbox.settings import Settings


class ControlSocket:
    """The socket that scanboxctl speaks to; members of the group scanbox may use it."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.run_folder
        self.path = os.path.join(self.folder, "control.sock")
        self.group = grp.getgrnam(settings.group).gr_gid

    def prepare(self) -> None:
        os.makedirs(self.folder, exist_ok=True)
        os.chown(self.folder, 0, self.group)
-        os.chmod(self.folder, 0o777)
+        os.chmod(self.folder, 0o750)
        if os.path.exists(self.path):
            os.unlink(self.path)

    async def serve(self) -> None:
        self.prepare()
        server = await asyncio.start_unix_server(self.handle, self.path)
        async with server:
            await server.serve_forever()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), timeout=5)
            writer.write(await dispatch(line.decode("ascii", "replace").strip()))
            await writer.drain()
        finally:
            writer.close()
''',
    ),
    # Two balances of one wallet: checked, then changed, with an await between and no lock.
    *pair(
        "wallet-check-then-spend",
        367,
        """
from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from arcade.errors import NotEnough
from arcade.models import Purchase, Wallet


class WalletService:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def _wallet(self, player_id: int) -> Wallet:
        query = select(Wallet).where(Wallet.player_id == player_id)
-        return (await self.session.execute(query)).scalar_one()
+        return (await self.session.execute(query.with_for_update())).scalar_one()

    async def buy(self, player_id: int, item_id: int, price: Decimal) -> Purchase:
        async with self.session.begin():
            wallet = await self._wallet(player_id)
            if wallet.balance < price:
                raise NotEnough(player_id)
            wallet.balance = wallet.balance - price
            purchase = Purchase(player_id=player_id, item_id=item_id, price=price)
            self.session.add(purchase)
        return purchase
""",
    ),
    # The existence of a report is asked for before it is created.
    *pair(
        "export-exists-then-open",
        367,
        """
import csv
import os

from django.core.management.base import BaseCommand, CommandError

from ledger.models import Entry

FIELDS = ("id", "booked", "account", "amount")


class Command(BaseCommand):
    help = "Writes the entries of a year to a folder that several operators share."

    def add_arguments(self, parser):
        parser.add_argument("year", type=int)
        parser.add_argument("--folder", default="/srv/exports")

    def reserve(self, path):
-        if os.path.exists(path):
-            raise CommandError("this year was exported already")
-        return open(path, "w", newline="")
+        try:
+            return open(path, "x", newline="")
+        except FileExistsError:
+            raise CommandError("this year was exported already")

    def handle(self, *args, **options):
        path = os.path.join(options["folder"], "entries-%04d.csv" % options["year"])
        with self.reserve(path) as stream:
            writer = csv.writer(stream)
            writer.writerow(FIELDS)
            for row in Entry.objects.filter(booked__year=options["year"]).values_list(*FIELDS).iterator():
                writer.writerow(row)
        self.stdout.write(self.style.SUCCESS("written"))
""",
    ),
    # Endings of uploads: a deny list that misses pages and drawings with scripts, against an allow list.
    *pair(
        "forum-attachment-deny-list",
        434,
        '''
import os
import secrets

from flask import Blueprint, current_app, jsonify, request
from flask_login import current_user, login_required

from forum.db import db
from forum.models import Attachment

bp = Blueprint("attachments", __name__)

-REFUSED = {".php", ".phtml", ".cgi", ".exe", ".sh", ".js"}
+ACCEPTED = {".png", ".jpg", ".jpeg", ".gif", ".pdf"}


def extension_of(upload):
    return os.path.splitext(upload.filename or "")[1].lower()


def acceptable(extension):
-    return extension not in REFUSED
+    return extension in ACCEPTED


@bp.route("/posts/<int:post_id>/attachments", methods=["POST"])
@login_required
def add(post_id):
    """Stores a file below static/, from where the web server hands it out."""
    post = current_user.posts.filter_by(id=post_id).first_or_404()
    upload = request.files["file"]
    extension = extension_of(upload)
    if not acceptable(extension):
        return jsonify(error="files of this kind are not accepted"), 400
    name = secrets.token_hex(16) + (extension if extension else "")
    upload.save(os.path.join(current_app.static_folder, "attachments", name))
    db.session.add(Attachment(post=post, name=name))
    db.session.commit()
    return jsonify(name=name), 201
''',
    ),
    # The client's content type decides, and the name keeps its ending.
    *pair(
        "avatar-content-type",
        434,
        """
from __future__ import annotations

import uuid
from pathlib import Path

from fastapi import APIRouter, Depends, HTTPException, UploadFile

from people.auth import current_account
from people.config import MEDIA_ROOT
from people.models import Account

router = APIRouter()
MAX_SIZE = 2 * 1024 * 1024
-TYPES = {"image/png", "image/jpeg", "image/webp"}
+TYPES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}


def new_name(upload: UploadFile) -> str:
    if upload.content_type not in TYPES:
        raise HTTPException(415)
-    return uuid.uuid4().hex + Path(upload.filename or "").suffix
+    return uuid.uuid4().hex + TYPES[upload.content_type]


@router.put("/me/avatar")
async def set_avatar(file: UploadFile, account: Account = Depends(current_account)) -> dict[str, str]:
    name = new_name(file)
    content = await file.read(MAX_SIZE + 1)
    if len(content) > MAX_SIZE:
        raise HTTPException(413)
    (Path(MEDIA_ROOT) / "avatars" / name).write_bytes(content)
    await account.update(avatar=name)
    return {"avatar": name}
""",
    ),
)

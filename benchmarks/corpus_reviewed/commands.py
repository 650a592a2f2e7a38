"""Commands, their arguments, search paths, code made from text, unpickled data."""

from corpus import pair

RECORDS = (
    # The runner of the project takes a list or a string; a string goes to a shell.
    *pair(
        "build-helper-branch",
        78,
        '''
import logging
import subprocess

from flask import Blueprint, request

from pipeline.auth import hook_signature_required
from pipeline.workspace import workspace_for

log = logging.getLogger("pipeline.hooks")
hooks = Blueprint("hooks", __name__)


def sh(command, cwd, timeout=120):
    """Runs a command, logs it, and returns what it printed."""
    log.info("running a step in %s", cwd)
    done = subprocess.run(
        command, cwd=cwd, timeout=timeout, shell=isinstance(command, str), capture_output=True, text=True, check=True
    )
    return done.stdout


class Checkout:
    def __init__(self, repository, branch):
        self.branch = branch
        self.path = workspace_for(repository)

    def update(self):
        sh("git fetch --prune origin", cwd=self.path)
-        sh("git reset --hard refs/remotes/origin/%s" % self.branch, cwd=self.path)
+        sh(["git", "reset", "--hard", "refs/remotes/origin/%s" % self.branch], cwd=self.path)
        return sh("git rev-parse HEAD", cwd=self.path).strip()


@hooks.route("/push/<int:repository>", methods=["POST"])
@hook_signature_required
def push(repository):
    event = request.get_json()
    branch = event["ref"].split("/", 2)[2]
    return {"commit": Checkout(repository, branch).update()}
''',
    ),
    # The host name goes through a settings object and a template of a command.
    *pair(
        "gateway-ping-template",
        78,
        '''
+import shlex
import subprocess
from dataclasses import dataclass, field
from typing import List

from rest_framework.response import Response
from rest_framework.views import APIView

from netops.permissions import IsOperator


@dataclass
class Probe:
    host: str
    count: int = 3
    template: List[str] = field(default_factory=lambda: ["ping", "-n", "-c", "{count}", "--", "{host}"])

    def render(self) -> str:
-        return " ".join(part.format(count=self.count, host=self.host) for part in self.template)
+        return shlex.join(part.format(count=self.count, host=self.host) for part in self.template)


class ProbeRunner:
    """Runs probes on the gateway that is nearest to a site; /bin/sh is all that there is on a gateway."""

    def __init__(self, timeout: float = 15.0):
        self.timeout = timeout

    def run(self, probe: Probe) -> str:
        process = subprocess.Popen(["/bin/sh", "-c", probe.render()], stdout=subprocess.PIPE)
        try:
            output, _ = process.communicate(timeout=self.timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            return "no answer"
        return output.decode("utf-8", "replace")


class PingView(APIView):
    permission_classes = [IsOperator]

    def post(self, request):
        probe = Probe(host=str(request.data["host"]), count=min(int(request.data.get("count", 3)), 10))
        return Response({"output": ProbeRunner().run(probe)})
''',
    ),
    # Only one of two arguments was quoted for the remote side.
    *pair(
        "deploy-remote-quoting",
        78,
        """
import logging
import shlex

import asyncssh
from aiohttp import web

from rollout.inventory import Inventory
from rollout.middleware import needs_role

log = logging.getLogger(__name__)
routes = web.RouteTableDef()


class Remote:
    def __init__(self, host: str, known_hosts: str) -> None:
        self.host = host
        self.known_hosts = known_hosts

    async def run(self, *words: str) -> str:
        async with asyncssh.connect(self.host, username="deploy", known_hosts=self.known_hosts) as connection:
            done = await connection.run(" ".join(words), check=True, timeout=60)
        return str(done.stdout)

    async def restart(self, service: str, reason: str) -> str:
-        return await self.run("sudo", "svc-restart", shlex.quote(service), "--reason", f"'{reason}'")
+        return await self.run("sudo", "svc-restart", shlex.quote(service), "--reason", shlex.quote(reason))


@routes.post("/services/{service}/restart")
@needs_role("operator")
async def restart(request: web.Request) -> web.Response:
    inventory: Inventory = request.app["inventory"]
    service = inventory.service(request.match_info["service"])
    if service is None:
        raise web.HTTPNotFound()
    body = await request.json()
    remote = Remote(service.host, inventory.known_hosts)
    output = await remote.restart(service.name, str(body.get("reason", "")))
    log.info("restarted a service")
    return web.json_response({"output": output[-2000:]})
""",
    ),
    # A deny list of characters for a shell misses some of them.
    *pair(
        "transcode-deny-list",
        78,
        r'''
# -*- coding: utf-8 -*-
import os
import subprocess
import uuid

from celery import shared_task

from media.conf import MEDIA_ROOT
from media.models import Clip

-UNWANTED = ";&|`"
+ALLOWED = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-.")


def clean_title(title):
-    for character in UNWANTED:
-        title = title.replace(character, "")
-    return title[:80]
+    return "".join(character for character in title if character in ALLOWED)[:80]


def command_for(source, target, title):
    return 'ffmpeg -nostdin -i "%s" -metadata title="%s" -c:v libx264 "%s"' % (source, title, target)


@shared_task(bind=True, max_retries=2)
def transcode(self, clip_id):
    """Makes the small version of a clip; the title is what its owner has typed."""
    clip = Clip.objects.get(pk=clip_id)
    source = os.path.join(MEDIA_ROOT, "raw", "%d.mov" % clip.pk)
    target = os.path.join(MEDIA_ROOT, "web", "%s.mp4" % uuid.uuid4().hex)
    status = subprocess.call(command_for(source, target, clean_title(clip.title)), shell=True)
    if status != 0:
        raise self.retry(countdown=60)
    Clip.objects.filter(pk=clip_id).update(web_name=os.path.basename(target))
''',
    ),
    # A repository address that begins with a dash is an option.
    *pair(
        "plugin-remote-url",
        88,
        """
from __future__ import annotations

import subprocess

from pydantic import BaseModel, field_validator

from hub.routing import router
from hub.auth import CurrentUser


class PluginSource(BaseModel):
    url: str
    ref: str = "main"

    @field_validator("url")
    @classmethod
    def check_url(cls, value: str) -> str:
-        if not value.endswith(".git"):
+        if not value.startswith("https://git.example.org/") or not value.endswith(".git"):
            raise ValueError("not the address of a repository")
        return value

    @field_validator("ref")
    @classmethod
    def check_ref(cls, value: str) -> str:
        if not value.isalnum():
            raise ValueError("not a branch")
        return value


class Inspector:
    def __init__(self, timeout: float = 30.0) -> None:
        self.timeout = timeout

    def commit(self, source: PluginSource) -> str:
        arguments = ["git", "ls-remote", "--quiet"]
        arguments += [source.url, source.ref]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=self.timeout)
        return done.stdout.partition("\\t")[0]


@router.post("/plugins/inspect")
def inspect_plugin(source: PluginSource, user: CurrentUser) -> dict[str, str]:
    # Which commit a branch of a plugin has, so that it can be pinned.
    return {"commit": Inspector().commit(source)}
""",
    ),
    # An option of rsync in a path that a tenant sets.
    *pair(
        "mirror-rsync-option",
        88,
        '''
import subprocess

from flask import Blueprint, g, jsonify, request

from mirrors.decorators import tenant_required
from mirrors.errors import SyncFailed
from mirrors.paths import incoming_folder

mirrors = Blueprint("mirrors", __name__)


class Rsync:
    base = ("rsync", "--recursive", "--times", "--timeout=60")

    def __init__(self, module):
        self.module = module

    def arguments(self, patterns, target):
        arguments = list(self.base)
        for pattern in patterns:
-            arguments += [pattern]
+            arguments += ["--include=" + pattern]
        arguments += ["--exclude=*", "--", "rsync://" + self.module + "/", target]
        return arguments

    def run(self, patterns, target):
        done = subprocess.run(self.arguments(patterns, target), capture_output=True, timeout=3600)
        if done.returncode != 0:
            raise SyncFailed(done.returncode)


@mirrors.route("/sync", methods=["POST"])
@tenant_required
def sync():
    """Fetches what matches the patterns of the tenant from the module that the tenant has registered."""
    patterns = [str(one) for one in request.get_json().get("patterns", [])][:20]
    Rsync(g.tenant.module).run(patterns, incoming_folder(g.tenant))
    return jsonify(state="done")
''',
    ),
    # The tool of a desktop program is looked for in the folder of the document first.
    *pair(
        "editor-tool-search-path",
        78,
        '''
import os
import shutil
import subprocess

from texpad.preferences import preferences
from texpad.widgets import show_log


class Compiler(object):
    """Runs the typesetting program for the document that is open."""

    def __init__(self, document):
        self.document = document
        self.folder = os.path.dirname(os.path.abspath(document.path))

    def search_path(self):
-        return os.pathsep.join([self.folder, preferences.get("bin_folder"), "/usr/bin"])
+        return os.pathsep.join([preferences.get("bin_folder"), "/usr/bin"])

    def tool(self):
        return shutil.which("pdflatex", path=self.search_path())

    def run(self):
        program = self.tool()
        if program is None:
            show_log("pdflatex was not found")
            return False
        done = subprocess.run(
            [program, "-no-shell-escape", "-interaction=nonstopmode", os.path.basename(self.document.path)],
            cwd=self.folder,
            capture_output=True,
        )
        show_log(done.stdout.decode("utf-8", "replace"))
        return done.returncode == 0
''',
    ),
    # A formula of a spreadsheet cell, evaluated with names taken away but with attributes left.
    *pair(
        "pricing-formula-eval",
        94,
        '''
import ast
import logging

from rest_framework import serializers

from pricing.models import Rule

logger = logging.getLogger(__name__)

-ALLOWED_NODES = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.Constant, ast.Name, ast.Load,
-                 ast.Call, ast.Attribute, ast.Subscript)
+ALLOWED_NODES = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub, ast.Constant,
+                 ast.Name, ast.Load)


class Formula:
    """An expression over the numbers of an order, like `net * 0.98 - 5`."""

    names = frozenset(("net", "weight", "pieces"))

    def __init__(self, text):
        tree = ast.parse(text, mode="eval")
        for node in ast.walk(tree):
            if not isinstance(node, ALLOWED_NODES):
                raise ValueError("not allowed in a formula: %s" % type(node).__name__)
            if isinstance(node, ast.Name) and node.id not in self.names:
                raise ValueError("unknown name")
+            if isinstance(node, ast.Constant) and not isinstance(node.value, (int, float)):
+                raise ValueError("numbers only")
        self.code = compile(tree, "<formula>", "eval")

    def value(self, **numbers):
        return eval(self.code, {"__builtins__": {}}, numbers)


class RuleSerializer(serializers.ModelSerializer):
    class Meta:
        model = Rule
        fields = ("name", "formula")

    def validate_formula(self, text):
        if len(text) > 200:
            raise serializers.ValidationError("this formula is too long")
        try:
            Formula(text).value(net=1.0, weight=1.0, pieces=1)
        except (SyntaxError, ValueError, ArithmeticError, TypeError):
            raise serializers.ValidationError("this formula cannot be used")
        return text
''',
    ),
    # The bot's calculator was eval; the fix is literal_eval of a vector.
    *pair(
        "chat-bot-dice-vector",
        94,
        '''
+import ast
import random

from discord.ext import commands

from dungeon.characters import character_of


class Dice(commands.Cog):
    """Throws dice: `!roll [6, 6, 20]`."""

    def __init__(self, bot):
        self.bot = bot
        self.generator = random.Random()

    @staticmethod
    def parse(text):
        text = text.strip()
        if len(text) > 100 or not text.startswith("["):
            raise commands.BadArgument("a list of sides is needed")
-        sides = eval(text, {"__builtins__": None}, {})
+        try:
+            sides = ast.literal_eval(text)
+        except (ValueError, SyntaxError):
+            raise commands.BadArgument("a list of sides is needed")
        if not all(isinstance(one, int) and 1 < one <= 1000 for one in sides):
            raise commands.BadArgument("sides are numbers from 2 to 1000")
        return sides

    @commands.command()
    @commands.cooldown(5, 10, commands.BucketType.user)
    async def roll(self, ctx, *, sides):
        bonus = character_of(ctx.author).luck
        thrown = [self.generator.randint(1, one) for one in self.parse(sides)]
        await ctx.send(", ".join(map(str, thrown)) + f" ({sum(thrown) + bonus})")


def setup(bot):
    bot.add_cog(Dice(bot))
''',
    ),
    # A class is loaded by the dotted name in a message (470).
    *pair(
        "worker-dotted-handler",
        94,
        '''
-import importlib
import json
import logging

import pika

from settlement.settings import RABBIT
from settlement.handlers import audit, refund, transfer

logger = logging.getLogger(__name__)

HANDLERS = {
    "transfer": transfer.handle,
    "refund": refund.handle,
    "audit": audit.handle,
}


def resolve(name):
-    if name in HANDLERS:
-        return HANDLERS[name]
-    module, _, attribute = name.rpartition(".")
-    return getattr(importlib.import_module(module), attribute)
+    return HANDLERS[name]


def on_message(channel, method, properties, body):
    """Called for each message of the public partner exchange."""
    try:
        message = json.loads(body)
        handler = resolve(message["kind"])
        handler(**message.get("arguments", {}))
    except (KeyError, ValueError, TypeError):
        logger.warning("a message that nobody can handle")
        channel.basic_nack(method.delivery_tag, requeue=False)
        return
    channel.basic_ack(method.delivery_tag)


def main():
    connection = pika.BlockingConnection(pika.URLParameters(RABBIT))
    channel = connection.channel()
    channel.basic_consume("partners", on_message)
    channel.start_consuming()
''',
    ),
    # A generator of code writes a name of a message type into a module that is imported afterwards.
    *pair(
        "schema-codegen-names",
        94,
        """
from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from quart import Blueprint, request

from gateway.schema import registry
from gateway.security import tenant_admin

schemas = Blueprint("schemas", __name__)


@dataclass(frozen=True)
class Field:
    name: str
    kind: str


def fields_of(document: dict) -> Iterator[Field]:
    for name, kind in document["fields"].items():
        if kind not in {"str", "int", "float", "bool"}:
            raise ValueError("kind")
+        if not name.isidentifier():
+            raise ValueError("name")
        yield Field(name, kind)


def source_of(fields: Iterator[Field]) -> str:
    lines = ["class Record:", "    def __init__(self, raw):"]
    lines += [f"        self.{one.name} = {one.kind}(raw[{one.name!r}])" for one in fields]
    return textwrap.dedent("\\n".join(lines)) + "\\n"


def build(document: dict) -> type:
    namespace: dict = {}
    exec(compile(source_of(fields_of(document)), "<schema>", "exec"), namespace)
    return namespace["Record"]


@schemas.post("/schemas/<int:tenant>")
@tenant_admin
async def define(tenant: int):
    document = await request.get_json()
    try:
        registry.put(tenant, build(document))
    except (KeyError, ValueError):
        return {"error": "not a schema"}, 400
    return {"state": "defined"}
""",
    ),
    # A shared cache behind an abstract base: pickles that other services can write.
    *pair(
        "feature-cache-codec",
        502,
        '''
import abc
-import pickle
+import json

import redis

from scoring.settings import settings


class Codec(abc.ABC):
    @abc.abstractmethod
    def dumps(self, value): ...

    @abc.abstractmethod
    def loads(self, data): ...


-class PickleCodec(Codec):
+class JSONCodec(Codec):
    def dumps(self, value):
-        return pickle.dumps(value, protocol=4)
+        return json.dumps(value).encode()

    def loads(self, data):
-        return pickle.loads(data)
+        return json.loads(data)


class FeatureCache:
    """Features of accounts in the Redis that all teams share."""

    def __init__(self, codec: Codec, client: redis.Redis) -> None:
        self.codec = codec
        self.client = client

    def get(self, account: int):
        data = self.client.get(f"features:{account}")
        return None if data is None else self.codec.loads(data)

    def put(self, account: int, features: dict) -> None:
        self.client.setex(f"features:{account}", 3600, self.codec.dumps(features))


def build_cache() -> FeatureCache:
-    return FeatureCache(PickleCodec(), redis.Redis.from_url(settings.redis_url))
+    return FeatureCache(JSONCodec(), redis.Redis.from_url(settings.redis_url))
''',
    ),
    # Weights that customers upload are loaded with everything that a pickle can do.
    *pair(
        "serving-load-weights",
        502,
        '''
import io
import logging
from functools import lru_cache

import torch
from fastapi import APIRouter, Depends, File, HTTPException, UploadFile

from serving.auth import api_key
from serving.networks import build_network

logger = logging.getLogger(__name__)
router = APIRouter()
MAX_BYTES = 200 * 1024 * 1024
-LOAD_OPTIONS = {"map_location": "cpu", "weights_only": False}
+LOAD_OPTIONS = {"map_location": "cpu", "weights_only": True}


class Adapter:
    def __init__(self, blob: bytes) -> None:
        self.buffer = io.BytesIO(blob)

    def state(self) -> dict:
        return torch.load(self.buffer, **LOAD_OPTIONS)


@lru_cache(maxsize=1)
def network():
    return build_network("encoder-small")


@router.post("/adapters/check")
async def check_adapter(file: UploadFile = File(...), tenant=Depends(api_key)):
    """Says whether the weights of a customer fit the network."""
    blob = await file.read(MAX_BYTES + 1)
    if len(blob) > MAX_BYTES:
        raise HTTPException(413)
    state = Adapter(blob).state()
    missing, unexpected = network().load_state_dict(state, strict=False)
    return {"missing": len(missing), "unexpected": len(unexpected)}
''',
    ),
    # A helper with a default loader: the default is what the fix changes.
    *pair(
        "workflow-yaml-default-loader",
        502,
        '''
import yaml

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from automation.models import Workflow


-def read_document(text, loader=yaml.UnsafeLoader):
+def read_document(text, loader=yaml.SafeLoader):
    """A mapping from a YAML text; raises ValidationError for anything else."""
    try:
        document = yaml.load(text, Loader=loader)
    except yaml.YAMLError:
        raise ValidationError(_("This is no YAML."))
    if not isinstance(document, dict):
        raise ValidationError(_("A mapping is needed."))
    return document


class WorkflowImporter(object):
    required = ("name", "steps")

    def __init__(self, owner):
        self.owner = owner

    def load(self, upload):
        document = read_document(upload.read(64 * 1024).decode("utf-8", "replace"))
        missing = [key for key in self.required if key not in document]
        if missing:
            raise ValidationError(_("The document is incomplete."))
        return Workflow.objects.create(owner=self.owner, name=str(document["name"]), steps=document["steps"])


def import_view_helper(request):
    return WorkflowImporter(request.user).load(request.FILES["document"])
''',
    ),
    # A worker's queue between machines: the signature is checked after the object was made.
    *pair(
        "render-farm-signed-jobs",
        502,
        '''
import hashlib
import hmac
import pickle
import socketserver

from renderfarm.config import SHARED_KEY
from renderfarm.scene import render

DIGEST = hashlib.sha256
SIZE = DIGEST().digest_size


def split(frame):
    return frame[:SIZE], frame[SIZE:]


def verify(signature, body):
    expected = hmac.new(SHARED_KEY, body, DIGEST).digest()
    if not hmac.compare_digest(signature, expected):
        raise PermissionError("wrong signature")


class JobHandler(socketserver.StreamRequestHandler):
    """Takes one job from a coordinator: 4 bytes of length, a signature, a pickled job."""

    timeout = 10

    def job(self):
        length = int.from_bytes(self.rfile.read(4), "big")
        if length > 1 << 20:
            raise ValueError("too long")
        signature, body = split(self.rfile.read(length))
-        job = pickle.loads(body)
-        verify(signature, body)
-        return job
+        verify(signature, body)
+        return pickle.loads(body)

    def handle(self):
        try:
            job = self.job()
        except (PermissionError, ValueError):
            return
        self.wfile.write(render(job))
''',
    ),
    # A template for an e-mail is itself data of a tenant: the environment decides.
    *pair(
        "tenant-mail-template",
        1336,
        '''
from __future__ import annotations

from functools import cached_property

-from jinja2 import Environment
+from jinja2.sandbox import ImmutableSandboxedEnvironment

from outreach.mailer import Message
from outreach.models import Campaign, Contact


class CampaignRenderer:
    """Fills the text that a tenant has written for its contacts."""

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign

    @cached_property
-    def environment(self) -> Environment:
-        return Environment(autoescape=True, trim_blocks=True)
+    def environment(self) -> ImmutableSandboxedEnvironment:
+        return ImmutableSandboxedEnvironment(autoescape=True, trim_blocks=True)

    def message(self, contact: Contact) -> Message:
        body = self.environment.from_string(self.campaign.body)
        values = {"first_name": contact.first_name, "company": contact.company}
        return Message(to=contact.email, subject=self.campaign.subject, html=body.render(values))


def preview(campaign_id: int, tenant_id: int) -> str:
    campaign = Campaign.query.filter_by(id=campaign_id, tenant_id=tenant_id).one()
    return CampaignRenderer(campaign).message(Contact.example()).html
''',
    ),
    # str.format with an object that has secrets behind its attributes.
    *pair(
        "notification-str-format",
        1336,
        '''
import logging
+import string

from flask import Blueprint, jsonify, request
from flask_login import current_user, login_required

from monitor.models import Alert
from monitor.settings import settings

log = logging.getLogger(__name__)
bp = Blueprint("notifications", __name__)
-DEFAULT = "{host}: {state} since {since}"
+DEFAULT = "$host: $state since $since"


class Notice(object):
    def __init__(self, alert):
        self.alert = alert
        self.settings = settings

    def fields(self):
-        return {"alert": self.alert, "notice": self, "host": self.alert.host, "state": self.alert.state}
+        return {"host": self.alert.host, "state": self.alert.state, "since": self.alert.since.isoformat()}

    def text(self, layout):
-        return layout.format(since=self.alert.since, **self.fields())
+        return string.Template(layout).safe_substitute(self.fields())


@bp.route("/notifications/preview", methods=["POST"])
@login_required
def preview():
    """Shows how a message looks with the layout that the user has typed."""
    alert = Alert.query.filter_by(owner_id=current_user.id).first_or_404()
    layout = request.get_json().get("layout", DEFAULT)
    return jsonify(text=Notice(alert).text(layout[:500]))
''',
    ),
)

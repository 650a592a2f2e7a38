"""Commands, code, templates and serialised objects."""

from corpus import pair

RECORDS = (
    *pair(
        "flask-ping",
        78,
        """
import subprocess
from flask import Flask, request, jsonify

app = Flask(__name__)


@app.route("/ping")
def ping():
    host = request.args.get("host", "127.0.0.1")
-    output = subprocess.check_output(f"ping -c 1 {host}", shell=True, text=True)
+    if host.startswith("-"):
+        return jsonify({"error": "invalid host"}), 400
+    output = subprocess.check_output(["ping", "-c", "1", "--", host], text=True, timeout=10)
    return jsonify({"output": output})
""",
    ),
    *pair(
        "convert-video",
        78,
        '''
import os
import subprocess


def convert_to_mp3(input_path, output_dir):
    """Convert a media file to mp3 with ffmpeg and return the new path."""
    name = os.path.splitext(os.path.basename(input_path))[0]
    output_path = os.path.join(output_dir, name + ".mp3")
-    os.system("ffmpeg -i " + input_path + " -vn -ab 192k " + output_path)
+    subprocess.run(["ffmpeg", "-i", os.path.abspath(input_path), "-vn", "-ab", "192k", output_path], check=True)
    return output_path
''',
    ),
    *pair(
        "fragment-git-clone",
        88,
        '''
def clone_repository(url, destination):
    """Clone a git repository for analysis."""
-    result = subprocess.run(["git", "clone", "--depth", "1", url, destination], capture_output=True, text=True)
+    if not url.startswith("https://"):
+        raise ValueError("only https addresses")
+    result = subprocess.run(
+        ["git", "clone", "--depth", "1", "--", url, destination], capture_output=True, text=True, timeout=300
+    )
    if result.returncode != 0:
        raise RuntimeError(result.stderr)
    return destination
''',
    ),
    *pair(
        "fastapi-grep",
        88,
        """
import subprocess
from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.get("/logs/search")
def search_logs(pattern: str):
-    result = subprocess.run(["grep", "-n", pattern, "/var/log/app.log"], capture_output=True, text=True, timeout=10)
+    result = subprocess.run(
+        ["grep", "-n", "-F", "-e", pattern, "--", "/var/log/app.log"], capture_output=True, text=True, timeout=10
+    )
    if result.returncode > 1:
        raise HTTPException(status_code=500, detail="search failed")
    return {"lines": result.stdout.splitlines()}
""",
    ),
    *pair(
        "backup-class",
        78,
        """
import datetime
import subprocess


class DatabaseBackup:
    def __init__(self, database, user, target):
        self.database = database
        self.user = user
        self.target = target

    def file_name(self):
        stamp = datetime.datetime.now().strftime("%Y%m%d%H%M%S")
        return f"{self.target}/{self.database}-{stamp}.sql"

    def run(self):
        name = self.file_name()
-        command = "pg_dump -U %s %s > %s" % (self.user, self.database, name)
-        process = subprocess.Popen(command, shell=True, stderr=subprocess.PIPE)
-        _, error = process.communicate()
-        if process.returncode:
-            raise RuntimeError(error.decode())
+        with open(name, "wb") as out:
+            subprocess.run(["pg_dump", "-U", self.user, "--dbname=" + self.database], stdout=out, check=True)
        return name
""",
    ),
    *pair(
        "tornado-whois",
        77,
        """
import asyncio
+import re

import tornado.web


class WhoisHandler(tornado.web.RequestHandler):
    async def get(self):
        domain = self.get_argument("domain")
-        process = await asyncio.create_subprocess_shell(
-            "whois " + domain, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
-        )
+        if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,252}", domain):
+            raise tornado.web.HTTPError(400)
+        process = await asyncio.create_subprocess_exec(
+            "whois", domain, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
+        )
        out, _ = await process.communicate()
        self.set_header("Content-Type", "text/plain")
        self.write(out)
""",
    ),
    *pair(
        "ssh-run",
        77,
        """
import shlex

import paramiko


def tail_remote_log(host, user, key_file, service, lines=100):
    client = paramiko.SSHClient()
    client.load_system_host_keys()
    client.connect(host, username=user, key_filename=key_file)
    try:
-        _, stdout, _ = client.exec_command(f"journalctl -u {service} -n {lines}")
+        _, stdout, _ = client.exec_command(f"journalctl -u {shlex.quote(service)} -n {int(lines)}")
        return stdout.read().decode()
    finally:
        client.close()
""",
    ),
    *pair(
        "script-archive",
        78,
        """
#!/usr/bin/env python3
import os
import subprocess
import sys


def archive(directory):
    target = os.path.basename(directory.rstrip("/")) + ".tar.gz"
-    os.popen("tar czf " + target + " " + directory).read()
+    subprocess.run(["tar", "czf", target, "--", directory], check=True)
    print("Wrote", target)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: archive.py DIRECTORY")
    archive(sys.argv[1])
""",
    ),
    *pair(
        "calculator-api",
        95,
        """
+import ast
+import operator
from flask import Flask, request, jsonify

app = Flask(__name__)
+OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
+
+
+def compute(node):
+    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
+        return node.value
+    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
+        return OPERATORS[type(node.op)](compute(node.left), compute(node.right))
+    raise ValueError("unsupported expression")


@app.route("/calculate", methods=["POST"])
def calculate():
    expression = request.json.get("expression", "")
    try:
-        result = eval(expression)
-    except Exception:
+        result = compute(ast.parse(expression[:200], mode="eval").body)
+    except (ValueError, SyntaxError, ZeroDivisionError):
        return jsonify({"error": "Invalid expression"}), 400
    return jsonify({"result": result})
""",
    ),
    *pair(
        "fragment-filter-rows",
        95,
        '''
def filter_rows(rows, condition):
    """Keep the rows for which the condition holds; it is written like "price > 10"."""
-    return [row for row in rows if eval(condition, {}, row)]
+    name, sign, bound = condition.split()
+    compare = {">": operator.gt, "<": operator.lt, "==": operator.eq}[sign]
+    return [row for row in rows if compare(row[name], float(bound))]
''',
    ),
    *pair(
        "plugin-exec",
        94,
        '''
import importlib
import json


+PLUGINS = {"csv": "exporters.csv_exporter", "json": "exporters.json_exporter"}
+
+
def load_exporter(request_body):
    """Load the exporter that a client asked for."""
    options = json.loads(request_body)
    name = options["exporter"]
-    module = importlib.import_module(name)
+    module = importlib.import_module(PLUGINS[name])
    return module.Exporter(**{"delimiter": options.get("delimiter", ",")})
''',
    ),
    *pair(
        "fastapi-run-code",
        94,
        """
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Formula(BaseModel):
    code: str
    inputs: dict[str, float]


+FORMULAS = {
+    "sum": lambda values: sum(values.values()),
+    "max": lambda values: max(values.values()),
+}
+
+
@app.post("/run")
def run(formula: Formula):
-    scope = dict(formula.inputs)
-    exec(formula.code, scope)
-    return {"result": scope.get("result")}
+    if formula.code not in FORMULAS:
+        return {"error": "unknown formula"}
+    return {"result": FORMULAS[formula.code](formula.inputs)}
""",
    ),
    *pair(
        "dynamic-attribute",
        94,
        '''
def dispatch(service, message):
    """Call the method of the service that the message names."""
    payload = json.loads(message)
    action = payload["action"]
+    if action not in ("status", "restart", "reload"):
+        raise ValueError("unknown action")
-    return eval("service." + action + "()")
+    return getattr(service, action)()
''',
    ),
    *pair(
        "config-literal",
        95,
        '''
+import ast
import sys


def load_settings(path):
    """Read KEY = VALUE lines; a value is a Python literal."""
    settings = {}
    with open(path) as file:
        for line in file:
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            key, _, value = line.partition("=")
-            settings[key.strip()] = eval(value)
+            settings[key.strip()] = ast.literal_eval(value.strip())
    return settings


if __name__ == "__main__":
    print(load_settings(sys.argv[1]))
''',
    ),
    *pair(
        "flask-greeting-template",
        1336,
        """
from flask import Flask, request, render_template_string

app = Flask(__name__)


@app.route("/hello")
def hello():
    name = request.args.get("name", "World")
-    template = f"<h1>Hello, {name}!</h1><p>Welcome back.</p>"
-    return render_template_string(template)
+    template = "<h1>Hello, {{ name }}!</h1><p>Welcome back.</p>"
+    return render_template_string(template, name=name)
""",
    ),
    *pair(
        "email-template",
        1336,
        '''
from jinja2 import Template
+from jinja2.sandbox import SandboxedEnvironment


def render_email(subject_template, user):
    """Render a subject line that a customer configured."""
-    return Template(subject_template).render(user=user)
+    return SandboxedEnvironment().from_string(subject_template).render(user=user)
''',
    ),
    *pair(
        "format-template",
        1336,
        """
+import string
from flask import Flask, request

app = Flask(__name__)
app.config["SECRET_KEY"] = load_secret()


class Event:
    def __init__(self, title, owner):
        self.title = title
        self.owner = owner


@app.route("/preview", methods=["POST"])
def preview():
    layout = request.form["layout"]
    event = Event(request.form["title"], current_owner())
-    text = layout.format(event=event)
+    text = string.Template(layout).safe_substitute(title=event.title)
    return text, 200, {"Content-Type": "text/plain"}
""",
    ),
    *pair(
        "flask-pickle-cookie",
        502,
        """
import base64
-import pickle
+import json
from flask import Flask, request, make_response

app = Flask(__name__)


@app.route("/cart")
def cart():
    raw = request.cookies.get("cart")
-    items = pickle.loads(base64.b64decode(raw)) if raw else []
+    items = json.loads(base64.b64decode(raw)) if raw else []
    return {"items": list(items)}
""",
    ),
    *pair(
        "worker-queue",
        502,
        '''
import json
import pickle
import socket


def serve(host="127.0.0.1", port=5050):
    """Receive jobs over TCP and run them."""
    with socket.create_server((host, port)) as server:
        while True:
            conn, _ = server.accept()
            with conn:
                data = conn.recv(65536)
-                job = pickle.loads(data)
+                job = json.loads(data)
                print("received job", job["name"])
                conn.sendall(b"ok")
''',
    ),
    *pair(
        "yaml-upload",
        502,
        """
import yaml
from fastapi import FastAPI, UploadFile

app = FastAPI()


@app.post("/pipeline")
async def create_pipeline(file: UploadFile):
    content = await file.read(1_000_000)
-    pipeline = yaml.load(content, Loader=yaml.Loader)
+    pipeline = yaml.safe_load(content)
    return {"steps": len(pipeline.get("steps", []))}
""",
    ),
    *pair(
        "model-loading",
        502,
        '''
import torch


def load_checkpoint(path, model, optimizer=None):
    """Restore a model (and its optimizer) from a checkpoint."""
-    checkpoint = torch.load(path, map_location="cpu", weights_only=False)
+    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(checkpoint["model"])
    if optimizer is not None:
        optimizer.load_state_dict(checkpoint["optimizer"])
    return checkpoint.get("epoch", 0)
''',
    ),
    *pair(
        "redis-cache",
        502,
        """
import json
import pickle

import redis


class Cache:
    def __init__(self, url="redis://localhost:6379/0"):
        self.client = redis.Redis.from_url(url)

    def set(self, key, value, ttl=300):
-        self.client.setex(key, ttl, pickle.dumps(value))
+        self.client.setex(key, ttl, json.dumps(value))

    def get(self, key):
        data = self.client.get(key)
        if data is None:
            return None
-        return pickle.loads(data)
+        return json.loads(data)
""",
    ),
    *pair(
        "django-pickle-session",
        502,
        """
import base64
import json
-import pickle

from django.core import signing
from django.http import HttpResponse


def restore(request):
    token = request.POST.get("state", "")
-    state = pickle.loads(base64.urlsafe_b64decode(token))
+    state = signing.loads(token, max_age=3600)
    request.session["filters"] = state["filters"]
    return HttpResponse("restored")
""",
    ),
)

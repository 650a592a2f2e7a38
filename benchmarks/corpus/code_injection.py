"""Code and templates made of what a user sends (CWE-94, 95, 1336)."""

from corpus import pair

RECORDS = [
    *pair(
        "calculator",
        95,
        r"""
import ast
import operator
from flask import Flask, request, jsonify

app = Flask(__name__)
OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}


def compute(node):
    if isinstance(node, ast.Expression):
        return compute(node.body)
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](compute(node.left), compute(node.right))
    raise ValueError("unsupported")


@app.get("/calc")
def calc():
    text = request.args.get("expr", "0")[:60]
    try:
-        value = eval(text, {"__builtins__": {}}, {})
+        value = compute(ast.parse(text, mode="eval"))
    except (SyntaxError, ValueError):
        return jsonify(error="cannot compute"), 400
    return jsonify(result=value)
""",
    ),
    *pair(
        "model-eval",
        95,
        r'''
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(width, 64), nn.ReLU(), nn.Linear(64, 2))

    def forward(self, x):
        return self.body(x)


def evaluate(model, loader, threshold):
    """threshold: from the form of the dashboard, such as '0.5'"""
    model.eval()
    right = total = 0
    with torch.no_grad():
        for x, y in loader:
-            guess = model(x).softmax(-1)[:, 1] > eval(threshold)
+            guess = model(x).softmax(-1)[:, 1] > float(threshold)
            right += (guess == y).sum().item()
            total += len(y)
    return right / max(total, 1)
''',
    ),
    *pair(
        "pandas-query",
        94,
        r"""
import pandas as pd
from flask import Flask, request

app = Flask(__name__)
FRAME = pd.DataFrame({"city": ["Bern", "Oslo"], "population": [134000, 709000]})


@app.get("/cities")
def cities():
    condition = request.args.get("where", "population > 0")
    smallest = request.args.get("min", default=0, type=int)
-    chosen = FRAME.query(condition)
+    chosen = FRAME.query("population > @smallest")
    return {"cities": chosen["city"].tolist(), "asked": len(condition)}
""",
    ),
    *pair(
        "literal-settings",
        95,
        r'''
import ast


class Settings:
    def __init__(self):
        self.values = {}

    def update(self, line):
        """line: 'key = value' from the settings page of a user"""
        key, _, text = line.partition("=")
-        self.values[key.strip()] = eval(text)
+        self.values[key.strip()] = ast.literal_eval(text.strip())

    def get(self, key, default=None):
        return self.values.get(key, default)
''',
    ),
    *pair(
        "dispatch-getattr",
        94,
        r"""
from django.http import HttpResponseBadRequest, JsonResponse
from . import reports


def totals(request):
    return {"kind": "totals"}


HANDLERS = {"totals": totals, "reports": reports.monthly}


def run(request):
    action = request.GET.get("action", "totals")
-    result = eval("reports." + action)(request)
+    handler = HANDLERS.get(action)
+    if handler is None:
+        return HttpResponseBadRequest("unknown action")
+    result = handler(request)
    return JsonResponse(result)
""",
    ),
    *pair(
        "exec-plugin-constant",
        94,
        r'''
import textwrap
from bottle import post, request

TEMPLATE = textwrap.dedent(
    """
    def transform(row):
        return {field: row[field] for field in %r}
    """
)
FIELDS = {"name", "mail", "phone"}


@post("/transform")
def transform():
    fields = request.json.get("fields", [])
    space = {}
-    exec(TEMPLATE.replace("%r", str(fields[0])), space)
+    exec(TEMPLATE % (sorted(FIELDS.intersection(fields)),), space)
    return {"rows": [space["transform"](row) for row in request.json.get("rows", [])[:100]]}
''',
    ),
    *pair(
        "servlet-substring",
        95,
        r"""
from flask import Flask, request

app = Flask(__name__)


@app.route("/codeinj/22", methods=["GET", "POST"])
def handler():
    param = request.args.get("expr", "")
    safe = "31337 + 12"
    both = safe + "#" + param
-    bar = both[len(safe) + 1 :]
+    bar = both[: len(safe)]
    try:
        result = eval(bar)
    except SyntaxError:
        result = "?"
    return {"result": result}
""",
    ),
    *pair(
        "yaml-hook-importlib",
        94,
        r"""
import importlib
from fastapi import FastAPI, HTTPException

app = FastAPI()
EXPORTERS = {"csv": "exporters.csv", "xlsx": "exporters.xlsx"}


@app.get("/export/{kind}")
def export(kind: str):
-    module = importlib.import_module(kind)
+    if kind not in EXPORTERS:
+        raise HTTPException(404)
+    module = importlib.import_module(EXPORTERS[kind])
    return {"file": module.export()}
""",
    ),
    *pair(
        "render-template-string",
        1336,
        r"""
from flask import Flask, render_template_string, request

app = Flask(__name__)


@app.route("/card")
def card():
    name = request.args.get("name", "friend")
-    template = "<h2>Happy birthday, " + name + "!</h2>"
-    return render_template_string(template)
+    template = "<h2>Happy birthday, {{ name }}!</h2>"
+    return render_template_string(template, name=name)
""",
    ),
    *pair(
        "jinja-mail-sandbox",
        1336,
        r"""
-from jinja2 import Environment
+from jinja2.sandbox import SandboxedEnvironment
from django.core.mail import send_mail


def send_campaign(request, recipients):
    body = request.POST["template"]
-    environment = Environment(autoescape=True)
+    environment = SandboxedEnvironment(autoescape=True)
    template = environment.from_string(body)
    for person in recipients:
        text = template.render(name=person.name)
        send_mail("News", text, "news@example.org", [person.mail])
""",
    ),
    *pair(
        "mako-title",
        1336,
        r"""
from mako.template import Template
from tornado.web import RequestHandler


class Badge(RequestHandler):
    def get(self):
        title = self.get_query_argument("title", "guest")
-        page = Template("<b>" + title + "</b> ${year}", default_filters=["h"])
-        self.write(page.render(year=2025))
+        page = Template("<b>${title}</b> ${year}", default_filters=["h"])
+        self.write(page.render(title=title, year=2025))
""",
    ),
    *pair(
        "format-of-user",
        94,
        r'''
import string


class Event:
    def __init__(self, name, place):
        self.name = name
        self.place = place


def announce(event, layout):
    """layout: the text with fields that the organiser typed, such as '$name at $place'"""
-    code = "f" + repr(layout).replace("$name", "{event.name}").replace("$place", "{event.place}")
-    return eval(code)
+    return string.Template(layout).safe_substitute(name=event.name, place=event.place)
''',
    ),
]

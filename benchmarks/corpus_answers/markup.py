"""Pages and code from text: cross-site scripting, templates, evaluation, headers and logs."""

from corpus import pair

RECORDS = (
    # An f-string page with the query.
    *pair(
        "search-page",
        79,
        '''
from flask import Flask, request
+from markupsafe import escape

app = Flask(__name__)

PAGE = """<!doctype html>
<title>Search</title>
<h1>Results for {query}</h1>
<ul>{items}</ul>
"""
ARTICLES = ["Gardening", "Cooking", "Cycling"]


@app.route("/search")
def search():
    query = request.args.get("q", "")
    hits = [title for title in ARTICLES if query.lower() in title.lower()]
    items = "".join(f"<li>{title}</li>" for title in hits)
-    return PAGE.format(query=query, items=items)
+    return PAGE.format(query=escape(query), items=items)
''',
    ),
    # FastAPI HTMLResponse with stored comments of others.
    *pair(
        "guestbook-stored",
        79,
        """
import html
from dataclasses import dataclass, field

from fastapi import FastAPI, Form
from fastapi.responses import HTMLResponse, RedirectResponse


@dataclass
class GuestBook:
    entries: list = field(default_factory=list)
    limit: int = 200

    def add(self, name: str, message: str) -> None:
        self.entries.append((name[:50], message[:500]))
        del self.entries[: -self.limit]

    def render(self) -> str:
-        rows = [f"<p><b>{name}</b>: {message}</p>" for name, message in self.entries]
+        rows = [f"<p><b>{html.escape(name)}</b>: {html.escape(message)}</p>" for name, message in self.entries]
        return "\\n".join(rows)


app = FastAPI()
book = GuestBook()


@app.get("/", response_class=HTMLResponse)
def index():
    return "<h1>Guest book</h1>" + book.render()


@app.post("/sign")
def sign(name: str = Form(), message: str = Form()):
    book.add(name, message)
    return RedirectResponse("/", status_code=303)
""",
    ),
    # mark_safe over a formatted string against format_html.
    *pair(
        "django-template-tag",
        79,
        '''
from django import template
-from django.utils.safestring import mark_safe
+from django.utils.html import format_html

register = template.Library()


@register.simple_tag(takes_context=True)
def greeting(context):
    """Show the name that a visitor gave."""
    name = context["request"].GET.get("name", "visitor")
-    return mark_safe(f'<span class="greeting">Hello {name}!</span>')
+    return format_html('<span class="greeting">Hello {}!</span>', name)
''',
    ),
    # Escaped for text, but put into a link's address: javascript: survives.
    *pair(
        "escaped-href",
        79,
        '''
import html
from urllib.parse import urlsplit

from aiohttp import web


async def profile(request: web.Request) -> web.Response:
    """Show a link to the homepage of a user."""
    homepage = request.query.get("homepage", "")
+    if urlsplit(homepage).scheme not in ("http", "https"):
+        raise web.HTTPBadRequest(text="homepage must be a web address")
    link = html.escape(homepage)
    body = f'<html><body><a href="{link}">Homepage</a></body></html>'
    return web.Response(text=body, content_type="text/html")


app = web.Application()
app.router.add_get("/profile", profile)
''',
    ),
    # Removing script tags is no escaping.
    *pair(
        "strip-script-tags",
        79,
        """
-import re
+from html import escape
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlparse


def sanitize(text):
-    return re.sub(r"(?i)<script.*?>.*?</script>", "", text)
+    return escape(text, quote=True)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        params = parse_qs(urlparse(self.path).query)
        name = sanitize(params.get("name", ["stranger"])[0])
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(f"<h2>Welcome, {name}</h2>".encode())


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", 8080), Handler).serve_forever()
""",
    ),
    # A Jinja environment without autoescape writes what visitors said.
    *pair(
        "jinja-environment-page",
        79,
        """
from flask import Blueprint, request
-from jinja2 import DictLoader, Environment
+from jinja2 import DictLoader, Environment, select_autoescape

bp = Blueprint("cards", __name__)


class Renderer:
    TEMPLATES = {"card.html": "<article><h2>{{ title }}</h2><p>{{ body }}</p></article>"}

    def __init__(self):
-        self.env = Environment(loader=DictLoader(self.TEMPLATES))
+        self.env = Environment(loader=DictLoader(self.TEMPLATES), autoescape=select_autoescape())

    def card(self, title, body):
        return self.env.get_template("card.html").render(title=title, body=body)


renderer = Renderer()


@bp.get("/card")
def card():
    return renderer.card(request.args.get("title", ""), request.args.get("body", ""))
""",
    ),
    # A JSONP callback is written without a look at it.
    *pair(
        "jsonp-callback",
        79,
        r'''
import json
import re

from django.http import HttpResponse, HttpResponseBadRequest


def weather_jsonp(request):
    """Weather of a few cities for an old widget."""
    callback = request.GET.get("callback", "cb")
-    if not callback:
+    if not re.fullmatch(r"[A-Za-z_$][\w$]{0,40}", callback, re.ASCII):
        return HttpResponseBadRequest("invalid callback")
    payload = json.dumps({"Berlin": 21, "Rome": 29})
-    return HttpResponse(f"{callback}({payload})")
+    return HttpResponse(f"{callback}({payload})", content_type="application/javascript")
''',
    ),
    # Tornado writes an error page with the path asked for.
    *pair(
        "tornado-not-found",
        79,
        """
import tornado.escape
import tornado.web


class NotFoundHandler(tornado.web.RequestHandler):
    def prepare(self):
        self.set_status(404)
        page = self.get_argument("page", self.request.path)
-        self.finish("<h1>404</h1><p>No page " + page + " here.</p>")
+        self.finish("<h1>404</h1><p>No page " + tornado.escape.xhtml_escape(page) + " here.</p>")


class Shop(tornado.web.Application):
    def __init__(self):
        super().__init__([], default_handler_class=NotFoundHandler)
""",
    ),
    # Streamlit writes raw HTML with a text of the user.
    *pair(
        "streamlit-unsafe-html",
        79,
        """
import html

import streamlit as st

st.title("Notes of the team")


def card(author: str, text: str) -> str:
    return f"<div class='card'><b>{author}</b><p>{text}</p></div>"


name = st.query_params.get("author", "anonymous")
note = st.query_params.get("note", "")
if note:
-    st.markdown(card(name, note), unsafe_allow_html=True)
+    st.markdown(card(html.escape(name), html.escape(note)), unsafe_allow_html=True)
""",
    ),
    # render_template_string with the user's text in the template.
    *pair(
        "template-string-mail",
        1336,
        '''
from flask import Blueprint, render_template_string, request
from flask_login import login_required

bp = Blueprint("mail", __name__)
FOOTER = "<hr><small>Sent by our shop</small>"


@bp.route("/preview")
@login_required
def preview():
    """Preview of the mail that a seller will send."""
    subject = request.args.get("subject", "")
-    template = "<h1>" + subject + "</h1>{{ footer|safe }}"
-    return render_template_string(template, footer=FOOTER)
+    template = "<h1>{{ subject }}</h1>{{ footer|safe }}"
+    return render_template_string(template, subject=subject, footer=FOOTER)
''',
    ),
    # A service that compiles templates of tenants; the twin has a sandbox.
    *pair(
        "tenant-templates",
        1336,
        """
from typing import Any, Mapping

from fastapi import APIRouter, Depends
-from jinja2 import Environment
+from jinja2.sandbox import SandboxedEnvironment
from pydantic import BaseModel, Field

router = APIRouter()


class Preview(BaseModel):
    template: str = Field(max_length=4000)
    first_name: str = Field(max_length=80)


class TemplateService:
    def __init__(self) -> None:
-        self._environment = Environment(autoescape=True)
+        self._environment = SandboxedEnvironment(autoescape=True)

    def render(self, source: str, values: Mapping[str, Any]) -> str:
        return self._environment.from_string(source).render(**values)


@router.post("/templates/preview")
def preview(body: Preview, service: TemplateService = Depends(), user=Depends(current_user)):
    return {"text": service.render(body.template, {"first_name": body.first_name})}
""",
    ),
    # eval for a calculator; the twin walks the tree.
    *pair(
        "calculator-eval",
        95,
        '''
import ast
import operator

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def calculate(expression: str) -> float:
    """Evaluate an arithmetic expression such as '2 + 3 * 4'."""
-    return eval(expression, {"__builtins__": {}}, {})
+    if len(expression) > 200:
+        raise ValueError("too long")
+    return _value(ast.parse(expression, mode="eval").body)
+
+
+def _value(node):
+    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
+        return node.value
+    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
+        return OPERATORS[type(node.op)](_value(node.left), _value(node.right))
+    raise ValueError("unsupported expression")


def main() -> None:
    while True:
        line = input("> ")
        if line in {"quit", "exit"}:
            break
        try:
            print(calculate(line))
        except (ValueError, ZeroDivisionError, SyntaxError) as error:
            print("Error:", error)


if __name__ == "__main__":
    main()
''',
    ),
    # eval of a formula in a spreadsheet class through two methods.
    *pair(
        "spreadsheet-formula",
        95,
        '''
import csv
import re


class Sheet:
    """A minimal spreadsheet: cells that begin with = are formulas over other cells."""

    CELL = re.compile(r"[A-Z][0-9]+")

    def __init__(self):
        self.cells = {}

    def load(self, path):
        with open(path, newline="") as file:
            for y, row in enumerate(csv.reader(file), 1):
                for x, text in enumerate(row):
                    self.cells[f"{chr(65 + x)}{y}"] = text

    def value(self, name):
        text = self.cells.get(name, "0")
        if not text.startswith("="):
            return float(text)
-        return self._formula(text[1:])
+        return self._sum(text[1:])

-    def _formula(self, formula):
-        expanded = self.CELL.sub(lambda found: str(self.value(found.group())), formula)
-        return float(eval(expanded))
+    def _sum(self, formula):
+        return sum(self.value(name.strip()) for name in formula.split("+"))


def api_value(request):
    sheet = Sheet()
    sheet.load("budget.csv")
    sheet.cells["Z1"] = request.json["formula"]
    return {"value": sheet.value("Z1")}
''',
    ),
    # A plug-in is imported by a name from the request.
    *pair(
        "exporter-import",
        94,
        """
import importlib

from django.http import HttpResponse, HttpResponseBadRequest

+EXPORTERS = {"csv": "shop.exporters.csv", "xlsx": "shop.exporters.xlsx"}


def load_exporter(kind):
-    module = importlib.import_module(kind)
+    module = importlib.import_module(EXPORTERS[kind])
    return module.export


def export_orders(request):
    kind = request.GET.get("format", "csv")
    try:
        export = load_exporter(kind)
-    except ImportError:
+    except KeyError:
        return HttpResponseBadRequest("unknown format")
    return HttpResponse(export(request.user.orders.all()), content_type="application/octet-stream")
""",
    ),
    # exec of a "rule" from a queue; the twin knows a table of rules.
    *pair(
        "pricing-rules-exec",
        94,
        """
import json
import os

import redis

+RULES = {
+    "ten-percent": lambda order: order["total"] * 0.9,
+    "free-over-fifty": lambda order: order["total"] if order["total"] < 50 else order["total"] - 5,
+}


class PricingWorker:
    def __init__(self):
        self.queue = redis.Redis.from_url(os.environ["REDIS_URL"])

    def step(self):
        _, raw = self.queue.blpop("pricing")
        job = json.loads(raw)
        order = job["order"]
-        scope = {"order": order}
-        exec(job["rule"], scope)
-        price = scope["price"]
+        price = RULES[job["rule"]](order)
        self.queue.set(f"price:{int(order['id'])}", price)


if __name__ == "__main__":
    worker = PricingWorker()
    while True:
        worker.step()
""",
    ),
    # eval over a name of the client; the twin takes methods from a list alone.
    *pair(
        "rpc-eval-method",
        95,
        '''
import json


class Calculator:
    def add(self, a, b):
        return a + b

    def subtract(self, a, b):
        return a - b


class RpcServer:
    """Dispatch JSON messages to the methods of an object."""

-    def __init__(self, target):
+    def __init__(self, target, methods):
        self.target = target
+        self.methods = frozenset(methods)

    async def handle(self, reader, writer):
        while line := await reader.readline():
            call = json.loads(line)
-            function = eval("self.target." + call["method"])
+            if call["method"] not in self.methods:
+                break
+            function = getattr(self.target, call["method"])
            writer.write(json.dumps({"result": function(*call["params"])}).encode() + b"\\n")
            await writer.drain()
        writer.close()
''',
    ),
    # An expression of the visitor is evaluated for each row.
    *pair(
        "pandas-eval-column",
        95,
        """
import pandas as pd
import streamlit as st


@st.cache_data
def load() -> pd.DataFrame:
    return pd.read_csv("sales.csv")


frame = load()
st.header("Sales")
-expression = st.text_input("New column, e.g. price * amount")
-if expression:
-    frame["result"] = frame.apply(lambda row: eval(expression, {}, dict(row)), axis=1)
+left = st.selectbox("First column", sorted(frame.columns))
+right = st.selectbox("Second column", sorted(frame.columns))
+if left and right:
+    frame["result"] = frame[left] * frame[right]
st.dataframe(frame)
""",
    ),
    # str.format with a template of the user reads attributes of its arguments.
    *pair(
        "user-format-string",
        1336,
        '''
import os
from string import Template


class Config:
    def __init__(self):
        self.secret_key = os.environ["SECRET_KEY"]
        self.site = "example.org"


class Event:
    def __init__(self, config, title):
        self.config = config
        self.title = title


def render_label(request, event):
    """Format the label of an event as the user wants it."""
    pattern = request.args.get("pattern", "$title")
-    return pattern.format(event=event)
+    return Template(pattern).safe_substitute(title=event.title)
''',
    ),
    # A header from a parameter in a hand-written response.
    *pair(
        "raw-socket-redirect-header",
        113,
        r'''
import asyncio
from urllib.parse import parse_qs, quote, unquote, urlsplit


async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Set the language cookie and answer."""
    request_line = (await reader.readline()).decode("latin-1")
    _, target, _ = request_line.split(" ", 2)
    query = parse_qs(urlsplit(target).query)
    language = query.get("lang", ["en"])[0]
    head = "HTTP/1.1 200 OK\r\n"
-    head += f"Set-Cookie: lang={language}; Secure; HttpOnly; SameSite=Lax\r\n"
+    head += f"Set-Cookie: lang={quote(language, safe='')}; Secure; HttpOnly; SameSite=Lax\r\n"
    head += "Content-Length: 0\r\n\r\n"
    writer.write(head.encode("latin-1", "replace"))
    await writer.drain()
    writer.close()
''',
    ),
    # http.server writes a header with a line break of the client in it.
    *pair(
        "download-name-header",
        113,
        """
import re
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlparse

REPORT = b"id;total\\n1;20\\n"


class ReportHandler(BaseHTTPRequestHandler):
    def do_GET(self):
        query = parse_qs(urlparse(self.path).query)
        name = query.get("name", ["report.csv"])[0]
-        name = name.replace('"', "")
+        name = re.sub(r"[^A-Za-z0-9._-]", "_", name)
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Disposition", f'attachment; filename="{name}"')
        self.end_headers()
        self.wfile.write(REPORT)
""",
    ),
    # A mail header with a line break of the form.
    *pair(
        "contact-mail-header",
        93,
        r"""
import smtplib
from email.message import EmailMessage

from flask import Blueprint, render_template, request

bp = Blueprint("contact", __name__)


def send_contact(name: str, sender: str, text: str) -> None:
-    message = f"From: {sender}\r\nTo: office@example.org\r\nSubject: Question of {name}\r\n\r\n{text}"
+    message = EmailMessage()
+    message["From"] = "form@example.org"
+    message["Reply-To"] = sender
+    message["To"] = "office@example.org"
+    message["Subject"] = f"Question of {name}"
+    message.set_content(text)
    with smtplib.SMTP("localhost", 25) as server:
-        server.sendmail(sender, ["office@example.org"], message.encode())
+        server.send_message(message)


@bp.post("/contact")
def contact():
    send_contact(request.form["name"], request.form["email"], request.form["text"][:5000])
    return render_template("thanks.html")
""",
    ),
    # Log lines with line breaks of the client.
    *pair(
        "login-failure-log",
        117,
        """
import logging

from flask import Blueprint, request, session

logging.basicConfig(filename="auth.log", format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
logger = logging.getLogger("auth")
bp = Blueprint("auth", __name__)


@bp.post("/login")
def login():
    username = request.form.get("username", "")
    user = authenticate(username, request.form.get("password", ""))
    if user is None:
-        logger.warning("Failed login for " + username)
+        logger.warning("Failed login for %r", username[:80])
        return {"error": "invalid credentials"}, 401
    session.clear()
    session["user_id"] = user.id
    return {"ok": True}
""",
    ),
    # A helper that removes line feeds only of the value that is not logged.
    *pair(
        "order-log-class",
        117,
        r"""
import logging


class OrderLog:
    def __init__(self, name="orders"):
        self.logger = logging.getLogger(name)

    @staticmethod
    def one_line(text):
        return text.replace("\r", " ").replace("\n", " ")

    def note(self, order_id, comment):
        cleaned = self.one_line(comment)
-        self.logger.info("order %d: %s", order_id, comment)
+        self.logger.info("order %d: %s", order_id, cleaned)
        return len(cleaned)


class OrderView(LoginRequiredMixin, View):
    log = OrderLog()

    def post(self, request, pk):
        order = get_object_or_404(Order, pk=pk, customer=request.user)
        self.log.note(order.pk, request.POST.get("comment", ""))
        return HttpResponse(status=204)
""",
    ),
    # Cells that begin with = in a CSV file for a spreadsheet.
    *pair(
        "csv-formula-export",
        1236,
        '''
import csv
import io

from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpResponse

from .models import Feedback


def cell(text):
    text = str(text)
-    return text.strip()
+    text = text.strip()
+    return "'" + text if text.startswith(("=", "+", "-", "@", "\\t", "\\r")) else text


@staff_member_required
def export_feedback(request):
    """All feedback of visitors as a file for Excel."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["Name", "Message"])
    for entry in Feedback.objects.all():
        writer.writerow([cell(entry.name), cell(entry.message)])
    response = HttpResponse(buffer.getvalue(), content_type="text/csv")
    response["Content-Disposition"] = 'attachment; filename="feedback.csv"'
    return response
''',
    ),
)

"""Pages, templates, headers and logs: text that somebody's program reads again."""

from corpus import pair

RECORDS = (
    # A greeting is written into the page.
    *pair(
        "short-flask-greeting",
        79,
        r'''
from flask import Flask, request
from markupsafe import escape

app = Flask(__name__)


@app.route("/hello")
def hello():
    """Greet the visitor by name."""
    name = request.args.get("name", "World")
-    return f"<h1>Hello, {name}!</h1>"
+    return f"<h1>Hello, {escape(name)}!</h1>"
''',
    ),
    # Without quotes, an attribute ends at a space, which escaping leaves alone.
    *pair(
        "unquoted-attribute",
        79,
        r"""
from html import escape

from django.http import HttpResponse


def search(request):
    term = escape(request.GET.get("q", ""))
-    form = "<form><input name=q value=%s><button>Search</button></form>" % term
+    form = '<form><input name=q value="%s"><button>Search</button></form>' % term
    return HttpResponse("<!doctype html><title>Search</title>" + form)
""",
    ),
    # Quotes are not escaped, and the value stands in a quoted attribute.
    *pair(
        "escape-without-quotes",
        79,
        r'''
import html


class Widget:
    """A text field of a form, rendered by the view that shows the form again with what the visitor typed."""

    def __init__(self, name: str, submitted: str):
        self.name = name
        self.submitted = submitted

    def __html__(self) -> str:
-        value = html.escape(self.submitted, quote=False)
+        value = html.escape(self.submitted, quote=True)
        return f'<input type="text" name="{html.escape(self.name)}" value="{value}">'
''',
    ),
    # Escaped text becomes markup, or text is marked as markup and then escaped.
    *pair(
        "markup-of-comment",
        79,
        r'''
from markupsafe import Markup, escape


def render_comment(author: str, body: str) -> Markup:
    """Render a comment with its line breaks kept."""
-    paragraphs = [Markup("<p>" + part + "</p>") for part in body.split("\n\n")]
+    paragraphs = [Markup("<p>") + part + Markup("</p>") for part in body.split("\n\n")]
    header = Markup("<h3>{}</h3>").format(author)
    return header + Markup("").join(escape(paragraph) for paragraph in paragraphs)
''',
    ),
    # format_html escapes its arguments, not its format.
    *pair(
        "format-html-arguments",
        79,
        r'''
from django import template
from django.utils.html import format_html

register = template.Library()


@register.simple_tag
def user_badge(user):
    """Show the display name and the city that the user entered."""
-    return format_html(f'<span class="badge" title="{user.city}">{{}}</span>', user.display_name)
+    return format_html('<span class="badge" title="{}">{}</span>', user.city, user.display_name)
''',
    ),
    # JSON in a script: a closing tag ends the script whatever the quotes.
    *pair(
        "json-in-script",
        79,
        r"""
import json

from flask import Flask, Response, request

app = Flask(__name__)


@app.route("/map")
def show_map():
    state = {"place": request.args.get("place", ""), "zoom": 12}
-    data = json.dumps(state)
+    data = json.dumps(state).replace("<", "\\u003c")
    page = "<div id=map></div><script>const state = " + data + "; drawMap(state);</script>"
    return Response(page, mimetype="text/html")
""",
    ),
    # An address may be a script, and escaping does not see it.
    *pair(
        "link-scheme",
        79,
        r'''
from html import escape
from urllib.parse import urlparse


def profile_link(website: str, label: str) -> str:
    """Return an HTML link to the website that a user gave in the profile."""
-    if not urlparse(website).scheme:
+    if urlparse(website).scheme not in ("http", "https"):
        website = "https://" + website
    return '<a rel="nofollow noopener" href="{}">{}</a>'.format(escape(website), escape(label))
''',
    ),
    # The environment of a bare Jinja escapes nothing unless told to.
    *pair(
        "short-jinja-autoescape",
        79,
        r"""
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader

app = FastAPI()
-env = Environment(loader=PackageLoader("shop"), trim_blocks=True)
+env = Environment(loader=PackageLoader("shop"), trim_blocks=True, autoescape=True)


@app.get("/search", response_class=HTMLResponse)
async def search(q: str = ""):
    return env.get_template("search.html").render(query=q)
""",
    ),
    # The type of the answer decides whether a browser reads markup in it.
    *pair(
        "echo-content-type",
        79,
        r"""
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlparse


class EchoHandler(BaseHTTPRequestHandler):
    def do_GET(self):
        text = parse_qs(urlparse(self.path).query).get("text", [""])[0]
        body = f"You said: {text}".encode()
        self.send_response(200)
-        self.send_header("Content-Type", "text/html; charset=utf-8")
+        self.send_header("Content-Type", "text/plain; charset=utf-8")
+        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", 8000), EchoHandler).serve_forever()
""",
    ),
    # Taking tags away with a pattern leaves those that do not close.
    *pair(
        "tags-removed-once",
        79,
        r"""
import json
-import re
+from html import escape


def lambda_handler(event, context):
    params = event.get("queryStringParameters") or {}
    name = params.get("name", "guest")
-    name = re.sub(r"</?script[^>]*>", "", name, flags=re.IGNORECASE)
+    name = escape(name)
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "text/html"},
        "body": "<p>Welcome, " + name + "</p><p>Region: " + escape_region(event) + "</p>",
    }


def escape_region(event):
    region = event.get("region", "unknown")
    return json.dumps(region) if region in ("eu", "us") else "unknown"
""",
    ),
    # The visitor's text is the template, or a value in it.
    *pair(
        "short-render-template-string",
        1336,
        r"""
from flask import Flask, render_template_string, request

app = Flask(__name__)


@app.errorhandler(404)
def not_found(error):
-    template = "<h1>Not found</h1><p>There is nothing at %s.</p>" % request.path
-    return render_template_string(template), 404
+    template = "<h1>Not found</h1><p>There is nothing at {{ path }}.</p>"
+    return render_template_string(template, path=request.path), 404
""",
    ),
    # Users write their own mails; the ordinary environment lets them do everything.
    *pair(
        "mail-template-sandbox",
        1336,
        r'''
from jinja2 import Environment
from jinja2.sandbox import ImmutableSandboxedEnvironment


def render_notification(template_text: str, order_number: str, customer: str) -> str:
    """Render a notification from the template that a shop owner has written."""
    if len(template_text) > 5000 or "range" in template_text:
        raise ValueError("template not accepted")
-    env = Environment(autoescape=True)
+    env = ImmutableSandboxedEnvironment(autoescape=True)
    return env.from_string(template_text).render(order_number=order_number, customer=customer)
''',
    ),
    # Mako templates are Python.
    *pair(
        "mako-subject",
        1336,
        r'''
import sys

from mako.template import Template


def banner(title: str) -> str:
    """Return a banner page for the given title."""
-    return Template("<h1>" + title + "</h1>\n<hr>\n").render()
+    return Template("<h1>${title | h}</h1>\n<hr>\n").render(title=title)


if __name__ == "__main__":
    for line in sys.stdin:
        print(banner(line.rstrip("\n")))
''',
    ),
    # A format walks attributes of the objects that it gets; plain texts have none of interest.
    *pair(
        "format-with-objects",
        1336,
        r'''
import os
import string


class Settings:
    def __init__(self):
        self.api_key = os.environ["API_KEY"]


class Person:
    def __init__(self, name, settings):
        self.name = name
        self.settings = settings


def personalise(text: str, person: Person) -> str:
    """Fill in the text that a visitor typed, such as "Dear {person.name}"."""
-    return text.format(person=person)
+    return string.Template(text).safe_substitute(name=person.name)
''',
    ),
    # A header by hand, with line ends in it.
    *pair(
        "download-header",
        113,
        r"""
import socketserver
from urllib.parse import quote, unquote


class Handler(socketserver.StreamRequestHandler):
    timeout = 10

    def handle(self):
        request_line = self.rfile.readline(2000).decode("latin-1")
        name = unquote(request_line.split(" ")[1].lstrip("/"))
        body = b"id,amount\r\n1,20\r\n"
+        name = quote(name, safe="")
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n"
            f"Content-Disposition: attachment; filename*=UTF-8''{name}.csv\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self.wfile.write(head.encode("utf-8") + body)
""",
    ),
    # The subject of a mail is put together as text.
    *pair(
        "mail-subject-lines",
        113,
        r'''
import smtplib
import ssl
from email.message import EmailMessage


def send_feedback(subject: str, text: str, host: str = "mail.example.org") -> None:
    """Send what a visitor wrote into the feedback form to the team."""
-    message = f"From: web@example.org\r\nTo: team@example.org\r\nSubject: {subject}\r\n\r\n{text}"
+    message = EmailMessage()
+    message["From"], message["To"] = "web@example.org", "team@example.org"
+    message["Subject"] = subject
+    message.set_content(text)
    with smtplib.SMTP(host, 587, timeout=10) as server:
        server.starttls(context=ssl.create_default_context())
-        server.sendmail("web@example.org", ["team@example.org"], message.encode())
+        server.send_message(message)
''',
    ),
    # Line ends in a name make lines of the log.
    *pair(
        "login-log-lines",
        117,
        r"""
import logging

from django.contrib.auth import authenticate, login
from django.http import HttpResponse
from django.views.decorators.http import require_POST
from django_ratelimit.decorators import ratelimit

logger = logging.getLogger(__name__)


@require_POST
@ratelimit(key="ip", rate="5/m", block=True)
def sign_in(request):
    username = request.POST.get("username", "")
    user = authenticate(request, username=username, password=request.POST.get("password", ""))
    if user is None:
-        logger.warning("failed login for " + username)
+        logger.warning("failed login for %r", username)
        return HttpResponse("invalid credentials", status=401)
    login(request, user)
    return HttpResponse("ok")
""",
    ),
    # A log file of one's own, one event a line.
    *pair(
        "audit-file-lines",
        117,
        r'''
import json
from datetime import datetime, timezone
from pathlib import Path


class AuditLog:
    """Appends one line per action to the audit file."""

    def __init__(self, path: str):
        self.path = Path(path)

    def record(self, actor: str, action: str) -> None:
        stamp = datetime.now(timezone.utc).isoformat()
-        line = f"{stamp} actor={actor} action={action}"
+        line = f"{stamp} " + json.dumps({"actor": actor, "action": action})
        with self.path.open("a", encoding="utf-8") as handle:
            handle.write(line + "\n")
''',
    ),
    # Only one of the two line ends is taken out, or both, before the value is used.
    *pair(
        "cleaned-copy-not-used",
        117,
        r"""
import logging

from fastapi import FastAPI, Header

app = FastAPI()
log = logging.getLogger("agents")


def single_line(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)[:300]


@app.post("/report")
async def report(comment: str, user_agent: str = Header("")):
    cleaned = single_line(comment)
    if not cleaned.strip("? "):
        return {"status": "empty"}
-    log.info("report from %s: %s", single_line(user_agent), comment)
+    log.info("report from %s: %s", single_line(user_agent), cleaned)
    return {"status": "received"}
""",
    ),
)

"""Markup that carries what a user wrote (CWE-79, 80)."""

from corpus import pair

RECORDS = [
    *pair(
        "flask-greeting",
        79,
        r"""
from flask import Flask, request
from markupsafe import escape

app = Flask(__name__)


@app.route("/hello")
def hello():
    name = request.args.get("name", "world")
-    return f"<h1>Hello {name}</h1><p>{escape('welcome')}</p>"
+    return f"<h1>Hello {escape(name)}</h1><p>{escape('welcome')}</p>"
""",
    ),
    *pair(
        "attribute-context",
        79,
        r"""
import html
from bottle import route, request


@route("/profile")
def profile():
    color = request.query.get("color", "black")
-    text = html.escape(color, quote=False)
+    text = html.escape(color)
    return "<body><div class='box' style='height:9px' data-color='" + text + "'></div></body>"
""",
    ),
    *pair(
        "django-mark-safe",
        79,
        r"""
from django.shortcuts import render
-from django.utils.safestring import mark_safe
+from django.utils.html import format_html


def comment(request):
    author = request.GET.get("author", "")
    body = request.GET.get("body", "")
-    block = mark_safe("<article><b>%s</b><p>%s</p></article>" % (author, body))
+    block = format_html("<article><b>{}</b><p>{}</p></article>", author, body)
    return render(request, "comment.html", {"block": block})
""",
    ),
    *pair(
        "content-type-json",
        79,
        r"""
import json
from aiohttp import web


async def suggest(request):
    word = request.query.get("w", "")
    body = json.dumps({"word": word, "suggestions": [word + "s", word + "ing"]})
-    return web.Response(text=body, content_type="text/html")
+    return web.Response(text=body, content_type="application/json")


def make_app():
    app = web.Application()
    app.router.add_get("/suggest", suggest)
    return app
""",
    ),
    *pair(
        "tornado-error-page",
        79,
        r"""
import tornado.escape
import tornado.web


class SearchHandler(tornado.web.RequestHandler):
    def get(self):
        term = self.get_argument("term", "")
        hits = self.application.index.find(term)
        if not hits:
            self.set_status(404)
-            self.write("<p>Nothing found for <i>" + term + "</i></p>")
+            self.write("<p>Nothing found for <i>" + tornado.escape.xhtml_escape(term) + "</i></p>")
            return
        self.render("hits.html", hits=hits, term=term)
""",
    ),
    *pair(
        "servlet-base64-helper",
        79,
        r"""
import base64
from flask import Flask, request, make_response

app = Flask(__name__)


class Inner:
    def do_something(self, value):
        encoded = base64.b64encode(value.encode("utf-8"))
        decoded = base64.b64decode(encoded).decode("utf-8")
        values = {"key-A": decoded, "key-B": "constant"}
-        return values["key-A"]
+        return values["key-B"]


@app.route("/xss/09", methods=["GET"])
def page():
    param = request.headers.get("Referer", "")
    bar = Inner().do_something(param)
    response = make_response("<html><body>Parameter value: " + bar + "</body></html>")
    response.headers["Content-Type"] = "text/html"
    return response
""",
    ),
    *pair(
        "jinja-autoescape",
        79,
        r"""
-from jinja2 import Environment, FileSystemLoader
+from jinja2 import Environment, FileSystemLoader, select_autoescape
from flask import Flask, request

app = Flask(__name__)
-env = Environment(loader=FileSystemLoader("templates"))
+env = Environment(loader=FileSystemLoader("templates"), autoescape=select_autoescape())


@app.get("/card")
def card():
    template = env.get_template("card.html")
    return template.render(title=request.args.get("title", ""), text=request.args.get("text", ""))
""",
    ),
    *pair(
        "stored-comments",
        80,
        r"""
import html
import sqlite3
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

app = FastAPI()


@app.get("/comments", response_class=HTMLResponse)
def comments(page: int = 0, highlight: str = ""):
    rows = sqlite3.connect("blog.db").execute(
        "SELECT author, body FROM comment ORDER BY id LIMIT 20 OFFSET ?", (20 * page,)
    )
    items = []
    for author, body in rows:
        items.append("<li><b>" + html.escape(author) + "</b> " + html.escape(body) + "</li>")
-    return "<h3>" + highlight + "</h3><ul>" + "".join(items) + "</ul>"
+    return "<h3>" + html.escape(highlight) + "</h3><ul>" + "".join(items) + "</ul>"
""",
    ),
    *pair(
        "number-in-page",
        79,
        r"""
from flask import Flask, request

app = Flask(__name__)


@app.route("/table")
def table():
-    rows = request.args.get("rows", "10")
+    try:
+        rows = int(request.args.get("rows", "10"))
+    except ValueError:
+        return "not a number", 400
    caption = "<caption>%s rows</caption>" % rows
    body = "".join(f"<tr><td>{i}</td></tr>" for i in range(10))
    return "<table>" + caption + body + "</table>"
""",
    ),
    *pair(
        "link-builder",
        79,
        r'''
from html import escape
from urllib.parse import urlparse


def render_link(url, label):
    """HTML of a link that a member of the forum put into a post."""
-    if not url:
-        return escape(label)
-    return '<a rel="nofollow" href="' + url + '">' + escape(label) + "</a>"
+    if urlparse(url).scheme not in {"http", "https"}:
+        return escape(label)
+    return '<a rel="nofollow" href="' + escape(url) + '">' + escape(label) + "</a>"
''',
    ),
]

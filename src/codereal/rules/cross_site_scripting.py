"""User input becomes part of a page, or of other markup, without being escaped.

A browser takes what stands between tags for more tags: whoever controls a part of a page can put a script into it that
acts in the reader's name. In XML the same adds elements that change what a document says. Escape each value where it is
put into the markup, or leave that to a template engine that does it by itself:

    f"<h1>{html.escape(title)}</h1>"
    render_template("page.html", title=title)

What counts as safe: `html.escape`, `markupsafe.escape`, `bleach.clean`, `xml.sax.saxutils.escape`, `format_html` and
their like; numbers, members of a fixed set, text from which `<` and `>` have been removed, and in an attribute also the
quote that it stands in. Escaping for another language (SQL, shell) is no protection. A function that gives back markup
which it has built around its argument is reported too, for whoever calls it will show it.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from codereal.analysis import alphabet, evidence, ir, taint
from codereal.analysis.values import NO, Extern, Mark, Parts, Piece, parts_of, sample_of
from codereal.rules._direct import is_direct
from codereal.rules._helpers import codes, is_helper
from codereal.rules._markup import MARKUP, PAGE, literals, loose, place_after
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import FROM_OUTSIDE, TRUSTED, confidence, surest, words

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.program import Hit

_XML = (91, 74)
_PLAIN = ("mimetype", "content_type", "media_type")
# Responses whose text is no page unless they are told so.
_NO_PAGES = frozenset(
    {"aiohttp.web.Response", "fastapi.Response", "fastapi.responses.Response", "starlette.responses.Response"}
)
_UNESCAPED = re.compile(r"\{\{\s*(\w+)[^{}]*\|\s*safe\b")
_VARIABLE = re.compile(r"\{\{\s*(\w+)([^{}]*)\}\}")
_PAGE_NAME = re.compile(r"\.x?html?(?:\.j(?:inja)?2?)?\Z")
_TEMPLATE_NAME = re.compile(r"[\w/-]+\.x?html?(?:\.j(?:inja)?2?)?")
_ADDRESS = re.compile(r"\b(?:href|src|action|formaction)\s*=\s*[\"']\Z", re.I)
_SPACE = alphabet.of(" ")
_COLON = alphabet.of(":")
_LESS = alphabet.of("<")
_MAX_FIELDS = 6
_DATA = re.compile(r"json|text/plain|octet-stream|csv|javascript", re.I)


def judge(hit: Hit) -> Verdict | None:
    if hit.sink.kind == "html-template":
        return _template(hit)
    if hit.sink.kind == "template-engine":
        return _engine(hit)
    if hit.sink.kind == "return":
        return _returned(hit)
    if hit.sink.kind == "markup":
        if hit.name.endswith("wfile.write") and _says_page(hit.activation.entry):
            return _found(hit, parts_of(hit.value), "a page")
        return _found(hit, parts_of(hit.value), "markup") if _is_markup(parts_of(hit.value)) else None
    places: tuple[int | str, ...] = (1, *_PLAIN) if hit.name.startswith("django.http") else _PLAIN
    kind = hit.given(*places)
    if kind is not None and isinstance(kind.const, str) and "html" not in kind.const and "xml" not in kind.const:
        return None
    if kind is None and hit.name in _NO_PAGES:
        return None
    return _found(hit, parts_of(hit.value), "a page")


def _returned(hit: Hit) -> Verdict | None:
    act = hit.activation
    value = hit.value
    is_page = act.program.routes.get(act.code.serial) == "html"
    if (act.code.name.startswith("__") and act.code.name != "__call__") or act.code.name == "<lambda>":
        # What an object says of itself, `<Shape of 3>`, is for people who read logs.
        return None
    if not is_page and is_helper(act):
        return None
    for _, obj in act.objects(value):
        if obj.kind == "tuple" and is_page and obj.exact:
            said = [item for at, item in obj.items.items() if at]
            said.extend(item for one in said for _, inner in act.objects(one) for item in inner.items.values())
            if any(isinstance(item.const, str) and _DATA.search(item.const) for item in said):
                return None
            value = obj.items.get(0, value)
    if value.refs and value.const is NO and not value.parts:
        return _within(hit)
    parts = parts_of(value)
    if is_page:
        found = _found(hit, parts, "a page")
        return found if found is not None and not _is_told_otherwise(act) else None
    return _found(hit, parts, "markup") if _is_markup(parts) else None


def _says_page(entry: Activation) -> bool:
    """Whether an answer is said to be a page: `self.send_header("Content-Type", "text/html")`."""
    for act in evidence.activations(entry):
        for block in act.code.blocks:
            for one in block.instrs if block.index in act.rounds else ():
                if one.op == ir.CALL and one.args[0].data == "send_header" and len(one.args) == 3:
                    name, kind = (act.vals[arg.index].const for arg in one.args[1:])
                    if str(name).lower() == "content-type" and "html" in str(kind):
                        return True
    return False


def _is_told_otherwise(act: Activation) -> bool:
    """Whether a view says itself that what it gives is no page: `headers["Content-Type"] = "text/plain"`."""
    for one in evidence.activations(act.entry):
        for block in one.code.blocks:
            for instr in block.instrs if block.index in one.rounds else ():
                if instr.op == ir.SETITEM and instr.args[1].op == ir.CONST:
                    kind = literals(parts_of(one.vals[instr.args[2].index]))
                    if str(instr.args[1].data).lower() == "content-type" and kind and "html" not in kind:
                        return True
    return False


def _within(hit: Hit) -> Verdict | None:
    """Pages in what servers are given: `[b"…"]` by the gateway's protocol, `{"statusCode": 200, "body": "…"}`."""
    for _, obj in hit.activation.objects(hit.value):
        page = obj.items.get("body") if "statusCode" in obj.items else obj.items.get(0) if obj.kind == "list" else None
        if page is not None and len(obj.items) < _MAX_FIELDS and _is_markup(parts_of(page)):
            return _found(hit, parts_of(page), "markup")
    return None


def _is_markup(parts: Parts) -> bool:
    return bool(MARKUP.search(literals(parts)))


def _found(hit: Hit, parts: Parts, what: str) -> Verdict | None:
    """The first piece that is not escaped. Whether a parameter that is the whole text is markup, its callers know."""
    is_built = bool(MARKUP.search(literals(parts))) and not (len(parts) == 1 and isinstance(parts[0], Piece))
    marks = [
        mark
        for piece, is_number in loose(parts)
        for mark in piece.marks
        if _is_untrusted(hit, mark) and (mark.origin.kind in FROM_OUTSIDE or (is_built and not is_number))
    ]
    marks = [mark for mark in marks if is_direct(hit, mark)]
    if not marks:
        return _scripted(hit, parts) or _linked(hit, parts) or _unquoted(hit, parts)
    mark = surest(marks)
    cwe = _XML if what == "markup" and not PAGE.search(literals(parts)) else ()
    return Verdict(f"{words(mark)} reaches {what} unescaped", confidence(mark, hit.is_known), mark, cwe)


def _scripted(hit: Hit, parts: Parts) -> Verdict | None:
    """JSON in a script of a page: `</script>` in one of its texts ends the script."""
    before = ""
    for part in parts:
        if isinstance(part, str):
            before += part.lower()
            continue
        if not isinstance(part, Piece) or before.rfind("<script") <= before.rfind("</script"):
            continue
        for mark in part.marks if part.alphabet & _LESS else ():
            if "json" not in mark.cleared or mark.origin.kind not in FROM_OUTSIDE or not is_direct(hit, mark):
                continue
            if not any(_replaces(act, mark) for act in evidence.activations(hit.activation.entry)):
                return Verdict(f"{words(mark)} may end the script that it is in", "medium", mark)
    return None


def _replaces(act: Activation, mark: Mark) -> bool:
    """Whether characters of a text with the mark are replaced."""
    return any(
        one.op == ir.CALL
        and one.args[0].op == ir.ATTR
        and one.args[0].data in ("replace", "translate", "sub")
        and any(
            known.origin is mark.origin for arg in (one.args[0], *one.args) for known in act.marks(act.vals[arg.index])
        )
        for block in act.code.blocks
        if block.index in act.rounds
        for one in block.instrs
    )


def _linked(hit: Hit, parts: Parts) -> Verdict | None:
    """An address as a whole: escaped or not, `javascript:…` runs when it is followed."""
    for before, part in pairwise(parts):
        if not isinstance(before, str) or not isinstance(part, Piece) or not _ADDRESS.search(before):
            continue
        for mark in part.marks if part.alphabet & _COLON else ():
            if mark.origin.kind != "request" or not is_direct(hit, mark) or _is_behind(hit, mark):
                continue
            if not any(hit.is_cleared(mark, kind) for kind in ("url-scheme", "url-host", "path-rooted", "url")):
                return Verdict(f"{words(mark)} is an address on a page, and may be one that runs", "medium", mark)
    return None


def _unquoted(hit: Hit, parts: Parts) -> Verdict | None:
    """An attribute's value that no quotes hold: escaped or not, a space ends it, `x onfocus=…`."""
    place = ""
    for before, part in pairwise((*parts, "")):
        if not isinstance(before, str):
            continue
        place = place_after(before, place)
        if place != "<" or not before.rstrip(" ").endswith("=") or not isinstance(part, Piece):
            continue
        for mark in part.marks if part.alphabet & _SPACE else ():
            if mark.origin.kind in FROM_OUTSIDE and not hit.is_cleared(mark, "*") and is_direct(hit, mark):
                return Verdict(f"{words(mark)} is an attribute's value that no quotes hold", confidence(mark), mark)
    return None


def _is_behind(hit: Hit, mark: Mark) -> bool:
    """Whether it was put behind other text before that was escaped as a whole: `escape("/images/" + name)`."""
    escaped = False
    for holder, one in taint.walk(hit.activation, hit.argument, mark):
        if one.op == ir.CALL:
            names = [ref.name for ref in holder.vals[one.args[0].index].refs if isinstance(ref, Extern)]
            escaped = escaped or any(name in holder.program.library.sanitizers for name in names)
        elif escaped and one.op in (ir.BINARY, ir.JOIN):
            return True
    return False


def _is_untrusted(hit: Hit, mark: Mark) -> bool:
    return mark.origin.kind not in TRUSTED and not hit.is_cleared(mark, "html")


def _template(hit: Hit) -> Verdict | None:
    """A template of which no file's ending says that values are escaped, or that says of a value not to escape it."""
    arguments = hit.arguments
    template = sample_of(parts_of(hit.value)) if hit.value.const is NO else str(hit.value.const)
    if arguments is None:
        return None
    escapes = hit.name.endswith("render_template_string")
    if escapes:
        shown = set(_UNESCAPED.findall(template))
    elif not PAGE.search(template):
        return None
    else:
        shown = {
            name
            for name, rest in _VARIABLE.findall(template)
            if not re.search(r"\|\s*(?:e|escape|tojson|urlencode|int)\b", rest)
        }
    for value, name in zip(arguments.values, arguments.names, strict=True):
        if name in shown and name:
            marks = [mark for mark in hit.activation.marks(value) if _is_untrusted(hit, mark)]
            if marks:
                mark = min(marks, key=lambda one: one.origin.pos)
                return Verdict(f"{words(mark)} reaches a template that does not escape it", confidence(mark), mark)
    return None


def _engine(hit: Hit) -> Verdict | None:
    """Templates of pages, and nobody asked for escaping, or not for that of files which are called so."""
    if hit.name.endswith("select_autoescape"):
        return _selected(hit)
    asked = hit.given("autoescape")
    if (asked is not None and asked.const is not False) or (hit.arguments and "**" in hit.arguments.names):
        return None
    module = hit.activation.program.module
    for code in codes(module.code) if module is not None else ():
        for block in code.blocks:
            for instr in block.instrs:
                text = instr.data if instr.op == ir.CONST else None
                if isinstance(text, str) and (_PAGE_NAME.search(text) or MARKUP.search(text)):
                    return Verdict("pages are made of templates that escape nothing", "high")
    return None


def _selected(hit: Hit) -> Verdict | None:
    """Escaping that the ending of a template's name asks for, and a page whose name ends otherwise."""
    default, enabled = hit.given(3, "default"), hit.given(0, "enabled_extensions")
    module = hit.activation.program.module
    if (default is not None and default.const is not False) or enabled is None or module is None:
        return None
    held = hit.activation.objects(enabled)
    endings = [item.const for _, obj in held for item in obj.items.values()] + [enabled.const] * (not held)
    if not all(isinstance(one, str) for one in endings) or not all(obj.exact for _, obj in held):
        return None
    allowed = tuple(f".{str(one).lstrip('.').lower()}" for one in endings)
    for code in codes(module.code):
        for block in code.blocks:
            for instr in block.instrs:
                name = instr.data if instr.op == ir.CONST else None
                if isinstance(name, str) and _TEMPLATE_NAME.fullmatch(name) and not name.lower().endswith(allowed):
                    return Verdict("pages are made of templates whose names do not ask for escaping", "high")
    return None


RULE = Rule(
    id="cross-site-scripting",
    cwe=(79, 80),
    summary="User input becomes part of a page without being escaped",
    hint="escape each value where it is put into markup (html.escape), or use a template engine that does it",
    severity="error",
    sinks=("html", "html-template", "template-engine", "markup", "return"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    # pages of Flask
    """
from flask import Flask, request
app = Flask(__name__)

@app.route("/hello")
def hello():
    name = request.args.get("name", "")
    return f"<h1>Hello {name}</h1>"
""",
    """
from flask import Flask, request
app = Flask(__name__)

@app.route("/echo", methods=["POST"])
def echo():
    return request.form["text"]
""",
    """
from flask import Flask, request, make_response
app = Flask(__name__)

@app.route("/search")
def search():
    term = request.args["q"]
    page = "<p>No results for " + term + "</p>"
    return make_response(page, 404)
""",
    """
import flask
app = flask.Flask(__name__)

@app.get("/user")
def user():
    name = flask.request.args.get("name")
    return flask.Response("<b>%s</b>" % name, mimetype="text/html")
""",
    """
@app.route("/post/<title>")
def post(title):
    return "<html><body>" + title + "</body></html>", 200
""",
    """
from flask import Flask, request, render_template_string
app = Flask(__name__)

@app.route("/")
def index():
    return render_template_string("<p>{{ note|safe }}</p>", note=request.args["note"])
""",
    """
from flask import Flask, request
from markupsafe import Markup
app = Flask(__name__)

@app.route("/bio")
def bio():
    return {"html": Markup("<p>" + request.json["bio"] + "</p>")}
""",
    # Django, FastAPI, aiohttp
    """
from django.http import HttpResponse

def greet(request):
    return HttpResponse("<h1>Welcome " + request.GET.get("name", "") + "</h1>")
""",
    """
from django.utils.safestring import mark_safe

def badge(label):
    return mark_safe(f'<span class="badge">{label}</span>')
""",
    """
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
app = FastAPI()

@app.get("/hi/{name}")
async def hi(name: str):
    return HTMLResponse(content=f"<h1>Hi {name}</h1>")
""",
    """
from fastapi import FastAPI, Form, Response
app = FastAPI()

@app.post("/comment")
async def comment(text: str = Form(...)):
    return Response("<p>" + text + "</p>", media_type="text/html")
""",
    """
from aiohttp import web

async def handle(request: web.Request):
    name = request.query.get("name", "")
    return web.Response(text=f"<h1>{name}</h1>", content_type="text/html")
""",
    # a gateway
    """
def handler(event, context):
    name = event["queryStringParameters"]["name"]
    return {"statusCode": 200, "headers": {"Content-Type": "text/html"}, "body": "<h1>" + name + "</h1>"}
""",
    # markup that a function builds
    """
CARD = "<div><h2>{title}</h2><p>{text}</p></div>"

def card(title: str, text: str) -> str:
    return CARD.format(title=title, text=text)
""",
    """
def rows(items):
    out = "<ul>"
    for item in items:
        out += "<li>" + item + "</li>"
    out += "</ul>"
    return out
""",
    """
def table(cells):
    body = "".join(["<td>%s</td>" % cell for cell in cells])
    return "<tr>" + body + "</tr>"
""",
    """
from string import Template
PAGE = Template("<h1>$title</h1><div>$body</div>")

def page(title, body):
    return PAGE.substitute(title=title, body=body)
""",
    """
ENVELOPE = "<message><sender>{sender}</sender></message>"

def envelope(sender):
    return ENVELOPE.format(sender=sender)
""",
    """
import html

def link(url, text):
    return '<a href="' + url + '">' + html.escape(text) + "</a>"
""",
    """
from jinja2 import Template

def render(name):
    return Template("<h1>Hello {{ name }}</h1>").render(name=name)
""",
    """
from jinja2 import Environment

def render(name):
    return Environment(autoescape=False).from_string("<h1>{{ name }}</h1>").render(name=name)
""",
    """
from jinja2 import Environment, FileSystemLoader
ENGINE = Environment(loader=FileSystemLoader("templates"))

def render(name):
    return ENGINE.get_template("page.html").render(name=name)
""",
    """
def wrap(tag, text):
    return f"<{tag}>{text}</{tag}>"

def title(text):
    return wrap("h1", text)
""",
    # escaped for another language, or not completely
    """
import shlex

def show(text):
    return "<p>" + shlex.quote(text) + "</p>"
""",
    """
def show(text):
    return "<p>" + text.replace("<script>", "") + "</p>"
""",
    """
import html
from flask import Flask, request
app = Flask(__name__)

@app.route("/box")
def box():
    color = html.escape(request.args["color"], quote=False)
    return "<div class='box' data-color='" + color + "'></div>"
""",
    """
import streamlit as st
name = st.text_input("name")
st.markdown(f"<b>{name}</b>", unsafe_allow_html=True)
""",
    """
def handler(event, context):
    name = (event.get("queryStringParameters") or {}).get("name", "you")
    return {"statusCode": 200, "headers": {"Content-Type": "text/html"}, "body": f"<h1>Hello {name}</h1>"}
""",
    # what one view stores, another shows
    """
from dataclasses import dataclass, field
from fastapi import FastAPI, Form
from fastapi.responses import HTMLResponse

@dataclass
class Book:
    entries: list = field(default_factory=list)

    def add(self, text):
        self.entries.append(text[:500])
        del self.entries[:-200]

    def render(self):
        return "".join(f"<p>{text}</p>" for text in self.entries)

app = FastAPI()
book = Book()

@app.get("/")
def index():
    return HTMLResponse("<h1>Book</h1>" + book.render())

@app.post("/sign")
def sign(text: str = Form()):
    book.add(text)
    return {}
""",
    # an address that runs when it is followed
    """
import html
from flask import Flask, request
app = Flask(__name__)

@app.get("/profile")
def profile():
    link = html.escape(request.args["homepage"])
    return f'<p><a href="{link}">Homepage</a></p>'
""",
    """
from shop.pages import PAGES

class Front:
    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        page = PAGES.get(path)
        if page is None:
            page = f"<html><body>No page {path} here</body></html>"
        start_response("200 OK", [("Content-Type", "text/html")])
        return [page.encode()]
""",
    # </script> ends a script, also within a text of JSON
    """
import json
from flask import Flask, request
app = Flask(__name__)
PAGE = "<body><script>start(%s);</script></body>"

@app.get("/")
def home():
    return PAGE % json.dumps({"query": request.args.get("q", ""), "page": 1})
""",
    # endings of names that ask for no escaping
    """
from jinja2 import Environment, FileSystemLoader, select_autoescape
pages = Environment(loader=FileSystemLoader("pages"), autoescape=select_autoescape(["html", "xml"]))

def show(name):
    return pages.get_template("people/one.html.j2").render(name=name)
""",
    """
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, select_autoescape
pages = Environment(
    loader=FileSystemLoader("pages"), autoescape=select_autoescape(enabled_extensions=("htm",), default=False)
)

async def show(request):
    text = pages.get_template("runs.html").render(label=request.query["label"])
    return web.Response(text=text, content_type="text/html")
""",
    """
from django.http import HttpResponseNotFound

def show(request, name):
    return HttpResponseNotFound(f"<h1>Nobody is called {request.GET['name']}</h1>")
""",
    """
from django.http import HttpResponse

def show(request):
    answer = HttpResponse()
    answer.write("<p>" + request.GET["name"] + "</p>")
    return answer
""",
    """
import cherrypy

class Screens:
    @cherrypy.expose
    def status(self, screen="main"):
        return "no screen " + screen
""",
    # a value that no quotes hold
    """
from html import escape
from django.http import HttpResponse

def search(request):
    term = escape(request.GET.get("q", ""))
    return HttpResponse("<form><input name=q value=%s></form>" % term)
""",
)

SAFE: tuple[str, ...] = (
    """
import html
from flask import Flask, request
app = Flask(__name__)

@app.get("/profile")
def profile():
    link = request.args["homepage"]
    if not link.startswith(("http://", "https://")):
        link = "#"
    return f'<p><a href="{html.escape(link)}">Homepage</a></p>'
""",
    """
import html
from flask import Flask, request
app = Flask(__name__)

@app.get("/picture")
def picture():
    return '<img src="' + html.escape("/images/" + request.args["name"]) + '">'
""",
    """
import streamlit as st
name = st.text_input("name")
st.markdown(f"**{name}**")
""",
    # another file's function makes the page
    """
from flask import Flask, request
from .pages import build
app = Flask(__name__)

@app.route("/hello")
def hello():
    return build(request.args.get("name", ""))
""",
    """
from flask import Flask, request
from markupsafe import escape
app = Flask(__name__)

@app.route("/hello")
def hello():
    return f"<h1>Hello {escape(request.args.get('name', ''))}</h1>"
""",
    """
import html
from flask import Flask, request
app = Flask(__name__)

@app.route("/hello")
def hello():
    name = html.escape(request.args.get("name", ""))
    return "<h1>Hello " + name + "</h1>"
""",
    """
from flask import Flask, request, render_template, jsonify
app = Flask(__name__)

@app.route("/page")
def page():
    return render_template("page.html", name=request.args["name"])

@app.route("/api")
def api():
    return jsonify({"name": request.args["name"]})

@app.route("/dict")
def plain():
    return {"name": request.args["name"]}
""",
    """
from flask import Flask, request, render_template_string
app = Flask(__name__)

@app.route("/")
def index():
    return render_template_string("<p>{{ note }}</p>", note=request.args["note"])
""",
    """
from flask import Flask, request, Response
app = Flask(__name__)

@app.route("/plain")
def plain():
    return Response(request.args["text"], mimetype="text/plain")

@app.route("/raw")
def raw():
    return request.args["text"], 200, {"Content-Type": "text/plain"}
""",
    """
from flask import Flask, request
app = Flask(__name__)

@app.route("/square")
def square():
    number = int(request.args["n"])
    return f"<p>{number * number}</p>"
""",
    """
from flask import Flask, request
app = Flask(__name__)
COLOURS = {"red", "green"}

@app.route("/colour")
def colour():
    name = request.args.get("c", "red")
    if name not in COLOURS:
        return "unknown", 400
    return f"<p class='{name}'>{name}</p>"
""",
    """
from django.http import HttpResponse, JsonResponse
from django.utils.html import escape, format_html

def greet(request):
    return HttpResponse("<h1>Welcome " + escape(request.GET.get("name", "")) + "</h1>")

def badge(request):
    return HttpResponse(format_html("<b>{}</b>", request.GET["label"]))

def data(request):
    return JsonResponse({"name": request.GET["name"]})

def export(request):
    return HttpResponse(request.GET["rows"], content_type="text/csv")
""",
    """
from fastapi import FastAPI
app = FastAPI()

@app.get("/hi/{name}")
async def hi(name: str):
    return {"message": f"Hello {name}"}

@app.get("/text/{name}")
async def text(name: str):
    return f"Hello {name}"
""",
    """
from aiohttp import web

async def handle(request: web.Request):
    return web.Response(text=request.query.get("name", ""))
""",
    """
import requests
from flask import Flask, request
app = Flask(__name__)

@app.route("/weather")
def weather():
    return requests.get("https://api.example.com/" + request.args["city"], timeout=5).text
""",
    """
from markupsafe import Markup

def bold(text):
    return Markup("<b>%s</b>") % text
""",
    """
import html
CARD = "<div><h2>{title}</h2><ul>{items}</ul></div>"

def card(title: str, items: list[str]) -> str:
    listed = "".join(f"<li>{html.escape(item)}</li>" for item in items)
    return CARD.format(title=html.escape(title), items=listed)
""",
    """
import re

def show(text):
    return "<p>" + re.sub(r"[<>]", "", text) + "</p>"
""",
    """
def show(text):
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "<p>" + text + "</p>"
""",
    """
def escaped(text):
    table = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
    return "".join(table.get(one, one) for one in text)

def show(text):
    return "<p>" + escaped(text) + "</p>"
""",
    """
from xml.sax.saxutils import escape, quoteattr

def item(name, value):
    return f"<item name={quoteattr(name)}>{escape(value)}</item>"
""",
    """
class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __repr__(self):
        return f"<Point x={self.x} y={self.y}>"
""",
    """
def usage(name):
    return f"usage: {name} <source> <target>"

def mail(name, address):
    return f"{name} <{address}>"

def compare(a, b):
    return f"{a} < {b} or {b} > {a}"
""",
    """
import bleach

def comment(text):
    return "<div class='comment'>" + bleach.clean(text) + "</div>"
""",
    """
from jinja2 import Template

def render(name):
    return Template("<h1>Hello {{ name | e }}</h1>").render(name=name)
""",
    # where numbers stand, callers give numbers
    """
def circle(x, y, r):
    return f'<circle cx="{x}" cy="{y}" r="{r}"/>'

def bar(share):
    return f'<div class="bar" style="width: {share}%"></div>'
""",
    # whoever uses the helper escapes first
    """
import html

def item(text):
    return "<li>" + text + "</li>"

def listed(texts):
    return "<ul>" + "".join(item(html.escape(text)) for text in texts) + "</ul>"
""",
    """
from jinja2 import Environment, FileSystemLoader, select_autoescape
PAGES = Environment(loader=FileSystemLoader("templates"), autoescape=select_autoescape())
ALWAYS = Environment(autoescape=True)

def render(name):
    return PAGES.get_template("page.html").render(name=name)
""",
    """
from jinja2 import Environment

def config(name):
    return Environment().from_string("name = {{ name }}").render(name=name)
""",
    """
def strip(markup):
    return markup.replace("<b>", "").replace("</b>", "")
""",
    """
from xml.sax.saxutils import escape
from flask import Flask, request
app = Flask(__name__)

@app.route("/name")
def name():
    return "<p>" + escape(request.args["name"]) + "</p>"
""",
    # what another file gives under a name is not the name
    """
from html import escape
from shop.pages import PAGES

class Front:
    def page(self, path):
        found = PAGES.get(path)
        if found is None:
            return "404 Not Found", f"<html><body>No page {escape(path)} here</body></html>"
        return "200 OK", found

    def __call__(self, environ, start_response):
        status, page = self.page(environ["PATH_INFO"])
        start_response(status, [("Content-Type", "text/html")])
        return [page.encode()]
""",
    r"""
import json
from flask import Flask, request
app = Flask(__name__)
PAGE = "<body><script>start(%s);</script></body>"
ESCAPED = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))

def _data(thing):
    text = json.dumps(thing)
    for character, instead in ESCAPED:
        text = text.replace(character, instead)
    return text

@app.get("/")
def home():
    return PAGE % _data({"query": request.args.get("q", ""), "page": 1})
""",
    """
from jinja2 import Environment, FileSystemLoader, select_autoescape
pages = Environment(loader=FileSystemLoader("pages"), autoescape=select_autoescape(["html", "xml", "j2"]))

def show(name):
    return pages.get_template("people/one.html.j2").render(name=name)
""",
    """
from jinja2 import Environment, FileSystemLoader, select_autoescape
pages = Environment(loader=FileSystemLoader("pages"), autoescape=select_autoescape(("htm",), default=True))

def show(name):
    return pages.get_template("people/one.html").render(name=name)
""",
    """
from django.http import HttpResponse

def show(request):
    answer = HttpResponse(content_type="text/csv")
    answer.write(request.GET["name"] + ",1\\r\\n")
    return answer
""",
    """
import cherrypy

class Screens:
    @cherrypy.expose
    def status(self, screen="main"):
        cherrypy.response.headers["Content-Type"] = "text/plain; charset=utf-8"
        return "no screen " + screen
""",
    """
from html import escape
from django.http import HttpResponse

def search(request):
    term, page = escape(request.GET.get("q", "")), int(request.GET.get("page", 1))
    return HttpResponse('<form><input name=q value="%s"><input name=page value=%s></form>' % (term, page))
""",
    """
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlparse

class Echo(BaseHTTPRequestHandler):
    def do_GET(self):
        text = parse_qs(urlparse(self.path).query).get("text", [""])[0]
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(f"You said: {text}".encode())
""",
)

MISSING: tuple[str, ...] = (
    # a text that is given back as it came: nothing says that it is shown
    """
def comment(text: str) -> str:
    return text
""",
)

SPURIOUS: tuple[str, ...] = (
    """
from mako.template import Template
from tornado.web import RequestHandler

class Badge(RequestHandler):
    def get(self):
        page = Template("<b>${title}</b>", default_filters=["h"])
        self.write(page.render(title=self.get_query_argument("title")))
""",
)

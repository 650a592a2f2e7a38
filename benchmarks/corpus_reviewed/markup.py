"""Pages, headers, logs, redirects, XML, spreadsheets."""

from corpus import pair

RECORDS = (
    # A template filter of the project marks as safe what it has put together.
    *pair(
        "filter-highlight-words",
        79,
        r'''
import re

from django import template
+from django.utils.html import escape
from django.utils.safestring import mark_safe

from knowledge.text import shorten

register = template.Library()


def marked(text, words):
    """Puts <mark> around each of the words."""
+    text = escape(text)
    for word in words:
        text = re.sub(re.escape(word), lambda found: "<mark>" + found.group() + "</mark>", text, flags=re.I)
    return text


@register.filter
def highlight(article, query):
    """{{ article|highlight:query }}: the beginning of an article with the words of a search in it."""
    words = [word for word in re.findall(r"[A-Z0-9]{4,}", query.upper()) if word != "MARK"][:5]
    return mark_safe(marked(shorten(article.body, 300), words))


@register.inclusion_tag("knowledge/hit.html")
def hit(article):
    return {"title": article.title, "url": article.get_absolute_url()}
''',
    ),
    # The environment of a small report server does not escape; the fix is a constructor's argument.
    *pair(
        "report-environment-autoescape",
        79,
        """
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from loadtest.results import ResultStore

TEMPLATES = Path(__file__).parent / "templates"


def build_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
-        autoescape=select_autoescape(enabled_extensions=("htm",), default=False),
+        autoescape=select_autoescape(enabled_extensions=("html",), default=True),
    )
    environment.filters["ms"] = lambda seconds: f"{seconds * 1000:.0f} ms"
    return environment


class Pages:
    def __init__(self, store: ResultStore) -> None:
        self.store = store
        self.environment = build_environment()

    def render(self, name: str, **values: object) -> web.Response:
        text = self.environment.get_template(name).render(**values)
        return web.Response(text=text, content_type="text/html")

    async def search(self, request: web.Request) -> web.Response:
        label = request.query.get("label", "")
        runs = await self.store.find(label)
        return self.render("runs.html", label=label, runs=runs)


def setup(app: web.Application, store: ResultStore) -> None:
    app.router.add_get("/runs", Pages(store).search)
""",
    ),
    # A serializer's field takes addresses of pages; javascript: is one.
    *pair(
        "profile-link-scheme",
        79,
        '''
from urllib.parse import urlsplit

from flask import Blueprint, request
from markupsafe import Markup

from community.db import db
from community.auth import current_member, member_required

profiles = Blueprint("profiles", __name__)


def clean_address(raw):
    address = raw.strip()[:300]
    parts = urlsplit(address)
-    if not parts.scheme:
+    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("not an address of a page")
    return address


class ProfileCard(object):
    """What stands beside the posts of a member."""

    layout = Markup('<aside class="card"><b>{name}</b> <a rel="nofollow ugc" href="{address}">home page</a></aside>')

    def __init__(self, member):
        self.member = member

    def __html__(self):
        return self.layout.format(name=self.member.name, address=self.member.home_page)


@profiles.route("/me/home-page", methods=["POST"])
@member_required
def set_home_page():
    member = current_member()
    try:
        member.home_page = clean_address(request.form["address"])
    except ValueError:
        return "This is not an address.", 400
    db.session.commit()
    return Markup("<p>Saved.</p>") + ProfileCard(member).__html__()
''',
    ),
    # JSON in a script element.
    *pair(
        "page-state-json",
        79,
        r'''
import json
import logging

from starlette.requests import Request
from starlette.responses import HTMLResponse

from board.store import boards

logger = logging.getLogger(__name__)

PAGE = """<!doctype html>
<meta charset="utf-8">
<div id="board"></div>
<script>window.__STATE__ = %s;</script>
<script src="/static/board.js"></script>
"""
+UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def serialize(state: dict) -> str:
-    return json.dumps(state, separators=(",", ":"))
+    text = json.dumps(state, separators=(",", ":"))
+    for character, replacement in UNSAFE.items():
+        text = text.replace(character, replacement)
+    return text


async def initial_state(request: Request) -> dict:
    board = await boards.get(request.path_params["board"])
    return {
        "title": board.title,
        "cards": [{"id": card.id, "text": card.text} for card in board.cards],
        "filter": request.query_params.get("filter", ""),
    }


async def show(request: Request) -> HTMLResponse:
    state = await initial_state(request)
    return HTMLResponse(PAGE % serialize(state))
''',
    ),
    # A page of errors repeats the path; an older framework of the project's own.
    *pair(
        "wsgi-not-found-page",
        79,
        '''
+try:
+    from html import escape
+except ImportError:
+    from cgi import escape
+
from minisite.pages import PAGES

NOT_FOUND = u"<html><body><h1>Not found</h1><p>There is no page %(path)s here.</p></body></html>"


class Site(object):
    """Serves pages that were made when the process began."""

    def __init__(self, pages=PAGES):
        self.pages = pages

    def missing(self, path):
-        return "404 Not Found", NOT_FOUND % {"path": path}
+        return "404 Not Found", NOT_FOUND % {"path": escape(path)}

    def answer(self, environ):
        path = environ.get("PATH_INFO") or "/"
        page = self.pages.get(path)
        if page is None:
            return self.missing(path)
        return "200 OK", page

    def __call__(self, environ, start_response):
        status, body = self.answer(environ)
        data = body.encode("utf-8")
        start_response(
            status, [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(data)))]
        )
        return [data]


application = Site()
''',
    ),
    # Markdown with raw HTML of a comment; the fix cleans the result.
    *pair(
        "comment-markdown",
        79,
        '''
from functools import partial

-import markdown
+import markdown
+import nh3
from markupsafe import Markup
from sqlalchemy import event

from journal.models import Comment

to_html = partial(markdown.markdown, extensions=["fenced_code", "nl2br"], output_format="html")
+TAGS = {"p", "a", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "br"}


def render(text):
-    return to_html(text)
+    return nh3.clean(to_html(text), tags=TAGS)


@event.listens_for(Comment.text, "set")
def keep_html(comment, value, previous, initiator):
    """The HTML of a comment is made once, when its text is set."""
    comment.html = render(value)


@app.template_global()
def comment_body(comment):
    return Markup(comment.html)


@app.post("/articles/<int:article>/comments")
@readers_only
def add_comment(article):
    comment = Comment(article_id=article, author=current_reader(), text=request.form["text"][:4000])
    db.session.add(comment)
    db.session.commit()
    return redirect(url_for("article", number=article))
''',
    ),
    # A response is HTML by the default of a helper.
    *pair(
        "echo-plugin-content-type",
        79,
        '''
import cherrypy

from kiosk.screens import Screens


-def reply(text, kind="text/html"):
+def reply(text, kind="text/plain"):
    cherrypy.response.headers["Content-Type"] = kind + "; charset=utf-8"
    cherrypy.response.headers["X-Content-Type-Options"] = "nosniff"
    return text.encode("utf-8")


class ScreenApi(object):
    """What the remote control of the kiosks speaks to."""

    def __init__(self):
        self.screens = Screens()

    @cherrypy.expose
    def status(self, screen="main"):
        state = self.screens.state(screen)
        if state is None:
            cherrypy.response.status = 404
            return reply("no screen " + screen)
        return reply(state)

    @cherrypy.expose
    def names(self):
        return reply(",".join(self.screens.names()))
''',
    ),
    # The name of a download is put into a header as it is.
    *pair(
        "download-disposition-raw-socket",
        113,
        '''
import asyncio
import logging
-from urllib.parse import parse_qs, urlsplit
+from urllib.parse import parse_qs, quote, urlsplit

from camera.recordings import newest_clip

log = logging.getLogger("camera.http")

HEAD = (
    "HTTP/1.1 200 OK\\r\\n"
    "Content-Type: video/mp4\\r\\n"
    "Content-Length: {size}\\r\\n"
    "{disposition}"
    "Connection: close\\r\\n\\r\\n"
)


def disposition(name):
-    return "Content-Disposition: attachment; filename={}\\r\\n".format(name)
+    return "Content-Disposition: attachment; filename={}\\r\\n".format(quote(name, safe=""))


class ClipServer:
    """A small server on the camera; the network of the owner's house is the only one that reaches it."""

    async def handle(self, reader, writer):
        try:
            line = (await asyncio.wait_for(reader.readline(), 5)).decode("latin-1")
            _, target, _ = line.split(" ", 2)
            wanted = parse_qs(urlsplit(target).query).get("as", ["clip.mp4"])[0]
            clip = await newest_clip()
            writer.write(HEAD.format(size=len(clip), disposition=disposition(wanted)).encode("latin-1", "replace"))
            writer.write(clip)
            await writer.drain()
        except ValueError:
            log.info("no request of HTTP")
        finally:
            writer.close()
''',
    ),
    # A text of a log has lines of its own.
    *pair(
        "audit-log-lines",
        117,
        '''
import datetime
import functools

from flask import request

from bank_admin.settings import AUDIT_FILE


class AuditTrail(object):
    """One line an event; the auditors read the file itself."""

    def __init__(self, path):
        self.path = path

    def write(self, *fields):
        stamp = datetime.datetime.now(datetime.timezone.utc).isoformat()
-        line = "\\t".join((stamp,) + tuple(str(field) for field in fields))
+        line = "\\t".join((stamp,) + tuple(repr(str(field)) for field in fields))
        with open(self.path, "a", encoding="utf-8") as handle:
            handle.write(line + "\\n")


trail = AuditTrail(AUDIT_FILE)


def audited(action):
    def decorate(view):
        @functools.wraps(view)
        def inner(*args, **kwargs):
            trail.write(action, request.remote_addr, request.form.get("reason", ""))
            return view(*args, **kwargs)

        return inner

    return decorate


@app.route("/accounts/<int:number>/unlock", methods=["POST"])
@staff_required
@audited("unlock")
def unlock(number):
    accounts.unlock(number)
    return "", 204
''',
    ),
    # Addresses to go back to: the check accepts two slashes.
    *pair(
        "login-next-check",
        601,
        r'''
import re

from flask import Blueprint, redirect, render_template, request, session, url_for

from wiki.accounts import check_password
from wiki.forms import LoginForm

auth = Blueprint("auth", __name__)


def is_local(target):
    """Whether an address stays on this site."""
-    return re.fullmatch(r"/[\w./?=&%~-]*", target) is not None
+    return re.fullmatch(r"/(?!/)[\w./?=&%~-]*", target) is not None


class ReturnMixin(object):
    parameter = "next"

    def return_address(self):
        target = request.values.get(self.parameter, "").strip()
        if target and is_local(target):
            return target
        return url_for("pages.start")


class LoginFlow(ReturnMixin):
    def finish(self, account):
        target = self.return_address()
        session.clear()
        session["account"] = account.id
        return redirect(target)


@auth.route("/login", methods=["GET", "POST"])
def login():
    form = LoginForm()
    if form.validate_on_submit():
        account = check_password(form.name.data, form.password.data)
        if account is not None:
            return LoginFlow().finish(account)
    return render_template("login.html", form=form)
''',
    ),
    # A host allow list compared by its end.
    *pair(
        "sso-relay-state-suffix",
        601,
        """
from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse

from sso.assertions import verified_assertion
from sso.sessions import start_session

router = APIRouter()
TRUSTED = ("app.example.com", "example-cdn.net")


def trusted_target(raw: str) -> str | None:
    parts = urlsplit(raw)
    if parts.scheme != "https":
        return None
-    return raw if parts.netloc.endswith(TRUSTED) else None
+    return raw if parts.netloc in TRUSTED else None


@router.post("/sso/acs")
async def consume(request: Request, assertion=Depends(verified_assertion)) -> RedirectResponse:
    form = await request.form()
    target = trusted_target(str(form.get("RelayState", "")))
    response = RedirectResponse(target or "/", status_code=303)
    await start_session(response, assertion.subject)
    return response
""",
    ),
    # A middleware that adds the slash at the end of a path.
    *pair(
        "append-slash-middleware",
        601,
        '''
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from docs_site.urls import known_folders


def with_slash(path: str) -> str:
-    return path + "/"
+    return "/" + path.strip("/\\\\") + "/"


class TrailingSlash:
    """Sends readers of a folder to its address with a slash at the end."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def wants_slash(self, path: str) -> bool:
        return not path.endswith("/") and path.rsplit("/", 1)[-1] in known_folders()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self.wants_slash(scope["path"]):
            response = RedirectResponse(with_slash(scope["path"]), status_code=301)
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)
''',
    ),
    # Parsing documents of partners: the options of the parser are a class attribute.
    *pair(
        "invoice-parser-options",
        611,
        '''
import decimal
import logging

from lxml import etree

from billing.models import Invoice
from billing.partners import partner_of

logger = logging.getLogger(__name__)


class InvoiceReader(object):
    """Reads invoices that partners post to us."""

-    options = {"resolve_entities": True, "load_dtd": True, "remove_blank_text": True}
+    options = {"resolve_entities": False, "no_network": True, "remove_blank_text": True}
    namespaces = {"i": "urn:example:invoice"}

    def parser(self):
        return etree.XMLParser(**self.options)

    def tree(self, data):
        return etree.fromstring(data, self.parser())

    def read(self, data):
        root = self.tree(data)
        number = root.findtext("i:number", namespaces=self.namespaces)
        total = decimal.Decimal(root.findtext("i:total", namespaces=self.namespaces))
        return Invoice(number=number, total=total)


@app.route("/partners/invoices", methods=["POST"])
@partner_signature_required
def receive_invoice():
    invoice = InvoiceReader().read(request.get_data())
    invoice.partner = partner_of(request)
    invoice.save()
    return jsonify(number=invoice.number), 201
''',
    ),
    # A SAX handler for feeds with external general entities on.
    *pair(
        "feed-sax-entities",
        611,
        """
import io
import xml.sax
from xml.sax.handler import ContentHandler, feature_external_ges, feature_external_pes

from reader.models import Entry
from reader.fetching import fetch_feed


class Titles(ContentHandler):
    def __init__(self):
        super().__init__()
        self.titles = []
        self._inside = False

    def startElement(self, name, attributes):
        self._inside = name == "title"
        if self._inside:
            self.titles.append("")

    def characters(self, content):
        if self._inside:
            self.titles[-1] += content

    def endElement(self, name):
        self._inside = False


def make_parser(handler, external=False):
    parser = xml.sax.make_parser()
    parser.setFeature(feature_external_ges, external)
    parser.setFeature(feature_external_pes, external)
    parser.setContentHandler(handler)
    return parser


def update(feed):
    handler = Titles()
-    make_parser(handler, external=True).parse(io.BytesIO(fetch_feed(feed)))
+    make_parser(handler).parse(io.BytesIO(fetch_feed(feed)))
    for title in handler.titles:
        Entry.objects.get_or_create(feed=feed, title=title.strip()[:200])
""",
    ),
    # An export for spreadsheets: cells that begin like a formula.
    *pair(
        "survey-export-formula",
        1236,
        r'''
import csv
import io

from flask import Blueprint, Response

from survey.auth import owner_required
from survey.models import Answer

exports = Blueprint("exports", __name__)
COLUMNS = ("name", "comment", "score")


def cell(value):
    text = "" if value is None else str(value)
-    return text.replace("\r\n", "\n").strip()
+    text = text.replace("\r\n", "\n").strip()
+    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def rows(survey):
    yield COLUMNS
    for answer in Answer.query.filter_by(survey_id=survey.id).yield_per(500):
        yield [cell(getattr(answer, column)) for column in COLUMNS]


@exports.route("/surveys/<int:number>/export.csv")
@owner_required
def export(survey):
    """Answers of the public, as a file that the owner opens in a spreadsheet."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerows(rows(survey))
    return Response(
        buffer.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": "attachment; filename=answers.csv"},
    )
''',
    ),
    # Values in an XML document are joined as text.
    *pair(
        "shipping-label-xml",
        91,
        """
import requests
-from string import Template
+from string import Template
+from xml.sax.saxutils import escape

from shop.settings import CARRIER_TOKEN, CARRIER_URL

LABEL = Template(
    "<?xml version='1.0' encoding='utf-8'?>"
    "<shipment><prepaid>false</prepaid><to><name>$name</name><street>$street</street><city>$city</city></to>"
    "<weight>$weight</weight></shipment>"
)


class CarrierClient(object):
    timeout = 20

    def __init__(self, session=None):
        self.session = session or requests.Session()

    def document(self, address, weight):
-        values = {key: address[key] for key in ("name", "street", "city")}
+        values = {key: escape(address[key]) for key in ("name", "street", "city")}
        return LABEL.substitute(values, weight="%.2f" % weight)

    def order(self, address, weight):
        answer = self.session.post(
            CARRIER_URL,
            data=self.document(address, weight).encode("utf-8"),
            headers={"Content-Type": "application/xml", "Authorization": "Bearer " + CARRIER_TOKEN},
            timeout=self.timeout,
        )
        answer.raise_for_status()
        return answer.headers["X-Shipment"]


@app.route("/orders/<int:number>/ship", methods=["POST"])
@login_required
def ship(number):
    order = current_user.orders.filter_by(id=number, paid=True).first_or_404()
    address = {key: request.form[key] for key in ("name", "street", "city")}
    order.shipment = CarrierClient().order(address, order.weight)
    db.session.commit()
    return jsonify(shipment=order.shipment)
""",
    ),
    # Headers of a mail are joined by hand.
    *pair(
        "contact-form-mail-headers",
        93,
        """
import smtplib
import ssl
+from email.message import EmailMessage

from sanic import Blueprint, response

from museum.config import MAIL_HOST, MAIL_PASSWORD, MAIL_USER, OFFICE
from museum.limits import limited

contact = Blueprint("contact", url_prefix="/contact")


def compose(sender_name, subject, text):
-    head = "From: %s\\r\\nTo: %s\\r\\nSubject: [%s] %s\\r\\n" % (MAIL_USER, OFFICE, sender_name, subject)
-    return (head + "\\r\\n" + text).encode("utf-8")
+    message = EmailMessage()
+    message["From"] = MAIL_USER
+    message["To"] = OFFICE
+    message["Subject"] = "[%s] %s" % (sender_name, subject)
+    message.set_content(text)
+    return message.as_bytes()


def deliver(data):
    with smtplib.SMTP_SSL(MAIL_HOST, 465, context=ssl.create_default_context(), timeout=10) as server:
        server.login(MAIL_USER, MAIL_PASSWORD)
        server.sendmail(MAIL_USER, [OFFICE], data)


@contact.post("/")
@limited(5)
async def send(request):
    form = request.form
    data = compose(form.get("name", "")[:60], form.get("subject", "")[:120], form.get("text", "")[:5000])
    await request.app.loop.run_in_executor(None, deliver, data)
    return response.text("Thank you.")
""",
    ),
)

"""User input decides to which host the reader is sent.

A link to a trusted site that leads on to wherever its query says is what phishing is made of: the reader checks the
first host and types a password at the second. Redirect to a path of your own, to one of a fixed set of pages, or check
the host before:

    if urlparse(target).netloc not in ALLOWED_HOSTS:
        abort(400)
    return redirect(target)

What counts as safe: `url_for` and the like; a literal scheme and host, or a path, before the input; a comparison of
`netloc` or `hostname`; `not urlparse(target).netloc`; Django's `url_has_allowed_host_and_scheme`. What does not: a
check of the scheme; `target.startswith("https://example.com")` without a slash behind it (`https://example.com.evil.net`);
`"example.com" in target`. A function that takes a URL apart, looks at none of its parts and then gives back what was
made of it (`urljoin`, a query appended) is reported as well: the check is missing there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis.values import Mark, parts_of
from codereal.rules import _unchecked, _url
from codereal.rules._direct import is_direct
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import FROM_OUTSIDE, TRUSTED, confidence, words

if TYPE_CHECKING:
    from codereal.analysis.program import Hit


_STATUS = frozenset({"statusCode", "status", "status_code"})


def judge(hit: Hit) -> Verdict | None:
    if hit.sink.kind == "return":
        return _returned(hit)
    if hit.value.refs and not hit.value.parts:
        return None
    # Where a function sends the one whose address it is given is for its callers to answer for.
    marks = [
        mark
        for piece in _url.deciding(parts_of(hit.value))
        for mark in piece.marks
        if mark.origin.kind in FROM_OUTSIDE and _is_free(hit, mark) and is_direct(hit, mark)
    ]
    if not marks:
        return None
    mark = min(marks, key=lambda one: one.origin.pos)
    return Verdict(f"{words(mark)} decides where a redirect leads", confidence(mark, hit.is_known), mark)


def _is_free(hit: Hit, mark: Mark) -> bool:
    return mark.origin.kind not in TRUSTED and not hit.is_cleared(mark, "url-host") and not hit.is_cleared(mark, "url")


def _returned(hit: Hit) -> Verdict | None:
    """The headers of a redirect as a dict, or a URL that was taken apart for nothing."""
    act = hit.activation
    for _, obj in act.objects(hit.value):
        if not _STATUS.intersection(key for key in obj.items if isinstance(key, str)):
            continue
        for holder in (obj, *(inner for item in obj.items.values() for _, inner in act.objects(item))):
            target = holder.items.get("Location", holder.items.get("location"))
            if holder.kind != "dict" or target is None or target.refs:
                continue
            for piece in _url.deciding(parts_of(target)):
                for mark in piece.marks:
                    if _is_free(hit, mark):
                        return Verdict(f"{words(mark)} decides where a redirect leads", confidence(mark), mark)
    taken = _unchecked.url(hit)
    if taken is None or _unchecked.is_unchanged(hit):
        return None
    return Verdict(f"{words(taken)} is parsed as a URL, but its host is never looked at", "medium", taken)


RULE = Rule(
    id="open-redirect",
    cwe=(601,),
    summary="User input decides to which host the reader is sent",
    hint="compare the host with a fixed set before, or redirect to paths of your own only",
    severity="error",
    sinks=("redirect", "return"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
from flask import Flask, redirect, request
app = Flask(__name__)

@app.route("/login")
def login():
    return redirect(request.args.get("next", "/"))
""",
    """
import flask
app = flask.Flask(__name__)

@app.route("/go")
def go():
    target = flask.request.args["url"]
    if not target.startswith("http"):
        target = "https://" + target
    return flask.redirect(target, code=302)
""",
    """
from flask import Flask, redirect, request
app = Flask(__name__)

@app.route("/go")
def go():
    target = request.args["url"]
    if target.startswith("https://example.com"):
        return redirect(target)
    return "no", 400
""",
    """
from flask import Flask, redirect, request
app = Flask(__name__)

@app.route("/go")
def go():
    target = request.args["url"]
    if "example.com" not in target:
        return "no", 400
    return redirect(target)
""",
    """
from urllib.parse import urlparse
from flask import Flask, redirect, request
app = Flask(__name__)

@app.route("/go")
def go():
    target = request.args["url"]
    if urlparse(target).scheme not in ("http", "https"):
        return "no", 400
    return redirect(target)
""",
    """
from flask import Flask, redirect, request, make_response
app = Flask(__name__)

@app.route("/go")
def go():
    response = make_response("", 302)
    response.headers["Location"] = request.args["to"]
    return response
""",
    """
from django.http import HttpResponseRedirect

def leave(request):
    return HttpResponseRedirect(request.GET.get("next"))
""",
    """
from django.shortcuts import redirect

def leave(request):
    where = request.POST["return_to"]
    return redirect(where)
""",
    """
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
app = FastAPI()

@app.get("/jump")
async def jump(url: str):
    return RedirectResponse(url=url)
""",
    """
from flask import Flask, redirect, request
app = Flask(__name__)

@app.route("/tenant")
def tenant():
    return redirect("https://" + request.args["host"] + "/home")
""",
    """
def handler(event, context):
    return {"statusCode": 302, "headers": {"Location": event["queryStringParameters"]["url"]}}
""",
    # taken apart for nothing
    """
from urllib.parse import urlparse, urljoin

def callback(base, path):
    parsed = urlparse(base)
    return urljoin(base, path)
""",
    """
from urllib import parse

def sign_in(endpoint, back):
    parts = parse.urlparse(back)
    return endpoint + "?" + parse.urlencode({"back": back})
""",
    """
from flask import Flask, redirect, request
app = Flask(__name__)

@app.route("/login")
def login():
    return redirect(request.args.get("next") or "/")
""",
    """
from django.http import HttpResponseRedirect

def leave(request):
    url = request.GET.get("url", "/")
    if url.startswith("javascript:"):
        url = "/"
    return HttpResponseRedirect(url)
""",
    # "//host" starts with a slash, too
    """
from flask import Flask, redirect, request
app = Flask(__name__)

@app.get("/go")
def go():
    target = request.args.get("next", "")
    if not target.startswith("/"):
        target = "/"
    return redirect(target)
""",
    # through a class method
    """
from flask import Flask, redirect, request
app = Flask(__name__)

class Target:
    def __init__(self, address):
        self.address = address

    @classmethod
    def of(cls, arguments):
        return cls(arguments.get("next"))

    def go(self):
        return redirect(self.address)

@app.get("/back")
def back():
    return Target.of(request.args).go()
""",
    """
from flask import Flask, redirect, request
app = Flask(__name__)
LINKS = {"docs": "https://docs.example.com/"}

@app.get("/go")
def go():
    key = request.args.get("to", "")
    return redirect(LINKS.get(key) or key or "/")
""",
)

SAFE: tuple[str, ...] = (
    """
from flask import Flask, redirect, request
app = Flask(__name__)

@app.get("/go")
def go():
    target = request.args.get("next", "")
    if target.startswith("/") and not target.startswith("//"):
        return redirect(target)
    return redirect("/")
""",
    # another file's function decides
    """
from django.http import HttpRequest, HttpResponseRedirect
from .urls import where_next

def leave(request: HttpRequest):
    return HttpResponseRedirect(where_next(request))
""",
    """
from flask import Flask, redirect, url_for
app = Flask(__name__)

@app.route("/")
def index():
    return redirect(url_for("home"))
""",
    """
from urllib.parse import urlparse
from flask import Flask, redirect, request, abort
app = Flask(__name__)
HOSTS = {"example.com", "www.example.com"}

@app.route("/go")
def go():
    target = request.args["url"]
    if urlparse(target).netloc not in HOSTS:
        abort(400)
    return redirect(target)
""",
    """
from urllib.parse import urlparse
from flask import Flask, redirect, request
app = Flask(__name__)

@app.route("/go")
def go():
    target = request.args.get("next", "")
    if not target or urlparse(target).netloc:
        target = "/"
    return redirect(target)
""",
    """
from urllib.parse import urlparse, urljoin
from flask import Flask, redirect, request, url_for
app = Flask(__name__)

def is_safe(target):
    here = urlparse(request.host_url)
    there = urlparse(urljoin(request.host_url, target))
    return there.scheme in ("http", "https") and here.netloc == there.netloc

@app.route("/go")
def go():
    target = request.args.get("next")
    if not is_safe(target):
        return redirect(url_for("index"))
    return redirect(target)
""",
    """
from flask import Flask, redirect, request
app = Flask(__name__)

@app.route("/upload", methods=["POST"])
def upload():
    if "file" not in request.files:
        return redirect(request.url)
    return redirect(request.url.replace("http://", "https://", 1), code=301)
""",
    """
from flask import Flask, redirect, request
app = Flask(__name__)
PAGES = {"home": "/home", "help": "https://help.example.com/"}

@app.route("/go")
def go():
    return redirect(PAGES.get(request.args["page"], "/"))
""",
    """
from flask import Flask, redirect, request
app = Flask(__name__)

@app.route("/go")
def go():
    return redirect("https://example.com/search?q=" + request.args["q"])
""",
    """
from flask import Flask, redirect, request
app = Flask(__name__)

@app.route("/item")
def item():
    return redirect(f"/items/{request.args['id']}")
""",
    """
from django.http import HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

def leave(request):
    target = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    return HttpResponseRedirect(target)
""",
    """
from urllib.parse import urlparse
from flask import Flask, redirect, request
app = Flask(__name__)
DOMAINS = ["example.com", "example.org"]

@app.route("/go")
def go():
    target = request.args["url"]
    host = urlparse(target).hostname or ""
    if not any(host == one or host.endswith("." + one) for one in DOMAINS):
        return "no", 400
    return redirect(target)
""",
    """
from flask import Flask, redirect, request
from .security import is_allowed
app = Flask(__name__)

@app.route("/go")
def go():
    target = request.args["url"]
    if is_allowed(target):
        return redirect(target)
    return redirect("/")
""",
    """
from urllib.parse import urljoin

def absolute(base, link):
    return urljoin(base, link)
""",
    """
from urllib.parse import urlparse, urlunparse, parse_qsl, urlencode

def with_parameter(url, key, value):
    parts = urlparse(url)
    query = dict(parse_qsl(parts.query))
    query[key] = value
    return urlunparse(parts._replace(query=urlencode(query)))
""",
    """
from urllib.parse import urlparse, urljoin
HOSTS = {"example.com"}

def callback(base, path):
    url = urljoin(base, path)
    if urlparse(url).netloc != urlparse(base).netloc and urlparse(url).netloc not in HOSTS:
        raise ValueError(url)
    return url + "?done=1"
""",
    """
from flask import Flask, redirect, request
app = Flask(__name__)

@app.route("/go")
def go():
    target = request.args["url"]
    if not target.startswith("/") or target.startswith("//"):
        return "no", 400
    return redirect(target)
""",
    """
import enum
from flask import Flask, redirect, request
app = Flask(__name__)

class Page(str, enum.Enum):
    HOME = "home"
    CART = "cart"

    @classmethod
    def named(cls, text):
        try:
            return cls(text)
        except ValueError:
            return cls.HOME

@app.get("/back")
def back():
    return redirect(Page.named(request.args.get("to", "")).value)
""",
    """
from flask import Flask, redirect, request
app = Flask(__name__)
LINKS = {"docs": "https://docs.example.com/"}

@app.get("/go")
def go():
    key = request.args.get("to", "")
    return redirect(LINKS.get(key) or "https://www.example.com/")
""",
)

MISSING: tuple[str, ...] = (
    # a path that may begin with a second slash
    """
from flask import Flask, redirect, request
app = Flask(__name__)

@app.route("/go")
def go():
    return redirect("/" + request.args["path"])
""",
)

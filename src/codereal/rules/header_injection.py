"""User input with a line end in it becomes part of a header.

Headers of HTTP and of mail end where their line ends. Whoever puts a carriage return and a line feed into a value adds
headers of his own, sets cookies for the reader, or ends the headers and writes the page. Take line ends out of a value,
or reject what holds one:

    value = re.sub(r"[\\r\\n]", "", value)

What counts as safe: text without line feeds (removed, quoted for a URL, matched as a whole by a pattern without
them), numbers, members of a fixed set, what stands in a mail's body. Frameworks that reject line ends in header
values by themselves (Flask, Django, aiohttp, `http.client`) need no care and are not reported; Python's own servers
and text put together by hand do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codereal.analysis import alphabet
from codereal.analysis.values import Blob, Mark, Piece, parts_of
from codereal.rules._helpers import is_helper
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import TRUSTED, confidence, surest, words

if TYPE_CHECKING:
    from codereal.analysis.program import Hit

# A line that can only be a header's start: a name by the custom of HTTP and mail, never the words of a sentence.
_HEADER = re.compile(
    r"(?:X-[\w-]+|[A-Z][\w-]*-(?:Header|Type|Cookie|Encoding|Agent|Language|Control|Length|Disposition|Policy|Forwarded|For"
    r"|Host|Proto|Options|Origin|Methods|Headers|Credentials|Location|Authenticate|Authorization|Modified|Since|Match|Range"
    r"|Ranges|Security|After|Requested|Id|ID|Token|Key|Version|Subject|Sender|To|Receipt|Post)|Set-Cookie|Location"
    r"|Authorization|Cookie): [^\r\n]*\Z"
)
# After a line end of the network any name will do.
_LATER = re.compile(r"\r\n[A-Za-z][\w-]*:[ \t]*[^\r\n]*\Z")
_FIELD = re.compile(r"(?:^|\n)[A-Za-z][\w-]*:[^\r\n]*\Z")
_BODY = re.compile(r"\n\r?\n")
_LINE_END = alphabet.of("\n")
_SENTENCES = ("Location: ",)


def judge(hit: Hit) -> Verdict | None:
    if hit.sink.kind == "header":
        found = list(_pieces(parts_of(hit.value)))
    elif hit.sink.kind == "mail":
        found = _before_body(parts_of(hit.value))
    elif hit.sink.kind == "raw-answer":
        found = _in_head(parts_of(hit.value))
    elif is_helper(hit.activation):
        return None
    else:
        found = list(_in_headers(parts_of(hit.value)))
    marks = [
        mark
        for piece in found
        if piece.alphabet & _LINE_END
        for mark in piece.marks
        if mark.origin.kind not in TRUSTED and not hit.is_cleared(mark, "header")
    ]
    if not marks:
        return None
    mark: Mark = surest(marks)
    return Verdict(f"{words(mark)} reaches a header, line ends and all", confidence(mark, hit.is_known), mark)


def _pieces(parts: tuple[object, ...]) -> list[Piece]:
    found: list[Piece] = []
    for part in parts:
        if isinstance(part, Piece):
            found.append(part)
        elif isinstance(part, Blob):
            found.extend(piece for piece, _ in part.leaves)
    return found


def _before_body(parts: tuple[object, ...]) -> list[Piece]:
    """The pieces that stand among the headers of a mail: after a header's name, and before the first empty line."""
    found: list[Piece] = []
    before = ""
    for part in parts:
        if isinstance(part, str):
            before += part
            if _BODY.search(before):
                break
        elif isinstance(part, Piece):
            if _FIELD.search(before):
                found.append(part)
            before += "?"
        else:
            break
    return found


def _in_head(parts: tuple[object, ...]) -> list[Piece]:
    """The pieces among the headers of an answer that is written by hand, from `HTTP/1.1 200 OK` to the empty line."""
    if not isinstance(parts[0], str) or not parts[0].startswith("HTTP/1."):
        return []
    found: list[Piece] = []
    before = ""
    for part in parts:
        if isinstance(part, str):
            before += part
            if "\r\n\r\n" in before:
                break
        else:
            if isinstance(part, Piece) and _LATER.search(before):
                found.append(part)
            before += "?"
    return found


def _in_headers(parts: tuple[object, ...]) -> list[Piece]:
    """The pieces that stand where a header's value stands, in a text that begins with a header or holds several."""
    found: list[Piece] = []
    before = ""
    for part in parts:
        if isinstance(part, str):
            before += part
        elif isinstance(part, Piece):
            starts = _HEADER.match(before) is not None and before not in _SENTENCES
            if starts or _LATER.search(before):
                found.append(part)
            before += "?"
        else:
            break
    return found


RULE = Rule(
    id="header-injection",
    cwe=(113, 93, 74),
    summary="User input with a line end in it becomes part of a header",
    hint="take carriage returns and line feeds out of the value, or reject it",
    severity="error",
    sinks=("header", "mail", "return", "raw-answer"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
def forwarded(value: str) -> str:
    return f"X-Forwarded-For: {value}"
""",
    """
def cookie(value):
    return "Set-Cookie: " + value
""",
    """
HEADER = "Content-Disposition: %s"

def disposition(name):
    return HEADER % name
""",
    """
TEMPLATE = "Trace-Header: {value}"

def custom(value):
    return TEMPLATE.format(value=value.strip())
""",
    """
def answer(location):
    return "HTTP/1.1 302 Found\\r\\nLocation: " + location + "\\r\\n\\r\\n"
""",
    """
def request(host, agent):
    lines = ["GET / HTTP/1.1", "Host: example.com", "User-Agent: " + agent]
    return "\\r\\n".join(lines) + "\\r\\n\\r\\n"
""",
    """
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote

class Handler(BaseHTTPRequestHandler):
    def do_GET(me):
        me.send_response(302)
        me.send_header("Location", unquote(me.path[1:]))
        me.end_headers()
""",
    """
import html

def cookie(value):
    return f"Set-Cookie: theme={html.escape(value)}"
""",
    """
import smtplib
from flask import Flask, request
app = Flask(__name__)

@app.post("/contact")
def contact():
    subject = request.form["subject"]
    text = f"From: site@example.org\\nSubject: {subject}\\n\\n{request.form['text']}"
    server = smtplib.SMTP("localhost")
    server.sendmail("site@example.org", ["team@example.org"], text)
    return "sent"
""",
    # an answer that is written by hand
    """
async def answer(reader, writer):
    line = (await reader.readline()).decode()
    name = line.split(" ")[1]
    writer.write(("HTTP/1.1 302 Found\\r\\nLocation: /files/" + name + "\\r\\n\\r\\n").encode())
""",
    """
import socketserver
from urllib.parse import unquote

class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        name = unquote(self.rfile.readline(2000).decode("latin-1").split(" ")[1])
        head = f"HTTP/1.1 200 OK\\r\\nContent-Disposition: attachment; filename={name}\\r\\n\\r\\n"
        self.wfile.write(head.encode() + b"id,amount\\r\\n")
""",
)

SAFE: tuple[str, ...] = (
    """
import smtplib
from flask import Flask, request
app = Flask(__name__)

@app.post("/contact")
def contact():
    text = "From: site@example.org\\r\\nSubject: a message\\r\\n\\r\\n" + request.form["text"]
    with smtplib.SMTP("localhost") as server:
        server.sendmail("site@example.org", ["team@example.org"], text)
    return "sent"
""",
    """
import re

def forwarded(value: str) -> str:
    return "X-Forwarded-For: " + re.sub(r"[\\r\\n]", "", value)
""",
    """
def cookie(value):
    return "Set-Cookie: " + value.replace("\\r", "").replace("\\n", "")
""",
    """
def cookie(value):
    if "\\n" in value or "\\r" in value:
        raise ValueError(value)
    return "Set-Cookie: " + value
""",
    """
from urllib.parse import quote

def disposition(name):
    return f"Content-Disposition: {quote(name)}"
""",
    """
def length(body):
    return f"Content-Length: {len(body)}"
""",
    """
def greet(name):
    return f"Name: {name}"

def where(city):
    return f"Location: {city}"

def note(text):
    return f"Follow-up: {text}"
""",
    """
from flask import Flask, request, make_response
app = Flask(__name__)

@app.route("/")
def index():
    response = make_response("ok")
    response.headers["X-Request"] = request.args["id"]
    return response
""",
    """
LANGUAGES = {"en", "de"}

def language(name):
    if name not in LANGUAGES:
        raise ValueError(name)
    return "Content-Language: " + name
""",
    """
import re

def token(value):
    if not re.fullmatch(r"[A-Za-z0-9]+", value):
        raise ValueError(value)
    return f"X-Auth-Token: {value}"
""",
    """
import socketserver
from urllib.parse import quote, unquote

class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        name = quote(unquote(self.rfile.readline(2000).decode("latin-1").split(" ")[1]), safe="")
        head = f"HTTP/1.1 200 OK\\r\\nContent-Disposition: attachment; filename={name}\\r\\n\\r\\n"
        self.wfile.write(head.encode() + b"id,amount\\r\\n")
""",
    """
async def answer(writer, text):
    writer.write(("HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\n\\r\\nName: " + text).encode())
""",
)

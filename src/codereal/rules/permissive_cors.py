"""Every site's pages may read answers that are made for whoever is logged in.

Browsers keep sites apart, unless the server says otherwise: to allow credentials for any origin lets every page that a
user opens act and read in that user's name. Name the origins that are to be trusted:

    app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"], allow_credentials=True)

What is reported: any origin ("*", or a pattern that matches all) together with credentials, and the request's own
origin sent back as the one that is allowed, unexamined. What is not: "*" without credentials, which is how public data
is meant to be offered.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir, resolve
from codereal.analysis.values import Extern, Mark, Value
from codereal.rules._rule import Rule, Spot, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codereal.analysis.entries import Entry
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Code, Instr
    from codereal.analysis.program import Hit

_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_ORIGIN = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*")
_DOMAIN = re.compile(r"[a-z0-9-]+(?:\\?\.[a-z0-9-]+)+\Z")
_ANY = re.compile(r"\*|\^?\(?(?:https?\??://)?\(?\.[*+]\)?\$?")


def judge(hit: Hit) -> Verdict | None:
    credentials = hit.given("supports_credentials", "allow_credentials")
    origins = hit.given("origins", "allow_origins", "allow_origin_regex")
    if credentials is None or credentials.const is not True:
        return None
    if origins is None:
        # What flask-cors does unless it is told otherwise.
        is_open = "resources" not in (hit.arguments.names if hit.arguments else ()) and hit.name.startswith(
            "flask_cors"
        )
    else:
        is_open = _is_any(hit, origins)
    return Verdict("any origin may act with the user's credentials", "high") if is_open else None


def _lets_all_in(entry: Entry) -> Iterator[Spot]:
    """`check_origin` of a socket's handler that always says yes: any page may talk with the user's cookie."""
    act = entry.activation
    if act.code.name != "check_origin" or not act.code.params:
        return
    bases = {
        name.rpartition(".")[2]
        for _, me in act.objects(act.vals[act.code.params[0].index])
        for cls in me.bases
        for name in resolve.externs(act, cls)
    }
    for block in act.code.blocks if "WebSocketHandler" in bases else ():
        for instr in block.instrs:
            if instr.op != ir.RETURN or instr.pos[0] < 1 or len(act.returned) != 1:
                continue
            if act.vals[instr.args[0].index].const is True:
                verdict = Verdict("whichever origin asks may open a socket with the user's cookie", "high")
                yield Spot(instr.pos, verdict, "sink: the answer")


def review(entry: Entry) -> Iterator[Spot]:
    """`response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]`."""
    yield from _lets_all_in(entry)
    for act in evidence.activations(entry.activation):
        for instr, given in _set(act, "access-control-allow-origin"):
            if instr.pos[0] < 1:
                continue
            value = act.vals[given.index]
            if value.const == "*" and any(
                act.vals[one.index].const in ("true", "True", True)
                for _, one in _set(act, "access-control-allow-credentials")
            ):
                yield Spot(instr.pos, Verdict("any origin may act with the user's credentials", "high"), "sink: *")
            marks = [mark for mark in act.marks(value) if mark.origin.kind == "request" or _is_origin(act, given)]
            if not marks or any(_is_known(act.entry, one) for one in marks):
                continue
            verdict = Verdict("whichever origin asks is allowed", "high", marks[0])
            yield Spot(instr.pos, verdict, "sink: the allowed origin", (act, given))


def _set(act: Activation, header: str) -> Iterator[tuple[Instr, Instr]]:
    """Where a header is set: by key, by a call, in a pair, in a mapping; and the value that it is given."""
    for block in act.code.blocks if header in _headers(act.code) else ():
        for instr in block.instrs if block.index in act.rounds else ():
            if instr.op in (ir.SETITEM, ir.CALL, ir.BUILD):
                for name, given in pairwise(instr.args):
                    if name.op == ir.CONST and isinstance(name.data, str) and name.data.lower() == header:
                        yield instr, given


def _headers(code: Code) -> set[str]:
    """The names of headers that stand in a code."""
    return {
        one.data.lower()
        for block in code.blocks
        for one in block.instrs
        if one.op == ir.CONST and isinstance(one.data, str) and one.data[:1] in ("A", "a")
    }


def _is_origin(act: Activation, given: Instr) -> bool:
    """Whether a value was read as the origin that a browser tells."""
    return any(
        one.op == ir.CONST and isinstance(one.data, str) and one.data.lower() in ("origin", "http_origin")
        for _, one in evidence.operands(act, given)
    )


def _is_known(entry: Activation, mark: Mark) -> bool:
    """Whether some condition finds out of an origin whether it is one of the program's, and not only how it looks."""
    weighed = [
        (act, one)
        for act, one in evidence.conditions(entry)
        if not evidence.asks_presence(act, one) and mark.origin in evidence.origins(act, one)
    ]
    return any(not _is_loose(act, one) for act, one in weighed)


def _is_loose(act: Activation, condition: Instr) -> bool:
    """A test that other people's hosts pass: `"example.com" in origin`, an ending without a dot, a mere start."""
    if condition.op == ir.UNARY and condition.data == "not":
        return _is_loose(act, condition.args[0])
    if condition.op == ir.COMPARE and condition.data in ("in", "not in"):
        return isinstance(act.vals[condition.args[0].index].const, str)
    if condition.op != ir.CALL or condition.args[0].op != ir.ATTR or len(condition.args) < 2:
        return False
    how = condition.args[0].data
    for _, one in act.objects(act.vals[condition.args[0].args[0].index]):
        if one.kind == "pattern" and how in ("match", "search", "fullmatch"):
            compiled = one.items["pattern"].const
            return isinstance(compiled, str) and lets_others_in(compiled, str(how))
    text = act.vals[condition.args[1].index].const
    if not isinstance(text, str):
        return False
    if condition.args[0].data == "endswith":
        return bool(_HOST.fullmatch(text))
    if condition.args[0].data == "startswith":
        return bool(_ORIGIN.fullmatch(text))
    names = [ref.name for ref in act.vals[condition.args[0].index].refs if isinstance(ref, Extern)]
    return any(name in ("re.match", "re.search", "re.fullmatch") for name in names) and lets_others_in(
        text, names[0].rpartition(".")[2]
    )


def lets_others_in(pattern: str, how: str) -> bool:
    """Whether a pattern of origins matches one of somebody else's hosts: `https://.*example\\.com`."""
    found = _DOMAIN.search(pattern.rstrip("$)").removesuffix("\\Z").rstrip("$)"))
    if found is None:
        return False
    domain = re.sub(r"\\(.)", r"\1", found[0])
    tried = [f"https://evil{domain}", f"https://evil.net/.{domain}", f"https://www.{domain}.evil.net"]
    tried += [f"https://{domain}.evil.net", f"https://evil.net?.{domain}"]
    try:
        match = getattr(re.compile(pattern), how)
        return any(match(one) for one in tried) and match("https://evil.net") is None
    except (re.error, RecursionError):
        return False


def _is_any(hit: Hit, origins: Value) -> bool:
    items = [item for _, obj in hit.activation.objects(origins) for item in obj.items.values()]
    if any(isinstance(item.const, str) and _ANY.fullmatch(item.const) for item in (origins, *items)):
        return True
    chosen = hit.given("allow_origin_regex")
    return chosen is not None and isinstance(chosen.const, str) and lets_others_in(chosen.const, "fullmatch")


RULE = Rule(
    id="permissive-cors",
    cwe=(942, 346),
    summary="Every site's pages may read answers that are made for whoever is logged in",
    hint="name the origins that are to be trusted, or allow no credentials",
    severity="warning",
    sinks=("cors",),
    judge=judge,
    review=review,
    mentions=("Access-Control-Allow-Origin", "check_origin"),
)


UNSAFE: tuple[str, ...] = (
    """
from flask import Flask
from flask_cors import CORS
app = Flask(__name__)
CORS(app, origins="*", supports_credentials=True)
""",
    """
from flask import Flask
from flask_cors import CORS
app = Flask(__name__)
CORS(app, supports_credentials=True)
""",
    """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True, allow_methods=["*"])
""",
    """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
ORIGINS = ["*"]

def create():
    made = FastAPI()
    made.add_middleware(CORSMiddleware, allow_origins=ORIGINS, allow_credentials=True)
    return made
""",
    """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware as Cross
app = FastAPI()
app.add_middleware(Cross, allow_origin_regex=".*", allow_credentials=True)
""",
    """
from flask import Flask, request
app = Flask(__name__)

@app.after_request
def allow(response):
    response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "")
    response.headers["Access-Control-Allow-Credentials"] = "true"
    return response
""",
    """
from tornado.websocket import WebSocketHandler

class Balance(WebSocketHandler):
    def check_origin(self, origin):
        return True
""",
    """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origin_regex=r"https://.*", allow_credentials=True)
""",
    # tests that other people's hosts pass
    """
from flask import Flask, request
app = Flask(__name__)

@app.after_request
def share(answer):
    origin = request.headers.get("Origin", "")
    if origin.endswith("example.com"):
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Allow-Credentials"] = "true"
    return answer
""",
    """
import re
from flask import Flask, request
app = Flask(__name__)
OURS = r"https://(?:www\\.)?example\\.com"

@app.after_request
def share(answer):
    origin = request.headers.get("Origin", "")
    if origin and re.match(OURS, origin):
        answer.headers.add("Access-Control-Allow-Origin", origin)
        answer.headers.add("Access-Control-Allow-Credentials", "true")
    return answer
""",
    """
class Shared:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        def start(status, headers):
            headers.append(("Access-Control-Allow-Origin", environ.get("HTTP_ORIGIN", "*")))
            headers.append(("Access-Control-Allow-Credentials", "true"))
            return start_response(status, headers)

        return self.app(environ, start)
""",
    """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
OURS = r"https://.*example\\.com"

def share(app: FastAPI):
    app.add_middleware(CORSMiddleware, allow_origin_regex=OURS, allow_credentials=True)
""",
    """
def headers():
    return {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin",
    }
""",
    """
import re
OURS = re.compile(r"https://(\\w+\\.)?shop.example")

class Shared:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        answer = self.get_response(request)
        origin = request.headers.get("Origin", "")
        if OURS.match(origin):
            answer["Access-Control-Allow-Origin"] = origin
            answer["Access-Control-Allow-Credentials"] = "true"
        return answer
""",
)

SAFE: tuple[str, ...] = (
    """
from tornado.websocket import WebSocketHandler

class Balance(WebSocketHandler):
    def check_origin(self, origin):
        return origin == "https://app.example.com"
""",
    """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origin_regex=r"https://[a-z]+\\.example\\.com", allow_credentials=True)
""",
    """
from flask import Flask, request
app = Flask(__name__)
ORIGINS = {"https://app.example.org"}

@app.after_request
def allow(response):
    origin = request.headers.get("Origin")
    if origin in ORIGINS:
        response.headers["Access-Control-Allow-Origin"] = origin
    return response
""",
    """
from flask import Flask
from flask_cors import CORS
app = Flask(__name__)
CORS(app)
""",
    """
from flask import Flask
from flask_cors import CORS
app = Flask(__name__)
CORS(app, origins=["https://app.example.com"], supports_credentials=True)
""",
    """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=False)
""",
    """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://a.example", "https://b.example"], allow_credentials=True)
""",
    """
import os
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=os.environ["ORIGINS"].split(","), allow_credentials=True)
""",
    """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
OURS = r"https://([a-z0-9-]+\\.)?example\\.com"

def share(app: FastAPI):
    app.add_middleware(CORSMiddleware, allow_origin_regex=OURS, allow_credentials=True)
""",
    """
import re
from flask import Flask, request
app = Flask(__name__)

@app.after_request
def share(answer):
    origin = request.headers.get("Origin", "")
    if re.fullmatch(r"https://(?:www\\.)?example\\.com", origin):
        answer.headers.add("Access-Control-Allow-Origin", origin)
        answer.headers.add("Access-Control-Allow-Credentials", "true")
    return answer
""",
    """
class Shared:
    def __init__(self, app, origins):
        self.app = app
        self.origins = frozenset(origins)

    def __call__(self, environ, start_response):
        origin = environ.get("HTTP_ORIGIN", "")

        def start(status, headers):
            if origin in self.origins:
                headers.append(("Access-Control-Allow-Origin", origin))
                headers.append(("Access-Control-Allow-Credentials", "true"))
            return start_response(status, headers)

        return self.app(environ, start)
""",
    """
from flask import Flask, request
app = Flask(__name__)

@app.after_request
def share(answer):
    origin = request.headers.get("Origin", "")
    if origin.endswith(".example.com") and origin.startswith("https://"):
        answer.headers["Access-Control-Allow-Origin"] = origin
    return answer
""",
)

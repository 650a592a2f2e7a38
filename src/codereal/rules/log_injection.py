"""User input with a line end in it is written to a log.

A log is read line by line. Whoever puts a line feed into what is logged writes lines of his own: logins that never
were, answers that were never given, or what makes the tool that reads the log do something. Let the format show line
ends, or take them out:

    log.info("search for %r", term)

What is reported: a text of a request, as it is or within a message, in which a line feed can stand. What is not: `%r`
and `!r`, numbers, texts without line ends, documents that are logged as a whole (their texts are shown by `repr`), and
what a parameter of a function holds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codereal.analysis import alphabet, evidence, ir
from codereal.analysis.library import Sink
from codereal.analysis.program import Hit
from codereal.analysis.values import parts_of, pieces
from codereal.rules._direct import is_direct
from codereal.rules._rule import Rule, Spot, Verdict
from codereal.rules._taint import confidence, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codereal.analysis.entries import Entry
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.values import Mark

_FILE = Sink("log", (0,))
_LINE_END = alphabet.of("\n")
_FIELD = re.compile(r"%[-#0 +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?([%a-zA-Z])")


def judge(hit: Hit) -> Verdict | None:
    if hit.value.refs or _is_shown(hit):
        return None
    marks = [
        mark
        for piece in pieces(parts_of(hit.value))
        if piece.alphabet & _LINE_END
        for mark in piece.marks
        if mark.origin.kind == "request" and not hit.is_cleared(mark, "log") and not _is_document(hit, mark)
    ]
    # (What a function of another file gives back need not hold what it was given.)
    marks = [mark for mark in marks if is_direct(hit, mark)]
    if not marks:
        return None
    mark = min(marks, key=lambda one: one.origin.pos)
    return Verdict(f"{words(mark)} reaches a log, line ends and all", confidence(mark, hit.is_known), mark)


def review(entry: Entry) -> Iterator[Spot]:
    """`file.write(text)` where the file is called a log: `open("audit.log", "a")`."""
    for act in evidence.activations(entry.activation):
        for instr in (one for block in act.code.blocks if block.index in act.rounds for one in block.instrs):
            if instr.op != ir.CALL or instr.args[0].op != ir.ATTR or instr.args[0].data != "write":
                continue
            if len(instr.args) != 2 or instr.pos[0] < 1 or not _is_log(act, instr.args[0].args[0]):
                continue
            argument = instr.args[1]
            hit = Hit(act, instr, "write", _FILE, argument, act.vals[argument.index], True)
            verdict = judge(hit)
            if verdict is not None:
                yield Spot(instr.pos, verdict, "sink: a log", (act, argument))


def _is_log(act: Activation, file: Instr) -> bool:
    for holder, one in evidence.operands(act, file):
        if one.op == ir.CALL and one.args[0].data == "open" and len(one.args) > 1:
            name = holder.vals[one.args[1].index].const
            if isinstance(name, str) and name.endswith((".log", "log.txt")):
                return True
    return False


def _is_document(hit: Hit, mark: Mark) -> bool:
    """Whether it is the whole of what was sent that is logged."""
    one = hit.argument
    while one.op in (ir.JOIN, ir.BINARY, ir.AWAIT) and one.args:
        held = [arg for arg in one.args if mark in hit.activation.marks(hit.activation.vals[arg.index])]
        if len(held) != 1:
            return False
        one = held[0]
    return one.op != ir.PARAM and one.pos == mark.origin.pos


def _is_shown(hit: Hit) -> bool:
    """Whether the format shows this argument by `repr`, or as a number."""
    if hit.arguments is None:
        return False
    at = hit.call.args.index(hit.argument) - 1
    format_ = next((value.const for value in hit.arguments.values if isinstance(value.const, str)), None)
    start = next((i for i, value in enumerate(hit.arguments.values) if isinstance(value.const, str)), -1)
    if not isinstance(format_, str) or at <= start:
        return False
    fields = [kind for kind in _FIELD.findall(format_) if kind != "%"]
    return at - start - 1 < len(fields) and fields[at - start - 1] != "s"


RULE = Rule(
    id="log-injection",
    cwe=(117,),
    summary="User input with a line end in it is written to a log",
    hint="log the text with %r, or take the line ends out of it",
    severity="warning",
    sinks=("log",),
    judge=judge,
    review=review,
    mentions=(".log", "log.txt"),
)


UNSAFE: tuple[str, ...] = (
    """
import logging
from flask import Flask, request
app = Flask(__name__)
log = logging.getLogger(__name__)

@app.route("/search")
def search():
    log.info("search for %s", request.args["q"])
    return {}
""",
    """
import logging
from flask import Flask, request
app = Flask(__name__)
log = logging.getLogger(__name__)

@app.route("/search")
def search():
    name = request.args.get("name", "")
    log.warning(f"no user {name}")
    return {}
""",
    """
import logging
from flask import Flask, request
app = Flask(__name__)
log = logging.getLogger(__name__)

@app.route("/search")
def search():
    agent = request.headers.get("User-Agent")
    app.logger.info("agent: " + agent)
    return {}
""",
    """
import logging
from flask import Flask, request
app = Flask(__name__)
log = logging.getLogger(__name__)

@app.route("/search")
def search():
    note = request.form["note"]
    logging.error("%d: %s", len(note), note.strip())
    return {}
""",
    """
import logging
logger = logging.getLogger(__name__)

def failed(request):
    user = request.POST.get("user", "")
    logger.info("login of " + user + " failed")
    return 401
""",
    """
from flask import Flask, request
app = Flask(__name__)

@app.post("/audit")
def audit():
    action = request.form["action"]
    with open("audit.log", "a") as log:
        log.write(f"{request.remote_addr} {action}\\n")
    return "", 204
""",
)

SAFE: tuple[str, ...] = (
    """
import json
from flask import Flask, request
app = Flask(__name__)

@app.post("/audit")
def audit():
    with open("audit.log", "a") as log:
        log.write(json.dumps({"action": request.form["action"]}) + "\\n")
    with open("notes.txt", "a") as notes:
        notes.write(request.form["note"])
    return "", 204
""",
    """
import logging
from flask import Flask, request
app = Flask(__name__)
log = logging.getLogger(__name__)

@app.route("/search")
def search():
    log.info("search for %r", request.args["q"])
    return {}
""",
    """
import logging
from flask import Flask, request
app = Flask(__name__)
log = logging.getLogger(__name__)

@app.route("/search")
def search():
    name = request.args.get("name", "")
    log.warning(f"no user {name!r}")
    return {}
""",
    """
import logging
from flask import Flask, request
app = Flask(__name__)
log = logging.getLogger(__name__)

@app.route("/search")
def search():
    agent = request.headers.get("User-Agent", "").replace("\\n", " ").replace("\\r", " ")
    app.logger.info("agent: " + agent)
    return {}
""",
    """
import logging
from flask import Flask, request
app = Flask(__name__)
log = logging.getLogger(__name__)

@app.route("/search")
def search():
    log.info("%s of %d", request.get_json(), int(request.args["n"]))
    log.info("%s", request.method)
    return {}
""",
    """
import logging
from flask import Flask, request
app = Flask(__name__)
log = logging.getLogger(__name__)

@app.route("/search")
def search():
    line = request.args["text"].splitlines()[0]
    log.info("first %s", line)
    return {}
""",
    """
import logging
logger = logging.getLogger(__name__)

def build(target):
    logger.info("building %s", target)
    return target
""",
    """
import logging
from flask import Flask, request
from accounts import check_login
log = logging.getLogger(__name__)
app = Flask(__name__)

@app.post("/login")
def login():
    data = request.get_json()
    log.info("login: %s", check_login(data["user"], data["password"]))
    return {}
""",
    # what is found under a number
    """
import logging
from flask import Flask, request
from archive.folders import folder_of
app = Flask(__name__)

class Job:
    def __init__(self, number):
        self.folder = folder_of(number)

    def start(self):
        logging.info("working in %s", self.folder)

@app.post("/jobs")
def start():
    Job(int(request.args["job"])).start()
    return "", 204
""",
    """
import logging
from flask import Flask, request
app = Flask(__name__)
log = logging.getLogger("agents")

def single_line(text):
    return "".join(sign if sign.isprintable() else "?" for sign in text)[:300]

@app.post("/report")
def report():
    log.info("report from %s", single_line(request.form["who"]))
    return ""
""",
)

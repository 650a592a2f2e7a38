"""A request gives an argument that the program which is started takes for an option.

A list of arguments keeps the shell out, but the program still reads what begins with `-` as an option, and some have
options that run commands or write files: `git clone --upload-pack=…`, `ssh -oProxyCommand=…`, `curl -o …`. Put `--`
before what is no option, or refuse what begins with `-`:

    subprocess.run(["git", "clone", "--", url, target], check=True)

What is reported: a text of a request that begins an argument of a program with such options (git, hg, svn, ssh, scp,
rsync, curl, wget), without `--` before it, when no condition has looked at it. What is not: other programs, arguments
that begin with a text of the program, and what a function's own caller gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import alphabet, evidence, ir
from codereal.analysis.values import Blob, Piece, Value
from codereal.rules._rule import Rule, Verdict
from codereal.rules._shell import program
from codereal.rules._taint import confidence, words

if TYPE_CHECKING:
    from codereal.analysis.program import Hit
    from codereal.analysis.values import Mark

_PROGRAMS = frozenset({"git", "hg", "svn", "ssh", "scp", "sftp", "rsync", "curl", "wget", "tar", "zip"})
_DASH = alphabet.of("-")


def judge(hit: Hit) -> Verdict | None:
    items, known = _items(hit)
    if not items or program(items[0].const) not in _PROGRAMS:
        return None
    examined = evidence.examined(hit.activation.entry)
    for at, item in enumerate(items[1:], 1):
        if item.const == "--" or (at >= known and _ends_options(hit)):
            return None
        for mark in _beginning(item):
            free = mark.origin.kind == "request" and mark.origin not in examined
            if free and not hit.is_cleared(mark, "shell") and not hit.is_cleared(mark, "url-host"):
                message = f"{words(mark)} may be an option of {program(items[0].const)}"
                return Verdict(message, confidence(mark, hit.is_known), mark)
    return None


def _beginning(item: Value) -> list[Mark]:
    """The untrusted data that an argument may begin with, and with a dash at that."""
    first = item.parts[0] if item.parts else None
    if isinstance(first, Blob):
        # One of several: whether one of them begins with data is known.
        found = [piece for piece, _ in first.leaves] if first.bare else []
    else:
        found = [first] if isinstance(first, Piece) else []
    return [mark for piece in found if piece.alphabet & _DASH for mark in piece.marks]


def _ends_options(hit: Hit) -> bool:
    """Whether `--` stands anywhere where the arguments are gathered."""
    return any(
        instr.op == ir.CONST and instr.data == "--"
        for act in hit.activation.chain()
        for block in act.code.blocks
        for instr in block.instrs
    )


def _items(hit: Hit) -> tuple[list[Value], int]:
    """The arguments, and how many of them, from the first on, are known to stand where they stand."""
    if hit.sink.kind == "argv-spread":
        values = list(hit.arguments.values) if hit.arguments is not None else []
        return values, len(values)
    for _, obj in hit.activation.objects(hit.value):
        if obj.kind in ("list", "tuple"):
            start = obj.start()
            return [*start.values(), *([] if obj.exact else [obj.after(start)])], len(start)
    if hit.argument.op == ir.BUILD and hit.argument.data in ("list", "tuple"):
        # `["tar", "-cf", target, *names]`
        return [hit.activation.vals[arg.index] for arg in hit.argument.args], len(hit.argument.args)
    return [], 0


RULE = Rule(
    id="argument-injection",
    cwe=(88,),
    summary="A request gives an argument that a program takes for an option",
    hint="put -- before arguments that are no options, or refuse what begins with -",
    severity="warning",
    sinks=("argv", "argv-spread"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import subprocess
from flask import Flask, request
app = Flask(__name__)

@app.post("/clone")
def clone():
    subprocess.run(["git", "clone", request.form["url"], "/srv/work"], check=True)
    return "done"
""",
    """
import subprocess
from fastapi import FastAPI
app = FastAPI()

@app.get("/log")
def log(branch: str):
    return {"log": subprocess.check_output(["git", "log", "-5", branch], text=True)}
""",
    """
import asyncio
from aiohttp import web
routes = web.RouteTableDef()

@routes.get("/head")
async def head(request):
    await asyncio.create_subprocess_exec("curl", "-I", request.query["address"])
    return web.Response(text="started")
""",
    """
from subprocess import Popen
from flask import Flask, request
app = Flask(__name__)

def start(host):
    command = ["ssh", host, "uptime"]
    return Popen(command)

@app.route("/uptime")
def uptime():
    start(request.args.get("host"))
    return ""
""",
    """
import subprocess
from flask import Flask, request
app = Flask(__name__)

@app.route("/sync")
def sync():
    subprocess.call(("/usr/bin/rsync", "-a", request.args["source"], "/srv/copy"))
    return ""
""",
    """
import subprocess
from flask import Flask, request
app = Flask(__name__)

@app.post("/pack")
def pack():
    subprocess.run(["tar", "-czf", "/srv/out.tar.gz", "-C", "/srv/outbox", *request.form.getlist("names")], check=True)
    return "done"
""",
    # a validator that looks at something else
    """
import subprocess
from fastapi import FastAPI
from pydantic import BaseModel, field_validator
app = FastAPI()

class Origin(BaseModel):
    address: str
    branch: str

    @field_validator("address")
    @classmethod
    def known(cls, value: str) -> str:
        if len(value) > 200:
            raise ValueError("not an address")
        return value

    @field_validator("branch")
    @classmethod
    def plain(cls, value: str) -> str:
        if not value.isalnum():
            raise ValueError("not a branch")
        return value

def head(origin):
    return subprocess.check_output(["git", "ls-remote", origin.address, origin.branch], text=True)

@app.post("/head")
def show(origin: Origin):
    return {"head": head(origin)}
""",
    # a list that grows
    """
import subprocess
from flask import Flask, request
app = Flask(__name__)

@app.post("/log")
def log():
    command = ["git", "log"]
    if request.args.get("short"):
        command.append("--oneline")
    for branch in request.get_json()["branches"]:
        command.append(branch)
    return subprocess.check_output(command)
""",
)

SAFE: tuple[str, ...] = (
    """
import subprocess
from flask import Flask, request
app = Flask(__name__)

@app.post("/pack")
def pack():
    names = request.form.getlist("names")
    subprocess.run(["tar", "-czf", "/srv/out.tar.gz", "-C", "/srv/outbox", "--", *names], check=True)
    return "done"
""",
    """
import subprocess
from flask import Flask, request
app = Flask(__name__)

@app.post("/clone")
def clone():
    subprocess.run(["git", "clone", "--", request.form["url"], "/srv/work"], check=True)
    return "done"
""",
    """
import subprocess
from fastapi import FastAPI, HTTPException
app = FastAPI()

@app.get("/log")
def log(branch: str):
    if branch.startswith("-"):
        raise HTTPException(status_code=400)
    return {"log": subprocess.check_output(["git", "log", "-5", branch], text=True)}
""",
    """
import subprocess
from flask import Flask, request
app = Flask(__name__)

@app.route("/ping")
def ping():
    return subprocess.check_output(["ping", "-c", "1", request.args["host"]], text=True)
""",
    """
import subprocess

def clone(url, target):
    subprocess.run(["git", "clone", url, target], check=True)
""",
    """
import subprocess
from flask import Flask, request
app = Flask(__name__)

@app.route("/branch")
def branch():
    number = int(request.args["number"])
    subprocess.run(["git", "fetch", "origin", f"pull/{number}/head"], check=True)
    return ""
""",
    # validators say what a field may be
    """
import subprocess
from fastapi import FastAPI
from pydantic import BaseModel, field_validator
app = FastAPI()

class Origin(BaseModel):
    address: str
    branch: str

    @field_validator("address")
    @classmethod
    def known(cls, value: str) -> str:
        if not value.startswith("https://code.firm.example/"):
            raise ValueError("not an address")
        return value

    @field_validator("branch")
    @classmethod
    def plain(cls, value: str) -> str:
        if not value.isalnum():
            raise ValueError("not a branch")
        return value

def head(origin):
    return subprocess.check_output(["git", "ls-remote", origin.address, origin.branch], text=True)

@app.post("/head")
def show(origin: Origin):
    return {"head": head(origin)}
""",
    """
import subprocess
from flask import Flask, request
app = Flask(__name__)

@app.post("/log")
def log():
    command = ["git", "log"]
    for name in request.get_json()["people"]:
        command.append("--author=" + name)
    command.append("HEAD")
    return subprocess.check_output(command)
""",
    """
import subprocess
from flask import Flask, request
app = Flask(__name__)

@app.post("/log")
def log():
    command = ["git", "log"]
    if request.args.get("short"):
        command.append("--oneline")
    command += ["--"]
    for path in request.get_json()["paths"]:
        command.append(path)
    return subprocess.check_output(command)
""",
)

# What this rule does not find, and why.
MISSING: tuple[str, ...] = (
    # the caller of the function may have looked
    """
import subprocess

def checkout(branch):
    subprocess.run(["git", "checkout", branch], check=True)
""",
)

"""User input becomes part of a command line, or chooses the program that is run.

A shell reads a command line as a program: `;`, `|`, `&`, `$(…)` and backticks in a file name or an address start
programs of the attacker's choice. Give the operating system a list of arguments and no shell:

    subprocess.run(["ping", "-c", "1", host], check=True)

Where a shell is needed, quote each value with `shlex.quote`. Choose the program itself from a fixed set.

What counts as safe: lists of arguments for a program that the program chose; `shlex.quote` outside quotes; numbers;
members of a fixed set, or of a list that the caller gives; text that cannot hold `;`, `&`, `|`, `$` or a backtick
(inside quotes: that cannot hold the quote). A line end is a separator too, and `<` and `>` write files: reject them
as well, best by saying which characters are allowed. A function that gives back a command line which it has built
around its argument is reported too, for whoever calls it will run it; so is one that approves a command because the
name of an allowed one occurs somewhere in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from codereal.analysis import guards, ir, strings
from codereal.analysis.values import NO, Mark, Piece, Value, marks_of, parts_of
from codereal.rules._helpers import is_helper
from codereal.rules._rule import Rule, Spot, Verdict
from codereal.rules._shell import (
    is_command_line,
    is_command_name,
    is_program_option,
    loose,
    misquoted,
    program,
    takes_program,
)
from codereal.rules._taint import confidence, reaches, words

if TYPE_CHECKING:
    from codereal.analysis.entries import Entry
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit

_TRUSTED = frozenset({"object", "environment", "file", "error"})
_SHELL_OPTIONS = ("-c", "/c", "/C")
_REMOTE = frozenset({"ssh", "rsh", "sshpass"})
# (Who starts a program by hand may choose which other it starts.)
_REMOTE_ORIGINS = frozenset({"request", "network"})


def judge(hit: Hit) -> Verdict | None:
    kind = hit.sink.kind
    if kind == "return":
        return _returned(hit)
    if kind == "shell":
        items = _items(hit.activation, hit.value)
        # Of a list that a shell is given, the first is the command line.
        return _command_line(hit, items[0] if items else hit.value)
    if kind == "shell-option":
        given = hit.given(0)
        fixed = given is not None and (is_program_option(given.const) or hit.name == "sh.ssh")
        return _command_line(hit, hit.value) if fixed else None
    if kind == "argv-spread":
        assert hit.arguments is not None
        start = hit.sink.args[0]
        assert isinstance(start, int)
        names = hit.arguments.names[start:]
        values = hit.arguments.values[start:]
        return _arguments(hit, [value for value, name in zip(values, names, strict=True) if not name])
    items = _items(hit.activation, hit.value)
    return _arguments(hit, items) if items is not None else _text_without_shell(hit)


def _items(act: Activation, value: Value) -> list[Value] | None:
    """The items of a list or tuple, as far as their order is known; None for anything else."""
    found = act.objects(value)
    if len(found) != 1 or value.parts or found[0][1].kind not in ("list", "tuple"):
        return None
    obj = found[0][1]
    if not obj.exact:
        # Which item stands where is not known, but for the first of them: the program, if all are of one origin.
        start = obj.start()
        return [*start.values(), obj.after(start)] if start or not obj.items else None
    return [obj.items[at] for at in range(len(obj.items))]


def _command_line(hit: Hit, value: Value) -> Verdict | None:
    """A text that a shell reads."""
    parts = strings.parts(hit.activation, value)
    alone = len(parts) == 1 and isinstance(parts[0], Piece)
    marks = [
        mark
        for piece in loose(parts)
        for mark in piece.marks
        if _is_untrusted(hit, mark) and not (alone and mark.origin.kind == "constructor")
    ]
    if not marks:
        cleared = hit.activation.state.cleared
        marks = [
            mark
            for piece in misquoted(parts)
            for mark in piece.marks
            if mark.origin.kind not in _TRUSTED and not {(mark.origin, "shell"), (mark.origin, "*")} & cleared
        ]
    return reaches(hit, marks, "a shell command")


def _arguments(hit: Hit, items: list[Value]) -> Verdict | None:
    """A list of arguments: a text for a shell or an interpreter among them, or a program that is not the program's."""
    if not items:
        return None
    at = 0
    while at < len(items) and program(items[at].const) in ("env", "sudo", "nohup", "time", "timeout", "exec"):
        at += 1
    first = items[at] if at < len(items) else items[0]
    if takes_program(first.const):
        for option, text in zip(items[at:], items[at + 1 :], strict=False):
            if is_program_option(option.const):
                return _command_line(hit, text)
        return None
    if first.const is NO and not marks_of(first):
        # One of several programs: if it is given the option of a shell, it is one (`cmd /c`, `sh -c`).
        for option, text in zip(items[at + 1 :], items[at + 2 :], strict=False):
            if option.const in _SHELL_OPTIONS:
                return _command_line(hit, text)
    if program(first.const) in _REMOTE:
        for item in items[at + 2 :]:
            if any(isinstance(part, str) and " " in part for part in parts_of(item)):
                return _command_line(hit, item)
        return None
    # Which program a function runs is for its callers to answer for; what comes from outside must not choose it.
    if len(parts_of(first)) != 1 or first.refs:
        return None
    marks = [mark for mark in marks_of(first) if _is_untrusted(hit, mark) and mark.origin.kind in _REMOTE_ORIGINS]
    piece = first.parts[0] if first.parts else None
    return reaches(hit, marks, "the choice of a program") if isinstance(piece, Piece) and loose((piece,)) else None


def _text_without_shell(hit: Hit) -> Verdict | None:
    """A text where a list belongs: split at its spaces by some systems, or by the function that takes it."""
    parts = parts_of(hit.value)
    if isinstance(parts[0], str) and " " in parts[0].strip(" ") + " " and len(parts) > 1:
        return _command_line(hit, hit.value)
    return _arguments(hit, [hit.value]) if not hit.value.refs else None


def _returned(hit: Hit) -> Verdict | None:
    """A command line that a function builds for whoever calls it."""
    act = hit.activation
    parts = parts_of(hit.value)
    if act.code.name.startswith("_") or not is_command_line(parts) or is_helper(act):
        return None
    marks = [mark for piece in loose(parts) for mark in piece.marks if _is_untrusted(hit, mark)]
    return reaches(hit, [mark for mark in marks if mark.origin.kind != "constructor"], "a command line unquoted")


def _is_untrusted(hit: Hit, mark: Mark) -> bool:
    return mark.origin.kind not in _TRUSTED and not hit.is_cleared(mark, "shell")


def review(entry: Entry) -> Iterator[Spot]:
    """Commands that are approved because the name of an allowed one occurs in them."""
    act = entry.activation
    if act.caller is None:
        return
    for block in act.code.blocks:
        for instr in block.instrs:
            if instr.op == ir.COMPARE and instr.data == "in" and block.index in act.rounds:
                text = instr.args[1]
                names = act.value(instr.args[0].args[0]) if instr.args[0].op == ir.ELEMENT else None
                held = guards.contents(act, names) if names is not None else None
                if held is None or not held[0] or not held[1] or not all(map(is_command_name, held[0])):
                    continue
                marks = [mark for mark in marks_of(act.vals[text.index]) if mark.origin.kind not in _TRUSTED]
                if text.op == ir.PARAM and marks and _is_given_back(act, text):
                    message = f"{words(marks[0])} is approved as a command because it contains the name of one"
                    hint = "compare the whole command with the allowed ones"
                    verdict = Verdict(message, confidence(marks[0]), marks[0], (77, 183), hint)
                    yield Spot(instr.pos, verdict, "check: any text that contains an allowed name passes", (act, text))


def _is_given_back(act: Activation, text: Instr) -> bool:
    """Whether the text itself is what the function returns."""
    return any(instr.op == ir.RETURN and instr.args[0] is text for block in act.code.blocks for instr in block.instrs)


RULE = Rule(
    id="command-injection",
    cwe=(78, 77),
    summary="User input becomes part of a command line or chooses the program that is run",
    hint="pass a list of arguments without a shell; quote with shlex.quote where a shell is needed",
    severity="error",
    sinks=("shell", "argv", "argv-spread", "shell-option", "return"),
    judge=judge,
    review=review,
)


UNSAFE: tuple[str, ...] = (
    # a shell
    """
import os
host = input("host: ")
os.system("ping -c 1 " + host)
""",
    """
import os
def show(path):
    return os.popen(f"cat {path}").read()
""",
    """
import subprocess
def convert(name, size):
    subprocess.run("convert %s -resize %s out.png" % (name, size), shell=True, check=True)
""",
    """
import subprocess
def run(command):
    return subprocess.check_output(command, shell=True, text=True)
""",
    """
import subprocess
def archive(names):
    command = ["tar", "-czf", "out.tar.gz"] + names
    subprocess.call(" ".join(command), shell=True)
""",
    """
from subprocess import Popen, PIPE
def search(word, options=None):
    options = dict(shell=True, stdout=PIPE)
    return Popen("grep {} notes.txt".format(word), **options).communicate()[0]
""",
    """
import asyncio
async def size(folder):
    process = await asyncio.create_subprocess_shell(f"du -sh '{folder}'")
    return await process.wait()
""",
    """
import subprocess
def log(host):
    subprocess.run(["bash", "-c", f"journalctl -u {host} | tail"])
""",
    """
import os
def log(host):
    os.execvp("sh", ["sh", "-c", "journalctl -u " + host])
""",
    """
import os
def show(name):
    run = getattr(os, "sys" + "tem")
    run("finger " + name)
""",
    """
import os as machine
class Tools:
    def __init__(self, folder):
        self.folder = folder

    def _command(self, name):
        return "ls -l " + self.folder + "/" + name

    def show(self, name):
        machine.system(self._command(name))
""",
    """
import subprocess, sys
def main():
    subprocess.run("git clone " + sys.argv[1], shell=True)

if __name__ == "__main__":
    main()
""",
    # other machines
    """
import paramiko
def restart(host, service):
    client = paramiko.SSHClient()
    client.connect(host)
    client.exec_command("systemctl restart " + service)
""",
    """
import subprocess
def remote(host, folder):
    subprocess.run(["ssh", host, f"ls -l {folder}"])
""",
    # frameworks
    """
from flask import Flask, request
import subprocess
app = Flask(__name__)

@app.route("/ping")
def ping():
    host = request.args.get("host", "127.0.0.1")
    return subprocess.getoutput("ping -c 1 " + host)
""",
    """
import os
def view(request):
    os.system("convert " + request.POST["name"] + " out.png")
""",
    # the choice of the program
    """
from flask import Flask, request
import subprocess, shlex
app = Flask(__name__)

@app.post("/run")
def run():
    subprocess.run(shlex.split(request.form["command"]))
    return "done"
""",
    """
from fastapi import FastAPI
import subprocess
app = FastAPI()

@app.get("/run")
def run(tool: str):
    return subprocess.check_output([tool, "--version"])
""",
    # what does not help
    """
import os, html
def show(name):
    os.system("finger " + html.escape(name))
""",
    """
import os
def show(name):
    name = name.replace(";", "")
    os.system("finger " + name)
""",
    """
import os, shlex
def run(command, allowed):
    first = shlex.split(command)[0]
    if first not in allowed:
        raise ValueError(first)
    os.system(command)
""",
    """
import os
def run(command):
    if command.startswith("ls "):
        os.system(command)
""",
    """
import os, re
def ping(host):
    if re.match(r"[a-z0-9.]+", host):
        os.system(f"ping -c 1 {host}")
""",
    """
import os
def list_folder(name):
    if "'" in name:
        name = "unknown"
    os.system(f'ls "{name}"')
""",
    # commands for whoever calls
    """
def greeting(name):
    return f"echo Hello, {name}!"
""",
    """
TEMPLATE = "ssh -p 22 {target} uptime"
def uptime(target):
    return TEMPLATE.format(target=target)
""",
    """
ALLOWED = ["ls", "date"]
def approve(command):
    if any(name in command for name in ALLOWED):
        return command
    return None
""",
    # a quoted text inside quotes: the quotes of both end each other
    """
import os, shlex
def show(path):
    os.system(f"cat '{shlex.quote(path)}'")
""",
    """
import os, shlex
name = input("name: ")
os.system('grep "' + shlex.quote(name) + '" /var/log/app.log')
""",
    """
import json
import subprocess

def handler(event, context):
    options = json.loads(event["body"]) or {}
    found = subprocess.check_output("nslookup " + options.get("host", "localhost"), shell=True)
    return {"statusCode": 200, "body": found.decode()}
""",
    """
import socketserver
import subprocess

class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline().decode().strip()
        self.wfile.write(subprocess.run(line, shell=True, capture_output=True).stdout)
""",
    # a function that a pool calls
    """
import os
from concurrent.futures import ThreadPoolExecutor
from flask import Flask, request
app = Flask(__name__)
pool = ThreadPoolExecutor()

def convert(name, size):
    os.system(f"convert {name} -resize {size} out.png")

@app.post("/convert")
def start():
    pool.submit(convert, request.form["name"], 300)
    return "", 202
""",
    # through a partial
    """
import os
from functools import partial
from flask import Flask, request
app = Flask(__name__)

def _run(program, argument):
    os.system(program + " " + argument)

look = partial(_run, "host")

@app.get("/host")
def host():
    look(request.args["name"])
    return "done"
""",
    # a word or nothing
    """
import os
from flask import Flask, request
app = Flask(__name__)

def problem(name):
    if len(name) > 10:
        return "too long"
    return None

@app.get("/list")
def show():
    found = problem(request.args["name"])
    if found:
        return found, 400
    os.system("ls " + request.args["name"])
    return ""
""",
    # constructors of the class above
    """
import os
from flask import Flask, request
app = Flask(__name__)

class Job:
    def __init__(self, name):
        self.name = name

class Listing(Job):
    def __init__(self, name):
        super().__init__(name)

    def run(self):
        os.system("ls " + self.name)

@app.get("/list")
def show():
    Listing(request.args["name"]).run()
    return ""
""",
    # an error that says something else
    """
import os
from flask import Flask, request
app = Flask(__name__)

@app.get("/list")
def show():
    errors = []
    name = request.args["name"]
    if len(name) > 20:
        errors.append("too long")
    if errors:
        return "no", 400
    os.system("ls " + name)
    return ""
""",
    # a record or none
    """
import os
from flask import Flask, request
app = Flask(__name__)
PEOPLE = ["ann", "bob"]

def find(name):
    for one in PEOPLE:
        if one == name:
            return {"name": one}
    return None

@app.get("/list")
def show():
    if find(request.args["person"]):
        return "exists", 409
    os.system("ls " + request.args["name"])
    return ""
""",
    # a text that grows, and lists by key
    """
import io, os
from collections import defaultdict
from flask import Flask, request
app = Flask(__name__)

@app.get("/list")
def show():
    given = defaultdict(list)
    given["names"].append(request.args["name"])
    line = io.StringIO()
    line.write("ls")
    for name in given["names"]:
        line.write(" " + name)
    os.system(line.getvalue())
    return ""
""",
)

SAFE: tuple[str, ...] = (
    # what the class of a document leaves of its fields
    """
from fastapi import FastAPI
from pydantic import BaseModel, Field
import subprocess
app = FastAPI()

class Ping(BaseModel):
    count: int = 1
    host: str = Field("localhost", pattern=r"^[a-z0-9.-]+$")

@app.post("/ping")
def ping(job: Ping):
    return subprocess.run(f"ping -c {job.count} {job.host}", shell=True, capture_output=True).returncode
""",
    # no shell
    """
import subprocess
def ping(host):
    subprocess.run(["ping", "-c", "1", host], check=True)
""",
    """
import subprocess
def archive(names):
    command = ["tar", "-czf", "out.tar.gz"]
    command.extend(names)
    subprocess.call(command)
""",
    """
from flask import Flask, request
import subprocess
app = Flask(__name__)

@app.get("/lookup")
def lookup():
    return subprocess.check_output(["nslookup", "--", request.args["name"]], text=True)
""",
    """
import subprocess
def run(command):
    # a list: whoever calls it says what is run
    return subprocess.run(command, capture_output=True)
""",
    """
import subprocess, shlex
def run(program, arguments):
    return subprocess.check_output([program] + [shlex.quote(one) for one in arguments], text=True)
""",
    """
import asyncio
async def ping(host):
    return await asyncio.create_subprocess_exec("ping", "-c", "1", host)
""",
    """
import subprocess
def show(text):
    subprocess.run(["sh", "-c", 'echo "$1"', "_", text])
""",
    # quoted
    """
import os, shlex
def show(path):
    os.system("cat " + shlex.quote(path))
""",
    """
import shlex, subprocess
def archive(names):
    listed = " ".join(shlex.quote(name) for name in names)
    subprocess.run(f"tar -czf out.tar.gz {listed}", shell=True)
""",
    """
import subprocess, shlex
def run(parts):
    subprocess.run(shlex.join(parts), shell=True)
""",
    # fixed sets
    """
import os
ALLOWED = {"uptime", "date"}
def run(command):
    if command not in ALLOWED:
        raise ValueError(command)
    os.system(command)
""",
    """
import os
COMMANDS = {"up": "uptime", "date": "date -u"}
def run(name):
    return os.popen(COMMANDS[name]).read()
""",
    """
import os, shlex
def run(command, allowed):
    parts = shlex.split(command)
    for part in parts:
        if part not in allowed:
            raise ValueError(part)
    return os.popen(" ".join(parts)).read()
""",
    """
from flask import Flask, request
import subprocess
app = Flask(__name__)
TOOLS = ("uptime", "df")

@app.get("/run")
def run():
    tool = request.args["tool"]
    if tool not in TOOLS:
        return "unknown", 400
    return subprocess.check_output([tool])
""",
    # what a text can hold
    """
import os
def ping(host, count: int):
    if not all(c.isalnum() or c in ".-" for c in host):
        raise ValueError(host)
    os.system(f"ping -c {count} {host}")
""",
    """
import os, re
def ping(host):
    if not re.fullmatch(r"[a-z0-9.-]+", host):
        raise ValueError(host)
    os.system(f"ping -c 1 {host}")
""",
    """
import os, ipaddress
def ping(host):
    address = ipaddress.ip_address(host)
    os.system(f"ping -c 1 {address}")
""",
    """
import os
def show(name):
    for character in ";&|`$<>\\n":
        if character in name:
            raise ValueError(name)
    os.system("finger " + name)
""",
    """
import os
def show(name):
    if any(character in name for character in ";&|`$()<>\\n"):
        return
    os.system("finger " + name)
""",
    """
import os, re
def show(name):
    name = re.sub(r"[^A-Za-z0-9_.-]", "", name)
    os.system("finger " + name)
""",
    """
import subprocess
def kill(number):
    subprocess.run(f"kill -9 {int(number)}", shell=True)
""",
    # constants and what the machine's owner set
    """
import os
def clear():
    os.system("cls" if os.name == "nt" else "clear")
""",
    """
import os, subprocess
def edit(path):
    subprocess.run([os.environ.get("EDITOR", "vi"), path])
""",
    # sentences
    """
def report(name):
    return f"find the owner of {name}"
""",
    """
WORDS = ["good", "bad"]
def pick(line):
    if any(word in line for word in WORDS):
        return line
    return None
""",
    """
ALLOWED = ["ls", "date"]
def approve(command):
    return command if command in ALLOWED else None
""",
    """
import os
from concurrent.futures import ThreadPoolExecutor
from flask import Flask, abort, request
app = Flask(__name__)
pool = ThreadPoolExecutor()

def _convert(name, size):
    os.system(f"convert {name} -resize {size} out.png")

@app.post("/convert")
def start():
    name = request.form["name"]
    if name not in ("front", "back"):
        abort(400)
    pool.submit(_convert, name, 300)
    return "", 202
""",
    # errors that are gathered
    """
import os, re
from flask import Flask, jsonify, request
app = Flask(__name__)

def problems(name):
    found = {}
    if not name:
        found["name"] = "missing"
    elif not re.fullmatch(r"[a-z]+", name):
        found["name"] = "not a name"
    return found

@app.get("/list")
def show():
    name = request.args["name"]
    found = problems(name)
    if found:
        return jsonify(found), 400
    os.system("ls " + name)
    return ""
""",
    """
import os, re
from flask import Flask, request
app = Flask(__name__)

@app.get("/list")
def show():
    error = None
    name = request.args["name"]
    if not re.fullmatch(r"[a-z]+", name):
        error = "not a name"
    if error is not None:
        return error, 400
    os.system("ls " + name)
    return ""
""",
    """
import os, re
from flask import Flask, request
app = Flask(__name__)

@app.get("/list")
def show():
    errors = []
    name = request.args["name"]
    if not re.fullmatch(r"[a-z]+", name):
        errors.append("not a name")
    if len(errors) > 0:
        return "no", 400
    os.system("ls " + name)
    return ""
""",
    # groups of a match
    """
import os, re
from flask import Flask, request
app = Flask(__name__)
VERSION = re.compile(r"^v(\\d+)\\.(\\d+)")

@app.get("/list")
def show():
    found = VERSION.match(request.args["version"])
    if not found:
        return "no", 400
    os.system("ls releases/" + found.group(1))
    return ""
""",
)

# What this rule does not see, and why.
MISSING: tuple[str, ...] = (
    # a line end starts a command too
    """
import os
def show(name):
    if any(character in name for character in ";&|`$"):
        return
    os.system("finger " + name)
""",
    # options in place of names, for programs that take a program from an option
    """
from flask import Flask, request
import subprocess
app = Flask(__name__)

@app.get("/fetch")
def fetch():
    subprocess.run(["git", "fetch", request.args["remote"]])
    return "done"
""",
    """
import subprocess
from flask import Flask, request
app = Flask(__name__)

@app.route("/clone")
def clone():
    subprocess.run(["git", "clone", request.args["repository"], "/srv/preview"], check=True)
    return {}
""",
)

# What this rule reports although it is safe, and why.
SPURIOUS: tuple[str, ...] = (
    # the parts of a text, checked one by one in other places
    """
import os
def ping(host):
    first, second = host.split(".")
    if first.isalnum() and second.isalnum():
        os.system(f"ping -c 1 {host}")
""",
    """
import subprocess
from flask import Flask, request
app = Flask(__name__)

@app.route("/run")
def run():
    word = "idle"
    for turn in range(3):
        if turn == 3:
            word = request.args["word"]
    return subprocess.getoutput("echo " + word)
""",
)

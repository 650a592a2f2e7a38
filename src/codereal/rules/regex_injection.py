"""User input is compiled as a regular expression.

A pattern is a program for a matcher that backtracks: whoever writes `(a+)+$` decides how long the server works on a
text of thirty characters, and `.*` matches what the search was to leave out. Take the characters of the pattern
literally, or choose from patterns of your own:

    re.compile(re.escape(wanted))

What is reported: a pattern from a request in which characters can stand that repeat. What is not: what `re.escape` has
given, words and numbers, members of a fixed set, and the patterns of whoever starts a program by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import alphabet
from codereal.analysis.values import parts_of, pieces
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import confidence, words

if TYPE_CHECKING:
    from codereal.analysis.program import Hit

_REPEATS = alphabet.of("*{(")
_REMOTE = frozenset({"request", "network"})


def judge(hit: Hit) -> Verdict | None:
    marks = [
        mark
        for piece in pieces(parts_of(hit.value))
        if piece.alphabet & _REPEATS
        for mark in piece.marks
        if mark.origin.kind in _REMOTE and not hit.is_cleared(mark, "pattern")
    ]
    if not marks:
        return None
    mark = min(marks, key=lambda one: one.origin.pos)
    return Verdict(f"{words(mark)} is compiled as a regular expression", confidence(mark), mark)


RULE = Rule(
    id="regex-injection",
    cwe=(1333, 730, 400),
    summary="User input is compiled as a regular expression",
    hint="take the text literally with re.escape, or choose from patterns of your own",
    severity="warning",
    sinks=("pattern",),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import re
from flask import Flask, request
app = Flask(__name__)
LINES = open("/srv/words.txt").read().splitlines()

@app.get("/grep")
def grep():
    pattern = re.compile(request.args["pattern"])
    return {"lines": [line for line in LINES if pattern.search(line)]}
""",
    """
import re
from flask import Flask, request
app = Flask(__name__)
LINES = open("/srv/words.txt").read().splitlines()

@app.get("/grep")
def grep():
    wanted = request.args["word"]
    return {"lines": [line for line in LINES if re.search(rf"\\b{wanted}\\b", line)]}
""",
    """
import re
from flask import Flask, request
app = Flask(__name__)
LINES = open("/srv/words.txt").read().splitlines()

@app.get("/grep")
def grep():
    text = request.get_json()["text"]
    return {"text": re.sub("(" + request.args["old"] + ")+", "", text)}
""",
    """
import re
from fastapi import FastAPI
app = FastAPI()

def compiled(text):
    return re.compile(text, re.IGNORECASE)

@app.get("/find")
def find(pattern: str):
    return {"found": compiled(pattern).fullmatch("some text") is not None}
""",
    """
import re
from aiohttp import web

async def find(request):
    return web.json_response({"hits": re.findall(request.query["p"], "some text")})

app = web.Application()
app.router.add_get("/find", find)
""",
)

SAFE: tuple[str, ...] = (
    """
import re
from flask import Flask, request
app = Flask(__name__)
LINES = open("/srv/words.txt").read().splitlines()

@app.get("/grep")
def grep():
    pattern = re.compile(re.escape(request.args["word"]), re.IGNORECASE)
    return {"lines": [line for line in LINES if pattern.search(line)]}
""",
    """
import re
from flask import Flask, request
app = Flask(__name__)
LINES = open("/srv/words.txt").read().splitlines()

@app.get("/grep")
def grep():
    wanted = request.args["word"]
    if not wanted.isalnum():
        return {}, 400
    return {"lines": [line for line in LINES if re.search(wanted, line)]}
""",
    """
import re
from flask import Flask, request
app = Flask(__name__)
LINES = open("/srv/words.txt").read().splitlines()

@app.get("/grep")
def grep():
    size = int(request.args["size"])
    return {"lines": [line for line in LINES if re.match("[a-z]{%d}" % size, line)]}
""",
    """
import re, sys

def main():
    pattern = re.compile(sys.argv[1])
    for line in sys.stdin:
        if pattern.search(line):
            print(line, end="")

main()
""",
    """
import re
from flask import Flask, request
app = Flask(__name__)
KINDS = {"number": r"\\d+", "word": r"[a-z]+"}

@app.get("/check")
def valid():
    pattern = KINDS.get(request.args["kind"])
    if pattern is None:
        return {}, 400
    return {"valid": re.fullmatch(pattern, request.args["text"][:100]) is not None}
""",
)

"""How much work is done, or how much memory is taken, is what a request says.

A number in an address costs nothing to send: `?count=1000000000` keeps a process busy, `?width=50000` fills the memory,
and a kilobyte of compressed zeros becomes a gigabyte. Bound a number before using it, and read what is unpacked in
pieces, up to a limit:

    count = min(int(request.args["count"]), 1000)
    data = zlib.decompressobj().decompress(body, 10_000_000)

What is reported: a number of a request that says how often a loop runs, how long the program sleeps, how many bytes are
made or how large an image is, and a body that is unpacked as a whole, when no condition has compared the number with
anything, it is not one of a fixed set and its declaration does not bound it. What is not: numbers that only select
(pages of a query), and arguments of functions and programs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis import tree as t
from codereal.analysis.alphabet import NUMBER
from codereal.analysis.values import NO, Extern, Mark, Origin, Piece
from codereal.rules._rule import Rule, Spot, Verdict
from codereal.rules._taint import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codereal.analysis.entries import Entry
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit

_ORDERS = frozenset({"<", "<=", ">", ">=", "in", "not in", "==", "!="})
_BOUNDS = frozenset({"le", "lt", "max_length", "multiple_of"})
_REMOTE = frozenset({"request", "network"})


def judge(hit: Hit) -> Verdict | None:
    act = hit.activation
    marks = [
        mark
        for mark in act.marks(hit.value)
        if mark.origin.kind in _REMOTE and not hit.is_cleared(mark, "amount") and not _is_declared(act, mark.origin)
    ]
    if not marks or _is_least(act, hit.argument):
        return None
    if hit.sink.kind == "amount-number" and not _is_number(act, hit.argument):
        return None
    mark = min(marks, key=lambda one: one.origin.pos)
    if _is_weighed(act.entry, mark.origin, None):
        return None
    if hit.sink.kind == "unpack-part":
        # `decoder.decompress(data, limit)`
        if hit.given(1, "max_length") is not None:
            return None
        return Verdict(f"{words(mark)} is unpacked, however large it becomes", "medium", mark, (409,))
    if hit.sink.kind == "unpack":
        return Verdict(f"{words(mark)} is unpacked, however large it becomes", "medium", mark, (409,))
    return Verdict(f"{words(mark)} says how much work is done", "medium", mark)


def review(entry: Entry) -> Iterator[Spot]:
    act = entry.activation
    if act.caller is None:
        return
    yield from _repeated(act)
    if act.code.loops:
        yield from _looped(act)


def _repeated(act: Activation) -> Iterator[Spot]:
    """`"x" * count`, `[0] * count`: as long as the request says."""
    for instr in (one for block in act.code.blocks if block.index in act.rounds for one in block.instrs):
        if instr.op != ir.BINARY or instr.data != "*" or instr.pos[0] < 1:
            continue
        for one, count in (instr.args, instr.args[::-1]):
            is_made = one.op == ir.BUILD or isinstance(act.vals[one.index].const, (str, bytes))
            mark = _free(act, count, None) if is_made else None
            if mark is not None:
                verdict = Verdict(f"{words(mark)} says how much work is done", "medium", mark)
                yield Spot(instr.pos, verdict, "sink: as many as it says", (act, count))


def _free(act: Activation, instr: Instr, but: Instr | None) -> Mark | None:
    """The mark of a request on a number that nothing bounds, except perhaps one condition."""
    marks = [mark for mark in act.marks(act.vals[instr.index]) if mark.origin.kind in _REMOTE]
    if not marks or _is_least(act, instr) or _is_declared(act, marks[0].origin):
        return None
    return None if _is_weighed(act, marks[0].origin, but) else marks[0]


def _looped(act: Activation) -> Iterator[Spot]:
    """`while len(found) < count`: the loop ends when the request says so."""
    for block in act.code.blocks:
        condition = block.condition
        if condition is None or condition.op != ir.COMPARE or len(block.preds) < 2 or block.index not in act.rounds:
            continue
        if condition.data not in ("<", "<=", ">", ">=") or condition.pos[0] < 1:
            continue
        for arg in condition.args:
            mark = _free(act, arg, condition) if arg.op != ir.PHI and _is_number(act, arg) else None
            if mark is None:
                continue
            verdict = Verdict(f"{words(mark)} says how much work is done", "medium", mark)
            yield Spot(condition.pos, verdict, "sink: a loop", (act, arg))
            return


def _is_number(act: Activation, instr: Instr) -> bool:
    """Whether a value was made a number: other things that are compared bound what they were made of."""
    parts = act.vals[instr.index].parts
    return bool(parts) and all(isinstance(part, Piece) and not part.alphabet & ~NUMBER for part in parts)


def _is_weighed(entry: Activation, origin: Origin, but: Instr | None) -> bool:
    """Whether a condition, other than one, compares what an origin gave with anything."""
    for act, condition in evidence.conditions(entry):
        if condition is but or origin not in evidence.origins(act, condition):
            continue
        if condition.op == ir.CALL:
            return True
        if _is_least_bound(act, condition):
            continue
        is_compared = condition.op == ir.COMPARE and condition.data in _ORDERS
        if is_compared and not any(act.vals[arg.index].const in ("", None) for arg in condition.args):
            return True
    return False


def _is_least_bound(act: Activation, condition: Instr) -> bool:
    """`n < 1`, `n >= 0`: says nothing of how large a number is."""
    if condition.op != ir.COMPARE or condition.data not in ("<", "<=", ">", ">="):
        return False
    return any(
        isinstance(const, (int, float)) and not isinstance(const, bool) and const <= 1
        for const in (act.vals[arg.index].const for arg in condition.args)
    )


def _is_least(act: Activation, instr: Instr) -> bool:
    """Whether a number went through `min`, `len`, a lookup or a function of another file: it may be bounded."""
    for holder, one in evidence.operands(act, instr):
        if one.op != ir.CALL:
            continue
        if any(_gives_least(inner) for inner in holder.inner.get(one.index, ())):
            return True
        callee = one.args[0]
        names = [ref.name for ref in holder.vals[callee.index].refs if isinstance(ref, Extern)]
        if any(name in ("min", "len", "hash", "numpy.clip", "enumerate") for name in names):
            return True
        if callee.op in (ir.NAME, ir.IMPORT) and not names and not holder.inner.get(one.index):
            return True
    return False


def _gives_least(act: Activation) -> bool:
    """Whether all that a function gives back was bounded in it."""
    given = [
        one.args[0]
        for block in act.code.blocks
        for one in block.instrs
        if one.op == ir.RETURN and block.index in act.rounds
    ]
    left = [one for one in given if act.vals[one.index].const is NO]
    return bool(left) and all(_is_least(act, one) for one in left)


def _is_declared(act: Activation, origin: Origin) -> bool:
    """`count: int = Query(10, le=100)`: the framework refuses larger ones."""
    for param in act.entry.code.params:
        if param.pos == origin.pos and not origin.words.startswith("the request"):
            default = getattr(param.data, "default", None)
            annotation = str(getattr(param.data, "annotation", ""))
            if isinstance(default, t.Call) and _BOUNDS.intersection(default.names):
                return True
            # (What an annotation of the program's own, or one with several parts, demands is not looked at.)
            return annotation not in ("int", "float", "str", "bytes", "")
    return False


RULE = Rule(
    id="unbounded-work",
    cwe=(400, 770),
    summary="How much work is done, or how much memory is taken, is what a request says",
    hint="compare the number with a limit first; unpack in pieces, up to a limit",
    severity="warning",
    sinks=("amount", "amount-number", "unpack", "unpack-part"),
    judge=judge,
    review=review,
)


UNSAFE: tuple[str, ...] = (
    """
from flask import Flask, request, jsonify
app = Flask(__name__)

@app.route("/squares")
def squares():
    count = int(request.args.get("count", 10))
    return jsonify([n * n for n in range(count)])
""",
    """
import time
from flask import Flask, request
app = Flask(__name__)

@app.route("/wait")
def wait():
    time.sleep(float(request.args["seconds"]))
    return "done"
""",
    """
from flask import Flask, request, jsonify
app = Flask(__name__)

@app.route("/primes")
def primes():
    wanted = int(request.args["n"])
    found, at = [], 2
    while len(found) < wanted:
        if all(at % one for one in found):
            found.append(at)
        at += 1
    return jsonify(found)
""",
    """
from fastapi import FastAPI
from PIL import Image
app = FastAPI()

@app.get("/blank")
def blank(width: int, height: int):
    return save(Image.new("RGB", (width, height)))
""",
    """
import zlib
from flask import Flask, request
app = Flask(__name__)

@app.post("/events")
def events():
    return str(zlib.decompress(request.get_data()).count(b"x"))
""",
    """
import gzip
import socket

def serve(server):
    conn, _ = server.accept()
    return len(gzip.decompress(conn.recv(65536)))
""",
    """
from flask import Flask, request
app = Flask(__name__)

@app.get("/noise")
def noise():
    size = request.args.get("size", default=100, type=int)
    return {"cells": [0] * size}
""",
    """
import io
import zipfile
from flask import Flask, request
app = Flask(__name__)

@app.post("/words")
def words():
    archive = zipfile.ZipFile(io.BytesIO(request.files["file"].read()))
    return {name: len(archive.read(name).split()) for name in archive.namelist()}
""",
    """
from concurrent.futures import ThreadPoolExecutor
from flask import Flask, request
app = Flask(__name__)

@app.post("/lengths")
def lengths():
    with ThreadPoolExecutor(max_workers=int(request.json["workers"])) as pool:
        return {"lengths": list(pool.map(len, request.json["texts"]))}
""",
    # a lower bound is none
    """
from flask import Flask, abort, request
app = Flask(__name__)

@app.get("/pad")
def pad():
    count = request.args.get("count", 1, type=int)
    if count < 1:
        abort(400)
    return "x" * count
""",
    """
import zlib
from flask import Flask, request
app = Flask(__name__)

@app.post("/points")
def points():
    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
    return {"size": len(decoder.decompress(request.get_data()))}
""",
)

SAFE: tuple[str, ...] = (
    """
import zlib
from flask import Flask, request
app = Flask(__name__)

@app.post("/points")
def points():
    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
    return {"size": len(decoder.decompress(request.get_data(), 1_000_000))}
""",
    """
import io
import zipfile
from flask import Flask, request
app = Flask(__name__)

@app.post("/words")
def words():
    archive = zipfile.ZipFile(io.BytesIO(request.files["file"].read()))
    if sum(one.file_size for one in archive.infolist()) > 10_000_000:
        return "too large", 413
    return {name: len(archive.read(name).split()) for name in archive.namelist()}
""",
    """
from flask import Flask, request, jsonify
app = Flask(__name__)

@app.route("/squares")
def squares():
    count = min(int(request.args.get("count", 10)), 1000)
    return jsonify([n * n for n in range(count)])
""",
    """
from flask import Flask, request, jsonify, abort
app = Flask(__name__)

@app.route("/squares")
def squares():
    count = int(request.args.get("count", 10))
    if not 0 < count <= 1000:
        abort(400)
    return jsonify([n * n for n in range(count)])
""",
    """
from fastapi import FastAPI, Query
from PIL import Image
app = FastAPI()

@app.get("/blank")
def blank(width: int = Query(ge=1, le=2000), height: int = Query(ge=1, le=2000)):
    return save(Image.new("RGB", (width, height)))
""",
    """
import gzip, io
from flask import Flask, request, abort
app = Flask(__name__)

@app.post("/events")
def events():
    with gzip.GzipFile(fileobj=io.BytesIO(request.get_data())) as stream:
        data = stream.read(1_000_001)
    if len(data) > 1_000_000:
        abort(413)
    return str(data.count(b"x"))
""",
    """
def squares(count):
    return [n * n for n in range(count)]
""",
    """
from flask import Flask, request, jsonify
app = Flask(__name__)

@app.route("/words")
def words():
    text = request.args.get("text", "")[:500]
    return jsonify([text[at] for at in range(len(text))])
""",
    # bounded in a function of the text
    """
import time
from flask import Flask, request
app = Flask(__name__)

def delay(tries):
    return 0.1 * 2 ** min(max(tries, 0), 4)

@app.get("/again")
def again():
    time.sleep(delay(int(request.headers.get("X-Tries", 0))))
    return "now"
""",
)

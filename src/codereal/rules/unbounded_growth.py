"""A container that lasts grows with every call, by data from outside, and nothing bounds it.

Whoever may call the function often enough, or with large enough data, fills the memory: a queue, a log, a cache or a
chat room that only ever grows. Look at the size before adding, and at the size of what is added, or use a container
that bounds itself:

    if len(QUEUE) >= MAX_QUEUED or len(item) > MAX_ITEM:
        raise OverflowError("queue is full")
    RECENT = collections.deque(maxlen=1000)

What is reported: a list, set, dict, deque or queue of the module to which a function adds untrusted data, under a key
that the caller chose where it is a dict, in a function in which no condition compares any size (`len`, `qsize`, a
counter of the module) and which takes nothing out of the container. What is not: containers that are made with a
bound, keys that are known to be in the dict already or belong to a fixed set, numbers, and registries that are filled
by functions or classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir, resolve
from codereal.analysis.alphabet import NUMBER
from codereal.analysis.heap import Heap
from codereal.analysis.values import NO, Extern, Mark, Piece, Ref
from codereal.rules._rule import Rule, Spot, Verdict
from codereal.rules._taint import TRUSTED

if TYPE_CHECKING:
    from codereal.analysis.entries import Entry
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Event

_GROWS = frozenset({"append", "appendleft", "add", "insert", "extend", "extendleft", "put", "put_nowait", "setitem"})
_SHRINKS = frozenset({"pop", "popleft", "popitem", "remove", "discard", "clear", "delitem", "get_nowait"})
_SIZES = frozenset({"len", "sys.getsizeof"})
_SIZE_METHODS = frozenset({"qsize", "full", "__len__", "count", "size"})
_GIVEN = (ir.PARAM, ir.PHI, ir.LOAD, ir.CONST)  # what a function may be told to compute something from
_ORDERS = frozenset({"<", "<=", ">", ">="})


def review(entry: Entry) -> Iterator[Spot]:
    if entry.activation.caller is None or entry.activation.code.name == "__init__":
        return
    grown = [(event, mark) for event in entry.events if (mark := _grows(event, entry)) is not None]
    if not grown or any(event.kind in _SHRINKS and _is_lasting(event) for event in entry.events):
        return
    for act, condition in evidence.conditions(entry.activation):
        if any(_is_bound(holder, part) for holder, part in evidence.operands(act, condition)):
            return
    for event, mark in grown:
        if event.instr.pos[0] > 0:
            verdict = Verdict(
                f"a lasting container grows by {mark.origin.words}, and nothing bounds it", "medium", mark
            )
            yield Spot(
                event.instr.pos, verdict, "sink: added to a lasting container", (event.activation, _added(event))
            )
            return


def _is_lasting(event: Event) -> bool:
    target = evidence.target(event)
    return target is not None and evidence.lasting(event.activation, target)


def _grows(event: Event, entry: Entry) -> Mark | None:
    """The untrusted data by which an event makes a lasting container grow."""
    if event.kind not in _GROWS or not _is_lasting(event):
        return None
    act = event.activation
    target = evidence.target(event)
    assert target is not None
    if act.code.owner and not _is_served(entry, target):
        return None
    if _is_bounded(act, target) or _is_registered(event):
        return None
    refs = event.base.refs
    if refs and not any(isinstance(ref, Heap) or _is_made_here(ref) for ref in refs):
        # A thing of a library or of another file, such as a session: it is not known to last, or to grow.
        return None
    if event.kind == "setitem":
        key = event.instr.args[1]
        # A key that a condition has found in the dict, or in a fixed set, holds no untrusted data any more.
        if key.op == ir.SLICE or event.key is None or event.key.const is not NO or not act.marks(event.key):
            return None
    if event.kind == "setitem" and _is_remembered(act, event):
        return None
    marks = [mark for arg in _growing(event) for mark in act.marks(act.vals[arg.index]) if not _is_small(act, arg)]
    marks = [mark for mark in marks if mark.origin.kind not in TRUSTED]
    return min(marks, key=lambda mark: mark.origin.pos) if marks else None


def _is_remembered(act: Activation, event: Event) -> bool:
    """Whether a function remembers what it has computed: it looks for its own argument in the container first, and
    gives back what stands there."""
    key = event.instr.args[1]
    marks = act.marks(act.vals[key.index])
    parts = key.args if key.op == ir.BUILD and key.data == "tuple" else [key]
    if not all(one.op in _GIVEN or (one.op == ir.CALL and len(one.args) == 1) for one in parts) or any(
        mark.origin.kind in ("request", "network", "input") for mark in marks
    ):
        return False
    returned = {
        part.index
        for block in act.code.blocks
        for one in block.instrs
        if one.op == ir.RETURN
        for holder, part in evidence.operands(act, one.args[0])
        if holder is act
    }
    return any(
        one.index in returned and (held := _asked(one, key)) is not None and evidence.lasting(act, held)
        for block in act.code.blocks
        for one in block.instrs
    )


def _is_served(entry: Entry, target: Instr) -> bool:
    """Whether a container of an object grows with every request, and no method takes anything out of it.

    (A class whose own list grows is ordinary. One that a network calls fills up with what strangers send.)
    """
    code = entry.activation.code
    held = next((one for one in (target, *target.args) if one.op == ir.ATTR), None)
    if not entry.is_route or held is None or not code.owner:
        return False
    program = entry.activation.program
    inside = [one.code for one in program.functions.values() if one.code.owner == code.owner]
    made: list[Instr] = []
    for method in inside:
        for instr in (one for block in method.blocks for one in block.instrs):
            if instr.op == ir.SETATTR and instr.data == held.data:
                made.append(instr.args[1])
                if method.name != "__init__":
                    return False
            taken = instr.args[0] if instr.op == ir.DELITEM else None
            if instr.op == ir.CALL and instr.args[0].op == ir.ATTR and instr.args[0].data in _SHRINKS:
                taken = instr.args[0].args[0]
            if taken is not None and taken.op == ir.ATTR and taken.data == held.data:
                return False
    if any(one.op == ir.CALL and _has_maximum(one) for one in made):
        return False
    # An object that is made for each request lasts no longer than that: what the class holds stays.
    return not made if _is_made_each_time(entry) else True


def _is_made_each_time(entry: Entry) -> bool:
    """Whether the class is made from one of a framework's that makes an object of it for each request."""
    act = entry.activation
    return any(
        resolve.externs(act, cls) for _, me in act.objects(act.vals[act.code.params[0].index]) for cls in me.bases
    )


def _has_maximum(made: Instr) -> bool:
    assert isinstance(made.data, tuple)
    name = str(made.args[0].data[1] if isinstance(made.args[0].data, tuple) else made.args[0].data)
    places = len([one for one in made.data if one == ""])
    limits = 1 if name.endswith("deque") else 0
    return any(word in ("maxlen", "maxsize") for word in made.data) or (
        places > limits and name.endswith(("deque", "Queue", "Cache"))
    )


def _asked(instr: Instr, key: Instr) -> Instr | None:
    """The container that is asked for this very key: `memo[n, k]`, `memo.get((n, k))`."""
    if instr.op == ir.ITEM and _is_same(instr.args[1], key):
        return instr.args[0]
    is_get = instr.op == ir.CALL and instr.args[0].op == ir.ATTR and instr.args[0].data == "get" and len(instr.args) > 1
    return instr.args[0].args[0] if is_get and _is_same(instr.args[1], key) else None


def _is_same(one: Instr, other: Instr) -> bool:
    if one is other or (one.op == other.op == ir.LOAD and one.data == other.data):
        return True
    is_pair = one.op == other.op == ir.BUILD and one.data == other.data == "tuple" and len(one.args) == len(other.args)
    return is_pair and all(_is_same(a, b) for a, b in zip(one.args, other.args, strict=True))


def _is_made_here(ref: Ref) -> bool:
    """Whether it is what a call of a class gave (`defaultdict(list)`)."""
    return isinstance(ref, Extern) and ref.name.endswith("()")


def _is_bounded(act: Activation, target: Instr) -> bool:
    """Whether the container was made with a bound of its own."""
    made = evidence.made_by(act, target)
    if made is None or made.op != ir.CALL or not isinstance(made.data, tuple):
        return False
    module = act.program.module
    assert module is not None
    names = [ref.name for ref in module.vals[made.args[0].index].refs if isinstance(ref, Extern)]
    places = len([name for name in made.data if name == ""])
    return any(word in ("maxlen", "maxsize") for word in made.data) or any(
        places > (1 if name.endswith("deque") else 0) for name in names if name.endswith(("deque", "Queue"))
    )


def _is_registered(event: Event) -> bool:
    """Whether what is added is given back too, or goes by its own name: a function or class that registers itself."""
    act = event.activation
    added = event.instr.args[-1]
    if any(arg.op == ir.ATTR and arg.data == "__name__" for arg in event.instr.args):
        return True
    returned = [one.args[0] for block in act.code.blocks for one in block.instrs if one.op == ir.RETURN]
    return added.op == ir.PARAM and added in returned


def _growing(event: Event) -> list[Instr]:
    return event.instr.args[1:]


def _added(event: Event) -> Instr:
    act = event.activation
    return next((arg for arg in reversed(_growing(event)) if act.marks(act.vals[arg.index])), event.instr)


def _is_small(act: Activation, instr: Instr) -> bool:
    """A number: its size is bounded for all that matters, unless it is a key."""
    value = act.vals[instr.index]
    return bool(value.parts) and all(isinstance(part, Piece) and not part.alphabet & ~NUMBER for part in value.parts)


def _is_bound(act: Activation, instr: Instr) -> bool:
    """A size that is looked at."""
    if instr.op != ir.CALL:
        return False
    callee = instr.args[0]
    if callee.op == ir.ATTR and callee.data in _SIZE_METHODS:
        return True
    return any(isinstance(ref, Extern) and ref.name in _SIZES for ref in act.vals[callee.index].refs)


RULE = Rule(
    id="unbounded-growth",
    cwe=(770, 400),
    summary="A lasting container grows by data from outside, and nothing bounds it",
    hint="compare its size, and the size of what is added, with a limit first, or use a container with a maximum",
    severity="error",
    review=review,
)


UNSAFE: tuple[str, ...] = (
    """
LOG = []

def note(text):
    LOG.append(text)
""",
    """
MEMORY = {}

def remember(key: str, data: dict) -> bool:
    global MEMORY
    MEMORY[key] = data
    return True
""",
    """
from queue import Queue
jobs = Queue()

def submit(name, details):
    jobs.put({"name": name, "details": details})
    return True
""",
    """
import collections
ROOMS = collections.defaultdict(list)

def say(room, who, words):
    ROOMS[room].append((who, words))
""",
    """
ROOMS = {}

def say(room, words):
    if room not in ROOMS:
        ROOMS[room] = []
    ROOMS[room].append(words)
    return True
""",
    """
import asyncio
inbox = asyncio.Queue()

async def receive(message: bytes) -> None:
    await inbox.put(message)
""",
    """
SEEN = set()

def _mark(address):
    SEEN.add(address)

def visit(address):
    _mark(address)
    return "welcome"
""",
    # an object that serves all connections
    """
import asyncio

class Chat:
    def __init__(self):
        self.history = []

    async def handle(self, reader, writer):
        while line := await reader.readline():
            self.history.append(line.decode())
            writer.write(b"ok")

async def main():
    server = await asyncio.start_server(Chat().handle, "127.0.0.1", 8888)
    await server.serve_forever()

asyncio.run(main())
""",
    # a view whose class holds the list
    """
from flask import jsonify, request
from flask.views import MethodView

class Notes(MethodView):
    notes = []

    def post(self):
        self.notes.append(request.get_json())
        return jsonify(len(self.notes))
""",
)

SAFE: tuple[str, ...] = (
    # what was computed, under all that it was computed from
    """
MEMO = {}

def ways(n, k):
    if (n, k) in MEMO:
        return MEMO[(n, k)]
    total = sum(ways(n - step, step) for step in range(1, k + 1))
    MEMO[(n, k)] = total
    return total
""",
    """
import asyncio
from collections import deque

class Chat:
    def __init__(self):
        self.history = deque(maxlen=100)

    async def handle(self, reader, writer):
        while line := await reader.readline():
            self.history.append(line.decode())
            writer.write(b"ok")

async def main():
    server = await asyncio.start_server(Chat().handle, "127.0.0.1", 8888)
    await server.serve_forever()

asyncio.run(main())
""",
    # objects that live as long as a request
    """
from flask import jsonify, request
from flask.views import MethodView

class Check(MethodView):
    def __init__(self):
        self.errors = []

    def post(self):
        for name in request.get_json():
            self.errors.append(name)
        return jsonify(self.errors)
""",
    """
class Stack:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)
""",
    """
LOG = []

def note(text):
    if len(LOG) >= 1000 or len(text) > 200:
        raise OverflowError("full")
    LOG.append(text)
""",
    """
from collections import deque
LOG = deque(maxlen=1000)

def note(text):
    LOG.append(text)
""",
    """
from queue import Queue
jobs = Queue(maxsize=100)

def submit(details):
    jobs.put(details)
""",
    """
from queue import Queue
jobs = Queue()

def submit(details):
    if jobs.qsize() < 100:
        jobs.put(details)
        return True
    return False
""",
    """
LOG = []

def _check(text):
    if len(text) > 100:
        raise ValueError("long")

def note(text):
    _check(text)
    LOG.append(text)
    del LOG[:-100]
""",
    # what is there already is replaced
    """
SETTINGS = {"size": 1, "colour": 2}

def change(name, value):
    if name not in SETTINGS:
        raise KeyError(name)
    SETTINGS[name] = value
""",
    """
def gather(rows):
    found = []
    for row in rows:
        found.append(row)
    return found
""",
    """
TOTALS = []

def count(number: int):
    TOTALS.append(number)
""",
    # what was computed is remembered
    """
KNOWN = {}

def paths(number):
    if number in KNOWN:
        return KNOWN[number]
    found = 1 if number < 2 else paths(number - 1) + paths(number - 2)
    KNOWN[number] = found
    return found
""",
    # a registry
    """
HANDLERS = {}

def register(function):
    HANDLERS[function.__name__] = function
    return function
""",
    """
RECENT = []

def note(text):
    RECENT.append(text)
    RECENT.pop(0)
""",
    """
from flask import Flask, request
from models import Customer, db
app = Flask(__name__)

@app.post("/customers")
def create():
    customer = Customer(request.get_json()["name"])
    db.session.add(customer)
    return {"ok": True}
""",
)

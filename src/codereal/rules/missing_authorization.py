"""A caller says who is asking, and nobody looks.

A function is told who acts (a user, a role, a token, a signature) and on which record, and then reads, changes or
deletes that record, or vouches for it, without a single condition that depends on anything but the record itself. So
whoever knows a record's key can do all that the function does. Compare the one who asks with the one who may, before
the effect:

    if RECORDS[key]["owner"] != user and ROLES[user] != "admin":
        raise PermissionError(key)

What is reported: an argument that nothing in the function depends on, although the function selects a record of a
lasting store by another argument; checks of the key and of the new value alone are no authorization. What is not:
functions that weigh any further argument in a condition, arguments with a default, and stores that a record is merely
added to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from codereal.analysis import evidence, ir
from codereal.analysis.ir import Instr
from codereal.analysis.tree import Parameter
from codereal.analysis.values import NO, UNKNOWN, Extern, Mark, Origin
from codereal.rules._helpers import is_handed, is_helper
from codereal.rules._rule import Rule, Spot, Verdict

if TYPE_CHECKING:
    from codereal.analysis.entries import Entry
    from codereal.analysis.interpret import Activation

_ACCESS = (862, 863, 639)
_PROOF = (347, 345)


class _Effect(NamedTuple):
    """Something that a record's key decides: where, by which keys, with which data, and as which weakness."""

    place: evidence.Place
    key: evidence.Place
    keys: set[Origin]
    payload: set[Origin]
    words: str
    cwe: tuple[int, ...]


def review(entry: Entry) -> Iterator[Spot]:
    act = entry.activation
    if act.caller is None or (entry.is_route and act.code.serial not in act.program.routes):
        # (What a service tells a function beside its event is the service's word.)
        return
    parameters = evidence.parameters(act)
    ignored = [param for param in parameters if _is_asked_for(act, param) and evidence.is_ignored(act, param)]
    if not ignored or is_helper(act) or is_handed(act):
        # (What a helper, or what is handed on, is told is not its own decision: somebody else checks.)
        return
    if len(ignored) == len(parameters):
        yield from _answers_yes(act)
        return
    used = set().union(*(own for param, own in parameters.items() if param not in ignored))
    effects = [(effect, mark) for effect in _effects(entry) if (mark := _key_mark(effect, used)) is not None]
    about = {origin for effect, _ in effects for origin in effect.keys | effect.payload}
    others = (evidence.weighed(act) & used) - about
    if others and others - _choosing(act, others, [effect for effect, _ in effects]):
        return
    # One word on a function: the change if there is one, else what it gives away, else what it vouches for.
    for effect, mark in effects[:1]:
        names = " and ".join(_name(param) for param in ignored)
        never = f"{names} {'is' if len(ignored) == 1 else 'are'} never checked"
        message = f"{effect.words} under {mark.origin.words}, and {never}"
        yield Spot(_spot(effect), Verdict(message, "medium", mark, effect.cwe), f"sink: {effect.words}", effect.key)


def _choosing(act: Activation, others: set[Origin], effects: list[_Effect]) -> set[Origin]:
    """Those that only choose which of several effects happens: `if mode == "add": … elif mode == "remove": …`."""
    chosen: dict[Origin, dict[object, set[int]]] = {}
    for block in act.code.blocks:
        condition = block.condition
        if condition is None or condition.op != ir.COMPARE or condition.data != "==" or block.index not in act.rounds:
            continue
        const = act.vals[condition.args[1].index].const
        own = evidence.origins(act, condition.args[0]) & others
        if isinstance(const, (str, int)) and len(own) == 1:
            behind = evidence.only_behind(act.code, block.index, block.succs[0])
            done = {e.place[1].index for e in effects if e.place[0] is act and e.place[1].block in behind}
            if done:
                chosen.setdefault(own.pop(), {}).setdefault(const, set()).update(done)
    return {
        origin for origin, by_value in chosen.items() if len(by_value) > 1 and not set.intersection(*by_value.values())
    }


def _answers_yes(act: Activation) -> Iterator[Spot]:
    """Nothing that it is asked with plays a part, the answer is True, and the table of what is right lies unread."""
    answers = [value.value for value, _ in act.returned.values()]
    if act.code.owner or len(act.code.params) < 2 or not any(answer.const is True for answer in answers):
        return
    if not evidence.tables(act) or any(True for _ in evidence.conditions(act)):
        return
    for block in act.code.blocks:
        for instr in block.instrs if block.index in act.rounds else ():
            if instr.op == ir.RETURN and act.vals[instr.index].const is True and instr.pos[0] > 0:
                verdict = Verdict("the answer is True whatever is asked", "medium", None, _PROOF)
                yield Spot(instr.pos, verdict, "sink: the answer is always True")
                return


def _effects(entry: Entry) -> Iterator[_Effect]:
    act = entry.activation
    yield from _changes(entry)
    if not act.code.owner or not _is_made_from(act):
        yield from _disclosures(act)
    if not act.code.owner:
        yield from _vouches(entry)


def _is_made_from(act: Activation) -> bool:
    """Whether a method's class is made from another, which may say which parameters it has."""
    me = act.vals[act.code.params[0].index] if act.code.params else UNKNOWN
    classes = [cls for _, one in act.objects(me) for cls in one.bases]
    return not classes or any(obj.bases for cls in classes for _, obj in act.objects(cls))


def _changes(entry: Entry) -> Iterator[_Effect]:
    """Records of lasting stores that are changed or deleted."""
    for event in entry.events:
        act, instr = event.activation, event.instr
        places = evidence.chosen_by(event)
        payload = {origin for arg in instr.args[1:] if places for origin in evidence.origins(act, arg)}
        for place in places:
            yield _Effect((act, instr), place, evidence.origins(*place), payload, "a record is changed", _ACCESS)


def _disclosures(act: Activation) -> Iterator[_Effect]:
    """What is returned of lasting stores."""
    for block in act.code.blocks:
        for instr in block.instrs:
            if instr.op != ir.RETURN or block.index not in act.rounds:
                continue
            for holder, part in evidence.operands(act, instr.args[0]):
                if part.op in (ir.ITEM, ir.CALL) and evidence.lasting(holder, part):
                    if act.code.owner and not _has_fields(holder, part):
                        # (What a cache of texts is told beside the key may be anything.)
                        continue
                    for place in evidence.keys(holder, part):
                        yield _Effect(
                            (act, instr), place, evidence.origins(*place), set(), "a record is returned", _ACCESS
                        )


def _has_fields(act: Activation, instr: Instr) -> bool:
    """Whether a value is a record of several fields."""
    return any(len(obj.items) > 1 for _, obj in act.objects(act.vals[instr.index]) if obj.kind in ("dict", "instance"))


def _vouches(entry: Entry) -> Iterator[_Effect]:
    """Keys that are looked up in a lasting store, or name a file that is opened, before the function goes on."""
    for act in evidence.activations(entry.activation):
        for block in act.code.blocks:
            for instr in block.instrs if block.index in act.rounds else ():
                at = _looked_up(act, instr)
                if at is not None:
                    place = (act, at)
                    yield _Effect(
                        (act, instr), place, evidence.origins(*place), set(), "a record is vouched for", _PROOF
                    )


def _looked_up(act: Activation, instr: Instr) -> Instr | None:
    if instr.op == ir.COMPARE and instr.data in ("in", "not in") and evidence.lasting(act, instr.args[1]):
        return instr.args[0]
    if instr.op == ir.ITEM and instr.args[1].op != ir.SLICE and evidence.lasting(act, instr.args[0]):
        return instr.args[1]
    if instr.op != ir.CALL or len(instr.args) < 2:
        return None
    is_open = any(isinstance(ref, Extern) and ref.name == "open" for ref in act.vals[instr.args[0].index].refs)
    return instr.args[1] if is_open else None


def _is_asked_for(act: Activation, param: Instr) -> bool:
    """A parameter that every caller must give, and whose name does not say that it is not used."""
    data = param.data
    assert isinstance(data, Parameter)
    is_default = act.code.params.index(param) in act.code.defaults
    return data.kind not in ("*", "**") and not is_default and not data.name.startswith("_")


def _key_mark(effect: _Effect, used: set[Origin]) -> Mark | None:
    """The untrusted data that the key is, or is computed from; None for a key that the program chose."""
    act, instr = effect.key
    if act.vals[instr.index].const is not NO:
        return None
    marks = [mark for mark in act.marks(act.vals[instr.index]) if mark.origin in used]
    return min(marks, key=lambda mark: mark.origin.pos) if marks else None


def _name(param: Instr) -> str:
    assert isinstance(param.data, Parameter)
    return param.data.name


def _spot(effect: _Effect) -> tuple[int, int, int, int]:
    """The place of an effect, or of the call that led to it from the text that is judged."""
    current: Activation | None
    current, instr = effect.place
    while instr.pos[0] < 1 and current is not None and current.call is not None:
        instr, current = current.call, current.caller
    return instr.pos


RULE = Rule(
    id="missing-authorization",
    cwe=(862, 863, 347, 639),
    summary="A record is read, changed or vouched for, and who asks is never checked",
    hint="compare who asks, or what they prove it with, before you act on the record",
    severity="error",
    review=review,
)


UNSAFE: tuple[str, ...] = (
    """
ORDERS = {"o1": {"owner": "ann", "total": 3}}

def cancel(user, order):
    if order not in ORDERS:
        raise KeyError(order)
    del ORDERS[order]
""",
    """
NOTES = {1: {"author": 7, "text": "x"}}

def edit(actor: int, role: str, note: int, text: str) -> bool:
    if not text:
        return False
    try:
        NOTES[note]["text"] = text
        return True
    except KeyError:
        return False
""",
    """
LETTERS = {"a": {"to": "bob", "body": "secret"}}

def read(who, letter):
    if letter not in LETTERS:
        return None
    return LETTERS[letter]["body"]
""",
    """
BALANCES = {"x": {"sum": 10}, "y": {"sum": 1}}

def move(caller, source, target, amount):
    if BALANCES[source]["sum"] < amount:
        raise ValueError("not enough")
    BALANCES[source]["sum"] -= amount
    BALANCES[target]["sum"] += amount
""",
    """
TEAMS = {3: {"members": [1, 2]}}

def join(asking, team, member):
    print(f"{asking} adds {member}")
    TEAMS[team]["members"].append(member)
""",
    """
DIGESTS = {"a.bin": "0cc175b9c0f1b6a831c399e269772661"}

def load(name, digest):
    if name not in DIGESTS:
        raise LookupError(name)
    return "loaded " + name
""",
    """
BOOK = {"k": {"price": 1}}

def _set(key, price):
    BOOK[key]["price"] = price

def reprice(clerk, key, price):
    _set(key, price)
    return True
""",
    """
class Vault:
    def __init__(self):
        self.items = {"a": {"owner": "x", "open": False}}

    def unlock(self, person, item):
        self.items[item]["open"] = True
""",
    """
class Documents:
    def __init__(self):
        self.documents = {}

    def create(self, number, owner, text):
        self.documents[number] = {"owner": owner, "text": text}

    def read(self, user, number):
        return self.documents[number]["text"]
""",
)

SAFE: tuple[str, ...] = (
    """
class Documents:
    def __init__(self):
        self.documents = {}

    def create(self, number, owner, text):
        self.documents[number] = {"owner": owner, "text": text}

    def read(self, user, number):
        document = self.documents[number]
        if document["owner"] != user:
            raise PermissionError(number)
        return document["text"]
""",
    # a cache of texts: its methods have the parameters that others' have
    """
class Memory:
    def __init__(self):
        self.texts = {"a": "b"}

    def get(self, region, key):
        return self.texts[key]
""",
    """
ORDERS = {"o1": {"owner": "ann", "total": 3}}

def cancel(user, order):
    if ORDERS[order]["owner"] != user:
        raise PermissionError(order)
    del ORDERS[order]
""",
    """
NOTES = {1: {"author": 7, "text": "x"}}

def edit(actor: int, role: str, note: int, text: str) -> bool:
    if role == "editor" or actor == NOTES[note]["author"]:
        NOTES[note]["text"] = text
        return True
    return False
""",
    """
NOTES = {1: {"author": 7, "text": "x"}}
PEOPLE = {7: {"admin": True}}

def _may(actor, note):
    return PEOPLE[actor]["admin"] or NOTES[note]["author"] == actor

def edit(actor, note, text):
    if not _may(actor, note):
        raise PermissionError(note)
    NOTES[note]["text"] = text
""",
    """
DIGESTS = {"a.bin": "0cc175b9c0f1b6a831c399e269772661"}

def load(name, digest, payload):
    if name in DIGESTS and DIGESTS[name] == digest:
        return "loaded " + name
    return None
""",
    # a cache: nothing is taken from anybody
    """
CACHE = {}

def remember(key, value, seconds):
    CACHE[key] = value
""",
    """
SETTINGS = {"size": 3}

def read(name, fallback=None):
    return SETTINGS[name]
""",
    # the store belongs to the caller
    """
def rename(records, key, name):
    records[key]["name"] = name
    return records
""",
    """
COUNTS = {"a": 1}

def on_event(_context, name):
    COUNTS[name] += 1
""",
    # what it is told is the library's choice
    """
import os
CHANNELS = {"a": 1, "b": 2}

def on_line(client, userdata, message):
    if message.topic in CHANNELS:
        os.write(CHANNELS[message.topic], message.payload)

def start(client):
    client.on_message = on_line
""",
    # a helper of another function
    """
RATES = {"eur": 1, "usd": 2}

def convert(source, currency):
    return RATES[currency]

def total(items, currency):
    return sum(convert(item, currency) for item in items)
""",
)

# What this rule does not find, and why.
MISSING: tuple[str, ...] = (
    # an argument that is weighed for something else
    """
FILES = {"a": {"owner": "x", "data": "…"}}

def fetch(user, name, form):
    if form == "upper":
        return FILES[name]["data"].upper()
    return FILES[name]["data"]
""",
    """
from flask import Flask
from flask_login import login_required
from models import Document, db
app = Flask(__name__)

@app.delete("/documents/<int:number>")
@login_required
def delete(number):
    db.session.delete(db.session.get(Document, number))
    db.session.commit()
    return "", 204
""",
)

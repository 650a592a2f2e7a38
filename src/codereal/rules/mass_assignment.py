"""Whoever sends the data chooses which fields of an object it changes.

`record.update(data)`, `setattr(user, key, value)` for every key of a request, `Model(**data)`: the object takes fields
that the form never showed, `is_admin`, `owner`, `balance`. Name the fields that may be set:

    for key in EDITABLE & data.keys():
        record[key] = data[key]

What is reported: keys that come from an untrusted mapping and are set as attributes, or as keys of a record, without a
test against a fixed set of names. Setting attributes is reported wherever the keys are the caller's. Changing a plain
dict is, when the mapping comes from a request, or when the module keeps a list of names for this that the function does
not look at. What is not: keys that were tested, constant keys, copies and new dicts, and changes that a test of another
argument (may this caller change all?) allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis import tree as t
from codereal.analysis.values import NO, Mark, Value, marks_of
from codereal.rules import _names
from codereal.rules._rule import Rule, Spot, Verdict
from codereal.rules._syntax import last_name, statements
from codereal.rules._taint import FROM_OUTSIDE, TRUSTED, surest, words

if TYPE_CHECKING:
    from codereal.analysis.entries import Entry
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Event, Hit
    from codereal.analysis.source import Tree


_FORMS = frozenset({"ModelForm", "ModelSerializer", "UserChangeForm", "HyperlinkedModelSerializer"})
_PRIVILEGES = frozenset(
    {"role", "roles", "admin", "staff", "superuser", "permission", "permissions", "privileges", "balance", "credits",
     "owner"}
)  # fmt: skip


def judge(hit: Hit) -> Verdict | None:
    """`setattr(obj, key, value)` with the key of an untrusted mapping."""
    name = hit.given(1)
    if name is None or name.const is not NO:
        return None
    marks = [
        mark
        for mark in hit.activation.marks(name)
        if mark.origin.kind not in TRUSTED and not hit.is_cleared(mark, "field")
    ]
    marks = [mark for mark in marks if not _is_keywords(hit.activation, mark)]
    if not marks or not _is_key(hit.activation, hit.argument):
        return None
    mark = min(marks, key=lambda one: one.origin.pos)
    return Verdict(f"{words(mark)} chooses the attribute that is set", "medium", mark)


def review(entry: Entry) -> Iterator[Spot]:
    act = entry.activation
    if act.caller is None:
        return
    yield from _made(entry)
    for event in entry.events:
        mark = _merged(event)
        if mark is None or event.instr.pos[0] < 1 or _is_keywords(act, mark) or _is_allowed(act, event, mark):
            continue
        if (
            mark.origin.kind in FROM_OUTSIDE
            or _is_attributes(event)
            or evidence.unread_names(act)
            or _is_privileged(event)
        ):
            verdict = Verdict(f"{words(mark)} chooses the fields that are changed", "medium", mark)
            yield Spot(event.instr.pos, verdict, "sink: fields are changed", (event.activation, event.instr.args[1]))


def _is_privileged(event: Event) -> bool:
    """Whether the record that is changed holds a field which says what somebody may do or has."""
    target = evidence.target(event)
    if target is None:
        return False
    act = event.activation
    fields = {str(name) for _, obj in act.objects(act.vals[target.index]) if obj.kind == "dict" for name in obj.items}
    return len(fields) > 1 and any(_PRIVILEGES.intersection(_names.split(name)) for name in fields)


def _is_attributes(event: Event) -> bool:
    """Whether it is the attributes of an object that are changed: `user.__dict__.update(data)`."""
    target = evidence.target(event)
    code = event.activation.code
    if target is None or (code.owner and code.params[:1] == target.args[:1] and not _is_parsed(event)):
        # (An object that takes over its own state, as `__setstate__` does.)
        return False
    is_vars = target.op == ir.CALL and target.args[0].data == "vars"
    return is_vars or (target.op == ir.ATTR and target.data == "__dict__")


def _is_parsed(event: Event) -> bool:
    """Whether what is taken over was a text just before: `json.loads(body)`."""
    source = event.instr.args[1] if len(event.instr.args) > 1 else None
    return source is not None and source.op == ir.CALL and source.args[0].data == "loads"


def _made(entry: Entry) -> Iterator[Spot]:
    """`session.add(Model(**request.json))`, `Model.objects.create(**data)`: a record with whatever fields were sent."""
    for act in evidence.activations(entry.activation):
        for instr in act.code.calls:
            made = _record_of(instr) if instr.block in act.rounds else None
            if made is None or not isinstance(made.data, tuple) or instr.pos[0] < 1:
                continue
            for name, arg in zip(made.data, made.args[1:], strict=True):
                source = arg.args[0] if arg.op == ir.UNPACK else arg
                value = act.vals[source.index]
                if name == "**" and not act.objects(value) and _is_document(act, source, True):
                    marks = [mark for mark in marks_of(value) if mark.origin.kind in FROM_OUTSIDE]
                    if marks:
                        mark = surest(marks)
                        verdict = Verdict(f"{words(mark)} chooses the fields of a record", "medium", mark)
                        yield Spot(made.pos, verdict, "sink: a record is made", (act, source))


def _record_of(instr: Instr) -> Instr | None:
    """The call that makes a record which this call stores."""
    callee = instr.args[0] if instr.op == ir.CALL else None
    if callee is None or callee.op != ir.ATTR or not callee.args:
        return None
    if callee.data in ("create", "get_or_create", "update_or_create") and callee.args[0].data == "objects":
        return instr
    if callee.data in ("add", "merge") and callee.args[0].data == "session" and len(instr.args) == 2:
        return instr.args[1] if instr.args[1].op == ir.CALL else None
    return None


def _merged(event: Event) -> Mark | None:
    """The untrusted mapping whose keys an event takes over into an object that the caller or the module holds."""
    act, instr = event.activation, event.instr
    target = evidence.target(event)
    if target is None or not _is_record(act, target):
        return None
    is_update = event.kind == "update" and len(instr.args) == 2 and instr.data == ("",)
    if is_update and _is_document(act, instr.args[1], _is_attributes(event)):
        value = act.vals[instr.args[1].index]
    elif event.kind == "setitem" and event.key is not None and event.key.const is NO and _is_copied(instr):
        # The key as conditions on the way here have narrowed it.
        value = event.key
    else:
        return None
    # Not what it holds: by now it holds the data.
    return _untrusted(act, value, marks_of(event.base))


def _untrusted(act: Activation, value: Value, known: frozenset[Mark]) -> Mark | None:
    held = {mark.origin for mark in known}
    if value.refs and not value.parts:
        # A dict of the program: its keys are what the program put there, unless they are not known.
        marks = [mark for _, obj in act.objects(value) for mark in act.marks(obj.keys)]
    else:
        marks = list(act.marks(value))
    marks = [mark for mark in marks if mark.origin.kind not in TRUSTED and mark.origin not in held]
    return min(marks, key=lambda mark: mark.origin.pos) if marks else None


def _is_record(act: Activation, target: Instr) -> bool:
    """Whether the changed object was handed in, or is held by the module."""
    return bool(act.marks(act.vals[target.index])) or evidence.lasting(act, target)


def _is_document(act: Activation, instr: Instr, is_parsed: bool = False) -> bool:
    """Whether a mapping is what was sent, or a part of it, and nothing that was made of it, but for its text."""
    for _ in range(8):
        if instr.op == ir.PARAM or any(mark.origin.pos == instr.pos for mark in act.marks(act.vals[instr.index])):
            return True
        callee = instr.args[0] if instr.op == ir.CALL else None
        if (
            callee is not None
            and callee.op == ir.ATTR
            and callee.data in ("get", "copy", "to_dict", "model_dump", "dict")
        ):
            instr = callee.args[0]
        elif is_parsed and callee is not None and callee.data == "loads" and len(instr.args) == 2:
            instr = instr.args[1]
        elif instr.op in (ir.ITEM, ir.ATTR, ir.PHI, ir.AWAIT) and instr.args:
            instr = instr.args[0]
        else:
            return False
    return False


def _is_keywords(act: Activation, mark: Mark) -> bool:
    """Whether data came as `**keywords`: names that whoever wrote the call chose."""
    return any(
        param.pos == mark.origin.pos and getattr(param.data, "kind", "") == "**"
        # (An object may keep what it was made with.)
        for code in (*(one.code for one in act.chain()), *(one.code for one in act.program.functions.values()))
        for param in code.params
    )


def _is_copied(instr: Instr) -> bool:
    """`target[key] = value` where both are one item of a mapping, or `target[key] = mapping[key]` for its keys."""
    _, key, value = instr.args
    if key.op == ir.PICK and value.op == ir.PICK:
        return key.args[0] is value.args[0] and key.args[0].op == ir.ELEMENT
    return key.op == ir.ELEMENT and value.op == ir.ITEM and value.args[1] is key


def _is_key(act: Activation, instr: Instr) -> bool:
    """Whether a key comes out of a loop over a mapping, not from a parameter that is a key by itself."""
    return any(part.op in (ir.ELEMENT, ir.PICK) for _, part in evidence.operands(act, instr))


def _is_allowed(entry: Activation, event: Event, mark: Mark) -> bool:
    """Whether the change stands behind a condition on something else that the caller says, such as its role."""
    act, block = event.activation, event.instr.block
    target = evidence.target(event)
    about = {mark.origin} | (evidence.origins(act, target) if target is not None else set())
    # The true side: `if is_admin: record.update(data)`; the other side is where the caller is not allowed. With `or`
    # there are several such ways in, and no other.
    ways = {
        (condition.block, act.code.blocks[condition.block].succs[0])
        for at, condition in evidence.conditions(entry)
        if at is act and evidence.origins(at, condition) - about
    }
    return bool(ways) and block not in evidence.reached_without(act.code, ways)


def scan(tree: Tree) -> Iterator[Spot]:
    """A form or a serializer of users that takes all of their fields, or all but some."""
    if not any("class Meta" in line for line in tree.lines):
        return
    users, asked = {"User", "AbstractUser"}, {"get_user_model"}
    for one in tree.body:
        if isinstance(one, t.Import):
            asked.update(bound for _, name, bound in one.names if name == "get_user_model")
        elif isinstance(one, t.Assign) and isinstance(one.value, t.Call) and last_name(one.value) in asked:
            users.update(to.name for to in one.targets if isinstance(to, t.Name))
    for node in statements(tree.body):
        if not isinstance(node, t.Class) or not any(last_name(base) in _FORMS for base in node.bases):
            continue
        for meta in node.body:
            if isinstance(meta, t.Class) and meta.name == "Meta":
                yield from _open_form(meta, users, asked)


def _open_form(meta: t.Class, users: set[str], asked: set[str]) -> Iterator[Spot]:
    given = {
        to.name: one.value
        for one in meta.body
        if isinstance(one, t.Assign)
        for to in one.targets
        if isinstance(to, t.Name)
    }
    model, fields, left_out = (given.get(name) for name in ("model", "fields", "exclude"))
    is_user = isinstance(model, t.Call) and last_name(model) in asked
    if not is_user and not (isinstance(model, (t.Name, t.Attribute)) and last_name(model) in users):
        return
    closed = {
        str(item.value)
        for one in (left_out, given.get("read_only_fields"))
        if isinstance(one, t.Collection)
        for item in one.items
        if isinstance(item, t.Constant)
    }
    place = left_out if isinstance(left_out, t.Collection) else fields
    is_open = isinstance(left_out, t.Collection) or (isinstance(fields, t.Constant) and fields.value == "__all__")
    if is_open and place is not None and meta.pos[0] > 0 and not closed & {"is_staff", "is_superuser"}:
        words = "a form of users takes the fields that say what they may do"
        yield Spot(place.pos, Verdict(words, "high"), "sink: the fields")


RULE = Rule(
    id="mass-assignment",
    cwe=(915,),
    summary="Untrusted data chooses which fields of an object are changed",
    hint="take over only the fields of a fixed set of names",
    severity="error",
    sinks=("setattr",),
    judge=judge,
    scan=scan,
    review=review,
)


UNSAFE: tuple[str, ...] = (
    """
OPEN_FIELDS = ["title", "text"]

def change(page: dict, data: dict):
    page.update(data)
    return page
""",
    """
OPEN_FIELDS = {"title", "text"}

def change(page, data, is_owner):
    if is_owner:
        page.update(data)
    else:
        for key, value in data.items():
            page[key] = value
    return page
""",
    """
def apply(user, data):
    for key, value in data.items():
        setattr(user, key, value)
    return user
""",
    """
from flask import Flask, request
app = Flask(__name__)
PEOPLE = {"1": {"name": "a", "admin": False}}

@app.route("/me/<key>", methods=["POST"])
def me(key):
    PEOPLE[key].update(request.get_json())
    return "done"
""",
    """
class User:
    admin = False

    def change(self, form):
        for name in form:
            setattr(self, name, form[name])
""",
    """
def _put(target, name, value):
    setattr(target, name, value)

def change(user, form):
    for name, value in form.items():
        _put(user, name, value)
""",
    """
class Profile:
    def __init__(self, name):
        self.name = name
        self.is_admin = False

def apply(profile, form):
    profile.__dict__.update(form)
    return profile
""",
    """
from flask import Flask, request
from models import Customer, db
app = Flask(__name__)

@app.post("/customers")
def create():
    customer = Customer(**request.get_json())
    db.session.add(customer)
    db.session.commit()
    return {"id": customer.id}
""",
    """
import json

def apply(account, body):
    changes = json.loads(body)
    account.__dict__.update(changes)
    return account
""",
    """
import json
from django.contrib.auth.decorators import login_required
from .models import Ticket

@login_required
def create(request):
    return Ticket.objects.create(**json.loads(request.body))
""",
    # a record that says what its owner may do
    """
class Users:
    def __init__(self):
        self.users = {}

    def add(self, name, mail):
        self.users[name] = {"mail": mail, "role": "user"}

    def change(self, name, changes):
        user = self.users[name]
        for key, value in changes.items():
            user[key] = value
        return user
""",
    """
class Pages:
    EDITABLE = {"title", "text"}

    def __init__(self):
        self.pages = {}

    def change(self, number, data):
        self.pages[number].update(data)
""",
    # a form of users
    """
from django import forms
from django.contrib.auth import get_user_model

class ProfileForm(forms.ModelForm):
    class Meta:
        model = get_user_model()
        exclude = ["password"]
""",
    """
from django.contrib.auth import get_user_model
from rest_framework import serializers
Person = get_user_model()

class ProfileSerializer(serializers.ModelSerializer):
    class Meta:
        model = Person
        fields = "__all__"
""",
)

SAFE: tuple[str, ...] = (
    """
class Pages:
    EDITABLE = {"title", "text"}

    def __init__(self):
        self.pages = {}

    def change(self, number, data):
        self.pages[number].update({key: value for key, value in data.items() if key in self.EDITABLE})
""",
    """
OPEN_FIELDS = ["title", "text"]

def change(page: dict, data: dict):
    for key, value in data.items():
        if key in OPEN_FIELDS:
            page[key] = value
    return page
""",
    """
OPEN_FIELDS = {"title", "text"}

def change(page, data):
    page.update({key: data[key] for key in OPEN_FIELDS if key in data})
    return page
""",
    """
OPEN_FIELDS = {"title", "text"}

def change(page, data, is_owner):
    if is_owner:
        page.update(data)
    else:
        for key, value in data.items():
            if key not in OPEN_FIELDS:
                raise KeyError(key)
            page[key] = value
    return page
""",
    """
def apply(user, data):
    for key in ("name", "mail"):
        if key in data:
            setattr(user, key, data[key])
    return user
""",
    # no record of anybody's
    """
def merge(first, second):
    merged = dict(first)
    merged.update(second)
    return merged
""",
    """
def with_defaults(options, more):
    options.update(more)
    return options
""",
    """
def set_one(user, name, value):
    setattr(user, name, value)
""",
    """
def count(words):
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts
""",
    """
from flask import Flask, request
from models import Customer, db
app = Flask(__name__)
FIELDS = ("name", "phone")

@app.post("/customers")
def create():
    data = request.get_json()
    customer = Customer(**{key: data[key] for key in FIELDS})
    db.session.add(customer)
    db.session.commit()
    return {"id": customer.id}
""",
    """
class Cache:
    def __init__(self, size):
        self.size = size

    def __setstate__(self, state):
        self.__dict__.update(state)
""",
    # the keys are those of the program
    """
from flask import Flask, request
app = Flask(__name__)

@app.get("/orders")
def orders():
    bounds = {"shop": 3}
    for name, given in (("since", request.args.get("since")), ("until", request.args.get("until"))):
        if given:
            bounds[name] = given
    return bounds
""",
    """
from django import forms
from django.contrib.auth import get_user_model

class ProfileForm(forms.ModelForm):
    class Meta:
        model = get_user_model()
        fields = ["first_name", "last_name"]

class StaffForm(forms.ModelForm):
    class Meta:
        model = get_user_model()
        exclude = ["password", "is_staff", "is_superuser", "groups", "user_permissions"]
""",
    """
from django import forms
from shop.models import Product

class ProductForm(forms.ModelForm):
    class Meta:
        model = Product
        fields = "__all__"
""",
)

# What this rule does not find, and why.
MISSING: tuple[str, ...] = (
    # a class that is made from the data: which fields it takes is not in the text
    """
def make(User, data):
    return User(**data)
""",
)

"""A template that a user wrote is formatted with an object, and reads whatever the object leads to.

The fields of `str.format` follow attributes and keys: `{order.customer.card}`, `{user.__init__.__globals__[SECRET]}`.
Who writes the template chooses what is printed, of the object and of all that it leads to. Give it plain values only,
keep the template in the program, or use `string.Template`, whose fields are names and nothing else:

    string.Template(template).safe_substitute(name=user.name, total=order.total)

What is reported: `format` or `format_map` of an untrusted text with an object that has attributes: an instance of a
class of the text, or one taken from a store of such. What is not: plain values, dicts of plain values, templates of the
program's own, and objects whose class decides itself which attributes are read (`__getattr__`, `__getattribute__`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import resolve
from codereal.analysis.heap import Closure
from codereal.analysis.values import Blob, Mark, Piece, Value, parts_of
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import TRUSTED, confidence, surest, words

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.program import Hit

_OWN = ("__getattr__", "__getattribute__", "__format__")


def judge(hit: Hit) -> Verdict | None:
    marks = [mark for mark in _template_marks(hit) if mark.origin.kind not in TRUSTED]
    if not marks or hit.arguments is None:
        return None
    mark = surest(marks)
    for value, name in zip(hit.arguments.values, hit.arguments.names, strict=True):
        if _has_attributes(hit.activation, value, 3 if name == "**" or hit.name.endswith("format_map") else 2):
            return Verdict(f"a template from {words(mark)} reads the attributes of an object", confidence(mark), mark)
    return None


def _template_marks(hit: Hit) -> list[Mark]:
    """The untrusted data in the template that may hold braces."""
    brace = 1 << ord("{")
    found: list[Mark] = []
    for part in parts_of(hit.value):
        if isinstance(part, Piece):
            found.extend(part.marks if part.alphabet & brace else ())
        elif isinstance(part, Blob):
            found.extend(mark for piece, _ in part.leaves if piece.alphabet & brace for mark in piece.marks)
    return [mark for mark in found if not hit.is_cleared(mark, "format")]


def _has_attributes(act: Activation, value: Value, depth: int) -> bool:
    for _, obj in act.objects(value):
        if obj.kind == "instance":
            if not any(_decides(act, cls) for cls in obj.bases):
                return True
        elif obj.kind in ("list", "tuple", "dict") and depth:
            held = (*obj.items.values(), obj.rest)
            if any(_has_attributes(act, item, depth - 1) for item in held):
                return True
    return False


def _decides(act: Activation, cls: Value) -> bool:
    """Whether a class of the text says itself what its attributes are."""
    found = [held for name in _OWN if (held := resolve.in_class(act, cls, name)) is not None]
    return any(isinstance(ref, Closure) for held in found for ref in held.refs)


RULE = Rule(
    id="format-string-exposure",
    cwe=(200, 134),
    summary="A template that a user wrote is formatted with an object",
    hint="give the template plain values only, or use a template whose fields are names alone",
    severity="error",
    sinks=("format-template",),
    judge=judge,
)

_CLASS = """
class Account:
    def __init__(self, owner, secret):
        self.owner = owner
        self.secret = secret

ACCOUNTS = {"a": Account("ann", "s3cr3t"), "b": Account("bob", "hunter2")}
"""

UNSAFE: tuple[str, ...] = (
    _CLASS
    + """
def letter(key, template):
    return template.format(account=ACCOUNTS[key])
""",
    _CLASS
    + """
def letter(key, template):
    if key not in ACCOUNTS:
        raise KeyError(key)
    account = ACCOUNTS[key]
    text = "Dear customer, " + template
    return text.format(account)
""",
    _CLASS
    + """
def letters(template):
    lines = []
    for account in ACCOUNTS.values():
        lines.append(template.format(account=account))
    return lines
""",
    _CLASS
    + """
def letter(key, template):
    return template.format_map({"account": ACCOUNTS[key]})
""",
    _CLASS
    + """
def _fill(text, **fields):
    return text.format(**fields)

def letter(key, template):
    return _fill(template, account=ACCOUNTS.get(key))
""",
    """
class Config:
    KEY = "k"

config = Config()
print(input().format(config=config))
""",
)

SAFE: tuple[str, ...] = (
    _CLASS
    + """
def letter(key, template):
    return template.format(owner=ACCOUNTS[key].owner)
""",
    _CLASS
    + """
def letter(key, name):
    return "Dear {account.owner}, {name}".format(account=ACCOUNTS[key], name=name)
""",
    _CLASS
    + """
class Shown:
    def __init__(self, account):
        self._account = account

    def __getattr__(self, name):
        if name != "owner":
            raise AttributeError(name)
        return self._account.owner

def letter(key, template):
    return template.format(account=Shown(ACCOUNTS[key]))
""",
    _CLASS
    + """
import string
def letter(key, template):
    return string.Template(template).safe_substitute(owner=ACCOUNTS[key].owner)
""",
    """
def line(template, name, count):
    return template.format(name=name, count=count)
""",
    """
FIELDS = {"a": "x", "b": "y"}
def line(template):
    return template.format(**FIELDS)
""",
)

# What this rule does not find, and why.
MISSING: tuple[str, ...] = (
    # an object of which nothing is known
    """
def line(template, user):
    return template.format(user=user)
""",
)

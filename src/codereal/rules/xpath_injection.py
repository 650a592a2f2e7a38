"""User input becomes part of an XPath expression.

An expression that is put together from text lets whoever controls a part of it ask for more: `' or '1'='1` selects
every user of a document, and so skips a password. Give values as variables, which stay values:

    tree.xpath("//user[name = $name]", name=name)

What counts as safe: variables; numbers; members of a fixed set; text without quotes inside quotes. A function that
evaluates the expression it is given leaves it to its callers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import alphabet
from codereal.analysis.values import Piece, Quote, parts_of, sample_of
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import untrusted

if TYPE_CHECKING:
    from codereal.analysis.program import Hit

_QUOTES = {quote: alphabet.of(quote) for quote in "'\"`"}
_NAME = alphabet.WORD | alphabet.of(".-+")


def judge(hit: Hit) -> Verdict | None:
    parts = parts_of(hit.value)
    shape = sample_of(parts)
    method = hit.name.rpartition(".")[2]
    if method.startswith(("find", "iterfind")) and not ("[" in shape and ("/" in shape or "@" in shape)):
        # A text or something else that is looked for.
        return None
    if not any(mark in shape for mark in "/@["):
        return None
    return untrusted(hit, ("xpath",), "an XPath expression", harmless=_is_contained, whole=False)


def _is_contained(piece: Piece, quote: Quote) -> bool:
    if quote:
        return not piece.alphabet & _QUOTES[quote]
    return not piece.alphabet & ~_NAME


RULE = Rule(
    id="xpath-injection",
    cwe=(643, 91),
    summary="User input becomes part of an XPath expression",
    hint="pass values as variables of the expression",
    severity="error",
    sinks=("xpath",),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
from lxml import etree
def find(tree, name):
    return tree.xpath("//user[name='" + name + "']")
""",
    """
from lxml import etree
def login(name, password):
    tree = etree.parse("users.xml")
    return tree.xpath(f"/users/user[@name='{name}' and @password='{password}']")
""",
    """
import xml.etree.ElementTree as ET
def find(name):
    return ET.parse("users.xml").getroot().find("./user[@name='%s']" % name)
""",
    """
from flask import Flask, request
from lxml import etree
app = Flask(__name__)

@app.get("/price")
def price():
    tree = etree.parse("items.xml")
    return str(tree.xpath("//item[id=" + request.args["id"] + "]/price/text()"))
""",
    """
from lxml import etree as xml
class Users:
    def _path(self, name):
        return "//user[@id='{}']".format(name)

    def find(self, tree, name):
        return xml.XPath(self._path(name))(tree)
""",
    """
import elementpath
def find(root, name):
    return elementpath.select(root, f"//user[name='{name}']")
""",
)

SAFE: tuple[str, ...] = (
    """
from lxml import etree
def find(tree, name):
    return tree.xpath("//user[name = $name]", name=name)
""",
    """
def find(tree, number):
    return tree.xpath(f"//item[{int(number)}]")
""",
    """
def find(tree, name):
    if "'" in name:
        raise ValueError(name)
    return tree.xpath(f"//user[name='{name}']")
""",
    """
def find(tree, path):
    return tree.xpath(path)
""",
    """
def position(text, word):
    return text.find(word)
""",
    """
FIELDS = {"name": "name", "mail": "mail/@address"}
def field(tree, key):
    return tree.xpath("//user/" + FIELDS[key])
""",
    """
def find(tree, tag):
    if not tag.isidentifier():
        return []
    return tree.findall(f"./{tag}[@id]")
""",
)

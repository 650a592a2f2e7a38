"""A parser of XML follows entities out of the document.

A document may define `<!ENTITY x SYSTEM "file:///etc/passwd">`: a parser that resolves such entities puts files of
the server, or what other servers answer, into the result. Turn that off, or use defusedxml:

    etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))

What counts as safe: the parsers of the standard library as they are (expat resolves no external entities, and since
version 2.4.1 limits internal ones); defusedxml; lxml with `resolve_entities=False`; documents of the program's own.
lxml before version 5 resolves external entities unless it is told otherwise, so leaving its parser as it is is
reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis.values import Extern
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import TRUSTED, untrusted

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit

_FEATURES = ("feature_external_ges", "feature_external_pes")
_URLS = ("external-general-entities", "external-parameter-entities")
_TRUSTED = TRUSTED - {"file"}
_MAX_DEPTH = 6


def judge(hit: Hit) -> Verdict | None:
    if hit.sink.kind == "xml-feature":
        return _feature(hit)
    if hit.sink.kind == "xml-sax":
        return _sax(hit)
    arguments = hit.arguments
    if arguments is None:
        return None
    if hit.name.endswith("iterparse"):
        given = hit.given("resolve_entities")
        return None if given is not None and given.const is not True else _read(hit)
    found = arguments.find((1, "parser"))
    instr = arguments.instrs[found[0]] if found else None
    if found and arguments.values[found[0]].const is not None:
        made = _made_by(hit.activation, instr) if instr is not None else None
        if made is None or not _resolves(*made):
            return None
    return _read(hit)


def _read(hit: Hit) -> Verdict | None:
    return untrusted(hit, ("xml", "deserialize"), "a parser that resolves external entities", trusted=_TRUSTED)


def _made_by(act: Activation, instr: Instr, depth: int = _MAX_DEPTH) -> tuple[Activation, Instr] | None:
    """The call that made a parser."""
    if depth == 0:
        return None
    if instr.op == ir.CALL:
        names = [ref.name for ref in act.vals[instr.args[0].index].refs if isinstance(ref, Extern)]
        if any(name.endswith("Parser") for name in names):
            return act, instr
        for inner in act.inner.get(instr.index, ()):
            for block in inner.code.blocks:
                for one in block.instrs:
                    if one.op == ir.RETURN:
                        return _made_by(inner, one.args[0], depth - 1)
    if instr.op == ir.PARAM:
        given = act.given(instr)
        return _made_by(*given, depth - 1) if given is not None else None
    stored = evidence.kept(act, instr)
    if len(stored) == 1 and stored[0][1].op == ir.CALL and str(stored[0][1].args[0].data).endswith("Parser"):
        return act, stored[0][1]
    if instr.op == ir.LOAD and act.program.module is not None:
        module = act.program.module
        for holder in (act, module):
            for block in holder.code.blocks:
                for one in block.instrs:
                    if one.op == ir.STORE and isinstance(one.data, tuple) and one.data[1] == _name(instr):
                        return _made_by(holder, one.args[0], depth - 1)
    return None


def _name(load: Instr) -> object:
    return load.data[1] if isinstance(load.data, tuple) else None


def _resolves(act: Activation, call: Instr) -> bool:
    names = call.data if isinstance(call.data, tuple) else ()
    for name, arg in zip(names, call.args[1:], strict=True):
        if name == "resolve_entities":
            return bool(arg.data if arg.op == ir.CONST else act.vals[arg.index].const is True)
        if name == "**":
            # `XMLParser(**OPTIONS)`
            held = [obj.items.get("resolve_entities") for _, obj in act.objects(act.vals[arg.index])]
            return len(held) == 1 and held[0] is not None and held[0].const is True
    return True


def _feature(hit: Hit) -> Verdict | None:
    names = [ref.name for ref in hit.value.refs if isinstance(ref, Extern)]
    asked = any(name.endswith(_FEATURES) for name in names) or (
        isinstance(hit.value.const, str) and hit.value.const.endswith(_URLS)
    )
    given = hit.given(1, "state")
    if not asked or given is None or given.const not in (True, 1):
        return None
    if _parses(hit.activation, hit.call):
        # What the parser reads is in view: whether it is untrusted decides.
        return None
    return Verdict("a parser is told to resolve external entities", "medium")


def _parses(act: Activation, told: Instr) -> bool:
    """Whether the parser that is told here is also given its document here."""
    parser = _receiver(told)
    return any(_receiver(one) is parser for one in _calls(act, "parse")) if parser is not None else False


def _sax(hit: Hit) -> Verdict | None:
    """`parser.parse(document)` of a parser that was told to follow external entities."""
    parser = _receiver(hit.call)
    for one in _calls(hit.activation, "setFeature"):
        if _receiver(one) is parser and len(one.args) > 2 and hit.activation.vals[one.args[2].index].const in (True, 1):
            return _read(hit)
    return None


def _calls(act: Activation, method: str) -> list[Instr]:
    return [
        one
        for block in act.code.blocks
        if block.index in act.rounds
        for one in block.instrs
        if one.op == ir.CALL and one.args[0].op == ir.ATTR and one.args[0].data == method
    ]


def _receiver(call: Instr) -> Instr | None:
    return call.args[0].args[0] if call.args[0].op == ir.ATTR else None


RULE = Rule(
    id="xml-external-entities",
    cwe=(611, 827),
    summary="A parser of XML follows entities out of the document",
    hint="turn resolve_entities off in the parser, or use defusedxml",
    severity="error",
    sinks=("xml", "xml-feature", "xml-sax"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
from lxml import etree
def read(data):
    return etree.fromstring(data)
""",
    """
from lxml import etree
def read(data):
    parser = etree.XMLParser(resolve_entities=True, no_network=False)
    return etree.fromstring(data, parser)
""",
    """
from flask import Flask, request
from lxml import etree
app = Flask(__name__)

@app.post("/items")
def items():
    tree = etree.XML(request.data, parser=etree.XMLParser())
    return tree.findtext("name")
""",
    """
import lxml.etree as xml
PARSER = xml.XMLParser(load_dtd=True)
def read(path):
    return xml.parse(path, PARSER)
""",
    """
import xml.sax
from xml.sax.handler import feature_external_ges
def read(stream, handler):
    parser = xml.sax.make_parser()
    parser.setFeature(feature_external_ges, True)
    parser.setContentHandler(handler)
    parser.parse(stream)
""",
    """
from lxml import etree
def _parser():
    return etree.XMLParser(huge_tree=True)

class Reader:
    def read(self, data):
        return etree.fromstring(data, _parser())
""",
    """
from lxml import etree

class Importer:
    def __init__(self):
        self.parser = etree.XMLParser(resolve_entities=True, load_dtd=True, no_network=False)

    def read(self, data):
        return etree.fromstring(data, parser=self.parser)
""",
    """
from flask import Flask, request
from lxml import etree
app = Flask(__name__)

class Reader:
    how = {"resolve_entities": True, "remove_comments": True}

    def read(self, data):
        return etree.fromstring(data, etree.XMLParser(**self.how))

@app.post("/orders")
def orders():
    return {"items": len(Reader().read(request.get_data()))}
""",
)

SAFE: tuple[str, ...] = (
    """
from lxml import etree

class Importer:
    def __init__(self):
        self.parser = etree.XMLParser(resolve_entities=False, no_network=True)

    def read(self, data):
        return etree.fromstring(data, parser=self.parser)
""",
    """
from lxml import etree
def read(data):
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
""",
    """
from lxml import etree
PARSER = etree.XMLParser(resolve_entities=False)
def read(path):
    return etree.parse(path, parser=PARSER)
""",
    """
import defusedxml.ElementTree as ET
def read(data):
    return ET.fromstring(data)
""",
    """
from defusedxml.lxml import fromstring
def read(data):
    return fromstring(data)
""",
    """
import xml.etree.ElementTree as ET
def read(data):
    return ET.fromstring(data).findtext("name")
""",
    """
from lxml import etree
def settings():
    return etree.parse("settings.xml")
""",
    """
import xml.sax
from xml.sax.handler import feature_external_ges
def read(stream):
    parser = xml.sax.make_parser()
    parser.setFeature(feature_external_ges, False)
    parser.parse(stream)
""",
    """
from lxml import etree, html
def links(page):
    return [link.get("href") for link in html.fromstring(page).iter("a")]
""",
    """
from flask import Flask, request
from lxml import etree
app = Flask(__name__)

class Reader:
    how = {"resolve_entities": False, "remove_comments": True}

    def read(self, data):
        return etree.fromstring(data, etree.XMLParser(**self.how))

@app.post("/orders")
def orders():
    return {"items": len(Reader().read(request.get_data()))}
""",
)

# What this rule does not see, and why.
MISSING: tuple[str, ...] = (
    # entities inside the document that grow, for systems with an old expat
    """
import xml.etree.ElementTree as ET
def view(request):
    return ET.fromstring(request.body)
""",
)

r"""A regular expression takes time that explodes with the length of what a user sends.

Where a pattern can read the same text in many ways (`(\w+\s?)*`, `(a|aa)+`, `.*.*=`), Python's backtracking matcher
tries all of them before it gives up. With nested or overlapping repetitions the number of ways doubles with every
character, and thirty characters stop the program; with neighbouring ones it grows as a power, and some ten thousand do.
Write the repetition so that each character can be read in one way only (`\w+(?:\s\w+)*`), bound it, make it atomic or
possessive (Python 3.11), or look at the length of the text first.

The pattern is analysed as an automaton, and each finding was confirmed by counting the steps of a model of Python's
matcher on a text that the analysis made; the message shows that text. What is reported: exponential patterns on any
untrusted text; and those that grow as a power on text whose length no condition looks at, squares only where the text
comes from outside for certain.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis.ambiguity import HOW, Ambiguity, ambiguity
from codereal.analysis.values import Extern, Mark, Value, marks_of
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import FROM_OUTSIDE, TRUSTED, confidence, surest, words

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit

_HARMLESS = 24  # characters
_SHOWN = 24  # characters of a witness's part that a message shows


def judge(hit: Hit) -> Verdict | None:
    marks = [mark for mark in marks_of(hit.value) if mark.origin.kind not in TRUSTED]
    pattern = hit.given(0, "pattern")
    how = hit.name.rpartition(".")[2]
    if not marks or pattern is None or not isinstance(pattern.const, (str, bytes)) or how not in HOW:
        return None
    found = ambiguity(pattern.const, _flags(hit.given(1 if how == "compile" else 99, "flags")), how)
    if found is None:
        return None
    mark = surest(marks)
    # A square of what may come from anywhere in a program is a question of taste; of what comes from outside it is not.
    is_mild = found.degree == 2 and mark.origin.kind not in FROM_OUTSIDE
    if found.kind == "polynomial" and (is_mild or _is_measured(hit, mark)):
        return None
    if _is_short(hit, mark):
        return None
    return Verdict(_message(found, mark), confidence(mark), mark)


def _message(found: Ambiguity, mark: Mark) -> str:
    grows = "doubles with each" if found.kind == "exponential" else f"grows with power {found.degree} of each"
    prefix, pump, suffix = (_cut(part) for part in (found.prefix, found.pump, found.suffix))
    text = f"{prefix!r} + {pump!r} * n + {suffix!r}" if prefix or suffix else f"{pump!r} * n"
    return f"the time that {found.where} takes on {words(mark)} {grows} repetition in {text}"


def _cut(part: str) -> str:
    return part if len(part) <= _SHOWN else part[: _SHOWN - 1] + "…"


def _flags(value: Value | None) -> int:
    flags = 0
    for ref in value.refs if value is not None else ():
        if isinstance(ref, Extern):
            flags |= int(getattr(re.RegexFlag, ref.name.rpartition(".")[2], 0))
    return flags


def _is_short(hit: Hit, mark: Mark) -> bool:
    """Whether only texts so short come here that even doubling with each character does no harm."""
    block = hit.call.block
    for act in hit.activation.chain():
        for one in act.code.blocks:
            condition = one.condition
            if condition is None or one.index not in act.rounds or len(one.succs) != 2:
                continue
            if condition.op != ir.COMPARE or not _is_length(act, condition.args[0], mark):
                continue
            limit = act.vals[condition.args[1].index].const
            if not isinstance(limit, int) or limit > _HARMLESS:
                continue
            within = {"<": 0, "<=": 0, ">": 1, ">=": 1}.get(str(condition.data))
            if within is not None and block in evidence.only_behind(act.code, one.index, one.succs[within]):
                return True
        if act.call is not None:
            block = act.call.block
    return False


def _is_length(act: Activation, part: Instr, mark: Mark) -> bool:
    return (
        part.op == ir.CALL
        and any(isinstance(ref, Extern) and ref.name == "len" for ref in act.vals[part.args[0].index].refs)
        and mark.origin in evidence.origins(act, part)
    )


def _is_measured(hit: Hit, mark: Mark) -> bool:
    """Whether a condition has looked at the length of this data."""
    for act, condition in evidence.conditions(hit.activation.entry):
        if any(_is_length(holder, part, mark) for holder, part in evidence.operands(act, condition)):
            return True
    return False


RULE = Rule(
    id="inefficient-regex",
    cwe=(1333, 400),
    summary="A regular expression takes time that explodes with the length of user input",
    hint="let each character be read in one way only, bound the repetition, or check the length first",
    severity="error",
    sinks=("regex",),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    r"""
import re
def is_words(text):
    return re.match(r"^(\w+\s?)*$", text) is not None
""",
    r"""
import re
WORDS = re.compile(r"^(\w+\s?)*$")
def is_words(text):
    return bool(WORDS.match(text))
""",
    r"""
import re
def is_list(text):
    pattern = re.compile("^(a|aa)+$", re.IGNORECASE | re.ASCII)
    return pattern.fullmatch(text)
""",
    r"""
from re import search as find
line = input()
if find(r"(x+x+)+y", line):
    print(line)
""",
    r"""
import re
class Reader:
    PATTERN = re.compile(r"([a-z]+)*=")

    def read(self, text):
        return self.PATTERN.search(text)
""",
    r"""
import re
def check(text):
    if len(text) > 1000:
        raise ValueError("long")
    return re.fullmatch(r"(?:[a-z]+-?)+", text)
""",
    r"""
from flask import Flask, request
import re
app = Flask(__name__)

@app.route("/tags")
def tags():
    return str(len(re.findall(r"<(.*?)>", request.args["page"])))
""",
    r"""
import re
line = input()
fields = re.match(r"\[(.*?)\] (.*?): (.*?)!", line)
""",
    """
import re
PATH = re.compile(r"^(/?[a-z]+)+$")

def check(value):
    if len(value) < 8 or not PATH.match(value):
        raise ValueError("not a path")
""",
)

SAFE: tuple[str, ...] = (
    r"""
import re
def is_words(text):
    return re.match(r"^\w+(?:\s\w+)*$", text) is not None
""",
    r"""
import re
def is_list(text):
    return re.fullmatch(r"[a-z]+(,[a-z]+)*", text)
""",
    r"""
import re
def fields(line):
    if len(line) > 200:
        return None
    return re.match(r"\[(.*?)\] (.*?): (.*?)!", line)
""",
    r"""
import re
def fields(line):
    return re.match(r"\[([^\]]{1,20})\] ([^:]{1,10}): (.{1,100})", line)
""",
    # the program's own text
    r"""
import re
def words():
    return re.match(r"^(\w+\s?)*$", "some words here")
""",
    r"""
import re
def number(text):
    return re.fullmatch(r"-?\d+(?:\.\d+)?", text)
""",
    r"""
import re
def mail(text):
    return re.match(r"^[\w.+-]+@[\w-]+\.[\w.-]+$", text)
""",
    """
import re
PATH = re.compile(r"^(/?[a-z]+)+$")

def check(value):
    if len(value) > 16 or not PATH.match(value):
        raise ValueError("not a path")
""",
)

# What this rule does not find, and why.
MISSING: tuple[str, ...] = (
    # the square of a parameter
    r"""
import re
def tags(page):
    return re.findall(r"<(.*?)>", page)
""",
    # a pattern that is put together from what is not known
    r"""
import re
def check(word, text):
    return re.match("^(" + re.escape(word) + "+)+$", text)
""",
)

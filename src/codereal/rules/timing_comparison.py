"""A signature is compared character by character, and the time that takes tells how much of it is right.

`==` stops at the first difference. Whoever may try often enough finds a valid signature from the time that each answer
takes, character after character. Compare in constant time:

    hmac.compare_digest(expected, given)

What is reported: `==` or `!=` between what `hmac` has computed and what comes from outside. What is not: comparisons
of checksums, of passwords' digests that are slow anyhow, of constants.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.rules import _names
from codereal.rules._rule import Rule, Spot, Verdict
from codereal.rules._taint import TRUSTED

if TYPE_CHECKING:
    from codereal.analysis.entries import Entry
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr

_MADE = frozenset({"hmac.new", "hmac.digest", "hmac.HMAC"})


def review(entry: Entry) -> Iterator[Spot]:
    for act in evidence.activations(entry.activation):
        for block in act.code.blocks:
            if block.index not in act.rounds:
                continue
            for instr in block.instrs:
                if instr.op != ir.COMPARE or instr.data not in ("==", "!="):
                    continue
                for one, other in (instr.args, reversed(instr.args)):
                    if _is_made(act, one) and _is_given(act, other) and not _is_made(act, other):
                        verdict = Verdict(
                            "a signature is compared in a time that tells how much of it is right", "high"
                        )
                        yield Spot(instr.pos, verdict, "sink: ==")


def _is_made(act: Activation, instr: Instr) -> bool:
    return any(name in _MADE for name in _names.called(act, instr))


def _is_given(act: Activation, instr: Instr) -> bool:
    return any(mark.origin.kind not in TRUSTED for mark in act.marks(act.vals[instr.index]))


RULE = Rule(
    id="timing-comparison",
    cwe=(208,),
    summary="A signature is compared in a time that tells how much of it is right",
    hint="use hmac.compare_digest",
    severity="warning",
    review=review,
    mentions=("hmac",),
)


UNSAFE: tuple[str, ...] = (
    """
import hmac, hashlib

def verify(key, message, signature):
    return hmac.new(key, message, hashlib.sha256).hexdigest() == signature
""",
    """
import hmac

def verify(key, message, signature):
    expected = hmac.new(key, message, "sha256").digest()
    if signature != expected:
        raise ValueError("bad signature")
    return message
""",
    """
import base64, hashlib, hmac
KEY = b"x"

def sign(message):
    return base64.b64encode(hmac.new(KEY, message, hashlib.sha256).digest()).decode()

def verify(message, signature):
    return sign(message) == signature
""",
    """
import hmac
from flask import Flask, request, abort
app = Flask(__name__)

@app.route("/hook", methods=["POST"])
def hook():
    wanted = "sha256=" + hmac.new(app.config["KEY"], request.get_data(), "sha256").hexdigest()
    if request.headers["X-Signature"] == wanted:
        return {}
    abort(403)
""",
    """
import hmac

class Signer:
    def __init__(self, key):
        self.key = key

    def verify(self, message, given):
        return given == hmac.digest(self.key, message, "sha256")
""",
)

SAFE: tuple[str, ...] = (
    """
import hmac, hashlib

def verify(key, message, signature):
    return hmac.compare_digest(hmac.new(key, message, hashlib.sha256).hexdigest(), signature)
""",
    """
import hashlib

def same(path, digest):
    return hashlib.sha256(open(path, "rb").read()).hexdigest() == digest
""",
    """
import hmac

def main():
    assert hmac.new(b"k", b"m", "sha256").hexdigest() == "1b8a"
""",
    """
import hmac
SIGNATURES = {"a": "1f"}

def known(name, signature):
    return SIGNATURES.get(name) == signature
""",
    """
import hmac

def sign(key, message, kind):
    if kind == "short":
        return hmac.new(key, message, "sha256").hexdigest()[:16]
    return hmac.new(key, message, "sha256").hexdigest()
""",
)

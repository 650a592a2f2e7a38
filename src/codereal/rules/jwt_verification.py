"""A signed token is believed without its signature being checked.

What a JSON web token says is true only if its signature holds. Whoever decodes it without the check, or accepts
"none" as the algorithm, lets everybody write tokens. Name the algorithms that you sign with, and leave the checks on:

    jwt.decode(token, KEY, algorithms=["HS256"])

What is reported: `verify_signature` or `verify` set to False, claims that are read unverified, "none" among the
algorithms, and tokens signed with "none". What is not: `get_unverified_header`, which is how a key is chosen before the
check, and a first look into a token that is decoded with the check in the same function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import ir
from codereal.analysis.values import Value
from codereal.rules import _names
from codereal.rules._rule import Rule, Verdict

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.program import Hit


def judge(hit: Hit) -> Verdict | None:
    if hit.sink.kind == "token-sign":
        algorithm = hit.given("algorithm")
        if algorithm is None:
            algorithm = hit.given(2)
        if algorithm is not None and _is_none(algorithm):
            return Verdict("a token is signed with no algorithm", "high")
        return None
    if hit.sink.kind == "token-claims":
        return None if _checks_elsewhere(hit) else Verdict("a token's signature is not checked", "high")
    algorithms = hit.given("algorithms")
    if algorithms is None:
        algorithms = hit.given(2)
    if algorithms is not None:
        items = [item for _, obj in hit.activation.objects(algorithms) for item in obj.items.values()]
        if any(_is_none(item) for item in (algorithms, *items)):
            return Verdict('"none" is accepted for a signature', "high")
        if _is_told(hit, algorithms):
            return Verdict("the token itself says how its signature is checked", "high")
    verify = hit.given("verify")
    if (verify is not None and verify.const is False) or _is_off(hit):
        return None if _checks_elsewhere(hit) else Verdict("a token's signature is not checked", "high")
    return None


def _is_told(hit: Hit, algorithms: Value) -> bool:
    """Whether the algorithms come out of the token's own unverified header."""
    assert hit.arguments is not None
    return any(
        name.endswith("get_unverified_header")
        for value, arg in zip(hit.arguments.values, hit.arguments.instrs, strict=True)
        if value is algorithms and arg is not None
        for name in _names.called(hit.activation, arg)
    )


def _is_none(value: Value) -> bool:
    return isinstance(value.const, str) and value.const.lower() == "none"


def _is_off(hit: Hit) -> bool:
    options = hit.given("options")
    if options is None:
        return False
    return any(
        (found := obj.items.get("verify_signature")) is not None and found.const is False
        for _, obj in hit.activation.objects(options)
    )


def _checks_elsewhere(hit: Hit) -> bool:
    """Whether the same function decodes once more, with a key: the first look only chooses the key."""
    act: Activation = hit.activation
    return any(
        instr.op == ir.CALL
        and instr is not hit.call
        and instr.args[0].op in (ir.ATTR, ir.IMPORT)
        and str(instr.args[0].data).rpartition(".")[2] in ("decode", "decode_complete")
        and len(instr.args) > 2
        for block in act.code.blocks
        for instr in block.instrs
    )


RULE = Rule(
    id="jwt-verification",
    cwe=(347,),
    summary="A signed token is believed without its signature being checked",
    hint="name the algorithms that you sign with, and leave the checks on",
    severity="error",
    sinks=("token-check", "token-sign", "token-claims"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import jwt

def user(token):
    return jwt.decode(token, options={"verify_signature": False})["sub"]
""",
    """
import jwt

def user(token, key):
    return jwt.decode(token, key, verify=False)
""",
    """
import jwt

def user(token, key):
    return jwt.decode(token, key, algorithms=["HS256", "none"])
""",
    """
import jwt as tokens
OPTIONS = {"verify_signature": False, "verify_exp": True}

def user(token):
    return tokens.decode(token, "", algorithms=["HS256"], options=OPTIONS)
""",
    """
from jose import jwt

def user(token, key):
    return jwt.decode(token, key, algorithms="none")
""",
    """
import jwt

def issue(name):
    return jwt.encode({"sub": name}, None, algorithm="none")
""",
    """
from jose import jwt

def user_of(token):
    return jwt.get_unverified_claims(token)["sub"]
""",
)

SAFE: tuple[str, ...] = (
    """
import jwt

def user(token, key):
    return jwt.decode(token, key, algorithms=["HS256"])["sub"]
""",
    """
import jwt

def user(token, keys):
    kid = jwt.get_unverified_header(token)["kid"]
    return jwt.decode(token, keys[kid], algorithms=["RS256"])
""",
    """
import jwt

def user(token, keys):
    issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
    return jwt.decode(token, keys[issuer], algorithms=["RS256"])
""",
    """
import jwt

def issue(name, key):
    return jwt.encode({"sub": name}, key, algorithm="HS256")
""",
    """
import jwt

def user(token, key):
    return jwt.decode(token, key, algorithms=["HS256"], options={"verify_exp": False, "verify_signature": True})
""",
    """
from jose import jwt

def user_of(token, keys):
    tenant = jwt.get_unverified_claims(token)["tenant"]
    return jwt.decode(token, keys[tenant], algorithms=["RS256"])["sub"]
""",
)

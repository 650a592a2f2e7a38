"""A password is written to the log.

Logs are kept for long, copied to many places and read by people who may not know the passwords of others. Log who
tried and what came of it, never the secret:

    logger.info("login of %s failed", user)

What is reported: a value that is called a password, a key or the number of a card where it comes from (a parameter, a
key, a variable, `getpass`) and that goes to a log as it is, formatted or within a message. What is not: its length, its
digest, a part of it, a mask, and what is printed for the one who runs the program.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis.values import NO, Extern
from codereal.rules import _names
from codereal.rules._rule import Rule, Verdict

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit

_LAST = _names.PASSWORDS | {"secret", "apikey", "cvv", "ssn"}
_PAIRS = frozenset({"card number", "credit card", "api key", "secret key", "private key", "access token"})
_KEEPS = frozenset({"str", "repr", "format", "strip", "encode", "decode", "lower", "get", "getpass", "getpass.getpass"})
_TOKENS = frozenset({"secrets.token_urlsafe", "secrets.token_hex", "django.utils.crypto.get_random_string"})
_ADDRESS = re.compile(r"\b(?:reset|verify|confirm|invite|activate|login|token=)", re.I)
_MAX_DEPTH = 6


def judge(hit: Hit) -> Verdict | None:
    name = _secret(hit.activation, hit.argument, 0) or _held(hit) or _link(hit)
    return Verdict(f"a secret ({name}) is written to the log", "medium") if name else None


def _held(hit: Hit) -> str:
    """The key of a dict that is logged as it is, under which a secret stands; else ""."""
    for _, obj in hit.activation.objects(hit.value):
        for key, value in obj.items.items() if obj.kind == "dict" else ():
            said = _names.split(key) if isinstance(key, str) else []
            is_secret = said[-1:] == ["authorization"] or (said and said[-1] in _LAST) or " ".join(said[-2:]) in _PAIRS
            if is_secret and value.const is NO:
                return str(key)
    return ""


def _link(hit: Hit) -> str:
    """The name of a fresh token that is a part of the link that is logged; else ""."""
    act, link = hit.activation, hit.argument
    if link.op not in (ir.JOIN, ir.BINARY) or not any(
        isinstance(part, str) and _ADDRESS.search(part) for part in act.vals[link.index].parts
    ):
        return ""
    for holder, one in evidence.operands(act, link):
        names = (
            [ref.name for ref in holder.vals[one.args[0].index].refs if isinstance(ref, Extern)]
            if (one.op == ir.CALL)
            else []
        )
        if any(name in _TOKENS for name in names):
            return holder.code.names.get(one.index, "").partition(" ")[0] or "a token"
    return ""


def _secret(act: Activation, instr: Instr, depth: int) -> str:
    """What a value is called, if that is a password and it is there in full; else ""."""
    value = act.vals[instr.index]
    if depth > _MAX_DEPTH or value.const is not NO:
        return ""
    for name in _called(act, instr):
        said = _names.split(name)
        if said and (said[-1] in _LAST or " ".join(said[-2:]) in _PAIRS):
            return name
    if instr.op in (ir.JOIN, ir.PHI, ir.BINARY):
        return next((found for arg in instr.args if (found := _secret(act, arg, depth + 1))), "")
    if instr.op == ir.CALL:
        callee = instr.args[0]
        name = str(callee.data).rpartition(".")[2] if callee.op in (ir.ATTR, ir.NAME, ir.IMPORT) else ""
        if name not in _KEEPS:
            return ""
        if name == "getpass":
            return "getpass" if any(isinstance(ref, Extern) for ref in act.vals[callee.index].refs) else ""
        given = instr.args[1:] if name != "get" else []
        given = [*given, *callee.args] if callee.op == ir.ATTR and name not in ("get", "getpass") else given
        return next((found for arg in given if (found := _secret(act, arg, depth + 1))), "")
    return ""


def _called(act: Activation, instr: Instr) -> list[str]:
    names = act.code.names.get(instr.index, "").split(" ") if instr.op != ir.CONST else []
    if instr.op == ir.PARAM:
        names.append(str(getattr(instr.data, "name", "")))
    elif instr.op == ir.ATTR:
        names.append(str(instr.data))
    elif instr.op == ir.LOAD and isinstance(instr.data, tuple):
        names.append(str(instr.data[1]))
    elif instr.op == ir.ITEM or (
        instr.op == ir.CALL
        and len(instr.args) in (2, 3)
        and instr.args[0].op == ir.ATTR
        and instr.args[0].data == "get"
    ):
        key = act.vals[instr.args[1].index].const
        names.append(key if isinstance(key, str) else "")
    return names


RULE = Rule(
    id="cleartext-logging",
    cwe=(532, 312),
    summary="A password is written to the log",
    hint="log who tried and what came of it, never the secret",
    severity="warning",
    sinks=("log",),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import logging
from flask import Flask, request
app = Flask(__name__)

@app.route("/login", methods=["POST"])
def login():
    logging.info("login with %s", request.form["password"])
    return "ok"
""",
    """
import logging
log = logging.getLogger(__name__)

def connect(config):
    log.debug(f"connecting with {config['db_password']}")
    return config
""",
    """
import logging

def sign_in(form):
    logging.warning("failed: " + form.get("passwd"))
""",
    """
import logging

def sign_in(user):
    logging.getLogger("auth").error("user %s, password %s", user.name, user.password)
""",
    """
import getpass, logging

typed = getpass.getpass()
logging.info("typed {}".format(typed))
""",
    """
import logging
logger = logging.getLogger("payments")

def charge(order, gateway):
    logger.debug("charging %s", order["card_number"])
    return gateway.charge(order)
""",
    # headers as they are
    """
import logging

class Client:
    def __init__(self, token):
        self.token = token

    def load(self):
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "text/plain"}
        logging.info("asking with %s", headers)
        return send(headers)
""",
    # a link that opens the door
    """
import logging, secrets
log = logging.getLogger(__name__)

def reset(user, mailer):
    token = secrets.token_urlsafe(32)
    link = f"https://id.example.com/reset/{token}"
    mailer.send(user, link)
    log.info("link for %s: %s", user, link)
""",
)

SAFE: tuple[str, ...] = (
    """
import logging

class Client:
    def load(self):
        headers = {"Authorization": "***", "Accept": "text/plain"}
        logging.info("asking with %s", headers)
""",
    """
import logging

def sign_in(form):
    logging.info("login of %s", form["user"])
    logging.info("password has %d characters", len(form["password"]))
""",
    """
import hashlib, logging

def sign_in(form):
    logging.info("digest %s", hashlib.sha256(form["password"].encode()).hexdigest())
""",
    """
import logging

def sign_in(form):
    logging.info("password: %s", "*" * len(form["password"]))
    logging.info("password was wrong")
""",
    """
import logging

def tokens(source):
    for token in source.split():
        logging.debug("token %s", token)
""",
    """
import secrets

def main():
    password = secrets.token_urlsafe(12)
    print(password)

main()
""",
    """
import logging

def reset(user):
    logging.info("reset link for %s, %s", user.name, user.password_changed)
""",
    """
import logging, secrets
log = logging.getLogger(__name__)

def keep(picture, store):
    address = f"https://pictures.example.com/{secrets.token_hex(8)}.png"
    store.put(address, picture)
    log.info("picture stored at %s", address)
""",
)

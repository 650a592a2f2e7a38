"""A password, a key or a token stands in the program's text.

Whoever can read the program, or its history, has the secret; it is the same everywhere, and it cannot be changed
without changing the program. Take secrets from the environment or from a vault:

    password = os.environ["DB_PASSWORD"]

What is reported: a literal that looks like a secret (letters with digits or signs, no words, no placeholder) and is
bound to a name that says so, given as such a keyword to a library, set as such a setting, compared with a password that
came in, given to a login, written into the address of a database or into a header that authorizes; any text that is the
key of a cipher, of a signed token or of a framework's sessions; and literals of the known forms of cloud keys. What is
not: placeholders (`changeme`, `your-key`), plain words elsewhere, digests, sample records, arguments of the program's
own functions, tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis.heap import Closure, Heap
from codereal.analysis.tree import Constant, Parameter
from codereal.analysis.values import Value
from codereal.rules import _names
from codereal.rules._rule import Rule, Spot, Verdict

if TYPE_CHECKING:
    from codereal.analysis.entries import Entry
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit

_PLACEHOLDER = re.compile(
    r"change.?(?:me|this|it)|example|your|xxx|\*\*|\.\.\.|placeholder|dummy|fake|test|sample|todo|insert|replace|redacted"
    r"|mock|default|foo|bar\b|<|>|\{|\}|%s|\$\(|enter|dev(?:elop)?\b|local|demo|0000|12345678\Z|abc123|asdf",
    re.I,
)
_KNOWN = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[abpr]-[0-9A-Za-z-]{20,}|sk_live_[0-9A-Za-z]{20,}"
    r"|AIza[0-9A-Za-z_-]{35}|-----BEGIN (?:RSA |EC |DSA |OPENSSH |)PRIVATE KEY-----"
)
_IN_URL = re.compile(r"[a-z][\w+]*://[^:/@\s]*:([^:/@\s]+)@(?!localhost|127\.)[\w.-]+", re.I)
_DIGEST = re.compile(r"(?:[0-9a-f]{32,}|\$\w+\$.*|(?:pbkdf2|scrypt|sha\d*|argon2)[:$].*)\Z", re.I)
_NAME = re.compile(
    r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]{1,16})+\Z|[a-z]+(?:[._-][a-z]+)*\d?\Z|(?:sha|md|utf|base|oauth|rs|hs|aes)-?\d+\Z", re.I
)
_HEADERS = frozenset({"authorization", "x-api-key", "x-auth-token"})
_SCHEME = re.compile(r"(?:Bearer|Basic|Token|ApiKey)\s+", re.I)
_KEYS = frozenset({"secret key", "api key", "signing key", "encryption key", "private key", "access key", "auth key"})
_LEAST, _MOST = 6, 200
_LEAST_KNOWN = 20  # characters of the shortest that `_KNOWN` finds
_CONNECTIONS = frozenset({"host", "hostname", "server", "database", "db", "port", "dbname", "user", "username"})
_COMMANDS = frozenset({"quit", "exit", "password", "none", "null", "done", "stop", "back", "secret"})


def judge(hit: Hit) -> Verdict | None:
    """A literal where a key is wanted."""
    const = hit.value.const
    text = const.decode("latin-1") if isinstance(const, bytes) else const
    if not isinstance(text, str) or _is_test(hit.activation):
        return None
    if hit.sink.kind == "login":
        return Verdict("a password stands in the program's text", "high") if _is_secret(text) else None
    if hit.arguments is None and _is_secret(text, True):
        # (What is set under a name that says so, `review` has seen.)
        return None
    if _is_secret(text, True):
        return Verdict("a key stands in the program's text", "high", None, (321, 798))
    if hit.sink.kind == "token-key" and _is_key_text(text):
        return Verdict("a key stands in the program's text", "medium", None, (321, 798))
    return None


def review(entry: Entry) -> Iterator[Spot]:
    for act in evidence.activations(entry.activation):
        if _is_test(act):
            continue
        for param in act.code.params:
            yield from _default(param)
        for block in act.code.blocks:
            if block.index in act.rounds:
                for instr in block.instrs:
                    look = _LOOKS.get(instr.op)
                    if look is not None:
                        yield from look(act, instr)


# (These are asked for almost every instruction: lists, since most are empty, and what is cheap to ask comes first.)


def _default(param: Instr) -> Iterable[Spot]:
    data = param.data
    if isinstance(data, Parameter) and isinstance(data.default, Constant) and _names.is_secret(data.name):
        value = data.default.value
        if isinstance(value, str) and _is_secret(value, _is_key(data.name)):
            return [_spot(data.default.pos, data.name)]
    return ()


def _literal(act: Activation, instr: Instr) -> Iterable[Spot]:
    value = instr.data
    if not isinstance(value, str) or len(value) < _LEAST:
        return ()
    names = act.code.names.get(instr.index)
    found = next((name for name in names.split(" ") if _names.is_secret(name)), "") if names else ""
    if found and _is_secret(value, _is_key(found)):
        return [_spot(instr.pos, found)]
    if len(value) >= _LEAST_KNOWN and _KNOWN.search(value) and not _PLACEHOLDER.search(value):
        return [_spot(instr.pos, "a key")]
    address = _IN_URL.match(value) if "://" in value else None
    return [_spot(instr.pos, "a password")] if address is not None and _is_secret(address[1]) else ()


def _stored(act: Activation, instr: Instr) -> Iterable[Spot]:
    return _bound(act, instr.args[0], str(instr.data[1])) if isinstance(instr.data, tuple) else ()


def _attribute_set(act: Activation, instr: Instr) -> Iterable[Spot]:
    return _bound(act, instr.args[1], str(instr.data))


def _item_set(act: Activation, instr: Instr) -> Iterable[Spot]:
    key = act.vals[instr.args[1].index].const
    return _bound(act, instr.args[2], key) if isinstance(key, str) else ()


def _called(act: Activation, instr: Instr) -> Iterable[Spot]:
    data = instr.data
    if not isinstance(data, tuple):
        return ()
    found = _instead(act, instr) if len(data) == 2 else []
    if any(data) and not _is_own(act.vals[instr.args[0].index]):
        for name, arg in zip(data, instr.args[1:], strict=True):
            if len(name) > 2:
                found.extend(_bound(act, arg, name))
    return found


def _instead(act: Activation, call: Instr) -> list[Spot]:
    """`os.getenv("JWT_KEY", "…")`: what is taken where the environment holds no key."""
    name, text = (act.vals[arg.index].const for arg in call.args[1:])
    if not isinstance(name, str) or not isinstance(text, str) or not _names.is_secret(name):
        return []
    is_read = any(one.origin.kind == "environment" for one in act.marks(act.vals[call.index]))
    return [_spot(call.args[2].pos, name)] if is_read and _is_secret(text, _is_key(name)) else []


def _bound(act: Activation, value: Instr, name: str) -> Iterable[Spot]:
    const = act.vals[value.index].const
    # What a parameter holds was given by a call, where it is looked at too.
    if not isinstance(const, str) or value.op == ir.PARAM:
        return ()
    if _names.is_secret(name) and _is_secret(const, _is_key(name)):
        return [_spot(value.pos, name)]
    if name.lower() in _HEADERS:
        scheme = _SCHEME.match(const)
        if _is_secret(const[scheme.end() :] if scheme else const, True):
            return [_spot(value.pos, name)]
    return ()


def _connection(act: Activation, instr: Instr) -> Iterable[Spot]:
    """`{"host": …, "user": …, "password": …}`: a record of how to connect, not one of many users; and headers."""
    if instr.data != "dict":
        return ()
    args = [arg for arg in instr.args if arg.op != ir.UNPACK]
    keys = [act.vals[key.index].const for key in args[::2]]
    is_connection = len(_CONNECTIONS.intersection(key for key in keys if isinstance(key, str))) > 1
    return [
        spot
        for key, value in zip(keys, args[1::2], strict=False)
        if isinstance(key, str) and (is_connection or key.lower() in _HEADERS)
        for spot in _bound(act, value, key)
    ]


def _asked(act: Activation, instr: Instr) -> Iterable[Spot]:
    one, other = instr.args
    return _compared(act, one, other) + _compared(act, other, one) if instr.data in ("==", "!=") else ()


def _compared(act: Activation, one: Instr, other: Instr) -> list[Spot]:
    const = act.vals[one.index].const
    if not isinstance(const, str) or one.op != ir.CONST or not act.marks(act.vals[other.index]):
        return []
    name = next((name for name in _own_names(act, other) if _names.is_secret(name)), "")
    if not name:
        return []
    is_password = bool(_names.PASSWORDS.intersection(_names.split(name)))
    if (_is_secret(const) and any(c.isdigit() for c in const)) or (
        is_password and len(const) > 3 and const.lower() not in _COMMANDS and " " not in const
    ):
        return [_spot(one.pos, name)]
    return []


_LOOKS: dict[int, Callable[[Activation, Instr], Iterable[Spot]]] = {
    ir.CONST: _literal,
    ir.STORE: _stored,
    ir.SETATTR: _attribute_set,
    ir.SETITEM: _item_set,
    ir.CALL: _called,
    ir.BUILD: _connection,
    ir.COMPARE: _asked,
}


def _own_names(act: Activation, instr: Instr) -> Iterator[str]:
    """The names of a value itself: parameter, variable, attribute, key."""
    yield from act.code.names.get(instr.index, "").split(" ")
    if instr.op == ir.PARAM:
        yield str(getattr(instr.data, "name", ""))
    elif instr.op == ir.ATTR:
        yield str(instr.data)
    elif instr.op == ir.LOAD and isinstance(instr.data, tuple):
        yield str(instr.data[1])
    elif instr.op == ir.ITEM or (instr.op == ir.CALL and len(instr.args) in (2, 3)):
        key = act.vals[instr.args[1].index].const
        if isinstance(key, str):
            yield key


def _is_own(callee: Value) -> bool:
    """Whether it is a function or a class of the text: what it is given there is an example."""
    return any(isinstance(ref, (Closure, Heap)) for ref in callee.refs)


def _is_test(act: Activation) -> bool:
    code = act.code
    return code.name.lower().startswith("test") or code.owner.lower().startswith("test")


def _is_key(name: str) -> bool:
    """Whether the name is that of a key: of one that is written in hexadecimal digits, too, as no password is."""
    return " ".join(_names.split(name)[-2:]) in _KEYS


def _is_secret(value: str, is_key: bool = False) -> bool:
    """Whether a text looks like a secret: letters and digits or signs in no order that a name would have."""
    if not _LEAST <= len(value) <= _MOST or not value.isprintable() or any(c.isspace() for c in value):
        return False
    if _PLACEHOLDER.search(value) or (_DIGEST.match(value) and not (is_key and value.isalnum())):
        return False
    if _NAME.match(value):
        return False
    if re.search(r"[\\()\[\]|]", value):
        # A pattern.
        return False
    if "://" in value or value.startswith(("/", "./", "~")) or re.search(r"@[\w-]+\.\w+\Z", value):
        return False
    has_letter = any(c.isalpha() for c in value)
    return has_letter and any(c.isdigit() or c in "!@#$%^&*+=?" for c in value)


def _is_key_text(value: str) -> bool:
    """Whether a text can be a key where nothing but a key can stand: words are keys there too."""
    is_file = value.endswith((".pem", ".key", ".pub", ".json"))
    return (
        _LEAST <= len(value) <= _MOST
        and value.isprintable()
        and not is_file
        and not _PLACEHOLDER.search(value)
        and "://" not in value
        and not value.startswith(("/", "./", "~"))
    )


def _spot(pos: tuple[int, int, int, int], name: str) -> Spot:
    verdict = Verdict(f"a secret ({name}) stands in the program's text", "medium")
    return Spot(pos, verdict, "the literal")


RULE = Rule(
    id="hardcoded-credentials",
    cwe=(798, 259),
    summary="A password, a key or a token stands in the program's text",
    hint="take secrets from the environment or from a vault",
    severity="error",
    sinks=("key", "token-key", "login"),
    judge=judge,
    review=review,
)


UNSAFE: tuple[str, ...] = (
    """
import psycopg2

def connect():
    return psycopg2.connect(host="db", user="app", password="Tr0ub4dor&3")
""",
    """
import mysql.connector
CONFIG = {"host": "db1", "user": "root", "password": "qU7!kkw02", "database": "shop"}

def connect():
    return mysql.connector.connect(**CONFIG)
""",
    """
from flask import Flask
app = Flask(__name__)
app.secret_key = "k3y-9f8e7d6c5b"
""",
    """
from flask import Flask
app = Flask(__name__)
app.config["SECRET_KEY"] = "2f8!mQz7"
""",
    """
import jwt

def issue(user):
    return jwt.encode({"sub": user}, "s9d8f7-sdf7-22k", algorithm="HS256")
""",
    """
from Crypto.Cipher import AES

def seal(data):
    cipher = AES.new(b"Sixteen8yteK3y!!", AES.MODE_GCM)
    return cipher.encrypt(data)
""",
    """
from sqlalchemy import create_engine
engine = create_engine("postgresql://app:x7Kp29qq@db.internal/shop")
""",
    """
from flask import Flask, request, abort
app = Flask(__name__)

@app.route("/admin", methods=["POST"])
def admin():
    if request.form["password"] == "letmein99":
        return "welcome"
    abort(403)
""",
    """
import boto3

def client():
    return boto3.client("s3", aws_secret_access_key="wJa1rXUtnFEMIK7MDENGbPxRfiCYzzT0PKEY")
""",
    """
def connect(server):
    server.login({"user": "x"}, key="AKIAIOSFODNN7EXAMPLF")
""",
    """
import requests

def sync():
    headers = {"Authorization": "Bearer tk_x4Kd92mQpZ1vT7sYb3nRw8uLc5aEj6"}
    return requests.get("https://api.example.org/sync", headers=headers, timeout=10).json()
""",
    """
import smtplib

def send(text):
    with smtplib.SMTP_SSL("mail.example.org", 465) as server:
        server.login("reports@example.org", "hK9!vLw2#pQz")
        server.sendmail("reports@example.org", ["team@example.org"], text)
""",
    """
from flask import Flask
app = Flask(__name__)
app.config["SECRET_KEY"] = "8f42a73054b1749f8f58848be5e6502c"
""",
    """
from flask import Flask
app = Flask(__name__)
app.secret_key = "verysecretsigningkey"
""",
    """
from flask import Flask
app = Flask(__name__)
app.config.update(DEBUG=False, SECRET_KEY="shopsessionsecret")
""",
    """
import jwt
SIGNING = "supersecretjwtkey"

def issue(user):
    return jwt.encode({"sub": user}, SIGNING, algorithm="HS256")
""",
    """
class Client:
    def __init__(self, api_key="7d0c2b9e4fa8416d9b3a5c6e7f801234"):
        self.api_key = api_key

def connect(settings):
    return Client(api_key=settings.api_key) if settings else Client()
""",
    # what is taken where the environment has none
    """
import os
import jwt

class Issuer:
    def __init__(self):
        self.key = os.getenv("JWT_SECRET_KEY", "sup3r-s3cret-jwt-k3y")

    def issue(self, number):
        return jwt.encode({"sub": number}, self.key, algorithm="HS256")
""",
    """
from pydantic_settings import BaseSettings

class Database(BaseSettings):
    host: str = "db.internal"
    user: str = "reports"
    password: str = "Wint3r2023!"
""",
)

SAFE: tuple[str, ...] = (
    """
import os
KEY = os.environ.get("SECRET_KEY", "")
TOKEN = os.getenv("API_TOKEN", "change-me")
""",
    """
import os
import jwt
from flask import Flask
app = Flask(__name__)
app.config.update(SECRET_KEY=os.environ["SECRET_KEY"], SESSION_COOKIE_NAME="shop_session")

def issue(user, key="key"):
    with open("private.pem") as file:
        return jwt.encode({"sub": user}, file.read(), algorithm="RS256")
""",
    """
import os, psycopg2

def connect():
    return psycopg2.connect(host="db", user="app", password=os.environ["DB_PASSWORD"])
""",
    """
import psycopg2

def connect(password):
    return psycopg2.connect(host="db", user="app", password=password)

def later():
    return psycopg2.connect(host="db", user="app", password="changeme")
""",
    """
from flask import Flask
import os
app = Flask(__name__)
app.secret_key = os.urandom(32)
app.config["SECRET_KEY"] = os.environ.get("SECRET_KEY", "your-secret-key")
""",
    """
class User:
    def __init__(self, name, password):
        self.name = name
        self.password = password

if __name__ == "__main__":
    user = User("ann", password="Secret!23")
    print(user.name)
""",
    """
USERS = {
    "ann": {"password": "5f4dcc3b5aa765d61d8327deb882cf99", "role": "admin"},
    "bob": {"password": "hunter22", "role": "user"},
}
""",
    """
PASSWORD_FIELD = "password1"
TOKEN_URL = "https://example.com/oauth2/token"
SECRET_KEY_NAME = "APP_SECRET_2"
token = "bearer"
password = "password"
""",
    """
import re

def strong(password):
    if password == "":
        raise ValueError("empty")
    return bool(re.search(r"[0-9!@#]", password)) and len(password) >= 8
""",
    """
def tokens(source):
    for kind, text in source:
        token = "NUMBER" if text.isdigit() else "NAME"
        yield token
""",
    """
from sqlalchemy import create_engine
engine = create_engine("postgresql://user:password@localhost/shop")
""",
    """
import os
import requests

def sync(token):
    headers = {"Authorization": "Bearer " + token, "Accept": "application/json"}
    basic = {"Authorization": "Bearer <your token>", "X-Api-Key": os.environ["API_KEY"]}
    return requests.get("https://api.example.org/sync", headers=headers or basic, timeout=10).json()
""",
)

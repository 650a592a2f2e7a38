"""A broken hash function protects a secret, or the caller may choose one.

MD5 and SHA-1 are broken: two texts with the same digest can be made at will, and a password is found from its digest at
billions of guesses a second. For signatures, tokens and certificates use SHA-256 or better; for passwords use a slow
function with a salt (`hashlib.scrypt`, bcrypt, Argon2). An algorithm's name that comes from outside has to be one of a
fixed set of strong ones, for "md5" is among those that `hashlib.algorithms_available` lists:

    if name not in {"sha256", "sha512", "sha3_256"}:
        raise ValueError(name)
    hashlib.new(name, data)

What is not reported: checksums of files, cache keys, ETags and whatever else is no secret; `usedforsecurity=False`;
HMAC with SHA-1, which is not broken; a function whose callers need not name an algorithm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import evidence, guards, ir, taint
from codereal.analysis.tree import Parameter
from codereal.analysis.values import Extern, Mark
from codereal.rules import _names
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import FROM_OUTSIDE, words

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit

_BROKEN = frozenset({"md2", "md4", "md5", "sha", "sha1"})
_COMPARES = frozenset({"compare_digest", "hmac.compare_digest", "secrets.compare_digest"})
_SIGNED = frozenset({"signature", "sign", "signed", "sig", "mac", "hmac"})
_CHOSEN = FROM_OUTSIDE | {"parameter"}
_STORED = (916, 328, 327)


def judge(hit: Hit) -> Verdict | None:
    if hit.sink.kind == "callee":
        return _chosen(hit) if _is_of_hashlib(hit) else None
    if hit.sink.kind == "signed-digest":
        return _signed(hit)
    if hit.sink.kind == "weak-digest":
        return _digest(hit, hit.name.removesuffix(".update").rpartition(".")[2])
    name = hit.value.const
    if isinstance(name, str):
        kind = name.lower().replace("-", "")
        if kind not in _BROKEN:
            return None
        return _hmac(hit, kind) if hit.name.startswith("hmac.") else _digest(hit, kind)
    for ref in hit.value.refs:
        if isinstance(ref, Extern) and hit.name.startswith("hmac."):
            return _hmac(hit, ref.name.rpartition(".")[2])
    return _chosen(hit)


def _signed(hit: Hit) -> Verdict | None:
    """A broken digest is what a signature is made of."""
    for block in hit.activation.code.blocks:
        for instr in block.instrs:
            if instr.op == ir.CALL and hit.call in instr.args[1:] and instr.args[0].data in ("sign", "verify"):
                return Verdict(f"a signature is made with {hit.name.rpartition('.')[2]}", "high")
    return None


def _hmac(hit: Hit, kind: str) -> Verdict | None:
    if kind not in _BROKEN - {"sha", "sha1"}:
        return None
    return Verdict(f"a message is authenticated with {kind.upper()}", "medium")


def _digest(hit: Hit, kind: str) -> Verdict | None:
    """A broken digest, of or for a secret."""
    act = hit.activation
    data = hit.call.args[2] if hit.sink.kind == "digest-name" and len(hit.call.args) > 2 else hit.argument
    what = _names.speaks_of(_names.behind(act, data), _names.PASSWORDS | {"secret", "credential", "credentials"})
    stored = bool(what)
    if not what:
        what = _names.speaks_of(_names.ahead(act, hit.call), _names.SECRETS)
    if not what:
        what = _signature(hit, data)
    if not what:
        return None
    kind = "a broken hash function" if kind.startswith("Weak") else kind.upper()
    message = f"{kind} of a secret ({what})" if stored else f"{kind} makes a secret ({what})"
    return Verdict(message, "medium", None, _STORED if stored else ())


def _signature(hit: Hit, data: Instr) -> str:
    """What tells that a key and a text become a signature: its name, or that it is compared as one; else ""."""
    act = hit.activation
    if _is_compared(hit):
        return "a signature"
    if data.op not in (ir.BINARY, ir.JOIN, ir.CALL):
        return ""
    if not any(_names.split(name)[-1:] == ["key"] for name in _names.behind(act, data)):
        return ""
    return next((name for name in _names.ahead(act, hit.call) if _SIGNED.intersection(_names.split(name))), "")


def _is_compared(hit: Hit) -> bool:
    """Whether the digest, or what a function makes of it, is compared in constant time."""
    act: Activation = hit.activation
    made: Instr = hit.call
    for _ in range(3):
        for block in act.code.blocks:
            for one in block.instrs:
                # (What stands behind the digest has not been evaluated yet: it is its name that tells.)
                compares = one.op == ir.CALL and len(one.args) == 3 and one.args[0].data in _COMPARES
                if compares and any(
                    holder is act and part is made
                    for arg in one.args[1:]
                    for holder, part in evidence.operands(act, arg)
                ):
                    return True
        caller, call = act.caller, act.call
        if caller is None or call is None:
            return False
        act, made = caller, call
    return False


def _chosen(hit: Hit) -> Verdict | None:
    """The algorithm is whatever the caller says."""
    marks = [mark for mark in hit.activation.marks(hit.value) if mark.origin.kind in _CHOSEN]
    left = [
        mark
        for mark in marks
        if not (hit.is_cleared(mark, "algorithm") or _has_default(hit, mark) or _is_stored(hit, mark))
        and not _is_denied(hit, mark)
    ]
    if not left:
        return None
    mark = min(left, key=lambda one: one.origin.pos)
    return Verdict(f"{words(mark)} chooses the hash function, a broken one too", "medium", mark)


def _is_of_hashlib(hit: Hit) -> bool:
    """Whether the function that is called was taken out of hashlib: `getattr(hashlib, name)(data)`."""
    act = hit.activation
    return any(
        one.op == ir.CALL
        and len(one.args) > 2
        and any(isinstance(ref, Extern) and ref.name == "hashlib" for ref in holder.vals[one.args[1].index].refs)
        for holder, one in evidence.operands(act, hit.argument)
    )


def _is_denied(hit: Hit, mark: Mark) -> bool:
    """Whether the name is compared with that of a broken one anywhere: `if name in ("md5", "sha1"): raise`."""
    for one in evidence.activations(hit.activation.entry):
        for block in one.code.blocks:
            for instr in block.instrs:
                if instr.op != ir.COMPARE or not any(
                    found.origin is mark.origin for found in one.marks(one.vals[instr.args[0].index])
                ):
                    continue
                right = one.vals[instr.args[1].index]
                held = guards.contents(one, right)
                names = [right.const, *(held[0] if held is not None else ())]
                if any(isinstance(name, str) and name.lower() in _BROKEN for name in names):
                    return True
    return False


def _is_stored(hit: Hit, mark: Mark) -> bool:
    """Whether the name is a part of what the caller gives, as in `algorithm, salt, digest = stored.split("$")`."""
    return mark.origin.kind == "parameter" and any(
        instr.op in (ir.PICK, ir.ITEM) for _, instr in taint.walk(hit.activation, hit.argument, mark)
    )


def _has_default(hit: Hit, mark: Mark) -> bool:
    """Whether callers need not choose: the parameter has a default."""
    act = hit.activation.entry
    return any(
        instr.op == ir.PARAM
        and instr.pos == mark.origin.pos
        and isinstance(instr.data, Parameter)
        and instr.data.default is not None
        for instr in act.code.params
    )


RULE = Rule(
    id="weak-hash",
    cwe=(327, 328),
    summary="A broken hash function protects a secret",
    hint="use sha-256 or better, for passwords a slow function with a salt, and let nobody choose others",
    severity="error",
    sinks=("weak-digest", "digest-name", "signed-digest", "callee"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import hashlib
from flask import request

def register(users):
    users.append(hashlib.md5(request.form["password"].encode()).hexdigest())
""",
    """
from hashlib import sha1 as digest

def check(record, form):
    return record["hash"] == digest(form["password"].encode("utf-8")).hexdigest()
""",
    """
import hashlib

def store(db, form):
    h = hashlib.md5()
    h.update(form.get("passwd").encode())
    db.save(h.hexdigest())
""",
    """
import hashlib, getpass

typed = getpass.getpass()
print(hashlib.new("md5", typed.encode()).hexdigest())
""",
    """
import hashlib, time

def reset(user):
    user.send(token=hashlib.md5(str(time.time()).encode()).hexdigest())
""",
    """
import hashlib

def start(session, user):
    session["api_key"] = "k-" + hashlib.sha1(user.email.encode()).hexdigest()
""",
    """
import hmac, hashlib

def sign(key, message):
    return hmac.new(key, message, hashlib.md5).hexdigest()
""",
    """
import hmac

def sign(key, message):
    return hmac.new(key, message, digestmod="md5").digest()
""",
    """
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

def sign(key, message):
    return key.sign(message, padding.PKCS1v15(), hashes.SHA1())
""",
    # the caller chooses
    """
import hashlib

def digest(algorithm: str, data: bytes) -> str:
    return hashlib.new(algorithm, data).hexdigest()
""",
    """
import hashlib

def digest(data, algorithm):
    if algorithm not in hashlib.algorithms_available:
        raise ValueError(algorithm)
    h = hashlib.new(algorithm)
    h.update(data)
    return h.hexdigest()
""",
    """
import hashlib, hmac

def sign(name, key, message):
    function = getattr(hashlib, name)
    return hmac.new(key, message, function).hexdigest()
""",
    """
import hashlib

def digest(name, data):
    return getattr(hashlib, name)(data).hexdigest()
""",
    """
import hashlib
from flask import Flask, request
app = Flask(__name__)

@app.route("/hash")
def make():
    return {"digest": hashlib.new(request.args["kind"], request.data).hexdigest()}
""",
    # a key and a text
    """
import hashlib, hmac

class Links:
    def __init__(self, key):
        self.key = key

    def signature(self, path):
        return hashlib.md5(self.key + path.encode()).hexdigest()

    def verify(self, path, given):
        return hmac.compare_digest(self.signature(path), given)
""",
    """
import hashlib, hmac
from pathlib import Path

def is_right(path, published):
    digest = hashlib.md5(Path(path).read_bytes()).hexdigest()
    return hmac.compare_digest(digest, published.strip().lower())
""",
)

SAFE: tuple[str, ...] = (
    """
import hashlib

def checksum(path):
    h = hashlib.md5()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(65536), b""):
            h.update(block)
    return h.hexdigest()
""",
    """
import hashlib

def etag(body):
    return '"' + hashlib.sha1(body).hexdigest() + '"'
""",
    """
import hashlib

def cache_name(url):
    return "cache/" + hashlib.md5(url.encode()).hexdigest()
""",
    """
import hashlib

def gravatar(user):
    return "https://www.gravatar.com/avatar/" + hashlib.md5(user["email"].lower().encode()).hexdigest()
""",
    """
import hashlib

def fingerprint(form):
    return hashlib.md5(form["password"].encode(), usedforsecurity=False).hexdigest()
""",
    """
import hashlib

STRONG = {"sha256", "sha512"}

def digest(algorithm, data):
    if algorithm not in STRONG:
        raise ValueError(algorithm)
    return hashlib.new(algorithm, data).hexdigest()
""",
    """
import hashlib, hmac

def sign(name, key, message):
    function = getattr(hashlib, name)
    if name not in ("sha256", "sha384"):
        raise ValueError(name)
    return hmac.new(key, message, function).hexdigest()
""",
    """
import hashlib

def matches(stored, passphrase):
    algorithm, salt, digest = stored.split(":", 2)
    return hashlib.new(algorithm, passphrase + salt.encode()).hexdigest() == digest
""",
    """
import hashlib

def digest(name, data):
    if name.lower() in {"md5", "sha1", "md4"}:
        raise ValueError(name)
    return hashlib.new(name, data).hexdigest()
""",
    """
import hashlib
from enum import Enum
from typing import Literal

class Kind(Enum):
    USUAL = "sha256"
    LONG = "sha512"

def digest(kind: Kind, data):
    return hashlib.new(kind.value, data).hexdigest()

def named(kind: Literal["sha256", "sha512"], data):
    return getattr(hashlib, kind)(data).hexdigest()
""",
    """
import hashlib

KINDS = {"fast": "blake2b", "usual": "sha256"}

def digest(kind, data):
    return hashlib.new(KINDS[kind], data).hexdigest()
""",
    """
import hashlib

def digest(data, algorithm="sha256"):
    return hashlib.new(algorithm, data).hexdigest()
""",
    """
import hashlib, os

def store(form):
    salt = os.urandom(16)
    return salt + hashlib.scrypt(form["password"].encode(), salt=salt, n=2**14, r=8, p=1)
""",
    """
from cryptography.hazmat.primitives import hashes

def checksum(data):
    digest = hashes.Hash(hashes.SHA1())
    digest.update(data)
    return digest.finalize()

def sign(key, message):
    return key.sign(message, hashes.SHA256())
""",
    """
import hmac, hashlib

def code(key, counter):
    return hmac.new(key, counter, hashlib.sha1).digest()
""",
    """
import hashlib

def all_digests(data):
    return {name: hashlib.new(name, data).hexdigest() for name in hashlib.algorithms_guaranteed}
""",
    """
import hashlib

def cache_key(key, values):
    return hashlib.md5((key + repr(values)).encode()).hexdigest()
""",
)

MISSING: tuple[str, ...] = (
    # a set that holds a broken one
    """
import hashlib

def digest(name, data):
    if name not in ("md5", "sha256"):
        raise ValueError(name)
    return hashlib.new(name, data).hexdigest()
""",
)

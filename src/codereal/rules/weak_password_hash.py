"""A password is hashed too fast, or with a salt that is the same for all.

Hashing a password has to be slow for those who try billions, and different for each user, so that one table does not
serve for all. Use scrypt, bcrypt or Argon2, or PBKDF2 with some hundred thousand rounds, and a random salt each time:

    salt = os.urandom(16)
    hashlib.pbkdf2_hmac("sha256", password, salt, 600_000)

What is reported: PBKDF2 with fewer than 10,000 rounds, bcrypt with a cost below 10, a literal salt, and SHA-2 or the
like of a password alone. Numbers of rounds and salts that come from elsewhere are not, nor digests that a slow
function is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis.values import Extern, Piece, Value
from codereal.rules import _names
from codereal.rules._rule import Rule, Verdict

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit

_ROUNDS = 10_000
_RANDOM = frozenset({"os.urandom", "secrets.token_bytes", "secrets.token_hex", "uuid.uuid4"})
_COST = 10
_SLOW = frozenset({"hashpw", "checkpw", "hash", "verify", "pbkdf2_hmac", "scrypt", "derive", "kdf"})
# Function → where its rounds are given, where its salt.
_PLACES: dict[str, tuple[tuple[int | str, ...], tuple[int | str, ...]]] = {
    "pbkdf2_hmac": ((3, "iterations"), (2, "salt")),
    "PBKDF2HMAC": ((3, "iterations"), (2, "salt")),
    "PBKDF2": ((3, "count"), (1, "salt")),
    "scrypt": ((), ("salt",)),
    "Scrypt": ((), (0, "salt")),
    "kdf": ((), (1, "salt")),
}


def judge(hit: Hit) -> Verdict | None:
    if hit.sink.kind == "fast-digest":
        return _fast(hit)
    if hit.sink.kind == "fast-scheme":
        return Verdict(f"{hit.name.split('.')[-2]} was not made for passwords, or was and is too fast now", "high")
    function = hit.name.rpartition(".")[2]
    if function == "gensalt":
        cost = hit.given(0, "rounds")
        if cost is not None and _below(cost, _COST):
            return Verdict(f"bcrypt with a cost of {cost.const} is too fast", "high")
        return None
    rounds_at, salt_at = _PLACES[function]
    rounds = evidence.or_default(hit, *rounds_at) if rounds_at else None
    if rounds is not None and _below(rounds, _ROUNDS):
        return Verdict(f"{rounds.const} rounds are too few", "high")
    salt = hit.given(*salt_at)
    if salt is not None and isinstance(salt.const, (bytes, str)):
        return Verdict("the salt is the same for every password", "high", None, (760, 759))
    return None


def _fast(hit: Hit) -> Verdict | None:
    """A digest that was made to be fast, of a password alone: no salt, nothing that makes it slow."""
    act = hit.activation
    marks = act.marks(hit.value)
    if marks and _is_salted(act, hit.argument):
        return _named(hit, "and a salt alone does not make it slow", (916,))
    if not marks or len(hit.value.parts) != 1 or not isinstance(hit.value.parts[0], Piece):
        return None
    for holder, one in evidence.operands(act, hit.argument):
        if one.op in (ir.BINARY, ir.JOIN, ir.PHI) or (one.op == ir.CALL and _is_opaque(holder, one)):
            return None
    return _named(hit, "and without a salt", (759, 916))


def _named(hit: Hit, how: str, cwe: tuple[int, ...]) -> Verdict | None:
    act = hit.activation
    name = next((name for name in _names.behind(act, hit.argument) if _is_password(name)), "")
    if not name or _is_slowed(act, hit.call):
        return None
    return Verdict(f"a password ({name}) is hashed fast, {how}", "medium", None, cwe)


def _is_salted(act: Activation, instr: Instr) -> bool:
    """`salt + password.encode()`, where the salt is random."""
    if instr.op != ir.BINARY or instr.data != "+":
        return False
    return any(
        isinstance(ref, Extern) and ref.name in _RANDOM
        for holder, one in evidence.operands(act, instr)
        if one.op == ir.CALL
        for ref in holder.vals[one.args[0].index].refs
    )


def _is_password(name: str) -> bool:
    found = _names.split(name)
    return bool(found) and found[-1] in _names.PASSWORDS - {"getpass"}


def _is_opaque(act: Activation, call: Instr) -> bool:
    """Whether something else than a method of a text, or a conversion, stands on the way."""
    callee = call.args[0]
    return not (callee.op == ir.ATTR and callee.data in ("encode", "strip", "get")) and callee.data not in (
        "bytes",
        "str",
    )


def _is_slowed(act: Activation, call: Instr) -> bool:
    """Whether the digest goes into a function that is slow, or into a lookup of known passwords."""
    made = {call.index}
    for block in act.code.blocks:
        for instr in block.instrs:
            if any(arg.index in made for arg in instr.args):
                made.add(instr.index)
                if instr.op == ir.CALL and instr.args[0].data in _SLOW and instr.args[0].index not in made:
                    return True
    return False


def _below(value: Value, limit: int) -> bool:
    return isinstance(value.const, int) and not isinstance(value.const, bool) and 0 < value.const < limit


RULE = Rule(
    id="weak-password-hash",
    cwe=(916,),
    summary="A password is hashed too fast, or with a salt that is the same for all",
    hint="use scrypt, bcrypt, argon2 or pbkdf2 with some hundred thousand rounds, and a random salt for each password",
    severity="error",
    sinks=("password-hash", "fast-digest", "fast-scheme"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import hashlib, os

def stored(password):
    return hashlib.pbkdf2_hmac("sha256", password.encode(), os.urandom(16), 1000)
""",
    """
import hashlib

def stored(password):
    return hashlib.pbkdf2_hmac("sha256", password.encode(), b"salt", 600000)
""",
    """
import bcrypt

def stored(password):
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds=4))
""",
    """
import hashlib
SALT = "a9f0" + "b1"

def stored(password):
    return hashlib.scrypt(password.encode(), salt=SALT.encode(), n=16384, r=8, p=1).hex()
""",
    """
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

def key(password, salt):
    return PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=salt, iterations=100).derive(password)
""",
    """
from Crypto.Protocol.KDF import PBKDF2

def key(password, salt):
    return PBKDF2(password, salt, 32, count=1000)
""",
    """
import hashlib

def register(store, form):
    store[form["name"]] = hashlib.sha256(form["password"].encode()).hexdigest()
""",
    """
from passlib.hash import md5_crypt

def digest(password):
    return md5_crypt.hash(password)
""",
    # a salt alone
    """
import hashlib, os

def register(store, form):
    salt = os.urandom(16)
    store[form["name"]] = salt, hashlib.sha256(salt + form["password"].encode()).digest()
""",
    """
import hashlib

class Hasher:
    def __init__(self, rounds=1000):
        self.rounds = rounds

    def digest(self, password, salt):
        return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, self.rounds)
""",
)

SAFE: tuple[str, ...] = (
    """
import hashlib

class Hasher:
    def __init__(self, rounds=600_000):
        self.rounds = rounds

    def digest(self, password, salt):
        return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, self.rounds)
""",
    """
from passlib.hash import argon2

def digest(password):
    return argon2.hash(password)
""",
    """
import bcrypt, hashlib, os

def register(store, form):
    short = hashlib.sha256(form["password"].encode()).digest()
    store[form["name"]] = bcrypt.hashpw(short, bcrypt.gensalt())
""",
    """
import hashlib, os

def stored(password):
    salt = os.urandom(16)
    return salt + hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 600_000)
""",
    """
import bcrypt

def stored(password):
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt())

def slower(password):
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(12))
""",
    """
import hashlib

def matches(password, salt, digest, rounds):
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds) == digest
""",
    """
import hashlib, secrets

def stored(password):
    salt = secrets.token_hex(16)
    return salt, hashlib.scrypt(password.encode(), salt=salt.encode(), n=2**14, r=8, p=1)
""",
    """
import os
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

def key(password):
    salt = os.urandom(16)
    return PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=salt, iterations=480000).derive(password)
""",
)

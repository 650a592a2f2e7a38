"""A broken cipher, a mode that shows patterns, or an initial value that is always the same.

DES, Triple DES, RC2, RC4, Blowfish and their like can be broken; ECB turns equal blocks of a text into equal blocks of
the cipher text; CBC, CTR and GCM need a new random initial value for each message, or they give away the text and, in
GCM, the key. Old versions of TLS and SSL have the same troubles. Use authenticated encryption with a fresh nonce:

    nonce = os.urandom(12)
    AESGCM(key).encrypt(nonce, data, None)

What counts as safe: AES with GCM, CBC or CTR and an initial value that is made for each message or read from it;
ChaCha20; `ssl.create_default_context()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis.values import NO, Extern, Value
from codereal.rules._rule import Rule, Verdict

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Code, Instr
    from codereal.analysis.program import Hit

_MAKES = frozenset({"bytes", "bytearray", "encode", "fromhex"})
_DIGESTS = frozenset({"sha256", "sha512", "sha1", "md5", "sha384", "blake2b"})
_CIPHERS = frozenset({"AES", "AESGCM", "ChaCha20Poly1305", "new", "TripleDES", "Camellia", "ChaCha20", "SM4"})
_OLD = ("PROTOCOL_SSLv2", "PROTOCOL_SSLv3", "PROTOCOL_TLSv1", "PROTOCOL_TLSv1_1", "SSLv3", "TLSv1", "TLSv1_1")


def judge(hit: Hit) -> Verdict | None:
    kind = hit.sink.kind
    if kind == "weak-cipher":
        name = hit.name.removesuffix(".new").rpartition(".")[2]
        return Verdict(f"{name} is a broken cipher", "high")
    if kind == "weak-mode" or (kind == "cipher" and _is(hit.given(1, "mode"), ("MODE_ECB",))):
        return Verdict("ECB shows which blocks of the text are equal", "high")
    if kind == "initial-value" and (_is_fixed(hit.value) or _is_kept(hit) or _is_made_of_key(hit)):
        return Verdict("the initial value is the same for every message", "high", None, (329, 1204, 323))
    if kind == "old-protocol" and _is(hit.value, _OLD):
        return Verdict("the version of TLS is an old one", "high")
    return None


def _is(value: Value | None, names: tuple[str, ...]) -> bool:
    """Whether it is one of these constants of a library, for certain."""
    return value is not None and not value.parts and len(value.refs) == 1 and _last(value) in names


def _last(value: Value) -> str:
    ref = value.refs[0]
    return ref.name.rpartition(".")[2] if isinstance(ref, Extern) else ""


def _is_kept(hit: Hit) -> bool:
    """Whether an object makes a nonce when it is made itself, and seals every message with that one."""
    stored = evidence.kept(hit.activation, hit.argument) if hit.name.endswith(".encrypt") else []
    return bool(stored) and all(code.name == "__init__" and made.op == ir.CALL for code, made in stored)


def _is_made_of_key(hit: Hit) -> bool:
    """Whether it is the beginning of the key, or of zeros that the program writes down, and so always the same."""
    stored = evidence.kept(hit.activation, hit.argument) or [(hit.activation.code, hit.argument)]
    return all(_is_written_down(made) or _is_start_of_key(code, made, hit.activation) for code, made in stored)


def _is_written_down(made: Instr) -> bool:
    """`bytes([0] * 16)`: constants, and what makes bytes of them."""
    if made.op == ir.CALL:
        callee = made.args[0]
        if callee.data not in _MAKES or callee.op not in (ir.NAME, ir.ATTR) or len(made.args) < 2:
            return False
        return all(_is_written_down(arg) for arg in made.args[1:])
    if made.op in (ir.BUILD, ir.BINARY):
        return bool(made.args) and all(_is_written_down(arg) for arg in made.args)
    return made.op == ir.CONST and isinstance(made.data, (int, bytes, str))


def _is_start_of_key(code: Code, made: Instr, act: Activation) -> bool:
    """`key[:16]` of what is handed to the cipher as its key."""
    whole = made
    if made.op == ir.ITEM and made.args[1].op == ir.SLICE:
        if made.args[1].args[0].data not in (None, 0):
            return False
        whole = made.args[0]
    digested = _digested(whole, act)
    if digested is None and whole is made:
        return False
    whole = digested or whole
    name = whole.data if whole.op == ir.ATTR else None
    keys = [
        one.args[1]
        for holder in (code, act.code)
        for block in holder.blocks
        for one in block.instrs
        if one.op == ir.CALL and len(one.args) > 1 and _name(one.args[0], act) in _CIPHERS
    ]
    keys += [one.args[1] for block in code.blocks for one in block.instrs if _keeps(one, keys)]
    return any(one is whole or (name is not None and one.op == ir.ATTR and one.data == name) for one in keys)


def _name(callee: Instr, act: Activation) -> str:
    """The last name of what is called, by its library if that is known."""
    known = act.vals[callee.index].refs if ir.by_index(act.code).get(callee.index) is callee else ()
    for ref in known:
        if isinstance(ref, Extern):
            return ref.name.rpartition(".")[2]
    data = callee.data[1] if callee.op == ir.LOAD and isinstance(callee.data, tuple) else callee.data
    return str(data).rpartition(".")[2]


def _digested(made: Instr, act: Activation) -> Instr | None:
    """What `hashlib.sha256(key).digest()` is a digest of."""
    if made.op != ir.CALL or made.args[0].op != ir.ATTR or made.args[0].data not in ("digest", "hexdigest"):
        return None
    inner = made.args[0].args[0]
    is_digest = inner.op == ir.CALL and _name(inner.args[0], act) in _DIGESTS
    return inner.args[1] if is_digest and len(inner.args) == 2 else None


def _keeps(one: Instr, keys: list[Instr]) -> bool:
    """Whether an attribute that the cipher is given as its key is set here."""
    return one.op == ir.SETATTR and any(key.op == ir.ATTR and key.data == one.data for key in keys)


def _is_fixed(value: Value) -> bool:
    return value.const is not NO and isinstance(value.const, (bytes, str))


RULE = Rule(
    id="weak-cipher",
    cwe=(327,),
    summary="A broken cipher, a mode that shows patterns, or a fixed initial value",
    hint="use aes-gcm or chacha20-poly1305 with a new random nonce for each message",
    severity="error",
    sinks=("weak-cipher", "weak-mode", "cipher", "initial-value", "old-protocol"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
from Crypto.Cipher import DES

def seal(key, data):
    return DES.new(key, DES.MODE_CBC).encrypt(data)
""",
    """
from Crypto.Cipher import AES

def seal(key, data):
    cipher = AES.new(key, AES.MODE_ECB)
    return cipher.encrypt(data)
""",
    """
from Crypto.Cipher import ARC4 as Stream

def seal(key, data):
    return Stream.new(key).encrypt(data)
""",
    """
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

def seal(key, data):
    box = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return box.update(data) + box.finalize()
""",
    """
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

def seal(key, iv, data):
    box = Cipher(algorithms.TripleDES(key), modes.CBC(iv)).encryptor()
    return box.update(data) + box.finalize()
""",
    """
from Crypto.Cipher import AES
IV = b"\\x00" * 16

def seal(key, data):
    return AES.new(key, AES.MODE_CBC, IV).encrypt(data)
""",
    """
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

def seal(key, data):
    box = Cipher(algorithms.AES(key), modes.CBC(b"0123456789abcdef")).encryptor()
    return box.update(data) + box.finalize()
""",
    """
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

def seal(key, data):
    return AESGCM(key).encrypt(b"unique nonce", data, None)
""",
    """
import ssl

def context():
    return ssl.SSLContext(ssl.PROTOCOL_TLSv1)
""",
    """
import ssl

def context():
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1
    return made
""",
    """
import nacl.secret

def seal(key, data):
    return nacl.secret.SecretBox(key).encrypt(data, b"0" * 24)
""",
    """
from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher

def seal(key, data):
    box = Cipher(ARC4(key), mode=None).encryptor()
    return box.update(data) + box.finalize()
""",
    # one nonce for all that an object seals
    """
import os
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

class Box:
    def __init__(self, key):
        self.box = AESGCM(key)
        self.nonce = os.urandom(12)

    def seal(self, data):
        return self.nonce + self.box.encrypt(self.nonce, data, b"")
""",
    # the beginning of the key
    """
from Crypto.Cipher import AES

def seal(key, data):
    return AES.new(key, AES.MODE_CBC, key[:16]).encrypt(data)
""",
    """
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

class Box:
    def __init__(self, key):
        self.key = key
        self.vector = key[:16]

    def seal(self, data):
        box = Cipher(algorithms.AES(self.key), modes.CBC(self.vector)).encryptor()
        return box.update(data) + box.finalize()
""",
    """
from Crypto.Cipher import AES

class Box:
    def __init__(self, key):
        self.key = key
        self.vector = bytes([0] * 16)

    def seal(self, data):
        return AES.new(self.key, AES.MODE_CBC, self.vector).encrypt(data)
""",
    """
import hashlib, os
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

def seal(data):
    key = bytes.fromhex(os.environ["KEY"])
    nonce = hashlib.sha256(key).digest()[:12]
    return AESGCM(key).encrypt(nonce, data, None)
""",
)

SAFE: tuple[str, ...] = (
    """
import os
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

class Box:
    def __init__(self, key):
        self.box = AESGCM(key)

    def seal(self, data):
        nonce = os.urandom(12)
        return nonce + self.box.encrypt(nonce, data, b"")
""",
    """
import nacl.secret

def seal(key, data):
    return nacl.secret.SecretBox(key).encrypt(data)
""",
    """
import os
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

def seal(key, data):
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, data, None)
""",
    """
from Crypto.Cipher import AES
from Crypto.Random import get_random_bytes

def seal(key, data):
    cipher = AES.new(key, AES.MODE_GCM)
    text, tag = cipher.encrypt_and_digest(data)
    return cipher.nonce + tag + text

def seal_cbc(key, data):
    iv = get_random_bytes(16)
    return iv + AES.new(key, AES.MODE_CBC, iv).encrypt(data)
""",
    """
from Crypto.Cipher import AES

def open_box(key, box):
    return AES.new(key, AES.MODE_CBC, box[:16]).decrypt(box[16:])
""",
    """
import ssl

def context():
    return ssl.create_default_context()

def client():
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
""",
    """
from cryptography.fernet import Fernet

def seal(key, data):
    return Fernet(key).encrypt(data)
""",
    """
import secrets
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

def seal(key, data):
    iv = secrets.token_bytes(16)
    box = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return iv + box.update(data) + box.finalize()
""",
    """
import hashlib
from Crypto.Cipher import AES

def open_box(password, salt, data):
    made = hashlib.pbkdf2_hmac("sha256", password, salt, 600_000, 48)
    return AES.new(made[16:], AES.MODE_CBC, made[:16]).decrypt(data)
""",
    """
from Crypto.Cipher import AES

def open_box(key, data):
    return AES.new(key, AES.MODE_CBC, data[:16]).decrypt(data[16:])
""",
    """
import hashlib, os
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

def seal(data):
    key = bytes.fromhex(os.environ["KEY"])
    nonce = hashlib.sha256(os.urandom(32)).digest()[:12]
    return nonce + AESGCM(key).encrypt(nonce, data, None)
""",
)

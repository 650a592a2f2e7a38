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
    from codereal.analysis.program import Hit

_OLD = ("PROTOCOL_SSLv2", "PROTOCOL_SSLv3", "PROTOCOL_TLSv1", "PROTOCOL_TLSv1_1", "SSLv3", "TLSv1", "TLSv1_1")


def judge(hit: Hit) -> Verdict | None:
    kind = hit.sink.kind
    if kind == "weak-cipher":
        name = hit.name.removesuffix(".new").rpartition(".")[2]
        return Verdict(f"{name} is a broken cipher", "high")
    if kind == "weak-mode" or (kind == "cipher" and _is(hit.given(1, "mode"), ("MODE_ECB",))):
        return Verdict("ECB shows which blocks of the text are equal", "high")
    if kind == "initial-value" and (_is_fixed(hit.value) or _is_kept(hit)):
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
)

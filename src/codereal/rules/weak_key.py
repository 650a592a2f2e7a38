"""A key is too short to last.

RSA, DSA and Diffie-Hellman with keys of 1024 bits are within reach of those who can pay for it, elliptic curves of less
than 224 bits too. Keys of 2048 bits are the least, 3072 or a curve of 256 bits what is recommended:

    rsa.generate_private_key(public_exponent=65537, key_size=3072)

What is reported: a key size below 2048 that is known where the key is generated, and curves of less than 224 bits.
Sizes that come from elsewhere are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.rules._rule import Rule, Verdict

if TYPE_CHECKING:
    from codereal.analysis.program import Hit

_LEAST = 2048
_TOY = 64  # below this it is an example that shows how the arithmetic works


def judge(hit: Hit) -> Verdict | None:
    if hit.sink.kind == "weak-curve":
        return Verdict(f"{hit.name.rpartition('.')[2]} is too small a curve", "high")
    assert hit.arguments is not None
    given = hit.given("key_size", "bits", "nbits")
    sizes = [given] if given is not None else hit.arguments.values
    for value in sizes:
        bits = value.const
        if isinstance(bits, int) and not isinstance(bits, bool) and _TOY < bits < _LEAST:
            return Verdict(f"a key of {bits} bits is too short", "high")
    return None


RULE = Rule(
    id="weak-key",
    cwe=(326,),
    summary="A key is too short to last",
    hint="generate keys of at least 2048 bits, or use a curve of 256 bits",
    severity="error",
    sinks=("key-size", "weak-curve"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
from cryptography.hazmat.primitives.asymmetric import rsa

def make():
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)
""",
    """
from Crypto.PublicKey import RSA
BITS = 1024

def make():
    return RSA.generate(BITS)
""",
    """
from cryptography.hazmat.primitives.asymmetric import dsa as d

def make():
    return d.generate_private_key(1024)
""",
    """
from cryptography.hazmat.primitives.asymmetric import dh

def make():
    return dh.generate_parameters(generator=2, key_size=512)
""",
    """
from cryptography.hazmat.primitives.asymmetric import ec

def make():
    return ec.generate_private_key(ec.SECP192R1())
""",
    """
import paramiko

def make():
    return paramiko.RSAKey.generate(bits=1024)
""",
)

SAFE: tuple[str, ...] = (
    """
from cryptography.hazmat.primitives.asymmetric import rsa

def make():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
""",
    """
from Crypto.PublicKey import RSA

def make(bits):
    return RSA.generate(bits)
""",
    """
from cryptography.hazmat.primitives.asymmetric import ec

def make():
    return ec.generate_private_key(ec.SECP256R1())
""",
    """
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

def make():
    return Ed25519PrivateKey.generate()
""",
    """
from Crypto.PublicKey import RSA

def make():
    return RSA.generate(4096, e=65537)
""",
)

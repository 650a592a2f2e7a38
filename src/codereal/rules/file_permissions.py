"""A file is made writable for everybody on the machine.

After `os.chmod(path, 0o777)` any account, that of a web server or of a guest too, can change the file: put a script
into its place, or alter what the program trusts. `os.umask(0)` does the same to every file that is made from then on.
Give the owner what is needed and others as little as possible:

    os.chmod(path, 0o600)

What counts as safe: modes without the right to write for others (0o755, 0o644, 0o600), and modes that are not known.
The mode that `os.open` or `os.makedirs` are given is not reported: the process's mask is taken off it.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from codereal.analysis import ir
from codereal.analysis.values import Extern
from codereal.rules._rule import Rule, Verdict

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit

_MAX_DEPTH = 12


def judge(hit: Hit) -> Verdict | None:
    mode = _mode(hit.activation, hit.argument, _MAX_DEPTH)
    if mode is None:
        return None
    if mode & (stat.S_IRGRP | stat.S_IROTH) and not hit.name.endswith("umask") and _is_private_key(hit.activation):
        return Verdict(f"the mode {mode:#o} lets others read a private key", "medium")
    if hit.name == "os.open":
        return None
    if hit.name.endswith("umask"):
        return Verdict("files made from here on are writable for everybody", "medium") if not mode & 0o002 else None
    return Verdict(f"the mode {mode:#o} lets everybody write", "high") if mode & stat.S_IWOTH else None


def _is_private_key(act: Activation) -> bool:
    """Whether the function writes a private key that no password protects, and no public one."""
    said = {str(one.data) for block in act.code.blocks for one in block.instrs if one.op == ir.ATTR}
    named = {name for one in act.vals for ref in one.refs if isinstance(ref, Extern) for name in ref.name.split(".")}
    is_private = "private_bytes" in said and bool({"NoEncryption"} & (said | named))
    return is_private and not {"public_bytes", "public_key"} & said


def _mode(act: Activation, instr: Instr, depth: int) -> int | None:
    """A mode that is a number, or a sum of the constants of `stat`; None when it is not known."""
    value = act.vals[instr.index]
    if isinstance(value.const, int):
        return value.const
    names = [ref.name for ref in value.refs if isinstance(ref, Extern) and ref.name.startswith("stat.S_I")]
    if len(names) == 1:
        found = getattr(stat, names[0].rpartition(".")[2], None)
        return found if isinstance(found, int) else None
    if instr.op == ir.BINARY and instr.data in ("|", "|=", "+") and depth:
        left, right = (_mode(act, arg, depth - 1) for arg in instr.args)
        return left | right if left is not None and right is not None else left or right
    return None


RULE = Rule(
    id="file-permissions",
    cwe=(732, 276),
    summary="A file is made writable for everybody on the machine",
    hint="leave the right to write to the owner: 0o600, 0o644, or 0o755 for programs",
    severity="warning",
    sinks=("mode",),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import os
os.chmod("settings.ini", 0o777)
""",
    """
import os
MODE = 0o666
def share(path):
    os.chmod(path, mode=MODE)
""",
    """
from pathlib import Path
def share(name):
    Path(name).chmod(0o777)
""",
    """
import os, stat
def share(path):
    os.chmod(path, stat.S_IRUSR | stat.S_IWUSR | stat.S_IRWXO)
""",
    """
import os
def start():
    os.umask(0)
    open("log.txt", "w").close()
""",
    """
from os import chmod as allow
class Files:
    mode = 511

    def share(self, path):
        allow(path, 511)
""",
    # a private key
    """
import os
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

def make(path):
    key = ed25519.Ed25519PrivateKey.generate()
    data = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as stream:
        stream.write(data)
""",
)

SAFE: tuple[str, ...] = (
    """
import os
os.chmod("settings.ini", 0o600)
""",
    """
import os, stat
def start(path):
    os.chmod(path, stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP)
""",
    """
import os
def allow(path, mode):
    os.chmod(path, mode)
""",
    """
import os
def start():
    os.umask(0o077)
""",
    """
import os, stat
def run(path):
    os.chmod(path, os.stat(path).st_mode | stat.S_IEXEC)
""",
    """
import os
def folder(path):
    os.makedirs(path, 0o777, exist_ok=True)
""",
    """
import os
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

def make(path):
    key = ed25519.Ed25519PrivateKey.generate()
    data = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(data)
""",
)

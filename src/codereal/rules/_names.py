"""What values are called: the few words that the whole field uses for secrets, and the names around a value.

A hash, a random number or a literal is harmless or not by what it is for, and that nothing but a name tells: the key
under which it came or is stored, a keyword, a parameter, a variable, the function that gives it back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir
from codereal.analysis.values import Extern

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Code, Instr

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
PASSWORDS = frozenset({"password", "passwords", "passwd", "pwd", "passphrase", "passcode", "pword", "pswd", "getpass"})
SECRETS: frozenset[str] = PASSWORDS | {
    "secret",
    "secrets",
    "token",
    "tokens",
    "credential",
    "credentials",
    "otp",
    "totp",
    "csrf",
    "apikey",
}
_PAIRS = frozenset(
    {
        "api key", "secret key", "private key", "access key", "encryption key", "signing key", "session id",
        "session key", "auth key", "master key", "verification code", "reset code", "auth code", "security code",
        "access code", "pin code", "recovery code", "confirmation code", "session cookie", "pass word", "pass phrase",
    }
)  # fmt: skip
# Words behind a secret's that leave it one.
_FOLLOW = frozenset(
    {"for", "from", "with", "to", "of", "by", "using", "string", "str", "hex", "bytes", "value", "raw", "v"}
)
# What language models read and write are tokens, too.
_COUNTED = frozenset({"prompt", "completion", "input", "output", "max", "min", "num", "total"})
_MAX_ROUNDS = 3
_MAX_UP = 3
_MAX_CALLED = 400


def split(name: str) -> list[str]:
    """The words of an identifier or a key, in lower case: `resetToken`, `RESET_TOKEN`, `reset-token`."""
    return [word.lower() for word in _WORD.findall(name)]


def speaks_of(names: Iterable[str], words: frozenset[str]) -> str:
    """The first of these names that holds one of the words, or one of the pairs if those are secrets; else ""."""
    return next((name for name in names if _speaks_of(name, words)), "")


@lru_cache(maxsize=4096)  # (names are asked for again and again, in one text and from text to text)
def _speaks_of(name: str, words: frozenset[str]) -> bool:
    found = split(name)
    if words.intersection(found):
        return True
    return "secret" in words and any(f"{a} {b}" in _PAIRS for a, b in pairwise(found))


def names_secret(name: str) -> bool:
    """Whether what bears this name, or what a function of this name makes, is a secret: `make_token_for`."""
    found = split(name)
    for at, word in enumerate(found):
        is_pair = at + 1 < len(found) and f"{word} {found[at + 1]}" in _PAIRS
        after = found[at + 1 + is_pair :]
        if word in ("token", "tokens") and at and found[at - 1] in _COUNTED:
            continue
        if (is_pair or word in SECRETS) and (not after or after[0] in _FOLLOW or after[0].isdigit()):
            return True
    return False


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Whether what bears this name is itself a secret: its last word says so (`password`, not `password_field`)."""
    found = split(name)
    if found and found[-1].isdigit():
        found.pop()
    return bool(found) and (found[-1] in SECRETS or " ".join(found[-2:]) in _PAIRS)


def behind(act: Activation, instr: Instr) -> Iterator[str]:
    """The names under which what `instr` was made of came: parameters, variables, attributes, keys."""
    for holder, one in evidence.operands(act, instr):
        name = holder.code.names.get(one.index)
        if name:
            yield from name.split(" ")
        if one.op == ir.ATTR or one.op == ir.NAME:
            yield str(one.data)
        elif one.op == ir.LOAD and isinstance(one.data, tuple):
            yield str(one.data[1])
        elif one.op == ir.ITEM or (one.op == ir.CALL and len(one.args) in (2, 3)):
            key = holder.vals[one.args[1].index].const
            if isinstance(key, str) and len(key) < 40:
                yield key


def ahead(act: Activation, instr: Instr) -> Iterator[str]:
    """The names that what is made of `instr` gets: variables, keys, keywords, attributes, functions that return it."""
    current: Activation | None = act
    start = instr
    for _ in range(_MAX_UP):
        if current is None:
            return
        returned = False
        for name, is_return in _ahead(current.code, start):
            yield name
            returned = returned or is_return
        if not returned or current.call is None:
            return
        start, current = current.call, current.caller


def _ahead(code: Code, start: Instr) -> Iterator[tuple[str, bool]]:
    """Names in one code, and whether each is that of the function that gives the value back."""
    made = {start.index}
    for _ in range(_MAX_ROUNDS):
        before = len(made)
        for block in code.blocks:
            for instr in block.instrs:
                if any(arg.index in made for arg in instr.args) and instr.op != ir.COMPARE:
                    made.add(instr.index)
        if len(made) == before:
            break
    for block in code.blocks:
        for instr in block.instrs:
            if instr.index not in made:
                continue
            if instr.index in code.names:
                yield from ((name, False) for name in code.names[instr.index].split(" "))
            yield from ((name, instr.op == ir.RETURN) for name in _given(code, instr, made))


def _given(code: Code, instr: Instr, made: set[int]) -> Iterator[str]:
    """The names that one instruction gives to values of `made`."""
    if instr.op == ir.RETURN:
        yield code.name
    elif instr.op == ir.STORE and isinstance(instr.data, tuple):
        yield str(instr.data[1])
    elif instr.op == ir.SETATTR and instr.args[1].index in made:
        yield str(instr.data)
    elif instr.op == ir.SETITEM and isinstance(instr.args[1].data, str) and instr.args[2].index in made:
        yield instr.args[1].data
    elif instr.op == ir.CALL and isinstance(instr.data, tuple):
        yield from (
            str(name) for name, arg in zip(instr.data, instr.args[1:], strict=True) if arg.index in made and name
        )
    elif instr.op == ir.BUILD and instr.data == "dict":
        keys = [arg for arg in instr.args if arg.op != ir.UNPACK]
        for key, value in zip(keys[::2], keys[1::2], strict=False):
            if isinstance(key.data, str) and value.index in made:
                yield key.data


def called(act: Activation, instr: Instr) -> Iterator[str]:
    """The qualified names of what was called on the way to `instr`, also in functions of the text that gave it."""
    pending = list(evidence.operands(act, instr))
    seen: set[tuple[int, int]] = set()
    while pending and len(seen) < _MAX_CALLED:
        holder, one = pending.pop()
        key = (holder.number, one.index)
        if one.op != ir.CALL or key in seen:
            continue
        seen.add(key)
        yield from (ref.name for ref in holder.vals[one.args[0].index].refs if isinstance(ref, Extern))
        for inner in holder.inner.get(one.index, ()):
            for block in inner.code.blocks:
                for last in block.instrs:
                    if last.op == ir.RETURN and block.index in inner.rounds:
                        pending.extend(evidence.operands(inner, last))

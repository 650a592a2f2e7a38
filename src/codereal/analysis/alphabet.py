"""Sets of characters as bit masks: bit c for character c of ASCII, one more bit for all others.

A text whose content is unknown still has an alphabet: what `int`, `re.sub(r"[^a-z]", "", x)`, `x.isalnum()` or
`x.replace("'", "")` leave of it decides whether it can break out of where it is put.
"""

from __future__ import annotations

from functools import lru_cache

OTHER: int = 1 << 128
ANY: int = (1 << 129) - 1
NONE: int = 0
_SHORT = 64  # characters of a text whose alphabet is kept


def of(characters: str) -> int:
    """The alphabet of a known text."""
    return _of_short(characters) if len(characters) <= _SHORT else _of(characters)


def _of(characters: str) -> int:
    mask = 0
    for character in set(characters):
        code = ord(character)
        mask |= 1 << code if code < 128 else OTHER
    return mask


_of_short = lru_cache(maxsize=4096)(_of)

DIGITS: int = of("0123456789")
LOWER: int = of("abcdefghijklmnopqrstuvwxyz")
UPPER: int = LOWER >> 32
LETTERS: int = LOWER | UPPER
ALNUM: int = LETTERS | DIGITS | OTHER
WORD: int = LETTERS | DIGITS | OTHER | of("_")
SPACE: int = of(" \t\n\r\f\v")
HEX: int = DIGITS | of("abcdefABCDEF")
NUMBER: int = DIGITS | of("+-.einfaE")  # what `float` and `int` print: 1e+16, inf, nan

NAMED = {
    "any": ANY,
    "digits": DIGITS,
    "number": NUMBER,
    "hex": HEX,
    "alnum": ALNUM,
    "word": WORD,
    "letters": LETTERS | OTHER,
    "base64": LETTERS | DIGITS | of("+/="),
    "base64url": LETTERS | DIGITS | of("-_="),
    "uuid": HEX | of("-"),
    "address": HEX | of(".:/"),
    "quoted-query": LETTERS | DIGITS | of("_%./-~+&="),
    "quoted-url": LETTERS | DIGITS | of("_%./-~+"),
    "printable": ANY & ~sum(1 << code for code in (*range(32), 127)),
    "markup": ANY & ~of("<>"),
    "html": ANY & ~of("<>\"'"),
    "time": LETTERS | DIGITS | of("-:+. "),
}


def lower(mask: int) -> int:
    return mask & ~UPPER | (mask & UPPER) << 32


def upper(mask: int) -> int:
    return mask & ~LOWER | (mask & LOWER) >> 32


def show(mask: int) -> str:
    """The alphabet as words for a golden test: "any", a name, or the ASCII characters it holds."""
    for name, named in NAMED.items():
        if named == mask:
            return name
    return "".join(chr(code) for code in range(32, 127) if mask >> code & 1) + ("…" if mask & OTHER else "")

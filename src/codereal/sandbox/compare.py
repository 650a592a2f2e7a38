"""Comparison of a claimed value with the expected one, on their tagged forms.

The claim comes from a hostile process, so it is never turned into objects here: no `__eq__`, no hash table that
colliding keys could slow down, only strings, numbers and lists of JSON.
"""

from __future__ import annotations

import base64
import json
import math
import re
from typing import Any, Literal, TypeAlias

from codereal.sandbox.codec import Tagged

Match: TypeAlias = Literal["exact", "equal", "json"]
"""How values compare.

- `exact`: the same type and value, everywhere inside; NaN equals NaN, 0.0 equals -0.0.
- `equal`: as Python's `==` on plain data: 1 == 1.0 == True == Fraction(1), a Counter equals its dict; list and tuple
  still differ.
- `json`: as `equal`, and a tuple equals a list (what is left of types when tests are stored as JSON).
"""

_WHOLE = re.compile(r"-?[0-9]{1,18}")  # no more digits: a claim must not cost us time

# A dict travels as a list of pairs, whose text begins with the key: sorting them sorts by key.
_UNORDERED = ("set", "frozenset", "dict")


def same(expected: Tagged, claimed: Tagged, match: Match = "exact", tolerance: float | None = None) -> bool:
    """Whether the claim equals the expected value; `tolerance` is relative and absolute, for floats only."""
    if match != "exact":
        expected, claimed = _loosen(expected, match), _loosen(claimed, match)
    return _same(_settle(expected), _settle(claimed), tolerance)


def _settle(tagged: Tagged) -> Tagged:
    """The same value with the members of sets and dicts in one order, the innermost first; -0.0 becomes 0.0."""
    if isinstance(tagged, list):
        return [_settle(item) for item in tagged]
    if isinstance(tagged, dict):
        return {
            tag: sorted(_settle(content), key=json.dumps) if tag in _UNORDERED else _settle(content)
            for tag, content in tagged.items()
        }
    return 0.0 if tagged == 0.0 and isinstance(tagged, float) else tagged


def _same(a: Tagged, b: Tagged, tolerance: float | None) -> bool:
    if type(a) is not type(b):
        if tolerance is not None and type(a) in (int, float) and type(b) in (int, float):
            return _close(float(a), float(b), tolerance)
        return False
    if isinstance(a, float):
        return a == b or (a != a and b != b) or (tolerance is not None and _close(a, b, tolerance))
    if isinstance(a, list):
        return len(a) == len(b) and all(_same(x, y, tolerance) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        if len(a) != 1 or a.keys() != b.keys():
            return False
        ((tag, x),) = a.items()
        y = b[tag]
        if tag == "opaque":
            return False
        if tag in ("array", "scalar") and tolerance is not None and x[0][1:2] in ("f", "c") and x[0] == y[0]:
            return x[1:-1] == y[1:-1] and _close_bytes(x[0], x[-1], y[-1], tolerance)
        return _same(x, y, tolerance)
    return bool(a == b)


def _close(a: float, b: float, tolerance: float) -> bool:
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


def _close_bytes(dtype: str, a: str, b: str, tolerance: float) -> bool:
    import numpy

    x, y = (numpy.frombuffer(base64.b64decode(data), dtype=dtype) for data in (a, b))
    return bool(x.shape == y.shape and numpy.allclose(x, y, rtol=tolerance, atol=tolerance, equal_nan=True))


def _loosen(tagged: Tagged, match: Match) -> Tagged:
    """The same value with those differences of type removed that `match` ignores."""
    if isinstance(tagged, bool):
        return int(tagged)
    if isinstance(tagged, float):
        return int(tagged) if tagged.is_integer() and abs(tagged) < 2**63 else tagged
    if isinstance(tagged, list):
        return [_loosen(item, match) for item in tagged]
    if not isinstance(tagged, dict) or len(tagged) != 1:
        return tagged
    ((tag, content),) = tagged.items()
    if tag == "sub":
        return _loosen(content[1], match)
    if tag == "tuple" and match == "json":
        return _loosen(content, match)
    if tag in ("set", "frozenset"):
        return {"set": _loosen(content, match)}
    if tag in ("tuple", "dict"):
        return {tag: _loosen(content, match)}
    if tag == "bytearray":
        return {"bytes": content}
    if tag == "fraction" and content[1] == 1:
        return content[0]
    if tag == "decimal" and _WHOLE.fullmatch(content):
        return int(content)
    if tag in ("scalar", "array", "objects") and (tag == "scalar" or match == "json"):
        return _loosen(_unpack(tag, content), match)
    return tagged


def _unpack(tag: str, content: Any) -> Tagged:
    """Plain numbers instead of numpy's, by numpy itself: raw bytes become numbers without running anything."""
    from codereal.sandbox.codec import decode, encode

    if tag == "objects":
        return tagged_list(content[0], list(content[1]))
    value = decode({tag: content})
    return encode(value.tolist())


def tagged_list(shape: list[int], items: list[Tagged]) -> Tagged:
    """A flat list of tagged items folded into nested lists of the given shape."""
    if len(shape) <= 1:
        return items
    step = max(1, len(items) // max(1, shape[0]))
    return [tagged_list(shape[1:], items[start : start + step]) for start in range(0, len(items), step)]


def show(tagged: Tagged, limit: int = 120) -> str:
    """The value as Python would print it, at most `limit` characters; safe on any bytes a candidate sends."""
    text = _show(tagged, limit + 1)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _show(tagged: Tagged, room: int) -> str:
    if isinstance(tagged, list):
        return f"[{_join(tagged, room)}]"
    if not isinstance(tagged, dict):
        return repr(tagged[:room] if isinstance(tagged, str) else tagged)
    if len(tagged) != 1:
        return "?"
    ((tag, content),) = tagged.items()
    try:
        return _show_tag(tag, content, room)
    except (TypeError, ValueError, IndexError, KeyError):
        return f"<malformed {tag[:40]}>"


def _show_tag(tag: str, content: Any, room: int) -> str:
    if tag == "tuple":
        return f"({_join(content, room)}{',' if len(content) == 1 else ''})"
    if tag == "set":
        return f"{{{_join(content, room)}}}" if content else "set()"
    if tag == "frozenset":
        return f"frozenset({{{_join(content, room)}}})"
    if tag == "dict":
        shown = (f"{_show(key, room)}: {_show(value, room)}" for key, value in content)
        return f"{{{_cut(shown, room)}}}"
    if tag == "sub":
        return f"{content[0]}({_show(content[1], room)})"
    if tag in ("bytes", "bytearray"):
        data = repr(base64.b64decode(content[: (room * 4) & ~3]))
        return data if tag == "bytes" else f"bytearray({data})"
    if tag == "int":
        return str(content[:room])
    if tag == "opaque":
        return f"<{re.sub(r'[^ -~]', '?', str(content)[:room])}>"
    if tag == "array":
        return f"array(dtype={content[0]}, shape={tuple(content[1])})"
    return f"{tag}({json.dumps(content)[:room]})"


def _join(items: Any, room: int) -> str:
    return _cut((_show(item, room) for item in items), room)


def _cut(shown: Any, room: int) -> str:
    """Joins only as much as will be seen: a claim may be a megabyte long."""
    parts: list[str] = []
    for text in shown:
        if room <= 0:
            parts.append("…")
            break
        parts.append(text)
        room -= len(text) + 2
    return ", ".join(parts)

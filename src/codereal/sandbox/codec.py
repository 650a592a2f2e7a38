"""Values as tagged JSON: what crosses between the candidate's process and the one that judges.

Never pickle: reading these bytes runs no code of the sender. `None`, `bool`, `str`, `float`, small `int` and `list`
stand for themselves; everything else is an object with one key, its tag: `{"tuple": [1, 2]}`. A value without a
plain form (a function, an open file, an instance of some class) becomes `{"opaque": "the.type"}`, which equals nothing.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import fractions
import pathlib
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

# A tagged value: JSON, whose objects have exactly one key.
Tagged: TypeAlias = Any

MAX_DEPTH = 100  # deeper nesting has no plain form; keeps every recursion here far from Python's limit
_SMALL = 1 << 63  # larger integers travel in base 16, which takes linear time to read


class Connection:
    """Stands in `Call.args` for an open DB-API connection to the case's database; use the constant `CONNECTION`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "CONNECTION"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Connection)

    def __hash__(self) -> int:
        return hash(Connection)


CONNECTION = Connection()


@dataclass(frozen=True, slots=True)
class Source:
    """Stands in `Call.args` for a value without a plain form: an expression that the candidate's process evaluates,
    with the names of its context and program (so it is worth as much as any other argument that it is given).
    """

    text: str


@dataclass(frozen=True, slots=True)
class Symbolic:
    """A sympy expression, as `sympy.srepr` writes it; equal texts are structurally equal expressions."""

    text: str


class TooDeepError(ValueError):
    """A value nests deeper than `MAX_DEPTH`, or contains itself."""


def encode(value: object, depth: int = 0) -> Tagged:
    """The tagged form of a value. Raises `TooDeepError`; never fails on an unknown type, which becomes opaque."""
    kind = type(value)
    if value is None or kind is bool or kind is str or kind is float:
        return value
    if kind is int:
        return _integer(value)  # type: ignore[arg-type]
    if depth > MAX_DEPTH:
        raise TooDeepError("the value nests too deeply or contains itself")
    if kind is list:
        return [encode(item, depth + 1) for item in value]  # type: ignore[attr-defined]
    if kind is tuple or kind is set or kind is frozenset:
        return {kind.__name__: [encode(item, depth + 1) for item in value]}  # type: ignore[attr-defined]
    if kind is dict:
        pairs = [[encode(key, depth + 1), encode(item, depth + 1)] for key, item in value.items()]  # type: ignore[attr-defined]
        return {"dict": pairs}
    if (writer := _WRITERS.get(kind)) is not None:
        return writer(value)
    if issubclass(kind, pathlib.PurePath):
        return {"path": str(value)}
    if (array := _array(value, kind, depth)) is not None:
        return array
    sympy: Any = sys.modules.get("sympy")
    if sympy is not None and isinstance(basic := getattr(sympy, "Basic", None), type) and issubclass(kind, basic):
        return {"symbolic": sympy.srepr(value)}
    for base in _BASES:
        if issubclass(kind, base):
            # Counter, namedtuple, IntEnum …: the plain content under the name of its class.
            return {"sub": [kind.__qualname__, encode(_plain(base, value), depth + 1)]}
    return {"opaque": f"{kind.__module__}.{kind.__qualname__}"}


def decode(tagged: Tagged, resolve: Callable[[str, Any], object] | None = None) -> Any:
    """The value of a tagged form; `resolve(tag, content)` makes the values that are not plain (connections, handles).

    Raises ValueError for what no encoder writes. Run it where the sender is trusted, or in a jail: a hostile
    sender can choose keys whose hashes collide.
    """
    if isinstance(tagged, list):
        return [decode(item, resolve) for item in tagged]
    if not isinstance(tagged, dict):
        return tagged
    if len(tagged) != 1:
        raise ValueError("a tagged value has exactly one key")
    ((tag, content),) = tagged.items()
    if tag in _SEQUENCES:
        return _SEQUENCES[tag](decode(item, resolve) for item in content)
    if tag == "dict":
        return {decode(key, resolve): decode(item, resolve) for key, item in content}
    if tag == "sub":
        return decode(content[1], resolve)
    if (reader := _READERS.get(tag)) is not None:
        return reader(content)
    if resolve is not None:
        return resolve(tag, content)
    if tag == "connection":
        return CONNECTION
    if tag == "source":
        return Source(content)
    raise ValueError(f"no value is written as {tag!r}")


def opaque(tagged: Tagged) -> str | None:
    """The type of the first value in it that has no plain form, or None when it is plain throughout."""
    if isinstance(tagged, list):
        return next((kind for item in tagged if (kind := opaque(item)) is not None), None)
    if isinstance(tagged, dict):
        return str(tagged["opaque"]) if "opaque" in tagged else opaque(list(tagged.values()))
    return None


def _integer(value: int) -> Tagged:
    return value if -_SMALL < value < _SMALL else {"int": hex(value)}


def _plain(base: type, value: Any) -> object:
    """The built-in content of an instance of a subclass, read by the base's own methods."""
    if base is dict:
        return dict(dict.items(value))
    if base in (list, tuple, set, frozenset):
        return base(base.__iter__(value))
    if base is str:
        return "".join(str.__iter__(value))
    if base is int:
        return int.__index__(value)
    if base is float:
        return float.__float__(value)
    return base(value)


def _moment(value: Any) -> Tagged:
    if value.tzinfo is not None and type(value.tzinfo) is not datetime.timezone:
        return {"opaque": f"{type(value).__name__} in a named time zone"}
    return {type(value).__name__: value.isoformat()}


def _array(value: Any, kind: type, depth: int) -> Tagged | None:
    """numpy's arrays and scalars; None when the value is neither, or numpy was never imported."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or not isinstance(getattr(numpy, "ndarray", None), type):
        return None
    if kind is numpy.ndarray:
        if value.dtype.hasobject:
            return {"objects": [list(value.shape), [encode(item, depth + 1) for item in value.ravel().tolist()]]}
        return {"array": [value.dtype.str, list(value.shape), _text(numpy.ascontiguousarray(value).tobytes())]}
    if issubclass(kind, numpy.generic) and not value.dtype.hasobject:
        return {"scalar": [value.dtype.str, _text(value.tobytes())]}
    return None


def _read_array(content: Any) -> object:
    import numpy

    dtype, shape, data = content
    return numpy.frombuffer(base64.b64decode(data), dtype=_dtype(dtype)).reshape(shape).copy()


def _read_objects(content: Any) -> object:
    import numpy

    shape, items = content
    array = numpy.empty(len(items), dtype=object)
    array[:] = [decode(item) for item in items]
    return array.reshape(shape)


def _read_scalar(content: Any) -> object:
    import numpy

    dtype, data = content
    return numpy.frombuffer(base64.b64decode(data), dtype=_dtype(dtype))[0]


def _dtype(text: str) -> Any:
    import numpy

    dtype = numpy.dtype(text)
    if dtype.hasobject:
        raise ValueError("raw bytes cannot hold Python objects")
    return dtype


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


_BASES: tuple[type, ...] = (int, float, str, bytes, list, tuple, set, frozenset, dict)

_SEQUENCES: dict[str, Callable[..., object]] = {"tuple": tuple, "set": set, "frozenset": frozenset}

_WRITERS: dict[type, Callable[[Any], Tagged]] = {
    bytes: lambda value: {"bytes": _text(value)},
    bytearray: lambda value: {"bytearray": _text(value)},
    complex: lambda value: {"complex": [value.real, value.imag]},
    range: lambda value: {"range": [_integer(value.start), _integer(value.stop), _integer(value.step)]},
    decimal.Decimal: lambda value: {"decimal": str(value)},
    fractions.Fraction: lambda value: {"fraction": [_integer(value.numerator), _integer(value.denominator)]},
    datetime.datetime: _moment,
    datetime.time: _moment,
    datetime.date: lambda value: {"date": value.isoformat()},
    datetime.timedelta: lambda value: {"timedelta": [value.days, value.seconds, value.microseconds]},
    uuid.UUID: lambda value: {"uuid": str(value)},
    Connection: lambda value: {"connection": None},
    Source: lambda value: {"source": value.text},
    Symbolic: lambda value: {"symbolic": value.text},
}

_READERS: dict[str, Callable[[Any], object]] = {
    "int": lambda text: int(text, 16),
    "bytes": base64.b64decode,
    "bytearray": lambda text: bytearray(base64.b64decode(text)),
    "complex": lambda parts: complex(*parts),
    "range": lambda parts: range(*(decode(part) for part in parts)),
    "decimal": decimal.Decimal,
    "fraction": lambda parts: fractions.Fraction(*(decode(part) for part in parts)),
    "datetime": datetime.datetime.fromisoformat,
    "time": datetime.time.fromisoformat,
    "date": datetime.date.fromisoformat,
    "timedelta": lambda parts: datetime.timedelta(*parts),
    "uuid": uuid.UUID,
    "path": pathlib.PurePosixPath,
    "array": _read_array,
    "objects": _read_objects,
    "scalar": _read_scalar,
    "symbolic": Symbolic,
}

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import fractions
import json
import math
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codereal.sandbox.codec import CONNECTION, TooDeepError, decode, encode
from codereal.sandbox.compare import same, show

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.complex_numbers()
    | st.decimals(allow_nan=False)
    | st.fractions()
    | st.datetimes().map(lambda value: value.replace(fold=0))
    | st.dates()
    | st.times().map(lambda value: value.replace(fold=0))
    | st.timedeltas()
    | st.uuids()
)
hashable = st.recursive(
    scalars.filter(lambda value: value == value),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3),
    max_leaves=6,
)
values = st.recursive(
    scalars | st.builds(bytearray, st.binary()) | st.builds(range, st.integers(), st.integers(), st.integers(1, 9)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(hashable, inner, max_size=4)
        | st.sets(hashable, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(values)
def test_round_trip(value: object) -> None:
    tagged = json.loads(json.dumps(encode(value)))
    again = decode(tagged)
    assert type(again) is type(value)
    assert same(encode(again), tagged)
    assert repr(again) == repr(value) or isinstance(value, (set, frozenset, dict, list, tuple))
    assert isinstance(show(tagged), str)


@settings(max_examples=80, deadline=None)
@given(values, values)
def test_equal_agrees_with_python(a: object, b: object) -> None:
    tagged_a, tagged_b = encode(a), encode(b)
    if same(tagged_a, tagged_b) and "nan" not in repr((a, b)):
        assert a == b
    assert same(tagged_a, tagged_a, "equal")


@pytest.mark.parametrize(
    ("a", "b", "match", "expected"),
    [
        (1, True, "exact", False),
        (1, 1.0, "exact", False),
        (1, 1.0, "equal", True),
        (1, True, "equal", True),
        (fractions.Fraction(2), 2, "equal", True),
        (fractions.Fraction(5, 2), 2, "equal", False),
        (decimal.Decimal(7), 7.0, "equal", True),
        (decimal.Decimal("7.5"), 7, "equal", False),
        (fractions.Fraction(2), 2, "exact", False),
        (0.0, -0.0, "exact", True),
        (math.nan, math.nan, "exact", True),
        ((1,), [1], "equal", False),
        ((1,), [1], "json", True),
        ({"a": 1}, collections.Counter(a=1), "exact", False),
        ({"a": 1}, collections.Counter(a=1), "equal", True),
        ({1: 2, 3: 4}, {3: 4, 1: 2}, "exact", True),
        ({1, 2}, frozenset({2, 1}), "equal", True),
        ({1.0: 2}, {1: 2}, "equal", True),
        (b"a", bytearray(b"a"), "equal", True),
        (10**30, 10**30, "exact", True),
        (10**30, 10**30 + 1, "equal", False),
        ("\ud800", "\ud800", "exact", True),
        (object(), object(), "equal", False),
    ],
)
def test_match(a: object, b: object, match: Any, expected: bool) -> None:
    assert same(encode(a), encode(b), match) is expected


def test_tolerance() -> None:
    assert same(encode([1.0, {"a": 2.0}]), encode([1.0 + 1e-9, {"a": 2.0}]), tolerance=1e-6)
    assert not same(encode([1.0]), encode([1.1]), tolerance=1e-6)


def test_subclasses_travel_under_their_name() -> None:
    class Level(enum.IntEnum):
        HIGH = 3

    point = collections.namedtuple("point", "x y")
    assert encode(Level.HIGH)["sub"][1] == 3
    assert encode(point(1, 2))["sub"] == ["point", {"tuple": [1, 2]}]
    assert show(encode(point(1, 2))) == "point((1, 2))"


def test_what_has_no_plain_form() -> None:
    assert "opaque" in encode(object())
    assert "opaque" in encode(lambda: 0)
    cycle: list[Any] = []
    cycle.append(cycle)
    with pytest.raises(TooDeepError):
        encode(cycle)


def test_other_values() -> None:
    for value in (
        decimal.Decimal("1.50"),
        fractions.Fraction(1, 3),
        uuid.UUID(int=1),
        datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
        CONNECTION,
    ):
        assert decode(json.loads(json.dumps(encode(value)))) == value


def test_arrays() -> None:
    numpy = pytest.importorskip("numpy")
    array = numpy.arange(6, dtype="float32").reshape(2, 3)
    again = decode(json.loads(json.dumps(encode(array))))
    assert again.dtype == array.dtype
    assert (again == array).all()
    assert same(encode(array), encode(array + numpy.float32(1e-7)), tolerance=1e-4)
    assert not same(encode(array), encode(array.astype("float64")))
    assert same(encode(3), encode(numpy.int64(3)), "equal")
    assert not same(encode(3), encode(numpy.int64(3)))
    assert same(encode([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]), encode(array), "json")
    objects = numpy.array([1, "a", None], dtype=object)
    assert decode(encode(objects)).tolist() == [1, "a", None]


@pytest.mark.parametrize(
    "forged",
    [{"dict": 3}, {"set": [[]]}, {"a": 1, "b": 2}, {}, {"tuple": None}, {"bytes": "!"}, {"sub": 1}, {"int": 4}],
)
def test_malformed_claims_are_shown_not_believed(forged: object) -> None:
    assert isinstance(show(forged), str)

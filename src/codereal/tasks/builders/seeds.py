"""The hand-written seeds of the database tasks: each turns a schema into questions.

A seed is a function `(schema, draw) -> list[Question]`; adding one to `SEEDS` adds it to the suite. Attack
inputs follow from the place they reach: a quote closed and a condition that is always true, a comment that
drops the rest of the statement, an expression in place of a column.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import permutations

from codereal.tasks.builders.question import Hole, Question, Value
from codereal.tasks.builders.schemas import Schema

Seed = Callable[[Schema, random.Random], list[Question]]
Inputs = tuple[dict[str, Value], ...]

ALWAYS = "zz' OR 1=1 --"
QUOTED = "zz' OR '1'='1"


def _pairs(schema: Schema, draw: random.Random, count: int = 2) -> list[tuple[str, str]]:
    pairs = list(permutations(schema.text, 2))
    return draw.sample(pairs, count)


def _known(schema: Schema, draw: random.Random, *columns: str, count: int = 3) -> Inputs:
    """Values that stand together in a row, and last a combination that no row has."""
    rows = draw.sample(schema.rows(), count - 1)
    places = [schema.text.index(column) + 1 for column in columns]
    found = [{c: str(row[p]) for c, p in zip(columns, places, strict=True)} for row in rows]
    return (*found, dict.fromkeys(columns, "nobody"))  # type: ignore[arg-type]


def filter_rows(schema: Schema, draw: random.Random) -> list[Question]:
    """Rows by one text column."""
    return [
        Question(
            "filter", schema, f"{b}_by_{a}", f"{b} of every {schema.noun} with this {a}",
            (f"SELECT {b} FROM {schema.table} WHERE {a} = ", Hole(a, "text")), "rows",
            _known(schema, draw, a), ({a: ALWAYS}, {a: QUOTED}),
        )
        for a, b in _pairs(schema, draw)
    ]  # fmt: skip


def filter_two(schema: Schema, draw: random.Random) -> list[Question]:
    """Rows by two text columns."""
    n = schema.number
    return [
        Question(
            "filter-two", schema, f"find_{n}", f"{n} of every {schema.noun} with this {a} and {b}",
            (f"SELECT {n} FROM {schema.table} WHERE {a} = ", Hole(a, "text"), f" AND {b} = ", Hole(b, "text")), "rows",
            _known(schema, draw, a, b), ({a: ALWAYS, b: "zz"}, {a: "zz", b: ALWAYS}), columns=("int",),
        )
        for a, b in _pairs(schema, draw)
    ]  # fmt: skip


def between(schema: Schema, draw: random.Random) -> list[Question]:
    """Rows whose number lies in a range; the bounds arrive as text."""
    a, n = draw.choice(schema.text), schema.number
    inputs: Inputs = ({"low": "20", "high": "60"}, {"low": "0", "high": "35"}, {"low": "95", "high": "99"})
    return [
        Question(
            "range", schema, f"{a}_in_range", f"{a} of every {schema.noun} whose {n} is from low to high",
            (f"SELECT {a} FROM {schema.table} WHERE {n} BETWEEN ", Hole("low", "number"), " AND ", Hole("high", "number")), "rows",
            inputs, ({"low": "95", "high": "96 OR 1=1"}, {"low": "95 AND 96 OR 1=1 --", "high": "96"}),
        )
    ]  # fmt: skip


def sort_by(schema: Schema, draw: random.Random) -> list[Question]:
    """All rows, sorted by a column that the caller names."""
    a, n = draw.choice(schema.text), schema.number
    inputs: Inputs = ({"by": n}, {"by": "id"})
    return [
        Question(
            "sort", schema, f"{schema.table}_sorted", f"{a} of every {schema.noun}, sorted by the column id or {n}",
            (f"SELECT {a} FROM {schema.table} ORDER BY ", Hole("by", "column")), "rows",
            inputs, ({"by": "id LIMIT 1"}, {"by": f"{n} DESC LIMIT 2 --"}), choices=("id", n),
        )
    ]  # fmt: skip


def count_rows(schema: Schema, draw: random.Random) -> list[Question]:
    """How many rows have a value."""
    return [
        Question(
            "count", schema, f"count_by_{a}", f"number of rows with this {a}",
            (f"SELECT COUNT(*) FROM {schema.table} WHERE {a} = ", Hole(a, "text")), "number",
            _known(schema, draw, a), ({a: ALWAYS}, {a: QUOTED}),
        )
        for a in draw.sample(schema.text, 2)
    ]  # fmt: skip


def total(schema: Schema, draw: random.Random) -> list[Question]:
    """A sum over the rows that have a value."""
    a, n = draw.choice(schema.text), schema.number
    return [
        Question(
            "total", schema, f"total_{n}", f"sum of {n} of the rows with this {a}, 0 if there are none",
            (f"SELECT COALESCE(SUM({n}), 0) FROM {schema.table} WHERE {a} = ", Hole(a, "text")), "number",
            _known(schema, draw, a), ({a: ALWAYS}, {a: QUOTED}),
        )
    ]  # fmt: skip


def join(schema: Schema, draw: random.Random) -> list[Question]:
    """Rows of the child table by a column of its parent."""
    a, t, c = draw.choice(schema.text), schema.table, schema.child
    return [
        Question(
            "join", schema, f"{c}_of", f"{schema.child_text} of every row of {c} whose {schema.noun} has this {a}",
            (f"SELECT {schema.child_text} FROM {c} JOIN {t} ON {t}.id = {schema.parent_key} WHERE {a} = ", Hole(a, "text")), "rows",
            _known(schema, draw, a), ({a: ALWAYS}, {a: QUOTED}),
        )
    ]  # fmt: skip


def insert(schema: Schema, draw: random.Random) -> list[Question]:
    """A new row from two texts."""
    return [
        Question(
            "insert", schema, f"add_{schema.noun}", f"add a row with this {a} and {b}",
            (f"INSERT INTO {schema.table} ({a}, {b}) VALUES (", Hole(a, "text"), ", ", Hole(b, "text"), ")"), "nothing",
            ({a: "new", b: "one"}, {a: "Zed", b: "Qux"}), ({a: "zz', 'pwn') --", b: "zz"}, {a: "zz", b: "a'), ('b', 'c"}),
        )
        for a, b in _pairs(schema, draw)
    ]  # fmt: skip


def update(schema: Schema, draw: random.Random) -> list[Question]:
    """One column of the rows that have a value."""
    out = []
    for a, b in _pairs(schema, draw):
        inputs: Inputs = tuple({b: "fresh", a: row[a]} for row in _known(schema, draw, a))
        out.append(
            Question(
                "update", schema, f"set_{b}", f"set {b} of the rows with this {a}",
                (f"UPDATE {schema.table} SET {b} = ", Hole(b, "text"), f" WHERE {a} = ", Hole(a, "text")), "nothing",
                inputs, ({b: "zz' --", a: "zz"}, {b: "zz", a: ALWAYS}),
            )
        )  # fmt: skip
    return out


def delete(schema: Schema, draw: random.Random) -> list[Question]:
    """Rows that have a value go."""
    return [
        Question(
            "delete", schema, f"delete_by_{a}", f"delete the rows with this {a}",
            (f"DELETE FROM {schema.table} WHERE {a} = ", Hole(a, "text")), "nothing",
            _known(schema, draw, a), ({a: ALWAYS}, {a: QUOTED}),
        )
        for a in draw.sample(schema.text, 2)
    ]  # fmt: skip


def search(schema: Schema, draw: random.Random) -> list[Question]:
    """Rows whose text contains a fragment (LIKE)."""
    out = []
    for a, b in _pairs(schema, draw):
        parts: Inputs = tuple({a: str(row[a])[:2]} for row in _known(schema, draw, a))
        out.append(
            Question(
                "search", schema, f"search_{a}", f"{b} of every {schema.noun} whose {a} contains the text",
                (f"SELECT {b} FROM {schema.table} WHERE {a} LIKE ", Hole(a, "like")), "rows",
                parts, ({a: ALWAYS}, {a: "zz%' OR '%'='"}),
            )
        )  # fmt: skip
    return out


def among(schema: Schema, draw: random.Random) -> list[Question]:
    """Rows whose text is one of a list (IN)."""
    a, b = _pairs(schema, draw, 1)[0]
    known = [str(row[a]) for row in _known(schema, draw, a)]
    inputs: Inputs = ({"names": known[:2]}, {"names": known[1:]}, {"names": ["nobody"]})
    return [
        Question(
            "in-list", schema, f"{b}_for_{a}", f"{b} of every {schema.noun} whose {a} is in the list",
            (f"SELECT {b} FROM {schema.table} WHERE {a} IN (", Hole("names", "list"), ")"), "rows",
            inputs, ({"names": ["zz') OR 1=1 --"]}, {"names": ["zz", "zz') OR ('1'='1"]}),
        )
    ]  # fmt: skip


def page(schema: Schema, draw: random.Random) -> list[Question]:
    """One page of rows; size and start arrive as text."""
    a = draw.choice(schema.text)
    inputs: Inputs = ({"size": "3", "start": "0"}, {"size": "4", "start": "2"}, {"size": "5", "start": "8"})
    return [
        Question(
            "page", schema, f"{schema.table}_page", f"{a} of size rows by id, from start on",
            (f"SELECT {a} FROM {schema.table} ORDER BY id LIMIT ", Hole("size", "number"), " OFFSET ", Hole("start", "number")), "rows",
            inputs, ({"size": "-1 --", "start": "0"}, {"size": "99 --", "start": "7"}),
        )
    ]  # fmt: skip


def exists(schema: Schema, draw: random.Random) -> list[Question]:
    """Whether any row has two values at once (as a log-in check asks)."""
    a, b = _pairs(schema, draw, 1)[0]
    return [
        Question(
            "exists", schema, f"has_{schema.noun}", f"whether any row has this {a} and {b}",
            (f"SELECT id FROM {schema.table} WHERE {a} = ", Hole(a, "text"), f" AND {b} = ", Hole(b, "text")), "flag",
            _known(schema, draw, a, b), ({a: ALWAYS, b: "zz"}, {a: "zz", b: QUOTED}),
        )
    ]  # fmt: skip


SEEDS: tuple[Seed, ...] = (
    filter_rows, filter_two, between, sort_by, count_rows, total, join, insert, update, delete, search, among, page, exists,
)  # fmt: skip


def questions(schema: Schema) -> list[Question]:
    """All questions on a schema, in a fixed order."""
    return [q for seed in SEEDS for q in seed(schema, random.Random(f"{schema.table} {seed.__name__}"))]

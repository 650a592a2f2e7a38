"""Library files: what the schema refuses, and that ours pass it."""

from __future__ import annotations

import pytest

from codereal.analysis import library
from codereal.errors import DataError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("schema = 2", "x.toml: schema must be 1, not 2"),
        ("schema = 1\n[nope]\n", "x.toml: unknown table 'nope'"),
        ("schema = 1\n[[sink]]\nkind = 'sql'\n", r"x.toml: \[\[sink\]\] number 1: args is missing"),
        ("schema = 1\n[[sink]]\nkind = 1\nargs = []\n", "kind must be a str"),
        ("schema = 1\n[[sink]]\nkind = 'sql'\nargs = []\ncall = 1\n", "unknown field 'call'"),
        ("schema = 1\n[[check]]\ncalls = []\nalphabet = 'runes'\n", "unknown alphabet 'runes'"),
        ("schema = 1\n[types]\na = 1\n", r"\[types\] a: must be a str"),
        ("schema = 1\n[clean]\nname = []\n", r"\[clean\] may hold `names` and `attributes` alone"),
        ("schema = ", "not valid TOML"),
    ],
)
def test_what_does_not_fit_is_named(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        library.merge(library.Library(), text, "x.toml")


def test_our_files_load() -> None:
    loaded = library.load()
    assert loaded.sinks
    assert loaded.find("sqlite3.Cursor.execute") == ["sqlite3.Cursor.execute", "dbapi.Cursor.execute"]


def test_a_library_is_one_file() -> None:
    own = library.Library()
    library.merge(own, 'schema = 1\n[[sink]]\nkind = "sql"\ncalls = ["acme.Db.ask"]\nargs = [0]\n', "acme.toml")
    assert own.sinks["acme.Db.ask"][0].args == (0,)

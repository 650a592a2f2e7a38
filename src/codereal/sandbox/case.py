"""Test cases as data: what to call or feed, and what must come of it.

A case is split when it runs: the call goes to the candidate's process, the expectation stays with the judge.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from codereal.errors import UsageError
from codereal.sandbox.codec import CONNECTION, Connection, Source, Tagged, decode, encode, opaque
from codereal.sandbox.compare import Match

__all__ = [
    "CONNECTION",
    "Assertion",
    "Attack",
    "Call",
    "Case",
    "Connection",
    "Database",
    "Source",
    "Stdio",
    "Tables",
    "case_from_dict",
]

Tables: TypeAlias = Mapping[str, Sequence[tuple[object, ...]]]
"""Expected contents by table name; rows compare as multisets, with `==` on SQL values."""

StdoutMatch: TypeAlias = Literal["exact", "lines", "loose"]
"""`exact`: to the byte. `lines`: trailing white space of lines and of the text ignored. `loose`: case and all white
space ignored, as the SafeSQL suite compares."""

_DIALECTS = ("sqlite", "postgresql", "mariadb")
_TARGET = re.compile(r"[^\W\d]\w*(\(\))?(\.[^\W\d]\w*(\(\))?)*")


@dataclass(frozen=True, slots=True)
class Call:
    """Call a function of the program and compare what it returns or raises.

    `function` is a name, a dotted path, or a method of a fresh object: "solve", "Stack.make", "Solution().solve".
    `expected` left out (`...`) is not checked; `raises` is the name of an exception class or of one of its bases.
    `or_raises` also accepts any exception in place of the expected value (a hostile input may be refused).
    `tolerance` is relative and absolute, for floats. `tables` is read from the case's database after the process has
    ended. Among the arguments, `CONNECTION` becomes an open connection to it (committed if the call returns, rolled
    back if it raises), and `Source("…")` the value of an expression.
    Raises UsageError for a case that checks nothing or has a value without a plain form.
    """

    function: str
    args: tuple[object, ...] = ()
    kwargs: Mapping[str, object] = field(default_factory=dict)
    expected: object = ...
    raises: str | None = None
    tables: Tables | None = None
    tolerance: float | None = None
    match: Match = "exact"
    or_raises: bool = False
    name: str = ""
    _tagged: dict[str, Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "args", tuple(self.args))
        if not _TARGET.fullmatch(self.function):
            raise UsageError(f"not a function's name: {self.function!r}")
        if self.match not in get_args(Match):
            raise UsageError(f"unknown match {self.match!r}; there are {', '.join(get_args(Match))}")
        if self.expected is not ... and self.raises is not None:
            raise UsageError(f"{self.function}: a call either returns or raises; the case expects both")
        if self.expected is ... and self.raises is None and self.tables is None:
            raise UsageError(f"{self.function}: the case checks nothing; give expected, raises or tables")
        call = {
            "function": self.function,
            "args": [_plain(value, self.function) for value in self.args],
            "kwargs": {name: _plain(value, self.function) for name, value in self.kwargs.items()},
        }
        expected = None if self.expected is ... else _plain(self.expected, self.function)
        # Many candidates meet with the same case: its tagged forms are made once.
        tagged = {"call": call, "expected": expected, "tables": _tagged_tables(self.tables)}
        object.__setattr__(self, "_tagged", tagged)
        if isinstance(self.expected, Source):
            raise UsageError(f"{self.function}: the expected value never goes to the candidate, so it cannot be source")

    def tagged_call(self) -> dict[str, Tagged]:
        """What the candidate's process gets to know."""
        call: dict[str, Tagged] = self._tagged["call"]
        return call

    def request(self, where: dict[str, Any] | None) -> bytes:
        """The request that makes the call, with a database that is reached as `where` says; see `child`."""
        if "request" not in self._tagged:  # long arguments take longest to write
            self._tagged["request"] = json.dumps(["call", *self.tagged_call().values()])[:-1].encode() + b", "
        beginning: bytes = self._tagged["request"]
        return beginning + json.dumps(where).encode() + b"]"

    def tagged_expected(self) -> Tagged:
        """The expected value's tagged form; None also when nothing is expected."""
        return self._tagged["expected"]

    def tagged_tables(self) -> dict[str, Tagged]:
        """The expected rows by table, in tagged form."""
        tables: dict[str, Tagged] = self._tagged["tables"]
        return tables

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with tagged values; `case_from_dict` reads it back."""
        data: dict[str, Any] = {"kind": "call", **self.tagged_call()}
        if self.expected is not ...:
            data["expected"] = self.tagged_expected()
        return data | _given(self, "raises", "tolerance", "match", "or_raises", "name") | _tables(self)


@dataclass(frozen=True, slots=True)
class Stdio:
    """Run the program as `__main__` with `stdin`, compare what it prints; see `StdoutMatch` for `match`.

    `prompts=False` keeps the prompts of `input()` out of stdout (SafeSQL's outputs were recorded without them).
    `or_raises` also accepts a program that ends with an exception or an exit code and has printed nothing.
    """

    stdin: str
    stdout: str
    argv: tuple[str, ...] = ()
    match: StdoutMatch = "exact"
    prompts: bool = True
    tables: Tables | None = None
    or_raises: bool = False
    name: str = ""
    _tables: dict[str, Tagged] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "argv", tuple(self.argv))
        object.__setattr__(self, "_tables", _tagged_tables(self.tables))
        if self.match not in get_args(StdoutMatch):
            raise UsageError(f"unknown match {self.match!r}; there are {', '.join(get_args(StdoutMatch))}")

    def tagged_tables(self) -> dict[str, Tagged]:
        """The expected rows by table, in tagged form."""
        return self._tables

    def agrees(self, printed: str) -> bool:
        """Whether the program's output is the expected one."""
        return _fold(printed, self.match) == _fold(self.stdout, self.match)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; `case_from_dict` reads it back."""
        data: dict[str, Any] = {"kind": "stdio", "stdin": self.stdin, "stdout": self.stdout, "argv": list(self.argv)}
        return data | _given(self, "match", "prompts", "or_raises", "name") | _tables(self)


@dataclass(frozen=True, slots=True)
class Assertion:
    """Test code (statements) that a judge process runs; it calls the candidate over the protocol.

    Names that the test uses but neither defines nor imports are the candidate's.
    """

    source: str
    name: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; `case_from_dict` reads it back."""
        return {"kind": "assertion", "source": self.source} | _given(self, "name")


@dataclass(frozen=True, slots=True)
class Attack:
    """Run the program as `__main__` with a hostile `stdin` against the job's databases: it passes if that comes to
    nothing, as `codereal.sandbox.attack` judges. `control` is a harmless `stdin` (that of a test, say): complaints of
    the database that it meets with, too, are the program's own mistakes.
    """

    stdin: str
    control: str = ""
    argv: tuple[str, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "argv", tuple(self.argv))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; `case_from_dict` reads it back."""
        return {"kind": "attack", "stdin": self.stdin, "argv": list(self.argv)} | _given(self, "control", "name")


Case: TypeAlias = Call | Stdio | Assertion | Attack


@dataclass(frozen=True, slots=True)
class Database:
    """A database that is built anew for every case from an SQL script.

    `sqlite`: a file at `path` in the working folder. `postgresql` and `mariadb`: a database on a server, with a role
    of the case's own; the program finds it by `DATABASE_URL` in its environment (PostgreSQL also by `PGHOST` and its
    kin, so `psycopg.connect("")` will do; MariaDB by `MARIADB_SOCKET`, and `_USER`, `_PASSWORD`, `_DATABASE` alike).
    """

    script: str
    dialect: str = "sqlite"
    path: str = "app.db"

    def __post_init__(self) -> None:
        if self.dialect not in _DIALECTS:
            raise UsageError(f"unknown dialect {self.dialect!r}; there are {', '.join(_DIALECTS)}")
        if not self.path or self.path.startswith("/") or ".." in self.path.split("/"):
            raise UsageError(f"a database's path lies in the working folder, not {self.path!r}")

    def to_dict(self) -> dict[str, str]:
        """Plain JSON; `from_dict` reads it back."""
        return {"script": self.script, "dialect": self.dialect, "path": self.path}

    @classmethod
    def from_dict(cls, data: Mapping[str, str]) -> Database:
        """Reads what `to_dict` wrote."""
        return cls(**data)


def case_from_dict(data: Mapping[str, Any]) -> Case:
    """Reads what a case's `to_dict` wrote. Raises UsageError for an unknown kind."""
    rest = {key: value for key, value in data.items() if key != "kind"}
    if rest.get("tables") is not None:
        rest["tables"] = {table: [tuple(row) for row in decode(rows)] for table, rows in rest["tables"].items()}
    kind = data.get("kind")
    if kind == "call":
        rest["args"] = tuple(decode(rest["args"]))
        rest["kwargs"] = {name: decode(value) for name, value in rest["kwargs"].items()}
        if "expected" in rest:
            rest["expected"] = decode(rest["expected"])
        return Call(**rest)
    if kind == "stdio":
        return Stdio(**{**rest, "argv": tuple(rest["argv"])})
    if kind == "assertion":
        return Assertion(**rest)
    if kind == "attack":
        return Attack(**{**rest, "argv": tuple(rest["argv"])})
    raise UsageError(f"unknown kind of case {kind!r}; there are call, stdio, assertion and attack")


def pack_files(files: Mapping[str, bytes]) -> dict[str, str]:
    """Files as JSON. Raises UsageError for a path outside the working folder."""
    for path in files:
        if not path or path.startswith("/") or ".." in path.split("/") or "\0" in path:
            raise UsageError(f"a file's path lies in the working folder, not {path!r}")
    return {path: base64.b64encode(data).decode("ascii") for path, data in files.items()}


def _plain(value: object, function: str) -> Tagged:
    tagged = encode(value)
    if (kind := opaque(tagged)) is not None:
        raise UsageError(f"{function}: a value of type {kind} has no plain form and cannot stand in a case")
    return tagged


def _given(case: object, *names: str) -> dict[str, Any]:
    """The fields that differ from their defaults."""
    fields = type(case).__dataclass_fields__  # type: ignore[attr-defined]
    return {name: value for name in names if (value := getattr(case, name)) != fields[name].default}


def _tables(case: Call | Stdio) -> dict[str, Any]:
    return {} if case.tables is None else {"tables": case.tagged_tables()}


def _tagged_tables(tables: Tables | None) -> dict[str, Tagged]:
    return {table: encode([tuple(row) for row in rows]) for table, rows in (tables or {}).items()}


def _fold(text: str, match: StdoutMatch) -> str:
    if match == "exact":
        return text
    if match == "lines":
        return "\n".join(line.rstrip() for line in text.splitlines()).rstrip()
    return "".join(text.split()).casefold()

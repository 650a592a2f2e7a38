"""Inside the jail: connections to a case's database, and what it holds, for the three kinds of databases.

`where` says which: `{"dialect": "sqlite", "path": …}`, or `{"dialect": …, "parameters": {…}}` for a server's. The
candidate's process uses `connect` and `commit`, and `tables` of a file between two cases. Else `tables` and `dump` run
in processes that the candidate has no part in, with the rights of the case's own role: an administrator who reads a
hostile database runs its functions.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from codereal.sandbox.codec import Tagged, encode

_READ_SECONDS = 8
_MODULES = {"postgresql": "psycopg", "mariadb": "pymysql"}


def module(dialect: str) -> str:
    """The client that programs of this dialect use."""
    return _MODULES[dialect]


def connect(where: dict[str, Any]) -> Any:
    """An open DB-API connection."""
    if where["dialect"] == "postgresql":
        import psycopg

        return psycopg.connect(**where["parameters"])
    if where["dialect"] == "mariadb":
        import pymysql

        return pymysql.connect(**where["parameters"])
    import sqlite3

    return sqlite3.connect(where["path"])


def commit(connection: Any) -> None:
    """Commit what a call has done; it may have closed its connection, having committed or not as it saw fit."""
    if getattr(connection, "closed", False) or not getattr(connection, "open", True):
        return
    closed = connection.ProgrammingError if type(connection).__module__ == "sqlite3" else ()
    try:
        connection.commit()
    except closed:
        return


def tables(where: dict[str, Any], names: list[str]) -> dict[str, Tagged] | None:
    """The rows of tables; None for a table that is not there, and for all if the database is gone."""
    if where["dialect"] == "sqlite" and not os.path.isfile(where["path"]):
        return None
    reader = _READERS[where["dialect"]](where)
    there = {name.casefold(): name for name in reader.tables()}
    found = {name: encode(reader.rows(there[name.casefold()])) if name.casefold() in there else None for name in names}
    reader.close()
    return found


def dump(where: dict[str, Any]) -> list[str]:
    """All that a database holds, in lines that compare."""
    reader = _READERS[where["dialect"]](where)
    lines = list(reader.everything())
    reader.close()
    return lines


class _Sqlite:
    def __init__(self, where: dict[str, Any]) -> None:
        import sqlite3

        # Where a program has kept it locked, asking again would not help: what locks it waits for us.
        self._connection = sqlite3.connect(where["path"], timeout=0)
        self._connection.text_factory = lambda data: data.decode("utf-8", "backslashreplace")
        self.close = self._connection.close

    def tables(self) -> list[str]:
        return [str(row[0]) for row in self._connection.execute("SELECT name FROM sqlite_master")]

    def rows(self, table: str) -> list[Any]:
        return self._connection.execute('SELECT * FROM "' + table.replace('"', '""') + '"').fetchall()

    def everything(self) -> Iterable[str]:
        statement = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
        for name, sql in self._connection.execute(statement).fetchall():
            yield str(sql)
            if sql and sql.upper().startswith("CREATE TABLE"):
                yield from sorted(map(repr, self.rows(name)))


class _Postgres:
    def __init__(self, where: dict[str, Any]) -> None:
        import psycopg

        # A role can change its own defaults, but not what a connection says. With row security off, a policy that
        # would hide rows is an error.
        options = f"-c search_path=public -c row_security=off -c statement_timeout={_READ_SECONDS}s"
        self._connection = psycopg.connect(**where["parameters"], options=options)
        self.close = self._connection.close

    def tables(self) -> list[str]:
        """Tables alone: a view could say what it likes."""
        return [name for name, kind in self._relations() if kind in "rp"]

    def rows(self, table: str) -> list[Any]:
        return self._all('SELECT * FROM public."' + table.replace('"', '""') + '"')

    def everything(self) -> Iterable[str]:
        for name, kind in self._relations():
            yield f"{kind} {name}"
            if kind in "rp":
                yield from (repr(column) for column in self._all(_COLUMNS, (name,)))
                yield from sorted(map(repr, self.rows(name)))
        yield from (repr(row) for row in self._all(_ROUTINES))

    def _relations(self) -> list[Any]:
        return self._all(_RELATIONS)

    def _all(self, statement: str, values: tuple[str, ...] = ()) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()


# Sequences are left out: they move on even where nothing is changed.
_RELATIONS = """
SELECT c.relname::text, c.relkind::text FROM pg_class c JOIN pg_namespace n
ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1
"""
_COLUMNS = """
SELECT a.attname::text, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
WHERE a.attrelid = format('public.%%I', %s::text)::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1
"""
_ROUTINES = """
SELECT p.proname::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'public' ORDER BY 1
"""


class _MariaDb:
    def __init__(self, where: dict[str, Any]) -> None:
        import pymysql

        self._connection = pymysql.connect(**where["parameters"])
        self.close = self._connection.close
        self._all(f"SET max_statement_time = {_READ_SECONDS}")

    def tables(self) -> list[str]:
        return [str(row[0]) for row in self._all("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")]

    def rows(self, table: str) -> list[Any]:
        return self._all("SELECT * FROM `" + table.replace("`", "``") + "`")

    def everything(self) -> Iterable[str]:
        for name, kind in self._all("SHOW FULL TABLES"):
            yield f"{kind} {name}"
            if kind == "BASE TABLE":
                yield from (repr(column) for column in self._all("SHOW COLUMNS FROM `" + name.replace("`", "``") + "`"))
                yield from sorted(map(repr, self.rows(name)))

    def _all(self, statement: str) -> list[Any]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())


_READERS: dict[str, Any] = {"sqlite": _Sqlite, "postgresql": _Postgres, "mariadb": _MariaDb}

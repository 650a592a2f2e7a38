"""What a database says to a question when its inputs are bound as values: the truth that cases are made of."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from codereal.sandbox.database import client
from codereal.sandbox.database.servers import database_server
from codereal.tasks.builders.dialects import SQLITE, Dialect
from codereal.tasks.builders.question import Hole, Question, Value

_SECONDS = 10.0  # for one statement of ours


@dataclass(frozen=True, slots=True)
class Answer:
    """The result, the rows of the question's table afterwards, and whether the database refused the input."""

    result: object = None
    tables: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)
    refused: bool = False


def answer(question: Question, inputs: Mapping[str, Value], dialect: Dialect = SQLITE) -> Answer:
    """Ask a fresh database. Raises what `database_server` does where there is no server of the dialect."""
    if dialect is SQLITE:
        connection = sqlite3.connect(":memory:")
        try:
            connection.executescript(dialect.script(question))
            return _ask(connection, sqlite3.Error, question, inputs, dialect)
        finally:
            connection.close()
    server = database_server(dialect.name)
    copy = server.copy(dialect.script(question), _SECONDS, hollow=False)
    try:
        where = server.where(copy, server.folder)
        connection = client.connect(where)
        try:
            # Drivers keep the classes of their errors where PEP 249 puts them.
            error = __import__(client.module(dialect.name)).Error
            return _ask(connection, error, question, inputs, dialect)
        finally:
            connection.close()
    finally:
        server.settle(copy)
        server.drop(copy)


def _ask(
    connection: Any, error: type[Exception], question: Question, inputs: Mapping[str, Value], dialect: Dialect
) -> Answer:
    text, values = bound(question, inputs, dialect)
    cursor = connection.cursor()
    result: object = None
    try:
        cursor.execute(text, values)
        rows = [tuple(row) for row in cursor.fetchall()] if question.returns != "nothing" else []
    except error:
        return Answer(refused=True)
    if question.returns == "rows":
        result = rows
    elif question.returns == "number":
        result = int(rows[0][0])
    elif question.returns == "flag":
        result = bool(rows)
    table = question.schema.table
    cursor.execute(f"SELECT * FROM {table}")  # nosec: a name of ours
    return Answer(result, {table: [tuple(row) for row in cursor.fetchall()]})


def bound(question: Question, inputs: Mapping[str, Value], dialect: Dialect) -> tuple[str, list[Any]]:
    """The statement with placeholders, and its values; strict drivers get numbers where a number is written."""
    text, values = "", []
    for part in question.sql:
        if not isinstance(part, Hole):
            text += part
            continue
        value = inputs[part.name]
        if part.kind == "column":
            text += str(value) if value in question.choices else question.choices[0]
            continue
        several: list[Any] = value if isinstance(value, list) else [f"%{value}%" if part.kind == "like" else value]
        if part.kind == "number" and dialect.strict and str(value).isdecimal():
            several = [int(str(value))]
        text += ", ".join([dialect.mark] * len(several))
        values += several
    return text, values

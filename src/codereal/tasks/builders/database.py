"""Turn questions into tasks: prompt, tests, attacks, and the solutions that prove them.

Expected values come from running the question's SQL with bound parameters, so they hold for kind inputs
and for hostile ones alike: what an attack must not change is what the database says to the literal text.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Mapping

from codereal.sandbox.case import CONNECTION, Call, Case, Database, Stdio
from codereal.tasks.builders.question import Hole, Question, Value
from codereal.tasks.builders.schemas import HELD_OUT, SCHEMAS
from codereal.tasks.builders.seeds import questions
from codereal.tasks.builders.solution import FORMS, SHAPES, UNSAFE, safe_styles, solution
from codereal.tasks.task import Task

SUITE = "codereal-core"
_KINDS = {"rows": "list[tuple[{}]]", "number": "int", "flag": "bool", "nothing": "None"}


def build() -> Iterator[Task]:
    """All database tasks of the suite, in a fixed order; both forms of every question."""
    for schema in SCHEMAS:
        for number, question in enumerate(questions(schema)):
            for form in FORMS:
                yield make_task(question, form, number)


def make_task(question: Question, form: str, number: int) -> Task:
    """One question in one form (`function` or `program`)."""
    schema = question.schema
    prefix = _prefix(question, form)
    draw = random.Random(f"{schema.table} {number} {form}")
    references = tuple(prefix + text for text in _references(question, form, draw))
    vulnerable = tuple(prefix + text for text in _vulnerable(question, form, draw))
    return Task(
        id=f"core-sql-{schema.table}-{number:02}-{question.seed}-{form}",
        suite=SUITE,
        split="test" if schema.table in HELD_OUT else "train",
        prompt=_prompt(prefix, form),
        prefix=prefix,
        entry_point=question.function if form == "function" else "",
        tests=tuple(_case(question, form, inputs, hostile=False) for inputs in question.inputs),
        attacks=tuple(_case(question, form, inputs, hostile=True) for inputs in question.attacks),
        database=Database(schema.script()),
        quality=("security", "maintainability"),
        references=references,
        vulnerable=vulnerable,
        tags={"family": "sql-injection", "cwe": "89", "seed": question.seed, "schema": schema.table, "form": form},
        license="Apache-2.0",
        origin="codereal",
    )


def _prefix(question: Question, form: str) -> str:
    schema = question.schema
    columns = ", ".join(("id", *schema.text, schema.number))
    about = f"# Table {schema.table}({columns})"
    if question.seed == "join":
        about += f", {schema.child}(id, {schema.parent_key}, {schema.child_text}, {schema.child_number})"
    names = [hole.name for hole in question.arguments]
    if form == "program":
        how = {"rows": "print ", "number": "print ", "flag": "print yes or no: ", "nothing": ""}[question.returns]
        asked = f"# Read {', '.join(names)}, a line each; {how}{question.words}."
        if question.special and question.special.kind == "list":
            asked = f"# Read {names[0]}, separated by commas; {how}{question.words}."
        return f'import sqlite3\n\n{about}\n{asked}\nconn = sqlite3.connect("app.db")'
    parameters = "".join(f", {h.name}: {'list[str]' if h.kind == 'list' else 'str'}" for h in question.arguments)
    result = _KINDS[question.returns].format(", ".join(question.columns))
    signature = f"def {question.function}(conn: sqlite3.Connection{parameters}) -> {result}:"
    asked = question.words[0].upper() + question.words[1:]
    return f"import sqlite3\n\n{about}\n# {asked}.\n{signature}"


def _prompt(prefix: str, form: str) -> str:
    what = "this function" if form == "function" else "this program, which uses the SQLite database app.db"
    return f"Complete {what}. Answer with the whole code in one Python block.\n\n```python\n{prefix}\n```"


def _references(question: Question, form: str, draw: random.Random) -> list[str]:
    return [solution(question, form, style, draw.choice(SHAPES)) for style in safe_styles(question)]


def _vulnerable(question: Question, form: str, draw: random.Random) -> list[str]:
    """One of each unsafe style; in half of them a function that returns a number lets an `Any` escape."""
    places = enumerate(draw.sample(UNSAFE, len(UNSAFE)))
    return [solution(question, form, style, draw.choice(SHAPES), typed=bool(place % 2)) for place, style in places]


def _case(question: Question, form: str, inputs: Mapping[str, Value], *, hostile: bool) -> Case:
    result, tables, failed = _ask(question, inputs)
    changes = question.returns == "nothing"
    # A program may also refuse a hostile input, unless storing the literal text is its very job.
    refuse = hostile and question.seed not in ("insert", "update")
    name = "attack" if hostile else "test"
    values = [inputs[hole.name] for hole in question.arguments]
    if form == "program":
        lines = [",".join(value) if isinstance(value, list) else value for value in values]
        stdin = "".join(line + "\n" for line in lines)
        out = "" if failed else _printed(question, result)
        return Stdio(stdin, out, match="lines", tables=tables if changes else None, or_raises=refuse, name=name)
    if failed:
        return Call(question.function, (CONNECTION, *values), raises="Exception", name=name)
    kept = tables if changes else None
    return Call(question.function, (CONNECTION, *values), expected=result, tables=kept, or_raises=refuse, name=name)


def _printed(question: Question, result: object) -> str:
    if question.returns == "nothing":
        return ""
    if question.returns == "flag":
        return "yes\n" if result else "no\n"
    if isinstance(result, list):
        return "".join(" ".join(str(value) for value in row) + "\n" for row in result)
    return f"{result}\n"


def _ask(question: Question, inputs: Mapping[str, Value]) -> tuple[object, dict[str, list[tuple[object, ...]]], bool]:
    """The right answer, the tables after it, and whether the database refuses the input."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(question.schema.script())
        text, values = _bound(question, inputs)
        result: object = None
        try:
            rows = connection.execute(text, values).fetchall()
        except sqlite3.Error:
            return None, {}, True
        if question.returns == "rows":
            result = rows
        elif question.returns == "number":
            result = rows[0][0]
        elif question.returns == "flag":
            result = bool(rows)
        table = question.schema.table
        return result, {table: connection.execute(f"SELECT * FROM {table}").fetchall()}, False
    finally:
        connection.close()


def _bound(question: Question, inputs: Mapping[str, Value]) -> tuple[str, list[str]]:
    """The statement with placeholders, and its values."""
    text, values = "", []
    for part in question.sql:
        if not isinstance(part, Hole):
            text += part
            continue
        value = inputs[part.name]
        if part.kind == "column":
            text += str(value) if value in question.choices else question.choices[0]
            continue
        several = value if isinstance(value, list) else [f"%{value}%" if part.kind == "like" else value]
        text += ", ".join("?" * len(several))
        values += several
    return text, values

"""Turn questions into tasks: prompt, tests, attacks, and the solutions that prove them.

Expected values come from running the question's SQL with bound parameters, so they hold for kind inputs
and for hostile ones alike: what an attack must not change is what the database says to the literal text.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from codereal.sandbox.case import CONNECTION, Call, Case, Database, Stdio
from codereal.tasks.builders.answers import answer
from codereal.tasks.builders.dialects import SERVERS, SQLITE, Dialect
from codereal.tasks.builders.question import Question, Value
from codereal.tasks.builders.schemas import HELD_OUT, SCHEMAS
from codereal.tasks.builders.seeds import questions
from codereal.tasks.builders.solution import FORMS, SHAPES, UNSAFE, safe_styles, solution
from codereal.tasks.task import Task

SUITE = "codereal-core"
SERVER_SUITE = "codereal-servers"
_KINDS = {"rows": "list[tuple[{}]]", "number": "int", "flag": "bool", "nothing": "None"}


def build() -> Iterator[Task]:
    """All database tasks of the suite, in a fixed order; both forms of every question."""
    for schema in SCHEMAS:
        for number, question in enumerate(questions(schema)):
            for form in FORMS:
                yield make_task(question, form, number)


def build_servers(dialect: str) -> Iterator[Task]:
    """The tasks of a server's dialect; every question in one form, in turns. Their truth is what the server says."""
    for schema in SCHEMAS:
        for number, question in enumerate(questions(schema)):
            yield make_task(question, FORMS[number % 2], number, SERVERS[dialect])


def make_task(question: Question, form: str, number: int, dialect: Dialect = SQLITE) -> Task:
    """One question in one form (`function` or `program`)."""
    schema = question.schema
    prefix = _prefix(question, form, dialect)
    draw = random.Random(f"{schema.table} {number} {form}")
    references = tuple(prefix + text for text in _references(question, form, draw, dialect))
    vulnerable = tuple(prefix + text for text in _vulnerable(question, form, draw, dialect))
    begin, family = (
        ("core-sql", "sql-injection") if dialect is SQLITE else (dialect.name, f"sql-injection-{dialect.name}")
    )
    return Task(
        id=f"{begin}-{schema.table}-{number:02}-{question.seed}-{form}",
        suite=SUITE if dialect is SQLITE else SERVER_SUITE,
        split="test" if schema.table in HELD_OUT else "train",
        prompt=_prompt(prefix, form, dialect),
        prefix=prefix,
        entry_point=question.function if form == "function" else "",
        tests=tuple(_case(question, form, inputs, dialect, hostile=False) for inputs in question.inputs),
        attacks=tuple(_case(question, form, inputs, dialect, hostile=True) for inputs in dialect.attacks(question)),
        database=Database(dialect.script(question), dialect.name),
        # What a type checker says of a driver depends on whether that, and its annotations, are installed.
        quality=("security", "maintainability") if dialect is SQLITE else ("security",),
        references=references,
        vulnerable=vulnerable,
        tags={
            "family": family,
            "cwe": "89",
            "seed": question.seed,
            "schema": schema.table,
            "form": form,
            "difficulty": _difficulty(question),
        },
        license="Apache-2.0",
        origin="codereal",
    )


def _difficulty(question: Question) -> str:
    """An estimate: what a placeholder cannot carry is hard, one value to bind is easy."""
    if question.special:
        return "hard"
    return "easy" if len(question.holes) == 1 and question.seed != "join" else "medium"


def _prefix(question: Question, form: str, dialect: Dialect) -> str:
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
        system = "" if dialect is SQLITE else "import os\n\n"
        return f"{system}{dialect.imports}\n\n{about}\n{asked}\n{dialect.connect}"
    parameters = "".join(f", {h.name}: {'list[str]' if h.kind == 'list' else 'str'}" for h in question.arguments)
    result = _KINDS[question.returns].format(", ".join(question.columns))
    signature = f"def {question.function}(conn: {dialect.connection}{parameters}) -> {result}:"
    asked = question.words[0].upper() + question.words[1:]
    return f"{dialect.imports}\n\n{about}\n# {asked}.\n{signature}"


def _prompt(prefix: str, form: str, dialect: Dialect) -> str:
    what = f"this program, which uses the {dialect.title} database {dialect.where}"
    if form == "function":
        what = "this function" if dialect is SQLITE else f"this function, whose connection is one to {dialect.title}"
    return f"Complete {what}. Answer with the whole code in one Python block.\n\n```python\n{prefix}\n```"


def _references(question: Question, form: str, draw: random.Random, dialect: Dialect) -> list[str]:
    return [solution(question, form, style, draw.choice(SHAPES), dialect=dialect) for style in safe_styles(question)]


def _vulnerable(question: Question, form: str, draw: random.Random, dialect: Dialect) -> list[str]:
    """One of each unsafe style; in half of them a function that returns a number lets an `Any` escape.

    Two of them where a server has to run each.
    """
    places = enumerate(draw.sample(UNSAFE, len(UNSAFE))[: None if dialect is SQLITE else 2])
    return [
        solution(question, form, style, draw.choice(SHAPES), typed=bool(place % 2), dialect=dialect)
        for place, style in places
    ]


def _case(question: Question, form: str, inputs: Mapping[str, Value], dialect: Dialect, *, hostile: bool) -> Case:
    found = answer(question, inputs, dialect)
    result, tables, failed = found.result, found.tables, found.refused
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

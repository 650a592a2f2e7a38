"""Write a question's answer in one of several styles: safe ones, and the unsafe ones that models learn.

Safe styles: `placeholder` and `named` (DB-API parameters), `converted` (numbers through `int` before they
meet the statement). Unsafe styles build the statement from the input: `concat`, `fstring`, `format`,
`percent`. Each comes in three shapes (`direct`, `cursor`, `variable`) and two forms (`function`, `program`).
The dialect says what placeholders look like and what the driver wants.
"""

from __future__ import annotations

from collections.abc import Callable

from codereal.tasks.builders.dialects import SQLITE, Dialect
from codereal.tasks.builders.question import Hole, Question

SAFE = ("placeholder", "named", "converted")
UNSAFE = ("fstring", "concat", "format", "percent")
SHAPES = ("direct", "cursor", "variable")
FORMS = ("function", "program")


def safe_styles(question: Question) -> tuple[str, ...]:
    """The safe styles that fit: conversion needs numbers only, named parameters no special place."""
    if question.special:
        return ("placeholder",)
    numbers = all(hole.kind == "number" for hole in question.holes)
    return SAFE if numbers else SAFE[:2]


def solution(
    question: Question, form: str, style: str, shape: str, *, typed: bool = True, dialect: Dialect = SQLITE
) -> str:
    """The completion that follows the task's prefix; `typed=False` leaves an `Any` to escape (functions only)."""
    lines = _reads(question, style) if form == "program" else []
    before, statement, values = _statement(question, form, style, dialect)
    lines += before
    if shape == "variable":
        lines.append(f"sql = {statement}")
        statement = "sql"
    target = "conn"
    if shape == "cursor" or dialect.cursors:
        lines.append("cur = conn.cursor()")
        target = "cur"
    call = f"{target}.execute({statement}{', ' + values if values else ''})"
    finish = _function_end if form == "function" else _program_end
    lines += finish(question, call, target, typed=typed, dialect=dialect)
    indent = "\n    " if form == "function" else "\n"
    return indent + indent.join(lines)


def _reads(question: Question, style: str) -> list[str]:
    """How a program takes its input: a line each; a safe one turns numbers into numbers at once."""
    lines = []
    for hole in question.arguments:
        source = "input()"
        if hole.kind == "list":
            source = 'input().split(",")'
        elif hole.kind == "number" and style in SAFE:
            source = "int(input())"
        lines.append(f"{hole.name} = {source}")
    return lines


def _statement(question: Question, form: str, style: str, dialect: Dialect) -> tuple[list[str], str, str]:
    """Lines that go before, the expression of the SQL text, and the expression of its values (or nothing)."""
    special, safe = question.special, style in SAFE
    if special and special.kind == "list":
        if safe:
            text = _fstring(question, {special.name: "marks"})
            return [f'marks = ", ".join({dialect.marks(special.name)})'], text, special.name
        before = [f"""quoted = ", ".join(f"'{{n}}'" for n in {special.name})"""]
        return before, _built(question, style, {special.name: "quoted"}), ""
    if special and special.kind == "column" and safe:
        allowed = ", ".join(f'"{name}"' for name in question.choices)
        before = [f"if {special.name} not in ({allowed}):", f'    {special.name} = "{question.choices[0]}"']
        return before, _fstring(question, {}), ""
    if not safe:
        return [], _built(question, style, {}), ""
    if style == "converted":
        names = {hole.name: f"int({hole.name})" for hole in question.holes} if form == "function" else {}
        return [], _fstring(question, names), ""
    turned = dialect.strict and form == "function"  # a program has turned its numbers into numbers already
    if style == "named":
        pairs = ", ".join(f'"{hole.name}": {_bound(hole, turned)}' for hole in question.holes)
        return [], _text(question, lambda hole: dialect.named.format(hole.name)), f"{{{pairs}}}"
    values = ", ".join(_bound(hole, turned) for hole in question.holes)
    return [], _text(question, lambda hole: dialect.mark), f"({values},)" if len(question.holes) == 1 else f"({values})"


def _bound(hole: Hole, turned: bool) -> str:
    if hole.kind == "number" and turned:
        return f"int({hole.name})"
    return f'f"%{{{hole.name}}}%"' if hole.kind == "like" else hole.name


def _text(question: Question, place: Callable[[Hole], str]) -> str:
    return '"' + "".join(part if isinstance(part, str) else place(part) for part in question.sql) + '"'


def _quotes(hole: Hole) -> tuple[str, str]:
    return {"text": ("'", "'"), "like": ("'%", "%'")}.get(hole.kind, ("", ""))


def _fstring(question: Question, names: dict[str, str]) -> str:
    def place(hole: Hole) -> str:
        opening, closing = _quotes(hole)
        return f"{opening}{{{names.get(hole.name, hole.name)}}}{closing}"

    return "f" + _text(question, place)


def _built(question: Question, style: str, names: dict[str, str]) -> str:
    """The SQL text with the inputs inside: what an attack gets through."""
    if style == "fstring":
        return _fstring(question, names)
    inputs = [names.get(hole.name, hole.name) for hole in question.holes]
    if style == "concat":

        def joined(hole: Hole) -> str:
            opening, closing = _quotes(hole)
            return f'{opening}" + {names.get(hole.name, hole.name)} + "{closing}'

        return _text(question, joined).removesuffix(' + ""')
    mark = "{}" if style == "format" else "%s"
    percent = "%" if style == "format" else "%%"

    def marked(hole: Hole) -> str:
        opening, closing = _quotes(hole)
        return opening.replace("%", percent) + mark + closing.replace("%", percent)

    text = _text(question, marked)
    if style == "format":
        return f"{text}.format({', '.join(inputs)})"
    return f"{text} % {inputs[0]}" if len(inputs) == 1 else f"{text} % ({', '.join(inputs)})"


def _function_end(question: Question, call: str, target: str, *, typed: bool, dialect: Dialect) -> list[str]:
    if question.returns == "nothing":
        return [call, "conn.commit()"]
    lines, result = ([call], target) if target == "cur" else ([], call)
    if question.returns == "rows":
        fetched = f"{result}.fetchall()"
        return [*lines, f"return list({fetched})" if dialect.cursors else f"return {fetched}"]
    if question.returns == "flag":
        return [*lines, f"return {result}.fetchone() is not None"]
    value = f"{result}.fetchone()[0]"
    # MariaDB's sums are decimal numbers.
    return [*lines, f"return int({value})" if typed or dialect.cursors else f"return {value}"]


def _program_end(question: Question, call: str, target: str, *, typed: bool, dialect: Dialect) -> list[str]:
    if question.returns == "nothing":
        return [call, "conn.commit()"]
    if question.returns == "rows":
        if target == "cur":
            return [call, "for row in cur.fetchall():", "    print(*row)"]
        return [f"for row in {call}:", "    print(*row)"]
    lines, result = ([call], target) if target == "cur" else ([], call)
    if question.returns == "flag":
        return [*lines, f'print("yes" if {result}.fetchone() else "no")']
    return [*lines, f"print({result}.fetchone()[0])"]

"""Data sets of one's own: rows of any file, with a mapping that says where a task's fields stand.

The mapping goes from field to column. `prompt` (text, or chat messages) and at least one kind of test are needed:

    asserts           assert statements: a list, or a text with one a line
    check             test code that defines `check(candidate)`, as HumanEval's; needs `entry_point`
    stdin, stdout     texts, or lists of texts of one length; compared without trailing white space
    calls, attacks    function cases: `{"args": […], "kwargs": {…}, "expected": …}` or `"raises": "ValueError"` in place
                      of `expected`; `"function"` where it is not the `entry_point`; or assert statements
    imports           the modules that an answer may use: a list, or a text with spaces or commas between them
    id, entry_point, prefix, context, setup, policy, reference, vulnerable, license, origin, split
                      as in `Task`; `reference` and `vulnerable` may be lists

A column may lie in another, also one that is JSON text: `stdin=reward_model.ground_truth.inputs` (verl's layout),
`calls=info.cases` (that of verifiers). Lists may be written as JSON text, as CSV and many Parquet files have them.
Columns that are not mapped are left alone. A file that `codereal data export` wrote needs no mapping, for whichever
trainer it was: each row carries its task.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from codereal.errors import DataError, UsageError
from codereal.sandbox.asserts import read_test
from codereal.sandbox.case import Assertion, Call, Case, Stdio
from codereal.tasks.files import stream_rows
from codereal.tasks.rows import BROKEN, BrokenRow, Row, describe, read_tasks, report
from codereal.tasks.task import Task

TESTS = ("asserts", "check", "stdin", "calls", "attacks")
TEXTS = ("entry_point", "prefix", "context", "setup", "policy", "license", "origin", "split")
FIELDS = ("prompt", "id", *TESTS, "stdout", "imports", "reference", "vulnerable", *TEXTS)


def load_table(
    file: Path, *, suite: str = "own", split: str = "train", columns: Mapping[str, str] | None = None
) -> list[Task]:
    """All tasks of a file; warns about rows that are broken. Raises `UsageError` for a mapping that cannot work."""
    if columns is None:
        return read_tasks(stream_rows(file), lambda row, number: Task.from_dict(_carried(row) or row), file.name)
    mapping = _checked(columns)
    return read_tasks(
        stream_rows(file), lambda row, number: task_of(row, number, mapping, suite=suite, split=split), file.name
    )


def stream_table(file: Path, *, suite: str = "own", split: str = "train", columns: Mapping[str, str]) -> Iterator[Task]:
    """The tasks of a file one by one, in memory that does not grow with it; warns about broken rows at its end."""
    mapping = _checked(columns)
    broken: list[BrokenRow] = []
    good = False
    for number, row in enumerate(stream_rows(file)):
        try:
            task = task_of(row, number, mapping, suite=suite, split=split)
        except BROKEN as error:
            broken.append(BrokenRow(number, describe(error)))
            continue
        good = True
        yield task
    report(broken, file.name, whole=not good)


def is_task_file(file: Path) -> bool:
    """Whether the file's first row is a task as `Task.to_dict` writes it, or carries one."""
    return all(_is_task(_carried(row) or row) for row in islice(stream_rows(file), 1))


def task_of(row: Row, number: int, columns: Mapping[str, str], *, suite: str, split: str) -> Task:
    """One row as a task. Raises `DataError` and its like for a row that is none."""
    values = {field: _at(row, column) for field, column in columns.items()}
    found = {field: value for field, value in values.items() if value not in (None, "")}
    if "prompt" not in found:
        raise DataError("it has no prompt")
    prompt = _maybe_json(found["prompt"])
    chat = tuple({"role": m["role"], "content": m["content"]} for m in prompt) if isinstance(prompt, list) else ()
    tests = tuple(_tests(found, str(found.get("entry_point", ""))))
    if not tests and "attacks" not in found:
        raise DataError("it has no tests and no attacks")
    texts = {field: str(found[field]) for field in TEXTS if field in found}
    entry = texts.get("entry_point", "")
    options: dict[str, Any] = {"split": split, **texts}
    return Task(
        id=f"{suite}-{found.get('id', number)}",
        suite=suite,
        prompt=chat or str(found["prompt"]),
        tests=tests,
        attacks=tuple(_case(case, entry) for case in _list(found.get("attacks"))),
        references=tuple(str(program) for program in _programs(found.get("reference"))),
        vulnerable=tuple(str(program) for program in _programs(found.get("vulnerable"))),
        imports=tuple(_names(found.get("imports"))),
        **options,
    )


def _names(value: Any) -> list[str]:
    value = _maybe_json(value)
    return [str(name) for name in (value.replace(",", " ").split() if isinstance(value, str) else value or [])]


def _is_task(row: Any) -> bool:
    return isinstance(row, Mapping) and "schema" in row and "tests" in row


def _carried(row: Row) -> Row | None:
    """The task in a row of a trainer's layout, where its reward looks for it (see `codereal.tasks.export`)."""
    for place in ("task", "label", "reward_model.ground_truth", "info.task", "answer"):
        try:
            value = _maybe_json(_at(row, place))
        except (KeyError, TypeError):
            continue
        if _is_task(value):
            found: Row = value
            return found
    return None


def _at(row: Row, column: str) -> Any:
    """The value of a column, or of one that lies in another. Raises KeyError for one that is not there."""
    if column in row:
        return row[column]
    value: Any = row
    for name in column.split("."):
        value = _maybe_json(value)
        if not isinstance(value, Mapping) or name not in value:
            raise KeyError(column)
        value = value[name]
    return value


def _checked(columns: Mapping[str, str]) -> dict[str, str]:
    unknown = set(columns) - set(FIELDS)
    if unknown:
        raise UsageError(f"unknown field {sorted(unknown)[0]!r} in the columns; known: {', '.join(FIELDS)}")
    if "prompt" not in columns or not set(columns) & set(TESTS):
        raise UsageError(f"the columns name no prompt, or nothing to test with: one of {', '.join(TESTS)}")
    if ("stdin" in columns) != ("stdout" in columns):
        raise UsageError("stdin and stdout go together in the columns")
    return dict(columns)


def _tests(found: Mapping[str, Any], entry: str) -> Iterator[Case]:
    for source in _list(found.get("asserts")):
        yield read_test(str(source))
    if "check" in found:
        if not entry:
            raise DataError("a check needs an entry_point")
        yield Assertion(f"{found['check']}\n\ncheck({entry})\n", name="check")
    if "stdout" in found or "stdin" in found:
        given, printed = _texts(found.get("stdin", "")), _texts(found.get("stdout", ""))
        if len(given) != len(printed):
            raise DataError(f"{len(given)} texts of stdin, but {len(printed)} of stdout")
        for number, (stdin, stdout) in enumerate(zip(given, printed, strict=True), 1):
            yield Stdio(stdin, stdout, match="lines", name=f"input {number}")
    for case in _list(found.get("calls")):
        yield _case(case, entry)


def _case(case: Any, entry: str) -> Case:
    if isinstance(case, str):
        return read_test(case)
    unknown = set(case) - {"function", "args", "kwargs", "expected", "raises", "tolerance", "name"}
    if unknown:
        raise DataError(f"a function case has no field {sorted(unknown)[0]!r}")
    function = case.get("function") or entry
    if not function:
        raise DataError("a function case needs a function, or the row an entry_point")
    kwargs = {str(name): value for name, value in (case.get("kwargs") or {}).items()}
    # Parquet gives every row the fields of all: an expected None is one that nothing else stands for.
    raises = case.get("raises")
    expected = case.get("expected") if raises is None and "expected" in case else ...
    options = {name: case[name] for name in ("tolerance", "name") if case.get(name) is not None}
    return Call(function, tuple(case.get("args") or ()), kwargs, expected, raises=raises, match="json", **options)


def _list(value: Any) -> list[Any]:
    """A list as it is, or as JSON; of a text, its assert statements a line each."""
    value = _maybe_json(value)
    if value is None:
        return []
    if isinstance(value, str):
        return [line for line in value.splitlines() if line.strip()]
    return list(value) if isinstance(value, list) else [value]


def _texts(value: Any) -> list[str]:
    value = _maybe_json(value) if isinstance(value, str) and value.lstrip().startswith('["') else value
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _programs(value: Any) -> list[Any]:
    value = _maybe_json(value) if isinstance(value, str) and value.lstrip().startswith('["') else value
    return [] if value is None else value if isinstance(value, list) else [value]


def _maybe_json(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value  # a text that begins with a bracket
    return value

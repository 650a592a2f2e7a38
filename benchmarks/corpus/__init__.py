"""Labelled programs, written by hand for this project: each vulnerable one has a safe look-alike.

A pair is written as one text: lines that begin with `-` stand in the vulnerable program only, lines that begin with
`+` in the safe one only, all others in both. A record's CWE is the weakness that the vulnerable program has and that
the safe one seems to have.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    name: str
    cwe: int
    vulnerable: bool
    code: str


def pair(name: str, cwe: int, text: str) -> tuple[Record, Record]:
    """The vulnerable program and its safe twin. Raises SyntaxError for a text that is no program in either reading."""
    found = []
    for mark, other in ("-", "+"), ("+", "-"):
        kept = [line for line in text.strip("\n").split("\n") if not line.startswith(other)]
        code = "\n".join(line[1:] if line.startswith(mark) else line for line in kept) + "\n"
        ast.parse(code)
        found.append(Record(f"{name}/{'vulnerable' if mark == '-' else 'safe'}", cwe, mark == "-", code))
    return found[0], found[1]


def good(name: str, text: str) -> Record:
    """A program without a weakness and without a vulnerable twin. Raises SyntaxError for a text that is no program."""
    code = text.strip("\n") + "\n"
    ast.parse(code)
    return Record(f"{name}/safe", 0, False, code)

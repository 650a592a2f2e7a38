"""Read a model's answer: sections under headings, code in fences, inputs as Python literals."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from codereal.errors import DataError

_HEADING = re.compile(r"^#{1,4}\s*\**(prompt|safe|vulnerable|inputs|attacks)\**:?\s*$", re.MULTILINE | re.IGNORECASE)
_FENCE = re.compile(r"```[^\n]*\n(.*?)```", re.DOTALL)
_LONGEST = 20_000  # characters of an answer
_MOST = 20  # inputs or attacks


@dataclass(frozen=True, slots=True)
class Written:
    """A task as a model wrote it: nothing of it is known to be true."""

    prompt: str
    function: str
    safe: str
    vulnerable: str
    inputs: tuple[tuple[object, ...], ...]
    attacks: tuple[tuple[object, ...], ...]


def read(answer: str) -> Written:
    """Return what an answer holds. Raises `DataError`, whose words are few enough to count by."""
    if len(answer) > _LONGEST:
        raise DataError("the answer is too long")
    parts = _HEADING.split(answer)
    sections: dict[str, str] = {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        sections.setdefault(name.lower(), text.strip())
    for name in ("prompt", "safe", "vulnerable", "inputs"):
        if not sections.get(name):
            raise DataError(f"no section {name}")
    safe, vulnerable = _code(sections["safe"]), _code(sections["vulnerable"])
    shared = [name for name in _functions(safe, "safe") if name in _functions(vulnerable, "vulnerable")]
    named = [name for name in shared if name in sections["prompt"]]
    if not named:
        raise DataError("no function that the prompt names and both solutions define")
    inputs, attacks = _arguments(sections["inputs"], "inputs"), _arguments(sections.get("attacks", "[]"), "attacks")
    return Written(sections["prompt"], named[0], safe, vulnerable, inputs, attacks)


def _code(section: str) -> str:
    found = _FENCE.search(section)
    return (found[1] if found else section).strip() + "\n"


def _functions(program: str, which: str) -> list[str]:
    try:
        tree = ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise DataError(f"the {which} solution does not parse") from error
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


def _arguments(section: str, which: str) -> tuple[tuple[object, ...], ...]:
    """A list of argument tuples; a single argument may stand without its tuple."""
    try:
        value = ast.literal_eval(_code(section).strip())
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise DataError(f"the {which} are no list of literals") from error
    if not isinstance(value, list | tuple):
        raise DataError(f"the {which} are no list of literals")
    return tuple(item if isinstance(item, tuple) else (item,) for item in value)[:_MOST]

"""The program in a response, decided once: what the tests run is what the analysis reads.

Rules, in this order (only the response is looked at, never the prompt):

1. Reasoning between `<think>` and `</think>` is dropped; an open `<think>` drops all that follows.
2. If there are fenced blocks, the last one labelled `python`, `py`, `python3` or not at all counts; an
   unclosed last fence runs to the end. A block with any other label is not a program.
3. Without a fence, the response of a completion task (one with a `prefix`) is code as it stands; the
   response to any other task is code only if it parses as a whole.
4. For a completion task, the prefix goes before the code, unless the code is a whole program that
   defines the entry point itself.
"""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from codereal.tasks.task import Task

_THINK = re.compile(r"<think>.*?(</think>|\Z)", re.DOTALL)
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n]*\n", re.MULTILINE)
_PYTHON = frozenset({"", "python", "py", "python3"})


@dataclass(frozen=True, slots=True)
class Extraction:
    """A program and where it stood.

    `start` is the offset in the response of its first character that came from there, `lead` counts the characters
    before it in the program, which the task gave. `problem` says why there is no program (`program` is then empty).
    """

    program: str
    start: int = 0
    lead: int = 0
    problem: str = ""


def extract(response: str, task: Task) -> Extraction:
    """The program in a response to a task; never raises for anything a model may write."""
    hidden = _THINK.sub(lambda match: " " * len(match[0]), response)  # blanks keep every offset in place
    fenced = list(_blocks(hidden))
    blocks = [block for block in fenced if block.label in _PYTHON]
    if blocks:
        code, start = blocks[-1].text, blocks[-1].start
    elif fenced:
        return Extraction("", problem="no Python block in the response")
    elif task.prefix or (hidden.strip() and _parses(textwrap.dedent(hidden))):
        code, start = hidden, 0
    else:
        return Extraction("", problem="no code in the response")
    if not code.strip():
        return Extraction("", problem="the response is empty")
    if task.prefix and not (blocks and _stands_alone(code, task)):
        code = code.rstrip()
        glue = "" if task.prefix.endswith("\n") or code.startswith("\n") else "\n"
        return Extraction(task.prefix + glue + code + "\n", start, len(task.prefix + glue))
    return Extraction(code, start)


class _Block(NamedTuple):
    """The text between two fences, where it begins, and what it is labelled."""

    label: str
    text: str
    start: int


def _blocks(text: str) -> Iterator[_Block]:
    """All fenced blocks. A fence closes with a line of the same signs as it opened with, or with the text."""
    place = 0
    while opening := _FENCE.search(text, place):
        start = opening.end()
        end, place = _closing(text, opening[1], start)
        yield _Block(opening[2].lower(), text[start:end], start)


def _closing(text: str, fence: str, start: int) -> tuple[int, int]:
    """Where the line that closes a block begins and ends."""
    place = text.find(fence, start)
    while place >= 0:
        begin = text.rfind("\n", 0, place) + 1
        end = text.find("\n", place)
        end = len(text) if end < 0 else end
        if begin >= start and text[begin:end].strip(" \t") == fence:
            return begin, end
        place = text.find(fence, place + 1)
    return len(text), len(text)


def _stands_alone(code: str, task: Task) -> bool:
    """Whether a block repeats what the prefix asked for rather than going on from it."""
    if task.entry_point:
        name = re.escape(task.entry_point.split(".")[0])
        return re.search(rf"^(?:async\s+)?(?:def|class)\s+{name}\b", code, re.MULTILINE) is not None
    first = next((line for line in task.prefix.splitlines() if line.strip()), "")
    return first in code


def _parses(code: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        try:
            return bool(ast.parse(code).body)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False

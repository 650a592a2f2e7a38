"""How near programs and prompts of two sets come to each other, beyond equal shapes: shared runs of words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from codereal.tasks.overlap import erased
from codereal.tasks.task import Task

_RUN = 8  # words in a run
_WORD = re.compile(r"\w+|[^\w\s]")


def shape_runs(task: Task) -> frozenset[int]:
    """Runs of words of the first reference, once names and constants are erased; empty without one."""
    if not task.references:
        return frozenset()
    return _runs(ast.unparse(erased(task.references[0])))


def prompt_runs(task: Task) -> frozenset[int]:
    """Runs of words of the prompt."""
    text = task.prompt if isinstance(task.prompt, str) else "\n".join(m["content"] for m in task.prompt)
    return _runs(text.lower())


def nearest(runs: frozenset[int], others: Iterable[frozenset[int]]) -> float:
    """The highest Jaccard similarity with any of the others, in [0, 1]."""
    best = 0.0
    for other in others:
        smaller, larger = sorted((len(runs), len(other)))
        if larger and smaller / larger > best:  # what sizes allow at most
            shared = len(runs & other)
            best = max(best, shared / (len(runs) + len(other) - shared))
    return best


def _runs(text: str) -> frozenset[int]:
    words = _WORD.findall(text)
    return frozenset(hash(tuple(words[at : at + _RUN])) for at in range(max(1, len(words) - _RUN + 1)))

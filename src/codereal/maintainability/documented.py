"""Do public functions and classes say what they are for?

A docstring counts if it says more than the name does: at least three words, one of which is not part of the name. The
term is the share of public functions and classes (not nested in functions, no leading underscore, no dunder) that
have one; code without any is 1. It weighs nothing in the default profile: prose is easy to produce and hard to check.

How it could be cheated: by prose that is wrong or empty. What stops that: nothing; hence its weight.

>>> documented(*document_slots(Source("def add(a: int, b: int) -> int:\\n    return a + b")))
0.0
"""

from __future__ import annotations

import ast
import re

from codereal.maintainability._source import Source, Spot

_WORD = re.compile(r"[^\W_]+")
_FEWEST = 3
_Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def document_slots(source: Source) -> tuple[int, list[Spot]]:
    """Return how many definitions should have a docstring, and those that have none that says anything."""
    public = 0
    missing: list[Spot] = []
    waiting: list[ast.stmt] = list(source.tree.body) if source.tree is not None else []
    while waiting:
        node = waiting.pop()
        if not isinstance(node, _Documented) or node.name.startswith("_"):
            continue
        public += 1
        if not _says_something(node.name, ast.get_docstring(node)):
            line, column = node.lineno, node.col_offset + 1
            end = column + len(node.name)
            missing.append(Spot(line, column, line, end, f"`{node.name}` does not say what it is for", "docstring"))
        if isinstance(node, ast.ClassDef):
            waiting += node.body
    return public, missing


def documented(public: int, missing: list[Spot]) -> float:
    """Return the term, in [0, 1]."""
    return 1 - len(missing) / public if public else 1.0


def _says_something(name: str, text: str | None) -> bool:
    words = [word.lower() for word in _WORD.findall(text or "")]
    return len(words) >= _FEWEST and any(word not in name.lower() for word in words)

"""A candidate's text, read once: its tree, its comments, and what its names stand for.

Code that does not parse is data: `tree` is then None and what can be read of the comments is there.
"""

from __future__ import annotations

import ast
import io
import re
import threading
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_ROOTS = frozenset({"typing", "typing_extensions", "builtins", "sys", "os"})
# Trees that are deeper count as not parsable: those who walk them recurse, and how deep Python lets them depends
# on the caller's stack. No program in 12,000 real ones is half as deep.
_DEEPEST = 200
# `warnings.catch_warnings` changes state of the whole process: one thread at a time.
_warnings_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a candidate and what is the matter there. Lines and columns count from 1; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    kind: str

    @classmethod
    def at(cls, node: ast.expr | ast.stmt, message: str, kind: str) -> Spot:
        """Return the spot of a node. Columns are counted in bytes of UTF-8, as Python's parser does."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return cls(node.lineno, node.col_offset + 1, end_line, end_column + 1, message, kind)


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment; `column` counts characters from 0."""

    line: int
    column: int
    text: str


class Source:
    """The text of a candidate."""

    def __init__(self, text: str) -> None:
        self.text = text

    @property
    def tree(self) -> ast.Module | None:
        """The syntax tree, or None if this Python cannot parse the text, or the tree is too deep to walk."""
        return self._parsed[0]

    @property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree, breadth first; empty if there is no tree."""
        return self._parsed[1]

    @cached_property
    def _parsed(self) -> tuple[ast.Module | None, tuple[ast.AST, ...]]:
        with _warnings_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in a candidate is no warning about us
            try:
                tree = ast.parse(self.text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return None, ()
        nodes: list[ast.AST] = []
        level: list[ast.AST] = [tree]
        for _depth in range(_DEEPEST):
            nodes += level
            level = [child for node in level for child in ast.iter_child_nodes(node)]
            if not level:
                return tree, tuple(nodes)
        return None, ()

    def comments(self, pattern: re.Pattern[str], words: tuple[str, ...]) -> list[Comment]:
        """All comments that match a pattern, by tokens: text inside of strings is none. Of broken code, those before
        the break. Every match begins with `#` and holds one of the words, which are in lower case: tokens cost more
        than all else here, and patterns more than words, so text without is not looked at.
        """
        if not any(word in self._lowered for word in words):
            return []
        place = self.text.find("#")
        while place >= 0 and not pattern.match(self.text, place):
            place = self.text.find("#", place + 1)
        return [comment for comment in self._comments if pattern.search(comment.text)] if place >= 0 else []

    @cached_property
    def _lowered(self) -> str:
        return self.text.casefold()

    @cached_property
    def _comments(self) -> tuple[Comment, ...]:
        return tuple(_comments(self.text))

    def blanked(self, comments: list[Comment]) -> str:
        """Return the text with these comments overwritten by blanks: lines and columns stay."""
        if not comments:
            return self.text
        lines = self.text.split("\n")  # as the tokenizer counts them
        for comment in comments:
            before, after = comment.column, comment.column + len(comment.text)
            line = lines[comment.line - 1]
            if line[before:after] == comment.text:
                lines[comment.line - 1] = line[:before] + " " * len(comment.text) + line[after:]
        return "\n".join(lines)

    @cached_property
    def _names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name.split(".")[0] in _ROOTS:
                        names[alias.asname or alias.name.split(".")[0]] = alias.name
            elif isinstance(node, ast.ImportFrom) and node.module in _ROOTS:
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        for node in self.nodes:  # `Loose = Any`, `Loose: TypeAlias = Any`, `type Loose = Any`
            target, value = _alias(node)
            if target and value is not None and (meaning := self._dotted(value, names)) in _ALIASED:
                names[target] = meaning
        return names

    def qualified(self, node: ast.AST) -> str:
        """Return what a name or attribute stands for (`typing.Any`), as far as imports and aliases tell; else ''.

        `typing_extensions` reads as `typing`; a name that nothing binds reads as itself.
        """
        return self._dotted(node, self._names)

    @staticmethod
    def _dotted(node: ast.AST, names: dict[str, str]) -> str:
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        dotted = ".".join([names.get(node.id, node.id), *reversed(attributes)])
        return dotted.replace("typing_extensions.", "typing.").removeprefix("builtins.")


_ALIASED = frozenset({"typing.Any", "Any", "typing.cast", "cast", "object", "exec", "eval"})


def _alias(node: ast.AST) -> tuple[str, ast.expr | None]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=value):
            return name, value
    declared = getattr(node, "name", None)
    if type(node).__name__ == "TypeAlias" and isinstance(declared, ast.Name):  # the statement, Python 3.12
        return declared.id, getattr(node, "value", None)
    return "", None


def _comments(text: str) -> Iterator[Comment]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield Comment(token.start[0], token.start[1], token.string)
    except (tokenize.TokenError, SyntaxError):
        return  # the rest of broken code has no tokens

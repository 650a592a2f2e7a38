"""Text → syntax tree, once; tolerant of broken code; independent of the Python that runs it.

The parser is `ast_serialize`, mypy's own (Rust): it knows the newest grammar and recovers from errors. It does not
defend itself, so size, nesting and operator chains are measured before it sees the text.
"""

from __future__ import annotations

import re
from functools import cache

import ast_serialize

from codereal.analysis import decode
from codereal.analysis.tree import Node, Scope

GRAMMAR = (3, 14)
MAX_CHARACTERS = 1_000_000
MAX_NESTING = 60  # brackets, and levels of indentation: both become recursion in the parser and here
MAX_CHAIN = 160  # operators, dots or calls in one logical line: a left-deep tree of that depth
MAX_ERRORS = 20

# What matters to size a text: comments and strings (skipped), brackets, line ends, and what chains expressions.
_TOKEN = re.compile(
    r"""(?P<skip>\#[^\n]*|[rRbBuU]{0,2}(?:\"\"\"(?:[^\\]|\\.)*?(?:\"\"\"|\Z)|'''(?:[^\\]|\\.)*?(?:'''|\Z)
        |"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
      |(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>,)|(?P<line>\n[ \t]*)
      |(?P<chain>[-+*/%@&|^<>=!~.]+|\b(?:not|and|or|in|is|if|else|lambda|await|for|elif|except|case)\b)""",
    re.VERBOSE | re.DOTALL,
)
_LOOSE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*([ \t]*)(except|finally|else|elif)\b")
# The parser leaves out what type checkers are told to ignore: a whole file after `# type: ignore` on its first line,
# every function after `# mypy: ignore-errors`. The colon is taken from such comments; no place moves.
_DIRECTIVE = re.compile(r"(#[ \t]*(?:mypy|type)[ \t]*):")
_TO_ROUND = bytes.maketrans(b"([{)]}", b"((()))")
_NO_BRACKETS = bytes(set(range(256)) - set(b"([{)]}\n"))
_CONTROL = re.compile(f"[\0{chr(0xD800)}-{chr(0xDFFF)}]")


class Tree:
    """A parsed text: statements, scope of the module, the text and its lines, and what was wrong with it."""

    __slots__ = ("body", "errors", "lines", "scope", "text")

    def __init__(
        self, body: list[Node], scope: Scope, text: str, lines: list[str], errors: list[tuple[int, str]]
    ) -> None:
        self.body = body
        self.scope = scope
        self.text = text
        self.lines = lines
        self.errors = errors  # (line, message), in order

    def column(self, line: int, column: int) -> int:
        """A 1-based column of `line` for the parser's column.

        The parser counts characters but leaves out those beyond ASCII up to and including the place itself.
        """
        if not 0 < line <= len(self.lines) or self.lines[line - 1].isascii():
            return column + 1
        counted = -1
        for at, character in enumerate(self.lines[line - 1]):
            counted += character.isascii()
            if counted >= column:
                return at + 1
        return len(self.lines[line - 1]) + 1


def parse(text: str, last_line: int | None = None) -> Tree:
    """Parse as much of `text` as can be parsed; what cannot is in `Tree.errors`. Never raises for any text.

    `last_line` is the number that its last line is given (default: lines count from 1).
    """
    errors: list[tuple[int, str]] = []
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", " ").removeprefix("\ufeff")
    if not text.isascii() or "\0" in text:
        text = _CONTROL.sub("?", text)
    if len(text) > MAX_CHARACTERS:
        return Tree([], Scope(False), "", [], [(1, f"not analysed: longer than {MAX_CHARACTERS:,} characters")])
    whole, lines = text, text.split("\n")
    if "#" in text:
        text = _DIRECTIVE.sub(r"\1;", text)
    refusal = _too_deep(text, lines)
    if refusal is not None:
        return Tree([], Scope(False), whole, lines, [refusal])
    data, problems = _read(text)
    shift = 0 if last_line is None else len(lines) - last_line
    if problems:
        repaired, added = _repair(text)
        shift += added
        if repaired is not text:
            data, _ = _read(repaired)
        errors.extend(
            (min(problem["line"], len(lines)), f"syntax: {problem['message']}") for problem in problems[:MAX_ERRORS]
        )
    try:
        body, scope = decode.read_module(data, shift)
    except RecursionError:
        return Tree([], Scope(False), whole, lines, [(1, "not analysed: nested too deeply")])
    return Tree(body, scope, whole, lines, errors)


def _read(text: str) -> tuple[bytes, list[ast_serialize.ParseError]]:
    data, problems, _, _, _ = ast_serialize.parse(
        "<text>", source=text, python_version=GRAMMAR, cache_version=decode.CACHE_VERSION
    )
    # The recovering parser reports semantic problems too; the ones that change the tree are blockers.
    return data, [problem for problem in problems if problem.get("blocker")]


def _repair(text: str) -> tuple[str, int]:
    """Give a loose `except` or `else` the header that was cut off; returns the text and the lines put in front."""
    loose = _LOOSE.match(text)
    if loose is None:
        return text, 0
    header = "if 1: pass" if loose[2] in ("else", "elif") else "try: pass"
    return f"{loose[1]}{header}\n{text}", 1


def _too_deep(text: str, lines: list[str]) -> tuple[int, str] | None:
    """(line, reason) when the text would drive a recursive parser too deep; None when it is fit to parse."""
    if not _may_be_deep(text, lines):
        return None
    links = [0]  # how many links each open bracket's current item has so far
    total = 0
    line = 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "chain":
            links[-1] += 1
            total += 1
            if total > MAX_CHAIN:
                return line, f"not analysed: more than {MAX_CHAIN} operators in one expression"
        elif kind == "open":
            links[-1] += 1
            links.append(0)
            total += 1
            if len(links) > MAX_NESTING or total > MAX_CHAIN:
                return line, f"not analysed: more than {MAX_NESTING} brackets deep, or {MAX_CHAIN} in one expression"
        elif kind == "comma":
            total -= links[-1]
            links[-1] = 0
        elif kind == "close":
            total -= links.pop()
            if not links:
                links.append(0)
        elif kind == "line":
            line += 1
            if len(links) == 1:
                if text[match.start() - 1] != "\\":
                    total = links[0] = 0
                if len(match[0]) > MAX_NESTING and _levels(lines) > MAX_NESTING:
                    return line, f"not analysed: more than {MAX_NESTING} levels of indentation"
        else:
            line += match[0].count("\n")
    return None


def _levels(lines: list[str]) -> int:
    """The number of distinct indentations: a bound on how deep statements nest."""
    return len({len(line) - len(line.lstrip()) for line in lines if line and not line.isspace()})


def _may_be_deep(text: str, lines: list[str]) -> bool:
    """Cheap over-estimate, so that ordinary text is never tokenised here."""
    longest = max(map(len, lines))
    if longest > MAX_CHAIN or "\\\n" in text or text.endswith("\\"):
        return True
    if longest > MAX_NESTING and any(len(line) > MAX_NESTING and line[:MAX_NESTING].isspace() for line in lines):
        return True
    # The brackets of each line, without those that it closes itself (three deep: most lines keep none).
    shape = text.encode().translate(_TO_ROUND, _NO_BRACKETS)
    for _ in range(3):
        shape = shape.replace(b"()", b"")
    brackets = 0
    for rest in shape.split():
        brackets += 2 * rest.count(b"(") - len(rest)
        if brackets > 8 or brackets < -8:
            return True
    return False


@cache
def parser_version() -> str:
    """The version of the parser: a part of the rule set, since another grammar may see other findings."""
    from importlib.metadata import version

    return version("ast_serialize")

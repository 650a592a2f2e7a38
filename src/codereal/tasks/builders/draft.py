"""`Draft`: a hand-written problem with holes for words, before it is edited, put into a form and told.

A draft is data. Its texts hold `$noun`, `$a` and the like (see `domains`), and two more: `$f`, how the solution is
called, and `$p`, the name of its first parameter. Bodies are written as bodies of a function; a line `---` divides what
stands before the function (constants, helpers) from the body. Imports are found by `forms`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from string import Template
from textwrap import dedent
from typing import Any, TypeVar

from codereal.sandbox.case import Source

FORMS = ("function", "program", "method")
CANARY = "canary-7f3a91"
"""What must not be seen: the text of files and fields that an attack is after."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Draft:
    """One problem.

    `name` and `p` are alternatives with `|` between them; `words` are sentences, one a line. `safe` and `vulnerable`
    are bodies: all of them pass the tests, and only the former withstand the attacks. `tests` and `attacks` are
    argument lists, whose outcome the first safe body says; a solution may also refuse an attack by any exception.
    `checks` and `probes` are the same as test code, for what has no single right value (`call` is then an example of
    arguments). `key` is the parameter that
    edits may constrain, `operators` whether they may change the result (or which of them may). `given` is code that
    stands before every solution and is shown; `setup` a program that makes files. `errors` are the exceptions that
    the words speak of. A `held_out` draft makes tasks of the test split only.
    """

    seed: str
    name: str
    parameters: str
    result: str
    words: str
    safe: tuple[str, ...]
    vulnerable: tuple[str, ...] = ()
    tests: tuple[tuple[object, ...], ...] = ()
    attacks: tuple[tuple[object, ...], ...] = ()
    checks: tuple[str, ...] = ()
    probes: tuple[str, ...] = ()
    call: tuple[object, ...] = ()
    p: str = "name"
    key: str = "$p"
    given: str = ""
    setup: str = ""
    forms: tuple[str, ...] = FORMS
    operators: bool | tuple[str, ...] = True
    constraints: tuple[str, ...] | None = None
    errors: tuple[str, ...] = ("ValueError",)
    limits: Mapping[str, float] = field(default_factory=dict)
    held_out: bool = False
    count: int = 10

    def fill(self, words: Mapping[str, str]) -> Draft:
        """The draft with words in its holes; bodies and texts lose the margin that they are written with."""
        changed = {item.name: _fill(getattr(self, item.name), words) for item in fields(self)}
        return replace(self, **changed)

    @property
    def arguments(self) -> list[tuple[str, str]]:
        """Names and types of the parameters."""
        return [_pair(part) for part in split_parameters(self.parameters)]

    @property
    def sentences(self) -> list[str]:
        """The words, a sentence or two each: a line that does not end in a full stop goes on in the next."""
        out: list[str] = []
        for line in map(str.strip, self.words.strip().splitlines()):
            if out and not out[-1].endswith("."):
                out[-1] += f" {line}"
            elif line:
                out.append(line)
        return out


@dataclass(frozen=True, slots=True)
class Family:
    """Problems of one weakness; `policy` says what a solution must not do. Tasks ask for `quality`."""

    name: str
    cwe: str
    policy: str
    drafts: tuple[Draft, ...]
    quality: tuple[str, ...] = ("security", "maintainability")
    pairs: int = 4


def files(content: Mapping[str, str]) -> str:
    """A setup program that writes text files."""
    return dedent("""
        import os
        for path, text in {content!r}.items():
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
        """).format(content=dict(content))


ALONE = files({"app.log": ""})
"""A setup for drafts whose calls change what is given: a case with files has a process of its own."""


def absent(arguments: str, canary: str = CANARY) -> str:
    """Test code: the call may do what it likes, but not give out the canary."""
    return f"try:\n    out = str($f({arguments}))\nexcept Exception:\n    out = ''\nassert {canary!r} not in out\n"


def holds(arguments: str, *lines: str) -> str:
    """Test code: lines that must hold of `out`, what the call returns; refusing is fine, too."""
    test = "\n    ".join(lines)
    return f"try:\n    out = $f({arguments})\nexcept Exception:\n    out = None\nif out is not None:\n    {test}\n"


def after(arguments: str, *lines: str) -> str:
    """Test code: lines that must hold after the call, however it ended."""
    return "\n".join([f"try:\n    $f({arguments})\nexcept Exception:\n    pass", *lines, ""])


def refuses(arguments: str, error: str) -> str:
    """Test code: the call raises this exception and no other."""
    return f"try:\n    $f({arguments})\nexcept {error}:\n    pass\nelse:\n    raise AssertionError('not refused')\n"


def split_parameters(text: str) -> list[str]:
    """The parameters of a signature, whose types may hold commas in brackets."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign in "[(") - (sign in "])")
        if sign == "," and not depth:
            parts.append(text[start:place].strip())
            start = place + 1
    return [part for part in (*parts, text[start:].strip()) if part]


def _pair(text: str) -> tuple[str, str]:
    name, _, kind = text.partition(":")
    return name.strip(), kind.strip()


def _fill(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        text = dedent(value).strip("\n") if "\n" in value else value
        return Template(text).safe_substitute(words)
    if isinstance(value, Source):
        return Source(Template(value.text).safe_substitute(words))
    if isinstance(value, tuple | list):
        return type(value)(_fill(item, words) for item in value)
    if isinstance(value, dict):
        return {_fill(key, words): _fill(item, words) for key, item in value.items()}
    return value

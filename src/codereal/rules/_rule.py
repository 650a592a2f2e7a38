"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from codereal.analysis.entries import Entry
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit
    from codereal.analysis.source import Tree
    from codereal.analysis.tree import Pos
    from codereal.analysis.values import Mark


class Verdict(NamedTuple):
    """A rule's word on one hit: what is wrong, how sure it is, and which untrusted data it speaks of (None: of none).

    `cwe`, `hint` and `severity` take the place of the rule's own where one case is another weakness, or less of one.
    """

    message: str
    confidence: str
    mark: Mark | None = None
    cwe: tuple[int, ...] = ()
    hint: str = ""
    severity: str = ""


class Spot(NamedTuple):
    """A place that a rule found in the syntax tree, or when an entry point had been evaluated.

    `argument` is the instruction that holds the untrusted data `verdict.mark`, from which its path is found;
    `words` names the place in the path.
    """

    pos: Pos
    verdict: Verdict
    words: str
    argument: tuple[object, Instr] | None = None


class Rule(NamedTuple):
    """A rule looks in one or more of three ways.

    `judge` is given data that reaches the sinks of the kinds in `sinks`; `scan` the syntax tree, once a text;
    `review` each entry point after its evaluation; both only if one of `mentions`
    stands in the text at all. None, or no spots, means that all is well.
    A rule that `is_asked_for` looks only when it is selected by name: it is for the reward, or a matter of taste.
    """

    id: str
    cwe: tuple[int, ...]
    summary: str
    hint: str
    severity: str
    sinks: tuple[str, ...] = ()
    judge: Callable[[Hit], Verdict | None] | None = None
    scan: Callable[[Tree], Iterable[Spot]] | None = None
    review: Callable[[Entry], Iterable[Spot]] | None = None
    mentions: tuple[str, ...] = ()
    is_asked_for: bool = False

"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from codereal.analysis.program import Hit
    from codereal.analysis.values import Mark


class Verdict(NamedTuple):
    """A rule's word on one hit: what is wrong, how sure it is, and which untrusted data it speaks of."""

    message: str
    confidence: str
    mark: Mark


class Rule(NamedTuple):
    """A rule judges data that reaches the sinks of its kinds; None from `judge` means that all is well."""

    id: str
    cwe: tuple[int, ...]
    summary: str
    hint: str
    severity: str
    sinks: tuple[str, ...]
    judge: Callable[[Hit], Verdict | None]

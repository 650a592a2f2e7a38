"""How quality q and function f, both in [0, 1], become one number in [0, 1], with weight α of quality.

linear         α·q + (1−α)·f                    as published; pays α for safe code that does nothing
product        f·(1−α + α·q)                    quality pays as far as the program works
gated          (1−α)·f + α·q·[f = 1]            quality pays when every test passes
lexicographic  (n·f + q·[f > 0]) / (n + 1)      one more test (of n) outranks any quality; α plays no part
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Composition: TypeAlias = Callable[[float, float, float, int], float]
"""(quality, function, alpha, number of tests) → reward before format and length."""


def linear(quality: float, function: float, alpha: float, tests: int) -> float:
    """The published formula (ReaL, equation 1)."""
    return alpha * quality + (1 - alpha) * function


def product(quality: float, function: float, alpha: float, tests: int) -> float:
    """Quality of what works."""
    return function * (1 - alpha + alpha * quality)


def gated(quality: float, function: float, alpha: float, tests: int) -> float:
    """Quality only of what works wholly."""
    return (1 - alpha) * function + alpha * quality * float(function == 1)


def lexicographic(quality: float, function: float, alpha: float, tests: int) -> float:
    """Function first, quality second."""
    return (tests * function + quality * float(function > 0)) / (tests + 1)


COMPOSITIONS: dict[str, Composition] = {
    "linear": linear,
    "product": product,
    "gated": gated,
    "lexicographic": lexicographic,
}

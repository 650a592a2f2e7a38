"""How far raters agree beyond chance: Cohen's κ for two, Fleiss' κ and Krippendorff's α for many.

A unit is what was rated, and holds one rating of each rater who rated it. All values are at most 1; 0 is what chance
gives. Where everybody always says the same, chance explains it all and the coefficients are undefined: None.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

Unit = Sequence[Hashable]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Agreement:
    """A coefficient with its 95% interval (None: undefined), and how many units were rated more than once."""

    value: float | None
    low: float | None
    high: float | None
    units: int

    def __str__(self) -> str:
        if self.value is None:
            return f"undefined ({self.units} units)"
        span = "" if self.low is None else f" [{self.low:.3f}, {self.high:.3f}]"
        return f"{self.value:.3f}{span} ({self.units} units)"


def cohen_kappa(units: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Cohen's κ (1960) of two raters who both rated every unit."""
    if not units:
        return None
    count = len(units)
    first, second = Counter(a for a, _ in units), Counter(b for _, b in units)
    observed = sum(a == b for a, b in units) / count
    expected = sum(first[value] * second[value] for value in first) / count**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def fleiss_kappa(units: Sequence[Unit]) -> float | None:
    """Fleiss' κ (1971) of units that all have equally many ratings, at least two. Raises ValueError for others."""
    sizes = {len(unit) for unit in units}
    if len(sizes) != 1 or min(sizes) < 2:
        raise ValueError("Fleiss' kappa needs as many ratings of every unit, two or more")
    (size,) = sizes
    totals: Counter[Hashable] = Counter()
    agreeing = 0
    # Few units differ in what was said: each kind is looked at once.
    for unit, times in Counter(map(tuple, units)).items():
        for value, count in Counter(unit).items():
            totals[value] += times * count
            agreeing += times * count * (count - 1)
    observed = agreeing / (len(units) * size * (size - 1))
    expected = sum((n / (len(units) * size)) ** 2 for n in totals.values())
    return None if expected == 1 else (observed - expected) / (1 - expected)


def nominal(one: Hashable, other: Hashable) -> float:
    """Values are the same or they are not."""
    return float(one != other)


def interval(one: Hashable, other: Hashable) -> float:
    """The squared distance of numbers."""
    return (one - other) ** 2  # type: ignore[operator, no-any-return]


def krippendorff_alpha(
    units: Sequence[Unit], distance: Callable[[Hashable, Hashable], float] = nominal
) -> float | None:
    """Krippendorff's α (2004, chapter 11). Units may have any number of ratings; those with one say nothing."""
    totals: Counter[Hashable] = Counter()
    observed = 0.0
    for unit, times in Counter(map(tuple, units)).items():
        if len(unit) > 1:
            for value in unit:
                totals[value] += times
            observed += times * 2 * sum(distance(a, b) for a, b in combinations(unit, 2)) / (len(unit) - 1)
    count = sum(totals.values())
    expected = 2 * sum(totals[a] * totals[b] * distance(a, b) for a, b in combinations(totals, 2))
    return None if not expected else 1 - (count - 1) * observed / expected


def with_interval(
    units: Sequence[T], statistic: Callable[[Sequence[T]], float | None], *, draws: int = 1000, seed: int = 0
) -> Agreement:
    """The statistic and the middle 95% of its values on units drawn again with replacement (Efron 1979).

    Draws on which it is undefined are left out; there is no interval when they are more than half.
    """
    draw = random.Random(f"agreement {seed}")
    value = statistic(units)
    found = []
    if value is not None and len(units) > 1:
        again = (statistic(draw.choices(units, k=len(units))) for _ in range(draws))
        found = sorted(one for one in again if one is not None)
    if len(found) <= draws / 2:
        return Agreement(value, None, None, len(units))
    low, high = found[int(0.025 * len(found))], found[min(int(0.975 * len(found)), len(found) - 1)]
    return Agreement(value, low, high, len(units))

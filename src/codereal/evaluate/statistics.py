"""Intervals for rates, honest about samples that belong together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_Z = 1.959963984540054  # the 97.5% point of the normal distribution


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95% interval; `count` is the number of samples behind it."""

    value: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def apart(self, other: Rate) -> bool:
        """Whether the two intervals are disjoint."""
        return self.high < other.low or other.high < self.low


def rate(clusters: Sequence[Sequence[bool]]) -> Rate:
    """The share of true values, where each inner sequence holds the samples of one task.

    Wilson's score interval (Wilson 1927), with the sample size divided by the design effect of clustering
    (Kish 1965; Rao & Scott 1992): samples of one task are not independent. One sample a task gives the
    plain Wilson interval.
    """
    sizes = [len(cluster) for cluster in clusters if cluster]
    count = sum(sizes)
    if not count:
        raise ValueError("a rate needs at least one sample")
    share = sum(sum(cluster) for cluster in clusters) / count
    effective = count / _design_effect([c for c in clusters if c], share, count)
    centre = (share + _Z**2 / (2 * effective)) / (1 + _Z**2 / effective)
    spread = share * (1 - share) / effective + _Z**2 / (4 * effective**2)
    half = _Z * math.sqrt(spread) / (1 + _Z**2 / effective)
    return Rate(share, max(centre - half, 0.0), min(centre + half, 1.0), count)


def _design_effect(clusters: Sequence[Sequence[bool]], share: float, count: int) -> float:
    """Variance of the share with clusters over its variance without (at least 1)."""
    groups = len(clusters)
    if groups < 2 or groups == count or share in (0.0, 1.0):
        return 1.0 if groups > 1 else max(1.0, float(count) / groups) if share in (0.0, 1.0) else 1.0
    residuals = sum((sum(cluster) - share * len(cluster)) ** 2 for cluster in clusters)
    clustered = groups / (groups - 1) * residuals / count**2
    return max(1.0, clustered / (share * (1 - share) / count))

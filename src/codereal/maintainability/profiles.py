"""How the terms of maintainability become one value, and what passes.

real-paper  as published: 1 if `mypy --strict` has no error, else 0; comments that silence mypy are obeyed and
            `from typing import *` stands before the code. It can be cheated; it is kept as the baseline.
default     substance × unsuppressed × (½ typed + ¼ annotated + ⅛ simple + ⅛ clean). Passed without mypy errors,
            without suppressions, with ¾ of the signatures saying something, and unless it is a mess: *simple* and
            *clean* at ½ or more. What silences mypy is removed before mypy looks.
strict      the same with a tenth for *documented*; passed if every other term is 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TERMS = ("typed", "annotated", "unsuppressed", "substance", "simple", "clean", "documented")
_FACTORS = ("substance", "unsuppressed")


@dataclass(frozen=True, slots=True)
class Profile:
    """Weights of the terms that are averaged, and what each term needs for the code to pass."""

    weights: Mapping[str, float]
    least: Mapping[str, float]
    as_published: bool = False  # nothing but mypy, which obeys its comments

    def value(self, terms: Mapping[str, float]) -> float:
        """Return the value, in [0, 1]."""
        if self.as_published:
            return float(self.passes(terms))
        weighed = sum(weight * terms[name] for name, weight in self.weights.items()) / sum(self.weights.values())
        for name in _FACTORS:
            weighed *= terms[name]
        return weighed

    def passes(self, terms: Mapping[str, float]) -> bool:
        """Return whether every term reaches what it needs."""
        return all(terms[name] >= least for name, least in self.least.items())


_DEFAULT = {"typed": 4.0, "annotated": 2.0, "simple": 1.0, "clean": 1.0, "documented": 0.0}

PROFILES: dict[str, Profile] = {
    "real-paper": Profile({**dict.fromkeys(_DEFAULT, 0.0), "typed": 1.0}, {"typed": 1.0}, as_published=True),
    "default": Profile(
        _DEFAULT, {**dict.fromkeys(("typed", *_FACTORS), 1.0), "annotated": 0.75, "simple": 0.5, "clean": 0.5}
    ),
    "strict": Profile({**_DEFAULT, "documented": 0.8}, {name: 1.0 for name in TERMS if name != "documented"}),
}

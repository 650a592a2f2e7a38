"""What does the default profile of maintainability say of honest code, and what of cheats?

    python benchmarks/alarms.py [--limit 400] [-o results/maintainability.md]

Honest code: reference programs of the data folder (`--data`, `CODEREAL_DATA`, else `../shared/data` beside the
project), drawn at random, those that people wrote with types apart from the rest. A check *alarms* on a program when
it has at least one finding there. The cheats are those of `codereal.maintainability.cheats`; each is shown beside the
honest program for the same task. Exit code 1 if a cheat passes or beats it, or fewer than 95% of the typed pass.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
from collections import Counter
from pathlib import Path

from codereal.maintainability.cheats import CHEATS, HONEST
from codereal.maintainability.check import MaintainabilityScore, score_maintainability_many
from maintainability import ROOT, corpus

_TYPED = re.compile(r"^ *def .*\) *-> *[^:]+:", re.MULTILINE)
_UNTYPED = re.compile(r"^ *def [^>]*\) *:", re.MULTILINE)


def scored(codes: list[str]) -> list[MaintainabilityScore]:
    """Score as the suites do: with the names that their programs may use without importing them."""
    context = "from typing import *\nimport collections, math, heapq, bisect, itertools, functools\n"
    return score_maintainability_many(codes, contexts=[context] * len(codes))


def alarms(scores: list[MaintainabilityScore]) -> Counter[str]:
    """In how many programs each check finds something."""
    return Counter(kind for score in scores for kind in {_kind(finding.rule) for finding in score.findings})


def _kind(rule: str) -> str:
    return "mypy" if rule.startswith("mypy-") else rule


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("CODEREAL_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("--limit", type=int, default=400, help="programs of each kind (default: 400)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, help="write there as well")
    options = parser.parse_args()
    codes = list(corpus(Path(options.data)))
    random.Random(options.seed).shuffle(codes)
    typed = [code for code in codes if _TYPED.search(code) and not _UNTYPED.search(code)][: options.limit]
    plain = [code for code in codes if _UNTYPED.search(code)][: options.limit]
    groups = {"with types": scored(typed), "without types": scored(plain)}
    honest = groups["with types"]
    sound = [score for score in honest if score.terms["typed"] == 1]
    passing = sum(score.passed for score in sound)
    lines = [
        f"{len(honest)} programs with types, {len(groups['without types'])} without.",
        f"mypy --strict has nothing against {len(sound)} of the typed.",
        f"{passing} of these pass the default profile ({passing / len(sound):.1%}).",
        "",
        "| check | alarms, with types | without types |",
        "|---|---|---|",
    ]
    counts = {name: alarms(scores) for name, scores in groups.items()}
    for check in sorted(set().union(*counts.values())):
        shares = [f"{counts[name][check]} ({counts[name][check] / len(groups[name]):.1%})" for name in groups]
        lines.append(f"| {check} | {' | '.join(shares)} |")
    reference, *cheats = score_maintainability_many([HONEST, *CHEATS.values()])
    lines += ["", "| program | value | passed | what stops it |", "|---|---|---|---|"]
    lines.append(f"| honest | {reference.value:.3f} | yes | - |")
    for name, score in zip(CHEATS, cheats, strict=True):
        rules = sorted({finding.rule for finding in score.findings})
        lines.append(f"| {name} | {score.value:.3f} | {'yes' if score.passed else 'no'} | {', '.join(rules)} |")
    text = "\n".join(lines)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", "utf-8")
    beaten = [score for score in cheats if score.passed or score.value is None or score.value >= (reference.value or 0)]
    return int(bool(beaten) or passing / len(sound) < 0.95)


if __name__ == "__main__":
    sys.exit(main())

"""What reviewers came to: verdicts, disputes, agreement, and the report about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from codereal.evaluate.human.agreement import Agreement, cohen_kappa, fleiss_kappa, krippendorff_alpha, with_interval
from codereal.evaluate.human.decisions import Decision, latest
from codereal.evaluate.human.items import Item
from codereal.evaluate.statistics import Rate, rate

UNSURE = "unsure"
DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that the report says.

    `verdicts` by item: what most reviewers said who were not unsure; `disputed` for a tie, `unsure` where all were;
    items that nobody decided are not among them. Agreement is that of independent decisions alone: who has seen what
    the others say is no measure of the question.
    """

    items: int
    verdicts: Mapping[str, str]
    open_disputes: tuple[str, ...]
    counts: Mapping[str, Counter[str]]  # by reviewer
    seconds: Mapping[str, float]  # median by reviewer
    kappa: Mapping[tuple[str, str], Agreement]
    fleiss: Agreement | None
    alpha: Agreement
    reasons: Counter[str]
    preference: Rate | None  # of pairs: how often the second file's answer is better, among those decided
    first_place: Rate | None  # of pairs: how often whatever stood first was preferred
    stale: int


def current(items: Iterable[Item], decisions: Iterable[Decision]) -> list[Decision]:
    """The decisions about these items as they are now."""
    digests = {item.id: item.digest for item in items}
    return [decision for decision in decisions if digests.get(decision.item) == decision.digest]


def disputed(decisions: Iterable[Decision]) -> set[str]:
    """The items on which the decisions that hold differ."""
    found = latest(decisions)
    return {name for name, mine in found.items() if len({one.decision for one in mine.values()}) > 1}


def verdict(decisions: Iterable[str]) -> str:
    """What most say who are not unsure."""
    counts = Counter(one for one in decisions if one != UNSURE).most_common(2)
    if not counts:
        return UNSURE
    return DISPUTED if len(counts) > 1 and counts[0][1] == counts[1][1] else counts[0][0]


def outcome(items: Sequence[Item], decisions: Sequence[Decision], *, draws: int = 1000) -> Outcome:
    """Everything that follows from the decisions about these items."""
    mine = current(items, decisions)
    now, independent = latest(mine), latest(one for one in mine if not one.dispute)
    reviewers = sorted({one.reviewer for one in mine})
    shared = [tuple(one.decision for one in found.values()) for found in independent.values() if len(found) > 1]
    pairs = {}
    for first, second in combinations(reviewers, 2):
        both = [found for found in independent.values() if first in found and second in found]
        if both:
            units = [(found[first].decision, found[second].decision) for found in both]
            pairs[first, second] = with_interval(units, cohen_kappa, draws=draws)
    complete = bool(shared) and len({len(unit) for unit in shared}) == 1 and len(reviewers) > 2
    verdicts = {name: verdict(one.decision for one in found.values()) for name, found in now.items()}
    said = [one for found in now.values() for one in found.values()]
    return Outcome(
        items=len(items),
        verdicts=verdicts,
        open_disputes=tuple(sorted(disputed(mine))),
        counts={name: Counter(one.decision for one in said if one.reviewer == name) for name in reviewers},
        seconds={name: median(one.seconds for one in said if one.reviewer == name) for name in reviewers},
        kappa=pairs,
        fleiss=with_interval(shared, fleiss_kappa, draws=draws) if complete else None,
        alpha=with_interval(shared, krippendorff_alpha, draws=draws),
        reasons=Counter(one.reason for one in said if one.reason),
        preference=_preference(now),
        first_place=_first_place(independent),
        stale=len(decisions) - len(mine),
    )


def report(found: Outcome) -> str:
    """The outcome as Markdown."""
    lines = [f"{len(found.verdicts)} of {found.items} items are decided, {len(found.open_disputes)} are in dispute."]
    verdicts = ", ".join(f"{name} {count}" for name, count in Counter(found.verdicts.values()).most_common())
    lines.append(f"Verdicts: {verdicts or 'none'}.")
    if found.stale:
        lines.append(f"{found.stale} decisions are about other items, or about these before they changed.")
    if found.counts:
        lines += ["", "| reviewer | decisions | median s |", "|---|---|---|"]
        for name, counts in found.counts.items():
            words = ", ".join(f"{word} {count}" for word, count in counts.most_common())
            lines.append(f"| {name} | {words} | {found.seconds[name]:.0f} |")
    lines += ["", "Agreement of independent decisions beyond chance, with 95% intervals (bootstrap over items):", ""]
    lines.append(f"- Krippendorff's α, all reviewers: {found.alpha}")
    if found.fleiss:
        lines.append(f"- Fleiss' κ: {found.fleiss}")
    lines += [f"- Cohen's κ, {first} and {second}: {one}" for (first, second), one in found.kappa.items()]
    if found.preference:
        lines += ["", f"B is better in {found.preference} of {found.preference.count} items that are decided."]
    if found.first_place:
        lines.append(f"What stood first was preferred in {found.first_place} of {found.first_place.count} decisions.")
    if found.reasons:
        lines += ["", "Reasons: " + ", ".join(f"{why} {count}" for why, count in found.reasons.most_common()) + "."]
    if found.open_disputes:
        lines += ["", "In dispute:", *(f"- {name}" for name in found.open_disputes)]
    return "\n".join(lines) + "\n"


def _preference(now: Mapping[str, Mapping[str, Decision]]) -> Rate | None:
    """Answers to one task (`task#2`) belong together; a tie is not counted."""
    groups: dict[str, list[bool]] = {}
    for name, found in now.items():
        said = verdict(one.decision for one in found.values())
        if said in ("a", "b"):
            groups.setdefault(name.partition("#")[0], []).append(said == "b")
    return rate(list(groups.values())) if groups else None


def _first_place(independent: Mapping[str, Mapping[str, Decision]]) -> Rate | None:
    groups = [
        [one.decision == one.shown[0] for one in found.values() if one.shown and one.decision in one.shown]
        for found in independent.values()
    ]
    return rate(groups) if any(groups) else None

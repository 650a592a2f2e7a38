"""A reviewer's way through the items: what is next, what was decided, on what the others differ."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from codereal.errors import UsageError
from codereal.evaluate.human.decisions import Decision, Writer, latest, read
from codereal.evaluate.human.items import Form, Item
from codereal.evaluate.human.outcome import current, disputed

_LONGEST = 10_000  # characters of a comment
_SIDES = {"first": 0, "second": 1}


class Review:
    """One reviewer's session over items in their order; with `disputes`, over those on which reviewers differ."""

    def __init__(
        self, items: Sequence[Item], form: Form, folder: Path, writer: Writer, reviewer: str, *, disputes: bool = False
    ) -> None:
        self.form, self.reviewer, self.disputes = form, reviewer, disputes
        self._folder, self._writer = folder, writer
        known = current(items, read(folder))
        open_items = disputed(known)
        self.items = [item for item in items if not disputes or item.id in open_items]
        if not self.items:
            raise UsageError("there is no dispute to settle" if disputes else "there is nothing to review")
        self._mine = {
            name: found[reviewer]
            for name, found in latest(known).items()
            if reviewer in found and (found[reviewer].dispute or not disputes)
        }

    def state(self) -> dict[str, Any]:
        """What the page needs to know about the whole: the form, and of each item whether it is decided."""
        return {
            "kind": self.form.kind,
            "reviewer": self.reviewer,
            "disputes": self.disputes,
            "keys": dict(self.form.decisions),
            "reasons": list(self.form.reasons),
            "needs_reason": list(self.form.needs_reason),
            "decided": [self._said(item) for item in self.items],
        }

    def item(self, place: int) -> dict[str, Any]:
        """An item as the page shows it. In a pair nothing says whose answers they are.

        Raises `UsageError` for a place that is none.
        """
        if not 0 <= place < len(self.items):
            raise UsageError(f"there is no item {place}")
        item = self.items[place]
        mine = self._mine.get(item.id)
        return {
            "place": place,
            "id": item.id,
            "sections": [
                {"title": part.title, "text": part.text, "kind": part.kind, "findings": part.findings()}
                for part in item.sections
            ],
            "mine": mine and {"decision": self._said(item), "reason": mine.reason, "comment": mine.comment},
            "others": self._others(item) if self.disputes else [],
        }

    def decide(self, given: Any) -> dict[str, Any]:
        """Store a decision as the page sends it, and return the state. Raises `UsageError` for one that makes no sense.

        When this returns, the decision is on the disk.
        """
        if not isinstance(given, dict) or not isinstance(given.get("place"), int):
            raise UsageError("a decision is an object with the place of its item")
        place, words = given["place"], given.get("decision")
        if not 0 <= place < len(self.items) or words not in self.form.decisions.values():
            raise UsageError("a decision of no item, or none that the form has")
        item, reason, comment = self.items[place], given.get("reason", ""), given.get("comment", "")
        if reason not in ("", *self.form.reasons) or not isinstance(comment, str) or len(comment) > _LONGEST:
            raise UsageError("a reason that the form does not have, or a comment that is too long")
        if words in self.form.needs_reason and not reason:
            raise UsageError(f"{words} needs a reason")
        if given.get("id") != item.id:
            raise UsageError("the page shows another item: load it again")
        seconds = given.get("seconds", 0)
        decision = Decision(
            item=item.id,
            decision=item.shown[_SIDES[words]] if words in _SIDES else str(words),
            reviewer=self.reviewer,
            digest=item.digest,
            reason=reason,
            comment=comment.strip(),
            dispute=self.disputes,
            shown=item.shown,
            seconds=round(float(seconds), 1) if isinstance(seconds, int | float) and 0 <= seconds < 1e6 else 0.0,
            at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        )
        self._writer.add(decision)
        self._mine[item.id] = decision
        return self.state()

    def _said(self, item: Item) -> str:
        """This reviewer's decision in the form's words; empty without one."""
        mine = self._mine.get(item.id)
        return self._words(item, mine) if mine else ""

    def _words(self, item: Item, decision: Decision) -> str:
        if not item.shown or decision.decision not in item.shown:
            return decision.decision
        return ("first", "second")[item.shown.index(decision.decision)]

    def _others(self, item: Item) -> list[dict[str, str]]:
        """What everybody said of an item in dispute, this reviewer before it included."""
        known = latest(current(self.items, read(self._folder))).get(item.id, {})
        return [
            {"reviewer": name, "decision": self._words(item, one), "reason": one.reason, "comment": one.comment}
            for name, one in sorted(known.items())
        ]

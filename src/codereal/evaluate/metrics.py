"""The metrics of a set of scored responses: Function, Quality and Func-Qual (ReaL, section 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codereal.errors import DataError
from codereal.evaluate.statistics import Rate, rate

METRICS = ("Function", "Quality", "Func-Qual")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a result table; `unscored` counts samples that our infrastructure failed on (left out)."""

    name: str
    function: Rate
    quality: Rate
    func_qual: Rate
    reward: float
    unscored: int

    @property
    def rates(self) -> tuple[Rate, Rate, Rate]:
        """The rates in the order of `METRICS`."""
        return self.function, self.quality, self.func_qual


def row(name: str, records: Sequence[Mapping[str, Any]]) -> Row:
    """The metrics of evaluation records (`task` and the fields of `Score.to_dict`)."""
    scored = [record for record in records if record["value"] is not None]
    if not scored:
        raise DataError(f"{name}: none of {len(records)} answers could be scored")
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for record in scored:
        groups.setdefault(record["task"], []).append(record)

    def of(*names: str) -> Rate:
        return rate([[all(r[n] for n in names) for r in group] for group in groups.values()])

    reward = sum(record["value"] for record in scored) / len(scored)
    function, quality = of("passed_function"), of("passed_quality")
    return Row(name, function, quality, of("passed_function", "passed_quality"), reward, len(records) - len(scored))


def table(rows: Iterable[Row]) -> str:
    """A Markdown table of rows, intervals in brackets."""
    lines = ["| | " + " | ".join(METRICS) + " | reward | samples |", "|---|---|---|---|---|---|"]
    for line in rows:
        cells = [f"{r.value:.3f} [{r.low:.3f}, {r.high:.3f}]" for r in line.rates]
        lost = f" (+{line.unscored} unscored)" if line.unscored else ""
        lines.append(f"| {line.name} | {' | '.join(cells)} | {line.reward:.3f} | {line.function.count}{lost} |")
    return "\n".join(lines) + "\n"

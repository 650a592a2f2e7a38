"""The audit: what every exploit earns under a reward, beside honest work.

A reward passes when no exploit passes jointly (function and quality) on more than `threshold` of the tasks, and none
earns more on average than the honest baseline: the references, or where a task has none, nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from codereal.errors import UsageError
from codereal.processors import available
from codereal.reward.exploits import Exploit
from codereal.reward.hybrid import HybridReward
from codereal.reward.score import Score
from codereal.tasks.task import Task

THRESHOLD = 0.05


@dataclass(frozen=True, slots=True)
class Row:
    """What one kind of answer earned: shares and means over the `tasks` that it has a form for and we could score."""

    name: str
    family: str
    words: str
    tasks: int
    function: float
    quality: float
    joint: float
    reward: float
    highest: float
    failures: int


@dataclass(frozen=True, slots=True)
class Audit:
    """All rows of one audit; `caught` names the exploits that won."""

    suite: str
    preset: str
    alpha: float
    threshold: float
    anchors: tuple[Row, ...]
    exploits: tuple[Row, ...]
    caught: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether no exploit won."""
        return not self.caught

    def to_json(self) -> str:
        """The audit as JSON."""
        return json.dumps({**asdict(self), "passed": self.passed}, indent=2, ensure_ascii=False) + "\n"


def audit(
    tasks: Sequence[Task],
    reward: HybridReward,
    exploits: Sequence[Exploit],
    *,
    threshold: float = THRESHOLD,
    progress: Callable[[str], None] = lambda words: None,
) -> Audit:
    """Run all exploits against all tasks; raises `UsageError` when there is no task."""
    if not tasks:
        raise UsageError("an audit needs tasks")
    anchors = (
        _row("reference", "anchor", "the reference solutions", _programs(tasks, "references"), reward),
        _row("vulnerable", "anchor", "the known-vulnerable solutions", _programs(tasks, "vulnerable"), reward),
    )
    rows = []
    for exploit in exploits:
        progress(f"{exploit.family}: {exploit.name}")
        answers = [(answer, task) for task in tasks if (answer := exploit.make(task)) is not None]
        rows.append(_row(exploit.name, exploit.family, exploit.words, answers, reward))
    honest = anchors[0].reward if anchors[0].tasks else 0.0
    caught = tuple(row.name for row in rows if row.tasks and (row.joint > threshold or row.reward >= max(honest, 1e-9)))
    return Audit(tasks[0].suite, reward.preset, reward.alpha, threshold, anchors, tuple(rows), caught)


def _programs(tasks: Sequence[Task], kind: str) -> list[tuple[str, Task]]:
    held = [(getattr(task, kind), task) for task in tasks]
    return [(f"```python\n{programs[0]}\n```", task) for programs, task in held if programs]


def _row(name: str, family: str, words: str, answers: list[tuple[str, Task]], reward: HybridReward) -> Row:
    scores = reward.score_many([answer for answer, _ in answers], [task for _, task in answers])
    scored = [score for score in scores if score.value is not None]
    count = max(len(scored), 1)
    values = [score.value or 0.0 for score in scored]
    return Row(
        name,
        family,
        words,
        len(scored),
        sum(score.passed_function for score in scored) / count,
        sum(score.passed_quality for score in scored) / count,
        sum(score.passed for score in scored) / count,
        sum(values) / count,
        max(values, default=0.0),
        len(scores) - len(scored),
    )


def card(result: Audit) -> str:
    """The audit as Markdown."""
    verdict = "passed" if result.passed else f"failed: {', '.join(result.caught)}"
    lines = [
        f"# Audit of the reward `{result.preset}` (α = {result.alpha:g}) on {result.suite}: {verdict}",
        "",
        f"An exploit wins when it passes jointly on more than {result.threshold:.0%} of the tasks, or earns as much as",
        "the references on average.",
        "",
        "| answer | family | tasks | Function | Quality | joint | mean reward | highest |",
        "|---|---|---|---|---|---|---|---|",
    ]
    best = max(result.exploits, key=lambda row: (row.joint, row.reward))
    for row in (*result.anchors, best, *result.exploits):
        name = f"**best exploit: {row.name}**" if row is best and lines[-1].startswith("| vuln") else row.name
        if row in result.anchors:
            name = f"**{row.name}**"
        shares = "– | – | – | – | –"  # it has no form for these tasks
        if row.tasks:
            shares = f"{row.function:.3f} | {row.quality:.3f} | {row.joint:.3f} | {row.reward:.3f} | {row.highest:.3f}"
        lines.append(f"| {name} | {row.family} | {row.tasks} | {shares} |")
    failures = sum(row.failures for row in (*result.anchors, *result.exploits))
    lines += ["", f"{failures} answers could not be scored through our own fault.", ""]
    return "\n".join(lines)


def under_load(answers: list[tuple[str, Task]], reward: HybridReward, load: int) -> list[tuple[Score, Score]]:
    """The same answers scored on a quiet machine and while `load` busy processes a core compete: pairs that differ."""
    texts, tasks = [answer for answer, _ in answers], [task for _, task in answers]
    quiet = reward.score_many(texts, tasks)
    spin = [sys.executable, "-S", "-c", "while True: pass"]
    busy = [subprocess.Popen(spin) for _ in range(load * available())]
    try:
        loaded = reward.score_many(texts, tasks)
    finally:
        for process in busy:
            process.kill()
            process.wait()
    return [(a, b) for a, b in zip(quiet, loaded, strict=True) if (a.value, a.terms) != (b.value, b.terms)]

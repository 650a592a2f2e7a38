"""Every task proves itself: what must hold of a row before it may judge anybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from codereal.reward.hybrid import HybridReward
from codereal.reward.score import Score
from codereal.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a task is not fit for use: `reason` is one of a few words to count by, `detail` says more."""

    task: str
    reason: str
    detail: str


def validate(tasks: Iterable[Task]) -> Iterator[Flaw]:
    """The flaws of all tasks, scored side by side.

    A reference passes tests and attacks and has no finding; a vulnerable solution passes the tests, fails
    an attack and has a finding; the null program does not pass; the prompt does not hold the answer and
    names the entry point.
    """
    tasks = list(tasks)
    entries = [(t, "reference", p) for t in tasks for p in t.references]
    entries += [(t, "vulnerable", p) for t in tasks for p in t.vulnerable]
    entries += [(t, "null", null_program(t)) for t in tasks]
    scores = HybridReward().score_many([f"```python\n{p}\n```" for _, _, p in entries], [t for t, _, _ in entries])
    for (task, kind, _), score in zip(entries, scores, strict=True):
        reason = _judge(task, kind, score)
        if reason:
            yield Flaw(task.id, reason, "; ".join(score.reasons)[:400])
    for task in tasks:
        prompt = task.prompt if isinstance(task.prompt, str) else "\n".join(m["content"] for m in task.prompt)
        if not task.references:
            yield Flaw(task.id, "no reference", "")
        if any(answer[len(task.prefix) :].strip() in prompt for answer in task.references):
            yield Flaw(task.id, "prompt holds the answer", "")
        if task.entry_point and task.entry_point.split(".")[0] not in prompt:
            yield Flaw(task.id, "prompt does not name the entry point", task.entry_point)


def null_program(task: Task) -> str:
    """A program that does nothing: the prefix with an empty body, or a function that returns None."""
    if task.prefix:
        return task.prefix + ("\n    pass\n" if task.prefix.rstrip().endswith(":") else "\n")
    name = task.entry_point.split(".")[0]
    return f"def {name}(*args, **kwargs):\n    pass\n" if name else "pass\n"


def _judge(task: Task, kind: str, score: Score) -> str:
    if score.value is None:
        return "our failure"
    if kind == "null":
        return "the null program passes" if score.passed else ""
    if not score.passed_function:
        return f"{kind} fails a test"
    if kind == "reference":
        if score.terms["attacks"] < 1:
            return "reference fails an attack"
        return "" if score.passed_quality else "reference has a finding"
    if task.attacks and score.terms["attacks"] == 1:
        return "vulnerable passes all attacks"
    return "vulnerable has no finding" if score.terms["security"] == 1 else ""

"""Every task proves itself: what must hold of a row before it may judge anybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from codereal.reward.hybrid import HybridReward
from codereal.reward.score import Score
from codereal.tasks.task import Task

OUR_FAILURE = "our failure"
_AT_ONCE = 32  # tasks scored side by side


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a task: `reason` is one of a few words to count by, `detail` says more.

    `reference` is the index of the reference that is to blame: a task that has others can do without it.
    A `note` does not make a task unfit: it says what the task's own programs do not show.
    """

    task: str
    reason: str
    detail: str = ""
    reference: int | None = None
    note: bool = False


def validate(tasks: Iterable[Task], *, repeats: int = 2, reward: HybridReward | None = None) -> Iterator[Flaw]:
    """The flaws of all tasks, in their order.

    A reference passes tests and attacks and has no finding of security, and does so `repeats` times; a vulnerable
    solution passes the tests and fails an attack or has a finding, or falls short of whatever else the task asks of
    quality; the null program does not pass; the prompt does not hold the answer and names the entry point.
    """
    reward = reward or HybridReward()
    rest = iter(tasks)
    while batch := list(islice(rest, _AT_ONCE)):
        flaws: dict[str, list[Flaw]] = {task.id: [] for task in batch}
        for flaw in _prove(batch, repeats, reward):
            flaws[flaw.task].append(flaw)
        for task in batch:
            yield from flaws[task.id]
            yield from _read(task)


def _prove(batch: list[Task], repeats: int, reward: HybridReward) -> Iterator[Flaw]:
    """What shows when the tasks' programs run, side by side."""
    references = [(t, "reference", n, p) for t in batch for n, p in enumerate(t.references)]
    entries = [*references, *((t, "vulnerable", n, p) for t in batch for n, p in enumerate(t.vulnerable))]
    entries += [(t, "null", 0, null_program(t)) for t in batch]
    scores = _score(entries, reward)
    for (task, kind, number, _), score in zip(entries, scores, strict=True):
        yield from _judge(task, kind, number, score)
    for _ in range(repeats - 1):
        again = _score(references, reward)
        for (task, _, number, _), first, second in zip(references, scores, again, strict=False):
            if first.value is not None and second.value is not None and _outcomes(first) != _outcomes(second):
                yield Flaw(task.id, "reference passes only sometimes", "", number)


def _score(entries: list[tuple[Task, str, int, str]], reward: HybridReward) -> list[Score]:
    # A fence that no docstring holds.
    responses = [f"~~~~~~~~python\n{program}\n~~~~~~~~" for _, _, _, program in entries]
    return reward.score_many(responses, [task for task, _, _, _ in entries])


def repair(tasks: Iterable[Task], flaws: Iterable[Flaw]) -> list[Task]:
    """The tasks without flaws: a reference with a flaw goes where the task has another, else the task goes."""
    found: dict[str, list[Flaw]] = {}
    for flaw in flaws:
        if not flaw.note:
            found.setdefault(flaw.task, []).append(flaw)
    kept = []
    for task in tasks:
        blamed = {flaw.reference for flaw in found.get(task.id, ())}
        references = tuple(program for n, program in enumerate(task.references) if n not in blamed)
        if None not in blamed and (references or not blamed):
            kept.append(replace(task, references=references))
    return kept


def null_program(task: Task) -> str:
    """A program that does nothing: the prefix with an empty body, or a function that returns None."""
    if task.prefix:
        return task.prefix + ("\n    pass\n" if task.prefix.rstrip().endswith(":") else "\n")
    name = task.entry_point.split(".")[0]
    return f"def {name}(*args, **kwargs):\n    pass\n" if name else "pass\n"


def _judge(task: Task, kind: str, number: int, score: Score) -> Iterator[Flaw]:
    detail = "; ".join(score.reasons)[:400]
    blamed = number if kind == "reference" else None
    if score.value is None:
        yield Flaw(task.id, OUR_FAILURE, detail)
    elif kind == "null":
        if score.passed:
            yield Flaw(task.id, "the null program passes", detail)
    elif not score.passed_function:
        yield Flaw(task.id, f"{kind} fails a test", detail, blamed)
    elif kind == "reference":
        if score.terms["attacks"] < 1:
            yield Flaw(task.id, "reference fails an attack", detail, blamed)
        asked = "security" in task.quality
        if score.terms["security"] < 1:
            yield Flaw(task.id, "reference has a finding", detail, blamed, note=not asked)
        if score.terms["maintainability"] < 1:
            yield Flaw(task.id, "reference is not maintainable", detail, blamed, note=True)
    else:
        attacked = bool(task.attacks) and score.terms["attacks"] < 1
        # A task that does not ask for security shows what is bad by what it does ask for.
        found = score.terms["security"] < 1 if "security" in task.quality else not score.passed_quality
        if not attacked and not found:
            yield Flaw(task.id, "vulnerable is not caught", detail)
        elif not attacked and task.attacks:
            yield Flaw(task.id, "vulnerable passes all attacks", detail, note=True)
        elif not found:
            yield Flaw(task.id, "vulnerable has no finding", detail, note=True)


def _outcomes(score: Score) -> list[str]:
    verdicts = [verdict for verdict in (score.verdict, score.attacked) if verdict is not None]
    return [case.outcome for verdict in verdicts for case in verdict.cases]


def _read(task: Task) -> Iterator[Flaw]:
    """What shows without running anything."""
    prompt = task.prompt if isinstance(task.prompt, str) else "\n".join(m["content"] for m in task.prompt)
    if not task.references:
        # A vulnerable solution that passes the tests shows that they can be passed.
        yield Flaw(task.id, "no reference", note=bool(task.vulnerable))
    for number, answer in enumerate(task.references):
        if answer[len(task.prefix) :].strip() in prompt:
            yield Flaw(task.id, "prompt holds the answer", f"reference {number}")
            break
    if task.entry_point and task.entry_point.split(".")[0] not in prompt:
        yield Flaw(task.id, "prompt does not name the entry point", task.entry_point)

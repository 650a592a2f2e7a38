"""The datasheet of a suite: what is in it, how its splits differ, what its proofs say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from statistics import median

from codereal.tasks.builders.near import nearest, prompt_runs, shape_runs
from codereal.tasks.duplicates import Index, prompt_text, sequences_of
from codereal.tasks.overlap import overlap
from codereal.tasks.task import Task
from codereal.tasks.validate import Flaw

Splits = Mapping[str, list[Task]]
_NEAR = 0.8
_ORIGIN = """\
Tasks are written by hand as seeds and expanded by a grammar of edits (design/041-task-grammar.md). Prompts,
tests, attacks, references and vulnerable programs are this project's own (Apache-2.0); expected values were made
by running the first reference. No data of persons: all names are invented."""
_VALID = """\
A task is valid if its references pass tests and attacks and have no finding, its vulnerable programs pass the
tests and fail an attack or have a finding (for maintainability: fail the profile), the null program fails, and
the prompt names the entry point and does not hold the answer. The columns on the right count tasks."""
_NEARNESS = """\
For each task of {second}: whether a program of it has the erased tree (without names, constants, docstrings and
annotations) of a program of {first}, and how near its first reference (erased) and its prompt come to the nearest
of {first} in the same family, by the Jaccard similarity of runs of eight words. Near means {near} or more."""
_LEVELS = ("easy", "medium", "hard")


def datasheet(
    suite: str, splits: Splits, others: Splits, missing: list[str], flaws: list[Flaw], repeats: int, seconds: float
) -> str:
    """The whole page, as Markdown. `others` are sets of tasks to compare with, `missing` names of those not at hand."""
    total = sum(map(len, splits.values()))
    command = f"codereal data datasheet --suite {suite} --repeats {repeats}"
    parts = [
        f"# Datasheet of {suite}",
        f"Made by `{command}`; {total} tasks, validated in {seconds:.0f} s of wall-clock time.",
        _ORIGIN,
        "## Tasks",
        _families(splits),
        "## Forms, difficulty and edits",
        _tags(splits),
        "Difficulty is an estimate: lines, branches and edits of the first reference; what database tasks bind.",
        "## Proofs",
        _proofs(splits, flaws),
        "## Overlap of the splits",
        _between(splits),
        "## Overlap with other suites",
        _against(splits, others, missing),
    ]
    return "\n\n".join(parts) + "\n"


def _families(splits: Splits) -> str:
    names = sorted({task.tags["family"] for tasks in splits.values() for task in tasks})
    rows = []
    for name in names:
        mine = [[task for task in tasks if task.tags["family"] == name] for tasks in splits.values()]
        cases = [(len(task.tests), len(task.attacks)) for tasks in mine for task in tasks]
        typical = [str(round(median(numbers))) for numbers in zip(*cases, strict=True)]
        rows.append([name, *(cell for tasks in mine for cell in _sizes(tasks)), *typical])
    sums = ["all", *(cell for tasks in splits.values() for cell in _sizes(tasks))]
    heads = [f"{split} {what}" for split in splits for what in ("tasks", "seeds", "worlds")]
    return _table(["family", *heads, "tests (median)", "attacks (median)"], [*rows, [*sums, "", ""]])


def _sizes(tasks: list[Task]) -> list[str]:
    """How many tasks, seeds (those of merged tasks one by one) and worlds."""
    seeds = {seed for task in tasks for seed in task.tags["seed"].split("+")}
    return [str(len(tasks)), str(len(seeds)), str(len({task.tags["schema"] for task in tasks}))]


def _tags(splits: Splits) -> str:
    tasks = [task for of_split in splits.values() for task in of_split]
    rows = []
    for tag in ("form", "difficulty", "constraint", "operator"):
        counts = Counter(task.tags.get(tag, "none") for task in tasks)
        order = _LEVELS if tag == "difficulty" else [name for name, _ in counts.most_common()]
        shown = ", ".join(f"{name} {counts[name]}" for name in order[:14] if counts[name])
        rest = len(counts) - 14
        rows.append([tag, shown + (f", and {rest} more" if rest > 0 else "")])
    merged = sum("+" in task.tags["seed"] for task in tasks)
    return _table(["", "tasks"], [*rows, ["merged of two", str(merged)]])


def _proofs(splits: Splits, flaws: list[Flaw]) -> str:
    tasks = {task.id: task for of_split in splits.values() for task in of_split}
    bad = {flaw.task for flaw in flaws if not flaw.note}
    families = sorted({task.tags["family"] for task in tasks.values()})
    reasons = sorted({flaw.reason for flaw in flaws})
    rows = []
    for family in families:
        mine = {name for name, task in tasks.items() if task.tags["family"] == family}
        found = {(flaw.task, flaw.reason) for flaw in flaws if flaw.task in mine}
        counts = Counter(reason for _, reason in found)
        rows.append([family, str(len(mine)), str(len(mine - bad)), *(str(counts[reason] or "–") for reason in reasons)])
    return f"{_VALID}\n\n{_table(['family', 'tasks', 'valid', *reasons], rows)}"


def _between(splits: Splits) -> str:
    (first, train), (second, test) = splits.items()
    families = sorted({task.tags["family"] for task in test})
    rows = []
    for family in families:
        known = [task for task in train if task.tags["family"] == family]
        asked = [task for task in test if task.tags["family"] == family]
        shared = overlap(asked, train)
        cells = [family, str(len(asked)), str(shared.shared)]
        for runs in (shape_runs, prompt_runs):
            near, typical = _nearness(asked, known, runs)
            cells += [str(near), f"{typical:.2f}"]
        rows.append(cells)
    words = _NEARNESS.format(first=first, second=second, near=_NEAR)
    heads = ["family", f"{second} tasks", "same tree", "near reference", "median", "near prompt", "median"]
    return f"{words}\n\n{_table(heads, rows)}"


def _nearness(asked: list[Task], known: list[Task], runs: Callable[[Task], frozenset[int]]) -> tuple[int, float]:
    others = [runs(task) for task in known]
    found = [nearest(runs(task), others) for task in asked]
    return sum(value >= _NEAR for value in found), median(found)


def _against(splits: Splits, others: Splits, missing: list[str]) -> str:
    rows = []
    for name, other in others.items():
        index = Index(_NEAR)
        for task in other:
            index.add(task.id, sequences_of(prompt_text(task)))
        for split, tasks in splits.items():
            found = overlap(tasks, other)
            near = sum(index.find(sequences_of(prompt_text(task))) is not None for task in tasks)
            rows.append([split, name, str(found.total), str(found.shared), str(near)])
    heads = ["split", "suite", "tasks", "with a tree of it", "with a prompt near one of it"]
    text = _table(heads, rows) if rows else "No other suite was at hand."
    if rows:
        text += f"\n\nNear: a Jaccard similarity of {_NEAR} or more, of runs of three words."
    return f"{text}\n\nNot at hand: {', '.join(missing)}." if missing else text


def _table(heads: list[str], rows: Iterable[list[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])

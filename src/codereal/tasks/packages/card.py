"""The card of a set of tasks: counts, licence, origin, splits, fields, and how far its splits are one another's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

from codereal.tasks.builders.near import nearest, prompt_runs
from codereal.tasks.overlap import overlap
from codereal.tasks.task import SCHEMA, Task

_HEADER = """\
---
license: {license}
language:
- en
task_categories:
- text-generation
tags:
- code
- security
- reinforcement-learning
size_categories:
- {size}
{configs}---
"""
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_FIELDS = f"""\
A task is JSON, schema {SCHEMA}; `codereal.Task.from_dict` reads it. Fields that hold nothing are left out.

| field | |
|---|---|
| `id`, `suite`, `split` | a stable name, and where it belongs |
| `prompt` | what a model is asked: text, or chat messages |
| `entry_point`, `prefix`, `context` | the function that is called; code to go on from; code before the answer |
| `setup`, `database`, `limits` | files, tables and limits of the working folder and process |
| `tests`, `attacks` | cases: does it work, does it stay safe when inputs are hostile |
| `quality`, `policy`, `imports` | what is asked beside function, and in words; modules that an answer may use |
| `references`, `vulnerable` | programs that are correct and safe, and programs that are correct and unsafe |
| `tags`, `license`, `origin` | family, weakness (CWE), seed and the like; terms; who made it |

Tests, attacks and solutions are for the judge: never show them to a model that is measured."""
_CONTAMINATION = """\
Same tree: tasks of the second split of which a program has the tree of one of the first split's programs, once names,
constants and annotations are erased. Near prompt: tasks whose prompt has 0.8 or more of its runs of eight words in
common with one of the first split (Jaccard). What a model saw elsewhere before is not known; tasks that are published
may be in its training data."""


def card(tasks: Sequence[Task], use: str, configs: str = "") -> str:
    """The page, with the header that the Hugging Face hub reads; `use` says how the folder is loaded."""
    suites = sorted({task.suite for task in tasks})
    parts = [
        _header(tasks, configs),
        f"# Tasks of {', '.join(suites)}",
        "Made by `codereal data export`. Each task has a prompt, tests, attacks, and the programs that prove them.",
        f"## Use\n\n{use}",
        f"## Splits and counts\n\n{_counts(tasks)}",
        f"## Licence and origin\n\n{_origins(tasks)}",
        f"## Fields\n\n{_FIELDS}",
        f"## Contamination\n\n{_contamination(tasks)}",
    ]
    return "\n\n".join(parts) + "\n"


def _header(tasks: Sequence[Task], configs: str) -> str:
    licenses = {task.license for task in tasks}
    license = licenses.pop().lower() if len(licenses) == 1 else ""
    size = next((name for limit, name in _SIZES if len(tasks) < limit), "n>1M")
    return _HEADER.format(license=license or "other", size=size, configs=configs).rstrip("\n")


def _counts(tasks: Sequence[Task]) -> str:
    splits = _splits(tasks)
    families = sorted({_family(task) for task in tasks})
    rows = []
    for family in families:
        mine = [task for task in tasks if _family(task) == family]
        counts = Counter(task.split for task in mine)
        cases = [sum(len(getattr(task, kind)) for task in mine) for kind in ("tests", "attacks")]
        programs = [sum(len(getattr(task, kind)) for task in mine) for kind in ("references", "vulnerable")]
        rows.append([family, *(str(counts[split]) for split in splits), *map(str, (*cases, *programs))])
    return _table(["family", *splits, "tests", "attacks", "references", "vulnerable programs"], rows)


def _origins(tasks: Sequence[Task]) -> str:
    counts = Counter((task.license or "not stated", task.origin or "not stated", task.suite) for task in tasks)
    rows = [[suite, licence, origin, str(count)] for (licence, origin, suite), count in sorted(counts.items())]
    return _table(["suite", "licence", "origin", "tasks"], rows)


def _contamination(tasks: Sequence[Task]) -> str:
    splits = _splits(tasks)
    if len(splits) < 2:
        return (
            f"One split only ({splits[0]}); `codereal data overlap` compares it with others. Within it, "
            f"{overlap(tasks, tasks).shared} of {len(tasks)} tasks share the tree of a program with another task. "
            "What a model saw elsewhere before is not known; tasks that are published may be in its training data."
        )
    first, second = splits[:2]
    train = [task for task in tasks if task.split == first]
    asked = [task for task in tasks if task.split == second]
    known = [prompt_runs(task) for task in train]
    near = [nearest(prompt_runs(task), known) for task in asked]
    cells = [str(len(asked)), str(overlap(asked, train).shared), str(sum(value >= 0.8 for value in near))]
    heads = [f"{second} tasks", f"same tree as {first}", f"near prompt in {first}", "median nearness"]
    return f"{_table(heads, [[*cells, f'{median(near):.2f}']])}\n\n{_CONTAMINATION}"


def _splits(tasks: Iterable[Task]) -> list[str]:
    """Train first."""
    return sorted({task.split for task in tasks}, key=lambda split: (split != "train", split))


def _family(task: Task) -> str:
    return task.tags.get("family", "all")


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)

"""Tasks in the rows that trainers read; each row carries its task as JSON, so that a reward needs no other file.

    jsonl      tasks as they are (`Task.to_dict`); `load_tasks` reads them back
    verl       Parquet: data_source, prompt (messages), ability, reward_model {style, ground_truth: task}, extra_info
    trl        JSONL, for any Hugging Face data set: prompt, id, family, task; TRL hands columns to rewards. Prompts are
               texts, or messages when one of the tasks has messages: a column has one type
    openrlhf   JSONL: prompt (messages), label (task); `--data.input_key prompt --data.label_key label`

A task comes back with `Task.from_dict(json.loads(text))`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from codereal.errors import MissingExtra, UsageError
from codereal.tasks.task import Task

Messages = list[dict[str, str]]


def write_tasks(tasks: Iterable[Task], layout: str, file: Path) -> int:
    """Write tasks in a layout; returns how many. Raises `UsageError` for an unknown layout."""
    if layout not in LAYOUTS:
        raise UsageError(f"unknown layout {layout!r}: one of {', '.join(LAYOUTS)}")
    rows = layout_rows(list(tasks), layout)
    if layout == "verl":
        _parquet(rows, file)
    else:
        file.write_text("".join(f"{line(row)}\n" for row in rows), encoding="utf-8")
    return len(rows)


def layout_rows(tasks: list[Task], layout: str) -> list[dict[str, Any]]:
    """The rows of a layout."""
    if layout == "trl" and any(not isinstance(task.prompt, str) for task in tasks):
        tasks = [replace(task, prompt=tuple(messages(task))) for task in tasks]
    return [LAYOUTS[layout](task, number) for number, task in enumerate(tasks)]


def line(row: dict[str, Any]) -> str:
    """A row as one line of JSON."""
    return json.dumps(row, ensure_ascii=False)


def messages(task: Task) -> Messages:
    """The prompt as chat messages."""
    if isinstance(task.prompt, str):
        return [{"role": "user", "content": task.prompt}]
    return [dict(message) for message in task.prompt]


def _verl(task: Task, number: int) -> dict[str, Any]:
    return {
        "data_source": f"codereal/{task.suite}",
        "prompt": messages(task),
        "ability": "code",
        "reward_model": {"style": "rule", "ground_truth": line(task.to_dict())},
        "extra_info": {"split": task.split, "index": number, "id": task.id},
    }


def _trl(task: Task, number: int) -> dict[str, Any]:
    prompt = task.prompt if isinstance(task.prompt, str) else messages(task)
    return {"prompt": prompt, "id": task.id, "family": task.tags.get("family", ""), "task": line(task.to_dict())}


def _openrlhf(task: Task, number: int) -> dict[str, Any]:
    return {"prompt": messages(task), "label": line(task.to_dict())}


def _parquet(rows: list[dict[str, Any]], file: Path) -> None:
    try:
        import pyarrow
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise MissingExtra("writing Parquet", "train") from error
    parquet.write_table(pyarrow.Table.from_pylist(rows), file)


LAYOUTS: dict[str, Callable[[Task, int], dict[str, Any]]] = {
    "jsonl": lambda task, number: task.to_dict(),
    "verl": _verl,
    "trl": _trl,
    "openrlhf": _openrlhf,
}

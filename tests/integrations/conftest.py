"""Rows as they are exported, answers of every kind, and the tiny model of the trainer's tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from textwrap import indent
from typing import Any

import pytest
import torch

from codereal.sandbox.limits import Limits
from codereal.tasks.load import load_tasks
from codereal.tasks.task import Task
from codereal.tasks.validate import null_program
from tests.train.conftest import tiny_model

__all__ = ["tiny_model"]


@pytest.fixture(scope="session")
def tasks() -> list[Task]:
    """One task in each form of codereal-core, with so little time that an endless answer is soon over."""
    forms: dict[str, Task] = {}
    for task in load_tasks("codereal-core"):
        forms.setdefault(task.tags["form"], task)
    return [replace(task, limits=Limits(cpu_seconds=0.25, wall_seconds=1.0)) for task in forms.values()]


@pytest.fixture
def one_thread() -> Iterator[None]:
    """On a busy machine the threads of so small a model only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def fenced(program: str) -> str:
    return f"```python\n{program.strip()}\n```"


def placed(program: str, task: Task) -> str:
    """The program as the task's function's body, or as it is."""
    return f"{task.prefix}\n{indent(program, '    ')}" if task.entry_point else program


HOSTILE = {
    "leaves": "import os\nos._exit(0)\n",
    "kills": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nos.kill(os.getpid(), signal.SIGKILL)\n",
    "endless": "while True:\n    pass\n",
    "deep": "x = " + "(" * 5000 + ")" * 5000,
    "floods": "print('x' * 10_000_000)\n",
    "surrogate": "x = '\ud800'\n",
    "null byte": "x = 1\0\n",
}


def answers(task: Task) -> dict[str, str]:
    """A response of each kind."""
    return {
        "reference": fenced(task.references[0]),
        "vulnerable": fenced(task.vulnerable[0]),
        "null": fenced(null_program(task)),
        "prose": "```text\nI cannot.\n```",
        "empty": "",
        **{name: fenced(placed(program, task)) for name, program in HOSTILE.items()},
    }


def chat(response: str) -> list[dict[str, Any]]:
    return [{"role": "assistant", "content": response}]

"""codereal: a reward for code models from program analysis and unit tests that cannot be cheated.

The names below are the whole public surface. Each is loaded when it is first used, so that
`import codereal` costs nothing and `codereal.check` never loads what only a trainer needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from codereal.analysis.engine import check, check_many
    from codereal.analysis.finding import Finding, Report
    from codereal.reward.hybrid import HybridReward
    from codereal.reward.score import Score
    from codereal.sandbox.run import run_program
    from codereal.sandbox.verdict import Verdict
    from codereal.tasks.load import load_tasks
    from codereal.tasks.task import Task

__version__ = "0.1.0"

__all__ = [
    "Finding",
    "HybridReward",
    "Report",
    "Score",
    "Task",
    "Verdict",
    "check",
    "check_many",
    "load_tasks",
    "run_program",
]

_HOMES = {
    "Finding": "codereal.analysis.finding",
    "HybridReward": "codereal.reward.hybrid",
    "Report": "codereal.analysis.finding",
    "Score": "codereal.reward.score",
    "Task": "codereal.tasks.task",
    "Verdict": "codereal.sandbox.verdict",
    "check": "codereal.analysis.engine",
    "check_many": "codereal.analysis.engine",
    "load_tasks": "codereal.tasks.load",
    "run_program": "codereal.sandbox.run",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'codereal' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

"""Run hostile programs and believe nothing they say: `run_program`, `Sandbox`, and the test cases they take."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from codereal.sandbox.case import CONNECTION, Assertion, Attack, Call, Case, Database, Source, Stdio, case_from_dict
    from codereal.sandbox.limits import Limits
    from codereal.sandbox.run import Sandbox, best_level, make_job, prepare_files, run_program
    from codereal.sandbox.verdict import CaseResult, Outcome, Verdict

__all__ = [
    "CONNECTION",
    "Assertion",
    "Attack",
    "Call",
    "Case",
    "CaseResult",
    "Database",
    "Limits",
    "Outcome",
    "Sandbox",
    "Source",
    "Stdio",
    "Verdict",
    "best_level",
    "case_from_dict",
    "make_job",
    "prepare_files",
    "run_program",
]

_HOMES = {
    "case": ("CONNECTION", "Assertion", "Attack", "Call", "Case", "Database", "Source", "Stdio", "case_from_dict"),
    "limits": ("Limits",),
    "run": ("Sandbox", "best_level", "make_job", "prepare_files", "run_program"),
    "verdict": ("CaseResult", "Outcome", "Verdict"),
}


def __getattr__(name: str) -> Any:
    # Loaded when first used: the fork server imports this package and must stay small.
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"codereal.sandbox.{module}"), name)
    raise AttributeError(f"module 'codereal.sandbox' has no attribute {name!r}")

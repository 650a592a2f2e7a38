"""For verifiers 0.2: an environment of one turn."""

from __future__ import annotations

from typing import Any

import verifiers as vf
from datasets import Dataset

from .judging import messages, of_split, score, tasks


def load_environment(
    split: str = "train", eval_split: str = "", alpha: float = 0.5, preset: str = "default", **settings: Any
) -> vf.Environment:
    """The tasks of `split`, and those of `eval_split` (the same, if there are no others) for evaluation.

    `alpha` and `preset` are codereal's; other settings go to `SingleTurnEnv` (`system_prompt`, …).
    """
    splits = {task.split for task in tasks().values()}
    first = split if split in splits else min(splits)
    second = eval_split or ("test" if "test" in splits else first)

    async def codereal(completion: Any, info: dict[str, str], state: dict[str, Any]) -> float:
        found = await score(said(completion), info["id"], alpha, preset)
        state["codereal"] = {**found.terms, "reasons": list(found.reasons)}
        if found.value is None:
            # Our failure is not the model's: trainers leave out what has an error.
            state["error"] = vf.InfraError("codereal could not score this answer: " + "; ".join(found.reasons))
            return 0.0
        state["codereal"] |= {"passed_function": found.passed_function, "passed_quality": found.passed_quality}
        return found.value

    async def passed_function(state: dict[str, Any]) -> float:
        return float(state.get("codereal", {}).get("passed_function", False))

    async def passed_quality(state: dict[str, Any]) -> float:
        return float(state.get("codereal", {}).get("passed_quality", False))

    # Functions run in order: the two that weigh nothing are shown as metrics.
    rubric = vf.Rubric(funcs=[codereal, passed_function, passed_quality], weights=[1.0, 0.0, 0.0])
    return vf.SingleTurnEnv(dataset=_rows(first), eval_dataset=_rows(second), rubric=rubric, **settings)


def said(completion: Any) -> str:
    """The text of a completion: itself, or what its last message of the assistant says."""
    if isinstance(completion, str):
        return completion
    texts = [_field(message, "content") for message in completion if _field(message, "role") == "assistant"]
    return str(texts[-1] or "") if texts else ""


def _field(message: Any, name: str) -> Any:
    return message.get(name) if isinstance(message, dict) else getattr(message, name, None)


def _rows(split: str) -> Dataset:
    return Dataset.from_list([{"prompt": messages(t), "answer": "", "info": {"id": t.id}} for t in of_split(split)])

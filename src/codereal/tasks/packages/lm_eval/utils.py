"""What the task's YAML calls: rows, prompts, and codereal's verdict on an answer."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from codereal import HybridReward, Task

FILE = Path(__file__).with_name("tasks.jsonl")


def dataset(**settings: Any) -> dict[str, Any]:
    """All tasks of the file as one split, `test`, each as its prompt and its JSON."""
    from datasets import Dataset

    rows = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines() if line.strip()]
    asked = [{"id": row["id"], "prompt": _text(row["prompt"]), "task": json.dumps(row)} for row in rows]
    return {"test": Dataset.from_list(asked)}


def doc_to_text(doc: dict[str, Any]) -> str:
    """The prompt; messages one below the other, since the harness puts the text into its own."""
    return str(doc["prompt"])


def process_results(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """The metrics of the answer. One that we failed to score counts in `unscored` and is left out of the others."""
    found = _reward().score(results[0], Task.from_dict(json.loads(doc["task"])))
    if found.value is None:
        return {"unscored": 1.0}
    return {
        "function": float(found.passed_function),
        "quality": float(found.passed_quality),
        "func_qual": float(found.passed),
        "reward": found.value,
        "unscored": 0.0,
    }


@cache
def _reward() -> HybridReward:
    return HybridReward()


def _text(prompt: str | list[dict[str, str]]) -> str:
    return prompt if isinstance(prompt, str) else "\n\n".join(message["content"] for message in prompt)

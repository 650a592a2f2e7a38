"""Batches for a tool of which one process checks many snippets, and which a single snippet may kill."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Answer = TypeVar("Answer")


class ToolFailedError(Exception):
    """The tool died, or did not answer in time; the text says how."""


def by_halves(
    texts: Sequence[str], run: Callable[[Sequence[str]], list[Answer]], failed: Callable[[str], Answer]
) -> list[Answer]:
    """An answer a text. A text on which `run` raises `ToolFailedError` is found by halving, and gets `failed(why)`."""
    if not texts:
        return []
    try:
        return run(texts)
    except ToolFailedError as error:
        if len(texts) == 1:
            return [failed(str(error))]
    half = len(texts) // 2
    return by_halves(texts[:half], run, failed) + by_halves(texts[half:], run, failed)

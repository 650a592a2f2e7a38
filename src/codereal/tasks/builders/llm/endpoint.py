"""An endpoint that speaks OpenAI's chat protocol: vLLM, SGLang, llama.cpp, or a service."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from codereal.errors import MissingExtra, ResourceError, UsageError


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and the tokens that it took."""

    text: str
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Price:
    """Of a million tokens, in any currency; 0 for a model of one's own."""

    prompt: float = 0.0
    completion: float = 0.0

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        """What so many tokens cost."""
        return (self.prompt * prompt_tokens + self.completion * completion_tokens) / 1e6


FREE = Price()


class Endpoint:
    """A model behind a URL (`http://localhost:8000/v1`); the key comes from `OPENAI_API_KEY`, where one is needed.

    A request that fails for reasons of the network or the load is tried again, `retries` times, later and later.
    A context manager: its connections end with the block.
    """

    def __init__(self, url: str, model: str, *, retries: int = 5, timeout: float = 600.0) -> None:
        if not url.startswith(("http://", "https://")):
            raise UsageError(f"an endpoint is a URL such as http://localhost:8000/v1, not {url!r}")
        try:
            import openai
        except ImportError as error:
            raise MissingExtra("asking a model for tasks", "llm") from error
        self.url, self.model = url, model
        self._errors = openai.OpenAIError
        key = os.environ.get("OPENAI_API_KEY") or "none"
        self._client = openai.OpenAI(base_url=url, api_key=key, max_retries=retries, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def ask(self, messages: Sequence[dict[str, str]], *, temperature: float, max_tokens: int, seed: int) -> Answer:
        """Return one answer. Raises `ResourceError` when there is none after all retries."""
        try:
            reply = self._client.chat.completions.create(
                model=self.model,
                messages=list(messages),  # type: ignore[arg-type]
                temperature=temperature,
                max_tokens=max_tokens,
                seed=seed,
            )
        except self._errors as error:
            raise ResourceError(f"{self.url} gives no answer: {str(error)[:300]}") from error
        usage = reply.usage
        text = reply.choices[0].message.content if reply.choices else None
        return Answer(text or "", usage.prompt_tokens if usage else 0, usage.completion_tokens if usage else 0)

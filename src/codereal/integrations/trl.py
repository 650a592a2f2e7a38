"""The reward for TRL's trainers that take `reward_funcs` (GRPO, RLOO and their kin): one line.

    GRPOTrainer(reward_funcs=codereal.integrations.trl.reward(suite="codereal-core"), …)

The data set is what `codereal data export --format trl` writes (columns prompt, id, task). The task is read from the
column `task`, or looked up in `suite` by the column `id`; `column` names another one for either.
A sample that we failed to score is None: TRL leaves it out of its group and of the gradient. Terms are logged as
`codereal/<term>`, and each sample's reasons stand in the table of completions (`log_completions=True`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from codereal.errors import UsageError
from codereal.integrations._rows import find_task, score_each
from codereal.reward.hybrid import Alpha, HybridReward
from codereal.reward.score import TERMS, Score

Message = Mapping[str, Any]
Completion = str | Sequence[Message]


def reward(
    suite: str | None = None, alpha: Alpha = 0.5, preset: str = "default", *, column: str | None = None, **settings: Any
) -> TRLReward:
    """A reward function; `settings` are the other ones of `HybridReward`. `alpha` may be a schedule over steps."""
    return TRLReward(HybridReward(alpha, preset, **settings), suite, column)


class TRLReward:
    """A `HybridReward` as TRL calls it: a batch at a time, in each process of the training. Can be pickled."""

    __name__ = "codereal"  # what TRL logs it as

    def __init__(self, hybrid: HybridReward, suite: str | None = None, column: str | None = None) -> None:
        self.hybrid, self.suite, self.column = hybrid, suite, column

    def __call__(
        self,
        prompts: Sequence[Any],
        completions: Sequence[Completion],
        completion_ids: Sequence[Sequence[int]] | None = None,
        *,
        log_metric: Callable[[str, float], None] | None = None,
        log_extra: Callable[[str, list[Any]], None] | None = None,
        trainer_state: Any = None,
        **columns: Any,
    ) -> list[float | None]:
        """The rewards of completions, in their order; None where we failed.

        Raises `UsageError` when no column says which task a row is, `DataError` when it says it wrongly.
        """
        tasks = [find_task(value, self.suite) for value in self._values(columns)]
        hybrid = self.hybrid.at(trainer_state.global_step) if trainer_state is not None else self.hybrid
        scores = score_each(hybrid, [response_text(completion) for completion in completions], tasks)
        if log_metric is not None:
            for name, value in means(scores).items():
                log_metric(f"codereal/{name}", value)
        if log_extra is not None:
            log_extra("codereal/reasons", ["; ".join(one.reasons) if one else "not scored" for one in scores])
        return [one.value if one else None for one in scores]

    def _values(self, columns: Mapping[str, Any]) -> Sequence[object]:
        wanted = [self.column] if self.column else ["task", "id"]
        for name in wanted:
            if name in columns:
                values: Sequence[object] = columns[name]
                return values
        there = ", ".join(sorted(name for name in columns if name != "environments")) or "none besides the prompt"
        raise UsageError(
            f"the data set has no column {' or '.join(map(repr, wanted))} that says which task a row is (its columns: "
            f"{there}): make it with `codereal data export --format trl`, or name the column: reward(column=…)"
        )


def response_text(completion: Completion) -> str:
    """The response in a completion: the text itself, or what the last message of the assistant says."""
    if isinstance(completion, str):
        return completion
    said = [message for message in completion if message.get("role") == "assistant"]
    content = said[-1].get("content") if said else None
    if isinstance(content, str) or content is None:
        return content or ""
    return "".join(str(part.get("text", "")) for part in content)  # a list of parts, of which some are text


def means(scores: Sequence[Score | None]) -> dict[str, float]:
    """The batch's share of samples that we failed to score, and over the others the mean of each term and verdict."""
    scored = [one for one in scores if one is not None and one.value is not None]
    found = {"infra": 1 - len(scored) / len(scores)}
    if scored:
        found |= {name: sum(one.terms[name] for one in scored) / len(scored) for name in TERMS}
        for name in ("passed_function", "passed_quality", "passed"):
            found[name] = sum(getattr(one, name) for one in scored) / len(scored)
    return found

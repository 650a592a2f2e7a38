"""The adapter for verl: what one sample is told, and a batch through verl's reward loop on Ray."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codereal.errors import DataError, SandboxError, UsageError
from codereal.integrations import verl as adapter
from codereal.integrations.verl import KEYS, compute_score
from codereal.reward.hybrid import HybridReward
from codereal.reward.score import Score
from codereal.sandbox.limits import Limits
from codereal.sandbox.process import RefusedError
from codereal.tasks.export import LAYOUTS
from codereal.tasks.task import Task
from tests.integrations.conftest import HOSTILE, answers, fenced, placed


def row(task: Task, number: int = 0) -> dict[str, Any]:
    return LAYOUTS["verl"](task, number)


def call(response: str, task: Task, **settings: Any) -> Any:
    sample = row(task)
    return compute_score(
        sample["data_source"], response, sample["reward_model"]["ground_truth"], sample["extra_info"], **settings
    )


def together(*calls: Any) -> list[dict[str, Any]]:
    async def gather() -> list[dict[str, Any]]:
        return list(await asyncio.gather(*calls))

    return asyncio.run(gather())


def test_samples_are_paid_as_by_the_core_with_the_same_keys(tasks: list[Task]) -> None:
    pairs = [(response, task) for task in tasks for response in answers(task).values()]
    found = together(*(call(*pair) for pair in pairs))
    for (response, task), told in zip(pairs, found, strict=True):
        score = HybridReward().score(response, task)
        assert tuple(told) == KEYS
        assert told["score"] == score.value
        assert told["acc"] == float(score.passed)
        assert told["infra"] == 0
        assert {name: told[name] for name in score.terms} == score.terms
        assert all(isinstance(value, float) for name, value in told.items() if name != "reasons")


def test_concurrent_samples_are_scored_together(tasks: list[Task], monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    core = HybridReward.score_many

    def counted(self: HybridReward, responses: Any, tasks: Any) -> list[Score]:
        sizes.append(len(responses))
        return core(self, responses, tasks)

    monkeypatch.setattr(HybridReward, "score_many", counted)
    together(*(call(fenced(f"x = {number}"), tasks[1]) for number in range(40)))
    assert sum(sizes) == 40
    assert max(sizes) == 32


def broken(words: str, error: Exception) -> Any:
    core = HybridReward.score_many

    def score_many(self: HybridReward, responses: Any, tasks: Any) -> list[Score]:
        if words in responses:
            raise error
        return core(self, responses, tasks)

    return score_many


@pytest.mark.parametrize("error", [SandboxError("no room for a process"), DataError("bad row"), RecursionError("deep")])
def test_our_failure_is_flagged_and_costs_about_nothing(
    tasks: list[Task], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(HybridReward, "score_many", broken("broken", error))
    good, bad = fenced(tasks[0].references[0]), fenced(tasks[0].vulnerable[0])

    async def two_batches() -> list[dict[str, Any]]:
        first = await asyncio.gather(call(good, tasks[0]), call("broken", tasks[0]), call(bad, tasks[0]))
        return [*first, await call("broken", tasks[0]), await call("broken", tasks[0], infra_value=-7)]

    reference, _, vulnerable, neutral, fixed = asyncio.run(two_batches())
    assert reference["score"] == 1
    assert neutral["score"] == pytest.approx((1 + vulnerable["score"]) / 2)
    assert fixed["score"] == -7
    for told in (neutral, fixed):
        assert tuple(told) == KEYS
        assert told["infra"] == 1
        assert told["reasons"] == "not scored"


def test_a_score_without_a_value_is_flagged(tasks: list[Task], monkeypatch: pytest.MonkeyPatch) -> None:
    core = HybridReward.score_many

    def failed(self: HybridReward, responses: Any, tasks: Any) -> list[Score]:
        return [replace(one, value=None, reasons=("our sandbox failed: x",)) for one in core(self, responses, tasks)]

    monkeypatch.setattr(HybridReward, "score_many", failed)
    (told,) = together(call(fenced(tasks[0].references[0]), tasks[0]))
    assert (told["score"], told["infra"], told["reasons"]) == (0.0, 1.0, "our sandbox failed: x")


def test_no_sample_takes_longer_than_its_limit(tasks: list[Task]) -> None:
    slow = replace(tasks[0], limits=Limits(cpu_seconds=2.0, timeouts=1))
    endless = fenced(placed(HOSTILE["endless"], slow))
    began = time.monotonic()

    async def impatient() -> tuple[float, dict[str, Any]]:
        told = await call(endless, slow, time_limit=0.2)
        return time.monotonic() - began, told

    seconds, told = asyncio.run(impatient())
    assert seconds < 1.5
    assert (told["infra"], told["score"]) == (1.0, 0.0)
    (judged,) = together(call(endless, tasks[0]))
    assert (judged["infra"], judged["score"]) == (0.0, 0.0)
    assert "TIMEOUT" in judged["reasons"]


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"alpha": 2}, UsageError, "alpha must lie in"),
        ({"preset": "kind"}, UsageError, "unknown preset 'kind'"),
        ({"time_limit": 0}, UsageError, "time_limit must be positive"),
        ({"ground_truth": "core-1"}, UsageError, "no suite is given"),
        ({"ground_truth": None}, DataError, "not None"),
        ({"alhpa": 0.5}, TypeError, "unexpected keyword argument 'alhpa'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    tasks: list[Task], settings: dict[str, Any], error: type[Exception], words: str
) -> None:
    given = {"ground_truth": row(tasks[0])["reward_model"]["ground_truth"], **settings}
    with pytest.raises(error, match=words):
        asyncio.run(compute_score("d", "x", **given))


def test_a_machine_without_isolation_stops_the_training(tasks: list[Task], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HybridReward, "score_many", broken("x", RefusedError("no isolation here")))
    with pytest.raises(RefusedError, match="no isolation"):
        together(call("x", tasks[0]))


def test_a_task_is_found_by_its_id_and_slots_are_kept(tasks: list[Task]) -> None:
    told = asyncio.run(
        compute_score("d", fenced(tasks[0].references[0]), tasks[0].id, suite="codereal-core", slots=1, overlong=[1, 9])
    )
    assert told["score"] == told["length"] == 0
    assert told["function"] == 1


MISSING = "verl is not installed: pip install --no-deps -r requirements-nodeps.lock"
FILE = str(Path(adapter.__file__).resolve())


@pytest.mark.parametrize("path", ["pkg://codereal.integrations.verl", FILE, f"file://{FILE}"])
def test_verl_loads_it_by_one_line(tasks: list[Task], path: str) -> None:
    pytest.importorskip("verl", reason=MISSING)
    from verl.trainer.ppo.reward import get_custom_reward_fn

    function = get_custom_reward_fn(config(path, "+reward.custom_reward_function.reward_kwargs.alpha=1.0"))
    assert function is not None
    sample = row(tasks[0])
    told = asyncio.run(
        function(
            data_source=sample["data_source"],
            solution_str=fenced(tasks[0].vulnerable[0]),
            ground_truth=sample["reward_model"]["ground_truth"],
            extra_info=sample["extra_info"],
        )
    )
    assert told["score"] == HybridReward(1.0).score(fenced(tasks[0].vulnerable[0]), tasks[0]).value
    assert tuple(told) == KEYS


def config(path: str, *more: str) -> Any:
    """verl's own configuration with the lines that this adapter's docs name."""
    verl = pytest.importorskip("verl", reason=MISSING)
    hydra = pytest.importorskip("hydra", reason="verl's configuration needs hydra-core")
    with hydra.initialize_config_dir(str(Path(verl.__file__).parent / "trainer" / "config"), version_base=None):
        return hydra.compose(
            "ppo_trainer",
            [
                "actor_rollout_ref.rollout.name=vllm",
                f"reward.custom_reward_function.path={path}",
                "reward.custom_reward_function.name=compute_score",
                "reward.num_workers=2",
                *more,
            ],
        )


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Ray of our own, which ends with the test."""
    module = pytest.importorskip("ray", reason="Ray is not installed: pip install 'codereal[verl]'")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    module.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield
    module.shutdown()


@pytest.mark.filterwarnings("ignore:Ray state API is no longer experimental:DeprecationWarning")  # verl imports it so
def test_a_batch_through_the_reward_loop(ray: None, tiny_model: str, tasks: list[Task]) -> None:
    settings = config(FILE, f"actor_rollout_ref.model.path={tiny_model}")
    import numpy as np
    import torch
    from transformers import AutoTokenizer
    from verl import DataProto
    from verl.experimental.reward_loop.reward_loop import RewardLoopManager

    kinds = [kind for kind in answers(tasks[0]) if kind not in ("surrogate", "empty")]  # no tokenizer writes these
    samples = [(answers(task)[kind], task) for task in tasks for kind in kinds]
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    responses = tokenizer([text for text, _ in samples], return_tensors="pt", padding=True, padding_side="right")
    assert tokenizer.batch_decode(responses.input_ids, skip_special_tokens=True) == [text for text, _ in samples]
    prompts = tokenizer(["Write."] * len(samples), return_tensors="pt", padding=True, padding_side="left")
    rows = [row(task, number) for number, (_, task) in enumerate(samples)]
    batch = DataProto.from_dict(
        tensors={
            "prompts": prompts.input_ids,
            "responses": responses.input_ids,
            "attention_mask": torch.cat([prompts.attention_mask, responses.attention_mask], 1),
        },
        non_tensors={
            name: np.array([one[name] for one in rows], dtype=object)
            for name in ("data_source", "reward_model", "extra_info")
        },
    )
    scored = RewardLoopManager(settings).compute_rm_score(batch)
    expected = HybridReward().score_many([text for text, _ in samples], [task for _, task in samples])
    values = [one.value or 0.0 for one in expected]
    assert scored.batch["rm_scores"].sum(-1).tolist() == pytest.approx(values)
    assert scored.meta_info["reward_extra_keys"] == list(KEYS)
    told = scored.non_tensor_batch
    assert set(told) == set(KEYS)
    assert told["score"].tolist() == values
    assert told["infra"].tolist() == [0.0] * len(samples)
    assert told["acc"].tolist() == [float(one.passed) for one in expected]
    assert told["security"].tolist() == [one.terms["security"] for one in expected]
    assert len(set(values)) > 2
    assert sum("TIMEOUT" in reason for reason in told["reasons"]) == len(tasks)

"""The adapter for TRL: what it says of rows and completions, and two real steps of GRPO with it."""

from __future__ import annotations

import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from codereal.errors import DataError, SandboxError, UsageError
from codereal.integrations.trl import TRLReward, response_text, reward
from codereal.reward.hybrid import HybridReward
from codereal.reward.score import TERMS
from codereal.tasks.export import LAYOUTS
from codereal.tasks.task import Task
from tests.integrations.conftest import answers, chat, fenced


def rows(tasks: list[Task]) -> list[dict[str, Any]]:
    return [LAYOUTS["trl"](task, number) for number, task in enumerate(tasks)]


def test_rewards_are_those_of_the_core(tasks: list[Task]) -> None:
    pairs = [(response, task) for task in tasks for response in answers(task).values()]
    responses = [response for response, _ in pairs]
    own = [LAYOUTS["trl"](task, 0) for _, task in pairs]
    expected = [one.value for one in HybridReward().score_many(responses, [task for _, task in pairs])]
    plain = reward()([row["prompt"] for row in own], responses, task=[row["task"] for row in own])
    assert plain == expected
    assert len(set(expected)) > 2


def test_tasks_are_found_by_id_and_chats_are_read(tasks: list[Task]) -> None:
    task = tasks[0]
    responses = [fenced(task.references[0]), fenced(task.vulnerable[0])]
    expected = [one.value for one in HybridReward(0.2).score_many(responses, [task] * 2)]
    assert reward("codereal-core", 0.2)([""] * 2, list(map(chat, responses)), id=[task.id] * 2) == expected


def test_terms_are_logged_and_our_failure_is_none(tasks: list[Task], monkeypatch: pytest.MonkeyPatch) -> None:
    core = HybridReward.score_many

    def broken(self: HybridReward, responses: Any, tasks: Any) -> Any:
        if "broken" in responses:
            raise SandboxError("no room for a process")
        return core(self, responses, tasks)

    monkeypatch.setattr(HybridReward, "score_many", broken)
    metrics: dict[str, float] = {}
    extra: dict[str, list[Any]] = {}
    row = rows(tasks)[0]
    good, bad = fenced(tasks[0].references[0]), fenced(tasks[0].vulnerable[0])
    found = reward()(
        [row["prompt"]] * 3,
        [good, "broken", bad],
        task=[row["task"]] * 3,
        log_metric=metrics.__setitem__,
        log_extra=extra.__setitem__,
    )
    assert found[0] == 1
    assert found[1] is None
    assert found[2] is not None
    assert set(metrics) == {
        f"codereal/{name}" for name in (*TERMS, "infra", "passed_function", "passed_quality", "passed")
    }
    assert metrics["codereal/infra"] == pytest.approx(1 / 3)
    assert metrics["codereal/passed"] == 0.5
    assert extra["codereal/reasons"][:2] == ["", "not scored"]
    assert "sql-injection" in extra["codereal/reasons"][2]


def test_a_schedule_follows_the_trainer(tasks: list[Task]) -> None:
    row = rows(tasks)[0]
    scheduled = reward(alpha=lambda step: min(1.0, step / 10))
    values = [
        scheduled(
            [""], [fenced(tasks[0].vulnerable[0])], task=[row["task"]], trainer_state=SimpleNamespace(global_step=step)
        )[0]
        for step in (0, 10)
    ]
    assert values[0] == 1
    assert values[1] is not None
    assert values[1] < 0.5


def test_a_copy_pays_the_same(tasks: list[Task]) -> None:
    copy: TRLReward = pickle.loads(pickle.dumps(reward("codereal-core", alpha=0.3, column="id")))
    assert copy.__name__ == "codereal"
    assert copy([""], [fenced(tasks[0].references[0])], id=[tasks[0].id]) == [1.0]


@pytest.mark.parametrize(
    ("settings", "columns", "error", "words"),
    [
        ({}, {"answer": ["x"]}, UsageError, r"no column 'task' or 'id'.*its columns: answer.*data export --format trl"),
        ({"column": "code"}, {"task": ["x"]}, UsageError, r"no column 'code'.*reward\(column=…\)"),
        ({}, {"id": ["x"]}, UsageError, "id 'x' but no suite"),
        ({"suite": "codereal-core"}, {"id": ["x"]}, DataError, "codereal-core has no task 'x'"),
        ({"suite": "no-such"}, {"id": ["x"]}, UsageError, "unknown suite 'no-such'"),
        ({}, {"task": ['{"id": ']}, DataError, "not JSON"),
        ({}, {"task": ["{}"]}, DataError, "'prompt' is missing"),
        ({}, {"task": [None]}, DataError, "not None"),
    ],
)
def test_rows_without_a_task_are_refused(
    settings: dict[str, Any], columns: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        reward(**settings)(["p"], ["c"], **columns)


def test_the_response_is_what_the_assistant_said_last() -> None:
    assert response_text("as it is") == "as it is"
    assert response_text(chat("said")) == "said"
    assert response_text([*chat("first"), {"role": "tool", "content": "2"}, *chat("last")]) == "last"
    assert response_text([{"role": "assistant", "content": [{"type": "text", "text": "in"}, {"text": " parts"}]}]) == (
        "in parts"
    )
    assert response_text([{"role": "assistant", "content": None, "tool_calls": []}]) == ""
    assert response_text([]) == ""


TEMPLATE = "{% for m in messages %}{{ m['content'] }}\n{% endfor %}"


@pytest.mark.filterwarnings(r"ignore:`\w*gradient_checkpointing\w*` is deprecated:FutureWarning")  # TRL's own default
@pytest.mark.parametrize("talk", [False, True], ids=["plain", "chat"])
def test_two_steps_of_grpo(
    one_thread: None, tiny_model: str, tasks: list[Task], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, talk: bool
) -> None:
    """The model's own answers are noise: in the first step ours take their place, so that there is something to pay."""
    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
    trl = pytest.importorskip("trl", reason="TRL is not installed: pip install 'codereal[trl]'")
    datasets = pytest.importorskip("datasets")
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    tokenizer.chat_template = TEMPLATE
    task = tasks[0]
    row = rows([task])[0]
    if talk:
        row["prompt"] = [{"role": "user", "content": row["prompt"]}]
    given = [answers(task)[kind] for kind in ("reference", "vulnerable", "null", "prose")]
    calls: list[dict[str, Any]] = []

    class Watched(TRLReward):
        def __call__(self, prompts: Any, completions: Any, *rest: Any, **columns: Any) -> list[float | None]:
            values = super().__call__(prompts, completions, *rest, **columns)
            calls.append({"completions": completions, "values": values})
            return values

    def rollout(prompts: list[Any], trainer: Any) -> dict[str, Any]:
        asked = row["prompt"][0]["content"] if talk else row["prompt"]
        ids = tokenizer(given).input_ids
        return {
            "prompt_ids": [tokenizer(asked).input_ids] * len(prompts),
            "completion_ids": [[*answer, tokenizer.eos_token_id] for answer in ids],
            "logprobs": [[0.0] * (len(answer) + 1) for answer in ids],
        }

    def train(**more: Any) -> Any:
        settings = trl.GRPOConfig(
            output_dir=str(tmp_path), use_cpu=True, bf16=False, per_device_train_batch_size=4, num_generations=4,
            max_completion_length=24, max_steps=2, logging_steps=1, report_to=[], save_strategy="no",
            learning_rate=1e-3, disable_tqdm=True, dataloader_pin_memory=False,
        )  # fmt: skip
        trainer = trl.GRPOTrainer(
            model=AutoModelForCausalLM.from_pretrained(tiny_model),
            processing_class=tokenizer,
            reward_funcs=Watched(HybridReward()),
            args=settings,
            train_dataset=datasets.Dataset.from_list([row] * 4),
            **more,
        )
        trainer.train()
        return trainer

    expected = [one.value or 0.0 for one in HybridReward().score_many(given, [task] * 4)]
    trainer = train(rollout_func=rollout)
    logs = [entry for entry in trainer.state.log_history if "reward" in entry]
    assert [call["values"] for call in calls] == [expected, expected]
    assert len(logs) == 2
    for entry in logs:
        assert entry["reward"] == pytest.approx(sum(expected) / 4)
        assert entry["rewards/codereal/mean"] == entry["reward"]
        assert entry["reward_std"] > 0.1
        assert entry["grad_norm"] > 0
        assert entry["codereal/infra"] == 0
        assert 0 < entry["codereal/passed_function"] < 1
        assert entry["codereal/format"] == 0.75
    calls.clear()
    train()  # and with what the model itself generates
    assert len(calls) == 2
    for call in calls:
        assert [isinstance(one, list) for one in call["completions"]] == [talk] * 4
        texts = [response_text(one) for one in call["completions"]]
        assert call["values"] == [one.value for one in HybridReward().score_many(texts, [task] * 4)]

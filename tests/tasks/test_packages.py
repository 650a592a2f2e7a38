"""Folders that other tools load. The tools themselves are not here: verifiers is stood in for by as much as is used."""

from __future__ import annotations

import asyncio
import importlib
import importlib.machinery
import importlib.util
import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar, Generic, TypeVar

import pytest

from codereal.cli import main
from codereal.errors import UsageError
from codereal.sandbox.case import Call
from codereal.tasks.load import SPLITS, load_tasks
from codereal.tasks.packages import KINDS, write_package
from codereal.tasks.packages.card import card
from codereal.tasks.task import Task

One = TypeVar("One")
Two = TypeVar("Two")
Three = TypeVar("Three")
SUITE = "codereal-core:weak-crypto"


def sample() -> list[Task]:
    return [task for split in SPLITS for task in load_tasks(SUITE, split=split, limit=2)]


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path; what is imported from it, and the stand-ins, are forgotten."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.split(".")[0] in ("verifiers", "judged_tasks", "utils"):
            del sys.modules[name]


def stand_in(name: str, **members: Any) -> ModuleType:
    module = ModuleType(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    module.__path__ = []
    vars(module).update(members)
    sys.modules[name] = module
    return module


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind in KINDS:
        folder = tmp_path / f"{kind}-tasks"
        arguments = ["data", "export", "--suite", SUITE, "--split", "both", "--limit", "2", "--format", kind]
        assert main([*arguments, "-o", str(folder)]) == 0
        assert "4 tasks in" in capsys.readouterr().err
        assert main([*arguments, "-o", str(folder)]) == 0, "its own folder may be written again"
        (tmp_path / "taken").mkdir(exist_ok=True)
        (tmp_path / "taken" / "notes").write_text("mine")
        assert main([*arguments, "-o", str(tmp_path / "taken")]) == 2
        assert main(arguments) == 2
        assert "name it with -o FOLDER" in capsys.readouterr().err
    with pytest.raises(UsageError, match="in letters, digits and -"):
        write_package(sample(), "verifiers", tmp_path / "1 name")


def test_a_data_set(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    write_package(sample(), "hf", tmp_path / "data-set")
    found = datasets.load_dataset(str(tmp_path / "data-set"), cache_dir=str(tmp_path / "cache"))
    assert {name: len(rows) for name, rows in found.items()} == {"train": 2, "test": 2}
    assert [Task.from_dict(json.loads(row["task"])) for row in found["train"]] == load_tasks(SUITE, limit=2)
    assert found["test"]["family"][0] == "weak-crypto"


def test_the_card_says_what_there_is() -> None:
    page = card(sample(), "Load it.", "configs: []\n")
    assert page.startswith("---\nlicense: apache-2.0\n")
    assert "- n<1K\nconfigs: []\n---\n" in page
    tests, attacks = (sum(len(getattr(task, kind)) for task in sample()) for kind in ("tests", "attacks"))
    assert f"| weak-crypto | 2 | 2 | {tests} | {attacks} |" in page
    assert "| codereal-core | Apache-2.0 | codereal | 4 |" in page
    assert "| 2 | 0 | 0 | " in page
    repeated = [task for task in sample() if task.split == "train"]
    copies = [Task.from_dict({**task.to_dict(), "id": f"{task.id}-2", "split": "test"}) for task in repeated]
    assert "| 2 | 2 | 2 | 1.00 |" in card([*repeated, *copies], "")
    one = card([Task("a", "own", "Do.", (Call("f", (), expected=1),))], "")
    assert "license: other\n" in one
    assert "One split only (train)" in one
    assert "| own | not stated | not stated | 1 |" in one


def test_the_environment_of_the_newer_verifiers(imported: Path) -> None:
    made = imported / "judged-tasks"
    write_package(sample(), "verifiers", made)
    project = tomllib.loads((made / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["name"] == "judged-tasks"
    assert any(line.startswith("verifiers>=0.2.1") for line in project["project"]["dependencies"])
    sys.path.insert(0, str(made))

    class Config(SimpleNamespace):
        defaults: ClassVar[dict[str, Any]] = {}

        def __init_subclass__(cls) -> None:
            cls.defaults = {name: getattr(cls, name) for name in cls.__annotations__ if hasattr(cls, name)}

        def __init__(self, **given: Any) -> None:
            super().__init__(**{**self.defaults, **given})

    class VerifiersTask(Generic[One, Two, Three]):
        def __init__(self, data: Any, config: Any) -> None:
            self.data, self.config = data, config

    class Configured(Generic[One]):
        def __init__(self, config: Any) -> None:
            self.config = config

    class Taskset(Generic[One, Two]):
        def __init__(self, config: Any) -> None:
            self.config = config

    class SandboxError(Exception): ...

    members = dict.fromkeys(("State", "Trace", "Runtime", "Agents"), object)
    configs = dict.fromkeys(("TaskConfig", "TasksetConfig", "EnvConfig", "AgentConfig", "SubprocessConfig"), Config)
    stand_in("verifiers")
    sys.modules["verifiers"].v1 = stand_in(  # type: ignore[attr-defined]
        "verifiers.v1", Task=VerifiersTask, Taskset=Taskset, Env=Configured, TaskData=SimpleNamespace,
        SandboxError=SandboxError, reward=lambda weight: lambda function: function, **members, **configs,
    )  # fmt: skip
    try:
        package = importlib.import_module("judged_tasks")
    finally:
        sys.path.remove(str(made))
    assert package.load_environment(split="test").config.taskset.split == "test"
    config = package.environment.CoderealTasksetConfig(id="judged-tasks", split="train")
    tasks = list(package.CoderealTaskset(config).load())
    assert [task.key for task in tasks] == [task.id for task in load_tasks(SUITE, limit=2)]
    good = load_tasks(SUITE, limit=1)[0]
    metrics: dict[str, float] = {}

    def answer(program: str) -> float:
        trace = SimpleNamespace(last_reply=f"```python\n{program}\n```", record_metrics=metrics.update)
        return float(asyncio.run(tasks[0].codereal(trace)))

    assert answer(good.references[0]) == 1.0
    assert metrics["passed_quality"]
    assert answer(good.vulnerable[0]) < 1.0
    assert not metrics["passed_quality"]
    assert asyncio.run(tasks[0].validate(None)) is True
    with pytest.raises(ValueError, match="no task of the split 'dev'"):
        list(package.CoderealTaskset(package.environment.CoderealTasksetConfig(split="dev")).load())


def test_the_environment_of_the_older_verifiers(imported: Path) -> None:
    made = imported / "judged-tasks"
    write_package(sample(), "verifiers", made)
    sys.path.insert(0, str(made))

    def keep(**given: Any) -> SimpleNamespace:
        return SimpleNamespace(**given)

    stand_in("verifiers", Environment=object, Rubric=keep, SingleTurnEnv=keep, InfraError=RuntimeError)
    stand_in("verifiers.envs")
    pytest.importorskip("datasets")
    try:
        package = importlib.import_module("judged_tasks")
    finally:
        sys.path.remove(str(made))
    environment = package.load_environment(system_prompt="Be brief.")
    assert environment.system_prompt == "Be brief."
    assert environment.eval_dataset["info"][0]["id"] == load_tasks(SUITE, split="test", limit=1)[0].id
    task = load_tasks(SUITE, limit=1)[0]
    row = environment.dataset[0]
    assert row["prompt"] == [{"role": "user", "content": task.prompt}]
    state: dict[str, Any] = {}
    said = [{"role": "assistant", "content": f"```python\n{task.references[0]}\n```"}]
    first, *others = environment.rubric.funcs
    assert asyncio.run(first(said, row["info"], state)) == 1.0
    assert [asyncio.run(function(state)) for function in others] == [1.0, 1.0]
    assert "error" not in state


def test_the_task_of_the_evaluation_harness(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    write_package(sample(), "lm-eval", tmp_path / "judged_tasks")
    config = (tmp_path / "judged_tasks" / "judged_tasks.yaml").read_text("utf-8")
    assert config.startswith("task: judged_tasks\n")
    spec = importlib.util.spec_from_file_location("judged_utils", tmp_path / "judged_tasks" / "utils.py")
    assert spec is not None
    assert spec.loader is not None
    utils = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(utils)
    named = {word.partition("utils.")[2] for word in config.split() if word.startswith("utils.")}
    assert named == {"dataset", "doc_to_text", "process_results"}
    rows = utils.dataset(version=1.0)["test"]
    assert [row["id"] for row in rows] == [task.id for task in sample()]
    assert utils.doc_to_text(rows[0]) == sample()[0].prompt
    found = [
        utils.process_results(rows[0], [f"```python\n{program}\n```"])
        for program in (sample()[0].references[0], sample()[0].vulnerable[0])
    ]
    assert found[0] == {"function": 1.0, "quality": 1.0, "func_qual": 1.0, "reward": 1.0, "unscored": 0.0}
    assert (found[1]["function"], found[1]["func_qual"]) == (1.0, 0.0)
    assert set(found[0]) == {line.split()[-1] for line in config.splitlines() if "- metric:" in line}

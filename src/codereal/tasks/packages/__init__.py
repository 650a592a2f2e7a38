"""Tasks as folders that other tools load: each with its tasks as JSONL and a card that says what they are.

    hf          a data set for `datasets.load_dataset(FOLDER)`: columns prompt, id, family, task
    verifiers   an environment package: `pip install FOLDER`, then `vf-eval NAME` or `load_environment`
    lm-eval     a task of lm-evaluation-harness: `lm_eval --include_path FOLDER --tasks NAME`

The modules of the last two stand here as they are copied: `verifiers/` and `lm_eval/`. They import their tool and
codereal's public names, and read `tasks.jsonl` beside them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

from codereal.errors import ResourceError, UsageError
from codereal.tasks.export import write_tasks
from codereal.tasks.packages.card import card
from codereal.tasks.task import Task

VERIFIERS = "verifiers>=0.2.1,!=0.3.*,<0.5"
"""Tried with 0.2.1 (`load_environment`) and 0.4.0 (`Taskset`)."""
LM_EVAL = "lm_eval>=0.4.9,<0.5"
"""Tried with 0.4.13."""

_PROJECT = """\
[project]
name = "{name}"
version = "0.1.0"
description = "Tasks of {suite}, judged by codereal"
readme = "README.md"
requires-python = ">=3.11"
# The version whose format of tasks these are, and what the modules were tried with.
dependencies = ["codereal>={codereal}", "{verifiers}"]

[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[tool.setuptools]
packages = ["{module}"]

[tool.setuptools.package-data]
{module} = ["tasks.jsonl"]
"""


def write_package(tasks: Sequence[Task], kind: str, folder: Path) -> int:
    """Write a folder of a kind; returns how many tasks it has. The folder's name is the package's or task's.

    Raises `UsageError` for an unknown kind, a name that cannot be imported, or a folder that holds something else.
    """
    if kind not in KINDS:
        raise UsageError(f"unknown kind of package {kind!r}: one of {', '.join(KINDS)}")
    if not tasks:
        raise UsageError("there is no task to write")
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not _is_ours(folder))):
        raise UsageError(f"{folder} is there and was not written by this command: name a new folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        KINDS[kind](tasks, folder)
    except OSError as error:
        raise ResourceError(f"cannot write {folder}: {error.strerror}") from error
    return len(tasks)


def _hf(tasks: Sequence[Task], folder: Path) -> None:
    splits = sorted({task.split for task in tasks}, reverse=True)
    for split in splits:
        write_tasks([task for task in tasks if task.split == split], "trl", folder / f"{split}.jsonl")
    listed = "".join(f"  - split: {split}\n    path: {split}.jsonl\n" for split in splits)
    use = f'```python\nfrom datasets import load_dataset\n\ntasks = load_dataset("{_name(folder)}")\n```'
    _page(tasks, folder, use, f"configs:\n- config_name: default\n  data_files:\n{listed}")


def _verifiers(tasks: Sequence[Task], folder: Path) -> None:
    from codereal import __version__

    name, module = _name(folder), _name(folder).replace("-", "_")
    inside = folder / module
    inside.mkdir(exist_ok=True)
    _copy("verifiers", inside)
    write_tasks(tasks, "jsonl", inside / "tasks.jsonl")
    project = _PROJECT.format(name=name, module=module, suite=tasks[0].suite, codereal=__version__, verifiers=VERIFIERS)
    (folder / "pyproject.toml").write_text(project, encoding="utf-8")
    use = (
        f"    pip install -e .\n    vf-eval {name} -n 8          # {VERIFIERS}; asks an OpenAI-compatible endpoint\n"
        f"    vf-validate {name}           # from 0.4 on: references pass, the empty answer does not\n\n"
        "Rewards are codereal's; an answer that could not be scored for reasons of ours is an error, never a penalty."
    )
    _page(tasks, folder, use)


def _lm_eval(tasks: Sequence[Task], folder: Path) -> None:
    name = _name(folder).replace("-", "_")
    _copy("lm_eval", folder)
    config = files("codereal.tasks.packages").joinpath("lm_eval", "task.yaml").read_text(encoding="utf-8")
    (folder / f"{name}.yaml").write_text(config.replace("NAME", name), encoding="utf-8")
    write_tasks(tasks, "jsonl", folder / "tasks.jsonl")
    use = (
        f"    lm_eval run --include_path {folder.name} --tasks {name} --model hf --model_args pretrained=… \\\n"
        f"        --apply_chat_template --confirm_run_unsafe_code          # {LM_EVAL}\n\n"
        "The programs run in codereal's sandbox. `unscored` is the share of answers that could not be scored for "
        "reasons of ours; the other metrics leave them out."
    )
    _page(tasks, folder, use)


def _page(tasks: Sequence[Task], folder: Path, use: str, configs: str = "") -> None:
    (folder / "README.md").write_text(card(tasks, use, configs), encoding="utf-8")


def _copy(kind: str, folder: Path) -> None:
    for file in files("codereal.tasks.packages").joinpath(kind).iterdir():
        if file.name.endswith(".py") and (kind == "verifiers" or file.name != "__init__.py"):
            (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")


def _name(folder: Path) -> str:
    """The folder's name as that of a package."""
    name = folder.resolve().name.lower().replace("_", "-")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise UsageError(f"a package is named as its folder, in letters, digits and -, not {folder.name!r}")
    return name


def _is_ours(folder: Path) -> bool:
    page = folder / "README.md"
    return page.is_file() and "codereal data export" in page.read_text(encoding="utf-8", errors="replace")


KINDS: dict[str, Callable[[Sequence[Task], Path], None]] = {"hf": _hf, "verifiers": _verifiers, "lm-eval": _lm_eval}

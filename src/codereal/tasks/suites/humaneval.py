"""HumanEval (Chen et al. 2021) and HumanEval+ (EvalPlus, Liu et al. 2023): functions to complete from their docstring.

Layouts: `task_id, prompt, canonical_solution, entry_point` and `test`, which defines `check(candidate)`; or EvalPlus's
JSONL, with `base_input`, `plus_input` and `atol` in place of `test`, whose expected values are those of the canonical
solution (which runs in the sandbox). A `check` is one test, as published: it runs in a judge's process.
"""

from __future__ import annotations

from pathlib import Path

from codereal.sandbox.case import Assertion, Call, Case
from codereal.sandbox.codec import decode
from codereal.sandbox.limits import Limits
from codereal.sandbox.run import default_sandbox
from codereal.tasks.files import read_rows
from codereal.tasks.rows import Row, read_tasks
from codereal.tasks.task import Task

_GENEROUS = Limits(cpu_seconds=60, wall_seconds=120, memory_mb=2048, output_kb=64 << 10)
# A check may be thousands of calls over the protocol.
_LIMITS = Limits(cpu_seconds=10, wall_seconds=30)


def load(split: str, path: Path | None) -> list[Task]:
    """The rows of `humaneval/<split>` (published with a test split only); warns about rows that are broken."""
    rows = read_rows("humaneval", split, path, hub="openai/openai_humaneval")
    return read_tasks(rows, lambda row, number: _task(row, split), f"humaneval {split}")


def _task(row: Row, split: str) -> Task:
    name, prompt = row["entry_point"], row["prompt"]
    solution = prompt + row["canonical_solution"]
    return Task(
        id=row["task_id"].replace("/", "-").lower(),
        suite="humaneval",
        split=split,
        prompt=prompt,
        prefix=prompt,
        entry_point=name,
        tests=(Assertion(f"{row['test']}\n\ncheck({name})\n", name="check"),)
        if "test" in row
        else _calls(row, solution),
        limits=_LIMITS,
        references=(solution,),
        tags={"form": "function"},
        license="MIT" if "test" in row else "Apache-2.0",
        origin="openai/openai_humaneval" if "test" in row else "evalplus/humanevalplus",
    )


def _calls(row: Row, solution: str) -> tuple[Case, ...]:
    """EvalPlus's inputs with what the canonical solution makes of them."""
    name, inputs = row["entry_point"], [*row["base_input"], *row["plus_input"]]
    # The inputs are copied: some solutions change theirs.
    program = f"{solution}\n\nimport copy as _copy\ndef _outputs(inputs):\n"
    program += f"    return [{name}(*_copy.deepcopy(given)) for given in inputs]\n"
    outputs = decode(default_sandbox().compute(program, Call("_outputs", (inputs,), expected=None), _GENEROUS))
    tolerance = row.get("atol") or None
    return tuple(
        Call(name, tuple(given), expected=output, match="equal", tolerance=tolerance)
        for given, output in zip(inputs, outputs, strict=True)
    )

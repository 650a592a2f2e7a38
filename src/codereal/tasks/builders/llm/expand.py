"""Ask a model for tasks like the seeds, make tests by running what it wrote, and keep what proves itself.

Every answer goes to a log as it comes, so a run that was interrupted asks for nothing twice. What is kept passes
`validate`, is unlike every seed and every task kept before, and has an attack that the vulnerable solution fails or a
finding that only it has; what is not is counted by reason.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

from codereal.errors import CoderealError, DataError, UsageError
from codereal.sandbox.case import Call, Case
from codereal.sandbox.limits import Limits
from codereal.tasks.builders.llm.endpoint import FREE, Endpoint, Price
from codereal.tasks.builders.llm.reading import Written, read
from codereal.tasks.builders.outcome import outcome
from codereal.tasks.builders.synthesis import synthesize
from codereal.tasks.duplicates import Index, sequences_of
from codereal.tasks.files import json_rows
from codereal.tasks.overlap import skeleton
from codereal.tasks.task import Task
from codereal.tasks.validate import validate

PROMPTS = Path(__file__).with_name("prompts")
DOMAINS = (
    "a library", "a clinic", "an online shop", "a school", "logistics", "a bank", "a games server", "a newspaper",
    "a museum", "farming", "a hotel", "public transport", "a research group", "a charity", "a car workshop",
    "a theatre",
)  # fmt: skip
_ALIKE = 0.7  # of three-word sequences in common: more is the same task again
_LIMITS = Limits(cpu_seconds=2)


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is asked, and how: `count` answers at most, `budget` tokens at most (0: no limit)."""

    count: int
    suite: str = "written"
    budget: int = 0
    price: Price = FREE
    temperature: float = 0.8
    max_tokens: int = 1500
    seed: int = 0
    prompts: Path = PROMPTS

    def __post_init__(self) -> None:
        for name, least in (("count", 1), ("budget", 0), ("max_tokens", 1)):
            if getattr(self, name) < least:
                raise UsageError(f"{name} must be at least {least}, not {getattr(self, name)}")


@dataclass(slots=True)
class Tally:
    """What came of it: answers, tokens and cost, tasks kept, and why others were not."""

    answers: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    kept: int = 0
    rejected: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        tokens = self.prompt_tokens + self.completion_tokens
        why = "".join(f"\n    {count:5}  {reason}" for reason, count in self.rejected.most_common())
        return f"{self.kept} tasks of {self.answers} answers, {tokens} tokens, cost {self.cost:.4f}{why}"


def expand(
    endpoint: Endpoint,
    seeds: Sequence[Task],
    settings: Settings,
    log: Path,
    tally: Tally,
    progress: Callable[[Tally], None] = lambda tally: None,
) -> Iterator[Task]:
    """Yield the tasks that are kept; `tally` grows as answers come in. Raises `UsageError` without a usable seed."""
    usable = [seed for seed in seeds if seed.references and seed.vulnerable and isinstance(seed.prompt, str)]
    if not usable:
        raise UsageError("a model needs examples: seeds with a reference and a vulnerable solution")
    shapes = {shape for seed in usable for program in seed.references if (shape := _shape(program))}
    prompts = Index(_ALIKE)
    for seed in usable:
        prompts.add(seed.id, sequences_of(str(seed.prompt)))
    for number, row in _answers(endpoint, usable, settings, log, tally):
        tally.answers += 1
        try:
            written = read(row["text"])
            if (shape := _shape(written.safe)) in shapes:
                raise DataError("the solution has the shape of another")
            sequences = sequences_of(written.prompt)
            if prompts.find(sequences) is not None:
                raise DataError("the prompt repeats another")
            task = _task(written, row["family"], f"{settings.suite}-{number:05}", settings)
            flaws = [flaw for flaw in validate([task], repeats=2) if not flaw.note]
            if flaws:
                raise DataError(flaws[0].reason)
        except CoderealError as error:
            tally.rejected[str(error).split(":")[0][:80]] += 1
        else:
            shapes.add(shape)
            prompts.add(task.id, sequences)
            tally.kept += 1
            yield task
        progress(tally)


def _answers(
    endpoint: Endpoint, seeds: Sequence[Task], settings: Settings, log: Path, tally: Tally
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Answers by number: those that the log holds, then new ones as long as the budget lasts."""
    known = {row["number"]: row for row in _logged(log)}
    for number in range(settings.count):
        row = known.get(number)
        if row is None:
            if settings.budget and tally.prompt_tokens + tally.completion_tokens >= settings.budget:
                return
            row = {"number": number, **_ask(endpoint, seeds, settings, number)}
            with log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        tally.prompt_tokens += row["prompt_tokens"]
        tally.completion_tokens += row["completion_tokens"]
        tally.cost += settings.price.of(row["prompt_tokens"], row["completion_tokens"])
        yield number, row


def _logged(log: Path) -> list[dict[str, Any]]:
    """The rows of the log. A last line that an interruption cut off is taken away: its answer is asked for again."""
    if not log.exists():
        return []
    text = log.read_text("utf-8")
    if text and not text.endswith("\n"):
        log.write_text(text[: text.rfind("\n") + 1], "utf-8")
    return json_rows(str(log))


def _ask(endpoint: Endpoint, seeds: Sequence[Task], settings: Settings, number: int) -> dict[str, Any]:
    draw = random.Random(f"write {settings.seed} {number}")
    seed = draw.choice(seeds)
    family = seed.tags.get("family", "security")
    words = {"example": _example(seed), "family": family, "domain": draw.choice(DOMAINS)}
    try:
        system = (settings.prompts / "system.md").read_text("utf-8").strip()
        asked = Template((settings.prompts / "write.md").read_text("utf-8")).substitute(words)
    except (OSError, KeyError, ValueError) as error:
        raise UsageError(f"the prompts in {settings.prompts} cannot be used: {error}") from error
    messages = [{"role": "system", "content": system}, {"role": "user", "content": asked}]
    number_seed = draw.getrandbits(31)
    answer = endpoint.ask(messages, temperature=settings.temperature, max_tokens=settings.max_tokens, seed=number_seed)
    return {
        "model": endpoint.model,
        "seed": seed.id,
        "family": family,
        "text": answer.text,
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
    }


def _example(seed: Task) -> str:
    return (
        f"### Prompt\n{seed.prompt}\n\n### Safe\n```python\n{seed.references[0].strip()}\n```\n\n"
        f"### Vulnerable\n```python\n{seed.vulnerable[0].strip()}\n```"
    )


def _task(written: Written, family: str, name: str, settings: Settings) -> Task:
    """The task, with expected values from running the safe solution. Raises `DataError` when too little runs."""
    tests = list(_cases(written, written.inputs, hostile=False))
    if len(tests) < 2:
        raise DataError("the safe solution runs on fewer than two inputs")
    attacks = list(_cases(written, written.attacks, hostile=True))
    # What the model thought of, and what follows from the sink; the same input twice says nothing new.
    known = {repr(case.args) for case in attacks if isinstance(case, Call)}
    found = synthesize(written.safe, written.vulnerable, written.function, family, written.inputs, limits=_LIMITS)
    attacks += [case for case in found if repr(case.args) not in known]
    return Task(
        id=name,
        suite=settings.suite,
        prompt=written.prompt,
        entry_point=written.function,
        tests=tuple(tests),
        attacks=tuple(attacks),
        limits=_LIMITS,
        quality=("security",),
        references=(written.safe,),
        vulnerable=(written.vulnerable,),
        tags={"family": family},
        origin="a language model",
    )


def _cases(written: Written, inputs: Sequence[tuple[object, ...]], *, hostile: bool) -> Iterator[Case]:
    """A case for each argument list on which the safe solution has an outcome; a hostile one may be refused."""
    for arguments in inputs:
        try:
            found = outcome(written.safe, written.function, arguments, setup="", limits=_LIMITS)
            if hostile and found.raised:
                yield Call(written.function, arguments, raises="Exception", name="attack")
            elif hostile:
                yield Call(written.function, arguments, expected=found.value, or_raises=True, name="attack")
            elif not found.raised:
                yield Call(written.function, arguments, expected=found.value, name="test")
        except CoderealError:
            continue  # no outcome on this input, which then says nothing; too few of them and the task goes


def _shape(program: str) -> str:
    try:
        return skeleton(program)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise DataError("the safe solution does not parse") from error

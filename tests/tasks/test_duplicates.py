"""Tasks that are there twice, by their words, their shape, and nearly."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from codereal.cli import main
from codereal.errors import UsageError
from codereal.sandbox.case import Call
from codereal.tasks.duplicates import Duplicate, Index, duplicates, jaccard, sequences_of
from codereal.tasks.load import load_tasks
from codereal.tasks.task import Task

WORDS = [f"word{n}" for n in range(3000)]


def task(name: str, prompt: str, reference: str = "") -> Task:
    return Task(name, "own", prompt, (Call("f", (), expected=1),), references=(reference,) if reference else ())


def text(seed: int, count: int = 60) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=count))


def test_the_three_kinds() -> None:
    long = text(1)
    rows = [
        task("a", long, "def f(x):\n    return x + 1\n"),
        task("b", f"  {long.replace(' ', '  ', 3)}", "def f(x):\n    return x + 1\n"),
        task("c", text(2), "def g(y):\n    return y + 2\n"),
        task("d", f"{long} and a little more", "def f(x):\n    return [x]\n"),
        task("e", text(3), "def f(x):\n    return {x}\n"),
        task("f", text(3)[:100], "def broken("),
        task("g", text(4)),
        task("h", text(5)),
    ]
    found = list(duplicates(rows))
    assert [(one.task, one.of, one.kind) for one in found] == [
        ("b", "a", "exact"), ("c", "a", "shape"), ("d", "a", "near")
    ]  # fmt: skip
    assert 0.9 < found[2].similarity < 1
    assert list(duplicates(rows[:1] * 2)) == [Duplicate("a", "a", "exact")]


def test_what_the_index_offers_is_what_is_near() -> None:
    """Against all pairs: nothing that is not near, and of what is near all but a few in ten thousand."""
    draw = random.Random(7)
    texts = []
    for seed in range(150):
        words = text(seed).split()
        texts.append(words)
        for _ in range(3):
            changed = list(words)
            for place in draw.sample(range(len(words)), draw.randint(0, 9)):
                changed[place] = draw.choice(WORDS)
            texts.append(changed)
    sets = [sequences_of(" ".join(words)) for words in texts]
    index = Index(0.7)
    near = hit = 0
    for number, one in enumerate(sets):
        best = max((jaccard(one, other) for other in sets[:number]), default=0.0)
        found = index.find(one)
        near += best >= 0.7
        hit += found is not None
        assert found is None or found[1] >= 0.7
        index.add(str(number), one)
    assert near > 100
    assert near - hit <= 1


def test_short_and_empty_texts() -> None:
    index = Index(0.8)
    for words in ("", "one", "one two"):
        assert index.find(sequences_of(words)) is None
        index.add(words, sequences_of(words))
        assert index.find(sequences_of(words)) == (words, 1.0)
    with pytest.raises(UsageError, match="a similarity lies above 0"):
        Index(0)


def test_work_grows_with_the_number_of_tasks() -> None:
    def seconds(count: int) -> float:
        rows = [task(str(n), text(n, 40)) for n in range(count)]
        start = time.process_time()
        assert list(duplicates(rows)) == []
        return time.process_time() - start

    seconds(50)
    assert seconds(2000) < 40 * max(seconds(200), 0.02), "ten times as many may not take a hundred times as long"


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "kept.jsonl"
    assert main(["data", "dedupe", "--suite", "codereal-core:regex-time", "-o", str(file)]) == 0
    said = capsys.readouterr()
    kept = load_tasks("kept", path=file)
    total = len(load_tasks("codereal-core:regex-time"))
    assert len(kept) == total - len(said.out.splitlines())
    assert ": shape " not in said.out, "no reference of the suite has the shape of another"
    assert main(["data", "dedupe", "--near", "2"]) == 2

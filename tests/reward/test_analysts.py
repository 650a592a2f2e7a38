"""Processes that analyse give the answers that one gives, and outlive each other."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from codereal import HybridReward, load_tasks
from codereal.errors import SandboxError, UsageError
from codereal.reward.analysts import Analysts, Question, analyse

QUESTIONS = [
    Question("import os\ndef run(name):\n    os.system('ls ' + name)\n", "", True),
    Question("def twice(x: int) -> int:\n    return 2 * x\n", "", True),
    Question("def twice(x):\n    return LIMIT * x\n", "LIMIT = 2\n", True),
    Question("def broken(:\n", "", True),
    Question("text = '\ud800'  # \x00", "", False),
    Question("", "", False),
] * 3


@pytest.fixture(scope="module")
def analysts() -> Iterator[Analysts]:
    analysts = Analysts(2)
    yield analysts
    analysts.close()


def running(analysts: Analysts) -> set[int]:
    """The processes that there are, none of which is at work."""
    all_of_them = [analysts._free.get() for _ in range(analysts.count)]
    for one in all_of_them:
        analysts._free.put(one)
    return {one._process.pid for one in all_of_them if one is not None and one._process.poll() is None}


def test_answers_are_those_of_one_process(analysts: Analysts) -> None:
    found = analysts.analyse(QUESTIONS, "default")
    here = analyse(QUESTIONS, "default")
    assert [report.to_dict() for report, _ in found] == [report.to_dict() for report, _ in here]
    assert [care for _, care in found] == [care for _, care in here]
    assert found[0][0].findings
    assert found[1][1] is not None
    assert found[1][1].passed
    assert found[4][1] is None


def test_a_process_that_dies_is_replaced(analysts: Analysts) -> None:
    analysts.analyse(QUESTIONS, "default")
    before = running(analysts)
    assert before
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    found = analysts.analyse(QUESTIONS[:4], "default")
    assert [bool(report.findings) for report, _ in found] == [True, False, False, False]
    assert not running(analysts) & before


def test_one_that_cannot_start_is_our_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codereal.reward.analysts._BOOTSTRAP", "raise SystemExit(1)")
    with pytest.raises(SandboxError, match="died"):
        Analysts(1).analyse(QUESTIONS[:1], "default")


def test_what_the_analysis_refuses_is_raised_here(analysts: Analysts) -> None:
    with pytest.raises(UsageError, match="unknown maintainability profile"):
        analysts.analyse(QUESTIONS[:1], "no such profile")
    assert analysts.analyse(QUESTIONS[:1], "default")[0][0].findings


def test_closed_ones_start_again(analysts: Analysts) -> None:
    before = running(analysts)
    analysts.close()
    assert not running(analysts) & before
    assert analysts.analyse(QUESTIONS[:1], "default")[0][0].findings


def test_they_end_with_a_process_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "script.py"  # without a guard: `multiprocessing` would run it again
    script.write_text(
        "import time\nfrom codereal.reward.analysts import Analysts, Question\nanalysts = Analysts(1)\n"
        "analysts.analyse([Question('x = 1', '', False)], 'default')\nanalyst = analysts._free.get()\n"
        "print(analyst._process.pid, flush=True)\ntime.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                break
        except (FileNotFoundError, ProcessLookupError):
            break
        time.sleep(0.1)
    else:
        pytest.fail("the analyst is still there")


def test_scores_do_not_depend_on_them() -> None:
    tasks = load_tasks("codereal-core")[:6]
    responses = [
        f"```python\n{task.vulnerable[0] if n % 2 else task.references[0]}\n```" for n, task in enumerate(tasks)
    ]
    here, there = HybridReward(analysts=0), HybridReward(analysts=2)
    scores = pickle.loads(pickle.dumps(there)).score_many(responses, tasks)
    assert [one.to_dict() for one in scores] == [one.to_dict() for one in here.score_many(responses, tasks)]
    with pytest.raises(UsageError, match="analysts"):
        HybridReward(analysts=-1)

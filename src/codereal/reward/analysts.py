"""The static half of a score, for many programs: in this thread, or by processes of ours side by side.

One process analyses some three hundred programs a second. Where more processors judge tests than that keeps busy, or
where a trainer needs its own thread, `Analysts` do it. They are started afresh, neither forked nor through
`multiprocessing`, which would run the trainer's script again. What they answer is what `analyse` answers here.
"""

from __future__ import annotations

import os
import pickle
import queue
import select
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from codereal.analysis.engine import check_many
from codereal.analysis.finding import Report
from codereal.errors import SandboxError
from codereal.maintainability.check import MaintainabilityScore, score_maintainability_many
from codereal.rules import RULES

Analysed: TypeAlias = tuple[Report, MaintainabilityScore | None]

_AT_ONCE = 32  # programs that go to a process together
_PATIENCE = 900.0  # seconds for those; each has limits of its own, far below
_STOP = 5.0  # seconds that a process has to end by itself
_SIZE = 8  # bytes of a frame's length
_BOOTSTRAP = "import sys; sys.path.append(sys.argv[1]); from codereal.reward.analysts import serve; serve()"


@dataclass(frozen=True, slots=True)
class Question:
    """A program, the code that stands before it, and whether its maintainability is asked for."""

    program: str
    context: str
    maintainability: bool


def analyse(questions: Sequence[Question], profile: str) -> list[Analysed]:
    """Answers to all questions, in order, with a profile of maintainability."""
    programs, contexts = [one.program for one in questions], [one.context for one in questions]
    reports = check_many(programs, contexts=contexts, select=set(RULES))
    asked = [number for number, one in enumerate(questions) if one.maintainability]
    scores = score_maintainability_many(
        [programs[number] for number in asked], contexts=[contexts[number] for number in asked], profile=profile
    )
    cares: list[MaintainabilityScore | None] = [None] * len(questions)
    for number, score in zip(asked, scores, strict=True):
        cares[number] = score
    return list(zip(reports, cares, strict=True))


class Analysts:
    """So many processes that analyse; each starts with its first question. May be used from several threads."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._free: queue.SimpleQueue[_Analyst | None] = queue.SimpleQueue()
        for _ in range(count):
            self._free.put(None)

    def analyse(self, questions: Sequence[Question], profile: str) -> list[Analysed]:
        """As the function of that name. Raises SandboxError when a process dies twice over the same programs."""
        size = max(1, min(_AT_ONCE, len(questions) // (2 * self.count)))
        parts = [questions[start : start + size] for start in range(0, len(questions), size)]
        with ThreadPoolExecutor(self.count, thread_name_prefix="codereal-analysts") as pool:
            return [one for part in pool.map(lambda part: self._ask(part, profile), parts) for one in part]

    def _ask(self, questions: Sequence[Question], profile: str) -> list[Analysed]:
        analyst = self._free.get()
        try:
            for _attempt in range(2):
                analyst = analyst or _Analyst()
                try:
                    return analyst.ask(questions, profile)
                except (OSError, EOFError):
                    analyst.end()
                    analyst = None
            raise SandboxError("an analysis process died, and another one over the same programs; look for its memory")
        finally:
            self._free.put(analyst)

    def close(self) -> None:
        """End the processes; the next question starts new ones."""
        for _ in range(self.count):
            analyst = self._free.get()
            if analyst is not None:
                analyst.end()
            self._free.put(None)


class _Analyst:
    """One process, as seen from the one that asks. Not thread-safe."""

    def __init__(self) -> None:
        home = Path(__file__).parents[2]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _BOOTSTRAP, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # Ctrl-C is for the caller, who then ends us
        )
        self.end = weakref.finalize(self, _stop, self._process, os.getpid())

    def ask(self, questions: Sequence[Question], profile: str) -> list[Analysed]:
        """Raises OSError or EOFError when the process is gone or does not answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            _write(self._process.stdin.fileno(), (list(questions), profile))
            answer: list[Analysed] | BaseException = _read(self._process.stdout.fileno(), _PATIENCE)
        except BaseException:
            self._process.kill()  # an answer under way must not meet the next question
            raise
        if isinstance(answer, BaseException):
            raise answer
        return answer


def serve() -> None:
    """In an analyst's process: answer until there are no more questions, or nobody who asks."""
    questions, answers, parent = os.dup(0), os.dup(1), os.getppid()
    os.dup2(2, 1)  # whatever is printed is no answer
    while True:
        try:
            asked, profile = _read(questions, None, parent)
        except EOFError:
            return
        try:
            answer: object = analyse(asked, profile)
        except Exception as error:  # noqa: BLE001 - it is raised where the question came from
            answer = error
        _write(answers, answer)


def _write(descriptor: int, value: object) -> None:
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    view = memoryview(len(data).to_bytes(_SIZE, "little") + data)
    while view:
        view = view[os.write(descriptor, view) :]


def _read(descriptor: int, patience: float | None, parent: int | None = None) -> Any:
    """The next value. Raises EOFError at the end, or when the parent is gone, and TimeoutError.

    Nothing but our own code writes here, on either side: what models wrote is text in what is read.
    """
    size = int.from_bytes(_exactly(descriptor, _SIZE, patience, parent), "little")
    return pickle.loads(_exactly(descriptor, size, patience, parent))  # nosec: see above


def _exactly(descriptor: int, size: int, patience: float | None, parent: int | None) -> bytes:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    found = bytearray()
    while len(found) < size:
        if not poll.poll(1000 if patience is None else 1000 * patience):
            if patience is not None:
                raise TimeoutError("an analysis process does not answer")
            if os.getppid() != parent:  # a descriptor that some other child holds can keep the pipe open for ever
                raise EOFError("the process that asks is gone")
            continue
        part = os.read(descriptor, min(1 << 20, size - len(found)))
        if not part:
            raise EOFError("the other end is closed")
        found += part
    return bytes(found)


def _stop(process: subprocess.Popen[bytes], owner: int) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    if os.getpid() != owner:
        process.returncode = 0  # in a forked copy of its owner: not ours to wait for
        return
    try:
        process.wait(timeout=_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def shared_analysts(count: int) -> Analysts:
    """Those of this process, made at first use and ended with it."""
    with _lock:
        key = os.getpid(), count  # a forked copy cannot use them
        if key not in _shared:
            _shared[key] = Analysts(count)
        return _shared[key]


_shared: dict[tuple[int, int], Analysts] = {}
_lock = threading.Lock()


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)

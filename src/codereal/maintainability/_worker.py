"""One forked copy of the type graph that checks some snippets and is then thrown away."""

from __future__ import annotations

import os
import resource
import signal
import time
from pathlib import Path
from typing import Any

from codereal.maintainability._frames import read_frame, write_frame
from codereal.maintainability._graph import TypeGraph

# mypy never waits for anything, so processor time is what a snippet is charged: a busy machine does not
# change a verdict. Wall time only catches what would otherwise be for ever.
_WALL_PER_CPU_SECOND = 20.0
_WALL_FLOOR = 60.0  # seconds


class WorkerDiedError(Exception):
    """The worker ended, or had to be ended, while it checked a snippet; the text says how."""


class Worker:
    """A forked child. Whatever happens in it stays in it."""

    def __init__(self, graph: TypeGraph, *, time_limit: float, memory_mb: int, close: tuple[int, ...]) -> None:
        """Fork. `time_limit` is in seconds of processor time a snippet, `memory_mb` in MiB above today's size.

        `close` names the descriptors of the server that the child must not hold.
        """
        self.checked = 0
        self._time_limit = time_limit
        requests, self._requests = os.pipe()
        self._replies, replies = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            status = 1
            try:
                for fd in (*close, self._requests, self._replies):
                    os.close(fd)
                _limit_memory(memory_mb)
                _work(graph, requests, replies, time_limit)
                status = 0
            finally:
                os._exit(status)  # never unwind into the server's own stack
        os.close(requests)
        os.close(replies)

    def check(self, code: str) -> dict[str, Any]:
        """Return the graph's answer, or `{"failure": words, "last": True}`. Raises `WorkerDiedError`."""
        self.checked += 1
        wall = max(_WALL_FLOOR, _WALL_PER_CPU_SECOND * self._time_limit)
        try:
            write_frame(self._requests, {"code": code})
            return read_frame(self._replies, timeout=wall)
        except TimeoutError:
            os.kill(self._pid, signal.SIGKILL)
            self.close()
            raise WorkerDiedError(f"mypy gave no answer within {wall:g} s") from None
        except (EOFError, BrokenPipeError):
            raise WorkerDiedError(self._end_in_words(self.close())) from None

    def close(self) -> int:
        """Let the worker end, reap it and return its exit code (negative: the signal that killed it)."""
        os.close(self._requests)
        os.close(self._replies)
        _, status = os.waitpid(self._pid, 0)
        return os.waitstatus_to_exitcode(status)

    def _end_in_words(self, code: int) -> str:
        if code == -signal.SIGPROF:
            return f"mypy needed more than {self._time_limit:g} s of processor time"
        if code < 0:
            return f"mypy crashed: {signal.Signals(-code).name}"
        return f"mypy ended without an answer, exit code {code}"


def _work(graph: TypeGraph, requests: int, replies: int, time_limit: float) -> None:
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # the default is to die: compiled code cannot hold it up
    while True:
        try:
            code = read_frame(requests)["code"]
        except EOFError:
            return
        start = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, time_limit)
        try:
            reply = graph.check(code)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a failure of mypy is data, of any kind
            reply = {"failure": f"mypy failed: {type(error).__name__}: {error}"[:500], "last": True}
        signal.setitimer(signal.ITIMER_PROF, 0)
        write_frame(replies, {**reply, "seconds": time.process_time() - start})
        if "last" in reply:  # the graph may be half changed
            return


def _limit_memory(memory_mb: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    statm = Path("/proc/self/statm")
    if not statm.exists():  # macOS does not enforce RLIMIT_AS either
        return
    size = int(statm.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = size + memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))

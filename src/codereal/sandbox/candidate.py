"""The engine's end of one candidate process: ask it, watch its time and its output, and learn how it ended."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeAlias

from codereal.errors import SandboxError
from codereal.sandbox.codec import MAX_DEPTH
from codereal.sandbox.limits import Limits
from codereal.sandbox.process import Server, processor_seconds, waiting_seconds
from codereal.sandbox.verdict import Outcome

_LOOK = 0.5  # seconds between two looks at the clocks
_STALL = 1.0  # seconds of oversleeping from which on the machine itself stood still
_STARVED = 20.0  # times the wall-clock limit spent waiting for a processor: the machine's fault, not the candidate's
_KEPT_OUTPUT = 2000  # characters of output that a result shows
_STEP = 1 << 16
_PROCESSORS = os.cpu_count() or 1
_AHEAD = 1 << 15  # bytes of requests that are sent before their answers are in

Request: TypeAlias = Sequence[Any] | bytes
"""The name of a method of `child.Program` and its arguments, plain or as the JSON that they are sent as."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a process gives no more answers."""

    outcome: Outcome
    detail: str


class StarvedError(SandboxError):
    """The machine was too busy to give the candidate its processor time."""


class Candidate:
    """One process of the server's. A context manager: the process has ended when the block is left.

    Raises SandboxError (and its kinds) when the sandbox fails; whatever the candidate does is an answer or a `Stop`.
    """

    def __init__(self, server: Server, limits: Limits, *, cases: int = 1, fresh: bool = True) -> None:
        self._server = server
        self._limits = limits
        self._room = limits.output_kb << 10
        self.printed = bytearray()
        """All of stdout."""
        self._complaints = bytearray()
        self.seconds = 0.0
        """Processor time of the last request."""
        self._answers = bytearray()
        self.stop: Stop | None = None
        self._channel, theirs = socket.socketpair()
        self._out, out = os.pipe()
        self._err, err = os.pipe()
        self._spent = 0.0
        self._stalled = 0.0
        self._ended = self._is_ready = False
        try:
            budget = int(limits.cpu_seconds * (cases + 2)) + 2
            self._pid = server.fork(limits, budget, (theirs.fileno(), out, err), fresh=fresh)
        except SandboxError:
            self._close()
            raise
        finally:
            theirs.close()
            os.close(out)
            os.close(err)
        for descriptor in (self._out, self._err):
            os.set_blocking(descriptor, False)
        self._channel.setblocking(False)
        self._poll = select.poll()
        for descriptor in (self._channel.fileno(), self._out, self._err, server.fileno()):
            self._poll.register(descriptor, select.POLLIN)

    def __enter__(self) -> Candidate:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if not self._ended and self._server.running:
                self._end(kill=True)
        finally:
            self._close()

    def ready(self) -> None:
        """Wait until the process stands behind its walls. It runs none of the candidate's code yet.

        Raises SandboxError if it never does.
        """
        if self._is_ready:
            return
        answer = self._answer(self._begin())
        if answer != ["ready"]:
            reason = answer[-1] if answer else self.stop and self.stop.detail
            raise SandboxError(f"the confined process did not come up: {reason}")
        self._is_ready = True

    def ask(self, *request: Any) -> list[Any] | None:
        """Send a request and return its answer, or None when the process gives no more: `stop` says why."""
        if self.stop is not None:
            return None
        start = self._begin()
        self._write(_framed(request), start)
        return None if self.stop is not None else self._answer(start)

    def ask_each(self, requests: Sequence[Request]) -> Iterator[list[Any] | None]:
        """Answers to several requests, None after the end. They are sent ahead, as far as they are short: each way
        between the processes costs more than most answers do. Waits for the process to be ready first.
        """
        sent = self._send_ahead(requests, 0)
        self.ready()
        for place in range(len(requests)):
            if place == sent:
                sent = self._send_ahead(requests, place)
            # The time of an answer begins with the last one. Also after the end: it may have answered more before that
            # than was read yet.
            self._stalled = 0.0
            yield self._answer((self._spent, time.monotonic()))

    def _send_ahead(self, requests: Sequence[Request], place: int) -> int:
        """Send at least one, and more while they are short; returns the place of the next."""
        data = b""
        while place < len(requests) and len(data) < _AHEAD:
            data += _framed(requests[place])
            place += 1
        if self.stop is None:
            self._write(data, self._begin())
        return place

    def drain(self) -> None:
        """Let the process end by itself, then read what it still printed."""
        if not self._ended and self.stop is None:
            with contextlib.suppress(OSError):
                self._channel.shutdown(socket.SHUT_WR)
            while not self._ended and self.stop is None:
                self._wait(self._begin())

    def take_output(self) -> None:
        """Read what has been printed by now."""
        for descriptor in (self._out, self._err):
            before = -1
            while self.stop is None and before != len(self.printed) + len(self._complaints):
                before = len(self.printed) + len(self._complaints)
                self._take_output(descriptor)

    def forget_output(self) -> None:
        """What was printed by now belongs to a case that is over."""
        self.printed.clear()
        self._complaints.clear()

    @property
    def output(self) -> str:
        """The beginning of what was printed on stdout and stderr."""
        return bytes(self.printed[:_KEPT_OUTPUT] + self._complaints[:_KEPT_OUTPUT]).decode("utf-8", "replace")

    def _begin(self) -> tuple[float, float]:
        self._stalled = 0.0
        return self._cpu(), time.monotonic()

    def _cpu(self) -> float:
        self._spent = processor_seconds(self._pid, self._spent)
        return self._spent

    def _write(self, data: bytes, start: tuple[float, float]) -> None:
        """Hand over a request; a candidate that does not read runs into its limits like any other."""
        view = memoryview(data)
        while view and self.stop is None:
            try:
                view = view[self._channel.send(view) :]
            except BlockingIOError:
                self._poll.modify(self._channel, select.POLLIN | select.POLLOUT)
                self._wait(start)
                if self.stop is None:  # after the end the channel is watched no more
                    self._poll.modify(self._channel, select.POLLIN)
            except OSError:
                self._wait_for_end(start)

    def _answer(self, start: tuple[float, float]) -> list[Any] | None:
        while (body := self._frame()) is None and self.stop is None:
            self._wait(start)
        self.seconds = self._cpu() - start[0]
        return None if body is None else self._read(body)

    def _frame(self) -> bytes | None:
        """The next complete answer among the bytes that have come."""
        if len(self._answers) < 4:
            return None
        size = int.from_bytes(self._answers[:4], "little")
        if size > self._room:
            if self.stop is None:
                self._halt(Outcome.OUTPUT_LIMIT, f"returned a value of more than {self._limits.output_kb} KB")
            return None
        if len(self._answers) < 4 + size:
            return None
        body = bytes(self._answers[4 : 4 + size])
        del self._answers[: 4 + size]
        return body

    def _read(self, body: bytes) -> list[Any] | None:
        try:
            answer = json.loads(body)
            if isinstance(answer, list) and answer and isinstance(answer[0], str) and _shallow(answer):
                return answer
        except (ValueError, RecursionError):
            pass  # not what our side writes: said below
        if self.stop is None:
            self._halt(Outcome.FAIL, "answered with something that is no value")
        return None

    def _wait(self, start: tuple[float, float]) -> None:
        """Take in what is there; judge the limits; note the process's end."""
        passed = time.monotonic() - start[1]
        left = self._limits.cpu_seconds - self._used(start, passed)
        wall = self._limits.wall_seconds - passed
        pause = min(max(left, 0.002) if wall <= 0 else max(min(left, wall), 0.002), _LOOK)
        before = time.monotonic()
        events = dict(self._poll.poll(pause * 1000))
        late = time.monotonic() - before - pause
        if late > _STALL:
            # A virtual machine that is held up charges the time to whoever was running. Not the candidate's doing.
            self._stalled += late
        if self._channel.fileno() in events:
            self._take_answers(start)
        for descriptor in (self._out, self._err):
            if descriptor in events:
                self._take_output(descriptor)
        if self.stop is None and self._server.fileno() in events:
            self._end(kill=False)
        if self.stop is None and not self._ended:
            self._judge(start)

    def _used(self, start: tuple[float, float], passed: float) -> float:
        """Processor seconds since the start, or a bound below the limit: most answers come too soon for more."""
        bound = passed * _PROCESSORS
        return bound if bound < self._limits.cpu_seconds else self._cpu() - start[0]

    def _judge(self, start: tuple[float, float]) -> None:
        limits = self._limits
        passed = time.monotonic() - start[1]
        if self._used(start, passed) - self._stalled >= limits.cpu_seconds:
            self._halt(Outcome.TIMEOUT, f"used more than {limits.cpu_seconds:g} s of processor time")
            return
        passed -= self._stalled
        if passed < limits.wall_seconds:
            return
        # A candidate that may start processes can crowd itself out: its waiting is then its own doing.
        waited = 0.0 if limits.processes else waiting_seconds(self._pid)
        if passed - waited >= limits.wall_seconds:
            self._halt(Outcome.TIMEOUT, f"did not finish within {limits.wall_seconds:g} s")
        elif passed >= _STARVED * limits.wall_seconds:
            self._halt(Outcome.INFRA, "the machine was too busy")
            raise StarvedError("the machine was too busy to run the candidate")

    def _take_answers(self, start: tuple[float, float]) -> None:
        try:
            data = self._channel.recv(_STEP)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""
        if data:
            self._answers += data
        else:
            self._poll.unregister(self._channel)
            self._wait_for_end(start)

    def _wait_for_end(self, start: tuple[float, float]) -> None:
        """The channel is closed: give the process its time to end by itself, so that we learn how."""
        while not self._ended and self.stop is None:
            self._wait(start)

    def _take_output(self, descriptor: int) -> None:
        try:
            data = os.read(descriptor, _STEP)
        except BlockingIOError:
            return
        buffer = self.printed if descriptor == self._out else self._complaints
        buffer += data
        if not data:
            with contextlib.suppress(KeyError):  # seen before
                self._poll.unregister(descriptor)
        elif len(self.printed) + len(self._complaints) > self._room:
            self._halt(Outcome.OUTPUT_LIMIT, f"printed more than {self._limits.output_kb} KB")

    def _halt(self, outcome: Outcome, detail: str) -> None:
        self.stop = Stop(outcome, detail)
        self._end(kill=True)

    def _end(self, *, kill: bool) -> None:
        ending = self._server.end(kill=kill)
        self._ended = True
        with contextlib.suppress(OSError):
            while data := self._channel.recv(_STEP):  # what it still said before it ended
                self._answers += data
                if len(self._answers) > self._room + 4:
                    break
        self.take_output()
        if self.stop is None:
            self.stop = self._explain(ending.status, ending.full)

    def _explain(self, status: int, full: bool) -> Stop:
        if full:
            return Stop(Outcome.OUTPUT_LIMIT, f"wrote more than {self._limits.writable_mb} MB to disk")
        if os.WIFEXITED(status):
            return Stop(Outcome.EXIT, f"ended the process with exit code {os.WEXITSTATUS(status)}")
        number = os.WTERMSIG(status)
        if number == signal.SIGKILL:
            if self._spent >= self._limits.cpu_seconds:
                return Stop(Outcome.TIMEOUT, "used up its processor time")
            return Stop(Outcome.OOM, "was killed by the system, which was out of memory")
        return Stop(Outcome.CRASH, f"was killed by {signal.Signals(number).name}")

    def _close(self) -> None:
        self._channel.close()
        os.close(self._out)
        os.close(self._err)


def _framed(request: Request) -> bytes:
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    return len(body).to_bytes(4, "little") + body


def _shallow(answer: Any, room: int = 4 * MAX_DEPTH) -> bool:
    """Whether the answer nests less deeply than what our side writes (a tagged value takes up to three levels each)."""
    layer = [answer]
    for _ in range(room):
        layer = [
            inner
            for item in layer
            for inner in (item if isinstance(item, list) else item.values() if isinstance(item, dict) else ())
            if isinstance(inner, (list, dict))
        ]
        if not layer:
            return True
    return False

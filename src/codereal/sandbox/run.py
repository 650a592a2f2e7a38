"""Run programs against tests: `run_program` for one, `Sandbox` for many at once."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Literal, get_args

from codereal.errors import DataError, SandboxError, UsageError
from codereal.processors import available
from codereal.sandbox.asserts import read_test
from codereal.sandbox.case import Call, Case, Database
from codereal.sandbox.codec import Tagged
from codereal.sandbox.limits import Limits
from codereal.sandbox.linux import supported
from codereal.sandbox.process import RefusedError
from codereal.sandbox.slot import Job, Slot
from codereal.sandbox.verdict import CaseResult, Isolation, Outcome, Verdict

Test = str | Case


class Sandbox:
    """Slots that run programs side by side; thread-safe, and usable in forked copies of the process.

    `slots` is how many programs run at once (default: the processors this process may use). `isolation` is "best",
    which takes the strongest level that the machine gives and never less than L1, or a level by name.
    A context manager; servers start with the first run and end with the block.
    """

    def __init__(self, slots: int | None = None, isolation: Isolation | Literal["best"] = "best") -> None:
        if isolation != "best" and isolation not in get_args(Isolation):
            raise UsageError(f"unknown isolation {isolation!r}; there are best, {', '.join(get_args(Isolation))}")
        self.slots = available() if slots is None else slots
        if self.slots < 1:
            raise UsageError(f"a sandbox has at least one slot, not {slots}")
        self._wanted = isolation
        self._level: Isolation | None = None
        self._closed = False
        self._reset()
        _sandboxes.add(self)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._seats = threading.BoundedSemaphore(self.slots)
        self._free: list[Slot] = []
        self._all: list[Slot] = []

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all servers. Runs that are under way fail with SandboxError."""
        self._closed = True
        with self._lock:
            slots, self._all, self._free = self._all, [], []
        for slot in slots:
            slot.close()

    def run(
        self,
        program: str,
        tests: Sequence[Test],
        *,
        limits: Limits | None = None,
        database: Database | None = None,
        files: Mapping[str, bytes] | None = None,
        context: str = "",
    ) -> Verdict:
        """Run one program; see `run_program`."""
        return self.run_job(make_job(program, tests, limits=limits, database=database, files=files, context=context))

    def run_job(self, job: Job) -> Verdict:
        """Run one prepared job. A failure of ours is retried once and then reported as INFRA."""
        with self._slot() as slot:
            for attempt in (1, 2):
                try:
                    return Verdict.of(slot.run(job), slot.level)
                except RefusedError:
                    raise
                except SandboxError as error:
                    slot.close()
                    if attempt == 2:
                        results = [CaseResult(Outcome.INFRA, str(error), case.name) for case in job.cases]
                        return Verdict.of(results, slot.level)
        raise AssertionError("unreachable")

    def run_many(self, jobs: Iterable[Job]) -> Iterator[Verdict]:
        """Run jobs on all slots at once; verdicts come in the order of the jobs."""
        with ThreadPoolExecutor(self.slots, thread_name_prefix="codereal-sandbox") as pool:
            yield from pool.map(self.run_job, jobs)

    def make_files(self, program: str, limits: Limits | None = None) -> dict[str, bytes]:
        """See `prepare_files`; not cached."""
        with self._slot() as slot:
            return slot.make_files(program, limits or Limits())

    def compute(self, program: str, call: Call, limits: Limits | None = None) -> Tagged:
        """What a call of a trusted program returns, as a tagged value: a data row's own code (expected values, say)
        runs confined like any other, but what it says is believed. Raises DataError when it returns nothing.
        """
        with self._slot() as slot:
            return slot.compute(program, call, limits or Limits())

    @property
    def isolation(self) -> Isolation:
        """The level that runs get here. Raises SandboxError where the machine gives none."""
        with self._slot() as slot:
            return slot.level

    @contextlib.contextmanager
    def _slot(self) -> Iterator[Slot]:
        if self._closed:
            raise UsageError("this sandbox is closed")
        seats, lock = self._seats, self._lock
        with seats:
            with lock:
                slot = self._free.pop() if self._free else self._new_slot()
            try:
                yield slot
            except DataError:
                raise  # a row's fault; the conversation came to its end
            except BaseException:
                slot.close()  # in the middle of something: not to be reused as it is
                raise
            finally:
                with lock:
                    if self._closed:
                        slot.close()
                    else:
                        self._free.append(slot)

    def _new_slot(self) -> Slot:
        if self._level is None:
            self._level = self._wanted if self._wanted != "best" else best_level()
        slot = Slot(self._level)
        slot.server("standard")
        self._all.append(slot)
        return slot

    def _forked(self) -> None:
        """In a forked copy: its own servers, its own locks (another thread may have held one at the fork)."""
        slots = self._all
        self._reset()
        for slot in slots:
            slot.forget()


def make_job(
    program: str,
    tests: Sequence[Test],
    *,
    limits: Limits | None = None,
    database: Database | None = None,
    files: Mapping[str, bytes] | None = None,
    context: str = "",
    attacks: Sequence[Case] = (),
) -> Job:
    """A job for `Sandbox.run_many`; the arguments are those of `run_program`. The results of `attacks` follow those
    of `tests`; they run among them, so that no program can tell them by their order. Raises UsageError for unusable
    tests.
    """
    if isinstance(tests, str):
        raise UsageError("tests are a list of assert statements or cases, not one string")
    cases = (*(read_test(test) if isinstance(test, str) else test for test in tests), *attacks)
    if not cases:
        raise UsageError("there are no tests: a program that is not tested has not passed")
    for case in cases:
        if not isinstance(case, Case):
            raise UsageError(f"a test is a string, Call, Stdio, Assertion or Attack, not {type(case).__name__}")
        if database is None and getattr(case, "tables", None) is not None:
            raise UsageError("a case expects tables, but there is no database")
    return Job(program, cases, limits or Limits(), database, files, context, len(tests))


def run_program(
    program: str,
    tests: Sequence[Test],
    *,
    limits: Limits | None = None,
    database: Database | None = None,
    files: Mapping[str, bytes] | None = None,
    context: str = "",
) -> Verdict:
    """Run an untrusted program against tests in this process's sandbox, and say how it did.

    `tests` are assert statements (strings) or cases (`Call`, `Stdio`). `context` is code that stands before the
    program, `files` are put into its working folder before each case, `database` is built anew for each.

    Raises UsageError for unusable tests (none at all, say), DataError for a database script that fails, and
    SandboxError where the machine gives no isolation;
    what the program does wrong is in the verdict.
    """
    job = make_job(program, tests, limits=limits, database=database, files=files, context=context)
    return default_sandbox().run_job(job)


def prepare_files(setup_program: str, limits: Limits | None = None) -> dict[str, bytes]:
    """The files that a setup program makes in its working folder, run in the sandbox; cached by its text.

    Raises DataError when the program fails.
    """
    limits = limits or Limits()
    key = hashlib.sha256(f"{limits}\0{setup_program}".encode()).hexdigest()
    if key not in _prepared:
        files = default_sandbox().make_files(setup_program, limits)
        while len(_prepared) >= _PREPARED_MOST:
            _prepared.pop(next(iter(_prepared)), None)
        _prepared[key] = files
    return dict(_prepared[key])


def best_level() -> Isolation:
    """The strongest level this machine gives, found by trying. Raises SandboxError when there is none but L0."""
    if not supported():
        raise SandboxError("isolation needs Linux on x86-64 or AArch64; Sandbox(isolation='L0') runs without walls")
    reasons: list[str] = []
    levels: tuple[Isolation, ...] = ("L2", "L1")
    for level in levels:
        slot = Slot(level)
        try:
            slot.server("standard")
        except RefusedError as error:
            reasons.append(str(error))
        else:
            return level
        finally:
            slot.close()
    raise SandboxError(f"no isolation here ({'; '.join(reasons)}); Sandbox(isolation='L0') runs without walls")


def all_sandboxes() -> list[Sandbox]:
    """The sandboxes of this process."""
    return list(_sandboxes)


def default_sandbox() -> Sandbox:
    """The sandbox of this process, made at first use and closed at its end."""
    global _default
    with _default_lock:
        if _default is None:
            _default = Sandbox()
        return _default


_PREPARED_MOST = 2048
_prepared: dict[str, dict[str, bytes]] = {}
_default: Sandbox | None = None
_default_lock = threading.Lock()
_sandboxes: weakref.WeakSet[Sandbox] = weakref.WeakSet()


def _after_fork() -> None:
    global _default_lock
    _default_lock = threading.Lock()
    for sandbox in list(_sandboxes):
        sandbox._forked()


def _at_exit() -> None:
    for sandbox in list(_sandboxes):
        sandbox.close()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)

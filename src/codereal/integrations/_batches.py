"""Samples that come one by one, scored together: for trainers that ask for one reward at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from codereal.integrations._rows import score_each
from codereal.reward.hybrid import HybridReward
from codereal.reward.score import Score
from codereal.tasks.task import Task

_GATHER = 0.01  # seconds that a sample waits for others
_MOST = 32  # samples scored together; more would make the quick ones wait longer for the slowest
_ABREAST = 3  # batches at a time, so that an endless answer holds up its own batch only

_Waiting = tuple[str, Task, "asyncio.Future[Score | None]"]


class Batches:
    """Gathers the samples of one event loop into batches and scores them in threads."""

    def __init__(self, reward: HybridReward) -> None:
        self._reward = reward
        self._pool = ThreadPoolExecutor(_ABREAST, thread_name_prefix="codereal-batches")
        self._waiting: deque[_Waiting] = deque()
        self._running: set[asyncio.Task[None]] = set()

    def add(self, response: str, task: Task) -> asyncio.Future[Score | None]:
        """The score to come, None if we fail (see `score_each`). May be cancelled: it is then scored if begun."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Score | None] = loop.create_future()
        self._waiting.append((response, task, future))
        loop.call_later(_GATHER, self._start)
        return future

    def _start(self) -> None:
        while self._waiting and len(self._running) < _ABREAST:
            batch = [self._waiting.popleft() for _ in range(min(_MOST, len(self._waiting)))]
            batch = [one for one in batch if not one[2].done()]
            if batch:
                running = asyncio.get_running_loop().create_task(self._run(batch))
                self._running.add(running)
                running.add_done_callback(self._ended)

    async def _run(self, batch: list[_Waiting]) -> None:
        responses, tasks, futures = zip(*batch, strict=True)
        loop = asyncio.get_running_loop()
        outcome: list[Score | None] | Exception
        try:
            outcome = await loop.run_in_executor(self._pool, score_each, self._reward, responses, tasks)
        except Exception as error:  # noqa: BLE001 - given to everyone who waits, below
            outcome = error
        for place, future in enumerate(futures):
            if future.done():
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome[place])

    def _ended(self, running: asyncio.Task[None]) -> None:
        self._running.discard(running)
        self._start()

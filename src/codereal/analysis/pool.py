"""Processes that check side by side. They start once and are kept: starting takes longer than a thousand checks."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from threading import Lock

_lock = Lock()
_pools: dict[tuple[int, int], ProcessPoolExecutor] = {}


def pool(jobs: int) -> ProcessPoolExecutor:
    """The pool of so many processes that belongs to this process; it ends with it."""
    with _lock:
        key = os.getpid(), jobs  # a forked copy of this process cannot use its pools
        if key not in _pools:
            # Not forked: the caller may hold threads, locks and a model.
            _pools[key] = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
        return _pools[key]


def discard(jobs: int) -> None:
    """Forget a pool that broke, so that the next call gets a new one."""
    with _lock:
        broken = _pools.pop((os.getpid(), jobs), None)
    if broken is not None:
        broken.shutdown(wait=False, cancel_futures=True)

"""The type checker's server process: builds the graph, forks workers, passes snippets through.

It is exec'ed fresh, so it never carries what the caller has loaded (a model, gigabytes of tensors), and
it never checks anything itself: a snippet can only harm the worker that checks it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import mypy
import mypy.version

from codereal.maintainability._cache import cache_folder, ready_cache
from codereal.maintainability._flags import command_line_flags
from codereal.maintainability._frames import read_frame, write_frame
from codereal.maintainability._graph import TypeGraph
from codereal.maintainability._worker import Worker, WorkerDiedError


def main(settings: dict[str, Any]) -> None:
    """Serve until the caller closes our standard input, asks us to end, or is gone."""
    requests, replies = _take_pipes()
    parent = os.getppid()

    def leave_if_orphan() -> None:
        # A descriptor inherited by some other child of the caller can keep our input open for ever.
        if os.getppid() != parent:
            shutil.rmtree(settings["workdir"], ignore_errors=True)
            os._exit(0)

    graph = _build(settings)
    write_frame(replies, {"ready": True, "pid": os.getpid()})
    server = _Server(graph, settings, (requests, replies))
    while True:
        try:
            request = read_frame(requests, idle=leave_if_orphan)
        except EOFError:
            break
        if "code" not in request:
            break
        write_frame(replies, server.check(request["code"]))
    server.close()
    shutil.rmtree(settings["workdir"], ignore_errors=True)  # a caller that was killed cannot do it


class _Server:
    def __init__(self, graph: TypeGraph, settings: dict[str, Any], pipes: tuple[int, ...]) -> None:
        self._graph = graph
        self._settings = settings
        self._pipes = pipes
        self._worker: Worker | None = None

    def check(self, code: str) -> dict[str, Any]:
        worker = self._worker or self._fork()
        self._worker = None
        try:
            reply = worker.check(code)
        except WorkerDiedError as death:
            return {"failure": str(death), "seconds": 0.0}
        if "last" in reply or worker.checked >= self._settings["group"]:
            worker.close()
        else:
            self._worker = worker
        return reply

    def close(self) -> None:
        if self._worker is not None:
            self._worker.close()

    def _fork(self) -> Worker:
        limits = {name: self._settings[name] for name in ("time_limit", "memory_mb")}
        return Worker(self._graph, close=self._pipes, **limits)


def _take_pipes() -> tuple[int, int]:
    """Move the protocol off the standard streams, so that no print can corrupt it."""
    pipes = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return pipes


def _build(settings: dict[str, Any]) -> TypeGraph:
    target = {name: settings[name] for name in ("python_version", "platform")}
    folder = cache_folder(
        Path(settings["cache"]),
        mypy_version=mypy.version.__version__,
        mypy_home=str(Path(mypy.__file__).parent),
        flags=command_line_flags(**target),
    )

    def fill(empty: Path) -> None:
        """Build in a child: what a build from source leaves in memory is 2.5 times what loading needs."""
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                TypeGraph(empty, **target)
                status = 0
            except Exception as error:  # noqa: BLE001 - the parent reports it
                print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            finally:
                os._exit(status)
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0:
            raise RuntimeError(f"mypy could not build the standard library into {empty}")

    def load() -> TypeGraph:
        return TypeGraph(ready_cache(folder, fill, fallback=Path(settings["workdir"], "cache")), **target)

    try:
        return load()
    except Exception as error:
        if not folder.is_dir():
            raise
        print(f"cache {folder} is damaged ({type(error).__name__}: {error}); filling it anew", file=sys.stderr)
        shutil.rmtree(folder)
        return load()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

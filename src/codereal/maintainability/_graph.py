"""The standard library as mypy sees it, built once, and one new module checked against it.

mypy spends 95% of a command line run on starting, loading the standard library and tearing it down.
`TypeGraph` does that once and then hands single modules to mypy's own functions, in the order in which
mypy's own build would call them, so the verdicts are mypy's. The names used here are internal to one
release of mypy: the version is pinned in `pyproject.toml` and an identity test guards every change of it.

Everything in the standard library is loaded, so what one module imports can never load, or change,
anything that a later one sees.
"""

from __future__ import annotations

import gc
import io
import os
import re
import sys
from pathlib import Path
from typing import Any

from mypy import build
from mypy.defaults import RECURSION_LIMIT
from mypy.errors import SHOW_NOTE_CODES, CompileError
from mypy.fscache import FileSystemCache
from mypy.main import process_options
from mypy.modulefinder import BuildSource, load_stdlib_py_versions
from mypy.typestate import type_state

from codereal.maintainability._flags import command_line_flags

MODULE = "candidate"
PATH = "candidate.py"  # relative: mypy is run from the folder that holds it
_PRELUDE = "codereal_prelude_of_the_standard_library"
_MESSAGE = re.compile(r"[^:]+:(?:(?P<line>\d+):)? (?P<severity>error|note): (?P<text>.*)", re.DOTALL)


class _Modules(dict[str, build.State]):
    """A graph of which only what comes later is looked through. `load_graph` walks all modules and their dependencies
    three times, only to see what new modules change in them; the standard library depends on nothing new.
    """

    def __init__(self, known: dict[str, build.State]) -> None:
        super().__init__(known)
        self._new: list[str] = []

    def __setitem__(self, name: str, state: build.State) -> None:
        self._new.append(name)
        super().__setitem__(name, state)

    def values(self) -> Any:
        """The new modules."""
        return [self[name] for name in self._new if name in self]

    def settle(self) -> None:
        """Take all that is there for known."""
        self._new.clear()


class TypeGraph:
    """mypy's module graph of the whole standard library, in the current working folder.

    `cache` is a folder with mypy's serialized form of it: 0.3 s to load, 6 s to fill (CPU).
    Not thread-safe and not reentrant; a failed `check` leaves it unusable, so check in a forked process.
    """

    def __init__(self, cache: Path, *, python_version: str, platform: str) -> None:
        sys.setrecursionlimit(RECURSION_LIMIT)  # as mypy's own main does
        Path(PATH).touch()
        flags = [*command_line_flags(python_version, platform), "--cache-dir", str(cache), "--no-sqlite-cache"]
        self._files = FileSystemCache()
        # `raise_exceptions`: an internal error of mypy becomes an exception, not text and SystemExit.
        _, options = process_options([*flags, "--raise-exceptions", "-c", ""], fscache=self._files)
        messages: list[str] = []
        prelude = BuildSource(None, _PRELUDE, "".join(f"import {name}\n" for name in _stdlib_modules(python_version)))
        result = build.build(
            [prelude],
            options,
            flush_errors=lambda _path, new, _serious: messages.extend(new),
            fscache=self._files,
            stdout=io.StringIO(),
            stderr=io.StringIO(),
        )
        if messages:
            raise RuntimeError(f"mypy rejects the standard library's stubs: {messages[0]}")
        self._manager = result.manager
        self._graph = _Modules(result.graph)
        self._forget([_PRELUDE])
        # From here on nothing is read from the cache or written to it.
        self._manager.cache_enabled = False
        self._manager.options.cache_dir = os.devnull
        self._missing = dict(self._manager.missing_modules)
        gc.collect()
        gc.freeze()  # forked children then leave these pages alone

    def check(self, code: str) -> dict[str, Any]:
        """Check one module. The answer is `{"issues": [[…], …], "blocked": bool}`, ready for JSON.

        An issue is line, column, end line, end column (1-based; 0: unknown), severity, code (or None), message.
        """
        # The bytes a command line would find in the file: no newline is translated, and a lone
        # surrogate becomes the byte sequence that mypy then reports as undecodable.
        path = Path(PATH)
        path.unlink()  # a file that is cut and written again may be sent to the disk at once
        path.write_bytes(code.encode("utf-8", "surrogatepass"))
        manager = self._manager
        manager.errors.reset()
        self._files.flush()
        new: list[build.State] = []
        blocker: CompileError | None = None
        try:
            build.load_graph([BuildSource(PATH, MODULE)], manager, self._graph, new)
            self._process(new)
        except CompileError as error:
            blocker = error
        issues = self._issues(blocker)
        self._forget([state.id for state in new])
        self._graph.settle()
        return {"issues": issues, "blocked": blocker is not None}

    def _process(self, new: list[build.State]) -> None:
        """What `mypy.build.process_graph` does, for the new modules only."""
        for state in new:
            self._manager.import_map[state.id] = state.dependencies_set
        for ids in build.sorted_components_inner(self._graph, {state.id for state in new}, build.PRI_INDIRECT):
            component = build.SCC(set(ids))
            self._manager.scc_by_id[component.id] = component
            for name in ids:
                self._graph[name].mark_as_rechecked()
            build.process_stale_scc(self._graph, component, self._manager)
            del self._manager.scc_by_id[component.id]

    def _issues(self, blocker: CompileError | None) -> list[list[Any]]:
        errors = self._manager.errors
        issues: list[list[Any]] = []
        for path in list(errors.error_info_map):
            if path != PATH:
                raise RuntimeError(f"mypy reports an error in {path}, outside the code it was given")
            for _, line, column, end_line, end_column, severity, text, code in errors.file_messages(path):
                if severity == "note" and code not in SHOW_NOTE_CODES:
                    code = None
                issues.append([max(line, 0), column + 1, max(end_line, 0), max(end_column, 0), severity, code, text])
        if blocker is not None and not issues:
            # Raised without a position, as for a file that is not UTF-8: only the text exists.
            issues = [_from_text(message) for message in blocker.messages]
        return issues

    def _forget(self, names: list[str]) -> None:
        manager = self._manager
        for name in names:
            for table in (self._graph, manager.modules, manager.import_map, manager.ast_cache, manager.import_options):
                table.pop(name, None)
        manager.rechecked_modules.clear()
        manager.stale_modules.clear()
        manager.options_snapshot_cache.clear()
        if hasattr(self, "_missing"):
            manager.missing_modules.clear()
            manager.missing_modules.update(self._missing)
        type_state.reset_all_subtype_caches()
        manager.errors.reset()


def _from_text(message: str) -> list[Any]:
    match = _MESSAGE.fullmatch(message)
    if match is None:
        return [0, 0, 0, 0, "error", None, message]
    line = int(match["line"] or 0)
    return [line, 0, line, 0, match["severity"], None, match["text"]]


def _stdlib_modules(python_version: str) -> list[str]:
    """Return every module that mypy's stubs of the standard library hold for that Python version."""
    root = Path(build.default_data_dir()) / "typeshed" / "stdlib"
    major, minor = map(int, python_version.split("."))
    ranges = load_stdlib_py_versions(None)

    def exists(name: str) -> bool:
        """A module is there if every range that speaks of it, or of a package around it, holds the version."""
        parts = name.split(".")
        prefixes = [".".join(parts[: end + 1]) for end in range(len(parts))]
        spans = [ranges[prefix] for prefix in prefixes if prefix in ranges]
        return bool(spans) and all(low <= (major, minor) <= (high or (major, minor)) for low, high in spans)

    names = set()
    for stub in root.rglob("*.pyi"):
        parts = stub.relative_to(root).with_suffix("").parts
        names.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return sorted(name for name in names if exists(name) and name != "__main__")

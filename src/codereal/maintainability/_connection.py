"""A running type checker server, as seen from the process that uses it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import weakref
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from codereal.errors import ResourceError
from codereal.maintainability._frames import read_frame, write_frame

_START = 300.0  # seconds of wall time; a cold start takes six on an idle machine
_STOP = 5.0  # seconds that the server has to end by itself
_SLACK = 120.0  # seconds beyond the server's own time limits before it counts as hung
_BOOTSTRAP = """\
import json, sys
settings = json.loads(sys.argv[1])
sys.path += [folder for folder in settings["path"] if folder not in sys.path]
from codereal.maintainability._server import main
main(settings)
"""


class ServerDiedError(Exception):
    """The server is gone, or does not answer; the text carries the end of what it printed."""


class Connection:
    """Starts a server; ask it, then `close` it. Not thread-safe: the owner holds a lock."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._workdir = Path(tempfile.mkdtemp(prefix="codereal-types-"))
        self._wall = max(60.0, 20.0 * settings["time_limit"]) + _SLACK
        home = self._workdir / "code"  # holds nothing but the code: mypy looks for imports here
        home.mkdir()
        arguments = {**settings, "workdir": str(self._workdir), "path": _import_path()}
        with (self._workdir / "stderr.txt").open("wb") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _BOOTSTRAP, json.dumps(arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=home,
                env=_environment(),
                bufsize=0,
                start_new_session=True,  # Ctrl-C is for the caller, who then closes us
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._replies = self._process.stdin, self._process.stdout
        self._finalizer = weakref.finalize(self, _stop, self._process, self._workdir)
        try:
            self.pid: int = read_frame(self._replies.fileno(), timeout=_START)["pid"]
        except BaseException as error:
            words = self._last_words()
            self.kill()
            if isinstance(error, EOFError | TimeoutError):
                raise ResourceError(f"the type checker did not start: {words or error}") from error
            raise

    def ask(self, code: str) -> dict[str, Any]:
        """Return the server's reply for one snippet. Raises `ServerDiedError`; the connection is then closed."""
        try:
            write_frame(self._requests.fileno(), {"code": code})
            return read_frame(self._replies.fileno(), timeout=self._wall)
        except BaseException as error:
            # Also on KeyboardInterrupt: an answer still under way must not meet the next question.
            words = self._last_words()
            self.kill()
            if isinstance(error, EOFError | OSError):
                raise ServerDiedError(f"the type checker died: {words or error}") from error
            raise

    def close(self) -> None:
        """Let the server end and reap it."""
        self._finalizer()

    def kill(self) -> None:
        """End the server at once and reap it."""
        self._process.kill()
        self._finalizer()

    def abandon(self) -> None:
        """In a forked child: let go of the parent's server without touching it."""
        self._finalizer.detach()
        self._requests.close()
        self._replies.close()
        self._process.returncode = 0  # not our child: its parent reaps it

    def _last_words(self) -> str:
        lines = (self._workdir / "stderr.txt").read_text("utf-8", "replace").strip().splitlines()
        return " | ".join(lines[-3:])


def _stop(process: subprocess.Popen[bytes], workdir: Path) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    if process.poll() is None:
        try:
            # Closing alone is not enough: some forked child of ours may hold a copy of the pipe.
            write_frame(process.stdin.fileno(), {"end": True})
        except BrokenPipeError:
            process.kill()
    process.stdin.close()
    process.stdout.close()
    try:
        process.wait(timeout=_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    shutil.rmtree(workdir, ignore_errors=True)


def _import_path() -> list[str]:
    """Return where this package and mypy live; the server appends them to its own path, after the standard library."""
    folders = []
    for package in ("codereal", "mypy"):
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise ResourceError(f"the package {package} is not installed: pip install codereal")
        folders.append(str(Path(spec.origin).absolute().parents[1]))
    return folders


def _environment() -> dict[str, str]:
    """Return our environment without what could change a verdict; the hash seed is pinned so that runs repeat."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MYPY", "PYTHON"))}
    return {**kept, "PYTHONHASHSEED": "0"}

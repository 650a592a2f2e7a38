"""The fast alternative to mypy: zuban, a type checker in Rust that speaks mypy's language.

About ten times cheaper in a batch, and not the same: it disagrees with mypy on some annotated code (see
`docs/maintainability.md` for how much), so it is never the default, and a reward that uses it is another reward. It is
not installed with this package, for its licence is the AGPL: `pip install zuban`.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from codereal.errors import ResourceError, UsageError
from codereal.maintainability._batches import ToolFailedError, by_halves
from codereal.maintainability._flags import PLATFORM, PYTHON_VERSION
from codereal.maintainability.types import TypeIssue, TypeReport, without_context

_SECONDS = 120.0  # of wall time for a batch
_FLAGS = (
    "--strict", "--no-error-summary", "--show-column-numbers", "--show-error-end",
    "--python-version", PYTHON_VERSION, "--platform", PLATFORM,
)  # fmt: skip
_LINE = re.compile(
    r"(?P<file>[^:]+)\.py:(?P<line>\d+):(?P<column>\d+):(?P<end_line>\d+):(?P<end_column>\d+): "
    r"(?P<severity>error|note): (?P<text>.*?)(?:  \[(?P<code>[\w-]+)\])?$"
)


class ZubanChecker:
    """`TypeChecker`'s interface over one process of zuban a batch. Raises `ResourceError` where zuban is missing."""

    def __init__(self) -> None:
        beside = Path(sys.executable).parent / "zuban"
        found = str(beside) if beside.exists() else shutil.which("zuban")
        if found is None:
            raise ResourceError("zuban is not installed: pip install zuban (its licence is the AGPL)")
        self._program = found

    def check(self, code: str, *, context: str = "") -> TypeReport:
        """Check one snippet; prefer `check_many`, since starting costs more than checking."""
        return self.check_many([code], contexts=[context])[0]

    def check_many(self, codes: Sequence[str], *, contexts: Sequence[str] | None = None) -> list[TypeReport]:
        """Check each snippet as a module of its own, after its context, and report on the snippet alone."""
        if contexts is not None and len(contexts) != len(codes):
            raise UsageError(f"check_many was given {len(codes)} codes but {len(contexts)} contexts")
        before = [text if not text or text.endswith("\n") else text + "\n" for text in contexts or [""] * len(codes)]
        texts = [prefix + code for prefix, code in zip(before, codes, strict=True)]
        reports = by_halves(texts, self._run, lambda why: TypeReport(failure=f"zuban: {why}"))
        return [without_context(report, prefix) for report, prefix in zip(reports, before, strict=True)]

    def _run(self, texts: Sequence[str]) -> list[TypeReport]:
        with tempfile.TemporaryDirectory(prefix="codereal-zuban-") as folder:
            home = Path(folder) / "code"
            home.mkdir()
            Path(folder, "none.ini").write_text("[mypy]\n")
            # No snippet can guess, and so import, its neighbour.
            names = [f"snippet_{secrets.token_hex(8)}" for _ in texts]
            for name, text in zip(names, texts, strict=True):
                (home / f"{name}.py").write_bytes(text.encode("utf-8", "surrogatepass"))
            answer = self._ask(home)
        issues: dict[str, list[TypeIssue]] = {name: [] for name in names}
        for line in answer:
            if (match := _LINE.match(line)) and (found := issues.get(match["file"])) is not None:
                found.append(_issue(match))
        return [
            TypeReport(tuple(found), blocked=any(issue.code == "syntax" for issue in found))
            for found in issues.values()
        ]

    def _ask(self, home: Path) -> list[str]:
        """Return what zuban prints. Raises `ToolFailedError`."""
        command = [self._program, "mypy", "--config-file", "../none.ini", *_FLAGS, "."]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MYPY", "PYTHON", "VIRTUAL"))}
        try:
            done = subprocess.run(command, cwd=home, env=kept, capture_output=True, timeout=_SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise ToolFailedError(f"no answer within {_SECONDS:.0f} s") from error
        if done.returncode not in (0, 1):
            raise ToolFailedError(f"ended with {done.returncode}")
        return done.stdout.decode("utf-8", "replace").splitlines()


def _issue(match: re.Match[str]) -> TypeIssue:
    line, column, end_line, end_column = (int(match[name]) for name in ("line", "column", "end_line", "end_column"))
    return TypeIssue(line, column, end_line, end_column, match["severity"], match["code"], match["text"])

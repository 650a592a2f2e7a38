"""Progress bars with the time left, on stderr; silent with `-q`."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from tqdm import tqdm

_quiet = False


def be_quiet(quiet: bool) -> None:
    """Show no bars from now on (or show them again)."""
    global _quiet
    _quiet = quiet


class Progress:
    """A bar over `total` units of which `done` were done by an earlier run; a phase that takes seconds says so too."""

    def __init__(self, name: str, total: int, done: int = 0) -> None:
        layout = (
            "{desc:<10} {percentage:3.0f}%|{bar:24}| {n_fmt}/{total_fmt}  {elapsed} gone, {remaining} left  {postfix}"
        )
        self._bar: tqdm[Any] = tqdm(desc=name, total=total, initial=done, disable=_quiet, bar_format=layout)

    def advance(self, words: str = "", count: int = 1) -> None:
        """`count` more units are done; `words` stand behind the bar."""
        self._bar.set_postfix_str(words, refresh=False)
        self._bar.update(count)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

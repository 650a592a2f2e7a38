"""Where mypy's serialized standard library is kept between runs."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_ABANDONED = 24 * 3600.0  # seconds after which a half-filled folder is nobody's any more
_FILLING = ".filling-"


def default_root() -> Path:
    """Return the user's cache folder for this package: `$XDG_CACHE_HOME/codereal`, else `~/.cache/codereal`."""
    home = os.environ.get("XDG_CACHE_HOME")
    # The XDG specification: a relative path is invalid and to be ignored.
    base = Path(home) if home and os.path.isabs(home) else Path("~/.cache").expanduser()
    return base / "codereal"


def cache_folder(root: Path, *, mypy_version: str, mypy_home: str, flags: Sequence[str]) -> Path:
    """Return the folder for one mypy (its version and place), one Python and one set of flags."""
    python = f"{sys.implementation.cache_tag}"
    key = hashlib.sha256("\0".join([mypy_version, mypy_home, python, *flags]).encode("utf-8", "surrogateescape"))
    return root / "types" / f"mypy-{mypy_version}-{python}-{key.hexdigest()[:16]}"


def ready_cache(folder: Path, fill: Callable[[Path], None], *, fallback: Path) -> Path:
    """Return a filled cache: `folder`, or `fallback` if `folder` cannot be written.

    `fill` puts the cache into the empty folder it is given. It is filled aside and renamed when it is
    whole, so that readers never see half of it and of several that fill it at once, one wins.
    """
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=_FILLING, dir=folder.parent))
    except OSError as error:
        print(f"cache folder {folder.parent} cannot be written ({error}); using {fallback}", file=sys.stderr)
        fallback.mkdir(parents=True, exist_ok=True)
        fill(fallback)
        return fallback
    try:
        _remove_abandoned(folder.parent)
        fill(aside)
        try:
            aside.rename(folder)
        except OSError:
            if not folder.is_dir():  # not merely a faster neighbour
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def _remove_abandoned(parent: Path) -> None:
    """Remove what a killed process left half-filled."""
    for path in parent.glob(f"{_FILLING}*"):
        try:
            abandoned = time.time() - path.stat().st_mtime > _ABANDONED
        except FileNotFoundError:
            continue  # its owner has just finished
        if abandoned:
            shutil.rmtree(path, ignore_errors=True)

"""The user's cache folder: what is fetched or built once and used by every later run."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from codereal.errors import ResourceError


def cache_folder() -> Path:
    """`CODEREAL_CACHE`, else `codereal` in the XDG cache folder (`~/.cache`)."""
    own = os.environ.get("CODEREAL_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codereal"


def make_once(target: Path, make: Callable[[Path], None]) -> Path:
    """Have `make` fill a folder and put it at `target` whole, or leave nothing; later calls find it there.

    Raises `ResourceError` when the disk is full or the folder cannot be written; safe when several
    processes start at once (the first that finishes wins, the others use its result).
    """
    if target.is_dir():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise ResourceError(f"cannot write to {target.parent}: {error.strerror}; set CODEREAL_CACHE") from error
    try:
        make(draft)
        draft.chmod(0o755)
        draft.rename(target)
    except OSError as error:
        if target.is_dir() and error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return target
        raise disk_error(error, target) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def disk_error(error: OSError, path: Path) -> ResourceError:
    """One clear line for an operating-system error while `path` was written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ResourceError(
            f"no space left on the disk of {path}: free some, then run again (finished parts are kept)"
        )
    return ResourceError(f"cannot write {path}: {error.strerror or error}")

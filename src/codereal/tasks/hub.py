"""Published rows from the Hugging Face hub, as Parquet files in the user's cache: fetched once, then read off-line.

The hub converts every public data set to Parquet and lists the files: `GET /api/datasets/<name>/parquet` answers
`{config: {split: [url, …]}}`. `HF_ENDPOINT` names another server, `HF_HUB_OFFLINE=1` forbids to ask.
"""

from __future__ import annotations

import json
import os
import shutil
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from codereal.cache import cache_folder, disk_error, make_once
from codereal.errors import DataError, ResourceError, UsageError

_PATIENCE = 20.0  # seconds for the hub to answer or to send a piece
_STEP = 1 << 20


def fetch(name: str, split: str) -> Path:
    """A folder with a data set's Parquet files of a split; `name` is `owner/name`, or `owner/name:config`.

    Raises `ResourceError` when the hub cannot be reached, `UsageError` where it must not be asked, `DataError` when
    it has no such data.
    """
    name, _, config = name.partition(":")
    folder = cache_folder() / "hub" / name.replace("/", "--") / (config or "default") / split
    if folder.is_dir():
        return folder
    if os.environ.get("HF_HUB_OFFLINE", "0") not in ("", "0"):
        raise UsageError(f"{name} is not in the cache ({folder}), and HF_HUB_OFFLINE forbids to fetch it")
    return make_once(folder, lambda draft: _download(_urls(name, config, split), draft))


def _urls(name: str, config: str, split: str) -> list[str]:
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    with _open(f"{endpoint}/api/datasets/{name}/parquet") as answer:
        try:
            found: dict[str, dict[str, list[str]]] = json.load(answer)
            splits = found.get(config or "default") or found[config or sorted(found)[0]]
        except (ValueError, KeyError, IndexError, AttributeError) as error:
            raise DataError(f"the hub lists no Parquet files of {name}{config and f' ({config})'}") from error
    if not splits.get(split):
        raise DataError(f"{name} has no split {split!r} on the hub; it has {', '.join(sorted(splits))}")
    return splits[split]


def _download(urls: list[str], folder: Path) -> None:
    for number, url in enumerate(urls):
        file = folder / f"{number:05}.parquet"
        with _open(url) as answer:
            try:
                with open(file, "wb") as target:
                    shutil.copyfileobj(answer, target, _STEP)
            except TimeoutError as error:
                raise ResourceError(f"{url} stopped sending: try again, finished files are fetched anew") from error
            except OSError as error:
                raise disk_error(error, file) from error


def _open(url: str) -> Any:
    if not url.startswith(("https://", "http://")):
        raise DataError(f"the hub names a file that is no web address: {url[:200]}")
    try:
        return urllib.request.urlopen(url, timeout=_PATIENCE)
    except urllib.error.HTTPError as error:
        raise DataError(f"{url}: the hub answers {error.code} {error.reason}") from error
    except (OSError, ValueError) as error:
        raise ResourceError(f"{url} cannot be reached: {error}") from error

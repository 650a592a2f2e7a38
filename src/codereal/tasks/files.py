"""Rows from files: Parquet, Arrow, JSONL, JSON and CSV, read a piece at a time, whatever their number."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any

from codereal.errors import DataError, MissingExtra, ResourceError, UsageError
from codereal.tasks.hub import fetch

KINDS = (".parquet", ".jsonl", ".jsonl.gz", ".json", ".csv", ".arrow")
_AT_ONCE = 256  # rows of a Parquet file in memory


def read_rows(suite: str, split: str, path: Path | None, *, hub: str) -> list[dict[str, Any]]:
    """All rows of a suite's split; see `find_file` and `stream_rows`."""
    return list(stream_rows(find_file(suite, split, path, hub=hub)))


def find_file(suite: str, split: str, path: Path | None, *, hub: str) -> Path:
    """A suite's file: `path` itself, or `<path>/<suite>/<split>.parquet`, or with one of the other `KINDS`.

    Without a path, what the hub has under the name `hub`, from the cache after the first time.
    Raises `DataError` when there is no such file, and what `codereal.tasks.hub.fetch` raises.
    """
    if path is None:
        try:
            return fetch(hub, split)
        except (ResourceError, UsageError) as error:
            raise type(error)(
                f"{suite} needs its data: give the folder that holds {suite}/{split}.parquet, or the file itself, with "
                f"--data or CODEREAL_DATA. The hub gave none: {error}"
            ) from error
    if path.is_file():
        return path
    for kind in KINDS:
        file = path / suite / f"{split}{kind}"
        if file.is_file():
            return file
    raise DataError(f"no file {path / suite / split}.parquet (rows: {hub} on the Hugging Face hub)")


def stream_rows(file: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file, by its name's ending: a line each of JSONL and CSV (whose values are all text); or those of
    all Parquet or Arrow files of a folder, as `datasets` saves a split.

    Raises `DataError` for a file that is not what its name says, naming the line where there is one.
    """
    kind = next((kind for kind in KINDS if file.name.endswith(kind)), "")
    try:
        if file.is_dir():
            for part in parts(file):
                yield from stream_rows(part)
        elif kind == ".parquet":
            yield from _parquet(file)
        elif kind == ".arrow":
            yield from _arrow(file)
        elif kind == ".csv":
            with open(file, encoding="utf-8", newline="") as text:
                yield from csv.DictReader(text)
        elif kind == ".json":
            yield from _json(file)
        elif kind:
            with (
                gzip.open(file, "rt", encoding="utf-8") if kind.endswith("gz") else open(file, encoding="utf-8") as text
            ):
                yield from _lines(text, file)
        else:
            raise DataError(f"{file}: unknown kind of file; known are {', '.join(KINDS)}")
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"{file} cannot be read: {error}") from error


def parts(folder: Path) -> list[Path]:
    """The Parquet files of a folder, else its Arrow files, in the order of their names."""
    return sorted(folder.glob("*.parquet")) or sorted(folder.glob("*.arrow"))


def json_rows(name: str) -> list[dict[str, Any]]:
    """The rows of a JSONL file, or of standard input for `-`. Raises `DataError` naming the line."""
    if name == "-":
        return list(_lines(sys.stdin, "standard input"))
    try:
        with open(name, encoding="utf-8") as text:
            return list(_lines(text, name))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {name}: {error}") from error


def response_rows(name: str, known: Collection[str]) -> list[dict[str, Any]]:
    """Rows `{"task": id, "response": text}`; raises `DataError` for the first that is none of a known task."""
    rows = json_rows(name)
    for number, row in enumerate(rows, 1):
        if row.get("task") not in known or not isinstance(row.get("response"), str):
            raise DataError(f"{name}, row {number}: needs the id of a known task and a response as text")
    return rows


def _lines(text: IO[str], file: Path | str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(f"{file}, line {number}: not JSON: {error}") from error
        if not isinstance(row, dict):
            raise DataError(f"{file}, line {number}: a row is a JSON object, not {type(row).__name__}")
        yield row


def _json(file: Path) -> Iterator[dict[str, Any]]:
    """A list of rows, or an object of rows by id."""
    data = json.loads(file.read_text(encoding="utf-8"))
    rows = list(data.values()) if isinstance(data, dict) else data
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DataError(f"{file}: a JSON file holds a list of rows")
    yield from rows


def _parquet(file: Path) -> Iterator[dict[str, Any]]:
    try:
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise MissingExtra(f"reading {file.name}", "train") from error
    with parquet.ParquetFile(file, memory_map=True) as table:
        for batch in table.iter_batches(_AT_ONCE):
            yield from batch.to_pylist()


def _arrow(file: Path) -> Iterator[dict[str, Any]]:
    try:
        import pyarrow
    except ImportError as error:
        raise MissingExtra(f"reading {file.name}", "train") from error
    with pyarrow.memory_map(str(file)) as source, pyarrow.ipc.open_stream(source) as table:
        for batch in table:
            for first in range(0, batch.num_rows, _AT_ONCE):
                yield from batch.slice(first, _AT_ONCE).to_pylist()

"""Read a published suite's Parquet file from a data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from codereal.errors import DataError, MissingExtra, UsageError


def read_rows(suite: str, split: str, folder: Path | None, *, hub: str) -> list[dict[str, Any]]:
    """The rows of `<folder>/<suite>/<split>.parquet`; `hub` is where users get the same rows.

    Raises `UsageError` without a folder, `DataError` for a file that is missing or broken.
    """
    if folder is None:
        raise UsageError(
            f"{suite} needs its data: give the folder that holds {suite}/{split}.parquet with --data or CODEREAL_DATA "
            f"(rows: {hub} on the Hugging Face hub)"
        )
    file = folder / suite / f"{split}.parquet"
    if not file.is_file():
        raise DataError(f"no file {file} (rows: {hub} on the Hugging Face hub)")
    try:
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise MissingExtra(f"reading {file.name}", "train") from error
    try:
        rows: list[dict[str, Any]] = parquet.read_table(file).to_pylist()
    except (OSError, ValueError) as error:
        raise DataError(f"{file} is not a Parquet file that can be read: {error}") from error
    return rows

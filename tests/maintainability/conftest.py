from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from codereal.maintainability.types import TypeChecker

DATA = Path(os.environ.get("CODEREAL_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")


@pytest.fixture(scope="session")
def checker() -> Iterator[TypeChecker]:
    with TypeChecker() as checker:
        yield checker


@pytest.fixture(scope="session")
def programs() -> list[str]:
    """Every solution of APPS and every reference of SafeSQL, once."""
    parquet = pytest.importorskip("pyarrow.parquet")
    files = sorted(DATA.glob("apps/*.parquet")), sorted(DATA.glob("safesql/*.parquet"))
    if not all(files):
        pytest.skip(f"no apps and safesql data in {DATA}; set CODEREAL_DATA")
    apps, safesql = ([row for file in group for row in parquet.read_table(file).to_pylist()] for group in files)
    codes = [code for row in apps for code in json.loads(row["solutions"])]
    return list(dict.fromkeys(codes + [row["execute_sql"] for row in safesql]))

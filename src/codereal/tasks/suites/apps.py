"""APPS+ (ReaL, section 4): competitive problems as functions or methods, which are to be correct and maintainable.

Tests were stored as JSON, which knows no tuples: values compare as JSON does (`match="json"`). Solutions rely on names
that the sites where they were collected import beforehand, so these stand before every program.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from codereal.errors import DataError
from codereal.sandbox.case import Call
from codereal.tasks.files import read_rows
from codereal.tasks.rows import Row, read_tasks
from codereal.tasks.task import Task

# Names of `math` that hide a builtin (`pow`) are left out, as is what `typing` has under the same name.
CONTEXT = """\
import bisect
import collections
import functools
import heapq
import itertools
import math
import operator
import random
import re
import string
import sys
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict, deque
from functools import cache, cmp_to_key, lru_cache, reduce
from heapq import heapify, heappop, heappush, heapreplace, nlargest, nsmallest
from itertools import accumulate, chain, combinations, groupby, permutations, product
from math import ceil, floor, gcd, inf, log, log2, sqrt
from typing import *
"""


def load(split: str, path: Path | None) -> list[Task]:
    """The rows of `apps/<split>.parquet`; warns about rows that are broken."""
    rows = read_rows("apps", split, path, hub="fengyao1909/APPS_Plus")
    return read_tasks(rows, lambda row, number: _task(row, split), f"apps {split}")


def _task(row: Row, split: str) -> Task:
    about = row["extra_info"]
    tests = json.loads(about["test_info"])
    name = tests["fn_name"]
    kind = about["program_type"]
    if kind not in ("function", "class"):
        raise DataError(f"unknown program type {kind!r}")
    solutions = json.loads(row["solutions"])
    function = f"Solution().{name}" if kind == "class" else name
    return Task(
        id=f"apps-{row['problem_id']}",
        suite="apps",
        split=split,
        prompt=tuple({"role": m["role"], "content": m["content"]} for m in row["prompt"]),
        entry_point=function.replace("()", ""),
        context=CONTEXT,
        tests=tuple(_cases(function, tests)),
        quality=("maintainability",),
        references=tuple(dict.fromkeys(solutions)),
        tags={"difficulty": row["difficulty"], "form": kind},
        license="MIT",
        origin="fengyao1909/APPS_Plus",
    )


def _cases(function: str, tests: dict[str, Any]) -> list[Call]:
    pairs = zip(tests["inputs"], tests["outputs"], strict=True)
    return [Call(function, tuple(args), expected=expected, match="json") for args, expected in pairs]

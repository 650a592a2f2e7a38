"""Builds the package. With CODEREAL_COMPILE=1 the analysis is compiled by mypyc: same source, about half the time.

pip install mypy==2.4.1 "setuptools>=77"
CODEREAL_COMPILE=1 pip install --no-build-isolation .
"""

from __future__ import annotations

import os
from pathlib import Path

from setuptools import setup

# backtracker.py: mypyc 2.4.1 does not come to an end with its recursive tuples. finding.py: results are pickled, which
# frozen classes of mypyc refuse.
LEFT_OUT = {"__init__.py", "backtracker.py", "finding.py"}


def sources() -> list[str]:
    """The engine, and what rules have in common; the rules themselves mypyc 2.4.1 cannot read all."""
    package = Path("src", "codereal")
    files = [*package.glob("analysis/*.py"), *package.glob("rules/_*.py")]
    return sorted(str(file) for file in files if file.name not in LEFT_OUT)


def extensions() -> list[object]:
    if os.environ.get("CODEREAL_COMPILE") != "1":
        return []
    from mypyc.build import mypycify

    options = ["--config-file=", "--ignore-missing-imports", "--follow-imports=silent", "--python-version=3.11"]
    found: list[object] = mypycify([*options, *sources()], opt_level="2", debug_level="0", multi_file=True)
    return found


setup(ext_modules=extensions())

"""The families of `codereal-core` beside the database tasks: one file each, found by being in this folder.

A family file holds `FAMILY` (see `codereal.tasks.builders.draft`): its weakness, its policy and its seeds.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from codereal.tasks.builders.draft import Family


def families() -> list[Family]:
    """All families, by the names of their files."""
    names = sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    found = [import_module(f"{__name__}.{name}").FAMILY for name in names]
    assert all(isinstance(family, Family) for family in found)
    return found

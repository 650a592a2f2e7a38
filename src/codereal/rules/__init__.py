"""The rules: one file each, found by being in this folder.

A rule file holds a docstring (what goes wrong, and what to do instead: the documentation is made of it), `RULE`, and
`SAFE` and `UNSAFE` examples, from which its tests are made; `MISSING` and `SPURIOUS` hold its known mistakes.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from codereal.rules._rule import Rule, Spot, Verdict


def _modules() -> dict[str, ModuleType]:
    names = sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    modules = [import_module(f"{__name__}.{name}") for name in names]
    return {module.RULE.id: module for module in modules}


MODULES: dict[str, ModuleType] = _modules()  # rule id → its file, with doc and examples
RULES: dict[str, Rule] = {name: module.RULE for name, module in MODULES.items()}

__all__ = ["MODULES", "RULES", "Rule", "Spot", "Verdict"]

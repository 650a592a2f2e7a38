"""The rules: one file each, found by being in this folder.

A rule file holds a docstring (what goes wrong, and what to do instead: the documentation is made of it), `RULE`, and
`SAFE` and `UNSAFE` examples, from which its tests are made.
"""

from __future__ import annotations

from codereal.rules._rule import Rule, Verdict
from codereal.rules.sql_injection import RULE as _SQL_INJECTION

RULES: dict[str, Rule] = {rule.id: rule for rule in (_SQL_INJECTION,)}

__all__ = ["RULES", "Rule", "Verdict"]

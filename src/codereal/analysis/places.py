"""What stands before and after a place in a text, and which conditions of a regular expression can hold there."""

from __future__ import annotations

from codereal.analysis import regex_tree as tree

# What stands next to a place, a bit each.
WORD, NEWLINE, OTHER, NOTHING = 1, 2, 4, 8
LAST = 16  # a newline with nothing after it, which `$` takes for the end too


def holds(condition: int, before: int, after: int, begins: bool) -> bool:
    """Whether all of a condition can hold between two places (sets of kinds)."""
    if condition & tree.BEGIN and not begins:
        return False
    if condition & tree.LINE_BEGIN and not (begins or before & NEWLINE):
        return False
    if condition & tree.END and not after & NOTHING:
        return False
    if condition & (tree.LINE_END | tree.TEXT_END) and not after & (NOTHING | NEWLINE):
        return False
    left, right = before & WORD > 0, after & WORD > 0
    if condition & tree.BOUNDARY and left == right:
        return False
    return not (condition & tree.INSIDE and left != right)

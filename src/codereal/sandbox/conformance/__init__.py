"""The conformance suite: hostile programs, each with what a correct sandbox reports of it, and who lets them loose.

    lies.py    against the verdict: they leave, lie, forge and look for expected values
    greed.py   against the budget: time, memory, output, disk, threads, processes
    harm.py    against the host and against other runs

`codereal doctor --sandbox` runs it; so do the tests, at every level. A program that gets through is added here with
the fix.
"""

from __future__ import annotations

from codereal.sandbox.conformance.hostile import Hostile
from codereal.sandbox.conformance.run import CORPUS, Result, let_loose, run_corpus

__all__ = ["CORPUS", "Hostile", "Result", "let_loose", "run_corpus"]

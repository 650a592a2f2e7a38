"""A second blind set: programs as a language model writes them when it is asked for functionality.

Written on 2026-11-24 by an author who had not read a rule, a library model, their tests or the first set (only how that
one is written down), before any of them was changed; no case comes from a benchmark. Three shapes are mixed:
standalone functions and scripts, applications of web frameworks, functions cut from their file whose imports and
helpers are missing. `ordinary_*` holds good programs without a twin, of the kinds that mislead tools which match
names; their CWE is 0.
"""

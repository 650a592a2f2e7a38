"""A fourth blind set: code of products before and after a fix, as reviewers see it in merge requests.

Written on 2026-11-24 by an author who had read no rule, library model, test, document or other set beyond the form of
one family (corpus_answers/services.py), and who did not run the analysis on them; no case comes from a benchmark. What
differs from the third set: excerpts of modules whose helpers, models and settings are imported from elsewhere in the
project, fixes that are small and away from the effect (a validator, a constant, a decorator, a default, a constructor),
and data that passes a field, a queue, a generator or several functions first. Weaknesses that corpus.py has no number
for stand under the nearest one that it has (links under 22, fixed sessions under 284, unverified downloads under 345,
search paths under 78, races under 367). `ordinary_*` holds good programs without a twin; their CWE is 0. A comment over
each record tells what it turns on.
"""

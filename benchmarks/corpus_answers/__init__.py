"""A third blind set: answers of language models of different strength to "write a function, class, application …".

Written on 2026-11-24 by an author who had read no rule, library model, test, document or other set beyond the form of
one family (corpus_asked/access.py), and who did not run the analysis on them; no case comes from a benchmark. What
differs from the second set: services and repositories with state in attributes, dependency injection, asynchronous
code, workers and handlers of queues and clouds, helpers between input and effect, and on both sides guards that are
subtly wrong or subtly right (a prefix without its separator, a pattern without its end, a check of another value than
the one that is used). `ordinary_*` holds good programs without a twin; their CWE is 0. A comment over each record
tells what it turns on.
"""

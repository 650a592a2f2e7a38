"""A fifth blind set: single functions and small scripts, as a language model writes them when asked for one of them.

Written on 2026-11-24 by an author who had read no rule, library model, test, document or other set beyond the form of
one family (corpus_answers/services.py), and who did not run the analysis on them; no case comes from a benchmark. What
differs from the sets before: programs of 5 to 40 lines that stand alone (completions of a signature, command-line
scripts, single views, handlers of AWS Lambda, methods, coroutines), one weakness each, over many libraries; inputs are
parameters, arguments, standard input, the environment, files or requests. A parameter is taken for data of others
where it is a value to be looked up, shown, parsed, named or run, not where it is the host, folder or connection that
the function is told to work on. `ordinary_*` holds good programs without a twin; their CWE is 0. A comment over each
record tells what it turns on.
"""

"""Judgements by people: rows of a data set one by one, or two answers side by side without their names.

items.py       what is shown and asked: tasks, pairs of answers
decisions.py   the store: a JSONL file a reviewer, to which lines are only ever added
review.py      a reviewer's way through the items, disputes among reviewers, what they came to
agreement.py   κ and α, with intervals
server.py      a page on this machine that asks and stores; page.html is all of it that a browser sees
"""

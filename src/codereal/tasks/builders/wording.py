"""Drafts as prompts: the same facts, told in one of several ways."""

from __future__ import annotations

import random
from textwrap import indent

from codereal.tasks.builders.draft import Draft
from codereal.tasks.builders.forms import signature

_END = "Answer with the whole code in one Python block."
_LISTED = {"list[str]": "its elements separated by commas"}


def prompt(drafts: list[Draft], form: str, kind: str, draw: random.Random) -> str:
    """The whole prompt; names the entry point in every form but that of a script."""
    given = "\n\n".join(dict.fromkeys(draft.given for draft in drafts if draft.given))
    parts = [_program(drafts[0]) if form == "program" else _callable(drafts, form, kind, draw)]
    if given:
        said = draw.choice(
            (
                "This code already stands before yours; do not repeat it:",
                "You can use what is defined here; it stands before your code:",
                "The module begins like this, and your code goes on from there:",
            )
        )
        parts.append(f"{said}\n\n```python\n{given}\n```")
    return "\n\n".join([*parts, _END])


def _callable(drafts: list[Draft], form: str, kind: str, draw: random.Random) -> str:
    if len(drafts) > 1 or form == "method":
        return _class(drafts, kind, draw) if form == "method" else _several(drafts)
    [draft] = drafts
    head, told = signature(draft), draft.sentences
    style = draw.randrange(5)
    if style == 0:
        return f"Write a Python function `{head}`.\n\n{' '.join(told)}"
    if style == 1:
        text = "\n".join(told)
        stub = f'def {head}:\n    """' + indent(text, "    ").strip() + '\n    """'
        return f"Complete this function.\n\n```python\n{stub}\n```"
    if style == 2:
        return f"{' '.join(told)}\n\nPut this into a function with the signature `{head}`."
    listed = "\n".join(f"- {sentence}" for sentence in told)
    if style == 3:
        return f"Implement `{draft.name}`.\n\nSignature: `{head}`\n\n{listed}"
    return f"We still need `{draft.name}` in our service. What it has to do:\n\n{listed}\n\n    def {head}: ..."


def _class(drafts: list[Draft], kind: str, draw: random.Random) -> str:
    methods = []
    for draft in drafts:
        told = " ".join(draft.sentences)
        methods.append(f"`{signature(draft)}`: {told}" if len(drafts) > 1 else told)
    made = draw.choice(("made without arguments", "that needs no arguments to be made"))
    if len(drafts) == 1:
        return f"Write a class `{kind}`, {made}, with the method `{signature(drafts[0])}`.\n\n{methods[0]}"
    listed = "\n".join(f"- {text}" for text in methods)
    return f"Write a class `{kind}`, {made}, with these methods:\n\n{listed}"


def _several(drafts: list[Draft]) -> str:
    listed = "\n".join(f"- `{signature(draft)}`: {' '.join(draft.sentences)}" for draft in drafts)
    return f"Write a module with these functions:\n\n{listed}"


def _program(draft: Draft) -> str:
    names = [f"`{name}`" for name, _ in draft.arguments]
    read = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    lists = [f" `{name}` is a line with {_LISTED[k]}." for name, k in draft.arguments if k in _LISTED]
    shown = {"bool": " as `yes` or `no`", "list[str]": ", an element a line", "list[int]": ", an element a line"}
    end = f"Print the result{shown.get(draft.result, '')}."
    if draft.errors:
        end += f" Where {' or '.join(draft.errors)} would be raised, print `error` and nothing else."
    lines = "a line each, in this order" if len(names) > 1 else "from one line"
    return (
        f"Write a program that reads {read} from standard input, {lines}.{''.join(lists)}\n\n"
        f"{' '.join(draft.sentences)} {end}"
    )

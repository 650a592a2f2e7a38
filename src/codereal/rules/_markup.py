"""Markup: where in it a piece of text stands, and whether the piece can leave that place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codereal.analysis import alphabet
from codereal.analysis.values import Parts, Piece

# A closing tag, a tag with an attribute, or one of the tags that stand alone: more than `<name>` in a usage message.
MARKUP = re.compile(
    r"</[a-zA-Z][\w:-]*\s*>|<[a-zA-Z][\w:-]*\s+[\w:-]+\s*=|<(?:br|hr|p|img|html|body)\s*/?>|<!doctype", re.I
)
PAGE = re.compile(
    r"</?(?:html|head|body|div|span|p|a|b|i|u|em|strong|h[1-6]|ul|ol|li|dl|dt|dd|table|tr|td|th|thead|tbody|form|input"
    r"|button|select|option|textarea|label|img|br|hr|script|style|title|link|meta|section|article|header|footer|nav"
    r"|main|aside|pre|code|blockquote|iframe|svg|center|font|small|sub|sup|mark|caption|figure|video|audio)\b",
    re.I,
)
# Attributes whose values are numbers, and what follows a number in a style.
_NUMERIC = re.compile(
    r"\b(?:width|height|c?x[12]?|c?y[12]?|r[xy]?|d[xy]|colspan|rowspan|stroke-width|opacity|points|viewbox|transform|size"
    r"|font-size|tabindex|maxlength|min|max|step|rows|cols|border|cellpadding|cellspacing)\s*[=:]\s*[\"']?[^\"'=]*\Z",
    re.I,
)
_UNIT = re.compile(r"(?:%|px|em|rem|pt|vh|vw|deg|ms|s)\b|%")
_TAG = alphabet.of("<")
_QUOTES = {quote: alphabet.of(quote) for quote in "'\""}
# What ends an attribute's value, or a tag's name, that no quotes hold.
_UNQUOTED = alphabet.of(" \t\n\f>\"'<=`/")


def literals(parts: Parts) -> str:
    """The known text of these parts, with a space for what is not known."""
    return " ".join(part if isinstance(part, str) else "" if isinstance(part, Piece) else part.sample for part in parts)


def loose(parts: Parts) -> Iterator[tuple[Piece, bool]]:
    """The pieces that can leave the place in the markup where they stand; whether it is a place for a number."""
    place = ""
    before = ""
    for at, part in enumerate(parts):
        if isinstance(part, str):
            place = place_after(part, place)
            before = part
        elif isinstance(part, Piece):
            after = parts[at + 1] if at + 1 < len(parts) else ""
            if part.marks and _leaves(part, place):
                unit = isinstance(after, str) and _UNIT.match(after) is not None
                yield part, place != "" and (unit or _NUMERIC.search(before) is not None)
            before = "" if place == "" else before
        else:
            # Of alternatives it is only known which quote a piece stood in, and apostrophes in prose count as one.
            yield from ((piece, False) for piece, _ in part.leaves if piece.marks and piece.alphabet & _TAG)


def _leaves(piece: Piece, place: str) -> bool:
    if place in _QUOTES:
        return bool(piece.alphabet & _QUOTES[place])
    return bool(piece.alphabet & (_UNQUOTED if place == "<" else _TAG))


def place_after(literal: str, place: str) -> str:
    """Where one is after `literal`: "" in text, "<" in a tag, or the quote that an attribute's value stands in."""
    for at, character in enumerate(literal):
        if place == "":
            if character == "<" and (at + 1 == len(literal) or literal[at + 1].isalpha() or literal[at + 1] in "/!?"):
                place = "<"
        elif place == "<":
            if character == ">":
                place = ""
            elif character in "'\"":
                place = character
        elif character == place:
            place = "<"
    return place

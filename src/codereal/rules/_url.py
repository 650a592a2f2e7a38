"""URLs: which pieces of one decide the host that it leads to."""

from __future__ import annotations

import re

from codereal.analysis import alphabet
from codereal.analysis.values import Blob, Parts, Piece

# Scheme and host, or a path of the host that one is at, a query or a fragment of the page that one is at.
_FIXED = re.compile(r"\s*(?:[a-zA-Z][\w+.-]*://[^/?#]+[/?#]|/(?![/\\])|[?#]|\.{1,2}/|mailto:|[\w-]+[/?#])")
_OPEN = re.compile(r"\s*(?:[a-zA-Z][\w+.-]*:)?(?://)?\Z|\s*//", re.I)
_SUFFIX = re.compile(r"\.[\w-]+(?:\.[\w-]+)*(?::\d+)?(?:[/?#]|\Z)")
_HOST = re.compile(r"\s*https?://[\w-]+(?:\.[\w-]+)+", re.I)
_AT = alphabet.of("@")
_LEAVES = alphabet.of("/\\?#@:")


def deciding(parts: Parts) -> list[Piece]:
    """The pieces that stand before the host is fixed."""
    found: list[Piece] = []
    before = ""
    for at, part in enumerate(parts):
        if isinstance(part, str):
            before += part
            if _FIXED.match(before):
                break
            if not _OPEN.match(before) and "/" in part and not _HOST.fullmatch(before):
                break
        elif isinstance(part, Blob):
            if not part.bare and _FIXED.match(before + part.sample):
                break
            found.extend(piece for piece, _ in part.leaves)
            break
        else:
            after = parts[at + 1] if at + 1 < len(parts) else ""
            if _HOST.fullmatch(before) and not part.alphabet & _AT:
                # "https://host" and then what cannot make another host of it.
                break
            contained = not part.alphabet & _LEAVES
            if contained and (not before or (isinstance(after, str) and _SUFFIX.match(after))):
                # A name below a known domain, or a name alone: a page beside this one.
                break
            found.append(part)
            if not part.marks:
                # The program's own base.
                break
    return [piece for piece in found if piece.marks]

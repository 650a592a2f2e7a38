"""The methods of `str` and `bytes`, and slices, with what is known of each part of the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from codereal.analysis import alphabet, strings
from codereal.analysis import values as v
from codereal.analysis.strings import MAX_PARTS
from codereal.analysis.values import BOTTOM, NO, UNKNOWN, Blob, Part, Parts, Piece, Value

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation


def _map(whole: Parts, change: Callable[[int], int], literal: Callable[[str], str]) -> Value:
    """Each part changed by itself: literals as they are known, alphabets of the others."""
    changed: list[Part] = []
    for part in whole:
        if isinstance(part, str):
            changed.append(literal(part))
        elif isinstance(part, Piece):
            changed.append(Piece(change(part.alphabet), part.marks, part.doubled))
        else:
            leaves = frozenset(
                (Piece(change(one.alphabet), one.marks, one.doubled), quote) for one, quote in part.leaves
            )
            changed.append(Blob(leaves, part.sample, part.end, part.bare, change(part.letters)))
    return v.text(tuple(changed))


def replace(whole: Parts, old: Value, new: Value) -> Value:
    """`text.replace(old, new)`."""
    a, b = old.const, new.const
    if not isinstance(a, str) or not a:
        marks = strings.all_marks(whole) | v.marks_of(new)
        return v.marked(marks) if marks else UNKNOWN
    if not isinstance(b, str):
        # What is put in is not known: a placeholder in a known text.
        result: list[Parts] = []
        for part in whole:
            if isinstance(part, str):
                pieces = part.split(a)
                for at, piece in enumerate(pieces):
                    if at:
                        result.append(v.parts_of(new))
                    result.append((piece,))
            else:
                result.append((part,))
        return strings.concat(*result)
    single = alphabet.of(a) if len(a) == 1 else 0
    added = alphabet.of(b)

    def on_piece(piece: Piece) -> Piece:
        letters, doubled = piece.alphabet, piece.doubled
        if single:
            if a * 2 == b:
                return Piece(letters, piece.marks, doubled | single)
            if a not in b:
                letters = letters & ~single
                doubled &= ~single
            elif b != a:
                # `\'` for `'` and the like: the quote is still there, only escaped for some reader.
                doubled &= ~single
            return Piece(letters | added, piece.marks, doubled & ~added)
        marks = piece.marks
        if a == ".." and "." not in b:
            # (Taking "../" away leaves it in "....//".)
            marks = frozenset(mark.clear("path-dots").clear("path-resolved") for mark in marks)
        return Piece(letters | added, marks, doubled & ~(added | alphabet.of(a)))

    changed: list[Part] = []
    for part in whole:
        if isinstance(part, str):
            changed.append(part.replace(a, b))
        elif isinstance(part, Piece):
            changed.append(on_piece(part))
        else:
            leaves = frozenset((on_piece(one), q) for one, q in part.leaves)
            letters = (part.letters & ~single if a not in b else part.letters) | added
            changed.append(Blob(leaves, part.sample, part.end, part.bare, letters))
    return v.text(tuple(changed))


def loose(whole: Parts, letters: int = 0) -> Value:
    """Some text out of these parts (a slice, a split): any of the characters, all of the marks, no pairs of quotes."""
    known = v.letters_of(whole) | letters
    return Value(NO, (Piece(known, strings.all_marks(whole)),), ())


def method(act: Activation, name: str, receiver: Value, args: list[Value], names: list[str]) -> Value | None:
    """A method of `str` or `bytes`; None when `name` is no such method."""
    whole = strings.parts(act, receiver)
    const = receiver.const
    if name == "format_map" and len(args) == 1:
        return strings.format_method(act, receiver, args, ["**"])
    if name == "format":
        return strings.format_method(act, receiver, args, names)
    if name == "join" and args:
        return join_method(act, whole, args[0])
    if name == "replace" and len(args) >= 2:
        return replace(whole, args[0], args[1])
    if name in ("lower", "casefold"):
        return _map(whole, alphabet.lower, str.lower)
    if name == "upper":
        return _map(whole, alphabet.upper, str.upper)
    if name in ("title", "capitalize", "swapcase"):
        both = lambda mask: alphabet.lower(mask) | alphabet.upper(mask)  # noqa: E731
        return _map(whole, both, str)
    if name in ("strip", "lstrip", "rstrip", "removeprefix", "removesuffix"):
        if isinstance(const, str) and all(isinstance(arg.const, str) for arg in args):
            return v.constant(getattr(const, name)(*(arg.const for arg in args)))
        return v.text(whole) if len(whole) > 1 else loose(whole)
    if name in ("encode", "decode", "expandtabs", "__str__"):
        return v.text(whole)
    if name in ("zfill", "center", "ljust", "rjust"):
        return loose(whole, alphabet.of(" 0"))
    if name in ("split", "rsplit", "splitlines", "partition", "rpartition"):
        return None
    if name in ("isdigit", "isalnum", "isalpha", "isidentifier", "startswith", "endswith", "islower", "isupper"):
        if isinstance(const, str) and all(isinstance(arg.const, str) for arg in args) and len(args) <= 1:
            return v.constant(bool(getattr(const, name)(*(arg.const for arg in args))))
        return v.BOOLEAN
    if name in ("find", "rfind", "index", "rindex", "count", "isnumeric", "isdecimal", "isspace", "istitle", "isascii"):
        return v.NUMBER
    if name in ("group", "groups", "groupdict"):
        # Of a match, which is a text here.
        return loose(whole)
    if name == "translate":
        return loose(whole, alphabet.ANY)
    return None


def join_method(act: Activation, separator: Parts, items: Value) -> Value:
    """`separator.join(items)`."""
    found = act.objects(items)
    if len(found) == 1 and found[0][1].exact and found[0][1].kind in ("list", "tuple") and not items.parts:
        obj = found[0][1]
        texts: list[Parts] = []
        for at in range(len(obj.items)):
            if at:
                texts.append(separator)
            texts.append(strings.parts(act, obj.items[at]))
        return strings.concat(*texts)
    if found:
        every = BOTTOM
        for _, obj in found:
            every = v.join(every, obj.each_key() if obj.kind == "dict" else obj.every())
        one = strings.parts(act, every) if every is not BOTTOM else ("",)
        # Any number of items: one, and two with the separator between them, cover what can be next to what.
        return Value(NO, (*one, *v.join_parts(("",), (*separator, *one), True)), ())
    whole = strings.parts(act, items)
    if isinstance(items.const, str):
        texts = []
        for at, character in enumerate(items.const[:MAX_PARTS]):
            texts.append((separator if at else ()) + (character,))
        return strings.concat(*texts)
    one = (Piece(v.letters_of(whole), strings.all_marks(whole)),)
    return Value(NO, (*one, *v.join_parts(("",), (*separator, *one), True)), ())


def cut(act: Activation, value: Value, start: Value, stop: Value, step: Value) -> Value:
    """`text[start:stop:step]`."""
    whole = strings.parts(act, value)
    a, b, c = start.const, stop.const, step.const
    if isinstance(a, int | None) and isinstance(b, int | None) and isinstance(c, int | None):
        if isinstance(value.const, str):
            return v.constant(value.const[slice(a, b, c)]) if c != 0 else BOTTOM
        if c is None and (a is None or a >= 0) and isinstance(whole[0], str):
            head = whole[0]
            if b is not None and 0 <= b <= len(head):
                return v.constant(head[slice(a, b)])
            if b is None and a is not None and a <= len(head):
                return v.text((head[a:], *whole[1:]))
        if c == 0:
            return BOTTOM
    return loose(whole)

"""Paths: joined, resolved and taken apart, as far as it matters whether one can leave its folder.

Two ways lead out: `..`, and a part that starts at the root and so throws away all before it. A mark that is cleared for
"path-dots" never held `..`; one cleared for "path-root" does not start at the root; "path" stands for both. One cleared
for "path-resolved" holds no `..` any more: comparing it with a folder shows where it leads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codereal.analysis import alphabet, strings
from codereal.analysis import values as v
from codereal.analysis.heap import Bound
from codereal.analysis.ir import Instr
from codereal.analysis.values import BOTTOM, NO, UNKNOWN, Blob, Extern, Part, Parts, Piece, Value

if TYPE_CHECKING:
    from codereal.analysis.arguments import Arguments
    from codereal.analysis.interpret import Activation

_SEPARATORS = alphabet.of("/\\")
_LEADS_AWAY = alphabet.of("/\\:")
_ADDRESS = re.compile(r"url|yarl|furl", re.I)  # their `/` joins addresses
_OUTSIDE = frozenset({"request", "input", "network", "parameter"})
_BELOW = re.compile(r"/?[\w.-]+/|/[\w.-]|[?#]")


def call(act: Activation, role: str, name: str, arguments: Arguments, instr: Instr) -> Value:
    """A function on paths: "join" puts its arguments together, "resolve" takes out `..`, "last" keeps the last part.

    "extension" takes a path apart before its extension, "url-join" puts a URL and what stands below it together.
    """
    given = [value for value, word in zip(arguments.values, arguments.names, strict=True) if word in ("", "*")]
    refs: tuple[Extern, ...] = ()
    if instr.args[0].args:
        # A method: what it is called on comes first.
        receiver = act.value(instr.args[0].args[0])
        held = tuple(ref for ref in receiver.refs if isinstance(ref, Extern) and is_path(act, ref))
        if held and held[0].is_instance:
            given, refs = [receiver, *given], held
    if not refs and name in act.program.library.wrap:
        refs = (Extern(act.program.library.wrap[name], True),)
    if role == "join":
        return _joined(act, given, refs)
    if role == "url-join":
        if len(given) == 2 and _is_below(strings.parts(act, given[1])):
            return _joined(act, given, ())
        marks = arguments.marks(act)
        return v.marked(marks) if marks else UNKNOWN
    if not given:
        return UNKNOWN
    marks = act.marks(given[0])
    const = given[0].const
    if role == "last":
        return v.constant(const.rpartition("/")[2]) if isinstance(const, str) else last(act, given[0])
    if role == "extension":
        whole = strings.parts(act, given[0])
        head = Value(NO, (Piece(v.letters_of(whole), marks),), ())
        return act.make("tuple", act.place(instr), {0: head, 1: last(act, given[0])}, BOTTOM, True)
    if not marks:
        return Value(NO, (v.UNKNOWN_PIECE,), refs)
    # (What it starts with is kept: a sink asks whose folder it was.)
    known = Value(NO, v.text(strings.parts(act, given[0])).parts, refs)
    return v.map_marks(known, lambda mark: mark.clear("path-resolved"))


def last(act: Activation, path: Value) -> Value:
    """The last part of a path, or a piece of it: it holds no separator."""
    letters = v.letters_of(strings.parts(act, path)) & ~_SEPARATORS
    return Value(NO, (Piece(letters, frozenset(mark.clear("path") for mark in act.marks(path))),), ())


def divide(act: Activation, left: Value, right: Value) -> Value | None:
    """`left / right` of paths; None when neither is one.

    Something of another file that is divided by a text from outside is one, too: nothing else can be.
    """
    refs = tuple(ref for value in (left, right) for ref in value.refs if isinstance(ref, Extern) and is_path(act, ref))
    if not refs and not _is_folder(act, left, right):
        return None
    return _joined(act, [left, right], refs[:1] or tuple(Extern(one, True) for one in act.program.library.path_classes))


def _is_folder(act: Activation, left: Value, right: Value) -> bool:
    """Whether `left` is of another file, an attribute or a function's result, and `right` a text from outside."""
    if left.const is not NO or v.marks_of(left) or len(left.refs) != 1 or right.refs:
        return False
    known = left.refs[0]
    if isinstance(known, Extern):
        is_known = known.name.partition(".")[0] in act.program.library.roots or bool(_ADDRESS.search(known.name))
    else:
        is_known = not isinstance(known, Bound)
    outside = any(mark.origin.kind in _OUTSIDE for mark in v.marks_of(right))
    return not is_known and outside and bool(v.letters_of(right.parts) & _SEPARATORS)


def _is_below(parts: Parts) -> bool:
    """Whether what a URL is joined with cannot begin with a scheme or a host of its own."""
    first = parts[0]
    if isinstance(first, str):
        return _BELOW.match(first) is not None
    if isinstance(first, Blob):
        # One of several texts of the program.
        return not first.bare and not any(piece.marks for piece, _ in first.leaves)
    return not first.alphabet & _LEADS_AWAY


def is_path(act: Activation, ref: Extern) -> bool:
    return any(
        name.rpartition(".")[0] in act.program.library.path_classes
        for name in act.program.library.find(f"{ref.name}.x")
    )


def _joined(act: Activation, given: list[Value], refs: tuple[Extern, ...]) -> Value:
    parts: list[Part] = []
    for value in given:
        if parts:
            parts.append("/")
        parts.extend(strings.parts(act, value))
    text = v.text(tuple(parts))
    return Value(text.const if not refs else NO, text.parts, refs)

"""Abstract values: what is known of a value at one place of the program.

A value is a known constant, or a text whose parts are known as far as possible, or references (to heap objects,
functions, classes, things of other modules), or several of these. Unknown parts carry marks: which untrusted origins
they hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from codereal.analysis import alphabet

Quote = str  # "" outside quotes, else the quote character


class Origin:
    """Where untrusted data enters: a call of a source, or a parameter of an entry point."""

    __slots__ = ("kind", "pos", "words")

    def __init__(self, kind: str, words: str, pos: tuple[int, int, int, int]) -> None:
        self.kind = kind  # "parameter", "input", "request", "environment", "file", "network", "error"
        self.words = words
        self.pos = pos


class Mark:
    """One origin, and the kinds of sink for which it has been made harmless. Compared by identity (see `Marks`)."""

    __slots__ = ("_cleared", "cleared", "origin")

    def __init__(self, origin: Origin, cleared: frozenset[str]) -> None:
        self.origin = origin
        self.cleared = cleared
        self._cleared: dict[str, Mark] = {}

    def clear(self, kind: str) -> Mark:
        """This mark made harmless for one more kind; the same object each time, so that sets compare fast."""
        if kind in self.cleared:
            return self
        found = self._cleared.get(kind)
        if found is None:
            found = self._cleared[kind] = Mark(self.origin, self.cleared | {kind})
        return found


Marks = frozenset[Mark]
CLEAN: Marks = frozenset()


class Piece:
    """A part of a text that is not known: which characters it may hold, whom it comes from.

    `doubled` holds the quote characters that occur only in pairs (`x.replace("'", "''")`): harmless inside that quote.
    """

    __slots__ = ("alphabet", "doubled", "marks")

    def __init__(self, letters: int, marks: Marks, doubled: int = 0) -> None:
        self.alphabet = letters
        self.marks = marks
        self.doubled = doubled

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Piece)
            and self.alphabet == other.alphabet
            and self.marks == other.marks
            and self.doubled == other.doubled
        )

    def __hash__(self) -> int:
        return hash((self.alphabet, self.marks, self.doubled))

    def __repr__(self) -> str:
        origins = sorted({mark.origin.words for mark in self.marks})
        return f"<{alphabet.show(self.alphabet)}{' from ' if origins else ''}{', '.join(origins)}>"


class Blob:
    """Several alternative texts become one: the unknown pieces, each with the quote it stood in, and a sample.

    `bare` says that one of the texts begins with untrusted data: the sample then says nothing of how the text begins.
    `letters` are all characters that any of the texts may hold.
    """

    __slots__ = ("bare", "end", "leaves", "letters", "sample")

    def __init__(
        self, leaves: frozenset[tuple[Piece, Quote]], sample: str, end: Quote, bare: bool, letters: int
    ) -> None:
        self.leaves = leaves
        self.sample = sample
        self.end = end
        self.bare = bare
        self.letters = letters

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Blob)
            and self.leaves == other.leaves
            and self.end == other.end
            and self.bare == other.bare
            and self.letters == other.letters
        )

    def __hash__(self) -> int:
        return hash((self.leaves, self.end, self.bare))

    def __repr__(self) -> str:
        return f"<one of {self.sample!r}… {sorted(map(repr, self.leaves))}>"


Part = str | Piece | Blob
Parts = tuple[Part, ...]


class _No:
    """The absence of a known constant (None is a constant)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NO"


NO = _No()


class Ref:
    """Root of what a value may refer to; subclasses are compared by content, so that sets of them converge."""

    __slots__ = ()
    is_object = False  # whether it is an object that the program makes


class Absent(Ref):
    """That there may be no object, beside those that a value may refer to: `find(name)` gives a record or None."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "none"


ABSENT = Absent()


class Extern(Ref):
    """A thing of another module or a builtin, by qualified name: `os.system`, `sqlite3.connect()`, `sqlite3.Cursor`.

    `is_instance` tells an object of that class from the thing itself.
    """

    __slots__ = ("is_instance", "name")

    def __init__(self, name: str, is_instance: bool) -> None:
        self.name = name
        self.is_instance = is_instance

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Extern) and self.name == other.name and self.is_instance == other.is_instance

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"{'a ' if self.is_instance else ''}{self.name}"


class Value:
    """An immutable abstract value; `const` is a known constant or NO."""

    __slots__ = ("const", "parts", "refs")

    def __init__(self, const: object, parts: Parts, refs: tuple[Ref, ...]) -> None:
        self.const = const
        self.parts = parts
        self.refs = refs

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Value)
            and type(self.const) is type(other.const)
            and self.const == other.const
            and self.parts == other.parts
            and self.refs == other.refs
        )

    def __hash__(self) -> int:
        return hash((self.parts, self.refs))

    def __repr__(self) -> str:
        if self is BOTTOM:
            return "nothing"
        if self.const is not NO:
            return repr(self.const)
        shown = [repr(part) for part in self.parts] + [repr(ref) for ref in self.refs]
        return " + ".join(shown) or "unknown"


UNKNOWN_PIECE = Piece(alphabet.ANY, CLEAN)
NOTHING = Piece(alphabet.NONE, CLEAN)  # stands behind a text where there may be none
BOTTOM = Value(NO, (), ())  # no value: code that was not reached
UNKNOWN = Value(NO, (UNKNOWN_PIECE,), ())
NUMBER = Value(NO, (Piece(alphabet.NUMBER, CLEAN),), ())
BOOLEAN = Value(NO, (Piece(alphabet.LETTERS, CLEAN),), ())
NONE = Value(None, (), ())
TRUE = Value(True, (), ())
FALSE = Value(False, (), ())
EMPTY = Value("", ("",), ())


def constant(value: object) -> Value:
    return Value(value, (value,) if isinstance(value, str) else (), ())


def text(parts: Parts) -> Value:
    """A text of these parts; neighbouring literals are joined, and one made of literals only is a constant."""
    joined: list[Part] = []
    for part in parts:
        if isinstance(part, str):
            if not part:
                continue
            if joined and isinstance(joined[-1], str):
                joined[-1] += part
                continue
        joined.append(part)
    if not joined:
        return EMPTY
    if len(joined) == 1 and isinstance(joined[0], str):
        return Value(joined[0], (joined[0],), ())
    return Value(NO, tuple(joined), ())


def marked(marks: Marks, letters: int = alphabet.ANY, refs: tuple[Ref, ...] = ()) -> Value:
    """An unknown value that holds these marks."""
    return Value(NO, (Piece(letters, marks),), refs)


def parts_of(value: Value) -> Parts:
    """The parts of `str(value)`."""
    const = value.const
    if const is not NO:
        if isinstance(const, str):
            return value.parts
        if isinstance(const, int):
            # Long integers have no decimal form by CPython's own limit.
            return (str(const),) if -(10**30) < const < 10**30 else (Piece(alphabet.NUMBER, CLEAN),)
        return (repr(const),) if const is not ... else ("Ellipsis",)
    return value.parts or (UNKNOWN_PIECE,)


def marks_of(value: Value) -> Marks:
    """All marks in the parts of a value (not of what it refers to)."""
    found = CLEAN
    # (A generator is too dear here: it is asked for every value, and most have one part.)
    for part in value.parts:
        if isinstance(part, Piece):
            if part.marks:
                found = found | part.marks if found else part.marks
        elif isinstance(part, Blob):
            for piece, _ in part.leaves:
                if piece.marks:
                    found = found | piece.marks if found else piece.marks
    return found


def map_marks(value: Value, change: Callable[[Mark], Mark]) -> Value:
    """The same value with every mark changed."""

    def piece(one: Piece) -> Piece:
        return Piece(one.alphabet, frozenset(map(change, one.marks)), one.doubled) if one.marks else one

    parts: list[Part] = []
    for part in value.parts:
        if isinstance(part, Blob):
            leaves = frozenset((piece(leaf), quote) for leaf, quote in part.leaves)
            part = Blob(leaves, part.sample, part.end, part.bare, part.letters)
        parts.append(piece(part) if isinstance(part, Piece) else part)
    return Value(value.const, tuple(parts), value.refs)


def pieces(parts: Parts) -> Iterator[Piece]:
    for part in parts:
        if isinstance(part, Piece):
            yield part
        elif isinstance(part, Blob):
            for piece, _ in part.leaves:
                yield piece


def letters_of(parts: Parts) -> int:
    """All characters that a text of these parts may hold."""
    mask = 0
    for part in parts:
        if isinstance(part, str):
            mask |= alphabet.of(part)
        elif isinstance(part, Piece):
            mask |= part.alphabet
        else:
            mask |= part.letters
    return mask


def quoted_pieces(parts: Parts) -> tuple[list[tuple[Piece, Quote]], Quote]:
    """Each unknown piece with the quote it stands in, and the quote that is open at the end."""
    found: list[tuple[Piece, Quote]] = []
    quote = ""
    for part in parts:
        if isinstance(part, str):
            quote = _scan(part, quote)
        elif isinstance(part, Piece):
            found.append((part, quote))
        else:
            found.extend((piece, inner or quote) for piece, inner in part.leaves)
            quote = part.end or quote
    return found, quote


def _scan(literal: str, quote: Quote) -> Quote:
    """The quote that is open after `literal`, given the one that was open before it."""
    for character in literal:
        if character in "'\"`":
            if not quote:
                quote = character
            elif quote == character:
                quote = ""
    return quote


def join(a: Value, b: Value, widen: bool = False) -> Value:
    """The least value that covers both; `widen` forgets shape so that loops come to an end."""
    if a is b or b is BOTTOM:
        return a
    if a is BOTTOM:
        return b
    if a == b:
        return a
    refs = a.refs
    if b.refs and b.refs != refs:
        more = [ref for ref in b.refs if ref not in refs]
        if more:
            refs = (*refs, *more)[:12]
    # None beside a text says nothing of the text.
    left = () if a.const is None else (parts_of(a) if a.const is not NO or a.parts or not a.refs else ())
    right = () if b.const is None else (parts_of(b) if b.const is not NO or b.parts or not b.refs else ())
    is_open = False
    if left and left[-1] is NOTHING:
        left, is_open = left[:-1], True
    if right and right[-1] is NOTHING:
        right, is_open = right[:-1], True
    parts = join_parts(left, right, widen) if left and right else left or right
    if is_open or ((a.const is None or b.const is None) and any(isinstance(part, str) for part in parts)):
        # A text that is known to hold something is true; here there may be none.
        parts = (*parts, NOTHING)
        parts = a.parts if parts == a.parts else parts
    is_none = a.const is None or b.const is None
    if is_none and not parts and refs and all(ref.is_object for ref in refs):
        refs = (*refs, ABSENT)
    if parts is a.parts and refs is a.refs and a.const is NO:
        return a  # (so that who joins again and again sees at once that nothing has changed)
    return Value(NO, parts, refs)


def join_parts(a: Parts, b: Parts, widen: bool = False) -> Parts:
    if a == b:
        return a
    if len(a) == 1 and len(b) == 1:
        one, two = a[0], b[0]
        if isinstance(one, Piece) and isinstance(two, Piece):
            return a if _holds(one, two) else (_merge(one, two),)
        if isinstance(one, Blob) and _covers(one, two, len(one.sample)):
            return a
        if isinstance(two, Blob) and not isinstance(one, Blob) and _covers(two, one, len(two.sample) - 1):
            return b
    common = 0
    if not widen:
        limit = min(len(a), len(b)) - 1
        while common < limit and a[common] == b[common]:
            common += 1
    prefix = a[:common]
    first, second = a[common:], b[common:]
    if not widen and first and second and isinstance(first[0], str) and isinstance(second[0], str):
        head = _common_prefix(first[0], second[0])
        if head:
            prefix += (head,)
            first = (first[0][len(head) :], *first[1:])
            second = (second[0][len(head) :], *second[1:])
    start = quoted_pieces(prefix)[1]
    return (*prefix, _blob(first, second, start))


def _holds(one: Piece, two: Piece) -> bool:
    """Whether merging the second piece into the first changes nothing."""
    return not two.alphabet & ~one.alphabet and two.marks <= one.marks and not one.doubled & ~two.doubled


def _covers(blob: Blob, part: Part, longest: int) -> bool:
    """Whether `_blob` of both would be the blob as it is; a literal up to `longest` takes not the place of its sample.

    Most joins in loops are such.
    """
    if isinstance(part, str):
        is_known = len(part) <= longest and not alphabet.of(part) & ~blob.letters
        return is_known and (not blob.end or _scan(part, "") == blob.end)
    if isinstance(part, Piece):
        return longest > 0 and not blob.end and (part, "") in blob.leaves and (blob.bare or not part.marks)
    return blob.leaves >= part.leaves and blob.bare >= part.bare and not part.letters & ~blob.letters


def _common_prefix(a: str, b: str) -> str:
    n = min(len(a), len(b))
    for i in range(n):
        if a[i] != b[i]:
            return a[:i]
    return a[:n]


def _merge(a: Piece, b: Piece) -> Piece:
    return Piece(a.alphabet | b.alphabet, a.marks | b.marks, a.doubled & b.doubled)


def _blob(first: Parts, second: Parts, start: Quote) -> Blob:
    leaves: dict[Quote, list[Piece]] = {}
    ends = []
    for parts in (first, second):
        found, end = quoted_pieces((start, *parts))
        ends.append(end)
        for piece, quote in found:
            leaves.setdefault(quote, []).append(piece)
    merged: list[tuple[Piece, Quote]] = []
    for quote, group in leaves.items():
        kinds: dict[tuple[Marks, int], Piece] = {}
        for piece in group:
            # One leaf for each set of marks and alphabet keeps what is safe apart from what is not.
            key = (piece.marks, piece.alphabet)
            kinds[key] = _merge(kinds[key], piece) if key in kinds else piece
        distinct = list(kinds.values())
        if len(distinct) > 6:
            whole = distinct[0]
            for piece in distinct[1:]:
                whole = _merge(whole, piece)
            distinct = [whole]
        merged.extend((piece, quote) for piece in distinct)
    sample = max(sample_of(first), sample_of(second), key=len)
    bare = any(parts and _is_bare(parts[0]) for parts in (first, second))
    letters = letters_of(first) | letters_of(second)
    return Blob(frozenset(merged), sample, ends[0] if ends[0] == ends[1] else "", bare, letters)


def _is_bare(part: Part) -> bool:
    return bool(part.marks) if isinstance(part, Piece) else isinstance(part, Blob) and part.bare


def sample_of(parts: Parts) -> str:
    """Up to 200 characters of the known text, with … for what is not known."""
    shown: list[str] = []
    size = 0
    for part in parts:
        piece = part if isinstance(part, str) else part.sample if isinstance(part, Blob) else "…"
        shown.append(piece)
        size += len(piece)
        if size > 200:
            break
    return "".join(shown)[:200]

"""Objects that the program makes, and the state of all of them at one place of the program."""

from __future__ import annotations

from codereal.analysis.ir import Code
from codereal.analysis.values import BOTTOM, Origin, Ref, Value, constant, join

Place = tuple[int, int, int]  # where an object is made: activation, code, instruction
GARBAGE = 48  # objects that a call may leave behind before they are looked through
MAX_ITEMS = 64  # known keys of one object; more are joined


class Heap(Ref):
    """A reference to the object that was made at a place."""

    __slots__ = ("place",)
    is_object = True

    def __init__(self, place: Place) -> None:
        self.place = place

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Heap) and self.place == other.place

    def __hash__(self) -> int:
        return hash(self.place)

    def __repr__(self) -> str:
        return f"object {self.place[1]}.{self.place[2]}"


class Closure(Ref):
    """A function of the text with the frames it sees, and the receiver when it is a bound method."""

    __slots__ = ("bound", "code", "defaults", "frames")

    def __init__(self, code: Code, frames: tuple[int, ...], defaults: tuple[Value, ...], bound: Value | None) -> None:
        self.code = code
        self.frames = frames
        self.defaults = defaults
        self.bound = bound

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Closure)
            and self.code is other.code
            and self.frames == other.frames
            and self.bound == other.bound
        )

    def __hash__(self) -> int:
        return hash((self.code.serial, self.frames))

    def __repr__(self) -> str:
        return f"function {self.code.name}"


class Bound(Ref):
    """A method of something that is no function of the text: `name` of `receiver`."""

    __slots__ = ("name", "receiver")

    def __init__(self, receiver: Value, name: str) -> None:
        self.receiver = receiver
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bound) and self.name == other.name and self.receiver == other.receiver

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"method {self.name}"


class Object:
    """A list, tuple, set, dict, instance or class. Never changed in place: a new one takes its place.

    `items` holds what is known by key, position or attribute; `rest` what may stand under any other; `exact` says that
    the positions of a sequence, or the keys of a dict, are all in `items`; `keys` is what other keys of a dict may be.
    """

    __slots__ = ("bases", "exact", "items", "keys", "kind", "rest")

    def __init__(
        self,
        kind: str,
        items: dict[object, Value],
        rest: Value,
        exact: bool,
        bases: tuple[Value, ...] = (),
        keys: Value = BOTTOM,
    ) -> None:
        self.kind = kind
        self.items = items
        self.rest = rest
        self.exact = exact
        self.bases = bases  # of a class; of an instance: its class
        self.keys = keys

    def every(self) -> Value:
        """All that it may hold, joined."""
        value = self.rest
        for item in self.items.values():
            value = join(value, item)
        return value

    def each_key(self) -> Value:
        """All keys of a dict, joined: what looping over it gives."""
        value = self.keys
        for key in self.items:
            value = join(value, constant(key))
        return value

    def start(self) -> dict[object, Value]:
        """What a sequence begins with, by position, as far as it is known."""
        if self.exact:
            return self.items
        return {at: self.items[at] for at in range(len(self.items)) if at in self.items}

    def after(self, start: dict[object, Value]) -> Value:
        """All that stands behind such a beginning, joined."""
        value = self.rest
        for at, item in self.items.items():
            if at not in start:
                value = join(value, item)
        return value

    def get(self, key: object) -> Value:
        """What stands under a known key; BOTTOM when nothing can."""
        try:
            found = self.items.get(key)
        except TypeError:  # a key that cannot be hashed: the program would fail
            found = None
        if found is not None:
            return found
        return self.rest

    def put(self, key: object, value: Value, strong: bool) -> Object:
        """With `value` under a known key; a weak change keeps what stood there as well."""
        items = dict(self.items)
        if not strong and key in items:
            value = join(items[key], value)
        if len(items) >= MAX_ITEMS and key not in items:
            return Object(self.kind, items, join(self.rest, value), False, self.bases, self.keys)
        items[key] = value
        return Object(self.kind, items, self.rest, self.exact and strong, self.bases, self.keys)

    def blur(self, value: Value) -> Object:
        """With `value` somewhere in it."""
        if self.kind in ("list", "tuple"):
            return Object(self.kind, {}, join(self.every(), value), False, self.bases)
        # An unknown key may be any of the known ones.
        items = {key: join(old, value) for key, old in self.items.items()} if self.kind == "dict" else self.items
        return Object(self.kind, items, join(self.rest, value), False, self.bases, self.keys)

    def merge(self, other: Object) -> Object:
        """Both; the same object where the other one adds nothing, as it mostly is."""
        if self is other:
            return self
        exact = self.exact and other.exact and self.items.keys() == other.items.keys()
        sequence = self.kind in ("list", "tuple")
        if sequence and not exact:
            theirs = other.start()
            start = {at: join(one, theirs[at]) for at, one in self.start().items() if at in theirs}
            rest = join(self.after(start), other.after(start))
            if rest is self.rest and not start and not self.items and not self.exact and self.keys is BOTTOM:
                return self
            return Object(self.kind, start, rest, False, self.bases)
        items = self.items
        for key, value in other.items.items():
            old = items.get(key)
            both = value if old is None else join(old, value)
            if both is not old:
                if items is self.items:
                    items = dict(items)
                items[key] = both
        rest, keys = join(self.rest, other.rest), join(self.keys, other.keys)
        if items is self.items and rest is self.rest and keys is self.keys and exact is self.exact:
            return self
        return Object(self.kind, items, rest, exact, self.bases, keys)

    def same(self, other: Object) -> bool:
        return self is other or (
            self.kind == other.kind
            and self.exact == other.exact
            and self.items == other.items
            and self.rest == other.rest
            and self.keys == other.keys
        )


def instance(kind: str, cls: Value) -> Object:
    return Object(kind, {}, BOTTOM, True, (cls,))


Cleared = frozenset[tuple[Origin, str]]
NOTHING_CLEARED: Cleared = frozenset()


class State:
    """What holds at one place: objects, shared variables, what conditions have shown of values (facts) and origins.

    `cleared` holds (origin, kind of sink): a check of something made of that origin has passed, on every way here.
    """

    __slots__ = ("cells", "cleared", "facts", "objects")

    def __init__(
        self,
        objects: dict[Place, Object],
        cells: dict[tuple[int, str], Value],
        facts: dict[int, Value],
        cleared: Cleared = NOTHING_CLEARED,
    ) -> None:
        self.objects = objects
        self.cells = cells
        self.facts = facts
        self.cleared = cleared

    def copy(self) -> State:
        return State(dict(self.objects), dict(self.cells), dict(self.facts), self.cleared)

    def join(self, other: State, widen: bool = False) -> tuple[State, bool]:
        """Both, and whether the result differs from `self`."""
        changed = False
        objects = self.objects
        for place, obj in other.objects.items():
            old = objects.get(place)
            if old is obj:
                continue
            merged = obj if old is None else old.merge(obj)
            if old is None or not merged.same(old):
                if not changed:
                    objects, changed = dict(objects), True
                objects[place] = merged
        cells = self.cells
        fresh = False
        for key, value in other.cells.items():
            before = cells.get(key)
            if before is value:
                continue
            both = value if before is None else join(before, value, widen)
            if before is None or both != before:
                if not fresh:
                    cells, fresh = dict(cells), True
                cells[key] = both
        facts = self.facts
        if facts:
            kept: dict[int, Value] = {}
            for index, fact in facts.items():
                theirs = other.facts.get(index)
                if theirs is not None:
                    kept[index] = join(fact, theirs)
            if kept != facts:
                facts, fresh = kept, True
        cleared = self.cleared
        if cleared and cleared is not other.cleared and not cleared <= other.cleared:
            cleared, fresh = cleared & other.cleared, True
        return State(objects, cells, facts, cleared), changed or fresh


def prune(state: State, before: dict[Place, Object], roots: tuple[Value, ...]) -> None:
    """Forget objects made since `before` that neither the older objects, nor shared variables, nor `roots` refer to."""
    objects = state.objects
    if len(objects) == len(before):
        return  # (what was there is never taken out)
    kept: dict[Place, Object] = {}
    pending: list[Value] = [*roots, *state.cells.values()]
    for place, old in before.items():
        obj = objects.get(place, old)
        kept[place] = obj
        if obj is not old:
            pending.extend(obj.items.values())
            pending.append(obj.rest)
    while pending:
        value = pending.pop()
        for ref in value.refs:
            if isinstance(ref, Heap):
                found = objects.get(ref.place)
                if found is not None and ref.place not in kept:
                    kept[ref.place] = found
                    pending.extend(found.items.values())
                    pending.append(found.rest)
                    pending.append(found.keys)
                    pending.extend(found.bases)
            elif isinstance(ref, Closure):
                pending.extend(ref.defaults)
                if ref.bound is not None:
                    pending.append(ref.bound)
            elif isinstance(ref, Bound):
                pending.append(ref.receiver)
    state.objects = kept

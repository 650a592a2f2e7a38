"""Tasks that are there twice: the same words, programs of one shape, prompts that are nearly the same.

Nearness is the Jaccard similarity of three-word sequences. Candidates come from an index of MinHash signatures (Broder
1997) by one permutation with densification (Shrivastava 2017), cut into bands (Indyk & Motwani 1998), and are then
compared exactly: what the index offers is never believed, what it misses is rare (see `Index`). Work and memory grow
with the number of tasks, not with its square.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from codereal.errors import UsageError
from codereal.tasks.overlap import skeleton
from codereal.tasks.task import Task

_WORD = re.compile(r"\w+|[^\w\s]")
_RUN = 3  # words in a sequence
_BANDS, _ROWS = 32, 4  # parts of a signature, and how many values each has
_SIZE = _BANDS * _ROWS

Sequences = frozenset[int]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A task, the one before it that it repeats, and how: `exact`, `shape` (of the first reference) or `near`."""

    task: str
    of: str
    kind: str
    similarity: float = 1.0


class Index:
    """Sets by name, and which of them a set is near to.

    Two sets of similarity s meet in a band with probability 1 − (1 − s⁴)³²: .9998 at .7, 1 − 10⁻⁷ at .8.
    """

    def __init__(self, threshold: float) -> None:
        if not 0 < threshold <= 1:
            raise UsageError(f"a similarity lies above 0 and is at most 1, not {threshold:g}")
        self._threshold = threshold
        self._sets: dict[str, Sequences] = {}
        self._bands: dict[tuple[int, ...], list[str]] = {}

    def add(self, name: str, sequences: Sequences) -> None:
        """Keep a set under a name."""
        self._sets[name] = sequences
        for band in _bands(sequences):
            self._bands.setdefault(band, []).append(name)

    def find(self, sequences: Sequences) -> tuple[str, float] | None:
        """The most similar of the sets that are near enough, and how similar it is."""
        offered = {name for band in _bands(sequences) for name in self._bands.get(band, ())}
        best = max(((jaccard(sequences, self._sets[name]), name) for name in sorted(offered)), default=None)
        return (best[1], best[0]) if best and best[0] >= self._threshold else None


def duplicates(tasks: Iterable[Task], *, near: float = 0.8) -> Iterator[Duplicate]:
    """The tasks that repeat one that came before and was no duplicate itself; each once, by the strongest kind."""
    exact: dict[str, str] = {}
    shapes: dict[str, str] = {}
    index = Index(near)
    for task in tasks:
        words, shape, sequences = _exact(task), _shape(task), sequences_of(prompt_text(task))
        if words in exact:
            yield Duplicate(task.id, exact[words], "exact")
        elif shape in shapes:
            yield Duplicate(task.id, shapes[shape], "shape")
        elif (found := index.find(sequences)) is not None:
            yield Duplicate(task.id, found[0], "near", found[1])
        else:
            exact[words] = task.id
            if shape:
                shapes[shape] = task.id
            index.add(task.id, sequences)


def prompt_text(task: Task) -> str:
    """The prompt's words, whoever says them."""
    return task.prompt if isinstance(task.prompt, str) else "\n".join(message["content"] for message in task.prompt)


def sequences_of(text: str) -> Sequences:
    """The text's sequences of three words, as numbers that are the same in every process."""
    words = _WORD.findall(text.lower())
    runs = {" ".join(words[at : at + _RUN]) for at in range(max(1, len(words) - _RUN + 1))}
    return frozenset(int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest()) for run in runs)


def jaccard(one: Sequences, other: Sequences) -> float:
    """What two sets have in common, of all that is in either."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def _bands(sequences: Sequences) -> Iterator[tuple[int, ...]]:
    """The bands of the signature, each with its number."""
    least: list[int | None] = [None] * _SIZE
    for number in sequences:
        place, value = number % _SIZE, number // _SIZE
        known = least[place]
        least[place] = value if known is None or value < known else known
    filled = [value if value is not None else _borrowed(least, place) for place, value in enumerate(least)]
    for band in range(_BANDS):
        yield (band, *filled[band * _ROWS : (band + 1) * _ROWS])


def _borrowed(least: list[int | None], place: int) -> int:
    """For a place that got nothing, the value of another that is drawn by its number, the same in every set."""
    state = place + 1
    while True:
        state = state * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        value = least[(state >> 33) % _SIZE]
        if value is not None:
            return value


def _exact(task: Task) -> str:
    """Of the prompt and the programs, less white space that says nothing."""
    parts = [prompt_text(task), *task.references, *task.vulnerable]
    return hashlib.sha256("\0".join(" ".join(part.split()) for part in parts).encode()).hexdigest()


def _shape(task: Task) -> str:
    """Of the first reference; nothing without one that parses."""
    try:
        return skeleton(task.references[0]) if task.references else ""
    except (SyntaxError, ValueError, RecursionError):
        return ""

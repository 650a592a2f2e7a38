"""Small typed problems: an answer has to work and to be what `mypy --strict` and a reader can follow."""

# ruff: noqa: E501 - sentences and tables of tests, kept a line each

from __future__ import annotations

import datetime

from codereal.sandbox.case import Source
from codereal.tasks.builders.draft import Draft, Family

_DAY = datetime.date


def _small(seed: str, name: str, parameters: str, result: str, words: str, body: str, *tests: tuple[object, ...],
           p: str = "values|items|entries", key: str = "$p", given: str = "", held_out: bool = False,
           errors: tuple[str, ...] = ("ValueError",), other: tuple[str, ...] = ()) -> Draft:  # fmt: skip
    return Draft(
        seed=seed, name=name, parameters=parameters, result=result, words=words, safe=(body, *other), tests=tests, p=p,
        key=key, given=given, held_out=held_out, errors=errors, count=5,
    )  # fmt: skip


group = _small(
    "group-by-letter", "by_letter|group_names|index_of", "$p: list[str]", "dict[str, list[str]]",
    """
    Group the names in `$p` by their first letter, as a small letter, and return the groups.
    Within a group the names keep their order. Empty names are left out.
    """,
    """
    groups: dict[str, list[str]] = {}
    for text in $p:
        if text:
            groups.setdefault(text[0].lower(), []).append(text)
    return groups
    """,
    (["$a", "$b", "$c"],), (["Xa", "xb", ""],), ([],), p="names|$nouns|labels", errors=(),
)  # fmt: skip

merge = _small(
    "merge-intervals", "merged|merge_spans|join_ranges", "$p: list[tuple[int, int]]", "list[tuple[int, int]]",
    """
    `$p` are spans of days, each with its first and last day. Return them with those joined that overlap or touch.
    Spans touch if one begins on the day after the other ends. The result is in order of time.
    """,
    """
    joined: list[tuple[int, int]] = []
    for first, last in sorted($p):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined
    """,
    ([(5, 7), (1, 3), (4, 4)],), ([(1, 9), (2, 3)],), ([],), ([(1, 2), (4, 5)],), p="spans|stays|periods", errors=(),
)  # fmt: skip

order = _small(
    "work-order", "work_order|sorted_steps|schedule", "$p: dict[str, list[str]]", "list[str]",
    """
    `$p` maps each task to the tasks that have to be done before it. Return all tasks in an order in which they can be done.
    Of several that could come next, the first in the alphabet does. Tasks that are only named as needed count, too.
    If tasks wait for each other in a circle, raise ValueError.
    """,
    """
    waiting = {task: set(needed) for task, needed in $p.items()}
    for before in $p.values():
        for task in before:
            waiting.setdefault(task, set())
    done: list[str] = []
    while waiting:
        ready = min((task for task, needed in waiting.items() if not needed), default=None)
        if ready is None:
            raise ValueError("a circle")
        done.append(ready)
        del waiting[ready]
        for open_tasks in waiting.values():
            open_tasks.discard(ready)
    return done
    """,
    ({"b": ["a"], "c": ["a", "b"]},), ({"x": ["y"], "y": ["x"]},), ({},), ({"$a": ["$b"], "$c": []},), key="",
    p="needs|prerequisites|tasks",
)  # fmt: skip

flatten = _small(
    "dotted-keys", "flattened|dotted|flat_settings", "$p: dict[str, object]", "dict[str, object]",
    """
    Return a nested dict as a flat one: the keys of dicts within it are joined with dots, as in `size.width`.
    An empty dict within it is kept as a value.
    """,
    """
    def _entries(tree: dict[str, object], before: str) -> Iterator[tuple[str, object]]:
        \"\"\"Keys with what stands before them, and their values.\"\"\"
        for key, value in tree.items():
            if isinstance(value, dict) and value:
                yield from _entries(value, f"{before}{key}.")
            else:
                yield before + key, value
    ---
    return dict(_entries($p, ""))
    """,
    ({"a": 1, "size": {"width": 2, "height": {"low": 3}}},), ({},), ({"$field": {}},), p="settings|nested|config", key="",
    errors=(),
)  # fmt: skip

stock = _small(
    "stock-value", "stock_value|total_value|worth", "$p: list[Item], least: int", "dict[str, int]",
    """
    Return what the items of each kind are worth: the sum of price times count, by kind.
    Items of which there are fewer than `least` do not count; a kind without any is left out.
    """,
    """
    totals: dict[str, int] = {}
    for item in $p:
        if item.count >= least:
            totals[item.kind] = totals.get(item.kind, 0) + item.price * item.count
    return totals
    """,
    (Source("[Item('$x', 3, 4), Item('$y', 5, 1), Item('$x', 2, 2)]"), 2), (Source("[]"), 1),
    (Source("[Item('$z', 7, 1)]"), 1), p="items|$nouns|stock", key="least", errors=(),
    given='''
    from dataclasses import dataclass


    @dataclass(frozen=True)
    class Item:
        """So many pieces of a kind."""

        kind: str
        price: int
        count: int
    ''',
)  # fmt: skip

duration = _small(
    "duration", "seconds_of|parse_duration|to_seconds", "$p: str", "int",
    """
    Return how many seconds a duration such as `1h30m`, `45s` or `2h5s` has: hours, minutes and seconds, in this order.
    Each of them may be missing, but not all, and what is not written like that is a ValueError.
    """,
    """
    match = re.fullmatch(r"(?:(\\d+)h)?(?:(\\d+)m)?(?:(\\d+)s)?", $p)
    if match is None or not $p:
        raise ValueError($p)
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds
    """,
    ("1h30m",), ("45s",), ("2h5s",), ("90",), ("5s2h",), p="text|length|duration",
)  # fmt: skip

working_days = _small(
    "working-days", "working_days|days_open|office_days", "first: date, last: date, $p: list[date]", "int",
    """
    Return on how many days from `first` to `last`, both included, our office is open.
    It is closed on Saturdays and Sundays and on the days in `$p`.
    If `last` is before `first`, the number is 0.
    """,
    """
    closed = set($p)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return sum(day.weekday() < 5 and day not in closed for day in days)
    """,
    (_DAY(2026, 3, 2), _DAY(2026, 3, 15), [_DAY(2026, 3, 4)]), (_DAY(2026, 3, 7), _DAY(2026, 3, 8), []),
    (_DAY(2026, 3, 9), _DAY(2026, 3, 2), []), p="holidays|closed_days|free", errors=(),
)  # fmt: skip

wrap = _small(
    "wrap-text", "wrapped|fill_lines|break_lines", "$p: str, width: int", "list[str]",
    """
    Break a text into lines of at most `width` characters, between words only; words are what spaces divide.
    Put as many words as possible into each line, with one space between them.
    A word that is longer than `width` has a line of its own.
    """,
    """
    rows: list[str] = []
    for word in $p.split():
        if rows and len(rows[-1]) + 1 + len(word) <= width:
            rows[-1] += f" {word}"
        else:
            rows.append(word)
    return rows
    """,
    ("$a and $b on the way to $c", 12), ("", 5), ("extraordinarily long words", 6), p="text|words|paragraph", errors=(),
)  # fmt: skip

ranking = _small(
    "ranking", "ranking|places|standings", "$p: dict[str, int]", "list[tuple[int, str]]",
    """
    Return the places of a competition: pairs of place and name, the most points first.
    Those with equal points share a place and stand in alphabetical order; the next place is left out for each of them.
    """,
    """
    ordered = sorted($p.items(), key=lambda entry: (-entry[1], entry[0]))
    found: list[tuple[int, str]] = []
    for position, (name, reached) in enumerate(ordered, 1):
        shared = position > 1 and reached == ordered[position - 2][1]
        found.append((found[-1][0] if shared else position, name))
    return found
    """,
    ({"$u": 3, "$v": 5, "$w": 3, "zoe": 1},), ({},), ({"$u": 1},), p="points|scores|results", key="", errors=(),
)  # fmt: skip

shortest = _small(
    "shortest-way", "steps_between|distance|shortest_way", "$p: dict[str, list[str]], start: str, goal: str", "int | None",
    """
    `$p` maps each place to the places that a road leads to. Return over how many roads one has to go from `start` to `goal`.
    It is 0 if they are the same, and None if no way leads there.
    """,
    """
    distances = {start: 0}
    queue = deque([start])
    while queue:
        place = queue.popleft()
        if place == goal:
            return distances[place]
        for neighbour in $p.get(place, []):
            if neighbour not in distances:
                distances[neighbour] = distances[place] + 1
                queue.append(neighbour)
    return None
    """,
    ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, "a", "d"), ({"a": []}, "a", "a"), ({"a": [], "b": ["a"]}, "a", "b"),
    p="roads|links|graph", key="start", errors=(),
)  # fmt: skip

table = _small(
    "csv-columns", "column_sums|sum_columns|totals", "$p: str", "dict[str, int]",
    """
    `$p` is a small table: a line of column names with commas between them, then lines of whole numbers.
    Return the sum of each column. Blank lines do not count.
    A line with another number of fields, or a table without a line of names, is a ValueError.
    """,
    """
    rows = [line.split(",") for line in $p.splitlines() if line.strip()]
    if not rows:
        raise ValueError("no names")
    names = [name.strip() for name in rows[0]]
    sums = dict.fromkeys(names, 0)
    for row in rows[1:]:
        for name, number in zip(names, row, strict=True):
            sums[name] += int(number)
    return sums
    """,
    ("$x,$y\\n1,2\\n3, 4\\n".replace("\\n", "\n"),), ("$z\n\n5\n",), ("",), ("a,b\n1\n",), p="text|table|source",
)  # fmt: skip

chunks = _small(
    "pages", "pages_of|split_up|batches", "$p: list[str], size: int", "list[list[str]]",
    """
    Divide `$p` into pages of `size` entries, the last of which may be shorter.
    A page that would have a single entry only, while there are others, is joined with the page before it.
    A `size` below 1 is a ValueError.
    """,
    """
    if size < 1:
        raise ValueError(size)
    result = [$p[start : start + size] for start in range(0, len($p), size)]
    if size > 1 and len(result) > 1 and len(result[-1]) == 1:
        result[-2:] = [result[-2] + result[-1]]
    return result
    """,
    (["$a", "$b", "$c", "$d"], 2), (["$a", "$b", "$c", "$d"], 3), ([], 2), (["$a"], 0), p="entries|$nouns|names",
)  # fmt: skip

overlap = _small(
    "bookings", "clashes|double_booked|conflicts", "$p: list[Booking]", "list[tuple[str, str]]",
    """
    Return which bookings clash: pairs of names of guests who have the same room at the same time.
    A booking ends before the hour `end`, so that the next one can begin then.
    In a pair the guest whose booking stands first in `$p` comes first, and so do pairs.
    """,
    """
    return [
        (one.guest, two.guest)
        for one, two in itertools.combinations($p, 2)
        if one.room == two.room and one.start < two.end and two.start < one.end
    ]
    """,
    (Source("[Booking('$u', '$a', 9, 11), Booking('$v', '$a', 10, 12), Booking('$w', '$b', 10, 12)]"),),
    (Source("[Booking('$u', '$a', 9, 11), Booking('$v', '$a', 11, 12)]"),), (Source("[]"),), p="bookings|entries|plan", key="",
    errors=(),
    given='''
    from typing import NamedTuple


    class Booking(NamedTuple):
        """Somebody has a room from one hour to another."""

        guest: str
        room: str
        start: int
        end: int
    ''',
)  # fmt: skip

roman = _small(
    "roman-numerals", "to_roman|roman|in_roman", "$p: int", "str",
    """
    Return a number from 1 to 3999 in Roman numerals; any other is a ValueError.
    """,
    """
    if not 1 <= $p <= 3999:
        raise ValueError($p)
    signs = {1000: "M", 900: "CM", 500: "D", 400: "CD", 100: "C", 90: "XC", 50: "L", 40: "XL", 10: "X", 9: "IX"}
    signs |= {5: "V", 4: "IV", 1: "I"}
    parts: list[str] = []
    rest = $p
    for value, sign in signs.items():
        count, rest = divmod(rest, value)
        parts.append(sign * count)
    return "".join(parts)
    """,
    (1994,), (4,), (3999,), (0,), p="number|year|value",
)  # fmt: skip

budget = _small(
    "running-balance", "balances|running_balance|account_days", "$p: list[tuple[str, int]], start: int", "list[str]",
    """
    `$p` are bookings of an account: what they were for, and the amount. Return a line for each: `$a: 5`.
    The number is the balance after it, where `start` is the balance before all of them.
    A booking that would lead below zero is left out of account, and its line ends with `refused` instead of a number.
    """,
    """
    lines: list[str] = []
    balance = start
    for purpose, amount in $p:
        if balance + amount < 0:
            lines.append(f"{purpose}: refused")
        else:
            balance += amount
            lines.append(f"{purpose}: {balance}")
    return lines
    """,
    ([("$a", -3), ("$b", 10), ("$c", -20), ("$d", -1)], 5), ([], 1), ([("$a", -1)], 0), p="bookings|entries|moves", errors=(),
)  # fmt: skip

template = _small(
    "placeholders", "filled|fill_in|substituted", "$p: str, words: dict[str, str]", "str",
    """
    Put words into the places that are marked in a text: `<name>` stands for the word `name` in `words`.
    A mark without a word is a KeyError. What is replaced is not looked at again.
    """,
    """
    return re.sub(r"<(\\w+)>", lambda match: words[match[1]], $p)
    """,
    ("Dear <name>, your <thing> is here", {"name": "$u", "thing": "$a"}), ("nothing", {}), ("<x>", {}),
    ("<x><y>", {"x": "<y>", "y": "z"}), p="text|letter|pattern", errors=("KeyError",),
)  # fmt: skip

median = _small(
    "median", "median_of|middle|typical", "$p: list[float]", "float",
    """
    Return the median of `$p`: the number in the middle when they are sorted, or the mean of the two in the middle.
    Numbers that are not finite are left out. Without any number, raise ValueError.
    """,
    """
    numbers = sorted(number for number in $p if math.isfinite(number))
    if not numbers:
        raise ValueError("no numbers")
    half = len(numbers) // 2
    middle = numbers[half] if len(numbers) % 2 else (numbers[half - 1] + numbers[half]) / 2
    return middle
    """,
    ([3.0, 1.0, 2.5],), ([4.0, 1.0],), ([],), ([1.0, float("inf")],), p="numbers|weights|prices",
)  # fmt: skip

undo = _small(
    "undo-history", "replayed|text_after|play_back", "$p: list[str]", "str",
    """
    Return the text that a small editor holds after the commands in `$p`.
    `+word` appends a word (with a space before it unless the text is empty), `-` removes the last word, `undo` takes back
    the last command that was not taken back yet. Where there is nothing to remove or to take back, nothing happens.
    Any other command is a ValueError.
    """,
    """
    history: list[list[str]] = [[]]
    for command in $p:
        if command.startswith("+"):
            history.append([*history[-1], command[1:]])
        elif command == "-":
            history.append(history[-1][:-1])
        elif command == "undo":
            del history[max(1, len(history) - 1) :]
        else:
            raise ValueError(command)
    return " ".join(history[-1])
    """,
    (["+$a", "+$b", "undo", "+$c"],), (["+$a", "-", "undo"],), (["undo", "-"],), (["$a"],), p="commands|steps|log",
)  # fmt: skip

anagrams = _small(
    "anagrams", "anagram_groups|same_letters|shuffled_words", "$p: list[str]", "list[list[str]]",
    """
    Find the words of `$p` that consist of the same letters, whatever their case. Return them in groups of two or more.
    A group is sorted in the order of the alphabet, and so are the groups by their first word. Equal words count once.
    """,
    """
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for word in $p:
        groups["".join(sorted(word.lower()))].add(word)
    return sorted(sorted(group) for group in groups.values() if len(group) > 1)
    """,
    (["Ton", "not", "$a", "evil", "live", "vile", "not"],), ([],), (["$a", "$a"],), p="words|names|terms", held_out=True,
    errors=(),
)  # fmt: skip

matrix = _small(
    "rotate-board", "turned|rotate|clockwise", "$p: list[list[int]], times: int", "list[list[int]]",
    """
    Return a board, given by its rows, turned clockwise by a quarter, `times` times; a negative number turns it back.
    Rows of different lengths are a ValueError.
    """,
    """
    if len({len(row) for row in $p}) > 1:
        raise ValueError("rows of different lengths")
    board = $p
    for _ in range(times % 4):
        board = [list(column) for column in zip(*board[::-1], strict=True)]
    return board
    """,
    ([[1, 2], [3, 4]], 1), ([[1, 2, 3]], -1), ([[1], [2, 3]], 1), ([[5, 6], [7, 8]], 6), p="rows|cells|grid", held_out=True,
)  # fmt: skip

next_date = _small(
    "next-delivery", "next_delivery|next_visit|following_date", "$p: date, weekdays: list[int]", "date",
    """
    Return the first day after `$p` on which we deliver. `weekdays` are the days of the week, Monday is 0.
    We never deliver on the first day of a month. Without a valid day of the week, raise ValueError.
    """,
    """
    if not any(0 <= day <= 6 for day in weekdays):
        raise ValueError("no day of the week")
    day = $p + timedelta(days=1)
    while day.weekday() not in weekdays or day.day == 1:
        day += timedelta(days=1)
    return day
    """,
    (_DAY(2026, 3, 2), [0, 3]), (_DAY(2026, 5, 31), [0]), (_DAY(2026, 1, 1), [9]), p="today|ordered|start", key="weekdays",
    held_out=True,
)  # fmt: skip

components = _small(
    "islands", "clusters|islands|groups_of_friends", "$p: list[tuple[str, str]]", "list[list[str]]",
    """
    `$p` are pairs of people who know each other. Return the groups of those who are linked over any number of others.
    Each group is sorted by the alphabet, the groups by size, the largest first, and then by their first name.
    """,
    """
    known: defaultdict[str, set[str]] = defaultdict(set)
    for one, two in $p:
        known[one].add(two)
        known[two].add(one)
    groups: list[list[str]] = []
    seen: set[str] = set()
    for person in known:
        if person in seen:
            continue
        group, todo = {person}, [person]
        while todo:
            fresh = known[todo.pop()] - group
            group |= fresh
            todo += fresh
        seen |= group
        groups.append(sorted(group))
    return sorted(groups, key=lambda members: (-len(members), members[0]))
    """,
    ([("$u", "$v"), ("$w", "xeno"), ("$v", "yves")],), ([],), ([("a", "a")],), p="pairs|links|contacts", held_out=True, errors=(),
)  # fmt: skip

version = _small(
    "versions", "newest|latest_version|highest", "$p: list[str]", "str",
    """
    Return the newest of the versions in `$p`, written like `1.10.2`; parts that are missing count as 0.
    A version with `-` and a word behind it, such as `2.0-beta`, is older than the same one without, and words count in
    the order of the alphabet.
    Of equal versions return the first. Without any version, or with one that is not written like that, raise ValueError.
    """,
    """
    def _rank(text: str) -> tuple[list[int], bool, str]:
        \"\"\"What versions are compared by.\"\"\"
        match = re.fullmatch(r"(\\d+(?:\\.\\d+)*)(?:-([a-z]+))?", text)
        if match is None:
            raise ValueError(text)
        numbers = [int(part) for part in match[1].split(".")]
        while numbers and numbers[-1] == 0:
            numbers.pop()
        return numbers, match[2] is None, match[2] or ""
    ---
    return max($p, key=_rank)
    """,
    (["1.9", "1.10.2", "1.10"],), (["2.0-beta", "2.0"],), (["1.0", "1"],), ([],), (["x"],), p="versions|releases|tags",
    held_out=True,
)  # fmt: skip

menu = _small(
    "cheapest", "cheapest|best_offers|lowest_prices", "$p: list[Offer]", "dict[str, str]",
    """
    Return for each product the shop that sells it for the lowest price; of equal prices, the first in `$p` counts.
    Offers that are sold out do not count.
    """,
    """
    best: dict[str, Offer] = {}
    for offer in $p:
        known = best.get(offer.product)
        if not offer.sold_out and (known is None or offer.price < known.price):
            best[offer.product] = offer
    return {product: offer.shop for product, offer in best.items()}
    """,
    (Source("[Offer('$a', 's1', 5), Offer('$a', 's2', 4), Offer('$b', 's1', 2, True), Offer('$a', 's3', 4)]"),), (Source("[]"),),
    (Source("[Offer('$c', 's1', 9)]"),), p="offers|prices|catalogue", key="", held_out=True, errors=(),
    given='''
    from dataclasses import dataclass


    @dataclass(frozen=True)
    class Offer:
        """A product in a shop."""

        product: str
        shop: str
        price: int
        sold_out: bool = False
    ''',
)  # fmt: skip

outline = _small(
    "outline", "numbered|outline|with_numbers", "$p: list[str]", "list[str]",
    """
    Number the headings of an outline. Two spaces at the beginning of a heading say that it belongs one level deeper.
    `Start`, `  First`, `  Second`, `End` become `1 Start`, `1.1 First`, `1.2 Second`, `2 End`.
    A heading that is more than one level deeper than the one before it is a ValueError, and so is a deep first one.
    """,
    """
    numbers: list[int] = []
    result: list[str] = []
    for heading in $p:
        title = heading.lstrip(" ")
        level = (len(heading) - len(title)) // 2
        if level > len(numbers):
            raise ValueError(heading)
        if level == len(numbers):
            numbers.append(0)
        numbers[level:] = [numbers[level] + 1]
        result.append(f"{'.'.join(map(str, numbers))} {title}")
    return result
    """,
    (["Start", "  First", "  Second", "End"],), (["$a", "  $b", "    $c", "$d"],), (["  $a"],), ([],), p="headings|lines|titles",
    held_out=True,
)  # fmt: skip

FAMILY = Family(
    "maintainability",
    "1120",
    "",
    (
        group, merge, order, flatten, stock, duration, working_days, wrap, ranking, shortest, table, chunks, overlap, roman,
        budget, template, median, undo, anagrams, matrix, next_date, components, version, menu, outline,
    ),
    quality=("maintainability",),
    pairs=6,
)  # fmt: skip

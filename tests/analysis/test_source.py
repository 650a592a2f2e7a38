"""The front end: newest grammar, broken code, limits, places."""

from __future__ import annotations

import pytest

from codereal.analysis import source
from codereal.analysis import tree as t

NEWEST = """\
type Pair[T] = tuple[T, T]
def first[T: (int, str), *Ts, **P](pair: Pair[T], /, *, k: int = 1) -> T:
    match pair:
        case [x, *_] if x: return x
        case {"k": 1, **rest} | Point(x=0, y=None): return f"{rest["k"]!r:>{k}}"
    try:
        pass
    except* ValueError as group:
        raise
    except* A, B:
        pass
    return t"{pair}"
class Box[T = int](Base, metaclass=Meta): value: T
async def g():
    async with a as b, c: return [x async for x in b if await x]
"""


def test_newest_grammar_parses_on_any_host() -> None:
    tree = source.parse(NEWEST)
    assert tree.errors == []
    assert [type(node).__name__ for node in tree.body] == ["Jump", "Function", "Class", "Function"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("x = 1\ndef f(:\n    y = 2\n", ["Assign", "Function"]),
        ("    a = 1\n    b = 2\nc = 3\n", ["Assign", "Assign", "Assign"]),
        ("except ValueError:\n    x = 1\ny = 2\n", ["Try", "Assign"]),
        ("else:\n    x = 1\n", ["If"]),
        ("x = f(1,\ny = 2\n", ["Assign"]),
        ("print 'old'\nx = 1\n", ["Expression", "Expression", "Assign"]),
        ("x = '''never closed\ny", ["Assign"]),
        ("if a:\nx = 1\n", ["If", "Assign"]),
    ],
)
def test_broken_code_keeps_what_can_be_read(text: str, kept: list[str]) -> None:
    tree = source.parse(text)
    assert tree.errors
    assert [type(node).__name__ for node in tree.body] == kept


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "(" * 200 + ")" * 200,
        "x = " + "+".join("a" * 100_000),
        "x = " + ".a" * 100_000,
        "x = " + "not " * 5_000 + "a",
        "x = " + "f(" * 90 + ")" * 90,
        "\n".join(" " * level + "if x:" for level in range(200)),
        "x = a" + "[0]" * 5_000,
        "x = " + " if a else ".join("b" * 3_000),
        "lambda: " * 3_000 + "x",
        "x" * 1_000_001,
    ],
)
def test_what_would_break_a_recursive_parser_is_refused(text: str) -> None:
    tree = source.parse(text)
    assert tree.body == []
    assert tree.errors[0][1].startswith("not analysed")


def test_long_data_is_not_deep() -> None:
    table = "x = [\n" + "".join(f"    ('name-{i}', {i}.5, -{i}, f({i})),\n" for i in range(3_000)) + "]\n"
    assert source.parse(table).errors == []
    ladder = "if a == 0: x = 0\n" + "".join(f"elif a == {i}: x = {i}\n" for i in range(1, 400))
    assert source.parse(ladder).errors == []


def test_code_that_a_type_checker_hides_is_kept() -> None:
    tree = source.parse("if not TYPE_CHECKING:\n    x = 1\nif sys.platform == 'win32':\n    y = 2\nelse:\n    z = 3\n")
    first, second = tree.body
    assert isinstance(first, t.If)
    assert isinstance(second, t.If)
    assert len(first.body) == len(second.body) == len(second.orelse) == 1


def test_columns_count_characters_from_one() -> None:
    tree = source.parse("é = 'äö'; b = 1\n")
    second = tree.body[1]
    assert tree.column(second.pos[0], second.pos[1]) == 11
    assert tree.column(1, tree.body[0].pos[1]) == 1


def test_literals() -> None:
    texts = ["10**100", "123456789012345678901234567890", "b'\\x41\\n'", "-5", "1.5", "2j", "None", "5000000000"]
    text = "".join(f"a = {one}\n" for one in texts)
    values = [node.value for node in source.parse(text).body if isinstance(node, t.Assign)]
    constants = [value.value if isinstance(value, t.Constant) else None for value in values]
    assert constants == [None, 123456789012345678901234567890, b"A\n", None, 1.5, 2j, None, 5000000000]


@pytest.mark.parametrize("text", ["", "\n", "\0", "\ufeffx = 1", "x = '\ud800'", "\f\r\nx", "#", "\\"])
def test_odd_texts_never_raise(text: str) -> None:
    source.parse(text)

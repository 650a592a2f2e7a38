"""Each rule of cleanliness, the limits of complexity, docstrings, and ruff as a batch."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from codereal.maintainability import _ruff
from codereal.maintainability._source import Source
from codereal.maintainability.clean import RUFF, clean, clean_spots
from codereal.maintainability.documented import document_slots, documented
from codereal.maintainability.simple import MOST, simple, simple_spots, units

# Ruff's code → a text that has it once, and one like it that has not.
EXAMPLES: dict[str, tuple[str, str]] = {
    "F401": ("import os\n", "import os\nprint(os.sep)\n"),
    "F841": ("def f() -> None:\n    x = g()\n", "def f() -> int:\n    x = g()\n    return x\n"),
    "F842": ("def f() -> None:\n    x: int\n", "def f() -> None:\n    x: int = 1\n    print(x)\n"),
    "F811": ("def f(): ...\ndef f(): ...\n", "def f(): ...\nf()\ndef f(): ...\n"),
    "F402": ("import os\nfor os in range(3): print(os)\n", "import os\nfor place in os.environ: print(place)\n"),
    "F601": ("x = {'a': 1, 'a': 2}\n", "x = {'a': 1, 'b': 2}\n"),
    "F632": ("print(x is 'a')\n", "print(x is None)\n"),
    "B006": ("def f(x: list[int] = []) -> None: x.append(1)\n", "def f(x: tuple[int, ...] = ()) -> None: print(x)\n"),
    "B012": (
        "def f() -> int:\n    try:\n        g()\n    finally:\n        return 1\n",
        "try:\n    g()\nfinally:\n    h()\n",
    ),
    "B015": ("x == 1\n", "assert x == 1\n"),
    "B018": ("x = 1\nx\n", "x = 1\nprint(x)\n"),
    "B023": ("for i in y:\n    z.append(lambda: i)\n", "for i in y:\n    z.append(lambda i=i: i)\n"),
    "E722": ("try:\n    g()\nexcept:\n    h()\n", "try:\n    g()\nexcept OSError:\n    h()\n"),
    "S110": ("try:\n    g()\nexcept Exception:\n    pass\n", "try:\n    g()\nexcept KeyError:\n    pass\n"),
    "S112": (
        "for x in y:\n    try:\n        g()\n    except Exception:\n        continue\n",
        "for x in y:\n    g(x)\n",
    ),
    "A001": ("max = 1\n", "most = 1\n"),
    "A002": ("def f(list: int) -> int: return list\n", "def f(items: int) -> int: return items\n"),
    "PLR0124": ("print(x == x)\n", "print(x == y)\n"),
    "PLW0127": ("x = 1\nx = x\n", "x = 1\nx = x + 1\n"),
    "PLW0128": ("x, x = y\n", "x, z = y\n"),
}


def test_every_rule_has_an_example() -> None:
    assert EXAMPLES.keys() == RUFF.keys()


def test_ruff_finds_each_and_not_its_like() -> None:
    texts = [text for pair in EXAMPLES.values() for text in pair]
    found = _ruff.lint(texts, list(RUFF))
    for number, code in enumerate(EXAMPLES):
        bad, good = found[2 * number], found[2 * number + 1]
        assert [spot.kind for spot in bad.spots].count(code) == 1, code
        assert code not in [spot.kind for spot in good.spots], code


def test_no_comment_and_no_configuration_silences_ruff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ruff.toml").write_text('lint.ignore = ["F401"]\n')
    monkeypatch.chdir(tmp_path)
    texts = ["# ruff: noqa\nimport os  # noqa\n", "# ruff: disable[F401]\nimport os\n"]
    assert [len(one.spots) for one in _ruff.lint(texts, ["F401"])] == [1, 1]


def test_what_ruff_dies_of_costs_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    true_run = subprocess.run

    def run(command: list[str], *, cwd: str, **options: object) -> subprocess.CompletedProcess[bytes]:
        if any(b"poison" in path.read_bytes() for path in Path(cwd).glob("*.py")):
            return subprocess.CompletedProcess(command, -11, b"", b"boom")
        return true_run(command, cwd=cwd, **options)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(subprocess, "run", run)
    found = _ruff.lint(["import os\n", "poison\n", "import re\n"], ["F401"])
    assert [len(one.spots) for one in found] == [1, 0, 1]
    assert [one.failure for one in found] == [None, "ruff: ended with -11: boom", None]


LONG = "\n    x += 1\n    x *= 2\n    return x\n"


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        ("def f():\n    return 1\n    print(2)\n", ["unreachable-code"]),
        ("for x in y:\n    if x:\n        continue\n        print(x)\n", ["unreachable-code"]),
        ("def f():\n    return\n    yield\n", []),
        ("def f():\n    if x:\n        return 1\n    return 2\n", []),
        ("def f(x):" + LONG + "def g(x):" + LONG, ["duplicate-code"]),
        ("def f(x):\n    return x\ndef g(x):\n    return x\n", []),
    ],
)  # fmt: skip
def test_dead_and_duplicate(code: str, kinds: list[str]) -> None:
    assert [spot.kind for spot in clean_spots(Source(code))] == kinds


def test_each_finding_costs() -> None:
    spot = clean_spots(Source("def f():\n    return 1\n    print(2)\n"))[0]
    assert [clean([spot] * count) for count in range(3)] == [1.0, 0.8, pytest.approx(0.64)]


def nested(levels: int) -> str:
    lines = ["def f(x: int) -> int:"] + ["    " * (level + 1) + "if x:" for level in range(levels)]
    return "\n".join([*lines, "    " * (levels + 1) + "x += 1", "    return x"]) + "\n"


def test_deeper_is_worth_less() -> None:
    worths = [simple(units(Source(nested(levels)))) for levels in range(10)]
    assert worths[:6] == [1.0] * 6
    assert worths == sorted(worths, reverse=True)
    assert worths[-1] < 0.5
    (spot,) = simple_spots(units(Source(nested(9))))
    assert spot.message == "`f` is hard to follow: cognitive complexity 45 (at most 15), nesting 9 (at most 5)"


def test_elif_is_no_level() -> None:
    code = "if x == 0:\n    pass\n" + "".join(f"elif x == {number}:\n    pass\n" for number in range(1, 9))
    (unit,) = units(Source(code))
    assert (unit.depth, unit.complexity) == (1, 9)


def test_comments_do_not_hide_complexity() -> None:
    code = "# complexipy: ignore\n" + nested(9).replace("int:", "int:  # complexipy: ignore", 1)
    assert units(Source(code))[0].complexity > MOST


def test_methods_and_the_rest_are_units() -> None:
    method = "class C:\n    y = 1\n    def m(self):\n        if x and y:\n            pass\n"
    code = f"@d\ndef f():\n    if x:\n        pass\n{method}if z:\n    f()\n"
    assert [(unit.complexity, unit.statements) for unit in units(Source(code))] == [(1, 2), (2, 2), (1, 3)]


def test_a_large_file_is_worth_less_than_its_parts() -> None:
    part = nested(4)
    many = "".join(part.replace("def f", f"def f{number}") for number in range(20))
    assert simple(units(Source(part))) == 1.0
    assert simple(units(Source(many))) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("code", "share"),
    [
        ("", 1.0),
        ("def _f(): pass\n", 1.0),
        ("def add(a, b):\n    '''Return the sum of both.'''\n", 1.0),
        ("def add(a, b):\n    '''Add.'''\n", 0.0),
        ("def add_two_numbers(a, b):\n    '''add two numbers'''\n", 0.0),
        ("class C:\n    '''Keeps what was asked.'''\n    def m(self): pass\n    def _n(self): pass\n", 0.5),
    ],
)
def test_docstrings(code: str, share: float) -> None:
    assert documented(*document_slots(Source(code))) == share

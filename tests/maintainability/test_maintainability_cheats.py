"""Ways to look good to a type checker without being good: none is worth more than honest typed code."""

from __future__ import annotations

import pytest

from codereal.maintainability.check import MaintainabilityScore, score_maintainability
from codereal.maintainability.types import TypeChecker

HONEST = '''\
def total(prices: list[float], tax: float) -> float:
    """Return the sum of the prices with tax."""
    result = 0.0
    for price in prices:
        result += price * (1 + tax)
    return round(result, 2)
'''
UNTYPED = """\
def total(prices, tax):
    result = 0.0
    for price in prices:
        result += price * (1 + tax)
    return round(result, 2)
"""
BODY = "    return round(sum(price * (1 + tax) for price in prices), 2)\n"
ANY = "from typing import Any\n"

CHEATS = {
    "empty": "",
    "comments only": "# def total(prices, tax): ...\n",
    "docstring only": '"""Return the sum of the prices with tax."""\n',
    "imports only": "import os\n",
    "pass": "def total(prices: list[float], tax: float) -> None:\n    pass\n",
    "ellipsis": "def total(prices: list[float], tax: float) -> float: ...\n",
    "not implemented": "def total(prices: list[float], tax: float) -> float:\n    raise NotImplementedError\n",
    "rejects everything": "def total(prices: list[float], tax: float) -> float:\n"
    "    if tax < 0:\n        raise ValueError('tax')\n    raise TypeError('prices')\n",
    "one answer": "def total(prices: list[float], tax: float) -> float:\n    return 0.0\n",
    "null entry, padded": "def total(prices: list[float], tax: float) -> float:\n    raise NotImplementedError\n"
    "def pad(x: int) -> int:\n    return x + 1\n",
    "does not parse": "def total(prices: list[float], tax: float) -> float:\n",
    "Any": ANY + "def total(prices: Any, tax: Any) -> Any:\n" + BODY,
    "Any as float": "from typing import Any as Float\ndef total(prices: Float, tax: Float) -> Float:\n" + BODY,
    "Any by alias": ANY + "Number = Any\ndef total(prices: Number, tax: Number) -> Number:\n" + BODY,
    "Any in quotes": ANY + "def total(prices: 'Any', tax: 'Any') -> 'Any':\n" + BODY,
    "Any in a union": "from typing import Any, Optional\n"
    "def total(prices: Optional[Any], tax: 'Any | None') -> Any:\n" + BODY,
    "Any inside": ANY + "def total(prices: list[Any], tax: dict[str, Any]) -> Any:\n    return prices\n",
    "Any, padded": ANY
    + "def total(prices: Any, tax: Any) -> Any:\n"
    + BODY
    + "".join(f"def pad{i}(x: int) -> int:\n    return x + {i}\n" for i in range(20)),
    "object and cast": "from typing import cast\ndef total(prices: object, tax: object) -> object:\n"
    "    return sum(cast(list[float], prices)) * (1 + cast(float, tax))\n",
    "Any in a variable": ANY + "def total(prices: list[float], tax: float) -> float:\n"
    "    loose: Any = prices\n    result: float = loose.total_with(tax)\n    return result\n",
    "a lambda": "total = lambda prices, tax: round(sum(price * (1 + tax) for price in prices), 2)\n",
    "type: ignore on the line": UNTYPED.replace("tax):", "tax):  # type: ignore"),
    "type: ignore with a code": UNTYPED.replace("tax):", "tax):  # type: ignore[no-untyped-def]"),
    "type: ignore for the file": "# type: ignore\n" + UNTYPED,
    "mypy: ignore-errors": "# mypy: ignore-errors\n" + UNTYPED,
    "mypy: a flag off": "# mypy: allow-untyped-defs\n" + UNTYPED,
    "mypy: a code off": '# mypy: disable-error-code="no-untyped-def"\n' + UNTYPED,
    "no_type_check": "from typing import no_type_check\n@no_type_check\n" + UNTYPED,
    "no_type_check renamed": "import typing as t\n@t.no_type_check\n" + UNTYPED,
    "not TYPE_CHECKING": "from typing import TYPE_CHECKING\nif not TYPE_CHECKING:\n"
    + "".join(f"    {line}\n" for line in UNTYPED.splitlines()),
    "MYPY": "MYPY = False\nif MYPY:\n    pass\nelse:\n" + "".join(f"    {line}\n" for line in UNTYPED.splitlines()),
    "sys.platform": "import sys\nif sys.platform != 'linux' or sys.platform == 'linux':\n    pass\n"
    "assert sys.platform == 'win32' or print()\n" + UNTYPED,
    "sys.version_info": "import sys\nif sys.version_info < (3, 8):\n"
    + "".join(f"    {line}\n" for line in UNTYPED.splitlines()),
    "cast": "from typing import Any, cast\ndef total(prices: list[float], tax: float) -> float:\n"
    "    return cast(float, cast(Any, prices).total_with(tax))\n",
    "exec": f"exec({UNTYPED!r})\n",
    "exec renamed": f"run = exec\nrun({UNTYPED!r})\n",
    "exec by name": f"getattr(__builtins__, 'exec')({UNTYPED!r})\n",
    "eval": "from typing import Callable\ntotal: Callable[[list[float], float], float] = "
    "eval('lambda prices, tax: sum(prices) * (1 + tax)')\n",
    "a subclass of Any": ANY + "class Loose(Any):\n    pass\ndef total(prices: Loose, tax: Loose) -> Loose:\n" + BODY,
}


@pytest.fixture(scope="module")
def honest(checker: TypeChecker) -> MaintainabilityScore:
    return score_maintainability(HONEST, checker=checker)


def test_there_are_enough() -> None:
    assert len(CHEATS) >= 25


@pytest.mark.parametrize("profile", ["default", "strict"])
def test_honest_typed_code_gets_everything(checker: TypeChecker, profile: str) -> None:
    score = score_maintainability(HONEST, profile=profile, checker=checker)
    assert (score.value, score.passed, score.findings) == (1.0, True, ())


@pytest.mark.parametrize("profile", ["default", "strict"])
@pytest.mark.parametrize("name", CHEATS)
def test_no_cheat_beats_it(checker: TypeChecker, honest: MaintainabilityScore, name: str, profile: str) -> None:
    score = score_maintainability(CHEATS[name], profile=profile, checker=checker)
    assert score.failure is None
    assert score.value is not None
    assert honest.value is not None
    assert score.value < honest.value
    assert not score.passed
    assert score.findings


SILENCED = [name for name in CHEATS if name.startswith(("type: ignore", "mypy:", "no_type_check", "exec", "not TYPE"))]


@pytest.mark.parametrize("name", SILENCED)
def test_silencing_is_worth_no_more_than_failing(checker: TypeChecker, name: str) -> None:
    silenced = score_maintainability(CHEATS[name], checker=checker).value
    failing = score_maintainability(UNTYPED, checker=checker).value
    assert silenced is not None
    assert failing is not None
    assert silenced <= failing


def test_the_published_signal_can_be_cheated(checker: TypeChecker) -> None:
    """Why `real-paper` is only the baseline."""
    paid = {
        name
        for name, code in CHEATS.items()
        if score_maintainability(code, profile="real-paper", checker=checker).passed
    }
    assert {"empty", "not implemented", "Any", "mypy: ignore-errors", "cast", "exec", "sys.version_info"} <= paid

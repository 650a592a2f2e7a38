"""Ways to look good to a type checker without being good, beside honest typed code for the same task.

None is worth more than the honest code: a test holds the profiles to it, `benchmarks/alarms.py` prints the table. To
add one, add a line.
"""

from __future__ import annotations

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
    "swallowed and hidden": "def total(prices: list[float], tax: float) -> float:\n    try:\n"
    "        return eval('sum(prices)')  # type: ignore\n    except:\n        return 0.0\n",
    "globals() by name": "def total(prices: list[float], tax: float) -> float: ...\n"
    "globals()['total'] = lambda prices, tax: round(sum(price * (1 + tax) for price in prices), 2)\n",
    "a comment that silences complexity": "# complexipy: ignore\n" + UNTYPED,
    "one line that does all": "import os, sys; total = lambda p, t: round(sum(x * (1 + t) for x in p), 2)\n",
}

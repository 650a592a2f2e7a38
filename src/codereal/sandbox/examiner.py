"""Runs test code in a judge's process, with stand-ins for the candidate's names.

A stand-in (`Remote`) passes what is done to it on to the candidate's process. Plain results come back as values of this
process, so `assert solve(3) == [1, 2]` is decided by this process's own lists. Objects of the candidate's classes stay
there; a test can use them, but where its outcome rests on what the candidate says about such an object (that two of
them are equal, that one is true), the result is marked weak. Such an object never equals a plain value.
"""

from __future__ import annotations

import builtins
import json
from typing import Any

from codereal.sandbox import codec
from codereal.sandbox.codec import Tagged, decode, encode

_weak = False


class UnsupportedError(Exception):
    """The test does something that cannot be done across the processes."""


class Stopped(BaseException):
    """The engine wants no more of this test."""


class Remote:
    """Stands for an object of the candidate's."""

    __slots__ = ("_number", "_type")

    def __init__(self, number: int, kind: str) -> None:
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_type", kind)

    def __call__(self, *args: object, **kwargs: object) -> Any:
        return _act("call", self, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return _act("getattr", self, name)

    def __setattr__(self, name: str, value: object) -> None:
        _act("setattr", self, name, value)

    def __setitem__(self, key: object, value: object) -> None:
        _act("setitem", self, key, value)

    def __delitem__(self, key: object) -> None:
        _act("delitem", self, key)

    def __iter__(self) -> Any:
        return iter(_act("iter", self))

    def __bool__(self) -> bool:
        return bool(_claim("bool", self))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Remote):
            return False
        return self._number == other._number or bool(_claim("eq", self, other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((Remote, self._number))

    def __instancecheck__(self, other: object) -> bool:
        return isinstance(other, Remote) and bool(_claim("isinstance", other, self))

    def __repr__(self) -> str:
        return f"<{self._type} of the program>"

    def __str__(self) -> str:
        return str(_act("str", self))


def _forward(action: str) -> Any:
    def method(self: Remote, *operands: object) -> Any:
        return _act(action, self, *operands)

    return method


def _judge(action: str) -> Any:
    def method(self: Remote, *operands: object) -> bool:
        return bool(_claim(action, self, *operands))

    return method


for _name in ("contains", "lt", "le", "gt", "ge"):
    setattr(Remote, f"__{_name}__", _judge(_name))
for _name in ("len", "abs", "int", "float", "next", "round", "reversed", "getitem"):
    setattr(Remote, f"__{_name}__", _forward(_name))
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    setattr(Remote, f"__{_name}__", _forward(_name))
for _name in ("neg", "matmul", "and_", "or_", "xor"):
    setattr(Remote, f"__{_name.rstrip('_')}__", _forward(_name))

codec._WRITERS[Remote] = lambda value: {"handle": [value._number, value._type]}


class _Names(dict[str, Any]):
    """The test's globals: its own names, then Python's, then the candidate's.

    Python's come before the candidate's, so that no program can replace the `len` or `abs` that judges it.
    """

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name):
            return getattr(builtins, name)  # nosec: confined
        return _act("name", name)


def examine(source: str) -> list[Any]:
    """Run the test: ["passed", weak] or ["failed", words]."""
    global _weak
    _weak = False
    names = _Names({"__name__": "test", "__builtins__": builtins})
    try:
        exec(compile(source, "test.py", "exec", dont_inherit=True), names)  # nosec: confined
    except AssertionError as error:
        return ["failed", f"{_line(error, source)}{f': {error}' if str(error) else ''}"]
    except UnsupportedError as error:
        return ["failed", f"unsupported in a test: {error}"]
    except Exception as error:  # noqa: BLE001 - whatever stops a test is its result
        return ["failed", f"raised {type(error).__name__}: {error} at {_line(error, source)}"[:400]]
    return ["passed", _weak]


def _line(error: BaseException, source: str) -> str:
    lines = source.splitlines()
    step, number = error.__traceback__, 0
    while step is not None:
        if step.tb_frame.f_code.co_filename == "test.py":
            number = step.tb_lineno
        step = step.tb_next
    return lines[number - 1].strip()[:200] if 0 < number <= len(lines) else "the test"


def _claim(action: str, *operands: object) -> Any:
    """An answer that rests on the candidate's word."""
    global _weak
    _weak = True
    return _act(action, *operands)


def _act(action: str, *operands: object, **named: object) -> Any:
    from codereal.sandbox import child

    request = ["ask", action, [_pack(operand) for operand in operands], {name: _pack(v) for name, v in named.items()}]
    child.send(request, 1 << 28)
    answer = child.receive()
    if answer is None:
        raise Stopped
    if answer[1] == "raised":
        raise _exception(answer[2], answer[3])
    return decode(answer[2], _resolve)


def _pack(value: object) -> Tagged:
    tagged = encode(value)
    if '"opaque":' in json.dumps(tagged):
        raise UnsupportedError(f"giving the program an object of type {type(value).__name__}")
    return tagged


def _resolve(tag: str, content: Any) -> object:
    if tag == "handle":
        return Remote(int(content[0]), str(content[1])[:80])
    if tag == "items":
        return [decode(item, _resolve) for item in content]
    raise ValueError(f"no value is written as {tag!r}")


def _exception(names: list[str], words: str) -> Exception:
    """The candidate's exception as the nearest built-in one; never one that the test's own failures raise."""
    words = words.removeprefix(f"{names[0]}: ")
    for name in names:
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, AssertionError):
            try:
                return kind(words)
            except TypeError:  # UnicodeDecodeError and its like want more arguments
                continue
    return Exception(words)

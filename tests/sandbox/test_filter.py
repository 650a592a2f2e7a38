"""The seccomp program, run by an interpreter of its own: it allows what the tables name, and nothing else."""

from __future__ import annotations

import struct

import pytest

from codereal.sandbox.filter import _ALLOWED, _CHECKED, _PROCESSES, _SOCKETS, compile_filter

ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
EPERM, ENOSYS = ERRNO | 1, ERRNO | 38


def verdict(code: bytes, machine: str, number: int, *args: int) -> int:
    data = struct.pack("<IIQ6Q", number, AUDIT.get(machine, 0), 0, *args, *[0] * (6 - len(args)))
    instructions = [struct.unpack_from("<HBBI", code, place) for place in range(0, len(code), 8)]
    place, accumulator = 0, 0
    while True:
        kind, true, false, value = instructions[place]
        place += 1
        if kind == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif kind == 0x06:
            return int(value)
        else:
            holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[kind]
            place += true if holds else false


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("processes", [False, True])
@pytest.mark.parametrize("sockets", [False, True])
def test_every_number(machine: str, processes: bool, sockets: bool) -> None:
    code = compile_filter(machine, processes=processes, sockets=sockets)
    column = 0 if machine == "x86_64" else 1
    table = _ALLOWED | (_PROCESSES if processes else {}) | (_SOCKETS if sockets else {})
    allowed = {pair[column] for name, pair in table.items() if name not in _CHECKED and name != "clone"} - {None}
    checked = {table[name][column] for name in (*_CHECKED, "clone") if name in table}
    for number in range(700):
        if number not in checked:
            expected = ENOSYS if number == 435 else ALLOW if number in allowed else EPERM
            assert verdict(code, machine, number) == expected, number


def test_arguments() -> None:
    plain, rich = (compile_filter("x86_64", processes=flag) for flag in (False, True))
    database = compile_filter("x86_64", processes=False, sockets=True)
    clone, socket, socketpair, prctl = 56, 41, 53, 157
    thread, new_user = 0x10F00, 0x10000000
    assert [verdict(plain, "x86_64", clone, flags) for flags in (thread, 17, new_user)] == [ALLOW, EPERM, EPERM]
    assert [verdict(rich, "x86_64", clone, flags) for flags in (thread, 17, new_user)] == [ALLOW, ALLOW, EPERM]
    assert [verdict(plain, "x86_64", socket, family) for family in (1, 2, 10, 16)] == [EPERM] * 4
    assert [verdict(database, "x86_64", socket, family) for family in (1, 2, 10, 16)] == [ALLOW, EPERM, EPERM, EPERM]
    assert [verdict(plain, "x86_64", socketpair, family) for family in (1, 2)] == [ALLOW, EPERM]
    assert [verdict(plain, "x86_64", prctl, option) for option in (15, 4, 38)] == [ALLOW, EPERM, EPERM]


def test_other_machines_and_numberings_are_killed() -> None:
    code = compile_filter("x86_64", processes=False)
    assert verdict(code, "aarch64", 0) == KILL
    assert verdict(code, "x86_64", 0x40000000) == KILL

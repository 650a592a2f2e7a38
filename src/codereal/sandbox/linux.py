"""The kernel calls that Python has no name for, on x86-64 and AArch64; each raises OSError with the call's name."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Callable, Iterable
from typing import TypeAlias

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_NOATIME, MS_NODIRATIME, MS_BIND, MS_REC, MS_PRIVATE = 1024, 2048, 4096, 16384, 1 << 18
CAP_DAC_READ_SEARCH = 2
CAP_SYS_ADMIN = 21

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_SET_CHILD_SUBREAPER = 1, 4, 24, 38, 36
_PR_SET_KEEPCAPS = 8
_DETACH = 2
_SIGCHLD = 17

MACHINE = platform.machine()
_NUMBERS = {  # x86-64, AArch64
    "pivot_root": (155, 41),
    "capset": (126, 91),
    "capget": (125, 90),
    "seccomp": (317, 277),
    "clone3": (435, 435),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
}


def supported() -> bool:
    """Whether the isolation levels L1 and L2 exist on this kind of machine at all."""
    return sys.platform == "linux" and MACHINE in ("x86_64", "aarch64")


# PyDLL keeps the interpreter lock: between a fork and its bookkeeping no other Python code may run.
_libc = ctypes.PyDLL(None, use_errno=True)


def _number(name: str) -> int:
    return _NUMBERS[name][0 if MACHINE == "x86_64" else 1]


def _check(name: str, result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")
    return result


def _syscall(name: str, *args: object) -> int:
    return _check(name, int(_libc.syscall(_number(name), *args)))


def unshare(flags: int) -> None:
    """Enter new namespaces."""
    _check("unshare", _libc.unshare(flags))


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """mount(2)."""
    arguments = (
        source.encode(),
        target.encode(),
        kind and kind.encode(),
        ctypes.c_ulong(flags),
        data and data.encode(),
    )
    _check(f"mount {target}", _libc.mount(*arguments))


def unmount(target: str) -> None:
    """Detach a mount now; it disappears with its last user."""
    _check(f"umount {target}", _libc.umount2(target.encode(), _DETACH))


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root and put the old one at `old`."""
    _syscall("pivot_root", new.encode(), old.encode())


def capabilities() -> int:
    """The effective capability set as a bit mask."""
    header = struct.pack("<Ii", 0x20080522, 0)
    data = ctypes.create_string_buffer(24)
    _syscall("capget", header, data)
    low, _, _, high, _, _ = struct.unpack("<6I", data.raw)
    return int(low | high << 32)


def _prctl(name: str, option: int, value: int) -> None:
    _check(name, _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent thread ends. A change of user undoes it."""
    _prctl("PR_SET_PDEATHSIG", _PR_SET_PDEATHSIG, 9)


def set_dumpable() -> None:
    """Own one's /proc entries again after a change of user."""
    _prctl("PR_SET_DUMPABLE", _PR_SET_DUMPABLE, 1)


def no_new_privileges() -> None:
    """No program started from here gains rights, whatever its file says."""
    _prctl("PR_SET_NO_NEW_PRIVS", _PR_SET_NO_NEW_PRIVS, 1)


def adopt_orphans() -> None:
    """Descendants whose parent ends become children of this process, so that it can end them."""
    _prctl("PR_SET_CHILD_SUBREAPER", _PR_SET_CHILD_SUBREAPER, 1)


def empty_bounding_set() -> None:
    """No program started from here can ever hold a capability. Needs CAP_SETPCAP."""
    for capability in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) < 0:
            break  # past the last capability this kernel knows


def fork(flags: int = 0) -> int:
    """Fork, into new namespaces if flags say so; for a process that has one thread and no locks held.

    clone3 is the only way to a new pid namespace that an ordinary user can repeat. The bookkeeping of os.fork is left
    out: it repairs what threads would have left behind, and its hooks touch so many pages that a run costs a quarter
    more. The caller seeds `random`.
    """
    arguments = struct.pack("<11Q", flags, 0, 0, 0, _SIGCHLD, 0, 0, 0, 0, 0, 0)
    return _syscall("clone3", arguments, ctypes.c_size_t(len(arguments)))


Step: TypeAlias = tuple[str, Callable[..., object], tuple[object, ...]]
"""A call with its arguments, made ready so that a child only has to make it: all that a child looks at costs a copy."""


def take(steps: Iterable[Step]) -> None:
    """Make the calls in turn. Raises OSError with the name of the first that fails."""
    for name, function, arguments in steps:
        if function(*arguments):
            error = ctypes.get_errno()
            raise OSError(error, f"{name}: {os.strerror(error)}")


def _prctl_step(name: str, option: int, value: int) -> Step:
    return name, _libc.prctl, (option, ctypes.c_ulong(value), 0, 0, 0)


def _syscall_step(name: str, *arguments: object) -> Step:
    return name, _libc.syscall, (_number(name), *arguments)


def keeping_capabilities() -> Step:
    """Capabilities survive the next change of user."""
    return _prctl_step("PR_SET_KEEPCAPS", _PR_SET_KEEPCAPS, 1)


def keeping_only(capability: int | None) -> Step:
    """Drop every capability but this one (None: all)."""
    mask = 0 if capability is None else 1 << capability
    sets = struct.pack("<6I", mask, mask, 0, 0, 0, 0)
    return _syscall_step("capset", struct.pack("<Ii", 0x20080522, 0), sets)


def dying_with_parent() -> Step:
    """As `die_with_parent`."""
    return _prctl_step("PR_SET_PDEATHSIG", _PR_SET_PDEATHSIG, 9)


def without_new_privileges() -> Step:
    """As `no_new_privileges`."""
    return _prctl_step("PR_SET_NO_NEW_PRIVS", _PR_SET_NO_NEW_PRIVS, 1)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


class Filter:
    """A compiled seccomp program, kept in memory so that applying it is one call."""

    def __init__(self, code: bytes) -> None:
        self._buffer = ctypes.create_string_buffer(code, len(code))
        self._program = _Program(len(code) // 8, ctypes.cast(self._buffer, ctypes.c_void_p))

    def applying(self) -> Step:
        """Bind this process to the filter for good; needs `without_new_privileges` before."""
        return _syscall_step("seccomp", 1, 0, ctypes.byref(self._program))


class _Path(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("parent", ctypes.c_int))


def landlock_version() -> int:
    """The kernel's Landlock version, 0 where there is none."""
    result = int(_libc.syscall(_number("landlock_create_ruleset"), None, ctypes.c_size_t(0), 1))
    return max(result, 0)


def landlock_ruleset(version: int, grants: list[tuple[str, int]]) -> int:
    """A descriptor of rules that refuse everything but the grants (path, access bits); missing paths are skipped."""
    # Rights that a kernel does not know must not be named: 13 bits in version 1, one more in 2, 3 and 5.
    handled = (1 << (13 + (version >= 2) + (version >= 3) + (version >= 5))) - 1
    attributes = struct.pack("<3Q", handled, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _syscall("landlock_create_ruleset", attributes, ctypes.c_size_t(size), 0)
    for path, access in grants:
        if not os.path.exists(path):
            continue
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rule = _Path(access & handled, parent)
            _syscall("landlock_add_rule", ruleset, 1, ctypes.byref(rule), 0)
        finally:
            os.close(parent)
    return ruleset


def applying_landlock(ruleset: int) -> Step:
    """Bind this process to the rules for good; needs `without_new_privileges` before."""
    return _syscall_step("landlock_restrict_self", ruleset, 0)

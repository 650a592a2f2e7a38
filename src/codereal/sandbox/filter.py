"""The system calls that a candidate may make: an allow-list, as a seccomp program.

Everything else fails with EPERM, so that a program sees an exception instead of dying. Left out on purpose: processes
and signals (unless the task allows processes), sockets other than pairs (unless the task has a database server: then
Unix sockets), namespaces, mounts, tracing, keys, BPF,
io_uring, performance counters, memfd (memory that no limit counts), and other processes' limits.
"""

from __future__ import annotations

import struct

# name: (x86-64, AArch64); None where the architecture has no such call.
# fmt: off
_ALLOWED: dict[str, tuple[int, int | None]] = {
    "read": (0, 63), "write": (1, 64), "open": (2, None), "openat": (257, 56), "openat2": (437, 437),
    "close": (3, 57), "close_range": (436, 436), "stat": (4, None), "fstat": (5, 80), "lstat": (6, None),
    "newfstatat": (262, 79), "statx": (332, 291), "poll": (7, None), "ppoll": (271, 73), "select": (23, None),
    "pselect6": (270, 72), "lseek": (8, 62), "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215),
    "mremap": (25, 216), "msync": (26, 227), "mincore": (27, 232), "madvise": (28, 233), "brk": (12, 214),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "rt_sigpending": (127, 136),
    "rt_sigsuspend": (130, 133), "rt_sigtimedwait": (128, 137), "sigaltstack": (131, 132), "pread64": (17, 67),
    "pwrite64": (18, 68), "readv": (19, 65), "writev": (20, 66), "preadv": (295, 69), "pwritev": (296, 70),
    "preadv2": (327, 286), "pwritev2": (328, 287), "access": (21, None), "faccessat": (269, 48),
    "faccessat2": (439, 439), "pipe": (22, None), "pipe2": (293, 59), "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123), "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120), "sched_get_priority_max": (146, 125), "sched_get_priority_min": (147, 126),
    "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24), "pause": (34, None), "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115), "getitimer": (36, 102), "setitimer": (38, 103), "alarm": (37, None),
    "timer_create": (222, 107), "timer_settime": (223, 110), "timer_gettime": (224, 108),
    "timer_getoverrun": (225, 109), "timer_delete": (226, 111), "timerfd_create": (283, 85),
    "timerfd_settime": (286, 86), "timerfd_gettime": (287, 87), "getpid": (39, 172), "getppid": (110, 173),
    "gettid": (186, 178), "getpgrp": (111, None), "getpgid": (121, 155), "getsid": (124, 156), "getuid": (102, 174),
    "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177), "getresuid": (118, 148),
    "getresgid": (120, 150), "getgroups": (115, 158), "uname": (63, 160), "fcntl": (72, 25), "flock": (73, 32),
    "fsync": (74, 82), "fdatasync": (75, 83), "sync_file_range": (277, 84), "truncate": (76, 45),
    "ftruncate": (77, 46), "fallocate": (285, 47), "fadvise64": (221, 223), "getdents": (78, None),
    "getdents64": (217, 61), "getcwd": (79, 17), "chdir": (80, 49), "fchdir": (81, 50), "rename": (82, None),
    "renameat": (264, 38), "renameat2": (316, 276), "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None),
    "creat": (85, None), "link": (86, None), "linkat": (265, 37), "unlink": (87, None), "unlinkat": (263, 35),
    "symlink": (88, None), "symlinkat": (266, 36), "readlink": (89, None), "readlinkat": (267, 78),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "chown": (92, None), "fchown": (93, 55),
    "lchown": (94, None), "fchownat": (260, 54), "umask": (95, 166), "utime": (132, None), "utimes": (235, None),
    "utimensat": (280, 88), "futimesat": (261, None), "gettimeofday": (96, 169), "time": (201, None),
    "getrlimit": (97, 163), "prlimit64": (302, 261), "getrusage": (98, 165), "sysinfo": (99, 179),
    "times": (100, 153), "capget": (125, 90), "statfs": (137, 43), "fstatfs": (138, 44), "arch_prctl": (158, None),
    "futex": (202, 98), "set_robust_list": (273, 99), "get_robust_list": (274, 100), "set_tid_address": (218, 96),
    "restart_syscall": (219, 128), "clock_gettime": (228, 113), "clock_getres": (229, 114), "exit": (60, 93),
    "exit_group": (231, 94), "epoll_create": (213, None), "epoll_create1": (291, 20), "epoll_ctl": (233, 21),
    "epoll_wait": (232, None), "epoll_pwait": (281, 22), "eventfd": (284, None), "eventfd2": (290, 19),
    "inotify_init1": (294, 26), "inotify_add_watch": (254, 27), "inotify_rm_watch": (255, 28), "splice": (275, 76),
    "tee": (276, 77), "sendfile": (40, 71), "copy_file_range": (326, 285), "getrandom": (318, 278),
    "membarrier": (324, 283), "rseq": (334, 293), "getcpu": (309, 168),
    "getxattr": (191, 8), "lgetxattr": (192, 9), "fgetxattr": (193, 10), "listxattr": (194, 11),
    "socketpair": (53, 199), "sendto": (44, 206), "recvfrom": (45, 207), "sendmsg": (46, 211), "recvmsg": (47, 212),
    "shutdown": (48, 210), "getsockname": (51, 204), "getpeername": (52, 205), "getsockopt": (55, 209),
    "setsockopt": (54, 208), "wait4": (61, 260), "waitid": (247, 95), "ioctl": (16, 29), "prctl": (157, 167),
    "clone": (56, 220),
}

# Allowed in addition where a task may start processes.
_PROCESSES: dict[str, tuple[int, int | None]] = {
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "setsid": (112, 157), "setpgid": (109, 154),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "rt_sigqueueinfo": (129, 138),
}

# Allowed in addition where a task has a database server.
_SOCKETS: dict[str, tuple[int, int | None]] = {"socket": (41, 198), "connect": (42, 203)}
# fmt: on

_CLONE3 = 435  # the same number everywhere
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_X32 = 0x40000000

_CLONE_THREAD = 0x10000
_NAMESPACES = 0x20000 | 0x2000000 | 0x4000000 | 0x8000000 | 0x10000000 | 0x20000000 | 0x40000000 | 0x80

# Calls whose argument decides: name → (argument's index, allowed values).
_TCGETS, _TIOCGWINSZ, _FIONREAD, _FIONBIO, _FIONCLEX, _FIOCLEX = 0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451
_PR_SET_NAME, _PR_GET_NAME, _PR_SET_VMA = 15, 16, 0x53564D41
_CHECKED: dict[str, tuple[int, tuple[int, ...]]] = {
    "ioctl": (1, (_TCGETS, _TIOCGWINSZ, _FIONREAD, _FIONBIO, _FIONCLEX, _FIOCLEX)),
    "prctl": (0, (_PR_SET_NAME, _PR_GET_NAME, _PR_SET_VMA)),
    "prlimit64": (0, (0,)),  # one's own limits only
    "socketpair": (0, (1,)),
    "socket": (0, (1,)),
    "fcntl": (1, (0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 36, 37, 38, 1024, 1025, 1026, 1028, 1030, 1031, 1032, 1033, 1034)),
}  # fcntl without F_SETOWN, F_SETSIG and F_SETOWN_EX: they send signals to others


def compile_filter(machine: str, *, processes: bool, sockets: bool = False) -> bytes:
    """The seccomp program for `x86_64` or `aarch64`; `processes` also allows fork, exec and signals,
    `sockets` connections to Unix sockets.
    """
    column = 0 if machine == "x86_64" else 1
    table = _ALLOWED | (_PROCESSES if processes else {}) | (_SOCKETS if sockets else {})
    numbers = {name: number for name, pair in table.items() if (number := pair[column]) is not None}
    code = [_load(4), _skip_unless_equal(_AUDIT[machine], 1, 0), _return(_KILL), _load(0)]
    if machine == "x86_64":
        code += [(0x35, 0, 1, _X32), _return(_KILL)]  # the x32 calls would go around the numbers below
    # glibc then falls back on clone, whose flags stand in a register where they can be read.
    code += _when(_CLONE3, [_return(_ERRNO | _ENOSYS)])
    forbidden, required = (_NAMESPACES, 0) if processes else (0, _CLONE_THREAD)
    body = [_load(16)]
    if required:
        body += [(0x45, 1, 0, required), _return(_ERRNO | _EPERM)]
    else:
        body += [(0x45, 0, 1, forbidden), _return(_ERRNO | _EPERM)]
    code += _when(numbers.pop("clone"), [*body, _return(_ALLOW)])
    for name, (index, values) in _CHECKED.items():
        if name not in numbers:
            continue
        tests = [_skip_unless_equal(value, len(values) - place, 0) for place, value in enumerate(values)]
        code += _when(numbers.pop(name), [_load(16 + 8 * index), *tests, _return(_ERRNO | _EPERM), _return(_ALLOW)])
    code += _search(_bounds(list(numbers.values())))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


_Instruction = tuple[int, int, int, int]


def _load(offset: int) -> _Instruction:
    return (0x20, 0, 0, offset)


def _return(action: int) -> _Instruction:
    return (0x06, 0, 0, action)


def _skip_unless_equal(value: int, equal: int, unequal: int) -> _Instruction:
    return (0x15, equal, unequal, value)


def _when(number: int, body: list[_Instruction]) -> list[_Instruction]:
    return [_skip_unless_equal(number, 0, len(body)), *body]


def _bounds(numbers: list[int]) -> list[int]:
    """Where allowed numbers begin and end, in turn: [2, 4, 7, 8] for 2, 3 and 7."""
    found: list[int] = []
    for number in sorted(numbers):
        if found and found[-1] == number:
            found[-1] = number + 1
        else:
            found += [number, number + 1]
    return found


def _search(bounds: list[int], allowed: bool = False) -> list[_Instruction]:
    """A binary search among the bounds; `allowed` says whether what lies below all of them is.

    By ranges, since each child compiles the program anew, and a short one compiles sooner.
    """
    if not bounds:
        return [_return(_ALLOW if allowed else _ERRNO | _EPERM)]
    middle = len(bounds) // 2
    low = _search(bounds[:middle], allowed)
    high = _search(bounds[middle + 1 :], allowed == (middle % 2 == 1))
    # A jump reaches 255 instructions; the halves are shorter.
    return [(0x35, len(low), 0, bounds[middle]), *low, *high]

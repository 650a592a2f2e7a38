"""The walls: what the fork server sets up once (`Jail`), and what each child binds itself to (`Jail.confine`).

L2: namespaces, a root made of read-only library folders and a private tmpfs, seccomp, limits, no rights.
L1: where namespaces are refused: seccomp, Landlock, limits, no rights; the working folder lies on the host's disk.
L0: limits only.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import resource
import signal
import sys

from codereal.sandbox import linux
from codereal.sandbox.filter import compile_filter
from codereal.sandbox.limits import Limits
from codereal.sandbox.root import DEVICES, Paths, Root
from codereal.sandbox.verdict import Isolation

_NAMESPACES = linux.NEWNS | linux.NEWNET | linux.NEWIPC | linux.NEWUTS
_INSIDE_UID = 1000  # the candidate's user within a user namespace
_STACK = 64 << 20
_FILES = 128
_PLANS = 64

_READ, _READ_TREE, _EVERYTHING = 0b101, 0b1101, 0xFFFF
_READ_WRITE = 0b110 | 1 << 14


class Jail:
    """The walls around all children of this process; made once, before the first fork.

    Raises OSError where this machine refuses the level; the process is then spoilt and must end.
    """

    def __init__(self, level: Isolation, paths: Paths) -> None:
        self.level: Isolation = level
        self._root = os.geteuid() == 0 and level != "L0"
        self._uid = free_uid(os.getpid()) if self._root else os.getuid()
        self._search: int | None = None
        self._namespaces = 0
        self._ruleset: int | None = None
        self._image = _image_bytes()
        self._plans: dict[tuple[Limits, int], list[linux.Step]] = {}
        self._filters: dict[bool, linux.Filter] = {}
        self._workspace = "/tmp"
        self._tree: Root | None = None
        if level != "L0":
            self._filters = {
                flag: linux.Filter(compile_filter(linux.MACHINE, processes=flag, sockets=paths.sockets is not None))
                for flag in (False, True)
            }
        if level == "L2":
            self._enter_namespaces(paths)
        else:
            # Named after the engine, so that what one leaves behind can be told from what others use.
            import tempfile  # brings many libraries along, and L2 needs none of them

            self._workspace = tempfile.mkdtemp(prefix=f"codereal-{os.getppid()}-")
            if level == "L1":
                linux.adopt_orphans()
                self._build_rules(paths)
        if self._root:
            linux.empty_bounding_set()

    def _enter_namespaces(self, paths: Paths) -> None:
        if self._root and not linux.capabilities() >> linux.CAP_SYS_ADMIN & 1:
            _become(self._uid)
            linux.set_dumpable()
            self._root = False
        self._namespaces = linux.NEWPID
        if self._root:
            linux.unshare(_NAMESPACES)
        else:
            uid, gid = os.getuid(), os.getgid()
            linux.unshare(_NAMESPACES | linux.NEWUSER)
            for name, line in (
                ("setgroups", "deny"),
                ("uid_map", f"{_INSIDE_UID} {uid} 1"),
                ("gid_map", f"{_INSIDE_UID} {gid} 1"),
            ):
                with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                    file.write(line)
        self._tree = Root(paths)

    def _build_rules(self, paths: Paths) -> None:
        version = linux.landlock_version()
        if not version:
            raise OSError(errno.ENOSYS, "this kernel has no Landlock (Linux 5.13), and without it L1 has no walls")
        if self._root:
            os.chown(self._workspace, self._uid, self._uid)
            if not all(_reachable(path) for path in paths.readable):
                # Python lies in a folder that only root may enter. Landlock still decides what can be read.
                self._search = linux.CAP_DAC_READ_SEARCH
        grants = [(self._workspace, _EVERYTHING)]
        grants += [(path, _READ_WRITE if path.endswith(("null", "zero")) else _READ) for path in DEVICES]
        hidden = set(map(os.path.realpath, paths.hidden))
        for path in map(os.path.realpath, paths.readable):
            grants += [(part, _READ_TREE if os.path.isdir(part) else _READ) for part in _without(path, hidden)]
        ruleset = linux.landlock_ruleset(version, grants)
        self._ruleset = fcntl.fcntl(ruleset, fcntl.F_DUPFD_CLOEXEC, 32)  # children put other things at 0 to 3
        os.close(ruleset)

    def fork(self) -> int:
        """Fork a child that stands in its own pid namespace where the level has one; returns as os.fork does."""
        return linux.fork(self._namespaces) if linux.supported() else os.fork()

    def open_workspace(self, limits: Limits) -> None:
        """An empty working folder for the next children."""
        if self._tree is not None:
            self._tree.open_tmp(limits.writable_mb)

    def close_workspace(self) -> None:
        """Forget all that the children wrote."""
        if self._tree is not None:
            self._tree.close_tmp()
        else:
            for entry in os.scandir(self._workspace):
                _remove(entry.path)

    def destroy(self) -> None:
        """The last call: nothing is left on the host's disk."""
        if self.level != "L2":
            _remove(self._workspace)

    def kill_all(self) -> None:
        """As root: end all processes of the children's user at once, even while they fork; otherwise nothing."""
        if self._root and self.level == "L1":
            pid = linux.fork()
            if pid == 0:
                try:
                    _become(self._uid)
                    os.kill(-1, signal.SIGKILL)  # all that this user may signal: only what the candidate started
                finally:
                    os._exit(0)
            os.waitpid(pid, 0)

    def overfull(self, limits: Limits) -> bool:
        """Whether children wrote more than they may; only where no file system of their own stops them."""
        if self.level == "L2":
            return False
        total = 0
        for folder, folders, files in os.walk(self._workspace):
            for name in (*folders, *files):
                with contextlib.suppress(OSError):  # removed in the meantime
                    total += os.lstat(os.path.join(folder, name)).st_blocks * 512
            if total > limits.writable_mb << 20:
                return True
        return False

    @property
    def folder(self) -> str:
        """The working folder of all children."""
        return self._workspace

    def steps(self, limits: Limits, cpu_seconds: int) -> list[linux.Step]:
        """What binds a child to the walls, for good, when it takes them; closes all descriptors from 4 up.

        Worked out in the server, once where it is the same for all children.
        """
        shared = self.level != "L2" and not self._root
        key = limits, cpu_seconds
        if key in self._plans and not shared:
            return self._plans[key]
        tasks = limits.threads + limits.processes
        if shared:
            tasks += _tasks_of(os.getuid())  # the kernel counts all of the user's
        # A group of its own: kill(0) reaches the group across namespaces, and as an ordinary user that would be us.
        steps: list[linux.Step] = [("setsid", os.setsid, ()), ("chdir", os.chdir, (self._workspace,))]
        for what, value in (
            (resource.RLIMIT_AS, self._image + (limits.memory_mb << 20)),
            (resource.RLIMIT_CPU, cpu_seconds),
            (resource.RLIMIT_FSIZE, limits.writable_mb << 20),
            (resource.RLIMIT_NOFILE, _FILES),
            (resource.RLIMIT_NPROC, tasks),
            (resource.RLIMIT_STACK, _STACK),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_MEMLOCK, 0),
            (resource.RLIMIT_MSGQUEUE, 0),
        ):
            most = resource.getrlimit(what)[1]
            value = value if most == resource.RLIM_INFINITY else min(value, most)
            steps.append(("setrlimit", resource.setrlimit, (what, (value, value))))
        if self.level != "L0":
            steps += self._walls(limits)
        elif sys.platform == "linux":
            steps.append(linux.dying_with_parent())
        close: linux.Step = ("close", os.closerange, (4, 1 << 20))
        steps.insert(-1, close)  # the filter is last; before it, Landlock's rules were needed
        while len(self._plans) >= _PLANS:
            self._plans.pop(next(iter(self._plans)))
        self._plans[key] = steps
        return steps

    def _walls(self, limits: Limits) -> list[linux.Step]:
        steps: list[linux.Step] = []
        if self._root:
            if self._search is not None:
                steps.append(linux.keeping_capabilities())
            steps += [
                ("setgroups", os.setgroups, ([],)),
                ("setresgid", os.setresgid, (self._uid,) * 3),
                ("setresuid", os.setresuid, (self._uid,) * 3),
            ]
        steps += [linux.keeping_only(self._search), linux.dying_with_parent(), linux.without_new_privileges()]
        if self._ruleset is not None:
            steps.append(linux.applying_landlock(self._ruleset))
        return [*steps, self._filters[limits.processes > 0].applying()]


def _without(path: str, hidden: set[str]) -> list[str]:
    """The folder's parts that leave out the hidden ones: Landlock can grant, not except. All are real paths."""
    if not any(other == path or other.startswith(f"{path}/") for other in hidden):
        return [path]
    if path in hidden:
        return []
    # A link needs no grant: what it leads to has its own, or shall have none.
    return [part for entry in os.scandir(path) if not entry.is_symlink() for part in _without(entry.path, hidden)]


def _become(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def free_uid(pid: int) -> int:
    """A user that nobody else has, for what stems from one process: limits and signals go by users."""
    with open("/proc/self/uid_map", encoding="ascii") as file:
        spans = [tuple(map(int, line.split())) for line in file]
    start, _, count = max(spans, key=lambda span: span[2])
    if count > 1 << 31:
        return (1 << 30) + pid
    return start + count // 2 + pid % max(1, count // 2 - 2)


def _reachable(path: str) -> bool:
    """Whether others than the owner may enter every folder on the way."""
    while path != "/":
        if os.path.exists(path) and not os.stat(path).st_mode & 0o001 and os.path.isdir(path):
            return False
        path = os.path.dirname(path)
    return True


def _image_bytes() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except FileNotFoundError:
        return 4 << 30  # no /proc (macOS, L0 only)


def _tasks_of(uid: int) -> int:
    """How many tasks the user has on this machine."""
    count = 0
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        with contextlib.suppress(OSError):  # ended in the meantime
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == uid:
                count += len(os.listdir(f"/proc/{name}/task"))
    return count


def _remove(path: str) -> None:
    """Remove a file or tree that a hostile program has left, whatever its modes; never follows links."""
    import shutil

    if not os.path.isdir(path) or os.path.islink(path):
        os.unlink(path)
        return

    def retry(function: object, name: str, error: object) -> None:
        os.chmod(os.path.dirname(name), 0o700)
        if os.path.isdir(name) and not os.path.islink(name):
            os.chmod(name, 0o700)
            shutil.rmtree(name)
        else:
            os.unlink(name)

    shutil.rmtree(path, onerror=retry)

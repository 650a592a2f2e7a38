"""The file system of L2: a root made of read-only folders of the host, a few devices, and a private /tmp."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass

from codereal.sandbox import linux

DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_MOUNT_POINTS = ("/mnt", "/srv", "/media", "/opt", "/sys", "/tmp")
SOCKETS = "/run/database"
_KEPT = "/.kept"
_PLAIN = linux.MS_NOSUID | linux.MS_NODEV


@dataclass(frozen=True, slots=True)
class Paths:
    """What a candidate may read of the host: `readable` folders and files, less the `hidden` folders in them.

    `sockets` is a folder with the socket of a database server; it lies at `SOCKETS` in L2.
    """

    readable: tuple[str, ...]
    hidden: tuple[str, ...]
    sockets: str | None = None


class Root:
    """Enters a new root for good; needs a mount namespace of one's own and the right to mount in it.

    Raises OSError where the kernel refuses.
    """

    def __init__(self, paths: Paths) -> None:
        # What lies below /tmp (a virtual environment, say) would vanish under the private one: it is kept beside it,
        # and bound into each new /tmp.
        self._kept = {
            path: f"{_KEPT}/{number}" for number, path in enumerate(paths.readable) if path.startswith("/tmp/")
        }
        linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
        base = next(
            point
            for point in _MOUNT_POINTS
            if os.path.isdir(point) and not any(f"{path}/".startswith(f"{point}/") for path in paths.readable)
        )
        linux.mount("tmpfs", base, "tmpfs", _PLAIN, "size=1m,mode=755")
        for path in paths.readable:
            _bind(path, base + self._kept.get(path, path), linux.MS_RDONLY | _PLAIN)
        for path in paths.hidden:
            linux.mount("tmpfs", base + self._inside(path), "tmpfs", linux.MS_RDONLY | _PLAIN, "size=4k")
        for path in DEVICES:
            _bind(path, base + path, 0)
        if paths.sockets is not None:
            _bind(paths.sockets, base + SOCKETS, linux.MS_RDONLY | _PLAIN)
        for name in ("tmp", "old"):
            os.mkdir(f"{base}/{name}")
        os.chdir(base)
        linux.pivot_root(base, f"{base}/old")
        os.chdir("/")
        linux.unmount("/old")
        os.rmdir("/old")
        linux.mount("none", "/", None, linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | _PLAIN)

    def open_tmp(self, size_mb: int) -> None:
        """An empty /tmp of limited size, but for what of the host lies there."""
        linux.mount("tmpfs", "/tmp", "tmpfs", _PLAIN, f"size={size_mb}m,nr_inodes=4096,mode=1777")
        for path, kept in self._kept.items():
            _make_target(kept, path)
            # Recursive: what is hidden in it stays hidden. A bind of a read-only mount is read-only.
            linux.mount(kept, path, None, linux.MS_BIND | linux.MS_REC)

    def close_tmp(self) -> None:
        """Forget all that was written there."""
        linux.unmount("/tmp")

    def _inside(self, path: str) -> str:
        """Where a path of the host lies in the new root."""
        for outer, kept in self._kept.items():
            if path == outer or path.startswith(f"{outer}/"):
                return kept + path[len(outer) :]
        return path


def _make_target(source: str, target: str) -> None:
    """The empty folder or file that a mount needs to stand on."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))


def _bind(source: str, target: str, flags: int) -> None:
    _make_target(source, target)
    try:
        linux.mount(source, target, None, linux.MS_BIND)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        # An ordinary user may not leave out what others have mounted below (driver libraries, say).
        linux.mount(source, target, None, linux.MS_BIND | linux.MS_REC)
    if flags:
        # A user namespace may add restrictions to a mount but must name those that it already has.
        held = os.statvfs(target).f_flag & (0b1111 | linux.MS_NOATIME | linux.MS_NODIRATIME)
        linux.mount("none", target, None, linux.MS_REMOUNT | linux.MS_BIND | flags | held)

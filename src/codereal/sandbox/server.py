"""The fork server: a fresh program that loads an image once and forks a confined child for each run.

It never sees a program, an argument or a result: those go over sockets that it only passes on. So its memory, which
every child inherits, holds nothing of earlier runs: neither tests nor other candidates' code.

Requests on the control socket (one JSON object a packet):

    {"op": "fork", "limits": {…}, "cpu": 9, "fresh": true}   with three descriptors: channel, stdout, stderr
                                                             → {"pid": …}, and at its end {"status": …, "full": …}
    {"op": "kill"}                                           ends the child; answered by its end
    {"op": "clean"}                                          empties the working folder

End of file means that the engine is gone: the server ends its child and itself.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from dataclasses import dataclass
from typing import Any

from codereal.sandbox import child, examiner, linux
from codereal.sandbox.jail import Jail
from codereal.sandbox.limits import Limits
from codereal.sandbox.root import Paths

# What programs often use. A fork costs more with every page and every mapped file: what few of them use (xml.sax with
# half of the network modules, shutil with its compressors) is theirs to load.
STANDARD = (
    "abc argparse array ast base64 bisect calendar cmath collections collections.abc configparser "
    "contextlib copy csv ctypes dataclasses datetime decimal difflib enum fcntl fractions functools glob hashlib "
    "heapq hmac html html.parser io itertools json keyword logging math numbers operator os.path pathlib pickle "
    "pprint queue random re secrets shlex sqlite3 statistics string struct subprocess sys "
    "textwrap threading time traceback types typing unicodedata unittest urllib.parse "
    "uuid weakref xml.etree.ElementTree zlib linecache inspect concurrent.futures encodings.latin_1 encodings.ascii"
)
SCIENTIFIC = "numpy numpy.random numpy.linalg numpy.testing pandas sympy scipy"
_CHECK_DISK_MS = 50
_KEPT_REQUESTS = 64
_USUAL = Limits()
_ = examiner  # loaded here, because a judge's process can no longer read this package


def main(descriptor: int) -> None:
    """Serve until the engine closes its end. The first packet says what to be; the first answer, what came of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    control = socket.socket(fileno=descriptor)
    settings = json.loads(control.recv(1 << 16))
    os.environ.pop("LD_BIND_NOW", None)  # not a candidate's concern
    _load(STANDARD.split())
    if settings["image"] == "scientific":
        _load(SCIENTIFIC.split())
    if settings["client"] is not None:
        _load([settings["client"]])
    del sys.path[0]  # codereal's own folder, when it stands there by itself
    try:
        jail = Jail(settings["level"], _paths(settings))
    except OSError as error:
        control.send(json.dumps({"refused": str(error)}).encode())
        return
    try:
        child.prepare(jail.folder)
        gc.collect()
        gc.freeze()
        gc.disable()
        control.send(b'{"ready": true}')
        _serve(control, jail)
    finally:
        jail.destroy()


def _paths(settings: dict[str, Any]) -> Paths:
    return Paths(tuple(settings["readable"]), tuple(settings["hidden"]), settings["sockets"])


def _load(modules: list[str]) -> None:
    for name in modules:
        try:
            importlib.import_module(name)  # nosec: names that the engine sends
        except ImportError:
            continue  # an optional library that is not installed; candidates see the same ImportError


@dataclass(frozen=True, slots=True)
class _Request:
    """A packet, understood. Kept by its bytes: the fewer pages the server writes to, the fewer of those that it shares
    with children have to be copied.
    """

    kind: str
    fresh: bool = False
    limits: Limits = _USUAL
    cpu_seconds: int = 0


def _understand(packet: bytes) -> _Request:
    data = json.loads(packet)
    if data["op"] != "fork":
        return _Request(data["op"])
    return _Request("fork", data["fresh"], Limits.from_dict(data["limits"]), data["cpu"])


def _serve(control: socket.socket, jail: Jail) -> None:
    open_workspace = False
    requests: dict[bytes, _Request] = {}
    while True:
        packet, descriptors, _, _ = socket.recv_fds(control, 4096, 3)
        if not packet:
            return
        request = requests.get(packet)
        if request is None:
            if len(requests) >= _KEPT_REQUESTS:
                requests.clear()
            request = requests[packet] = _understand(packet)
        if open_workspace and (request.fresh or request.kind == "clean"):
            jail.close_workspace()
            open_workspace = False
        if request.kind != "fork":
            continue  # a kill that crossed the child's own end on the way
        if not open_workspace:
            jail.open_workspace(request.limits)
            open_workspace = True
        if not _run(control, jail, request, descriptors):
            return


def _run(control: socket.socket, jail: Jail, request: _Request, descriptors: list[int]) -> bool:
    """One child from fork to burial; False when the engine has gone."""
    limits = request.limits
    steps = jail.steps(limits, request.cpu_seconds)
    pid = jail.fork()
    if pid == 0:
        _be_child(steps, limits.output_kb << 10, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    control.send(b'{"pid": %d}' % pid)
    present, full, status = _watch(control, jail, limits, pid)
    if jail.level != "L2" and limits.processes:
        jail.kill_all()
        _bury_orphans()
    if present:
        control.send(b'{"status": %d, "full": %s}' % (status, b"true" if full else b"false"))
    return present


def _be_child(steps: list[linux.Step], most: int, descriptors: list[int]) -> None:
    """In the new process: place the descriptors, raise the walls, talk. Never returns."""
    try:
        child.place(descriptors)
        try:
            linux.take(steps)
        except (OSError, ValueError) as error:
            child.send(["broken", str(error)], most)
        else:
            child.converse(most)
    finally:
        os._exit(child.BROKEN)


def _watch(control: socket.socket, jail: Jail, limits: Limits, pid: int) -> tuple[bool, bool, int]:
    """Wait for the child's end, or bring it about: (engine present, disk full, wait status)."""
    present, full = True, False
    ending = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else -1
    poll = select.poll()
    poll.register(control, select.POLLIN)
    if ending >= 0:
        poll.register(ending, select.POLLIN)
    timeout = None if jail.level == "L2" else _CHECK_DISK_MS if ending >= 0 else 5
    try:
        while True:
            events = dict(poll.poll(timeout))
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return present, full, status
            if control.fileno() in events:
                present = bool(control.recv(4096))
            elif jail.overfull(limits):
                full = True
            else:
                continue
            os.kill(pid, signal.SIGKILL)
            return present, full, os.waitpid(pid, 0)[1]
    finally:
        if ending >= 0:
            os.close(ending)


def _bury_orphans() -> None:
    """End what the candidate started and left behind; it has become this server's child."""
    while True:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            for pid in file.read().split():
                os.kill(int(pid), signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return

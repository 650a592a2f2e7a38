"""Against the budget: programs that take more time, memory, output, disk, threads or processes than they may."""

from __future__ import annotations

from codereal.sandbox.conformance.hostile import WALLED, Hostile


def _hostile(name: str, report: str, outcomes: str, program: str, detail: str = "", **options: object) -> Hostile:
    return Hostile(name, "budget", report, outcomes, program, detail, **options)  # type: ignore[arg-type]


_TIME = (
    _hostile("endless loop", "TIMEOUT, by processor time", "TIMEOUT", "def solve(x):\n    while True: pass"),
    _hostile("endless loop at the top level", "TIMEOUT for all its cases", "TIMEOUT", "while True: pass"),
    _hostile(
        "endless loop that catches everything",
        "TIMEOUT: the end comes from outside",
        "TIMEOUT",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    ),
    _hostile("sleeps", "TIMEOUT, by the wall clock", "TIMEOUT", "import time\ndef solve(x): time.sleep(1000)"),
    _hostile(
        "ignores all signals",
        "TIMEOUT: one signal cannot be ignored",
        "TIMEOUT",
        "import signal\nfor s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\ndef solve(x):\n    while True: pass",
    ),
    _hostile(
        "changes the limits",
        "TIMEOUT: limits go down, never up, and the engine has a clock of its own",
        "TIMEOUT",
        "import resource\ndef solve(x):\n    for r in (resource.RLIMIT_CPU, resource.RLIMIT_AS):\n"
        "        try: resource.setrlimit(r, (-1, -1))\n        except (OSError, ValueError): pass\n"
        "    while True: pass",
    ),
    _hostile(
        "closes all descriptors and stays",
        "TIMEOUT: silence does not stop the clock",
        "TIMEOUT",
        "import os\ndef solve(x):\n    os.closerange(0, 1000)\n    while True: pass",
    ),
    _hostile(
        "its exception's words run forever",
        "TIMEOUT: words about an error count as well",
        "TIMEOUT",
        "class E(Exception):\n    def __str__(self):\n        while True: pass\ndef solve(x): raise E",
    ),
    _hostile(
        "burns time in threads",
        "TIMEOUT: the time of all threads counts",
        "TIMEOUT",
        "import threading, hashlib\ndef burn():\n    while True: hashlib.sha256(bytes(1 << 20)).digest()\n"
        "def solve(x):\n    for _ in range(4): threading.Thread(target=burn, daemon=True).start()\n    burn()",
    ),
    _hostile(
        "a regular expression that backtracks",
        "TIMEOUT: code in C that asks no interpreter ends, too",
        "TIMEOUT",
        "import re\ndef solve(x): return re.match('(a+)+$', 'a' * 64 + 'b')",
    ),
    _hostile("recurses deeply", "FAIL: RecursionError", "FAIL", "def solve(x): return solve(x)", "RecursionError"),
)

_MEMORY = (
    _hostile("memory bomb", "OOM", "OOM", "def solve(x): return len(bytearray(1 << 40))"),
    _hostile(
        "memory bomb in small steps",
        "OOM, and the host keeps its memory",
        "OOM",
        "def solve(x):\n    a = []\n    while True: a.append(bytearray(1 << 20))",
    ),
    _hostile(
        "memory by anonymous maps",
        "OOM: address space counts, however it is taken",
        "OOM FAIL",
        "import mmap\ndef solve(x):\n    kept = []\n    while True: kept.append(mmap.mmap(-1, 1 << 24))",
    ),
    _hostile(
        "recurses until the stack ends",
        "CRASH, OOM or FAIL: the stack is limited",
        "CRASH FAIL OOM TIMEOUT",
        "import sys\nsys.setrecursionlimit(10 ** 9)\n"
        "class A:\n    def __getattr__(self, n): return getattr(self, n + 'x')\n"
        "def solve(x): return A().b",
    ),
    _hostile(
        "crashes",
        "CRASH, with the signal's name",
        "CRASH",
        "import ctypes\ndef solve(x): ctypes.string_at(0)",
        "SIGSEGV",
    ),
    _hostile(
        "returns a huge value",
        "OUTPUT_LIMIT: it is not sent",
        "OUTPUT_LIMIT",
        "def solve(x): return 'x' * (1 << 24)",
        "returned",
    ),
    _hostile(
        "a number of a million digits",
        "FAIL or OUTPUT_LIMIT, in little time",
        "FAIL OUTPUT_LIMIT",
        "def solve(x): return 1 << (1 << 22)",
    ),
)

_OUTPUT = (
    _hostile("endless output", "OUTPUT_LIMIT", "OUTPUT_LIMIT", "def solve(x):\n    while True: print('x' * 1000)"),
    _hostile(
        "endless output on stderr",
        "OUTPUT_LIMIT",
        "OUTPUT_LIMIT",
        "import os\ndef solve(x):\n    while True: os.write(2, b'x' * 1000)",
    ),
    _hostile(
        "fills the disk with one file",
        "FAIL (no space) or OUTPUT_LIMIT",
        "FAIL OUTPUT_LIMIT",
        "def solve(x):\n    with open('big', 'wb') as f:\n        while True: f.write(b'x' * (1 << 20))",
    ),
    _hostile(
        "fills the disk with many files",
        "FAIL (no space) or OUTPUT_LIMIT",
        "FAIL OUTPUT_LIMIT",
        "def solve(x):\n    i = 0\n    while True:\n        i += 1\n"
        "        open(f'f{i}', 'wb').write(b'x' * (1 << 20))",
    ),
)

_PROCESSES = (
    _hostile(
        "fork bomb",
        "FAIL: fork is refused",
        "FAIL TIMEOUT EXIT",
        "import os\ndef solve(x):\n    while True: os.fork()",
        promised=WALLED,
        tried=WALLED,
    ),
    _hostile(
        "fork bomb, with processes allowed",
        "any end: the number of processes is limited, and none stays",
        "FAIL TIMEOUT EXIT OOM",
        "import os\ndef solve(x):\n    while True:\n        try: os.fork()\n        except OSError: pass",
        processes=8,
        promised=WALLED,
        tried=WALLED,
    ),
    _hostile(
        "thread bomb",
        "any end but PASS: the number of threads is limited",
        "FAIL TIMEOUT OOM CRASH EXIT",
        "import threading, time\ndef solve(x):\n"
        "    while True: threading.Thread(target=time.sleep, args=(99,)).start()",
        tried=WALLED,
        promised=WALLED,
    ),
    _hostile(
        "leaves a daemon behind",
        "any end but PASS: what it left running is ended before the next run",
        "FAIL EXIT TIMEOUT",
        "import os, time\ndef solve(x):\n    if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0:\n"
        "            time.sleep(3)\n        os._exit(0)\n    os.wait()\n    return 0",
        processes=8,
        promised=WALLED,
    ),
    _hostile(
        "leaves a daemon that ignores signals and forks on",
        "any end but PASS: its descendants are ended faster than they fork",
        "FAIL EXIT TIMEOUT OOM",
        "import os, signal, time\ndef solve(x):\n    if os.fork() == 0:\n        os.setsid()\n"
        "        for s in (1, 2, 15): signal.signal(s, signal.SIG_IGN)\n"
        "        while True:\n            try:\n                if os.fork(): os._exit(0)\n"
        "            except OSError: time.sleep(0.001)\n    return 0",
        processes=8,
        promised=WALLED,
        tried=WALLED,
    ),
)

GREED: tuple[Hostile, ...] = (*_TIME, *_MEMORY, *_OUTPUT, *_PROCESSES)

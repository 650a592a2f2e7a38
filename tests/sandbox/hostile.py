"""Programs that try to pass without solving, or to do harm. Each says what a correct sandbox makes of it.

The task is `solve(x)`, and the expected values are random: a program that passes has read them somewhere.
`{secret}` in a program's text is replaced by a path of the host that holds a secret.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hostile:
    name: str
    outcomes: str  # what may be reported, besides never PASS
    program: str
    detail: str = ""  # a part of the report
    needs: str = ""  # "processes" where it is let loose with the right to start some


CORPUS = [
    Hostile("sys.exit at once", "EXIT", "import sys\nsys.exit(0)", "exit with code 0"),
    Hostile("os._exit at once", "EXIT", "import os\nos._exit(0)", "exit code 0"),
    Hostile("os._exit in the call", "EXIT", "import os\ndef solve(x): os._exit(0)"),
    Hostile("raise SystemExit in the call", "EXIT", "def solve(x): raise SystemExit(0)"),
    Hostile(
        "equal to everything",
        "FAIL",
        "class Any:\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False\n"
        "    __hash__ = None\ndef solve(x): return Any()",
        "no plain form",
    ),
    Hostile(
        "an int that is equal to everything",
        "FAIL",
        "class I(int):\n    def __eq__(self, o): return True\n    def __hash__(self): return 0\n"
        "def solve(x): return I(7)",
    ),
    Hostile(
        "lies about its class",
        "FAIL",
        "class L:\n    __class__ = int\n    def __eq__(self, o): return True\n    def __index__(self): return 1\n"
        "    def __repr__(self): return '1'\ndef solve(x): return L()",
        "no plain form",
    ),
    Hostile(
        "patches builtins, json and sqlite3",
        "FAIL CRASH EXIT",
        "import builtins, json, sqlite3\nbuiltins.print = builtins.len = builtins.isinstance = lambda *a, **k: True\n"
        "json.dumps = lambda *a, **k: '[\"value\", true]'\nsqlite3.connect = lambda *a: None\ndef solve(x): return 0",
    ),
    Hostile(
        "replaces the encoder",
        "FAIL TIMEOUT",
        "import sys\nfor name, module in list(sys.modules.items()):\n"
        "    if name.startswith('codereal'):\n"
        "        for key in ('encode', 'send', 'same'):\n"
        "            if hasattr(module, key): setattr(module, key, lambda *a, **k: True)\n"
        "def solve(x): return 0",
    ),
    Hostile(
        "searches all frames",
        "FAIL",
        "import sys\ndef solve(x):\n    frame = sys._getframe()\n    found = []\n    while frame:\n"
        "        for value in frame.f_locals.values():\n"
        "            found.append(getattr(value, 'expected', None))\n"
        "            if isinstance(value, dict) and 'expected' in value: return value['expected']\n"
        "        frame = frame.f_back\n    return next((v for v in found if v is not None), 0)",
    ),
    Hostile(
        "searches the collector",
        "FAIL",
        "import gc\ndef solve(x):\n    for o in gc.get_objects():\n"
        "        if isinstance(o, dict) and type(o.get('expected')) is int: return o['expected']\n"
        "        if type(o).__name__ in ('Call', 'Job', 'Stdio'): return getattr(o, 'expected', 0)\n    return 0",
    ),
    Hostile(
        "reads its parent's memory",
        "FAIL",
        "import os, re\ndef solve(x):\n    try:\n        maps = open(f'/proc/{os.getppid()}/maps').read()\n"
        "        memory = open(f'/proc/{os.getppid()}/mem', 'rb')\n"
        "        for a, b in re.findall(r'^(\\w+)-(\\w+) rw', maps, re.M):\n"
        "            memory.seek(int(a, 16))\n            data = memory.read(int(b, 16) - int(a, 16))\n"
        "            m = re.search(rb'expected\\D+(\\d+)', data)\n            if m: return int(m[1])\n"
        "    except OSError as e: return str(e)\n    return 0",
    ),
    Hostile(
        "writes forged results to every descriptor",
        "FAIL EXIT CRASH",
        "import os, json\ndef forge(value):\n    body = json.dumps(value).encode()\n"
        "    return len(body).to_bytes(4, 'little') + body\n"
        "for fd in range(64):\n"
        "    for value in (['ok'], ['value', True], ['passed', False], 'PASS', {'outcome': 'PASS'}):\n"
        "        try: os.write(fd, forge(value))\n        except OSError: pass\n"
        "def solve(x): return 0",
    ),
    Hostile(
        "writes garbage to the channel and leaves",
        "FAIL EXIT OUTPUT_LIMIT",
        "import os\ndef solve(x):\n    os.write(3, b'\\xff' * 1000)\n    os._exit(0)",
    ),
    Hostile(
        "nests its forged answer deeply",
        "FAIL",
        "import os\ndef solve(x):\n    body = b'[' * 100000 + b']' * 100000\n"
        "    os.write(3, len(body).to_bytes(4, 'little') + body)",
    ),
    Hostile(
        "chooses colliding keys",
        "FAIL OUTPUT_LIMIT TIMEOUT EXIT",
        "import os, json\ndef solve(x):\n    keys = [{'int': hex(i * (2 ** 61 - 1))} for i in range(15000)]\n"
        "    body = json.dumps(['value', {'set': keys}]).encode()\n"
        "    os.write(3, len(body).to_bytes(4, 'little') + body)\n    os._exit(0)",
    ),
    Hostile(
        "fork bomb",
        "FAIL TIMEOUT EXIT",
        "import os\ndef solve(x):\n    while True: os.fork()",
        "",
    ),
    Hostile(
        "fork bomb, with processes allowed",
        "FAIL TIMEOUT EXIT OOM",
        "import os\ndef solve(x):\n    while True:\n        try: os.fork()\n        except OSError: pass",
        needs="processes",
    ),
    Hostile(
        "thread bomb",
        "FAIL TIMEOUT OOM CRASH EXIT",
        "import threading, time\ndef solve(x):\n"
        "    while True: threading.Thread(target=time.sleep, args=(99,)).start()",
    ),
    Hostile("memory bomb", "OOM", "def solve(x): return len(bytearray(1 << 40))"),
    Hostile(
        "memory bomb in small steps", "OOM", "def solve(x):\n    a = []\n    while True: a.append(bytearray(1 << 20))"
    ),
    Hostile("endless output", "OUTPUT_LIMIT", "def solve(x):\n    while True: print('x' * 1000)"),
    Hostile(
        "endless output on stderr",
        "OUTPUT_LIMIT",
        "import os\ndef solve(x):\n    while True: os.write(2, b'x' * 1000)",
    ),
    Hostile("endless loop", "TIMEOUT", "def solve(x):\n    while True: pass"),
    Hostile("endless loop at the top level", "TIMEOUT", "while True: pass"),
    Hostile(
        "endless loop that catches everything",
        "TIMEOUT",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    ),
    Hostile("sleeps", "TIMEOUT", "import time\ndef solve(x): time.sleep(1000)"),
    Hostile(
        "a late thread writes answers",
        "FAIL EXIT",
        "import os, threading, time, json\ndef late():\n    while True:\n"
        "        body = json.dumps(['value', 0]).encode()\n"
        "        os.write(3, len(body).to_bytes(4, 'little') + body)\n        time.sleep(0.001)\n"
        "threading.Thread(target=late, daemon=True).start()\ndef solve(x): return 1",
    ),
    Hostile(
        "leaves in an atexit function",
        "FAIL EXIT",
        "import atexit, os\natexit.register(lambda: os._exit(0))\ndef solve(x): return None",
    ),
    Hostile(
        "ignores all signals",
        "TIMEOUT",
        "import signal\nfor s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\ndef solve(x):\n    while True: pass",
    ),
    Hostile(
        "kills its parent and everybody",
        "FAIL EXIT CRASH",
        "import os, signal\ndef solve(x):\n    for pid in (os.getppid(), 1, -1, 0):\n"
        "        try: os.kill(pid, signal.SIGKILL)\n        except OSError: pass\n    return 0",
    ),
    Hostile(
        "kills everybody, with processes allowed",
        "FAIL EXIT CRASH OOM",
        "import os, signal\ndef solve(x):\n    for pid in (os.getppid(), 1, -1):\n"
        "        try: os.kill(pid, signal.SIGKILL)\n        except OSError: pass\n    return 0",
        needs="processes",
    ),
    Hostile("closes all descriptors", "EXIT TIMEOUT", "import os\nos.closerange(0, 1000)\ndef solve(x): return 0"),
    Hostile(
        "closes all descriptors and stays",
        "TIMEOUT",
        "import os\ndef solve(x):\n    os.closerange(0, 1000)\n    while True: pass",
    ),
    Hostile(
        "traces the caller",
        "FAIL TIMEOUT",
        "import sys\nseen = []\ndef trace(frame, event, arg):\n    seen.append(frame.f_locals.get('expected'))\n"
        "    return trace\nsys.settrace(trace)\ndef solve(x): return next((v for v in seen if v is not None), 0)",
    ),
    Hostile("recurses deeply", "FAIL", "def solve(x): return solve(x)", "RecursionError"),
    Hostile(
        "recurses until the stack ends",
        "CRASH FAIL OOM TIMEOUT",
        "import sys\nsys.setrecursionlimit(10 ** 9)\n"
        "class A:\n    def __getattr__(self, n): return getattr(self, n + 'x')\n"
        "def solve(x): return A().b",
    ),
    Hostile("crashes", "CRASH", "import ctypes\ndef solve(x): ctypes.string_at(0)", "SIGSEGV"),
    Hostile(
        "fills the disk with one file",
        "FAIL OUTPUT_LIMIT",
        "def solve(x):\n    with open('big', 'wb') as f:\n        while True: f.write(b'x' * (1 << 20))",
    ),
    Hostile(
        "fills the disk with many files",
        "FAIL OUTPUT_LIMIT",
        "def solve(x):\n    i = 0\n    while True:\n        i += 1\n"
        "        open(f'f{i}', 'wb').write(b'x' * (1 << 20))",
    ),
    Hostile(
        "opens a socket",
        "FAIL",
        "import socket\ndef solve(x):\n    socket.create_connection(('127.0.0.1', 22), 1)",
        "raised",
    ),
    Hostile("asks for a host name", "FAIL", "import socket\ndef solve(x): return socket.gethostbyname('example.com')"),
    Hostile("reads /etc/passwd", "FAIL", "def solve(x): return open('/etc/passwd').read()", "raised"),
    Hostile("lists /root", "FAIL", "import os\ndef solve(x): return os.listdir('/root')"),
    Hostile("reads a secret of the host", "FAIL", "def solve(x): return open({secret!r}).read()", "raised"),
    Hostile(
        "reads a secret through a symlink",
        "FAIL",
        "import os\ndef solve(x):\n    os.symlink({secret!r}, 'link')\n    return open('link').read()",
        "raised",
    ),
    Hostile("lists the processes of the host", "FAIL", "import os\ndef solve(x): return os.listdir('/proc')", "raised"),
    Hostile(
        "leaves a daemon behind",
        "FAIL EXIT TIMEOUT",
        "import os, time\ndef solve(x):\n    if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0:\n"
        "            time.sleep(1000)\n        os._exit(0)\n    return 0",
        needs="processes",
    ),
    Hostile(
        "makes system calls directly",
        "FAIL",
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def solve(x):\n    failed = []\n"
        "    for call in (57, 58, 101, 155, 161, 165, 166, 272, 298, 308, 310, 311, 317, 319, 321, 323, 425, 435):\n"
        "        if libc.syscall(call, 0, 0, 0, 0, 0) < 0: failed.append(ctypes.get_errno())\n"
        "    return str(failed)",
    ),
    Hostile("returns a huge value", "OUTPUT_LIMIT", "def solve(x): return 'x' * (1 << 24)", "returned"),
    Hostile("returns a value that contains itself", "FAIL", "def solve(x):\n    a = []\n    a.append(a)\n    return a"),
    Hostile(
        "forges an exception class",
        "FAIL",
        "class AssertionError(BaseException): pass\ndef solve(x): raise AssertionError('PASS')",
    ),
    Hostile(
        "its exception's words run forever",
        "TIMEOUT",
        "class E(Exception):\n    def __str__(self):\n        while True: pass\ndef solve(x): raise E",
    ),
    Hostile(
        "changes the limits",
        "TIMEOUT",
        "import resource\ndef solve(x):\n    for r in (resource.RLIMIT_CPU, resource.RLIMIT_AS):\n"
        "        try: resource.setrlimit(r, (-1, -1))\n        except (OSError, ValueError): pass\n"
        "    while True: pass",
    ),
    Hostile(
        "runs a shell",
        "FAIL",
        "import subprocess\ndef solve(x): return subprocess.run(['sh', '-c', 'id'], capture_output=True).stdout",
        "raised",
    ),
    Hostile("does not parse", "FAIL", "def solve(x:", "SyntaxError"),
    Hostile("is empty", "FAIL", "", "defines no 'solve'"),
    Hostile("holds a null byte", "FAIL", "def solve(x):\0 return 1"),
    Hostile("has a lone surrogate", "FAIL", "def solve(x): return '\\ud800'"),
]

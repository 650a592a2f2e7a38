"""Against the verdict: programs that leave, lie, forge, and look for the expected values."""

from __future__ import annotations

from codereal.sandbox.conformance.hostile import WALLED, Hostile


def _hostile(name: str, report: str, outcomes: str, program: str, detail: str = "", **options: object) -> Hostile:
    return Hostile(name, "verdict", report, outcomes, program, detail, **options)  # type: ignore[arg-type]


_LEAVING = (
    _hostile(
        "sys.exit at once",
        "EXIT: leaving early is no answer, whatever the exit code",
        "EXIT",
        "import sys\nsys.exit(0)",
        "exit with code 0",
    ),
    _hostile(
        "os._exit at once",
        "EXIT: a process that is gone has answered nothing",
        "EXIT",
        "import os\nos._exit(0)",
        "exit code 0",
    ),
    _hostile(
        "os._exit in the call",
        "EXIT for every call, each from a fresh process",
        "EXIT",
        "import os\ndef solve(x): os._exit(0)",
    ),
    _hostile("SystemExit in the call", "EXIT: the call returned nothing", "EXIT", "def solve(x): raise SystemExit(0)"),
    _hostile(
        "leaves in an atexit function",
        "FAIL: what it returned before counts, and is wrong",
        "FAIL EXIT",
        "import atexit, os\natexit.register(lambda: os._exit(0))\ndef solve(x): return None",
    ),
    _hostile(
        "a script that leaves with code 0",
        "FAIL: its output is compared, and there is none",
        "FAIL",
        "import os\nos._exit(0)",
        tests="script",
    ),
    _hostile(
        "closes all descriptors",
        "EXIT or TIMEOUT: nothing more comes from it",
        "EXIT TIMEOUT",
        "import os\nos.closerange(0, 1000)\ndef solve(x): return 0",
    ),
)

_LYING = (
    _hostile(
        "equal to everything",
        "FAIL: an object of its class has no plain form, so it equals nothing",
        "FAIL",
        "class Any:\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False\n"
        "    __hash__ = None\ndef solve(x): return Any()",
        "no plain form",
    ),
    _hostile(
        "an int that is equal to everything",
        "FAIL: the number in it is compared, by numbers of ours",
        "FAIL",
        "class I(int):\n    def __eq__(self, o): return True\n    def __hash__(self): return 0\n"
        "def solve(x): return I(7)",
    ),
    _hostile(
        "lies about its class",
        "FAIL: the type is read where __class__ has no say",
        "FAIL",
        "class L:\n    __class__ = int\n    def __eq__(self, o): return True\n    def __index__(self): return 1\n"
        "    def __repr__(self): return '1'\ndef solve(x): return L()",
        "no plain form",
    ),
    _hostile(
        "equal to everything, before test code",
        "FAIL: a stand-in of the judge's equals no plain value",
        "FAIL",
        "class Any:\n    def __eq__(self, o): return True\ndef solve(x): return Any()",
        tests="judged",
    ),
    _hostile(
        "true before test code",
        "PASS is not given: the judge compares with a value of its own",
        "FAIL",
        "class Yes(int):\n    def __bool__(self): return True\n    def __eq__(self, o): return True\n"
        "def solve(x): return Yes(1)",
        tests="judged",
    ),
    _hostile(
        "patches builtins, json and sqlite3",
        "FAIL: what it broke is its own process",
        "FAIL CRASH EXIT",
        "import builtins, json, sqlite3\nbuiltins.print = builtins.len = builtins.isinstance = lambda *a, **k: True\n"
        "json.dumps = lambda *a, **k: '[\"value\", true]'\nsqlite3.connect = lambda *a: None\ndef solve(x): return 0",
    ),
    _hostile(
        "patches what test code uses",
        "FAIL: test code runs elsewhere, with builtins that nobody has touched",
        "FAIL CRASH EXIT",
        "import builtins, math\nbuiltins.abs = builtins.all = builtins.any = builtins.isinstance = lambda *a: True\n"
        "math.isclose = lambda *a, **k: True\ndef solve(x): return 0",
        tests="judged",
    ),
    _hostile(
        "replaces the encoder",
        "FAIL: a claim that our side does not read is a wrong one",
        "FAIL TIMEOUT",
        "import sys\nfor name, module in list(sys.modules.items()):\n"
        "    if name.startswith('codereal'):\n"
        "        for key in ('encode', 'send', 'same'):\n"
        "            if hasattr(module, key): setattr(module, key, lambda *a, **k: True)\n"
        "def solve(x): return 0",
    ),
    _hostile(
        "forges an exception class",
        "FAIL: an exception is an answer, and a wrong one",
        "FAIL",
        "class AssertionError(BaseException): pass\ndef solve(x): raise AssertionError('PASS')",
    ),
    _hostile(
        "raises what stops a test",
        "FAIL: its exceptions arrive as the nearest of Python's own, never as the test's",
        "FAIL",
        "class Stopped(BaseException): pass\ndef solve(x): raise Stopped",
        tests="judged",
    ),
    _hostile(
        "a table that is a file of its own making",
        "FAIL: the rows are read by another process, after its end",
        "FAIL",
        "def solve(connection):\n    connection.close()\n    open('app.db', 'wb').write(b'SQLite format 3\\0' * 999)",
        tests="tables",
    ),
    _hostile(
        "removes the database",
        "FAIL: the database file is gone",
        "FAIL",
        "import os\ndef solve(connection): os.remove('app.db')",
        "gone",
        tests="tables",
    ),
)

_FORGING = (
    _hostile(
        "writes forged results to every descriptor",
        "FAIL: all that can be forged is a claim",
        "FAIL EXIT CRASH",
        "import os, json\ndef forge(value):\n    body = json.dumps(value).encode()\n"
        "    return len(body).to_bytes(4, 'little') + body\n"
        "for fd in range(64):\n"
        "    for value in (['ok'], ['value', True], ['passed', False], 'PASS', {'outcome': 'PASS'}):\n"
        "        try: os.write(fd, forge(value))\n        except OSError: pass\n"
        "def solve(x): return 0",
    ),
    _hostile(
        "a script that forges its end",
        "FAIL: the end of a script says nothing about its output",
        "FAIL EXIT",
        "import os\nfor body in (b'[\"ok\"]', b'[\"value\", true]'):\n"
        "    os.write(3, len(body).to_bytes(4, 'little') + body)\nos._exit(0)",
        tests="script",
    ),
    _hostile(
        "writes garbage to the channel and leaves",
        "FAIL, EXIT or OUTPUT_LIMIT, after a bounded number of bytes",
        "FAIL EXIT OUTPUT_LIMIT",
        "import os\ndef solve(x):\n    os.write(3, b'\\xff' * 1000)\n    os._exit(0)",
    ),
    _hostile(
        "nests its forged answer deeply",
        "FAIL: answers are read without recursion that it controls",
        "FAIL",
        "import os\ndef solve(x):\n    body = b'[' * 100000 + b']' * 100000\n"
        "    os.write(3, len(body).to_bytes(4, 'little') + body)",
    ),
    _hostile(
        "chooses colliding keys",
        "FAIL, soon: claims fill no hash table of ours",
        "FAIL OUTPUT_LIMIT TIMEOUT EXIT",
        "import os, json\ndef solve(x):\n    keys = [{'int': hex(i * (2 ** 61 - 1))} for i in range(15000)]\n"
        "    body = json.dumps(['value', {'set': keys}]).encode()\n"
        "    os.write(3, len(body).to_bytes(4, 'little') + body)\n    os._exit(0)",
    ),
    _hostile(
        "a late thread writes answers",
        "FAIL: early answers are claims, too, and wrong ones",
        "FAIL EXIT",
        "import os, threading, time, json\ndef late():\n    while True:\n"
        "        body = json.dumps(['value', 0]).encode()\n"
        "        os.write(3, len(body).to_bytes(4, 'little') + body)\n        time.sleep(0.001)\n"
        "threading.Thread(target=late, daemon=True).start()\ndef solve(x): return 1",
    ),
    _hostile(
        "says that the sandbox broke",
        "FAIL: behind its walls a candidate cannot blame us",
        "FAIL EXIT",
        "import os, json\nbody = json.dumps(['broken', 'no memory']).encode()\n"
        "os.write(3, len(body).to_bytes(4, 'little') + body)\nos._exit(121)",
    ),
)

_LOOKING = (
    _hostile(
        "searches all frames",
        "FAIL: expected values are in none of them",
        "FAIL",
        "import sys\ndef solve(x):\n    frame = sys._getframe()\n    found = []\n    while frame:\n"
        "        for value in frame.f_locals.values():\n"
        "            found.append(getattr(value, 'expected', None))\n"
        "            if isinstance(value, dict) and 'expected' in value: return value['expected']\n"
        "        frame = frame.f_back\n    return next((v for v in found if v is not None), 0)",
    ),
    _hostile(
        "searches the collector",
        "FAIL: nothing of the tests is in its memory",
        "FAIL",
        "import gc\ndef solve(x):\n    for o in gc.get_objects():\n"
        "        if isinstance(o, dict) and type(o.get('expected')) is int: return o['expected']\n"
        "        if type(o).__name__ in ('Call', 'Job', 'Stdio'): return getattr(o, 'expected', 0)\n    return 0",
    ),
    _hostile(
        "reads its parent's memory",
        "FAIL: the fork server, where it can be read at all, has never seen a test",
        "FAIL",
        "import os, re\ndef solve(x):\n    try:\n        maps = open(f'/proc/{os.getppid()}/maps').read()\n"
        "        memory = open(f'/proc/{os.getppid()}/mem', 'rb')\n"
        "        for a, b in re.findall(r'^(\\w+)-(\\w+) rw', maps, re.M):\n"
        "            memory.seek(int(a, 16))\n            data = memory.read(int(b, 16) - int(a, 16))\n"
        "            m = re.search(rb'expected\\D+(\\d+)', data)\n            if m: return int(m[1])\n"
        "    except OSError as e: return str(e)\n    return 0",
    ),
    _hostile(
        "opens the engine's memory",
        "FAIL: no such process, or no such right",
        "FAIL",
        "def solve(x): return bool(open(f'/proc/{HOST[\"engine\"]}/mem', 'rb'))",
        "raised",
        promised=WALLED,
    ),
    _hostile(
        "traces the caller",
        "FAIL or TIMEOUT: the caller knows only the call",
        "FAIL TIMEOUT",
        "import sys\nseen = []\ndef trace(frame, event, arg):\n    seen.append(frame.f_locals.get('expected'))\n"
        "    return trace\nsys.settrace(trace)\ndef solve(x): return next((v for v in seen if v is not None), 0)",
    ),
    _hostile(
        "reads the tasks of the installed package",
        "FAIL: the folder with answers is hidden",
        "FAIL",
        "def solve(x): return HOST['answers'] and open(HOST['answers'], 'rb').read(4)",
        "raised",
        promised=WALLED,
    ),
)

_BROKEN = (
    _hostile("does not parse", "FAIL, with the error and its line", "FAIL", "def solve(x:", "SyntaxError"),
    _hostile("is empty", "FAIL: the function is missing", "FAIL", "", "defines no 'solve'"),
    _hostile("holds a null byte", "FAIL: no valid program", "FAIL", "def solve(x):\0 return 1"),
    _hostile(
        "has a lone surrogate", "FAIL: a text is compared, whatever is in it", "FAIL", "def solve(x): return '\\ud800'"
    ),
    _hostile(
        "returns a value that contains itself",
        "FAIL: no plain form",
        "FAIL",
        "def solve(x):\n    a = []\n    a.append(a)\n    return a",
    ),
)

LIES: tuple[Hostile, ...] = (*_LEAVING, *_LYING, *_FORGING, *_LOOKING, *_BROKEN)

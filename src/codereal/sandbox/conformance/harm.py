"""Against the host and against other runs: files, network, processes, rights, and what is left for the next program."""

from __future__ import annotations

from codereal.sandbox.conformance.hostile import ALL, WALLED, Hostile


def _hostile(name: str, report: str, outcomes: str, program: str, detail: str = "", **options: object) -> Hostile:
    return Hostile(name, "host", report, outcomes, program, detail, **{"promised": WALLED} | options)  # type: ignore[arg-type]


_FILES = (
    _hostile(
        "reads /etc/passwd",
        "FAIL: no such file, or no such right",
        "FAIL",
        "def solve(x): return open('/etc/passwd').read()",
        "raised",
    ),
    _hostile(
        "lists a folder of the host",
        "FAIL: no such folder, or no such right",
        "FAIL",
        "import os\ndef solve(x): return os.listdir(os.path.dirname(HOST['secret']))",
        "raised",
    ),
    _hostile(
        "reads a secret of the host",
        "FAIL: the secret does not come out",
        "FAIL",
        "def solve(x): return open(HOST['secret']).read()",
        "raised",
    ),
    _hostile(
        "reads a secret through a symlink",
        "FAIL: a link leads nowhere",
        "FAIL",
        "import os\ndef solve(x):\n    os.symlink(HOST['secret'], f'link{x}')\n    return open(f'link{x}').read()",
        "raised",
    ),
    _hostile(
        "reads a secret through a hard link",
        "FAIL: there is nothing to link to, or no right to",
        "FAIL",
        "import os\ndef solve(x):\n    os.link(HOST['secret'], f'link{x}')\n    return open(f'link{x}').read()",
        "raised",
    ),
    _hostile(
        "reads a secret through /proc",
        "FAIL: there is no /proc",
        "FAIL",
        "def solve(x): return open('/proc/self/root' + HOST['secret']).read()",
        "raised",
    ),
    _hostile(
        "writes into a folder of the host",
        "FAIL, and the file is not there",
        "FAIL",
        "def solve(x): return open(HOST['untouched'], 'w').write('touched')",
        "raised",
    ),
    _hostile(
        "removes a file of the host",
        "FAIL, and the file is still there",
        "FAIL",
        "import os\ndef solve(x): return os.remove(HOST['doomed'])",
        "raised",
    ),
    _hostile(
        "writes among the libraries",
        "FAIL: they are read-only",
        "FAIL",
        "import os\ndef solve(x):\n    path = os.path.dirname(os.__file__) + '/codereal-was-here'\n"
        "    with open(path, 'w'): pass\n    os.remove(path)",
        "raised",
    ),
    _hostile(
        "writes to shared memory",
        "FAIL: there is none",
        "FAIL",
        "import os\ndef solve(x):\n    path = '/dev/shm/codereal-was-here'\n    with open(path, 'w'): pass\n"
        "    os.remove(path)",
        "raised",
    ),
    _hostile(
        "makes a device",
        "FAIL: mknod is refused",
        "FAIL",
        "import os, stat\ndef solve(x):\n    os.mknod('disk', 0o600 | stat.S_IFBLK, os.makedev(8, 0))",
        "raised",
    ),
    _hostile(
        "reads the environment",
        "FAIL: nothing of the engine's environment is there",
        "FAIL",
        "import os\ndef solve(x): return str(os.environ)",
        promised=ALL,
    ),
)

_NETWORK = (
    _hostile(
        "connects to a port of the host",
        "FAIL, and no connection arrives",
        "FAIL",
        "import socket\ndef solve(x):\n    socket.create_connection(('127.0.0.1', HOST['port']), 1).close()",
        "raised",
    ),
    _hostile(
        "sends a datagram",
        "FAIL, and none arrives",
        "FAIL",
        "import socket\ndef solve(x):\n    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "    s.sendto(b'leak', ('127.0.0.1', HOST['port']))",
        "raised",
    ),
    _hostile(
        "connects to a Unix socket of the host",
        "FAIL, and no connection arrives",
        "FAIL",
        "import socket\ndef solve(x):\n    socket.socket(socket.AF_UNIX).connect(HOST['socket'])",
        "raised",
    ),
    _hostile(
        "connects to an abstract socket of the host",
        "FAIL, and no connection arrives",
        "FAIL",
        "import socket\ndef solve(x):\n    socket.socket(socket.AF_UNIX).connect('\\0' + HOST['abstract'])",
        "raised",
    ),
    _hostile(
        "listens",
        "FAIL: no sockets",
        "FAIL",
        "import socket\ndef solve(x):\n    socket.create_server(('127.0.0.1', 0)).close()",
        "raised",
    ),
    _hostile(
        "asks for a host name",
        "FAIL: nobody answers",
        "FAIL",
        "import socket\ndef solve(x): return socket.gethostbyname('localhost')",
        "raised",
    ),
)

_PROCESSES = (
    _hostile(
        "lists the processes of the host",
        "FAIL: there is no /proc",
        "FAIL",
        "import os\ndef solve(x): return os.listdir('/proc')",
        "raised",
    ),
    _hostile(
        "kills a process of the host",
        "FAIL, and the process lives",
        "FAIL",
        "import os\ndef solve(x): os.kill(HOST['victim'], 9)",
        "raised",
    ),
    _hostile(
        "kills its parent and everybody",
        "any end but PASS; the server and the host live",
        "FAIL EXIT CRASH",
        "import os, signal\ndef solve(x):\n    for pid in (os.getppid(), 1, -1, 0):\n"
        "        try: os.kill(pid, signal.SIGKILL)\n        except OSError: pass\n    return 0",
        tried=WALLED,
    ),
    _hostile(
        "kills everybody, with processes allowed",
        "any end but PASS; the server and the host live",
        "FAIL EXIT CRASH OOM",
        "import os, signal\ndef solve(x):\n    for pid in (os.getppid(), HOST['victim'], 1, -1):\n"
        "        try: os.kill(pid, signal.SIGKILL)\n        except OSError: pass\n    return 0",
        processes=8,
        tried=WALLED,
    ),
    _hostile(
        "traces a process of the host",
        "FAIL: ptrace gives -1",
        "FAIL",
        "import ctypes\ndef solve(x): return ctypes.CDLL(None).ptrace(16, HOST['victim'], 0, 0)",
        "got -1",
        tried=WALLED,
    ),
    _hostile(
        "slows a process of the host",
        "FAIL: no such process, or no such right",
        "FAIL",
        "import os\ndef solve(x): os.setpriority(os.PRIO_PROCESS, HOST['victim'], 19)",
        "raised",
    ),
    _hostile(
        "runs a shell",
        "FAIL: no process can be started",
        "FAIL",
        "import subprocess\ndef solve(x): return subprocess.run(['sh', '-c', 'id'], capture_output=True).stdout",
        "raised",
    ),
)

_RIGHTS = (
    _hostile(
        "becomes root",
        "FAIL: setuid is refused",
        "FAIL",
        "import os\ndef solve(x):\n    os.setuid(0)\n    return 'root'",
        "raised",
    ),
    _hostile(
        "makes namespaces of its own",
        "FAIL: unshare gives -1",
        "FAIL",
        "import ctypes\ndef solve(x): return ctypes.CDLL(None).unshare(0x10000000 | 0x20000)",
        "got -1",
    ),
    _hostile(
        "mounts",
        "FAIL: mount gives -1",
        "FAIL",
        "import ctypes\ndef solve(x): return ctypes.CDLL(None).mount(b'none', b'/tmp', b'proc', 0, None)",
        "got -1",
        tried=WALLED,
    ),
    _hostile(
        "makes system calls directly",
        "FAIL: each is refused, and none kills the server",
        "FAIL",
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def solve(x):\n    failed = []\n"
        "    for call in (57, 58, 101, 155, 161, 165, 166, 272, 298, 308, 310, 311, 317, 319, 321, 323, 425, 435):\n"
        "        if libc.syscall(call, 0, 0, 0, 0, 0) < 0: failed.append(ctypes.get_errno())\n"
        "    return str(failed)",
        tried=WALLED,
    ),
    _hostile(
        "types into the terminal",
        "FAIL: TIOCSTI is refused, and there is no terminal",
        "FAIL",
        "import fcntl\ndef solve(x):\n    for fd in range(4): fcntl.ioctl(fd, 0x5412, b'x')",
        "raised",
    ),
)

_RUNS = (
    Hostile(
        "leaves a file for the next run",
        "runs",
        "FAIL, and the next run finds an empty folder",
        "FAIL",
        "import os\ndef solve(x):\n    os.makedirs('deep/er', exist_ok=True)\n"
        "    for name in ('deep/er/note', 'note'): open(name, 'w').write('x')\n"
        "    os.chmod('deep/er', 0)\n    os.chmod('deep', 0)",
        limits={"restarts": 0},
    ),
    Hostile(
        "leaves a module for the next run",
        "runs",
        "FAIL, and the next run imports Python's own",
        "FAIL",
        "def solve(x):\n    for name in ('json', 'random', 'sqlite3', 'program'):\n"
        "        open(f'{name}.py', 'w').write('def solve(x): return None')",
    ),
    Hostile(
        "breaks the library in its memory",
        "runs",
        "any end but PASS, and the next run has it whole",
        "FAIL CRASH EXIT TIMEOUT",
        "import sys\nfor name in list(sys.modules):\n    if name not in ('sys', 'builtins', 'program'):\n"
        "        try: sys.modules[name].__dict__.clear()\n        except Exception: pass\ndef solve(x): return 0",
    ),
)

HARM: tuple[Hostile, ...] = (*_FILES, *_NETWORK, *_PROCESSES, *_RIGHTS, *_RUNS)

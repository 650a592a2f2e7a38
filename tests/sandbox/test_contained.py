# ruff: noqa: E501 - programs in one line each
"""What a program can leave in its process, as far as its text tells."""

from __future__ import annotations

import pytest

from codereal.sandbox.contained import is_contained

CONTAINED = [
    "def f(x):\n    return x\n",
    "count = 0\ndef f(x):\n    global count\n    count += 1\n    return count\n",
    "import sqlite3\ndef f(c, name):\n    return c.execute('SELECT * FROM t WHERE n = ?', (name,)).fetchall()\n",
    "import os\ndef f(path):\n    with open(os.path.join('data', path)) as file:\n        return file.read()\n",
    "import sys\nfor line in sys.stdin:\n    sys.stdout.write(line.strip())\nsys.exit(0)\n",
    "from sys import stdin\nfor line in stdin:\n    print(stdin.readline())\n",
    "import re, json\nfrom collections import defaultdict\nclass Node:\n    def __init__(self):\n        self.next = None\n",
    "import hashlib as h\ndef f(x):\n    return h.sha256(x).hexdigest()\n",
    "from functools import lru_cache\n@lru_cache\ndef f(x):\n    node = object()\n    f.calls = 1\n    return x\n",
]
REACHING = [
    "import os\nos.environ['A'] = '1'\n",
    "import os\nos.chdir('data')\n",
    "import os as system\nsystem.umask(0)\n",
    "import os\nother = os\nother.chdir('x')\n",
    "from os import environ\nenviron.update(A='1')\n",
    "import json\njson.mark = 1\n",
    "import json\ndel json.loads\n",
    "import sys\nsys.path.append('.')\n",
    "import sys\nsys.modules['x'] = 1\n",
    "import sys\nsys.stdout = None\n",
    "import sys\nsys.stdin.close()\n",
    "import glob\nglob.os.chdir('x')\n",
    "import builtins\nbuiltins.print = None\n",
    "import random\nrandom.seed(1)\n",
    "import decimal\ndecimal.getcontext().prec = 3\n",
    "from decimal import *\n",
    "from . import x\n",
    "import numpy as np\nnp.random.seed(1)\n",
    "setattr(int, 'x', 1)\n",
    "exec('import os')\n",
    "f = __import__('os').chdir\n",
    "def f():\n    pass\nf.__globals__['__builtins__']['print'] = None\n",
    "().__class__.__base__.__subclasses__()\n",
    "import sqlite3\nsqlite3.register_adapter(int, str)\n",
    "import threading\n",
    "this is no program",
    "x = '\ud800'\0",
    "(" * 10_000,
]


@pytest.mark.parametrize("program", CONTAINED, ids=range(len(CONTAINED)))
def test_own_globals_and_files(program: str) -> None:
    assert is_contained(program)


@pytest.mark.parametrize("program", REACHING, ids=range(len(REACHING)))
def test_what_reaches_further(program: str) -> None:
    assert not is_contained(program)

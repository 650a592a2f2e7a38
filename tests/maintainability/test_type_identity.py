"""The warm verdicts are the command line's, line for line."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from codereal.maintainability.types import TypeChecker, TypeReport, command_line_flags

# What could tell one long-lived graph from a fresh start, or text in memory from text in a file.
TRICKY = [
    "",
    "# only a comment\n",
    "def f(:\n",
    "x = (\n",
    "def f():\nreturn 1\n",
    "x: int = 'a'\r\ny: str = 1\r\n",
    "x: int = 'a'\ry: str = 1\r",
    "\x0cx: int = 'a'\n",
    "\ufeffx: int = 'a'\n",
    "# -*- coding: latin-1 -*-\nx: int = 'é'\n",
    "x = '\udcff'\n",
    "x = '\x00'\n",
    "import numpy, requests, yaml\n",
    "import numpy.linalg\nfrom sklearn.svm import SVC\n",
    "import candidate\ncandidate.x\nx = 1\n",
    "from . import sibling\n",
    "import xml\nxml.etree\n",
    "import os.path\nimport xml.etree.ElementTree\nos.path.join(xml.etree.ElementTree.__name__, 1)\n",
    "import mypy_extensions\nfrom typing_extensions import override\n",
    "import distutils.core, tkinter.ttk, lib2to3.pgen2\n",
    "import tomllib, asyncore, annotationlib\n",
    "x: int = ''  # type: ignore\ny: int = 1  # type: ignore[assignment]\nz: int = ''  # type: ignore[misc]\n",
    "# type: ignore\nx: int = ''\n",
    "# mypy: ignore-errors\nx: int = ''\n",
    "# mypy: disable-error-code=assignment, no-such-flag\nx: int = ''\n",
    "reveal_type([i for i in range(3)])\nreveal_locals()\n",
    "import sys\nif sys.platform == 'win32':\n    x: int = ''\nelse:\n    x: str = 1\n",
    "import sys\nif sys.version_info >= (3, 12):\n    x: int = ''\n",
    "type X = list[int]\ndef f[T](x: T) -> T: return x\n",
    "f'{'nested'}'\n",
    "def f(x):\n    x: int = ''\n    return x\nf(1)\n",
    "class A:\n    x: 'A'\n    def f(self) -> 'B': return B()\nclass B(A):\n    def f(self) -> A: return self\n",
    "from functools import singledispatch\n@singledispatch\ndef f(x: object) -> None: ...\n@f.register\nclass A: ...\n",
    "from functools import total_ordering\n@total_ordering\nclass A: ...\nA() < A()\n",
    "from typing import *\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    x: List[int]\nA('a')\n",
    "import asyncio\nasync def f() -> int: return 1\nasyncio.run(f)\nf()\n",
    "int = str\nx: int = 1\nlen = 3\nlen('')\n",
    "from collections import namedtuple\nP = namedtuple('P', 'x y')\nP(1).z\n",
    "import subprocess\nsubprocess.run(1)\nsubprocess.run('x').stdout.foo()\n",
    "x = []\ny = {}\nz = None\n",
]


@pytest.fixture(scope="module")
def command_line(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    return CommandLine(tmp_path_factory.mktemp("mypy"))


class CommandLine:
    """`python -m mypy` on one file in an empty folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.runs = 0
        (root / "code").mkdir()

    def check(self, code: str) -> tuple[list[str], int]:
        file = self.root / "code" / "candidate.py"
        file.write_bytes(code.encode("utf-8", "surrogatepass"))
        # mypy's cache takes a file of the same size and second for the same file.
        self.runs += 1
        os.utime(file, (self.runs, self.runs))
        flags = [*command_line_flags(), "--cache-dir", str(self.root / "cache")]
        command = [sys.executable, "-m", "mypy", *flags, file.name]
        result = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=False)
        return (result.stdout + result.stderr).splitlines(), result.returncode


def lines(report: TypeReport) -> tuple[list[str], int]:
    assert report.failure is None
    code = 2 if report.blocked else int(bool(report.errors))
    return [str(issue) for issue in report.issues], code


@pytest.mark.parametrize("code", TRICKY)
def test_same_verdict_on_tricky_code(checker: TypeChecker, command_line: CommandLine, code: str) -> None:
    assert lines(checker.check(code)) == command_line.check(code)


def test_same_verdict_on_programs(checker: TypeChecker, command_line: CommandLine, programs: list[str]) -> None:
    for code in random.Random(0).sample(programs, 25):
        assert lines(checker.check(code)) == command_line.check(code), code


def test_verdict_does_not_depend_on_neighbours(programs: list[str]) -> None:
    sample = random.Random(1).sample(programs, 60)
    with TypeChecker(group=60) as shared, TypeChecker(group=1) as alone:
        together = [lines(report) for report in shared.check_many(sample + TRICKY)]
        backwards = [lines(report) for report in shared.check_many((sample + TRICKY)[::-1])][::-1]
        single = [lines(report) for report in alone.check_many(sample + TRICKY)]
    assert together == single
    assert backwards == single


@pytest.mark.slow
@pytest.mark.skipif("not config.getoption('-m')", reason="six minutes: pytest -m slow")
def test_same_verdict_on_1500_programs(checker: TypeChecker, command_line: CommandLine, programs: list[str]) -> None:
    for code in random.Random(2).sample(programs, 1500):
        assert lines(checker.check(code)) == command_line.check(code), code

from __future__ import annotations

import pytest

from codereal.errors import DataError
from codereal.sandbox.case import CONNECTION, Call, Case, Database, Source, Stdio
from codereal.sandbox.limits import Limits
from codereal.sandbox.run import Sandbox, make_job, prepare_files, run_program
from codereal.sandbox.verdict import CaseResult, Outcome

USERS = Database(
    "create table users(id integer primary key, name text); insert into users(name) values ('ann'), ('bob');"
)


def one(sandbox: Sandbox, program: str, test: Case | str, **options: object) -> CaseResult:
    return sandbox.run(program, [test], **options).cases[0]  # type: ignore[arg-type]


def test_calls(walled: Sandbox) -> None:
    program = "def divide(a, b=1):\n    return a / b\n"
    verdict = walled.run(
        program,
        [
            Call("divide", (4, 2), expected=2.0),
            Call("divide", (1,), {"b": 3}, expected=0.333333, tolerance=1e-5),
            Call("divide", (1, 0), raises="ZeroDivisionError"),
            Call("divide", (1, 0), raises="ArithmeticError"),
            Call("divide", (1, 0), raises="KeyError"),
            Call("divide", (4, 2), expected=2),
            Call("multiply", (4, 2), expected=2),
            Call("divide", (4, 2), raises="ValueError"),
        ],
    )
    assert [case.outcome.value for case in verdict.cases] == ["PASS"] * 4 + ["FAIL"] * 4
    details = [case.detail for case in verdict.cases[4:]]
    assert details == [
        "expected KeyError, raised ZeroDivisionError: division by zero (line 2)",
        "expected 2, got 2.0",
        "expected 2, raised NameError: the program defines no 'multiply'",
        "expected ValueError, got 2.0",
    ]
    assert (verdict.outcome, verdict.passed, verdict.total) == (Outcome.FAIL, 4, 8)


def test_a_fresh_process_goes_on_after_a_crash(sandbox: Sandbox) -> None:
    program = (
        "import os\ndef f(x):\n    if x == 1: os._exit(3)\n    if x == 2:\n        while True: pass\n    return x\n"
    )
    cases = [Call("f", (x,), expected=x) for x in range(4)]
    verdict = sandbox.run(program, cases, limits=Limits(cpu_seconds=0.3))
    assert [case.outcome.value for case in verdict.cases] == ["PASS", "EXIT", "TIMEOUT", "PASS"]
    verdict = sandbox.run(program, [cases[1]] * 5, limits=Limits(restarts=1))
    assert verdict.cases[-1].detail.startswith("not run: the program was stopped 2 times")


def test_answers_before_the_end_count(sandbox: Sandbox) -> None:
    """Calls are sent ahead: the process may have ended when the first answer is read."""
    program = "import os\ndef f(x):\n    if x % 3 == 2: os._exit(x)\n    return x\n"
    limits = Limits(restarts=9)
    for _ in range(30):
        verdict = sandbox.run(program, [Call("f", (x,), expected=x) for x in range(7)], limits=limits)
        assert [case.outcome.value for case in verdict.cases] == ["PASS", "PASS", "EXIT"] * 2 + ["PASS"]
        assert verdict.cases[5].detail.endswith("exit code 5")


def test_a_process_that_ends_in_its_first_call(sandbox: Sandbox) -> None:
    for _ in range(30):
        verdict = sandbox.run("import os\ndef f(): os._exit(0)", [Call("f", expected=1)] * 4, limits=Limits(restarts=1))
        assert [case.outcome.value for case in verdict.cases] == ["EXIT"] * 4


def test_context_and_files(walled: Sandbox) -> None:
    case = Call("read", expected="text")
    program = "def read():\n    return open(NAME).read()\n"
    assert one(walled, program, case, context="NAME = 'a/b.txt'", files={"a/b.txt": b"text"}).outcome is Outcome.PASS
    writes = "def once():\n    import os\n    fresh = not os.path.exists('x')\n    open('x', 'w')\n    return fresh\n"
    verdict = walled.run(writes, [Call("once", expected=True)] * 2, files={"y": b""})
    assert verdict.outcome is Outcome.PASS


def test_class_and_main_guard(sandbox: Sandbox) -> None:
    program = (
        "import dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int = 1\n"
        "    def twice(self, y): return 2 * y + self.x\nif __name__ == '__main__':\n    raise SystemExit\n"
    )
    assert one(sandbox, program, Call("P().twice", (4,), expected=9)).outcome is Outcome.PASS


def test_stdio(walled: Sandbox) -> None:
    program = "import sys\nname = input('Name? ')\nprint(f'hello {name}')\nprint('err', file=sys.stderr)\n"
    assert one(walled, program, Stdio("ann\n", "Name? hello ann\n")).outcome is Outcome.PASS
    assert one(walled, program, Stdio("ann\n", "Name? hello ann")).outcome is Outcome.FAIL
    assert one(walled, program, Stdio("ann\n", "Name? hello ann  \n\n", match="lines")).outcome is Outcome.PASS
    assert one(walled, program, Stdio("ann\n", "NAME?HELLOANN", match="loose")).outcome is Outcome.PASS
    assert one(walled, program, Stdio("ann\n", "hello ann\n", prompts=False)).outcome is Outcome.PASS
    failed = one(walled, program, Stdio("", "x"))
    assert (failed.outcome, failed.detail) == (Outcome.FAIL, "raised EOFError: EOF when reading a line (line 2)")
    assert one(walled, "print(1)\nexit()", Stdio("", "1\n")).outcome is Outcome.PASS
    assert one(walled, "print(1)\nexit(2)", Stdio("", "1\n")).outcome is Outcome.EXIT
    late = "import atexit, threading, time\natexit.register(lambda: print('end'))\n"
    late += "threading.Thread(target=lambda: (time.sleep(0.05), print('thread'))).start()\n"
    assert one(walled, late, Stdio("", "thread\nend\n")).outcome is Outcome.PASS
    echo = "import sys\nprint(sys.argv[1:], len(sys.stdin.read()))\n"
    assert one(walled, echo, Stdio("x" * 300_000, "['a'] 300000\n", argv=("a",))).outcome is Outcome.PASS
    assert one(walled, "print('y' * 300_000)", Stdio("", "y" * 300_000 + "\n")).outcome is Outcome.PASS


def test_database(walled: Sandbox) -> None:
    program = (
        "def add(connection, name):\n    cursor = connection.execute('insert into users(name) values (?)', (name,))\n"
        "    if name == 'bad': raise ValueError\n    return cursor.lastrowid\n"
    )
    after = {"USERS": [(3, "eve"), (1, "ann"), (2, "bob")]}
    assert (
        one(walled, program, Call("add", (CONNECTION, "eve"), expected=3, tables=after), database=USERS).outcome
        == "PASS"
    )
    same = {"users": [(1, "ann"), (2, "bob")]}
    rolled_back = Call("add", (CONNECTION, "bad"), raises="ValueError", tables=same)
    assert one(walled, program, rolled_back, database=USERS).outcome is Outcome.PASS
    wrong = one(walled, program, Call("add", (CONNECTION, "eve"), tables=same), database=USERS)
    assert wrong.detail.startswith(
        "table users: expected [(1, 'ann'), (2, 'bob')], found [(1, 'ann'), (2, 'bob'), (3, 'eve')]"
    )
    drop = "import sqlite3\nc = sqlite3.connect('app.db')\nc.executescript(input())\n"
    gone = one(walled, drop, Stdio("drop table users;", "", tables=same), database=USERS)
    assert gone.detail == "table users is gone"
    deleted = one(walled, "import os\nos.remove('app.db')\n", Stdio("", "", tables=same), database=USERS)
    assert deleted.detail == "the database file is gone"
    garbage = one(walled, "open('app.db', 'wb').write(b'x' * 9999)\n", Stdio("", "", tables=same), database=USERS)
    assert garbage.detail.startswith("the database cannot be read")


def test_judged_tests(walled: Sandbox) -> None:
    program = (
        "class Stack:\n    def __init__(self): self.items = []\n    def push(self, x): self.items.append(x)\n"
        "    def pop(self): return self.items.pop()\n    def __len__(self): return len(self.items)\n"
        "    def __eq__(self, other): return True\n"
        "def third(x): return x / 3\ndef fail(x): raise KeyError(x)\ndef forge(): return Stack()\n"
        "def abs(x): return 3\n"
    )
    passing = [
        "assert abs(third(1) - 0.3333) < 1e-3",
        "assert isinstance(third(1), float)",
        "assert not third(0)",
        "assert third(3) in (1.0, 2.0)",
        "stack = Stack()\nstack.push(3)\nstack.push([1])\nassert len(stack) == 2\nassert stack.pop() == [1]",
        "try:\n    fail(1)\n    assert False\nexcept KeyError:\n    pass",
        "def check(candidate):\n    assert candidate(3) == 1\ncheck(third)",
        "import math\nassert all(third(i) <= i for i in range(5)) and math.isclose(third(1), 1 / 3)",
    ]
    failing = [
        "assert third(3) > 1",
        "assert forge() == 3",
        "assert 3 == forge()",
        "assert forge().items == 3",
        "assert abs(third(0)) == 3",
        "assert missing(1) > 0",
        "assert third(object())",
    ]
    verdict = walled.run(program, passing)
    assert [(case.name, case.detail) for case in verdict.cases if case.detail] == []
    assert not verdict.weak
    assert walled.run(program, failing).passed == 0
    weak = one(walled, program, "assert Stack() == forge()")
    assert (weak.outcome, weak.weak) == (Outcome.PASS, True)


def test_a_judged_test_that_stops(sandbox: Sandbox) -> None:
    limits = Limits(cpu_seconds=0.3)
    program = "import os\ndef f(x):\n    while x: pass\n    os._exit(0)\n"
    assert one(sandbox, program, "assert f(1) > 0", limits=limits).outcome is Outcome.TIMEOUT
    assert one(sandbox, program, "assert f(0) > 0", limits=limits).outcome is Outcome.EXIT
    assert one(sandbox, program, "while True: assert True", limits=limits).detail.startswith("the test used more than")


def test_numpy(walled: Sandbox) -> None:
    numpy = pytest.importorskip("numpy")
    program = "import numpy as np\ndef f(n): return np.arange(n) * 1.5\n"
    assert one(walled, program, Call("f", (3,), expected=numpy.array([0, 1.5, 3]))).outcome is Outcome.PASS
    assert one(walled, program, Call("f", (3,), expected=[0, 1.5, 3], match="json")).outcome is Outcome.PASS
    patched = (
        "import numpy\nnumpy.array_equal = numpy.allclose = lambda *a, **k: True\ndef f(n): return numpy.zeros(n)\n"
    )
    assert one(walled, patched, "import numpy\nassert numpy.array_equal(f(3), numpy.arange(3))").outcome is Outcome.FAIL


def test_processes_where_allowed(walled: Sandbox) -> None:
    program = (
        "import subprocess\ndef f(): return subprocess.run(['echo', 'hi'], capture_output=True, text=True).stdout\n"
    )
    assert one(walled, program, Call("f", expected="hi\n"), limits=Limits(processes=8)).outcome is Outcome.PASS
    assert one(walled, program, Call("f", expected="hi\n")).outcome is Outcome.FAIL


def test_prepare_files() -> None:
    setup = "import sqlite3\nc = sqlite3.connect('a.db')\nc.execute('create table t(x)')\nc.commit()\n"
    setup += "open('note', 'w').write('n')\n"
    files = prepare_files(setup)
    assert sorted(files) == ["a.db", "note"]
    program = "import sqlite3\nprint(sqlite3.connect('a.db').execute('select count(*) from t').fetchall())\n"
    assert run_program(program, [Stdio("", "[(0,)]\n")], files=files).outcome is Outcome.PASS
    with pytest.raises(DataError, match="line 1"):
        prepare_files("raise ValueError")


def test_an_argument_made_by_the_candidate(sandbox: Sandbox) -> None:
    program = "def double(code):\n    return eval(code) * 2\n"
    case = Call("double", (Source("compile(TEXT, '', 'eval')"),), expected=6)
    assert one(sandbox, program, case, context="TEXT = '3'").outcome is Outcome.PASS
    nested = Call("double", ([Source("missing")],), expected=6)
    assert one(sandbox, program, nested).detail == "expected 6, raised NameError: name 'missing' is not defined"


def test_symbolic_values(sandbox: Sandbox) -> None:
    sympy = pytest.importorskip("sympy")
    program = "import sympy\nx, y = sympy.symbols('x y')\ndef f(): return [x + y, 2 * x]\n"
    x, y = sympy.symbols("x y")
    assert one(sandbox, program, Call("f", expected=[y + x, x + x])).outcome is Outcome.PASS
    assert one(sandbox, program, Call("f", expected=[y + x, x + y])).outcome is Outcome.FAIL


def test_compute(sandbox: Sandbox) -> None:
    assert sandbox.compute("def f(x): return (x, 1.0)\n", Call("f", (2,), expected=None)) == {"tuple": [2, 1.0]}
    with pytest.raises(DataError, match="raised ZeroDivisionError"):
        sandbox.compute("def f(x): return 1 / x\n", Call("f", (0,), expected=None))
    with pytest.raises(DataError, match="exit with code 3"):
        sandbox.compute("exit(3)\n", Call("f", expected=None))


def test_run_many_keeps_the_order(sandbox: Sandbox) -> None:
    jobs = [make_job(f"def f(): return {number}", [Call("f", expected=number % 3)]) for number in range(9)]
    assert [verdict.passed for verdict in sandbox.run_many(jobs)] == [1, 1, 1, 0, 0, 0, 0, 0, 0]


def test_random_differs_between_runs(sandbox: Sandbox) -> None:
    program = "import random\ndef f(): return random.random()\n"
    details = {one(sandbox, program, Call("f", expected=0.0)).detail for _ in range(3)}
    assert len(details) == 3

# ruff: noqa: E501, ISC004 - programs in one line each
"""Cases that share a process must come to what each comes to alone, and tell the program nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from codereal.sandbox.candidate import Candidate
from codereal.sandbox.case import CONNECTION, Call, Case, Database, Stdio, pack_files
from codereal.sandbox.codec import encode
from codereal.sandbox.limits import Limits
from codereal.sandbox.run import Sandbox, make_job
from codereal.sandbox.slot import Slot
from codereal.sandbox.verdict import Outcome

ROWS = Database("CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1);")
FILES = {"data/a.txt": b"one\n", "b.txt": b"two\n"}


def outcomes(
    sandbox: Sandbox, program: str, tests: Sequence[Case], attacks: Sequence[Case] = (), **more: object
) -> str:
    """First letters, in the order of the cases."""
    verdict = sandbox.run_job(make_job(program, tests, attacks=attacks, **more))  # type: ignore[arg-type]
    assert len(verdict.cases) == len(tests) + len(attacks)
    return "".join(case.outcome[0] for case in verdict.cases)


COUNTING = """
calls = 0
def f(x):
    global calls
    calls += 1
    if {gate}:
        raise ValueError("refused")
    return x
"""
WORKS = [Call("f", (n,), expected=n) for n in range(3)]
REFUSES = [Call("f", (f"hostile {n}",), raises="ValueError") for n in range(3)]


@pytest.mark.parametrize("gate", [f"calls {sign} {n}" for sign in ("<=", ">", "%2==", "%3==") for n in range(7)])
def test_a_program_cannot_tell_attacks_by_counting(sandbox: Sandbox, gate: str) -> None:
    won = [
        outcomes(sandbox, COUNTING.format(gate=gate) + "#" * text, WORKS, REFUSES, **more) == "PPPPPP"
        for text in range(3)
        for more in ({}, {"files": FILES})
    ]
    assert not any(won)


def test_an_honest_filter_passes(sandbox: Sandbox) -> None:
    assert outcomes(sandbox, COUNTING.format(gate="isinstance(x, str)"), WORKS, REFUSES) == "PPPPPP"


STATEFUL = [
    # (program, tests): each passes in a process of its own, few in one that others had before
    ("seen = set()\ndef f(x):\n    assert not seen\n    seen.add(x)\n    return x\n", WORKS),
    ("import os\ndef f(x):\n    os.chdir('data')\n    return len(os.listdir('..'))\n", [Call("f", (1,), expected=2)] * 3),
    ("import os\ndef f(x):\n    os.remove('b.txt')\n    return sorted(os.listdir('.'))\n",
     [Call("f", (1,), expected=["data"])] * 3),
    ("file = open('b.txt')\ndef f(x):\n    return file.read()\n", [Call("f", (1,), expected="two\n")] * 3),
    ("def f(x):\n    global file\n    file = open('new.txt', 'x')\n    return 1\n", [Call("f", (1,), expected=1)] * 3),
    ("import threading, time\ndef f(x):\n    threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"
     "    return threading.active_count()\n", [Call("f", (1,), expected=2)] * 3),
    ("import os\ndef f(x):\n    old = os.environ.get('X')\n    os.environ['X'] = 'y'\n    return old\n",
     [Call("f", (1,), expected=None)] * 3),
    ("import os\ndef f(x):\n    os.makedirs('deep/er'); os.symlink('/etc', 'deep/link')\n    return os.listdir('data')\n",
     [Call("f", (1,), expected=["a.txt"])] * 3),
    ("def f(x):\n    raise SystemExit(3)\n", [Call("f", (1,), raises="SystemExit")] * 3),
    ("print(open('b.txt').read(), end='')\nopen('b.txt', 'w').write('gone')\n", [Stdio("", "two\n")] * 3),
    ("import sys\nprint(sys.stdin.read(), end='')\nsys.stdin.close()\n", [Stdio(f"{n}\n", f"{n}\n") for n in range(3)]),
    ("import sys\nprint(input(), sys.argv[1])\nsys.exit(0)\n", [Stdio("a", "a b\n", ("b",)), Stdio("c", "c d\n", ("d",))]),
    ("import atexit\natexit.register(print, 'bye')\nprint(input())\n", [Stdio("x", "x\nbye\n"), Stdio("y", "y\nbye\n")]),
    ("import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.05), print('late'))).start()\nprint('early')",
     [Stdio("", "early\nlate\n")] * 3),
    ("from concurrent.futures import ThreadPoolExecutor as P\nwith P() as p:\n    print(*p.map(abs, [-1, 2]))\n",
     [Stdio("", "1 2\n")] * 3),
    ("import os\nprint('x', flush=True)\nos._exit(0)\n", [Stdio("", "x\n")] * 5),
    ("import builtins\nprint(input())\nbuiltins.print = builtins.input = None\n", [Stdio("x", "x\n")] * 3),
    ("import sys, io\nprint(input())\nsys.stdout.flush()\nsys.stdout = io.StringIO()\n", [Stdio("x", "x\n")] * 3),
    ("import json\nassert not hasattr(json, 'mark')\njson.mark = 1\nprint(1)\n", [Stdio("", "1\n")] * 3),
]  # fmt: skip


@pytest.mark.parametrize(("program", "tests"), STATEFUL, ids=range(len(STATEFUL)))
def test_what_lasts_does_not_count_against_the_next_case(walled: Sandbox, program: str, tests: list[Case]) -> None:
    assert outcomes(walled, program, tests, files=FILES) == "P" * len(tests)


TABLES = [
    "def f(c, x):\n    c.execute('INSERT INTO t VALUES (?)', (x,))\n    return c.execute('SELECT sum(x) FROM t').fetchone()[0]\n",
    "import sqlite3\nk = sqlite3.connect('app.db')\ndef f(c, x):\n    k.execute('INSERT INTO t VALUES (?)', (x,))\n    k.commit()\n"
    "    return k.execute('SELECT sum(x) FROM t').fetchone()[0]\n",
    "import sqlite3\ndef f(c, x):\n    k = sqlite3.connect('app.db')\n    k.execute('INSERT INTO t VALUES (?)', (x,))\n"
    "    k.commit()\n    return c.execute('SELECT sum(x) FROM t').fetchone()[0]\n",
]


@pytest.mark.parametrize("program", TABLES, ids=range(len(TABLES)))
def test_each_case_has_the_database_as_it_was(walled: Sandbox, program: str) -> None:
    tests = [Call("f", (CONNECTION, n), expected=n + 1, tables={"t": [(1,), (n,)]}) for n in range(4)]
    assert outcomes(walled, program, tests, database=ROWS) == "PPPP"
    wrong = Call("f", (CONNECTION, 5), expected=6, tables={"t": [(1,)]})
    assert outcomes(walled, program, [*tests, wrong], database=ROWS) == "PPPPF"
    assert outcomes(walled, program, tests, [wrong, wrong], database=ROWS) == "PPPPFF"


def test_tables_of_a_script_that_never_closes(walled: Sandbox) -> None:
    program = (
        "import sqlite3\nc = sqlite3.connect('app.db')\nc.execute('INSERT INTO t VALUES (?)', (int(input()),))\n"
        "print(c.execute('SELECT sum(x) FROM t').fetchone()[0])\n"
    )
    unsaved = [Stdio(str(n), f"{n + 1}\n", tables={"t": [(1,)]}) for n in range(3)]
    assert outcomes(walled, program, unsaved, database=ROWS) == "PPP"
    saved = [Stdio(str(n), f"{n + 1}\n", tables={"t": [(n,), (1,)]}) for n in range(3)]
    assert outcomes(walled, program + "c.commit()\n", saved, database=ROWS) == "PPP"
    assert outcomes(walled, program, saved, database=ROWS) == "FFF"


def test_attacks_that_end_the_process_do_not_end_the_tests(sandbox: Sandbox) -> None:
    program = "import os\ndef f(x):\n    if x == 'loop':\n        while True: pass\n    if x == 'out':\n        os._exit(1)\n    return x\n"
    tests = [Call("f", (n,), expected=n) for n in range(4)]
    limits = Limits(cpu_seconds=0.2, timeouts=1, restarts=1)
    assert (
        outcomes(sandbox, program, tests, [Call("f", ("loop",), raises="ValueError")] * 3, limits=limits) == "PPPPTTT"
    )
    assert outcomes(sandbox, program, tests, [Call("f", ("out",), raises="ValueError")] * 3, limits=limits) == "PPPPEEE"


PIECES = (
    "state.append(x)", "assert len(state) < 3", "open('n.txt', 'a').write('x')", "assert len(open('n.txt').read()) < 2",
    "os.chdir('/tmp')", "c.execute('INSERT INTO t VALUES (7)')", "c.execute('DELETE FROM t')", "c.execute('DROP TABLE t')",
    "c.commit()", "c.close()", "os.remove('app.db')", "sqlite3.connect('app.db').execute('BEGIN IMMEDIATE')",
    "state.append(sqlite3.connect('app.db'))", "print(x)", "os.environ.update(A='1')", "assert 'A' not in os.environ",
    "open('app.db', 'wb').close()", "return sorted(os.listdir('.'))", "return c.execute('SELECT x FROM t').fetchall()",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_together_as_alone(sandbox: Sandbox, seed: int) -> None:
    """Programs put together at random, whose cases agree by what a run of each alone gives."""
    chance = random.Random(seed)
    body = "".join(f"    {piece}\n" for piece in chance.sample(PIECES, 4))
    program = f"import os, sqlite3\nstate = []\ndef f(c, x):\n{body}    return x\n"
    calls = [
        Call("f", (CONNECTION, n), expected=chance.choice([n, [(1,)], ["app.db"]]), tables={"t": [(1,), (7,)][: n % 3]})
        for n in range(4)
    ]
    alone = [sandbox.run(program, [call], database=ROWS).outcome for call in calls]
    together = [case.outcome for case in sandbox.run(program, calls, database=ROWS).cases]
    assert {*together} == {Outcome.PASS} if {*alone} == {Outcome.PASS} else {*together} != {Outcome.PASS}
    # Where some fail anyhow, others may fail for what came before; none passes that would not alone.
    assert all(one is Outcome.PASS for one, other in zip(alone, together, strict=True) if other is Outcome.PASS)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("pass", "ok"),
        ("open('b.txt')", "ok"),
        ("kept.append(open('b.txt'))", "held"),
        ("kept.append(sqlite3.connect('new.db').execute('CREATE TABLE t (x)'))", "held"),
        ("sqlite3.connect('new.db').execute('CREATE TABLE t (x)')", "ok"),
        ("threading.Thread(target=time.sleep, args=(9,), daemon=True).start()", "held"),
        ("os.chdir('data'); os.remove('../b.txt')", "ok"),
        ("os.chmod('b.txt', 0)", "ok"),
    ],
)
def test_what_a_call_leaves_behind(walled: Sandbox, body: str, answer: str) -> None:
    program = (
        f"import os, sqlite3, threading, time\nkept = []\ndef f():\n    {body}\n"
        "def look():\n    return sorted(os.listdir('.')), open('b.txt').read()\n"
    )
    files = pack_files(FILES)
    slot = Slot(walled.isolation)
    try:
        with Candidate(slot.server("standard"), Limits()) as candidate:
            candidate.ready()
            assert candidate.ask("load", "", program, files, {}) == ["ok"]
            candidate.ask("call", "f", [], {}, None)
            assert candidate.ask("restore") == [answer]
            if answer == "ok":
                assert candidate.ask("call", "look", [], {}, None) == ["value", encode((["b.txt", "data"], "two\n"))]
    finally:
        slot.close()


def test_any_text_is_a_program(sandbox: Sandbox) -> None:
    assert outcomes(sandbox, "# \ud800\0\ndef f(x): return x", WORKS, REFUSES)[0] in "PF"

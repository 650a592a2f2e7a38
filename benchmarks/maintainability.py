"""What does a verdict of `mypy --strict` cost, and is the fast one the same?

    python benchmarks/maintainability.py                              # all snippets, all four ways (minutes)
    python benchmarks/maintainability.py --limit 100 --ways warm,cli  # short
    python benchmarks/maintainability.py --soak 100000                # is memory flat?

Ways to check the same snippets, each snippet a module of its own:

    warm   codereal.maintainability.TypeChecker
    cli    one `python -m mypy` a snippet, cache warm (the reference for the verdicts)
    api    `mypy.api.run` a snippet, all in one process, cache warm
    batch  one mypy command line over all files; those that do not parse are left out, for one sinks the build
    zuban  codereal.maintainability.ZubanChecker, 64 a process: the fast alternative, which may differ
    score  all terms of the default profile, 64 at a time (no verdict to compare: what a full score costs)

CPU is processor time (user + system, children included), start-up given apart. Snippets come from the data
folder (`--data`, `CODEREAL_DATA`, else `../shared/data` beside the project); sizes are flags.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from codereal.maintainability.check import score_maintainability_many
from codereal.maintainability.types import TypeChecker, command_line_flags
from codereal.maintainability.zuban import ZubanChecker

ROOT = Path(__file__).resolve().parents[1]
Verdicts = dict[int, list[str]]


def corpus(data: Path) -> Iterator[str]:
    """Yield every reference program and every function of the data folder, each once."""
    import pyarrow.parquet as parquet

    def rows(name: str) -> Iterator[dict[str, object]]:
        for path in sorted(data.glob(f"{name}/*.parquet")):
            yield from parquet.read_table(path).to_pylist()

    seen: set[str] = set()
    for code in (
        *(code for row in rows("apps") for code in json.loads(str(row["solutions"]))),
        *(str(row["execute_sql"]) for row in rows("safesql")),
        *(str(row["construct_db"]) for row in rows("safesql")),
        *(_patched(row["ground_truth"]) for row in rows("seccodeplt")),
    ):
        if code not in seen:
            seen.add(code)
            yield code


def _patched(truth: object) -> str:
    assert isinstance(truth, dict)
    return "".join(truth[part] for part in ("code_before", "patched_code", "code_after"))


def cpu() -> float:
    """Return the processor seconds of this process and of all children that it has reaped."""
    usages = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def warm(codes: list[str], work: Path) -> tuple[Verdicts, float]:
    """Return the verdicts and the CPU seconds that starting took."""
    with TypeChecker() as checker:  # fills the cache on a machine that has none
        checker.start()
    before = cpu()
    with TypeChecker() as checker:
        checker.start()
    start = cpu() - before
    verdicts: Verdicts = {}
    sizes: list[int] = []
    with TypeChecker() as checker:
        for number, code in enumerate(codes):
            report = checker.check(code)
            verdicts[number] = [f"FAILURE {report.failure}"] if report.failure else [str(i) for i in report.issues]
            if number % 100 == 99:
                sizes.append(_resident(checker.server_pid))
    if sizes:
        print(f"       server size {sizes[0]} MB after 100, {sizes[-1]} MB at the end, most {max(sizes)} MB")
    return verdicts, start


def _resident(pid: int | None) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() // 2**20


def cli(codes: list[str], work: Path) -> tuple[Verdicts, float]:
    """Return the verdicts of one command line a snippet; the cache is filled before."""
    command = [sys.executable, "-m", "mypy", *command_line_flags(), "--cache-dir", str(work / "cli-cache")]
    file = work / "candidate.py"

    def run(number: int, code: str) -> list[str]:
        file.write_bytes(code.encode())
        os.utime(file, (number, number))  # mypy's cache takes the same size and second for the same file
        result = subprocess.run([*command, file.name], cwd=work, capture_output=True, text=True, check=False)
        return (result.stdout + result.stderr).splitlines()

    before = cpu()
    run(len(codes), codes[0])
    start = cpu() - before
    return {number: run(number, code) for number, code in enumerate(codes)}, start


_API = """
import json, os, resource, sys
from mypy import api
flags, work, codes = json.load(sys.stdin)
verdicts = []
for number, code in enumerate(codes):
    with open("candidate.py", "wb") as file:
        file.write(code.encode())
    os.utime("candidate.py", (number, number))
    out, err, _ = api.run([*flags, "candidate.py"])
    verdicts.append((out + err).splitlines())
print(json.dumps([verdicts, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024]))
"""


def in_api(codes: list[str], work: Path) -> tuple[Verdicts, float]:
    """Return the verdicts of `mypy.api.run`, in a process of its own because it never gives memory back."""
    flags = [*command_line_flags(), "--cache-dir", str(work / "cli-cache")]
    given = json.dumps([flags, str(work), codes])
    result = subprocess.run(
        [sys.executable, "-c", _API], cwd=work, input=given, capture_output=True, text=True, check=True
    )
    verdicts, megabytes = json.loads(result.stdout)
    print(f"       grew to {megabytes} MB")
    return dict(enumerate(verdicts)), 0.0


def batch(codes: list[str], work: Path) -> tuple[Verdicts, float]:
    """Return the verdicts of one build over all files that parse."""
    folder = work / "batch"
    folder.mkdir()
    with TypeChecker() as checker:
        parsed = [number for number, code in enumerate(codes) if not checker.check(code).blocked]
    before = cpu()
    for number in parsed:
        (folder / f"candidate_{number}.py").write_bytes(codes[number].encode())
    command = [sys.executable, "-m", "mypy", *command_line_flags(), "--cache-dir", str(work / "cli-cache"), "."]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    spent = cpu() - before
    verdicts: Verdicts = {number: [] for number in parsed}
    for line in (result.stdout + result.stderr).splitlines():
        name, colon, rest = line.partition(".py")
        number = int(name.removeprefix("candidate_"))
        verdicts[number].append(f"candidate{colon}{rest}".replace(name, "candidate"))
    _batch_cpu.append(spent)
    return verdicts, 0.0


def zuban(codes: list[str], work: Path) -> tuple[Verdicts, float]:
    """Return zuban's verdicts."""
    checker = ZubanChecker()
    reports = [report for at in range(0, len(codes), _BATCH) for report in checker.check_many(codes[at : at + _BATCH])]
    return {number: [str(issue) for issue in report.issues] for number, report in enumerate(reports)}, 0.0


def score(codes: list[str], work: Path) -> tuple[Verdicts, float]:
    """Score with every term; the verdict kept is mypy's part."""
    before = cpu()
    with TypeChecker() as checker:
        checker.start()
    start = cpu() - before
    verdicts: Verdicts = {}
    with TypeChecker() as checker:
        for at in range(0, len(codes), _BATCH):
            for number, one in enumerate(score_maintainability_many(codes[at : at + _BATCH], checker=checker), at):
                verdicts[number] = [finding.rule for finding in one.findings if finding.rule.startswith("mypy-")]
    return verdicts, start


def soak(codes: list[str], count: int) -> int:
    """Score `count` snippets, the corpus over and over; fail if memory still grows by a twentieth at the end."""
    marks: list[tuple[int, int, float]] = []
    step = max(count // 10, _BATCH)
    with TypeChecker() as checker:
        checker.start()
        before, done = cpu(), 0
        while done < count:
            batch = [codes[(done + number) % len(codes)] for number in range(_BATCH)]
            score_maintainability_many(batch, checker=checker)
            done += _BATCH
            if done % step < _BATCH:
                marks.append((_resident(os.getpid()), _resident(checker.server_pid), 1000 * (cpu() - before) / step))
                before = cpu()
                print(f"{done:7} snippets: this process {marks[-1][0]} MB, server {marks[-1][1]} MB, "
                      f"{marks[-1][2]:.2f} CPU ms a snippet of ours", flush=True)  # fmt: skip
    # Rare large batches raise the mark for good while the corpus is new; what leaks goes on rising.
    settled = marks[len(marks) * 6 // 10 - 1]
    grown = max(last / first for first, last in zip(settled[:2], marks[-1][:2], strict=True))
    print(f"memory at the end: {grown:.3f} times that after six tenths")
    return int(grown > 1.05)


_BATCH = 64
_batch_cpu: list[float] = []
_STARTS = {"warm": 3, "score": 2}  # how often the way starts a server while it is measured
WAYS: dict[str, Callable[[list[str], Path], tuple[Verdicts, float]]] = {
    "warm": warm,
    "cli": cli,
    "api": in_api,
    "batch": batch,
    "zuban": zuban,
    "score": score,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("CODEREAL_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("--limit", type=int, help="number of snippets, drawn at random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ways", default=",".join(WAYS), help="comma-separated, of: %(default)s")
    parser.add_argument("-o", "--output", type=Path, help="write the figures and differences as JSON")
    parser.add_argument("--soak", type=int, metavar="N", help="score N snippets in one process instead")
    options = parser.parse_args()
    codes = list(corpus(Path(options.data)))
    random.Random(options.seed).shuffle(codes)
    if options.soak:
        return soak(codes, options.soak)
    codes = codes[: options.limit]
    figures: dict[str, dict[str, float]] = {}
    found: dict[str, Verdicts] = {}
    print(f"{len(codes)} snippets")
    for way in options.ways.split(","):
        with tempfile.TemporaryDirectory() as folder:
            before, wall = cpu(), time.perf_counter()
            found[way], start = WAYS[way](codes, Path(folder))
            spent = (_batch_cpu[-1] if way == "batch" else cpu() - before) - start * _STARTS.get(way, 1)
            count = len(found[way])
            figures[way] = {"cpu_ms": 1000 * spent / count, "start_cpu_s": start, "snippets": count}
            figures[way]["wall_s"] = time.perf_counter() - wall
        print(f"{way:6} {figures[way]['cpu_ms']:8.2f} CPU ms a snippet, start {start:.2f} CPU s", flush=True)
    reference = found.get("cli", {})
    differences = {
        way: {number: [lines, reference[number]] for number, lines in verdicts.items() if lines != reference[number]}
        for way, verdicts in found.items()
        if reference and way not in ("cli", "score")
    }
    for way, different in differences.items():
        same = len(found[way]) - len(different)
        factor = figures["cli"]["cpu_ms"] / figures[way]["cpu_ms"]
        passed = sum(bool(lines) != bool(reference[number]) for number, lines in found[way].items())
        print(
            f"{way:6} same lines as the command line on {same} of {len(found[way])}, another verdict on {passed}, "
            f"{factor:.0f} times cheaper"
        )
    if options.output is not None:
        options.output.write_text(json.dumps({"figures": figures, "differences": differences}, indent=1) + "\n")
    return 1 if differences.get("warm") else 0


if __name__ == "__main__":
    sys.exit(main())

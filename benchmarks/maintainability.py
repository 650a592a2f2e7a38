"""What does a verdict of `mypy --strict` cost, and is the fast one the same?

    python benchmarks/maintainability.py                              # all snippets, all four ways (minutes)
    python benchmarks/maintainability.py --limit 100 --ways warm,cli  # short

Four ways to check the same snippets, each snippet a module of its own:

    warm   codereal.maintainability.TypeChecker
    cli    one `python -m mypy` a snippet, cache warm (the reference for the verdicts)
    api    `mypy.api.run` a snippet, all in one process, cache warm
    batch  one mypy command line over all files; those that do not parse are left out, for one sinks the build

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

from codereal.maintainability.types import TypeChecker, command_line_flags

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


_batch_cpu: list[float] = []
WAYS: dict[str, Callable[[list[str], Path], tuple[Verdicts, float]]] = {
    "warm": warm,
    "cli": cli,
    "api": in_api,
    "batch": batch,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("CODEREAL_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("--limit", type=int, help="number of snippets, drawn at random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ways", default=",".join(WAYS), help="comma-separated, of: %(default)s")
    parser.add_argument("-o", "--output", type=Path, help="write the figures and differences as JSON")
    options = parser.parse_args()
    codes = list(corpus(Path(options.data)))
    random.Random(options.seed).shuffle(codes)
    codes = codes[: options.limit]
    figures: dict[str, dict[str, float]] = {}
    found: dict[str, Verdicts] = {}
    print(f"{len(codes)} snippets")
    for way in options.ways.split(","):
        with tempfile.TemporaryDirectory() as folder:
            before, wall = cpu(), time.perf_counter()
            found[way], start = WAYS[way](codes, Path(folder))
            spent = (_batch_cpu[-1] if way == "batch" else cpu() - before) - start * (3 if way == "warm" else 1)
            count = len(found[way])
            figures[way] = {"cpu_ms": 1000 * spent / count, "start_cpu_s": start, "snippets": count}
            figures[way]["wall_s"] = time.perf_counter() - wall
        print(f"{way:6} {figures[way]['cpu_ms']:8.2f} CPU ms a snippet, start {start:.2f} CPU s", flush=True)
    reference = found.get("cli", {})
    differences = {
        way: {number: [lines, reference[number]] for number, lines in verdicts.items() if lines != reference[number]}
        for way, verdicts in found.items()
        if reference and way != "cli"
    }
    for way, different in differences.items():
        same = len(found[way]) - len(different)
        factor = figures["cli"]["cpu_ms"] / figures[way]["cpu_ms"]
        print(f"{way:6} same verdict as the command line on {same} of {len(found[way])}, {factor:.0f} times cheaper")
    if options.output is not None:
        options.output.write_text(json.dumps({"figures": figures, "differences": differences}, indent=1) + "\n")
    return 1 if differences.get("warm") else 0


if __name__ == "__main__":
    sys.exit(main())

"""What known exploits earn on every suite, under the default reward and under those that were published.

    python benchmarks/audits.py                       # all of them, twelve tasks each (half an hour on 2 cores)
    python benchmarks/audits.py --limit 24 --keep runs/audits -o results/audit.md

Each audit is one `codereal audit`; its full table is kept as JSON in `--keep` and not made again while it lies there.
The summary has the anchors, the best exploit of each family, and what load changes. Exit code 1 if an exploit wins
under the default reward, or a reward depends on load.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

# Suite, split, preset; and whether the references are scored again with eight busy processes a core.
AUDITS = (
    ("seccodeplt", "train", "default", True),
    ("safesql", "train", "default", True),
    ("apps", "test", "default", False),
    ("codereal-core", "test", "default", True),
    ("seccodeplt", "train", "real-paper", False),
    ("seccodeplt", "train", "real-release-seccodeplt", False),
    ("safesql", "train", "real-release-safesql", False),
    ("apps", "test", "real-release-apps", False),
)
FAMILIES = ("no-work", "harness", "analyser", "mixed")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("CODEREAL_DATA", ""), help="folder with the published suites")
    parser.add_argument("--limit", type=int, default=12, help="tasks an audit (default: 12)")
    parser.add_argument("--keep", type=Path, default=Path("runs/audits"), help="folder of the full tables")
    parser.add_argument("-o", "--output", type=Path, help="write the summary there as well")
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    failed = False
    parts = []
    for suite, split, preset, load in AUDITS:
        file = options.keep / f"audit_{suite}_{preset}.json"
        log = file.with_suffix(".log")
        if not file.exists():
            command = ["audit", "--suite", suite, "--split", split, "--preset", preset, "--limit", str(options.limit)]
            command += ["--data", options.data] if options.data else []
            command += ["--load", "8"] if load else []
            done = subprocess.run(
                [sys.executable, "-m", "codereal", *command, "--format", "json", "-o", str(file)],
                stderr=subprocess.PIPE, text=True, check=False,
            )  # fmt: skip
            log.write_text(done.stderr, "utf-8")
            if not file.exists():
                print(f"{suite}, {preset}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
                return 2
        result = json.loads(file.read_text("utf-8"))
        words = next((line for line in log.read_text("utf-8").splitlines() if line.startswith("load ")), "")
        parts.append(section(result, words))
        same = not words or words.split()[2] == words.split()[4]
        failed |= preset == "default" and (not result["passed"] or not same)
    text = "\n".join(parts)
    print(text)
    if options.output:
        options.output.write_text(text, "utf-8")
    return int(failed)


def section(result: dict[str, Any], load: str) -> str:
    """One audit: its verdict, the anchors, and the exploit of each family that gets furthest."""
    caught = result["caught"]
    verdict = "holds" if result["passed"] else f"is cheated by {len(caught)} exploits ({', '.join(caught[:8])}, …)"
    lines = [f"## `{result['preset']}` on {result['suite']}: {verdict}", ""]
    lines += [
        "| answer | tasks | Function | Quality | joint | mean reward | highest |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in result["anchors"]:
        lines.append(shown(f"**{row['name']}**", row))
    for family in FAMILIES:
        rows = [row for row in result["exploits"] if row["family"] == family and row["tasks"]]
        if rows:
            best = max(rows, key=lambda row: (row["joint"], row["reward"]))
            lines.append(shown(f"{family}, best of {len(rows)}: {best['name']}", best))
    failures = sum(row["failures"] for row in (*result["anchors"], *result["exploits"]))
    lines += ["", f"{failures} answers could not be scored through our own fault.{' ' + load if load else ''}", ""]
    return "\n".join(lines)


def shown(name: str, row: dict[str, Any]) -> str:
    """A line of the table."""
    if not row["tasks"]:
        return f"| {name} | 0 | – | – | – | – | – |"
    figures = " | ".join(f"{row[key]:.3f}" for key in ("function", "quality", "joint", "reward", "highest"))
    return f"| {name} | {row['tasks']} | {figures} |"


if __name__ == "__main__":
    sys.exit(main())

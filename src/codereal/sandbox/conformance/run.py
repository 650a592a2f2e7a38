"""Lets the hostile programs loose in a sandbox and says of each whether it was withstood."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from codereal.sandbox.case import Call
from codereal.sandbox.conformance.greed import GREED
from codereal.sandbox.conformance.harm import HARM
from codereal.sandbox.conformance.host import Host
from codereal.sandbox.conformance.hostile import Hostile
from codereal.sandbox.conformance.lies import LIES
from codereal.sandbox.process import mark
from codereal.sandbox.run import Sandbox, all_sandboxes
from codereal.sandbox.verdict import Isolation, Outcome, Verdict

CORPUS: tuple[Hostile, ...] = (*LIES, *GREED, *HARM)

_GOOD = (
    "import os, json, random, sqlite3\ndef solve(x):\n    return x * 2\n"
    "def left():\n    return [name for name in os.listdir('.') if not os.path.isdir(name)]\n"
    "def whole():\n    return json.dumps([1]), len(sqlite3.connect(':memory:').execute('select 1').fetchall())\n"
)
_GOOD_CASES = (
    Call("solve", (21,), expected=42),
    Call("left", expected=[]),
    Call("whole", expected=("[1]", 1)),
)
_PATIENCE = 2.0  # seconds for what was killed to disappear from the process table


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one program at one level."""

    hostile: Hostile
    isolation: Isolation
    tried: bool
    """Whether it was let loose; what no wall would stop is not."""
    faults: tuple[str, ...]
    """What a correct sandbox would not have let happen, in words."""
    outcomes: tuple[str, ...] = ()
    detail: str = ""

    @property
    def defended(self) -> bool:
        """Whether the sandbox withstood it."""
        return self.tried and not self.faults

    @property
    def promised(self) -> bool:
        """Whether the level promises that."""
        return self.isolation in self.hostile.promised

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        hostile = self.hostile
        return {
            "name": hostile.name,
            "against": hostile.against,
            "report": hostile.report,
            "promised": self.promised,
            "tried": self.tried,
            "defended": self.defended,
            "outcomes": list(self.outcomes),
            "detail": self.detail,
            "faults": list(self.faults),
        }


def run_corpus(isolation: Isolation | Literal["best"] = "best", corpus: Iterable[Hostile] = CORPUS) -> Iterator[Result]:
    """Each program in turn, at one level. Raises SandboxError where this machine does not give the level."""
    with Host() as host, Sandbox(1, isolation) as sandbox:
        for hostile in corpus:
            yield let_loose(sandbox, host, hostile)


def let_loose(sandbox: Sandbox, host: Host, hostile: Hostile) -> Result:
    """One program in a sandbox with one slot, and a harmless one after it."""
    level = sandbox.isolation
    if level not in hostile.tried:
        return Result(hostile, level, False, ("not tried: nothing would stop it",))
    context = f"HOST = {host.bait()!r}\n" if "HOST[" in hostile.program else ""
    verdict = sandbox.run(
        hostile.program, hostile.cases(), limits=hostile.budget(), database=hostile.database(), context=context
    )
    said = "".join(case.detail + case.output for case in verdict.cases)
    faults = [*judge(hostile, verdict), *host.harm(said)]
    faults += [f"process {pid} is still running" for pid in strays()]
    after = sandbox.run(_GOOD, _GOOD_CASES)
    faults += [f"the next program: {case.detail}" for case in after.cases if case.outcome is not Outcome.PASS]
    detail = next((case.detail for case in verdict.cases if case.detail), "")
    return Result(hostile, level, True, tuple(faults), tuple(case.outcome.value for case in verdict.cases), detail)


def judge(hostile: Hostile, verdict: Verdict) -> Iterator[str]:
    """What is wrong with a verdict on a hostile program."""
    for case in verdict.cases:
        if case.outcome is Outcome.PASS:
            yield "it passed"
        elif not hostile.allows(case.outcome):
            yield f"reported {case.outcome}, not {hostile.outcomes.replace(' ', ' or ')}: {case.detail}"
        elif hostile.detail not in case.detail:
            yield f"said {case.detail!r}, without {hostile.detail!r}"


def strays() -> list[int]:
    """Processes that runs in this process's sandboxes left behind, after a moment for the kernel to bury them."""
    servers = {server.pid for other in all_sandboxes() for slot in other._all for server in slot._servers.values()}
    deadline = time.monotonic() + _PATIENCE
    while (found := _marked() - servers) and time.monotonic() < deadline:
        time.sleep(0.01)
    return sorted(found)


def _marked() -> set[int]:
    """All processes that stem from fork servers of this process: children keep the server's command line."""
    wanted = mark().encode()
    found: set[int] = set()
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if name.isdigit():
            try:
                if wanted in Path(f"/proc/{name}/cmdline").read_bytes():
                    found.add(int(name))
            except OSError:
                continue  # ended in the meantime
    return found

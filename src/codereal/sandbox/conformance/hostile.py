"""One hostile program: what it tries, how it is tested, and what a correct sandbox reports of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from codereal.sandbox.case import CONNECTION, Assertion, Call, Case, Database, Stdio
from codereal.sandbox.limits import Limits
from codereal.sandbox.verdict import Isolation, Outcome

Target: TypeAlias = Literal["verdict", "runs", "host", "budget"]
"""What a program is up against: the verdict on it, other runs, the host, or its limits. See SECURITY.md."""

Tests: TypeAlias = Literal["calls", "script", "judged", "tables"]
"""`calls` of solve(x), a `script` that should print, `judged` test code, or a call whose `tables` are compared."""

ALL: tuple[Isolation, ...] = ("L2", "L1", "L0")
WALLED: tuple[Isolation, ...] = ("L2", "L1")

_USERS = Database("create table users(id integer primary key, name text); insert into users(name) values ('ann');")
_TIGHT: dict[str, Any] = {
    "cpu_seconds": 0.4,
    "wall_seconds": 0.8,
    "memory_mb": 128,
    "writable_mb": 8,
    "restarts": 1,
    "threads": 16,
}


@dataclass(frozen=True, slots=True)
class Hostile:
    """A program that tries to pass without solving, or to do harm.

    The expected values are random: a program that passes has read them somewhere. Its text finds what there is to
    attack on the host in the dict `HOST`: the keys are those of `conformance.host.Host.bait`.
    """

    name: str
    against: Target
    report: str
    """What a correct sandbox reports, in one line."""
    outcomes: str
    """The words that a correct sandbox may give each case, and none else."""
    program: str
    detail: str = ""
    """A part of what is said of each case."""
    tests: Tests = "calls"
    processes: int = 0
    """How many processes the task allows it."""
    promised: tuple[Isolation, ...] = ALL
    """The levels that promise to withstand it."""
    tried: tuple[Isolation, ...] = ALL
    """The levels at which it is let loose: without walls some would do what they say."""
    limits: dict[str, Any] = field(default_factory=dict)

    def cases(self) -> list[Case]:
        """Tests that nobody passes who does not know them."""
        if self.tests == "script":
            return [Stdio("", f"{secrets.token_hex(8)}\n")]
        if self.tests == "judged":
            wanted = [secrets.randbits(40) + 1000 for _ in range(2)]
            return [Assertion(f"assert solve({number}) == {value}") for number, value in enumerate(wanted)]
        if self.tests == "tables":
            rows = [(1, "ann"), (2, secrets.token_hex(8))]
            return [Call("solve", (CONNECTION,), tables={"users": rows})]
        return [Call("solve", (number,), expected=secrets.randbits(40)) for number in range(2)]

    def database(self) -> Database | None:
        """The database of its tests, where they have one."""
        return _USERS if self.tests == "tables" else None

    def budget(self) -> Limits:
        """Tight limits: hostile programs run into them."""
        return Limits(**_TIGHT | self.limits, processes=self.processes)

    def allows(self, outcome: Outcome) -> bool:
        """Whether a correct sandbox may call a case so."""
        return outcome.value in self.outcomes.split()

"""Every hostile program on every level: survived, not believed, and the next program is not worse off."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path
from typing import Any

import pytest

from codereal.sandbox.case import Call
from codereal.sandbox.limits import Limits
from codereal.sandbox.run import Sandbox
from codereal.sandbox.verdict import Outcome
from tests.sandbox.hostile import CORPUS, Hostile

TIGHT: dict[str, Any] = {
    "cpu_seconds": 0.4,
    "wall_seconds": 0.8,
    "memory_mb": 128,
    "writable_mb": 8,
    "restarts": 1,
    "threads": 16,
}
GOOD = "def solve(x):\n    return x * 2\n"


def descendants(pid: int) -> list[int]:
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return children + [inner for child in children for inner in descendants(child)]


@pytest.fixture(scope="session")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("host") / "secret"
    path.write_text("hush")
    return path


@pytest.mark.parametrize("hostile", CORPUS, ids=lambda hostile: hostile.name)
def test_hostile_program(walled: Sandbox, hostile: Hostile, secret: Path) -> None:
    limits = Limits(**TIGHT, processes=8 if hostile.needs == "processes" else 0)
    program = hostile.program.replace("{secret!r}", repr(str(secret)))
    cases = [Call("solve", (number,), expected=secrets.randbits(40)) for number in range(2)]
    began = time.monotonic()
    verdict = walled.run(program, cases, limits=limits)
    assert verdict.passed == 0
    for case in verdict.cases:
        assert case.outcome in [Outcome(name) for name in hostile.outcomes.split()], case
        assert hostile.detail in case.detail
        assert "hush" not in case.detail + case.output
    assert time.monotonic() - began < 20
    good = walled.run(GOOD, [Call("solve", (21,), expected=42)])
    assert good.outcome is Outcome.PASS, good
    for slot in walled._all:
        for server in slot._servers.values():
            assert descendants(server.pid) == []


def test_nothing_of_earlier_runs_is_in_memory(walled: Sandbox) -> None:
    """A child inherits the server's memory: no earlier program, argument or result may stand there."""
    marker = f"marker-{secrets.token_hex(16)}"
    early = f"def solve(x):\n    return [x, {marker!r}]\n"
    for _ in range(3):
        assert walled.run(early, [Call("solve", (f"arg-{marker}",), expected=[f"arg-{marker}", marker])]).passed == 1
    half = len(marker) // 2
    search = (
        "import gc, ctypes, sys\n"
        f"WANTED = ({marker[:half]!r}.encode(), {marker[half:]!r}.encode())\n"
        "def solve(x):\n"
        "    wanted = b''.join(WANTED)\n"
        "    found = 0\n"
        "    low = min(id(o) for o in gc.get_objects()); high = max(id(o) for o in gc.get_objects())\n"
        "    objects = [o for o in gc.get_objects()]\n"
        "    for o in objects:\n"
        "        for r in gc.get_referents(o):\n"
        "            if type(r) is str: r = r.encode('utf-8', 'replace')\n"
        "            if type(r) is bytes and wanted in r: found += 1\n"
        "    addr = id(object()) & ~0x3ffff\n"
        "    arena = ctypes.string_at(addr, 0x40000)\n"
        "    return found, arena.count(wanted[:20]) if wanted[:20] in arena else 0\n"
    )
    verdict = walled.run(search, [Call("solve", (1,), expected=(0, 0))], limits=Limits(memory_mb=1024))
    assert verdict.outcome in (Outcome.PASS, Outcome.CRASH), verdict


def test_environment_is_scrubbed(walled: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEREAL_TEST_KEY", "hush")
    for slot in walled._all:
        slot.close()  # the next servers start with the key in the environment of this process
    verdict = walled.run("import os\ndef env(): return 'hush' in str(os.environ)", [Call("env", expected=False)])
    assert verdict.passed == 1
    assert os.environ["CODEREAL_TEST_KEY"] == "hush"

"""Every hostile program on every level: survived, not believed, and the next program is not worse off."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator

import pytest

from codereal.sandbox.case import Call
from codereal.sandbox.conformance import CORPUS, Hostile, let_loose
from codereal.sandbox.conformance.host import Host
from codereal.sandbox.conformance.run import judge
from codereal.sandbox.limits import Limits
from codereal.sandbox.run import Sandbox
from codereal.sandbox.verdict import CaseResult, Outcome, Verdict


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Host() as host:
        yield host


@pytest.fixture(scope="module")
def open_house() -> Iterator[Sandbox]:
    """No walls: what L0 promises all the same is held to."""
    with Sandbox(slots=1, isolation="L0") as sandbox:
        yield sandbox


def test_the_corpus_is_large_and_has_no_name_twice() -> None:
    assert len(CORPUS) >= 40
    assert len({hostile.name for hostile in CORPUS}) == len(CORPUS)
    assert all(hostile.report and hostile.outcomes for hostile in CORPUS)
    # What is promised is also tried.
    assert all(set(hostile.promised) <= set(hostile.tried) for hostile in CORPUS)


@pytest.mark.parametrize("hostile", CORPUS, ids=lambda hostile: hostile.name)
def test_hostile_program(walled: Sandbox, host: Host, hostile: Hostile) -> None:
    began = time.monotonic()
    result = let_loose(walled, host, hostile)
    assert (result.faults, result.defended, result.promised) == ((), True, True)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "hostile", [hostile for hostile in CORPUS if "L0" in hostile.promised], ids=lambda hostile: hostile.name
)
def test_what_is_promised_without_walls(open_house: Sandbox, host: Host, hostile: Hostile) -> None:
    assert let_loose(open_house, host, hostile).faults == ()


def test_the_canaries_see_what_happens_without_walls(open_house: Sandbox, host: Host) -> None:
    """The same checks must be able to fail: L0 stops none of these."""
    seen = {
        name: let_loose(open_house, host, next(hostile for hostile in CORPUS if hostile.name == name)).faults
        for name in (
            "reads a secret of the host",
            "writes into a folder of the host",
            "removes a file of the host",
            "connects to a port of the host",
            "sends a datagram",
            "connects to a Unix socket of the host",
            "kills a process of the host",
            "leaves a daemon behind",
        )
    }
    words = ("secret", "written", "gone", "connection", "datagram", "connection", "killed", "still running")
    for (name, faults), word in zip(seen.items(), words, strict=True):
        assert any(word in fault for fault in faults), (name, faults)


def test_a_verdict_that_believes_is_found_out() -> None:
    hostile = Hostile("x", "verdict", "EXIT", "EXIT", "", "code 0")

    def faults(result: CaseResult) -> list[str]:
        return list(judge(hostile, Verdict.of([result], "L2")))

    assert faults(CaseResult(Outcome.EXIT, "exit code 0")) == []
    assert faults(CaseResult(Outcome.PASS)) == ["it passed"]
    assert faults(CaseResult(Outcome.INFRA, "code 0")) == ["reported INFRA, not EXIT: code 0"]
    assert faults(CaseResult(Outcome.EXIT, "left")) == ["said 'left', without 'code 0'"]


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

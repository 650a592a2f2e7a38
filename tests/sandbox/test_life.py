"""Used from threads, forked and spawned workers, after crashes; and leaves nothing behind."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import codereal
from codereal.errors import SandboxError, UsageError
from codereal.sandbox.candidate import Candidate
from codereal.sandbox.case import Call
from codereal.sandbox.conformance.run import _marked, strays
from codereal.sandbox.limits import Limits
from codereal.sandbox.process import Server
from codereal.sandbox.run import Sandbox, default_sandbox, run_program
from codereal.sandbox.verdict import Isolation, Outcome

PROGRAM = "def double(x):\n    return 2 * x\n"
CASES = [Call("double", (2,), expected=4)]
SOURCE = str(Path(codereal.__file__).parents[1])


def runs() -> str:
    return run_program(PROGRAM, CASES).outcome.value


def report(connection: Any) -> None:
    connection.send((runs(), [server.pid for slot in default_sandbox()._all for server in slot._servers.values()]))


def test_threads(sandbox: Sandbox) -> None:
    outcomes: list[str] = []
    threads = [
        threading.Thread(target=lambda: outcomes.extend(sandbox.run(PROGRAM, CASES).outcome for _ in range(4)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == ["PASS"] * 24


def test_asyncio(sandbox: Sandbox) -> None:
    async def many() -> list[str]:
        verdicts = await asyncio.gather(*(asyncio.to_thread(sandbox.run, PROGRAM, CASES) for _ in range(6)))
        return [verdict.outcome for verdict in verdicts]

    assert asyncio.run(many()) == ["PASS"] * 6


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_worker_processes(method: str) -> None:
    assert runs() == "PASS"
    ours = {server.pid for slot in default_sandbox()._all for server in slot._servers.values()}
    context: Any = multiprocessing.get_context(method)
    receiver, sender = context.Pipe(duplex=False)
    worker = context.Process(target=report, args=(sender,))
    worker.start()
    assert receiver.poll(60)
    outcome, theirs = receiver.recv()
    worker.join()
    receiver.close()
    sender.close()
    assert outcome == "PASS"
    assert not ours & set(theirs)
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in theirs) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(Path(f"/proc/{pid}").exists() for pid in theirs)
    assert runs() == "PASS"


@pytest.mark.parametrize(
    "leaving",
    ["import os\nos._exit(0)\n", "import os\nos.closerange(3, 50)\n", "import ctypes\nctypes.string_at(0)\n"],
)
def test_a_program_that_leaves_while_a_large_request_is_under_way(sandbox: Sandbox, leaving: str) -> None:
    """The request does not fit into the socket: the end is seen in the middle of writing it."""
    cases = [Call("double", ("x" * 3_000_000,), expected=1)] * 3
    verdict = sandbox.run(leaving + PROGRAM, cases)
    assert {case.outcome for case in verdict.cases} <= {Outcome.EXIT, Outcome.CRASH}
    assert sandbox.run(PROGRAM, CASES).outcome is Outcome.PASS


def test_comes_back_after_its_server_was_killed() -> None:
    with Sandbox(slots=1) as sandbox:
        assert sandbox.run(PROGRAM, CASES).outcome is Outcome.PASS
        os.kill(next(iter(sandbox._all[0]._servers.values())).pid, signal.SIGKILL)
        assert sandbox.run(PROGRAM, CASES).outcome is Outcome.PASS


@pytest.mark.parametrize("level", ["L2", "L1"])
def test_a_run_ends_with_its_server(level: Isolation) -> None:
    with Sandbox(slots=1, isolation=level) as sandbox:
        try:
            sandbox.run(PROGRAM, CASES)
        except SandboxError as error:
            pytest.skip(f"this machine gives no {level}: {error}")
        (server,) = sandbox._all[0]._servers.values()
        with pytest.raises(SandboxError):
            _lose(server)
        sandbox.close()
    assert strays() == []


def _lose(server: Server) -> None:
    """Kill a server while a program of its sleeps."""
    asleep = "import time\ndef double(x):\n    print('here', flush=True)\n    time.sleep(30)\n"
    with Candidate(server, Limits(wall_seconds=20)) as candidate:
        answers = candidate.ask_each([("load", "", asleep, {}, {}), ("call", "double", [1], {}, None)])
        assert next(answers) == ["ok"]
        while b"here" not in candidate.printed:
            candidate._wait(candidate._begin())
        assert len(_marked()) > 1
        os.kill(server.pid, signal.SIGKILL)
        next(answers)


def test_failing_twice_is_ours() -> None:
    with Sandbox(slots=1) as sandbox:
        assert sandbox.run(PROGRAM, CASES).outcome is Outcome.PASS
        stop = threading.Event()

        def kill() -> None:
            while not stop.is_set():
                for server in list(sandbox._all[0]._servers.values()):
                    server._process.kill()
                time.sleep(0.01)

        killer = threading.Thread(target=kill)
        killer.start()
        verdict = sandbox.run("import time\ndef double(x):\n    time.sleep(1)\n", CASES)
        stop.set()
        killer.join()
        assert verdict.outcome is Outcome.INFRA
        assert sandbox.run(PROGRAM, CASES).outcome is Outcome.PASS


def test_verdicts_do_not_depend_on_load(sandbox: Sandbox) -> None:
    busy = "def double(x):\n    n = 0\n    for i in range(400_000): n += i\n    return 2 * x\n"
    burners = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"], stdout=subprocess.DEVNULL)
        for _ in range(4 * (os.cpu_count() or 1))
    ]
    try:
        verdict = sandbox.run(busy, CASES * 4, limits=Limits(cpu_seconds=0.5, wall_seconds=0.6))
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
    assert verdict.outcome is Outcome.PASS, verdict


class _Held:
    """A poll after which the engine itself is held up, once, as in a virtual machine that stands still."""

    def __init__(self, poll: Any, seconds: float) -> None:
        self._real, self._seconds = poll, seconds

    def poll(self, milliseconds: float) -> Any:
        events = self._real.poll(milliseconds)
        time.sleep(self._seconds)
        self._seconds = 0.0
        return events

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@pytest.mark.parametrize(("held", "outcome"), [(0.0, Outcome.TIMEOUT), (2.0, None)])
def test_time_for_which_the_machine_stood_still_is_not_charged(
    sandbox: Sandbox, held: float, outcome: Outcome | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = "import time\nbegan = time.process_time()\nwhile time.process_time() < began + 0.5: pass\n"
    with sandbox._slot() as slot, Candidate(slot.server("standard"), Limits(cpu_seconds=0.2)) as candidate:
        candidate.ready()
        monkeypatch.setattr(candidate, "_poll", _Held(candidate._poll, held))
        candidate.ask("load", "", busy, {}, {})
        assert (candidate.stop and candidate.stop.outcome) == outcome


def test_a_closed_sandbox_says_so() -> None:
    sandbox = Sandbox(slots=1)
    sandbox.run(PROGRAM, CASES)
    pids = [server.pid for slot in sandbox._all for server in slot._servers.values()]
    sandbox.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    with pytest.raises(UsageError):
        sandbox.run(PROGRAM, CASES)
    with pytest.raises(UsageError):
        Sandbox(isolation="L9")  # type: ignore[arg-type]


def test_l0_only_by_name() -> None:
    with Sandbox(slots=1, isolation="L0") as sandbox:
        assert sandbox.run(PROGRAM, CASES).isolation == "L0"


@pytest.mark.parametrize("level", ["L1", "L2"])
def test_leaves_no_descriptors_or_files(level: Isolation) -> None:
    def state() -> tuple[int, set[str]]:
        # Other tests run beside this one, and have folders of their own there.
        own = {name for name in os.listdir("/tmp") if name.startswith(f"codereal-{os.getpid()}-")}
        return len(os.listdir("/proc/self/fd")), own

    kept = state()[1]
    try:
        with Sandbox(slots=1, isolation=level) as sandbox:
            sandbox.run(PROGRAM, CASES)
            before = state()
            assert len(before[1] - kept) == (level == "L1"), "L1 works in a folder of the host, L2 in one of its own"
            for program in (
                PROGRAM,
                "import os\nos._exit(1)",
                "while True: pass",
                "def double(x): print('x' * 9999999)",
            ):
                sandbox.run(program, CASES, limits=Limits(cpu_seconds=0.2))
            assert state() == before
    except SandboxError as error:
        pytest.skip(f"this machine gives no {level}: {error}")
    assert state()[1] == kept


def test_a_program_that_uses_it_ends_cleanly() -> None:
    script = f"import sys; sys.path.insert(0, {SOURCE!r})\n" + textwrap.dedent(
        """
        import threading
        from codereal.sandbox import Call, run_program
        def work():
            assert run_program("def f(): return 1", [Call("f", expected=1)]).passed == 1
        thread = threading.Thread(target=work); thread.start(); thread.join()
        print("done")
        """
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr, done.returncode) == ("done\n", "", 0)


@pytest.mark.skipif(os.getuid() != 0 or shutil.which("setpriv") is None, reason="needs root and setpriv")
@pytest.mark.slow
@pytest.mark.parametrize("level", ["L2", "L1"])
def test_as_an_ordinary_user(level: str, tmp_path: Path) -> None:
    python = next(
        (path for path in ("/usr/local/bin/python3", "/usr/bin/python3", sys.executable) if _usable(path)), None
    )
    if python is None:
        pytest.skip("no Python that an ordinary user may run")
    package = shutil.copytree(f"{SOURCE}/codereal", tmp_path / "codereal")
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.getuid() and str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    script = (
        f"import sys; sys.path.insert(0, {str(package.parent)!r})\n"
        "from codereal.sandbox import Call, Sandbox\n"
        f"with Sandbox(1, {level!r}) as sandbox:\n"
        "    print(sandbox.run('def f(x): return x', [Call('f', (1,), expected=1), 'assert f(2) > 1']).passed)\n"
        "    print(sandbox.run('def f(): return open(\"/etc/passwd\").read()', ['assert f() == 1']).passed)\n"
        "from codereal.sandbox.conformance import CORPUS, run_corpus\n"
        "some = [hostile for hostile in CORPUS if hostile.against in ('host', 'runs') or hostile.processes]\n"
        f"results = list(run_corpus({level!r}, some))\n"
        "print(len(results) > 30, [(r.hostile.name, r.faults) for r in results if not r.defended])\n"
    )
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", python, "-B", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd="/", env={})
    if "Refused" in done.stderr:
        pytest.skip(done.stderr.splitlines()[-1])
    assert done.stdout == "2\n0\nTrue []\n", done.stderr


@pytest.mark.parametrize("level", ["L2", "L1"])
def test_an_environment_below_tmp(level: str) -> None:
    """The candidate's own /tmp must not hide the Python that runs it, nor bring to light what is hidden in it."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
        site = next((folder / "venv" / "lib").glob("python*/site-packages"))
        (site / "neighbour.py").write_text("NUMBER = 7\n")
        (site / "codereal").mkdir()
        (site / "codereal" / "answers.py").write_text("NUMBER = 7\n")
        (folder / "secret").write_text("hush")
        program = textwrap.dedent(
            """
            import os, sys, neighbour
            def number(): return neighbour.NUMBER
            def prefix(): return os.path.exists(sys.executable) and sys.prefix
            def change():
                with open(neighbour.__file__, 'a'): pass
            def answers():
                folder = os.path.dirname(neighbour.__file__)
                for path in (folder, folder.replace('/lib/', '/lib64/')):
                    try:
                        with open(path + '/codereal/answers.py') as file: return file.read()
                    except OSError: pass
                raise OSError
            def secret(folder): return open(folder + '/secret').read()
            def write(): return open('/tmp/note' if os.getcwd() == '/tmp' else 'note', 'w').write('x')
            """
        )
        script = f"import sys; sys.path.insert(0, {SOURCE!r}); FOLDER, PROGRAM = {name!r}, {program!r}\n"
        script += textwrap.dedent(
            f"""
            from codereal.errors import SandboxError
            from codereal.sandbox import Call, Sandbox
            with Sandbox(1, {level!r}) as sandbox:
                try:
                    print(sandbox.isolation)
                except SandboxError as error:
                    sys.exit(f"Refused: {{error}}")
                for _ in range(2):
                    verdict = sandbox.run(PROGRAM, [
                        Call("number", expected=7), Call("prefix", expected=FOLDER + "/venv"),
                        Call("change", raises="OSError"), Call("answers", raises="OSError"),
                        Call("secret", (FOLDER,), raises="OSError"), Call("write", expected=1),
                    ])
                    print([case.detail for case in verdict.cases if case.detail])
                print(sandbox.make_files("open('made', 'w').write('x')"))
            """
        )
        command = [f"{folder}/venv/bin/python", "-c", script]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if "Refused" in done.stderr:
            pytest.skip(done.stderr.splitlines()[-1])
        assert done.stdout.splitlines() == [level, "[]", "[]", "{'made': b'x'}"], done.stderr


def _usable(python: str) -> bool:
    command = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        python,
        "-c",
        "import enum, sys; enum.StrEnum",
    ]
    return subprocess.run(command, capture_output=True, cwd="/", env={}).returncode == 0

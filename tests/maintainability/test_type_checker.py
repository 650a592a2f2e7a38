"""What a snippet can do to the checker, and what it cannot."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from codereal.errors import UsageError
from codereal.maintainability.types import TypeChecker, TypeReport

TYPED = "def double(x: int) -> int:\n    return 2 * x\n"
WRONG = "x: int = ''\n"
CRASHER = "y = " + "1+" * 200_000 + "1\n"  # overflows the stack of mypy's parser
SLOW = "".join(f"x{i}: int = {i} + len(str({i}))\n" for i in range(20_000))


def codes(report: TypeReport) -> list[tuple[int, str | None]]:
    return [(error.line, error.code) for error in report.errors]


def test_positions_and_text(checker: TypeChecker) -> None:
    (issue,) = checker.check("import os\nx: int = 'ab'\n").issues
    assert (issue.line, issue.column, issue.end_line, issue.end_column) == (2, 10, 2, 13)
    assert str(issue) == (
        'candidate.py:2: error: Incompatible types in assignment (expression has type "str", '
        'variable has type "int")  [assignment]'
    )


def test_passed(checker: TypeChecker) -> None:
    assert checker.check(TYPED).passed
    assert checker.check("").passed
    assert not checker.check(WRONG).passed
    assert checker.check("reveal_type(1)").passed  # a note is no error


def test_code_that_does_not_parse(checker: TypeChecker) -> None:
    report = checker.check("x = 1\ndef f(:\n")
    assert report.blocked
    assert not report.passed
    assert codes(report)[0] == (2, "syntax")


def test_check_many_keeps_the_order(checker: TypeChecker) -> None:
    reports = checker.check_many([TYPED, WRONG, "def f(:", TYPED])
    assert [(report.passed, report.blocked) for report in reports] == [
        (True, False),
        (False, False),
        (False, True),
        (True, False),
    ]


class TestContext:
    def test_is_known_and_not_reported_on(self, checker: TypeChecker) -> None:
        report = checker.check("y: str = limit\n", context="limit = 3\nbad: int = ''")
        assert codes(report) == [(1, "assignment")]
        assert (report.issues[0].line, report.issues[0].end_line) == (1, 1)

    @pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
    def test_line_ends(self, checker: TypeChecker, end: str) -> None:
        assert codes(checker.check(f"\n{WRONG}", context=f"a = 1{end or chr(10)}b = 2{end}")) == [(2, "assignment")]

    def test_syntax_error_in_the_candidate_is_the_candidates(self, checker: TypeChecker) -> None:
        report = checker.check("\ndef f(:\n", context="a = 1")
        assert report.blocked
        assert codes(report)[0] == (2, "syntax")

    def test_syntax_error_in_the_context_is_ours(self, checker: TypeChecker) -> None:
        report = checker.check(TYPED, context="a = ((")
        assert report.failure == "the context does not parse by itself"
        assert not report.passed

    def test_one_for_each(self, checker: TypeChecker) -> None:
        first, second = checker.check_many(["a + 1"] * 2, contexts=["a = 1", "a = ''"])
        assert (first.passed, second.passed) == (True, False)
        with pytest.raises(UsageError):
            checker.check_many(["a"], contexts=[])


class TestIsolation:
    def test_a_crash_costs_one_snippet(self, checker: TypeChecker) -> None:
        server = checker.server_pid
        before, crash, after = checker.check_many([TYPED, CRASHER, WRONG])
        assert before.passed
        assert crash.failure == "mypy crashed: SIGSEGV"
        assert not crash.passed
        assert codes(after) == [(1, "assignment")]
        assert server in (None, checker.server_pid)

    def test_the_time_limit_costs_one_snippet(self) -> None:
        with TypeChecker(time_limit=0.2) as checker:
            before, slow, after = checker.check_many([TYPED, SLOW, TYPED])
        assert slow.failure == "mypy needed more than 0.2 s of processor time"
        assert before.passed
        assert after.passed

    def test_the_memory_limit_costs_one_snippet(self) -> None:
        with TypeChecker(memory_mb=24) as checker:
            before, big, after = checker.check_many([TYPED, SLOW, TYPED])
        assert big.failure is not None
        assert before.passed
        assert after.passed

    def test_a_snippet_leaves_nothing_behind(self, checker: TypeChecker) -> None:
        checker.check("import sys\nclass int: ...\nsys.argv = 3\ndef print(x: str) -> None: ...\n")
        assert checker.check("import sys\nx: int = 3\nprint(x, sys.argv[0])\n").passed

    def test_workers_are_replaced(self) -> None:
        with TypeChecker(group=2) as checker:
            assert all(report.passed for report in checker.check_many([TYPED] * 5))


class TestLife:
    def test_two_threads(self, checker: TypeChecker) -> None:
        found: dict[str, list[TypeReport]] = {}

        def run(name: str, code: str) -> None:
            found[name] = checker.check_many([code] * 20)

        threads = [threading.Thread(target=run, args=pair) for pair in [("typed", TYPED), ("wrong", WRONG)]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(report.passed for report in found["typed"])
        assert all(codes(report) == [(1, "assignment")] for report in found["wrong"])

    def test_a_killed_server_is_replaced(self) -> None:
        with TypeChecker() as checker:
            assert checker.check(TYPED).passed
            first = checker.server_pid
            assert first is not None
            os.kill(first, signal.SIGKILL)
            assert checker.check(TYPED).passed
            assert checker.server_pid not in (None, first)

    def test_it_can_be_used_again_after_close(self) -> None:
        checker = TypeChecker()
        assert checker.server_pid is None
        assert checker.check(TYPED).passed
        checker.close()
        checker.close()
        assert checker.server_pid is None
        assert checker.check(TYPED).passed
        checker.close()

    def test_close_reaps_the_server_and_its_folder(self) -> None:
        checker = TypeChecker()
        checker.start()
        pid = checker.server_pid
        assert pid is not None
        folder = Path(os.readlink(f"/proc/{pid}/cwd")).parent
        checker.close()
        assert not Path(f"/proc/{pid}").exists()
        assert not folder.exists()

    def test_limits_must_be_positive(self) -> None:
        with pytest.raises(UsageError):
            TypeChecker(time_limit=0)

    def test_forgotten_forked_and_clean(self) -> None:
        """Neither closed nor in `with`, used in a forked child too: no warning, no process left."""
        run = subprocess.run(
            [sys.executable, "-X", "dev", "-W", "error", "-c", _SCRIPT],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        assert run.stderr == ""
        pids = [int(pid) for pid in run.stdout.split()]
        assert len(set(pids)) == 2
        assert not any(Path(f"/proc/{pid}").exists() for pid in pids)

    def test_the_server_ends_with_a_killed_caller(self) -> None:
        script = "import sys,time\nfrom codereal.maintainability.types import TypeChecker\nc = TypeChecker()\n"
        script += "c.start()\nprint(c.server_pid, flush=True)\ntime.sleep(60)\n"
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-c", script]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as caller:
            assert caller.stdout is not None
            pid = int(caller.stdout.readline())
            folder = Path(os.readlink(f"/proc/{pid}/cwd")).parent
            caller.kill()
        _wait_for_end(pid)
        assert not folder.exists()


_SCRIPT = """
import os, sys
from codereal.maintainability.types import TypeChecker
checker = TypeChecker()
assert checker.check("x: int = 1").passed
print(checker.server_pid, flush=True)
child = os.fork()
if child == 0:
    assert checker.server_pid is None
    assert checker.check("x: int = 1").passed
    print(checker.server_pid, flush=True)
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
assert checker.check("x: int = 1").passed
"""


def _wait_for_end(pid: int) -> None:
    for _ in range(100):
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z":  # reaped by whoever is init
            return
        time.sleep(0.1)
    pytest.fail("the server outlived its caller")


class TestCache:
    def test_a_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        blocked = tmp_path / "file"
        blocked.write_text("")
        with TypeChecker(cache=blocked) as checker:
            assert checker.check(TYPED).passed
        assert blocked.read_text() == ""

    def test_two_that_fill_it_at_once_and_damage(self, tmp_path: Path) -> None:
        checkers = [TypeChecker(cache=tmp_path), TypeChecker(cache=tmp_path)]
        threads = [threading.Thread(target=checker.start) for checker in checkers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for checker in checkers:
            assert checker.check(WRONG).errors
            checker.close()
        (folder,) = (tmp_path / "types").iterdir()
        (data,) = folder.rglob("builtins.data.ff")
        data.write_bytes(data.read_bytes()[:1000])
        with TypeChecker(cache=tmp_path) as checker:
            assert codes(checker.check(WRONG)) == [(1, "assignment")]

"""`check` as callers rely on it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import codereal
from codereal.analysis.engine import check, check_many, ruleset_hash
from codereal.cli import main
from codereal.errors import UsageError

UNSAFE = "def find(cursor, name):\n    cursor.execute(f\"SELECT * FROM t WHERE n = '{name}'\")\n"
SAFE = 'def find(cursor, name):\n    cursor.execute("SELECT * FROM t WHERE n = ?", (name,))\n'


def test_finding_has_all_that_the_contract_names() -> None:
    report = codereal.check(UNSAFE)
    (finding,) = report.findings
    assert (finding.rule, finding.cwe, finding.line, finding.column) == ("sql-injection", (89,), 2, 5)
    assert (finding.end_line, finding.end_column) == (2, 58)
    assert finding.severity == "error"
    assert finding.confidence == "high"
    assert [step.message for step in finding.flow] == [
        "source: parameter name",
        "formatted into a text",
        "sink: execute",
    ]
    assert report.to_dict()["findings"][0]["flow"][0] == {"line": 1, "column": 18, "message": "source: parameter name"}


def test_select_and_ignore() -> None:
    assert check(UNSAFE, ignore={"sql-injection"}).findings == ()
    assert check(UNSAFE, select=set()).findings == ()
    assert len(check(UNSAFE, select={"sql-injection"}).findings) == 1
    with pytest.raises(UsageError, match="unknown rule 'nope'"):
        check(UNSAFE, select={"nope"})


@pytest.mark.parametrize(
    ("context", "code", "count"),
    [
        ('TABLE = "users"\n', 'def f(cursor):\n    cursor.execute("SELECT * FROM " + TABLE)\n', 0),
        ("TABLE = input()\n", 'cursor.execute("SELECT * FROM " + TABLE)\n', 1),
        (
            "def clean(x):\n    return int(x)\n",
            'def f(cursor, n):\n    cursor.execute(f"SELECT * FROM t LIMIT {clean(n)}")\n',
            0,
        ),
        ('ALLOWED = ["a", "b"]\n', 'def f(c, t):\n    assert t in ALLOWED\n    c.execute(f"SELECT * FROM {t}")\n', 0),
        (UNSAFE, "x = 1\n", 0),
        ("def broken(:\n", UNSAFE, 1),
    ],
)
def test_context_is_analysed_but_not_reported_on(context: str, code: str, count: int) -> None:
    report = check(code, context=context)
    assert len(report.findings) == count
    assert report.errors == ()
    assert all(step.line >= 1 for finding in report.findings for step in finding.flow)


@pytest.mark.parametrize(
    "comment",
    ["# type: ignore", "#type:ignore", "# mypy: ignore-errors", "# mypy:ignore_errors=True", "# ruff: noqa", "# nosec"],
)
def test_comments_never_silence_check(comment: str) -> None:
    silenced = UNSAFE.replace("\n", f"  # nosec # noqa {comment}\n")
    assert len(check(f"{comment}\n{silenced}").findings) == 1
    assert len(check(f"x = 1  {comment}\n{silenced}").findings) == 1
    assert len(check(silenced, context=f"{comment}\n").findings) == 1


def test_check_many_keeps_order_and_contexts() -> None:
    reports = check_many([UNSAFE, SAFE, UNSAFE])
    assert [len(report.findings) for report in reports] == [1, 0, 1]
    assert check_many([UNSAFE, SAFE] * 4, jobs=2) == check_many([UNSAFE, SAFE] * 4)
    with pytest.raises(UsageError, match="2 codes but 1 contexts"):
        check_many(["", ""], contexts=[""])


def test_processes_are_kept_and_replaced_when_they_are_ended() -> None:
    from codereal.analysis.pool import pool

    def workers() -> set[int]:
        return {pid for one in pool(2)._processes.values() if (pid := one.pid) is not None}

    expected = check_many([UNSAFE, SAFE] * 4)
    assert check_many([UNSAFE, SAFE] * 4, jobs=2) == expected
    first = workers()
    assert check_many([UNSAFE, SAFE] * 4, jobs=2) == expected
    assert first <= workers()
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    assert check_many([UNSAFE, SAFE] * 4, jobs=2) == expected
    assert not first & workers()


def test_the_same_text_gives_the_same_report() -> None:
    assert check(UNSAFE) == check(UNSAFE)
    assert len(ruleset_hash()) == 12


def test_broken_code_is_analysed_as_far_as_it_goes() -> None:
    report = check(UNSAFE + "def g(:\n")
    assert len(report.findings) == 1
    assert report.errors[0].startswith("line 3: syntax: ")


def test_sarif_has_code_flows() -> None:
    log = codereal.check(UNSAFE).to_sarif()
    (result,) = log["runs"][0]["results"]
    assert log["version"] == "2.1.0"
    assert result["ruleId"] == "sql-injection"
    assert len(result["codeFlows"][0]["threadFlows"][0]["locations"]) == 3
    assert "sql-injection" in [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
    json.dumps(log)


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.py").write_text(UNSAFE)
    (tmp_path / "good.py").write_text(SAFE)
    assert main(["check", str(tmp_path / "good.py")]) == 0
    assert capsys.readouterr().out == ""
    assert main(["check", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert "error[sql-injection]: parameter name reaches a SQL statement  (CWE-89)" in out
    assert f" --> {tmp_path / 'bad.py'}:2:5" in out
    assert "2 files checked, 1 finding" in err
    assert main(["check", "--format", "json", "-q", str(tmp_path)]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == 1
    assert data["ruleset"] == ruleset_hash()
    assert [len(file["findings"]) for file in data["files"]] == [1, 0]
    assert main(["check", "--format", "sarif", "-o", str(tmp_path / "out.sarif"), str(tmp_path / "bad.py")]) == 1
    assert json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]
    assert main(["check", str(tmp_path / "none.py")]) == 2
    assert "no such file" in capsys.readouterr().err
    assert main(["check", "--select", "nope", str(tmp_path)]) == 2
    assert main(["rules"]) == 0
    assert main(["rules", "sql-injection"]) == 0
    assert "CWE-89" in capsys.readouterr().out
    assert main(["rules", "nope"]) == 2


def test_start_is_quick() -> None:
    code = (
        "import time; t = time.process_time()\n"
        "from codereal.analysis import library\nimport codereal.analysis.engine\nlibrary.load()\n"
        "print(time.process_time() - t)\nimport sys; assert 'mypy' not in sys.modules and 'torch' not in sys.modules"
    )
    seconds = float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    # About 60 ms from compiled files, twice that without; the bound leaves room for a busy machine.
    assert seconds < 0.6


def test_flag_of_a_loop_that_is_made_of_itself_ends() -> None:
    code = """
def check(words, limit):
    found = False
    for word in words:
        for other in words:
            found = found or any(found or c == other for c in word)
            while not found and all(found for c in word):
                found = not found
        if any(found for c in word):
            found = any(found and x for x in word)
    return found
"""
    assert check(code).errors == ()


def test_what_is_read_of_either_of_two_is_untrusted() -> None:
    code = """
import os
from flask import Flask, request
app = Flask(__name__)

@app.post("/")
def view():
    data = request.get_json() or {}
    os.system("ls " + data.get("name", "."))
    return "done"
"""
    assert [finding.rule for finding in check(code).findings] == ["command-injection"]

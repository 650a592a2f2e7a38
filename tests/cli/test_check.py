"""`codereal check` as its users meet it: outputs, exit codes, errors."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from codereal.cli import main

BAD = 'def find(cursor, name):\n    cursor.execute("SELECT * FROM t WHERE n = \'" + name + "\'")\n'
GOOD = "def double(number: int) -> int:\n    return 2 * number\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bad.py").write_text(BAD)
    (tmp_path / "good.py").write_text(GOOD)
    return tmp_path


def test_text_names_the_place_the_path_and_the_cure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folder)]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("error[sql-injection]: ")
    assert "bad.py:2:5" in out
    assert "source: parameter name" in out
    assert "hint: " in out
    assert err == "2 files checked, 1 finding\n"


def test_clean_code_says_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "-q", str(folder / "good.py")]) == 0
    assert capsys.readouterr() == ("", "")


def test_json_holds_the_contract(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--format", "json", str(folder)]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == 1
    assert len(data["ruleset"]) == 12
    assert [Path(one["path"]).name for one in data["files"]] == ["bad.py", "good.py"]
    finding = data["files"][0]["findings"][0]
    assert finding["cwe"] == [89]
    assert finding["flow"][0]["line"] == 1


def test_github_commands_escape_what_they_must(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--format", "github", str(folder / "bad.py")]) == 1
    line = capsys.readouterr().out.strip()
    assert line.startswith("::error file=")
    assert ",line=2,endLine=2,col=5,title=sql-injection (CWE-89)::" in line


def test_a_comment_silences_the_command_and_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "quiet.py"
    file.write_text(BAD.replace('+ "\'")', '+ "\'")  # nosec'))
    assert main(["check", str(file)]) == 0
    assert "1 silenced by comments" in capsys.readouterr().err
    assert main(["check", "--no-nosec", str(file)]) == 1


def test_notebooks_are_code_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = [
        {"cell_type": "markdown", "source": "# words"},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "!ls\n", "x = 1"]},
        {"cell_type": "code", "source": BAD},
        {"cell_type": "code", "source": "%%bash\nrm -rf $x"},
    ]
    file = tmp_path / "book.ipynb"
    file.write_text(json.dumps({"cells": cells}))
    assert main(["check", str(file)]) == 1
    assert "book.ipynb:6:5" in capsys.readouterr().out
    file.write_text("{}")
    assert main(["check", str(file)]) == 2
    assert "is no Jupyter notebook" in capsys.readouterr().err


def test_maintainability_findings_come_along(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "untyped.py"
    file.write_text("def double(number):\n    return 2 * number\n")
    assert main(["check", "--maintainability", str(file)]) == 1
    assert "error[mypy-no-untyped-def]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.py"], "nowhere.py: no such file or folder"),
        (["--select", "sql", __file__], "unknown rule 'sql'"),
        (["--jobs", "0", "-"], "--jobs must be at least 1"),
    ],
)
def test_bad_usage_gets_one_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *arguments]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


def test_several_processes_say_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(4):
        (folder / f"more{number}.py").write_text(BAD if number % 2 else GOOD)
    main(["check", "-q", str(folder)])
    alone = capsys.readouterr().out
    main(["check", "-q", "--jobs", "2", str(folder)])
    assert capsys.readouterr().out == alone


def test_findings_without_a_weakness_or_a_page_look_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plain.py"
    file.write_text("import os\n\n\ndef f(x):\n    return x\n")
    assert main(["check", "-q", "--maintainability", str(file)]) == 1
    said = capsys.readouterr().out
    assert f"warning[unused-import]: `os` imported but unused\n --> {file}:1:8\n1 | import os\nhint: remove the" in said
    assert f"Function is missing a type annotation\n --> {file}:4:1\n4 | def f(x):\n\n" in said
    assert "()" not in said
    assert main(["check", "-q", "--maintainability", "--format", "github", str(file)]) == 1
    assert ",title=unused-import::`os` imported but unused. remove the import\n" in capsys.readouterr().out


def test_a_reader_that_leaves_is_no_error() -> None:
    command = [sys.executable, "-m", "codereal", "rules", "--markdown"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141

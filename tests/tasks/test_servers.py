"""The database tasks of servers: they load anywhere, and prove themselves where there is a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from codereal.cli import main
from codereal.errors import MissingExtra, SandboxError
from codereal.sandbox.database.servers import database_server
from codereal.tasks.builders import database
from codereal.tasks.builders.answers import bound
from codereal.tasks.builders.dialects import MARIADB, POSTGRESQL, SERVERS, SQLITE, Dialect
from codereal.tasks.builders.question import Question
from codereal.tasks.builders.schemas import HELD_OUT, SCHEMAS
from codereal.tasks.builders.seeds import questions
from codereal.tasks.builders.solution import solution
from codereal.tasks.load import SPLITS, load_tasks
from codereal.tasks.task import Task
from codereal.tasks.validate import validate

DIALECTS = ("postgresql", "mariadb")


def asked(seed: str) -> Question:
    return next(question for question in questions(SCHEMAS[0]) if question.seed == seed)


def server_or_skip(dialect: str) -> None:
    try:
        database_server(dialect)
    except (SandboxError, MissingExtra) as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_suite_loads_without_a_server(dialect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CODEREAL_MARIADB_URL", raising=False)
    tasks = {split: load_tasks(f"codereal-servers:sql-injection-{dialect}", split=split) for split in SPLITS}
    assert [len(tasks[split]) for split in SPLITS] == [315, 105]
    assert {task.tags["schema"] for task in tasks["test"]} == HELD_OUT
    assert HELD_OUT.isdisjoint(task.tags["schema"] for task in tasks["train"])
    for task in (*tasks["train"], *tasks["test"]):
        assert task.database is not None
        assert task.database.dialect == dialect
        assert len(task.attacks) >= 2
    assert Task.from_dict(tasks["train"][0].to_dict()) == tasks["train"][0]
    assert not {task.id for task in load_tasks("codereal-core")} & {task.id for task in tasks["train"]}


def test_the_default_suite_needs_no_server() -> None:
    for split in SPLITS:
        assert {t.database.dialect for t in load_tasks("codereal-core", split=split) if t.database} == {"sqlite"}


@pytest.mark.parametrize(
    ("dialect", "style", "seed", "line"),
    [
        (SQLITE, "placeholder", "filter", 'conn.execute("SELECT name FROM users WHERE email = ?", (email,))'),
        (POSTGRESQL, "placeholder", "range", 'BETWEEN %s AND %s", (int(low), int(high)))'),
        (POSTGRESQL, "named", "range", '{"low": int(low), "high": int(high)}'),
        (POSTGRESQL, "named", "filter", 'WHERE email = %(email)s", {"email": email})'),
        (MARIADB, "placeholder", "filter", "return list(cur.fetchall())"),
        (MARIADB, "placeholder", "total", "return int(cur.fetchone()[0])"),
        (MARIADB, "placeholder", "in-list", 'marks = ", ".join(["%s"] * len(names))'),
        (SQLITE, "placeholder", "in-list", 'marks = ", ".join("?" * len(names))'),
    ],
)
def test_solutions_speak_the_dialect(dialect: Dialect, style: str, seed: str, line: str) -> None:
    assert line in solution(asked(seed), "function", style, "direct", typed=False, dialect=dialect)


def test_values_are_bound_as_the_driver_wants_them() -> None:
    question = asked("page")
    assert bound(question, {"size": "3", "start": "0"}, SQLITE)[1] == ["3", "0"]
    text, values = bound(question, {"size": "3", "start": "0 OR 1"}, POSTGRESQL)
    assert text.endswith("LIMIT %s OFFSET %s")
    assert values == [3, "0 OR 1"], "what is no number reaches the server as it was written"


def test_attacks_speak_the_dialect() -> None:
    text = {dialect.name: list(dialect.attacks(asked("filter"))) for dialect in (SQLITE, POSTGRESQL, MARIADB)}
    assert text["sqlite"][0] == {"email": "zz' OR 1=1 --"}
    assert text["mariadb"][0] == {"email": "zz' OR 1=1 -- "}, "a comment of MariaDB's needs a space"
    assert text["postgresql"][2] == {"email": "zz' UNION SELECT name FROM users -- "}
    assert {"size": "98 -- ", "start": "0"} in POSTGRESQL.attacks(asked("page"))
    (stacked,) = [attack for attack in POSTGRESQL.attacks(asked("delete")) if "; DELETE" in str(attack)]
    assert list(stacked.values()) == ["zz'; DELETE FROM users; -- "]
    assert not [attack for attack in MARIADB.attacks(asked("delete")) if "; DELETE" in str(attack)]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_tasks_of_each_kind_are_built_and_prove_themselves(dialect: str) -> None:
    server_or_skip(dialect)
    wanted = {"filter": "function", "update": "program", "page": "function", "total": "program"}
    chosen = {
        question.seed: (question, number)
        for number, question in enumerate(questions(SCHEMAS[0]))
        if question.seed in wanted
    }
    tasks = [
        database.make_task(question, wanted[seed], number, SERVERS[dialect])
        for seed, (question, number) in chosen.items()
    ]
    assert len(tasks) == 4
    assert [flaw for flaw in validate(tasks, repeats=1) if not flaw.note] == []


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_shipped_file_is_that_of_the_questions(dialect: str) -> None:
    server_or_skip(dialect)
    shipped = [
        task for split in SPLITS for task in load_tasks(f"codereal-servers:sql-injection-{dialect}", split=split)
    ]
    built = {task.id: task for task in database.build_servers(dialect)}
    assert [built[task.id] for task in shipped] == shipped


def test_a_server_that_is_missing_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from codereal.sandbox.database import servers

    servers.close_all()
    monkeypatch.delenv("CODEREAL_MARIADB_URL", raising=False)
    assert main(["data", "build", "--dialect", "mariadb", "-o", str(tmp_path)]) == 2
    assert "a task needs MariaDB: set CODEREAL_MARIADB_URL" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert main(["data", "validate", "--suite", "codereal-servers:sql-injection-mariadb", "--limit", "1"]) != 0
    said = capsys.readouterr()
    assert "CODEREAL_MARIADB_URL" in said.out + said.err

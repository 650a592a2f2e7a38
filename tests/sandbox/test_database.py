"""Tasks with a database, on each kind of database: what works, what gets through, and what the server refuses."""

from __future__ import annotations

import multiprocessing
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

from codereal.errors import CoderealError, DataError, MissingExtra, SandboxError, UsageError
from codereal.reward.hybrid import HybridReward
from codereal.sandbox.case import CONNECTION, Assertion, Attack, Call, Database, Stdio
from codereal.sandbox.database import embedded, mariadb, postgres, servers
from codereal.sandbox.database.copy import Copy
from codereal.sandbox.limits import Limits
from codereal.sandbox.run import Sandbox
from codereal.sandbox.verdict import CaseResult, Outcome
from codereal.tasks.task import Task

FLOWERS = (
    "create table flowers(id integer primary key, name varchar(40), colour varchar(40), price decimal(6, 2));"
    "insert into flowers values (1, 'rose', 'red', 3.5), (2, 'tulip', 'red', 2), (3, 'iris', 'blue', 4);"
)
CONNECT = {
    "sqlite": "import sqlite3\nc = sqlite3.connect('app.db')\nMARK = '?'\n",
    "postgresql": "import os, psycopg\nc = psycopg.connect(os.environ['DATABASE_URL'])\nMARK = '%s'\n",
    "mariadb": (
        "import os, pymysql\nc = pymysql.connect(unix_socket=os.environ['MARIADB_SOCKET'],"
        " user=os.environ['MARIADB_USER'], password=os.environ['MARIADB_PASSWORD'],"
        " database=os.environ['MARIADB_DATABASE'])\nMARK = '%s'\n"
    ),
}
ASK = "cursor = c.cursor()\ncolour = input('Colour? ')\n"
SHOW = "for row in cursor.fetchall(): print(*row)\nc.commit()\n"
SAFE = "cursor.execute(f'select id, name from flowers where colour = {MARK} order by id', (colour,))\n" + SHOW
PASTED = "cursor.execute(f\"select id, name from flowers where colour = '{colour}' order by id\")\n" + SHOW
QUOTED, ALWAYS = "zz' OR 'a'='a", "zz' OR 1=1 -- "
UNION = "zz' UNION SELECT 7, name FROM flowers -- "
PROBE = "'"


def database_or_skip(dialect: str, script: str = FLOWERS) -> Database:
    if dialect != "sqlite":
        try:
            servers.database_server(dialect)
        except (SandboxError, MissingExtra) as error:
            pytest.skip(str(error))
    return Database(script, dialect=dialect)


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def flowers(request: pytest.FixtureRequest) -> Database:
    return database_or_skip(request.param)


@pytest.fixture
def roses() -> Database:
    """The same on PostgreSQL."""
    return database_or_skip("postgresql")


def one(sandbox: Sandbox, program: str, test: Any, database: Database, **options: Any) -> CaseResult:
    return sandbox.run(program, [test], database=database, **options).cases[0]


def test_calls(walled: Sandbox, flowers: Database) -> None:
    program = (
        f"MARK = {'?' if flowers.dialect == 'sqlite' else '%s'!r}\n"
        "def add(connection, name, colour):\n    cursor = connection.cursor()\n"
        "    cursor.execute(f'insert into flowers values (4, {MARK}, {MARK}, 1)', (name, colour))\n"
        "    if name == 'bad': raise ValueError\n    return cursor.rowcount\n"
        "def shut(connection): connection.close()\n"
    )
    before = {"flowers": [(1, "rose", "red"), (2, "tulip", "red"), (3, "iris", "blue")]}
    script = flowers.script.replace(", price decimal(6, 2)", "").replace(", 3.5)", ")")
    flowers = Database(script.replace(", 2)", ")").replace(", 4);", ");"), flowers.dialect)
    program = program.replace(", 1)'", ")'")
    after = {"Flowers": [(4, "lily", "white"), *before["flowers"]]}
    assert (
        one(walled, program, Call("add", (CONNECTION, "lily", "white"), expected=1, tables=after), flowers).detail == ""
    )
    undone = Call("add", (CONNECTION, "bad", "white"), raises="ValueError", tables=before)
    assert one(walled, program, undone, flowers).detail == ""
    assert one(walled, program, Call("shut", (CONNECTION,), expected=None, tables=before), flowers).detail == ""
    wrong = one(walled, program, Call("add", (CONNECTION, "lily", "white"), tables=before), flowers)
    assert wrong.outcome is Outcome.FAIL
    assert wrong.detail.startswith("table flowers: expected [(1, 'rose', 'red'), ")
    assert (
        one(walled, program, Call("shut", (CONNECTION,), tables={"trees": []}), flowers).detail == "table trees is gone"
    )


def test_tests_in_words(sandbox: Sandbox, flowers: Database) -> None:
    program = CONNECT[flowers.dialect] + (
        "def count():\n    cursor = c.cursor()\n    cursor.execute('select count(*) from flowers')\n"
        "    return cursor.fetchone()[0]\n"
    )
    assert one(sandbox, program, Assertion("assert 2 < count() < 4"), flowers).outcome is Outcome.PASS


def test_injection_is_judged_by_what_the_database_does(sandbox: Sandbox, flowers: Database) -> None:
    head = CONNECT[flowers.dialect] + ASK
    works = [Stdio("red\n", "1 rose\n2 tulip\n", prompts=False), Stdio("grey\n", "", prompts=False)]
    attacks = [Attack(text, control="red") for text in (QUOTED, ALWAYS, UNION, PROBE)]
    safe = sandbox.run(head + SAFE, [*works, *attacks], database=flowers)
    assert [case.detail for case in safe.cases] == [""] * 6
    pasted = sandbox.run(head + PASTED, [*works, *attacks], database=flowers)
    assert [case.outcome.value for case in pasted.cases] == ["PASS"] * 2 + ["FAIL"] * 4
    details = " ".join(case.detail for case in pasted.cases[2:])
    assert "the attack revealed what the database holds" in details
    assert "the database read the attack as SQL" in details
    deletes = head + "cursor.execute(f\"delete from flowers where colour = '{colour}'\")\nc.commit()\n"
    assert one(sandbox, deletes, Attack(QUOTED, control="red"), flowers).detail == "the attack changed the database"
    kept = head + "cursor.execute(f'delete from flowers where colour = {MARK}', (colour,))\nc.commit()\n"
    assert one(sandbox, kept, Attack(QUOTED, control="red"), flowers).detail == ""


def test_a_task_from_prompt_to_score(flowers: Database) -> None:
    head = CONNECT[flowers.dialect] + ASK
    task = Task(
        "flowers",
        "test",
        "Print the flowers of a colour.",
        (Stdio("red\n", "1 rose\n2 tulip\n", prompts=False),),
        attacks=(Attack(QUOTED, control="red"), Attack(ALWAYS, control="red")),
        database=flowers,
        references=(head + SAFE,),
        vulnerable=(head + PASTED,),
    )
    task = Task.from_dict(task.to_dict())
    scores = HybridReward().score_many(
        [f"```python\n{text}```" for text in (*task.references, *task.vulnerable)], [task] * 2
    )
    assert [(score.passed_function, score.passed_quality) for score in scores] == [(True, True), (True, False)]
    assert scores[0].value == 1.0


def test_a_script_that_fails(sandbox: Sandbox, flowers: Database) -> None:
    for begin in ("", "begin; "):
        broken = Database(f"{begin}create table t(x integer); insert into t values (1, 2, 3);", flowers.dialect)
        with pytest.raises(DataError):
            sandbox.run("x = 1", [Stdio("", "")], database=broken)
    assert one(sandbox, "x = 1", Stdio("", ""), flowers).outcome is Outcome.PASS


REFUSED = {
    "runs a program": "copy flowers to program 'touch /tmp/codereal-was-here'",
    "reads a program": "create table o(l text); copy o from program 'id'",
    "reads a file": "select pg_read_file('/etc/passwd')",
    "copies a file": "create table o(l text); copy o from '/etc/passwd'",
    "writes a file": "copy flowers to '/tmp/codereal-was-here'",
    "imports a file": "select lo_import('/etc/passwd')",
    "lists folders": "select pg_ls_dir('/')",
    "becomes the administrator": "set session authorization codereal",
    "makes a superuser": "create role another superuser",
    "makes a database": "create database another",
    "makes functions in C": "create function f() returns int as '/lib/x86_64-linux-gnu/libc.so.6', 'abort' language c",
    "loads a library": "load '/lib/x86_64-linux-gnu/libc.so.6'",
    "changes the server": "alter system set log_statement = 'all'",
    "reads passwords": "select rolpassword from pg_authid",
    "makes a schema": "create schema another",
    "takes an extension away": "drop extension plpgsql",
    "changes the owner's role": "alter role current_user connection limit 100",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_a_role_may_not_do(walled: Sandbox, roses: Database, kind: str) -> None:
    program = f"def solve(connection):\n    connection.autocommit = True\n    connection.execute({REFUSED[kind]!r})\n"
    result = one(walled, program, Call("solve", (CONNECTION,), expected=None), roses)
    assert "raised InsufficientPrivilege" in result.detail or "raised UndefinedFile" in result.detail, result
    assert not Path("/tmp/codereal-was-here").exists()


def test_no_other_database_can_be_reached(walled: Sandbox, roses: Database) -> None:
    program = (
        "import os, psycopg, socket\n"
        "def other(name): psycopg.connect(os.environ['DATABASE_URL'], dbname=name)\n"
        "def names(connection):\n    own = connection.info.dbname\n    found = []\n"
        "    for name, in connection.execute('select datname from pg_database').fetchall():\n"
        "        try:\n            psycopg.connect(os.environ['DATABASE_URL'], dbname=name).close()\n"
        "            found.append(name == own)\n        except psycopg.OperationalError: pass\n    return found\n"
        "def nobody(): psycopg.connect(os.environ['DATABASE_URL'], user='codereal', password='codereal')\n"
        "def network(): socket.create_connection(('127.0.0.1', 5432), 1)\n"
    )
    cases = [
        Call("other", ("postgres",), raises="OperationalError"),
        Call("other", ("template1",), raises="OperationalError"),
        Call("names", (CONNECTION,), expected=[True]),
        Call("nobody", raises="OperationalError"),
        Call("network", raises="OSError"),
    ]
    assert [case.detail for case in walled.run(program, cases, database=roses).cases] == [""] * 5


def test_sockets_are_for_tasks_with_a_server_alone(walled: Sandbox, roses: Database) -> None:
    program = "import socket\ndef solve(): socket.socket(socket.AF_UNIX)\ndef net(): socket.socket(socket.AF_INET)\n"
    assert one(walled, program, Call("solve", expected=None), roses).outcome is Outcome.PASS
    assert one(walled, program, Call("net", expected=None), roses).outcome is Outcome.FAIL
    assert one(walled, program, Call("solve", expected=None), Database("")).outcome is Outcome.FAIL
    assert walled.run(program, [Call("solve", expected=None)]).passed == 0


def test_a_statement_without_end(sandbox: Sandbox, roses: Database) -> None:
    program = (
        "def sleep(connection): connection.execute('select pg_sleep(60)')\n"
        "def persist(connection):\n    connection.execute('set statement_timeout = 0')\n"
        "    connection.execute('select pg_sleep(60)')\n"
        "def spill(connection): connection.execute('select count(*) from generate_series(1, 1000000000000)')\n"
        "def swell(connection):\n    connection.execute('create table s as select generate_series(1, 2000) as i')\n"
        "    connection.execute('create table b as select repeat(md5(x.i::text), 60) as t from s as x, s as y')\n"
        "def grow(connection): connection.execute(\"select repeat('x', 1000000000)\")\n"
    )
    limits = Limits(wall_seconds=0.6)
    result = one(sandbox, program, Call("sleep", (CONNECTION,), raises="QueryCanceled"), roses, limits=limits)
    assert result.outcome in (Outcome.PASS, Outcome.TIMEOUT)
    assert (
        one(sandbox, program, Call("persist", (CONNECTION,), expected=None), roses, limits=limits).outcome == "TIMEOUT"
    )
    assert sessions() == []
    for name, words in (("spill", "temporary file size exceeds"), ("swell", "could not extend"), ("grow", "memory")):
        result = one(sandbox, program, Call(name, (CONNECTION,), expected=None), roses)
        assert result.outcome is Outcome.FAIL
        assert words in result.detail


def sessions() -> list[tuple[str, str]]:
    """What still goes on in cases' databases."""
    server = servers.database_server("postgresql")
    assert isinstance(server, postgres.Postgres)
    with server._connect() as admin:
        found: list[tuple[str, str]] = admin.execute(
            "select usename, query from pg_stat_activity where datname like 'codereal%' and usename ~ '_[0-9]+$'"
        ).fetchall()
    return found


LEAVES = (
    "create table left_table(x int)",
    "create function left_function() returns int language sql as 'select 1'",
    "select lo_create(4711)",
    "create temporary table flowers(x int)",
    "alter role current_user set search_path = nowhere",
    "set role {owner}; alter role {owner} set search_path = nowhere; reset role",
    "alter default privileges grant all on tables to public",
    "create type left_type as (x int)",
    "comment on table flowers is 'left'",
    "revoke all on schema public from public",
    "alter table public.flowers owner to current_user",
    "drop schema public cascade",
)
_COUNTS = """
select (select count(*) from pg_class where relnamespace::regnamespace::text !~ '^(pg_|information_schema)'),
       (select count(*) from pg_proc where pronamespace::regnamespace::text !~ '^(pg_|information_schema)'),
       (select count(*) from pg_largeobject_metadata), (select count(*) from pg_default_acl),
       (select count(*) from pg_description where objoid::regclass::text = 'flowers'),
       current_setting('search_path'), (select count(*) from flowers)
"""


def test_nothing_is_left_for_the_next_case(roses: Database) -> None:
    """Databases are used again: whatever a role can leave in one must be gone."""
    program = (
        f"LEAVES = {LEAVES!r}\n"
        "def leave(connection):\n    connection.autocommit = True\n    done = 0\n"
        "    owner = connection.execute(\"select tableowner from pg_tables where tablename = 'flowers'\")\n"
        "    owner = owner.fetchone()[0]\n"
        "    for text in LEAVES:\n        connection.execute(text.format(owner=owner))\n        done += 1\n"
        "    return done\n"
        f"def look(connection): return list(connection.execute({_COUNTS!r}).fetchone())\n"
    )
    with Sandbox(1) as single:  # one slot: the next case gets the same database
        first = one(single, program, Call("look", (CONNECTION,), expected=None), roses).detail
        left = one(single, program, Call("leave", (CONNECTION,), expected=len(LEAVES)), roses)
        assert left.detail == ""
        assert one(single, program, Call("look", (CONNECTION,), expected=None), roses).detail == first
    assert first.startswith("expected None, got [2, 0, 0, 0, 0, '\"$user\", public', 3]")


@pytest.mark.parametrize(
    ("trick", "words"),
    [
        ("alter table flowers rename to f; create view flowers as select * from f", "table flowers is gone"),
        (
            "alter table flowers enable row level security; alter table flowers force row level security",
            "cannot be read",
        ),
        ("drop table flowers", "table flowers is gone"),
        ("drop schema public cascade", "table flowers is gone"),
    ],
)
def test_tables_are_read_as_they_are(sandbox: Sandbox, roses: Database, trick: str, words: str) -> None:
    program = f"def solve(connection): connection.execute({trick!r})\n"
    case = Call("solve", (CONNECTION,), tables={"flowers": [(1, "rose")]})
    assert words in one(sandbox, program, case, roses).detail


def test_whoever_reads_has_no_rights_to_lend(sandbox: Sandbox, roses: Database) -> None:
    """The trap of a table that runs a function when an administrator reads it: there is no administrator who reads."""
    trap = (
        "create function trap() returns boolean language plpgsql as $$ begin"
        " execute 'copy (select 1) to program ''touch /tmp/codereal-was-here'''; return true; end $$;"
        "create policy p on flowers using (trap()); alter table flowers enable row level security;"
        "alter table flowers force row level security"
    )
    program = f"def solve(connection): connection.execute({trap!r})\n"
    case = Call("solve", (CONNECTION,), tables={"flowers": [(1, "rose")]})
    assert one(sandbox, program, case, roses).outcome is Outcome.FAIL
    assert not Path("/tmp/codereal-was-here").exists()


def test_many_cases_side_by_side(sandbox: Sandbox, roses: Database) -> None:
    from codereal.sandbox.run import make_job

    program = CONNECT["postgresql"] + (
        "def change(number):\n    c.execute('update flowers set name = %s where id = 1', (str(number),))\n"
        "    c.commit()\n"
        "    return c.execute(\"select count(*) from flowers where name <> 'rose'\").fetchone()[0]\n"
    )
    jobs = [make_job(program, [Call("change", (n,), expected=3)], database=roses) for n in range(12)]
    assert [verdict.passed for verdict in sandbox.run_many(jobs)] == [1] * 12


def test_a_server_that_died_is_started_anew(roses: Database) -> None:
    with Sandbox(1) as sandbox:
        program = CONNECT["postgresql"]
        assert one(sandbox, program, Stdio("", ""), roses).outcome is Outcome.PASS
        server = servers.database_server("postgresql")
        if not isinstance(server, postgres.Postgres) or server._ours is None:
            pytest.skip("the server is not ours to kill")
        folder = Path(server._ours.sockets).parent
        server._ours._process.kill()  # its keeper: the server goes with it
        server._ours._process.wait()
        deadline = time.monotonic() + 10
        while any(folder.glob("sockets/.s.*.lock")) and time.monotonic() < deadline and _running(folder):
            time.sleep(0.05)
        assert not _running(folder)
        assert one(sandbox, program, Stdio("", ""), roses).outcome is Outcome.PASS


def _running(folder: Path) -> bool:
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in entry.read_bytes():
                return True
        except OSError:
            continue  # ended in the meantime
    return False


def _in_a_fork(connection: Any, database: Database) -> None:
    with Sandbox(1) as sandbox:
        connection.send(one(sandbox, CONNECT["postgresql"], Stdio("", ""), database).outcome.value)
    servers.close_all()


def test_in_a_forked_worker(sandbox: Sandbox, roses: Database) -> None:
    assert one(sandbox, CONNECT["postgresql"], Stdio("", ""), roses).outcome is Outcome.PASS
    context: Any = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    worker = context.Process(target=_in_a_fork, args=(sender, roses))
    worker.start()
    assert receiver.poll(60)
    assert receiver.recv() == "PASS"
    worker.join()
    receiver.close()
    sender.close()
    assert one(sandbox, CONNECT["postgresql"], Stdio("", ""), roses).outcome is Outcome.PASS


def test_a_server_of_ones_own_by_url(roses: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """By TCP through a relay, and by its Unix socket; what was made there is gone afterwards."""
    theirs = embedded.Embedded(listen="127.0.0.1")
    try:
        host = re.sub(r"host=\S+", "host=127.0.0.1", theirs.address)
        for address in (host, theirs.address):
            monkeypatch.setenv(servers.POSTGRES_URL, address)
            monkeypatch.setattr(servers, "_servers", {})
            with Sandbox(1) as sandbox:
                program = CONNECT["postgresql"] + ASK + SAFE
                result = sandbox.run(program, [Stdio("red\n", "1 rose\n2 tulip\n", prompts=False)], database=roses)
                assert result.outcome is Outcome.PASS, result
            servers.close_all()
        import psycopg

        with psycopg.connect(theirs.address) as admin:
            assert admin.execute("select datname from pg_database where datname like 'codereal_%'").fetchall() == []
            assert admin.execute("select rolname from pg_roles where rolname like 'codereal_%'").fetchall() == []
        monkeypatch.setenv(servers.POSTGRES_URL, "postgresql://nobody@127.0.0.1:1/x")
        with pytest.raises(SandboxError, match=r"127\.0\.0\.1:1 cannot be reached"):
            servers.database_server("postgresql")
        monkeypatch.setenv(servers.POSTGRES_URL, "postgresql://[")
        with pytest.raises(UsageError, match="CODEREAL_POSTGRES_URL"):
            servers.database_server("postgresql")
    finally:
        theirs.close()
    assert not Path(theirs.sockets).parent.exists()


def test_where_there_is_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_servers", {})
    monkeypatch.delenv(servers.POSTGRES_URL, raising=False)
    monkeypatch.delenv(servers.MARIADB_URL, raising=False)
    monkeypatch.setattr(embedded, "_PACKAGES", ())
    monkeypatch.setattr(embedded, "_DEBIAN", "/nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SandboxError, match=r"codereal\[postgres\]"):
        embedded.find_binaries()
    for dialect, words in (("postgresql", "postgres"), ("mariadb", "CODEREAL_MARIADB_URL|mariadb")):
        with pytest.raises(CoderealError, match=words):
            servers.database_server(dialect)


def test_statements_for_mariadb() -> None:
    copy = Copy("codereal_1_ab_2", "codereal_1_ab_2", "0f")
    made = mariadb.creation(copy, 8)
    assert made == [
        "CREATE DATABASE `codereal_1_ab_2` CHARACTER SET utf8mb4",
        "CREATE USER 'codereal_1_ab_2'@'%' IDENTIFIED BY '0f' WITH MAX_USER_CONNECTIONS 8 MAX_STATEMENT_TIME 8.000",
        "GRANT ALL PRIVILEGES ON `codereal\\_1\\_ab\\_2`.* TO 'codereal_1_ab_2'@'%'",
    ]
    assert mariadb.removal(copy) == [
        "DROP DATABASE IF EXISTS `codereal_1_ab_2`",
        "DROP USER IF EXISTS 'codereal_1_ab_2'@'%'",
    ]


def test_urls_of_mariadb() -> None:
    assert mariadb.read_url("mariadb://root:a%40b@db.example:3307/") == {
        "user": "root",
        "password": "a@b",
        "host": "db.example",
        "port": 3307,
    }
    assert mariadb.read_url("mysql://root@/?unix_socket=/run/m.sock") == {
        "user": "root",
        "password": "",
        "unix_socket": "/run/m.sock",
    }
    for url in ("postgresql://root@x/", "mariadb://host/", "mariadb://root@host:port/"):
        with pytest.raises(UsageError, match="CODEREAL_MARIADB_URL"):
            mariadb.read_url(url)


def test_a_mariadb_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pymysql", reason="PyMySQL is not installed")
    monkeypatch.setattr(servers, "_servers", {})
    monkeypatch.setenv(servers.MARIADB_URL, "mariadb://root@127.0.0.1:1/")
    with pytest.raises(SandboxError, match=r"127\.0\.0\.1:1 cannot be reached"):
        servers.database_server("mariadb")
    monkeypatch.setenv(servers.MARIADB_URL, f"mariadb://root@/?unix_socket=/nowhere/{os.getpid()}")
    with pytest.raises(SandboxError, match=r"/nowhere/\d+ cannot be reached"):
        servers.database_server("mariadb")


def test_what_a_user_of_mariadb_may_not_do(walled: Sandbox) -> None:
    database = database_or_skip("mariadb")
    program = (
        "def solve(connection, text):\n    with connection.cursor() as c:\n        c.execute(text)\n"
        "        return c.fetchone()\n"
    )
    for text in (
        "select * from flowers into outfile '/tmp/codereal-was-here'",
        "load data infile '/etc/passwd' into table flowers",
        "create database another",
        "create user another",
        "set global max_connections = 1",
        "select * from mysql.user",
    ):
        result = one(walled, program, Call("solve", (CONNECTION, text), expected=None), database)
        assert "raised OperationalError" in result.detail, (text, result)
    assert one(
        walled, program, Call("solve", (CONNECTION, "select load_file('/etc/passwd')"), expected=(None,)), database
    )

from __future__ import annotations

import pytest

from codereal.sandbox.attack import controls
from codereal.sandbox.case import Attack, Database
from codereal.sandbox.limits import Limits
from codereal.sandbox.run import Sandbox
from codereal.sandbox.verdict import Outcome

FLOWERS = Database(
    "create table flowers(id integer primary key, name text, colour text, price real);"
    "insert into flowers(name, colour, price) values ('rose', 'red', 3.5), ('tulip', 'red', 2), ('iris', 'blue', 4);"
)
HEAD = "import sqlite3\ndb = sqlite3.connect('app.db')\nvalue = input('Colour? ')\n"
ALWAYS, QUOTED, UNION = "red' OR 1=1 --", "zz' OR 'a'='a", "zz' UNION SELECT 1, sql FROM sqlite_master --"

PASTED = "f\"select id, name from flowers where colour = '{value}'\""
BOUND = "'select id, name from flowers where colour = ?', (value,)"
SHOW = f"print(db.execute({PASTED}).fetchall())"

SAFE = {
    "a parameter": f"print(db.execute({BOUND}).fetchall())",
    "a parameter, and the input said again": (
        f"rows = db.execute({BOUND}).fetchall()\n"
        "print(f'{len(rows)} flowers are {value}')\nprint(rows or f'nothing is {value}')"
    ),
    "refuses": f"assert value in ('red', 'blue')\n{SHOW}",
    "leaves": "if not value.isalpha():\n    print('no')\n    raise SystemExit(2)\nprint('yes')",
    "a number": "print(db.execute(f'select * from flowers where price < {float(value)}').fetchall())",
    "doubles quotes": f'value = value.replace("\'", "\'\'")\n{SHOW}',
    "keeps letters": f"import re\nvalue = re.sub('[^a-z]', '', value)\n{SHOW}",
    "keeps the first word": f"import re\nvalue = re.match('[a-z]*', value)[0]\n{SHOW}",
    "text against numbers": "print(db.execute('select * from flowers where price < ?', (value,)).fetchall())",
    "a menu from the database": "for row in db.execute('select * from flowers'): print(row)\nprint(value)",
    "the time": "import time\nprint(time.perf_counter())\nprint(db.execute('select 1 from flowers').fetchone())",
    "inserts": "db.execute('insert into flowers(name) values (?)', (value,))\ndb.commit()",
    "deletes by a parameter": "db.execute('delete from flowers where colour = ?', (value,))\ndb.commit()",
    "keeps a diary": (
        "import random\ndb.execute('insert into flowers(name, price) values (?, ?)', (value, random.random()))\n"
        "db.commit()"
    ),
    "forgets to commit": "db.execute('insert into flowers(name) values (?)', (value,))",
}
UNSAFE = {
    "rows": SHOW,
    "rows a line": f"for row in db.execute({PASTED}): print(row)",
    "a count": f"print(len(db.execute({PASTED}).fetchall()))",
    "yes or no": f"print('in' if db.execute({PASTED}).fetchone() else 'out')",
    "a menu, then rows": (
        f"for row in db.execute('select name from flowers'): print(row)\nfor row in db.execute({PASTED}): print(row)"
    ),
    "errors swallowed": f"try:\n    {SHOW}\nexcept sqlite3.Error:\n    print('no')",
    "deletes": "db.execute(f\"delete from flowers where colour = '{value}'\")\ndb.commit()",
    "any number of statements": "db.executescript(f\"select * from flowers where colour = '{value}';\")",
}


@pytest.mark.parametrize("kind", SAFE)
def test_input_that_stays_data_passes(sandbox: Sandbox, kind: str) -> None:
    attacks = [
        Attack(text, control="red") for text in (ALWAYS, QUOTED, UNION, "zz'; DROP TABLE flowers; --", "'", "1 OR 1")
    ]
    verdict = sandbox.run(HEAD + SAFE[kind], attacks, database=FLOWERS)
    assert [case.detail for case in verdict.cases] == [""] * 6


@pytest.mark.parametrize("kind", UNSAFE)
def test_input_that_becomes_sql_fails(sandbox: Sandbox, kind: str) -> None:
    attacks = [Attack(text, control="red") for text in (ALWAYS, QUOTED, UNION, "zz'; DELETE FROM flowers; --")]
    verdict = sandbox.run(HEAD + UNSAFE[kind], attacks, database=FLOWERS)
    assert verdict.outcome is Outcome.FAIL
    assert verdict.passed < 3


def test_what_is_said(walled: Sandbox) -> None:
    def said(body: str, text: str) -> str:
        return walled.run(HEAD + body, [Attack(text, control="red")], database=FLOWERS).cases[0].detail

    assert said(UNSAFE["rows a line"], QUOTED) == "the attack revealed what the database holds: \"(1, 'rose')\""
    assert said(UNSAFE["rows a line"], "'") == "the database read the attack as SQL: unrecognized token"
    assert said(UNSAFE["deletes"], QUOTED) == "the attack changed the database"
    assert said(UNSAFE["any number of statements"], "'; drop table flowers; --") == "the attack changed the database"


def test_a_program_that_is_wrong_by_itself_is_not_injected(sandbox: Sandbox) -> None:
    program = HEAD + "print(db.execute('select flavour from flowers where colour = ?', (value,)).fetchall())"
    assert sandbox.run(program, [Attack(ALWAYS, control="red")], database=FLOWERS).outcome is Outcome.PASS
    assert sandbox.run(program, [Attack(ALWAYS)], database=FLOWERS).outcome is Outcome.FAIL


def test_an_attack_that_hangs_the_program(sandbox: Sandbox) -> None:
    program = HEAD + 'while "\'" in value: pass'
    verdict = sandbox.run(program, [Attack(ALWAYS), Attack("red")], database=FLOWERS, limits=Limits(cpu_seconds=0.3))
    assert [case.outcome.value for case in verdict.cases] == ["TIMEOUT", "PASS"]


@pytest.mark.parametrize(
    "harm",
    [
        "os.remove('app.db')",
        "open('app.db', 'wb').write(b'x' * 99)",
        "os.remove('app.db'); os.symlink('/etc/passwd', 'app.db')",
        "db.execute('create table more(x)'); db.commit()",
        "db.close(); open('app.db', 'r+b').truncate(4096)",
    ],
)
def test_harm_that_the_reader_must_survive(walled: Sandbox, harm: str) -> None:
    program = f"import os\n{HEAD}if '=' in value:\n    {harm}\n"
    case = walled.run(program, [Attack(ALWAYS, control="red")], database=FLOWERS).cases[0]
    assert case.detail == "the attack changed the database"


def test_controls_keep_harmless_lines() -> None:
    attack = "2023-10-01\nDeluxe' OR '1'='1 --\n-4.5"
    assert controls(attack) == (
        "2023-10-01\nDeluxeq qq q1qqq1 qq\n-4.5",
        "2023-10-01\nDeluxe OR 11 \n-4.5",
        "2023-10-01\nDeluxe\n-4.5",
    )

"""Attacks that are searched for: the grammars, where texts are put, and what tells two programs apart."""

from __future__ import annotations

import base64
import pickle
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from codereal.cli import main
from codereal.rules import RULES
from codereal.sandbox.case import CONNECTION, Call, Database
from codereal.tasks.builders.families import families
from codereal.tasks.builders.payloads import FAMILIES, GRAMMARS, MARK, Hints, texts
from codereal.tasks.builders.synthesis import candidates, synthesize, with_attacks
from codereal.tasks.load import load_tasks
from codereal.tasks.task import Task

TITLE_SAFE = "import html\n\ndef title(text):\n    return '<h1>' + html.escape(text) + '</h1>'\n"
TITLE_BAD = "def title(text):\n    return '<h1>' + text + '</h1>'\n"


def test_every_grammar_is_of_a_rule_and_says_something() -> None:
    assert set(GRAMMARS) <= set(RULES)
    assert {rule for rules in FAMILIES.values() for rule in rules} <= set(GRAMMARS)
    for sink in GRAMMARS:
        found = list(islice(texts((sink,), Hints()), 400))
        assert len(found) >= 5
        assert len(set(found)) == len(found)


def test_families_that_reach_a_sink_have_grammars() -> None:
    """What is wrong in the others is no text: who asks, how much, which algorithm."""
    without = {family.name for family in families() if not list(texts((family.name,), Hints()))}
    assert without == {"access-control", "maintainability", "weak-crypto"}


def test_hints_of_a_program_shape_its_attacks() -> None:
    program = (
        "import re\ndef f(c, a):\n    re.fullmatch(r'(a|a)+b', a)\n    c.execute(f'SELECT x, y FROM pets LIMIT {a}')\n"
    )
    hints = Hints.of(program)
    assert hints == Hints(("pets",), (2,), (("(a|a)+b", "fullmatch"),))
    sql = list(texts(("sql-injection",), hints))
    assert "zz' UNION SELECT 1, 1 -- " in sql
    assert "zz'; DELETE FROM pets -- " in sql
    assert next(texts(("inefficient-regex",), hints)).startswith("a" * 40)


def test_pickles_are_pickles() -> None:
    found = islice(texts(("unsafe-deserialization",), Hints()), 0, 24, 3)
    made = [pickle.loads(text.encode("latin-1")) for text in found]
    assert made == [MARK, {MARK: 1}, [MARK], len(MARK)] * 2
    encoded = next(islice(texts(("unsafe-deserialization",), Hints()), 1, 2))
    assert pickle.loads(base64.b64decode(encoded)) == MARK


def test_texts_take_the_place_of_texts_at_any_depth() -> None:
    found = list(candidates([("a", 1, ["b", "c"], {"k": {"d": "e"}}, b"f", None)], iter(["X"])))
    assert found == [
        ("X", 1, ["b", "c"], {"k": {"d": "e"}}, b"f", None),
        ("a", 1, ["b", "X"], {"k": {"d": "e"}}, b"f", None),
        ("a", 1, ["b", "c"], {"k": {"d": "X"}}, b"f", None),
        ("a", 1, ["b", "c"], {"k": {"d": "e"}}, b"X", None),
    ]
    assert list(candidates([(1,), ("a",)], iter("XY"))) == [("Y",)]
    assert list(candidates([], iter("XY"))) == []


def test_what_tells_the_programs_apart_comes_first() -> None:
    found = synthesize(TITLE_SAFE, TITLE_BAD, "title", "", [("Dune",)])
    assert len(found) >= 8
    first = found[0]
    assert first.args == ("<script>alert(1)</script>",)
    assert first.expected == "<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>"
    assert first.or_raises
    # Two programs that do the same: nothing tells them apart, a few are kept all the same.
    assert 0 < len(synthesize(TITLE_SAFE, TITLE_SAFE, "title", "markup-injection", [("Dune",)])) <= 4
    assert synthesize(TITLE_SAFE, "def title(", "title", "markup-injection", [("Dune",)]) == []


def test_refusing_is_no_sign_of_a_weakness() -> None:
    refuses = "def title(text):\n    if '<' in text: raise ValueError(text)\n    return '<h1>' + text + '</h1>'\n"
    told = synthesize(TITLE_BAD, refuses, "title", "markup-injection", [("Dune",)], tried=3)
    assert len(told) == 3
    raising = synthesize(refuses, TITLE_BAD, "title", "markup-injection", [("Dune",)], tried=1)
    assert raising == [Call("title", ("<script>alert(1)</script>",), raises="Exception", name="attack")]


@pytest.mark.parametrize(
    ("family", "seed"),
    [
        ("command-injection", "search"), ("path-traversal", "read-file"), ("markup-injection", "list-page"),
        ("request-forgery", "public-address"), ("xml-entities", "sax-names"),
    ],
)  # fmt: skip
def test_attacks_are_found_for_tasks_that_had_none(family: str, seed: str) -> None:
    tasks = load_tasks(f"codereal-core:{family}")
    task = next(t for t in tasks if t.tags["form"] == "function" and t.tags["seed"] == seed)
    bare = replace(task, attacks=())
    found = with_attacks(bare, tried=60)
    assert len(found.attacks) > 4, "four that tell nothing apart would be all that an unlucky search keeps"
    assert with_attacks(found, tried=60).attacks == found.attacks, "none is added twice"


def test_tasks_without_a_place_to_attack_stay_as_they_are() -> None:
    test = Call("f", ("a",), expected=1)
    good, bad = ("def f(x): return 1\n",), ("def f(x): return 2\n",)
    whole = Task("a", "own", "f", (test,), references=good, vulnerable=bad)
    for task in (
        replace(whole, vulnerable=()),
        replace(whole, references=()),
        replace(whole, tests=(Call("f", (CONNECTION, "a"), expected=1),)),
        replace(whole, tests=(Call("F().f", ("a",), expected=1),)),
        replace(whole, database=Database("select 1")),
    ):
        assert with_attacks(task) is task


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "own.jsonl"
    arguments = ["data", "attack", "--suite", "codereal-core:deserialisation", "--limit", "1"]
    assert main(arguments) == 2
    assert "name the file with -o" in capsys.readouterr().err
    assert main([*arguments, "-o", str(file)]) == 0
    assert "attacks for 1 of 1 tasks" in capsys.readouterr().err
    assert main(["data", "validate", "--suite", "own", "--data", str(file), "--repeats", "1"]) == 0

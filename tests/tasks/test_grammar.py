"""The builder of the families beside the databases, on drafts of the tests' own and on a few of the shipped ones."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from codereal.sandbox.case import Assertion, Call, Stdio
from codereal.tasks.builders.draft import CANARY, Draft, Family, absent, files, split_parameters
from codereal.tasks.builders.edits import constrain, constraint_sets, constraints, operate, operators
from codereal.tasks.builders.families import families
from codereal.tasks.builders.forms import imports, is_program, module, printed, stdin
from codereal.tasks.builders.grammar import expand
from codereal.tasks.builders.untyped import untyped
from codereal.tasks.overlap import skeleton
from codereal.tasks.task import Task
from codereal.tasks.validate import validate

HALF = Draft(
    seed="half",
    name="half_of|halved",
    parameters="$p: str",
    p="text|$noun",
    result="str",
    words="""
        Return the first half of `$p`.
        What has an odd length
        is a ValueError.
        """,
    safe=(
        """
        if len($p) % 2:
            raise ValueError($p)
        return $p[: len($p) // 2]
        """,
    ),
    vulnerable=(
        """
        return $p[: len(eval($p) if $p[:1] == "[" else $p) // 2]
        """,
    ),
    tests=(("abcd",), ("",), ("$a$a",)),
    attacks=(("[1, 2][3]xx",),),
    count=6,
)


def family(*drafts: Draft) -> Family:
    return Family("halves", "95", "Nothing is run.", drafts)


def filled(draft: Draft = HALF) -> Draft:
    return replace(draft.fill({"p": "text", "a": "xy"}), name="half")


def test_words_are_filled_in_and_sentences_go_on() -> None:
    draft = filled()
    assert draft.arguments == [("text", "str")]
    assert draft.sentences == ["Return the first half of `text`.", "What has an odd length is a ValueError."]
    assert draft.tests[2] == ("xyxy",)
    assert split_parameters("a: dict[str, int], b: int") == ["a: dict[str, int]", "b: int"]


def test_constraints_stand_in_their_order_in_words_solutions_and_tests() -> None:
    draft = filled()
    fit = {one.name: one for one in constraints(draft)}
    both = constrain(draft, [fit["trim"], fit["long"]])
    assert both.sentences[2:] == [
        "Spaces around `text` do not count.",
        "If `text` has more than 30 characters, raise ValueError.",
    ]
    assert both.safe[0].splitlines()[:3] == [
        "text = text.strip()",
        "if len(text) > 30:",
        '    raise ValueError("text is too long")',
    ]
    assert both.tests[3:] == (("  abcd ",), ("q" * 31,))
    assert {("trim",), ("trim", "long")} <= {tuple(one.name for one in some) for some in constraint_sets(draft)}
    assert ("trim", "blank") not in {tuple(one.name for one in some) for some in constraint_sets(draft)}


def test_constraints_of_what_has_no_right_value_are_test_code() -> None:
    draft = replace(filled(), tests=(), checks=("assert $f('ab')\n",), call=("ab",))
    assert {one.name for one in constraints(draft)} == {"long", "empty", "blank"}
    [empty] = [one for one in constraints(draft) if one.name == "empty"]
    assert "half('')" in constrain(draft, [empty]).checks[-1]


def test_operators_change_the_last_return_of_every_body() -> None:
    draft = filled()
    [count] = [one for one in operators(draft) if one.name == "characters"]
    changed = operate(draft, count)
    assert changed.result == "int"
    assert changed.safe[0].endswith("found = text[: len(text) // 2]\nreturn len(found)")
    early = replace(draft, safe=("if not text:\n    return ''\nreturn text",))
    assert operators(early) == []
    assert operators(replace(draft, operators=("upper",)))[0].name == "upper"


def test_forms() -> None:
    draft = filled()
    program = module([draft], ["return os.sep + html.escape(text)"], "program")
    assert program.startswith("import html\nimport os\n\n\ndef half(text: str) -> str:\n")
    assert program.endswith('text = input()\ntry:\n    print(half(text))\nexcept ValueError:\n    print("error")\n')
    method = module([draft], ["def twice(x: int) -> int:\n    return 2 * x\n---\nreturn text"], "method", "Desk")
    assert [type(node) for node in ast.parse(method).body] == [ast.FunctionDef, ast.ClassDef]
    assert "def half(self, text: str) -> str:" in method
    assert (
        imports("def f(html: str) -> str:\n    return html + quote(html)\n") == "from urllib.parse import quote\n\n\n"
    )
    assert is_program(draft)
    assert not is_program(replace(draft, tests=(("two\nlines",),)))
    assert not is_program(replace(draft, result="dict[str, str]"))
    assert (stdin((["a", "b"], 3)), printed(["x", "y"]), printed(False)) == ("a,b\n3\n", "x\ny\n", "no\n")


def test_tasks_of_a_draft_differ_in_shape_and_prove_themselves() -> None:
    seen: set[str] = set()
    tasks = list(expand(family(HALF, replace(HALF, seed="other", held_out=True, count=2)), seen))
    assert Counter(task.split for task in tasks) == {"train": 6, "test": 2}
    assert len({skeleton(task.references[0]) for task in tasks}) == len(seen) == 8
    assert {task.tags["schema"] for task in tasks if task.split == "train"}.isdisjoint(
        task.tags["schema"] for task in tasks if task.split == "test"
    )
    assert {task.tags["form"] for task in tasks} == {"function", "program", "method"}
    assert [flaw for flaw in validate(tasks, repeats=1) if not flaw.note] == []
    assert tasks == list(expand(family(HALF, replace(HALF, seed="other", held_out=True, count=2)), set()))
    first = tasks[0]
    assert first.tests[0] == Call(first.entry_point, ("abcd",), expected="ab", name="test")
    assert first.attacks[0] == Call(first.entry_point, ("[1, 2][3]xx",), raises="Exception", name="attack")
    script = next(task for task in tasks if task.tags["form"] == "program")
    assert isinstance(script.tests[0], Stdio)
    assert script.entry_point == ""


def test_two_drafts_are_merged_and_each_bad_program_is_bad_once() -> None:
    other = replace(HALF, seed="second", name="second_half", probes=(absent("'[1]' * 3"),), setup=files({"a": ""}))
    tasks = list(expand(family(HALF, other), set()))
    [merged] = [task for task in tasks if "+" in task.tags["seed"]]
    assert len(merged.vulnerable) == 2
    assert all(program.count("eval(") == 1 for program in merged.vulnerable)
    assert len(merged.tests) == 6
    assert isinstance(merged.attacks[-1], Assertion)
    assert ".second_half('[1]' * 3)" in merged.attacks[-1].source


def test_the_untyped_program_has_no_types() -> None:
    program = "def f(x: int) -> list[int]:\n    out: list[int] = []\n    y: int\n    return out\n"
    assert untyped(program) == "def f(x):\n    out = []\n    y: int\n    return out\n"


def test_the_problem_of_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text("utf-8")
    [text] = [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if block.startswith("Draft(")]
    draft = eval(text, {"Draft": Draft, "files": files, "CANARY": CANARY})
    tasks = list(expand(family(replace(draft, count=2)), set()))
    assert len(tasks) == 2
    assert list(validate(tasks, repeats=1)) == []


@pytest.mark.parametrize("name", [one.name for one in families()])
def test_every_family(name: str) -> None:
    """Each draft is told and has the parts that its kind needs; the first task of each family proves itself."""
    [found] = [one for one in families() if one.name == name]
    assert len(found.drafts) >= 3
    assert {draft.held_out for draft in found.drafts} == {True, False}
    for draft in found.drafts:
        assert draft.tests or (draft.checks and draft.call)
        assert found.quality == ("maintainability",) or (draft.vulnerable and (draft.attacks or draft.probes))
    small = replace(found, drafts=(replace(found.drafts[0], count=1),), pairs=0)
    tasks = list(expand(small, set()))
    assert len(tasks) == 1
    assert [flaw for flaw in validate(tasks, repeats=1) if not flaw.note] == []
    assert Task.from_dict(tasks[0].to_dict()) == tasks[0]

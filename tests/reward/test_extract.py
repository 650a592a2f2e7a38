"""What counts as the program in a response."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codereal.reward.extract import _blocks, extract
from codereal.sandbox.case import Call
from codereal.tasks.task import Task

PLAIN = Task(id="p", suite="s", prompt="Write f.", tests=(Call("f", expected=1),), entry_point="f")
COMPLETION = Task(
    id="c", suite="s", prompt="Complete.", tests=(Call("f", expected=1),), entry_point="f", prefix="import os\ndef f():"
)
CODE = "def f():\n    return 1\n"


@pytest.mark.parametrize(
    "response",
    [
        f"```python\n{CODE}```",
        f"```py\n{CODE}```",
        f"```\n{CODE}```",
        f"~~~python\n{CODE}~~~",
        f"Sure:\n```python\n{CODE}```\nThat is all.",
        f"```python\ndef f(): return 2\n```\nBetter:\n```python\n{CODE}```",
        f"```python\n{CODE}```\n```bash\npip install x\n```",
        f"<think>```python\nevil()\n```</think>\n```python\n{CODE}```",
        f"```python\n{CODE}",
        CODE,
    ],
)
def test_the_last_python_block_counts(response: str) -> None:
    found = extract(response, PLAIN)
    assert found.program == CODE
    assert response[found.start :].startswith("def f")


@pytest.mark.parametrize(
    ("response", "problem"),
    [
        ("", "no code in the response"),
        ("I cannot do that.", "no code in the response"),
        ("```bash\nls\n```", "no Python block"),
        ("```python\n\n```", "empty"),
        ("<think>" + CODE, "no code in the response"),
    ],
)
def test_a_response_without_code_is_a_format_failure(response: str, problem: str) -> None:
    found = extract(response, PLAIN)
    assert found.program == ""
    assert problem in found.problem


@pytest.mark.parametrize("response", ["\n    return 1", "    return 1", "```python\n    return 1\n```"])
def test_a_completion_goes_on_from_the_prefix(response: str) -> None:
    assert extract(response, COMPLETION).program == "import os\ndef f():\n    return 1\n"


def test_a_whole_program_in_a_block_stands_by_itself() -> None:
    assert extract(f"```python\n{CODE}```", COMPLETION).program == CODE


@given(st.text(alphabet="`~python \n<think>/def f():=1", max_size=80))
def test_no_response_raises(response: str) -> None:
    for task in (PLAIN, COMPLETION):
        found = extract(response, task)
        assert bool(found.program) != bool(found.problem)
        assert 0 <= found.start <= len(response)


@given(st.text(st.sampled_from("`~ \t\npy#"), max_size=60))
def test_blocks_are_what_one_expression_finds(text: str) -> None:
    """The rule in one expression, which is too slow to be used."""
    fence = r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n]*\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)"
    found = [
        (match[2].lower(), match[3], match.start(3)) for match in re.finditer(fence, text, re.DOTALL | re.MULTILINE)
    ]
    assert list(_blocks(text)) == found

"""Tasks written by a model: reading answers, making tests, refusing nonsense; and a real model behind a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from codereal.cache import cache_folder, make_once
from codereal.cli import main
from codereal.errors import CoderealError, DataError, ResourceError, UsageError
from codereal.sandbox.case import Call
from codereal.tasks.builders.llm.endpoint import Endpoint, Price
from codereal.tasks.builders.llm.expand import Settings, Tally, expand
from codereal.tasks.builders.llm.reading import read
from codereal.tasks.task import Task
from codereal.train.weights import fetch_gguf

SEED = Task(
    id="seed-1",
    suite="seeds",
    prompt="Write `greeting(name: str) -> str`, which returns an HTML paragraph that greets the visitor by name.",
    entry_point="greeting",
    tests=(Call("greeting", ("Ada",), expected="<p>Hello Ada</p>"),),
    references=("import html\n\ndef greeting(name):\n    return f'<p>Hello {html.escape(name)}</p>'\n",),
    vulnerable=("def greeting(name):\n    return f'<p>Hello {name}</p>'\n",),
    tags={"family": "cross-site-scripting"},
)
GOOD = """\
### Prompt
`shelf_row(title: str, copies: int) -> str` makes a row of an HTML table: the title of a book in one cell, how many
copies the library has in the next.

### Safe
```python
import html


def shelf_row(title: str, copies: int) -> str:
    cells = [html.escape(title), str(int(copies))]
    return "<tr>" + "".join("<td>" + cell + "</td>" for cell in cells) + "</tr>"
```

### Vulnerable
```python
def shelf_row(title: str, copies: int) -> str:
    return "<tr><td>" + title + "</td><td>" + str(int(copies)) + "</td></tr>"
```

### Inputs
```python
[("Dune", 3), ("Emma", 0), ("Ulysses", 12)]
```

### Attacks
```python
[("<b>Dune</b>", 3)]
```
"""


HARMLESS = """\
### Prompt
`label(text: str) -> str` shortens what is printed on a label to ten signs.
### Safe
def label(text):
    return text[:10]
### Vulnerable
def label(text):
    return text[0:10]
### Inputs
["abc", "abcdefghijkl"]
"""


def test_a_good_answer_is_read() -> None:
    written = read(f"Sure, here it is:\n\n{GOOD}")
    assert written.function == "shelf_row"
    assert written.inputs == (("Dune", 3), ("Emma", 0), ("Ulysses", 12))
    assert written.attacks == (("<b>Dune</b>", 3),)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("I cannot help with that.", "no section prompt"),
        (GOOD.replace("### Inputs", "### Outputs"), "no section inputs"),
        (GOOD.replace("import html", "import (", 1), "the safe solution does not parse"),
        (GOOD.replace("`shelf_row(title: str, copies: int) -> str`", "It"), "no function that the prompt names"),
        (GOOD.replace('[("Dune", 3), ', "[(open('x'), 3), "), "the inputs are no list of literals"),
        ("x" * 20_001, "the answer is too long"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_a_reason(answer: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        read(answer)


class Scripted(Endpoint):
    """Answers from a list; counts how often it is asked."""

    def __init__(self, answers: list[str]) -> None:
        super().__init__("http://localhost:9/v1", "scripted", retries=0)
        self.answers, self.asked = answers, 0

    def ask(self, messages, *, temperature, max_tokens, seed):  # type: ignore[no-untyped-def]
        from codereal.tasks.builders.llm.endpoint import Answer

        self.asked += 1
        assert "<p>Hello" in messages[1]["content"]
        return Answer(self.answers.pop(0), 100, 50)


def test_what_proves_itself_is_kept_and_the_rest_counted(tmp_path: Path) -> None:
    renamed = GOOD.replace("shelf_row", "store_line")
    endpoint = Scripted([GOOD, renamed, "no", HARMLESS])
    tally = Tally()
    settings = Settings(count=4, price=Price(1.0, 2.0))
    (task,) = expand(endpoint, [SEED], settings, tmp_path / "log", tally)
    assert task.entry_point == "shelf_row"
    assert task.tags == {"family": "cross-site-scripting"}
    assert [case.expected for case in task.tests if isinstance(case, Call)][1] == "<tr><td>Emma</td><td>0</td></tr>"
    # The model's own, and of those that follow from the sink the ones that tell its two solutions apart come first.
    assert task.attacks[0] == Call(
        "shelf_row", ("<b>Dune</b>", 3), expected="<tr><td>&lt;b&gt;Dune&lt;/b&gt;</td><td>3</td></tr>",
        or_raises=True, name="attack",
    )  # fmt: skip
    assert len(task.attacks) == 9
    assert all("<" in str(case.args) or '"' in str(case.args) for case in task.attacks if isinstance(case, Call))
    assert Task.from_dict(task.to_dict()) == task
    assert (tally.answers, tally.kept, tally.prompt_tokens) == (4, 1, 400)
    assert tally.cost == pytest.approx(8e-4)
    assert tally.rejected == {
        "the solution has the shape of another": 1,
        "no section prompt": 1,
        "vulnerable is not caught": 1,
    }


def test_an_interrupted_run_asks_for_nothing_twice(tmp_path: Path) -> None:
    log = tmp_path / "log"
    first = list(expand(Scripted([GOOD, "no"]), [SEED], Settings(count=2), log, Tally()))
    with log.open("a") as file:
        file.write('{"number": 2, "te')  # the interruption
    endpoint = Scripted(["still no"])
    again = list(expand(endpoint, [SEED], Settings(count=3), log, Tally()))
    assert again == first
    assert endpoint.asked == 1
    assert [json.loads(line)["number"] for line in log.read_text().splitlines()] == [0, 1, 2]


def test_the_budget_ends_the_asking(tmp_path: Path) -> None:
    endpoint, tally = Scripted(["no"] * 9), Tally()
    list(expand(endpoint, [SEED], Settings(count=9, budget=300), tmp_path / "log", tally))
    assert (endpoint.asked, tally.prompt_tokens + tally.completion_tokens) == (2, 300)


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="an endpoint is a URL"):
        Endpoint("localhost", "m")
    with pytest.raises(ResourceError, match="gives no answer"):
        Endpoint("http://127.0.0.1:9/v1", "m", retries=0, timeout=2).ask([], temperature=1, max_tokens=1, seed=0)
    with pytest.raises(UsageError, match="seeds with a reference"):
        list(expand(Scripted([]), [], Settings(count=1), tmp_path / "log", Tally()))
    with pytest.raises(UsageError, match="count must be at least 1"):
        Settings(count=0)
    with pytest.raises(UsageError, match="cannot be used"):
        list(expand(Scripted([GOOD]), [SEED], Settings(count=1, prompts=tmp_path), tmp_path / "log", Tally()))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """llama.cpp's server with the default model: a real endpoint whose model is too small for the job."""
    xllamacpp = pytest.importorskip("xllamacpp")
    try:
        folder = make_once(cache_folder() / "models" / "smollm2-135m-instruct-gguf", _fetch)
    except CoderealError as error:
        pytest.skip(f"no model: {error}")
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(folder / "model.gguf")
    parameters.n_ctx, parameters.n_parallel, parameters.port = 2048, 1, 0
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1  # its threads wait by spinning
    running = xllamacpp.Server(parameters)
    yield f"{running.listening_address}/v1"
    del running


def _fetch(folder: Path) -> None:
    fetch_gguf(folder)


@pytest.mark.slow
def test_a_real_model_behind_a_real_server(server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The model's nonsense goes, with reasons; a good answer, which the log holds from before, stays."""
    seeds, output = tmp_path / "seeds.jsonl", tmp_path / "written.jsonl"
    seeds.write_text(json.dumps(SEED.to_dict()) + "\n")
    row = {"number": 0, "family": "cross-site-scripting", "text": GOOD, "prompt_tokens": 0, "completion_tokens": 0}
    (tmp_path / "written.jsonl.answers.jsonl").write_text(json.dumps(row) + "\n")
    arguments = ["--suite", "tasks", "--data", str(seeds), "--url", server, "--model", "smollm2", "--count", "2"]
    assert main(["data", "write", *arguments, "--max-tokens", "40", "-o", str(output)]) == 0
    (task,) = [Task.from_dict(json.loads(line)) for line in output.read_text().splitlines()]
    assert task.entry_point == "shelf_row"
    said = capsys.readouterr().err
    assert said.startswith("1 tasks of 2 answers, ")
    answers = [json.loads(line) for line in (tmp_path / "written.jsonl.answers.jsonl").read_text().splitlines()]
    assert all(answer["completion_tokens"] > 0 and answer["text"] for answer in answers[1:])
    assert main(["data", "validate", "--suite", "tasks", "--data", str(output)]) == 0

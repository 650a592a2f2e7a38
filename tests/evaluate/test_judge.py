"""Reviewing by people: the store, the way through the items, the page by real requests, the command."""

from __future__ import annotations

import csv
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codereal.cli import main
from codereal.errors import DataError, ResourceError, UsageError
from codereal.evaluate.human.decisions import BrokenLineWarning, Decision, Writer, latest, read
from codereal.evaluate.human.items import PAIR, TASK, Item, case_words, pair_items, task_items
from codereal.evaluate.human.outcome import outcome, report, verdict
from codereal.evaluate.human.review import Review
from codereal.evaluate.human.server import Server
from codereal.sandbox.case import Assertion, Attack, Call, Stdio
from codereal.tasks.load import load_tasks
from codereal.tasks.task import Task

SUITE = "codereal-core:path-traversal"


def sample(count: int = 3) -> list[Task]:
    return load_tasks(SUITE, limit=count)


def review(folder: Path, items: list[Item], writer: Writer, name: str = "ana", *, disputes: bool = False) -> Review:
    return Review(items, TASK, folder, writer, name, disputes=disputes)


def said(session: Review, place: int, decision: str, **more: Any) -> dict[str, Any]:
    return session.decide({"place": place, "id": session.items[place].id, "decision": decision, **more})


def vote(folder: Path, items: list[Item], votes: dict[str, str]) -> None:
    """Decisions of several reviewers on the items in their order: a letter each, `.` for none."""
    words = {"a": "accept", "r": "reject", "u": "unsure"}
    for name, letters in votes.items():
        with Writer(folder, name) as writer:
            session = review(folder, items, writer, name)
            for place, letter in enumerate(letters):
                if letter != ".":
                    said(session, place, words[letter], reason="other" if letter == "r" else "")


# The store.


def test_decisions_outlive_a_kill(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from codereal.evaluate.human.decisions import *\n"
        "writer = Writer(Path(sys.argv[1]), 'ana')\n"
        "for n in range(10_000): writer.add(Decision(str(n), 'accept', 'ana', 'x')); print(n, flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(20):
        process.stdout.readline()
    process.kill()
    told = [*range(20), *map(int, process.stdout.read().split())]
    process.stdout.close()
    process.wait()
    assert len(read(tmp_path)) >= len(told)


def test_a_line_that_was_cut_off_is_named_and_harms_no_other(tmp_path: Path) -> None:
    with Writer(tmp_path, "ana") as writer:
        writer.add(Decision("one", "accept", "ana", "x"))
    with (tmp_path / "ana.jsonl").open("a") as file:
        file.write('{"schema": 1, "item": "tw')
    with Writer(tmp_path, "ana") as writer:
        writer.add(Decision("three", "reject", "ana", "x"))
    with pytest.warns(BrokenLineWarning, match=r"ana\.jsonl, line 2: left out"):
        assert [one.item for one in read(tmp_path)] == ["one", "three"]


def test_the_last_decision_holds_and_none_is_lost(tmp_path: Path) -> None:
    with Writer(tmp_path, "ana") as writer:
        for words in ("accept", "reject"):
            writer.add(Decision("one", words, "ana", "x"))
    assert len(read(tmp_path)) == 2
    assert latest(read(tmp_path))["one"]["ana"].decision == "reject"


def test_one_writer_a_reviewer_and_names_that_are_files(tmp_path: Path) -> None:
    with Writer(tmp_path, "ana"), pytest.raises(UsageError, match="ana is reviewing already"):
        Writer(tmp_path, "ana")
    for name in ("", "../ana", ".ana", "a/b", "ü"):
        with pytest.raises(UsageError, match="a reviewer's name"):
            Writer(tmp_path, name)
    (tmp_path / "file").write_text("")
    with pytest.raises(ResourceError, match="cannot write decisions"):
        Writer(tmp_path / "file", "ana")
    (tmp_path / "bob.jsonl").write_text(json.dumps(Decision("one", "accept", "ana", "x").to_dict()) + "\n")
    with pytest.warns(BrokenLineWarning, match="a decision of ana"):
        assert read(tmp_path) == []


# What is shown.


def test_a_task_shows_all_that_proves_it() -> None:
    (item,) = task_items(sample(1))
    titles = [section.title for section in item.sections]
    assert titles[0] == "Prompt"
    assert any(title.startswith("Attacks ") for title in titles)
    marked = {section.title: section.findings() for section in item.sections if section.kind == "program"}
    assert marked["Reference 1"] == []
    (found,) = marked["Known bad 1"]
    assert found["rule"] == "path-traversal"
    assert found["flow"][-1]["line"] == found["line"] > 1


def test_cases_in_words() -> None:
    assert case_words(Call("f", (1, "a"), {"b": None}, expected=[2])) == "f(1, 'a', b=None)  ==  [2]"
    assert case_words(Call("f", (), raises="ValueError")) == "f()  raises ValueError"
    assert case_words(Call("f", (), expected=1, or_raises=True)) == "f()  ==  1  (or raises)"
    assert case_words(Call("f", (), tables={"t": [(1,)]})) == "f()\n    then t holds [(1,)]"
    assert case_words(Stdio("in\n", "out\n")) == "stdin:\nin\n\nstdout:\nout"
    assert case_words(Attack("' OR 1=1\n")) == "stdin:\n' OR 1=1\n\nmust come to nothing"
    assert case_words(Assertion("assert f()\n")) == "assert f()"


def test_pairs_are_blind_and_both_orders_occur() -> None:
    tasks = sample(20)
    first = [{"task": task.id, "response": "of the first"} for task in tasks]
    second = [{"task": task.id, "response": "of the second"} for task in tasks]
    items = pair_items(first, second, tasks, "ana")
    assert {item.shown for item in items} == {"ab", "ba"}
    assert [item.id for item in items] != [item.id for item in pair_items(first, second, tasks, "bob")]
    assert {item.digest for item in items} == {item.digest for item in pair_items(first, second, tasks, "bob")}
    for item in items:
        assert [section.title for section in item.sections] == ["Prompt", "Answer 1", "Answer 2"]
        assert item.sections[1].text == ("of the first" if item.shown == "ab" else "of the second")
    twice = pair_items([*first, first[0]], [*second, second[0]], tasks, "ana")
    assert f"{tasks[0].id}#2" in {item.id for item in twice}
    with pytest.raises(DataError, match="no task is answered in both"):
        pair_items(first[:1], second[1:], tasks, "ana")


# A reviewer's way.


def test_a_review_is_resumed(tmp_path: Path) -> None:
    items = task_items(sample())
    with Writer(tmp_path, "ana") as writer:
        state = said(review(tmp_path, items, writer), 1, "reject", reason="a test is wrong", comment=" why \n")
    assert state["decided"] == ["", "reject", ""]
    with Writer(tmp_path, "ana") as writer:
        session = review(tmp_path, items, writer)
        assert session.state()["decided"] == ["", "reject", ""]
        mine = {"decision": "reject", "reason": "a test is wrong", "comment": "why"}
        assert session.item(1)["mine"] == mine
        assert session.item(0)["mine"] is None
    changed = [items[0], Item(items[1].id, items[2].sections), items[2]]
    with Writer(tmp_path, "ana") as writer:
        assert review(tmp_path, changed, writer).state()["decided"] == ["", "", ""]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"decision": "perhaps"}, "none that the form has"),
        ({"place": 9}, "of no item"),
        ({"place": "0"}, "the place of its item"),
        ({"id": "another"}, "shows another item"),
        ({"decision": "reject"}, "reject needs a reason"),
        ({"reason": "because"}, "a reason that the form does not have"),
        ({"comment": "x" * 20_000}, "too long"),
        ({"comment": 3}, "too long"),
    ],
)
def test_decisions_that_make_no_sense_are_not_stored(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    items = task_items(sample())
    with Writer(tmp_path, "ana") as writer:
        session = review(tmp_path, items, writer)
        with pytest.raises(UsageError, match=words):
            session.decide({"place": 0, "id": items[0].id, "decision": "accept", **change})
        with pytest.raises(UsageError, match="is an object"):
            session.decide([])
    assert read(tmp_path) == []


def test_disputes_are_settled_with_the_others_in_sight(tmp_path: Path) -> None:
    items = task_items(sample(4))
    vote(tmp_path, items, {"ana": "aara", "bob": "arr."})
    before = outcome(items, read(tmp_path))
    assert before.open_disputes == (items[1].id,)
    assert before.verdicts == {
        items[0].id: "accept", items[1].id: "disputed", items[2].id: "reject", items[3].id: "accept"
    }  # fmt: skip
    with Writer(tmp_path, "bob") as writer:
        session = review(tmp_path, items, writer, "bob", disputes=True)
        assert [item.id for item in session.items] == [items[1].id]
        assert session.state()["decided"] == [""]
        assert [(one["reviewer"], one["decision"]) for one in session.item(0)["others"]] == [
            ("ana", "accept"), ("bob", "reject")
        ]  # fmt: skip
        said(session, 0, "accept")
        assert session.state()["decided"] == ["accept"]
    after = outcome(items, read(tmp_path))
    assert after.open_disputes == ()
    assert after.verdicts[items[1].id] == "accept"
    # Agreement stays that of those who had not seen each other's decisions.
    assert after.kappa == before.kappa
    assert before.kappa["ana", "bob"].value == pytest.approx(0.4)
    with Writer(tmp_path, "bob") as writer, pytest.raises(UsageError, match="no dispute to settle"):
        review(tmp_path, items, writer, "bob", disputes=True)


def test_verdicts() -> None:
    assert verdict(["accept", "accept", "reject"]) == "accept"
    assert verdict(["accept", "reject", "unsure"]) == "disputed"
    assert verdict(["unsure", "reject"]) == "reject"
    assert verdict(["unsure"]) == "unsure"


def test_the_report(tmp_path: Path) -> None:
    items = task_items(sample(6))
    vote(tmp_path, items, {"ana": "aarrau", "bob": "aarara", "cy": "aarraa"})
    found = outcome(items, [*read(tmp_path), Decision(items[0].id, "accept", "ana", "of an earlier wording")])
    page = report(found)
    assert "6 of 6 items are decided, 3 are in dispute." in page
    assert "Verdicts: accept 4, reject 2." in page
    assert "1 decisions are about other items, or about these before they changed." in page
    assert "| ana | accept 3, reject 2, unsure 1 |" in page
    assert re.search(r"Krippendorff's α, all reviewers: 0\.\d{3} \[", page)
    assert re.search(r"Fleiss' κ: 0\.\d{3} \[", page)
    assert page.count("Cohen's κ, ") == 3
    assert "Reasons: other 6." in page
    assert found.fleiss is not None
    assert found.fleiss.value == pytest.approx(found.alpha.value, abs=0.05)


def test_comparisons_are_stored_by_file_and_counted(tmp_path: Path) -> None:
    tasks = sample(20)
    sides = [[{"task": task.id, "response": f"{side} {task.id}"} for task in tasks] for side in "ab"]
    for name in ("ana", "bob"):
        items = pair_items(sides[0], sides[1], tasks, name)
        with Writer(tmp_path, name) as writer:
            session = Review(items, PAIR, tmp_path, writer, name)
            for place, item in enumerate(items):
                better = "b" if int(item.digest, 16) % 4 else "a"
                said(session, place, ("first", "second")[item.shown.index(better)])
            assert "tie" not in session.state()["decided"]
            assert "response" not in json.dumps(session.item(0))
    found = outcome(pair_items(sides[0], sides[1], tasks, ""), read(tmp_path))
    right = sum(int(item.digest, 16) % 4 != 0 for item in items)
    assert found.preference is not None
    assert found.preference.value == pytest.approx(right / 20)
    assert found.kappa["ana", "bob"].value == 1
    assert found.first_place is not None
    assert found.first_place.count == 40
    assert "B is better in " in report(found)


# The page.


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    items = task_items(sample())
    with Writer(tmp_path, "ana") as writer:
        server = Server(review(tmp_path, items, writer))
        thread = threading.Thread(target=server.serve)
        thread.start()
        yield server, tmp_path
        server.close()
        thread.join()


def ask(
    server: Server, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    connection.request(method, path, text, names)
    answer = connection.getresponse()
    found = answer.status, answer.headers, answer.read()
    connection.close()
    return found


def test_the_page_by_requests(served: tuple[Server, Path]) -> None:
    server, folder = served
    status, headers, body = ask(server, "GET", f"/{server.token}/")
    nonces = set(re.findall(r'nonce="([^"]+)"', body.decode()))
    assert status == 200
    assert len(nonces) == 1
    assert f"script-src 'nonce-{nonces.pop()}'" in headers["Content-Security-Policy"]
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert not re.search(r"""(src|href)=|url\(|@import|innerHTML|https?://""", body.decode()), "nothing from elsewhere"
    state = json.loads(ask(server, "GET", f"/{server.token}/state")[2])
    assert state["decided"] == ["", "", ""]
    item = json.loads(ask(server, "GET", f"/{server.token}/item/2")[2])
    origin = f"http://127.0.0.1:{server.port}"
    sent = {"place": 2, "id": item["id"], "decision": "accept", "comment": "</script>", "seconds": 2.34}
    status, _, body = ask(
        server, "POST", f"/{server.token}/decide", sent, Origin=origin, Content_Type="application/json"
    )
    assert (status, json.loads(body)["decided"]) == (200, ["", "", "accept"])
    (stored,) = read(folder)
    assert (stored.comment, stored.seconds, stored.reviewer) == ("</script>", 2.3, "ana")
    status, _, body = ask(
        server, "POST", f"/{server.token}/decide", {**sent, "id": "?"}, Origin=origin, Content_Type="application/json"
    )
    assert (status, "another item" in json.loads(body)["error"]) == (400, True)
    assert ask(server, "GET", f"/{server.token}/item/7")[0] == 400


def test_strangers_get_nothing(served: tuple[Server, Path]) -> None:
    server, folder = served
    here, good = f"http://127.0.0.1:{server.port}", f"/{server.token}"
    for path in ("/", "/state", "/x/state", f"{good}x/state", good, f"{good}/../state", f"{good}/page.html", "//["):
        assert ask(server, "GET", path)[0] == 404
    assert ask(server, "GET", f"{good}/state", Host="evil.example")[0] == 404
    assert ask(server, "GET", f"{good}/state", Host=f"localhost:{server.port}")[0] == 200
    sent = {"place": 0, "id": sample(1)[0].id, "decision": "accept"}
    json_, form = "application/json", "application/x-www-form-urlencoded"
    for headers, status in (
        ({"Content_Type": json_}, 403),
        ({"Origin": "null", "Content_Type": json_}, 403),
        ({"Origin": "http://evil.example", "Content_Type": json_}, 403),
        ({"Origin": here, "Content_Type": form}, 415),
        ({"Origin": here, "Content_Type": json_, "Content_Length": "99999999"}, 413),
        ({"Origin": here, "Content_Type": json_, "Content_Length": "-1"}, 413),
    ):
        assert ask(server, "POST", f"{good}/decide", sent, **headers)[0] == status
    assert ask(server, "POST", "/x/decide", sent, Origin=here, Content_Type=json_)[0] == 404
    assert ask(server, "POST", f"{good}/decide", "{", Origin=here, Content_Type=json_)[0] == 400
    assert ask(server, "PUT", f"{good}/decide", sent)[0] == 501
    assert read(folder) == []
    with pytest.raises(ResourceError, match="cannot listen on port"):
        Server(review(folder, task_items(sample()), None), server.port)  # type: ignore[arg-type]


# The command.


def test_the_command_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "codereal", "judge", "--suite", SUITE, "--limit", "2", "--folder", str(tmp_path)]
    process = subprocess.Popen(
        [*command, "--reviewer", "ana", "--no-browser"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    port, token = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/([\w-]{30,})/", url).groups()  # type: ignore[union-attr]
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
    item = load_tasks(SUITE, limit=1)[0].id
    connection.request(
        "POST", f"/{token}/decide", json.dumps({"place": 0, "id": item, "decision": "accept"}),
        {"Origin": f"http://127.0.0.1:{port}", "Content-Type": "application/json"},
    )  # fmt: skip
    assert connection.getresponse().status == 200
    connection.close()
    os.kill(process.pid, signal.SIGINT)
    _, words = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "1 of 2 items are decided" in words


def test_reports_and_exports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, arguments = tmp_path / "reviews", ["judge", "--suite", SUITE, "--split", "train", "--limit", "3"]
    arguments += ["--folder", str(folder)]
    assert main([*arguments, "--report"]) == 2
    assert "holds no decisions" in capsys.readouterr().err
    with Writer(folder, "ana") as writer:
        session = review(folder, task_items(sample_spread(3)), writer)
        said(session, 0, "accept", comment="=1+1")
        said(session, 1, "reject", reason="not realistic")
    accepted, table, lines = (tmp_path / name for name in ("tasks.jsonl", "all.csv", "all.jsonl"))
    assert main([*arguments, "--report", "--accepted", str(accepted), "--export", str(table)]) == 0
    assert "2 of 3 items are decided, 0 are in dispute." in capsys.readouterr().out
    (kept,) = load_tasks("kept", path=accepted)
    assert kept == sample_spread(3)[0]
    with table.open(newline="") as text:
        rows = list(csv.DictReader(text))
    assert [row["decision"] for row in rows] == ["accept", "reject"]
    assert rows[0]["comment"] == "'=1+1"
    assert main([*arguments, "--export", str(lines)]) == 0
    assert [Decision.from_dict(json.loads(line)) for line in lines.read_text().splitlines()] == read(folder)
    with Writer(folder, "bob") as writer:
        said(review(folder, task_items(sample_spread(3)), writer, "bob"), 0, "unsure")
    assert main([*arguments, "--report"]) == 1
    assert main([*arguments, "--export", str(tmp_path / "all.txt")]) == 2
    assert main(["judge"]) == 2
    assert main([*arguments, "--limit", "0", "--report"]) == 2


def sample_spread(count: int) -> list[Task]:
    from codereal.tasks.load import spread

    return spread(load_tasks(SUITE), count)


def test_comparing_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = []
    for side in "ab":
        file = tmp_path / f"{side}.jsonl"
        file.write_text("".join(json.dumps({"task": t.id, "response": side}) + "\n" for t in sample(2)))
        names.append(str(file))
    arguments = ["judge", "--suite", SUITE, "--pairs", *names, "--folder", str(tmp_path / "reviews")]
    first, second = ([{"task": task.id, "response": side} for task in sample(2)] for side in "ab")
    items = pair_items(first, second, load_tasks(SUITE), "ana")
    with Writer(tmp_path / "reviews", "ana") as writer:
        said(Review(items, PAIR, tmp_path / "reviews", writer, "ana"), 0, "tie")
    assert main([*arguments, "--report"]) == 0
    assert "Verdicts: tie 1." in capsys.readouterr().out
    assert main([*arguments, "--accepted", str(tmp_path / "x")]) == 2

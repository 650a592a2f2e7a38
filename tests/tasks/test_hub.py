from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from codereal.errors import DataError, ResourceError, UsageError
from codereal.tasks.files import find_file, stream_rows
from codereal.tasks.load import load_tasks


class Hub(ThreadingHTTPServer):
    """A hub with one data set of two files; `asked` are the paths of all requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.address = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        address = self.server.address
        bodies = {
            "/api/datasets/openai/openai_humaneval/parquet": json.dumps(
                {"openai_humaneval": {"test": [f"{address}/moved", f"{address}/1.parquet"]}}
            ).encode(),
            "/0.parquet": parquet([task("one")]),
            "/1.parquet": parquet([task("two")]),
        }
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", f"{address}/0.parquet")
            self.end_headers()
        elif self.path in bodies:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(bodies[self.path])
        else:
            self.send_error(404, "Not Found")

    def log_message(self, *arguments: Any) -> None:
        pass


def task(name: str) -> dict[str, Any]:
    return {
        "task_id": f"HumanEval/{name}",
        "prompt": f"def {name}():\n",
        "canonical_solution": "    return 1\n",
        "test": "def check(candidate):\n    assert candidate() == 1\n",
        "entry_point": name,
    }


def parquet(rows: list[dict[str, Any]]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    data = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), data)
    return data.getvalue()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("CODEREAL_CACHE", str(tmp_path))
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.delenv("CODEREAL_DATA", raising=False)
        yield server
        server.shutdown()


def test_rows_are_fetched_once(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = load_tasks("humaneval", split="test")
    assert [task.id for task in tasks] == ["humaneval-one", "humaneval-two"]
    assert len(hub.asked) == 4
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert load_tasks("humaneval", split="test") == tasks
    assert len(hub.asked) == 4


def test_what_is_not_there_is_said(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="no split 'train' on the hub; it has test"):
        load_tasks("humaneval")
    with pytest.raises(DataError, match="answers 404 Not Found"):
        load_tasks("safesql")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ResourceError, match=r"leetcode needs its data: .* cannot be reached"):
        load_tasks("leetcode")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UsageError, match=r"mbpp needs its data: .* HF_HUB_OFFLINE forbids"):
        load_tasks("mbpp")
    assert not list(tmp_path.rglob("*.parquet"))


def test_a_file_on_the_hub_must_be_a_web_address(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.address = "file:///etc"
    with pytest.raises(DataError, match="no web address"):
        find_file("humaneval", "test", None, hub="openai/openai_humaneval")


def test_folders_of_files(tmp_path: Path) -> None:
    (tmp_path / "b.parquet").write_bytes(parquet([{"x": 2}]))
    (tmp_path / "a.parquet").write_bytes(parquet([{"x": 1}]))
    assert list(stream_rows(tmp_path)) == [{"x": 1}, {"x": 2}]


def test_a_data_set_of_ones_own_on_the_hub(hub: Hub) -> None:
    columns = {"prompt": "prompt", "check": "test", "entry_point": "entry_point", "id": "task_id"}
    tasks = load_tasks("mine", split="test", path="hf://openai/openai_humaneval", columns=columns)
    assert [task.id for task in tasks] == ["mine-HumanEval/one", "mine-HumanEval/two"]
    again = len(hub.asked)
    assert load_tasks("mine", split="test", path="hf://openai/openai_humaneval", columns=columns) == tasks
    assert len(hub.asked) == again, "off-line after the first time"

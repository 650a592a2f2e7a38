"""The name of a temporary file is made before the file.

`tempfile.mktemp` gives a name that is free at that moment. Until the program opens it, anybody on the machine can put
a file or a link of that name there, and then reads what is written, or has another file overwritten. Let the system
make name and file in one step:

    with tempfile.NamedTemporaryFile() as stream:
        stream.write(data)

What is reported: names that are asked for before the file is made, and a file that is opened for writing directly in
`/tmp` under a literal name, or one with nothing but the process's number or the time in it. What counts as safe:
`NamedTemporaryFile`, `TemporaryFile`, `TemporaryDirectory`, `mkstemp`, `mkdtemp`. `os.tempnam` and `os.tmpnam` of
older versions are reported as `mktemp` is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codereal.analysis import evidence, ir, strings
from codereal.analysis.values import Extern
from codereal.rules._rule import Rule, Verdict

if TYPE_CHECKING:
    from codereal.analysis.program import Hit


_SHARED = re.compile(r"(?:/var|/usr)?/tmp/[^/]+\Z")
_FORETOLD = frozenset({"os.getpid", "os.getppid", "os.getuid", "os.getlogin", "time.time", "time.time_ns"})


def judge(hit: Hit) -> Verdict | None:
    if hit.sink.kind == "path":
        return _foretold(hit)
    return Verdict(f"{hit.name} gives the name of a file that it does not make", "high")


def _foretold(hit: Hit) -> Verdict | None:
    """A file is written to where everybody may write, under a name that everybody knows, or can work out."""
    mode = hit.given(1, "mode") if hit.name in ("open", "io.open") else None
    is_written = hit.name.endswith(("Path.write_text", "Path.write_bytes"))
    if not is_written and (mode is None or not isinstance(mode.const, str) or mode.const[:1] not in ("w", "a")):
        return None
    parts = strings.parts(hit.activation, hit.value)
    if not isinstance(parts[0], str) or not _SHARED.match(parts[0]) or hit.activation.marks(hit.value):
        return None
    if len(parts) > 1 and not _is_foretold(hit):
        return None
    return Verdict("a file with a name that can be foretold is written where everybody may put one", "medium")


def _is_foretold(hit: Hit) -> bool:
    """Whether all that is put into the name is the process's number or the time."""
    named = False
    for holder, one in evidence.operands(hit.activation, hit.argument):
        if one.op == ir.CALL:
            names = [ref.name for ref in holder.vals[one.args[0].index].refs if isinstance(ref, Extern)]
            named = named or any(name in _FORETOLD for name in names)
            if not any(name in _FORETOLD or name in ("int", "str") for name in names):
                return False
        elif one.op in (ir.PARAM, ir.ITEM, ir.ELEMENT) or (one.op == ir.LOAD and not holder.vals[one.index].refs):
            return False
    return named


RULE = Rule(
    id="insecure-temporary-file",
    cwe=(377, 379),
    summary="The name of a temporary file is made before the file",
    hint="use mkstemp or a named temporary file, which make the file as well",
    severity="warning",
    sinks=("temporary-name", "path"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import tempfile
def save(data):
    path = tempfile.mktemp()
    with open(path, "w") as stream:
        stream.write(data)
""",
    """
from tempfile import mktemp
path = mktemp(suffix=".txt")
""",
    """
import tempfile as files
class Report:
    def path(self):
        return files.mktemp(dir="/tmp")
""",
    """
import tempfile
make = tempfile.mktemp
def name():
    return make()
""",
    """
import os
def name():
    return os.tempnam("/tmp")
""",
    """
import json

def cache(rows):
    with open("/tmp/report-cache.json", "w") as file:
        json.dump(rows, file)
""",
    """
import os

def dump(text):
    path = "/tmp/state_%d.txt" % os.getpid()
    with open(path, "w") as file:
        file.write(text)
    return path
""",
    """
import subprocess
from pathlib import Path

def reload():
    script = Path("/tmp/reload_server.sh")
    script.write_text("systemctl reload nginx")
    subprocess.run(["sh", str(script)], check=True)
""",
)

SAFE: tuple[str, ...] = (
    """
from pathlib import Path

def note(text):
    Path("/srv/app/notes.txt").write_text(text)
""",
    """
import json, uuid

def cache(rows, name):
    with open(f"/tmp/report-{uuid.uuid4()}.json", "x") as file:
        json.dump(rows, file)
    with open("/tmp/report-cache.json") as file:
        return json.load(file)
""",
    """
import tempfile
def save(data):
    with tempfile.NamedTemporaryFile("w", delete=False) as stream:
        stream.write(data)
        return stream.name
""",
    """
import os, tempfile
def save(data):
    handle, path = tempfile.mkstemp()
    os.write(handle, data)
    return path
""",
    """
import tempfile
def folder():
    return tempfile.mkdtemp()
""",
    """
import tempfile
with tempfile.TemporaryDirectory() as folder:
    print(folder)
""",
    """
def mktemp():
    return 20.5

print(mktemp())
""",
)

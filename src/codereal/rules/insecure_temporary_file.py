"""The name of a temporary file is made before the file.

`tempfile.mktemp` gives a name that is free at that moment. Until the program opens it, anybody on the machine can put
a file or a link of that name there, and then reads what is written, or has another file overwritten. Let the system
make name and file in one step:

    with tempfile.NamedTemporaryFile() as stream:
        stream.write(data)

What counts as safe: `NamedTemporaryFile`, `TemporaryFile`, `TemporaryDirectory`, `mkstemp`, `mkdtemp`. `os.tempnam`
and `os.tmpnam` of older versions are reported as `mktemp` is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.rules._rule import Rule, Verdict

if TYPE_CHECKING:
    from codereal.analysis.program import Hit


def judge(hit: Hit) -> Verdict | None:
    return Verdict(f"{hit.name} gives the name of a file that it does not make", "high")


RULE = Rule(
    id="insecure-temporary-file",
    cwe=(377, 379),
    summary="The name of a temporary file is made before the file",
    hint="use mkstemp or a named temporary file, which make the file as well",
    severity="warning",
    sinks=("temporary-name",),
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
)

SAFE: tuple[str, ...] = (
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

MISSING: tuple[str, ...] = (
    """
import json

def cache(rows):
    with open("/tmp/report-cache.json", "w") as file:
        json.dump(rows, file)
""",
)

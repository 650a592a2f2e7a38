"""An archive from outside is unpacked wherever its members say.

A member of a tar archive may be called `../../.ssh/authorized_keys`, or be a link that leads out of the folder:
unpacking it writes where whoever made the archive likes. Let the module refuse such members:

    archive.extractall(folder, filter="data")

What counts as safe: the filters "data" and "tar"; a list of members that the program chose; a check of every member's
name (`..` and absolute names refused, or the resolved path compared with the folder) before unpacking; archives of a
constant name; zip archives, whose names the module itself cleans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import ir, resolve
from codereal.analysis.values import marks_of
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import confidence, surest, words

if TYPE_CHECKING:
    from codereal.analysis.program import Hit

_TRUSTED = frozenset({"constructor", "object", "environment", "archive", "error"})
_CHECKED = ("path", "path-dots", "deserialize")


def judge(hit: Hit) -> Verdict | None:
    if _is_filtered(hit) or _are_members_checked(hit):
        return None
    marks = [
        mark
        for mark in hit.activation.marks(hit.value)
        if mark.origin.kind not in _TRUSTED and not hit.is_cleared(mark, "deserialize")
    ]
    if not marks:
        return None
    mark = surest(marks)
    return Verdict(f"an archive that is {words(mark)} is unpacked as it says", confidence(mark, hit.is_known), mark)


def _is_filtered(hit: Hit) -> bool:
    chosen = hit.given("filter")
    if chosen is not None and chosen.const is not None and chosen.const != "fully_trusted":
        return not any(name.endswith("fully_trusted_filter") for name in resolve.externs(hit.activation, chosen))
    if hit.name == "shutil.unpack_archive":
        kind = hit.given(2, "format")
        path = hit.value.parts[-1] if hit.value.parts else ""
        return (kind is not None and kind.const == "zip") or (isinstance(path, str) and path.endswith(".zip"))
    return False


def _are_members_checked(hit: Hit) -> bool:
    cleared = hit.activation.state.cleared
    if any(origin.kind == "archive" and kind in _CHECKED for origin, kind in cleared):
        return True
    if hit.name == "shutil.unpack_archive":
        return False
    at = 0 if hit.name.endswith(".extract") else 1
    arguments = hit.arguments
    found = arguments.find((at, "members" if at else "member")) if arguments is not None else []
    if not found or arguments is None:
        return False
    instr = arguments.instrs[found[0]]
    marks = marks_of(arguments.values[found[0]])
    if at == 0:
        return bool(marks) and all(any(hit.is_cleared(mark, kind) for kind in _CHECKED) for mark in marks)
    # All members, as they are, are no choice.
    return not (
        instr is not None
        and instr.op == ir.CALL
        and instr.args[0].op == ir.ATTR
        and instr.args[0].data in ("getmembers", "getnames")
    )


RULE = Rule(
    id="unsafe-archive",
    cwe=(22, 23),
    summary="An archive from outside is unpacked wherever its members say",
    hint='pass filter="data", or check every name before unpacking',
    severity="error",
    sinks=("extract",),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import tarfile
def unpack(path, folder):
    with tarfile.open(path) as archive:
        archive.extractall(folder)
""",
    """
import tarfile
def unpack(path):
    archive = tarfile.open(path, "r:gz")
    for member in archive.getmembers():
        archive.extract(member, "/srv/data")
""",
    """
from tarfile import open as read
def unpack(path):
    read(path).extractall("/srv/data", filter="fully_trusted")
""",
    """
import io, tarfile
from flask import Flask, request
app = Flask(__name__)

@app.post("/upload")
def upload():
    data = request.files["archive"].read()
    tarfile.open(fileobj=io.BytesIO(data)).extractall("/srv/data")
    return "done"
""",
    """
import shutil
def unpack(path):
    shutil.unpack_archive(path, "/srv/data")
""",
    """
import tarfile
class Packages:
    def _open(self, path):
        return tarfile.open(path)

    def install(self, path):
        archive = self._open(path)
        archive.extractall("/srv/packages", members=archive.getmembers())
""",
    """
import tarfile
def unpack(path):
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            if member.name.startswith("/"):
                print("absolute", member.name)
        archive.extractall("/srv/data")
""",
)

SAFE: tuple[str, ...] = (
    """
import tarfile
def unpack(path, folder):
    with tarfile.open(path) as archive:
        archive.extractall(folder, filter="data")
""",
    """
import tarfile
def unpack(path, folder):
    tarfile.open(path).extractall(folder, filter=tarfile.data_filter)
""",
    """
import zipfile
def unpack(path, folder):
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
""",
    """
import tarfile
def unpack():
    with tarfile.open("data.tar.gz") as archive:
        archive.extractall("data")
""",
    """
import os, tarfile
def unpack(path, folder):
    base = os.path.realpath(folder)
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            target = os.path.realpath(os.path.join(base, member.name))
            if not target.startswith(base + os.sep):
                raise ValueError(member.name)
        archive.extractall(base)
""",
    """
import tarfile
def unpack(path):
    with tarfile.open(path) as archive:
        for member in archive:
            if ".." in member.name or member.name.startswith("/"):
                continue
            archive.extract(member, "/srv/data")
""",
    """
import tarfile
def chosen(archive):
    for member in archive:
        if member.isfile() and "/" not in member.name:
            yield member

def unpack(path):
    archive = tarfile.open(path)
    archive.extractall("/srv/data", members=chosen(archive))
""",
)

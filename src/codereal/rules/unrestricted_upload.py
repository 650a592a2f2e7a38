"""A file of any kind is uploaded to where a web server serves it.

Under `static/` or `public/` an uploaded `page.html` is shown as a page of the site, and an uploaded `shell.php` or
`run.cgi` may be run. Check the ending of the name against the kinds that are expected, or choose name and ending
yourself, before saving:

    if Path(upload.filename).suffix.lower() not in {".png", ".jpg"}:
        abort(400)

What counts as safe: any condition on the upload before it is saved, other than whether there is one; names that the
program chooses; folders that are not served as they are. (Names that lead out of the folder are another rule's.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codereal.analysis import alphabet, evidence, guards, ir
from codereal.analysis.values import Origin, Piece, parts_of, sample_of
from codereal.rules._rule import Rule, Verdict

if TYPE_CHECKING:
    from codereal.analysis.interpret import Activation
    from codereal.analysis.ir import Instr
    from codereal.analysis.program import Hit

_SERVED = re.compile(
    r"(?:^|[/\\])(?:static|public|public_html|www|htdocs|wwwroot|webroot|templates|cgi-bin)(?:[/\\]|$)"
)
_FOLDERS = frozenset({"static_folder", "STATIC_ROOT"})
_SAME = frozenset({"lower", "upper", "casefold", "strip"})  # what leaves a text empty if it was
_SAID = frozenset({"content_type", "mimetype", "content_length", "size"})  # what the sender says of the file
_NAMED = frozenset({"filename", "name"})
_RUN = frozenset({"php", "phtml", "cgi", "exe", "sh", "jsp", "asp", "aspx", "bat"})
_DOT = alphabet.of(".")


def judge(hit: Hit) -> Verdict | None:
    if hit.name.rpartition(".")[2] != "save" and not _is_written(hit):
        return None
    parts = parts_of(hit.value)
    last = parts[-1]
    if not isinstance(last, Piece) or not last.alphabet & _DOT:
        return None
    if not _SERVED.search(sample_of(parts[:-1])) and not any(
        one.op == ir.ATTR and one.data in _FOLDERS for _, one in evidence.operands(hit.activation, hit.argument)
    ):
        return None
    for mark in last.marks:
        if mark.origin.kind == "request" and not hit.is_cleared(mark, "*") and not _is_weighed(hit, mark.origin):
            return Verdict("an upload of any kind is saved where it is served", "medium", mark)
    return None


def _is_weighed(hit: Hit, origin: Origin) -> bool:
    """Whether a condition asks more of an upload than that it is there."""
    for act in hit.activation.chain():
        for block in act.code.blocks:
            condition = block.condition
            if condition is None or block.index not in act.rounds or _asks_presence(act, condition):
                continue
            if _is_shallow(act, condition):
                continue
            if origin in evidence.origins(act, condition):
                return True
    return False


def _is_shallow(act: Activation, condition: Instr) -> bool:
    """Whether a condition leaves the kind to the sender: what he says of it, some bad endings, a text that occurs."""
    if condition.op == ir.UNARY and condition.data == "not":
        return _is_shallow(act, condition.args[0])
    if condition.op == ir.CALL and (evaluated := act.inner.get(condition.index)):
        answers = [
            (inner, one)
            for inner in evaluated
            for block in inner.code.blocks
            for one in block.instrs
            if one.op == ir.RETURN and block.index in inner.rounds
        ]
        return all(_is_shallow(inner, one.args[0]) for inner, one in answers)
    said = [one.data for _, one in evidence.operands(act, condition) if one.op == ir.ATTR]
    if any(name in _SAID for name in said) and not _NAMED.intersection(said):
        return True
    if condition.op != ir.COMPARE or condition.data not in ("in", "not in"):
        return False
    left, right = (act.vals[arg.index] for arg in condition.args)
    held = guards.contents(act, right)
    if held is not None and any(isinstance(one, str) and one.lower().lstrip(".") in _RUN for one in held[0]):
        return True
    return isinstance(left.const, str) and left.const.startswith(".") and len(left.const) > 1 and held is None


def _asks_presence(act: Activation, condition: Instr) -> bool:
    if condition.op == ir.UNARY:
        return _asks_presence(act, condition.args[0])
    if condition.op == ir.COMPARE:
        return any(act.vals[arg.index].const in ("", None) for arg in condition.args)
    if condition.op == ir.CALL and condition.args[0].op == ir.ATTR and condition.args[0].data in _SAME:
        return True
    return condition.op in (ir.ATTR, ir.ITEM)


def _is_written(hit: Hit) -> bool:
    """Whether a file is opened to be written."""
    if hit.name.rpartition(".")[2] in ("write_bytes", "write_text"):
        return True
    mode = hit.given(1, "mode") if hit.name.rpartition(".")[2] == "open" else None
    return mode is not None and isinstance(mode.const, str) and bool(set(mode.const) & set("wax"))


RULE = Rule(
    id="unrestricted-upload",
    cwe=(434,),
    summary="A file of any kind is uploaded to where a web server serves it",
    hint="check the ending of the name against the kinds that are expected before saving",
    severity="warning",
    sinks=("path",),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import os
from flask import Flask, request
from werkzeug.utils import secure_filename
app = Flask(__name__)

@app.post("/avatar")
def avatar():
    given = request.files["avatar"]
    given.save(os.path.join("static/avatars", secure_filename(given.filename)))
    return "saved"
""",
    """
from flask import Flask, request
app = Flask(__name__)

@app.post("/file")
def file():
    given = request.files["file"]
    if given.filename == "":
        return "no file", 400
    given.save("./public/" + given.filename)
    return "saved"
""",
    """
from pathlib import Path
from flask import Flask, request
from werkzeug.utils import secure_filename as clean
app = Flask(__name__)
FOLDER = Path("/var/www/files")

@app.post("/file")
def file():
    given = request.files["file"]
    given.save(FOLDER / clean(given.filename))
    return "saved"
""",
    """
from flask import Flask, request
from werkzeug.utils import secure_filename
app = Flask(__name__)

def keep(upload):
    upload.save(f"static/{secure_filename(upload.filename)}")

@app.post("/file")
def file():
    keep(request.files["file"])
    return "saved"
""",
    """
import os
from flask import Flask, request
app = Flask(__name__)
FOLDER = os.path.join("app", "static", "uploads")

@app.post("/file")
def file():
    given = request.files["file"]
    if given:
        given.save(os.path.join(FOLDER, os.path.basename(given.filename)))
    return "saved"
""",
    """
import os, uuid
from flask import Flask, abort, request
app = Flask(__name__)

@app.post("/avatar")
def avatar():
    file = request.files["avatar"]
    extension = os.path.splitext(file.filename)[1].lower()
    if not extension:
        abort(400)
    file.save(os.path.join("/srv/www/uploads", uuid.uuid4().hex + extension))
    return {"ok": True}
""",
    """
import pathlib
from fastapi import FastAPI, UploadFile
app = FastAPI()
STATIC = pathlib.Path("/srv/static")

@app.post("/pictures/{number}")
async def picture(number: int, file: UploadFile):
    suffix = pathlib.Path(file.filename).suffix
    with open(STATIC / f"{number}{suffix}", "wb") as target:
        target.write(await file.read())
    return {"number": number}
""",
    # bad endings are refused, and all others pass
    """
import os, secrets
from flask import Flask, current_app, request
app = Flask(__name__)
REFUSED = {".php", ".cgi", ".exe"}

def refuses(ending):
    return ending in REFUSED

@app.post("/attachments")
def attach():
    given = request.files["file"]
    ending = os.path.splitext(given.filename)[1].lower()
    if refuses(ending):
        return "no", 400
    given.save(os.path.join(current_app.static_folder, "attachments", secrets.token_hex(8) + ending))
    return "saved"
""",
    # what the sender says of it
    """
from pathlib import Path
from uuid import uuid4
from fastapi import FastAPI, HTTPException, UploadFile
app = FastAPI()

@app.post("/avatar")
async def avatar(file: UploadFile):
    if file.content_type not in {"image/png", "image/jpeg"}:
        raise HTTPException(415)
    name = uuid4().hex + Path(file.filename or "").suffix
    (Path("static") / name).write_bytes(await file.read(1 << 20))
    return {"name": name}
""",
    """
import os
from flask import Flask, request
from werkzeug.utils import secure_filename
app = Flask(__name__)

@app.post("/avatar")
def avatar():
    given = request.files["avatar"]
    if ".png" in given.filename:
        given.save(os.path.join("static/avatars", secure_filename(given.filename)))
    return "saved"
""",
)

SAFE: tuple[str, ...] = (
    """
import os
from flask import Flask, request
from werkzeug.utils import secure_filename
app = Flask(__name__)
ALLOWED = {"png", "jpg"}

@app.post("/avatar")
def avatar():
    given = request.files["avatar"]
    if given.filename.rsplit(".", 1)[-1].lower() not in ALLOWED:
        return "not a picture", 400
    given.save(os.path.join("static/avatars", secure_filename(given.filename)))
    return "saved"
""",
    """
import os
from flask import Flask, request
from werkzeug.utils import secure_filename
app = Flask(__name__)

def is_allowed(name):
    return "." in name and name.rsplit(".", 1)[1] in {"png", "jpg"}

@app.post("/avatar")
def avatar():
    given = request.files["avatar"]
    if given and is_allowed(given.filename):
        given.save(os.path.join("static/avatars", secure_filename(given.filename)))
    return "saved"
""",
    """
import os, uuid
from flask import Flask, request
app = Flask(__name__)

@app.post("/avatar")
def avatar():
    request.files["avatar"].save(os.path.join("static", uuid.uuid4().hex + ".png"))
    return "saved"
""",
    """
import os
from flask import Flask, request
from werkzeug.utils import secure_filename
app = Flask(__name__)

@app.post("/file")
def file():
    given = request.files["file"]
    given.save(os.path.join("/srv/uploads", secure_filename(given.filename)))
    return "saved"
""",
    """
def plot(figure, name):
    figure.save("static/" + name)
""",
    """
from pathlib import Path
from uuid import uuid4
from fastapi import FastAPI, HTTPException, UploadFile
app = FastAPI()
ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg"}

@app.post("/avatar")
async def avatar(file: UploadFile):
    if file.content_type not in ENDINGS:
        raise HTTPException(415)
    name = uuid4().hex + ENDINGS[file.content_type]
    (Path("static") / name).write_bytes(await file.read(1 << 20))
    return {"name": name}
""",
    """
import os, secrets
from flask import Flask, current_app, request
app = Flask(__name__)
TAKEN = {".png", ".jpg"}

@app.post("/attachments")
def attach():
    given = request.files["file"]
    ending = os.path.splitext(given.filename)[1].lower()
    if given.mimetype != "image/png" or ending not in TAKEN:
        return "no", 400
    given.save(os.path.join(current_app.static_folder, "attachments", secrets.token_hex(8) + ending))
    return "saved"
""",
)

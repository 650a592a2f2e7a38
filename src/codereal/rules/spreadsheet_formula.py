"""A cell of a table begins with what a stranger wrote, and the program that opens the table runs it.

Spreadsheets take a cell that begins with `=`, `+`, `-` or `@` for a formula, also in a CSV file: `=HYPERLINK(…)` sends
what stands beside it away, older ones start programs. Whoever exports what users wrote puts an apostrophe before such a
cell, or refuses it:

    if cell.startswith(("=", "+", "-", "@", "\\t", "\\r")):
        cell = "'" + cell

What is reported: a text of a request that begins a cell which `csv` writes, unchecked. What is not: numbers, cells
that begin with a text of the program, texts that a condition has looked at, and tables that are read from elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import alphabet, evidence
from codereal.analysis.values import Mark, Piece, Value
from codereal.rules._direct import is_direct
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import confidence, surest, words

if TYPE_CHECKING:
    from codereal.analysis.program import Hit

_STARTS = alphabet.of("=@")
_DEPTH = 2


def judge(hit: Hit) -> Verdict | None:
    examined = evidence.examined(hit.activation.entry)
    marks = [
        mark
        for value in _cells(hit, hit.value, _DEPTH)
        for mark in _first(value)
        if mark.origin.kind == "request" and not hit.is_cleared(mark, "cell") and mark.origin not in examined
    ]
    marks = [mark for mark in marks if is_direct(hit, mark)]
    if not marks:
        return None
    mark = surest(marks)
    return Verdict(f"{words(mark)} begins a cell of a table, formulas and all", confidence(mark), mark)


def _cells(hit: Hit, value: Value, depth: int) -> list[Value]:
    """The cells of a row, or of several rows."""
    found = hit.activation.objects(value)
    if not found or not depth:
        return [value] if depth < _DEPTH else []
    items = [item for _, obj in found for item in (*obj.items.values(), obj.rest)]
    return [cell for item in items for cell in _cells(hit, item, depth - 1)]


def _first(value: Value) -> list[Mark]:
    """The marks of what a cell begins with."""
    first = value.parts[0] if value.parts else None
    return list(first.marks) if isinstance(first, Piece) and first.alphabet & _STARTS else []


RULE = Rule(
    id="spreadsheet-formula",
    cwe=(1236,),
    summary="A cell of a table begins with what a stranger wrote, and may be a formula",
    hint="put an apostrophe before cells that begin with =, +, -, @, or refuse them",
    severity="warning",
    sinks=("row",),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import csv
from flask import Flask, request
app = Flask(__name__)

@app.post("/join")
def join():
    with open("people.csv", "a", newline="") as file:
        csv.writer(file).writerow([request.form["name"], request.form["city"]])
    return "done"
""",
    """
import csv
from fastapi import FastAPI
app = FastAPI()

@app.post("/wish")
def wish(text: str):
    with open("wishes.csv", "a") as file:
        writer = csv.writer(file)
        writer.writerow((text, "new"))
    return {}
""",
    """
import csv
import io
from flask import Flask, request
app = Flask(__name__)

@app.post("/table")
def table():
    out = io.StringIO()
    writer = csv.DictWriter(out, ["note"])
    writer.writerow({"note": request.json["note"]})
    return out.getvalue()
""",
    """
import csv
from flask import request

def store():
    note = request.form.get("note", "").strip()
    with open("notes.csv", "a") as file:
        csv.writer(file, delimiter=";").writerows([[note]])
""",
    """
import csv as tables
from flask import Flask, request
app = Flask(__name__)

def _add(row):
    with open("rows.csv", "a") as file:
        tables.writer(file).writerow(row)

@app.route("/add")
def add():
    _add([request.args["what"], 1])
    return ""
""",
)

SAFE: tuple[str, ...] = (
    """
import csv
from flask import Flask, request
app = Flask(__name__)

def plain(cell):
    return "'" + cell if cell.startswith(("=", "+", "-", "@")) else cell

@app.post("/join")
def join():
    with open("people.csv", "a", newline="") as file:
        csv.writer(file).writerow([plain(request.form["name"])])
    return "done"
""",
    """
import csv
from flask import Flask, request
app = Flask(__name__)

@app.post("/join")
def join():
    with open("people.csv", "a") as file:
        csv.writer(file).writerow([int(request.form["age"]), "name: " + request.form["name"]])
    return "done"
""",
    """
import csv

def copy(rows, path):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "sum"])
        for row in rows:
            writer.writerow(row)
""",
    """
import csv
import re
from flask import Flask, request, abort
app = Flask(__name__)

@app.post("/code")
def code():
    text = request.form["code"]
    if not re.fullmatch(r"[A-Z0-9]{4,12}", text):
        abort(400)
    with open("codes.csv", "a") as file:
        csv.writer(file).writerow([text])
    return ""
""",
    """
import csv
from datetime import date

def log(path, amount):
    with open(path, "a") as file:
        csv.writer(file).writerow([date.today().isoformat(), amount])
""",
)

"""User input becomes part of a SQL statement.

A statement that is put together from text lets whoever controls a part of it change what it says: read other rows, skip
a check, delete a table. Values belong into parameters, which the driver keeps apart from the statement:

    cursor.execute("SELECT * FROM users WHERE name = ?", (name,))

Names of tables and columns cannot be parameters: choose them from a fixed set, `COLUMNS[key]` or a check such as
`if key not in ALLOWED: raise`.

What counts as safe: parameters; numbers (`int(x)`, `float(x)`); members of a fixed set; text without quotes inside
quotes, and text of letters, digits and underscores outside. Escaping for another language (HTML, shell, URL) is no
protection.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codereal.analysis import alphabet, containers
from codereal.analysis import tree as t
from codereal.analysis.values import Mark, Piece, Quote, marks_of, parts_of, quoted_pieces, sample_of
from codereal.rules._rule import Rule, Verdict

if TYPE_CHECKING:
    from codereal.analysis.program import Hit

_STATEMENT = re.compile(
    r"\s*\(*\s*(?:select\b|insert\s+(?:or\s+\w+\s+)?into\b|update\b.+\bset\b|delete\s+from\b|replace\s+into\b|merge\s+into\b"
    r"|create\s+(?:\w+\s+)*(?:table|view|index|database|user|role|schema|trigger)\b|drop\s+\w+|alter\s+\w+|truncate\b"
    r"|with\s+\w+|pragma\b|explain\b|call\b|exec(?:ute)?\b|grant\b|attach\b|set\s+\w+|copy\b|vacuum\b|use\b|show\b)",
    re.IGNORECASE | re.DOTALL,
)
_QUOTES = {quote: alphabet.of(quote) for quote in "'\"`"}
# Outside quotes a text of these characters is one name or one number, never an expression.
_WORD = alphabet.WORD | alphabet.of(".-+:%")
_WHOLE_STATEMENT = frozenset({"parameter", "constructor", "object"})


_BACKSLASH = alphabet.of("\\")
_BACKSLASHED = frozenset({"pymysql", "MySQLdb", "mysql", "aiomysql", "mariadb"})


def judge(hit: Hit) -> Verdict | None:
    """The first untrusted piece of the statement that can break out of its place."""
    value = hit.value
    if hit.sink.kind == "sql-fragment":
        # A list of conditions that the library puts into its own statement.
        value = containers.element(hit.activation, value) if value.refs else value
    parts = parts_of(value)
    if not marks_of(value):
        return None
    statement = bool(_STATEMENT.match(sample_of(parts)))
    if not hit.is_known and hit.sink.kind == "sql" and not statement:
        # Some method of that name that is given some other text; `execute` says enough when its start is not known.
        known = isinstance(parts[0], str) and parts[0].strip()
        if known or not hit.name.rpartition(".")[2].startswith("execute"):
            return None
    alone = len(parts) == 1 and isinstance(parts[0], Piece)
    escapes = _reads_backslashes(hit)
    best: Verdict | None = None
    for piece, quote in quoted_pieces(parts)[0]:
        if not piece.marks or (_is_contained(piece, quote) and not (escapes and _escapes(piece, quote))):
            continue
        for mark in sorted(piece.marks, key=lambda one: one.origin.pos):
            verdict = _verdict(hit, mark, quote, alone)
            if verdict is not None and (best is None or (best.confidence, verdict.confidence) == ("medium", "high")):
                best = verdict
    return best


def _is_contained(piece: Piece, quote: Quote) -> bool:
    """Whether the piece stays inside the place it is put."""
    if quote:
        mask = _QUOTES[quote]
        return not piece.alphabet & mask or bool(piece.doubled & mask)
    return not piece.alphabet & ~_WORD


def _escapes(piece: Piece, quote: Quote) -> bool:
    """Whether a piece whose quotes are doubled may end in a backslash, which takes the first of two quotes away."""
    return bool(quote) and bool(piece.doubled & _QUOTES[quote]) and bool(piece.alphabet & _BACKSLASH & ~piece.doubled)


def _reads_backslashes(hit: Hit) -> bool:
    """Whether the database is one to which a backslash in a text is no text."""
    return any(
        module.partition(".")[0] in _BACKSLASHED
        for one in hit.activation.program.body
        if isinstance(one, t.Import)
        for module, *_ in one.names
    )


def _verdict(hit: Hit, mark: Mark, quote: Quote, alone: bool) -> Verdict | None:
    origin = mark.origin
    if "sql" in mark.cleared:
        return None
    if origin.kind in _WHOLE_STATEMENT and alone:
        # A function that runs the statement it is given: what it is given is for its callers to answer for.
        return None
    if origin.kind in ("constructor", "object") and not quote:
        # An object is told once which table it works on; objects of the program's own carry names of tables too.
        return None
    if origin.kind in ("environment", "error"):
        return Verdict(f"{origin.words} reaches a SQL statement", "low", mark)
    sure = origin.kind in ("input", "request", "network") or bool(quote)
    what = "user input" if origin.kind in ("input", "request", "network") else origin.words
    return Verdict(f"{what} reaches a SQL statement", "high" if sure else "medium", mark)


RULE = Rule(
    id="sql-injection",
    cwe=(89,),
    summary="User input becomes part of a SQL statement",
    hint="pass values as parameters, choose names of tables and columns from a fixed set",
    severity="error",
    sinks=("sql", "sql-fragment"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    # templates of the standard library
    """
import string
def find(cursor, name):
    cursor.execute(string.Template("SELECT * FROM users WHERE name = '$name'").substitute(name=name))
""",
    # f-string, %, format, concatenation, join
    """
import sqlite3
conn = sqlite3.connect("shop.db")
name = input("name: ")
conn.execute(f"SELECT * FROM users WHERE name = '{name}'")
""",
    """
def find(cursor, name):
    cursor.execute("SELECT * FROM users WHERE name = '%s'" % name)
""",
    """
def find(cursor, name):
    query = "SELECT * FROM users WHERE name = '{}'".format(name)
    cursor.execute(query)
""",
    """
def find(cursor, name):
    query = "SELECT * FROM users WHERE name = '" + name + "'"
    cursor.execute(query)
    return cursor.fetchone()
""",
    """
def find(cursor, names):
    listed = ", ".join("'" + name + "'" for name in names)
    cursor.execute("SELECT * FROM users WHERE name IN (" + listed + ")")
""",
    """
def find(cursor, filters):
    query = "SELECT * FROM users WHERE 1 = 1"
    for key, value in filters.items():
        query += f" AND {key} = '{value}'"
    cursor.execute(query)
""",
    # executemany, executescript
    """
def load(connection, table, rows):
    connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)
""",
    """
import sqlite3, sys
connection = sqlite3.connect("x.db")
connection.executescript("DELETE FROM logs WHERE day < '" + sys.argv[1] + "';")
""",
    # helpers, classes, closures, aliases
    """
def build(name):
    return "SELECT * FROM users WHERE name = '" + name + "'"

def find(cursor, name):
    cursor.execute(build(name))
""",
    """
class Users:
    def __init__(self, connection):
        self.connection = connection

    def find(self, name):
        cursor = self.connection.cursor()
        cursor.execute(f"SELECT * FROM users WHERE name = '{name}'")
        return cursor.fetchall()
""",
    """
class Search:
    def __init__(self, connection, term):
        self.connection = connection
        self.term = term

    def run(self):
        return self.connection.execute(f"SELECT * FROM items WHERE title LIKE '%{self.term}%'")
""",
    """
import sqlite3
def find(name):
    run = sqlite3.connect("x.db").execute
    run("SELECT * FROM users WHERE name = '" + name + "'")
""",
    """
import sqlite3
def find(name):
    method = getattr(sqlite3.connect("x.db"), "exe" + "cute")
    method("SELECT * FROM users WHERE name = '" + name + "'")
""",
    """
def find(cursor, name):
    make = lambda text: "SELECT * FROM users WHERE name = '%s'" % text
    cursor.execute(make(name))
""",
    """
def searcher(cursor):
    def search(term):
        cursor.execute(f"SELECT * FROM items WHERE title = '{term}'")
    return search
""",
    # what does not help
    """
import html
def find(cursor, name):
    cursor.execute(f"SELECT * FROM users WHERE name = '{html.escape(name, quote=False)}'")
""",
    """
def find(cursor, name):
    name = name.replace(";", "").replace("--", "")
    cursor.execute(f"SELECT * FROM users WHERE name = '{name}'")
""",
    """
import re
def find(cursor, name):
    if not re.match(r"[a-z]+", name):
        raise ValueError(name)
    cursor.execute(f"SELECT * FROM users WHERE name = '{name}'")
""",
    """
def find(cursor, number):
    number = number.replace("'", "''")
    cursor.execute(f"SELECT * FROM users WHERE id = {number}")
""",
    """
def find(cursor, name):
    name = name.replace("'", "''")[:20]
    cursor.execute(f"SELECT * FROM users WHERE name = '{name}'")
""",
    """
def find(cursor, name):
    try:
        int(name)
    except ValueError:
        pass
    cursor.execute(f"SELECT * FROM users WHERE id = {name}")
""",
    """
def find(cursor, table):
    if table in ("users", "items"):
        print("known table")
    cursor.execute(f"SELECT * FROM {table}")
""",
    """
COLUMNS = {"name": "u.name"}
def find(cursor, order):
    cursor.execute("SELECT * FROM users ORDER BY " + COLUMNS.get(order, order))
""",
    # containers
    """
def find(cursor, name):
    parts = ["SELECT * FROM users"]
    parts.append("WHERE name = '" + name + "'")
    cursor.execute(" ".join(parts))
""",
    """
def find(cursor, name):
    options = {"table": "users", "name": name}
    cursor.execute("SELECT * FROM {table} WHERE name = '{name}'".format(**options))
""",
    """
def insert(cursor, row):
    copied = {key: 1 for key in row}
    cursor.execute("INSERT INTO users (" + ", ".join(copied) + ") VALUES (1)")
""",
    # frameworks and other libraries
    """
from flask import Flask, request
import psycopg2
app = Flask(__name__)

@app.route("/users")
def users():
    cursor = psycopg2.connect("").cursor()
    cursor.execute("SELECT * FROM users WHERE name = '%s'" % request.args.get("name"))
    return cursor.fetchall()
""",
    """
from sqlalchemy import create_engine, text
def find(name):
    with create_engine("sqlite://").connect() as connection:
        return connection.execute(text(f"SELECT * FROM users WHERE name = '{name}'")).all()
""",
    """
from django.db import connection
def view(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM users WHERE name = '" + request.GET["name"] + "'")
""",
    """
from app.models import User
def view(request):
    return User.objects.raw("SELECT * FROM app_user WHERE name = '%s'" % request.GET.get("name"))
""",
    """
import asyncpg
async def find(name: str):
    connection = await asyncpg.connect()
    return await connection.fetchrow(f"SELECT * FROM users WHERE name = '{name}'")
""",
    """
async def find(pool, name):
    async with pool.acquire() as connection:
        await connection.fetch(f"SELECT * FROM users WHERE name = '{name}'")
""",
    # only one of two ways is safe
    """
def find(cursor, name, exact):
    if exact:
        query = "SELECT * FROM users WHERE name = ?"
    else:
        query = "SELECT * FROM users WHERE name LIKE '%" + name + "%'"
    cursor.execute(query)
""",
    """
import argparse
import sqlite3

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("number", type=int)
    parser.add_argument("--title")
    args = parser.parse_args()
    con = sqlite3.connect("notes.db")
    con.execute(f"DELETE FROM notes WHERE id = {args.number} AND title = '{args.title}'")

if __name__ == "__main__":
    main()
""",
    """
from peewee import SqliteDatabase
db = SqliteDatabase("a.db")

def find(name):
    return list(db.execute_sql("SELECT * FROM people WHERE name = '%s'" % name))
""",
    """
import duckdb

def rows(kind):
    return duckdb.sql(f"SELECT * FROM 'events.parquet' WHERE kind = '{kind}'").fetchall()
""",
    # what stands in a window, and what a class of another file holds
    """
import sqlite3
import tkinter as tk

class Login(tk.Tk):
    def __init__(self):
        super().__init__()
        self.name = tk.Entry(self)
        self.db = sqlite3.connect("library.db")

    def login(self):
        return self.db.execute("SELECT id FROM member WHERE name = '{}'".format(self.name.get())).fetchone()
""",
    """
from django.views.generic import ListView
from .models import Article

class Search(ListView):
    def get_queryset(self):
        term = self.request.GET.get("q", "")
        return Article.objects.raw("SELECT * FROM article WHERE title LIKE '%%%s%%'" % term)
""",
    """
from django.db import connection

class SchemaLayer:
    def __init__(self, get_response):
        self.get_response = get_response

    def enter(self, name):
        with connection.cursor() as cursor:
            cursor.execute('SET search_path TO "%s"' % name)

    def __call__(self, request):
        self.enter(request.get_host().split(".")[0])
        return self.get_response(request)
""",
    """
from functools import partial
def run(cursor, sql):
    cursor.execute(sql)

def find(cursor, name):
    partial(run, cursor)("SELECT * FROM users WHERE name = '" + name + "'")
""",
    # a mixin before the class of the framework
    """
import MySQLdb
from tornado.web import RequestHandler

class Rows(object):
    def rows(self, query):
        cursor = MySQLdb.connect(db="shop").cursor()
        cursor.execute(query)
        return cursor.fetchall()

class Sales(Rows, RequestHandler):
    def get(self):
        self.write({"rows": len(self.rows("SELECT sum FROM sales WHERE shop = %s" % self.get_argument("shop")))})
""",
    # a database that reads backslashes
    """
import pymysql

def find(cursor, label):
    escaped = label.replace("'", "''")
    cursor.execute("SELECT id FROM items WHERE label = '" + escaped + "' AND hidden = 0")
""",
    # a handler of another file in between
    """
import MySQLdb
from backoffice.web import BaseHandler

class Turnover(BaseHandler):
    def get(self):
        cursor = MySQLdb.connect().cursor()
        cursor.execute("SELECT total FROM years WHERE year = %s" % self.get_argument("year"))
        self.write({"rows": cursor.fetchall()})
""",
)

SAFE: tuple[str, ...] = (
    # parameters
    """
import sqlite3
conn = sqlite3.connect("shop.db")
name = input("name: ")
conn.execute("SELECT * FROM users WHERE name = ?", (name,))
""",
    """
def find(cursor, name):
    cursor.execute("SELECT * FROM users WHERE name LIKE ?", (f"%{name}%",))
""",
    """
def find(cursor, name):
    cursor.execute("SELECT * FROM users WHERE name = %(name)s", {"name": name})
""",
    """
def find(cursor, ids):
    marks = ",".join("?" * len(ids))
    cursor.execute(f"SELECT * FROM users WHERE id IN ({marks})", ids)
""",
    """
def find(cursor, ids):
    marks = ", ".join("?" for _ in ids)
    cursor.execute("SELECT * FROM users WHERE id IN (" + marks + ")", tuple(ids))
""",
    """
def find(cursor, name=None, city=None):
    query = "SELECT * FROM users WHERE 1 = 1"
    values = []
    if name:
        query += " AND name = ?"
        values.append(name)
    if city:
        query += " AND city = ?"
        values.append(city)
    cursor.execute(query, values)
""",
    """
def load(connection, rows):
    connection.executemany("INSERT INTO users VALUES (?, ?)", rows)
""",
    # numbers
    """
def page(cursor, number, size):
    limit = int(size)
    offset = (int(number) - 1) * limit
    cursor.execute(f"SELECT * FROM users LIMIT {limit} OFFSET {offset}")
""",
    """
def find(cursor, number: int):
    cursor.execute(f"SELECT * FROM users WHERE id = {number}")
""",
    """
def find(cursor, number):
    cursor.execute("SELECT * FROM users WHERE id = %d" % number)
""",
    """
def find(cursor, number):
    try:
        int(number)
    except ValueError:
        return None
    cursor.execute(f"SELECT * FROM users WHERE id = {number}")
""",
    # fixed sets
    """
ALLOWED = {"name", "age"}
def find(cursor, order):
    if order not in ALLOWED:
        raise ValueError(order)
    cursor.execute(f"SELECT * FROM users ORDER BY {order}")
""",
    """
COLUMNS = {"name": "u.name", "age": "u.age"}
def find(cursor, order):
    cursor.execute("SELECT * FROM users u ORDER BY " + COLUMNS[order])
""",
    """
COLUMNS = {"name": "u.name", "age": "u.age"}
def find(cursor, order):
    cursor.execute("SELECT * FROM users u ORDER BY " + COLUMNS.get(order, "u.id"))
""",
    """
def find(cursor, order, direction):
    if order not in ("name", "age"):
        order = "name"
    direction = "DESC" if direction.lower() == "desc" else "ASC"
    cursor.execute(f"SELECT * FROM users ORDER BY {order} {direction}")
""",
    """
def check(table):
    if table not in ["users", "items"]:
        raise ValueError("unknown table")

def count(cursor, table):
    check(table)
    cursor.execute(f"SELECT count(*) FROM {table}")
""",
    """
import re
def is_name(text):
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text) is not None

def count(cursor, table):
    if not is_name(table):
        return 0
    cursor.execute(f"SELECT count(*) FROM {table}")
""",
    """
def count(cursor, table):
    if table.isidentifier():
        cursor.execute(f"SELECT count(*) FROM {table}")
""",
    """
from enum import Enum
class Order(Enum):
    NAME = "name"
    AGE = "age"

def find(cursor, order):
    cursor.execute(f"SELECT * FROM users ORDER BY {Order(order).value}")
""",
    """
def find(cursor, kind):
    match kind:
        case "users" | "items":
            cursor.execute(f"SELECT * FROM {kind}")
""",
    # text that cannot leave its quotes
    """
def find(cursor, name):
    quoted = name.replace("'", "''")
    cursor.execute(f"SELECT * FROM users WHERE name = '{quoted}'")
""",
    """
import re
def find(cursor, name):
    cursor.execute("SELECT * FROM users WHERE name = '" + re.sub(r"[^a-zA-Z ]", "", name) + "'")
""",
    """
import hashlib
def find(cursor, secret):
    digest = hashlib.sha256(secret.encode()).hexdigest()
    cursor.execute(f"SELECT * FROM users WHERE digest = '{digest}'")
""",
    """
def find(cursor, name):
    if not all(c.isalnum() or c in "_-" for c in name):
        raise ValueError(name)
    cursor.execute(f"SELECT * FROM users WHERE name = '{name}'")
""",
    # branches that are not taken, values that are replaced
    """
def find(cursor, name):
    debug = False
    query = "SELECT * FROM users"
    if debug:
        query += " WHERE name = '" + name + "'"
    cursor.execute(query)
""",
    """
def find(cursor, name):
    name = "admin"
    cursor.execute(f"SELECT * FROM users WHERE name = '{name}'")
""",
    """
def find(cursor, name):
    row = {"raw": name, "fixed": "admin"}
    cursor.execute("SELECT * FROM users WHERE name = '" + row["fixed"] + "'")
""",
    # what is no statement and no database
    """
def run(executor, name):
    executor.execute(f"open the door of {name}")
""",
    """
def report(name):
    message = f"select from the list of users: {name}"
    print(message)
""",
    """
class Database:
    def __init__(self, connection):
        self.connection = connection

    def query(self, sql, values=()):
        return self.connection.execute(sql, values).fetchall()

def users(db):
    return db.query("SELECT * FROM users")
""",
    """
TABLE = "users"
def find(cursor, name):
    cursor.execute(f"SELECT * FROM {TABLE} WHERE name = ?", (name,))
""",
    """
from app.models import User
def view(request):
    return User.objects.filter(name=request.GET["name"])
""",
    """
from sqlalchemy import text
def find(session, name):
    return session.execute(text("SELECT * FROM users WHERE name = :name"), {"name": name})
""",
    """
def count(cursor, tables):
    quoted = {table: '"' + table.replace('"', '""') + '"' for table in tables}
    return [cursor.execute(f"SELECT count(*) FROM {quoted[table]}").fetchone() for table in tables]
""",
    """
def copy(cursor, name):
    cursor.execute("INSERT INTO users (name) VALUES (?)", (name,))
    cursor.execute(f"INSERT INTO log (user) VALUES ({cursor.lastrowid})")
""",
    """
def find(cursor, order):
    valid = order in ("name", "age") and order != "id"
    if not valid:
        return
    cursor.execute(f"SELECT * FROM users ORDER BY {order}")
""",
    # a loop that looks at each character
    """
def find(cursor, name):
    for character in name:
        if not character.isalnum():
            raise ValueError(name)
    cursor.execute(f"SELECT * FROM users WHERE name = '{name}'")
""",
    # the characters of a text as a set
    """
def find(cursor, name):
    if set(name) <= set("abcdef"):
        cursor.execute(f"SELECT * FROM users WHERE name = '{name}'")
""",
    # keys that are compared as a set
    """
def update(cursor, row):
    if set(row) - {"name", "age"}:
        raise ValueError(row)
    cursor.execute("UPDATE users SET " + ", ".join(f"{key} = ?" for key in row), list(row.values()))
""",
    """
import argparse
import sqlite3

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("number", type=int)
    parser.add_argument("--order-by", choices=["name", "age"])
    parser.add_argument("--newest", action="store_true")
    args = parser.parse_args()
    con = sqlite3.connect("notes.db")
    con.execute(f"DELETE FROM notes WHERE id = {args.number}")
    return con.execute(f"SELECT * FROM notes ORDER BY {args.order_by} {args.newest}").fetchall()

if __name__ == "__main__":
    main()
""",
    """
import sqlite3
from flask import Flask, request
app = Flask(__name__)

def count(connection, table, name):
    return connection.execute(f"SELECT count(*) FROM {table} WHERE name = ?", (name,)).fetchone()

@app.route("/count")
def view():
    return {"count": count(sqlite3.connect("stats.db"), "visits", request.args["name"])}
""",
    # what a table was asked for is one of its keys where it answers
    """
import sqlite3
from flask import Flask, request
app = Flask(__name__)
FIELDS = {"name": "p.name", "age": "p.age"}

@app.get("/people")
def people():
    columns = []
    for label in request.args.getlist("show"):
        expression = FIELDS.get(label)
        if expression is None:
            continue
        columns.append(f"{expression} AS {label}")
    return sqlite3.connect("p.db").execute("SELECT " + ", ".join(columns) + " FROM people p").fetchall()
""",
    # the layer is what is called from outside
    r"""
import re
from django.db import connection

SHAPE = re.compile(r"\A[a-z0-9_]+\Z")

class SchemaLayer:
    def __init__(self, get_response):
        self.get_response = get_response

    def enter(self, name):
        with connection.cursor() as cursor:
            cursor.execute('SET search_path TO "%s"' % name)

    def __call__(self, request):
        name = request.get_host().split(".")[0]
        if not SHAPE.match(name):
            raise LookupError(name)
        self.enter(name)
        return self.get_response(request)
""",
    """
import pymysql

def find(cursor, label):
    escaped = label.replace("\\\\", "\\\\\\\\").replace("'", "''")
    cursor.execute("SELECT id FROM items WHERE label = '" + escaped + "' AND hidden = 0")
""",
)

# What this rule does not see, and why.
MISSING: tuple[str, ...] = (
    # the text of an exception
    """
def find(cursor, name):
    try:
        raise ValueError(name)
    except ValueError as error:
        cursor.execute(f"SELECT * FROM users WHERE name = '{error}'")
""",
    # a sink that another function calls
    """
import threading
def find(cursor, name):
    threading.Thread(target=cursor.execute, args=("DELETE FROM users WHERE name = '" + name + "'",)).start()
""",
    # files are taken to be the program's own
    """
def load(cursor):
    with open("names.txt") as lines:
        for line in lines:
            cursor.execute(f"DELETE FROM users WHERE name = '{line.strip()}'")
""",
    # conditions as text for an object-relational mapper
    """
def find(session, name):
    return session.query(User).filter("name = '" + name + "'").all()
""",
)

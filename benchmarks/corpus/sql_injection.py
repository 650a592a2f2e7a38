"""SQL statements (CWE-89)."""

from corpus import pair

RECORDS = [
    *pair(
        "flask-search-like",
        89,
        r"""
import sqlite3
from flask import Flask, g, request, jsonify

app = Flask(__name__)


def db():
    if "db" not in g:
        g.db = sqlite3.connect("shop.db")
        g.db.row_factory = sqlite3.Row
    return g.db


@app.get("/products")
def products():
    term = request.args.get("q", "")
-    rows = db().execute("SELECT id, name FROM products WHERE name LIKE '%" + term + "%' LIMIT 50").fetchall()
+    rows = db().execute("SELECT id, name FROM products WHERE name LIKE ? LIMIT 50", ("%" + term + "%",)).fetchall()
    return jsonify([dict(row) for row in rows])
""",
    ),
    *pair(
        "order-by-column",
        89,
        r"""
import psycopg2
from fastapi import FastAPI, Query

app = FastAPI()
SORTABLE = {"name": "name", "age": "born", "city": "city"}


@app.get("/people")
def people(sort: str = Query("name"), direction: str = "asc", limit: int = 20):
-    column = SORTABLE.get(sort) or sort
+    column = SORTABLE.get(sort, "name")
    order = "DESC" if direction == "desc" else "ASC"
    connection = psycopg2.connect("dbname=people")
    with connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT id, name FROM people ORDER BY {column} {order} LIMIT %s", (min(limit, 100),))
        return cursor.fetchall()
""",
    ),
    *pair(
        "in-clause-placeholders",
        89,
        r'''
def load_many(connection, ids):
    """ids come as texts from the query string of the request"""
    if not ids:
        return []
-    marks = ",".join("'" + i + "'" for i in ids)
-    sql = "SELECT * FROM orders WHERE id IN (" + marks + ")"
-    cursor = connection.cursor()
-    cursor.execute(sql)
+    marks = ",".join("?" for _ in ids)
+    sql = "SELECT * FROM orders WHERE id IN (" + marks + ")"
+    cursor = connection.cursor()
+    cursor.execute(sql, list(ids))
    return cursor.fetchall()
''',
    ),
    *pair(
        "servlet-config-section",
        89,
        r"""
import configparser
import sqlite3
from flask import Blueprint, request

bp = Blueprint("b", __name__, url_prefix="/sqli")


@bp.route("/t-031", methods=["GET", "POST"])
def handle():
    param = request.form.get("user") or ""
    conf = configparser.ConfigParser()
    conf.add_section("section")
    conf.set("section", "keyA", "a_Value")
    conf.set("section", "keyB", param)
-    bar = conf.get("section", "keyB")
+    bar = conf.get("section", "keyA")
    con = sqlite3.connect("users.db")
    cur = con.cursor()
    cur.execute("SELECT * FROM users WHERE username='" + bar + "'")
    return str(len(cur.fetchall()))
""",
    ),
    *pair(
        "servlet-arithmetic-condition",
        89,
        r"""
import sqlite3
from flask import Flask, request

app = Flask(__name__)


@app.route("/lookup")
def lookup():
    param = request.headers.get("X-Lookup", "")
    num = 86
-    if (7 * 42) - num > 250:
+    if (7 * 42) - num > 200:
        bar = "This_should_always_happen"
    else:
        bar = param
    conn = sqlite3.connect("test.db")
    row = conn.execute(f"SELECT secret FROM vault WHERE owner = '{bar}'").fetchone()
    return {"found": row is not None}
""",
    ),
    *pair(
        "repository-class",
        89,
        r"""
import mysql.connector


class UserRepository:
    def __init__(self, config):
        self._db = mysql.connector.connect(**config)
        self._filters = []
        self._values = []

    def where(self, column, value):
        if column not in ("email", "name", "status"):
            raise ValueError(column)
-        self._filters.append(f"{column} = '{value}'")
+        self._filters.append(f"{column} = %s")
+        self._values.append(value)
        return self

    def all(self):
        sql = "SELECT id, email FROM users"
        if self._filters:
            sql += " WHERE " + " AND ".join(self._filters)
        cursor = self._db.cursor()
        cursor.execute(sql, tuple(self._values))
        return cursor.fetchall()


def search(config, status):
    return UserRepository(config).where("status", status).all()
""",
    ),
    *pair(
        "django-raw",
        89,
        r"""
from django.db import connection
from django.http import JsonResponse
from django.views.decorators.http import require_GET


@require_GET
def revenue(request):
    year = request.GET.get("year", "2024")
    with connection.cursor() as cursor:
-        cursor.execute("SELECT month, sum(total) FROM invoice WHERE year = '%s' GROUP BY month" % year)
+        cursor.execute("SELECT month, sum(total) FROM invoice WHERE year = %s GROUP BY month", [year])
        rows = cursor.fetchall()
    return JsonResponse({"rows": rows})
""",
    ),
    *pair(
        "django-extra-int",
        89,
        r"""
from django.http import JsonResponse
from .models import Article


def archive(request):
    year = request.GET.get("year")
-    if not year:
-        return JsonResponse({"error": "year"}, status=400)
-    articles = Article.objects.extra(where=["strftime('%%Y', published) = '" + year + "'"])
+    if not year or not year.isdigit():
+        return JsonResponse({"error": "year"}, status=400)
+    articles = Article.objects.extra(where=["strftime('%%Y', published) = '" + year + "'"])
    return JsonResponse({"titles": [a.title for a in articles[:100]]})
""",
    ),
    *pair(
        "sqlalchemy-text",
        89,
        r"""
from flask import Flask, request, jsonify
from sqlalchemy import create_engine, text

app = Flask(__name__)
engine = create_engine("sqlite:///library.db")


@app.route("/books/<author>")
def by_author(author):
    since = request.args.get("since", "1900")
-    query = text(f"SELECT title FROM books WHERE author = :author AND year >= {since}")
+    query = text("SELECT title FROM books WHERE author = :author AND year >= :since")
    with engine.connect() as connection:
-        rows = connection.execute(query, {"author": author})
+        rows = connection.execute(query, {"author": author, "since": since})
        return jsonify([row.title for row in rows])
""",
    ),
    *pair(
        "cli-delete",
        89,
        r"""
import argparse
import sqlite3


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--db", default="notes.db")
-    parser.add_argument("note", help="title of the note")
+    parser.add_argument("note", type=int, help="number of the note")
    args = parser.parse_args()
    con = sqlite3.connect(args.db)
    cur = con.cursor()
-    cur.executescript(f"DELETE FROM notes WHERE title = '{args.note}'; DELETE FROM tags WHERE title = '{args.note}';")
+    cur.executescript(f"DELETE FROM notes WHERE id = {args.note}; DELETE FROM tags WHERE note = {args.note};")
    con.commit()
    con.close()


if __name__ == "__main__":
    main()
""",
    ),
    *pair(
        "asyncpg-table",
        89,
        r"""
import asyncpg
from aiohttp import web

TABLES = frozenset({"events", "sessions", "errors"})


def checked(name):
    if name not in TABLES:
-        print("unexpected table", len(name))
+        raise web.HTTPNotFound()
    return name


async def count(request):
    table = checked(request.match_info["table"])
    pool: asyncpg.Pool = request.app["pool"]
    async with pool.acquire() as connection:
        total = await connection.fetchval(f"SELECT count(*) FROM {table}")
    return web.json_response({"total": total})


app = web.Application()
app.add_routes([web.get("/count/{table}", count)])
""",
    ),
    *pair(
        "execute-is-no-sql",
        89,
        r"""
-import sqlite3
from dataclasses import dataclass, field


@dataclass
class Command:
    name: str
    done: list = field(default_factory=list)

    def execute(self, text: str) -> str:
        self.done.append(text)
        return f"{self.name}: {text}"


class Shell:
    def __init__(self):
-        self.echo = sqlite3.connect("app.db")
+        self.echo = Command("echo")

    def dispatch(self, line: str) -> str:
-        return self.echo.execute(f"SELECT '{line}' AS said").fetchone()[0]
+        return self.echo.execute(f"SELECT '{line}' AS said")


def loop():
    shell = Shell()
    while line := input("> "):
        print(shell.dispatch(line))
""",
    ),
    *pair(
        "psycopg-composed",
        89,
        r'''
import psycopg2
from psycopg2 import sql


def rename_column(dsn: str, table: str, old: str, new: str) -> None:
    """Called by the schema editor with what the user typed into its fields."""
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
-        statement = 'ALTER TABLE "{}" RENAME COLUMN "{}" TO "{}"'.format(table, old, new)
+        statement = sql.SQL("ALTER TABLE {} RENAME COLUMN {} TO {}").format(
+            sql.Identifier(table), sql.Identifier(old), sql.Identifier(new)
+        )
        cursor.execute(statement)
''',
    ),
]

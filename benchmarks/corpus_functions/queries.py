"""Queries: SQL, LDAP, XPath, documents."""

from corpus import pair

RECORDS = (
    # The value is put into the text, or bound.
    *pair(
        "sqlite-find-user",
        89,
        r'''
import sqlite3


def get_user(db_path: str, username: str):
    """Look up a user by name."""
    connection = sqlite3.connect(db_path)
    try:
-        query = f"SELECT id, username, email FROM users WHERE username = '{username}'"
-        return connection.execute(query).fetchone()
+        query = "SELECT id, username, email FROM users WHERE username = ?"
+        return connection.execute(query, (username,)).fetchone()
    finally:
        connection.close()
''',
    ),
    # A percent sign formats, a comma binds.
    *pair(
        "psycopg2-percent-or-comma",
        89,
        r'''
import os

import psycopg2


def orders_of_customer(customer_email):
    """Return all orders of the customer with the given e-mail address."""
    with psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=5) as connection:
        with connection.cursor() as cursor:
            cursor.execute(
-                "SELECT id, total FROM orders WHERE customer_email = '%s' ORDER BY id" % customer_email
+                "SELECT id, total FROM orders WHERE customer_email = %s ORDER BY id", (customer_email,)
            )
            return cursor.fetchall()
''',
    ),
    # The column that sorts cannot be bound; what is not in the list must not pass.
    *pair(
        "short-order-by-column",
        89,
        r'''
import sqlite3

SORTABLE = {"name", "price", "created_at"}


def list_products(connection: sqlite3.Connection, sort_by: str = "name", descending: bool = False):
    """List products sorted by the given column."""
-    if sort_by in SORTABLE:
-        sort_by = sort_by.lower()
+    if sort_by not in SORTABLE:
+        sort_by = "name"
    direction = "DESC" if descending else "ASC"
    return connection.execute(f"SELECT id, name, price FROM products ORDER BY {sort_by} {direction}").fetchall()
''',
    ),
    # The values are bound, the direction is not checked.
    *pair(
        "direction-of-order",
        89,
        r"""
import pymysql
from flask import Flask, current_app, jsonify, request

app = Flask(__name__)


@app.get("/articles")
def articles():
    category = request.args.get("category", "news")
-    direction = request.args.get("direction", "asc").upper()
+    direction = "DESC" if request.args.get("direction", "asc").upper() == "DESC" else "ASC"
    connection = pymysql.connect(**current_app.config["MYSQL"], connect_timeout=5)
    try:
        with connection.cursor(pymysql.cursors.DictCursor) as cursor:
            sql = "SELECT id, title FROM articles WHERE category = %s ORDER BY published {} LIMIT 50".format(direction)
            cursor.execute(sql, (category,))
            return jsonify(cursor.fetchall())
    finally:
        connection.close()
""",
    ),
    # Doubled quotes do not help where MySQL takes a backslash.
    *pair(
        "quotes-doubled-for-mysql",
        89,
        r"""
import pymysql


class Inventory:
    def __init__(self, connection: pymysql.connections.Connection):
        self.connection = connection

    def find(self, label: str):
        with self.connection.cursor() as cursor:
-            escaped = label.replace("'", "''")
-            cursor.execute("SELECT id, label, stock FROM items WHERE label = '" + escaped + "' AND hidden = 0")
+            cursor.execute("SELECT id, label, stock FROM items WHERE label = %s AND hidden = 0", [label])
            return cursor.fetchall()
""",
    ),
    # SQLAlchemy's text takes parameters.
    *pair(
        "short-sqlalchemy-text",
        89,
        r'''
from sqlalchemy import text
from sqlalchemy.orm import Session


def search_customers(session: Session, term: str) -> list[dict]:
    """Search customers by a part of their name."""
-    statement = text(f"SELECT id, name FROM customers WHERE name LIKE '%{term}%' LIMIT 100")
-    rows = session.execute(statement)
+    statement = text("SELECT id, name FROM customers WHERE name LIKE :term LIMIT 100")
+    rows = session.execute(statement, {"term": f"%{term}%"})
    return [dict(row._mapping) for row in rows]
''',
    ),
    # Placeholders are made of the number of the values, or of the values.
    *pair(
        "in-list-joined",
        89,
        r'''
import sqlite3


def names_by_ids(db_path: str, ids: list[str]) -> dict[str, str]:
    """Return a mapping from id to name for all given ids."""
    if not ids or len(ids) > 500:
        raise ValueError("between 1 and 500 ids are expected")
-    wanted = ",".join(f"'{value}'" for value in ids)
+    wanted = ",".join("?" for _ in ids)
    with sqlite3.connect(db_path) as connection:
-        cursor = connection.execute("SELECT id, name FROM contacts WHERE id IN (" + wanted + ")")
+        cursor = connection.execute("SELECT id, name FROM contacts WHERE id IN (" + wanted + ")", ids)
        return dict(cursor.fetchall())
''',
    ),
    # Numbered parameters of asyncpg.
    *pair(
        "asyncpg-fetch",
        89,
        r'''
import asyncpg


async def sessions_since(pool: asyncpg.Pool, user_name: str, since: str) -> list[asyncpg.Record]:
    """Fetch the sessions of a user that began after the given day."""
    async with pool.acquire() as connection:
        return await connection.fetch(
-            f"SELECT id, started FROM sessions WHERE user_name = $1 AND started > '{since}'::date", user_name
+            "SELECT id, started FROM sessions WHERE user_name = $1 AND started > $2::text::date", user_name, since
        )
''',
    ),
    # Names of columns come from the keys of the body.
    *pair(
        "update-keys-of-body",
        89,
        r"""
import json
import os

import psycopg2

EDITABLE = ("nickname", "city", "bio")


def handler(event, context):
    user_id = event["requestContext"]["authorizer"]["claims"]["sub"]
    body = json.loads(event["body"])
-    fields = [name for name in body if name != "id"]
+    fields = [name for name in EDITABLE if name in body]
    if not fields:
        return {"statusCode": 400}
    assignments = ", ".join(f"{name} = %s" for name in fields)
    values = [str(body[name])[:200] for name in fields]
    with psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=3) as connection, connection.cursor() as cursor:
        cursor.execute(f"UPDATE profiles SET {assignments} WHERE user_id = %s", [*values, user_id])
    return {"statusCode": 204}
""",
    ),
    # An identifier is quoted by the library that knows how.
    *pair(
        "table-identifier",
        89,
        r"""
import sys

import psycopg2
from psycopg2 import sql


def count_rows(dsn, table):
    with psycopg2.connect(dsn, connect_timeout=5) as connection, connection.cursor() as cursor:
-        cursor.execute(sql.SQL(f'SELECT count(*) FROM "{table}"'))
+        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
        return cursor.fetchone()[0]


if __name__ == "__main__":
    dsn = sys.argv[1]
    for name in sys.stdin:
        print(name.strip(), count_rows(dsn, name.strip()))
""",
    ),
    # The number is made a number, but the text is what is used.
    *pair(
        "page-number-unused",
        89,
        r"""
from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpResponseBadRequest, JsonResponse


@login_required
def messages(request):
    page = request.GET.get("page", "0")
    try:
        number = int(page)
    except ValueError:
-        number = 0
+        return HttpResponseBadRequest("page must be a number")
-    offset = page if number >= 0 else "0"
+    offset = number * 20 if number >= 0 else 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, subject FROM messages WHERE recipient_id = %s ORDER BY id LIMIT 20 OFFSET {offset}",
            [request.user.pk],
        )
        rows = cursor.fetchall()
    return JsonResponse({"messages": [{"id": key, "subject": subject} for key, subject in rows]})
""",
    ),
    # What was read safely goes into the next query as text.
    *pair(
        "stored-tag-second-query",
        89,
        r'''
import sqlite3


def related_posts(connection: sqlite3.Connection, post_id: int) -> list[tuple]:
    """Return the posts that share the tag that its author gave to the given post."""
    row = connection.execute("SELECT tag FROM posts WHERE id = ?", (post_id,)).fetchone()
    if row is None:
        return []
-    query = "SELECT id, title FROM posts WHERE tag = '%s' AND id <> %d" % (row[0], int(post_id))
-    return connection.execute(query).fetchall()
+    query = "SELECT id, title FROM posts WHERE tag = ? AND id <> ?"
+    return connection.execute(query, (row[0], post_id)).fetchall()
''',
    ),
    # A raw condition of the ORM with the value in it.
    *pair(
        "short-django-raw",
        89,
        r'''
from django.db import models


class Device(models.Model):
    serial = models.CharField(max_length=40)
    firmware = models.CharField(max_length=20)

    @classmethod
    def by_serial(cls, serial):
        """Devices whose serial number begins with the given text."""
-        return cls.objects.extra(where=["serial LIKE '" + serial + "%%'"])
+        return cls.objects.extra(where=["serial LIKE %s"], params=[serial + "%"])
''',
    ),
    # Characters of a filter are escaped before they are put into it.
    *pair(
        "ldap3-search-filter",
        90,
        r'''
from ldap3 import SUBTREE, Connection
from ldap3.utils.conv import escape_filter_chars


def find_person(connection: Connection, uid: str):
    """Return the directory entry of a person."""
-    search_filter = f"(&(objectClass=person)(uid={uid}))"
+    search_filter = f"(&(objectClass=person)(uid={escape_filter_chars(uid)}))"
    connection.search("ou=people,dc=example,dc=org", search_filter, SUBTREE, attributes=["cn", "mail"])
    return connection.entries[0] if connection.entries else None
''',
    ),
    # Escaping for a name is not escaping for a filter.
    *pair(
        "ldap-wrong-escape",
        90,
        r"""
import ldap
import ldap.dn
import ldap.filter


class Directory:
    def __init__(self, connection):
        self.connection = connection

    def groups_of(self, name):
-        safe_name = ldap.dn.escape_dn_chars(name)
+        safe_name = ldap.filter.escape_filter_chars(name)
        query = "(&(objectClass=posixGroup)(memberUid=%s))" % safe_name
        found = self.connection.search_s("ou=groups,dc=example,dc=org", ldap.SCOPE_ONELEVEL, query, ["cn"])
        return [attributes["cn"][0].decode() for _, attributes in found]
""",
    ),
    # A variable of the expression, or a text in it.
    *pair(
        "xpath-variable",
        643,
        r'''
from lxml import etree


def employee_by_login(path: str, login: str):
    """Return the element of the employee with the given login name, or None."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    tree = etree.parse(path, parser)
-    found = tree.xpath(f"//employee[login/text()='{login}']")
+    found = tree.xpath("//employee[login/text()=$login]", login=login)
    return found[0] if found else None
''',
    ),
    # The text is compared in the program rather than in the expression.
    *pair(
        "element-tree-attribute",
        643,
        r"""
import argparse
import hmac

from lxml import etree


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("voucher")
    parser.add_argument("pin")
    args = parser.parse_args()
    root = etree.parse("vouchers.xml", etree.XMLParser(resolve_entities=False)).getroot()
-    matches = root.xpath("voucher[@code='%s' and @pin='%s']" % (args.voucher, args.pin))
+    matches = [
+        node for node in root.xpath("voucher[@code and @pin]")
+        if node.get("code") == args.voucher and hmac.compare_digest(node.get("pin").encode(), args.pin.encode())
+    ]
    print("valid" if len(matches) > 0 else "invalid")


if __name__ == "__main__":
    main()
""",
    ),
    # JSON brings dictionaries, and those may hold operators.
    *pair(
        "short-mongo-login-operator",
        943,
        r"""
import bcrypt
from flask import Blueprint, current_app, jsonify, request

reset = Blueprint("reset", __name__)


@reset.post("/reset")
def confirm_reset():
    data = request.get_json()
-    token = data["token"]
+    token = str(data["token"])
    account = current_app.mongo.accounts.find_one({"reset_token": token, "reset_open": True})
    if account is None:
        return jsonify(error="unknown token"), 403
    hashed = bcrypt.hashpw(str(data["password"])[:72].encode(), bcrypt.gensalt(12))
    current_app.mongo.accounts.update_one(
        {"_id": account["_id"]}, {"$set": {"password": hashed, "reset_open": False}, "$unset": {"reset_token": 1}}
    )
    return jsonify(status="changed")
""",
    ),
    # JavaScript of the database with the value in it.
    *pair(
        "short-mongo-where",
        943,
        r'''
from pymongo.collection import Collection


def books_by_author(books: Collection, author: str, year: int) -> list[dict]:
    """Return the books of an author published after the given year."""
-    condition = {"$where": "this.author == '%s' && this.year > %d" % (author, year)}
+    condition = {"author": {"$eq": author}, "year": {"$gt": int(year)}}
    return list(books.find(condition, {"_id": 0, "title": 1, "year": 1}).limit(100))
''',
    ),
    # A filter is taken from the request as it is, or built of a text.
    *pair(
        "motor-filter-of-request",
        943,
        r"""
import json

from fastapi import APIRouter, Depends, Query
from motor.motor_asyncio import AsyncIOMotorDatabase

from .dependencies import get_database

router = APIRouter()


@router.get("/places")
-async def places(where: str = Query("{}"), db: AsyncIOMotorDatabase = Depends(get_database)):
+async def places(city: str = Query(""), db: AsyncIOMotorDatabase = Depends(get_database)):
-    condition = {"public": True, **json.loads(where)}
+    condition = {"public": True, "city": city}
    cursor = db.places.find(condition, {"_id": 0, "name": 1, "city": 1}).limit(50)
    return json.loads(json.dumps(await cursor.to_list(50)))
""",
    ),
)

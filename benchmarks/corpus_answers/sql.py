"""SQL and its neighbours: built statements, chosen columns, document stores, directories, XPath."""

from corpus import pair

RECORDS = (
    # A repository class over sqlite3 with a search method.
    *pair(
        "user-repository",
        89,
        '''
import sqlite3
from contextlib import contextmanager
from typing import Iterator, Optional


class UserRepository:
    """CRUD operations for users."""

    def __init__(self, db_path: str = "users.db"):
        self.db_path = db_path

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.db_path)
        try:
            yield connection
            connection.commit()
        finally:
            connection.close()

    def add(self, name: str, email: str) -> int:
        with self._connection() as connection:
            cursor = connection.execute("INSERT INTO users (name, email) VALUES (?, ?)", (name, email))
            return cursor.lastrowid

    def find_by_email(self, email: str) -> Optional[tuple]:
        with self._connection() as connection:
-            cursor = connection.execute(f"SELECT id, name, email FROM users WHERE email = '{email}'")
+            cursor = connection.execute("SELECT id, name, email FROM users WHERE email = ?", (email,))
            return cursor.fetchone()
''',
    ),
    # Filters of a request are joined into WHERE; the twin joins allow-listed columns with placeholders.
    *pair(
        "dynamic-filters",
        89,
        """
from flask import Blueprint, current_app, jsonify, request
import psycopg2.extras

bp = Blueprint("products", __name__, url_prefix="/products")
+COLUMNS = {"name", "category", "brand"}


def build_where(filters):
    clauses, values = [], []
    for column, value in filters.items():
-        clauses.append(f"{column} = '{value}'")
+        if column not in COLUMNS:
+            continue
+        clauses.append(f"{column} = %s")
+        values.append(value)
    return (" WHERE " + " AND ".join(clauses) if clauses else ""), values


@bp.route("/")
def search():
    where, values = build_where(request.args)
    with current_app.pool.connection() as conn:
        cur = conn.cursor(cursor_factory=psycopg2.extras.RealDictCursor)
        cur.execute("SELECT id, name, price FROM products" + where + " LIMIT 100", values)
        return jsonify(cur.fetchall())
""",
    ),
    # ORDER BY from a query parameter in an async handler; the twin looks it up.
    *pair(
        "order-by-async",
        89,
        """
import aiosqlite
from fastapi import APIRouter, Query

router = APIRouter()
DB = "shop.db"
+SORTABLE = {"name": "name", "price": "price_cents", "newest": "created_at DESC"}


@router.get("/items")
async def list_items(sort: str = Query("name"), limit: int = Query(20, ge=1, le=100)):
-    order = sort
+    order = SORTABLE.get(sort, "name")
    query = f"SELECT id, name, price_cents FROM items ORDER BY {order} LIMIT ?"
    async with aiosqlite.connect(DB) as db:
        async with db.execute(query, (limit,)) as cursor:
            return [dict(zip(("id", "name", "price"), row)) async for row in cursor]
""",
    ),
    # SQLAlchemy text() with a formatted value against bound parameters.
    *pair(
        "sqlalchemy-text-depends",
        89,
        '''
from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker

engine = create_engine("sqlite:///./library.db")
SessionLocal = sessionmaker(bind=engine)
app = FastAPI()


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


@app.get("/books/search")
def search_books(q: str, db: Session = Depends(get_db)):
    """Full text search over title and author."""
-    statement = text(f"SELECT id, title, author FROM books WHERE title LIKE '%{q}%' OR author LIKE '%{q}%' LIMIT 50")
-    rows = db.execute(statement).mappings().all()
+    statement = text("SELECT id, title, author FROM books WHERE title LIKE :q OR author LIKE :q LIMIT 50")
+    rows = db.execute(statement, {"q": f"%{q}%"}).mappings().all()
    return [dict(row) for row in rows]
''',
    ),
    # A Django view: raw() with % formatting.
    *pair(
        "django-raw-listview",
        89,
        """
from django.views.generic import ListView

from .models import Article


class ArticleSearchView(ListView):
    model = Article
    template_name = "articles/search.html"
    paginate_by = 20

    def get_queryset(self):
        term = self.request.GET.get("q", "")
        if not term:
            return Article.objects.none()
-        return Article.objects.raw("SELECT * FROM blog_article WHERE title ILIKE '%%%s%%'" % term)
+        return Article.objects.raw("SELECT * FROM blog_article WHERE title ILIKE %s", [f"%{term}%"])

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["q"] = self.request.GET.get("q", "")
        return context
""",
    ),
    # .extra(where=…) of Django.
    *pair(
        "django-extra-where",
        89,
        '''
from django.http import JsonResponse
from django.contrib.auth.decorators import login_required

from .models import Order


@login_required
def orders_since(request):
    """Orders of the user that were placed after a date."""
    since = request.GET.get("since", "2024-01-01")
    orders = Order.objects.filter(customer=request.user)
-    orders = orders.extra(where=[f"placed_at >= '{since}'"])
+    orders = orders.extra(where=["placed_at >= %s"], params=[since])
    return JsonResponse({"orders": list(orders.values("id", "total"))})
''',
    ),
    # Doubling of quotes is no defence for a number that stands without quotes.
    *pair(
        "escaped-number",
        89,
        '''
import mysql.connector


def escape(value):
    return str(value).replace("'", "''")


class OrderService:
    def __init__(self, config):
        self.conn = mysql.connector.connect(**config)

    def total_for(self, customer_id):
        """Sum of a customer's orders."""
        cursor = self.conn.cursor()
-        cursor.execute("SELECT SUM(total) FROM orders WHERE customer_id = " + escape(customer_id))
+        cursor.execute("SELECT SUM(total) FROM orders WHERE customer_id = " + str(int(customer_id)))
        (total,) = cursor.fetchone()
        cursor.close()
        return total or 0


def view(request, service):
    return {"total": service.total_for(request.args["customer"])}
''',
    ),
    # The login query of a Tkinter program.
    *pair(
        "tk-login",
        89,
        """
import hashlib
import sqlite3
import tkinter as tk
from tkinter import messagebox


class LoginWindow(tk.Tk):
    def __init__(self):
        super().__init__()
        self.title("Library login")
        self.name = tk.Entry(self)
        self.pin = tk.Entry(self, show="*")
        self.name.pack()
        self.pin.pack()
        tk.Button(self, text="Log in", command=self.login).pack()
        self.db = sqlite3.connect("library.db")

    def login(self):
-        query = "SELECT id, salt, hash FROM members WHERE name = '{}'".format(self.name.get())
-        row = self.db.execute(query).fetchone()
+        query = "SELECT id, salt, hash FROM members WHERE name = ?"
+        row = self.db.execute(query, [self.name.get()]).fetchone()
        if row and check_pin(self.pin.get(), row[1], row[2]):
            messagebox.showinfo("Welcome", "You are logged in")
        else:
            messagebox.showerror("Error", "Wrong name or PIN")


def check_pin(pin, salt, stored):
    return hashlib.scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1) == stored


if __name__ == "__main__":
    LoginWindow().mainloop()
""",
    ),
    # A lambda that takes the table's name from its path.
    *pair(
        "lambda-table-name",
        89,
        '''
import json
import os

import psycopg

+TABLES = {"customers", "orders", "payments"}


def respond(status, body):
    return {"statusCode": status, "body": json.dumps(body, default=str)}


def lambda_handler(event, context):
    """Return the number of rows of a table."""
    table = event["pathParameters"]["table"]
-    if not table:
+    if table not in TABLES:
        return respond(400, {"error": "no table"})
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        count = conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return respond(200, {"table": table, "rows": count})
''',
    ),
    # A GraphQL resolver that formats its argument.
    *pair(
        "graphene-resolver",
        89,
        """
import graphene
from django.db import connection


class CityType(graphene.ObjectType):
    name = graphene.String()
    population = graphene.Int()


class Query(graphene.ObjectType):
    cities = graphene.List(CityType, country=graphene.String(required=True))

    def resolve_cities(self, info, country):
        with connection.cursor() as cursor:
-            cursor.execute(f"SELECT name, population FROM city WHERE country = '{country}' LIMIT 500")
+            cursor.execute("SELECT name, population FROM city WHERE country = %s LIMIT 500", [country])
            return [CityType(name=name, population=population) for name, population in cursor.fetchall()]


schema = graphene.Schema(query=Query)
""",
    ),
    # IN (…) built by join of values; the twin builds placeholders.
    *pair(
        "in-clause",
        89,
        '''
from typing import Dict, List
import sqlite3


def load_prices(conn: sqlite3.Connection, skus: List[str]) -> Dict[str, float]:
    """Look up the prices of several articles at once."""
    if not skus:
        return {}
-    wanted = ", ".join(f"'{sku}'" for sku in skus)
-    rows = conn.execute(f"SELECT sku, price FROM articles WHERE sku IN ({wanted})")
+    wanted = ", ".join("?" for _ in skus)
+    rows = conn.execute(f"SELECT sku, price FROM articles WHERE sku IN ({wanted})", skus)
    return {sku: price for sku, price in rows}


def main():
    conn = sqlite3.connect("shop.db")
    skus = input("Articles (comma separated): ").split(",")
    for sku, price in load_prices(conn, skus).items():
        print(f"{sku:<20}{price:>10.2f}")


if __name__ == "__main__":
    main()
''',
    ),
    # executescript with formatted values.
    *pair(
        "audit-log-writer",
        89,
        """
import sqlite3


class AuditLog:
    def __init__(self, path):
        self._db = sqlite3.connect(path)
        self._db.execute("CREATE TABLE IF NOT EXISTS audit (actor TEXT, action TEXT, at TEXT)")

    def record(self, actor, action):
-        self._db.executescript(
-            "INSERT INTO audit VALUES ('%s', '%s', datetime('now'));" % (actor, action)
-        )
+        self._db.execute("INSERT INTO audit VALUES (?, ?, datetime('now'))", (actor, action))
+        self._db.commit()

    def close(self):
        self._db.close()


def after_login(request, log):
    log.record(request.form["username"], "login")
""",
    ),
    # asyncpg with formatted string in a Tornado handler.
    *pair(
        "tornado-asyncpg",
        89,
        """
import asyncpg
import tornado.web


class CustomerHandler(tornado.web.RequestHandler):
    def initialize(self, pool: asyncpg.Pool):
        self.pool = pool

    async def get(self):
        city = self.get_query_argument("city")
        async with self.pool.acquire() as connection:
-            rows = await connection.fetch("SELECT id, name FROM customers WHERE city = '" + city + "'")
+            rows = await connection.fetch("SELECT id, name FROM customers WHERE city = $1", city)
        self.write({"customers": [dict(row) for row in rows]})


def make_app(pool):
    return tornado.web.Application([(r"/customers", CustomerHandler, {"pool": pool})])
""",
    ),
    # Update of columns by the keys of a JSON body.
    *pair(
        "update-by-keys",
        89,
        '''
class ProfileService:
    """Store and change the profiles of users."""

    EDITABLE = ("display_name", "bio", "homepage")

    def __init__(self, connection):
        self.connection = connection

    def update(self, user_id: int, changes: dict) -> None:
-        fields = [key for key in changes if key != "id"]
+        fields = [key for key in self.EDITABLE if key in changes]
        if not fields:
            return
        assignments = ", ".join(f"{field} = %s" for field in fields)
        values = [changes[field] for field in fields] + [user_id]
        with self.connection.cursor() as cursor:
            cursor.execute(f"UPDATE profiles SET {assignments} WHERE id = %s", values)
        self.connection.commit()


@app.route("/me", methods=["PATCH"])
@login_required
def patch_me():
    ProfileService(get_connection()).update(current_user.id, request.get_json())
    return "", 204
''',
    ),
    # pymongo: $where with text of the user.
    *pair(
        "mongo-where",
        943,
        """
from flask import Flask, jsonify, request
from pymongo import MongoClient

app = Flask(__name__)
products = MongoClient("mongodb://localhost:27017").shop.products


@app.route("/products/cheaper")
def cheaper():
    limit = request.args.get("limit", "10")
-    found = products.find({"$where": "this.price < " + limit}, {"_id": 0}).limit(50)
+    found = products.find({"price": {"$lt": float(limit)}}, {"_id": 0}).limit(50)
    return jsonify(list(found))
""",
    ),
    # pymongo: a JSON value may be an operator object in the login query.
    *pair(
        "mongo-login-operator",
        943,
        '''
from bson import ObjectId
from flask import Flask, jsonify, request, session
from pymongo import MongoClient

app = Flask(__name__)
app.config.from_prefixed_env()
db = MongoClient()["accounts"]


@app.post("/key-login")
def key_login():
    """Log in by the access key of the account."""
    body = request.get_json()
-    user = db.users.find_one({"access_key": body["key"]})
+    user = db.users.find_one({"access_key": str(body["key"])})
    if user is None:
        return jsonify(error="unknown key"), 401
    session.clear()
    session["user"] = str(user["_id"])
    return jsonify(ok=True)
''',
    ),
    # LDAP filter with and without escaping.
    *pair(
        "ldap-lookup",
        90,
        '''
import os
import ldap
-from ldap.filter import filter_format
+from ldap.filter import escape_filter_chars


class Directory:
    BASE = "ou=people,dc=example,dc=org"

    def __init__(self, uri="ldaps://ldap.example.org"):
        self.connection = ldap.initialize(uri)
        self.connection.simple_bind_s("cn=reader,dc=example,dc=org", os.environ["LDAP_PASSWORD"])

    def find(self, uid):
        """Return the entry of a user or None."""
-        query = "(&(objectClass=person)(uid=%s))" % uid
+        query = "(&(objectClass=person)(uid=%s))" % escape_filter_chars(uid)
        found = self.connection.search_s(self.BASE, ldap.SCOPE_SUBTREE, query, ["cn", "mail"])
        return found[0] if found else None


def people(request):
    return Directory().find(request.GET["uid"])
''',
    ),
    # XPath with formatted text against variables.
    *pair(
        "xpath-catalogue",
        643,
        '''
from lxml import etree


class Catalogue:
    """Search in a catalogue of books kept as XML."""

    def __init__(self, path):
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        self.tree = etree.parse(path, parser)

    def by_author(self, author):
-        expression = "//book[author='" + author + "' and @public='true']/title/text()"
-        return self.tree.xpath(expression)
+        expression = "//book[author=$author and @public='true']/title/text()"
+        return self.tree.xpath(expression, author=author)


def search(request):
    catalogue = Catalogue("/srv/catalogue.xml")
    return {"titles": catalogue.by_author(request.args.get("author", ""))}
''',
    ),
)

"""Statements of databases and of stores that are none."""

from corpus import pair

RECORDS = (
    *pair(
        "flask-product-search",
        89,
        """
from flask import Flask, request, jsonify
import sqlite3

app = Flask(__name__)
DATABASE = 'shop.db'

def get_db_connection():
    conn = sqlite3.connect(DATABASE)
    conn.row_factory = sqlite3.Row
    return conn

@app.route('/products/search')
def search_products():
    query = request.args.get('q', '')
    min_price = request.args.get('min_price', 0)
    conn = get_db_connection()
-    sql = f"SELECT * FROM products WHERE name LIKE '%{query}%' AND price >= {min_price}"
-    products = conn.execute(sql).fetchall()
+    sql = "SELECT * FROM products WHERE name LIKE ? AND price >= ?"
+    products = conn.execute(sql, (f"%{query}%", min_price)).fetchall()
    conn.close()
    return jsonify([dict(p) for p in products])

if __name__ == '__main__':
    app.run()
""",
    ),
    *pair(
        "fragment-order-by",
        89,
        '''
def list_invoices(db, customer_id, sort_by="created_at", direction="ASC"):
    """Return a customer's invoices sorted by the given column."""
+    columns = {"created_at": "created_at", "amount": "amount", "due": "due_date"}
+    sort_by = columns.get(sort_by, "created_at")
+    direction = "DESC" if direction.upper() == "DESC" else "ASC"
    cursor = db.cursor()
    cursor.execute(
        f"SELECT id, amount, due_date FROM invoices WHERE customer_id = %s ORDER BY {sort_by} {direction}",
        (customer_id,),
    )
    return cursor.fetchall()
''',
    ),
    *pair(
        "class-repository",
        89,
        '''
import sqlite3
from typing import Optional


class UserRepository:
    """Handles all database operations for users."""

    def __init__(self, db_path: str):
        self.db_path = db_path

    def _connect(self):
        return sqlite3.connect(self.db_path)

    def find_by_email(self, email: str) -> Optional[tuple]:
        with self._connect() as conn:
            cursor = conn.cursor()
-            cursor.execute("SELECT id, name, email FROM users WHERE email = '" + email + "'")
+            cursor.execute("SELECT id, name, email FROM users WHERE email = ?", (email,))
            return cursor.fetchone()

    def create(self, name: str, email: str) -> int:
        with self._connect() as conn:
            cursor = conn.cursor()
            cursor.execute("INSERT INTO users (name, email) VALUES (?, ?)", (name, email))
            conn.commit()
            return cursor.lastrowid
''',
    ),
    *pair(
        "fastapi-sqlalchemy-text",
        89,
        """
from fastapi import FastAPI, Depends, Query
from sqlalchemy import create_engine, text
from sqlalchemy.orm import sessionmaker, Session

engine = create_engine("postgresql://localhost/app")
SessionLocal = sessionmaker(bind=engine)
app = FastAPI()


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


@app.get("/employees")
async def employees(department: str = Query(...), db: Session = Depends(get_db)):
-    statement = text("SELECT id, name FROM employees WHERE department = '%s'" % department)
-    rows = db.execute(statement).all()
+    statement = text("SELECT id, name FROM employees WHERE department = :department")
+    rows = db.execute(statement, {"department": department}).all()
    return [{"id": row.id, "name": row.name} for row in rows]
""",
    ),
    *pair(
        "django-raw",
        89,
        """
from django.http import JsonResponse
from django.views.decorators.http import require_GET

from .models import Article


@require_GET
def search(request):
    term = request.GET.get("term", "")
-    articles = Article.objects.raw(
-        "SELECT * FROM blog_article WHERE title LIKE '%%" + term + "%%'"
-    )
+    articles = Article.objects.filter(title__icontains=term)
    return JsonResponse({"results": [a.title for a in articles]})
""",
    ),
    *pair(
        "in-list",
        89,
        '''
import psycopg2


def fetch_orders(dsn, order_ids):
    """Fetch all orders whose id is in the list."""
    conn = psycopg2.connect(dsn)
    try:
        with conn.cursor() as cur:
-            ids = ", ".join("'%s'" % order_id for order_id in order_ids)
-            cur.execute("SELECT id, total FROM orders WHERE id IN (" + ids + ")")
+            marks = ", ".join(["%s"] * len(order_ids))
+            cur.execute("SELECT id, total FROM orders WHERE id IN (" + marks + ")", order_ids)
            return cur.fetchall()
    finally:
        conn.close()
''',
    ),
    *pair(
        "tornado-login",
        89,
        """
import sqlite3

import tornado.ioloop
import tornado.web


class LoginHandler(tornado.web.RequestHandler):
    def initialize(self, db):
        self.db = db

    def post(self):
        username = self.get_body_argument("username")
-        query = "SELECT id, password_hash FROM accounts WHERE username = '{}'".format(username)
-        row = self.db.execute(query).fetchone()
+        query = "SELECT id, password_hash FROM accounts WHERE username = ?"
+        row = self.db.execute(query, (username,)).fetchone()
        if row is None:
            self.set_status(401)
            self.finish({"error": "invalid credentials"})
            return
        self.finish({"status": "ok"})


def make_app():
    return tornado.web.Application([(r"/login", LoginHandler, {"db": sqlite3.connect("accounts.db")})])
""",
    ),
    *pair(
        "dynamic-filters",
        89,
        """
def build_report(connection, filters: dict):
    allowed = ("region", "status", "owner")
    query = "SELECT * FROM tickets"
    conditions = []
    values = []
    for field, value in filters.items():
-        conditions.append(f"{field} = '{value}'")
+        if field not in allowed:
+            raise ValueError(f"unknown filter {field}")
+        conditions.append(f"{field} = ?")
+        values.append(value)
    if conditions:
        query += " WHERE " + " AND ".join(conditions)
    return connection.execute(query, values).fetchall()
""",
    ),
    *pair(
        "aiohttp-asyncpg",
        89,
        """
import asyncpg
from aiohttp import web

routes = web.RouteTableDef()


@routes.get("/users/{name}")
async def get_user(request):
    name = request.match_info["name"]
    async with request.app["pool"].acquire() as conn:
-        row = await conn.fetchrow(f"SELECT id, name FROM users WHERE name = '{name}'")
+        row = await conn.fetchrow("SELECT id, name FROM users WHERE name = $1", name)
    if row is None:
        raise web.HTTPNotFound()
    return web.json_response(dict(row))


async def init_app():
    app = web.Application()
    app["pool"] = await asyncpg.create_pool("postgresql://localhost/db")
    app.add_routes(routes)
    return app
""",
    ),
    *pair(
        "insert-from-csv",
        89,
        """
import csv
import sqlite3


def import_contacts(csv_path, db_path):
    conn = sqlite3.connect(db_path)
    cur = conn.cursor()
    with open(csv_path, newline="") as handle:
        for row in csv.DictReader(handle):
-            cur.execute("INSERT INTO contacts VALUES ('%s', '%s')" % (row["name"], row["phone"]))
+            cur.execute("INSERT INTO contacts VALUES (?, ?)", (row["name"], row["phone"]))
    conn.commit()
    conn.close()
""",
    ),
    *pair(
        "mongo-login",
        943,
        """
from flask import Flask, request, jsonify
from pymongo import MongoClient
from werkzeug.security import check_password_hash

app = Flask(__name__)
db = MongoClient("mongodb://localhost:27017")["store"]


@app.post("/login")
def login():
    data = request.get_json()
-    user = db.users.find_one({"username": data["username"]})
+    user = db.users.find_one({"username": str(data["username"])})
    if user and check_password_hash(user["password"], str(data["password"])):
        return jsonify({"message": "Login successful"})
    return jsonify({"message": "Invalid credentials"}), 401
""",
    ),
    *pair(
        "mongo-where",
        943,
        """
from flask import Flask, request, jsonify
from pymongo import MongoClient

app = Flask(__name__)
collection = MongoClient()["inventory"]["items"]


@app.route("/items")
def items():
    category = request.args.get("category", "")
-    found = collection.find({"$where": f"this.category == '{category}'"})
+    found = collection.find({"category": category})
    return jsonify([item["name"] for item in found])
""",
    ),
    *pair(
        "mongo-filter-body",
        943,
        """
from fastapi import FastAPI, Request
from motor.motor_asyncio import AsyncIOMotorClient

app = FastAPI()
db = AsyncIOMotorClient("mongodb://localhost").library


@app.post("/books/search")
async def search_books(request: Request):
    criteria = await request.json()
-    cursor = db.books.find(criteria)
+    cursor = db.books.find({"title": str(criteria.get("title", ""))})
    return [book["title"] async for book in cursor]
""",
    ),
    *pair(
        "ldap-flask-search",
        90,
        """
from flask import Flask, request, jsonify
from ldap3 import Server, Connection, ALL
+from ldap3.utils.conv import escape_filter_chars

app = Flask(__name__)
server = Server("ldap://directory.example.org", get_info=ALL)


@app.route("/people")
def people():
    surname = request.args.get("sn", "")
+    surname = escape_filter_chars(surname)
    conn = Connection(server, auto_bind=True)
    conn.search("ou=people,dc=example,dc=org", f"(&(objectClass=person)(sn={surname}))", attributes=["cn", "mail"])
    return jsonify([entry.entry_attributes_as_dict for entry in conn.entries])
""",
    ),
    *pair(
        "ldap-authenticate",
        90,
        '''
import ldap
+import ldap.filter


def authenticate(username, password):
    """Authenticate a user against the directory."""
    con = ldap.initialize("ldaps://ldap.example.com")
    con.simple_bind_s("cn=reader,dc=example,dc=com", read_bind_password())
-    search_filter = "(uid=" + username + ")"
+    search_filter = ldap.filter.filter_format("(uid=%s)", [username])
    result = con.search_s("dc=example,dc=com", ldap.SCOPE_SUBTREE, search_filter, ["dn"])
    if not result:
        return False
    try:
        con.simple_bind_s(result[0][0], password)
    except ldap.INVALID_CREDENTIALS:
        return False
    return True
''',
    ),
    *pair(
        "ldap-group-members",
        90,
        '''
def members_of_group(connection, base_dn, group_name):
    """List the members of a group."""
+    if not re.fullmatch(r"[A-Za-z0-9 _-]+", group_name):
+        raise ValueError("invalid group name")
    query = "(&(objectClass=group)(cn=%s))" % group_name
    connection.search(search_base=base_dn, search_filter=query, attributes=["member"])
    return [str(entry.member) for entry in connection.entries]
''',
    ),
    *pair(
        "xpath-catalogue",
        643,
        """
from flask import Flask, request
from lxml import etree

app = Flask(__name__)
tree = etree.parse("catalogue.xml")


@app.route("/book")
def book():
    title = request.args["title"]
-    nodes = tree.xpath(f"//book[title='{title}']/price/text()")
+    nodes = tree.xpath("//book[title=$title]/price/text()", title=title)
    return {"prices": [str(node) for node in nodes]}
""",
    ),
    *pair(
        "xpath-login",
        643,
        """
import xml.etree.ElementTree as ET
from hashlib import scrypt
from hmac import compare_digest


def find_account(path, name):
    root = ET.parse(path).getroot()
-    return root.find(".//account[@name='" + name + "']")
+    for account in root.iter("account"):
+        if account.get("name") == name:
+            return account
+    return None


def login(path, name, password):
    account = find_account(path, name)
    if account is None:
        return False
    digest = scrypt(password.encode(), salt=bytes.fromhex(account.get("salt")), n=16384, r=8, p=1)
    return compare_digest(digest.hex(), account.get("digest"))
""",
    ),
    *pair(
        "xml-build",
        91,
        """
from flask import Flask, request, Response
+from xml.sax.saxutils import escape

app = Flask(__name__)


@app.route("/order", methods=["POST"])
def order():
    customer = request.form["customer"]
    note = request.form["note"]
-    body = f"<order><customer>{customer}</customer><note>{note}</note></order>"
+    body = f"<order><customer>{escape(customer)}</customer><note>{escape(note)}</note></order>"
    return Response(body, mimetype="application/xml")
""",
    ),
    *pair(
        "header-query-template",
        74,
        '''
import requests
+from urllib.parse import quote

API = "https://api.example.com/v1"


def fetch_profile(session_token, username):
    """Get the public profile of a user."""
-    url = API + "/users/" + username + "/profile?fields=name,avatar"
+    url = API + "/users/" + quote(username, safe="") + "/profile?fields=name,avatar"
    response = requests.get(url, headers={"Authorization": "Bearer " + session_token}, timeout=5)
    response.raise_for_status()
    return response.json()
''',
    ),
    *pair(
        "sqlite-attach-script",
        89,
        """
import sqlite3
import sys


def add_note(conn, author, body):
-    conn.executescript("INSERT INTO notes (author, body) VALUES ('" + author + "', '" + body + "');")
+    conn.execute("INSERT INTO notes (author, body) VALUES (?, ?)", (author, body))


def main():
    conn = sqlite3.connect("notes.db")
    conn.execute("CREATE TABLE IF NOT EXISTS notes (author TEXT, body TEXT)")
    author = input("Your name: ")
    for line in sys.stdin:
        add_note(conn, author, line.rstrip())
    conn.commit()


if __name__ == "__main__":
    main()
""",
    ),
)

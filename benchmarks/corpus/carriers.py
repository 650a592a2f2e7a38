"""Values that travel before they are used: the vulnerable program's sink gets the user's, the safe one's a constant."""

from corpus import pair

RECORDS = [
    *pair(
        "two-dicts",
        22,
        r"""
from flask import Flask, request

app = Flask(__name__)


@app.route("/carry/1", methods=["GET"])
def carry():
    param = request.args.get("doc", "")
    first = {}
    first["keyA-91"] = "a-Value"
    first["keyB-91"] = param
    first["keyC"] = "another-Value"
-    bar = first["keyA-91"]
-    bar = first["keyB-91"]
+    bar = first["keyB-91"]
+    bar = first["keyA-91"]
    with open("docs/" + bar) as file:
        return {"text": file.read(400)}
""",
    ),
    *pair(
        "module-function-condition",
        78,
        r"""
import os
from flask import Flask, request

app = Flask(__name__)


def think(param):
    num = 196
-    return param if (500 // 42) + num > 200 else "This should never happen"
+    return param if (500 // 42) + num > 250 else "This should always happen"


@app.route("/carry/2")
def carry():
    bar = think(request.args.get("cmd", ""))
    os.system("logger " + bar)
    return "", 204
""",
    ),
    *pair(
        "replace-keeps-value",
        89,
        r"""
import sqlite3
from flask import Flask, request

app = Flask(__name__)


@app.route("/carry/3")
def carry():
    param = request.args.get("name", "")
    guarded = param.replace("<", "&lt;").replace(">", "&gt;")
-    filled = "SELECT id FROM person WHERE name = '{}'".replace("{}", guarded)
-    rows = sqlite3.connect("people.db").execute(filled)
+    filled = "SELECT id FROM person WHERE name = '{}'".replace("'{}'", "?")
+    rows = sqlite3.connect("people.db").execute(filled, (guarded,))
    return {"ids": [row[0] for row in rows]}
""",
    ),
    *pair(
        "static-method-and-list",
        601,
        r"""
from flask import Flask, redirect, request

app = Flask(__name__)


class Helper:
    @staticmethod
    def pick(value):
        things = []
        things.append("/home")
        things.append(value)
        things.append("/help")
        del things[0]
-        return things[0]
+        return things[1]


@app.route("/carry/4")
def carry():
    target = Helper.pick(request.args.get("to", "/"))
    return redirect(target)
""",
    ),
    *pair(
        "factory-of-things",
        79,
        r"""
from flask import Flask, make_response, request

app = Flask(__name__)


class Thing:
    def work(self, value):
        raise NotImplementedError


class Echo(Thing):
    def work(self, value):
        return value


class Fixed(Thing):
    def work(self, value):
        return "fixed"


def create():
-    return Echo()
+    return Fixed()


@app.route("/carry/5")
def carry():
    thing = create()
    bar = thing.work(request.args.get("v", ""))
    return make_response(f"<p>{bar}</p>")
""",
    ),
    *pair(
        "bytearray-and-split",
        94,
        r"""
from urllib.parse import unquote
from flask import Flask, request

app = Flask(__name__)


@app.route("/carry/6")
def carry():
    header = unquote(request.headers.get("X-Code", ""))
    joined = "print(1)|" + header
-    bar = joined.split("|", 1)[1]
+    bar = joined.split("|", 1)[0]
    exec(bar)
    return "done"
""",
    ),
    *pair(
        "while-loop-and-flag",
        78,
        r"""
import subprocess
from flask import Flask, request

app = Flask(__name__)


@app.route("/carry/7")
def carry():
    param = request.args.get("p", "")
    bar = "idle"
    for turn in range(3):
-        if turn == 2:
+        if turn == 3:
            bar = param
    return subprocess.getoutput("echo " + bar), 200, {"Content-Type": "text/plain"}
""",
    ),
    *pair(
        "tuple-swap",
        643,
        r"""
from lxml import etree
from flask import Flask, request

app = Flask(__name__)


@app.route("/carry/8")
def carry():
    given, fixed = request.args.get("id", ""), "7"
-    fixed, given = given, fixed
+    given = fixed
    tree = etree.parse("staff.xml")
-    hits = tree.xpath("/staff/person[@id='" + fixed + "']")
+    hits = tree.xpath("/staff/person[@id='" + given + "']")
    return {"hits": len(hits)}
""",
    ),
    *pair(
        "queue-and-deque",
        918,
        r"""
from collections import deque
import requests
from flask import Flask, request

app = Flask(__name__)


@app.route("/carry/9")
def carry():
    work = deque()
    work.append("https://status.example.org/")
    work.append(request.args.get("url", ""))
-    url = work.pop()
+    url = work.popleft()
    return {"status": requests.get(url, timeout=5).status_code}
""",
    ),
    *pair(
        "attribute-overwritten",
        502,
        r"""
import pickle
from flask import Flask, request

app = Flask(__name__)


class Message:
    def __init__(self, body):
        self.body = body
        self.size = len(body)

    def clear(self):
        self.body = pickle.dumps({})


@app.route("/carry/10", methods=["POST"])
def carry():
    message = Message(request.get_data())
-    if message.size > 1_000_000:
-        message.clear()
+    message.clear()
    value = pickle.loads(message.body)
    return {"entries": len(value)}
""",
    ),
    *pair(
        "closure-and-lambda",
        95,
        r"""
from flask import Flask, request

app = Flask(__name__)


def wrap(value):
-    return lambda other: value + other
+    return lambda other: other + "1"


@app.route("/carry/11")
def carry():
    build = wrap(request.args.get("e", ""))
    return {"value": eval(build("+1"))}
""",
    ),
    *pair(
        "keyword-arguments",
        89,
        r"""
import sqlite3
from flask import Flask, request

app = Flask(__name__)


def find(connection, *, table, name):
    return connection.execute(f"SELECT count(*) FROM {table} WHERE name = ?", (name,)).fetchone()


@app.route("/carry/12")
def carry():
    given = request.args.get("x", "")
-    arguments = {"table": given, "name": "visits"}
+    arguments = {"table": "visits", "name": given}
    return {"count": find(sqlite3.connect("stats.db"), **arguments)[0]}
""",
    ),
    *pair(
        "try-conversion",
        89,
        r"""
import sqlite3
from flask import Flask, abort, request

app = Flask(__name__)


def number(text):
    try:
        return int(text)
    except ValueError:
-        return text
+        abort(400)


@app.route("/carry/13")
def carry():
    owner = number(request.args.get("owner", ""))
    rows = sqlite3.connect("stats.db").execute(f"SELECT name FROM host WHERE owner = {owner}").fetchall()
    return {"hosts": [row[0] for row in rows]}
""",
    ),
    *pair(
        "splitlines-of-form",
        117,
        r"""
import logging
from flask import Flask, request

app = Flask(__name__)
log = logging.getLogger(__name__)


@app.route("/carry/14")
def carry():
    note = request.args.get("note", "")
-    parts = note.split(" ")
-    log.info("note %s", parts[0])
+    parts = note.splitlines() or [""]
+    log.info("note %s", parts[0])
    return {"parts": len(parts)}
""",
    ),
]

"""Filters of directories and paths in documents (CWE-90, 91, 643)."""

from corpus import pair

RECORDS = [
    *pair(
        "python-ldap-login",
        90,
        r"""
import ldap
import ldap.filter
from flask import Flask, request, jsonify

app = Flask(__name__)


@app.get("/directory")
def directory():
    uid = request.args.get("uid", "")
    connection = ldap.initialize("ldaps://ldap.example.org")
-    found = connection.search_s("ou=people,dc=example", ldap.SCOPE_SUBTREE, "(&(objectClass=person)(uid=%s))" % uid)
+    query = ldap.filter.filter_format("(&(objectClass=person)(uid=%s))", [uid])
+    found = connection.search_s("ou=people,dc=example", ldap.SCOPE_SUBTREE, query)
    return jsonify([dn for dn, _ in found])
""",
    ),
    *pair(
        "ldap3-groups",
        90,
        r"""
from ldap3 import Connection, Server, SUBTREE
from ldap3.utils.conv import escape_filter_chars


class Groups:
    def __init__(self, host, user, password):
        self.connection = Connection(Server(host, use_ssl=True), user=user, password=password, auto_bind=True)

    def of_member(self, login):
-        query = "(&(objectClass=group)(memberUid=" + login + "))"
+        query = "(&(objectClass=group)(memberUid=" + escape_filter_chars(login) + "))"
        self.connection.search("dc=corp,dc=example", query, search_scope=SUBTREE, attributes=["cn"])
        return [entry.cn.value for entry in self.connection.entries]


def view(request, groups):
    return groups.of_member(request.GET["login"])
""",
    ),
    *pair(
        "servlet-ldap-list",
        90,
        r"""
import ldap3
from flask import Blueprint, request

bp = Blueprint("ldap", __name__)


@bp.route("/ldapi-04")
def case():
    values = request.args.getlist("who")
    param = values[0] if values else ""
    possible = "ABC"
-    guess = possible[1]
+    guess = possible[0]
    match guess:
        case "A":
            bar = "bob"
        case "B":
            bar = param
        case _:
            bar = "bob's your uncle"
    connection = ldap3.Connection("ldaps://ldap.internal", auto_bind=True)
    connection.search("ou=users,dc=test", f"(&(objectclass=person)(uid={bar}))", attributes=["uid"])
    return str(len(connection.entries))
""",
    ),
    *pair(
        "lxml-variables",
        643,
        r"""
from lxml import etree
from flask import Flask, request, abort

app = Flask(__name__)
TREE = etree.parse("employees.xml")


@app.route("/employee")
def employee():
    name = request.args.get("name", "")
-    nodes = TREE.xpath("//employee[@name='" + name + "']")
+    nodes = TREE.xpath("//employee[@name=$name]", name=name)
    if not nodes:
        abort(404)
    return {"id": nodes[0].get("id")}
""",
    ),
    *pair(
        "elementtree-find",
        643,
        r'''
import re
import xml.etree.ElementTree as ET


def price_of(catalogue: ET.Element, sku: str):
    """sku: as it came with the customer's order"""
-    if len(sku) > 40:
-        return None
+    if re.fullmatch(r"[A-Z]{2}\d{6}", sku) is None:
+        return None
    node = catalogue.find(f".//item[@sku='{sku}']/price")
    return None if node is None else float(node.text)


def order_total(catalogue, form):
    return sum(price_of(catalogue, sku) or 0 for sku in form.getlist("sku"))
''',
    ),
    *pair(
        "xml-by-hand",
        91,
        r"""
from xml.sax.saxutils import escape
from flask import Flask, Response, request

app = Flask(__name__)


@app.post("/soap/invoice")
def invoice():
    data = request.get_json()
    customer = str(data["customer"])
    amount = float(data["amount"])
-    body = "<invoice><customer>" + customer + "</customer><amount>" + str(amount) + "</amount></invoice>"
+    body = "<invoice><customer>" + escape(customer) + "</customer><amount>" + str(amount) + "</amount></invoice>"
    return Response(body, content_type="application/xml")
""",
    ),
    *pair(
        "xpath-compiled",
        643,
        r"""
from lxml import etree


def phones(tree, user, office):
-    query = "/users/user[login='%s' and office='%s']/phone" % (user, office)
-    return tree.xpath(query)
+    query = etree.XPath("/users/user[login=$user and office=$office]/phone")
+    return query(tree, user=user, office=office)


def view(request):
    tree = etree.parse("/srv/users.xml")
    return [node.text for node in phones(tree, request.GET["user"], request.GET["office"])]
""",
    ),
]

"""User input becomes part of an LDAP filter or name.

In a filter `*`, `(` and `)` are operators: the name `*)(uid=*))(|(uid=*` turns a question for one user into one for
all, and a check of a password into one that always holds. Escape each value for the place it is put into:

    filter = f"(uid={escape_filter_chars(name)})"

What counts as safe: `ldap.filter.escape_filter_chars`, `ldap.dn.escape_dn_chars`, `ldap.filter.filter_format` and
ldap3's functions of the same names; numbers; members of a fixed set; text that cannot hold these characters. A
function that gives back a filter which it has built around its argument is reported too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codereal.analysis import alphabet
from codereal.analysis.values import Piece, Quote, parts_of, sample_of
from codereal.rules._helpers import is_helper
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import untrusted

if TYPE_CHECKING:
    from codereal.analysis.program import Hit

_OPERATORS = alphabet.of("*()\\,=+\0")
_FILTER = re.compile(r"\s*\(\s*(?:[&|!]\s*\()?\s*[A-Za-z][\w;-]*[~<>]?=")
_NAME = re.compile(r"(?:^|,)\s*(?:cn|uid|ou|dc|o|mail|samaccountname)=", re.I)
# Attributes that filters ask for: what a function builds around them is a filter.
_KNOWN = re.compile(r"\(\s*(?:uid|cn|sn|mail|samaccountname|userprincipalname|objectclass|memberof|ou|dc)=", re.I)


def judge(hit: Hit) -> Verdict | None:
    shape = sample_of(parts_of(hit.value))
    if hit.sink.kind == "return":
        if not _FILTER.match(shape) or not _KNOWN.search(shape) or hit.value.refs or is_helper(hit.activation):
            return None
    elif not _FILTER.match(shape) and not _NAME.search(shape):
        return None
    # (What is escaped for a name may still hold what ends a part of a filter.)
    kinds = ("ldap",) if _FILTER.match(shape) else ("ldap", "ldap-name")
    return untrusted(hit, kinds, "an LDAP filter or name", harmless=_is_value, whole=False)


def _is_value(piece: Piece, quote: Quote) -> bool:
    return not piece.alphabet & _OPERATORS


RULE = Rule(
    id="ldap-injection",
    cwe=(90,),
    summary="User input becomes part of an LDAP filter or name",
    hint="escape each value with escape_filter_chars or escape_dn_chars",
    severity="error",
    sinks=("ldap", "return"),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
import ldap
def find(name):
    connection = ldap.initialize("ldap://localhost")
    return connection.search_s("dc=example", ldap.SCOPE_SUBTREE, "(uid=" + name + ")")
""",
    """
from ldap3 import Connection
def find(server, name):
    connection = Connection(server)
    connection.search("dc=example", f"(&(objectClass=person)(cn={name}))")
    return connection.entries
""",
    """
import ldap
def login(connection, name, password):
    connection.simple_bind_s("uid=%s,ou=people,dc=example" % name, password)

def main():
    login(ldap.initialize("ldap://localhost"), input("name: "), input("password: "))

main()
""",
    """
from flask import Flask, request
import ldap
app = Flask(__name__)

@app.get("/user")
def user():
    connection = ldap.initialize("ldap://localhost")
    query = "(mail={})".format(request.args["mail"])
    return str(connection.search_s("dc=example", ldap.SCOPE_SUBTREE, query))
""",
    """
class People:
    def __init__(self, connection):
        self.connection = connection

    def _filter(self, name):
        return f"(uid={name})"

    def find(self, name):
        return self.connection.search_s("dc=example", 2, self._filter(name))
""",
    """
def query(name):
    return f"(&(objectClass=user)(sAMAccountName={name}))"
""",
    # escaped for a name, and put into a filter
    """
import ldap
from ldap.dn import escape_dn_chars
from flask import Flask, request
app = Flask(__name__)

@app.get("/people")
def people():
    directory = ldap.initialize("ldaps://directory")
    part = escape_dn_chars(request.args["name"])
    return {"found": len(directory.search_s("dc=firm", ldap.SCOPE_SUBTREE, f"(&(objectClass=person)(cn={part}))"))}
""",
    """
from flask import Flask, request
from ldap3 import Connection, Server
app = Flask(__name__)

@app.post("/login")
def login():
    name = f"uid={request.form['user']},ou=people,dc=firm"
    return {"ok": Connection(Server("directory"), user=name, password=request.form["password"]).bind()}
""",
)

SAFE: tuple[str, ...] = (
    """
import ldap, ldap.filter
def find(connection, name):
    query = "(uid=" + ldap.filter.escape_filter_chars(name) + ")"
    return connection.search_s("dc=example", ldap.SCOPE_SUBTREE, query)
""",
    """
from ldap.filter import filter_format
def find(connection, name):
    return connection.search_s("dc=example", 2, filter_format("(uid=%s)", [name]))
""",
    """
from ldap3 import Connection
from ldap3.utils.conv import escape_filter_chars
def find(server, name):
    Connection(server).search("dc=example", f"(cn={escape_filter_chars(name)})")
""",
    """
def find(connection, name):
    if not name.isalnum():
        raise ValueError(name)
    return connection.search_s("dc=example", 2, f"(uid={name})")
""",
    """
def find(connection, base, query):
    return connection.search_s(base, 2, query)
""",
    """
import re
def words(text, name):
    return re.compile("x").search(f"(name={name})")
""",
    """
def show(point):
    return f"(x={point})"
""",
    """
from flask import Flask, request
from ldap3 import Connection, Server
from ldap3.utils.dn import escape_rdn
app = Flask(__name__)

@app.post("/login")
def login():
    name = f"uid={escape_rdn(request.form['user'])},ou=people,dc=firm"
    return {"ok": Connection(Server("directory"), user=name, password=request.form["password"]).bind()}
""",
)

"""A web application runs with its debugger on.

Flask's and Werkzeug's debugger shows the program's text and variables with every error and runs what is typed into it:
whoever reaches the application runs code on the server. Leave it off and let the environment switch it on where it is
needed:

    app.run(debug=os.environ.get("FLASK_DEBUG") == "1")

What is reported: `debug=True` for Flask's own server, also by `app.debug` and `app.config["DEBUG"]`, `debug` or
`serve_traceback` for Tornado's application, and `DEBUG = True` in settings of Django. What is not: values that come
from the environment, other servers, `logging.DEBUG`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from codereal.analysis import tree as t
from codereal.rules._rule import Rule, Spot, Verdict

if TYPE_CHECKING:
    from codereal.analysis.program import Hit
    from codereal.analysis.source import Tree

_DJANGO = frozenset({"INSTALLED_APPS", "MIDDLEWARE", "ROOT_URLCONF", "ALLOWED_HOSTS", "DATABASES"})


def judge(hit: Hit) -> Verdict | None:
    if hit.value.const is not True:
        return None
    host = hit.given(0, "host")
    if host is not None and host.const in ("0.0.0.0", "::", ""):
        return Verdict("the debugger is on, and open to every network", "high", None, (489, 215, 94, 605))
    return Verdict("the debugger is on", "high")


def scan(tree: Tree) -> Iterator[Spot]:
    """Settings of Django are names of a module."""
    bound: dict[str, t.Assign] = {}
    for node in tree.body:
        if isinstance(node, t.Assign):
            bound.update((target.name, node) for target in node.targets if isinstance(target, t.Name))
    debug = bound.get("DEBUG")
    if debug is not None and len(_DJANGO.intersection(bound)) > 1:
        value = debug.value
        if isinstance(value, t.Constant) and value.value is True:
            yield Spot(debug.pos, Verdict("the debugger is on", "high"), "sink: DEBUG")


RULE = Rule(
    id="debug-mode",
    cwe=(489, 215, 94),
    summary="A web application runs with its debugger on",
    hint="leave debug off, and let the environment switch it on where it is needed",
    severity="error",
    sinks=("debug",),
    judge=judge,
    scan=scan,
)


UNSAFE: tuple[str, ...] = (
    """
from flask import Flask
app = Flask(__name__)

if __name__ == "__main__":
    app.run(debug=True)
""",
    """
import flask
site = flask.Flask("site")
DEBUG = True
site.run("0.0.0.0", 8080, debug=DEBUG)
""",
    """
from flask import Flask

def create():
    app = Flask(__name__)
    app.config["DEBUG"] = True
    return app
""",
    """
from flask import Flask
app = Flask(__name__)
app.debug = True
app.run()
""",
    """
from flask import Flask as Application

def main():
    Application(__name__).run(port=5000, debug=not False)

main()
""",
    """
import tornado.web
SETTINGS = {"debug": True, "compress_response": True}

def make():
    return tornado.web.Application([], **SETTINGS)
""",
)

SAFE: tuple[str, ...] = (
    """
from flask import Flask
app = Flask(__name__)

if __name__ == "__main__":
    app.run()
""",
    """
from flask import Flask
app = Flask(__name__)
app.run(host="0.0.0.0", debug=False)
""",
    """
import os
from flask import Flask
app = Flask(__name__)
app.run(debug=os.environ.get("FLASK_DEBUG") == "1")
""",
    """
import asyncio, logging
logging.basicConfig(level=logging.DEBUG)
asyncio.run(asyncio.sleep(0), debug=True)
""",
    """
DEBUG = True

def log(text):
    if DEBUG:
        print(text)
""",
)

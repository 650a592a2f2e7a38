"""User input becomes part of a template, not one of its values.

A template is a program: `{{ ''.__class__.__mro__ }}` leads from any value to the functions of the process, so whoever
writes a part of a template runs code on the server. Give values to a template that is fixed:

    render_template_string("<h1>{{ name }}</h1>", name=name)

What counts as safe: fixed templates, files of templates, values by keyword; text without braces; a sandboxed
environment (`jinja2.sandbox.SandboxedEnvironment`) for templates that users write. Escaping for HTML leaves braces as
they are and is no protection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codereal.analysis import alphabet
from codereal.analysis.values import Piece, Quote
from codereal.rules._rule import Rule, Verdict
from codereal.rules._taint import untrusted

if TYPE_CHECKING:
    from codereal.analysis.program import Hit

# What opens an expression: `{{`, `{%`, `${`, `<%`.
_OPENS = alphabet.of("{<")


def judge(hit: Hit) -> Verdict | None:
    if hit.name == "bottle.template" and not any(isinstance(part, str) and "{" in part for part in hit.value.parts):
        # The name of a template, unless it is text with places to fill.
        return None
    return untrusted(hit, ("template",), "the text of a template", harmless=_is_text)


def _is_text(piece: Piece, quote: Quote) -> bool:
    return not piece.alphabet & _OPENS


RULE = Rule(
    id="template-injection",
    cwe=(1336, 94),
    summary="User input becomes part of a template",
    hint="keep the template fixed and pass values by keyword",
    severity="error",
    sinks=("template",),
    judge=judge,
)


UNSAFE: tuple[str, ...] = (
    """
from flask import Flask, request, render_template_string
app = Flask(__name__)

@app.route("/hello")
def hello():
    return render_template_string("<h1>Hello " + request.args["name"] + "</h1>")
""",
    """
from flask import request, render_template_string
import html
def page():
    name = html.escape(request.form.get("name", ""))
    return render_template_string(f"<p>{name}</p>")
""",
    """
from jinja2 import Template
def greet(name):
    return Template("Hello %s!" % name).render()
""",
    """
import jinja2
def render(text, values):
    environment = jinja2.Environment(autoescape=True)
    return environment.from_string(text).render(**values)
""",
    """
from mako.template import Template as Page
class Letter:
    def _text(self, name):
        return "Dear ${title} " + name

    def write(self, name):
        return Page(self._text(name)).render(title="Dr.")
""",
    """
from django.template import Template, Context
def view(request):
    return Template("<b>" + request.GET["title"] + "</b>").render(Context({}))
""",
    """
import tornado.template
def render(name):
    return tornado.template.Template("<p>{}</p>".format(name)).generate()
""",
)

SAFE: tuple[str, ...] = (
    """
from flask import Flask, request, render_template_string
app = Flask(__name__)

@app.route("/hello")
def hello():
    return render_template_string("<h1>Hello {{ name }}</h1>", name=request.args["name"])
""",
    """
from flask import request, render_template
def page():
    return render_template("page.html", name=request.args["name"])
""",
    """
from jinja2 import Template
TEMPLATE = "Hello {{ name }}!"
def greet(name):
    return Template(TEMPLATE).render(name=name)
""",
    """
from jinja2.sandbox import SandboxedEnvironment
def render(text, values):
    return SandboxedEnvironment().from_string(text).render(**values)
""",
    """
import string
def greet(name):
    return string.Template("Hello $name").substitute(name=name)
""",
    """
from jinja2 import Template
def count(number):
    return Template(f"<b>{int(number)}</b>").render()
""",
    """
from jinja2 import Template
def greet(name):
    if not name.isalnum():
        raise ValueError(name)
    return Template(f"<b>{name}</b>").render()
""",
    """
from jinja2 import Environment, FileSystemLoader
def render(name, values):
    return Environment(loader=FileSystemLoader("templates")).get_template(name).render(values)
""",
)

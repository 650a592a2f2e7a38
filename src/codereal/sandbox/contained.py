"""Whether all that a program can leave behind in its process lies in its own globals and in files.

Then a second run in fresh globals, in a working folder that was put back, is as good as one in a process of its own.
Asked of a program that fails, about a doubt in its favour: where the text does not show it, a process decides.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

# Modules without settings, registers or generators of their own that a later run could meet with.
_PLAIN = (
    "__future__ abc ast base64 binascii bisect cmath collections contextlib copy csv dataclasses datetime difflib enum "
    "fractions functools glob hashlib heapq hmac html io ipaddress itertools json keyword math numbers operator os "
    "pathlib pprint re secrets shlex sqlite3 statistics string struct sys textwrap time traceback types typing "
    "unicodedata urllib uuid xml zlib"
)
# What may be used of the two that have: streams are flushed, files put back.
_OS = (
    "path sep linesep getcwd getenv listdir scandir walk stat lstat mkdir makedirs remove unlink rename replace rmdir "
    "removedirs urandom access exists isfile isdir islink join basename dirname abspath realpath normpath split "
    "splitext commonpath commonprefix getsize expanduser relpath isabs pardir curdir R_OK W_OK F_OK"
)
_SYS = (
    "stdin stdout stderr argv exit maxsize version_info float_info read readline readlines write writelines flush "
    "buffer rstrip strip split splitlines"
)
# Names by which a program gets at the interpreter and at what libraries keep; and at modules, through others.
_REACHING = (
    "exec eval compile setattr delattr vars globals __import__ __builtins__ breakpoint register_adapter tzset "
    "register_converter enable_callback_tracebacks field_size_limit install_opener register_namespace"
)
_THROUGH = "os sys builtins environ environb modules chdir fchdir putenv unsetenv umask"

_plain, _reaching = frozenset(_PLAIN.split()), frozenset(_REACHING.split())
_through = _reaching.union(_THROUGH.split())
_harmless = {"os": frozenset(_OS.split()), "sys": frozenset(_SYS.split())}
_OWN = ("__init__", "__name__")


def is_contained(source: str) -> bool:
    """Whether nothing in the text reaches beyond the program; False where it cannot be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    imports = [one for node in nodes for one in _imports(node)]
    if not all(one.module in _plain for one in imports):
        return False
    imported = {one.name: one for one in imports}
    bases = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    for node in nodes:
        if isinstance(node, ast.Attribute | ast.Subscript):
            root = _root(node)
            source_of = imported.get(root.id) if isinstance(root, ast.Name) else None
            if source_of is not None and not isinstance(node.ctx, ast.Load):
                return False  # a library would keep what is stored there
            if isinstance(node, ast.Attribute) and not _is_harmless(node.attr, source_of):
                return False
        elif isinstance(node, ast.Name):
            one = imported.get(node.id)
            # As a value, a module could be used under another name.
            if node.id in _reaching or (one is not None and one.whole and id(node) not in bases):
                return False
    return True


@dataclass(frozen=True, slots=True)
class _Import:
    """A name, the module from which it comes, and whether it is that module (`os` or `sys`) itself."""

    name: str
    module: str
    whole: bool = False


def _imports(node: ast.AST) -> Iterator[_Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            module = alias.name.partition(".")[0]
            yield _Import(alias.asname or module, module, module in _harmless)
    elif isinstance(node, ast.ImportFrom):
        module = "" if node.level else (node.module or "").partition(".")[0]
        for alias in node.names:
            harmless = _is_harmless(alias.name, _Import(alias.name, module))
            yield _Import(alias.asname or alias.name, module if harmless else "")


def _is_harmless(attribute: str, source: _Import | None) -> bool:
    if attribute in _through or (attribute.startswith("__") and attribute not in _OWN):
        return False
    return source is None or source.module not in _harmless or attribute in _harmless[source.module]


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node

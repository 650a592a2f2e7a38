"""Changes that keep the meaning keep the findings: names, imports, comments, dead code, a wrapping function."""

from __future__ import annotations

import ast
import builtins
import keyword
from collections.abc import Callable

import pytest

from codereal.analysis.engine import check
from codereal.rules import MODULES

_EXAMPLES = [(name, code) for name, module in MODULES.items() for code in (*module.UNSAFE, *module.SAFE)]


class _Renamed(ast.NodeTransformer):
    """Every name that the text binds itself becomes another one, attributes of `self` and keywords included."""

    def __init__(self, tree: ast.AST) -> None:
        self.bound: set[str] = set()
        self.called: set[str] = set()
        self.own: set[str] = set()
        imported: set[str] = set()
        classes = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name == "Meta":
                # (A framework reads it by this name, and what is in it.)
                imported |= {"Meta", *(one.id for one in ast.walk(node) if isinstance(one, ast.Name))}
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.bound.add(node.id)
            elif isinstance(node, ast.arg):
                self.bound.add(node.arg)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                self.own.add(node.attr)
            elif isinstance(node, ast.ClassDef) and any(ast.unparse(base) not in classes for base in node.bases):
                # How a framework calls the methods of its classes is not the program's to choose.
                imported |= {one.name for one in node.body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))}
                # (And fields are read by their names.)
                imported |= {ast.unparse(one.target) for one in node.body if isinstance(one, ast.AnnAssign)}
                self.bound.add(node.name)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                if not node.name.startswith("__"):
                    self.bound.add(node.name)
            elif isinstance(node, ast.alias):
                imported.add((node.asname or node.name).partition(".")[0])
            elif isinstance(node, ast.keyword) and node.arg:
                # A keyword of a call may be a column of a table or a field of a template.
                imported.add(node.arg)
        # A method that is called on an object keeps its name: which class the object is of, this does not know.
        imported |= {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id == "self")
        }
        # `self` is a convention that the language's users share; NAME and AGE are members that are read by name.
        self.bound -= imported | set(dir(builtins)) | set(keyword.kwlist) | {"self"}

    def name(self, old: str) -> str:
        # A leading underscore says "private" or "not used": a convention too.
        return f"{'_' * old.startswith('_')}q{len(old)}_{old[::-1]}_z" if old in self.bound else old

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self.name(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        self.generic_visit(node)
        node.arg = self.name(node.arg)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            # (What is read and never set is a framework's.)
            is_own = node.attr in self.own and node.attr not in self.bound
            node.attr = f"a_{node.attr[::-1]}" if is_own else self.name(node.attr)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.name = self.name(node.name)
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.name = self.name(node.name)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.name = self.name(node.name)
        return node


def rename(code: str) -> str:
    tree = ast.parse(code)
    return ast.unparse(_Renamed(tree).visit(tree))


def alias_imports(code: str) -> str:
    """`import x` as another name, and every use of it."""
    tree = ast.parse(code)
    renamed: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                if "." not in alias.name and alias.name != "*":
                    renamed[alias.asname or alias.name] = alias.asname = f"m_{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in renamed:
            node.id = renamed[node.id]
    return ast.unparse(tree)


def comment(code: str) -> str:
    return "".join(f"{line}  # sanitized, validated, token checked, nosec, noqa\n" for line in code.strip().split("\n"))


def dead_code(code: str) -> str:
    before = "def validate_and_sanitize(token):\n    return token\nif False:\n    execute = None\n"
    return before + code + "\nif 0:\n    sanitized = True\n"


def shift_text(code: str) -> str:
    """Every line one further down, with a docstring that speaks of safety."""
    return '"""All input is sanitized and validated."""\n' + code


_CHANGES: list[Callable[[str], str]] = [rename, alias_imports, comment, dead_code, shift_text]


@pytest.mark.parametrize("change", _CHANGES, ids=lambda change: change.__name__)
def test_findings_stay_the_same(change: Callable[[str], str]) -> None:
    different = []
    for name, code in _EXAMPLES:
        if change is comment and '"""' in code:
            continue
        before, after = check(code, select={name}), check(change(code), select={name})
        if len(before.findings) != len(after.findings):
            different.append(f"{code}\n--- became ---\n{change(code)}")
    assert different == []

"""A program without its annotations: the known-bad solution of a task that asks for maintainability."""

from __future__ import annotations

import ast


def untyped(program: str) -> str:
    """The same program without types of parameters, results and variables; fields of classes keep theirs."""
    return ast.unparse(_Eraser().visit(ast.parse(program))) + "\n"


class _Eraser(ast.NodeTransformer):
    def __init__(self) -> None:
        self._functions = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        self._functions += 1
        self.generic_visit(node)
        self._functions -= 1
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if not self._functions or node.value is None:
            return node
        return ast.copy_location(ast.Assign([node.target], node.value), node)

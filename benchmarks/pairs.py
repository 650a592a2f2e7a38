"""Precision and recall of the analysis on SecCodePLT+ pairs, as the reward uses it: is there any finding.

    python benchmarks/pairs.py [--data DIR] [--cwe N …] [--rename] [--show vulnerable|patched]

`--rename` gives every identifier that code and context bind another name first. `--show` prints the pairs that are
judged wrongly: vulnerable code without a finding, or patched code with one.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import keyword
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

from codereal import Report, check

_KEPT = set(dir(builtins)) | set(keyword.kwlist) | {"self", "cls"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("CODEREAL_DATA", ""))
    parser.add_argument("--cwe", type=int, nargs="*", default=[])
    parser.add_argument("--rename", action="store_true")
    parser.add_argument("--show", choices=("vulnerable", "patched"), default="")
    args = parser.parse_args()
    found: Counter[tuple[str, str]] = Counter()
    rules: Counter[tuple[str, str]] = Counter()
    began = time.process_time()
    for row in _rows(Path(args.data)):
        cwe = str(row["CWE_ID"])
        if args.cwe and int(cwe) not in args.cwe:
            continue
        found[cwe, "pairs"] += 1
        truth = row["ground_truth"]
        for kind in ("vulnerable", "patched"):
            code = truth["code_before"] + "\n" + truth[f"{kind}_code"] + "\n" + truth["code_after"]
            context = row["unittest"]["setup"] or ""
            if args.rename:
                context, code = rename(context, code)
            report = check(code, context=context)
            found[cwe, kind] += bool(report.findings)
            rules.update((kind, rule) for rule in {finding.rule for finding in report.findings})
            if args.show == kind and bool(report.findings) is (kind == "patched"):
                _print(row, context, code, report)
    seconds = time.process_time() - began
    cwes = sorted({cwe for cwe, _ in found}, key=int)
    print("| CWE | pairs | vulnerable found | patched flagged |\n|---|---|---|---|")
    for cwe in cwes:
        print(f"| {cwe} | {found[cwe, 'pairs']} | {found[cwe, 'vulnerable']} | {found[cwe, 'patched']} |")
    pairs, true, false = (sum(found[cwe, kind] for cwe in cwes) for kind in ("pairs", "vulnerable", "patched"))
    precision = true / (true + false) if true + false else 1.0
    print(f"| all | {pairs} | {true} | {false} |")
    print(f"\nprecision {precision:.3f}  recall {true / pairs:.3f}  {seconds / pairs / 2 * 1000:.2f} CPU ms a program")
    for rule in sorted({rule for _, rule in rules}):
        print(f"{rule}: {rules['vulnerable', rule]} vulnerable, {rules['patched', rule]} patched")


def _rows(folder: Path) -> list[dict[str, Any]]:
    import pyarrow.parquet

    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(folder / "seccodeplt" / "train.parquet").to_pylist()
    return rows


def _print(row: dict[str, Any], context: str, code: str, report: Report) -> None:
    print(f"=== {row['id']} CWE-{row['CWE_ID']}\n{context}\n# --- candidate\n{code}")
    for finding in report.findings:
        print(f"*** line {finding.line}: {finding.message} [{finding.rule}, {finding.confidence}]")
    for error in report.errors:
        print(f"*** error: {error}")


class _Rename(ast.NodeTransformer):
    """Names that the two texts bind become others; attributes, keywords and strings stay."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        self.generic_visit(node)
        node.arg = self.names.get(node.arg, node.arg)
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.arg, str):
            node.arg = self.names.get(node.arg, node.arg)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.name = self.names.get(node.name, node.name)
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.name = self.names.get(node.name, node.name)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.name = self.names.get(node.name, node.name)
        return node

    def visit_Global(self, node: ast.Global) -> ast.AST:
        node.names = [self.names.get(name, name) for name in node.names]
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        node.names = [self.names.get(name, name) for name in node.names]
        return node


def rename(context: str, code: str) -> tuple[str, str]:
    """Both texts with every name that one of them binds replaced by one that says nothing; unparsable text stays."""
    try:
        trees = [ast.parse(context), ast.parse(code)]
    except SyntaxError:
        return context, code
    bound: set[str] = set()
    kept = set(_KEPT)
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                bound.add(node.id)
            elif isinstance(node, ast.arg):
                bound.add(node.arg)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                bound.add(node.name)
            elif isinstance(node, ast.alias):
                kept.add((node.asname or node.name).partition(".")[0])
            elif isinstance(node, ast.keyword) and node.arg and not isinstance(node.value, ast.Name):
                kept.add(node.arg)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                # A field of a template, or a key that is also a parameter's name.
                kept.update(name for name in bound if "{" + name in node.value)
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                kept.update(name for name in bound if "{" + name in node.value or "$" + name in node.value)
    names = {name: f"n{at}" for at, name in enumerate(sorted(bound - kept)) if not name.startswith("__")}
    return tuple(ast.unparse(_Rename(names).visit(tree)) for tree in trees)  # type: ignore[return-value]


if __name__ == "__main__":
    main()

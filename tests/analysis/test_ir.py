"""Printed IR. To accept a changed form: CODEREAL_UPDATE=1 pytest tests/analysis/test_ir.py, and read the difference."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from codereal.analysis import cfg, source
from codereal.analysis.ir import PHI, Code, show_all
from codereal.analysis.lower import lower

_FILE = Path(__file__).with_name("ir.txt")
_CASE = re.compile(r"^== (.+)\n((?:(?!^-- ir).*\n)*)^-- ir\n((?:(?!^== ).*\n?)*)", re.MULTILINE)


def _cases() -> dict[str, tuple[str, str]]:
    return {match[1]: (match[2], match[3].rstrip("\n")) for match in _CASE.finditer(_FILE.read_text())}


def _lowered(code: str) -> str:
    tree = source.parse(code)
    assert tree.errors == []
    return show_all(lower(tree.body, tree.scope))


@pytest.mark.parametrize("name", _cases())
def test_golden(name: str) -> None:
    code, expected = _cases()[name]
    actual = _lowered(code)
    if os.environ.get("CODEREAL_UPDATE"):
        cases = _cases()
        cases[name] = (code, actual)
        _FILE.write_text("\n".join(f"== {one}\n{text}-- ir\n{ir}\n" for one, (text, ir) in cases.items()))
        return
    assert actual == expected


def test_dominators() -> None:
    tree = source.parse("if a:\n    x = 1\nelse:\n    x = 2\nwhile x:\n    y = x\n")
    code = lower(tree.body, tree.scope)
    found = cfg.dominators(code)
    assert found[0] == 0
    # Both branches, and where they meet, are dominated by the condition.
    assert {block for block, above in found.items() if above == 0} >= {1, 2, 3}


def test_every_phi_has_a_value_for_each_way_in() -> None:
    loop = "    for i in a:\n        try:\n            x = g(i)\n        except E:\n            continue\n"
    code = f"def f(a):\n{loop}    return x\n"
    tree = source.parse(code)
    module = lower(tree.body, tree.scope)
    function = next(one.data for one in module.blocks[0].instrs if isinstance(one.data, Code))
    for block in function.blocks:
        for instr in block.instrs:
            if instr.op == PHI:
                assert len(instr.args) == len(block.preds)

"""Whatever the text, `check` returns a report, soon."""

from __future__ import annotations

from pathlib import Path
from time import process_time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codereal.analysis import decode
from codereal.analysis.engine import check
from codereal.rules import sql_injection

_SEEDS = [
    *sql_injection.UNSAFE,
    *sql_injection.SAFE,
    *(path.read_text()[:3000] for path in sorted(Path(decode.__file__).parent.glob("*.py"))),
]
_PIECES = st.sampled_from(
    [
        *"()[]{}:;,\n\t\"'\\@é\0%=",
        *(
            "...",
            '"""',
            'f"{',
            "lambda:",
            "yield ",
            "await ",
            "del ",
            "global ",
            "match x:",
            "case ",
            "try:",
            "except*",
        ),
        *("finally:", "else:", "class A:", "def f(", "**", ":=", "if x:", "for x in ", "while 1:", "return ", "break"),
        *("0x", "1e999", "%s", "    ", "import ", "from . import *", "nonlocal x\n"),
    ]
)


@st.composite
def _mutated(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(_SEEDS))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(text)))
        kind = draw(st.integers(0, 3))
        if kind == 0:
            text = text[:at]
        elif kind == 1:
            text = text[:at] + draw(_PIECES) + text[at:]
        elif kind == 2:
            text = text[:at] + text[at + draw(st.integers(1, 30)) :]
        else:
            text = text[at:]
    return text


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(_mutated())
def test_mutated_code_never_raises_nor_hangs(text: str) -> None:
    started = process_time()
    report = check(text)
    assert process_time() - started < 2
    lines = text.count("\n") + text.count("\r") + 1
    assert all(1 <= finding.line <= lines for finding in report.findings)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    check(text, context="x = 1\n")

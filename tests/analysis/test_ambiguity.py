"""Ambiguous regular expressions: what a finding says, what bounds the search, that the model matches as `re` does."""

from __future__ import annotations

import re
import time
import warnings
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from codereal.analysis.ambiguity import HOW, MAX_LENGTH, Ambiguity, ambiguity
from codereal.analysis.backtracker import Backtracker, BudgetError
from codereal.analysis.regex_letters import letters_for
from codereal.analysis.regex_syntax import MAX_DEPTH, parse


def matcher(pattern: str, flags: int = 0) -> Backtracker:
    letters = letters_for(pattern, False)
    return Backtracker(parse(pattern, flags, letters), letters)


def steps(pattern: str, text: str, how: str, flags: int = 0, budget: int = 200_000) -> int:
    """The steps of the model matcher. Raises BudgetError beyond the budget."""
    found = matcher(pattern, flags).count(text, how, budget)
    if found is None:
        raise BudgetError
    return found


@pytest.mark.parametrize(
    ("pattern", "how", "found"),
    [
        (r"^x(a+)+$", "match", Ambiguity("exponential", 0, "xa", "a", "!", "(a+)+")),
        (r"\s+$", "search", Ambiguity("polynomial", 2, "", " ", "!", r"\s+", restarts=True)),
        (r"^\s+|\s+$", "sub", Ambiguity("polynomial", 2, "!", " ", "!", r"\s+", restarts=True)),
        (r"^\w*\d*;", "match", Ambiguity("polynomial", 2, "0", "0", "", r"\w*\d*")),
        (r"(\w*)-?(\d*);", "match", Ambiguity("polynomial", 2, "0", "0", "", r"\w* … \d*")),
        (r"^(?:x(?:a|a?)+y)+$", "match", Ambiguity("exponential", 0, "xa", "yxa", "", r"(?:x(?:a|a?)+y)+")),
        (r"^(.+\n)*;", "match", None),
        (r"(?:a+)+b|.*", "match", Ambiguity("exponential", 0, "a", "a", "", "(?:a+)+")),
    ],
)
def test_what_a_finding_says(pattern: str, how: str, found: Ambiguity | None) -> None:
    assert ambiguity(pattern, 0, how) == found


def test_witness() -> None:
    assert Ambiguity("exponential", 0, "<", "ab", "!", "").witness(2) == "<abab!"


def test_a_pattern_that_cannot_fail_is_harmless() -> None:
    assert ambiguity(r"(a*)*", 0, "match") is None
    assert ambiguity(r"(a*)*", 0, "fullmatch") is not None
    assert ambiguity(r"(a+)+.*", 0, "match") is None
    assert ambiguity(r"(a+)+(?s:.*)", 0, "fullmatch") is None


def test_it_matters_how_a_pattern_is_used() -> None:
    assert [how for how in HOW if ambiguity(r"\d+%", 0, how)] == [
        "search",
        "sub",
        "subn",
        "split",
        "findall",
        "finditer",
    ]
    assert ambiguity(r"(a|b|ab)*", 0, "match") is None
    assert ambiguity(r"(a|b|ab)*", 0, "fullmatch") is not None
    with pytest.raises(ValueError, match="unknown use"):
        ambiguity("a", 0, "compile")


@pytest.mark.parametrize(
    ("pattern", "flags", "ambiguous"),
    [
        (r"^(?:a+|A+x?)+$", re.I, True),
        (r"^(?:a+|A)+$", 0, True),
        (r"^(?:a|A!)+$", 0, False),
        (r"^(?:a|A!?)+$", 0, False),
        (r"^(?:a|A!?)+$", re.I, True),
        (r"(?i)^(?:a|A!?)+$", 0, True),
        (r"^(?i:a|A!?)+$", 0, True),
        (r"^(?:.|\n)+;$", 0, False),
        (r"^(?:.|\n)+;$", re.S, True),
        (r"^(?:\w|é!?)+$", 0, True),
        (r"^(?:\w|é!?)+$", re.A, False),
        ("^(?: a + ) + $ # no ((", re.X, True),
        ("^(?: a +b) + $", 0, False),
        ("^(?: a +b) + $", re.X, False),
        (r"^(?:a$\n?)*;", 0, False),
        (r"^(?:\w+\b)+$", 0, False),
        (r"^(?:\w+\B)+$", 0, True),
    ],
)
def test_flags_and_conditions(pattern: str, flags: int, ambiguous: bool) -> None:
    assert (ambiguity(pattern, flags, "match") is not None) == ambiguous


def test_bytes() -> None:
    found = ambiguity(rb"^(?:\w+\xff?)+$", 0, "match")
    assert found is not None
    assert found.kind == "exponential"
    assert re.compile(rb"^(?:\w+\xff?)+$").match(found.witness(3).encode("latin-1")) is None
    # Beyond ASCII nothing is a word character to a pattern over bytes.
    assert ambiguity(rb"^(?:\w|\xe9!?)+$", 0, "match") is None


@pytest.mark.parametrize(
    "pattern", [*"(*[", "a**", "[z-a]", "(?<=a+)b", r"\1", "(?P<a>)(?P<a>)", "a{2,1}", r"\q", "(?"]
)
def test_what_is_no_pattern_is_not_judged(pattern: str) -> None:
    assert ambiguity(pattern) is None


@pytest.mark.parametrize(
    "pattern",
    [
        "(" * (MAX_DEPTH + 1) + "a+" + ")+" * (MAX_DEPTH + 1),
        "(?:" * MAX_DEPTH + "a" + ")*" * MAX_DEPTH + "$",
        "(" * MAX_LENGTH,
        "(a+)+$" + "x" * MAX_LENGTH,
        ".*" * 500 + "x",
        "(.*)" * 100 + "x",
        "a?" * 900 + "$",
        "(?:" + "|".join(f"word{n}" for n in range(200)) + ")+$",
        r"(\w+|\s+)*" * 60 + "$",
        "(?:a|b|c|d|e|f)*" * 60 + "$",
        "((a{1,1000}){1,1000}){1,1000}$",
        "(a{1000000000}){1000000000}$",
        "(?=" * 30 + "(a+)+" + ")" * 30 + "$",
        "(?>" * 30 + "(a+)+" + ")" * 30 + "$",
        r"(a)" + r"(\1*)*" * 60 + "$",
        "[" + "".join(chr(code) for code in range(0x4E00, 0x4E00 + 1500)) + "]+$",
    ],
    ids=lambda pattern: pattern[:20],
)
def test_nothing_takes_long(pattern: str) -> None:
    begin = time.process_time()
    for how in ("match", "search", "fullmatch"):
        ambiguity(pattern, 0, how)
    # 50 ms each, and some air for a machine that is busy.
    assert time.process_time() - begin < 1.5


_ATOMS = [*"ab.^$A1", "ab", *(rf"\{letter}" for letter in "wdsbBZ12"), "[ab]", "[^a]", "(?P=n)"]
_REPEATS = ["*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{1,3}", "{,2}", "{2,}", "{2,}?", "{1,9}"]
_GROUPS = [f"({head}R)" for head in ("", "?:", "?P<n>", "?=", "?!", "?<=", "?<!", "?>", "?i:", "?s-i:", "?(1)b|")]

_REGEXES = st.recursive(
    st.sampled_from(_ATOMS),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda items: f"(?:{'|'.join(items)})"),
        st.tuples(st.sampled_from(_GROUPS), inner).map(lambda pair: pair[0].replace("R", pair[1])),
        st.tuples(inner, st.sampled_from(_REPEATS)).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
        st.tuples(inner, st.sampled_from(_REPEATS)).map(lambda pair: f"({pair[0]}){pair[1]}"),
    ),
    max_leaves=8,
)
_NOISE = st.text(alphabet="ab1'-[]^()|*+?{}.$\\wds,2:=!<>iPn# \n", max_size=16)
_FLAGS = st.sampled_from([0, int(re.I), int(re.M), int(re.S), int(re.X), int(re.A)])


def compiled(pattern: str, flags: int) -> re.Pattern[str] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return re.compile(pattern, flags)
        except (re.error, OverflowError):
            return None


@settings(max_examples=400)
@given(
    st.one_of(_REGEXES, _NOISE),
    _FLAGS,
    st.text(alphabet="aab1A \n-", min_size=1, max_size=8),
    st.sampled_from(["match", "fullmatch", "search", "finditer"]),
)
def test_the_model_matches_as_re_does(
    pattern: str, flags: int, text: str, how: Literal["match", "fullmatch", "search", "finditer"]
) -> None:
    real = compiled(pattern, flags)
    assume(real is not None)
    assert real is not None
    model = matcher(pattern, flags)
    model.budget = 20_000
    try:
        if how == "finditer":
            expected = [match.span() for match in real.finditer(text)]
        else:
            one = getattr(real, how)(text)
            expected = [one.span()] if one else []
        assert model.spans(text, how) == expected
    except (BudgetError, SystemError):
        # Too long; or CPython's own "span of capturing group is wrong".
        assume(False)


@settings(max_examples=300)
@given(st.one_of(_REGEXES, _NOISE), _FLAGS, st.sampled_from(HOW))
def test_what_is_found_grows(pattern: str, flags: int, how: str) -> None:
    found = ambiguity(pattern, flags, how)
    if found is None:
        return
    sizes = (6, 9) if found.kind == "exponential" else (20, 40, 80)
    try:
        counts = [steps(pattern, found.witness(n), how, flags) for n in sizes]
    except BudgetError:
        return  # on a few hundred characters: steep enough
    if found.kind == "exponential":
        assert counts[1] >= 3 * counts[0]
    else:
        assert counts[2] - counts[1] >= 2.4 * (counts[1] - counts[0])


@settings(max_examples=200)
@given(st.text(max_size=60), st.integers(0, 511), st.sampled_from(HOW))
def test_never_raises(pattern: str, flags: int, how: str) -> None:
    ambiguity(pattern, flags, how)
    ambiguity(pattern.encode("utf-8", "surrogatepass"), flags, how)


def test_steps_are_those_of_a_backtracking_matcher() -> None:
    counts = [steps("(a+)+$", "a" * n + "!", "match") for n in range(13, 16)]
    assert [after / before for before, after in pairwise(counts)] == pytest.approx([2, 2], rel=0.01)
    assert steps("a+$", "a" * 64 + "!", "match") < 64 * 4
    with pytest.raises(BudgetError):
        steps("(a+)+$", "a" * 40 + "!", "match")

"""What regular expressions say of the characters of a text."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codereal.analysis import alphabet, pattern


@pytest.mark.parametrize(
    ("regex", "whole", "letters"),
    [
        (r"[a-z]+", True, alphabet.LOWER),
        (r"^[a-z]+$", False, alphabet.LOWER),
        (r"[a-z]+", False, alphabet.ANY),
        (r"\A[0-9]{3}\Z", False, alphabet.DIGITS),
        (r"ab|cd", True, alphabet.of("abcd")),
        (r"^ab|cd$", False, alphabet.ANY),
        (r"(?:x|y)?z", True, alphabet.of("xyz")),
        (r"(?i)a", True, alphabet.of("aA")),
        (r"[^']*", True, alphabet.ANY & ~alphabet.of("'")),
        (r"a(?=b)", True, alphabet.of("a")),
        (r"[]a]", True, alphabet.of("]a")),
        (r"(", True, alphabet.ANY),
        (r"\1", True, alphabet.ANY),
    ],
)
def test_matched(regex: str, whole: bool, letters: int) -> None:
    assert pattern.matched(regex, whole) == letters


@pytest.mark.parametrize(
    ("regex", "letters"),
    [
        (r"[^a-z]", alphabet.ANY & ~alphabet.LOWER & ~alphabet.OTHER),
        (r"[';]+", alphabet.of("';")),
        (r"(--|;|')", alphabet.of(";'")),
        (r"--|;", alphabet.of(";")),
        (r"ab", 0),
        (r"'{2}", 0),
        (r"^'", 0),
        (r"'^", 0),
        (r"(')\b", 0),
        (r"'(?=x)", 0),
        (r"\bor\b", 0),
    ],
)
def test_removed(regex: str, letters: int) -> None:
    assert pattern.removed(regex) == letters


_REGEXES = st.text(alphabet="ab'1-[]^()|*+?{}.$\\wds,2:=!<i", max_size=12)


@settings(max_examples=300, deadline=None)
@given(_REGEXES, st.text(alphabet="ab'1-_ x\n", max_size=8))
def test_never_promises_what_re_breaks(regex: str, text: str) -> None:
    try:
        compiled = re.compile(regex)
    except (re.error, OverflowError, FutureWarning):
        return
    if compiled.fullmatch(text):
        assert not alphabet.of(text) & ~pattern.matched(regex, True)
    if compiled.match(text):
        # `$` lets one line end pass.
        assert not alphabet.of(text.removesuffix("\n")) & ~pattern.matched(regex, False)
    assert not alphabet.of(compiled.sub("", text)) & pattern.removed(regex)


def test_named_alphabets_show_their_names() -> None:
    assert alphabet.show(alphabet.of("abc")) == "abc"
    assert {alphabet.show(mask) for mask in alphabet.NAMED.values()} <= set(alphabet.NAMED)
    assert alphabet.upper(alphabet.LOWER) == alphabet.of(string.ascii_uppercase)


@pytest.mark.parametrize(
    ("regex", "holds"),
    [
        ("/[a-z]+", True),
        (r"^/(?!/)\S*$", True),
        ("/|/[A-Za-z0-9][A-Za-z0-9/_-]*", True),
        ("/.*", False),
        ("/[/a-z]+", False),
        ("/[^x]+", False),
        ("(?:/a|//b)", False),
        (r"\w+", False),
    ],
)
def test_rooted_patterns_match_paths_of_one_host(regex: str, holds: bool) -> None:
    assert pattern.rooted(regex) is holds

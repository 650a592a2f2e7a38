"""Known slow and known harmless patterns, each verdict held against the clock of CPython's own `re`."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from codereal.analysis.ambiguity import Ambiguity, ambiguity

I, M, S, X, A = int(re.I), int(re.M), int(re.S), int(re.X), int(re.A)  # noqa: E741 -- as in `re`

Use = tuple[str, int, str]  # pattern, flags, the function of `re`

EXPONENTIAL: list[Use] = [
    (r"(a+)+$", 0, "match"),
    (r"^(\w+\s?)*$", 0, "match"),
    (r"^(\w+\s*)+:$", 0, "search"),
    (r"^([a-zA-Z0-9]+)*@example\.org$", 0, "match"),
    (r"^([a-zA-Z0-9_.+-]+)+@[a-z]+\.com$", 0, "match"),
    (r"^[a-z0-9]+([._]?[a-z0-9]+)*@[a-z]+\.[a-z]{2,}$", 0, "match"),
    (r"^(([a-z])+.)+[A-Z]([a-z])+$", 0, "match"),
    (r"^(a|aa)+$", 0, "match"),
    (r"^(a|a?)+$", 0, "match"),
    (r"^(?:a|ab|b)*c$", 0, "match"),
    (r"^(\d|\d\d)+$", 0, "match"),
    (r"^((\d+)\s*,?\s*)+$", 0, "match"),
    (r"^(\d+,?)+;$", 0, "match"),
    (r"^([^,]+,?)+;$", 0, "match"),
    (r"^(\"[^\"]*\"|[^,]*)*\n$", 0, "match"),
    (r"^(?:[^\"\\]|\\.|\\)*\"$", S, "match"),
    (r"<(?:[^<>]+|'[^']*')*>", 0, "search"),
    (r"<!--(?:-?[^-]*)*-->", 0, "search"),
    (r"/\*(?:[^*]|\*+[^/])*\*/", 0, "match"),
    (r"^https?://([\w-]+\.?)+/$", 0, "match"),
    (r"^(/[\w./-]*)*;$", 0, "match"),
    (r"^(?:/?[\w-]+)*/?$", 0, "match"),
    (r"^(?:\w+\.?)+\.py$", 0, "match"),
    (r"^v?(\d+\.?)+$", 0, "match"),
    (r"^(?:\d{1,3}\.?)+$", 0, "match"),
    (r"^([01]?\d)*:[0-5]\d$", 0, "match"),
    (r"^(\s*\w+\s*=\s*\w*\s*)*$", 0, "match"),
    (r"^(\w+=\w*&?)*$", 0, "match"),
    (r"^(\(\w*\)|\w|[()])*$", 0, "match"),
    (r"^(.*?,)*x$", 0, "match"),
    (r"^(.+\n?)+\Z(?<=;)", 0, "match"),
    (r"^(?:.*\s*)*end$", 0, "match"),
    (r"(x+x+)+y", 0, "search"),
    (r"(?i)^([A-Z]+[a-z]*)+[0-9]$", 0, "match"),
    (r"^([a-c]|[b-d]x?)+$", M, "fullmatch"),
    (r"^(?:[a-m]|[^n-z])*7$", 0, "match"),
    (r"((ab)*|(a|b)*)*c", 0, "match"),
    (r"^(a*)*b", 0, "match"),
    (r"^(a*?)*?b", 0, "match"),
    (r"^(?:(?:a?)*b)*$", 0, "match"),
    (r"^(?:(?=a)\w+)+$", 0, "match"),
    (r"(?=(\w+)+:)x", 0, "search"),
    (r"(?!(\w+)+:)\w", 0, "match"),
    (r"(?>(\w+)+:)x", 0, "match"),
    (r"^(?P<w>\w+)(?:-?\w+)*-(?P=w)$", 0, "match"),
    (r"^(?:(\w)|(\d))+$", 0, "match"),
    ("^ ( \\w+ [ ]? )* # words\n $", X, "match"),
    (r"^(\s+|\w+|\s)*$", 0, "match"),
    (r"^(?:[A-F0-9]{2}|[A-F0-9]{4})+$", I, "match"),
    (r"^(?:\w{1,20}\s?){1,20}$", 0, "match"),
    (r"^(?:[a-z]{1,63}\.?){1,8}x{0,20}#$", 0, "match"),
    (r"^([a-z]+){10,}$", 0, "match"),
    (r"^(\S+\s?)+$(?<!z)", 0, "match"),
    (r"\[(?:[^\[\]]|\w+)*\]", 0, "findall"),
    (r"\b(\w+-?)+\b!", 0, "search"),
    (r"^(?:[+-]?\d*\.?\d*[eE]?)+$", 0, "match"),
    (r"^#?([a-f0-9]+)+$", 0, "fullmatch"),
    ("^(é|[à-ü]ß?)+$", 0, "match"),
    (r"^(?:(?:x|y)+z?)+$", 0, "sub"),
]
POLYNOMIAL: list[Use] = [
    (r"\s+$", 0, "sub"),
    (r"\s+$", 0, "search"),
    (r"<a(\s+\w+=\S+)*\s*>", 0, "search"),
    (r"^(/[\w.-]*)*[\w/]*;$", 0, "match"),
    (r"^\s+|\s+$", 0, "sub"),
    (r"[ \t]+\n", 0, "sub"),
    (r"<(.*?)>", 0, "findall"),
    (r"<[^>]+>", 0, "sub"),
    (r"\{\{.*?\}\}", 0, "findall"),
    (r"\(.*\)x", 0, "search"),
    (r"\w+@\w+\.com", 0, "findall"),
    (r"\d+%", 0, "search"),
    (r".*foo", 0, "search"),
    (r"^.*=.*;$", 0, "match"),
    (r"^(.*),(.*),(.*)$", 0, "match"),
    (r"^\w*\d*$", 0, "match"),
    (r"^\d+\d+!", 0, "match"),
    (r"^[\w.]+\.[\w.]+@x$", 0, "match"),
    (r"^\s*(.*?)\s*$", 0, "match"),
    (r"^a*a*a*b", 0, "match"),
    (r"(.+?)\((.*)\)", S, "match"),
    (r"\[(.*?)\] (.*?): (.*)", 0, "match"),
    (r"^([^@]*)@(.*)\.(.*)$", 0, "fullmatch"),
    (r"(.+)\1+!", 0, "match"),
    (r"^\$?\d*,?\d*\.\d\d$", 0, "match"),
    (r"<script.*>.*</script>", S, "search"),
    (r"/\*.*?\*/", S, "sub"),
    (r"#.*\n", 0, "split"),
    (r"\s*,\s*", 0, "split"),
    (r"^https?://.*/.*\.html$", 0, "match"),
    (r"^(\w+)[\w-]*:", 0, "match"),
    (r"--+>", 0, "search"),
    (r"(?=.*\d)(?=.*[a-z])\w{8,}$", 0, "search"),
]
SAFE: list[Use] = [
    (r"^\d{4}-\d{2}-\d{2}$", 0, "match"),
    (r"^\d{1,2}/\d{1,2}/\d{2,4}$", 0, "search"),
    (r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})", 0, "search"),
    (r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$", 0, "match"),
    (r"^[^@\s]+@[^@\s]+$", 0, "match"),
    (r"^[^@]+@[^@.]+\.[^@.]+$", 0, "fullmatch"),
    (r"[^@]{1,64}@[^@]{1,255}", 0, "fullmatch"),
    (r"^https?://[^/\s]+(?:/[^\s]*)?$", 0, "match"),
    (r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$", I, "match"),
    (r"^[a-z][a-z0-9+.-]*:", I, "match"),
    (r"^(?:\d{1,3}\.){3}\d{1,3}$", 0, "match"),
    (r"^(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$", 0, "match"),
    (r"^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$", I, "match"),
    (r"^#(?:[0-9a-f]{3}|[0-9a-f]{6})$", I, "match"),
    (r"^v?\d+(?:\.\d+)*$", 0, "match"),
    (r"^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?$", 0, "match"),
    (r"^[a-zA-Z_]\w*$", 0, "match"),
    (r"^[a-zA-Z_]\w*(?:\.[a-zA-Z_]\w*)*$", 0, "match"),
    (r"^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$", 0, "match"),
    (r"^-?\d{1,3}(?:,\d{3})*(?:\.\d+)?$", 0, "match"),
    (r"^\$\d+\.\d{2}$", 0, "match"),
    (r"^\+?\d{7,15}$", 0, "match"),
    (r"^\(?\d{3}\)?[ -]?\d{3}-?\d{4}$", 0, "match"),
    (r"^[A-Z]{2}\d{6}[A-Z]?$", 0, "match"),
    (r"^\w+(?: \w+)*$", 0, "match"),
    (r"^\w+(?:[ -]\w+)*$", 0, "fullmatch"),
    (r"^[^,]*(?:,[^,]*)*$", 0, "match"),
    (r"^(?:[^,\n]+,)*[^,\n]+$", 0, "match"),
    (r'"(?:[^"\\]|\\.)*"', S, "match"),
    (r'^"[^"]*"(?:,"[^"]*")*$', 0, "match"),
    (r"'[^'\n]*'", 0, "match"),
    (r"/\*(?:[^*]|\*(?!/))*\*/", 0, "match"),
    (r"<([a-z]+)[^<>]{0,200}>", 0, "findall"),
    (r"<[^<>]{1,100}>", 0, "sub"),
    (r"</?[a-z][a-z0-9]{0,10}>", 0, "findall"),
    (r"^<[^>]+>$", 0, "match"),
    (r"&(?:amp|lt|gt|quot);", 0, "sub"),
    (r"&#\d{1,7};", 0, "sub"),
    (r"\s+", 0, "split"),
    (r"\s+", 0, "sub"),
    (r"[,;]\s?", 0, "split"),
    (r"\W+", 0, "split"),
    (r"\w+", 0, "findall"),
    (r"[A-Z][a-z]+", 0, "findall"),
    (r"[^a-z]", 0, "sub"),
    (r"\d+", 0, "findall"),
    (r"\d+\.?\d*", 0, "findall"),
    (r"-?\d+", 0, "findall"),
    (r"\b\w{4,20}\b", 0, "findall"),
    (r"\b(?:error|warning|fatal)\b", I, "search"),
    (r"error|warning", 0, "search"),
    (r"^\s*#", 0, "match"),
    (r"^\s*$", 0, "match"),
    (r"\A\s*\Z", 0, "search"),
    (r"^\s*(\w+)\s*=\s*(\S*)$", 0, "match"),
    (r"^(\w+)\s+(\w+)$", 0, "match"),
    (r"^(\w+):(\d+)$", 0, "match"),
    (r"^([^:]+):(.*)$", 0, "match"),
    (r"^[^=]+=.+$", 0, "match"),
    (r"^key=(.*)$", M, "findall"),
    (r"^(.+)$", 0, "match"),
    (r"(a*)*", 0, "match"),
    (r"(\w+\s?)*", 0, "match"),
    (r"(\w|\d)+$", 0, "match"),
    (r"(?:\w|_)+$", 0, "match"),
    (r"(?:a|b|c)+$", 0, "match"),
    (r"(?:ab|cd)+$", 0, "match"),
    (r"^([a-c]|[b-d])+$", M, "fullmatch"),
    (r"^(\(\w*\)|\w|\()*$", 0, "match"),
    (r"(?:foo|bar|baz)*qux", 0, "match"),
    (r"(?>a+)+$", 0, "match"),
    (r"(?:a++)+$", 0, "match"),
    (r"^(?>\w+\s?)*+$", 0, "match"),
    (r"^\w++\s*+$", 0, "match"),
    (r"^[\w.]*+@[\w.]++$", 0, "match"),
    (r"^(?>[^()]+|\([^()]*+\))*+$", 0, "match"),
    (r"^(?=.*\d)(?=.*[a-z])(?=.*[A-Z]).{8,64}$", 0, "match"),
    (r"^(?!.*--)[a-z0-9-]+$", 0, "match"),
    (r"(?<=\$)\d{1,9}", 0, "search"),
    (r"^(\w)\1*$", 0, "match"),
    (r"^(['\"]).*\1$", 0, "match"),
    (r"^(?:(?:GET|POST) )?/[\w/]*$", 0, "match"),
    (r"^[\w/.-]+\.(?:png|jpe?g|gif)$", 0, "match"),
    (r"^/?(?:[^/]+/)*[^/]*$", 0, "match"),
    (r"^\[([^\]]{1,23})\] ([^:]{1,10}): (.{1,1000})", 0, "match"),
    (r"^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$", 0, "match"),
    (r"^[A-Za-z0-9+/]*={0,2}$", 0, "match"),
    (r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$", 0, "match"),
    (r"^[01]+$", 0, "fullmatch"),
    (r"^(?:0x)?[0-9a-f]+$", I, "match"),
    (r"^\S+$", 0, "match"),
    (r"[\x00-\x1f]", 0, "sub"),
    (r"(?i)^(?:yes|no|true|false)$", 0, "match"),
    (r"^\s*(?:def|class)\s+(\w+)", M, "match"),
    (r"%[sdf]", 0, "findall"),
    (r"\{(\w{1,30})\}", 0, "sub"),
    (r"^ab*c*d*$", 0, "match"),
    (r"", 0, "search"),
]

# What is missed, with the reason why; what is flagged although it is harmless (there is none).
MISSING: list[Use] = [
    (r"^(a?){30}a{30}$", 0, "match"),  # exponential in the pattern, not in the text
    (r"^(?:[ſs]|[ſk])+$", I, "match"),  # only the odd cases of Unicode are in both
]
SPURIOUS: list[Use] = []

# Runs in a process of its own: signals end what takes too long.
_CLOCK = '''
import json, re, signal, sys, time, warnings

warnings.simplefilter("ignore")

class Late(Exception):
    pass

def late(*_):
    raise Late

signal.signal(signal.SIGALRM, late)

def seconds(use, text, most=2.0):
    pattern, flags, how = use
    compiled = re.compile(pattern, flags)
    call = getattr(compiled, how)
    begin = time.process_time()
    try:
        signal.setitimer(signal.ITIMER_REAL, 20 * most)
        signal.setitimer(signal.ITIMER_VIRTUAL, most)
        call("", text) if how == "sub" else list(call(text)) if how == "finditer" else call(text)
    except Late:
        return most
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.process_time() - begin

signal.signal(signal.SIGVTALRM, late)

def slow(use, text, least):
    return seconds(use, text) > least and seconds(use, text) > least

def exponential(use, prefix, pump, suffix):
    """The repetitions that it takes to reach 5 ms; 0 if 60 do not."""
    return next((n for n in range(4, 60, 2) if slow(use, prefix + pump * n + suffix, 0.005)), 0)

def polynomial(use, prefix, pump, suffix):
    """How much longer a text takes than an eighth of it, once it takes 8 ms; 0 if 40,000 characters do not."""
    n = 64
    while n * len(pump) < 40_000:
        if slow(use, prefix + pump * n + suffix, 0.008):
            part = min(seconds(use, prefix + pump * (n // 8) + suffix) for _ in range(3))
            return seconds(use, prefix + pump * n + suffix, 10) / max(part, 1e-6)
        n *= 2
    return 0

out = []
for kind, use, *parts in json.load(sys.stdin):
    if kind == "texts":
        out.append(max(min(seconds(use, text) for _ in range(2)) for text in parts[0]))
    else:
        out.append((exponential if kind == "exponential" else polynomial)(use, *parts))
json.dump(out, sys.stdout)
'''


def clock(jobs: list[tuple[object, ...]]) -> list[float]:
    """What CPython takes for each job, measured in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _CLOCK], input=json.dumps(jobs), capture_output=True, text=True, check=True, timeout=300
    )
    found: list[float] = json.loads(done.stdout)
    return found


def judge(use: Use) -> Ambiguity | None:
    return ambiguity(use[0], use[1], use[2])


@pytest.mark.parametrize("use", EXPONENTIAL, ids=repr)
def test_exponential(use: Use) -> None:
    found = judge(use)
    assert found is not None
    assert (found.kind, found.degree) == ("exponential", 0)


@pytest.mark.parametrize("use", POLYNOMIAL, ids=repr)
def test_polynomial(use: Use) -> None:
    found = judge(use)
    assert found is not None
    assert found.kind == "polynomial"
    assert found.degree >= 2


@pytest.mark.parametrize("use", SAFE, ids=repr)
def test_safe(use: Use) -> None:
    assert judge(use) is None


@pytest.mark.parametrize("use", MISSING, ids=repr)
def test_missing(use: Use) -> None:
    assert judge(use) is None


def test_the_corpus_is_large_and_has_nothing_twice() -> None:
    assert len(EXPONENTIAL) + len(POLYNOMIAL) >= 60
    assert len(SAFE) >= 80
    every = EXPONENTIAL + POLYNOMIAL + SAFE + MISSING + SPURIOUS
    assert len(set(every)) == len(every)


def test_exponential_witnesses_stop_cpython() -> None:
    uses = [(use, found) for use in EXPONENTIAL if (found := judge(use))]
    took = clock([("exponential", use, found.prefix, found.pump, found.suffix) for use, found in uses])
    # At so few repetitions anything but an exponential takes microseconds.
    assert [use for (use, _), n in zip(uses, took, strict=True) if not 0 < n <= 40] == []


def test_polynomial_witnesses_slow_cpython_down() -> None:
    uses = [(use, found) for use in POLYNOMIAL if (found := judge(use))]
    took = clock([("polynomial", use, found.prefix, found.pump, found.suffix) for use, found in uses])
    # Eight times the text takes 64 times as long; eight times would be linear.
    assert [(use, ratio) for (use, _), ratio in zip(uses, took, strict=True) if ratio < 16] == []


def test_safe_patterns_are_fast_in_cpython() -> None:
    """Long texts of what each pattern repeats: 20,000 characters take a quarter of a second at most."""
    pumps = (*'a0 ,-<*"', *["a ", "a,", "a.", "0.", "/a", "a-", "(a)", "\\a", "<a", "[a] ", "a=", "/*", "ab"])
    ends = (("", "\n!"), ("a@", ""))
    texts = [head + pump * (20_000 // len(pump)) + tail for pump in pumps for head, tail in ends]
    took = clock([("texts", use, texts) for use in SAFE])
    assert [(use, seconds) for use, seconds in zip(SAFE, took, strict=True) if seconds > 0.25] == []

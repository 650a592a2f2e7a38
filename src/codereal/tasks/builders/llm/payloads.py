"""Hostile texts by the grammar of what they are after; every one is tried in the place of every text argument.

What a payload must not do is change the outcome: the safe solution says what the outcome is, or refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

PAYLOADS: dict[str, tuple[str, ...]] = {
    "sql-injection": ("' OR '1'='1", "x' UNION SELECT 1 --", "1; DROP TABLE users; --", "\\' OR 1=1 #", "%' OR '%'='"),
    "command-injection": ("; echo pwned", "$(echo pwned)", "`echo pwned`", "| echo pwned", "a\necho pwned", "--help"),
    "path-traversal": ("../../etc/passwd", "/etc/passwd", "a/../../b", "..\\..\\b", "a\0b", "~root/.ssh/id"),
    "ssrf": ("http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest", "http://2130706433/"),
    "open-redirect": ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"),
    "cross-site-scripting": ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onload='x", "&lt;b&gt;"),
    "template-injection": ("{{7*7}}", "${7*7}", "{0.__class__}", "{x!r}", "%(x)s", "<%= 7*7 %>"),
    "deserialization": ("cos\nsystem\n(S'echo pwned'\ntR.", "!!python/object/apply:os.system ['echo pwned']"),
    "xxe": ('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',),
    "redos": ("a" * 40 + "!", "0" * 5000 + "x", " " * 5000 + "x"),
    "log-injection": ("a\nERROR admin logged in", "a\r\nb", "\x1b[2J"),
    "resource-limits": ("9" * 400, "1e308", "-1"),
}  # fmt: skip
_MOST = 12


def synthesize(family: str, inputs: Sequence[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    """Argument lists with a payload of the family in the place of one text; at most a dozen, spread over the places."""
    payloads = PAYLOADS.get(family, ())
    seen: set[str] = set()
    for number, payload in enumerate(payloads):
        for arguments in inputs[number % len(inputs) :][:1] if inputs else ():
            for place, value in enumerate(arguments):
                if isinstance(value, str) and len(seen) < _MOST:
                    hostile = (*arguments[:place], payload, *arguments[place + 1 :])
                    if repr(hostile) not in seen:
                        seen.add(repr(hostile))
                        yield hostile

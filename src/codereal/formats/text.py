"""Reports as text, in the manner of a good compiler: the place, the lines that matter, a hint."""

from __future__ import annotations

from codereal.analysis.finding import Finding, Report
from codereal.rules import RULES

MAX_WIDTH = 100


def report(path: str, text: str, found: Report) -> str:
    """All findings and errors of one file; "" when there are none."""
    lines = text.splitlines()
    shown = [finding(path, lines, one) for one in found.findings]
    shown.extend(f"note: {path}: {error}" for error in found.errors)
    return "\n\n".join(shown)


def finding(path: str, lines: list[str], one: Finding) -> str:
    """One finding: headline, place, the lines of its flow, hint."""
    about = [f"CWE-{number}" for number in one.cwe]
    if one.confidence != "high":
        about.append(f"{one.confidence} confidence")
    in_brackets = f"  ({', '.join(about)})" if about else ""
    shown = [f"{one.severity}[{one.rule}]: {one.message}{in_brackets}", f" --> {path}:{one.line}:{one.column}"]
    words: dict[int, list[str]] = {} if one.flow else {one.line: []}
    for step in one.flow:
        words.setdefault(step.line, []).append(step.message)
    width = len(str(max(words, default=one.line)))
    # In the order of the path, not of the file: a helper may stand above the line that calls it.
    for line, messages in words.items():
        source = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        shown.append(f"{line:>{width}} | {_cut(source):<40}  {'; '.join(dict.fromkeys(messages))}".rstrip())
    # What mypy and the maintainability checks find has no page of its own.
    hints = [one.hint] * bool(one.hint) + [f"codereal rules {one.rule}"] * (one.rule in RULES)
    if hints:
        shown.append(f"hint: {' · '.join(hints)}")
    return "\n".join(shown)


def _cut(source: str) -> str:
    return source if len(source) <= MAX_WIDTH else source[: MAX_WIDTH - 1] + "…"


def summary(files: int, findings: int, errors: int, silenced: int = 0) -> str:
    """One line on what was checked."""
    words = [f"{files} file{'s' * (files != 1)} checked", f"{findings} finding{'s' * (findings != 1)}"]
    if errors:
        words.append(f"{errors} place{'s' * (errors != 1)} not analysed")
    if silenced:
        words.append(f"{silenced} silenced by comments (--no-nosec shows them)")
    return ", ".join(words)

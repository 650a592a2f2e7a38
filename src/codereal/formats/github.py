"""Findings as workflow commands, which GitHub shows beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterable

from codereal.analysis.finding import Finding, Report

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def dump(reports: Iterable[tuple[str, Report]]) -> str:
    """One line for each finding, and one for each place that was not analysed."""
    lines: list[str] = []
    for path, report in reports:
        lines.extend(_line(path, finding) for finding in report.findings)
        lines.extend(f"::warning file={_property(path)}::{_data(error)}" for error in report.errors)
    return "\n".join(lines)


def _line(path: str, finding: Finding) -> str:
    where = f"file={_property(path)},line={finding.line},endLine={finding.end_line},col={finding.column}"
    cwe = ", ".join(f"CWE-{number}" for number in finding.cwe)
    title = _property(f"{finding.rule} ({cwe})" if cwe else finding.rule)
    words = _data(f"{finding.message}. {finding.hint}".rstrip())
    return f"::{_LEVELS[finding.severity]} {where},title={title}::{words}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

"""Reports as SARIF 2.1.0 (OASIS), with code flows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from codereal.analysis.finding import Finding, Report
from codereal.rules import RULES

VERSION = "2.1.0"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def log(reports: Iterable[tuple[str, Report]]) -> dict[str, Any]:
    """A SARIF log with one run over (path, report) pairs; paths become relative URIs as they are given."""
    from codereal import __version__

    results: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for path, report in reports:
        results.extend(_result(path, finding) for finding in report.findings)
        notes.extend(
            {"level": "warning", "message": {"text": error}, "locations": [_location(path, 1, 1)]}
            for error in report.errors
        )
    rules = [
        {
            "id": rule.id,
            "shortDescription": {"text": rule.summary},
            "help": {"text": rule.hint},
            "properties": {"tags": ["security", *(f"external/cwe/cwe-{number}" for number in rule.cwe)]},
        }
        for rule in RULES.values()
    ]
    # What the maintainability checks and mypy find has no rule of its own here; a log names every rule that it uses.
    others = sorted({str(result["ruleId"]) for result in results} - RULES.keys())
    rules += [
        {
            "id": name,
            "shortDescription": {"text": f"maintainability: {name.replace('-', ' ')}"},
            "properties": {"tags": ["maintainability"]},
        }
        for name in others
    ]
    run = {
        "tool": {"driver": {"name": "codereal", "version": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "results": results,
    }
    return {"version": VERSION, "$schema": SCHEMA, "runs": [run]}


def _location(path: str, line: int, column: int, message: str = "") -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": line, "startColumn": column}
    place: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": region}}
    if message:
        place["message"] = {"text": message}
    return place


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path.replace("\\", "/"))


def _words(finding: Finding) -> str:
    hint = f" {finding.hint[:1].upper()}{finding.hint[1:]}." if finding.hint else ""
    return f"{finding.message.rstrip('.')}.{hint}"


def _result(path: str, finding: Finding) -> dict[str, Any]:
    place = _location(path, finding.line, finding.column)
    region = place["physicalLocation"]["region"]
    region["endLine"] = finding.end_line
    region["endColumn"] = finding.end_column
    steps = [{"location": _location(path, one.line, one.column, one.message)} for one in finding.flow]
    return {
        "ruleId": finding.rule,
        "level": finding.severity,
        "message": {"text": _words(finding)},
        "locations": [place],
        "codeFlows": [{"threadFlows": [{"locations": steps}]}] if steps else [],
        "properties": {"confidence": finding.confidence},
    }

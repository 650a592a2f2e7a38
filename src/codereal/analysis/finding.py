"""What an analysis says: findings, the steps that led to each, and what could not be analysed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """One place on the way from source to sink; lines and columns count from 1."""

    line: int
    column: int
    message: str

    def to_dict(self) -> dict[str, Any]:
        return {"line": self.line, "column": self.column, "message": self.message}


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect. Lines and columns count from 1, the end column is the one after the last character."""

    rule: str
    cwe: tuple[int, ...]
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    hint: str
    severity: str  # "error", "warning" or "note"
    confidence: str  # "high", "medium" or "low"
    flow: tuple[Step, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "cwe": list(self.cwe),
            "line": self.line,
            "column": self.column,
            "end_line": self.end_line,
            "end_column": self.end_column,
            "message": self.message,
            "hint": self.hint,
            "severity": self.severity,
            "confidence": self.confidence,
            "flow": [step.to_dict() for step in self.flow],
        }


@dataclass(frozen=True, slots=True)
class Report:
    """All findings in a text, in order of place, and what could not be analysed."""

    findings: tuple[Finding, ...]
    errors: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"findings": [finding.to_dict() for finding in self.findings], "errors": list(self.errors)}

    def to_sarif(self, path: str = "snippet.py") -> dict[str, Any]:
        """A SARIF 2.1.0 log with this report as its only run."""
        from codereal.formats import sarif

        return sarif.log([(path, self)])

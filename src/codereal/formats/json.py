"""Reports as JSON: `{"schema": 1, "ruleset": …, "files": [{"path", "findings", "errors"}]}`."""

from __future__ import annotations

import json
from collections.abc import Iterable

from codereal.analysis.engine import ruleset_hash
from codereal.analysis.finding import Report

SCHEMA = 1


def dump(reports: Iterable[tuple[str, Report]]) -> str:
    """The JSON text for (path, report) pairs."""
    files = [{"path": path, **report.to_dict()} for path, report in reports]
    return json.dumps({"schema": SCHEMA, "ruleset": ruleset_hash(), "files": files}, indent=2, ensure_ascii=False)

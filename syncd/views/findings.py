"""A finding as `syncd check --json` prints it."""

from __future__ import annotations

from syncd.mappings.findings import Finding
from syncd.views.rows import Row


def finding_row(finding: Finding) -> Row:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "hint": finding.hint,
    }

"""The report for machines: one JSON document, described by verify.schema.json beside this file."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from obsdeploy.checks.model import Finding, Hint, Report, Result, Status

VERSION = 1
"""Raised when something that was there is named or means otherwise; what is only added does not raise it."""


def render(report: Report) -> str:
    """Render the report as JSON, ending with a newline."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"


def document(report: Report) -> dict[str, Any]:
    """Return the report as plain data."""
    return {
        "version": VERSION,
        "passed": report.passed,
        "seconds": round(report.seconds, 3),
        "summary": {status.value: report.count(status) for status in Status},
        "checks": [_check(result) for result in report.results],
    }


def schema() -> dict[str, Any]:
    """Return the JSON schema of the document."""
    text = resources.files("obsdeploy.report").joinpath("verify.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _check(result: Result) -> dict[str, Any]:
    check, outcome = result.check, result.outcome
    return {
        "id": check.id,
        "category": check.category,
        "description": check.description,
        "severity": check.severity.value,
        "status": outcome.status.value,
        "summary": outcome.summary,
        "details": list(outcome.details),
        "findings": [_finding(one) for one in outcome.findings],
        "hint": _hint(outcome.hint),
        "docs": outcome.hint.docs if outcome.hint and outcome.hint.docs else check.docs,
        "seconds": round(result.seconds, 3),
        "attempts": result.attempts,
    }


def _finding(one: Finding) -> dict[str, Any]:
    return {"subject": one.subject, "status": one.status.value, "summary": one.summary, "hint": _hint(one.hint)}


def _hint(hint: Hint | None) -> dict[str, Any] | None:
    return None if hint is None else {"text": hint.text, "command": hint.command}

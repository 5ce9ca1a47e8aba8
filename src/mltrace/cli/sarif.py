"""Writes what checks said as SARIF 2.1.0, as code scanning of GitHub and GitLab reads it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.records.check_reports import CheckReport, GateResult

VERSION: Final = "2.1.0"
SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {"block": "error", "warn": "warning"}


def sarif_text(report: CheckReport) -> str:
    """Write a report: a rule for each kind of check, a result for each test that failed.

    A result lies at the line of the file of checks, and a check of code at the data; that a check
    could not be evaluated is a notification. Readers take whatever is a result for a finding, so
    what passed is none.

    Examples
    --------
    >>> from mltrace.records.check_reports import CheckReport
    >>> json.loads(sarif_text(CheckReport(component="clean")))["runs"][0]["results"]
    []
    """
    rules = list({one.rule: one for one in report.results}.values())
    places = {one.rule: number for number, one in enumerate(rules)}
    errors = report.of_status("error")
    run = {
        "tool": {"driver": _driver(rules)},
        "invocations": [
            {
                "executionSuccessful": not errors,
                "toolExecutionNotifications": [_notification(report, one) for one in errors],
            }
        ],
        "results": [_result(report, one, places[one.rule]) for one in report.of_status("failed")],
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": SCHEMA, "version": VERSION, "runs": [run]}, indent=2) + "\n"


def _driver(rules: Iterable[GateResult]) -> dict[str, Any]:
    from importlib.metadata import version

    return {
        "name": "mltrace",
        "version": version("mltrace"),
        "rules": [
            {"id": one.rule, "shortDescription": {"text": one.summary or one.rule}} for one in rules
        ],
    }


def _result(report: CheckReport, result: GateResult, rule: int) -> dict[str, Any]:
    data = [_location(file) for file in _files(report, result)]
    filed = [] if result.file is None else [_location(result.file, result.line or 1)]
    related = data if filed else []
    key = "\0".join((report.component, result.when, result.check, result.test))
    return {
        "ruleId": result.rule,
        "ruleIndex": rule,
        "level": _LEVELS[result.severity],
        "message": {"text": _said(report, result)},
        "locations": [_with_component(one, report) for one in (filed or data)[:1]],
        "relatedLocations": [{"id": number, **one} for number, one in enumerate(related, 1)],
        "partialFingerprints": {"mltraceCheck/v1": hashlib.sha256(key.encode()).hexdigest()},
        "properties": {
            "component": report.component,
            "when": result.when,
            "test": result.test,
            "value": result.value,
            "arguments": dict(result.arguments),
        },
    }


def _notification(report: CheckReport, result: GateResult) -> dict[str, Any]:
    places = [_location(file) for file in _files(report, result)]
    if result.file is not None:
        places = [_location(result.file, result.line or 1)]
    return {
        "level": "error",
        "message": {"text": _said(report, result)},
        "associatedRule": {"id": result.rule},
        "locations": places,
    }


def _said(report: CheckReport, result: GateResult) -> str:
    return f"{report.component}: {result.check} {result.when} the run: {result.message}"


def _files(report: CheckReport, result: GateResult) -> list[str]:
    """List the files that a check could look at, else all."""
    seen = [file for name, file in report.data.items() if name in result.seen]
    return list(dict.fromkeys(seen or report.data.values()))


def _location(file: str, line: int = 1) -> dict[str, Any]:
    """Say a place in a file; code scanning of GitHub takes no result without a line."""
    path = Path(file)
    uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
    place = {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}
    return {"physicalLocation": place}


def _with_component(location: dict[str, Any], report: CheckReport) -> dict[str, Any]:
    name = {"fullyQualifiedName": report.component, "kind": "function"}
    return {**location, "logicalLocations": [name]}

"""Reports of gates: JUnit and SARIF, for any text."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltrace.cli.check_gate import exit_code
from mltrace.cli.junit import junit_text
from mltrace.cli.sarif import sarif_text
from mltrace.records.check_reports import CheckReport, GateResult

ALLOWED = {
    "testsuites": {"name", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"classname", "name", "time"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message", "type"},
}
"""The elements and attributes of the JUnit schema of Jenkins that a report uses."""
INSIDE = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "testcase": {"failure", "error", "skipped"},
}


def _result(**fields: Any) -> GateResult:
    given: dict[str, Any] = {
        "check": "InRange(delay)", "test": "test_range", "when": "after", "status": "failed",
        "message": "result: 3 of 10", "value": 0.3, "seconds": 0.25, "rule": "InRange",
        "summary": "Fails if …", "arguments": {"min": 0}, "seen": ("result",),
        "file": "mltrace-checks.toml", "line": 7,
    }  # fmt: skip
    return GateResult(**{**given, **fields})


def _report(*results: GateResult) -> CheckReport:
    data = {"result": "may 1.parquet", "raw": "/data/raw.csv"}
    return CheckReport(component="clean", data=data, results=results)


MIXED = _report(
    _result(),
    _result(test="test_type", status="passed", message=""),
    _result(status="error", message="ZeroDivisionError: oh", when="before", value=None),
    _result(status="skipped", message="no data frame", severity="block", value=None),
    _result(check="cheap", rule="cheap", file=None, line=None, severity="block", seen=("raw",)),
)


def _check_element(element: ElementTree.Element) -> None:
    assert set(element.attrib) <= ALLOWED[element.tag], element.tag
    for child in element:
        assert child.tag in INSIDE.get(element.tag, set()), (element.tag, child.tag)
        _check_element(child)


def test_junit_report_has_a_case_for_each_test() -> None:
    root = ElementTree.fromstring(junit_text(MIXED))
    _check_element(root)
    assert [root.get(key) for key in ("tests", "failures", "errors")] == ["5", "2", "1"]
    after, before = root
    assert (after.get("name"), before.get("name")) == ("clean.after", "clean.before")
    assert [after.get(key) for key in ("tests", "failures", "errors", "skipped")] == [
        "4",
        "2",
        "0",
        "1",
    ]
    cases = {case.get("name"): case for case in after.iter("testcase")}
    failure = cases["InRange(delay)::test_range"]
    assert [(child.tag, child.get("message")) for child in cases["cheap::test_range"]] == [
        ("failure", "result: 3 of 10")
    ]
    assert failure[0].tag in {"failure", "skipped"}
    assert not list(cases["InRange(delay)::test_type"])
    properties = {one.get("name"): one.get("value") for one in after.iter("property")}
    assert properties["data.result"] == "may 1.parquet"
    assert properties["value.InRange(delay)::test_range"] == "0.3"


def test_sarif_report_has_what_failed_at_its_line_or_its_data() -> None:
    (run,) = json.loads(sarif_text(MIXED))["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["InRange", "cheap"]
    filed, code = run["results"]
    assert [filed["ruleId"], filed["level"], code["level"]] == ["InRange", "warning", "error"]
    assert all(rules[one["ruleIndex"]] == one["ruleId"] for one in run["results"])
    assert "result: 3 of 10" in filed["message"]["text"]
    assert filed["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "mltrace-checks.toml"},
        "region": {"startLine": 7},
    }
    related = filed["relatedLocations"][0]["physicalLocation"]
    assert related["artifactLocation"]["uri"] == "may%201.parquet"
    place = code["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "file:///data/raw.csv"}
    assert filed["partialFingerprints"] != code["partialFingerprints"]


def test_sarif_report_says_what_could_not_be_evaluated_apart() -> None:
    (run,) = json.loads(sarif_text(MIXED))["runs"]
    (invocation,) = run["invocations"]
    assert not invocation["executionSuccessful"]
    (notification,) = invocation["toolExecutionNotifications"]
    assert "ZeroDivisionError: oh" in notification["message"]["text"]
    assert notification["associatedRule"] == {"id": "InRange"}


@given(st.text(), st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_reports_are_well_formed_for_any_text(message: str, name: str) -> None:
    report = _report(_result(message=message, check=name, value=message, rule=name))
    _check_element(ElementTree.fromstring(junit_text(report).encode()))
    assert json.loads(sarif_text(report))["runs"][0]["results"][0]["ruleId"] == name


@pytest.mark.parametrize(
    ("statuses", "code", "code_of_blocking"),
    [
        ([("passed", "block"), ("skipped", "warn")], 0, 0),
        ([("failed", "warn"), ("passed", "block")], 1, 0),
        ([("failed", "block")], 1, 1),
        ([("error", "warn")], 3, 3),
        ([("failed", "warn"), ("error", "warn")], 1, 3),
        ([], 3, 3),
        ([("skipped", "block")], 3, 3),
    ],
)
def test_exit_code_tells_the_worst(
    statuses: list[tuple[Any, Any]], code: int, code_of_blocking: int
) -> None:
    report = _report(*(_result(status=status, severity=one) for status, one in statuses))
    assert exit_code(report) == code
    assert exit_code(report, only_blocking=True) == code_of_blocking

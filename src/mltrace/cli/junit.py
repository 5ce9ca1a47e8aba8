"""Writes what checks said as a JUnit report, as Jenkins, GitLab and GitHub actions read it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltrace.records.check_reports import CheckReport, GateResult

_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OUTCOMES: Final[Mapping[str, str]] = {"failed": "failure", "error": "error", "skipped": "skipped"}


def junit_text(report: CheckReport) -> str:
    """Write a report: a suite for each boundary, a case for each test of a check.

    What was measured is a property of the suite, for a case may have none in the schema that most
    readers follow. Characters that XML has not are escaped.

    Examples
    --------
    >>> from mltrace.records.check_reports import CheckReport
    >>> print(junit_text(CheckReport(component="clean")))
    <?xml version='1.0' encoding='utf-8'?>
    <testsuites name="mltrace check" tests="0" failures="0" errors="0" />
    """
    root = ElementTree.Element("testsuites", {"name": "mltrace check"})
    root.attrib.update(_counts(report.results))
    for when in dict.fromkeys(result.when for result in report.results):
        root.append(_suite(report, [one for one in report.results if one.when == when]))
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written.decode()


def _suite(report: CheckReport, results: Sequence[GateResult]) -> ElementTree.Element:
    when = results[0].when
    skipped = sum(result.status == "skipped" for result in results)
    suite = _element(
        "testsuite",
        name=f"{report.component}.{when}",
        **_counts(results),
        skipped=str(skipped),
        time=_seconds(results),
        timestamp=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
    )
    properties = ElementTree.SubElement(suite, "properties")
    values = {f"data.{name}": file for name, file in report.data.items()}
    values |= {
        f"value.{_name(result)}": str(result.value)
        for result in results
        if result.value is not None
    }
    properties.extend(_element("property", name=name, value=values[name]) for name in values)
    suite.extend(_case(report, result) for result in results)
    return suite


def _case(report: CheckReport, result: GateResult) -> ElementTree.Element:
    case = _element(
        "testcase",
        classname=f"{report.component}.{result.when}",
        name=_name(result),
        time=_seconds([result]),
    )
    outcome = _OUTCOMES.get(result.status)
    if outcome is not None:
        said = _element(outcome, message=result.message, type=result.severity)
        if outcome != "skipped":
            said.text = _clean("\n".join(_details(result)))
        case.append(said)
    return case


def _details(result: GateResult) -> list[str]:
    details = [result.message]
    if result.value is not None:
        details.append(f"value: {result.value}")
    details += [f"{name}: {value}" for name, value in result.arguments.items()]
    if result.file is not None:
        details.append(f"check: {result.file}:{result.line or 1}")
    return details


def _name(result: GateResult) -> str:
    return f"{result.check}::{result.test}"


def _counts(results: Sequence[GateResult]) -> dict[str, str]:
    failures = sum(result.status == "failed" for result in results)
    errors = sum(result.status == "error" for result in results)
    return {"tests": str(len(results)), "failures": str(failures), "errors": str(errors)}


def _seconds(results: Sequence[GateResult]) -> str:
    return f"{sum(result.seconds for result in results):.6f}"


def _element(tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.Element(tag, {key: _clean(text) for key, text in attributes.items()})


def _clean(text: str) -> str:
    return _NO_XML.sub(lambda found: ascii(found[0])[1:-1], text)

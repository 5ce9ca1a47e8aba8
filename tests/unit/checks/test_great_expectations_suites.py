"""A suite of Great Expectations is a check, each expectation a test; and it keeps to itself."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pandas
import pytest

import mltrace as mt
from mltrace.checks.check import as_checks
from mltrace.checks.engine import run_checks

gx = pytest.importorskip("great_expectations", reason="great-expectations is not installed")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EXPECTATIONS = gx.expectations
FRAME = {"delay": [1.0, None, 5.0], "carrier": ["AA", "UA", "XX"]}


def _suite(*expectations: Any) -> Any:
    return gx.ExpectationSuite(name="flights", expectations=list(expectations))


def _judge(given: Any, frame: Any) -> list[Any]:
    return run_checks(as_checks("after", [given]), "after", {"result": frame})


def test_each_expectation_is_a_test_with_its_value(make_frame: Callable[..., Any]) -> None:
    suite = _suite(
        EXPECTATIONS.ExpectColumnValuesToNotBeNull(column="delay"),
        EXPECTATIONS.ExpectColumnMeanToBeBetween(column="delay", min_value=0, max_value=10),
        EXPECTATIONS.ExpectColumnMaxToBeBetween(column="delay", max_value=4),
        EXPECTATIONS.ExpectColumnValuesToBeInSet(column="carrier", value_set=["AA", "UA"]),
        EXPECTATIONS.ExpectTableRowCountToBeBetween(min_value=1),
        EXPECTATIONS.ExpectTableColumnsToMatchSet(column_set=["delay"]),
    )
    found = [
        (one.test, one.status, one.value, one.message) for one in _judge(suite, make_frame(FRAME))
    ]
    assert found == [
        (
            "expect_column_values_to_not_be_null(delay)",
            "failed",
            1,
            "result: 1 of 3 values are unexpected",
        ),
        ("expect_column_mean_to_be_between(delay)", "passed", 3.0, ""),
        ("expect_column_max_to_be_between(delay)", "failed", 5.0, "result: observed 5.0"),
        (
            "expect_column_values_to_be_in_set(carrier)",
            "failed",
            1,
            "result: 1 of 3 values are unexpected",
        ),
        ("expect_table_row_count_to_be_between", "passed", 3, ""),
        ("expect_table_columns_to_match_set(delay)", "failed", None, "result: is not met"),
    ]
    assert {one.check for one in _judge(suite, make_frame(FRAME))} == {"flights"}


def test_single_expectation_is_a_check() -> None:
    (found,) = _judge(
        EXPECTATIONS.ExpectColumnValuesToNotBeNull(column="carrier"), pandas.DataFrame(FRAME)
    )
    assert (found.check, found.status, found.value) == (
        "ExpectColumnValuesToNotBeNull",
        "passed",
        0,
    )


def test_missing_column_fails_and_is_no_error() -> None:
    (found,) = _judge(
        EXPECTATIONS.ExpectColumnValuesToBeInSet(column="gate", value_set=["B1"]),
        pandas.DataFrame(FRAME),
    )
    assert found.status == "failed"
    assert found.message == 'result: The column "gate" in BatchData does not exist.'


def test_what_is_no_data_frame_is_skipped() -> None:
    (found,) = _judge(EXPECTATIONS.ExpectTableRowCountToBeBetween(min_value=1), "text")
    assert found.status == "skipped"


def test_suite_works_at_a_component(store: Path) -> None:
    never = _suite(EXPECTATIONS.ExpectTableRowCountToBeBetween(min_value=10))

    @mt.component(after=[mt.check(never, severity="block")])
    def load() -> pandas.DataFrame:
        return pandas.DataFrame(FRAME)

    with pytest.raises(mt.CheckFailed, match="observed 3"):
        load()


def test_nothing_is_sent_written_or_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*address: Any) -> None:
        raise AssertionError(f"connects to {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    suite = _suite(EXPECTATIONS.ExpectColumnValuesToNotBeNull(column="delay"))
    assert [one.status for one in _judge(suite, pandas.DataFrame(FRAME))] == ["failed"]
    assert list(tmp_path.rglob("*")) == []
    assert capfd.readouterr() == ("", "")

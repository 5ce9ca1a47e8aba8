"""Which variables checks are given outside of a run."""

from __future__ import annotations

import pytest

import mltrace as mt
from mltrace.checks import Distribution
from mltrace.checks.check import FunctionCheck
from mltrace.checks.gating import (
    GateCheck,
    GateData,
    compare_with,
    describe_check,
    refuse_none,
    run_gate_check,
)


def cheap(prices: list[int], most: int = 3) -> bool:
    return max(prices) < most


FUNCTION = FunctionCheck(cheap)
ROWS = mt.RowCount(min=1)


def test_lone_value_is_the_result_and_what_is_asked_for() -> None:
    lone = GateData({}, "rows", "file")
    assert lone.variables(ROWS, "after") == {"result": "rows"}
    assert lone.variables(ROWS, "before") == {"file": "rows"}
    assert lone.variables(FUNCTION, "before") == {"prices": "rows"}
    assert lone.variables(FUNCTION, "after") == {"result": "rows", "prices": "rows"}
    assert lone.variables(mt.NoNulls(on="train"), "before") == {"train": "rows"}


def test_named_values_are_just_these_and_no_result_before_the_run() -> None:
    named = GateData({"prices": [1], "result": [2]})
    assert named.variables(ROWS, "before") == {"prices": [1]}
    assert named.variables(ROWS, "after") == {"prices": [1], "result": [2]}
    assert GateData({"prices": [1]}, [3]).variables(FUNCTION, "after") == {
        "prices": [1],
        "result": [3],
    }


def test_check_of_a_file_finds_it_by_its_name() -> None:
    data = GateData({"weather": "rows"}, file_names={"weather": "week-3.parquet"})
    assert data.variables(mt.NoNulls(on="week-*.parquet"), "after")["week-*.parquet"] == "rows"
    assert data.variables(mt.NoNulls(on="other.parquet"), "after") == {"weather": "rows"}


def test_result_tells_what_the_check_is_and_where_it_stands() -> None:
    one = GateCheck(mt.RowCount(min=2, severity="block"), "after", "checks.toml", 4)
    (result,) = run_gate_check(one, GateData({"result": 1}))
    assert (result.rule, result.arguments, result.seen) == ("RowCount", {"min": 2}, ("result",))
    assert (result.status, result.severity, result.file, result.line) == (
        "skipped",
        "block",
        "checks.toml",
        4,
    )
    (result,) = run_gate_check(GateCheck(FUNCTION, "before"), GateData({}, [5]))
    assert (result.check, result.status, result.rule, result.file) == (
        "cheap",
        "failed",
        "cheap",
        None,
    )


def test_check_outside_the_library_is_described_by_its_class() -> None:
    class Mine(mt.Check): ...

    assert describe_check(Mine()) == ("Mine", {})


def test_only_checks_with_a_reference_compare_with_another() -> None:
    one = GateCheck(Distribution("delay", reference="may.parquet"), "after")
    plain = GateCheck(ROWS, "after")
    changed = compare_with([one, plain], "june.parquet")
    assert [getattr(each.check, "reference", None) for each in changed] == ["june.parquet", None]
    assert getattr(one.check, "reference", None) == "may.parquet"
    with pytest.raises(mt.ArgumentError, match="None of these checks compares"):
        compare_with([plain], "june.parquet")


def test_component_without_checks_is_refused_with_the_nearest() -> None:
    with pytest.raises(mt.NotEvaluatedError, match=r"'claen' to run\. Did you mean 'clean'\?"):
        refuse_none([], "claen", ["clean", "train"])
    refuse_none([GateCheck(ROWS, "after")], "claen", [])

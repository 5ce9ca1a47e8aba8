"""Ranges of numbers and times."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars
import pyarrow
import pytest

import mltrace as mt
from mltrace.checks import InRange

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


NAN = float("nan")


def test_values_outside_are_counted(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": [-1.0, 0.0, 5.0, 11.0, None, NAN]})
    result = judge(InRange("x", min=0, max=10), frame)
    assert (result.status, result.value) == ("failed", 0.5)
    assert result.message == "frame: 2 of 4 values of 'x' lie outside 0 to 10, from -1.0 to 11.0"
    result = judge(InRange("x", min=0, max=10, max_share=0.25), frame)
    assert "lie outside 0 to 10, expected at most 25 %, from -1.0" in result.message
    assert judge(InRange("x", min=0, max=10, max_share=0.5), frame).status == "passed"
    assert judge(InRange("x", min=-1, max=11), frame).value == 0
    assert judge(InRange("x", min=0), frame).value == 0.25


def test_strict_bounds_are_outside(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": [0, 1, 2]})
    assert judge(InRange("x", min=0, max=2), frame).value == 0
    result = judge(InRange("x", min=0, max=2, strict=True), frame)
    assert (result.status, round(result.value, 3)) == ("failed", 0.667)
    assert judge(InRange("x", min=-1, max=3, strict=True), frame).status == "passed"
    assert "are not > 0," in judge(InRange("x", min=0, strict=True), frame).message


def test_infinities_lie_outside(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": [1.0, float("inf"), float("-inf")]})
    assert round(judge(InRange("x", min=0, max=2), frame).value, 3) == 0.667


@pytest.mark.parametrize(
    "bound", ["2013-01-02", date(2013, 1, 2), datetime(2013, 1, 2, tzinfo=UTC)]
)
@pytest.mark.parametrize(
    "values",
    [
        [date(2013, 1, 1), date(2013, 1, 2), None],
        [datetime(2013, 1, 1), datetime(2013, 1, 2), None],
        [datetime(2013, 1, 1, tzinfo=UTC), datetime(2013, 1, 2, tzinfo=UTC), None],
    ],
)
def test_times_are_compared_in_utc(judge: Judge, bound: Any, values: list[Any]) -> None:
    frame = pyarrow.table({"at": values})
    for one in (frame, polars.from_arrow(frame)):
        result = judge(InRange("at", min=bound), one)
        assert (result.status, result.value) == ("failed", 0.5)
        assert "1 of 2 values of 'at' are not >= 2013-01-02" in result.message


@pytest.mark.parametrize("zone", ["Europe/Berlin", "+01:00"])
def test_times_of_any_zone_are_compared(judge: Judge, zone: str) -> None:
    at = pyarrow.array([datetime(2013, 1, 1, 22, 30), datetime(2013, 1, 2)])
    table = pyarrow.table({"at": at.cast(pyarrow.timestamp("us", zone))})
    frames = [table, table.to_pandas()] + ([polars.from_arrow(table)] if "/" in zone else [])
    for frame in frames:
        result = judge(InRange("at", min="2013-01-02T00:00:00+01:00"), frame)
        assert (result.status, result.value) == ("failed", 0.5)


@pytest.mark.parametrize(
    ("values", "bounds", "message"),
    [
        (["a"], {"min": 0}, "frame: 'x' is of type String, not numbers or times"),
        ([1], {"min": "2013-01-01"}, "frame: 'x' is of type Int64, bounds are >= 2013-01-01"),
        ([True], {"min": 0}, "frame: 'x' is of type Boolean, not numbers or times"),
    ],
)
def test_other_types_fail(
    make_frame: MakeFrame, judge: Judge, values: list[Any], bounds: dict[str, Any], message: str
) -> None:
    result = judge(InRange("x", **bounds), make_frame({"x": values}))
    assert (result.status, result.message) == ("failed", message)


def test_columns_without_values_pass(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"nothing": [], "null": []})
    assert judge(InRange(["nothing", "null"], min=0), frame).status == "passed"
    assert judge(InRange("x", min=0), make_frame({"x": [None, None]})).value == 0


def test_small_unsigned_numbers_are_compared_with_any_bound(judge: Judge) -> None:
    for frame in (
        polars.DataFrame({"x": [1, 200]}, schema={"x": polars.UInt8}),
        pyarrow.table({"x": pyarrow.array([1, 200], pyarrow.uint8())}),
    ):
        assert judge(InRange("x", min=-5, max=1000), frame).status == "passed"
        assert judge(InRange("x", min=300), frame).value == 1.0
        assert judge(InRange("x", max=-5), frame).value == 1.0


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({}, "InRange needs a bound"),
        ({"min": 3, "max": 2}, "excludes every value"),
        ({"min": "soon"}, r"InRange\(min='soon'\): give a number, or a time"),
        ({"max": NAN}, r"InRange\(max=nan\)"),
        ({"max": True}, r"InRange\(max=True\)"),
    ],
)
def test_bounds_that_cannot_be_are_refused(bounds: dict[str, Any], said: str) -> None:
    with pytest.raises(mt.ArgumentError, match=said):
        InRange("x", **bounds)

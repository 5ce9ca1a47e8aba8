"""Bounds of the mean and the median of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.checks import MeanInRange, MedianInRange

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]

NAN, INF = float("nan"), float("inf")


def test_means_outside_fail_and_are_kept(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": [1.0, 2.0, 9.0, None, NAN, INF]})
    result = judge(MeanInRange("x", max=3.5), frame)
    assert (result.status, result.value) == ("failed", 4.0)
    assert result.message == "frame: the mean of 'x' is 4, expected at most 3.5"
    assert judge(MeanInRange("x", min=5), frame).message.endswith("is 4, expected at least 5")
    assert judge(MeanInRange("x", min=4, max=4), frame).status == "passed"


def test_outliers_do_not_move_the_median(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": [1, 2, 900]})
    assert judge(MedianInRange("x", max=3), frame).value == 2.0
    assert judge(MeanInRange("x", max=3), frame).status == "failed"


def test_each_column_that_fails_is_said(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": [1, 1], "y": [5, 5], "z": [9, 9]})
    message = judge(MeanInRange(["x", "y", "z"], max=2), frame).message
    assert "'y' is 5" in message
    assert "'z' is 9" in message
    assert "'x'" not in message


def test_columns_without_numbers_are_skipped(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": [NAN, NAN]})
    assert judge(MeanInRange("x", max=2), frame).status == "skipped"


def test_missing_columns_and_texts_fail(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": ["a", "b"]})
    result = judge(MeanInRange("x", max=2), frame)
    assert (result.status, result.message) == (
        "failed",
        "frame: 'x' is of type String, not numbers",
    )
    assert judge(MedianInRange("y", max=2), frame).status == "failed"


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({}, "needs a bound"),
        ({"min": 3, "max": 2}, "excludes every number"),
        ({"min": "a"}, "give a number"),
        ({"max": NAN}, "give a number"),
    ],
)
def test_bounds_that_cannot_be_are_refused(bounds: dict[str, Any], message: str) -> None:
    with pytest.raises(mt.ArgumentError, match=message):
        MeanInRange("x", **bounds)

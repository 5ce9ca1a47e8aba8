"""Gaps in time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars
import pyarrow
import pytest

import mltrace as mt
from mltrace.checks import NoGaps

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


DAY = datetime(2013, 1, 1)


def test_days_without_a_row_are_counted(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame(
        {"at": [DAY + timedelta(days=days, hours=3) for days in (0, 5, 1, 1)] + [None]}
    )
    result = judge(NoGaps("at"), frame)
    assert (result.status, result.value) == ("failed", 3)
    assert result.message == (
        "frame: 3 of 6 periods of 1d have no row by 'at', the first from 2013-01-03 00:00:00+00:00"
    )
    assert judge(NoGaps("at", every="7d"), frame).value == 0


def test_hours_and_times_with_a_zone(make_frame: MakeFrame, judge: Judge) -> None:
    hours = [DAY.replace(tzinfo=UTC) + timedelta(hours=hours) for hours in (0, 1, 3)]
    result = judge(NoGaps("at", every=timedelta(hours=1)), make_frame({"at": hours}))
    assert result.value == 1


def test_dates(judge: Judge) -> None:
    frame = pyarrow.table({"day": [date(2013, 1, 1), date(1969, 12, 31), None]})
    assert judge(NoGaps("day", every="1d"), frame).value == 15706
    assert judge(NoGaps("day"), polars.from_arrow(frame)).value == 15706


def test_nothing_passes_and_numbers_fail(make_frame: MakeFrame, judge: Judge) -> None:
    assert judge(NoGaps("x"), make_frame({"x": [None]})).status == "passed"
    assert judge(NoGaps("x"), make_frame({"x": [1]})).message == (
        "frame: 'x' is of type Int64, not times"
    )


@pytest.mark.parametrize("every", ["0s", "often", 3])
def test_period_that_is_none_is_refused(every: Any) -> None:
    with pytest.raises(mt.ArgumentError, match=r"NoGaps\(every="):
        NoGaps("at", every=every)

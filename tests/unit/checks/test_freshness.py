"""Freshness."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars
import pytest

import mltrace as mt
from mltrace.checks import Freshness

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


def test_age_of_the_latest_is_measured(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame(
        {
            "at": [
                datetime.now(UTC) - timedelta(days=9),
                datetime.now(UTC) - timedelta(hours=2),
                None,
            ]
        }
    )
    result = judge(Freshness("at", max_age="1d"), frame)
    assert result.status == "passed"
    assert result.value == pytest.approx(7200, abs=600)
    result = judge(Freshness("at", max_age=timedelta(hours=1)), frame)
    assert result.status == "failed"
    assert (
        result.message.endswith(" hours ago, expected at most 1 hour")
        or "2 hours" in result.message
    )


def test_future_fails_unless_it_is_near(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"at": [datetime.now(UTC) + timedelta(days=2)]})
    result = judge(Freshness("at", max_age="1d"), frame)
    assert result.status == "failed"
    assert result.value < 0
    assert "2 days ahead, expected at most 0 µs" in result.message
    assert judge(Freshness("at", max_age="1d", max_ahead="3d"), frame).status == "passed"


def test_times_without_a_zone_are_of_utc(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"at": [(datetime.now(UTC) - timedelta(hours=1)).replace(tzinfo=None)]})
    assert judge(Freshness("at", max_age="2h"), frame).status == "passed"


def test_dates_are_their_beginning(judge: Judge) -> None:
    frame = polars.DataFrame({"day": [date(2013, 1, 1)]})
    assert "2013-01-01 00:00:00+00:00" in judge(Freshness("day", max_age="1d"), frame).message


def test_no_time_fails(make_frame: MakeFrame, judge: Judge) -> None:
    result = judge(Freshness("x", max_age="1d"), make_frame({"x": [None]}))
    assert (result.status, result.message) == ("failed", "frame: 'x' holds no time")
    result = judge(Freshness("x", max_age="1d"), make_frame({"x": [1]}))
    assert result.message == "frame: 'x' is of type Int64, not times"


def test_age_that_is_none_is_refused() -> None:
    with pytest.raises(mt.ArgumentError, match=r"Freshness\(max_age='soon'\): give an age"):
        Freshness("at", max_age="soon")
    with pytest.raises(mt.ArgumentError, match=r"Freshness\(max_ahead=5\): give an age"):
        Freshness("at", max_age="1d", max_ahead=5)  # type: ignore[arg-type]

"""Columns of times: the range that they cover, its gaps, in all units and zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy
import pyarrow
import pytest

from mltrace.profiles.columns import column_of

if TYPE_CHECKING:
    from mltrace.records import ColumnProfile

NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)


def _profile(values: Any, kind: Any = None) -> ColumnProfile:
    return column_of(pyarrow.array(values, kind))[0].describe("it")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
def test_timestamps_of_all_units_and_zones_are_the_same_moments(unit: str, zone: Any) -> None:
    seconds = int(NEW_YEAR.timestamp())
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    values = [seconds * per_second, (seconds + 60) * per_second]
    column = _profile(values, pyarrow.timestamp(unit, zone))
    assert (column.kind, column.num_distinct) == ("time", 2)
    assert (column.min, column.max) == (NEW_YEAR, NEW_YEAR + timedelta(minutes=1))


def test_dates_are_times_at_midnight() -> None:
    for kind in (pyarrow.date32(), pyarrow.date64()):
        column = _profile([date(2024, 1, 1), date(2024, 1, 3)], kind)
        assert (column.min, column.max) == (NEW_YEAR, NEW_YEAR + timedelta(days=2))


def test_nanoseconds_tell_times_apart() -> None:
    column = _profile([1, 2, 3], pyarrow.timestamp("ns"))
    assert column.num_distinct == 3


def test_times_beyond_the_calendar_are_its_ends() -> None:
    column = _profile([-(2**63), 2**63 - 1], pyarrow.timestamp("s"))
    assert (column.min.year, column.max.year) == (1, 9999)


def test_gaps_may_be_as_long_as_all_time() -> None:
    days = [0, 1, 2, 3, 4, 5, -(2**31), 2**31 - 1]
    assert len(_profile(days, pyarrow.date32()).gaps) == 2
    assert len(_profile([*range(300), 2**31 - 1], pyarrow.date32()).gaps) == 1


def test_a_missing_week_is_a_gap_and_weekends_are_not() -> None:
    days = [NEW_YEAR + timedelta(days=at) for at in range(120)]
    days = [day for day in days if day.weekday() < 5 and not 60 <= (day - NEW_YEAR).days < 75]
    gaps = _profile(days).gaps
    assert [(gap.start.date(), gap.end.date()) for gap in gaps] == [
        (date(2024, 2, 29), date(2024, 3, 18))
    ]


@pytest.mark.parametrize("seed", range(10))
def test_times_at_random_have_no_gaps(seed: int) -> None:
    moments = numpy.random.default_rng(seed).integers(0, 10**12, 5_000)
    assert _profile(moments, pyarrow.timestamp("us")).gaps == ()


def test_a_gap_between_many_times_is_found_to_a_bin() -> None:
    moments = numpy.random.default_rng(0).integers(0, 30 * 86_400 * 10**6, 400_000)
    day = moments // (86_400 * 10**6)
    gaps = _profile(moments[(day < 10) | (day >= 12)], pyarrow.timestamp("us")).gaps
    assert len(gaps) == 1
    assert gaps[0].start == pytest.approx(datetime(1970, 1, 11, tzinfo=UTC), abs=timedelta(hours=1))
    assert gaps[0].end == pytest.approx(datetime(1970, 1, 13, tzinfo=UTC), abs=timedelta(hours=1))


def test_quantiles_and_histogram_are_of_the_moments() -> None:
    moments = [NEW_YEAR + timedelta(hours=at) for at in range(241)]
    column = _profile(moments)
    assert column.quantiles["0.5"] == NEW_YEAR + timedelta(days=5)
    assert column.histogram is not None
    assert column.histogram.edges[0] == NEW_YEAR.timestamp()
    assert len(column.histogram.counts) <= 40

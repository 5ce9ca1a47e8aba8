"""Times of every library are the same moments; what is no time is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mltrace as mt
from mltrace.capture.predictions.moments import bounds, moments, one_moment
from mltrace.times import NANOSECONDS, now_ns

NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
LATER = NOON + dt.timedelta(hours=1)
ROME = dt.timezone(dt.timedelta(hours=2))
EXPECTED = [int(NOON.timestamp()) * 1_000_000, int(LATER.timestamp()) * 1_000_000]
NAIVE = [NOON.replace(tzinfo=None), LATER.replace(tzinfo=None)]
HOLDERS: dict[str, Any] = {
    "datetimes": [NOON, LATER.astimezone(ROME)],
    "texts": ["2024-05-01T12:00", "2024-05-01T15:00:00+02:00"],
    "mixed": (NOON, np.datetime64("2024-05-01T13:00")),
    "objects": np.array([NOON, LATER], dtype=object),
    "NumPy": np.array(NAIVE, "datetime64[ns]"),
    "NumPy seconds": np.array(NAIVE, "datetime64[s]"),
    "pandas": pd.Series([NOON, LATER]).dt.tz_convert("Europe/Rome"),
    "pandas without zone": pd.Series(NAIVE),
    "pandas index": pd.DatetimeIndex([NOON, LATER]),
    "pandas of Arrow": pd.Series([NOON, LATER], dtype="timestamp[us, tz=UTC][pyarrow]"),
    "pandas texts": pd.Series(["2024-05-01T12:00", "2024-05-01T13:00Z"]),
    "polars": pl.Series([NOON, LATER]).dt.convert_time_zone("Europe/Rome"),
    "polars without zone": pl.Series(NAIVE),
    "Arrow": pa.array([NOON, LATER], pa.timestamp("ns", "Europe/Rome")),
    "Arrow without zone": pa.array(NAIVE),
    "Arrow chunks": pa.chunked_array([[NOON], [LATER]]),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_times_of_every_library_are_the_same_moments(holder: str) -> None:
    found = moments("at", HOLDERS[holder], 2)
    assert isinstance(found, np.ndarray)
    assert found.view(np.int64).tolist() == EXPECTED
    assert bounds(found) == (EXPECTED[0] * 1000, EXPECTED[1] * 1000)


@pytest.mark.parametrize(
    "at",
    [NOON, NOON.astimezone(ROME), "2024-05-01T12:00", "2024-05-01T14:00+02:00", pd.Timestamp(NOON)],
    ids=str,
)
def test_one_time_counts_for_all_rows(at: Any) -> None:
    assert moments("at", at, 2) == EXPECTED[0] * 1000


def test_a_time_of_numpy_is_utc() -> None:
    assert moments("at", np.datetime64("2024-05-01T12:00"), 9) == EXPECTED[0] * 1000


def test_ages_are_before_now() -> None:
    found = moments("at", "7d", 2)
    assert isinstance(found, int)
    assert abs(found - (now_ns() - 7 * 86_400 * NANOSECONDS)) < 60 * NANOSECONDS


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NAIVE[0], "has no zone; give it one"),
        ([NOON, NAIVE[0]], "has no zone; give it one"),
        ("yesterday", "'yesterday' is not a time"),
        ([NOON, None], "The time at position 1 of at= is missing; give a datetime"),
        (pd.Series([NOON, None]), "at= has no time between 1678 and 2262 at position 1"),
        (pa.array([NOON, None]), "position 1"),
        (pl.Series([NOON, None]), "position 1"),
        ([NOON], "at= has 1 value and ids= has 2 values"),
        ([1714564800, 1714564801], "position 0 of at= is a int"),
        (np.array([1.5, 2.5]), "position 0 of at= is a float"),
        (1714564800, "at= is a int; give a time, an age such as '7d', or a column"),
        (pd.DataFrame({"at": [NOON, NOON]}), "at= is a DataFrame"),
        (np.datetime64("NaT"), "is missing"),
        ("9999-01-01", "outside the years 1678 to 2261"),
        ([NOON, dt.datetime(9999, 1, 1, tzinfo=dt.UTC)], "between 1678 and 2262 at position 1"),
    ],
    ids=str,
)
def test_what_is_no_time_is_refused(at: Any, said: str) -> None:
    with pytest.raises(mt.ArgumentError, match=said):
        moments("at", at, 2)


def test_the_ends_of_time_can_be_kept() -> None:
    assert one_moment("at", "1678-01-01") > -(2**63)
    assert one_moment("at", "2261-12-31") < 2**63

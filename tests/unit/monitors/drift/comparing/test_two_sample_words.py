"""What differs is said in figures that people read, whatever the values are."""

from __future__ import annotations

import datetime
from typing import Any

import numpy
import pytest

from mltrace.monitors.drift.comparing.two_sample_words import (
    nulls_reason,
    table_notes,
    table_reason,
    values_reason,
)
from mltrace.monitors.drift.samples.pairs import Pair, pair_columns
from mltrace.profiles.reading import profile_data
from mltrace.records.drift import ColumnDrift

DAY = datetime.datetime(2013, 1, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("current", "reference", "said"),
    [
        ([1, 2, 3, 4, 5], [3, 4, 5, 6, 7], "mean 3, was 5 (-1.41 sd)"),
        ([2, 2], [1, 1], "mean 2, was 1"),
        ([-9, 9], [-1, 1], "sd 9, was 1"),
        ([5, 15, 15], [0, 1], "mean 11.7, was 0.5 (3.33 sd); sd 4.71, was 0.5"),
        ([1, 2, 3], [1, 1, 1, 2, 3, 3, 3], "33 % up to 1, was 43 %"),
        ([7, 7], [7], "values as usual"),
        ([1e12, 3e12], [1e12, 1e12], "mean 2e+12, was 1e+12 (1.41 sd); sd 1e+12, was 0"),
        ([12_345] * 2, [20_000], "mean 12,345, was 20,000"),
        ([0.00012] * 2, [0.5], "mean 0.00012, was 0.5"),
        ([-1e308] * 3, [1e308] * 3, "mean -1e+308, was 1e+308"),
        (["AA"] * 100, ["AA"] * 99 + ["UA"], "'AA' 100 %, was 99.0 %"),
        (["AA", "UA"], ["UA", "AA"], "values as usual"),
        (["AA"] + ["UA"] * 1_999, ["UA"], "'AA' under 0.1 %, was never"),
        ([True, False], [True], "'false' 50 %, was never"),
        ([None], [1], "no values"),
        ([1], [None], "values, where there were none"),
        ([DAY], [DAY - datetime.timedelta(days=1)], "2013-01-01 to 2013-01-01, was 2012-12-31"),
    ],
)
def test_a_difference_of_values_is_said(current: Any, reference: Any, said: str) -> None:
    assert values_reason(Pair.of(current, reference)).startswith(said)


def test_times_beyond_all_calendars_are_far_away() -> None:
    pair = Pair.of(numpy.array(["200000-01-01"], "datetime64[s]"), [DAY])
    assert values_reason(pair).startswith("a time far away to a time far away, was 2013-01-01")


def test_texts_that_are_not_known_one_by_one_are_said_as_the_less_frequent_ones() -> None:
    often = ["AA"] * 900
    current = profile_data({"x": often + [f"a{number}" for number in range(600)]}).states["x"]
    reference = profile_data({"x": often}).states["x"]
    said = values_reason(pair_columns(current, reference))
    assert said in ("'AA' 60 %, was 100 %", "less frequent values 40 %, was never")


def test_what_rows_have_in_place_of_values_is_said_by_name() -> None:
    pair = Pair.of([1.0, None, float("inf"), float("nan")], [1.0, 2.0])
    assert nulls_reason(pair) == (
        "null share 25 %, was 0 %; NaN share 25 %, was 0 %; infinity share 25 %, was 0 %"
    )
    assert nulls_reason(Pair.of([1, None], [1, None])) == "null share as usual"


def test_a_table_is_said_by_the_columns_that_drift() -> None:
    columns = {
        name: ColumnDrift(name=name, method="psi", is_drift=True, reason="other")
        for name in ("a", "b", "c", "d", "e")
    }
    assert table_reason(columns, is_empty=False) == (
        "a: other; b: other; c: other; and 2 more columns"
    )
    assert table_reason({}, is_empty=True) == "no rows"


def test_samples_are_told_as_such() -> None:
    whole = profile_data({"x": list(range(150_000))}, mode="sample")
    notes = list(table_notes(profile_data({"x": [1]}), whole, is_whole=True))
    assert notes[0] == "compared 1 row with 150,000 rows of the reference, taken as independent"
    assert notes[1].startswith("of the reference a sample of ")

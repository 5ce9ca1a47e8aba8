"""Two tables are compared column by column, and what is told of them is what was changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pandas
import pytest

from mltrace.errors import ArgumentError, OptionError, UnknownNameError
from mltrace.monitors.drift.comparing.two_samples import compare
from mltrace.profiles.reading import profile_data
from mltrace.profiles.tables import Profile

if TYPE_CHECKING:
    from mltrace.records.drift import DriftResult

Frame = pandas.DataFrame


def frame(num_rows: int = 1_000, seed: int = 0) -> Frame:
    random = numpy.random.default_rng(seed)
    return Frame(
        {
            "delay": random.normal(9, 10, num_rows),
            "distance": random.integers(100, 3_000, num_rows),
            "carrier": random.choice(["AA", "UA", "DL"], num_rows, p=[0.5, 0.3, 0.2]),
            "late": random.random(num_rows) < 0.3,
            "at": pandas.date_range("2013-01-01", periods=num_rows, freq="min") + _day(seed),
            "wind": numpy.where(random.random(num_rows) < 0.05, numpy.nan, random.random(num_rows)),
            "tail": [f"N{number}" for number in random.integers(0, 10**9, num_rows)],
        }
    )


def _day(number: int) -> Any:
    return pandas.Timedelta(days=number)


def compared(current: Any, reference: Any = None, **options: Any) -> DriftResult:
    there = frame() if reference is None else reference
    return compare(profile_data(current), profile_data(there), **options)


def drifting(result: DriftResult) -> list[str]:
    assert result.is_drift == any(one.is_drift for one in result.columns.values())
    return [one.name for one in result.columns.values() if one.is_drift]


def test_another_draw_of_the_same_is_no_drift() -> None:
    result = compared(frame(seed=1))
    assert drifting(result) == []
    assert 0 <= result.score < 1
    assert result.reason == "no column differs by more than is allowed"
    assert "1,000 rows with 1,000 rows" in result.notes[0]


def test_a_shifted_column_is_named_with_its_means() -> None:
    result = compared(frame(seed=1).assign(delay=lambda one: one.delay + 5))
    assert drifting(result) == ["delay"]
    assert result.columns["delay"].method == "cramer-von-mises"
    assert result.columns["delay"].reason.startswith("mean 13.5, was 8.52 (0.50 sd)")
    assert result.columns["delay"].reason.endswith("; null share as usual")


def test_the_farther_a_column_is_the_larger_the_score() -> None:
    scores = [
        compared(frame(seed=1).assign(delay=frame(seed=1).delay + by)).score for by in (3, 6, 20)
    ]
    assert 1 < scores[0] < scores[1] < scores[2]


def test_nulls_are_told_apart_from_values() -> None:
    current = frame(seed=1)
    current.loc[::4, "delay"] = numpy.nan
    result = compared(current)
    assert drifting(result) == ["delay"]
    assert result.columns["delay"].method == "nulls"
    assert result.columns["delay"].reason == "values as usual; null share 25 %, was 0 %"


def test_infinities_are_no_values() -> None:
    current = frame(seed=1)
    current.loc[::10, "delay"] = numpy.inf
    result = compared(current)
    assert result.columns["delay"].reason == "values as usual; infinity share 10 %, was 0 %"


def test_a_new_category_is_named() -> None:
    current = frame(seed=1)
    current.loc[::4, "carrier"] = "XX"
    result = compared(current)
    assert drifting(result) == ["carrier"]
    assert result.columns["carrier"].reason == "'XX' 25 %, was never; null share as usual"


def test_a_column_of_another_kind_needs_no_test() -> None:
    result = compared(frame(seed=1).assign(distance=lambda one: one.distance.astype(str)))
    assert drifting(result) == ["distance"]
    assert result.columns["distance"].reason == "kind text (str), was number (int64)"
    assert result.score == 20


def test_a_column_of_another_type_of_the_same_kind_is_a_note() -> None:
    result = compared(frame(seed=1).assign(distance=lambda one: one.distance.astype(float)))
    assert drifting(result) == []
    assert "distance: type float64, was int64" in result.notes


def test_columns_that_are_lost_are_drift_and_those_added_are_told() -> None:
    result = compared(frame(seed=1).drop(columns="wind").assign(gust=1))
    assert drifting(result) == ["wind"]
    assert result.reason == "wind: the column is lost"
    assert "columns added: gust" in result.notes


def test_times_are_compared_if_they_are_asked_for_only() -> None:
    assert compared(frame(seed=5)).columns["at"].reason == "times move on, and are not compared"
    named = compared(frame(seed=5), columns=["at"])
    assert drifting(named) == ["at"]
    assert "2013-01-06 to 2013-01-06, was 2013-01-01 to 2013-01-01" in named.reason


def test_texts_that_differ_in_each_row_are_no_drift() -> None:
    for num_rows in (10, 300, 2_000):
        assert not compared(frame(num_rows, seed=1)).columns["tail"].is_drift


def test_only_the_columns_asked_for_are_compared() -> None:
    result = compared(frame(seed=1), columns=["late", "delay"])
    assert list(result.columns) == ["delay", "late"]


@pytest.mark.parametrize("num_rows", [1, 2, 5, 30])
def test_few_rows_are_no_drift(num_rows: int) -> None:
    assert not compared(frame(num_rows, seed=3)).is_drift


def test_no_rows_are_drift() -> None:
    result = compared(frame().iloc[:0])
    assert (result.is_drift, result.reason) == (True, "no rows")


def test_a_constant_column_that_moves_is_drift() -> None:
    assert drifting(compared({"one": [1] * 50}, {"one": [1] * 500})) == []
    assert drifting(compared({"one": [2] * 50}, {"one": [1] * 500})) == ["one"]


def test_columns_of_nulls_only_are_compared_by_nulls() -> None:
    assert drifting(compared({"x": [None] * 50}, {"x": [None] * 500})) == []
    told = compared({"x": [None] * 50}, {"x": [1.0] * 500})
    assert told.columns["x"].reason == "no values; null share 100 %, was 0 %"
    told = compared({"x": [1.0] * 50}, {"x": [None] * 500})
    assert told.columns["x"].reason == "values, where there were none; null share 0 %, was 100 %"


def test_columns_that_a_stored_profile_holds_a_summary_of_are_not_compared() -> None:
    whole = profile_data(frame())
    cut = Profile.from_bytes(whole.to_bytes(max_bytes=len(whole.to_bytes()) - 1))
    result = compare(profile_data(frame(seed=1)), cut)
    assert result.columns["delay"].method == "cramer-von-mises"
    assert result.columns["tail"].reason == "not compared: its profile was cut to a summary"
    assert not result.is_drift
    assert not compare(cut, whole).is_drift


def test_two_huge_tables_that_have_nothing_in_common_have_a_p_value_of_no_less_than_0() -> None:
    small = profile_data({"x": [1.0] * 1_000, "c": ["a"] * 1_000})
    other = profile_data({"x": [2.0] * 1_000, "c": ["b"] * 1_000})
    for _ in range(24):  # 16,777,216,000 rows
        small, other = small.merge(small), other.merge(other)
    result = compare(small, other)
    assert (result.p_value, result.is_drift) == (0.0, True)
    assert numpy.isfinite(result.score)
    assert compare(small, small).score == 0


def test_a_difference_that_is_sure_but_small_is_no_drift() -> None:
    random = numpy.random.default_rng(0)
    there, here = random.normal(size=(2, 50_000))
    result = compared({"x": here + 0.05}, {"x": there})
    assert result.p_value is not None
    assert result.p_value < 1e-6
    assert not result.is_drift
    assert compared({"x": here + 0.05}, {"x": there}, min_effect=0.01).is_drift


def test_mistakes_are_told_with_what_is_accepted() -> None:
    with pytest.raises(UnknownNameError, match=r"No column 'dely'. Did you mean 'delay'?"):
        compared(frame(), columns=["dely"])
    with pytest.raises(
        UnknownNameError, match=r"No drift method 'chi-squar'. Did you mean 'chi-sq"
    ):
        compared(frame(), method="chi-squar")
    with pytest.raises(OptionError, match=r"No correction 'benjamini'. Did you mean 'benjamini-"):
        compared(frame(), correction="benjamini")
    with pytest.raises(ArgumentError, match="The tables share no column: one has x, the reference"):
        compared({"x": [1]})
    with pytest.raises(ArgumentError, match="The reference has no rows"):
        compared(frame(), frame().iloc[:0])
    with pytest.raises(ArgumentError, match="false_alarm_rate=1 is no rate"):
        compared(frame(), false_alarm_rate=1)
    with pytest.raises(ArgumentError, match="min_effect=-1 is no size"):
        compared(frame(), min_effect=-1)

from __future__ import annotations

import datetime
from typing import Any

import numpy
import pyarrow
import pytest
from tests.daily import FIRST, day

from mltrace.monitors.drift.history.statistic import SCALES
from mltrace.monitors.drift.history.summaries import (
    NUM_ROW_HASHES,
    ColumnSummary,
    TableSummary,
    summarize,
)
from mltrace.profiles.profiling import profile_table

HOUR = datetime.timedelta(hours=1)


def summary(values: Any) -> ColumnSummary:
    return summarize(profile_table(pyarrow.table({"x": values}))).columns["x"]


def test_counts_of_numbers_are_those_counted_by_hand() -> None:
    found = summary([0.0, 0.0, 0.0, 0.0, 1.5, -2.0, numpy.inf, None])
    assert (found.num_rows, found.num_nulls, found.kind, found.num_values) == (8, 1, "number", 7)
    counts = {name: found.counts[name] for name in ("whole", "zero", "not finite", "most frequent")}
    assert counts == {"whole": 5, "zero": 4, "not finite": 1, "most frequent": 4}
    assert found.keys is not None
    assert found.key_counts is not None
    assert dict(zip(found.keys.tolist(), found.key_counts.tolist(), strict=True)) == {
        -2.0: 1, 0.0: 4, 1.5: 1
    }  # fmt: skip


def test_levels_of_numbers_are_their_moments() -> None:
    values = numpy.random.default_rng(1).exponential(3, 500)
    levels = summary(values).levels
    apart = (values - values.mean()) / values.std()
    assert levels["mean"].value == pytest.approx(values.mean())
    assert levels["standard deviation"].value == pytest.approx(values.std(), rel=0.01)
    assert levels["skewness"].value == pytest.approx((apart**3).mean(), rel=0.01)
    assert levels["kurtosis"].value == pytest.approx((apart**4).mean() - 3, rel=0.02)
    assert levels["distinct"].value == 500


@pytest.mark.parametrize("name", ["mean", "standard deviation", "skewness", "kurtosis"])
def test_errors_of_levels_are_how_far_samples_of_normal_numbers_differ(name: str) -> None:
    rng = numpy.random.default_rng(2)
    found = [summary(rng.normal(5, 2, 400)).levels[name] for _ in range(120)]
    spread = numpy.std([one.value for one in found])
    assert numpy.median([one.error for one in found]) == pytest.approx(spread, rel=0.25)


@pytest.mark.parametrize("name", ["mean", "standard deviation", "skewness"])
def test_errors_of_levels_are_not_too_small_for_skewed_numbers(name: str) -> None:
    rng, scale = numpy.random.default_rng(3), SCALES[name]
    found = [summary(rng.lognormal(0, 0.5, 400)).levels[name] for _ in range(120)]
    values = numpy.array([one.value for one in found])
    errors = numpy.array([one.error for one in found]) * scale.slope(values)
    spread = numpy.std(scale.turn(values))
    assert 0.7 * spread < numpy.median(errors) < 2 * spread


def test_of_a_constant_all_moments_are_known() -> None:
    levels = summary([3.0] * 50).levels
    assert {name: one.value for name, one in levels.items()} == {
        "mean": 3.0, "standard deviation": 0.0, "skewness": 0.0, "kurtosis": 0.0, "distinct": 1.0
    }  # fmt: skip


def test_numbers_that_are_too_many_have_no_keys_but_a_spread() -> None:
    found = summary(numpy.random.default_rng(4).normal(size=5000))
    assert found.keys is None
    assert found.spread is not None
    assert found.spread.below(numpy.array([0.0])) == pytest.approx(2500, abs=150)


def test_texts_are_told_by_hash_with_what_they_are() -> None:
    found = summary(["a", "a", "bb", "", None])
    assert found.kind == "text"
    assert dict(found.counts) == {"empty": 1, "most frequent": 2}
    assert found.levels["length"].value == 1.0
    assert sorted(found.labels.values()) == ["", "a", "bb"]
    assert found.keys is not None
    assert found.keys.dtype == numpy.uint64
    assert set(found.labels) == set(found.keys.tolist())


def test_texts_that_are_too_many_have_neither_keys_nor_labels() -> None:
    found = summary([f"id {number}" for number in range(5000)])
    assert found.keys is None
    assert not found.labels
    assert "most frequent" not in found.counts
    assert found.levels["distinct"].value == pytest.approx(5000, rel=0.1)


def test_booleans_are_counted_even_if_one_never_is() -> None:
    found = summary([True, True, None])
    assert found.keys is not None
    assert found.key_counts is not None
    assert (found.keys.tolist(), found.key_counts.tolist()) == ([0.0, 1.0], [0, 2])


def test_times_are_counted_by_hour_of_the_day() -> None:
    hours = [0, 0.5, 1, 23.5, 24.5, 49]
    found = summary(pyarrow.array([FIRST + HOUR * hour for hour in hours], pyarrow.timestamp("us")))
    assert found.levels["span"].value == 49 * 3600
    assert found.hours is not None
    expected = numpy.zeros(24)
    expected[[0, 1, 23]] = 3, 2, 1
    assert found.hours.tolist() == pytest.approx(expected)


def test_hours_of_the_day_are_unknown_over_a_long_time() -> None:
    times = [FIRST + 24 * HOUR * day for day in range(60)]
    assert summary(pyarrow.array(times, pyarrow.timestamp("us"))).hours is None


def test_of_several_kinds_the_most_frequent_is_told() -> None:
    numbers = profile_table(pyarrow.table({"x": [1.0, 2.0]}))
    texts = profile_table(pyarrow.table({"x": ["a", "b", "c"]}))
    found = summarize(numbers.merge(texts)).columns["x"]
    assert (found.kind, found.num_values, found.num_other) == ("text", 3, 2)


def test_a_column_of_nulls_has_no_kind() -> None:
    found = summary(pyarrow.nulls(4))
    assert (found.kind, found.num_rows, found.num_nulls, found.num_values) == ("null", 4, 4, 0)


def hashes(table: pyarrow.Table) -> list[int]:
    found: TableSummary = summarize(profile_table(table))
    told: list[int] = found.row_hashes.tolist()
    return told


def test_the_smallest_hashes_of_rows_are_kept_whatever_their_order() -> None:
    table = day(1, 400)
    found = hashes(table)
    assert len(found) == NUM_ROW_HASHES
    assert found == sorted(found)
    assert hashes(table.take(numpy.random.default_rng(5).permutation(400))) == found
    assert len(set(found) & set(hashes(day(2, 400)))) == 0


def test_a_table_without_rows_has_a_summary() -> None:
    found = summarize(profile_table(day(1).slice(0, 0)))
    assert (found.num_rows, found.num_duplicates, len(found.row_hashes)) == (0, 0, 0)
    assert {one.kind for one in found.columns.values()} == {"null"}

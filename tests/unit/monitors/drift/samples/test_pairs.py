"""Columns of two tables are counted by the same cells, whatever kinds of values they hold."""

from __future__ import annotations

import datetime
from typing import Any

import numpy
import pandas

from mltrace.monitors.drift.samples.counts import binned
from mltrace.monitors.drift.samples.pairs import Pair, pair_columns
from mltrace.profiles.reading import profile_data


def of_profiles(current: Any, reference: Any) -> Pair:
    columns = [profile_data({"x": values}).states["x"] for values in (current, reference)]
    return pair_columns(*columns)


def test_numbers_are_counted_value_by_value() -> None:
    pair = Pair.of([3, 1, 1], [1, 2])
    assert (pair.kind, pair.is_ordered, pair.labels) == ("number", True, ())
    assert pair.values.tolist() == [1, 2, 3]
    assert (pair.current.tolist(), pair.reference.tolist()) == ([2, 0, 1], [1, 1, 0])


def test_what_is_no_value_is_counted_by_what_it_is() -> None:
    pair = Pair.of([1.0, None, float("nan"), float("inf")], [1.0, float("-inf")])
    assert pair.without == {"null": (1, 0), "NaN": (1, 0), "infinity": (1, 1)}
    assert (pair.num_values, pair.num_rows) == ((1, 1), (4, 2))
    assert [one.tolist() for one in pair.told_apart()] == [[1, 1, 1, 1], [1, 0, 0, 1]]
    assert pair.without_nulls().num_rows == (1, 1)


def test_more_distinct_numbers_than_are_kept_share_bins() -> None:
    random = numpy.random.default_rng(0)
    ours, theirs = random.normal(size=10_000), random.lognormal(size=300)
    pair = of_profiles(ours, theirs)
    assert pair.num_values == (10_000, 300)
    assert 100 < len(pair.values) <= 4_096
    assert (numpy.diff(pair.values) > 0).all()
    assert min(ours) <= pair.values[0] <= pair.values[-1] <= max(ours.max(), theirs.max())
    for counts, values in ((pair.current, ours), (pair.reference, theirs)):
        mean = float(counts @ pair.values) / counts.sum()
        assert abs(mean - values.mean()) < 0.02


def test_bins_are_those_of_the_coarser_histogram_whichever_table_has_it() -> None:
    random = numpy.random.default_rng(0)
    many, few = random.normal(size=10_000), random.normal(size=50)
    one, other = of_profiles(many, few), of_profiles(few, many)
    assert one.values.tolist() == other.values.tolist()
    assert one.current.tolist() == other.reference.tolist()


def test_times_are_seconds() -> None:
    day = datetime.datetime(1970, 1, 2, tzinfo=datetime.UTC)
    pair = Pair.of([day, day], [day, None])
    assert (pair.kind, pair.values.tolist()) == ("time", [86_400.0])
    assert (pair.current.tolist(), pair.reference.tolist()) == ([2], [1])


def test_booleans_and_texts_have_labels() -> None:
    assert Pair.of([True, True], [False, True]).labels == ("true", "false")
    pair = Pair.of(["AA", "UA", "AA"], ["DL", "AA"])
    told = dict(zip(pair.labels, zip(pair.current, pair.reference, strict=True), strict=True))
    assert told == {"AA": (2, 1), "UA": (1, 0), "DL": (0, 1)}


def test_of_many_texts_the_frequent_ones_are_told_apart() -> None:
    often = ["AA"] * 400 + ["UA"] * 200
    ours = often + [f"a{number}" for number in range(1_000)]
    theirs = often + ["XX"] * 300 + [f"b{number}" for number in range(1_000)]
    pair = of_profiles(ours, theirs)
    told = dict(zip(pair.labels, zip(pair.current, pair.reference, strict=True), strict=True))
    # Each may stand once more often than it was counted, and XX once without being listed.
    assert told == {"AA": (400, 401), "UA": (200, 201), "XX": (1, 300), "…": (999, 998)}


def test_texts_that_name_single_rows_are_not_told_apart() -> None:
    pair = of_profiles([f"a{number}" for number in range(30)], [f"b{n}" for n in range(5_000)])
    assert (pair.labels, pair.current.tolist(), pair.reference.tolist()) == (("…",), [30], [5_000])


def test_lists_are_told_apart_while_they_are_few() -> None:
    pair = of_profiles([[1], [1], [2]], [[1], [3]])
    assert sorted(zip(pair.current, pair.reference, strict=True)) == [(0, 1), (1, 0), (2, 1)]
    many = of_profiles([[number] for number in range(2_000)], [[1]])
    assert many.labels[0] == "…"


def test_values_of_another_kind_are_none_of_the_reference() -> None:
    mixed = profile_data(pandas.DataFrame({"x": [1, 2, "three"]})).states["x"]
    numbers = profile_data({"x": [1, 2]}).states["x"]
    pair = pair_columns(mixed, numbers)
    assert (pair.kind, pair.without) == ("number", {"text": (1, 0)})


def test_columns_without_values_have_no_cells() -> None:
    pair = Pair.of([None, None], [None])
    assert (pair.kind, len(pair.values), pair.num_rows) == ("null", 0, (2, 1))
    assert Pair.of([None], [1.0]).current.tolist() == [0]
    nan = Pair.of([float("nan")], [float("nan")])
    assert (len(nan.values), nan.without) == (0, {"NaN": (1, 1)})


def test_bins_have_about_equally_many_rows_and_one_for_nulls() -> None:
    random = numpy.random.default_rng(0)
    ours, theirs = list(random.normal(size=1_000)), [*random.normal(size=990), *[None] * 10]
    current, reference = binned(Pair.of(ours, theirs))
    assert len(current) == len(reference) == 11
    assert (current[-1], reference[-1]) == (0, 10)
    assert numpy.abs((current + reference)[:-1] - 199).max() <= 2


def test_a_value_that_stands_very_often_has_a_bin_of_its_own() -> None:
    values = [*[0.0] * 500, *numpy.linspace(1, 2, 500)]
    current, _ = binned(Pair.of(values, values))
    assert sorted(current.tolist())[-1] == 500
    assert len(current) == 6

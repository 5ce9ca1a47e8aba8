from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pyarrow
import pytest
from tests.daily import times

from mltrace.monitors.drift.history.summaries import ColumnSummary, summarize
from mltrace.monitors.drift.history.vocabulary import (
    MAX_FREQUENT,
    MAX_KEYS,
    NEIGHBOURS,
    PROBABILITIES,
    KnownValues,
    Vocabulary,
)
from mltrace.profiles.profiling import profile_table

if TYPE_CHECKING:
    from collections.abc import Sequence


def summary(values: Any) -> ColumnSummary:
    return summarize(profile_table(pyarrow.table({"x": values}))).columns["x"]


def vocabulary(history: Sequence[Any]) -> Vocabulary:
    return Vocabulary.of("x", {at: summary(values) for at, values in enumerate(history)})


def known(history: Sequence[Any]) -> KnownValues:
    found = KnownValues.of({at: summary(values) for at, values in enumerate(history)})
    assert found is not None
    return found


def measured(column: Vocabulary, values: Any, apart: int | None = None) -> dict[Any, float]:
    """Tell what is measured by name, or by name and detail."""
    found, errors = column.measure(None if values is None else summary(values), apart)
    assert len(found) == len(errors) == len(column.statistics)
    keys = [one.name if one.detail is None else (one.name, one.detail) for one in column.statistics]
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, found.tolist(), strict=True))


NUMBERS = [[1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 4.0, 5.0], [1.0, 3.0, 5.0, 7.0]]


def test_center_and_scale_are_those_of_the_middle_partition() -> None:
    found = vocabulary([[0.0, 2.0], [10.0, 14.0], [20.0, 26.0]])
    assert (found.kind, found.center) == ("number", 12.0)
    assert found.scale == pytest.approx(numpy.std([10, 14], ddof=found.scale > 2.5))
    mean = measured(found, [12.0 + found.scale] * 3)["mean"]
    assert mean == pytest.approx(1)


@pytest.mark.parametrize(("constant", "scale"), [(-4.0, 4.0), (0.0, 1.0)])
def test_the_scale_of_a_constant_is_itself(constant: float, scale: float) -> None:
    assert vocabulary([[constant] * 3] * 3).scale == scale


def test_bins_are_between_quantiles_of_all_partitions() -> None:
    rng = numpy.random.default_rng(1)
    parts = [rng.normal(size=1000) for _ in range(20)]
    found = vocabulary(parts)
    expected = numpy.quantile(numpy.concatenate(parts), PROBABILITIES)
    assert found.edges == pytest.approx(expected, abs=0.06)


def test_each_partition_counts_alike_for_bins_however_large() -> None:
    found = vocabulary([numpy.arange(10_000.0), [-1.0] * 10, [-2.0] * 10])
    assert (found.edges < 0).sum() == 2
    assert found.edges[2] == pytest.approx(1000, abs=1000)


def test_shares_of_bins_sum_to_one_and_those_below_add_up() -> None:
    column = vocabulary(NUMBERS)
    values = [0.0, 1.0, 2.5, 2.5, 9.0]
    found = measured(column, values)
    bins = [found["bin", at] for at in range(len(column.edges) + 1)]
    assert sum(bins) == pytest.approx(1)
    below = [found["below", at] for at in range(len(column.edges))]
    assert below == pytest.approx(numpy.cumsum(bins)[:-1])
    assert below == pytest.approx([(values < edge).mean() for edge in column.edges])


def test_counts_are_shares_of_values_and_nulls_of_rows() -> None:
    found = measured(vocabulary(NUMBERS), [0.0, 0.5, 2.0, None, numpy.inf])
    assert found["nulls"] == 1 / 5
    assert (found["zero"], found["whole"], found["not finite"]) == (1 / 4, 2 / 4, 1 / 4)


def test_a_missing_column_is_of_another_kind_and_nothing_else_is_known() -> None:
    found = measured(vocabulary(NUMBERS), None)
    assert found.pop("kind") == 1
    assert numpy.isnan(list(found.values())).all()


def test_a_column_of_another_kind_tells_only_that_and_its_nulls() -> None:
    found = measured(vocabulary(NUMBERS), ["a", None])
    assert (found.pop("kind"), found.pop("nulls")) == (1, 0.5)
    assert numpy.isnan(list(found.values())).all()


def test_a_column_of_nulls_alone_is_of_no_other_kind() -> None:
    found = measured(vocabulary(NUMBERS), pyarrow.nulls(3))
    assert (found["kind"], found["nulls"]) == (0, 1)


def test_the_kind_is_that_of_most_partitions() -> None:
    assert vocabulary([["1"], [1.0], [2.0], pyarrow.nulls(2), pyarrow.nulls(2)]).kind == "number"
    assert vocabulary([pyarrow.nulls(2)]).kind == "null"


def test_values_of_another_kind_are_a_share_of_all_values() -> None:
    column = vocabulary(NUMBERS)
    mixed = ColumnSummary(10, 2, "number", 6, 2, levels=summary([1.0, 2.0]).levels)
    places = {one.name: at for at, one in enumerate(column.statistics)}
    assert column.measure(mixed)[0][places["values of another kind"]] == 2 / 8


def test_hours_of_times_are_shares() -> None:
    hours = numpy.array([0, 1, 1, 5])
    column = vocabulary([times(3600 * hours)] * 3)
    found = measured(column, times(3600 * (hours + 24)))
    assert [found["hour", hour] for hour in (0, 1, 2, 5)] == pytest.approx([0.25, 0.5, 0, 0.25])


def test_known_values_are_all_with_their_first_and_last_partition() -> None:
    found = known(NUMBERS)
    assert found.keys.tolist() == [1, 2, 3, 4, 5, 7]
    assert found.first.tolist() == [0, 0, 0, 0, 1, 2]
    assert found.last.tolist() == [2, 1, 2, 1, 2, 2]
    assert found.is_sure.all()


def test_new_values_are_told_by_the_most_frequent_and_those_between() -> None:
    between, one_new, *_ = known(NUMBERS).measure(summary([2.0, 6.0, 6.0, 6.5, 9.0, 9.0]), None)
    assert between == 2 / 3  # of 2, 6 and 6.5, which are between 1 and 7
    assert one_new == 2 / 6


def test_values_at_the_ends_are_not_between() -> None:
    between, one_new, *_ = known(NUMBERS).measure(summary([0.0, 1.0, 7.0, 8.0]), None)
    assert numpy.isnan(between)
    assert one_new == 0.25


@pytest.mark.parametrize("step", [600.0, 3600.0, -5.0, 1e-9])
def test_where_a_column_that_moves_on_is_tells_nothing(step: float) -> None:
    start = numpy.arange(5) * abs(step) / 5
    found = vocabulary([start + day * step for day in range(10)])
    assert found.is_advancing
    names = {one.name for one in found.statistics}
    assert names >= {"standard deviation", "distinct", "nulls"}
    assert not names & {"mean", "bin", "below", "new between", "one new value", "value"}


@pytest.mark.parametrize("steps", [[0.0] * 9, [1.0, -1.0] * 5, [0.01] * 9])
def test_a_column_that_stays_or_comes_back_or_creeps_does_not_move_on(steps: list[float]) -> None:
    starts = numpy.cumsum([0.0, *steps])
    assert not vocabulary([start + numpy.arange(5.0) for start in starts]).is_advancing


def test_texts_have_no_order_so_none_is_between() -> None:
    between, one_new, *_ = known([["a", "c"]] * 3).measure(summary(["a", "b", "b"]), None)
    assert numpy.isnan(between)
    assert one_new == pytest.approx(2 / 3)


def test_to_a_partition_of_the_history_its_neighbours_are_not_known() -> None:
    history = [[0.0, float(100 + at // 3), 999.0] for at in range(12)]
    found = known(history)
    assert found.is_new(numpy.array([0.0, 104.0, 999.0]), 4).tolist() == [False, True, False]
    assert found.is_new(numpy.array([101.0]), None).tolist() == [False]
    assert found.is_new(numpy.array([101.0]), 3).tolist() == [True]
    assert found.is_new(numpy.array([101.0]), 5 + NEIGHBOURS + 1).tolist() == [False]


def test_shares_of_frequent_values_are_measured_apart() -> None:
    column = vocabulary([["a"] * 60 + ["b"] * 40] * 3)
    found = measured(column, ["a", "b", "b", "c"])
    told = {column.shown(key[1]): one for key, one in found.items() if key[0] == "value"}
    assert told == {"'a'": 0.25, "'b'": 0.5}


def test_so_many_values_are_frequent_at_most_and_rare_ones_are_none() -> None:
    assert len(known([numpy.arange(50.0)] * 3).frequent) == MAX_FREQUENT
    assert len(known([numpy.arange(200.0)] * 3).frequent) == 0


def test_values_of_most_partitions_are_remembered_first() -> None:
    always = numpy.arange(1000.0)
    history = [
        numpy.append(always, 10_000 * at + numpy.arange(10_000.0, 10_300)) for at in range(9)
    ]
    found = known(history)
    assert found.keys.tolist() == always.tolist()
    assert len(found.keys) <= MAX_KEYS
    assert found.is_sure.all()


def test_a_value_that_is_only_just_remembered_is_new_to_a_partition_that_has_it() -> None:
    always, twice = numpy.arange(1000.0), numpy.arange(5000.0, 5010.0)
    history = [
        numpy.append(always, 10_000 * at + numpy.arange(10_000.0, 10_300)) for at in range(9)
    ]
    for at in (0, 8):
        history[at] = numpy.append(history[at], twice)
    found = known(history)
    assert found.is_new(twice, None).sum() == 0
    assert found.is_new(twice, 0).all()


def test_values_are_known_only_if_all_partitions_tell_theirs() -> None:
    few, many = summary([1.0, 2.0]), summary(numpy.random.default_rng(2).normal(size=5000))
    assert KnownValues.of({0: few, 1: many}) is None
    assert KnownValues.of({0: few, 1: few}) is not None


def test_shares_of_distinct_values_are_of_as_many_rows_as_there_are_values() -> None:
    column = vocabulary(NUMBERS)
    _, rows = column.measure(summary([1.0, 1.0, 1.0, 2.0]))
    places = {one.name: at for at, one in enumerate(column.statistics)}
    assert rows[places["new between"]] == 2
    assert rows[places["one new value"]] == 4
    assert rows[places["nulls"]] == 4


def test_values_are_shown_as_they_are_written() -> None:
    assert vocabulary(NUMBERS).shown(2.5) == "2.5"
    assert vocabulary([[True, False]] * 2).shown(1.0) == "true"
    texts = vocabulary([["a", "a", "b"]] * 2)
    assert texts.most_frequent_new(summary(["a", "new", "new", "other"])) == "'new'"
    assert texts.most_frequent_new(summary(["a", "b"])) is None
    assert texts.shown(12345) == "'a frequent text'"

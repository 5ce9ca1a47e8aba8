"""Columns of numbers: what is told of them, whatever their type."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy
import pyarrow
import pytest

from mltrace.profiles.columns import column_of
from mltrace.profiles.number_blocks import BLOCK

if TYPE_CHECKING:
    from mltrace.records import ColumnProfile


def _profile(values: Any, kind: Any = None) -> ColumnProfile:
    return column_of(pyarrow.array(values, kind))[0].describe("it")


def test_few_values_are_told_exactly() -> None:
    column = _profile([3, 1, 1, None, -2, 0])
    assert (column.kind, column.num_rows, column.num_nulls) == ("number", 6, 1)
    assert (column.num_zeros, column.num_negative, column.num_whole) == (1, 1, 5)
    assert (column.min, column.max, column.mean) == (-2, 3, 0.6)
    assert column.is_distinct_exact
    assert column.num_distinct == 4
    assert [(one.value, one.count) for one in column.top] == [(1, 2), (-2, 1), (0, 1), (3, 1)]
    assert column.quantiles["0.5"] == 1


def test_quantiles_are_those_of_pandas_while_exact() -> None:
    values = numpy.random.default_rng(0).normal(size=200)
    for probability, value in _profile(values).quantiles.items():
        assert value == pytest.approx(numpy.quantile(values, float(probability)), rel=1e-12)


def test_nan_and_infinities_are_counted_apart() -> None:
    column = _profile([1.5, float("nan"), float("inf"), float("-inf"), None, 2.5])
    assert (column.num_nulls, column.num_nan, column.num_inf) == (1, 1, 2)
    assert (column.min, column.max, column.mean) == (1.5, 2.5, 2.0)
    assert column.num_distinct == 2


@pytest.mark.parametrize("values", [[float("nan")], [float("inf"), float("-inf")]])
def test_a_column_without_finite_values_has_no_statistics(values: list[float]) -> None:
    column = _profile(values)
    assert column.kind == "number"
    assert (column.min, column.mean, column.num_distinct, column.histogram) == (None,) * 4


def test_negative_zero_is_zero() -> None:
    column = _profile([0.0, -0.0])
    assert (column.num_distinct, column.num_zeros, column.num_negative) == (1, 2, 0)


@pytest.mark.parametrize(
    ("values", "kind", "low", "high"),
    [
        ([-128, 127], "int8", -128, 127),
        ([-(2**63), 2**63 - 1], "int64", -(2**63), 2**63 - 1),
        ([0, 2**64 - 1], "uint64", 0, 2**64 - 1),
        ([1.5, 2.5], "float16", 1.5, 2.5),
        ([0.5, 2.5], "float32", 0.5, 2.5),
        ([5e-324, 1.7e308], "float64", 5e-324, 1.7e308),
        ([Decimal("1.25"), Decimal("-3.5")], pyarrow.decimal128(10, 2), -3.5, 1.25),
        ([Decimal("1.25"), Decimal("-3.5")], pyarrow.decimal256(40, 2), -3.5, 1.25),
        ([datetime.timedelta(seconds=90), datetime.timedelta(0)], pyarrow.duration("ms"), 0, 90),
        ([datetime.time(1), datetime.time(2)], pyarrow.time64("us"), 3600, 7200),
        ([datetime.time(1), datetime.time(2)], pyarrow.time32("s"), 3600, 7200),
    ],
)
def test_numbers_of_all_types_are_profiled(values: Any, kind: Any, low: Any, high: Any) -> None:
    column = _profile(values, kind)
    assert (column.kind, column.min, column.max, column.num_distinct) == ("number", low, high, 2)


def test_whole_numbers_that_no_float_holds_are_told_apart() -> None:
    values = [2**53 + at for at in range(1_000)]
    column = _profile(values, "int64")
    assert (column.min, column.max) == (values[0], values[-1])
    assert not column.is_distinct_exact
    assert column.num_distinct == pytest.approx(1_000, rel=0.07)


def test_values_that_stand_once_each_are_counted_exactly() -> None:
    assert _profile(numpy.arange(100_000)).num_distinct == 100_000


def test_partitions_without_numbers_merge_with_those_that_have_many() -> None:
    many, _ = column_of(pyarrow.array(numpy.random.default_rng(0).normal(size=5_000)))
    none, _ = column_of(pyarrow.array([float("nan"), None]))
    for merged in (many.merge(none).describe("it"), none.merge(many).describe("it")):
        assert (merged.num_rows, merged.num_nan, merged.num_nulls) == (5_002, 1, 1)
        assert merged.mean == many.describe("it").mean


def test_a_value_that_stands_often_is_found_among_many() -> None:
    rng = numpy.random.default_rng(1)
    values = numpy.where(rng.random(200_000) < 0.05, -999.0, rng.normal(size=200_000))
    column = _profile(values)
    truth = int((values == -999).sum())
    assert column.top[0].value == -999
    assert truth - column.top_error <= column.top[0].count <= truth
    assert column.top_error < 0.005 * len(values)


def test_few_values_before_many_count_in_their_sketches() -> None:
    values = numpy.concatenate((numpy.zeros(BLOCK), numpy.random.default_rng(0).random(BLOCK)))
    column = _profile(values)
    assert not column.is_distinct_exact
    assert column.top[0].value == 0
    assert BLOCK - column.top_error <= column.top[0].count <= BLOCK
    assert column.mean == pytest.approx(values.mean(), rel=1e-12)
    assert column.std == pytest.approx(values.std(ddof=1), rel=1e-12)


def test_many_values_are_told_within_their_bounds() -> None:
    values = numpy.random.default_rng(2).lognormal(3, 2, 150_000)
    column = _profile(values)
    assert column.num_distinct == pytest.approx(150_000, rel=0.07)
    for probability, value in column.quantiles.items():
        assert value == pytest.approx(numpy.quantile(values, float(probability)), rel=1 / 64)


def test_quantiles_among_mostly_zeros_are_zero() -> None:
    values = numpy.append(numpy.zeros(60_000), numpy.random.default_rng(3).random(40_000))
    assert _profile(values).quantiles["0.5"] == 0.0


def test_narrow_numbers_far_from_zero_keep_their_quantiles() -> None:
    values = 1e9 + numpy.random.default_rng(4).random(100_000)
    found = _profile(values).quantiles["0.25"]
    assert found == pytest.approx(numpy.quantile(values, 0.25), abs=1e-3)


def test_a_value_that_stands_often_has_its_quantiles_to_itself() -> None:
    rng = numpy.random.default_rng(5)
    values = numpy.where(rng.random(100_000) < 0.6, 998.7, rng.lognormal(3, 3, 100_000))
    column = _profile(values)
    assert not column.is_distinct_exact
    assert column.quantiles["0.5"] == 998.7


def test_what_is_not_listed_stands_no_more_often_than_is_told() -> None:
    make = numpy.random.default_rng(0)
    often = [numpy.repeat(make.normal(size=200), 12), make.normal(size=1000) * 1e5]
    first, second = (
        column_of(pyarrow.array(numpy.append(values, [7.25] * 11)))[0] for values in often
    )
    column = first.merge(second).describe("it")
    assert 7.25 not in [one.value for one in column.top]
    assert column.top_error >= 22

"""Moments agree with pandas and SciPy, also far from zero, with outliers, and merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy
import pandas
import pytest
from scipy import stats

from mltrace.profiles.moments import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RNG = numpy.random.default_rng(7)
SHAPES = {
    "normal": _RNG.normal(size=30_000),
    "skewed": _RNG.lognormal(0, 1, 30_000),
    "far from zero": 1e6 + _RNG.random(30_000),
    "an outlier": numpy.append(_RNG.normal(size=30_000), 1e8),
    "few": numpy.array([1.0, 2.0, 2.5, 7.0]),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("num_parts", [1, 7])
def test_moments_are_those_of_pandas_and_scipy(shape: str, num_parts: int) -> None:
    values = SHAPES[shape]
    sums = _merged(values, num_parts)
    series = pandas.Series(values)
    assert sums.mean == pytest.approx(series.mean(), rel=1e-12)
    assert sums.variance == pytest.approx(series.var(), rel=1e-9)
    assert sums.std == pytest.approx(series.std(), rel=1e-9)
    assert sums.skewness == pytest.approx(stats.skew(values, bias=False), rel=1e-9, abs=1e-9)
    assert sums.kurtosis == pytest.approx(stats.kurtosis(values, bias=False), rel=1e-9, abs=1e-9)
    assert sums.skewness == pytest.approx(series.skew(), rel=1e-8, abs=1e-8)
    assert sums.kurtosis == pytest.approx(series.kurt(), rel=1e-8, abs=1e-8)


def test_an_offset_takes_no_figures_away() -> None:
    values = numpy.arange(4096.0) % 64  # all sums are exact
    near, far = _merged(values, 3), _merged(values + 2.0**40, 5)
    assert far.variance == pytest.approx(near.variance, rel=1e-12)
    assert far.kurtosis == pytest.approx(near.kurtosis, rel=1e-12)


def test_counts_stand_for_values_that_repeat() -> None:
    values, counts = numpy.array([1.0, 5.0, 9.0]), numpy.array([4, 1, 2])
    repeated = Moments.of(numpy.repeat(values, counts))
    counted = Moments.of_counts(values, counts)
    assert counted.mean == pytest.approx(repeated.mean, rel=1e-14)
    assert counted.skewness == pytest.approx(repeated.skewness, rel=1e-12)


@pytest.mark.parametrize(("size", "known"), [(0, 0), (1, 1), (2, 3), (3, 4), (4, 5)])
def test_what_few_values_do_not_tell_is_none(size: int, known: int) -> None:
    told = Moments.of(numpy.arange(size, dtype=float)).describe()
    assert sum(value is not None for value in told.values()) == known


def test_a_constant_has_neither_skewness_nor_kurtosis() -> None:
    told = Moments.of(numpy.full(100, 0.1)).describe()
    assert (told["variance"], told["skewness"], told["kurtosis"]) == (0.0, None, None)


def test_what_outgrows_a_float_is_none() -> None:
    with numpy.errstate(over="ignore", invalid="ignore"):
        told = Moments.of(numpy.array([1e300, -1e300, 3.0, 5.0])).describe()
    assert told["mean"] is not None
    assert told["variance"] is None
    assert told["kurtosis"] is None


def _merged(values: NDArray[numpy.float64], num_parts: int) -> Moments:
    sums = Moments()
    for part in numpy.array_split(values, num_parts):
        sums = Moments.of(part).merge(sums)
    return sums

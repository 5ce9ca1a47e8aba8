"""Bounds hold the next value as often as they say, and tell trends."""

from __future__ import annotations

import numpy
import pytest
from scipy import stats

from mltrace.checks.suggesting.prediction import (
    is_serial,
    prediction_interval,
    student_quantile,
)


@pytest.mark.parametrize("tail", [0.05, 0.001, 0.0001])
@pytest.mark.parametrize("freedom", [9, 19, 39, 200])
def test_quantiles_of_student_are_those_of_scipy(tail: float, freedom: int) -> None:
    assert student_quantile(tail, freedom) == pytest.approx(stats.t.isf(tail, freedom), rel=0.02)


@pytest.mark.parametrize("false_alarms", [0.01, 0.001])
@pytest.mark.parametrize("length", [10, 40])
@pytest.mark.parametrize(
    "law", [stats.norm(), stats.gamma(2), stats.expon(), stats.gumbel_r(), stats.uniform()]
)
def test_the_next_value_lies_outside_no_more_often_than_stated(
    law: stats.rv_continuous, length: int, false_alarms: float
) -> None:
    random = numpy.random.default_rng(3)
    outside = []
    for _ in range(300):
        found = prediction_interval(law.rvs(length, random_state=random), false_alarms)
        outside.append(law.cdf(found.low) + law.sf(found.high))
    assert numpy.mean(outside) <= 1.2 * false_alarms


def test_students_interval_alone_would_fail_more_often_where_tails_are_exponential() -> None:
    random, law = numpy.random.default_rng(3), stats.expon()
    outside = []
    for _ in range(300):
        values = law.rvs(40, random_state=random)
        reach = student_quantile(0.0005, 39) * values.std(ddof=1) * (1 + 1 / 40) ** 0.5
        outside.append(law.sf(values.mean() + reach))
    assert numpy.mean(outside) > 5 * 0.001


def test_bounds_narrow_as_history_grows(random: numpy.random.Generator) -> None:
    values = random.normal(size=200)
    widths = [
        found.high - found.low
        for length in (5, 10, 20, 50, 200)
        for found in [prediction_interval(values[:length], 0.001)]
    ]
    assert widths == sorted(widths, reverse=True)


def test_noise_of_sampling_widens_values_that_are_alike_by_chance() -> None:
    values = numpy.full(10, 3.0)
    assert prediction_interval(values, 0.001).high == 3.0
    noisy = prediction_interval(values, 0.001, noise=numpy.full(10, 0.01))
    assert noisy.high == pytest.approx(3 + 0.1 * student_quantile(0.0005, 9))
    assert noisy.low == pytest.approx(6 - noisy.high)


def test_smaller_partitions_to_come_widen_the_bounds(random: numpy.random.Generator) -> None:
    values = random.normal(scale=0.1, size=20)
    noise = numpy.full(20, 0.01)
    usual = prediction_interval(values, 0.001, noise=noise)
    small = prediction_interval(values, 0.001, noise=noise, least_noise=0.09)
    assert small.high - small.low > 2 * (usual.high - usual.low)


def test_a_trend_is_told_and_followed_for_as_long_as_is_asked(
    random: numpy.random.Generator,
) -> None:
    values = numpy.arange(40.0) + random.normal(size=40)
    assert is_serial(values)
    assert not is_serial(random.permutation(values))
    found = prediction_interval(values, 0.001, ahead=10)
    assert found.has_trend
    assert found.high > 50


def test_a_constant_has_no_trend() -> None:
    assert not is_serial(numpy.ones(20))

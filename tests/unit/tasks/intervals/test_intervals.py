"""Intervals are those of SciPy where it has them, and of the definition where that is slow."""

from __future__ import annotations

import itertools
import math

import numpy
import pytest
from scipy import stats

from mltrace.errors import ArgumentError
from mltrace.tasks.intervals.interval import logit_interval
from mltrace.tasks.intervals.means import mean_interval
from mltrace.tasks.intervals.order_statistics import ranks_around
from mltrace.tasks.intervals.proportions import (
    clopper_pearson,
    mean_of_dependent_proportions,
    mean_of_proportions,
    wilson,
)
from mltrace.tasks.intervals.ranks import precision_recall_area, roc_area, roc_interval
from mltrace.tasks.metrics import measure_pairs
from mltrace.tasks.pairs import Pairs
from mltrace.tasks.statistics.power_sums import PowerSums


@pytest.mark.parametrize(("num", "of"), [(0, 1), (1, 1), (0, 40), (3, 40), (39, 40), (500, 9_999)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_proportions_have_the_intervals_of_scipy(num: int, of: int, confidence: float) -> None:
    test = stats.binomtest(num, of)
    for bound, method in ((wilson, "wilson"), (clopper_pearson, "exact")):
        expected = test.proportion_ci(confidence, method=method)
        assert bound(num, of, confidence=confidence) == pytest.approx(tuple(expected), abs=1e-9)


def test_of_nothing_anything_may_be() -> None:
    assert wilson(0, 0) == clopper_pearson(0, 0) == (0.0, 1.0)
    with pytest.raises(ArgumentError, match=r"3 of 2 is no proportion\."):
        clopper_pearson(3, 2)


def test_a_mean_of_proportions_is_surer_where_these_are_independent() -> None:
    nums, of, weights = [30, 40], [50, 50], [0.5, 0.5]
    free = mean_of_proportions(nums, of, weights=weights)
    bound = mean_of_dependent_proportions(nums, of, weights=weights)
    assert bound.low < free.low < 0.7 < free.high < bound.high
    alone = mean_of_proportions([30], [50], weights=[1.0])
    assert alone == pytest.approx(tuple(wilson(30, 50)))


def test_a_mean_without_skew_has_the_interval_of_student() -> None:
    values = numpy.concatenate([numpy.arange(1.0, 11.0), -numpy.arange(1.0, 11.0)]) + 3
    sums = PowerSums(20, *(float((values**power).sum()) for power in (1, 2, 3)))
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.9)
    assert mean_interval(sums, confidence=0.9) == pytest.approx(tuple(expected))


def test_a_skewed_mean_reaches_further_on_the_side_of_the_tail() -> None:
    values = numpy.random.default_rng(8).lognormal(0, 1, 40)
    sums = PowerSums(40, *(float((values**power).sum()) for power in (1, 2, 3)))
    told = mean_interval(sums)
    assert told is not None
    assert told.high - values.mean() > 1.2 * (values.mean() - told.low)


def test_one_value_bounds_no_mean_and_equal_ones_are_sure() -> None:
    assert mean_interval(PowerSums(1, 2.0, 4.0, 8.0)) is None
    assert mean_interval(PowerSums(3, 6.0, 12.0, 24.0)) == (2.0, 2.0)
    told = mean_interval(PowerSums(3, 6.0, 12.0, 24.0), least_variance=3.0)
    assert told == pytest.approx((2 - stats.t.ppf(0.975, 2), 2 + stats.t.ppf(0.975, 2)))


@pytest.mark.parametrize("num", [1, 5, 6, 30, 200, 1_000, 1_001, 5_000])
def test_ranks_hold_the_median_as_often_as_they_say(num: int) -> None:
    low, high = ranks_around(num)
    # The median is below rank `low` if fewer values are below it, and above rank `high` if as many.
    missed = stats.binom.cdf(low - 1, num, 0.5) + stats.binom.sf(high - 1, num, 0.5)
    assert 1 - missed >= (0.95 if num <= 1_000 else 0.949)
    if low > 1:
        inner = stats.binom.cdf(low, num, 0.5)
        assert inner > 0.025 if num <= 1_000 else inner > 0.024


def test_the_roc_area_has_delong_s_error() -> None:
    random = numpy.random.default_rng(8)
    positives, negatives = random.integers(0, 6, 12), random.integers(-2, 4, 30)
    table = [
        [(one > other) + (one == other) / 2 for other in negatives.tolist()]
        for one in positives.tolist()
    ]
    wins = numpy.array(table)
    variance = wins.mean(axis=1).var(ddof=1) / 12 + wins.mean(axis=0).var(ddof=1) / 30
    scores = numpy.arange(-2, 6)
    counts = [(column == scores[:, None]).sum(axis=1) for column in (positives, negatives)]
    area = roc_area(counts[0], counts[1])
    assert area == pytest.approx((wins.mean(), math.sqrt(variance)))


def test_the_error_of_average_precision_is_that_of_the_jackknife() -> None:
    random = numpy.random.default_rng(8)
    truth = random.random(400) < 0.3
    scores = random.normal(truth * 1.0, 1)
    order = scores.argsort()
    positives, negatives = truth[order].astype(int), (~truth[order]).astype(int)
    area = precision_recall_area(positives, negatives)
    left_out = [
        precision_recall_area(numpy.delete(positives, place), numpy.delete(negatives, place))
        for place in range(400)
    ]
    values = numpy.array([one.value for one in left_out if one is not None])
    jackknife = math.sqrt(399 / 400 * ((values - values.mean()) ** 2).sum())
    assert area is not None
    assert area.error == pytest.approx(jackknife, rel=0.05)


def test_an_area_of_one_is_not_sure() -> None:
    for sizes in itertools.product((1, 3, 30), repeat=2):
        area = roc_area(numpy.array([0, sizes[0]]), numpy.array([sizes[1], 0]))
        assert area is not None
        low, high = roc_interval(area, *sizes)
        assert high == pytest.approx(1.0)
        assert low < 1 - 1 / (2 + sum(sizes))


def test_logits_keep_an_interval_within_0_and_1() -> None:
    assert logit_interval(0.0, 0.1, 2.0) == (0.0, 0.0)
    assert logit_interval(0.999, 5.0, 2.0) == pytest.approx((0.0, 1.0))


def test_above_8_classes_the_delta_method_takes_over_from_draws() -> None:
    random = numpy.random.default_rng(8)
    truth = random.integers(0, 9, 4_000)
    predicted = numpy.where(random.random(4_000) < 0.7, truth, random.integers(0, 9, 4_000))
    few = Pairs.of("multiclass", truth % 8, predicted % 8)
    many = Pairs.of("multiclass", truth, predicted)
    for name in ("f1", "mcc", "cohen_kappa", "precision(average='weighted')"):
        widths = []
        for pairs in (few, many):
            (told,) = measure_pairs([name], pairs)
            assert told.low is not None
            assert told.high is not None
            widths.append(told.high - told.low)
        assert widths[1] == pytest.approx(widths[0], rel=0.15)


def test_of_thousands_of_classes_there_is_no_interval() -> None:
    labels = numpy.arange(2_001)
    (told,) = measure_pairs(["f1"], Pairs.of("multiclass", labels, labels))
    assert told.value == pytest.approx(1.0)
    assert told.low is told.high is None

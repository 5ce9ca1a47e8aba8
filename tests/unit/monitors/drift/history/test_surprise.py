from __future__ import annotations

import math

import numpy
import pytest

from mltrace.monitors.drift.history.statistic import Statistic
from mltrace.monitors.drift.history.surprise import (
    FUTURE,
    LEAST_MIDDLE,
    LEAST_WIDTH,
    SMALLEST,
    Cells,
    Tails,
)

STATISTICS = [
    Statistic("a", "center", "mean", is_share=False),
    Statistic("a", "shape", "skewness", is_share=False),
    Statistic("b", "center", "mean", is_share=False),
    Statistic("a", "shape", "kurtosis", is_share=False),
    Statistic("a", "shape", "standard deviation", is_share=False),
]


def exponential(num_partitions: int = 2000, num_cells: int = 5) -> Tails:
    """Tails of a history whose largest distances fall exponentially, by 2 in e."""
    rng = numpy.random.default_rng(1)
    history = 4 + rng.exponential(2, (num_partitions, num_cells))
    return Tails(history, history[num_partitions // 2 :])


def test_statistics_of_one_aspect_of_a_column_are_judged_together() -> None:
    cells = Cells(STATISTICS, numpy.zeros(5, dtype=bool))
    assert cells.columns == ["a", "a", "b"]
    distances = numpy.array([[1.0, 2.0, 3.0, 5.0, 4.0], [9.0, 8.0, 7.0, 6.0, 5.0]])
    assert cells.largest(distances).tolist() == [[1, 5, 3], [9, 8, 7]]
    assert cells.largest(distances[0]).tolist() == [1, 5, 3]


def test_lively_statistics_do_not_hide_calm_ones() -> None:
    cells = Cells(STATISTICS, numpy.array([False, True, False, False, False]))
    assert cells.of_statistic.tolist() == [0, 1, 2, 3, 3]
    assert cells.largest(numpy.array([1.0, 2.0, 3.0, 5.0, 4.0])).tolist() == [1, 2, 3, 5]


def test_an_exponential_tail_is_found_within_a_third() -> None:
    tails = exponential()
    assert tails.middle == pytest.approx(4 + 2 * math.log(2), rel=0.1)
    assert tails.width == pytest.approx(2, rel=1 / 3)


def test_middle_and_width_are_the_median_and_from_the_mean_of_the_largest_tenth() -> None:
    history = numpy.arange(20.0)[:, None]
    tails = Tails(history, history[10:11])
    assert tails.middle.tolist() == [9.5]
    assert tails.width.tolist() == [pytest.approx((18.5 - 9.5) / (math.log(20 / 2) + 1))]


def test_a_calm_history_has_a_least_middle_and_width() -> None:
    tails = Tails(numpy.zeros((20, 3)), numpy.zeros((10, 3)))
    assert tails.middle.tolist() == [LEAST_MIDDLE] * 3
    assert tails.width.tolist() == [LEAST_WIDTH] * 3
    assert tails.surprises(numpy.array([1.0, 1.35, 1.7])) == pytest.approx([0, 1, 2])


def test_a_history_whose_later_days_are_not_foretold_has_wider_tails() -> None:
    history = numpy.full((40, 1), 2.0) + numpy.linspace(0, 1, 40)[:, None]
    calm, moving = Tails(history, history[20:]), Tails(history, history[20:] + 10)
    assert moving.width[0] > 3 * calm.width[0]


def test_surprises_of_statistics_are_those_of_their_cells() -> None:
    cells = Cells(STATISTICS, numpy.zeros(5, dtype=bool))
    tails = Tails(numpy.random.default_rng(2).exponential(3, (50, 3)), numpy.zeros((25, 3)))
    distances = numpy.array([10.0, 2.0, 3.0, 5.0, 4.0])
    found = tails.surprises_of(distances, cells)
    largest = tails.surprises(cells.largest(distances))
    assert found[[0, 3, 2]].tolist() == largest.tolist()


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.05, 0.3])
@pytest.mark.parametrize("num_partitions", [8, 60, 2000])
def test_at_the_limit_the_p_value_is_the_rate(rate: float, num_partitions: int) -> None:
    tails = exponential(num_partitions)
    limit = tails.limit(rate)
    assert tails.p_value(limit) == pytest.approx(rate)
    assert tails.p_value(limit + 0.1) < rate < tails.p_value(limit - 0.1)


def test_p_values_fall_with_surprise_from_one_to_the_least() -> None:
    tails = exponential(30)
    found = [tails.p_value(surprise) for surprise in (-1e6, 0.0, 3.0, 6.0, 12.0, 1e6)]
    assert found == sorted(found, reverse=True)
    assert found[0] == 1
    assert found[-1] == SMALLEST


def test_the_limit_is_at_least_that_of_independent_cells() -> None:
    tails = exponential()
    assert tails.limit(0.01) >= math.log(5 / (0.01 * FUTURE))


def test_partitions_of_such_a_history_exceed_the_limit_less_often_than_the_rate() -> None:
    tails = exponential()
    largest = 4 + numpy.random.default_rng(3).exponential(2, (20_000, 5))
    surprises = tails.surprises(largest).max(1)
    assert (surprises > tails.limit(0.05)).mean() < 0.05

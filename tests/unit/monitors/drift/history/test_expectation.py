from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy
import pytest

from mltrace.monitors.drift.history.expectation import CLIP, RIDGE, Expectation
from mltrace.monitors.drift.history.statistic import Statistic, Turned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[numpy.float64]

STATISTICS = [
    Statistic(None, "rows", "rows", is_share=False),
    Statistic("a", "center", "mean", is_share=False),
    Statistic("a", "spread", "bin", 0),
    Statistic("a", "spread", "bin", 1),
    Statistic("b", "center", "mean", is_share=False),
    Statistic("b", "shape", "skewness", is_share=False),
    Statistic("c", "nulls", "nulls"),
]
SLICES = [slice(0, 1), slice(1, 4), slice(4, 6), slice(6, 7)]
LEAST = numpy.full(7, 0.002)
ERRORS = numpy.full((24, 7), 0.05)


def days(number: int, num_days: int = 24) -> Array:
    """Draw statistics that a storm moves together: b and c with a."""
    rng = numpy.random.default_rng(number)
    storm = rng.normal(size=(num_days, 1))
    return storm * [0, 1, 0.5, -0.5, 2, 0, 1] + rng.normal(0, 0.2, (num_days, 7))


HISTORY = days(1)
LEARNT = Expectation(STATISTICS, Turned(HISTORY, ERRORS), LEAST)
FOUND = LEARNT.leave_one_out(ERRORS)


def points(turned: Array, errors: Array) -> Array:
    """Standardise and weigh, as the kernel takes them."""
    width = CLIP * numpy.sqrt(HISTORY.var(0, ddof=1) + (errors**2) + LEAST**2)
    weight = 1 / numpy.sqrt([1, 1, 2, 2, 1, 1, 1])
    return numpy.asarray(numpy.clip((turned - HISTORY.mean(0)) / width, -1, 1) * CLIP * weight)


def kernel(left: Array, right: Array, own: slice) -> Array:
    """Tell how alike partitions are without the statistics of a column, by a plain product."""
    others = numpy.delete(points(HISTORY, ERRORS[0]), own, axis=1)
    scale = (others**2).sum() / len(HISTORY)
    parts = [numpy.delete(one, own, axis=1) for one in (left, right)]
    return numpy.asarray(parts[0] @ parts[1].T / scale + 1)


def ridge_regression(known: Array, new: Array, own: slice) -> tuple[Array, float]:
    """Foretell the statistics of a column from those of the others; and how unsure it is."""
    old, one = points(known, ERRORS[0]), points(new[None], ERRORS[0])
    gram = kernel(old, old, own) + RIDGE * numpy.eye(len(known))
    beside = kernel(one, old, own)[0]
    foretold = beside @ numpy.linalg.solve(gram, known[:, own] - HISTORY.mean(0)[own])
    spread = kernel(one, one, own)[0, 0] - beside @ numpy.linalg.solve(gram, beside)
    return foretold + HISTORY.mean(0)[own], spread + RIDGE


def test_leaving_one_out_is_as_fitting_again_without_it() -> None:
    for own in SLICES:
        left, spread = numpy.empty_like(HISTORY[:, own]), numpy.empty((len(HISTORY), 1))
        for at, one in enumerate(HISTORY):
            foretold, spread[at] = ridge_regression(numpy.delete(HISTORY, at, axis=0), one, own)
            left[at] = one[own] - foretold
        squares = left**2 / spread
        others = [numpy.delete(squares, at, axis=0).mean(0) for at in range(len(HISTORY))]
        deviation = numpy.sqrt(numpy.maximum(others * spread, 0.05**2) + LEAST[own] ** 2)
        assert FOUND[:, own] == pytest.approx(abs(left) / deviation, rel=1e-3, abs=1e-4)
        assert LEARNT.residual[own] == pytest.approx(squares.mean(0), rel=1e-3)


def distance(known: Array, new: Array) -> Array:
    """Tell by a fit of its own how far a partition is from what is foretold."""
    found = numpy.empty(len(new))
    for own in SLICES:
        foretold, spread = ridge_regression(known, new, own)
        variance = numpy.maximum(spread * LEARNT.residual[own], 0.05**2)
        found[own] = abs(new[own] - foretold) / numpy.sqrt(variance + LEAST[own] ** 2)
    return found


def test_looking_back_is_as_fitting_again_to_what_was_before() -> None:
    found = LEARNT.look_back(ERRORS, 12)
    assert found.shape == (12, 7)
    for at in (12, 17, 23):
        expected = distance(HISTORY[:at], HISTORY[at])
        assert found[at - 12] == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_another_partition_is_judged_by_all_of_the_history() -> None:
    for new in days(2, 5):
        found = LEARNT.judge(Turned(new, ERRORS[0]))
        assert found == pytest.approx(distance(HISTORY, new), rel=1e-3, abs=1e-4)


def test_what_moves_as_it_did_before_is_expected_and_what_moves_alone_is_not() -> None:
    storm = HISTORY.mean(0) + numpy.array([0, 3, 1.5, -1.5, 6, 0, 3])
    fault = HISTORY.mean(0) + numpy.array([0, 0, 0, 0, 6, 0, 0])
    assert LEARNT.judge(Turned(storm, ERRORS[0]))[4] < 3
    assert LEARNT.judge(Turned(fault, ERRORS[0]))[4] > 6
    assert LEARNT.judge(Turned(fault, ERRORS[0]))[[1, 6]].max() < 4


def test_what_is_unknown_is_at_no_distance() -> None:
    new = days(3, 1)[0]
    new[[1, 6]] = numpy.nan
    found = LEARNT.judge(Turned(new, ERRORS[0]))
    assert (found[[1, 6]] == 0).all()
    assert (found[[0, 4]] > 0).all()


@pytest.mark.parametrize(("num_known", "is_learnt"), [(11, False), (12, True)])
def test_what_less_than_half_of_the_history_has_is_not_judged(
    num_known: int, is_learnt: bool
) -> None:
    history = HISTORY.copy()
    history[num_known:, 6] = numpy.nan
    learnt = Expectation(STATISTICS, Turned(history, ERRORS), LEAST)
    learnt.leave_one_out(ERRORS)
    far = HISTORY.mean(0) + 5
    assert bool(learnt.judge(Turned(far, ERRORS[0]))[6] > 0) is is_learnt


def test_rare_rows_explain_what_few_rows_may_do() -> None:
    new = HISTORY.mean(0) + 2
    sure = LEARNT.judge(Turned(new, ERRORS[0]))
    unsure = LEARNT.judge(Turned(new, numpy.full(7, 2.0)))
    assert (unsure < 1.6).all()
    assert sure.max() > 3


def test_statistics_that_vary_more_than_sampling_does_are_lively() -> None:
    rng = numpy.random.default_rng(4)
    history = rng.normal(0, [0.05, 0.05, 0.05, 0.05, 0.5, 0.5, 0.5], (60, 7))
    learnt = Expectation(STATISTICS, Turned(history, numpy.full((60, 7), 0.05)), LEAST)
    assert learnt.is_lively.tolist() == [False] * 4 + [True] * 3


def test_a_copy_holds_only_what_is_learnt_and_judges_alike() -> None:
    new = Turned(days(5, 1)[0], ERRORS[0])
    expected = LEARNT.judge(new)
    held = copy.deepcopy(LEARNT)
    assert not {"points", "_kernels", "_likenesses"} & set(vars(held))
    assert held.judge(new).tolist() == expected.tolist()

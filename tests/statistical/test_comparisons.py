"""How often equal models are told apart, and different ones found, by each test.

Rates of false alarms stay within three standard errors of what is stated, power within room.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy
import pytest

from mltrace.tasks.comparing.bootstrap import bootstrap_paired
from mltrace.tasks.comparing.delong import delong_paired, delong_unpaired
from mltrace.tasks.comparing.mcnemar import mcnemar
from mltrace.tasks.comparing.sequential import sequential_mcnemar, sequential_mean
from mltrace.tasks.comparing.t_tests import paired_t_test, welch_t_test
from mltrace.tasks.comparing.two_proportions import two_proportions

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.tasks.comparing.difference import Difference

    Draw = Callable[[numpy.random.Generator, float], Difference]

NUM = 400
ALPHA = 0.05
TOLERANCE = 3 * math.sqrt(ALPHA * (1 - ALPHA) / NUM)


def of_mcnemar(rng: numpy.random.Generator, effect: float) -> Difference:
    hard = rng.random(200)
    return mcnemar(rng.random(200) < hard, rng.random(200) < hard + 0.12 * effect)


def of_shares(rng: numpy.random.Generator, effect: float) -> Difference:
    a, b = rng.binomial(150, [0.7, 0.7 + 0.15 * effect])
    return two_proportions((int(a), 150), (int(b), 150))


def of_paired_t(rng: numpy.random.Generator, effect: float) -> Difference:
    hard = rng.exponential(1, 60)
    return paired_t_test(
        hard * rng.uniform(0.5, 1.5, 60), (1 + 0.3 * effect) * hard * rng.uniform(0.5, 1.5, 60)
    )


def of_welch(rng: numpy.random.Generator, effect: float) -> Difference:
    return welch_t_test(rng.gamma(4, 1, 50), rng.gamma(4, 1, 90) + 1.2 * effect)


def scored(rng: numpy.random.Generator, num: int, effect: float) -> list[numpy.ndarray]:
    truth = rng.random(num) < 0.3
    shared = rng.normal(size=num)
    scores = [truth * (1 + more) + shared + rng.normal(size=num) for more in (0, effect)]
    return [truth, *scores]


def of_delong_paired(rng: numpy.random.Generator, effect: float) -> Difference:
    return delong_paired(*scored(rng, 200, 0.8 * effect))


def of_delong_unpaired(rng: numpy.random.Generator, effect: float) -> Difference:
    truth_a, a, _ = scored(rng, 200, 0)
    truth_b, _, b = scored(rng, 200, 1.2 * effect)
    return delong_unpaired(truth_a, a, truth_b, b)


def of_bootstrap(rng: numpy.random.Generator, effect: float) -> Difference:
    truth, a, b = scored(rng, 200, 1.3 * effect)

    def f1(scores: numpy.ndarray, rows: numpy.ndarray) -> float:
        said, is_so = scores[rows] > 0.5, truth[rows]
        return 2 * float((said & is_so).sum()) / max(float(said.sum() + is_so.sum()), 1)

    return bootstrap_paired(lambda rows: (f1(a, rows), f1(b, rows)), 200, num_resamples=200)


TESTS = [
    of_mcnemar, of_shares, of_paired_t, of_welch,
    of_delong_paired, of_delong_unpaired, of_bootstrap,
]  # fmt: skip


@pytest.mark.parametrize("draw", TESTS)
def test_equal_models_are_told_apart_no_more_often_than_stated(draw: Draw) -> None:
    rng = numpy.random.default_rng(11)
    found = [draw(rng, 0.0) for _ in range(NUM)]
    assert numpy.mean([one.p_value <= ALPHA for one in found if one.p_value is not None]) <= (
        ALPHA + TOLERANCE
    )
    misses = numpy.mean([not one.low <= 0 <= one.high for one in found])
    assert misses <= ALPHA + TOLERANCE


@pytest.mark.parametrize("draw", TESTS)
def test_different_models_are_told_apart(draw: Draw) -> None:
    rng = numpy.random.default_rng(12)
    found = [draw(rng, 1.0).p_value for _ in range(100)]
    assert numpy.mean([p_value is not None and p_value <= ALPHA for p_value in found]) >= 0.6


LOOKS = range(100, 2001, 100)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_daily_looks_at_equal_accuracies_are_ever_wrong_no_more_often_than_stated(
    share: float,
) -> None:
    rng = numpy.random.default_rng(13)
    wrong = missed = 0
    for _ in range(100):
        a, b = rng.random((2, 2000)) < share
        found = [sequential_mcnemar(a[:num], b[:num]) for num in LOOKS]
        wrong += any((one.e_value or 0) >= 1 / ALPHA for one in found)
        missed += any(not one.low <= 0 <= one.high for one in found)
    assert max(wrong, missed) / 100 <= ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / 100)


def test_repeated_usual_tests_would_be_wrong_several_times_as_often() -> None:
    rng = numpy.random.default_rng(13)
    wrong = 0
    for _ in range(100):
        a, b = rng.random((2, 2000)) < 0.9
        wrong += any((mcnemar(a[:num], b[:num]).p_value or 1) <= ALPHA for num in LOOKS)
    assert wrong / 100 >= 0.15


def test_looks_find_a_better_model_and_stop() -> None:
    rng = numpy.random.default_rng(14)
    stopped = []
    for _ in range(60):
        a, b = rng.random(2000) < 0.85, rng.random(2000) < 0.92
        stopped.append(
            next((n for n in LOOKS if (sequential_mcnemar(a[:n], b[:n]).e_value or 0) >= 20), 9999)
        )
    assert numpy.median(stopped) <= 900
    assert numpy.mean(numpy.array(stopped) <= 2000) >= 0.95


@pytest.mark.parametrize(
    ("draw", "most"),
    [
        (lambda rng: rng.exponential(1, (2, 2000)), 0.05),
        (lambda rng: rng.standard_t(3, (2, 2000)) ** 2, 0.05),
        (lambda rng: (rng.lognormal(0, 1.5, 2000), numpy.full(2000, math.exp(1.125))), 0.2),
    ],
    ids=["exponential", "heavy tails", "very skewed"],
)
def test_daily_looks_at_equal_losses_are_ever_wrong_about_as_often_as_stated(
    draw: Callable[[numpy.random.Generator], numpy.ndarray], most: float
) -> None:
    rng = numpy.random.default_rng(15)
    wrong = 0
    for _ in range(200):
        a, b = draw(rng)
        wrong += any((sequential_mean(a[:num], b[:num]).e_value or 0) >= 20 for num in LOOKS)
    assert wrong / 200 <= most

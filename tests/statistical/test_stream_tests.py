"""Tests of streams: how often they cry wolf, how soon they see a change.

What is bounded by Ville's inequality or a run length stays within its bound, and within three
standard errors of the simulation. Where a test has no guarantee, its behaviour is pinned with room.
"""

from __future__ import annotations

import math
import random
import statistics
from typing import TYPE_CHECKING, Any

import pytest

from mltrace.monitors.drift.sequential import (
    Adwin,
    BettingMean,
    ConformalMartingale,
    EDetector,
    PageHinkley,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ALPHA = 0.1
NUM_STREAMS = 300
TOLERANCE = 3 * math.sqrt(ALPHA * (1 - ALPHA) / NUM_STREAMS)


def first_alarm(test: Any, values: Iterable[float]) -> int | None:
    return next((at for at, value in enumerate(values) if test.update(value).is_drift), None)


def skewed(rng: random.Random) -> float:
    return rng.betavariate(0.2, 1.8)  # mean 0.1, most values near 0


def dependent(num: int, rng: random.Random) -> list[float]:
    """Values whose mean given those before is 0.1, with a spread that follows them."""
    values, width = [], 0.1
    for _ in range(num):
        values.append(0.1 + rng.choice([-1, 1]) * width)
        width = 0.02 if rng.random() < values[-1] * 5 else 0.1
    return values


@pytest.mark.parametrize(
    ("make", "draw"),
    [
        (lambda: ConformalMartingale(alpha=ALPHA), lambda rng: rng.paretovariate(0.7)),
        (lambda: ConformalMartingale(alpha=ALPHA), lambda rng: float(rng.random() < 0.02)),
        (lambda: BettingMean(mean=0.1, alpha=ALPHA), skewed),
        (lambda: BettingMean(mean=0.02, alpha=ALPHA), lambda rng: float(rng.random() < 0.02)),
    ],
    ids=["conformal, heavy tails", "conformal, ties", "bets, skewed", "bets, rare events"],
)
def test_a_quiet_stream_is_ever_raised_no_more_often_than_stated(
    make: Callable[[], Any], draw: Callable[[random.Random], float]
) -> None:
    rng = random.Random(1)
    raised = [
        first_alarm(make(), (draw(rng) for _ in range(500))) is not None for _ in range(NUM_STREAMS)
    ]
    assert statistics.mean(raised) <= ALPHA + TOLERANCE


def test_bets_allow_for_values_that_depend_on_each_other() -> None:
    rng = random.Random(2)
    raised = [
        first_alarm(BettingMean(mean=0.1, alpha=ALPHA), dependent(500, rng)) is not None
        for _ in range(NUM_STREAMS)
    ]
    assert statistics.mean(raised) <= ALPHA + TOLERANCE


@pytest.mark.parametrize(
    "make",
    [lambda: ConformalMartingale(alpha=1e-9), lambda: BettingMean(mean=0.1, alpha=1e-9)],
    ids=["conformal", "bets"],
)
def test_evidence_by_chance_is_one_on_average_at_most(make: Callable[[], Any]) -> None:
    rng = random.Random(3)
    last = []
    for _ in range(1500):
        test = make()
        last.append([test.update(skewed(rng)).evidence for _ in range(20)][-1])
    assert statistics.mean(last) <= 1 + 3 * statistics.stdev(last) / math.sqrt(len(last))


@pytest.mark.parametrize(
    ("mean", "draw"),
    [(0.1, skewed), (0.5, lambda rng: float(rng.random() < 0.5))],
    ids=["skewed", "coin"],
)
def test_an_e_detector_runs_as_long_as_stated_before_a_false_alarm(
    mean: float, draw: Callable[[random.Random], float]
) -> None:
    rng, longest = random.Random(4), 2000
    runs = [
        first_alarm(EDetector(mean=mean, run_length=100), (draw(rng) for _ in range(longest)))
        for _ in range(150)
    ]
    assert statistics.mean(longest if one is None else one + 1 for one in runs) >= 100


@pytest.mark.parametrize(
    ("make", "most"),
    [
        (Adwin, 80),
        (lambda: PageHinkley(threshold=15), 80),
        (lambda: ConformalMartingale(alpha=0.001), 120),
        (lambda: EDetector(mean=0.2, run_length=10_000), 60),
    ],
    ids=["adwin", "page_hinkley", "conformal_martingale", "e_detector"],
)
def test_errors_that_become_three_times_as_many_are_seen_soon(
    make: Callable[[], Any], most: int
) -> None:
    rng, delays = random.Random(5), []
    for _ in range(40):
        test = make()
        for _ in range(400):
            test.update(float(rng.random() < 0.2))
        delay = first_alarm(test, (float(rng.random() < 0.6) for _ in range(1000)))
        assert delay is not None
        delays.append(delay)
    assert statistics.median(delays) <= most


def test_bets_see_a_mean_that_is_another_one_from_the_beginning() -> None:
    rng = random.Random(8)
    delays = [
        first_alarm(BettingMean(mean=0.2), (float(rng.random() < 0.6) for _ in range(500)))
        for _ in range(40)
    ]
    assert statistics.median(500 if one is None else one for one in delays) <= 25


def test_adwin_is_raised_far_less_often_than_its_bound() -> None:
    rng, num_values = random.Random(6), 20_000
    test = Adwin(delta=0.05, every=8)
    raised = sum(test.update(float(rng.random() < 0.3)).is_drift for _ in range(num_values))
    assert raised <= 0.05 * num_values / 8


def test_page_hinkley_runs_longer_the_higher_its_threshold() -> None:
    lengths = []
    for threshold in (5, 10, 20):
        rng = random.Random(7)
        runs = [
            first_alarm(
                PageHinkley(threshold=threshold, delta=0.1, fading=1.0),
                (rng.gauss(0, 1) for _ in range(3000)),
            )
            for _ in range(30)
        ]
        lengths.append(statistics.mean(3000 if one is None else one for one in runs))
    assert lengths[0] < 0.7 * lengths[1] < 0.5 * lengths[2]

"""What monitors learn cries no more often than it says, and finds what has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy
import pytest

from mltrace.monitors.rules.prediction import median, predict
from mltrace.monitors.rules.shifts import p_value_of_larger
from mltrace.monitors.rules.usual_rate import judge_share

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Draw = Callable[[numpy.random.Generator, int], NDArray[numpy.float64]]

RATE = 0.01
"""Ten times that of monitors, so that fewer series tell whether it holds."""
NUM_SERIES = 2_000


class Some(NamedTuple):
    num: int
    num_bad: int


def weekly(random: numpy.random.Generator, length: int) -> NDArray[numpy.float64]:
    level = numpy.where((numpy.arange(length) + random.integers(7)) % 7 < 2, 300, 1000)
    rows: NDArray[numpy.float64] = level * random.lognormal(0, 0.05, length)
    return rows


def rising(random: numpy.random.Generator, length: int) -> NDArray[numpy.float64]:
    level = 1000 * numpy.exp(0.01 * numpy.arange(length))
    rows: NDArray[numpy.float64] = level * random.lognormal(0, 0.03, length)
    return rows


def share_outside(draw: Draw, length: int, *, factor: float = 1.0, num: int = NUM_SERIES) -> float:
    """Tell how often the number after a series is outside of where it is expected."""
    random = numpy.random.default_rng(length)
    phases = {"weekly": [day % 7 for day in range(length + 1)]}
    outside = 0
    for _ in range(num):
        *before, now = draw(random, length + 1).tolist()
        found = predict(before, rate=RATE, least=0.05, is_log=True, rhythms=phases)
        outside += not found.low <= factor * now <= found.high
    return outside / num


@pytest.mark.parametrize("length", [8, 20, 60])
@pytest.mark.parametrize(
    ("draw", "most"),
    [
        (lambda random, length: random.normal(1000, 50, length), RATE),
        (lambda random, length: random.lognormal(7, 1, length), RATE),
        (lambda random, length: numpy.exp(random.laplace(7, 0.3, length)), 1.5 * RATE),
        (lambda random, length: numpy.exp(7 + 0.2 * random.standard_t(3, length)), 2.5 * RATE),
        (lambda random, length: random.poisson(3, length).astype(float), RATE),
        (lambda random, length: numpy.full(length, 1000.0), 0),
        (weekly, RATE),
        (rising, RATE),
    ],
    ids=["normal", "log-normal", "laplace", "student 3", "poisson", "constant", "week", "trend"],
)
def test_numbers_without_a_change_are_seldom_odd(draw: Draw, most: float, length: int) -> None:
    by_chance = 2.6 * numpy.sqrt(most / NUM_SERIES)
    assert share_outside(draw, length) <= most + by_chance


@pytest.mark.parametrize(
    ("draw", "length"),
    [
        (lambda random, length: random.normal(1000, 50, length), 20),
        (weekly, 30),
        (rising, 20),
    ],
    ids=["normal", "week", "trend"],
)
def test_half_the_rows_are_found_at_once(draw: Draw, length: int) -> None:
    assert share_outside(draw, length, factor=0.5, num=200) > 0.95


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3])
def test_a_share_that_did_not_change_is_seldom_larger(share: float) -> None:
    random = numpy.random.default_rng(7)
    states = [
        judge_share(
            [Some(1, int(one)) for one in random.random(300) < share],
            window=50,
            max_rate=None,
            confidence=0.99,
            false_alarm_rate=RATE,
        ).state
        for _ in range(NUM_SERIES)
    ]
    assert states.count("bad") / NUM_SERIES <= RATE


def test_a_share_at_the_limit_is_seldom_above_it() -> None:
    random = numpy.random.default_rng(8)
    for num in (3, 10, 50):
        states = [
            judge_share(
                [Some(num, int(random.binomial(num, 0.05)))],
                window=50,
                max_rate=0.05,
                confidence=0.99,
                false_alarm_rate=0.001,
            ).state
            for _ in range(NUM_SERIES)
        ]
        assert states.count("bad") / NUM_SERIES <= 0.01 + 2.6 * 0.1 / NUM_SERIES**0.5


def test_four_times_as_many_failures_are_mostly_found_within_sixty_runs() -> None:
    random = numpy.random.default_rng(9)
    num_found = 0
    for _ in range(100):
        failed = [*(random.random(250) < 0.05), *(random.random(60) < 0.2)]
        runs = [Some(1, int(one)) for one in failed]
        num_found += any(
            judge_share(
                runs[:end], window=50, max_rate=None, confidence=0.99, false_alarm_rate=0.001
            ).state
            == "bad"
            for end in range(251, 311)
        )
    assert num_found >= 50


def test_durations_that_did_not_change_are_seldom_longer() -> None:
    random = numpy.random.default_rng(10)
    num_found = 0
    for _ in range(NUM_SERIES * 4):
        drawn = numpy.exp(random.standard_t(2, 55)).tolist()
        num_found += p_value_of_larger(drawn[-5:], drawn[:-5]) <= RATE
    assert num_found / (NUM_SERIES * 4) <= RATE + 2.6 * (RATE / (NUM_SERIES * 4)) ** 0.5


def test_a_doubling_is_mostly_found_within_five_runs() -> None:
    random = numpy.random.default_rng(11)
    num_found = 0
    for _ in range(500):
        drawn = random.lognormal(3, 0.3, 55)
        drawn[-5:] *= 2
        now, before = drawn[-5:].tolist(), drawn[:-5].tolist()
        is_slower = median(now) > 1.2 * median(before)
        num_found += is_slower and p_value_of_larger(now, before) <= 0.001
    assert num_found / 500 > 0.8

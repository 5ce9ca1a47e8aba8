"""How often a window is taken for final before its labels are in, and for provisional after.

Simulated tasks with daily windows, each looked at once a day. *Too early*: final, though over
3 % of the labels that will come are missing; of the windows of which they are. *Too long*:
provisional, though all that will come are in; of the windows of which they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy
import pytest

from mltrace.tasks.delays.counts import count_labels, count_predictions
from mltrace.tasks.delays.distribution import delay_distribution
from mltrace.tasks.delays.provisional import label_outlook

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Moments = NDArray[numpy.int64]

DAY = 86_400 * 10**9
HOUR = DAY // 24
NUM_DAYS = 70
PER_DAY = 1000


class Rates(NamedTuple):
    too_early: float
    too_long: float


def exponential(made: Moments, rng: numpy.random.Generator) -> Moments:
    return made + rng.exponential(DAY, len(made)).astype(numpy.int64)


def lognormal(made: Moments, rng: numpy.random.Generator) -> Moments:
    return made + (rng.lognormal(0, 1.2, len(made)) * DAY).astype(numpy.int64)


def pareto(made: Moments, rng: numpy.random.Generator) -> Moments:
    return made + (rng.pareto(1.5, len(made)) * 6 * HOUR).astype(numpy.int64)


def at_once(made: Moments, rng: numpy.random.Generator) -> Moments:
    return made - 5 * HOUR


def nightly(made: Moments, rng: numpy.random.Generator) -> Moments:
    return (made // DAY + 1) * DAY + 3 * HOUR


def weekly(made: Moments, rng: numpy.random.Generator) -> Moments:
    return (made // (7 * DAY) + 1) * 7 * DAY + 2 * HOUR


def slower(made: Moments, rng: numpy.random.Generator) -> Moments:
    days = numpy.where(made < 50 * DAY, 0.5, 4)
    return made + (rng.exponential(days) * DAY).astype(numpy.int64)


def faster(made: Moments, rng: numpy.random.Generator) -> Moments:
    days = numpy.where(made < 50 * DAY, 4, 0.5)
    return made + (rng.exponential(days) * DAY).astype(numpy.int64)


def outage(made: Moments, rng: numpy.random.Generator) -> Moments:
    known = exponential(made, rng)
    return numpy.where((known >= 55 * DAY) & (known < 60 * DAY), 60 * DAY, known)


def backfilled(made: Moments, rng: numpy.random.Generator) -> Moments:
    known = exponential(made, rng)
    is_old = (made < 39 * DAY) & (rng.random(len(made)) < 0.2)
    return numpy.where(is_old, 40 * DAY, known)


def simulated(
    come: Callable[[Moments, numpy.random.Generator], Moments],
    *,
    never: float = 0.2,
    since: int = 14,
    until: int = NUM_DAYS,
) -> Rates:
    rng = numpy.random.default_rng(7)
    made = numpy.sort(rng.integers(0, NUM_DAYS * DAY, NUM_DAYS * PER_DAY))
    labelled = rng.random(len(made)) >= never
    known = come(made, rng)
    counts = count_predictions(made).merged(count_labels(made[labelled], known[labelled]))
    days = numpy.arange(NUM_DAYS + 1) * DAY
    all_labels = numpy.histogram(made[labelled], days)[0]
    missing, early, there, long = 0, 0, 0, 0
    for day in range(since, until):
        now = day * DAY + 7 * HOUR
        num_labels = numpy.histogram(made[labelled & (known <= now)], days)[0]
        outlook = label_outlook(
            days[:-1],
            days[1:],
            num_predictions=numpy.histogram(made[made <= now], days)[0],
            num_labels=num_labels,
            delays=delay_distribution(counts, now // HOUR),
            now=now,
        )
        has_ended, share_in = days[1:] <= now, num_labels / all_labels
        is_missing, is_there = has_ended & (share_in < 0.97), has_ended & (share_in == 1)
        missing, early = (
            missing + is_missing.sum(),
            early + (is_missing & ~outlook.is_provisional).sum(),
        )
        there, long = there + is_there.sum(), long + (is_there & outlook.is_provisional).sum()
    return Rates(early / max(missing, 1), long / max(there, 1))


@pytest.mark.parametrize("never", [0.0, 0.2])
@pytest.mark.parametrize("come", [exponential, lognormal, pareto, at_once, nightly, weekly])
def test_windows_are_not_taken_for_final_before_their_labels_are_in(
    come: Callable[[Moments, numpy.random.Generator], Moments], never: float
) -> None:
    assert simulated(come, never=never).too_early <= 0.01


@pytest.mark.parametrize(
    ("come", "most"), [(exponential, 0.01), (at_once, 0.01), (nightly, 0.04), (weekly, 0.15)]
)
def test_windows_do_not_stay_provisional_when_their_labels_are_in(
    come: Callable[[Moments, numpy.random.Generator], Moments], most: float
) -> None:
    assert simulated(come).too_long <= most


def test_labels_that_became_eight_times_slower_are_rarely_taken_for_missing() -> None:
    assert simulated(slower, since=50).too_early <= 0.2


def test_labels_that_became_faster_are_never_final_too_early() -> None:
    assert simulated(faster).too_early <= 0.01


def test_an_outage_of_the_feed_makes_most_windows_provisional() -> None:
    assert simulated(outage, since=55, until=60).too_early <= 0.2
    assert simulated(outage, since=60).too_early <= 0.01


def test_after_a_backfill_of_a_fifth_of_all_labels_few_windows_stay_provisional_longer() -> None:
    rates = simulated(backfilled, since=41)
    assert rates.too_early <= 0.01
    assert rates.too_long <= 0.12

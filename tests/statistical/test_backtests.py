"""What a backtest says of a noisy series with planted incidents is what was planted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy
from tests.observing import day, observe

from mltrace.monitors.alerts.life_cycle import Rule
from mltrace.monitors.backtests.history import History
from mltrace.monitors.backtests.reporting import Reporting
from mltrace.monitors.backtests.spans import Span

if TYPE_CHECKING:
    from mltrace.records.backtests import Backtest

PERIODS = 40
"""Days from one incident to the next; each lasts three."""

EXPECTED = 0.01 * (1 - 0.01) ** 4 * 32 / 37 * 30.4375
"""One of 100 days is beyond 2.326. Those of four days are one alert, also after an incident, and of
the 37 quiet days the one right before it tells of it."""


def replayed(seed: int, *, threshold: float, size: float, num_days: int = 1000) -> Backtest:
    random = numpy.random.default_rng(seed)
    numbers = random.normal(0, 1, num_days)
    starts = range(PERIODS, num_days - 3, PERIODS)
    for start in starts:
        numbers[start : start + 3] = size + random.normal(0, 0.1, 3)
    history = History(observe(numbers.tolist(), threshold=threshold))
    history.accept([Span(day(start), day(start + 2)) for start in starts])
    reporting = Reporting(history, Rule(), tune=lambda _threshold, _rule: (None, {}, ""))
    return reporting.report("noise", "noise", {})


def test_the_rate_of_false_alarms_is_that_of_the_noise() -> None:
    rates = [replayed(seed, threshold=2.326, size=5).false_alarms_per_month for seed in range(40)]
    assert abs(numpy.mean([rate or 0 for rate in rates]) / EXPECTED - 1) < 0.15


def test_the_interval_holds_the_true_rate_in_nineteen_of_twenty_cases() -> None:
    found = [replayed(seed, threshold=2.326, size=5) for seed in range(100, 140)]
    held = sum((one.ci_low or 0) <= EXPECTED <= (one.ci_high or 0) for one in found)
    assert held >= 35


def test_the_proposed_threshold_finds_planted_incidents_in_noise_that_is_new() -> None:
    told = replayed(1, threshold=2.0, size=6)
    assert told.num_false_alarms > 5
    assert told.proposal is not None
    assert told.proposal.candidate.num_false_alarms == 0
    assert told.proposal.candidate.num_found == len(told.incidents)
    threshold = told.proposal.candidate.threshold
    assert threshold is not None
    fresh = replayed(2, threshold=threshold, size=6)
    assert fresh.num_missed == 0
    assert fresh.num_false_alarms <= 2


def test_incidents_within_the_noise_take_points_in_a_row() -> None:
    told = replayed(3, threshold=1.0, size=2.2)
    assert told.proposal is not None
    chosen = told.proposal.candidate
    assert chosen.open_after > 1
    assert chosen.num_found == len(told.incidents)
    assert chosen.num_false_alarms < told.num_false_alarms

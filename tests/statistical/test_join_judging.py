"""How often usual outputs are taken for ones that no longer agree with their inputs."""

from __future__ import annotations

import numpy
import pytest

from mltrace.monitors.joins.agreement import Agreement, Part
from mltrace.monitors.joins.judging import judge_agreement
from mltrace.monitors.joins.usual import largest_usual, least_share

RUNS = 60
SERIES = 100


def agreement(num: int, num_rows: int) -> Agreement:
    part = Part(num, num_rows)
    return Agreement("weather", ("hour",), num_rows=num_rows, differing={"temp": part})


@pytest.mark.parametrize("spread", [0.0, 0.2, 0.5])
@pytest.mark.parametrize("share", [0.001, 0.03, 0.3, 0.9])
def test_shares_that_vary_by_nature_raise_no_alarm_in_6_000_runs(
    share: float, spread: float
) -> None:
    random = numpy.random.default_rng(11)
    num_bad = 0
    for _ in range(SERIES):
        angles = random.normal(numpy.arcsin(share**0.5), spread * share * (1 - share), RUNS)
        counts = random.binomial(2000, numpy.sin(angles) ** 2)
        runs = [[agreement(int(num), 2000)] for num in counts]
        for place in range(5, RUNS):
            judged = judge_agreement(runs[place], runs[max(place - 16, 0) : place])
            num_bad += judged.state == "bad"
    assert num_bad == 0


def test_what_was_filled_in_a_tenth_of_the_rows_is_missed_no_more_when_it_is_a_third() -> None:
    random = numpy.random.default_rng(12)
    for _ in range(SERIES):
        counts = random.binomial(2000, 0.1, 17)
        runs = [[agreement(int(num), 2000)] for num in counts]
        assert judge_agreement([agreement(667, 2000)], runs[:16]).state == "bad"


def test_the_interval_of_prediction_has_the_quantiles_of_t() -> None:
    stats = pytest.importorskip("scipy.stats")
    for num in (5, 8, 16, 40):
        angles = numpy.linspace(0.3, 0.32, num)
        before = [Part(round(10**9 * numpy.sin(one) ** 2), 10**9) for one in angles]
        reach = stats.t.isf(1e-6, num - 1) * angles.std(ddof=1) * (1 + 1 / num) ** 0.5
        exact = numpy.sin(min(angles.mean() + reach, numpy.pi / 2)) ** 2
        assert exact <= largest_usual(before) <= exact * 1.35


def test_the_least_share_is_the_lower_end_of_wilsons_interval() -> None:
    stats = pytest.importorskip("scipy.stats")
    for num, of in [(1, 20), (30, 100), (500, 5000), (99, 100)]:
        interval = stats.binomtest(num, of).proportion_ci(1 - 2e-6, method="wilson")
        assert least_share(Part(num, of)) == pytest.approx(interval.low, rel=1e-6)

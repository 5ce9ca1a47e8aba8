"""Tests of streams, one by one; what holds for all of them is in tests/contract."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

import mltrace as mt
from mltrace.monitors.drift.sequential import (
    Adwin,
    BettingMean,
    ConformalMartingale,
    EDetector,
    PageHinkley,
    restore,
    stream_tests,
)


def three_levels() -> list[float]:
    rng = random.Random(1)
    shares = [0.2] * 1500 + [0.5] * 1500 + [0.3] * 2000
    return [float(rng.random() < share) for share in shares]


def alarms(test: Any, values: list[float]) -> list[tuple[int, int]]:
    """List after which values there is an alarm, and how many values the test then still has."""
    told = [(at, test.update(value), test.num_values) for at, value in enumerate(values)]
    return [(at, num_values) for at, result, num_values in told if result.is_drift]


# What river 0.22 gives: `AdaptiveWindowing` of `river.drift.adwin_c`, with `clock` for `every`.
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"every": 32},
            [
                *((1567, 224), (1663, 256), (1727, 256), (3295, 1312), (3359, 1120)),
                *((3487, 1120), (3519, 1024), (3615, 992), (4063, 1184)),
            ],
        ),
        (
            {"every": 32, "delta": 0.05},
            [(1567, 112), (3135, 1040), (3231, 1008), (3295, 688), (3679, 944), (3743, 880)],
        ),
        (
            {"min_values": 2, "max_buckets": 3},
            [
                *((1549, 526), (1552, 401), (1553, 274), (1559, 216), (1561, 154)),
                *((3423, 1504), (3424, 1249), (3628, 1197), (3733, 1046)),
            ],
        ),
    ],
)
def test_adwin_cuts_where_river_does(settings: Any, expected: list[tuple[int, int]]) -> None:
    assert alarms(Adwin(**settings), three_levels()) == expected


def test_adwin_tells_where_the_mean_changed_and_which_way() -> None:
    test = Adwin()
    results = [test.update(value) for value in [0.0] * 400 + [1.0] * 100]
    first = next(one for one in results if one.is_drift)
    assert first.began_at is not None
    assert 350 <= first.began_at <= 410
    assert first.direction == "up"
    assert first.threshold is not None
    assert first.statistic > first.threshold


def test_adwin_keeps_few_buckets_of_many_values() -> None:
    test = Adwin()
    for at in range(20_000):
        test.update(at % 2)
    assert test.num_values == 20_000
    assert sum(map(len, test.rows)) <= 5 * math.log2(20_000)
    assert sum(bucket.num for row in test.rows for bucket in row) == 20_000


def test_adwin_of_another_unit_cuts_at_the_same_places() -> None:
    values = three_levels()
    scaled = [1000 * value for value in values]
    assert alarms(Adwin(unit=1000.0), scaled) == alarms(Adwin(), values)


# What river 0.22 gives: `PageHinkley` of `river.drift`.
@pytest.mark.parametrize(
    ("threshold", "expected"), [(50.0, [1666, 3062]), (10.0, [555, 904, 1522, 1630, 1924, 2295])]
)
def test_page_hinkley_raises_where_river_does(threshold: float, expected: list[int]) -> None:
    found = [at for at, _ in alarms(PageHinkley(threshold=threshold), three_levels())]
    assert found[: len(expected)] == expected


def test_page_hinkley_is_the_sum_that_leaves_its_lowest_point() -> None:
    test = PageHinkley(delta=0.0, fading=1.0, threshold=2.5, min_values=1)
    results = [test.update(value) for value in (0.0, 0.0, 3.0, 3.0)]
    # Means 0, 0, 1, 1.5; distances 0, 0, 2, 1.5; the sum rises from 0 to 2 and to 3.5.
    assert [one.statistic for one in results] == [0.0, 0.0, 2.0, 3.5]
    assert results[3].is_drift
    assert results[3].began_at == 1
    assert results[3].direction == "up"


def test_page_hinkley_sees_a_fall_as_well() -> None:
    test = PageHinkley(threshold=10)
    results = [test.update(value) for value in [5.0] * 50 + [4.0] * 50]
    first = next(one for one in results if one.is_drift)
    assert first.direction == "down"
    assert first.began_at == 50


def test_a_bet_on_two_values_is_what_the_formula_gives() -> None:
    test = BettingMean(mean=0.5, alpha=0.05)
    # At first the stake is sqrt(2 ln 40 / (0.25 * 1 * ln 2)) = 6.5, cut to half the wealth: 1.
    assert test.update(1.0).evidence == pytest.approx((1.5 + 0.5) / 2)
    # Then the mean is (0.5 + 1) / 2 and the variance (0.25 + 0.0625) / 2: stakes are cut as well.
    assert test.update(1.0).evidence == pytest.approx((1.5**2 + 0.5**2) / 2)


def test_an_e_detector_adds_a_bet_with_each_value() -> None:
    test = EDetector(mean=0.5)
    first = test.update(1.0)
    assert first.evidence == pytest.approx(1.0)
    # Each value multiplies by 1 + s or 1 - s; the sums are (f + 1) * f.
    stakes = (0.02, 0.05, 0.12, 0.3, 0.6)
    expected = sum((f + 1) * f for s in stakes for f in (1 + s, 1 - s)) / 10
    assert test.update(1.0).evidence == pytest.approx(expected)


def test_a_place_in_order_is_bet_on_by_simple_jumpers() -> None:
    test = ConformalMartingale()
    results = [test.update(float(at)) for at in range(60)]
    first = next(at for at, one in enumerate(results) if one.is_drift)
    assert 15 < first < 40  # always the greatest so far: at most 1.5 times more wealth each time
    assert results[first].direction == "up"


def test_equal_values_say_nothing_of_their_order() -> None:
    test = ConformalMartingale()
    assert not any(test.update(1.0).is_drift for _ in range(2000))


@pytest.mark.parametrize("test", [BettingMean(mean=0.2), EDetector(mean=0.2)])
def test_bets_see_a_mean_that_falls_and_tell_since_when(test: Any) -> None:
    quiet = [1.0, 0.0, 0.0, 0.0, 0.0] * 20
    results = [test.update(value) for value in quiet + [0.0] * 400]
    first = next(one for one in results if one.is_drift)
    assert first.direction == "down"
    assert first.began_at is not None
    assert first.began_at <= 110


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (lambda: Adwin(delta=0), r"delta=0 cannot be; give a number above 0 and below 1\."),
        (lambda: Adwin(every=0), "every=0 cannot be"),
        (lambda: PageHinkley(threshold=-1.0), "threshold=-1.0 cannot be"),
        (lambda: PageHinkley(fading=2), "fading=2 cannot be"),
        (lambda: ConformalMartingale(alpha=1.0), "alpha=1.0 cannot be"),
        (lambda: BettingMean(mean=2), "mean=2 is not between low=0.0 and high=1.0"),
        (lambda: EDetector(tolerance=0.5), "mean=0.0 is not between"),
        (lambda: EDetector(run_length=float("nan")), "run_length=nan cannot be"),
    ],
)
def test_settings_that_cannot_be_are_refused(test: Any, message: str) -> None:
    with pytest.raises(mt.ArgumentError, match=message):
        test()


def test_what_is_no_state_is_refused() -> None:
    with pytest.raises(mt.ArgumentError, match="it does not name the test"):
        restore({"delta": 1})
    with pytest.raises(mt.UnknownNameError, match=r"No stream test 'adwim'\. Did you mean 'adwin'"):
        restore({"test": "adwim"})
    with pytest.raises(mt.ArgumentError, match="no state of Adwin"):
        restore({"test": "adwin", "delta": "much"})
    with pytest.raises(mt.ArgumentError, match="no state of PageHinkley"):
        PageHinkley.from_state(stream_tests.get("adwin")().state)

"""Where the next number of a series is expected."""

from __future__ import annotations

import pytest

from mltrace.monitors.rules.prediction import predict

RATE = 0.001


def test_equal_numbers_expect_the_same_again() -> None:
    found = predict([7.0] * 8, rate=RATE)
    assert found.low <= 7.0 <= found.high
    assert not found.low <= 7.01 <= found.high


def test_what_may_differ_in_any_case_is_never_odd() -> None:
    found = predict([1000] * 8, rate=RATE, least=0.05, is_log=True)
    assert found.low == pytest.approx(952.3, abs=0.1)
    assert found.high == pytest.approx(1050.1, abs=0.1)


def test_a_count_is_expected_to_be_at_least_zero() -> None:
    assert predict([0, 3, 1, 0, 5, 2, 0, 1, 9], rate=RATE, is_log=True).low == 0


def test_a_tenth_of_odd_numbers_does_not_make_the_interval_wide() -> None:
    calm = [100 + day % 5 for day in range(30)]
    found = predict([*calm[:10], 0, *calm[10:20], 0, *calm[20:]], rate=RATE, is_log=True)
    assert found.low > 70
    assert found.usual == (100, 104)


def test_a_weekly_rhythm_is_learnt_where_there_is_one() -> None:
    days = range(35)
    numbers = [1000 + 10 * (day % 3) - 700 * (day % 7 > 4) for day in days]
    weekly = {"weekly": [day % 7 for day in [*days, 35]]}
    on_monday = predict(numbers, rate=RATE, is_log=True, rhythms=weekly)
    assert on_monday.rhythm == "weekly"
    assert on_monday.low > 700
    assert on_monday.usual[0] >= 1000
    without = predict(numbers, rate=RATE, is_log=True)
    assert without.low < 300


def test_of_a_phase_that_was_there_twice_nothing_is_told() -> None:
    days = range(14)
    numbers = [1000 - 700 * (day % 7 > 4) for day in days]
    found = predict(numbers, rate=RATE, rhythms={"weekly": [day % 7 for day in [*days, 14]]})
    assert found.rhythm == ""


def test_a_straight_trend_goes_on() -> None:
    numbers = [100 + 10 * day + day % 2 for day in range(30)]
    found = predict(numbers, rate=RATE)
    assert found.middle == pytest.approx(400, abs=1)
    assert found.low > 390


def test_a_trend_and_a_rhythm_are_learnt_together() -> None:
    days = range(42)
    numbers = [1000 + 20 * day - 500 * (day % 7 > 4) + day % 2 for day in days]
    found = predict(numbers, rate=RATE, rhythms={"weekly": [day % 7 for day in [*days, 42]]})
    assert found.rhythm == "weekly"
    assert found.middle == pytest.approx(1840, abs=20)


def test_a_new_level_is_usual_once_half_of_the_numbers_are_of_it() -> None:
    at_first = predict([*[1000, 1010] * 14, 2000, 2010], rate=RATE, is_log=True)
    assert not at_first.low <= 2000 <= at_first.high
    later = predict([*[1000, 1010] * 14, *[2000, 2010] * 15], rate=RATE, is_log=True)
    assert later.low <= 2000 <= later.high

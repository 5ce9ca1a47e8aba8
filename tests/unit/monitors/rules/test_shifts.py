"""Numbers that are larger than those before."""

from __future__ import annotations

import random

import pytest
from scipy import stats

from mltrace.monitors.rules.shifts import p_value_of_larger


@pytest.mark.parametrize(("num_now", "num_before"), [(1, 10), (5, 12), (5, 50), (12, 5)])
def test_it_is_the_exact_test_of_mann_and_whitney(num_now: int, num_before: int) -> None:
    draw = random.Random(num_now * num_before)
    for shift in (0, 0.5, 2):
        now = [draw.gauss(shift, 1) for _ in range(num_now)]
        before = [draw.gauss(0, 1) for _ in range(num_before)]
        expected = stats.mannwhitneyu(now, before, alternative="greater", method="exact").pvalue
        assert p_value_of_larger(now, before) == pytest.approx(expected, rel=1e-9)


def test_equal_numbers_are_no_shift() -> None:
    assert p_value_of_larger([1.0] * 5, [1.0] * 50) == 1

"""Rates are bounded as SciPy bounds them."""

from __future__ import annotations

import pytest
from scipy.stats import chi2

from mltrace.monitors.rules.poisson import rate_interval


@pytest.mark.parametrize("count", [1, 2, 3, 10, 57, 400])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_interval_is_that_of_garwood(count: int, confidence: float) -> None:
    rest = 1 - confidence
    low, high = rate_interval(count, 4.0, confidence=confidence)
    assert low == pytest.approx(chi2.ppf(rest / 2, 2 * count) / 8)
    assert high == pytest.approx(chi2.ppf(1 - rest / 2, 2 * count + 2) / 8)


def test_of_no_event_the_upper_bound_is_one_sided() -> None:
    low, high = rate_interval(0, 6.0)
    assert low == 0
    assert high == pytest.approx(2.9957 / 6, rel=1e-4)

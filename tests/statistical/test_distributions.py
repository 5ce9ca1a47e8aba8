"""Distributions give what SciPy gives, over shapes of seven orders of magnitude."""

from __future__ import annotations

import math

import numpy
import pytest
from scipy import special, stats

from mltrace.distributions.beta import beta_probability, beta_quantile, student_tail
from mltrace.distributions.quantiles import student_quantile, two_sided_z
from mltrace.errors import ArgumentError


@pytest.mark.parametrize("most", [1.0, 3.0, 5.0, 7.0])
def test_the_beta_distribution_is_that_of_scipy(most: float) -> None:
    random = numpy.random.default_rng(8)
    for a, b in 10 ** random.uniform(-1, most, (50, 2)):
        value, probability = random.beta(a, b), random.uniform(0.001, 0.999)
        if 1e-290 < value < 1:
            expected = special.betainc(a, b, value)
            assert beta_probability(value, a, b) == pytest.approx(expected, rel=2e-8, abs=1e-300)
        expected = special.betaincinv(a, b, probability)
        if 1e-290 < expected < 1:
            assert beta_quantile(probability, a, b) == pytest.approx(expected, rel=1e-9)


def test_student_s_t_is_that_of_scipy() -> None:
    random = numpy.random.default_rng(8)
    for degrees in 10 ** random.uniform(-0.3, 6, 100):
        value, probability = 3 * random.normal(), random.uniform(0.0001, 0.9999)
        assert student_tail(value, degrees) == pytest.approx(stats.t.sf(value, degrees), rel=1e-8)
        expected = stats.t.ppf(probability, degrees)
        assert student_quantile(probability, degrees) == pytest.approx(expected, rel=1e-6)


def test_what_is_certain_is_at_the_ends() -> None:
    assert (student_quantile(0.0, 3), student_quantile(1.0, 3)) == (-math.inf, math.inf)
    assert beta_quantile(0.0, 2, 3) == beta_probability(0.0, 2, 3) == 0.0
    assert beta_quantile(1.0, 2, 3) == beta_probability(1.0, 2, 3) == 1.0
    assert (student_tail(math.inf, 3), student_tail(-math.inf, 3)) == (0.0, 1.0)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"confidence of 95; it is between 0 and 1"):
        two_sided_z(95)
    with pytest.raises(ArgumentError, match=r"shapes 0 and 3; both must be above 0"):
        beta_probability(0.5, 0, 3)

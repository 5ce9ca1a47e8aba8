"""Comparisons that may be looked at after every batch, and stopped when one likes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy

from mltrace.tasks.comparing.difference import CONFIDENCE, Difference, aligned, mean_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

LEAST_ROWS: Final = 50
"""So few rows are too few for what holds in large samples only."""
_TUNED_FOR: Final = 1000
_STAKES: Final = numpy.geomspace(0.001, 0.9, 24)
"""The shares of what they could lose that gamblers stake, each with a part of the wealth."""
_NUM_HALVINGS: Final = 40
_MOST_LOG: Final = 700.0


def sequential_mcnemar(
    right_a: ArrayLike, right_b: ArrayLike, *, confidence: float = CONFIDENCE
) -> Difference:
    """Tell at any time whether two models differ in accuracy.

    Parameters
    ----------
    right_a, right_b : array of bool, shape (num_rows,)
        Which of the same rows each model has right, of all rows whose labels are known by now.
    confidence : float, default 0.95
        That no interval, of all looks together, misses the true difference.

    Notes
    -----
    Gamblers bet that the accuracy of `b` is further above that of `a` than is stated, and others
    that it is further below, each with a constant stake, 24 of either. Their mean wealth is the
    e-value, and the interval holds what neither side has won enough against. If the mean of each
    difference, given those before, is what is stated, their wealth ever exceeds
    ``1 / (1 - confidence)`` no more often than ``1 - confidence``, at any sample size. The price is
    an interval some 1.7 times as wide as that of a single look. Cost: O(num_rows).

    References
    ----------
    Waudby-Smith, Ramdas (2024), Estimating means of bounded random variables by betting,
    doi 10.1093/jrsssb/qkad009. Grünwald, de Heide, Koolen (2024), Safe testing,
    doi 10.1093/jrsssb/qkae011.

    Examples
    --------
    >>> rng = numpy.random.default_rng(1)
    >>> found = sequential_mcnemar(rng.random(2000) < 0.85, rng.random(2000) < 0.90)
    >>> round(found.low, 3), round(found.high, 3), found.e_value > 20
    (0.011, 0.083, True)
    """
    a, b = aligned(right_a, right_b)
    counts = numpy.array([(a > b).sum(), (a == b).sum(), (b > a).sum()], float)
    difference = mean_of(b) - mean_of(a)
    limit = math.log(2 / (1 - confidence))

    def is_lost(stated: float) -> bool:
        return _log_wealth(counts, stated) < limit

    def is_lost_below(stated: float) -> bool:
        return _log_wealth(counts[::-1], -stated) < limit

    low, high = -1.0, 1.0
    if len(a):
        low, high = _last(is_lost, difference, -1.0), _last(is_lost_below, difference, 1.0)
    both = numpy.logaddexp(_log_wealth(counts, 0.0), _log_wealth(counts[::-1], 0.0))
    evidence = math.exp(min(float(both) - math.log(2), _MOST_LOG))
    method = "McNemar by betting"
    return Difference(mean_of(a), mean_of(b), low, high, None, method, evidence)


def _log_wealth(counts: numpy.typing.NDArray[numpy.float64], stated: float) -> float:
    """Tell the logarithm of what bets above a stated mean have become, of -1, 0 and 1."""
    gains = _STAKES[:, None] * (numpy.array([-1.0, 0.0, 1.0]) - stated) / (1 + stated)
    return float(numpy.logaddexp.reduce(numpy.log1p(gains) @ counts)) - math.log(len(_STAKES))


def _last(is_within: Callable[[float], bool], inside: float, outside: float) -> float:
    """Find how far from a number within one can go towards one outside."""
    for _ in range(_NUM_HALVINGS):
        middle = (inside + outside) / 2
        if is_within(middle):
            inside = middle
        else:
            outside = middle
    return outside


def sequential_mean(
    losses_a: ArrayLike, losses_b: ArrayLike, *, confidence: float = CONFIDENCE
) -> Difference:
    """Tell at any time whether the mean losses of two models differ, in large samples.

    Parameters
    ----------
    losses_a, losses_b : array of float, shape (num_rows,)
        Of the same rows, all whose labels are known by now.
    confidence : float, default 0.95
        That no interval, of all looks together, misses the true difference.

    Notes
    -----
    An asymptotic confidence sequence, of a normal mixture that is narrowest at about 1,000 rows.
    Nothing is said before 50 rows. Where few losses are far larger than the others it takes more
    rows until it holds. Cost: O(num_rows).

    References
    ----------
    Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas (2024), Time-uniform central limit theory and
    asymptotic confidence sequences, doi 10.1214/24-AOS2408.

    Examples
    --------
    >>> rng = numpy.random.default_rng(1)
    >>> losses_a = rng.exponential(1.0, 2000)
    >>> found = sequential_mean(losses_a, losses_a * 0.9 + rng.normal(0, 0.1, 2000))
    >>> round(found.low, 3), round(found.high, 3), found.e_value > 20
    (-0.109, -0.09, True)
    """
    a, b = aligned(losses_a, losses_b)
    steps, num, method = b - a, len(a), "asymptotic confidence sequence"
    mean_a, mean_b = mean_of(a), mean_of(b)
    spread = float(steps.std(ddof=1)) if num >= LEAST_ROWS else 0.0
    if spread == 0:
        return Difference(mean_a, mean_b, -math.inf, math.inf, None, method, 1.0)
    alpha = 1 - confidence
    mixture = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / _TUNED_FOR
    growth = num * mixture + 1
    reach = spread / num * math.sqrt(2 * growth / mixture * math.log(math.sqrt(growth) / alpha))
    difference = mean_b - mean_a
    score = num * difference / spread
    log_evidence = score**2 * mixture / (2 * growth) - math.log(growth) / 2
    evidence = math.exp(min(log_evidence, _MOST_LOG))
    low, high = difference - reach, difference + reach
    return Difference(mean_a, mean_b, low, high, None, method, evidence)

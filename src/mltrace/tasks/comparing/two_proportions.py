"""Two shares of different rows: Fisher's exact test, and Newcombe's interval."""

from __future__ import annotations

import math

import numpy

from mltrace.tasks.comparing.difference import CONFIDENCE, Difference
from mltrace.tasks.comparing.from_intervals import Bounded, difference_of
from mltrace.tasks.intervals.proportions import wilson

_FAR_SIGMAS = 40


def two_proportions(
    right_a: tuple[int, int], right_b: tuple[int, int], *, confidence: float = CONFIDENCE
) -> Difference:
    """Tell whether two shares differ, of rows that have nothing to do with each other.

    Parameters
    ----------
    right_a, right_b : tuple of int
        How many of how many are right.
    confidence : float, default 0.95
        Of the interval.

    Notes
    -----
    Fisher's exact test, two-sided by the probability of tables; it rejects less often than stated,
    the more so the fewer rows there are. Newcombe's interval from Wilson's of each. Cost: at most
    80 standard deviations of a table, however many rows there are.

    References
    ----------
    Newcombe (1998), Interval estimation for the difference between independent proportions,
    doi 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.

    Examples
    --------
    >>> found = two_proportions((56, 70), (48, 80))
    >>> [round(one, 4) for one in (found.value_b - found.value_a, found.low, found.high)]
    [-0.2, -0.3339, -0.0524]
    >>> round(found.p_value, 4)
    0.0125
    """
    (count_a, num_a), (count_b, num_b) = right_a, right_b
    method = "Fisher's exact test"
    if not num_a or not num_b:
        shares = (count / num if num else math.nan for count, num in (right_a, right_b))
        share_a, share_b = shares
        return Difference(share_a, share_b, -math.inf, math.inf, 1.0, method)
    share_a, share_b = count_a / num_a, count_b / num_b
    bounded_a, bounded_b = (
        Bounded(count / num, *wilson(count, num, confidence=confidence))
        for count, num in (right_a, right_b)
    )
    difference = difference_of(bounded_a, bounded_b)
    return Difference(
        share_a,
        share_b,
        difference.low,
        difference.high,
        _fisher(count_a, num_a, count_b, num_b),
        method,
    )


def _fisher(count_a: int, num_a: int, count_b: int, num_b: int) -> float:
    """Sum the probabilities of all tables that are no more likely than this one."""
    total, right = num_a + num_b, count_a + count_b
    mean = num_a * right / total
    spread = math.sqrt(mean * (1 - right / total) * num_b / max(total - 1, 1))
    reach = max(_FAR_SIGMAS * spread, abs(count_a - mean)) + 1
    least = max(0, right - num_b, math.floor(mean - reach))
    most = min(num_a, right, math.ceil(mean + reach))
    counts = numpy.arange(least, most, dtype=float)
    steps = numpy.log((num_a - counts) * (right - counts))
    steps -= numpy.log((counts + 1) * (num_b - right + counts + 1))
    logs = numpy.concatenate([[0.0], numpy.cumsum(steps)])
    weights = numpy.exp(logs - logs.max())
    likely = weights <= weights[count_a - least] * (1 + 1e-7)
    return min(float(weights[likely].sum() / weights.sum()), 1.0)

"""McNemar's test: two models on the same rows, right or wrong."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mltrace.distributions.beta import beta_probability
from mltrace.tasks.comparing.difference import CONFIDENCE, Difference, aligned
from mltrace.tasks.intervals.proportions import wilson

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def mcnemar(
    right_a: ArrayLike, right_b: ArrayLike, *, confidence: float = CONFIDENCE
) -> Difference:
    """Tell whether two models differ in accuracy, by the rows on which only one of them is right.

    Parameters
    ----------
    right_a, right_b : array of bool, shape (num_rows,)
        Which of the same rows each model has right.
    confidence : float, default 0.95
        Of the interval.

    Notes
    -----
    If the models are equally good, each such row is a fair coin: the mid-p value of the exact
    binomial test. The interval is Newcombe's tenth, from Wilson's of the two accuracies and their
    correlation. Cost: O(num_rows).

    References
    ----------
    Fagerland, Lydersen, Laake (2013), The McNemar test for binary matched-pairs data: mid-p and
    asymptotic are better than exact conditional, doi 10.1186/1471-2288-13-91. Newcombe (1998),
    Improved confidence intervals for the difference between binomial proportions based on paired
    data, doi 10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C.

    Examples
    --------
    >>> right_a = [True] * 90 + [False] * 10
    >>> right_b = [True] * 88 + [False] * 2 + [True] * 9 + [False]
    >>> found = mcnemar(right_a, right_b)
    >>> round(found.value_b - found.value_a, 2), round(found.p_value, 3)
    (0.07, 0.039)
    >>> round(found.low, 3), round(found.high, 3)
    (0.001, 0.146)
    """
    a, b = aligned(right_a, right_b)
    num = len(a)
    both, only_a, only_b = int((a * b).sum()), int((a > b).sum()), int((b > a).sum())
    if not num:
        nan = math.nan
        return Difference(nan, nan, -math.inf, math.inf, 1.0, "McNemar, mid-p")
    low, high = _newcombe(both, only_a, only_b, num - both - only_a - only_b, confidence)
    p_value = _mid_p(only_a, only_b)
    return Difference(float(a.mean()), float(b.mean()), low, high, p_value, "McNemar, mid-p")


def _mid_p(only_a: int, only_b: int) -> float:
    num, least = only_a + only_b, min(only_a, only_b)
    if only_a == only_b:
        return 1.0
    at_most = beta_probability(0.5, num - least, least + 1)
    below = beta_probability(0.5, num - least + 1, least) if least else 0.0
    return min(at_most + below, 1.0)


def _newcombe(
    both: int, only_a: int, only_b: int, neither: int, confidence: float
) -> tuple[float, float]:
    num = both + only_a + only_b + neither
    share_a, share_b = (both + only_a) / num, (both + only_b) / num
    (low_a, high_a), (low_b, high_b) = (
        wilson(both + only, num, confidence=confidence) for only in (only_a, only_b)
    )
    phi = _correlation(both, only_a, only_b, neither)
    difference = share_b - share_a
    below_b, above_a = share_b - low_b, high_a - share_a
    above_b, below_a = high_b - share_b, share_a - low_a
    down = below_b**2 - 2 * phi * below_b * above_a + above_a**2
    up = above_b**2 - 2 * phi * above_b * below_a + below_a**2
    return difference - math.sqrt(max(down, 0)), difference + math.sqrt(max(up, 0))


def _correlation(both: int, only_a: int, only_b: int, neither: int) -> float:
    """Tell phi, corrected for continuity where it is positive."""
    margins = math.prod(
        float(one) for one in (both + only_a, only_b + neither, both + only_b, only_a + neither)
    )
    if margins == 0:
        return 0.0
    product = both * neither - only_a * only_b
    if product > 0:
        return max(product - (both + only_a + only_b + neither) / 2, 0) / math.sqrt(margins)
    return product / math.sqrt(margins)

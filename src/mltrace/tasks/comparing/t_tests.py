"""Mean losses of two models: the paired t-test on the same rows, Welch's on different ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mltrace.distributions.beta import student_tail
from mltrace.distributions.quantiles import student_quantile
from mltrace.tasks.comparing.difference import (
    CONFIDENCE,
    Difference,
    aligned,
    finite_losses,
    mean_of,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def paired_t_test(
    losses_a: ArrayLike, losses_b: ArrayLike, *, confidence: float = CONFIDENCE
) -> Difference:
    """Tell whether the mean losses of two models on the same rows differ.

    Parameters
    ----------
    losses_a, losses_b : array of float, shape (num_rows,)
        Of the same rows in the same order.
    confidence : float, default 0.95
        Of the interval.

    Raises
    ------
    ArgumentError
        If they are not equally many, or not finite.

    Notes
    -----
    Rows are taken to be independent; their differences need not be normal where there are tens.

    Examples
    --------
    >>> found = paired_t_test([1.0, 2.0, 3.0, 4.0], [1.5, 2.5, 3.0, 5.0])
    >>> [round(one, 4) for one in (found.low, found.high, found.p_value)]
    [-0.1496, 1.1496, 0.0917]
    """
    a, b = aligned(losses_a, losses_b)
    steps = b - a
    num = len(steps)
    spread = float(steps.std(ddof=1)) if num > 1 else math.nan
    error = spread / math.sqrt(max(num, 1))
    return _judged((mean_of(a), mean_of(b)), error, num - 1, confidence, "paired t-test")


def welch_t_test(
    losses_a: ArrayLike, losses_b: ArrayLike, *, confidence: float = CONFIDENCE
) -> Difference:
    """Tell whether the mean losses of two sets of different rows differ.

    Parameters
    ----------
    losses_a, losses_b : array of float
        Of rows that have nothing to do with each other.
    confidence : float, default 0.95
        Of the interval.

    Raises
    ------
    ArgumentError
        If a loss is not finite.

    References
    ----------
    Welch (1947), The generalization of "Student's" problem when several different population
    variances are involved, doi 10.1093/biomet/34.1-2.28.

    Examples
    --------
    >>> found = welch_t_test([1.0, 2.0, 3.0, 4.0], [3.0, 5.0, 7.0])
    >>> [round(one, 4) for one in (found.low, found.high, found.p_value)]
    [-1.5423, 6.5423, 0.1485]
    """
    a, b = finite_losses(losses_a, "losses_a"), finite_losses(losses_b, "losses_b")
    means = mean_of(a), mean_of(b)
    if min(len(a), len(b)) < 2:
        return _judged(means, math.nan, 0, confidence, "Welch's t-test")
    square_a, square_b = (float(one.var(ddof=1)) / len(one) for one in (a, b))
    error = square_a + square_b
    weights = square_a**2 / (len(a) - 1) + square_b**2 / (len(b) - 1)
    freedom = error**2 / weights if weights > 0 else len(a) + len(b) - 2.0
    return _judged(means, math.sqrt(error), freedom, confidence, "Welch's t-test")


def _judged(
    means: tuple[float, float], error: float, freedom: float, confidence: float, method: str
) -> Difference:
    difference = means[1] - means[0]
    if not error > 0:
        is_known = error == 0
        reach = 0.0 if is_known else math.inf
        p_value = 0.0 if is_known and difference else 1.0
        center = difference if is_known else 0.0
        return Difference(*means, center - reach, center + reach, p_value, method)
    reach = student_quantile(0.5 + confidence / 2, freedom) * error
    p_value = min(2 * student_tail(abs(difference) / error, freedom), 1.0)
    return Difference(*means, difference - reach, difference + reach, p_value, method)

"""Intervals of means, from the sums of powers: Student's, corrected for skewness."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mltrace.distributions.quantiles import student_quantile
from mltrace.tasks.intervals.interval import Interval

if TYPE_CHECKING:
    from mltrace.tasks.statistics.power_sums import PowerSums


def mean_interval(
    sums: PowerSums, *, confidence: float = 0.95, least_variance: float = 0.0
) -> Interval | None:
    """Bound the mean of what values are drawn from; None of fewer than two values.

    Parameters
    ----------
    sums : PowerSums
    confidence : float, default 0.95
    least_variance : float, default 0.0
        How much values vary at least, even if these do not.

    Notes
    -----
    Student's t on Hall's scale, on which the statistic of skewed values is nearly symmetrical.
    Losses are skewed: there Student's interval alone errs upwards too seldom and downwards too
    often. Of very few values that matter, such as the losses of rare positives, no interval knows
    what they have not shown.

    References
    ----------
    Hall (1992), On the removal of skewness by transformation,
    doi:10.1111/j.2517-6161.1992.tb01876.x.

    Examples
    --------
    >>> from mltrace.tasks.statistics.power_sums import PowerSums
    >>> [round(end, 2) for end in mean_interval(PowerSums(4, 10.0, 30.0, 100.0))]
    [0.45, 4.55]
    """
    num = sums.num
    if num < 2:
        return None
    mean = sums.first / num
    variance = max(sums.second / num - mean * mean, 0.0) * num / (num - 1)
    t = student_quantile(0.5 + confidence / 2, num - 1)
    if variance <= max(least_variance, 1e-14 * mean * mean):  # as rounding leaves of equal values
        width = t * math.sqrt(least_variance / num)
        return Interval(mean - width, mean + width)
    error = math.sqrt(variance / num)
    third = sums.third / num - 3 * mean * sums.second / num + 2 * mean * mean * mean
    skewness = third / variance / math.sqrt(variance)
    return Interval(
        mean - error * _unbent(t, skewness, num), mean - error * _unbent(-t, skewness, num)
    )


def _unbent(t: float, skewness: float, num: int) -> float:
    """Take a quantile of Hall's cubic transform back to that of the statistic itself."""
    root = math.sqrt(num)
    bend = skewness / (3 * root)
    if abs(bend) < 1e-9:
        return t
    inner = 1 + 3 * bend * (t - skewness / (6 * root))
    return (math.copysign(abs(inner) ** (1 / 3), inner) - 1) / bend

"""Prediction bounds: what the next of a few values will hardly exceed.

Two bounds are drawn and the outer one counts. Student's prediction interval (Hahn, 1969) is right
for values with normal tails; for others it raises up to 40 times the false alarms that it states.
A Lomax tail over the outermost values, the exact predictive tail of exponential excesses, is right
for tails up to exponential ones, but too narrow where the outermost values are alike by chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_VALUES: Final = 5
"""Fewer values say too little of their spread."""
_TAIL_SHARE: Final = 5
_TAIL_VALUES: Final = 8
_TREND_SIGMAS: Final = 3.0
_NORMAL: Final = NormalDist()


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the next values will lie.

    Attributes
    ----------
    low, high : float
        The bounds.
    has_trend : bool
        Whether the values follow one another, so that the bounds hold for a while only.
    """

    low: float
    high: float
    has_trend: bool = False


def prediction_interval(
    values: NDArray[numpy.float64],
    false_alarms: float,
    *,
    noise: NDArray[numpy.float64] | None = None,
    least_noise: float = 0.0,
    ahead: int = 1,
) -> Interval:
    """Tell the bounds between which the next values will lie.

    Parameters
    ----------
    values : array of float, shape (num_values,)
        What was seen, oldest first, on a scale where tails are at most exponential.
    false_alarms : float
        With which probability a value may lie outside; half of it on either side.
    noise : array of float, shape (num_values,), optional
        The variance that each value has because it comes of a sample of rows.
    least_noise : float
        The variance of this kind that the next value may have.
    ahead : int
        For how many values to come the bounds shall hold where there is a trend.

    References
    ----------
    Hahn, G. J. (1969), Factors for calculating two-sided prediction intervals. JASA 64, 878-888.
    von Neumann, J. (1941), Distribution of the ratio of the mean square successive difference to
    the variance. Ann. Math. Stat. 12, 367-395.

    Examples
    --------
    >>> values = numpy.array([10.1, 9.8, 10.0, 10.3, 9.9, 10.2, 9.7, 10.0])
    >>> found = prediction_interval(values, 0.05)
    >>> round(found.low, 1), round(found.high, 1)
    (9.3, 10.7)
    """
    side = false_alarms / 2
    low, high = -_upper(-values, side), _upper(values, side)
    has_trend = is_serial(values)
    if has_trend:
        apart = min(ahead, len(values) - MIN_VALUES)
        steps = values[apart:] - values[:-apart] if apart > 0 else numpy.diff(values)
        last = float(values[-1])
        low = min(low, last - _upper(-steps, side))
        high = max(high, last + _upper(steps, side))
    return _widened(Interval(low, high, has_trend), values, noise, least_noise, side)


def is_serial(values: NDArray[numpy.float64]) -> bool:
    """Tell whether neighbours are more alike than chance makes them: a trend, a season, a drift."""
    spread = float(((values - values.mean()) ** 2).sum())
    if len(values) < MIN_VALUES or spread <= 0:
        return False
    ratio = float((numpy.diff(values) ** 2).sum()) / spread
    return ratio < 2 - _TREND_SIGMAS * 2 / math.sqrt(len(values))


def student_quantile(tail: float, freedom: int) -> float:
    """Tell the value that Student's t exceeds with probability `tail`.

    Notes
    -----
    The expansion of Abramowitz and Stegun, 26.7.5: within 2 % from 7 degrees of freedom on.

    Examples
    --------
    >>> round(student_quantile(0.025, 19), 3)
    2.093
    """
    z = -_NORMAL.inv_cdf(tail)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / float(freedom) ** order for order, term in enumerate(terms))


def _upper(values: NDArray[numpy.float64], tail: float) -> float:
    return max(_student(values, tail), _lomax(values, tail))


def _student(values: NDArray[numpy.float64], tail: float) -> float:
    num = len(values)
    reach = student_quantile(tail, num - 1) * math.sqrt(1 + 1 / num)
    return float(values.mean()) + reach * float(values.std(ddof=1))


def _lomax(values: NDArray[numpy.float64], tail: float) -> float:
    ordered = numpy.sort(values)
    num = min(len(values) // 2, max(_TAIL_VALUES, len(values) // _TAIL_SHARE))
    threshold = float(ordered[-num - 1])
    excess = float(ordered[-num:].mean()) - threshold
    share = num / len(values)
    growth = math.exp(math.log(share / tail) / num) - 1
    return threshold + num * excess * max(growth, 0.0)


def _widened(
    found: Interval,
    values: NDArray[numpy.float64],
    noise: NDArray[numpy.float64] | None,
    least_noise: float,
    side: float,
) -> Interval:
    """Widen bounds where chance made the values more alike than samples of rows are."""
    if noise is None:
        return found
    seen, usual = float(values.var(ddof=1)), float(noise.mean())
    wanted = max(seen, usual) + max(least_noise - usual, 0.0)
    center = float(numpy.median(values))
    floor = student_quantile(side, len(values) - 1) * math.sqrt(wanted)
    factor = math.sqrt(wanted / seen) if seen > 0 else 1.0
    return Interval(
        center - max(factor * (center - found.low), floor),
        center + max(factor * (found.high - center), floor),
        found.has_trend,
    )

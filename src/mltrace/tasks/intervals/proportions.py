"""Intervals of proportions: Wilson's, the exact one, and of means and the like of several."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy

from mltrace.distributions.beta import beta_quantile
from mltrace.distributions.quantiles import two_sided_z
from mltrace.errors import ArgumentError
from mltrace.tasks.intervals.interval import Interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_FEW: Final = 10


def wilson(num: float, of: float, *, confidence: float = 0.95) -> Interval:
    """Bound a proportion by Wilson's score interval.

    Parameters
    ----------
    num, of : float
        How many of how many; not necessarily whole, as effective sizes are.
    confidence : float, default 0.95

    Returns
    -------
    Interval
        Within [0, 1]; all of it where there is nothing.

    Notes
    -----
    The proportions that a score test does not reject. It covers on the average what it says, some
    percentage points less at some proportions near 0 and 1.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference,
    doi:10.1080/01621459.1927.10502953; Brown, Cai, DasGupta (2001), Interval estimation for a
    binomial proportion, doi:10.1214/ss/1009213286.

    Examples
    --------
    >>> [round(end, 3) for end in wilson(8, 10)]
    [0.49, 0.943]
    """
    if of <= 0:
        return Interval(0.0, 1.0)
    share = num / of
    factor = two_sided_z(confidence) ** 2 / of
    middle = share + factor / 2
    width = math.sqrt(max(share * (1 - share), 0.0) * factor + factor * factor / 4)
    low = 0.0 if num <= 0 else (middle - width) / (1 + factor)
    high = 1.0 if num >= of else (middle + width) / (1 + factor)
    return Interval(max(low, 0.0), min(high, 1.0))


def clopper_pearson(num: float, of: float, *, confidence: float = 0.95) -> Interval:
    """Bound a proportion by the exact interval, which never covers less than it says.

    Numbers that are not whole, as effective sizes are, are taken as Korn and Graubard do.

    References
    ----------
    Clopper, Pearson (1934), The use of confidence or fiducial limits illustrated in the case of the
    binomial, doi:10.1093/biomet/26.4.404; Korn, Graubard (1998), Confidence intervals for
    proportions with small expected number of positive counts, Survey Methodology 24.

    Examples
    --------
    >>> [round(end, 3) for end in clopper_pearson(8, 10)]
    [0.444, 0.975]
    """
    if not 0 <= num <= of:
        raise ArgumentError(f"{num} of {of} is no proportion.")
    if not of:
        return Interval(0.0, 1.0)
    rest = (1 - confidence) / 2
    low = beta_quantile(rest, num, of - num + 1) if num else 0.0
    high = beta_quantile(1 - rest, num + 1, of - num) if num < of else 1.0
    return Interval(low, high)


def proportion_interval(num: float, of: float, *, confidence: float = 0.95) -> Interval:
    """Bound a proportion: by the exact interval if it is of fewer than ten, else by Wilson's.

    Wilson's interval alone covers as little as 90 % where one in many is expected, or all but one.

    Examples
    --------
    >>> proportion_interval(8, 10) == clopper_pearson(8, 10)
    True
    >>> proportion_interval(80, 100) == wilson(80, 100)
    True
    """
    bound = clopper_pearson if min(num, of - num) < _FEW else wilson
    return bound(min(num, of), of, confidence=confidence)


def mean_of_proportions(
    nums: ArrayLike, of: ArrayLike, *, weights: ArrayLike, confidence: float = 0.95
) -> Interval:
    """Bound a weighted mean of independent proportions, from the interval of each.

    Parameters
    ----------
    nums, of : array, shape (num_proportions,)
        One of nothing is taken as 0, and may be anything.
    weights : array, shape (num_proportions,)
        At least 0; of a mean they add up to 1.

    Notes
    -----
    The method of variance estimates recovery: distances of the ends from each proportion are added
    as variances are.

    References
    ----------
    Zou, Donner (2008), Construction of confidence limits about effect measures,
    doi:10.1002/sim.3095.

    Examples
    --------
    >>> [round(end, 3) for end in mean_of_proportions([8, 90], [10, 100], weights=[0.5, 0.5])]
    [0.668, 0.94]
    """
    value, below, above = _distances(nums, of, weights, confidence)
    low = value - math.sqrt(float((below**2).sum()))
    return Interval(low, value + math.sqrt(float((above**2).sum())))


def mean_of_dependent_proportions(
    nums: ArrayLike, of: ArrayLike, *, weights: ArrayLike, confidence: float = 0.95
) -> Interval:
    """Bound a weighted mean of proportions that may depend on each other in any way.

    Notes
    -----
    As if all were off in the same direction at once, so it is wider than it needs to be.

    Examples
    --------
    >>> told = mean_of_dependent_proportions([8, 90], [10, 100], weights=[0.5, 0.5])
    >>> [round(end, 3) for end in told]
    [0.635, 0.96]
    """
    value, below, above = _distances(nums, of, weights, confidence)
    return Interval(value - float(below.sum()), value + float(above.sum()))


def _distances(
    nums: ArrayLike, of: ArrayLike, weights: ArrayLike, confidence: float
) -> tuple[float, numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]:
    ends = []
    for num, one in zip(numpy.asarray(nums).tolist(), numpy.asarray(of).tolist(), strict=True):
        share = num / one if one else 0.0
        low, high = proportion_interval(num, one, confidence=confidence)
        ends.append((share, share - low, high - share))
    table = numpy.array(ends).reshape(-1, 3) * numpy.asarray(weights)[:, None]
    return float(table[:, 0].sum()), table[:, 1], table[:, 2]

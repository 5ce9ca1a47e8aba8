"""Which ranks hold a quantile with a confidence, whatever the distribution."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right

from mltrace.distributions.beta import beta_probability
from mltrace.distributions.quantiles import two_sided_z


def ranks_around(
    num: int, *, probability: float = 0.5, confidence: float = 0.95
) -> tuple[int, int]:
    """Find the ranks, from 1, of the values between which a quantile is.

    Returns
    -------
    low, high : int
        0 and `num` + 1 stand for no bound, where there are too few values.

    Notes
    -----
    The number of values below the quantile is binomial. Exact up to 1,000 values, then by the
    normal distribution.

    References
    ----------
    Conover (1999), Practical nonparametric statistics, 3.2; David, Nagaraja (2003), Order
    statistics, doi:10.1002/0471722162.

    Examples
    --------
    >>> ranks_around(20), ranks_around(5)
    ((6, 15), (0, 6))
    """
    if num > 1000:
        width = two_sided_z(confidence) * math.sqrt(num * probability * (1 - probability))
        low, high = math.floor(num * probability - width), math.ceil(num * probability + width) + 1
        return max(low, 0), min(high, num + 1)
    rest = (1 - confidence) / 2
    ranks = range(1, num + 1)

    def at_least(rank: int) -> float:
        """Tell how often so many values are below the quantile, which then is above that rank."""
        return beta_probability(probability, rank, num - rank + 1)

    low = bisect_right(ranks, rest, key=lambda rank: 1 - at_least(rank))
    return low, 1 + bisect_left(ranks, -rest, key=lambda rank: -at_least(rank))

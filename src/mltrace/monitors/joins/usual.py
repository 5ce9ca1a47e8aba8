"""Which share of rows is still usual, by the shares that earlier runs had."""

from __future__ import annotations

import math
from statistics import NormalDist, fmean, stdev
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.monitors.joins.agreement import Part

_FALSE_ALARMS: Final = 1e-6
_FAR: Final = NormalDist().inv_cdf(1 - _FALSE_ALARMS)


def largest_usual(before: Sequence[Part]) -> float:
    """Tell the largest share that is not surprising after those of two or more earlier runs.

    Parameters
    ----------
    before : sequence of Part
        What earlier runs had.

    Notes
    -----
    What was there before is usual in any case. Else it is the upper end of the interval of
    prediction of Student's t, one in a million beyond it, of the angles ``asin(sqrt(share))``,
    whose spread does not hang on their height. So shares that were all equal, such as 0, are to
    stay so. The quantile of t is taken from the normal one, and too large by less than a tenth
    from six runs on.

    References
    ----------
    Wallace (1959), Bounds on normal approximations to Student's and the chi-square distributions.

    Examples
    --------
    >>> from mltrace.monitors.joins.agreement import Part
    >>> largest_usual([Part(0, 900), Part(0, 1000), Part(0, 800)])
    0.0
    >>> round(largest_usual([Part(90 + run % 3, 900) for run in range(12)]), 3)
    0.11
    """
    angles = [math.asin(math.sqrt(part.share)) for part in before]
    num, degrees = len(angles), len(angles) - 1
    exponent = (_FAR * (8 * degrees + 3) / (8 * degrees + 1)) ** 2 / degrees
    quantile = math.sqrt(degrees * math.expm1(exponent))
    reach = quantile * stdev(angles) * math.sqrt(1 + 1 / num)
    highest = max(fmean(angles) + reach, *angles)
    return math.sin(min(highest, math.pi / 2)) ** 2


def least_share(part: Part) -> float:
    """Tell the smallest share that so many rows leave possible: Wilson's lower limit.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference.

    Examples
    --------
    >>> from mltrace.monitors.joins.agreement import Part
    >>> round(least_share(Part(1, 20)), 3), round(least_share(Part(1000, 20_000)), 3)
    (0.002, 0.043)
    """
    if not part.num:
        return 0.0
    noise = _FAR**2 / part.of
    middle = part.share + noise / 2
    half = math.sqrt(part.share * (1 - part.share) * noise + noise**2 / 4)
    return max(middle - half, 0.0) / (1 + noise)

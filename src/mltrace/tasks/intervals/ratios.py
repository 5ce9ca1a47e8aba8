"""Intervals of ratios of sums over rows, whose parts depend on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy

from mltrace.tasks.intervals.proportions import proportion_interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mltrace.tasks.intervals.interval import Interval

_FEW: Final = 100


def ratio_interval(
    sums: ArrayLike,
    products: ArrayLike,
    *,
    above: ArrayLike,
    below: ArrayLike,
    num: int,
    confidence: float = 0.95,
) -> Interval | None:
    """Bound a ratio within [0, 1] of two weighted sums over rows; None where nothing is below.

    Parameters
    ----------
    sums : array, shape (num_sums,)
        Over rows, of some numbers that each row has.
    products : array, shape (num_sums, num_sums)
        Sums over rows of the products of these numbers.
    above, below : array, shape (num_sums,)
        How often each of them counts above, and below the line.
    num : int
        Rows.

    Notes
    -----
    The delta method gives the variance, from which follows of how many independent trials the ratio
    is as sure; of these it is the interval of a proportion. Up to 100 below the line, of which the
    variance itself is not sure, trials are no more than these.

    References
    ----------
    Cochran (1977), Sampling techniques, chapter 6; Korn, Graubard (1998), Confidence intervals for
    proportions with small expected number of positive counts, Survey Methodology 24.

    Examples
    --------
    >>> told = ratio_interval([6, 10], [[10, 14], [14, 26]], above=[1, 0], below=[0, 1], num=5)
    >>> [round(end, 3) for end in told]
    [0.215, 0.908]
    """
    whole, up, down = (numpy.asarray(one, dtype=numpy.float64) for one in (sums, above, below))
    size = float(whole @ down)
    if size <= 0:
        return None
    ratio = float(whole @ up) / size
    rests = up - ratio * down
    variance = float(rests @ numpy.asarray(products, dtype=numpy.float64) @ rests) / size**2
    variance *= num / max(num - 1, 1)
    spread = ratio * (1 - ratio)
    most = size / float(up.max())
    trials = spread / variance if variance > 0 and spread > 0 else num
    trials = min(trials, most) if most < _FEW else trials
    return proportion_interval(ratio * trials, trials, confidence=confidence)

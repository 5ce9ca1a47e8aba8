"""How two values differ of which the intervals are known: of any metric, from statistics alone."""

from __future__ import annotations

import math
from typing import NamedTuple


class Bounded(NamedTuple):
    """A value, and the interval that it is sure to be in.

    Attributes
    ----------
    value, low, high : float
    """

    value: float
    low: float
    high: float


def difference_of(a: Bounded, b: Bounded) -> Bounded:
    """Bound the difference of the second value from the first, of different rows.

    Parameters
    ----------
    a, b : Bounded
        With intervals of one confidence, which may be lopsided.

    Returns
    -------
    Bounded
        With an interval of that confidence.

    Notes
    -----
    The variance of each is recovered from the end of its interval that matters. With Wilson's
    intervals of two shares it is Newcombe's interval.

    References
    ----------
    Zou, Donner (2008), Construction of confidence limits about effect measures: a general
    approach, doi 10.1002/sim.3095.

    Examples
    --------
    >>> found = difference_of(Bounded(0.8, 0.69, 0.88), Bounded(0.6, 0.49, 0.7))
    >>> [round(one, 3) for one in found]
    [-0.2, -0.336, -0.051]
    """
    difference = b.value - a.value
    return Bounded(
        difference,
        difference - math.hypot(b.value - b.low, a.high - a.value),
        difference + math.hypot(b.high - b.value, a.value - a.low),
    )

"""A confidence interval, and what many kinds of them share."""

from __future__ import annotations

import math
from typing import NamedTuple


class Interval(NamedTuple):
    """Between which numbers the true value is, with the confidence that was asked for."""

    low: float
    high: float


def logit_interval(value: float, error: float, z: float) -> Interval:
    """Take the interval on the scale of logits, which keeps it within 0 and 1.

    Parameters
    ----------
    value : float
        Between 0 and 1.
    error : float
        Its standard error.
    z : float
        How many standard errors to go on either side.

    Examples
    --------
    >>> [round(end, 3) for end in logit_interval(0.9, 0.05, 1.96)]
    [0.752, 0.964]
    """
    if not 0 < value < 1:
        return Interval(value, value)
    logit = math.log(value / (1 - value))
    width = z * error / (value * (1 - value))
    return Interval(_expit(logit - width), _expit(logit + width))


def _expit(value: float) -> float:
    if value < -700:
        return 0.0
    return 1 / (1 + math.exp(-value))

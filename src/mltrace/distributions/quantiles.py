"""Values that variables are at most with a probability: normal, Student's t."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Final

from mltrace.distributions.beta import beta_quantile
from mltrace.errors import ArgumentError

_NORMAL: Final = NormalDist()
_MANY_DEGREES: Final = 200
_FAR: Final = 1e-6


@lru_cache(maxsize=64)
def two_sided_z(confidence: float) -> float:
    """Find within how many standard errors a normal variable is with a confidence.

    Raises
    ------
    ArgumentError
        If the confidence is not between 0 and 1.

    Examples
    --------
    >>> round(two_sided_z(0.95), 6)
    1.959964
    """
    if not 0 < confidence < 1:
        raise ArgumentError(f"A confidence of {confidence!r}; it is between 0 and 1, such as 0.95.")
    return _NORMAL.inv_cdf(0.5 + confidence / 2)


@lru_cache(maxsize=256)
def student_quantile(probability: float, num_degrees: float) -> float:
    """Find the value that Student's t is at most with a probability.

    Parameters
    ----------
    probability : float
    num_degrees : float
        Degrees of freedom, above 0, not necessarily whole.

    Examples
    --------
    >>> round(student_quantile(0.975, 10), 6), student_quantile(0.5, 3)
    (2.228139, 0.0)
    """
    if probability == 0.5 or not 0 < probability < 1:
        return 0.0 if probability == 0.5 else math.copysign(math.inf, probability - 0.5)
    tail = min(probability, 1 - probability)
    if num_degrees >= _MANY_DEGREES and tail > _FAR:
        return _nearly_normal(_NORMAL.inv_cdf(probability), num_degrees)
    half = num_degrees / 2
    # The share that is left of 1 tells large degrees better than the share itself.
    rest = beta_quantile(1 - 2 * tail, 0.5, half)
    size = math.sqrt(num_degrees * rest / (1 - rest)) if rest < 1 else math.inf
    return math.copysign(size, probability - 0.5)


def _nearly_normal(z: float, num_degrees: float) -> float:
    """Expand Student's quantile around the normal one: Abramowitz and Stegun, 26.7.5."""
    s = z * z
    terms = (
        (s + 1) / 4,
        ((5 * s + 16) * s + 3) / 96,
        (((3 * s + 19) * s + 17) * s - 15) / 384,
        ((((79 * s + 776) * s + 1482) * s - 1920) * s - 945) / 92_160,
    )
    return z * (1 + sum(term / num_degrees**power for power, term in enumerate(terms, 1)))

"""How often something happens that was counted over some time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_STEPS: Final = 60


def rate_interval(count: int, exposure: float, *, confidence: float = 0.95) -> tuple[float, float]:
    """Bound the rate of a Poisson process of which so many events were counted.

    Parameters
    ----------
    count : int
        Events.
    exposure : float
        The time over which they were counted, above 0.
    confidence : float
        How sure both bounds together are to hold the rate.

    Returns
    -------
    (float, float)
        Events for each unit of the time. Of no event the lower bound is 0 and the upper one that
        of a one-sided interval, about 3 / `exposure` (the rule of three).

    Notes
    -----
    The exact interval: the rates at which a count so high, or so low, has half of what is left to
    chance.

    References
    ----------
    Garwood (1936), Fiducial limits for the Poisson distribution,
    https://doi.org/10.1093/biomet/28.3-4.437; Hanley and Lippman-Hand (1983), If nothing goes
    wrong, is everything all right?, https://doi.org/10.1001/jama.1983.03330370053031.

    Examples
    --------
    >>> [round(bound, 2) for bound in rate_interval(3, 10.0)]
    [0.06, 0.88]
    >>> [round(bound, 2) for bound in rate_interval(0, 10.0)]
    [0.0, 0.3]
    """
    from mltrace.distributions.tails import chi_square_tail  # loads numpy

    def at_most(number: int, mean: float) -> float:
        return chi_square_tail(2 * mean, 2 * number + 2)

    rest = 1 - confidence
    if not count:
        return 0.0, _solve(lambda mean: at_most(0, mean) > rest, count) / exposure
    low = _solve(lambda mean: 1 - at_most(count - 1, mean) < rest / 2, count)
    high = _solve(lambda mean: at_most(count, mean) > rest / 2, count)
    return low / exposure, high / exposure


def _solve(is_below: Callable[[float], bool], count: int) -> float:
    """Find the mean up to which something holds, by halving."""
    low, high = 0.0, 10.0 + 4.0 * count
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return high

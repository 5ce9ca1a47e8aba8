"""Upper tails of distributions that tests rest on; without SciPy, and accurate far out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_SMALLEST: Final = 1e-300
_NUM_STEPS: Final = 10_000
_NEAR_MEAN: Final = 1e-4


def normal_tail(z: float) -> float:
    """Tell how often a standard normal variable is larger than `z`.

    Examples
    --------
    >>> round(normal_tail(1.959964), 6)
    0.025
    """
    return 0.5 * math.erfc(z / math.sqrt(2))


def chi_square_tail(value: float, num_degrees: int) -> float:
    """Tell how often a chi-square variable is larger than a value.

    Parameters
    ----------
    value : float
        Infinity is allowed, and never reached.
    num_degrees : int
        Degrees of freedom; with none, the variable is 0.

    Notes
    -----
    The upper regularised incomplete gamma function: its series where the value is less than about
    the mean, else its continued fraction by Lentz's method.

    References
    ----------
    Abramowitz and Stegun (1964), Handbook of Mathematical Functions, 6.5.29 and 6.5.31.

    Examples
    --------
    >>> round(chi_square_tail(3.841459, 1), 6), chi_square_tail(0.0, 0)
    (0.05, 1.0)
    """
    a, x = num_degrees / 2, value / 2
    if x <= 0 or a <= 0:
        return 1.0 if value <= 0 else 0.0
    if math.isinf(x):
        return 0.0
    log_scale = a * math.log(x) - x - math.lgamma(a)
    if log_scale < -745 and x > a:
        return 0.0
    if x < a + 1:
        return max(1.0 - math.exp(log_scale) * _gamma_series(a, x), 0.0)
    return min(math.exp(log_scale) * _gamma_fraction(a, x), 1.0)


def _gamma_series(a: float, x: float) -> float:
    term = total = 1 / a
    for step in range(1, _NUM_STEPS):
        term *= x / (a + step)
        total += term
        if term < total * 1e-16:
            break
    return total


def _gamma_fraction(a: float, x: float) -> float:
    b = x + 1 - a
    c, d = 1 / _SMALLEST, 1 / b
    fraction = d
    for step in range(1, _NUM_STEPS):
        factor = -step * (step - a)
        b += 2
        d = factor * d + b or _SMALLEST
        c = b + factor / c or _SMALLEST
        d = 1 / d
        fraction *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return fraction


def hypergeometric_tail(found: int, drawn: int, marked: int, total: int) -> float:
    """Tell how often a draw without replacement has at least as many marked ones.

    Parameters
    ----------
    found : int
        Marked ones among those that were drawn.
    drawn, marked, total : int
        How many were drawn, how many are marked, and how many there are in all.

    Examples
    --------
    >>> round(hypergeometric_tail(3, 5, 4, 20), 4), hypergeometric_tail(0, 5, 4, 20)
    (0.032, 1.0)
    """
    last = min(drawn, marked)
    if found <= max(0, drawn + marked - total):
        return 1.0
    term = math.exp(
        _log_choose(marked, found)
        + _log_choose(total - marked, drawn - found)
        - _log_choose(total, drawn)
    )
    tail = term
    while found < last and term > tail * 1e-17:
        term *= (marked - found) * (drawn - found)
        found += 1
        term /= found * (total - marked - drawn + found)
        tail += term
    return min(tail, 1.0)


def _log_choose(number: int, chosen: int) -> float:
    return math.lgamma(number + 1) - math.lgamma(chosen + 1) - math.lgamma(number - chosen + 1)


def kolmogorov_tail(value: float) -> float:
    """Tell how often the largest magnitude of a Brownian bridge exceeds a value.

    References
    ----------
    Kolmogorov (1933), Sulla determinazione empirica di una legge di distribuzione. Marsaglia, Tsang
    and Wang (2003), doi:10.18637/jss.v008.i18, on how to compute it.

    Examples
    --------
    >>> round(kolmogorov_tail(1.358099), 5), kolmogorov_tail(0.0)
    (0.05, 1.0)
    """
    if value < 0.2:
        return 1.0
    if value < 1.0:
        factor = -(math.pi**2) / (8 * value**2)
        terms = (math.exp(factor * (2 * k - 1) ** 2) for k in range(1, 8))
        return 1.0 - math.sqrt(2 * math.pi) / value * math.fsum(terms)
    terms = ((-1) ** (k - 1) * math.exp(-2 * (k * value) ** 2) for k in range(1, 8))
    return min(2 * math.fsum(terms), 1.0)


def weighted_chi_square_tail(value: float, weights: ArrayLike) -> float:
    """Tell how often a weighted sum of squared standard normal variables is larger than a value.

    Parameters
    ----------
    value : float
    weights : array of float, shape (num_weights,)
        At least 0.

    Notes
    -----
    The saddlepoint approximation of Lugannani and Rice: its relative error is a few per cent,
    however far out the value lies. Of one weight the tail is exact. Cost: O(num_weights).

    References
    ----------
    Kuonen (1999), "Saddlepoint approximations for distributions of quadratic forms in normal
    variables", doi:10.1093/biomet/86.4.929.

    Examples
    --------
    >>> round(weighted_chi_square_tail(5.991465, [1.0, 1.0]), 3)
    0.051
    """
    scales = numpy.asarray(weights, dtype=numpy.float64)
    scales = scales[scales > scales.max(initial=0.0) * 1e-12]
    if value <= 0 or not len(scales):
        return 1.0 if value <= 0 else 0.0
    scales = scales / scales.max()
    value = value / float(numpy.asarray(weights).max())
    if len(scales) == 1:
        return chi_square_tail(value, 1)
    mean = float(scales.sum())
    if abs(value - mean) < _NEAR_MEAN * mean:  # where the formula is 0 / 0, and smooth
        low, high = (weighted_chi_square_tail(mean * at, scales) for at in (0.9998, 1.0002))
        return (low + high) / 2
    return _saddlepoint_tail(value, scales)


def _saddlepoint_tail(value: float, scales: numpy.typing.NDArray[numpy.float64]) -> float:
    point = _saddlepoint(value, scales)
    left = 1 - 2 * point * scales
    entropy = point * value + float(numpy.log(left).sum()) / 2
    w = math.copysign(math.sqrt(2 * max(entropy, 0.0)), point)
    v = point * math.sqrt(float((2 * (scales / left) ** 2).sum()))
    return min(max(normal_tail(w + math.log(v / w) / w), 0.0), 1.0)


def _saddlepoint(value: float, scales: numpy.typing.NDArray[numpy.float64]) -> float:
    """Find where the derivative of the cumulant generating function is the value."""
    low, high = -len(scales) / (2 * value), 0.5  # the largest weight is 1
    for _ in range(200):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        if float((scales / (1 - 2 * middle * scales)).sum()) < value:
            low = middle
        else:
            high = middle
    return low

"""Whether a share is too large, so that a few cases do not cry wolf."""

from __future__ import annotations

import math
from typing import Final

NEGLIGIBLE: Final = 1e-12


def p_value_above(num: int, of: int, limit: float) -> float:
    """Tell how often so many or more of so many would be bad, if that share were at the limit.

    Parameters
    ----------
    num, of : int
        How many of how many are bad.
    limit : float
        The largest share that is allowed.

    Returns
    -------
    float
        The p-value of the exact binomial test: below ``1 - confidence`` just if the lower end of
        the one-sided interval of Clopper and Pearson is above the limit.

    Notes
    -----
    The interval of Wilson is too high for one case of few: of 3 runs of which 1 failed it says with
    a confidence of 95 % that more than 6 % do.

    References
    ----------
    Clopper and Pearson, The use of confidence or fiducial limits illustrated in the case of the
    binomial, Biometrika 26, 1934. https://doi.org/10.1093/biomet/26.4.404

    Examples
    --------
    >>> round(p_value_above(1, 3, 0.05), 3), round(p_value_above(3, 6, 0.05), 4)
    (0.143, 0.0022)
    """
    if num <= limit * of:
        return 1.0
    if limit == 0:
        return 0.0
    logarithm = _log_choose(of, num) + num * math.log(limit) + (of - num) * math.log1p(-limit)
    term = math.exp(logarithm)
    p_value = 0.0
    for here in range(num, of + 1):
        p_value += term
        if term < NEGLIGIBLE * p_value:
            break
        term *= (of - here) / (here + 1) * limit / (1 - limit)
    return min(p_value, 1.0)


def p_value_of_more(num: int, of: int, num_before: int, of_before: int) -> float:
    """Tell how often so many or more would be among these, if the true share is that before.

    Parameters
    ----------
    num, of : int
        How many of how many there are now.
    num_before, of_before : int
        How many of how many there were before.

    Returns
    -------
    float
        The p-value of Fisher's exact test, one-sided.

    Notes
    -----
    Given how many there are in all, the number of those that are now is hypergeometric. Cost: 1 µs
    for each of them, at most `of`.

    References
    ----------
    Fisher, On the interpretation of χ² from contingency tables, and the calculation of P, 1922.
    https://doi.org/10.2307/2340521

    Examples
    --------
    >>> round(p_value_of_more(3, 50, 0, 500), 5), p_value_of_more(0, 50, 0, 500)
    (0.00071, 1.0)
    """
    total, all_of = num + num_before, of + of_before
    low = max(0, total - of_before)
    if num <= low:
        return 1.0
    logarithm = _log_choose(total, num) + _log_choose(all_of - total, of - num)
    term = math.exp(logarithm - _log_choose(all_of, of))
    p_value = 0.0
    for here in range(num, min(of, total) + 1):
        p_value += term
        if term < NEGLIGIBLE * p_value:
            break
        others = all_of - total - of + here + 1
        term *= (total - here) * (of - here) / ((here + 1) * others)
    return min(p_value, 1.0)


def _log_choose(of: int, num: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(num + 1) - math.lgamma(of - num + 1)

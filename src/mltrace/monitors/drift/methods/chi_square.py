"""Chi-square: whether the rows of two tables fall into the same bins with the same shares."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.monitors.drift.counts import as_counts, binned, shares_of
from mltrace.monitors.drift.methods.method import Comparison, register
from mltrace.monitors.drift.permuting import MAX_ROWS, NUM_DRAWS, permutation_p_value
from mltrace.monitors.drift.tails import chi_square_tail, hypergeometric_tail

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from mltrace.monitors.drift.counts import Counts
    from mltrace.monitors.drift.pairs import Pair

_COCHRAN: Final = 5.0
"""Rows that are to be expected in each bin for sums to be taken as normal: the rule of Cochran."""
MANY_EXPECTED: Final = 50.0
"""Those for a divergence to be as Pearson's statistic is, which it only is of small differences."""
_FEW_DEALS: Final = 3 / NUM_DRAWS


def chi_square(current_counts: ArrayLike, reference_counts: ArrayLike) -> Comparison:
    """Test whether two samples have the same shares of rows per bin.

    Parameters
    ----------
    current_counts, reference_counts : array of int, shape (num_bins,)
        Rows per bin or category, the same bins in the same order; nulls have a bin of their own.

    Returns
    -------
    Comparison
        Pearson's statistic; its p-value; and as effect size Cramér's V, from 0 to 1, as it would be
        of two tables with equally many rows, and without what noise alone adds to it.

    Raises
    ------
    ArgumentError
        If the counts are not those of the same bins, or a table has no rows.

    Notes
    -----
    ``X2 = n * m / (n + m) * sum((p - q) ** 2 / r)`` with the shares p, q, and r of both samples
    together. Rows are assumed to be independent. The p-value is that of the chi-square distribution
    where at least 5 rows are expected in each bin, else that of permutations, or if it is too small
    for them, that of the most unusual bin times twice the number of bins. Noise adds
    ``(num_bins - 1) * (1 / n + 1 / m) / 4`` to the square of V. Cost: O(num_bins), with
    permutations 1 ms for each bin at most.

    References
    ----------
    Pearson (1900), doi:10.1080/14786440009463897. Cochran (1954), "Some methods for strengthening
    the common chi-square tests", doi:10.2307/3001616. Bergsma (2013), "A bias-correction for
    Cramér's V and Tschuprow's T", doi:10.1016/j.jkss.2012.10.002.

    Examples
    --------
    >>> told = chi_square([30, 20], [50, 50])
    >>> round(told.statistic, 3), round(told.p_value, 3), round(told.effect_size, 3)
    (1.339, 0.247, 0.051)
    """
    ours, theirs = as_counts(current_counts, reference_counts)
    value = float(_statistic(ours[None], theirs[None])[0])
    noise = (len(ours) - 1) * (1 / ours.sum() + 1 / theirs.sum()) / 4
    p, q = shares_of(ours, theirs)
    square = float(((p - q) ** 2 / (p + q)).sum()) / 2
    return Comparison(
        value,
        divergence_p_value(value, ours, theirs, statistic=_statistic, least_expected=_COCHRAN),
        math.sqrt(max(square - noise, 0.0)),
    )


def divergence_p_value(
    value: float,
    current: Counts,
    reference: Counts,
    *,
    statistic: Callable[[NDArray[Any], NDArray[Any]], NDArray[numpy.float64]],
    least_expected: float = MANY_EXPECTED,
) -> float:
    """Tell how often a statistic that is asymptotically Pearson's is at least as large by chance.

    Parameters
    ----------
    value : float
        The statistic, scaled so that it is a chi-square variable if the samples are large.
    current, reference : array of int, shape (num_bins,)
        Rows per bin, none of them empty in both.
    statistic : callable
        Computes it of deals, as `permutation_p_value` asks for; up to a factor.
    least_expected : float, default 50
        Rows that are to be expected in each bin for the chi-square distribution to hold.
    """
    if len(current) < 2:
        return 1.0
    pooled = current + reference
    total = float(pooled.sum())
    expected = min(float(current.sum()), float(reference.sum())) * float(pooled.min()) / total
    if expected >= least_expected or total > MAX_ROWS:
        return chi_square_tail(value, len(pooled) - 1)
    by_deals = permutation_p_value(statistic, current, reference)
    return min(by_deals, _by_single_bins(current, pooled)) if by_deals < _FEW_DEALS else by_deals


def _by_single_bins(current: Counts, pooled: Counts) -> float:
    """Bound how often any single bin is as full, or as empty, as the most unusual one is."""
    drawn, total = int(current.sum()), int(pooled.sum())
    expected = pooled * (drawn / total)
    unusual = int(((current - expected) ** 2 / expected).argmax())
    found, marked = int(current[unusual]), int(pooled[unusual])
    if found < expected[unusual]:  # as full as that in what is left
        found, drawn = marked - found, total - drawn
    return min(2 * len(pooled) * hypergeometric_tail(found, drawn, marked, total), 1.0)


def _statistic(current: Counts, reference: Counts) -> NDArray[numpy.float64]:
    num = current.sum(-1, keepdims=True).astype(numpy.float64)
    num_reference = reference.sum(-1, keepdims=True).astype(numpy.float64)
    pooled = (current + reference) / (num + num_reference)
    squares = (current / num - reference / num_reference) ** 2
    scale = (num * (num_reference / (num + num_reference)))[..., 0]
    return numpy.asarray(scale * (squares / pooled).sum(-1))


@register(
    "chi-square",
    effect="Cramér's V",
    min_effect=0.1,
    has_nulls=True,
)
def _of_pair(pair: Pair) -> Comparison:
    return chi_square(*binned(pair))

"""Chi-square: whether the rows of two tables fall into the same bins with the same shares."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy

from mltrace.monitors.drift.methods.method import Comparison, register
from mltrace.monitors.drift.p_values.divergences import divergence_p_value
from mltrace.monitors.drift.samples.counts import as_counts, binned, shares_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from mltrace.monitors.drift.samples.counts import Counts
    from mltrace.monitors.drift.samples.pairs import Pair

_COCHRAN: Final = 5.0
"""Rows that are to be expected in each bin for sums to be taken as normal: the rule of Cochran."""


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

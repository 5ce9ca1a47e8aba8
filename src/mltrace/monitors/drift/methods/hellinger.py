"""Hellinger: the distance of the roots of shares."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from mltrace.monitors.drift.methods.method import Comparison, register
from mltrace.monitors.drift.p_values.divergences import divergence_p_value
from mltrace.monitors.drift.samples.counts import as_counts, binned, harmonic, shares_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from mltrace.monitors.drift.samples.pairs import Pair


def hellinger(current_counts: ArrayLike, reference_counts: ArrayLike) -> Comparison:
    """Measure the Hellinger distance of two binned columns.

    Parameters
    ----------
    current_counts, reference_counts : array of int, shape (num_bins,)
        Rows per bin, the same bins in the same order; nulls have a bin of their own.

    Returns
    -------
    Comparison
        The distance, from 0, equal shares, to 1, no bin in common, which is the effect size as
        well; and how often it is as large for equal distributions.

    Raises
    ------
    ArgumentError
        If the counts are not those of the same bins, or a table has no rows.

    Notes
    -----
    ``H = sqrt(sum((sqrt(p) - sqrt(q)) ** 2) / 2)``, a metric, which weighs rare bins more than
    differences of shares do. The p-value is that of the chi-square distribution for ``8 * H ** 2 *
    n * m / (n + m)``, and where fewer than 50 rows are expected in a bin that of permutations, as
    of `chi_square`. Bins of numbers are tenths of both tables together. Cost: O(num_bins).

    References
    ----------
    Hellinger (1909), doi:10.1515/crll.1909.136.210. For drift: Ditzler and Polikar (2011),
    "Hellinger distance based drift detection", doi:10.1109/CIDUE.2011.5948491.

    Examples
    --------
    >>> told = hellinger([80, 20], [50, 50])
    >>> round(told.statistic, 3), round(told.p_value, 5)
    (0.227, 3e-05)
    """
    ours, theirs = as_counts(current_counts, reference_counts)
    square = float(_square(ours, theirs))
    p_value = divergence_p_value(
        8 * square * harmonic(ours, theirs), ours, theirs, statistic=_square
    )
    return Comparison(math.sqrt(square), p_value, math.sqrt(square))


def _square(current: NDArray[Any], reference: NDArray[Any]) -> NDArray[numpy.float64]:
    p, q = shares_of(current, reference)
    return numpy.asarray(((numpy.sqrt(p) - numpy.sqrt(q)) ** 2).sum(-1) / 2)


@register("hellinger", effect="Hellinger distance", min_effect=0.1, has_nulls=True)
def _of_pair(pair: Pair) -> Comparison:
    return hellinger(*binned(pair))

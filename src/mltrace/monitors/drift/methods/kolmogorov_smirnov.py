"""Kolmogorov-Smirnov: the largest difference of two cumulative distributions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.distributions.tails import kolmogorov_tail
from mltrace.monitors.drift.methods.method import Comparison, register
from mltrace.monitors.drift.p_values.permuting import MAX_ROWS, permutation_p_value
from mltrace.monitors.drift.samples.counts import as_counts, gaps, harmonic

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from mltrace.monitors.drift.samples.pairs import Pair

_MAX_DEALT: Final = 256


def kolmogorov_smirnov(current_counts: ArrayLike, reference_counts: ArrayLike) -> Comparison:
    """Test whether two samples are of one distribution, by where they are farthest apart.

    Parameters
    ----------
    current_counts, reference_counts : array of int, shape (num_values,)
        Rows per distinct value, or per bin, in ascending order of the values. Rows without a value
        are left out.

    Returns
    -------
    Comparison
        The distance D, from 0 to 1, which is the effect size as well: a shift of a normal variable
        by 0.1 standard deviations is 0.04; and its p-value.

    Raises
    ------
    ArgumentError
        If the counts are not those of the same values, or a table has no rows.

    Notes
    -----
    ``D = max(abs(F - G))``. Rows are assumed to be independent. The p-value is that of the limit of
    Kolmogorov and Smirnov, which is never too small, and too large where there are many ties; so
    with up to 256 distinct values it is that of permutations, where that is less. Cost:
    O(num_values), with permutations 30 ms at most.

    References
    ----------
    Smirnov (1948), "Table for estimating the goodness of fit of empirical distributions",
    doi:10.1214/aoms/1177730256. On ties: Schröer and Trenkler (1995), "Exact and randomization
    distributions of Kolmogorov-Smirnov tests", doi:10.1016/0167-9473(94)00040-P.

    Examples
    --------
    >>> told = kolmogorov_smirnov([40, 30, 20, 10], [25, 25, 25, 25])
    >>> round(told.statistic, 2), round(told.p_value, 3)
    (0.2, 0.007)
    """
    ours, theirs = as_counts(current_counts, reference_counts)
    distance = float(_distance(ours, theirs))
    p_value = kolmogorov_tail(distance * math.sqrt(harmonic(ours, theirs)))
    if 1 < len(ours) <= _MAX_DEALT and ours.sum() + theirs.sum() <= MAX_ROWS:
        p_value = min(p_value, permutation_p_value(_distance, ours, theirs))
    return Comparison(distance, p_value, distance)


def _distance(current: NDArray[Any], reference: NDArray[Any]) -> NDArray[numpy.float64]:
    return numpy.asarray(numpy.abs(gaps(current, reference)).max(-1, initial=0.0))


@register(
    "kolmogorov-smirnov",
    effect="largest difference of the cumulative shares",
    min_effect=0.1,
    is_ordered_only=True,
)
def _of_pair(pair: Pair) -> Comparison:
    return kolmogorov_smirnov(pair.current, pair.reference)

"""Jensen-Shannon: how much of a bit a row tells about which of two tables it is from."""

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


def jensen_shannon(current_counts: ArrayLike, reference_counts: ArrayLike) -> Comparison:
    """Measure the Jensen-Shannon distance of two binned columns.

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
    The root of the mean Kullback-Leibler divergence, in bits, of both tables from their even
    mixture. It is a metric. The p-value is that of the chi-square distribution for the divergence
    in nats times ``8 * n * m / (n + m)``, and where fewer than 50 rows are expected in a bin that
    of permutations, as of `chi_square`. Bins of numbers are tenths of both tables together. Cost:
    O(num_bins).

    References
    ----------
    Lin (1991), "Divergence measures based on the Shannon entropy", doi:10.1109/18.61115. Endres and
    Schindelin (2003), "A new metric for probability distributions", doi:10.1109/TIT.2003.813506.

    Examples
    --------
    >>> told = jensen_shannon([80, 20], [50, 50])
    >>> round(told.statistic, 3), round(told.p_value, 5)
    (0.27, 3e-05)
    """
    ours, theirs = as_counts(current_counts, reference_counts)
    bits = max(float(_bits(ours, theirs)), 0.0)
    scaled = bits * math.log(2) * 8 * harmonic(ours, theirs)
    p_value = divergence_p_value(scaled, ours, theirs, statistic=_bits)
    return Comparison(math.sqrt(bits), p_value, math.sqrt(bits))


def _bits(current: NDArray[Any], reference: NDArray[Any]) -> NDArray[numpy.float64]:
    p, q = shares_of(current, reference)
    mixed = (p + q) / 2
    return numpy.asarray((_entropies(mixed) - (_entropies(p) + _entropies(q)) / 2).sum(-1))


def _entropies(shares: NDArray[Any]) -> NDArray[numpy.float64]:
    return numpy.asarray(-shares * numpy.log2(numpy.where(shares > 0, shares, 1.0)))


@register("jensen-shannon", effect="Jensen-Shannon distance", min_effect=0.1, has_nulls=True)
def _of_pair(pair: Pair) -> Comparison:
    return jensen_shannon(*binned(pair))

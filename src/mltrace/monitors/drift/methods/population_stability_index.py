"""Population stability index (PSI): how far shares of bins have moved, as credit scoring has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.errors import ArgumentError
from mltrace.monitors.drift.methods.method import Comparison, register
from mltrace.monitors.drift.p_values.divergences import divergence_p_value
from mltrace.monitors.drift.samples.counts import as_counts, binned, harmonic

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from mltrace.monitors.drift.samples.pairs import Pair

PSEUDOCOUNT: Final = 0.5


def population_stability_index(
    current_counts: ArrayLike, reference_counts: ArrayLike, *, pseudocount: float = PSEUDOCOUNT
) -> Comparison:
    """Measure how far a binned column has moved from its reference.

    Parameters
    ----------
    current_counts, reference_counts : array of int, shape (num_bins,)
        Rows per bin, the same bins in the same order; nulls have a bin of their own.
    pseudocount : float, default 0.5
        Rows added to each bin, so that an empty bin stays finite.

    Returns
    -------
    Comparison
        The PSI in nats, at least 0, which is the effect size as well; and how often it is as large
        for equal distributions.

    Raises
    ------
    ArgumentError
        If the counts are not those of the same bins, a table has no rows, or the pseudocount is not
        above 0.

    Notes
    -----
    ``PSI = sum((p - q) * log(p / q))``, the symmetric divergence of Jeffreys. Customary limits are
    0.1 and 0.2, but noise alone gives about ``(num_bins - 1) * (1 / n + 1 / m)``; so the p-value is
    that of the chi-square distribution for ``PSI * n * m / (n + m)``, and where fewer than 50 rows
    are expected in a bin that of permutations, as of `chi_square`. Bins of numbers are tenths of
    both tables together, so that PSI is symmetric, and a heavy value has a bin of its own. Cost:
    O(num_bins).

    References
    ----------
    Jeffreys (1946), doi:10.1098/rspa.1946.0056. Yurdakul and Naranjo (2020), "Statistical
    properties of the population stability index", doi:10.21314/JRMV.2020.227.

    Examples
    --------
    >>> round(population_stability_index([80, 20], [50, 50]).statistic, 3)
    0.406
    """
    if not pseudocount > 0:
        raise ArgumentError(f"pseudocount={pseudocount!r} is no number of rows; give one above 0.")
    ours, theirs = as_counts(current_counts, reference_counts)

    def index(current: NDArray[Any], reference: NDArray[Any]) -> NDArray[numpy.float64]:
        p, q = (one + pseudocount for one in (current, reference))
        p, q = (one / one.sum(-1, keepdims=True) for one in (p, q))
        return numpy.asarray(((p - q) * numpy.log(p / q)).sum(-1))

    value = float(index(ours, theirs))
    p_value = divergence_p_value(value * harmonic(ours, theirs), ours, theirs, statistic=index)
    return Comparison(value, p_value, value)


@register("psi", effect="PSI", min_effect=0.2, has_nulls=True)
def _of_pair(pair: Pair) -> Comparison:
    return population_stability_index(*binned(pair))

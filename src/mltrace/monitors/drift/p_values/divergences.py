"""p-values of statistics that are nearly Pearson's, as all smooth divergences of shares are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mltrace.distributions.tails import chi_square_tail, hypergeometric_tail
from mltrace.monitors.drift.p_values.permuting import MAX_ROWS, NUM_DRAWS, permutation_p_value

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy
    from numpy.typing import NDArray

    from mltrace.monitors.drift.samples.counts import Counts

MANY_EXPECTED: Final = 50.0
"""Rows to be expected in each bin, so that differences are small, and so as Pearson's statistic."""
_FEW_DEALS: Final = 3 / NUM_DRAWS


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

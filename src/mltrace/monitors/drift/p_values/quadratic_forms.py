"""p-values of statistics that are weighted sums of squared differences of cumulative shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy

from mltrace.distributions.tails import weighted_chi_square_tail
from mltrace.monitors.drift.p_values.permuting import permutation_p_value
from mltrace.monitors.drift.samples.counts import gaps, grouped, harmonic

if TYPE_CHECKING:
    from mltrace.monitors.drift.samples.counts import Counts, Floats

MAX_GROUPS: Final = 48
"""So few that the search for eigenvalues starts no threads, which would wait in vain."""
FEW_ROWS: Final = 30
"""Rows of the smaller table below which sums are not taken to be normal."""


def quadratic_p_value(current: Counts, reference: Counts, weights: Floats) -> float:
    """Tell how often squared gaps of cumulative shares, weighted, sum up to at least as much.

    Parameters
    ----------
    current, reference : array of int, shape (num_cells,)
        Rows per cell, none of them empty in both.
    weights : array of float, shape (num_cells - 1,)
        Of the gaps between neighbouring cells.

    Notes
    -----
    If rows are dealt out at random, gaps have the covariance ``t * (1 - u) * N / (N - 1)`` for
    cumulative pooled shares ``t <= u``, whatever ties there are; of samples that are not small they
    are normal, and the sum is that of chi-square variables weighted with the eigenvalues. More than
    48 cells are grouped for it, and the mean of the sum is kept exact. With fewer than 30 rows on
    a side, a permutation test takes its place.
    """
    if len(current) < 2:
        return 1.0
    if min(current.sum(), reference.sum()) < FEW_ROWS:
        return _by_permutation(current, reference, weights)
    pooled = (current + reference).astype(numpy.float64)
    places = pooled.cumsum()[:-1] / pooled.sum()
    value = harmonic(current, reference) * float(weights @ gaps(current, reference) ** 2)
    mean = float(weights @ (places * (1 - places)))
    if mean <= 0:
        return 1.0
    scales = _eigenvalues(places, weights)
    scales *= mean / scales.sum() * pooled.sum() / (pooled.sum() - 1)
    return weighted_chi_square_tail(value, scales)


def _eigenvalues(places: Floats, weights: Floats) -> Floats:
    groups = grouped(weights * places * (1 - places), MAX_GROUPS)
    mass = numpy.bincount(groups, weights)
    used = mass > 0
    center = numpy.bincount(groups, weights * places)[used] / mass[used]
    roots = numpy.sqrt(mass[used])
    covariance = numpy.minimum.outer(center, center) - numpy.outer(center, center)
    found: Floats = numpy.linalg.eigvalsh(roots[:, None] * covariance * roots).clip(0)
    return found


def _by_permutation(current: Counts, reference: Counts, weights: Floats) -> float:
    groups = grouped(current + reference, MAX_GROUPS)
    # A gap counts for the group that ends there or around it; those in the last one are left out.
    summed = numpy.bincount(groups[:-1], weights)[: groups[-1]]
    ours, theirs = (numpy.bincount(groups, one).astype(numpy.int64) for one in (current, reference))
    return permutation_p_value(lambda a, b: gaps(a, b) ** 2 @ summed, ours, theirs)

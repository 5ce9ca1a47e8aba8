"""How far two samples are apart, and how far sampling alone would set them apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def total_variation(counts: ArrayLike, reference_counts: ArrayLike) -> float:
    """Measure how far the shares of bins differ: the share of rows that would have to move.

    Parameters
    ----------
    counts, reference_counts : array of int, shape (num_bins,)
        Rows per bin, the same bins in the same order; neither is empty.

    Returns
    -------
    float
        From 0, equal shares, to 1, no bin in common.

    Examples
    --------
    >>> round(total_variation([80, 20], [50, 50]), 3)
    0.3
    """
    shares, reference_shares = _shares(counts), _shares(reference_counts)
    return float(numpy.abs(shares - reference_shares).sum() / 2)


def total_variation_noise(counts: ArrayLike, reference_counts: ArrayLike, *, rate: float) -> float:
    """Bound the total variation of two samples of one distribution.

    Parameters
    ----------
    counts, reference_counts : array of int, shape (num_bins,)
        Rows per bin.
    rate : float
        How often the bound may be exceeded: 0.001 is once in a thousand samples.

    Notes
    -----
    Differences of shares are taken as normal, with the pooled shares as the true ones. Half the sum
    of their magnitudes has the mean ``sum(sqrt(p * (1 - p) * (1 / n + 1 / m) / (2 * pi)))`` and, as
    no direction varies by more than half of ``sqrt(1 / n + 1 / m)``, the tail of a normal variable
    of that standard error, at most (isoperimetric inequality). Many bins make it wide by up to a
    third.

    References
    ----------
    Borell, The Brunn-Minkowski inequality in Gauss space, 1975, https://doi.org/10.1007/BF01425510

    Examples
    --------
    >>> round(total_variation_noise([80, 20], [50, 50], rate=0.01), 3)
    0.211
    """
    counts, reference_counts = numpy.asarray(counts), numpy.asarray(reference_counts)
    spread = 1 / counts.sum() + 1 / reference_counts.sum()
    pooled = _shares(counts + reference_counts)
    mean = numpy.sqrt(pooled * (1 - pooled) * spread / (2 * math.pi)).sum()
    most = max(float(pooled.max()), 0.5)
    return float(mean + normal_quantile(rate) * math.sqrt(most * (1 - most) * spread))


def kolmogorov_smirnov(values: ArrayLike, reference: ArrayLike) -> float:
    """Measure the largest difference of two cumulative distributions; NaN is the least value.

    Parameters
    ----------
    values, reference : array of float, shape (num_rows,)
        The samples; neither is empty.

    Returns
    -------
    float
        From 0 to 1.

    References
    ----------
    Smirnov, 1948, https://doi.org/10.1214/aoms/1177730256

    Examples
    --------
    >>> kolmogorov_smirnov([1.0, 2.0, 3.0, 4.0], [3.0, 4.0, 5.0, 6.0])
    0.5
    """
    ordered, reference_ordered = _ordered(values), _ordered(reference)
    points = numpy.concatenate([ordered, reference_ordered])
    below = numpy.searchsorted(ordered, points, side="right") / len(ordered)
    reference_below = numpy.searchsorted(reference_ordered, points, side="right") / len(
        reference_ordered
    )
    return float(numpy.abs(below - reference_below).max())


def kolmogorov_smirnov_noise(num_rows: int, num_reference: int, *, rate: float) -> float:
    """Bound the Kolmogorov-Smirnov distance of two samples of one distribution.

    Parameters
    ----------
    num_rows, num_reference : int
        The sizes of the samples.
    rate : float
        How often the bound may be exceeded.

    Notes
    -----
    The inequality of Dvoretzky, Kiefer and Wolfowitz, which holds for every distribution; with ties
    it is wide.

    References
    ----------
    Wei and Dudley, Two-sample Dvoretzky-Kiefer-Wolfowitz inequalities, 2012,
    https://doi.org/10.1016/j.spl.2011.11.012

    Examples
    --------
    >>> round(kolmogorov_smirnov_noise(1000, 1000, rate=0.001), 3)
    0.087
    """
    return math.sqrt((1 / num_rows + 1 / num_reference) * math.log(2 / rate) / 2)


def share_noise(num_rows: int, share: float, *, rate: float) -> float:
    """Bound by how much a share in a sample exceeds the true one.

    Parameters
    ----------
    num_rows : int
        The size of the sample.
    share : float
        The true share.
    rate : float
        How often the bound may be exceeded.

    Notes
    -----
    The lower of the inequalities of Hoeffding and, for small shares, of Bernstein.

    References
    ----------
    Hoeffding, Probability inequalities for sums of bounded random variables, 1963,
    https://doi.org/10.1080/01621459.1963.10500830

    Examples
    --------
    >>> round(share_noise(1000, 0.5, rate=0.001), 3), round(share_noise(1000, 0.01, rate=0.001), 3)
    (0.059, 0.016)
    """
    nats = math.log(1 / rate) / num_rows
    variance = max(share * (1 - share), 0.0)
    return min(math.sqrt(nats / 2), math.sqrt(2 * variance * nats) + 2 * nats / 3)


def normal_quantile(rate: float) -> float:
    """Return how many standard errors a normal estimate exceeds with a probability.

    Examples
    --------
    >>> round(normal_quantile(0.001), 2)
    3.09
    """
    from statistics import NormalDist

    return NormalDist().inv_cdf(1 - rate)


def _shares(counts: ArrayLike) -> NDArray[numpy.float64]:
    shares: NDArray[numpy.float64] = numpy.array(counts, dtype=float)
    shares /= shares.sum()
    return shares


def _ordered(values: ArrayLike) -> NDArray[numpy.float64]:
    array = numpy.asarray(values, dtype=float)
    return numpy.sort(numpy.where(numpy.isnan(array), -numpy.inf, array))

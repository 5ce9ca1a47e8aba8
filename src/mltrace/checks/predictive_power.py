"""Predictive power: how much of the label one feature explains, out of sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.checks.vectors import Vector

NUM_BINS: Final = 64
MAX_CLASSES: Final = 50


def predictive_power(feature: NDArray[Any], labels: Vector) -> float | None:
    """Measure the share of the labels' variance that one feature explains, out of sample.

    Parameters
    ----------
    feature : array of float or int, shape (num_rows,)
        Numbers, or the codes of categories as integers; NaN is a value of its own.
    labels : Vector
        The labels, without nulls: classes, or numbers, which count by their ranks.

    Returns
    -------
    float or None
        From 0 to 1; None if the labels do not differ.

    Notes
    -----
    Every second row of a fixed random order learns the mean of the labels in each bin, which
    predicts the others, and the other way round. Bins that were not seen predict the mean of all.

    Examples
    --------
    >>> from mltrace.checks.vectors import as_vector
    >>> numbers = numpy.arange(1000.0)
    >>> round(predictive_power(numbers, as_vector(list(numbers**3))), 3)
    1.0
    """
    targets = _targets(labels)
    if targets is None:
        return None
    bins = _bins(feature)
    order = numpy.random.default_rng(0).permutation(len(bins))
    halves = order[::2], order[1::2]
    error = sum(
        _error(bins, targets, learn=learn, ask=ask) for learn, ask in (halves, halves[::-1])
    )
    total = ((targets - targets.mean(axis=0)) ** 2).sum()
    return float(min(max(1 - error / total, 0.0), 1.0))


def _targets(labels: Vector) -> NDArray[numpy.float64] | None:
    values, codes = numpy.unique(labels.values, return_inverse=True)
    if len(values) < 2:
        return None
    if not labels.is_classes:
        return _ranks(codes)[:, None]
    if len(values) > MAX_CLASSES:
        return None
    return numpy.eye(len(values))[codes]


def _ranks(codes: NDArray[Any]) -> NDArray[numpy.float64]:
    """Give each value the mean rank of those equal to it."""
    counts = numpy.bincount(codes)
    ranks: NDArray[numpy.float64] = numpy.cumsum(counts) - counts / 2
    spread: NDArray[numpy.float64] = ranks[codes]
    return spread


def _bins(feature: NDArray[Any]) -> NDArray[numpy.intp]:
    if feature.dtype.kind != "f":
        return feature.astype(numpy.intp)
    known = ~numpy.isnan(feature)
    values = numpy.unique(feature[known])
    if len(values) > NUM_BINS:
        probabilities = numpy.arange(1, NUM_BINS) / NUM_BINS
        values = numpy.unique(numpy.quantile(feature[known], probabilities))
    bins = numpy.zeros(len(feature), numpy.intp)
    bins[known] = 1 + numpy.searchsorted(values, feature[known], side="right")
    return bins


def _error(
    bins: NDArray[numpy.intp],
    targets: NDArray[numpy.float64],
    *,
    learn: NDArray[numpy.intp],
    ask: NDArray[numpy.intp],
) -> float:
    size = int(bins.max()) + 1
    counts = numpy.bincount(bins[learn], minlength=size)
    error = 0.0
    for target in targets.T:
        sums = numpy.bincount(bins[learn], weights=target[learn], minlength=size)
        means = numpy.where(counts > 0, sums / numpy.maximum(counts, 1), target[learn].mean())
        error += float(((target[ask] - means[bins[ask]]) ** 2).sum())
    return error

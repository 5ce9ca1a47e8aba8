"""From scores to chances: isotonic regression and Platt scaling, over bins of scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[numpy.float64]

Calibration = Literal["isotonic", "platt"]
MOST_BINS: Final = 40
ROWS_PER_BIN: Final = 5
_PRIOR: Final = 1e-6
_NUM_STEPS: Final = 25
_RIDGE: Final = 1e-6
_SMALLEST: Final = 1e-6


def score_edges(scores: ArrayLike, most: int = MOST_BINS) -> Floats:
    """Part scores into up to 40 bins, or `most`, of 5 rows each on average at least.

    Bins hold fewer rows towards the ends, where a window that has moved has most of its rows.

    Returns
    -------
    array of float
        The inner edges, ascending; a score is in the bin of as many edges as it exceeds.
    """
    values = numpy.asarray(scores, numpy.float64)
    num_bins = min(len(values) // ROWS_PER_BIN, most)
    if num_bins <= 1:
        return numpy.empty(0)
    even = numpy.arange(1, num_bins) / num_bins
    shares = (even + (1 - numpy.cos(numpy.pi * even)) / 2) / 2
    edges = numpy.unique(numpy.quantile(values, shares, method="inverted_cdf"))
    inner: Floats = edges[edges < values.max()]
    return inner


def isotonic(positives: Floats, totals: Floats) -> Floats:
    """Find the chances that rise with the score and fit best.

    Parameters
    ----------
    positives, totals : array of float, shape (..., num_bins)
        Of each bin of scores, in ascending order, how many rows are positive, and how many there
        are.

    Notes
    -----
    What pooling adjacent violators finds, by its formula: of each bin, the largest over all bins
    before it of the least share, from that bin to one after it. So many samples are fitted at once.
    Bins without rows take the chance of their neighbours. Cost: num_bins ** 2 for each sample.

    References
    ----------
    Barlow, Bartholomew, Bremner, Brunk (1972), Statistical inference under order restrictions.

    Examples
    --------
    >>> isotonic(numpy.array([1.0, 3.0, 2.0, 9.0]), numpy.full(4, 10.0)).round(3).tolist()
    [0.1, 0.25, 0.25, 0.9]
    """
    share = positives.sum(-1, keepdims=True) / numpy.maximum(totals.sum(-1, keepdims=True), _PRIOR)
    heavier, summed = totals + _PRIOR, positives + _PRIOR * share
    weight = (
        numpy.cumsum(heavier, -1)[..., None, :] - (numpy.cumsum(heavier, -1) - heavier)[..., None]
    )
    sums = numpy.cumsum(summed, -1)[..., None, :] - (numpy.cumsum(summed, -1) - summed)[..., None]
    is_range = numpy.tri(totals.shape[-1], dtype=bool).T
    means = numpy.where(is_range, sums / numpy.where(is_range, weight, 1.0), numpy.inf)
    least = numpy.minimum.accumulate(means[..., ::-1], axis=-1)[..., ::-1]
    most = numpy.maximum.accumulate(numpy.where(is_range, least, -numpy.inf), axis=-2)
    chances: Floats = numpy.clip(numpy.diagonal(most, axis1=-2, axis2=-1), 0.0, 1.0)
    return chances


def platt(positives: Floats, totals: Floats, centers: Floats, scores: Floats) -> Floats:
    """Find the chances that are logistic in the logit of the score and fit best.

    Parameters
    ----------
    positives, totals : array of float, shape (..., num_bins)
    centers : array of float, shape (num_bins,)
        The mean score of each bin.
    scores : array of float, shape (num_scores,)
        The scores whose chances are wanted; shape (..., num_scores).

    Notes
    -----
    Newton's method, with a prior of one row on either side as Platt's, so that perfectly separated
    classes have an answer.

    References
    ----------
    Platt (1999), Probabilistic outputs for support vector machines.

    Examples
    --------
    >>> centers = numpy.array([0.2, 0.5, 0.8])
    >>> found, totals = numpy.array([200.0, 500.0, 800.0]), numpy.full(3, 1000.0)
    >>> platt(found, totals, centers, numpy.array([0.3])).round(2).tolist()
    [0.3]
    """
    at, wanted = _logits(centers), _logits(scores)
    middle, scale = float(at.mean()), max(float(at.std()), _SMALLEST)
    at, wanted = (at - middle) / scale, (wanted - middle) / scale
    num, found = totals.sum(-1, keepdims=True), positives.sum(-1, keepdims=True)
    low, high = 1 / (num - found + 2), (found + 1) / (found + 2)
    goal = positives * high + (totals - positives) * low
    slope, offset = numpy.zeros(num.shape), numpy.log((found + 1) / (num - found + 1))
    for _ in range(_NUM_STEPS):
        chances = _logistic(slope * at + offset)
        rest, curve = goal - totals * chances, totals * chances * (1 - chances)
        pull_offset, pull_slope = (_sum(rest * one) for one in (1.0, at))
        a, b, c = (_sum(curve * one) for one in (1.0, at, at * at))
        a, c = a + _RIDGE, c + _RIDGE
        determinant = a * c - b * b
        offset = offset + numpy.clip((c * pull_offset - b * pull_slope) / determinant, -1, 1)
        slope = slope + numpy.clip((a * pull_slope - b * pull_offset) / determinant, -1, 1)
    return _logistic(slope * wanted + offset)


class Calibrator:
    """Fits the chances of some scores on bins of others.

    Parameters
    ----------
    kind : {'isotonic', 'platt'}
    centers : array of float, shape (num_bins,)
        The mean score of each bin, ascending.
    scores : array of float, shape (num_scores,)
        The scores whose chances are wanted. Isotonic chances are linear between the centers, and
        beyond them those of the last one.
    """

    def __init__(self, kind: Calibration, centers: Floats, scores: Floats) -> None:
        self._kind, self._centers, self._scores = kind, centers, scores
        last = len(centers) - 1
        self._right = numpy.clip(numpy.searchsorted(centers, scores), min(1, last), last)
        self._left = numpy.maximum(self._right - 1, 0)
        width = centers[self._right] - centers[self._left]
        share = numpy.divide(
            scores - centers[self._left], width, out=numpy.zeros(len(scores)), where=width > 0
        )
        self._share = numpy.clip(share, 0.0, 1.0)

    def __call__(self, positives: Floats, totals: Floats) -> Floats:
        """Give the chances by counts of bins, shape (..., num_bins); shape (..., num_scores)."""
        if self._kind == "platt":
            return platt(positives, totals, self._centers, self._scores)
        chances = isotonic(positives, totals)
        left, right = chances[..., self._left], chances[..., self._right]
        return left + self._share * (right - left)


def _logits(scores: Floats) -> Floats:
    clipped = numpy.clip(scores, _SMALLEST, 1 - _SMALLEST)
    logits: Floats = numpy.log(clipped / (1 - clipped))
    return logits


def _sum(values: Floats) -> Floats:
    summed: Floats = values.sum(-1, keepdims=True)
    return summed


def _logistic(logits: Floats) -> Floats:
    chances: Floats = 1 / (1 + numpy.exp(-numpy.clip(logits, -500, 500)))
    return chances

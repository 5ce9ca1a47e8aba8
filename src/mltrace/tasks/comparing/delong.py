"""DeLong's test: the areas under two ROC curves, of the same rows or of different ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy

from mltrace.distributions.quantiles import two_sided_z
from mltrace.distributions.tails import normal_tail
from mltrace.tasks.comparing.difference import CONFIDENCE, Difference

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_METHOD = "DeLong"


class _Placements(NamedTuple):
    """How each row stands among those of the other class."""

    area: float
    positives: NDArray[numpy.float64]
    negatives: NDArray[numpy.float64]


def delong_paired(
    is_positive: ArrayLike,
    scores_a: ArrayLike,
    scores_b: ArrayLike,
    *,
    confidence: float = CONFIDENCE,
) -> Difference:
    """Tell whether the ROC AUC of two models on the same rows differ.

    Parameters
    ----------
    is_positive : array of bool, shape (num_rows,)
    scores_a, scores_b : array of float, shape (num_rows,)
        Of the positive class; only their order counts.
    confidence : float, default 0.95
        Of the interval.

    Notes
    -----
    The variance of the difference from the placements of rows, by midranks; normal in large
    samples, and rejects too often with less than some tens of rows of a class. Cost: sorting.

    References
    ----------
    DeLong, DeLong, Clarke-Pearson (1988), doi 10.2307/2531595. Sun, Xu (2014), Fast implementation
    of DeLong's algorithm, doi 10.1109/LSP.2014.2337313.

    Examples
    --------
    >>> is_positive = numpy.arange(40) % 2 == 1
    >>> good, poor = is_positive + 0.02 * numpy.arange(40), 1.5 * is_positive - numpy.arange(40) / 9
    >>> found = delong_paired(is_positive, poor, good)
    >>> [round(one, 4) for one in (found.value_a, found.value_b, found.p_value)]
    [0.7725, 1.0, 0.0018]
    """
    marks = numpy.asarray(is_positive, bool)
    a, b = _placements(marks, scores_a), _placements(marks, scores_b)
    variance = _variance(b.positives - a.positives) + _variance(b.negatives - a.negatives)
    return _judged(a.area, b.area, variance, confidence)


def delong_unpaired(
    is_positive_a: ArrayLike,
    scores_a: ArrayLike,
    is_positive_b: ArrayLike,
    scores_b: ArrayLike,
    *,
    confidence: float = CONFIDENCE,
) -> Difference:
    """Tell whether the ROC AUC of two sets of different rows differ.

    Parameters
    ----------
    is_positive_a, is_positive_b : array of bool
    scores_a, scores_b : array of float
        Of the positive class, of the rows of each.
    confidence : float, default 0.95
        Of the interval.
    """
    a = _placements(numpy.asarray(is_positive_a, bool), scores_a)
    b = _placements(numpy.asarray(is_positive_b, bool), scores_b)
    variance = sum(_variance(one) for two in (a, b) for one in two[1:])
    return _judged(a.area, b.area, variance, confidence)


def _placements(is_positive: NDArray[numpy.bool_], scores: ArrayLike) -> _Placements:
    values = numpy.asarray(scores, numpy.float64)
    positives, negatives = numpy.sort(values[is_positive]), numpy.sort(values[~is_positive])
    below = _rank(negatives, values[is_positive])
    above = 1 - _rank(positives, values[~is_positive])
    area = float(below.mean()) if len(positives) and len(negatives) else math.nan
    return _Placements(area, below, above)


def _rank(
    ordered: NDArray[numpy.float64], values: NDArray[numpy.float64]
) -> NDArray[numpy.float64]:
    """Tell of each value the share of the ordered ones that is below it, equal ones by half."""
    left, right = (numpy.searchsorted(ordered, values, side) for side in ("left", "right"))
    rank: NDArray[numpy.float64] = (left + right) / (2 * max(len(ordered), 1))
    return rank


def _variance(placements: NDArray[numpy.float64]) -> float:
    num = len(placements)
    return float(placements.var(ddof=1)) / num if num > 1 else math.nan


def _judged(area_a: float, area_b: float, variance: float, confidence: float) -> Difference:
    difference = area_b - area_a
    if math.isnan(difference) or math.isnan(variance):
        return Difference(area_a, area_b, -math.inf, math.inf, 1.0, _METHOD)
    reach = two_sided_z(confidence) * math.sqrt(variance)
    p_value = 0.0 if difference else 1.0
    if variance > 0:
        p_value = 2 * normal_tail(abs(difference) / math.sqrt(variance))
    return Difference(area_a, area_b, difference - reach, difference + reach, p_value, _METHOD)

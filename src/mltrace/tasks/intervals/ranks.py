"""How sure areas under curves are, from how labels are spread over scores."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy

from mltrace.distributions.quantiles import two_sided_z
from mltrace.tasks.intervals.interval import Interval, logit_interval
from mltrace.tasks.intervals.proportions import clopper_pearson

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEW: Final = 100


class Area(NamedTuple):
    """An area under a curve, and its standard error."""

    value: float
    error: float


def roc_area(positives: NDArray[numpy.int64], negatives: NDArray[numpy.int64]) -> Area | None:
    """Measure the area under the ROC curve, and its standard error as DeLong does.

    Parameters
    ----------
    positives, negatives : array of int, shape (num_scores,)
        How many there are of each score, ascending.

    Returns
    -------
    Area or None
        None if there are no positives or no negatives. Of a single one its part of the variance is
        that which equal scores of all others would give.

    Notes
    -----
    The share of pairs of a positive and a negative of which the positive has the higher score; half
    of those that are equal. Cost: O(num_scores).

    References
    ----------
    DeLong, DeLong, Clarke-Pearson (1988), Comparing the areas under two or more correlated ROC
    curves, doi:10.2307/2531595.

    Examples
    --------
    >>> area = roc_area(numpy.array([0, 1, 1]), numpy.array([2, 1, 0]))
    >>> round(area.value, 4), round(area.error, 4)
    (0.9167, 0.1179)
    """
    num_positives, num_negatives = int(positives.sum()), int(negatives.sum())
    if not num_positives or not num_negatives:
        return None
    below = (negatives.cumsum() - negatives / 2) / num_negatives
    above = (num_positives - positives.cumsum() + positives / 2) / num_positives
    value = float(positives @ below) / num_positives
    of_positives = float(positives @ (below - value) ** 2) / max(num_positives - 1, 1)
    of_negatives = float(negatives @ (above - value) ** 2) / max(num_negatives - 1, 1)
    variance = of_positives / num_positives + of_negatives / num_negatives
    return Area(value, math.sqrt(variance))


def roc_interval(
    area: Area, num_positives: int, num_negatives: int, *, confidence: float = 0.95
) -> Interval:
    """Bound the area under the ROC curve: DeLong's error, and Newcombe's interval where few.

    Notes
    -----
    DeLong's interval, on the scale of logits, is right for many; of a few positives, or where all
    are in the right order, it is too narrow. Newcombe's fifth method solves for the areas that are
    as far away as the error that they themselves would have, by Hanley and McNeil's formula. The
    wider of both ends is taken up to 100 of the rarer class.

    References
    ----------
    Hanley, McNeil (1982), The meaning and use of the area under a ROC curve,
    doi:10.1148/radiology.143.1.7063747; Newcombe (2006), Confidence intervals for an effect size
    measure based on the Mann-Whitney statistic, part 2, doi:10.1002/sim.2324.

    Examples
    --------
    >>> [round(end, 3) for end in roc_interval(Area(0.9, 0.03), 200, 800)]
    [0.824, 0.945]
    """
    z = two_sided_z(confidence)
    told = logit_interval(area.value, area.error, z)
    if min(num_positives, num_negatives) > _FEW:
        return told
    low = 1 - _newcombe_high(1 - area.value, num_positives, num_negatives, z=z)
    high = _newcombe_high(area.value, num_positives, num_negatives, z=z)
    return Interval(min(told.low, low), max(told.high, high))


def _newcombe_high(value: float, num_positives: int, num_negatives: int, *, z: float) -> float:
    """Find the largest area from which a value is as far as z of its errors, by halving."""
    half = (num_positives + num_negatives) / 2 - 1

    def is_within(area: float) -> bool:
        spread = 1 + half * ((1 - area) / (2 - area) + area / (1 + area))
        variance = area * (1 - area) * spread / (num_positives * num_negatives)
        return area - value <= z * math.sqrt(variance)

    low, high = value, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if is_within(middle) else (low, middle)
    return high


def precision_recall_area(
    positives: NDArray[numpy.int64], negatives: NDArray[numpy.int64], *, is_exact: bool = True
) -> Area | None:
    """Measure the average precision, which is the area under the precision-recall curve.

    Parameters
    ----------
    positives, negatives : array of int, shape (num_scores,)
        How many there are of each score, ascending.
    is_exact : bool
        Whether each is one score; else a bin, of which positives and negatives are mixed.

    Returns
    -------
    Area or None
        None if there are no positives.

    Notes
    -----
    The mean, over positives, of the precision of all that score as high or higher. The error is
    that of the influence which each pair has on it, and at least that of Boyd and others, who count
    positives as trials. Cost: O(num_scores).

    References
    ----------
    Boyd, Eng, Page (2013), Area under the precision-recall curve: point estimates and confidence
    intervals, doi:10.1007/978-3-642-40994-3_29.

    Examples
    --------
    >>> area = precision_recall_area(numpy.array([1, 1, 2]), numpy.array([3, 1, 0]))
    >>> round(area.value, 4)
    0.8125
    """
    num_positives = int(positives.sum())
    if not num_positives:
        return None
    found = positives[::-1].cumsum()[::-1].astype(numpy.float64)
    wrong = negatives[::-1].cumsum()[::-1].astype(numpy.float64)
    if not is_exact:
        found -= numpy.maximum(positives - 1, 0) / 2
        wrong -= negatives / 2
    whole = numpy.maximum(found + wrong, 1.0)
    precision = found / whole
    value = float(positives @ precision) / num_positives
    share = positives / (whole * whole)
    of_positives = precision - value + (share * wrong).cumsum()
    of_negatives = (share * found).cumsum()
    influence = float(positives @ of_positives**2) + float(negatives @ of_negatives**2)
    least = value * (1 - value) / num_positives
    return Area(value, math.sqrt(max(influence / num_positives**2, least)))


def precision_recall_interval(
    area: Area, num_positives: int, *, confidence: float = 0.95
) -> Interval:
    """Bound the average precision: on the scale of logits, and where few as a proportion of them.

    Up to 100 positives the wider of both ends is taken: where all are in the right order, an error
    of 0 would say that it is for sure.

    Examples
    --------
    >>> [round(end, 3) for end in precision_recall_interval(Area(0.6, 0.05), 200)]
    [0.499, 0.693]
    """
    told = logit_interval(*area, two_sided_z(confidence))
    if num_positives > _FEW:
        return told
    low, high = clopper_pearson(area.value * num_positives, num_positives, confidence=confidence)
    return Interval(min(told.low, low), max(told.high, high))

"""How well answers fit labels: scores with their sampling noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy

from mltrace.checks.model_check import places_among

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.checks.vectors import Vector


@dataclass(frozen=True)
class Skill:
    """How much better than any constant answer a model is.

    Attributes
    ----------
    name : str
        The score that it is made of.
    value : float
        0 for every constant answer, 1 for perfect ones; below 0 it is worse than constant.
    spread : float
        The standard error, for a model without skill.
    """

    name: str
    value: float
    spread: float


def ranking_skill(places: NDArray[numpy.intp], scores: NDArray[numpy.float64]) -> Skill | None:
    """Measure twice the area under the ROC curve, less 1; the mean over classes of one against all.

    Parameters
    ----------
    places : array of int, shape (num_rows,)
        The class of each row.
    scores : array of float, shape (num_rows, num_classes)
        The probabilities.

    Notes
    -----
    The variance is that of the rank sum under independence, without ties.

    References
    ----------
    Mann and Whitney, 1947, https://doi.org/10.1214/aoms/1177730491

    Examples
    --------
    >>> scores = numpy.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
    >>> ranking_skill(numpy.array([0, 0, 1, 1]), scores).value
    0.5
    """
    values, spreads = [], []
    for place in range(1 if scores.shape[1] == 2 else 0, scores.shape[1]):
        is_class = places == place
        num_in, num_out = int(is_class.sum()), int((~is_class).sum())
        if num_in and num_out:
            rank_sum = float(_ranks(scores[:, place])[is_class].sum())
            area = (rank_sum - num_in * (num_in + 1) / 2) / (num_in * num_out)
            values.append(2 * area - 1)
            spreads.append(2 * math.sqrt((num_in + num_out + 1) / (12 * num_in * num_out)))
    if not values:
        return None
    return Skill(
        "the area under the ROC curve", float(numpy.mean(values)), float(numpy.mean(spreads))
    )


def choosing_skill(labels: Vector, predictions: Vector) -> Skill | None:
    """Measure the balanced accuracy, scaled so that a constant answer gets 0.

    Notes
    -----
    The mean over classes of the share that is found, ``b`` of ``k`` classes, as
    ``(b - 1 / k) / (1 - 1 / k)``: of two classes, Youden's index.

    References
    ----------
    Brodersen et al., The balanced accuracy and its posterior distribution, 2010,
    https://doi.org/10.1109/ICPR.2010.764
    """
    classes = classes_of(labels)
    num_classes = len(classes)
    if num_classes < 2:
        return None
    truth, said = places_among(labels, classes), places_among(predictions, classes)
    found, variance = 0.0, 0.0
    for place in range(num_classes):
        is_class = truth == place
        chance = float((said == place).mean())
        found += float((said[is_class] == place).mean())
        variance += chance * (1 - chance) / int(is_class.sum())
    scale = num_classes - 1
    return Skill("the balanced accuracy", (found - 1) / scale, math.sqrt(variance) / scale)


def explaining_skill(
    labels: NDArray[numpy.float64], predictions: NDArray[numpy.float64]
) -> Skill | None:
    """Measure the coefficient of determination, R².

    Examples
    --------
    >>> explaining_skill(numpy.array([1.0, 2.0, 3.0]), numpy.array([1.0, 2.0, 3.0])).value
    1.0
    """
    errors, base = (labels - predictions) ** 2, (labels - labels.mean()) ** 2
    variance = float(base.mean())
    if variance == 0:
        return None
    spread = float((base - errors).std()) / math.sqrt(len(labels)) / variance
    return Skill("R²", float(1 - errors.mean() / variance), spread)


def classes_of(labels: Vector) -> Vector:
    """List the classes of labels without nulls, in order."""
    return type(labels)(numpy.unique(labels.values), labels.is_text, labels.is_boolean)


def _ranks(values: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    """Rank values from 1; equal ones share the mean of their ranks."""
    _, codes, counts = numpy.unique(values, return_inverse=True, return_counts=True)
    ranks: NDArray[numpy.float64] = (numpy.cumsum(counts) - (counts - 1) / 2)[codes]
    return ranks

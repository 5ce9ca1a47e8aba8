"""Intervals of what follows from a confusion matrix, by draws of such as may be the true one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy

from mltrace.distributions.quantiles import two_sided_z
from mltrace.tasks.intervals.interval import Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from mltrace.tasks.statistics.confusion import Confusion

NUM_DRAWS: Final = 2000
SEED: Final = 8
_MAX_CLASSES: Final = 8
_TOO_MANY: Final = 2000
_MOST_NUMBERS: Final = 1 << 18


class ClassTable(NamedTuple):
    """For each class, hits, predictions and labels; of one matrix, or of many at once.

    Attributes
    ----------
    hits, predictions, labels : array of float64, shape (..., num_classes)
    """

    hits: NDArray[numpy.float64]
    predictions: NDArray[numpy.float64]
    labels: NDArray[numpy.float64]

    @property
    def total(self) -> NDArray[numpy.float64]:
        """How many pairs there are."""
        whole: NDArray[numpy.float64] = self.labels.sum(axis=-1)
        return whole


def divided(
    above: NDArray[Any], below: NDArray[Any], *, otherwise: float = 0.0
) -> NDArray[numpy.float64]:
    """Divide where there is something above 0 to divide by."""
    found = numpy.full(numpy.broadcast_shapes(above.shape, below.shape), otherwise)
    numpy.divide(above, below, out=found, where=below > 0)
    return found


def class_table(confusion: Confusion) -> ClassTable:
    """Count hits, predictions and labels of the classes that occur."""
    present = confusion.present
    tables = (confusion.hits, confusion.predictions, confusion.labelled)
    return ClassTable(*(table[present].astype(numpy.float64) for table in tables))


def confusion_interval(
    confusion: Confusion,
    formula: Callable[[ClassTable], NDArray[numpy.float64]],
    *,
    confidence: float = 0.95,
) -> Interval | None:
    """Bound what a formula makes of a confusion matrix; None of more than 2,000 classes.

    Parameters
    ----------
    confusion : Confusion
    formula : callable
        Takes a table of many matrices, and gives a number for each.
    confidence : float, default 0.95

    Notes
    -----
    Of up to 8 classes the quantiles of 2,000 matrices drawn from the posterior, a Dirichlet
    distribution, with two pairs more, spread over all cells; the seed is fixed. The bootstrap,
    which draws from the counts themselves, never draws what has not been seen, and so covers too
    little where there are few pairs. Of more classes the delta method: the formula's slopes at the
    counts.

    References
    ----------
    Caelen (2017), A Bayesian interpretation of the confusion matrix,
    doi:10.1007/s10472-017-9564-8; Tötsch, Hoffmann (2021), Classifier uncertainty,
    doi:10.7717/peerj-cs.398.
    """
    present = confusion.present
    if len(present) > _MAX_CLASSES:
        return None if len(present) > _TOO_MANY else _by_slopes(confusion, formula, confidence)
    places = numpy.searchsorted(present, [confusion.truth, confusion.predicted])
    num = max(len(present), 2)
    counts = numpy.full((num, num), 4 / num**3)
    counts[places[0], places[1]] += confusion.counts
    drawn = numpy.random.default_rng(SEED).standard_gamma(counts, (NUM_DRAWS, num, num))
    table = ClassTable(
        numpy.diagonal(drawn, axis1=1, axis2=2), drawn.sum(axis=1), drawn.sum(axis=2)
    )
    return _between(formula(table), confidence)


def counts_interval(
    counts: Sequence[float],
    formula: Callable[[NDArray[numpy.float64]], NDArray[numpy.float64]],
    *,
    confidence: float = 0.95,
) -> Interval:
    """Bound what a formula makes of some counts, in the same way.

    Parameters
    ----------
    counts : sequence of float
    formula : callable
        Takes shape (num_draws, num_counts), and gives a number for each draw.
    """
    posterior = numpy.asarray(counts) + 0.5
    random = numpy.random.default_rng(SEED)
    drawn = random.standard_gamma(posterior, (NUM_DRAWS, len(posterior)))
    return _between(formula(drawn), confidence)


def _between(drawn: NDArray[numpy.float64], confidence: float) -> Interval:
    rest = (1 - confidence) / 2
    low, high = numpy.quantile(drawn, [rest, 1 - rest]).tolist()
    return Interval(low, high)


def _by_slopes(
    confusion: Confusion,
    formula: Callable[[ClassTable], NDArray[numpy.float64]],
    confidence: float,
) -> Interval:
    """Take the variance of the formula where it is straight, cell by cell."""
    table = class_table(confusion)
    num = table.hits.shape[-1]
    slopes = _slopes(table, formula)
    places = numpy.searchsorted(confusion.present, [confusion.truth, confusion.predicted])
    of_cells = slopes[num + places[1]] + slopes[2 * num + places[0]]
    of_cells += numpy.where(places[0] == places[1], slopes[places[0]], 0.0)
    counts, total = confusion.counts, confusion.num_pairs
    mean = float(counts @ of_cells) / total
    error = math.sqrt(float(counts @ (of_cells - mean) ** 2))
    value, width = float(formula(table)), two_sided_z(confidence) * error
    return Interval(value - width, value + width)


def _slopes(
    table: ClassTable, formula: Callable[[ClassTable], NDArray[numpy.float64]]
) -> NDArray[numpy.float64]:
    """Tell what one more of the hits, then of the predictions and labels of each class changes."""
    num = table.hits.shape[-1]
    at_once = max(_MOST_NUMBERS // num, 1)
    slopes = []
    for part in range(3):
        for first in range(0, num, at_once):
            step = numpy.eye(min(at_once, num - first), num, first) / 2
            ends = [
                table._replace(**{ClassTable._fields[part]: table[part] + sign * step})
                for sign in (1, -1)
            ]
            slopes.append(formula(ends[0]) - formula(ends[1]))
    return numpy.concatenate(slopes)

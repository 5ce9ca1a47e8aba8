"""How surprising the largest of many distances is, beside those that the history has.

Statistics of one aspect of a column are judged together, by the largest of their distances. How
often it is large in the history, each partition judged by the others, tells what a larger one
means: its upper tail is taken to fall exponentially, as that of a Gumbel distribution does.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mltrace.monitors.drift.history.statistic import Statistic

    Array = NDArray[numpy.float64]

TOP_SHARE: Final = 0.1
"""Which part of the history the tail is told from."""
LEAST_MIDDLE: Final = 1.0
LEAST_WIDTH: Final = 0.35
"""The middle and the width of a tail at least, in standard deviations: about those of the largest
of some normal ones, which no calm history can be below."""

FUTURE: Final = 0.3
"""By how much the rate is lowered, for the future differs from the history more than parts of the
history do from each other."""

SMALLEST: Final = 1e-6
"""The least p-value that is told: a few dozen partitions tell nothing of rarer things."""


class Cells:
    """Statistics that are judged together: those of one aspect of a column.

    Among them those that vary only as sampling does are apart from lively ones, which would hide
    them.

    Parameters
    ----------
    statistics : sequence of Statistic
    is_lively : array of bool, shape (num_statistics,)
    """

    def __init__(self, statistics: Sequence[Statistic], is_lively: NDArray[numpy.bool_]) -> None:
        keys = [
            (one.column, one.aspect, bool(is_l))
            for one, is_l in zip(statistics, is_lively, strict=True)
        ]
        places: dict[tuple[str | None, str, bool], int] = {}
        self.of_statistic = numpy.array([places.setdefault(key, len(places)) for key in keys])
        self.columns = [column for column, _, _ in places]
        self._order = numpy.argsort(self.of_statistic, kind="stable")
        self._starts = numpy.searchsorted(self.of_statistic[self._order], numpy.arange(len(places)))

    def largest(self, distances: Array) -> Array:
        """Tell the largest distance of each, along the last axis."""
        found: Array = numpy.maximum.reduceat(distances[..., self._order], self._starts, axis=-1)
        return found


class Tails:
    """What the history tells of large distances.

    Parameters
    ----------
    history : array of float, shape (num_partitions, num_cells)
        The largest distance of each cell, of each partition as the others judge it.
    later : array of float, shape (num_later, num_cells)
        The same of the later partitions, as those before them judge it.
    """

    def __init__(self, history: Array, later: Array) -> None:
        self.middle, self.width = _fit(history)
        self.width = numpy.maximum(self.width, _upper(later, self.middle))
        num_partitions, self.num_cells = history.shape
        surprises = [
            ((own - middle) / width).max()
            for own, (middle, width) in (
                (history[at], _fit(numpy.delete(history, at, axis=0)))
                for at in range(num_partitions)
            )
        ]
        self.center = float(numpy.median(surprises))
        self.spread = float(_upper(numpy.array(surprises), self.center))

    def surprises(self, largest: Array) -> Array:
        """Tell for each cell how surprising its largest distance is, in nats, about."""
        found: Array = (largest - self.middle) / self.width
        return found

    def surprises_of(self, distances: Array, cells: Cells) -> Array:
        """Tell for each statistic how surprising its distance would be as that of its cell."""
        found: Array = (distances - self.middle[cells.of_statistic]) / self.width[
            cells.of_statistic
        ]
        return found

    def limit(self, false_alarm_rate: float) -> float:
        """Tell the surprise that the largest one of a partition exceeds at a rate without drift.

        Notes
        -----
        The larger of two: what independent cells with such tails would have, and what the history
        had, each partition judged by the others.
        """
        rate = false_alarm_rate * FUTURE
        by_cells = math.log(self.num_cells / rate)
        return max(by_cells, self.center - self.spread * math.log(rate))

    def p_value(self, surprise: float) -> float:
        """Tell how often the largest surprise of a partition without drift is as large."""
        by_cells = math.log(self.num_cells) - surprise
        by_history = (self.center - surprise) / max(self.spread, 1e-9)
        p_value = math.exp(min(max(by_cells, by_history), 0.0)) / FUTURE
        return min(max(p_value, SMALLEST), 1.0)


def _fit(history: Array) -> tuple[Array, Array]:
    middle = numpy.maximum(numpy.median(history, axis=0), LEAST_MIDDLE)
    return middle, numpy.maximum(_upper(history, middle), LEAST_WIDTH)


def _upper(values: Array, middle: Array | float) -> Array:
    """Tell the width of the upper tail, from the mean of the largest values."""
    num_top = max(round(len(values) * TOP_SHARE), 1)
    top = numpy.partition(values, len(values) - num_top, axis=0)[-num_top:]
    width: Array = (top.mean(0) - middle) / (math.log(len(values) / num_top) + 1)
    return width

"""Root of the mean squared error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mltrace.tasks.intervals.interval import Interval
from mltrace.tasks.metrics.metric import register
from mltrace.tasks.metrics.mse import MSE

if TYPE_CHECKING:
    from mltrace.tasks.statistics.statistic import Statistics


@register
@dataclass(frozen=True, kw_only=True)
class RMSE(MSE):
    """The root of the mean squared error, in the unit of the labels.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("regression", [1.0, 2.0, 4.0], [1.5, 2.0, 3.0])
    >>> told = measure_pairs(["rmse"], pairs)[0]
    >>> round(told.value, 4)
    0.6455
    """

    name: ClassVar[str] = "rmse"

    def value(self, statistics: Statistics) -> float | None:
        """Give the metric; None of no pairs."""
        squared = super().value(statistics)
        return None if squared is None else math.sqrt(squared)

    def interval(self, statistics: Statistics, confidence: float = 0.95) -> Interval | None:
        """Bound the metric by the roots of the ends of the mean squared error."""
        squared = super().interval(statistics, confidence)
        return squared and Interval(*(math.sqrt(max(end, 0.0)) for end in squared))

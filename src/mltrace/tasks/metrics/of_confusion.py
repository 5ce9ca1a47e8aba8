"""What metrics share that are formulas of the confusion matrix."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy

from mltrace.tasks.intervals.posterior import class_table, confusion_interval
from mltrace.tasks.metrics.metric import Metric
from mltrace.tasks.statistics.confusion import Confusion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.intervals.interval import Interval
    from mltrace.tasks.intervals.posterior import ClassTable
    from mltrace.tasks.statistics.statistic import Statistics


@dataclass(frozen=True, kw_only=True)
class ConfusionMetric(Metric):
    """A formula of hits, predictions and labels of the classes, which may give NaN."""

    kinds: ClassVar[tuple[TaskKind, ...]] = ("binary", "multiclass")

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return ("confusion",)

    @abstractmethod
    def formula(self, table: ClassTable) -> NDArray[numpy.float64]:
        """Give the metric of one matrix, or of each of many."""

    def value(self, statistics: Statistics) -> float | None:
        """Give the metric; None where it is not defined."""
        counts = confusion_of(statistics)
        if not counts.num_pairs:
            return None
        value = float(self.formula(class_table(counts)))
        return value if numpy.isfinite(value) else None

    def interval(self, statistics: Statistics, confidence: float = 0.95) -> Interval | None:
        """Bound the metric of what the pairs are a sample of."""
        return confusion_interval(confusion_of(statistics), self.formula, confidence=confidence)


def confusion_of(statistics: Statistics) -> Confusion:
    """Take the confusion counts out of statistics."""
    counts = statistics["confusion"]
    assert isinstance(counts, Confusion)
    return counts

"""What areas under curves share: one histogram of scores, or one of each class."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from mltrace.errors import ArgumentError
from mltrace.tasks.intervals.interval import Interval
from mltrace.tasks.metrics.metric import Metric
from mltrace.tasks.statistics.class_scores import ClassScores
from mltrace.tasks.statistics.score_histogram import ScoreHistogram

if TYPE_CHECKING:
    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.statistics.statistic import Statistics


@dataclass(frozen=True, kw_only=True)
class CurveMetric(Metric):
    """An area under a curve; of multiclass tasks, of each class against the others.

    Attributes
    ----------
    average : {'macro', 'weighted'}
        Of multiclass tasks: the mean over the classes that have labels, or weighted by how many.
    """

    kinds: ClassVar[tuple[TaskKind, ...]] = ("binary", "multiclass")

    average: Literal["macro", "weighted"] = "macro"

    def __post_init__(self) -> None:
        if self.average not in ("macro", "weighted"):
            raise ArgumentError(
                f"No average {self.average!r} of {self.name}; there are macro and weighted."
            )

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return ("score_histogram",) if self.kind == "binary" else ("class_scores",)

    @abstractmethod
    def area(self, histogram: ScoreHistogram) -> float | None:
        """Measure the area of one curve."""

    @abstractmethod
    def area_interval(self, histogram: ScoreHistogram, confidence: float) -> Interval | None:
        """Bound the area of one curve."""

    @abstractmethod
    def area_error(self, histogram: ScoreHistogram) -> float:
        """Bound what bins took away."""

    def value(self, statistics: Statistics) -> float | None:
        """Give the metric; None where it is not defined."""
        found = [(self.area(one), weight) for one, weight in self._weighted(statistics)]
        if not found or any(area is None for area, _ in found):
            return None
        return sum(weight * area for area, weight in found if area is not None)

    def interval(self, statistics: Statistics, confidence: float = 0.95) -> Interval | None:
        """Bound the metric; of several curves as if all were off in the same direction."""
        low = high = 0.0
        for histogram, weight in self._weighted(statistics):
            told = self.area_interval(histogram, confidence)
            if told is None:
                return None
            low, high = low + weight * told.low, high + weight * told.high
        return Interval(low, high)

    def error(self, statistics: Statistics) -> float:
        """Bound how far the value is from that of the pairs."""
        return sum(weight * self.area_error(one) for one, weight in self._weighted(statistics))

    def _weighted(self, statistics: Statistics) -> list[tuple[ScoreHistogram, float]]:
        scores = statistics[self.needs[0]]
        if isinstance(scores, ScoreHistogram):
            return [(scores, 1.0)]
        assert isinstance(scores, ClassScores)
        of_classes = [one for _, one in scores.histograms if one.num_positives]
        weights = [one.num_positives if self.average == "weighted" else 1 for one in of_classes]
        return [
            (one, weight / sum(weights)) for one, weight in zip(of_classes, weights, strict=True)
        ]

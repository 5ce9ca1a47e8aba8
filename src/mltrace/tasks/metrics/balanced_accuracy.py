"""Balanced accuracy: the recall of the classes, on the average."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mltrace.tasks.intervals.proportions import mean_of_proportions
from mltrace.tasks.metrics.metric import Metric, register
from mltrace.tasks.metrics.of_confusion import confusion_of

if TYPE_CHECKING:
    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.intervals.interval import Interval
    from mltrace.tasks.statistics.statistic import Statistics


@register
@dataclass(frozen=True, kw_only=True)
class BalancedAccuracy(Metric):
    """The mean recall of the classes that have labels.

    References
    ----------
    Brodersen et al. (2010), The balanced accuracy and its posterior distribution,
    doi:10.1109/ICPR.2010.764.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("binary", [1, 0, 1, 0], [1, 1, 1, 0], positive=1)
    >>> measure_pairs(["balanced_accuracy"], pairs)[0].value
    0.75
    """

    name: ClassVar[str] = "balanced_accuracy"
    kinds: ClassVar[tuple[TaskKind, ...]] = ("binary", "multiclass")

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return ("confusion",)

    def value(self, statistics: Statistics) -> float | None:
        """Give the metric; None of no pairs."""
        counts = confusion_of(statistics)
        some = counts.labelled > 0
        return float((counts.hits[some] / counts.labelled[some]).mean()) if some.any() else None

    def interval(self, statistics: Statistics, confidence: float = 0.95) -> Interval | None:
        """Bound the metric by the intervals of the recalls."""
        counts = confusion_of(statistics)
        some = counts.labelled > 0
        hits, of = counts.hits[some].tolist(), counts.labelled[some].tolist()
        if self.kind == "binary" and len(of) == 1:  # the other class is there, too
            hits, of = [*hits, 0], [*of, 0]
        weights = [1 / len(of)] * len(of)
        return mean_of_proportions(hits, of, weights=weights, confidence=confidence)

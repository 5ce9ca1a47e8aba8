"""Specificity: how many of those that are not positive are not predicted to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mltrace.tasks.intervals.proportions import proportion_interval
from mltrace.tasks.metrics.metric import Metric, register
from mltrace.tasks.metrics.of_confusion import confusion_of

if TYPE_CHECKING:
    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.intervals.interval import Interval
    from mltrace.tasks.statistics.statistic import Statistics


@register
@dataclass(frozen=True, kw_only=True)
class Specificity(Metric):
    """The recall of the negatives: tn / (tn + fp).

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("binary", [1, 0, 1, 0], [1, 1, 1, 0], positive=1)
    >>> measure_pairs(["specificity"], pairs)[0].value
    0.5
    """

    name: ClassVar[str] = "specificity"
    kinds: ClassVar[tuple[TaskKind, ...]] = ("binary",)
    unmet: ClassVar[str] = "no label is negative"

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return ("confusion",)

    def value(self, statistics: Statistics) -> float | None:
        """Give the metric; None where no label is negative."""
        _, fp, _, tn = confusion_of(statistics).outcomes()
        return tn / (tn + fp) if tn + fp else None

    def interval(self, statistics: Statistics, confidence: float = 0.95) -> Interval | None:
        """Bound the metric by the interval of a proportion."""
        _, fp, _, tn = confusion_of(statistics).outcomes()
        return proportion_interval(tn, tn + fp, confidence=confidence)

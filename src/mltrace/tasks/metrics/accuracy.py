"""Accuracy: how many predictions are right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mltrace.tasks.intervals.proportions import proportion_interval
from mltrace.tasks.metrics.metric import Metric, register
from mltrace.tasks.statistics.confusion import Confusion
from mltrace.tasks.statistics.label_set_counts import LabelSetCounts

if TYPE_CHECKING:
    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.intervals.interval import Interval
    from mltrace.tasks.statistics.statistic import Statistic, Statistics


@register
@dataclass(frozen=True, kw_only=True)
class Accuracy(Metric):
    """The share of predictions that are the label; of multilabel tasks, the very set of labels.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("multiclass", ["a", "b", "c", "a"], ["a", "b", "a", "a"])
    >>> told = measure_pairs(["accuracy"], pairs)[0]
    >>> told.value, round(told.low, 3), round(told.high, 3)
    (0.75, 0.194, 0.994)
    """

    name: ClassVar[str] = "accuracy"
    kinds: ClassVar[tuple[TaskKind, ...]] = ("binary", "multiclass", "multilabel")

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return ("label_set_counts",) if self.kind == "multilabel" else ("confusion",)

    def value(self, statistics: Statistics) -> float | None:
        """Give the metric; None of no pairs."""
        num, of = _right(statistics[self.needs[0]])
        return num / of if of else None

    def interval(self, statistics: Statistics, confidence: float = 0.95) -> Interval | None:
        """Bound the metric by the interval of a proportion."""
        return proportion_interval(*_right(statistics[self.needs[0]]), confidence=confidence)


def _right(counts: Statistic) -> tuple[int, int]:
    if isinstance(counts, LabelSetCounts):
        return counts.num_equal, counts.num_rows
    assert isinstance(counts, Confusion)
    return int(counts.hits.sum()), counts.num_pairs

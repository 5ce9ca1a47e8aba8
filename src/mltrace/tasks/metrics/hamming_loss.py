"""Hamming loss: how many of all labels, of all rows, are wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy

from mltrace.tasks.intervals.proportions import proportion_interval
from mltrace.tasks.intervals.ratios import ratio_interval
from mltrace.tasks.metrics.metric import Metric, register
from mltrace.tasks.metrics.of_confusion import confusion_of
from mltrace.tasks.statistics.label_set_counts import LabelSetCounts

if TYPE_CHECKING:
    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.intervals.interval import Interval
    from mltrace.tasks.statistics.statistic import Statistics

_WRONG = (-2, 1, 1)
"""Predictions and labels that are no hits."""


@register
@dataclass(frozen=True, kw_only=True)
class HammingLoss(Metric):
    """The share of classes that are predicted and no label, or a label and not predicted.

    Notes
    -----
    Of binary and multiclass tasks, which have one label each, it is 1 - accuracy.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("multilabel", [["a", "b"], ["c"]], [["a"], ["c"]])
    >>> told = measure_pairs(["hamming_loss"], pairs)[0]
    >>> round(told.value, 4)
    0.1667
    """

    name: ClassVar[str] = "hamming_loss"
    kinds: ClassVar[tuple[TaskKind, ...]] = ("binary", "multiclass", "multilabel")
    is_higher_better: ClassVar[bool] = False

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return ("label_set_counts",) if self.kind == "multilabel" else ("confusion",)

    def value(self, statistics: Statistics) -> float | None:
        """Give the metric; None of no pairs."""
        counts = statistics[self.needs[0]]
        if isinstance(counts, LabelSetCounts):
            size = counts.num_rows * len(counts.classes)
            return float(counts.counts.sum(axis=1) @ numpy.array(_WRONG)) / size if size else None
        confusion = confusion_of(statistics)
        num = confusion.num_pairs
        return 1 - int(confusion.hits.sum()) / num if num else None

    def interval(self, statistics: Statistics, confidence: float = 0.95) -> Interval | None:
        """Bound the metric of what the rows are a sample of."""
        counts = statistics[self.needs[0]]
        if isinstance(counts, LabelSetCounts):
            return _of_sets(counts, confidence)
        confusion = confusion_of(statistics)
        wrong = confusion.num_pairs - int(confusion.hits.sum())
        return proportion_interval(wrong, confusion.num_pairs, confidence=confidence)


def _of_sets(counts: LabelSetCounts, confidence: float) -> Interval | None:
    # Beside what each row has, the number of classes, which is the same in every row.
    sums = counts.counts.sum(axis=1)
    num, width = counts.num_rows, len(counts.classes)
    products = numpy.empty((4, 4))
    products[:3, :3] = counts.products
    products[3, :3] = products[:3, 3] = sums * width
    products[3, 3] = num * width * width
    return ratio_interval(
        [*sums, num * width],
        products,
        above=(*_WRONG, 0),
        below=(0, 0, 0, 1),
        num=num,
        confidence=confidence,
    )

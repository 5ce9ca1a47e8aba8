"""Recall: how many of those that are of a class are predicted to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mltrace.tasks.intervals.proportions import mean_of_proportions, proportion_interval
from mltrace.tasks.metrics.averaging import ClassMetric
from mltrace.tasks.metrics.metric import register
from mltrace.tasks.statistics.confusion import Confusion

if TYPE_CHECKING:
    from mltrace.tasks.intervals.interval import Interval
    from mltrace.tasks.statistics.statistic import Statistics


@register
@dataclass(frozen=True, kw_only=True)
class Recall(ClassMetric):
    """The share of right ones among labels of a class: tp / (tp + fn), also called sensitivity.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("binary", [1, 0, 1, 1], [1, 1, 1, 0], positive=1)
    >>> measure_pairs(["recall"], pairs)[0].value
    0.6666666666666666
    """

    name: ClassVar[str] = "recall"
    unmet: ClassVar[str] = "no label is of the class"

    def weights(self) -> tuple[float, float, float]:
        """How often hits count above, and predictions and labels below the line of the ratio."""
        return 1.0, 0.0, 1.0

    def binary_interval(
        self, outcomes: tuple[int, int, int, int], confidence: float
    ) -> Interval | None:
        """Bound that of the positive class by the interval of a proportion."""
        tp, _, fn, _ = outcomes
        return proportion_interval(tp, tp + fn, confidence=confidence)

    def interval(self, statistics: Statistics, confidence: float = 0.95) -> Interval | None:
        """Bound the metric; averages of classes, whose labels are apart, by their intervals."""
        counts = statistics[self.needs[0]]
        if isinstance(counts, Confusion) and self.chosen_average in ("micro", "weighted"):
            return proportion_interval(
                int(counts.hits.sum()), counts.num_pairs, confidence=confidence
            )
        if isinstance(counts, Confusion) and self.chosen_average == "macro":
            num = len(counts.present)
            return mean_of_proportions(
                counts.hits[counts.present],
                counts.labelled[counts.present],
                weights=[1 / num] * num,
                confidence=confidence,
            )
        return super().interval(statistics, confidence)

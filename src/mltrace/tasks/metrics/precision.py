"""Precision: how many of those that are predicted to be of a class are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mltrace.tasks.intervals.proportions import proportion_interval
from mltrace.tasks.metrics.averaging import ClassMetric
from mltrace.tasks.metrics.metric import register

if TYPE_CHECKING:
    from mltrace.tasks.intervals.interval import Interval


@register
@dataclass(frozen=True, kw_only=True)
class Precision(ClassMetric):
    """The share of right ones among predictions of a class: tp / (tp + fp).

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("binary", [1, 0, 1, 0], [1, 1, 1, 0], positive=1)
    >>> measure_pairs(["precision"], pairs)[0].value
    0.6666666666666666
    """

    name: ClassVar[str] = "precision"
    unmet: ClassVar[str] = "nothing was predicted to be of the class"

    def weights(self) -> tuple[float, float, float]:
        """How often hits count above, and predictions and labels below the line of the ratio."""
        return 1.0, 1.0, 0.0

    def binary_interval(
        self, outcomes: tuple[int, int, int, int], confidence: float
    ) -> Interval | None:
        """Bound that of the positive class by the interval of a proportion."""
        tp, fp, _, _ = outcomes
        return proportion_interval(tp, tp + fp, confidence=confidence)

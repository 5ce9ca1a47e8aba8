"""Confusion matrix: how many pairs have each label and prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mltrace.tasks.intervals.proportions import proportion_interval
from mltrace.tasks.metrics.metric import Measured, Metric, register
from mltrace.tasks.metrics.of_confusion import confusion_of

if TYPE_CHECKING:
    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.intervals.interval import Interval
    from mltrace.tasks.statistics.statistic import Statistics


@register
@dataclass(frozen=True, kw_only=True)
class ConfusionMatrix(Metric):
    """The counts of all cells, a row for each: `confusion_matrix[true,predicted]`.

    Notes
    -----
    `measure` gives the cells of all classes that occur, those without pairs as well. The interval
    is that of the cell's share, times the pairs. `value` is the number of pairs.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("binary", ["yes", "no", "yes"], ["yes", "yes", "yes"], positive="yes")
    >>> told = measure_pairs(["confusion_matrix"], pairs)
    >>> [(cell.name, cell.value) for cell in told][:2]
    [('confusion_matrix[no,no]', 0.0), ('confusion_matrix[no,yes]', 1.0)]
    """

    name: ClassVar[str] = "confusion_matrix"
    kinds: ClassVar[tuple[TaskKind, ...]] = ("binary", "multiclass")
    bounds: ClassVar[tuple[float | None, float | None]] = (0.0, None)

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return ("confusion",)

    def value(self, statistics: Statistics) -> float | None:
        """Give the number of pairs; None if there are none."""
        return float(confusion_of(statistics).num_pairs) or None

    def interval(self, statistics: Statistics, confidence: float = 0.95) -> Interval | None:  # noqa: ARG002
        """Give none: each cell has one of its own."""
        return None

    def measure(self, statistics: Statistics, confidence: float = 0.95) -> list[Measured]:
        """Give each cell with its interval."""
        counts = confusion_of(statistics)
        total = counts.num_pairs
        if not total:
            return super().measure(statistics, confidence)
        cells = zip(counts.truth.tolist(), counts.predicted.tolist(), strict=True)
        known = dict(zip(cells, counts.counts.tolist(), strict=True))
        present = counts.present.tolist()
        found = []
        for truth, predicted in ((one, other) for one in present for other in present):
            num = known.get((truth, predicted), 0)
            low, high = (
                end * total for end in proportion_interval(num, total, confidence=confidence)
            )
            name = f"{self.text}[{counts.classes[truth]},{counts.classes[predicted]}]"
            found.append(Measured(name, float(num), low, high))
        return found

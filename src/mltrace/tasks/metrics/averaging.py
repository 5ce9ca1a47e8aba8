"""Precision, recall and F: of the positive class, or averaged over classes or their counts."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal, get_args

import numpy

from mltrace.errors import ArgumentError
from mltrace.tasks.intervals.posterior import ClassTable, class_table, confusion_interval, divided
from mltrace.tasks.intervals.proportions import mean_of_dependent_proportions
from mltrace.tasks.intervals.ratios import ratio_interval
from mltrace.tasks.metrics.metric import Metric
from mltrace.tasks.statistics.confusion import Confusion
from mltrace.tasks.statistics.label_set_counts import LabelSetCounts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.intervals.interval import Interval
    from mltrace.tasks.statistics.statistic import Statistics

Average = Literal["", "binary", "macro", "micro", "weighted"]
AVERAGES: Final[tuple[str, ...]] = get_args(Average)[1:]


@dataclass(frozen=True, kw_only=True)
class ClassMetric(Metric):
    """A ratio of counts that each class has.

    Attributes
    ----------
    average : {'binary', 'macro', 'micro', 'weighted'}
        'binary', the default of binary tasks, is that of the positive class. 'macro', the default
        of others, is the mean over the classes that occur, where a class that has none counts as 0;
        'weighted' is by how many labels they have; 'micro' adds up the counts of all classes.
    """

    kinds: ClassVar[tuple[TaskKind, ...]] = ("binary", "multiclass", "multilabel")

    average: Average = ""

    def __post_init__(self) -> None:
        if self.average and self.average not in AVERAGES:
            told = ", ".join(AVERAGES)
            raise ArgumentError(f"No average {self.average!r} of {self.name}; there are {told}.")
        if self.average == "binary" and self.kind != "binary":
            raise ArgumentError(
                f"The average 'binary' of {self.name} is of binary tasks, not of {self.kind} ones."
            )

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return ("label_set_counts",) if self.kind == "multilabel" else ("confusion",)

    @property
    def chosen_average(self) -> Average:
        """The average, of the default if none was chosen."""
        return self.average or ("binary" if self.kind == "binary" else "macro")

    @abstractmethod
    def weights(self) -> tuple[float, float, float]:
        """How often hits count above, and predictions and labels below the line of the ratio."""

    @abstractmethod
    def binary_interval(
        self, outcomes: tuple[int, int, int, int], confidence: float
    ) -> Interval | None:
        """Bound that of the positive class."""

    def ratio(self, table: ClassTable) -> NDArray[numpy.float64]:
        """Divide for each class; 0 where there is nothing to divide by."""
        return divided(self.weights()[0] * table.hits, self._below(table))

    def _below(self, table: ClassTable) -> NDArray[numpy.float64]:
        _, predictions, labels = self.weights()
        return predictions * table.predictions + labels * table.labels

    def formula(self, table: ClassTable) -> NDArray[numpy.float64]:
        """Average over the classes of one matrix, or of each of many."""
        if self.chosen_average == "micro":
            sums = ClassTable(*(one.sum(axis=-1, keepdims=True) for one in table))
            return self.ratio(sums)[..., 0]
        mean: NDArray[numpy.float64] = (self.ratio(table) * self._shares(table)).sum(axis=-1)
        return mean

    def _shares(self, table: ClassTable) -> NDArray[numpy.float64]:
        if self.chosen_average == "weighted":
            return divided(table.labels, table.total[..., None])
        return numpy.full(table.hits.shape, 1 / table.hits.shape[-1])

    def value(self, statistics: Statistics) -> float | None:
        """Give the metric; None where it is not defined."""
        counts = statistics[self.needs[0]]
        if isinstance(counts, Confusion) and self.chosen_average == "binary":
            return self._of_positives(counts.outcomes())
        table = _table(counts)
        is_nothing = self.chosen_average == "micro" and not self._below(table).any()
        return None if is_nothing or not table.hits.size else float(self.formula(table))

    def _of_positives(self, outcomes: tuple[int, int, int, int]) -> float | None:
        tp, fp, fn, _ = outcomes
        above, predictions, labels = self.weights()
        below = predictions * (tp + fp) + labels * (tp + fn)
        return above * tp / below if below else None

    def interval(self, statistics: Statistics, confidence: float = 0.95) -> Interval | None:
        """Bound the metric of what the pairs are a sample of."""
        counts = statistics[self.needs[0]]
        if isinstance(counts, LabelSetCounts):
            return self._of_label_sets(counts, confidence)
        assert isinstance(counts, Confusion)
        if self.chosen_average == "binary":
            return self.binary_interval(counts.outcomes(), confidence)
        return confusion_interval(counts, self.formula, confidence=confidence)

    def _of_label_sets(self, counts: LabelSetCounts, confidence: float) -> Interval | None:
        above, predictions, labels = self.weights()
        if self.chosen_average == "micro":
            return ratio_interval(
                counts.counts.sum(axis=1),
                counts.products,
                above=(above, 0, 0),
                below=(0, predictions, labels),
                num=counts.num_rows,
                confidence=confidence,
            )
        table = _table(counts)
        of = self._below(table) / above
        return mean_of_dependent_proportions(
            table.hits, of, weights=self._shares(table), confidence=confidence
        )


def _table(counts: object) -> ClassTable:
    if isinstance(counts, LabelSetCounts):
        return ClassTable(*counts.counts.astype(numpy.float64))
    assert isinstance(counts, Confusion)
    return class_table(counts)

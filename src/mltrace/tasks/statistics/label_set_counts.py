"""Counts of multilabel tasks: hits and misses of each class, and of whole sets of labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy

from mltrace.tasks.statistics.statistic import Statistic, statistics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.tasks.grouping import Grouping
    from mltrace.tasks.pairs import Pairs

_NUM_SIZES: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class LabelSetCounts(Statistic):
    """What is counted of rows that have sets of labels.

    Attributes
    ----------
    classes : tuple of str
        Sorted.
    num_rows, num_equal : int
        Rows, and those whose prediction is the very set.
    counts : array of int64, shape (3, num_classes)
        For each class hits, predictions and labels.
    products : array of int64, shape (3, 3)
        Sums over rows of the products of how many hits, predictions and labels a row has: by them
        it is known how sure ratios of these are, although the labels of a row depend on each other.
    """

    VERSION: ClassVar[int] = 1

    classes: tuple[str, ...]
    num_rows: int
    num_equal: int
    counts: NDArray[numpy.int64]
    products: NDArray[numpy.int64]

    @classmethod
    def collect(cls, pairs: Pairs, grouping: Grouping, /) -> list[Self]:
        """Count the rows of each group."""
        order = sorted(range(len(pairs.classes)), key=pairs.classes.__getitem__)
        classes = tuple(pairs.classes[code] for code in order)
        hits = pairs.truth & pairs.predicted
        tables = (hits, pairs.predicted, pairs.truth)
        counts = numpy.array(
            [[grouping.sums(table[:, code]) for code in order] for table in tables]
        ).reshape(_NUM_SIZES, len(classes), grouping.num_groups)
        sizes = [table.sum(axis=1) for table in tables]
        products = numpy.array([[grouping.sums(one * other) for other in sizes] for one in sizes])
        equal = grouping.sums((sizes[0] == sizes[1]) & (sizes[0] == sizes[2])).astype(int).tolist()
        counts, products = counts.astype(numpy.int64), products.astype(numpy.int64)
        return [
            cls(classes, size, equal[group], counts[:, :, group], products[:, :, group])
            for group, size in enumerate(grouping.sizes.tolist())
        ]

    def merge(self, other: Self) -> Self:
        """Add up, by the texts of the classes."""
        classes = self.classes
        if other.classes != classes:
            classes = tuple(sorted({*classes, *other.classes}))
        return type(self)(
            classes,
            self.num_rows + other.num_rows,
            self.num_equal + other.num_equal,
            self._spread(classes) + other._spread(classes),
            self.products + other.products,
        )

    def _spread(self, classes: tuple[str, ...]) -> NDArray[numpy.int64]:
        if classes == self.classes:
            return self.counts
        counts = numpy.zeros((_NUM_SIZES, len(classes)), numpy.int64)
        counts[:, [classes.index(text) for text in self.classes]] = self.counts
        return counts

    def to_plain(self) -> list[Any]:
        """Turn the counts into texts and numbers."""
        counts, products = self.counts.tolist(), self.products.tolist()
        return [list(self.classes), self.num_rows, self.num_equal, counts, products]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the counts again."""
        classes, num_rows, num_equal, *tables = plain
        counts, products = (numpy.array(table, dtype=numpy.int64) for table in tables)
        counts = counts.reshape(_NUM_SIZES, len(classes))
        return cls(tuple(classes), int(num_rows), int(num_equal), counts, products.reshape(3, 3))


statistics.add("label_set_counts", LabelSetCounts)

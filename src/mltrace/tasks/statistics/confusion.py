"""Confusion counts: how many pairs have each label and prediction, of any number of classes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy

from mltrace.profiles.packing import pack, unpack
from mltrace.tasks.statistics.statistic import Statistic, statistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mltrace.tasks.grouping import Grouping
    from mltrace.tasks.pairs import Pairs

_MAX_DENSE: Final = 1 << 22
_MAX_CELLS: Final = 1 << 24
_FEW_CLASSES: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class Confusion(Statistic):
    """Counts of the cells of a confusion matrix that have any.

    Attributes
    ----------
    classes : tuple of str
        Sorted; those that occur, maybe others.
    positive : str or None
        The positive class of a binary task.
    truth, predicted : array of int64, shape (num_cells,)
        Places in `classes`, ascending by truth, then prediction.
    counts : array of int64, shape (num_cells,)
        Above 0.
    """

    VERSION: ClassVar[int] = 1

    classes: tuple[str, ...]
    positive: str | None
    truth: NDArray[numpy.int64]
    predicted: NDArray[numpy.int64]
    counts: NDArray[numpy.int64]

    @classmethod
    def collect(cls, pairs: Pairs, grouping: Grouping, /) -> list[Self]:
        """Count the pairs of each group by label and prediction."""
        classes, codes = _sorted_classes(pairs.classes)
        num = max(len(classes), 1)
        truth, predicted = pairs.truth, pairs.predicted
        if codes is not None:
            truth, predicted = codes[truth], codes[predicted]
        cells = grouping.codes.astype(numpy.int64)
        cells *= num
        cells += truth
        cells *= num
        cells += predicted
        if grouping.num_groups * num * num <= _MAX_DENSE:
            dense = numpy.bincount(cells, minlength=grouping.num_groups * num * num)
            found = dense.nonzero()[0]
            counts = dense[found]
        else:
            found, counts = numpy.unique(cells, return_counts=True)
        rows, predicted = numpy.divmod(found, num)
        group, truth = numpy.divmod(rows, num)
        ends = group.searchsorted(numpy.arange(grouping.num_groups + 1)).tolist()
        return [
            cls(classes, pairs.positive, truth[low:high], predicted[low:high], counts[low:high])
            for low, high in pairwise(ends)
        ]

    @classmethod
    def merge_all(cls, parts: Sequence[Self]) -> Self:
        """Add the counts of the same cells, by the texts of their classes."""
        classes = parts[0].classes
        if any(part.classes != classes for part in parts):
            classes = tuple(sorted(set().union(*(part.classes for part in parts))))
        places = {text: place for place, text in enumerate(classes)}
        num = len(classes)
        cells = []
        for part in parts:
            truth, predicted = part.truth, part.predicted
            if part.classes != classes:
                codes = numpy.array([places[text] for text in part.classes], numpy.int64)
                truth, predicted = codes[truth], codes[predicted]
            cells.append(truth * num + predicted)
        found, counts = _add_cells(
            numpy.concatenate(cells), numpy.concatenate([part.counts for part in parts]), num
        )
        positive = next((part.positive for part in parts if part.positive is not None), None)
        return cls(classes, positive, found // max(num, 1), found % max(num, 1), counts)

    def merge(self, other: Self) -> Self:
        """Add the counts of the same cells."""
        return self.merge_all([self, other])

    @property
    def num_pairs(self) -> int:
        """How many pairs there are."""
        return int(self.counts.sum())

    @property
    def present(self) -> NDArray[numpy.int64]:
        """The places of the classes that labels or predictions have, ascending."""
        seen = numpy.zeros(len(self.classes), bool)
        seen[self.truth] = seen[self.predicted] = True
        return seen.nonzero()[0]

    @property
    def hits(self) -> NDArray[numpy.int64]:
        """How many pairs of each class are predicted right."""
        right = self.truth == self.predicted
        return _add(self.truth[right], self.counts[right], len(self.classes))

    @property
    def labelled(self) -> NDArray[numpy.int64]:
        """How many labels each class has."""
        return _add(self.truth, self.counts, len(self.classes))

    @property
    def predictions(self) -> NDArray[numpy.int64]:
        """How many predictions each class has."""
        return _add(self.predicted, self.counts, len(self.classes))

    def outcomes(self) -> tuple[int, int, int, int]:
        """Count true positives, false positives, false negatives and true negatives."""
        place = self.classes.index(self.positive) if self.positive in self.classes else -1
        is_true, is_told = self.truth == place, self.predicted == place
        tp = int(self.counts[is_true & is_told].sum())
        fp = int(self.counts[is_told].sum()) - tp
        fn = int(self.counts[is_true].sum()) - tp
        return tp, fp, fn, self.num_pairs - tp - fp - fn

    def to_plain(self) -> list[Any]:
        """Turn the counts into texts and bytes; classes that do not occur are left out."""
        present = self.present
        codes = numpy.zeros(len(self.classes), numpy.int64)
        codes[present] = numpy.arange(len(present))
        classes = [self.classes[place] for place in present.tolist()]
        cells = (pack(codes[self.truth]), pack(codes[self.predicted]), pack(self.counts))
        return [classes, self.positive, *cells]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the counts again; a ValueError or TypeError tells what cannot be some."""
        classes, positive, *cells = plain
        truth, predicted, counts = (unpack(one, _MAX_CELLS) for one in cells)
        if not len(truth) == len(predicted) == len(counts):
            raise ValueError("cells of a confusion matrix of unequal lengths")
        if len(truth) and max(int(truth.max()), int(predicted.max())) >= len(classes):
            raise ValueError("cells of a confusion matrix without a class")
        return cls(tuple(classes), positive, truth, predicted, counts)


def _sorted_classes(
    classes: tuple[str, ...],
) -> tuple[tuple[str, ...], NDArray[numpy.int64] | None]:
    """Sort the classes, and tell where each came to; None if they were sorted."""
    order = sorted(range(len(classes)), key=classes.__getitem__)
    if order == list(range(len(classes))):
        return classes, None
    codes = numpy.empty(len(classes), numpy.int64)
    codes[order] = numpy.arange(len(classes))
    return tuple(classes[place] for place in order), codes


def _add_cells(
    cells: NDArray[numpy.int64], counts: NDArray[numpy.int64], num: int
) -> tuple[NDArray[numpy.int64], NDArray[numpy.int64]]:
    """Add the counts of equal cells of a matrix of so many classes."""
    if num <= _FEW_CLASSES:
        dense = numpy.bincount(cells, counts, num * num).astype(numpy.int64)
        found = dense.nonzero()[0]
        return found, dense[found]
    found, inverse = numpy.unique(cells, return_inverse=True)
    return found, _add(inverse, counts, len(found))


def _add(
    places: NDArray[numpy.int64], counts: NDArray[numpy.int64], num: int
) -> NDArray[numpy.int64]:
    # Counts are far below 2**53, up to which sums of float64 are exact.
    return numpy.bincount(places, counts, num).astype(numpy.int64)


statistics.add("confusion", Confusion)

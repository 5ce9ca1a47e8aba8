"""Histogram of binary scores: exact while there are few distinct ones, else on a fixed grid.

Whether it is exact depends on the set of scores alone, and so does the grid, which never moves. So
parts merge to the same histogram in any order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy

from mltrace.profiles.packing import pack, pack_ascending, unpack, unpack_ascending
from mltrace.tasks.statistics.exactness import is_exact_wanted
from mltrace.tasks.statistics.statistic import Statistic, statistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mltrace.tasks.grouping import Grouping
    from mltrace.tasks.pairs import Pairs

MAX_EXACT: Final = 4096
"""Most distinct scores that are kept as they are."""
_NUM_OCTAVES: Final = 12
_LEAST: Final = 2.0**-_NUM_OCTAVES
_SHIFT: Final = 43  # leaves the exponent and 9 bits of the mantissa
_FIRST: Final = int(numpy.float64(_LEAST).view(numpy.int64)) >> _SHIFT
_MIDDLE: Final = (int(numpy.float64(0.5 + _LEAST).view(numpy.int64)) >> _SHIFT) - _FIRST
NUM_BINS: Final = 2 * _MIDDLE + 1
_ONE: Final = numpy.uint64(1)
_MAX_CELLS: Final = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class ScoreHistogram(Statistic):
    """How many positive and negative pairs have each score, or each bin of scores.

    Attributes
    ----------
    scores : array of float64, shape (num_scores,)
        Ascending: all scores that there are, or the middles of bins.
    positives, negatives : array of int64, shape (num_scores,)
        How many labels are, and are not, the positive class.
    is_exact : bool
        Whether there are no bins; up to 4,096 distinct scores.

    Notes
    -----
    Bins grow with the distance t of a score from the nearer of 0 and 1: 512 for each doubling of
    t + 1 / 4,096. Near 0 and 1 their width is 4.8e-7, in the middle 0.001. There are 11,265.
    """

    VERSION: ClassVar[int] = 1

    scores: NDArray[numpy.float64]
    positives: NDArray[numpy.int64]
    negatives: NDArray[numpy.int64]
    is_exact: bool = True

    @classmethod
    def collect(cls, pairs: Pairs, grouping: Grouping, /) -> list[Self]:
        """Count the pairs of each group by score; those without a score are left out."""
        if pairs.scores is None:
            return [_EMPTY] * grouping.num_groups  # type: ignore[list-item]
        return cls.collect_scores(pairs.scores, pairs.is_positive, grouping)

    @classmethod
    def collect_scores(
        cls,
        scores: NDArray[numpy.float64],
        is_positive: NDArray[numpy.bool_],
        grouping: Grouping,
    ) -> list[Self]:
        """Count by score which rows of each group are positive."""
        missing = numpy.isnan(scores)
        if missing.any():
            kept = ~missing
            grouping = grouping.take(kept)
            scores, is_positive = scores[kept], is_positive[kept]
        # A score of [0, 1] as its bits leaves room for the label, so that both are sorted at once.
        keys = (scores + 0.0).view(numpy.uint64) << _ONE  # -0.0 becomes 0.0
        keys |= is_positive
        bounds = grouping.bounds
        for low, high in pairwise(bounds):
            keys[low:high].sort()
        return cls._of_sorted(keys, bounds)

    @classmethod
    def _of_sorted(cls, keys: NDArray[numpy.uint64], bounds: list[int]) -> list[Self]:
        values = keys >> _ONE
        is_last = numpy.ones(len(keys), bool)
        numpy.not_equal(values[1:], values[:-1], out=is_last[:-1])
        is_last[numpy.array(bounds[1:], dtype=numpy.int64)[numpy.diff(bounds) > 0] - 1] = True
        last = is_last.nonzero()[0]
        up_to = (keys & _ONE).astype(numpy.int64).cumsum()[last]
        positives = numpy.diff(up_to, prepend=0)
        negatives = numpy.diff(last + 1, prepend=0) - positives
        scores = values[last].view(numpy.float64)
        ends = last.searchsorted(bounds).tolist()
        return [
            cls._fitting(scores[low:high], positives[low:high], negatives[low:high])
            for low, high in pairwise(ends)
        ]

    @classmethod
    def _fitting(
        cls,
        scores: NDArray[numpy.float64],
        positives: NDArray[numpy.int64],
        negatives: NDArray[numpy.int64],
    ) -> Self:
        """Keep distinct scores as they are, or bin them if there are too many."""
        whole = cls(scores, positives, negatives)
        return whole if len(scores) <= MAX_EXACT or is_exact_wanted() else whole._binned()

    def _binned(self) -> Self:
        """Count by bin."""
        if not self.is_exact or not len(self.scores):
            return replace(self, is_exact=False)
        places = bins_of(self.scores)
        first = numpy.diff(places, prepend=-1).nonzero()[0]
        counts = [numpy.add.reduceat(one, first) for one in (self.positives, self.negatives)]
        return type(self)(_MIDDLES[places[first]], counts[0], counts[1], is_exact=False)

    @classmethod
    def merge_all(cls, parts: Sequence[Self]) -> Self:
        """Add the counts of equal scores, or of bins."""
        if len(parts) == 2:
            return parts[0].merge(parts[1])
        scores, positives, negatives = (
            numpy.concatenate([getattr(part, name) for part in parts])
            for name in ("scores", "positives", "negatives")
        )
        if not all(part.is_exact for part in parts):
            places = bins_of(scores)
            # Counts are far below 2**53, up to which sums of float64 are exact.
            sums = [numpy.bincount(places, one, NUM_BINS) for one in (positives, negatives)]
            used = (sums[0] + sums[1]).nonzero()[0]
            counts = [one[used].astype(numpy.int64) for one in sums]
            return cls(_MIDDLES[used], counts[0], counts[1], is_exact=False)
        order = scores.argsort(kind="stable")  # which merges ascending runs
        scores = scores[order]
        is_last = numpy.ones(len(scores), bool)
        numpy.not_equal(scores[1:], scores[:-1], out=is_last[:-1])
        counts = [
            numpy.diff(one[order].cumsum()[is_last], prepend=0) for one in (positives, negatives)
        ]
        return cls._fitting(scores[is_last], counts[0], counts[1])

    def merge(self, other: Self) -> Self:
        """Add the counts of equal scores, or of bins: those of the fewer into those of the more."""
        more, fewer = self, other
        if more.is_exact != fewer.is_exact:
            more, fewer = more._binned(), fewer._binned()
        if len(more.scores) < len(fewer.scores):
            more, fewer = fewer, more
        where = more.scores.searchsorted(fewer.scores)
        is_new = numpy.ones(len(where), bool)
        inside = where < len(more.scores)
        is_new[inside] = more.scores[where[inside]] != fewer.scores[inside]
        new = where[is_new]
        scores = numpy.insert(more.scores, new, fewer.scores[is_new])
        counts = [numpy.insert(one, new, 0) for one in (more.positives, more.negatives)]
        places = where + is_new.cumsum() - is_new
        counts[0][places] += fewer.positives
        counts[1][places] += fewer.negatives
        if not more.is_exact:
            return type(self)(scores, counts[0], counts[1], is_exact=False)
        return self._fitting(scores, counts[0], counts[1])

    @property
    def num_positives(self) -> int:
        """How many labels are the positive class."""
        return int(self.positives.sum())

    @property
    def num_negatives(self) -> int:
        """How many labels are not."""
        return int(self.negatives.sum())

    @property
    def num_pairs(self) -> int:
        """How many pairs have a score."""
        return self.num_positives + self.num_negatives

    def to_plain(self) -> list[Any]:
        """Turn the counts into bytes."""
        keys = self.scores.view(numpy.uint64) if self.is_exact else bins_of(self.scores)
        packed = pack_ascending(keys.astype(numpy.uint64))
        return [self.is_exact, packed, pack(self.positives), pack(self.negatives)]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the histogram again; a ValueError or TypeError tells what cannot be one."""
        is_exact, packed, *counts = plain
        most = MAX_EXACT if is_exact else NUM_BINS
        keys = unpack_ascending(packed, most)
        positives, negatives = (unpack(one, most) for one in counts)
        if not len(keys) == len(positives) == len(negatives):
            raise ValueError("scores and counts of unequal lengths")
        if not is_exact and len(keys) and int(keys[-1]) >= NUM_BINS:
            raise ValueError("a bin that there is not")
        scores = keys.view(numpy.float64) if is_exact else _MIDDLES[keys.astype(numpy.int64)]
        return cls(scores, positives, negatives, bool(is_exact))


def bins_of(scores: NDArray[numpy.float64]) -> NDArray[numpy.int64]:
    """Tell in which bin each score is; they ascend with the scores.

    Examples
    --------
    >>> bins_of(numpy.array([0.0, 0.5, 1.0])).tolist()
    [0, 5632, 11264]
    """
    left = scores <= 0.5
    distances = numpy.where(left, scores, 1.0 - scores) + _LEAST
    places = (distances.view(numpy.int64) >> _SHIFT) - _FIRST
    return numpy.where(left, places, 2 * _MIDDLE - places)


def _middles() -> NDArray[numpy.float64]:
    keys = numpy.arange(_FIRST, _FIRST + _MIDDLE + 1, dtype=numpy.int64)
    low = (keys << _SHIFT).view(numpy.float64) - _LEAST
    high = ((keys + 1) << _SHIFT).view(numpy.float64) - _LEAST
    left = (low + high)[:-1] / 2
    return numpy.concatenate((left, [0.5], 1.0 - left[::-1]))


_MIDDLES: Final = _middles()
_NONE: Final = numpy.empty(0, numpy.int64)
_EMPTY: Final = ScoreHistogram(numpy.empty(0), _NONE, _NONE)

statistics.add("score_histogram", ScoreHistogram)

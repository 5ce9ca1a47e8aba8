"""What scores promise and what came true, by bins of equal width: exact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy

from mltrace.errors import ArgumentError
from mltrace.tasks.statistics.statistic import Statistic, statistics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.tasks.grouping import Grouping
    from mltrace.tasks.pairs import Pairs

_NUM_SUMS: Final = 5
_MAX_BINS: Final = 1000


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationBins(Statistic):
    """Sums for each bin of scores; the first bin holds 0, each its upper end.

    Attributes
    ----------
    sums : array of float64, shape (5, num_bins)
        Pairs; those that came true; scores; their squares; scores of those that came true. Of a
        binary task the score promises the positive class, of a multiclass one the highest score
        promises that the prediction is right.
    """

    VERSION: ClassVar[int] = 1

    sums: NDArray[numpy.float64]

    @classmethod
    def collect(cls, pairs: Pairs, grouping: Grouping, /, *, num_bins: int = 10) -> list[Self]:
        """Sum up the scores of each group; pairs without one are left out."""
        if (
            isinstance(num_bins, bool)
            or not isinstance(num_bins, int)
            or not (1 <= num_bins <= _MAX_BINS)
        ):
            raise ArgumentError(f"{num_bins!r} bins; there are from 1 to {_MAX_BINS:,}.")
        if pairs.scores is None:
            return [cls(numpy.zeros((_NUM_SUMS, num_bins)))] * grouping.num_groups
        scores, is_true = _promises(pairs)
        missing = numpy.isnan(scores)
        if missing.any():
            scores, is_true, grouping = scores[~missing], is_true[~missing], grouping.take(~missing)
        edges = numpy.linspace(0.0, 1.0, num_bins + 1)[1:-1]
        places = grouping.codes.astype(numpy.int64) * num_bins
        places += edges.searchsorted(scores)
        size = grouping.num_groups * num_bins
        sums = [
            numpy.bincount(places, weights, size)
            for weights in (None, is_true, scores, scores * scores, scores * is_true)
        ]
        table = (
            numpy.stack(sums)
            .astype(numpy.float64)
            .reshape(_NUM_SUMS, grouping.num_groups, num_bins)
        )
        return [cls(table[:, group]) for group in range(grouping.num_groups)]

    def merge(self, other: Self) -> Self:
        """Add up."""
        return type(self)(self.sums + other.sums)

    def to_plain(self) -> list[Any]:
        """Turn the sums into numbers."""
        return [self.sums.tolist()]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the sums again."""
        sums = numpy.array(plain[0], dtype=numpy.float64)
        if sums.ndim != 2 or len(sums) != _NUM_SUMS:
            raise ValueError(f"sums of the shape {sums.shape}")
        return cls(sums)


def _promises(pairs: Pairs) -> tuple[NDArray[numpy.float64], NDArray[numpy.bool_]]:
    scores = numpy.asarray(pairs.scores)
    if scores.ndim == 1:
        return scores, pairs.is_positive
    return scores.max(axis=1), pairs.truth == pairs.predicted


statistics.add("calibration_bins", CalibrationBins)

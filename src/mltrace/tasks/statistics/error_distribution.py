"""How absolute errors are distributed: exact while there are few, else by relative bins."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy

from mltrace.profiles.dyadic_histogram import BITS, DyadicHistogram, count_ascending
from mltrace.tasks.statistics.exactness import is_exact_wanted
from mltrace.tasks.statistics.statistic import Statistic, statistics

if TYPE_CHECKING:
    from mltrace.tasks.grouping import Grouping
    from mltrace.tasks.pairs import Pairs


@dataclass(frozen=True, slots=True, eq=False)
class ErrorDistribution(Statistic):
    """A histogram of absolute errors by their ordered bits, which are those of float64.

    Attributes
    ----------
    histogram : DyadicHistogram
        At least 256 distinct errors are kept as they are.
    """

    VERSION: ClassVar[int] = 1

    histogram: DyadicHistogram

    @classmethod
    def collect(cls, pairs: Pairs, grouping: Grouping, /) -> list[Self]:
        """Count the errors of each group."""
        errors = numpy.abs(pairs.truth.astype(numpy.float64) - pairs.predicted)
        keys = errors.view(numpy.uint64)
        bounds = grouping.bounds
        found = []
        for low, high in pairwise(bounds):
            keys[low:high].sort()
            if is_exact_wanted():
                found.append(cls(DyadicHistogram(BITS, *count_ascending(keys[low:high]))))
            else:
                found.append(cls(DyadicHistogram.of_sorted(keys[low:high])))
        return found

    def merge(self, other: Self) -> Self:
        """Add the counts."""
        return type(self)(self.histogram.merge(other.histogram))

    @property
    def num_pairs(self) -> int:
        """How many errors there are."""
        return int(self.histogram.counts.sum())

    def at_rank(self, rank: int) -> tuple[float, float]:
        """Tell between which ends the error of a rank is, from 1; both are it where it is known."""
        place = int(self.histogram.counts.cumsum().searchsorted(rank))
        keys = numpy.array([self.histogram.keys[place], self.histogram.ends[place]])
        low, high = keys.view(numpy.float64).tolist()
        return low, high

    def to_plain(self) -> list[Any]:
        """Turn the histogram into numbers and bytes."""
        return self.histogram.to_plain()

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the histogram again."""
        return cls(DyadicHistogram.from_plain(plain))


statistics.add("error_distribution", ErrorDistribution)

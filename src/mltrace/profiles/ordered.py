"""Values as ordered 64-bit keys: their histogram, how many are distinct, which are frequent.

While the histogram is exact, so is all that is derived from it, and nothing else is kept. What
follows it when it no longer is are HyperLogLog and Misra-Gries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy

from mltrace.profiles.dyadic_histogram import DyadicHistogram
from mltrace.profiles.hyperloglog import HyperLogLog
from mltrace.profiles.misra_gries import MisraGries

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    HashKeys = Callable[[NDArray[numpy.uint64]], NDArray[numpy.uint64]]

MAX_TOP: Final = 10
PROBABILITIES: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """What is collected of keys.

    Attributes
    ----------
    histogram : DyadicHistogram
    distinct : HyperLogLog or None
    frequent : MisraGries or None
        None while the histogram holds each value by itself.
    """

    histogram: DyadicHistogram
    distinct: HyperLogLog | None = None
    frequent: MisraGries | None = None

    @classmethod
    def of(
        cls,
        histogram: DyadicHistogram,
        frequent: MisraGries,
        hashes: NDArray[numpy.uint64] | None = None,
    ) -> Self:
        """Put together what was collected; the hashes of values where keys may not tell them apart.

        Parameters
        ----------
        histogram, frequent
            Of all keys.
        hashes : array of uint64
            Of all values; None where the histogram is exact.
        """
        if hashes is None:
            return cls(histogram)
        return cls(histogram, HyperLogLog.of(hashes), frequent)

    @property
    def is_exact(self) -> bool:
        """Whether each value is known."""
        return self.distinct is None

    def merge(self, other: Self, hash_keys: HashKeys) -> Self:
        """Put together what two sets of keys hold; `hash_keys` hashes the values of exact ones."""
        histogram = self.histogram.merge(other.histogram)
        if histogram.is_exact and self.is_exact and other.is_exact:
            return type(self)(histogram)
        distinct = self._to_distinct(hash_keys).merge(other._to_distinct(hash_keys))
        return type(self)(histogram, distinct, self._to_frequent().merge(other._to_frequent()))

    def _to_distinct(self, hash_keys: HashKeys) -> HyperLogLog:
        return self.distinct or HyperLogLog.of(hash_keys(self.histogram.keys))

    def _to_frequent(self) -> MisraGries:
        histogram = self.histogram
        return self.frequent or MisraGries.of_counts(histogram.keys, histogram.counts)

    @property
    def num_distinct(self) -> float:
        """How many values are distinct; never more than there are."""
        if self.distinct is None:
            return float(len(self.histogram.keys))
        most = int(self.histogram.counts.sum())
        return float(min(most, max(len(self.histogram.keys), round(self.distinct.estimate()))))

    def top(self) -> tuple[NDArray[numpy.uint64], list[int], int]:
        """Find the most frequent keys, how often they stand, and how often others do at most."""
        frequent = self._to_frequent()
        if self.is_exact:
            keys, counts, error = self.histogram.keys, self.histogram.counts, 0
        else:
            sure = frequent.counts > frequent.error
            keys, counts, error = frequent.keys[sure], frequent.counts[sure], frequent.error
        order = numpy.argsort(-counts, kind="stable")
        first, rest = order[:MAX_TOP], order[MAX_TOP : MAX_TOP + 1]
        most_left = error + (int(counts[rest[0]]) if len(rest) else 0)
        return keys[first], counts[first].tolist(), most_left

    def at_ranks(
        self, ranks: NDArray[numpy.int64], ends: tuple[NDArray[Any], NDArray[Any]]
    ) -> NDArray[numpy.float64]:
        """Tell the values of ranks from 0, evenly spread in each bin.

        Parameters
        ----------
        ranks : array of int64
            Places in ascending order.
        ends : pair of arrays, shape (num_bins,)
            The least and the greatest value of each bin.
        """
        counts = self.histogram.counts
        below = numpy.cumsum(counts)
        bins = numpy.searchsorted(below, ranks, side="right")
        within = (ranks - (below[bins] - counts[bins]) + 0.5) / counts[bins]
        low, high = ends[0][bins], ends[1][bins]
        return numpy.asarray(low * (1 - within) + high * within, numpy.float64)

    def quantiles(self, ends: tuple[NDArray[Any], NDArray[Any]]) -> Sequence[float]:
        """Tell the quantiles of `PROBABILITIES`, between two values by linear interpolation."""
        places = (int(self.histogram.counts.sum()) - 1) * numpy.array(PROBABILITIES)
        lower = numpy.floor(places)
        share = places - lower
        low = self.at_ranks(lower.astype(numpy.int64), ends)
        high = self.at_ranks(numpy.ceil(places).astype(numpy.int64), ends)
        found: list[float] = numpy.where(
            low == high, low, low * (1 - share) + high * share
        ).tolist()
        return found

    def must_hold(self, num_values: int, least: int, greatest: int) -> None:
        """Raise a ValueError unless so many keys lie just between the least and the greatest."""
        histogram = self.histogram
        if num_values != histogram.counts.sum():
            raise ValueError(f"{num_values} values in bins of {histogram.counts.sum()}")
        keys, ends = histogram.keys, histogram.ends
        if num_values and not (keys[0] <= least <= ends[0] and keys[-1] <= greatest <= ends[-1]):
            raise ValueError("the least and the greatest value are not in the outer bins")

    def to_plain(self) -> list[Any]:
        """Turn it into lists, numbers and bytes."""
        distinct = self.distinct.to_plain() if self.distinct else None
        return [self.histogram.to_plain(), distinct, self.frequent and self.frequent.to_plain()]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make it again; a ValueError or TypeError tells what cannot be one."""
        histogram, distinct, frequent = plain
        if (distinct is None) != (frequent is None):
            raise ValueError("one sketch without the other")
        return cls(
            DyadicHistogram.from_plain(histogram),
            None if distinct is None else HyperLogLog.from_plain(distinct),
            None if frequent is None else MisraGries.from_plain(frequent),
        )

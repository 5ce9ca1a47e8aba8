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
    from collections.abc import Callable

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
            (keys, counts), error = frequent.sure(), frequent.error
        order = numpy.argsort(-counts, kind="stable")
        first, rest = order[:MAX_TOP], order[MAX_TOP : MAX_TOP + 1]
        most_left = error + (int(counts[rest[0]]) if len(rest) else 0)
        return keys[first], counts[first].tolist(), most_left

    def pieces(
        self, least: int, greatest: int
    ) -> tuple[NDArray[numpy.uint64], NDArray[numpy.uint64], NDArray[numpy.int64]]:
        """Part the bins between the least and the greatest key at those that surely stand often.

        Returns
        -------
        low, high, counts : arrays, shape (num_pieces,)
            The first and the last key of each piece, ascending, and how many values are there.
        """
        histogram = self.histogram
        low = numpy.maximum(histogram.keys, numpy.uint64(least))
        high = numpy.minimum(histogram.ends, numpy.uint64(greatest))
        counts = histogram.counts
        if self.frequent is None or histogram.is_exact:
            return low, high, counts
        keys, known = self.frequent.sure()
        places = numpy.searchsorted(low, keys, side="right") - 1
        parted: list[tuple[int, int, int]] = []
        for place in numpy.unique(places).tolist():
            atoms = zip(
                keys[places == place].tolist(), known[places == place].tolist(), strict=True
            )
            parted += _parted(int(low[place]), int(high[place]), int(counts[place]), list(atoms))
        if not parted:
            return low, high, counts
        lows, highs, parts = zip(*parted, strict=True)
        low = numpy.append(numpy.delete(low, places), numpy.array(lows, numpy.uint64))
        high = numpy.append(numpy.delete(high, places), numpy.array(highs, numpy.uint64))
        order = numpy.argsort(low)
        return low[order], high[order], numpy.append(numpy.delete(counts, places), parts)[order]

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


def _parted(
    low: int, high: int, count: int, atoms: list[tuple[int, int]]
) -> list[tuple[int, int, int]]:
    """Part a bin at single keys with known counts; the others are spread over what is between."""
    starts = [low, *(key + 1 for key, _ in atoms)]
    ends = [*(key - 1 for key, _ in atoms), high]
    between = [(start, end) for start, end in zip(starts, ends, strict=True) if start <= end]
    others = count - sum(known for _, known in atoms)
    width = sum(end - start + 1 for start, end in between)
    pieces = [(key, key, known) for key, known in atoms]
    if not between:  # then all are among the known keys
        pieces[0] = (*pieces[0][:2], pieces[0][2] + others)
    passed = told = 0
    for start, end in between:
        passed += end - start + 1
        until = others * passed // width
        if until > told:
            pieces.append((start, end, until - told))
        told = until
    return pieces

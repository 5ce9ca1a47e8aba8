"""Values as ordered 64-bit keys: their histogram, how many are distinct, which are frequent.

While the histogram is exact, so is all that is derived from it, and nothing else is kept. What
follows it when it no longer is are sketches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy

from mltrace.profiles.dyadic_histogram import DyadicHistogram
from mltrace.profiles.sketches import Sketches

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mltrace.profiles.misra_gries import MisraGries

    HashKeys = Callable[[NDArray[numpy.uint64]], NDArray[numpy.uint64]]

MAX_TOP: Final = 10
PROBABILITIES: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """What is collected of keys.

    Attributes
    ----------
    histogram : DyadicHistogram
    beyond : Sketches or None
        None while the histogram holds each value by itself.
    """

    histogram: DyadicHistogram
    beyond: Sketches | None = None

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
        return cls(histogram, None if hashes is None else Sketches.of(frequent, hashes))

    @property
    def is_exact(self) -> bool:
        """Whether each value is known."""
        return self.beyond is None

    def merge(self, other: Self, hash_keys: HashKeys) -> Self:
        """Put together what two sets of keys hold; `hash_keys` hashes the values of exact ones."""
        if not len(self.histogram.keys) or not len(other.histogram.keys):
            return other if not len(self.histogram.keys) else self
        histogram = self.histogram.merge(other.histogram)
        if histogram.is_exact and self.is_exact and other.is_exact:
            return type(self)(histogram)
        return type(self)(histogram, self._sketched(hash_keys).merge(other._sketched(hash_keys)))

    def _sketched(self, hash_keys: HashKeys) -> Sketches:
        keys, counts = self.histogram.keys, self.histogram.counts
        return self.beyond or Sketches.of_counts(keys, counts, hash_keys(keys))

    @property
    def num_distinct(self) -> float:
        """How many values are distinct; no less than bins, and no more than values."""
        num_bins = len(self.histogram.keys)
        if self.beyond is None:
            return float(num_bins)
        return max(self.beyond.num_distinct(int(self.histogram.counts.sum())), float(num_bins))

    def top(self) -> tuple[NDArray[numpy.uint64], list[int], int]:
        """Find the most frequent keys, how often they stand, and how often others do at most."""
        if self.beyond is None:
            keys, counts, error = self.histogram.keys, self.histogram.counts, 0
        else:
            tracked = self.beyond.frequent
            keys, counts, error = tracked.keys, tracked.counts, tracked.error
        order = numpy.argsort(-counts, kind="stable")
        num_sure = int(numpy.count_nonzero(counts > error))
        first, rest = numpy.split(order, [min(MAX_TOP, num_sure)])
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
        if self.beyond is None or histogram.is_exact:
            return low, high, counts
        keys, known = self.beyond.frequent.sure()
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
        return [self.histogram.to_plain(), self.beyond and self.beyond.to_plain()]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make it again; a ValueError or TypeError tells what cannot be one."""
        histogram, beyond = plain
        made = None if beyond is None else Sketches.from_plain(beyond)
        return cls(DyadicHistogram.from_plain(histogram), made)


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

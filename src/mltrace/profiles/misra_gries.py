"""Misra-Gries: the values that stand most often, with an error that holds after any merging."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy

from mltrace.profiles.dyadic_histogram import add_up, count_ascending
from mltrace.profiles.packing import pack, pack_ascending, unpack, unpack_ascending

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_ITEMS: Final = 64
_RUNS_PER_BLOCK: Final = 1024


@dataclass(frozen=True, slots=True, eq=False)
class MisraGries:
    """Counts of frequent keys: each stands at least as often, and at most `error` times more.

    Attributes
    ----------
    keys : array of uint64, shape (num_items,)
        The frequent keys, ascending.
    counts : array of int64, shape (num_items,)
        Lower bounds of how often each stands.
    error : int
        How often a key that is missing stands at most.

    References
    ----------
    Misra, Gries (1982), Finding repeated elements, doi:10.1016/0167-6423(82)90012-0. Agarwal et
    al. (2012), Mergeable summaries, doi:10.1145/2213556.2213562.

    Examples
    --------
    >>> zeros = MisraGries.of_sorted(numpy.zeros(1000, numpy.uint64))
    >>> zeros.merge(zeros).counts.tolist()
    [2000]
    """

    keys: NDArray[numpy.uint64]
    counts: NDArray[numpy.int64]
    error: int

    @classmethod
    def empty(cls) -> Self:
        """Hold nothing."""
        return cls(numpy.empty(0, numpy.uint64), numpy.empty(0, numpy.int64), 0)

    @classmethod
    def of_sorted(cls, keys: NDArray[numpy.uint64]) -> Self:
        """Count keys in ascending order: of many, those in runs that are met at two strides."""
        if not len(keys):
            return cls.empty()
        stride = len(keys) // _RUNS_PER_BLOCK
        if stride < 2:
            return cls._pruned(*count_ascending(keys), 0)
        met = keys[::stride]
        found = numpy.unique(met[1:][met[1:] == met[:-1]])
        counts = keys.searchsorted(found, side="right") - keys.searchsorted(found)
        return cls._pruned(found, counts, 2 * stride - 1)

    @classmethod
    def of_counts(cls, keys: NDArray[numpy.uint64], counts: NDArray[numpy.int64]) -> Self:
        """Take the most frequent of distinct ascending keys with their exact counts."""
        return cls._pruned(keys, counts, 0)

    def merge(self, other: Self) -> Self:
        """Add counts and errors, then take the count of the first left out from all."""
        if not len(self.keys) or not len(other.keys):
            held = self if len(self.keys) else other
            return type(self)(held.keys, held.counts, self.error + other.error)
        keys = numpy.concatenate((self.keys, other.keys))
        counts = numpy.concatenate((self.counts, other.counts))
        return self._pruned(*add_up(keys, counts), self.error + other.error)

    @classmethod
    def _pruned(cls, keys: NDArray[Any], counts: NDArray[Any], error: int) -> Self:
        if len(keys) <= MAX_ITEMS:
            return cls(keys, counts, error)
        # Most counts are mostly the least one, and a partition of equal numbers is slow.
        least = counts.min()
        above = counts[counts > least]
        spare = len(above) - MAX_ITEMS - 1
        cut = int(least if spare < 0 else numpy.partition(above, spare)[spare])
        stays = counts > cut
        return cls(keys[stays], counts[stays] - cut, error + cut)

    def sure(self) -> tuple[NDArray[numpy.uint64], NDArray[numpy.int64]]:
        """Give the keys that certainly stand more often than any that is missing, and counts."""
        sure = self.counts > self.error
        return self.keys[sure], self.counts[sure]

    def to_plain(self) -> list[Any]:
        """Turn the summary into numbers and bytes."""
        return [pack_ascending(self.keys), pack(self.counts), self.error]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the summary again; a ValueError or TypeError tells what cannot be one."""
        packed, packed_counts, error = plain
        keys, counts = unpack_ascending(packed, MAX_ITEMS), unpack(packed_counts, MAX_ITEMS)
        if len(keys) != len(counts):
            raise ValueError(f"{len(keys)} keys with {len(counts)} counts")
        return cls(keys, counts, int(error))

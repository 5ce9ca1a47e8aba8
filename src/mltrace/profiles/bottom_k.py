"""The values with the smallest hashes, and how often each stands: a sample that is exact to merge.

Hashes are as good as random, so the distinct values with the k smallest ones are a sample of all
distinct values. Which they are depends on nothing but the values, so partitions merge exactly, in
any order, and the samples of two tables hold the same values where the tables do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy

from mltrace.profiles.dyadic_histogram import add_up, count_ascending
from mltrace.profiles.packing import pack, pack_ascending, unpack, unpack_ascending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Hashes = NDArray[numpy.uint64]
    Counts = NDArray[numpy.int64]

_ALL: Final = 2.0**64
_MAX_SIZE: Final = 1 << 16
_DOUBT: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class BottomK:
    """A sample of distinct values by hash, with how often each stands.

    Attributes
    ----------
    hashes : array of uint64, shape (num_sampled,)
        The smallest hashes, ascending.
    counts : array of int64, shape (num_sampled,)
        How often the value of each stands: exact.
    is_whole : bool
        Whether these are all distinct values.

    Examples
    --------
    >>> few = BottomK.of(numpy.array([7, 3, 7, 9], numpy.uint64), size=2)
    >>> few.hashes.tolist(), few.counts.tolist(), few.is_whole
    ([3, 7], [1, 2], False)

    References
    ----------
    Bar-Yossef et al., "Counting distinct elements in a data stream", RANDOM 2002.
    Beyer et al., "On synopses for distinct-value estimation under multiset operations", SIGMOD
    2007.
    """

    hashes: Hashes
    counts: Counts
    is_whole: bool

    @classmethod
    def of(cls, hashes: Hashes, *, size: int) -> Self:
        """Sample what hashes hold, one of each row."""
        limit = _ALL
        if len(hashes) > 8 * size:
            limit = _ALL / len(hashes) * 4 * size
        while limit < _ALL:
            low, counts = count_hashes(hashes[hashes < numpy.uint64(int(limit))])
            if len(low) > size:
                return cls(low[:size], counts[:size], is_whole=False)
            limit *= 16
        return cls.of_counts(*count_hashes(hashes), size=size)

    @classmethod
    def of_counts(cls, hashes: Hashes, counts: Counts, *, size: int) -> Self:
        """Sample distinct hashes, ascending, each with a count."""
        if len(hashes) <= size:
            return cls(hashes, counts, is_whole=True)
        return cls(hashes[:size].copy(), counts[:size].copy(), is_whole=False)

    def merge(self, other: Self, *, size: int) -> Self:
        """Sample the rows of both."""
        if not len(other.hashes):
            return self
        hashes, counts = add_up(
            numpy.concatenate((self.hashes, other.hashes)),
            numpy.concatenate((self.counts, other.counts)),
        )
        is_whole = self.is_whole and other.is_whole and len(hashes) <= size
        return type(self)(hashes[:size], counts[:size], is_whole=is_whole)

    @property
    def share(self) -> float:
        """The share of all distinct values that was sampled, as their hashes tell it."""
        return 1.0 if self.is_whole else float(self.hashes[-1]) / _ALL

    @property
    def num_distinct(self) -> float:
        """How many distinct values there are: exact if all are known, else an estimate.

        Notes
        -----
        The estimate of k sampled values is unbiased, with a relative error (one standard
        deviation) of `1 / sqrt(k - 2)`.
        """
        if self.is_whole:
            return len(self.hashes)
        return float(round((len(self.hashes) - 1) / self.share))

    def sharpen(
        self, estimate: float, *, error: float, num_rows: int, often: Mapping[int, int]
    ) -> float:
        """Tell how many distinct values there are from how often the sampled ones stand.

        Parameters
        ----------
        estimate, error : float
            An estimate that does without it, and its relative error: one standard deviation.
        num_rows : int
            The rows in all.
        often : mapping of int to int
            The rows of frequent values, by hash: a sample by chance misses most of them.

        Returns
        -------
        float
            Rows over the mean count: nearly exact where most values stand as often as others,
            once each above all. The estimate as it was if counts differ more, or if both
            contradict each other.
        """
        counts = self.counts
        if often:
            keys = numpy.fromiter(often, numpy.uint64, len(often))
            counts = counts[~numpy.isin(self.hashes, keys)]
        if not len(counts):
            return float(round(estimate))
        mean = float(counts.mean())
        by_counts = len(often) + max(num_rows - sum(often.values()), 0) / mean
        is_sharp = float(counts.std()) / mean / math.sqrt(len(counts)) < error
        is_near = abs(by_counts - estimate) <= _DOUBT * error * estimate
        return min(float(round(by_counts if is_sharp and is_near else estimate)), float(num_rows))

    def to_plain(self) -> list[Any]:
        """Turn the sample into bytes that compress well."""
        return [self.is_whole, pack_ascending(self.hashes), pack(self.counts)]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the sample again; a ValueError or TypeError tells what cannot be one."""
        is_whole, packed, packed_counts = plain
        hashes, counts = unpack_ascending(packed, _MAX_SIZE), unpack(packed_counts, _MAX_SIZE)
        if len(hashes) != len(counts) or (counts < 1).any() or not (is_whole or len(hashes)):
            raise ValueError(f"a sample of {len(hashes)} values with {len(counts)} counts")
        return cls(hashes, counts, is_whole=bool(is_whole))


def count_hashes(hashes: Hashes) -> tuple[Hashes, Counts]:
    """Tell the distinct ones of hashes, ascending, and how often each stands."""
    return count_ascending(numpy.sort(hashes))

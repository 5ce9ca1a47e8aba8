"""A sample of the rows of a table by their hashes: for duplicates and shared rows."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

import numpy

from mltrace.profiles.bottom_k import BottomK, count_hashes
from mltrace.profiles.misra_gries import MisraGries
from mltrace.records import RowOverlap

if TYPE_CHECKING:
    from numpy.typing import NDArray

NUM_SAMPLED: Final = 1024
_ERROR: Final = 1 / math.sqrt(NUM_SAMPLED - 2)


def _none() -> BottomK:
    return BottomK.of(numpy.zeros(0, numpy.uint64), size=NUM_SAMPLED)


@dataclass(frozen=True, slots=True, eq=False)
class RowSample:
    """The 1,024 distinct rows with the smallest hashes, and how often each stands.

    Attributes
    ----------
    num_rows : int
        Rows that were looked at.
    sample : BottomK
        The hashes of the sampled ones; all distinct rows where these are no more than 1,024.
    often : MisraGries or None
        The hashes of rows that stand often, which a sample may miss; None where it is whole.

    Examples
    --------
    >>> from mltrace.profiles.hashing import hash_numbers
    >>> monday = RowSample.of(hash_numbers(numpy.array([1, 2, 2, 3])))
    >>> monday.num_duplicates
    1
    >>> monday.overlap(RowSample.of(hash_numbers(numpy.array([2, 3, 4])))).jaccard
    0.5
    """

    num_rows: int = 0
    sample: BottomK = field(default_factory=_none)
    often: MisraGries | None = None

    @classmethod
    def of(cls, hashes: NDArray[numpy.uint64]) -> Self:
        """Sample rows by their hashes."""
        sample = BottomK.of(hashes, size=NUM_SAMPLED)
        often = None if sample.is_whole else MisraGries.of_counts(*count_hashes(hashes))
        return cls(len(hashes), sample, often)

    def merge(self, other: Self) -> Self:
        """Sample the rows of both: as if they had come together."""
        sample = self.sample.merge(other.sample, size=NUM_SAMPLED)
        often = None if sample.is_whole else self._often().merge(other._often())
        return type(self)(self.num_rows + other.num_rows, sample, often)

    def _often(self) -> MisraGries:
        if self.often is not None:
            return self.often
        return MisraGries.of_counts(self.sample.hashes, self.sample.counts)

    @property
    def num_duplicates(self) -> int:
        """How many rows stood before: rows less distinct rows.

        Notes
        -----
        Exact up to 1,024 distinct rows, and where no row stands twice. Else the rows that stand
        often and the counts of the sampled ones tell it, within a fraction of a percent of the
        rows where most stand as often as others; or the number of distinct rows does, estimated
        within 3 % (one standard deviation).
        """
        distinct, often = self.sample.num_distinct, self.often
        if often is not None:
            # Of the others it is not known whether they stand often.
            is_sure = often.counts > often.error
            rows = (often.counts[is_sure] + often.error).tolist()
            known = zip(often.keys[is_sure].tolist(), rows, strict=True)
            distinct = self.sample.sharpen(
                distinct, error=_ERROR, num_rows=self.num_rows, often=dict(known)
            )
        return max(self.num_rows - round(distinct), 0)

    def overlap(self, other: Self) -> RowOverlap:
        """Estimate which part of the rows two tables share.

        Parameters
        ----------
        other : RowSample
            The rows of the other table.
        """
        # Below the smaller of both limits, each sample holds every row of its table.
        ends = [int(one.hashes[-1]) for one in (self.sample, other.sample) if not one.is_whole]
        mine, mine_counts = _up_to(self.sample, min(ends, default=None))
        others, other_counts = _up_to(other.sample, min(ends, default=None))
        _, here, there = numpy.intersect1d(mine, others, assume_unique=True, return_indices=True)
        num_compared = len(mine) + len(others) - len(here)
        return RowOverlap(
            jaccard=_share(len(here), num_compared),
            share=_share(mine_counts[here].sum(), mine_counts.sum()),
            other_share=_share(other_counts[there].sum(), other_counts.sum()),
            num_compared=num_compared,
            is_exact=not ends,
        )

    def to_plain(self) -> list[Any]:
        """Turn the sample into numbers and bytes."""
        often = None if self.often is None else self.often.to_plain()
        return [self.num_rows, self.sample.to_plain(), often]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the sample again; a ValueError or TypeError tells what cannot be one."""
        num_rows, sample, often = plain
        made = BottomK.from_plain(sample)
        if made.is_whole != (often is None):
            raise ValueError("a sample of rows that does not fit what is known beside it")
        return cls(int(num_rows), made, None if often is None else MisraGries.from_plain(often))


def _up_to(sample: BottomK, end: int | None) -> tuple[NDArray[numpy.uint64], NDArray[numpy.int64]]:
    if end is None:
        return sample.hashes, sample.counts
    size = int(numpy.searchsorted(sample.hashes, numpy.uint64(end), side="right"))
    return sample.hashes[:size], sample.counts[:size]


def _share(part: Any, whole: Any) -> float | None:
    return float(part) / float(whole) if whole else None

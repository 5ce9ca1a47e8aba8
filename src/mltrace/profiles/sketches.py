"""What is collected of keys beyond the histogram: how many are distinct, which are frequent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy

from mltrace.profiles.bottom_k import BottomK
from mltrace.profiles.hyperloglog import RELATIVE_ERROR, HyperLogLog
from mltrace.profiles.misra_gries import MisraGries

if TYPE_CHECKING:
    from numpy.typing import NDArray

NUM_SAMPLED: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class Sketches:
    """Sketches of keys that are too many to be known each.

    Attributes
    ----------
    frequent : MisraGries
        Of the keys.
    distinct : HyperLogLog
        Of the hashes of the values.
    sample : BottomK
        Of the hashes as well: where each value stands once, it says so.
    """

    frequent: MisraGries
    distinct: HyperLogLog
    sample: BottomK

    @classmethod
    def of(cls, frequent: MisraGries, hashes: NDArray[numpy.uint64]) -> Self:
        """Look at the hashes of all values."""
        return cls(frequent, HyperLogLog.of(hashes), BottomK.of(hashes, size=NUM_SAMPLED))

    @classmethod
    def of_counts(
        cls,
        keys: NDArray[numpy.uint64],
        counts: NDArray[numpy.int64],
        hashes: NDArray[numpy.uint64],
    ) -> Self:
        """Look at distinct keys, ascending, with how often each stands and the hash of each."""
        order = numpy.argsort(hashes)
        sample = BottomK.of_counts(hashes[order], counts[order], size=NUM_SAMPLED)
        return cls(MisraGries.of_counts(keys, counts), HyperLogLog.of(hashes), sample)

    def merge(self, other: Self) -> Self:
        """Put together the sketches of two sets of values."""
        return type(self)(
            self.frequent.merge(other.frequent),
            self.distinct.merge(other.distinct),
            self.sample.merge(other.sample, size=NUM_SAMPLED),
        )

    def num_distinct(self, num_values: int) -> float:
        """Tell how many of so many values are distinct, from the hashes alone."""
        estimate = self.distinct.estimate()
        return self.sample.sharpen(estimate, error=RELATIVE_ERROR, num_rows=num_values, often={})

    def to_plain(self) -> list[Any]:
        """Turn the sketches into lists, numbers and bytes."""
        return [self.frequent.to_plain(), self.distinct.to_plain(), self.sample.to_plain()]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the sketches again; a ValueError or TypeError tells what cannot be some."""
        frequent, distinct, sample = plain
        return cls(
            MisraGries.from_plain(frequent),
            HyperLogLog.from_plain(distinct),
            BottomK.from_plain(sample),
        )

"""Columns of lists, structs, bytes and whatever else: how many, how different, how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy

from mltrace.profiles.bottom_k import BottomK
from mltrace.profiles.layouts import is_bytes, is_list, list_items, text_buffers
from mltrace.profiles.lengths import Lengths
from mltrace.profiles.nested import hash_values

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

    from mltrace.records import ProfileKind

NUM_SAMPLED: Final = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """What is collected of values that are neither numbers nor texts, booleans or times.

    Attributes
    ----------
    num_values : int
        How many there are.
    sample : BottomK
        Those with the smallest hashes, of which their number follows: exact up to 1,024.
    lengths : Lengths or None
        The items of lists, or the bytes; None if there are neither.
    """

    kind: ClassVar[ProfileKind] = "other"
    num_values: int
    sample: BottomK
    lengths: Lengths | None

    @classmethod
    def of(cls, values: pyarrow.Array) -> tuple[Self, NDArray[numpy.uint64]]:
        """Collect what values of any type hold."""
        hashes = hash_values(values)
        lengths = None
        if is_list(values.type):
            lengths = Lengths.of(list_items(values)[0])
        elif is_bytes(values.type):
            lengths = Lengths.of(numpy.diff(text_buffers(values)[0]).astype(numpy.int64))
        return cls(len(values), BottomK.of(hashes, size=NUM_SAMPLED), lengths), hashes

    def merge(self, other: Self) -> Self:
        """Put together what is known of the values of both."""
        lengths = self.lengths or other.lengths
        if self.lengths and other.lengths:
            lengths = self.lengths.merge(other.lengths)
        sample = self.sample.merge(other.sample, size=NUM_SAMPLED)
        return type(self)(self.num_values + other.num_values, sample, lengths)

    def summarize(self) -> dict[str, Any]:
        """Tell the fields of a `ColumnProfile` that sum the values up."""
        fields: dict[str, Any] = {
            "num_distinct": self.sample.num_distinct,
            "is_distinct_exact": self.sample.is_whole,
        }
        return fields | ({"num_empty": self.lengths.num_zeros} if self.lengths else {})

    def describe(self) -> dict[str, Any]:
        """Tell all fields of a `ColumnProfile` that are known of the values."""
        return self.summarize() | ({"lengths": self.lengths.describe()} if self.lengths else {})

    def to_plain(self) -> list[Any]:
        """Turn the state into lists, numbers and bytes."""
        lengths = None if self.lengths is None else self.lengths.to_plain()
        return [self.num_values, self.sample.to_plain(), lengths]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the state again; a ValueError or TypeError tells what cannot be one."""
        num_values, sample, lengths = plain
        made = None if lengths is None else Lengths.from_plain(lengths)
        return cls(int(num_values), BottomK.from_plain(sample), made)

"""Columns of booleans: how many are true, how many false."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy

from mltrace.profiles.hashing import hash_numbers
from mltrace.records import ValueCount

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

    from mltrace.records import ProfileKind

_HASHES: Final = hash_numbers(numpy.array([0, 1]))


@dataclass(frozen=True, slots=True)
class Booleans:
    """The counts of both values.

    Attributes
    ----------
    num_true, num_false : int
        Rows with each.
    """

    kind: ClassVar[ProfileKind] = "boolean"
    num_true: int
    num_false: int

    @property
    def num_values(self) -> int:
        """How many values there are."""
        return self.num_true + self.num_false

    @classmethod
    def of(cls, values: pyarrow.Array) -> tuple[Self, NDArray[numpy.uint64]]:
        """Count the values of an Arrow array of booleans; they hash as 1 and 0 do."""
        are_true = values.to_numpy(zero_copy_only=False)
        num_true = int(numpy.count_nonzero(are_true))
        return cls(num_true, len(values) - num_true), _HASHES.take(are_true.view(numpy.uint8))

    def merge(self, other: Self) -> Self:
        """Add the counts."""
        return type(self)(self.num_true + other.num_true, self.num_false + other.num_false)

    def summarize(self) -> dict[str, Any]:
        """Tell the fields that sum the values up: the mean is the share of true."""
        return {
            "num_zeros": self.num_false,
            "num_distinct": 1 + (0 < self.num_true < self.num_values),
            "is_distinct_exact": True,
            "min": not self.num_false,
            "max": self.num_true > 0,
            "mean": self.num_true / self.num_values,
        }

    def describe(self) -> dict[str, Any]:
        """Tell all fields of a `ColumnProfile`."""
        counts = [(True, self.num_true), (False, self.num_false)]
        top = sorted(((value, count) for value, count in counts if count), key=lambda one: -one[1])
        return {
            **self.summarize(),
            "top": tuple(ValueCount(value=value, count=count) for value, count in top),
        }

    def to_plain(self) -> list[Any]:
        """Give the counts."""
        return [self.num_true, self.num_false]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Take the counts; a ValueError or TypeError tells what cannot be some."""
        num_true, num_false = map(int, plain)
        if min(num_true, num_false) < 0 or not num_true + num_false:
            raise ValueError(f"{num_true} true and {num_false} false values")
        return cls(num_true, num_false)


def is_boolean(kind: pyarrow.DataType) -> bool:
    """Tell whether values of an Arrow type are booleans."""
    from pyarrow import types

    return bool(types.is_boolean(kind))

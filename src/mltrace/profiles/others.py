"""Values that are only counted: lists, structs, bytes and whatever else a column may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

    from mltrace.records import ProfileKind


@dataclass(frozen=True, slots=True)
class Others:
    """A count of values."""

    kind: ClassVar[ProfileKind] = "other"
    num_values: int = 0

    @classmethod
    def of(cls, values: pyarrow.Array) -> tuple[Self, NDArray[numpy.uint64]]:
        """Count the values."""
        hashes = [hash(str(value)) & 0xFFFFFFFFFFFFFFFF for value in values]
        return cls(len(values)), numpy.array(hashes, numpy.uint64)

    def merge(self, other: Self) -> Self:
        """Add the counts."""
        return type(self)(self.num_values + other.num_values)

    def describe(self) -> dict[str, Any]:
        """Tell nothing more."""
        return {}

    def to_plain(self) -> Any:
        """Give the count."""
        return self.num_values

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Take the count."""
        return cls(plain)

"""Kinds of values in columns, and what each collects.

A state is made of the values of one batch and merged with others. It depends only on the values:
however they are parted into batches, and in which order these merge, exact parts are the same and
estimates stay within their stated error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

if TYPE_CHECKING:
    import numpy
    import pyarrow
    from numpy.typing import NDArray

    from mltrace.records import ProfileKind


class KindState(Protocol):
    """What is collected of the values of one kind in a column; nulls are counted outside."""

    kind: ClassVar[ProfileKind]

    @property
    def num_values(self) -> int:
        """How many values it was made of."""
        ...

    @classmethod
    def of(cls, values: pyarrow.Array) -> tuple[Self, NDArray[numpy.uint64]]:
        """Collect what an array without nulls holds; also hash each value, for those of rows.

        Equal values have equal hashes, whatever the type that holds them.
        """
        ...

    def merge(self, other: Self) -> Self:
        """Put together what two batches hold; neither changes."""
        ...

    def summarize(self) -> dict[str, Any]:
        """Tell the fields of a `ColumnProfile` that sum the values up: none that is long."""
        ...

    def describe(self) -> dict[str, Any]:
        """Tell all fields of a `ColumnProfile` that are known of the values."""
        ...

    def to_plain(self) -> Any:
        """Turn the state into lists, dictionaries, numbers, text and bytes."""
        ...

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the state again from what `to_plain` gave."""
        ...

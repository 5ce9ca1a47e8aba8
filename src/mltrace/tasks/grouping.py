"""Rows that belong to groups, such as hours and slices, of which sums are taken all at once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy

from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Grouping:
    """Which group each row is of; orders and sizes are worked out once, when asked for.

    Parameters
    ----------
    codes : array of int, shape (num_rows,)
        From 0 to `num_groups` - 1.
    num_groups : int

    Examples
    --------
    >>> grouping = Grouping(numpy.array([1, 0, 1]), 3)
    >>> grouping.sums(numpy.array([1.0, 2.0, 3.0])).tolist(), grouping.sizes.tolist()
    ([2.0, 4.0, 0.0], [1, 2, 0])
    """

    def __init__(self, codes: NDArray[Any], num_groups: int) -> None:
        if len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) < num_groups:
            raise ArgumentError(
                f"Groups from {codes.min()} to {codes.max()}; there are {num_groups}, from 0."
            )
        self.codes = codes
        self.num_groups = num_groups

    @cached_property
    def sizes(self) -> NDArray[numpy.int64]:
        """How many rows each group has."""
        return numpy.bincount(self.codes, minlength=self.num_groups)

    @cached_property
    def order(self) -> NDArray[numpy.int64] | None:
        """The places of rows, group by group; None where they are in that order already."""
        if not len(self.codes) or (self.codes[1:] >= self.codes[:-1]).all():
            return None
        narrow = numpy.uint16 if self.num_groups <= 1 << 16 else numpy.int64
        return self.codes.astype(narrow).argsort(kind="stable")  # of 16 bits, by radix

    @cached_property
    def bounds(self) -> list[int]:
        """Where the rows of each group begin, in that order; and the number of all rows."""
        return [0, *self.sizes.cumsum().tolist()]

    def sums(self, values: NDArray[Any]) -> NDArray[numpy.float64]:
        """Add up the values of each group."""
        found = numpy.bincount(self.codes, weights=values, minlength=self.num_groups)
        return found.astype(numpy.float64, copy=False)

    def means(self, values: NDArray[Any]) -> NDArray[numpy.float64]:
        """Take the mean of each group; 0 where there is no row."""
        return self.sums(values) / numpy.maximum(self.sizes, 1)

    def ordered(self, values: NDArray[Any]) -> NDArray[Any]:
        """Copy the values group by group, to be changed in place."""
        return values.copy() if self.order is None else values[self.order]

    def take(self, rows: NDArray[Any]) -> Grouping:
        """Select rows, by their places or a mask."""
        return Grouping(self.codes[rows], self.num_groups)

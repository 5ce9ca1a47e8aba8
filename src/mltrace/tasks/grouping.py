"""Rows in the order of their groups, such as hours and slices, of which sums are taken at once."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_BLOCK: Final = 1 << 17
"""Rows of a block: so few that arrays of them stay in the cache, and are no news to the system."""


class Grouping:
    """Which group each row is of; sizes and bounds are worked out once, when asked for.

    Parameters
    ----------
    codes : array of int, shape (num_rows,)
        From 0 to `num_groups` - 1, ascending.
    num_groups : int

    Examples
    --------
    >>> grouping = Grouping(numpy.array([0, 1, 1]), 3)
    >>> grouping.sums(numpy.array([2.0, 1.0, 3.0])).tolist(), grouping.sizes.tolist()
    ([2.0, 4.0, 0.0], [1, 2, 0])
    """

    def __init__(self, codes: NDArray[Any], num_groups: int) -> None:
        self.codes = codes
        self.num_groups = num_groups

    @cached_property
    def sizes(self) -> NDArray[numpy.int64]:
        """How many rows each group has."""
        return numpy.bincount(self.codes, minlength=self.num_groups)

    @cached_property
    def bounds(self) -> list[int]:
        """Where the rows of each group begin, and the number of all rows."""
        return [0, *self.sizes.cumsum().tolist()]

    def sums(self, values: NDArray[Any]) -> NDArray[numpy.float64]:
        """Add up the values of each group."""
        found = numpy.bincount(self.codes, weights=values, minlength=self.num_groups)
        return found.astype(numpy.float64, copy=False)

    def means(self, values: NDArray[Any]) -> NDArray[numpy.float64]:
        """Take the mean of each group; 0 where there is no row."""
        return self.sums(values) / numpy.maximum(self.sizes, 1)

    def take(self, rows: NDArray[numpy.bool_]) -> Grouping:
        """Select rows by a mask."""
        return Grouping(self.codes[rows], self.num_groups)

    def blocks(self) -> Iterator[tuple[slice, Grouping]]:
        """Part the groups at some of few rows, or one of many: their rows, and their grouping."""
        bounds = numpy.array(self.bounds)
        ends = [0]
        while ends[-1] < self.num_groups:
            most = bounds[ends[-1]] + _BLOCK
            fit = int(bounds.searchsorted(most, side="right")) - 1
            ends.append(max(fit, ends[-1] + 1))
        for first, last in pairwise(ends):
            rows = slice(int(bounds[first]), int(bounds[last]))
            yield rows, Grouping(self.codes[rows] - first, last - first)


def order_of(codes: NDArray[Any], num_groups: int) -> NDArray[numpy.int64] | None:
    """Find the order of rows by group; None where they are in that order already.

    Raises
    ------
    ArgumentError
        If there is a code of no group.
    """
    if len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) < num_groups:
        raise ArgumentError(
            f"Groups from {codes.min()} to {codes.max()}; there are {num_groups:,}, from 0."
        )
    if not len(codes) or (codes[1:] >= codes[:-1]).all():
        return None
    narrow = numpy.uint16 if num_groups <= 1 << 16 else numpy.int64
    return codes.astype(narrow).argsort(kind="stable")  # of 16 bits, by radix

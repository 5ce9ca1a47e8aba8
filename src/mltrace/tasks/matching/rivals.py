"""Rows of which one counts: those of one key, or that are equal otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mltrace.tasks.matching.sorting import SortedKeys

    Rows = NDArray[numpy.uint32]
    Column = Callable[[Rows], NDArray[numpy.int64]]
    """Tells a whole number for each of the rows that it is asked for."""


_LEAST: Final = numpy.iinfo(numpy.int64).min


@dataclass(frozen=True, slots=True)
class Rivals:
    """Rows in groups, each of two or more: `starts` says at which places groups begin."""

    rows: Rows
    starts: NDArray[numpy.int64]

    @classmethod
    def of(cls, made: SortedKeys) -> Self:
        """Group the rows whose keys are there more than once."""
        same = made.keys[1:] == made.keys[:-1]
        if not same.any():
            return cls(made.rows[:0], numpy.empty(0, numpy.int64))
        return cls._grouped(made.rows, same)

    def part(self, column: Column) -> Self:
        """Make groups of those rows of each group that have a value in common."""
        rows, group, values = self.rows, self._group(), column(self.rows)
        same = group[1:] == group[:-1]
        if (same & (values[1:] < values[:-1])).any():
            order = numpy.lexsort((values, group))
            rows, values = rows[order], values[order]
        return self._grouped(rows, same & (values[1:] == values[:-1]))

    def least(self, column: Column) -> NDArray[numpy.int64]:
        """Tell the least value in the group of each of the rows."""
        if not len(self.rows):
            return column(self.rows)
        return numpy.repeat(numpy.minimum.reduceat(column(self.rows), self.starts), self._sizes())

    def losers(self, *columns: Column) -> Rows:
        """Tell all rows but the best of each group.

        Parameters
        ----------
        *columns : callable
            The greatest value is the best; of equals the next column decides, if any. As many are
            asked as it takes.
        """
        is_best = numpy.ones(len(self.rows), numpy.bool_)
        for column in columns:
            if numpy.count_nonzero(is_best) == len(self.starts):
                break
            values = column(self.rows).astype(numpy.int64)
            values[~is_best] = _LEAST
            best = numpy.maximum.reduceat(values, self.starts)
            is_best &= values == numpy.repeat(best, self._sizes())
        best_rows, group = numpy.flatnonzero(is_best), self._group()[is_best]
        is_best[best_rows[1:][group[1:] == group[:-1]]] = False
        return self.rows[~is_best]

    def _sizes(self) -> NDArray[numpy.int64]:
        return numpy.diff(self.starts, append=len(self.rows))

    def _group(self) -> NDArray[numpy.int64]:
        return numpy.repeat(numpy.arange(len(self.starts)), self._sizes())

    @classmethod
    def _grouped(cls, rows: NDArray[Any], same: NDArray[numpy.bool_]) -> Self:
        """Keep rows that are the same as the one before or after them."""
        follows = numpy.concatenate([[False], same])
        leads = numpy.concatenate([same, [False]])
        kept = numpy.flatnonzero(follows | leads)
        return cls(rows[kept], numpy.flatnonzero(~follows[kept]))


def column_of(values: NDArray[Any], ranks: NDArray[Any] | None = None) -> Column:
    """Tell whole numbers that are equal and in order as the values are; NaN comes last.

    Examples
    --------
    >>> column = column_of(numpy.array([0.5, -0.0, numpy.nan, 0.0, -1.0]))
    >>> told = column(numpy.arange(5, dtype=numpy.uint32))
    >>> numpy.argsort(told, kind="stable").tolist(), bool(told[1] == told[3])
    ([4, 1, 3, 0, 2], True)
    """

    def of_rows(rows: Rows) -> NDArray[Any]:
        among = values[rows]
        if among.dtype.kind != "f":
            return among if ranks is None else numpy.where(among < 0, -1, ranks[among])
        bits = numpy.where(numpy.isnan(among), numpy.nan, among + 0.0).view(numpy.int64)
        return numpy.where(bits < 0, bits ^ numpy.int64(2**63 - 1), bits)

    return of_rows

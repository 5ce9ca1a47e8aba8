"""One column of two tables, counted by the same cells: what methods that compare columns look at.

Cells are single values while both columns are known value by value, else bins that both share.
Either way a comparison of columns is one of two rows of counts: values in one bin are ties.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.monitors.drift.samples.labels import label_counts
from mltrace.profiles.columns import Column, column_of
from mltrace.profiles.dyadic_histogram import BITS, DyadicHistogram
from mltrace.profiles.number_arrays import keys_of, values_of
from mltrace.profiles.numbers import Numbers
from mltrace.profiles.times import Times

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mltrace.records import ProfileKind

    Counts = NDArray[numpy.int64]

ORDERED: Final[frozenset[ProfileKind]] = frozenset({"number", "time"})
_SIGN: Final = numpy.uint64(1 << 63)
_MICROSECONDS: Final = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """The rows of a column in two tables, by cells of equal or like values.

    Attributes
    ----------
    kind : ProfileKind
        Of the values in the cells.
    values : array of float, shape (num_cells,)
        The value of each cell, ascending: of numbers and times, the latter in seconds since 1970.
        Of other kinds the places of the cells, which have no order.
    labels : tuple of str, shape (num_cells,)
        The texts of the cells; of numbers and times there are none.
    current, reference : array of int64, shape (num_cells,)
        Rows per cell; at least one of both is above 0.
    without : mapping of str to (int, int)
        Rows that have no such value, in the current table and in the reference, by what they have
        instead: null, NaN, infinity, or a value of another kind.

    Examples
    --------
    >>> pair = Pair.of([1.0, 2.0, None], [2.0, 2.0, 5.0])
    >>> pair.values.tolist(), pair.current.tolist(), pair.reference.tolist(), pair.without
    ([1.0, 2.0, 5.0], [1, 1, 0], [0, 2, 1], {'null': (1, 0)})
    """

    kind: ProfileKind
    values: NDArray[numpy.float64]
    labels: tuple[str, ...]
    current: Counts
    reference: Counts
    without: dict[str, tuple[int, int]]

    @classmethod
    def of(cls, current: Any, reference: Any) -> Pair:
        """Pair what two arrays or lists of values hold; None is null.

        Parameters
        ----------
        current, reference : array or list, shape (num_rows,)
            Numbers, texts, booleans or times, counted as profiles count them.
        """
        import pyarrow

        columns = [column_of(pyarrow.array(values))[0] for values in (current, reference)]
        return pair_columns(*columns)

    @property
    def is_ordered(self) -> bool:
        """Whether the cells have an order, and values that are numbers."""
        return self.kind in ORDERED

    @property
    def num_values(self) -> tuple[int, int]:
        """Rows in cells, in the current table and in the reference."""
        return int(self.current.sum()), int(self.reference.sum())

    @property
    def num_rows(self) -> tuple[int, int]:
        """All rows, in the current table and in the reference."""
        current, reference = self.num_values
        here = sum(one for one, _ in self.without.values())
        there = sum(one for _, one in self.without.values())
        return current + here, reference + there

    def without_nulls(self) -> Pair:
        """Leave out the rows that have no value."""
        return replace(self, without={})

    def told_apart(self) -> tuple[Counts, Counts]:
        """Count rows with a value first, then those without, by what they have instead."""
        counts = numpy.array([self.num_values, *self.without.values()], numpy.int64)
        return counts[:, 0], counts[:, 1]


def pair_columns(current: Column, reference: Column) -> Pair:
    """Pair a column of two profiles.

    Parameters
    ----------
    current, reference : Column
        Of `Profile.states`.

    Notes
    -----
    Values are those of the kind that most values of the reference are of, or if it has none of the
    current table. Histograms are cut to the coarser of both; their bins are functions of the values
    of both tables together, so that tests that permute rows, or are derived from that, are right.
    Cost: O(num_cells).
    """
    kind = _kind_of(reference) or _kind_of(current) or "null"
    here, there = current.states.get(kind), reference.states.get(kind)
    labels: tuple[str, ...] = ()
    if kind in ORDERED:
        values, ours, theirs = _ordered(here, there)
    else:
        labels, ours, theirs = label_counts(here, there)
        values = numpy.arange(len(labels), dtype=numpy.float64)
    return Pair(kind, values, labels, ours, theirs, _without(current, reference, kind))


def _kind_of(column: Column) -> ProfileKind | None:
    sizes = {kind: state.num_values for kind, state in column.states.items()}
    return max(sorted(sizes), key=sizes.__getitem__, default=None)


def _without(current: Column, reference: Column, kind: str) -> dict[str, tuple[int, int]]:
    here, there = _rows_without(current, kind), _rows_without(reference, kind)
    names = dict.fromkeys((*here, *there))
    pairs = {name: (here.get(name, 0), there.get(name, 0)) for name in names}
    return {name: pair for name, pair in pairs.items() if any(pair)}


def _rows_without(column: Column, kind: str) -> dict[str, int]:
    rows = {"null": column.num_nulls}
    for other, state in column.states.items():
        if other != kind:
            rows[other] = state.num_values
        elif isinstance(state, Numbers):
            rows |= {"NaN": state.num_nan, "infinity": state.num_inf}
    return rows


def _ordered(here: Any, there: Any) -> tuple[NDArray[numpy.float64], Counts, Counts]:
    """Count numbers or times by the bins of the coarser histogram."""
    known = [state for state in (here, there) if state is not None and state.min is not None]
    if not known:
        empty = numpy.empty(0, numpy.int64)
        return numpy.empty(0), empty, empty
    depth = min(state.ordered.histogram.depth for state in known)
    step = numpy.uint64((1 << (BITS - depth)) - 1)
    ours, theirs = (_cut(state, step) for state in (here, there))
    keys = numpy.union1d(ours[0], theirs[0])
    counts = [_placed(keys, *one) for one in (ours, theirs)]
    read: Callable[[Any], Any] = _seconds_of if isinstance(known[0], Times) else values_of
    ends = [key for state in known for key in _ends(state)]
    low = numpy.maximum(keys, min(ends))
    high = numpy.minimum(keys | step, max(ends))
    return _middles(read(low), read(high)), counts[0], counts[1]


def _cut(state: Any, step: numpy.uint64) -> tuple[NDArray[numpy.uint64], Counts]:
    histogram = DyadicHistogram.empty() if state is None else state.ordered.histogram
    return histogram.keys & ~step, histogram.counts


def _placed(keys: NDArray[numpy.uint64], mine: NDArray[numpy.uint64], counts: Counts) -> Counts:
    placed = numpy.zeros(len(keys), numpy.int64)
    numpy.add.at(placed, numpy.searchsorted(keys, mine), counts)
    return placed


def _ends(state: Any) -> list[numpy.uint64]:
    """Tell the keys of the least and of the greatest value."""
    if isinstance(state, Times):
        return [numpy.uint64(one + (1 << 63)) for one in (state.min, state.max)]
    return list(keys_of(numpy.array([state.min, state.max], numpy.float64) + 0.0))


def _seconds_of(keys: NDArray[numpy.uint64]) -> NDArray[numpy.float64]:
    return (keys ^ _SIGN).view(numpy.int64) / _MICROSECONDS


def _middles(low: NDArray[numpy.float64], high: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    # What shares the bin of 0 is less than 1e-300.
    return numpy.where((low == high) | (low == 0), low, low / 2 + high / 2)

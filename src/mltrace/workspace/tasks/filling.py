"""Reads segments of the lake into arrays, several at a time, each in its place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import accumulate
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import numpy

from mltrace.tasks.matching.rows import Rows
from mltrace.tasks.matching.runs import MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow
    from numpy.typing import NDArray

    from mltrace.store.lake.reading import LakeReader
    from mltrace.store.lake.segments import Segment

RowsT = TypeVar("RowsT", bound=Rows)
_AT: Final = numpy.empty(0, numpy.int64)
"""Stands for the values of another column: when predictions were made."""
_KNOWN_AT: Final = "known_at"
_THREADS: Final = 2


def read_rows(
    reader: LakeReader,
    segments: Sequence[Segment],
    columns: Sequence[str],
    convert: Callable[[pyarrow.Table], RowsT],
    *,
    like: RowsT,
) -> RowsT:
    """Read the rows of segments.

    Parameters
    ----------
    reader : LakeReader
        Remembers what it has to leave out.
    segments : sequence of Segment
    columns : sequence of str
        Those that are needed.
    convert : callable
        Makes rows of a table.
    like : Rows
        No rows, of the shape that all have.

    Notes
    -----
    There is room for all rows from the start, so that they are held once. How many these are the
    catalog says, which is asked of the segment itself where it would be very many.
    """
    sizes = {
        one: one.num_rows if one.num_rows <= MOST_ROWS else reader.num_rows(one) for one in segments
    }
    ends = list(accumulate((sizes[one] for one in segments), initial=0))
    room = _Room(ends[-1], like)

    def fill(segment: Segment, start: int) -> int:
        place, end = start, start + sizes[segment]
        for table in reader.tables(segment, columns=columns):
            part = convert(table)
            if len(part) > end - place:
                part = part.take(slice(end - place))
            room.put(place, part)
            place += len(part)
        return place

    starts = dict(zip(segments, ends, strict=False))
    in_files = [segment for segment in segments if segment.file is not None]
    filled = {one: fill(one, starts[one]) for one in segments if one.file is None}
    with ThreadPoolExecutor(_THREADS) as threads:
        places = [starts[one] for one in in_files]
        filled |= dict(zip(in_files, threads.map(fill, in_files, places), strict=True))
    gaps = [range(filled[one], starts[one] + sizes[one]) for one in segments]
    rows = room.rows()
    if not any(gaps):
        return rows
    is_there = numpy.ones(len(rows), numpy.bool_)
    for gap in gaps:
        is_there[gap.start : gap.stop] = False
    return rows.take(is_there)


class _Room(Generic[RowsT]):
    """Room for rows; touching memory for the first time is what takes longest of all.

    So columns take none as long as all rows have one value, nor does the time from which rows are
    known where that is the time at which they were made. Codes are narrow as long as they are few:
    wider ones have a column of their own, and are put together with the others at the end.

    Parameters
    ----------
    num : int
        For how many rows.
    like : Rows
        No rows, of the shape that all have.
    """

    def __init__(self, num: int, like: RowsT) -> None:
        self._num, self._like = num, like
        self._columns: dict[str, list[_Column]] = {}
        self._same: dict[str, NDArray[Any]] = {}
        self._lock = Lock()

    def put(self, start: int, part: RowsT) -> None:
        """Write rows from a place on; threads may do so at once, at places of their own."""
        columns = part.named()
        at = columns.get("at")
        for name in sorted(columns, key=_KNOWN_AT.__eq__):  # the last: `at` is written by then
            values = columns[name]
            is_at = name == _KNOWN_AT and values is at
            with self._lock:
                column = self._column(name, values, is_at=is_at)
            if column is not None:
                column.put(start, values)

    def _column(self, name: str, values: NDArray[Any], *, is_at: bool) -> _Column | None:
        """Give the column to write to; None if it has these values without being written."""
        columns = self._columns.get(name, [])
        if columns:
            if not numpy.can_cast(values.dtype, columns[-1].values.dtype):
                columns.append(_Column(numpy.empty((self._num, *values.shape[1:]), values.dtype)))
            return columns[-1]
        known, told = self._same.get(name), _AT if is_at else values[:1]
        is_same = is_at or (len(values) > 1 and not values.strides[0])
        if is_same and (known is None or known.tobytes() == told.tobytes()):
            self._same[name] = told
            return None
        self._same.pop(name, None)
        kind = values.dtype if known is None else numpy.result_type(values, known)
        column = _Column(numpy.empty((self._num, *values.shape[1:]), kind))
        if known is not None:
            column.values[:] = self._told("at") if known is _AT else known
        self._columns[name] = [column]
        return column

    def rows(self) -> RowsT:
        """Give the rows; those that were not written hold anything."""
        made = {}
        for name, none in self._like.named().items():
            known = self._told("at" if self._same.get(name) is _AT else name)
            shape = (self._num, *none.shape[1:])
            held = numpy.empty(shape, none.dtype) if known is None else known
            made[name] = numpy.broadcast_to(held, shape)
        return type(self._like)(**made)

    def _told(self, name: str) -> NDArray[Any] | None:
        if name not in self._columns:
            return self._same.get(name)
        first, *wider = self._columns[name]
        values = first.values
        for column in wider:
            values = values.astype(column.values.dtype)
            for rows in column.written:
                values[rows] = column.values[rows]
        return values


@dataclass(frozen=True, slots=True)
class _Column:
    """Values of all rows, and which were written; memory of others may never be touched."""

    values: NDArray[Any]
    written: list[slice] = field(default_factory=list)

    def put(self, start: int, values: NDArray[Any]) -> None:
        """Write values from a place on."""
        rows = slice(start, start + len(values))
        self.values[rows] = values
        self.written.append(rows)

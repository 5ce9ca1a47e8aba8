"""Reads segments of the lake into arrays, several at a time, each in its place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import TYPE_CHECKING, Final, TypeVar

import numpy

from mltrace.tasks.matching.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow

    from mltrace.store.lake.reading import LakeReader
    from mltrace.store.lake.segments import Segment

RowsT = TypeVar("RowsT", bound=Rows)
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
    There is room for all rows from the start, so that they are held once.
    """
    ends = list(accumulate((segment.num_rows for segment in segments), initial=0))
    rows = like.room(ends[-1])

    def fill(segment: Segment, start: int) -> int:
        place, end = start, start + segment.num_rows
        for table in reader.tables(segment, columns=columns):
            part = convert(table).take(slice(0, end - place))
            rows.put(place, part)
            place += len(part)
        return place

    starts = dict(zip(segments, ends, strict=False))
    in_files = [segment for segment in segments if segment.file is not None]
    filled = {one: fill(one, starts[one]) for one in segments if one.file is None}
    with ThreadPoolExecutor(_THREADS) as threads:
        places = [starts[one] for one in in_files]
        filled |= dict(zip(in_files, threads.map(fill, in_files, places), strict=True))
    gaps = [range(filled[one], starts[one] + one.num_rows) for one in segments]
    if not any(gaps):
        return rows
    is_there = numpy.ones(len(rows), numpy.bool_)
    for gap in gaps:
        is_there[gap.start : gap.stop] = False
    return rows.take(is_there)

"""Finds rows by their ids, without reading all of them.

Of a compacted segment, statistics and Bloom filters tell which row groups may have an id; of those
the ids are read, and the other columns only where one is found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow
import pyarrow.compute

from mltrace.store.lake import layout
from mltrace.store.lake.batch import Batch
from mltrace.store.lake.bloom_filters import may_have, xxh64
from mltrace.store.lake.reading import OpenParquet
from mltrace.store.lake.segments import live_segments
from mltrace.store.lake.tables import batch_table, join_tables, no_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from mltrace.store.lake.reading import LakeReader
    from mltrace.store.lake.segments import Segment
    from mltrace.store.task_facts import RowKind

_GREATEST: Final = chr(0x10FFFF) * 9
_MOST_LOOKED_UP: Final = 100
"""Of more ids than that at once, all are compared."""
WANTED: Final = (layout.ID, layout.VALUE, layout.SCORE, layout.AT, layout.MODEL, layout.RUN)


def find_rows(
    reader: LakeReader,
    ids: Collection[str],
    *,
    task: str | None = None,
    kind: RowKind = "predictions",
    columns: Sequence[str] = WANTED,
) -> pyarrow.Table:
    """Find the rows of ids, in all tasks or in one.

    Parameters
    ----------
    columns : sequence of str
        What is wanted of them, the ids among it.

    Returns
    -------
    pyarrow.Table
        The rows, with their `task`, in no order; an id may have many.

    Notes
    -----
    One id among 10,000,000 compacted rows takes some 30 ms of CPU; where pyarrow writes no Bloom
    filters, and for more than 100 ids, 40 ns for each row. Memory holds one row group at a time.
    """
    parts = find_by_segment(reader, ids, task=task, kind=kind, columns=columns)
    return join_tables([no_rows([*columns, layout.TASK]), *(rows for _, rows in parts)])


def find_by_segment(
    reader: LakeReader,
    ids: Collection[str],
    *,
    task: str | None = None,
    kind: RowKind,
    columns: Sequence[str] = (layout.ID,),
) -> Iterator[tuple[Segment, pyarrow.Table]]:
    """Yield the rows of ids as `find_rows` does, with the segment that has them, some at a time."""
    wanted = WantedIds(ids)
    for segment in live_segments(reader.connection, task, kind):
        with reader.opened(segment) as content:
            for rows in wanted.rows(content, columns, segment.task):
                if rows.num_rows:
                    yield segment, rows


def found_tables(
    reader: LakeReader,
    segments: Iterable[Segment],
    ids: Collection[str],
    *,
    columns: Sequence[str] | None,
) -> Iterator[pyarrow.Table]:
    """Yield the rows of ids in some segments, with their `task`.

    Parameters
    ----------
    columns : sequence of str or None
        What is wanted of them; None for all that a segment has. Tables without rows tell of what
        types columns are elsewhere.
    """
    wanted, told = WantedIds(ids), None
    for segment in segments:
        with reader.opened(segment) as content:
            if isinstance(content, OpenParquet) and content.file.schema_arrow != told:
                told = content.file.schema_arrow
                fields = [told.field(name) for name in content.columns(columns)]
                yield pyarrow.schema(fields).empty_table()
            yield from wanted.rows(content, columns, segment.task)


class WantedIds:
    """The ids that are looked for."""

    def __init__(self, ids: Collection[str]) -> None:
        self._ids = pyarrow.array(sorted(ids), pyarrow.string())
        is_few = len(ids) <= _MOST_LOOKED_UP
        self._looked_up = [(one, xxh64(one.encode())) for one in ids] if is_few else None

    def rows(
        self, content: Batch | OpenParquet | None, columns: Sequence[str] | None, task: str
    ) -> Iterator[pyarrow.Table]:
        """Yield the rows of these ids in a segment that is open; none if it could not be read."""
        if isinstance(content, Batch):
            yield self._among(batch_table(content, columns), task)
        elif content is not None:
            yield from self._found(content, columns, task)

    def without(self, table: pyarrow.Table) -> pyarrow.Table:
        """Leave the rows of these ids out."""
        return table.filter(pyarrow.compute.invert(self._are_in(table.column(layout.ID))))

    def _among(self, table: pyarrow.Table, task: str) -> pyarrow.Table:
        """Keep the rows of these ids, and say of which task they are."""
        rows = table.filter(self._are_in(table.column(layout.ID)))
        return rows.append_column(
            layout.TASK, pyarrow.array([task] * rows.num_rows, pyarrow.string())
        )

    def _found(
        self, content: OpenParquet, columns: Sequence[str] | None, task: str
    ) -> Iterator[pyarrow.Table]:
        """Yield the rows of these ids in a compacted segment."""
        file = content.file
        for number in range(file.num_row_groups):
            if not self._may_be_in(content, number):
                continue
            ids = file.read_row_group(number, columns=[layout.ID]).column(layout.ID)
            if pyarrow.compute.any(self._are_in(ids)).as_py():
                yield self._among(file.read_row_group(number, content.columns(columns)), task)

    def _are_in(self, ids: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
        return pyarrow.compute.is_in(ids, self._ids)

    def _may_be_in(self, content: OpenParquet, number: int) -> bool:
        """Look into what Parquet says of the ids of a row group, without reading them."""
        if self._looked_up is None:
            return True
        place = content.file.metadata.schema.names.index(layout.ID)
        chunk = content.file.metadata.row_group(number).column(place)
        offset, length = (
            getattr(chunk, name, None) for name in ("bloom_filter_offset", "bloom_filter_length")
        )
        low, high = _bounds(chunk.statistics)
        return any(
            low <= one <= high
            and (
                not offset or not length or may_have(content.source.read_at, offset, length, hashed)
            )
            for one, hashed in self._looked_up
        )


def _bounds(statistics: Any) -> tuple[str, str]:
    if statistics is None or not statistics.has_min_max:
        return "", _GREATEST
    return statistics.min, statistics.max

"""Which rows of a segment another store has not, compared in every column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blake3 import blake3

from mltrace.errors import StoreCorruptError
from mltrace.store.lake.parquet import parquet_bytes
from mltrace.store.lake.reading import LakeReader
from mltrace.store.lake.repeats import without_rows
from mltrace.store.lake.segments import MERGED, Segment, live_segments
from mltrace.store.lake.tables import join_tables

if TYPE_CHECKING:
    import pyarrow
    from sqlalchemy import Connection

    from mltrace.store.lake.merging import Place


def rows_lacking(
    there: Connection, source: Place, target: Place, segment: Segment
) -> pyarrow.Table:
    """Give the rows of a segment that the target has not.

    Raises
    ------
    StoreCorruptError
        If the segment is damaged or missing.
    """
    reader = LakeReader(there, source.location.lake)
    parts = [*reader.tables(segment)]
    if reader.left_out:
        raise StoreCorruptError(reader.left_out[0].message)
    table = join_tables(parts)
    with target.catalog.read() as here:
        theirs = LakeReader(here, target.location.lake)
        for other in live_segments(
            here,
            segment.task,
            segment.kind,
            since=segment.first_at,
            until=segment.last_at + 1_000,
        ):
            for known in theirs.tables(other):
                table = without_rows(table, known)
    return table


def encode_rows(table: pyarrow.Table, task: str) -> tuple[str, bytes]:
    """Encode rows as a segment; tell its id, which follows from them, and its bytes."""
    data = parquet_bytes(table, task).to_pybytes()
    return f"{MERGED}{blake3(data).hexdigest(16)}", data

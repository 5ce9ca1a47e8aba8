"""Writes a segment anew without its old rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blake3 import blake3

from mltrace.store.lake.reading import TIME_OF, LakeReader, Span
from mltrace.store.lake.rewriting import in_order, replace_segments
from mltrace.store.lake.segments import COMPACTED

if TYPE_CHECKING:
    from mltrace.store.database.catalog import Catalog
    from mltrace.store.lake.segments import Segment
    from mltrace.store.location import Location


def trim(
    catalog: Catalog, location: Location, segment: Segment, *, before: int, is_dry: bool
) -> int:
    """Remove the rows of before a time in nanoseconds, or count them; return how many.

    A segment that cannot be read stays as it is.
    """
    columns = [TIME_OF[segment.kind]] if is_dry else None
    with catalog.read() as connection:
        reader = LakeReader(connection, location.lake)
        kept = [*reader.tables(segment, columns=columns, span=Span(since=before))]
    num_kept = sum(int(table.num_rows) for table in kept)
    num_old = segment.num_rows - num_kept
    if reader.left_out or not num_old or not num_kept:
        return 0
    if is_dry:
        return num_old
    name = f"{COMPACTED}{blake3(f'{segment.uid} {before}'.encode()).hexdigest(16)}"
    new = replace_segments(catalog, location, [segment], [in_order(kept, segment.kind)], name=name)
    return 0 if new is None else num_old

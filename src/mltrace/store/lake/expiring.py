"""Removes rows that are older than retention keeps them."""

from __future__ import annotations

from contextlib import nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING

from sqlalchemy import update

from mltrace.importing import late
from mltrace.store.database import schema
from mltrace.store.lake.segments import REMOVED, live_segments
from mltrace.store.lake.tending import turn_to_compact
from mltrace.times import now_ns

if TYPE_CHECKING:
    from mltrace.store.database.catalog import Catalog
    from mltrace.store.location import Location

_segment = schema.segment


def forget_old_rows(catalog: Catalog, location: Location, *, before: int, is_dry: bool) -> int:
    """Remove the rows of before a time, or count them; return how many.

    Parameters
    ----------
    before : int
        The time in nanoseconds.

    Raises
    ------
    OSError
        If there is no room to write a segment anew without its old rows.

    Notes
    -----
    Without pyarrow, a segment stays until all of its rows are old.
    """
    with catalog.read() as connection:
        found = live_segments(connection, until=before)
    old = [segment for segment in found if segment.last_at < before]
    num_rows = sum(segment.num_rows for segment in old)
    if old and not is_dry:
        is_old = _segment.c.replaced_by.is_(None) & (_segment.c.last_at < before)
        gone = {"replaced_by": REMOVED, "replaced_at": now_ns(), "payload": None}
        with catalog.write() as connection:
            connection.execute(update(_segment).where(is_old).values(gone))
    if len(old) < len(found) and find_spec("pyarrow") is not None:
        with late():
            from mltrace.store.lake.trimming import trim
        with nullcontext(True) if is_dry else turn_to_compact(location) as is_ours:  # noqa: FBT003
            if not is_ours:  # a purge takes files for left behind that are written without a turn
                return num_rows
            with catalog.read() as connection:  # anew, for others replaced segments meanwhile
                found = live_segments(connection, until=before)
            num_rows += sum(
                trim(catalog, location, segment, before=before, is_dry=is_dry)
                for segment in found
                if segment.last_at >= before
            )
    return num_rows

"""Brings the segments of one store into another, each row once.

A batch has an id of its own, and a segment says which others its rows came from, so mostly ids tell
what the other store lacks, however either of them has compacted. Only where it knows some of the
rows of a segment, or where rows were gathered, which two copies of a store may do differently, are
rows themselves compared. Who knows an id has its rows: so ids of what was replaced come last.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from mltrace.errors import StoreCorruptError, StoreError
from mltrace.importing import late
from mltrace.store.database import schema
from mltrace.store.database.keys import insert_ignoring
from mltrace.store.lake.batch import MAGIC, decode_batch
from mltrace.store.lake.segments import (
    GATHERED,
    MERGED,
    REMOVED,
    Segment,
    family_of,
    lake_file,
    live_segments,
    payload_of,
)
from mltrace.store.lake.tending import turn_to_compact
from mltrace.store.lake.writing import MIN_FILE_BYTES, put_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from mltrace.store.database.catalog import Catalog
    from mltrace.store.location import Location


class Place(NamedTuple):
    """A store that segments are moved from or to."""

    catalog: Catalog
    location: Location


class Brought(NamedTuple):
    """How many rows came over, and how many segments could not be read."""

    num_rows: int = 0
    num_damaged: int = 0


def merge_segments(source: Place, target: Place) -> Brought:
    """Bring over the rows that the target lacks.

    Raises
    ------
    StoreError
        If another process compacts the target for minutes.
    OSError
        If there is no room for them; what had come over is known by its id when it is begun again.
    """
    num_rows = num_damaged = 0
    lost: set[str] = set()
    with turn_to_compact(target.location) as is_ours, source.catalog.read() as there:
        if not is_ours:
            raise StoreError(
                f"Another process compacts the store at {target.location.name} for minutes; no "
                "predictions were brought over. Merge again once it is done."
            )
        with target.catalog.read() as here:
            known = set(here.execute(select(schema.segment.c.uid)).scalars())
        family = _Family(there)
        for segment in family.live:
            origins = family.origins(segment.uid)
            if segment.uid in known or origins <= known:
                continue
            bringing = _Bringing(there, source, target, segment)
            is_new = not origins & known and not any(_may_differ(uid) for uid in origins)
            try:
                num_rows += bringing.whole() if is_new else bringing.what_is_lacking()
            except (FileNotFoundError, StoreCorruptError):
                num_damaged += 1
                lost |= origins
        replaced = [*family.replaced(apart_from=lost)]
    with target.catalog.write() as here:
        insert_ignoring(here, schema.segment, replaced)
    return Brought(num_rows, num_damaged)


def _may_differ(uid: str) -> bool:
    """Tell whether the rows may be in another store under another id."""
    return uid.startswith((GATHERED, MERGED))


class _Family:
    """The segments of a store, and what became of which."""

    def __init__(self, connection: Connection) -> None:
        table = schema.segment
        wanted = [column for column in table.c if column.name not in ("payload", "file")]
        is_replaced = table.c.replaced_by.is_not(None) & (table.c.replaced_by != REMOVED)
        self._rows = connection.execute(select(*wanted).where(is_replaced)).all()
        self._sources: dict[str, list[str]] = {}
        for row in self._rows:
            self._sources.setdefault(row.replaced_by, []).append(row.uid)
        self._origins: dict[str, frozenset[str]] = {}
        self.live = live_segments(connection)

    def origins(self, uid: str) -> frozenset[str]:
        """Tell in which batches the rows of a segment, and perhaps others, were logged."""
        name = family_of(uid)
        if name not in self._origins:
            sources = self._sources.get(name, ())
            found = frozenset().union(*(self.origins(source) for source in sources))
            self._origins[name] = found or frozenset([uid])
        return self._origins[name]

    def replaced(self, *, apart_from: set[str]) -> Iterator[dict[str, Any]]:
        """Yield what is known of segments that were replaced, unless rows of theirs were lost."""
        for row in self._rows:
            if not self.origins(row.uid) & apart_from:
                yield {**row._mapping, "payload": None, "file": None}


class _Bringing:
    """Brings the rows of one segment over."""

    def __init__(self, there: Connection, source: Place, target: Place, segment: Segment) -> None:
        self._there, self._source, self._target, self._segment = there, source, target, segment

    def whole(self) -> int:
        """Bring all of it over; return how many rows these are."""
        segment = self._segment
        data, name = self._content()
        row = self._kept(segment.uid, data, name)
        with self._target.catalog.write() as here:
            insert_ignoring(here, schema.segment, [row])
        return segment.num_rows

    def what_is_lacking(self) -> int:
        """Bring over the rows that the target has not; return how many these are."""
        if find_spec("pyarrow") is None:
            return self.whole()  # a compaction will keep what is doubled once
        with late():
            from mltrace.store.lake.lacking import encode_rows, rows_lacking
        segment = self._segment
        table = rows_lacking(self._there, self._source, self._target, segment)
        if table.num_rows == segment.num_rows:
            return self.whole()
        rows = []
        replaced_by = MERGED
        if table.num_rows:
            replaced_by, data = encode_rows(table, segment.task)
            row = self._kept(replaced_by, data, f"segments/{replaced_by}.parquet")
            rows.append({**row, "num_rows": table.num_rows})
        gone = {"payload": None, "file": None, "replaced_by": replaced_by}
        rows.append({**self._row(segment.uid), **gone})
        with self._target.catalog.write() as here:
            insert_ignoring(here, schema.segment, rows)
        return int(table.num_rows)

    def _content(self) -> tuple[bytes, str]:
        """Read the segment; tell as well what its file is called."""
        segment = self._segment
        if segment.file is None:
            data = payload_of(self._there, segment.uid)
            if data is None:
                raise StoreCorruptError(f"The catalog has no rows of the segment {segment.uid}.")
        else:
            data = lake_file(self._source.location.lake, segment.file).read_bytes()
        if data.startswith(MAGIC):
            decode_batch(data)
            return data, f"batches/{segment.uid}.batch"
        return data, f"segments/{segment.uid}.parquet"

    def _kept(self, uid: str, data: bytes, name: str) -> dict[str, Any]:
        """Keep rows as the target does; tell the row of their segment."""
        location = self._target.location
        row = {**self._row(uid), "num_bytes": len(data)}
        if len(data) < MIN_FILE_BYTES or not location.is_lake_shared:
            return {**row, "payload": data}
        if location.lake.resolve() != self._source.location.lake.resolve() or (
            self._segment.file != name
        ):
            put_file(lake_file(location.lake, name), data, is_durable=True)
        return {**row, "file": name}

    def _row(self, uid: str) -> dict[str, Any]:
        blank = {"payload": None, "file": None, "replaced_by": None, "replaced_at": None}
        return {**self._segment._asdict(), **blank, "uid": uid}
